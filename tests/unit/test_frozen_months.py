"""Parts of the year, frozen and thawed months: which values are paired, against subsets taken by hand; and worlds in
which the alternatives of the sensitivity analysis that rest on them must and must not speak."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import kendalltau

from vadose.core import calendar, time_scales
from vadose.statistics.copula.flags import TIED
from vadose.studies import year_tables
from vadose.studies.controls import results
from vadose.studies.dependence import intervals, month_sets, pairs, samples, stability, tables
from vadose.studies.frozen_months import FROZEN, SETS, THAWED, deciding, month_set, snow_on_the_ground
from vadose.studies.sensitivity import numbers
from vadose.studies.sensitivity.plan import Case, Reading
from vadose.studies.sensitivity.table import sensitivity_table
from vadose.studies.sensitivity.verdicts import SAME, SIGN

TIMES, CELLS = calendar.months(2000, 2015), 12
MONTH = calendar.month_of(TIMES)
LEVELS = numbers.Levels(0.05, 0.1, 3)
LABELS = {"layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.1])}
LABELS |= {
    "area": ("cell", np.full(CELLS, 1e9)),
    "lat": ("cell", np.repeat(np.arange(5.0, 80.0, 15.0), 3)[:CELLS]),
    "lon": ("cell", np.tile([-170.0, -50.0, 80.0], 4)),
}
SEASON_OF = {month: name for name, months in calendar.SEASONS.items() for month in months}


def noise(seed, *shape):
    return np.random.default_rng(seed).normal(size=(CELLS, *shape, TIMES.size))


def copulas_of(precipitation, soil, scales=("monthly",), **options):
    how = {"configured": "kept", "compare": False, "options": pairs.Options(), **options}
    fitted = pairs.copulas(precipitation, soil, TIMES, time_scales=time_scales.labels_of(scales), **how)
    return fitted.assign_coords(LABELS)


def products_of(precipitation, soil, scales=("monthly",), months=None):
    """Copulas and their resamples of years, as the workflow makes them."""
    fitted = copulas_of(precipitation, soil, scales, months=months)
    shares = tables.negative_shares(fitted, None)
    sums = intervals.tile_sums(precipitation, soil, TIMES, fitted, shares, None, resamples=60, seed=4, months=months)
    return {
        "copulas": fitted,
        "dependence_resamples": year_tables.resamples(year_tables.added([sums]), 16, intervals.CELLS, intervals.SIGNS),
    }


def verdict_of(base, other, affects="negative_share", **reading):
    case = Case("other", "dependence", "?", (affects,), Reading(**reading), None, "", {})
    return sensitivity_table([case], Reading(), base, lambda one: other, LEVELS).set_index("case")


# ---- Which values are paired


def test_parts_of_the_year_by_hand():
    assert time_scales.labels_of(["monthly", "seasonal", "monthly"]) == [
        "monthly",
        *(f"months of {season}" for season in ("DJF", "MAM", "JJA", "SON")),
    ]
    values = np.arange(TIMES.size, dtype=float)[None]
    winter = time_scales.aggregate(values, TIMES, "months of DJF", "sum")
    assert winter[0, :5].tolist() == [0, 1, 11, 12, 13] and winter.shape == (1, 3 * 16)
    assert time_scales.years_of(TIMES, "months of DJF")[:4].tolist() == [2000, 2000, 2000, 2001]
    assert time_scales.aggregate(values, TIMES, "July", "mean")[0, :2].tolist() == [6, 18]
    assert [time_scales.steps_of_year(name) for name in ("monthly", "months of JJA", "May", "annual")] == [12, 3, 1, 1]
    assert len(time_scales.labels_of(["calendar_month"])) == 12 and not time_scales.drawn_scales(["May"])


def test_a_lag_reaches_over_the_edge_of_the_year():
    precipitation, soil = noise(1), noise(2, 1)
    driver, response = samples.pair(precipitation, soil[:, 0], TIMES, "January", lag=2)
    assert np.isnan(driver[:, 0]).all()
    np.testing.assert_array_equal(driver[:, 1:], precipitation[:, 10:-2:12])  # the November of the year before
    np.testing.assert_array_equal(response[:, 1:], soil[:, 0, 12::12])


def test_copulas_of_parts_of_the_year_are_those_of_the_months_alone():
    precipitation, soil = noise(3), noise(4, 1)
    soil += 0.7 * precipitation[:, None]
    fitted = copulas_of(precipitation, soil, ("seasonal", "calendar_month", "annual"), configured="removed")
    assert (fitted["reason"] == 0).all() and fitted["n"].values[0, :, 0].tolist() == [48] * 4 + [16] * 13
    cycles = dict(zip(fitted["time_scale"].values, fitted["annual_cycle_of_time_scale"].values, strict=True))
    assert cycles["months of MAM"] == "removed" and cycles["May"] == cycles["annual"] == "kept"
    for name, months in (("months of MAM", (3, 4, 5)), ("May", (5,))):
        chosen = np.isin(MONTH, months)
        sides = samples.sides(precipitation, soil[:, 0], TIMES, cycles[name])
        right = [kendalltau(x[chosen], y[chosen]).statistic for x, y in zip(*sides, strict=True)]
        np.testing.assert_allclose(fitted["kendall"].sel(time_scale=name).values[:, 0], right, atol=1e-12)
    shares = tables.negative_shares(fitted, None)
    assert (
        list(shares["time_scale"].values)[-1] == "annual" and "months of MAM, annual cycle removed" in shares.time_scale
    )
    assert "shared" not in shares, "cells with and without the annual cycle are those of monthly copulas alone"
    steps = stability.drawn_steps(TIMES, "months of DJF", 1)
    assert steps.shape == (stability.RESAMPLES, 48)
    drawn = time_scales.years_of(TIMES, "months of DJF")[steps].reshape(stability.RESAMPLES, 16, 3)
    assert (drawn == drawn[..., :1]).all(), "the three months of a year stay together"


@pytest.mark.parametrize("keep", [THAWED, FROZEN])
def test_a_set_of_months_is_what_is_left_when_the_others_are_taken_out(keep):
    precipitation, soil, temperature = noise(5), noise(6, 1), 273.15 + 5 * noise(7)
    temperature[:, 4] = np.nan
    temperature[0, :150] = 260.0 if keep == THAWED else 290.0
    months = month_set(temperature, keep, 60)
    fitted = copulas_of(precipitation, soil, ("monthly", "annual"), months=months)
    assert fitted["reason"].values[:, 0, 0].tolist() == [pairs.FEW_OF_SET] + [0] * (CELLS - 1)
    assert np.isnan(fitted["tau"].values[0, 0, 0]) and (fitted["reason"].values[:, 1] == 0).all()
    inside = temperature < 273.15 if keep == FROZEN else temperature >= 273.15
    np.testing.assert_array_equal(fitted["n"].values[:, 0, 0], inside.sum(axis=1))
    right = [kendalltau(p[k], s[k]).statistic for p, s, k in zip(precipitation, soil[:, 0], inside, strict=True)]
    np.testing.assert_allclose(fitted["kendall"].values[1:, 0, 0], right[1:], atol=1e-12)
    compared = month_sets.compare(precipitation, soil, TIMES, temperature, 60).assign_coords(LABELS)
    np.testing.assert_allclose(compared["kendall"].sel(month_set=keep).values[1:, 0, 0], right[1:], atol=1e-12)
    # The anomaly is that from the mean of all months, whether or not they are left in.
    anomalies = samples.sides(precipitation, soil[:, 0], TIMES, "removed")
    right = kendalltau(anomalies[0][3, inside[3]], anomalies[1][3, inside[3]]).statistic
    assert compared["kendall"].sel(month_set=keep, annual_cycle="removed").values[3, 0] == pytest.approx(
        right, abs=1e-12
    )
    listed = month_sets.table(compared, None, {}).set_index(["months", "annual_cycle"])
    assert listed.loc[(keep, "kept"), ["cells", "too_few"]].tolist() == [CELLS - 1, 1]
    assert set(compared["month_set"].values) == set(SETS)


def test_the_snow_season_is_a_frozen_month_and_the_next():
    degrees = np.array([[1.0, -2, 3, 4, np.nan, 5, 6, -1, np.nan, 2], [-1.0, 2, 3, 4, 5, 6, 7, -8, -9, 1]]) + 273.15
    snow = month_set(deciding(degrees, "snow"), FROZEN, 10).inside.astype(int).tolist()
    without = month_set(deciding(degrees, "snow"), THAWED, 10).inside.astype(int).tolist()
    assert snow == [[0, 1, 1, 0, 0, 0, 0, 1, 0, 0], [1, 1, 0, 0, 0, 0, 0, 1, 1, 1]]
    assert without == [[0, 0, 0, 1, 0, 0, 1, 0, 0, 0], [0, 0, 1, 1, 1, 1, 1, 0, 0, 0]]
    for by in ("air", "soil"):
        np.testing.assert_array_equal(deciding(degrees, by), degrees)


def test_snow_on_the_ground_is_more_than_its_threshold():
    lying = snow_on_the_ground(np.array([[0.0, 10.0, 10.5, np.nan, 300.0]]), 10.0)
    assert month_set(lying, FROZEN, 10).inside.tolist() == [[False, False, True, False, True]]
    assert month_set(lying, THAWED, 10).inside.tolist() == [[True, True, False, False, False]]


def test_an_unknown_set_is_named():
    with pytest.raises(ValueError, match="keep: expected one of all, thawed, frozen, found 'snowy'"):
        month_set(np.zeros((1, 12)), "snowy", 60)


OPTIONS = {"choose": "gcv", "penalty": 1.0, "strong_share": 0.75, "replicates": 0, "seed": 1}


def test_controls_of_thawed_months_are_those_of_the_months_alone():
    monthly, soil, temperature = [noise(seed) for seed in range(10, 14)], noise(14, 1), 273.15 + 5 * noise(15)
    soil += monthly[0][:, None]
    temperature[0, :150] = 260.0
    months = month_set(temperature, THAWED, 60)
    found = results.fit_time_scales(monthly, soil, TIMES, months=months, **OPTIONS)
    whole = results.fit_time_scales(monthly, soil, TIMES, **OPTIONS)
    yearly = [name for name in time_scales.SCALES if name != "monthly"]
    xr.testing.assert_identical(found.sel(time_scale=yearly), whole.sel(time_scale=yearly))
    share = found["share"].sel(time_scale="monthly").values[:, 0]
    assert np.isnan(share[0]).all() and found["reason"].sel(time_scale="monthly").values[0, 0] == 6
    inside = months.inside[1]
    alone = results.fit_scale(
        np.stack([values[1:2, inside] for values in monthly], axis=2), soil[1:2, :, inside], "monthly", **OPTIONS
    )
    np.testing.assert_allclose(share[1], alone["share"].values[0, 0], rtol=1e-12)


# ---- Worlds in which an alternative must, and must not, change the verdict


@pytest.mark.parametrize(("slope_of_thawed", "expected"), [(1.0, SIGN), (-1.0, SAME)])
def test_thawed_months_speak_where_frost_alone_makes_dependence_negative(slope_of_thawed, expected):
    precipitation, temperature = noise(20), 270.0 + 8 * noise(21)
    slope = np.where(temperature < 273.15, -2.0, slope_of_thawed)
    soil = (slope * precipitation + noise(22))[:, None]
    base = products_of(precipitation, soil)
    other = products_of(precipitation, soil, months=month_set(temperature, THAWED, 60))
    row = verdict_of(base, other).loc["monthly, 0-10 cm"]
    assert row["verdict"] == expected and row["base"] > 0.9
    assert row["under_alternative"] == pytest.approx(float(expected == SAME), abs=0.1)


@pytest.mark.parametrize(("slope_outside", "expected"), [(1.0, SIGN), (-1.0, SAME)])
def test_the_snow_season_speaks_where_snow_and_melt_alone_make_dependence_negative(slope_outside, expected):
    precipitation, temperature = noise(20), 275.0 + 8 * noise(21)
    months = month_set(deciding(temperature, "snow"), THAWED, 30)
    slope = np.where(months.inside, slope_outside, -2.0)
    soil = (slope * precipitation + noise(22))[:, None]
    row = verdict_of(products_of(precipitation, soil), products_of(precipitation, soil, months=months))
    row = row.loc["monthly, 0-10 cm"]
    assert row["verdict"] == expected and row["base"] > 0.9
    assert row["under_alternative"] == pytest.approx(float(expected == SAME), abs=0.1)


@pytest.mark.parametrize(("slope_outside", "expected"), [(1.0, SIGN), (-1.0, SAME)])
def test_snow_on_the_ground_speaks_where_it_alone_makes_dependence_negative(slope_outside, expected):
    """Snow that lies for months after the frost, of which the temperature of the air does not tell."""
    precipitation, snow = noise(20), np.cumsum(noise(21), axis=1)
    snow -= np.quantile(snow, 0.35, axis=1, keepdims=True)
    months = month_set(snow_on_the_ground(snow, 0.0), THAWED, 30)
    slope = np.where(months.inside, slope_outside, -2.0)
    soil = (slope * precipitation + noise(22))[:, None]
    base = products_of(precipitation, soil)
    row = verdict_of(base, products_of(precipitation, soil, months=months)).loc["monthly, 0-10 cm"]
    assert row["verdict"] == expected and row["base"] > 0.9
    assert row["under_alternative"] == pytest.approx(float(expected == SAME), abs=0.1)


@pytest.mark.parametrize(("cycle", "slope", "expected"), [(4.0, 1.0, SIGN), (0.0, -1.0, SAME)])
def test_seasons_speak_where_the_season_alone_makes_dependence_negative(cycle, slope, expected):
    shared = np.array([{"DJF": 0, "MAM": 1, "JJA": 2, "SON": 1}[SEASON_OF[month]] for month in MONTH]) * cycle
    precipitation = noise(23) + shared
    soil = (slope * (precipitation - shared) - shared + 0.5 * noise(24))[:, None]
    base, other = products_of(precipitation, soil), products_of(precipitation, soil, ("seasonal",))
    row = verdict_of(base, other, within="seasonal").loc["monthly, 0-10 cm"]
    assert row["verdict"] == expected and row["base"] > 0.9 and np.isfinite(row["difference_low"])
    each = [numbers.numbers("dependence", other, Reading(), ("negative_share",), LEVELS)]
    assert row["under_alternative"] == pytest.approx(np.mean([number.value for number in each[0]]), abs=1e-12)


@pytest.mark.parametrize(("agreement", "expected"), [(-1.0, SIGN), (0.9, SAME)])
def test_the_same_source_speaks_where_the_products_disagree(agreement, expected):
    own = noise(25)
    soil = (own + noise(26))[:, None]
    base = products_of(agreement * own + 0.3 * noise(27), soil)
    row = verdict_of(base, products_of(own, soil)).loc["monthly, 0-10 cm"]
    assert row["verdict"] == expected and row["under_alternative"] < 0.1


@pytest.mark.parametrize(("tied_cells", "expected"), [(slice(0, 8), SIGN), (slice(0, 12, 3), SAME)])
def test_ties_speak_where_only_tied_pairs_are_negative(tied_cells, expected):
    precipitation, sign = noise(28), np.where(np.arange(CELLS) < 8, -1.0, 1.0)
    soil = (sign[:, None] * precipitation + noise(29))[:, None]
    soil[tied_cells] = np.round(soil[tied_cells], 0)
    fitted = copulas_of(precipitation, soil)
    tied = fitted["flags"].values[:, 0, 0] & TIED > 0
    assert np.flatnonzero(tied).tolist() == list(range(CELLS))[tied_cells]
    row = verdict_of({"copulas": fitted}, {}, untied=True).loc["monthly, 0-10 cm"]
    assert row["verdict"] == expected and row["base"] == pytest.approx(8 / 12)
    assert row["under_alternative"] == (0.0 if expected == SIGN else 5 / 8)


@pytest.mark.parametrize(("ruled_by", "expected"), [(2, SIGN), (0, SAME)])
def test_controls_of_thawed_months_speak_where_frost_brings_another_control(ruled_by, expected):
    monthly, temperature = [noise(seed) for seed in range(30, 34)], 273.15 + 5 * noise(34)
    cold = temperature < 273.15
    soil = (np.where(cold, 3.0 * monthly[0], monthly[ruled_by]) + 0.2 * noise(35))[:, None]
    base, other = (
        {"controls": results.fit_time_scales(monthly, soil, TIMES, months=months, **OPTIONS).assign_coords(LABELS)}
        for months in (None, month_set(temperature, THAWED, 60))
    )
    row = verdict_of(base, other, "dominant_control").loc["frequency, monthly, 0-10 cm"]
    assert row["verdict"] == expected and row["base"] > 0.9


@pytest.mark.parametrize(("agreement", "expected"), [(0.0, SIGN), (0.95, SAME)])
def test_controls_of_the_same_source_speak_where_evapotranspiration_differs(agreement, expected):
    frequency, volume, own, air = (noise(seed) for seed in range(40, 44))
    soil = (own + 0.4 * volume + 0.3 * noise(44))[:, None]
    base, other = (
        {
            "controls": results.fit_time_scales([frequency, volume, et, air], soil, TIMES, **OPTIONS).assign_coords(
                LABELS
            )
        }
        for et in (agreement * own + 0.3 * noise(45), own)
    )
    row = verdict_of(base, other, "dominant_control").loc["evapotranspiration, monthly, 0-10 cm"]
    assert row["verdict"] == expected and row["under_alternative"] > 0.9
