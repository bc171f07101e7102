"""Change at an unknown year: known formulas, level without change, power with one, a trend that is none."""

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr

from vadose.pages.atlas import changes as atlas_changes
from vadose.pages.atlas.content import Content
from vadose.pages.report import changes as report_changes
from vadose.statistics.trend import change_point
from vadose.statistics.trend.share_null import ar1
from vadose.studies.variability import change_points

YEARS = np.arange(1948.0, 2000.0)
NULL = {"simulations": 1000, "seed": 3}


def series(memory, cells=1000, seed=5):
    return ar1(np.random.default_rng([seed, int(10 * memory)]).standard_normal((cells, YEARS.size)), memory)


def test_pettitt_is_the_double_sum_of_signs():
    values = np.round(np.random.default_rng(1).standard_normal((20, 17)), 1)  # with ties
    split = change_point.pettitt(values)
    for row, statistic, place, step in zip(values, split.statistic, split.place, split.step, strict=True):
        sums = [abs(np.sign(row[:t, None] - row[None, t:]).sum()) for t in range(1, row.size)]
        assert statistic == max(sums) and place == 1 + int(np.argmax(sums))
        assert step == pytest.approx(row[place:].mean() - row[:place].mean(), abs=1e-12)


@pytest.mark.parametrize("trend", [False, True])
def test_the_largest_step_is_that_of_least_squares(trend):
    values = np.random.default_rng(2).standard_normal((6, 25)).cumsum(axis=1) + 300.0
    split, time = change_point.largest_step(values, trend=trend), np.arange(25.0)
    for row, statistic, place, step in zip(values, split.statistic, split.place, split.step, strict=True):
        base = np.column_stack([np.ones(25), time] if trend else [np.ones(25)])
        without = sm.OLS(row, base).fit().ssr
        fits = {k: sm.OLS(row, np.column_stack([base, time >= k])).fit() for k in range(4, 22)}
        best = min(fits, key=lambda k: fits[k].ssr)
        assert place == best and step == pytest.approx(fits[best].params[-1], rel=1e-9)
        assert statistic == pytest.approx(1.0 - fits[best].ssr / without, rel=1e-9)


@pytest.mark.parametrize("model", list(change_point.STATISTICS))
@pytest.mark.parametrize("memory", [0.0, 0.6])
@pytest.mark.one_python
def test_without_a_change_one_in_twenty_is_significant(model, memory):
    tested = change_point.change_points(series(memory), YEARS, model, **NULL)
    assert 0.025 < np.mean(tested.p <= 0.05) < 0.085  # 1000 series, and a null of as many


@pytest.mark.parametrize(("model", "power"), [("pettitt", 0.95), ("level", 0.95), ("level and trend", 0.3)])
def test_a_change_is_found_with_its_year_and_size(model, power):
    values = series(0.2, cells=300)
    values[:, YEARS >= 1975] -= 2.0
    tested = change_point.change_points(values, YEARS, model, **NULL)
    significant = tested.p <= 0.05
    assert significant.mean() > power
    assert np.median(np.abs(tested.year[significant] - 1975)) <= 1
    assert np.median(tested.step[significant]) == pytest.approx(-2.0, abs=0.75)  # of those that stand out


def test_a_trend_is_a_change_of_level_but_none_beside_a_line():
    values, line = series(0.2, cells=200), 0.06 * (YEARS - 1948)
    speaks = change_point.change_points(values + line, YEARS, "pettitt", **NULL)
    assert np.mean(speaks.p <= 0.05) > 0.9
    plain, with_line = (
        change_point.change_points(v, YEARS, "level and trend", **NULL) for v in (values, values + line)
    )
    np.testing.assert_allclose(with_line.p, plain.p, atol=1e-9)


def test_gaps_constants_and_short_series():
    values = series(0.0, cells=3)
    values[:, YEARS >= 1975] += 5.0
    values[0, 30], values[1], values[2, 9:] = np.nan, 7.0, np.nan
    tested = change_point.change_points(values, YEARS, "pettitt", **NULL)
    assert tested.year[0] == 1975 and tested.p[0] < 0.01
    assert np.isnan([tested.p[1:], tested.year[1:], tested.step[1:]]).all()


def cells_of(count):
    place = np.arange(count)
    coords = {"row": place, "column": place, "area": 1.0 + 0 * place, "lat": 0.5 + place, "lon": 0.5 + place}
    return {name: ("cell", values) for name, values in coords.items()}


def test_the_table_tells_changes_at_the_splice_from_none():
    values = np.stack([series(0.0, cells=40), series(0.0, cells=40, seed=6)], axis=1)
    values[:, 0, YEARS >= 1975] += 4.0
    measured = change_points.measure(values, YEARS, ["total", "layer 1"], 0.1, **NULL).assign_coords(cells_of(40))
    table = change_points.table(measured, 0.05, 1975).set_index(["series", "change_test"])
    changed, none = table.loc[("total", "level")], table.loc[("layer 1", "level")]
    assert changed["significant_by_fdr"] == 1.0 and changed["near_splice_of_significant"] > 0.95
    assert changed["mean_step"] == pytest.approx(4.0, abs=0.3) and changed["year_median"] == 1975
    assert none["significant_by_fdr"] < 0.1 and none["significant"] < 0.2
    rows = report_changes.moisture_changes(measured, table.reset_index(), 0.05, 1)
    assert rows[1]["estimate"] == 100.0 and "within a year of the splice" in rows[1]["for judging it"]
    for alpha, named in ((0.05, "0.05"), (0.1, "0.1")):
        row = report_changes.moisture_changes(measured, table.reset_index(), alpha, 1)[1]
        assert f"(p ≤ {named})" in row["finding"] and f"about {100 * alpha:g} % by chance" in row["for judging it"]
    content = Content("variability", "Variability", xr.Dataset(coords=measured.coords))
    atlas_changes.of_soil_moisture(content, measured, ["all layers", "0-10 cm"])
    assert len(content.layers) == 12 and all("mask" in layer for layer in content.layers)
