"""Dependence in parts of a record: tau-b as scipy has it, level where nothing changes, power where it does."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import kendalltau

from vadose.core import calendar
from vadose.pages.atlas import changes as atlas_changes
from vadose.pages.atlas.content import Content
from vadose.pages.report import changes as report_changes
from vadose.statistics import significance
from vadose.statistics.dependence_change import dependence_change
from vadose.statistics.trend.share_null import ar1
from vadose.studies.mechanism import changes

TIMES = calendar.months(2000, 2019)
YEAR = np.arange(240) // 12


def world(first, second, cells=200, seed=1):
    """Monthly pairs of one correlation in 2000-2009 and another from 2010 on, soil moisture with a memory."""
    noise = np.random.default_rng(seed).standard_normal((2, cells, 240))
    driver, own = ar1(noise[0], 0.2), ar1(noise[1], 0.6)
    r = np.where(YEAR < 10, first, second)
    return driver, r * driver + np.sqrt(1.0 - r * r) * own


def test_parts_of_the_record_have_their_own_tau():
    driver, response = (np.round(side, 1) for side in world(-0.3, 0.4, cells=3))
    response[1, 30:33] = np.nan
    tested = dependence_change(driver, response, YEAR, seed=1, permutations=9)
    for cell in range(3):
        there = np.isfinite(response[cell])

        def tau(inside, cell=cell, there=there):
            return kendalltau(driver[cell, inside & there], response[cell, inside & there]).statistic

        assert tested.halves[cell] == pytest.approx([tau(YEAR < 10), tau(YEAR >= 10)], abs=1e-12)
        windows = [tau((start <= YEAR) & (start + 5 > YEAR)) for start in range(16)]
        assert tested.windows[cell] == pytest.approx(windows, abs=1e-12)
        place = tested.place[cell]
        assert tested.sides[cell] == pytest.approx([tau(place > YEAR), tau(place <= YEAR)], abs=1e-12)


def test_the_same_dependence_throughout_is_no_change():
    tested = dependence_change(*world(0.4, 0.4, cells=400), YEAR, seed=2)
    for p in (tested.halves_p, tested.windows_p, tested.change_p):
        assert 0.02 < np.mean(p <= 0.05) < 0.1


def test_dependence_that_turns_round_is_noticed_with_its_year():
    tested = dependence_change(*world(-0.3, 0.3), YEAR, seed=2)
    assert np.mean(tested.halves_p <= 0.05) > 0.9 and np.mean(tested.change_p <= 0.05) > 0.8
    assert np.median(np.abs(tested.place[tested.change_p <= 0.05] - 10)) <= 1


def joined(*worlds):
    """Cells of several worlds as one."""
    return tuple(np.concatenate(side) for side in zip(*worlds, strict=True))


def p_of(tested):
    return np.stack([tested.halves_p, tested.windows_p, tested.change_p])


@pytest.mark.one_python
def test_further_orders_change_no_p_that_ten_orders_have_settled_and_keep_the_level():
    driver, own = np.random.default_rng(5).standard_normal((2, 800, 240))  # exchangeable months: no level is exceeded
    sides = driver, 0.3 * driver + own
    first, further = (p_of(dependence_change(*sides, YEAR, seed=2, most_permutations=most)) for most in (499, 9999))
    settled = first >= 11 / 500
    np.testing.assert_array_equal(further[settled], first[settled])
    assert further[~settled].max() <= 0.02
    for level in (0.05, 0.02, 0.01, 0.002):
        error = np.sqrt(level * (1 - level) / 800)
        assert np.all(np.mean(further <= level, axis=1) <= level + 3 * error)


@pytest.mark.one_python
def test_p_is_that_of_all_orders_until_ten_reach_the_record():
    """Halves and windows need no standard deviation, so that counts over all orders at once are the same."""
    sides = joined(world(-0.15, 0.15, cells=20), world(-0.5, 0.5, cells=10))
    all_orders = p_of(dependence_change(*sides, YEAR, seed=3, permutations=9999))[:2]
    further = p_of(dependence_change(*sides, YEAR, seed=3))[:2]
    few, settled = all_orders <= 10 / 10_000, further >= 11 / 500
    assert np.all(few.any(axis=1))  # the range of windows notices one step seldom
    np.testing.assert_array_equal(further[few], all_orders[few])
    orders = 10 / further[~few & ~settled]  # p of the others is ten by how many were drawn
    assert orders.size > 4 and orders == pytest.approx(np.round(orders), abs=1e-9)
    assert np.all((orders >= 500) & (orders <= 9999))
    ratio = further[~few & ~settled] / all_orders[~few & ~settled]
    assert 0.8 < np.median(ratio) < 1.25


@pytest.mark.one_python
def test_under_a_false_discovery_rate_one_changed_cell_of_a_hundred_is_named():
    changed = np.arange(1000) < 10
    sides = joined(world(-0.7, 0.7, cells=10), world(0.3, 0.3, cells=990, seed=5))
    tested = dependence_change(*sides, YEAR, seed=2)
    assert np.all(p_of(tested)[::2, changed] < 1 / 2000)
    _, rejected = significance.field_significance(tested.halves_p, 0.05)
    assert rejected[changed].all() and rejected[~changed].sum() <= 2
    first = dependence_change(*sides, YEAR, seed=2, most_permutations=499)
    assert not significance.field_significance(first.halves_p, 0.05)[1].any()


def test_neither_other_cells_nor_cells_or_orders_at_once_matter(monkeypatch):
    driver, response = joined(world(-0.6, 0.6, cells=7), world(0.3, 0.3, cells=40))
    response[3, 50:53] = np.nan
    driver[5:20] = np.maximum(driver[5:20], -0.5)
    whole = dependence_change(driver, response, YEAR, seed=2)
    assert np.nanmin(whole.halves_p) == 1 / 10_000
    monkeypatch.setattr("vadose.statistics.dependence_change.AT_ONCE", 5)
    monkeypatch.setattr("vadose.statistics.dependence_change.BATCH", 170)
    turned = dependence_change(driver[::-1], response[::-1], YEAR, seed=2)
    alone = [dependence_change(driver[k : k + 1], response[k : k + 1], YEAR, seed=2) for k in (0, 3, 6, 30)]
    for name, values in whole._asdict().items():
        np.testing.assert_array_equal(getattr(turned, name)[::-1], values, err_msg=name)
        singly = np.concatenate([getattr(one, name) for one in alone])
        np.testing.assert_array_equal(singly, values[[0, 3, 6, 30]], err_msg=name)


def test_nine_years_and_a_constant_side_are_not_tested():
    driver, response = world(0.2, 0.2, cells=2)
    response[0] = 3.0
    tested = dependence_change(driver, response, YEAR, seed=1, permutations=9)
    assert np.isfinite(tested.halves_p).tolist() == [False, True]
    short = dependence_change(driver[:, :108], response[:, :108], YEAR[:108], seed=1)
    assert np.isnan(short.change_p).all() and short.windows.shape == (2, 5)


@pytest.fixture(scope="module")
def measured():
    """A layer that changes and one that does not."""
    driver, changing = world(-0.35, 0.35, cells=60)
    steady = 0.3 * driver + np.random.default_rng(9).standard_normal(driver.shape)
    moisture = np.stack([changing, steady], axis=1)
    place = np.arange(60)
    coords = {"layer": [1, 2], "layer_top": ("layer", [0.0, 0.1]), "layer_bottom": ("layer", [0.1, 0.4])}
    coords |= {"area": ("cell", 1.0 + 0 * place), "lat": ("cell", 0.5 + place), "lon": ("cell", 0.5 + place)}
    coords |= {"row": ("cell", place), "column": ("cell", place)}
    return changes.measure(driver, moisture, TIMES, seed=4).assign_coords(coords)


def test_a_cell_does_not_depend_on_the_others(measured):
    driver, changing = world(-0.35, 0.35, cells=60)
    alone = changes.measure(driver[40:], changing[40:, None], TIMES, seed=4)
    for name in alone.data_vars:
        np.testing.assert_array_equal(alone[name].values[:, :, 0], measured[name].values[40:, :, 0], err_msg=name)


def test_the_table_tells_what_changes_from_what_does_not(measured):
    table = changes.table(measured, 0.05, 0.1, np.repeat([3, 4], 30), {3: "north", 4: "south"})
    assert table["region"].unique().tolist() == ["all", "3", "4"]
    whole = table[table["region"] == "all"].set_index(["annual_cycle", "layer"])
    for cycle in ("kept", "removed"):
        changing, steady = whole.loc[(cycle, 1)], whole.loc[(cycle, 2)]
        assert changing["negative_first"] > 0.9 and changing["negative_second"] < 0.1
        assert changing["halves_by_fdr"] > 0.9 and abs(changing["year_median"] - 2010) <= 1
        assert steady["negative_first"] < 0.05 and steady["halves_by_fdr"] < 0.05
    rows = report_changes.dependence_changes(measured, table, 0.05, 1)
    assert rows[0]["estimate"] > 90 > 20 > rows[1]["estimate"]
    content = Content("dependence", "Dependence", xr.Dataset(coords=measured.coords))
    atlas_changes.of_dependence(content, measured, ["0-10 cm", "10-40 cm"], 0.05)
    assert len(content.layers) == 8


def test_report_and_atlas_judge_by_the_level_of_the_run(measured):
    """Cells with p on either side of 0.05 and 0.1 are counted by the level given, which the texts name."""
    p = np.full(measured["p"].shape, 0.5)
    p[:12], p[12:30] = 0.1, 0.05  # of 60 cells; a p at the level is significant
    judged = measured.assign(p=(measured["p"].dims, p))
    for alpha, named, count in ((0.05, "0.05", 18), (0.1, "0.1", 30)):
        table = changes.table(judged, alpha, 0.1, None, None)
        row = report_changes.dependence_changes(judged, table, alpha, 1)[0]
        assert row["estimate"] == pytest.approx(100 * count / 60) and f"(p ≤ {named})" in row["finding"]
        assert f"about {100 * alpha:g} % by chance" in row["for judging it"]
        content = Content("dependence", "Dependence", xr.Dataset(coords=judged.coords))
        atlas_changes.of_dependence(content, judged, ["0-10 cm", "10-40 cm"], alpha)
        assert np.all(content.arrays["half_change_significant"].values.sum(axis=1) == count)
