"""Verdicts of study B rest on the same draws of years as its intervals: numbers, and differences between a run and an
alternative."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import kendalltau

from vadose.core import calendar
from vadose.statistics import year_blocks
from vadose.statistics.ridge import regression
from vadose.studies import year_tables
from vadose.studies.dependence import intervals, pairs, tables
from vadose.studies.mechanism import changes, partial_dependence
from vadose.studies.sensitivity import by_region, numbers
from vadose.studies.sensitivity.plan import Case, Reading
from vadose.studies.sensitivity.table import sensitivity_table
from vadose.studies.sensitivity.verdicts import SAME, SIGN, YEARS

LEVELS = numbers.Levels(0.05, 0.1, 3)
TIMES, YEARS_OF_RECORD, CELLS = calendar.months(2000, 2015), 16, 40
SHARES = ("negative_share", "copula_negative_share", "certain_negative")
LABELS = {"layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.1])}
LABELS |= {
    "area": ("cell", np.linspace(1e9, 4e9, CELLS)),
    "lat": ("cell", np.repeat(np.arange(5.0, 80.0, 15.0), 8)),
    "lon": ("cell", np.tile(np.arange(-170.0, 180.0, 45.0), 5)),
}


def products_of(seed, mean_slope):
    """Copulas by hand (tau = tau-b, its interval -+ 0.1) of planted monthly slopes, with and without the annual cycle,
    and their resamples of years, as the workflow makes them."""
    rng = np.random.default_rng(seed)
    precipitation = rng.normal(size=(CELLS, TIMES.size)) + np.sin(np.arange(TIMES.size) * np.pi / 6)
    slope = mean_slope + 0.2 * np.linspace(-1, 1, CELLS)[:, None, None]
    soil = slope * precipitation[:, None] + np.random.default_rng(99).normal(size=(CELLS, 1, TIMES.size))
    by_cycle = []
    for cycle in pairs.CYCLES:
        sides = pairs.pair(precipitation, soil[:, 0], TIMES, "monthly", cycle)
        by_cycle.append([[kendalltau(one, two).statistic] for one, two in zip(*sides, strict=True)])
    tau = np.stack(by_cycle, axis=1)  # (cell, cycle, layer)
    parts = {"tau": tau, "kendall": tau, "tau_low": tau - 0.1, "tau_high": tau + 0.1, "lag": 0 * tau}
    parts |= {"family": np.ones(tau.shape), "par": np.sin(np.pi * tau / 2), "par2": 0 * tau}
    fitted = xr.Dataset({name: (("cell", "time_scale", "layer"), part[:, :1]) for name, part in parts.items()})
    fitted = fitted.assign(lower=fitted["lag"], upper=fitted["lag"])
    side = {f"{name}_by_annual_cycle": (("cell", "annual_cycle", "layer"), part) for name, part in parts.items()}
    axes = {"time_scale": ["monthly"], "annual_cycle": list(pairs.CYCLES)}
    fitted = fitted.assign(side).assign_coords(axes | LABELS)
    fitted = fitted.assign_coords(annual_cycle_of_time_scale=("time_scale", ["kept"]))
    shares = tables.negative_shares(fitted, None)
    sums = intervals.tile_sums(precipitation, soil, TIMES, fitted, shares, None, resamples=80, seed=4)
    whole = year_tables.added([sums])
    replicates = year_tables.resamples(whole, YEARS_OF_RECORD, intervals.CELLS, intervals.SIGNS)
    return {"copulas": fitted, "dependence_resamples": replicates}, whole


def case(name, affects, **reading):
    return Case(name, "dependence", f"{name}?", tuple(affects), Reading(**reading), None, "", {})


def rows_of_table(whole, time_scale, quantity, weighting, less=None):
    """The interval of the run's own table of intervals over years, or of the difference from another series."""
    total = whole["total"].sel(region="all", cells_of=intervals.CYCLES).isel(layer=0)

    def sides(name, share=quantity):
        return [total.sel(time_scale=name, quantity=part).values for part in (share, intervals.CELLS)]

    other = None if less is None else sides(less)
    below_zero = sides(time_scale, intervals.SIGNS[quantity])[0]
    listed = year_tables.rows({}, *sides(time_scale), YEARS_OF_RECORD, share=True, less=other, below_zero=below_zero)
    return next(row for row in listed if row["weighting"] == weighting)


@pytest.mark.parametrize("weight", ["cell", "area"])
def test_intervals_and_differences_are_those_of_the_table_of_intervals_over_years(weight):
    files, whole = products_of(1, 0.05)
    cases = [
        case("cycle", SHARES, weight=weight, cycle="removed"),
        case("sure", SHARES[:1], weight=weight, interval=True),
    ]
    compared = sensitivity_table(cases, Reading(weight=weight), files, lambda one: {}, LEVELS)
    names = dict(zip(SHARES, ("negative", "copula_negative", "certain"), strict=True))
    removed = tables.WITHOUT_ANNUAL_CYCLE
    rows = compared.set_index(["alternative", "number"])
    assert (rows["interval"] == YEARS).all() and rows["places_low"].notna().all()
    for quantity, name in names.items():
        row = rows.loc["cycle", quantity]
        for series, columns in (("monthly", "base base_low base_high"), (removed, "under_alternative low high")):
            expected = rows_of_table(whole, series, name, weight)
            right = [expected[key] for key in ("estimate", "low", "high")]
            np.testing.assert_allclose(row[columns.split()].to_numpy(float), right, rtol=1e-9, err_msg=quantity)
        expected = rows_of_table(whole, removed, name, weight, less="monthly")
        right = [expected[key] for key in ("estimate", "low", "high")]
        apart = row[["difference", "difference_low", "difference_high"]].to_numpy(float)
        np.testing.assert_allclose(apart, right, rtol=1e-9, atol=1e-12, err_msg=quantity)
    # Negative only where the whole interval is: the resamples of certain negative dependence.
    sure, certain = rows.loc["sure", "negative_share"], rows_of_table(whole, "monthly", "certain", weight)
    np.testing.assert_allclose(sure[["low", "high"]].to_numpy(float), [certain["low"], certain["high"]], rtol=1e-9)


def test_numbers_by_region_have_the_intervals_of_the_tables_of_regions():
    files, whole = products_of(1, 0.05)
    names = dict(zip(SHARES, ("negative", "copula_negative", "certain"), strict=True))
    own = {"region": 1, "time_scale": "monthly", "layer": "1", "cells_of": year_tables.OWN, "compared_with": ""}
    listed = [own | {"quantity": name} | rows_of_table(whole, "monthly", name, "cell") for name in names.values()]
    axis = by_region.Regions(np.ones(CELLS, int), {1: "one"}, pd.DataFrame(listed))
    told = by_region.numbers_by_region("dependence", files, axis, Reading(), SHARES, LEVELS)
    assert [(number.quantity, number.region) for number in told] == [(quantity, "one") for quantity in SHARES]
    for number, row in zip(told, listed, strict=True):
        np.testing.assert_allclose([number.low, number.high], [row["low"], row["high"]], rtol=1e-12)


def test_numbers_without_resamples_say_so_and_get_no_verdict_on_significance():
    files, _ = products_of(2, 0.3)
    affects = ("median_tau", "significant_tau", "tail_asymmetry")
    compared = sensitivity_table([case("cycle", affects, cycle="removed")], Reading(), files, lambda one: {}, LEVELS)
    assert compared[["base_low", "low", "difference_low"]].isna().all(axis=None) and set(compared["verdict"]) == {SAME}
    words = "no interval over years of the run and the alternative, so no verdict on significance"
    assert set(compared["note"]) == {words} and compared["base_places_low"].notna().all()


def test_only_a_planted_difference_changes_a_verdict():
    """Shares of negative dependence near one half. Another alternative to the same pairs moves the share across one
    half by chance of years, which is no change; slopes planted on the other side are one."""
    (base, _), (chance, _), (planted, _) = products_of(5, 0.04), products_of(6, 0.0), products_of(7, -0.15)
    again = {"chance": chance, "planted": planted}
    compared = sensitivity_table(
        [case(name, SHARES[:1]) for name in again], Reading(), base, lambda one: again[one.alternative], LEVELS
    )
    rows = compared.set_index("alternative")
    assert rows.loc["planted", "verdict"] == SIGN and rows.loc["planted", "difference_low"] > 0.2
    assert rows.loc["chance", "difference_low"] < 0 < rows.loc["chance", "difference_high"]
    assert rows.loc["chance", "verdict"] == SAME


def test_controls_take_the_resamples_of_their_time_scale_layer_and_control():
    rng = np.random.default_rng(8)
    names, layers = list(regression.CONTROLS), 2
    labels = {"quantity": ["strong", "dominant"], "time_scale": ["monthly", "JJA", "annual"], "cells_of": ["own"]}
    labels |= {"layer": [1, 2], "weighting": ["cell", "area"], "control": [*names, "any"]}
    shape = tuple(len(values) for values in labels.values())
    values = rng.uniform(0.2, 0.4, (50, *shape))
    drawn = xr.Dataset({"replicate": (("resample", *labels), values), "effective_years": 16.0}, coords=labels)
    drawn = drawn.assign(cells=(("time_scale", "cells_of", "layer", "control"), np.full((3, 1, layers, 4), CELLS)))
    share = rng.dirichlet(np.ones(3), (CELLS, 3, layers))
    axes = LABELS | {"layer": [1, 2], "layer_top": ("layer", [0.0, 0.1]), "layer_bottom": ("layer", [0.1, 0.4])}
    dims = ("cell", "time_scale", "layer", "control")
    fitted = xr.Dataset({"share": (dims, share), "dominant": (dims[:3], share.argmax(axis=3))})
    fitted = fitted.assign_coords(axes | {"time_scale": labels["time_scale"], "control": names})
    files = {"controls": fitted, "control_resamples": drawn}
    listed = numbers.numbers("dependence", files, Reading(weight="area"), ("dominant_control",), LEVELS)
    assert len(listed) == 2 * layers * 3 and all(number.basis == YEARS for number in listed)
    place = [number for number in listed if number.case == f"{names[1]}, annual, 10-40 cm"]
    np.testing.assert_array_equal(place[0].replicates, values[:, 1, 2, 0, 1, 1, 1])
    alone = numbers.numbers("dependence", {"controls": fitted}, Reading(), ("dominant_control",), LEVELS)
    assert all(number.replicates is None and number.basis == "places" for number in alone)


@pytest.mark.parametrize("through", [True, False])
def test_what_evaporation_leaves_changes_the_verdict_only_where_dependence_goes_through_it(through):
    """Negative dependence of all cells, through evapotranspiration or beside it."""
    rng = np.random.default_rng(11)
    noise = rng.normal(size=(3, CELLS, TIMES.size))
    evaporation = noise[2]
    precipitation = noise[0] + evaporation * through
    soil = noise[1] - (2.0 * evaporation if through else 1.5 * precipitation)
    given = [evaporation, rng.normal(size=evaporation.shape)]
    measured = partial_dependence.measure(precipitation, soil[:, None], given, TIMES, {})
    taus = dict.fromkeys(("tau", "kendall"), (("cell", "time_scale", "layer"), measured["tau"].values[:, :1]))
    zero = (("cell", "time_scale", "layer"), np.zeros((CELLS, 1, 1)))
    fitted = xr.Dataset(taus | {"lower": zero, "upper": zero}).assign_coords(LABELS | {"time_scale": ["monthly"]})
    fitted = fitted.assign_coords(annual_cycle_of_time_scale=("time_scale", ["kept"]))
    files = {"copulas": fitted, "partial_dependence": measured}
    asked = [case("partial", ["negative_share"], given=True)]
    row = sensitivity_table(asked, Reading(), files, lambda one: {}, LEVELS).iloc[0]
    assert row["base"] == 1.0
    assert (row["under_alternative"] > 0.95) == (not through)
    assert (row["verdict"] == SAME) == (not through)


@pytest.mark.parametrize("changing", [True, False])
def test_a_half_of_the_record_changes_the_verdict_only_where_dependence_changes(changing):
    """Positive dependence that turns in the first six of sixteen years, or stays."""
    rng = np.random.default_rng(12)
    precipitation, noise = rng.normal(size=(2, CELLS, TIMES.size))
    early = np.arange(TIMES.size) < 6 * 12
    soil = noise + np.where(early & changing, -1.5, 1.5) * precipitation
    measured = changes.measure(precipitation, soil[:, None], TIMES, seed=2)
    taus = [kendalltau(*pair).statistic for pair in zip(precipitation, soil, strict=True)]
    variable = (("cell", "time_scale", "layer"), np.array(taus)[:, None, None])
    zero = (("cell", "time_scale", "layer"), np.zeros((CELLS, 1, 1)))
    fitted = xr.Dataset({"tau": variable, "kendall": variable, "lower": zero, "upper": zero})
    fitted = fitted.assign_coords(LABELS | {"time_scale": ["monthly"]})
    fitted = fitted.assign_coords(annual_cycle_of_time_scale=("time_scale", ["kept"]))
    files = {"copulas": fitted, "dependence_changes": measured}
    asked = [case(half, ["negative_share"], half=half) for half in ("first", "second")]
    table = sensitivity_table(asked, Reading(), files, lambda one: {}, LEVELS).set_index("alternative")
    assert (table["base"] < 0.2).all() and table.loc["second", "verdict"] == SAME
    assert table.loc["first", "verdict"] == (SIGN if changing else SAME)


@pytest.mark.parametrize(("early", "expected"), [(-0.3, SIGN), (0.02, SAME)])
def test_a_half_has_an_interval_over_years_from_the_draws_of_the_run(early, expected):
    """Dependence that turns in the first half is a change; a share that crosses one half by chance of years is none."""
    rng = np.random.default_rng(3)
    precipitation, noise = rng.normal(size=(2, CELLS, TIMES.size))
    first = np.arange(TIMES.size) < TIMES.size // 2
    slope = np.where(first, early, 0.04 if expected == SAME else 0.3) + 0.1 * np.linspace(-1, 1, CELLS)[:, None]
    measured = changes.measure(precipitation, (slope * precipitation + noise)[:, None], TIMES, seed=4)
    files, _ = products_of(5, 0.04 if expected == SAME else 0.3)
    asked = [case("first", ["negative_share"], half="first")]
    row = sensitivity_table(asked, Reading(), files | {"dependence_changes": measured}, lambda one: {}, LEVELS).iloc[0]
    assert row["low"] <= row["under_alternative"] <= row["high"]
    assert (row["difference_low"] > 0.3) if expected == SIGN else (row["difference_low"] < 0 < row["difference_high"])
    assert row["verdict"] == expected


@pytest.mark.filterwarnings("error")
def test_a_half_without_tau_is_no_positive_dependence_and_a_short_one_has_no_interval():
    """Cells that are constant in one half count in neither share; of seven years nothing is said about years."""
    short = TIMES[: 14 * 12]
    precipitation, noise = np.random.default_rng(6).normal(size=(2, CELLS, short.size))
    soil = noise - 2.0 * precipitation
    soil[:10, : short.size // 2] = 0.0
    measured = changes.measure(precipitation, soil[:, None], short, seed=4)
    files, _ = products_of(5, -2.0)
    asked = [case("first", ["negative_share"], half="first")]
    for none in (False, True):
        tau = xr.full_like(measured["tau_half"], np.nan) if none else measured["tau_half"]
        these = files | {"dependence_changes": measured.assign(tau_half=tau)}
        row = sensitivity_table(asked, Reading(), these, lambda one: {}, LEVELS).iloc[0]
        assert row["base"] == 1.0 and np.isnan(row[["low", "high"]].astype(float)).all()
        assert np.isnan(row["under_alternative"]) if none else row["under_alternative"] == 1.0


def test_shares_of_a_half_in_resampled_years_are_those_of_tau_computed_anew():
    """To first order, against tau-b of the years that were drawn of the half."""
    rng = np.random.default_rng(4)
    precipitation, noise = rng.normal(size=(2, CELLS, TIMES.size))
    soil = noise + np.linspace(-2, 2, CELLS)[:, None] * precipitation
    measured = changes.measure(precipitation, soil[:, None], TIMES, seed=4).isel(annual_cycle=0, layer=0)
    counts = year_blocks.year_counts(YEARS_OF_RECORD, 400, 3)[1:]
    of_years = np.arange(TIMES.size) // 12
    for half, inside in (("first", of_years < 8), ("second", of_years >= 8)):
        drawn = counts * np.isin(np.arange(16), of_years[inside])
        ((_, exact),) = year_blocks.kendall(precipitation, soil, of_years, drawn)
        parts = measured["tau_half_part"].values * np.isin(np.arange(16), of_years[inside])
        linear = measured["tau_half"].sel(half=half).values[:, None] + parts @ counts.T
        assert np.mean(linear.std(axis=1) / exact.std(axis=1)) == pytest.approx(0.93, abs=0.05)
        right = (exact < 0).mean(axis=0)
        share, years = changes.negative_in_resamples(measured, half, counts, np.ones(CELLS))
        assert years == 8 and share.mean() == pytest.approx(right.mean(), abs=0.01)
        assert share.std() / np.sqrt(8 / 7) == pytest.approx(right.std(), rel=0.2)
