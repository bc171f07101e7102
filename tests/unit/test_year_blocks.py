"""Resamples of whole years for the dependence on precipitation: tau-b and ridge from sums by year equal those of the
resampled record, sums do not depend on tiles, and intervals hold the truth where cells share their years."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from vadose.files import products
from vadose.statistics import year_blocks, year_intervals
from vadose.statistics.ridge import regression, resampled
from vadose.studies import year_tables
from vadose.studies.claims import quantities, years
from vadose.studies.controls import intervals as controls_intervals
from vadose.studies.controls import results
from vadose.studies.dependence import intervals, pairs, tables

YEARS, CELLS = 10, 23
TIMES = np.arange("2001-01", "2011-01", dtype="datetime64[M]").astype("datetime64[ns]")
YEAR = np.repeat(np.arange(YEARS), 12)


def steps_of(counts, year=YEAR):
    """Positions of the steps of one resample."""
    return np.concatenate([np.flatnonzero(year == which) for which, times in enumerate(counts) for _ in range(times)])


def test_draws_depend_on_the_seed_and_their_own_number_alone_and_the_first_is_the_record():
    few, many = (year_blocks.year_counts(YEARS, count, seed=3) for count in (4, 9))
    np.testing.assert_array_equal(few, many[:5])
    assert (few[0] == 1).all() and (many.sum(axis=1) == YEARS).all() and (many[1:] > 1).any()
    assert (year_blocks.year_counts(YEARS, 4, seed=4)[1:] != few[1:]).any()
    blocks = year_blocks.year_counts(6, 50, seed=1, block=3)
    assert ((blocks >= 1).sum(axis=1) >= 3).all()


@pytest.mark.parametrize("year", [YEAR, np.arange(120)], ids=["months", "one step a year"])
def test_tau_of_a_resample_is_that_of_the_resampled_record(year):
    """Ties, gaps, a month too few: scipy's tau-b of the record with its years repeated."""
    rng = np.random.default_rng(1)
    driver = np.round(rng.gamma(1.0, 2.0, (5, 120)))
    response = 0.2 * driver + rng.normal(size=driver.shape).round(1)
    driver[1, 30:50], response[1, 45:60], response[2, ::7] = np.nan, np.nan, np.nan
    driver[3], response[4, 9:] = 2.0, np.nan
    counts = year_blocks.year_counts(int(year.max()) + 1, 12, seed=5)
    tau = np.concatenate([part for _, part in year_blocks.kendall(driver, response, year, counts)])
    for cell, number in np.ndindex(3, 13):
        here = steps_of(counts[number], year)
        there = np.isfinite(driver[cell, here] + response[cell, here])
        expected = stats.kendalltau(driver[cell, here][there], response[cell, here][there]).statistic
        assert tau[cell, number] == pytest.approx(expected, abs=1e-15)
    assert np.isnan(tau[3:]).all()  # constant; nine pairs


def test_resamples_are_spread_about_their_mean():
    spread = year_blocks.spread(np.array([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]]), 5)
    deviation = np.sqrt(5 / 4) * np.array([-2.0, -1.0, 3.0])
    np.testing.assert_allclose(spread, [3.0 + deviation, [4.0] * 3], rtol=1e-15)


def test_rows_of_shares_by_sign_by_the_largest_number_and_of_their_differences():
    """Each has a width of its own: errors on the probit scale, of the share over the density, of the difference."""
    shares = np.array([0.30, 0.28, 0.35, 0.31, 0.40, 0.22])
    part, among = np.tile(100.0 * shares, (2, 1)), np.full((2, 6), 100.0)
    spread, normal = year_blocks.spread(shares[1:], 20), stats.norm
    by_sign = 1.959963984540054 * normal.ppf(spread).std(ddof=1)
    middle = 0.5 * (normal.ppf(0.30) + normal.ppf(spread.mean()))
    by_largest = 1.959963984540054 * spread.std(ddof=1) / normal.pdf(middle)
    for how, half in (({"below_zero": part}, by_sign), ({"chosen": True}, by_largest)):
        row = year_tables.rows({}, part, among, 20, share=True, **how)[0]
        expected = normal.cdf(normal.ppf(0.30) + np.array([-half, half]))
        np.testing.assert_allclose((row["low"], row["high"]), expected, rtol=1e-12)
    less = (np.full((2, 6), 10.0), among)
    row = year_tables.rows({}, part, among, 20, share=True, less=less, below_zero=part)[0]
    half = 1.959963984540054 * spread.std(ddof=1)
    np.testing.assert_allclose((row["low"], row["high"]), (0.2 - half, 0.2 + half), rtol=1e-12)


def test_records_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="expected .cell, step., the same"):
        next(year_blocks.kendall(np.zeros((2, 12)), np.zeros((2, 11)), np.zeros(12, int), np.ones((1, 1), int)))
    with pytest.raises(ValueError, match="at most 4096 steps"):
        long = np.zeros((1, 4097))
        next(year_blocks.kendall(long, long, np.zeros(4097, int), np.ones((1, 1), int)))
    with pytest.raises(ValueError, match="penalty and year"):
        next(
            resampled.resampled_coefficients(
                np.zeros((1, 12, 4)), np.zeros((1, 12)), np.ones(2), np.zeros(12, int), np.ones((1, 1), int)
            )
        )


def test_ridge_of_a_resample_is_that_of_the_resampled_record():
    rng = np.random.default_rng(2)
    predictors = 3.0 * rng.normal(size=(4, 120, 4)) + 7.0
    response = predictors @ [0.2, 0.5, -0.1, 0.3] + rng.normal(size=(4, 120))
    predictors[1, 20:30, 2], response[1, 90:], predictors[3, :, 0] = np.nan, np.nan, 1.0
    counts = year_blocks.year_counts(YEARS, 8, seed=5)
    fitted = regression.fit(predictors, response)
    every = resampled.resampled_coefficients(predictors, response, fitted.penalty, YEAR, counts)
    coefficients = np.concatenate([part for _, part in every])
    np.testing.assert_allclose(coefficients[:3, :, 0], fitted.coefficients[:3], atol=1e-13)
    for cell, number in np.ndindex(3, 9):
        here = steps_of(counts[number])
        again = regression.fit(
            predictors[cell : cell + 1, here],
            response[cell : cell + 1, here],
            choose="fixed",
            penalty=fitted.penalty[cell],
        )
        np.testing.assert_allclose(coefficients[cell, :, number], again.coefficients[0], atol=1e-12)
    assert np.isnan(coefficients[3]).all()


def world():
    """Precipitation, soil moisture, other predictors and labels of a few cells, with a cell and months missing."""
    rng = np.random.default_rng(3)
    precipitation = rng.gamma(2.0, 30.0, (CELLS, 120))
    soil = rng.normal(size=(CELLS, 2, 120)) + 0.01 * np.linspace(-1, 1, CELLS)[:, None, None] * precipitation[:, None]
    soil[0, 1], soil[3, :, 5:9] = np.nan, np.nan
    others = (np.round(precipitation / 10), precipitation, rng.normal(size=(CELLS, 120)), rng.normal(size=(CELLS, 120)))
    labels = {
        "layer": [1, 2],
        "layer_top": ("layer", [0.0, 0.1]),
        "layer_bottom": ("layer", [0.1, 0.4]),
        "area": ("cell", rng.uniform(1e9, 1e10, CELLS)),
        "lat": ("cell", np.linspace(3.0, 70.0, CELLS)),
        "row": ("cell", np.arange(CELLS)),
        "column": ("cell", np.arange(CELLS) % 5),
    }
    return precipitation, soil, others, labels, rng.integers(0, 4, CELLS)


def by_tiles(count, sums):
    """`sums` of each of `count` tiles."""
    return [sums(slice(part * CELLS // count, (part + 1) * CELLS // count)) for part in range(count)]


@pytest.fixture(scope="module")
def dependence():
    """Copulas, lags and negative shares of the world, and its table in one tile, in seven, and cell by cell."""
    precipitation, soil, _, labels, ecoregion = world()
    options = pairs.Options(bootstrap=40)
    fitted = pairs.copulas(
        precipitation, soil, TIMES, time_scales=["monthly", "annual"], configured="kept", compare=True, options=options
    ).assign_coords(labels)
    lags = pairs.lagged_dependence(precipitation, soil, TIMES, max_lag=2, null="none").assign_coords(labels)
    shares = tables.negative_shares(fitted, ecoregion)

    def sums(part):
        values, draws = (precipitation[part], soil[part], TIMES), {"resamples": 60, "seed": 1}
        own = lags.isel(cell=part)
        made = intervals.tile_sums(*values, fitted.isel(cell=part), shares, ecoregion[part], **draws)
        by_lag = intervals.lag_sums(*values, own, year_tables.every_kth(own, 2), **draws)
        return made.merge(by_lag, compat="override")

    return fitted, lags, shares, [intervals.table(by_tiles(count, sums), YEARS)[0] for count in (1, 7, CELLS)]


def test_the_table_of_dependence_does_not_depend_on_tiles(dependence):
    one, seven, each = dependence[-1]
    assert one.equals(seven) and one.equals(each) and len(one)


def test_estimates_are_those_of_the_other_tables(dependence):
    _, lags, shares, (table, *_) = dependence
    whole = table[table["cells_of"].eq("own") & table["compared_with"].eq("")]
    for region in shares["region"].values:
        for name in shares["time_scale"].values:
            for layer in (0, 1):
                part = shares.sel(region=region, time_scale=name).isel(layer=layer)
                here = whole.query("region == @region and time_scale == @name and layer == @layer + 1")
                here = here.set_index(["quantity", "weighting"])
                assert here.loc[("negative", "cell"), "cells"] == int(part["fitted"])
                for row, column in (
                    (("negative", "cell"), "share_of_cells"),
                    (("certain", "cell"), "certain_share_of_cells"),
                    (("mean_kendall", "cell"), "mean_kendall"),
                    (("negative", "area"), "share_of_area"),
                ):
                    assert here.loc[row, "estimate"] == pytest.approx(float(part[column]), abs=1e-8)
    lag = whole.query(
        "quantity == 'lag_1' and time_scale == 'monthly, annual cycle removed' and layer == 1 and weighting == 'cell'"
    )
    optimal = lags["optimal_lag"].values[:, pairs.CYCLES.index(pairs.REMOVED), 0]
    assert lag["estimate"].item() == pytest.approx(np.mean(optimal == 1))


def test_differences_are_over_the_cells_that_both_have(dependence):
    fitted, _, shares, (table, *_) = dependence
    layers = table.query("compared_with == 'uppermost layer' and time_scale == 'monthly' and quantity == 'negative'")
    assert layers["cells"].tolist() == [CELLS - 1] * 2  # one cell lacks layer 2
    one = fitted.sel(time_scale="monthly")
    tau, both = one["kendall"].values, np.isfinite(one["tau"].values).all(axis=1)
    change = np.mean(tau[both, 1] < 0) - np.mean(tau[both, 0] < 0)
    assert layers["estimate"].iloc[0] == pytest.approx(change)
    cycles = table.query("compared_with == 'monthly, annual cycle removed' and quantity == 'negative' and layer == 2")
    part = shares.sel(region="all").isel(layer=1)["shared_share_of_cells"]
    expected = float(part.sel(time_scale="monthly") - part.sel(time_scale="monthly, annual cycle removed"))
    assert cycles["estimate"].iloc[0] == pytest.approx(expected)
    assert (table["low"] <= table["estimate"] + 1e-12).all() and (table["estimate"] <= table["high"] + 1e-12).all()


def test_the_table_of_controls_does_not_depend_on_tiles_and_agrees_with_the_product():
    _, soil, others, labels, _ = world()
    options = {"choose": "gcv", "penalty": 1.0, "strong_share": 0.6, "replicates": 0, "seed": 1}
    fitted = results.fit_time_scales(others, soil, TIMES, **options).assign_coords(labels)

    def sums(part):
        own = fitted.isel(cell=part)
        return controls_intervals.tile_sums(
            tuple(values[part] for values in others),
            soil[part],
            TIMES,
            own,
            year_tables.every_kth(own, 2),
            strong_share=0.6,
            resamples=50,
            seed=1,
        )

    (one, resampled_controls), (seven, _) = (controls_intervals.table(by_tiles(count, sums), YEARS) for count in (1, 7))
    assert one.equals(seven)
    part = fitted.sel(time_scale="JJA").isel(layer=1)
    there = np.isfinite(part["share"].values).all(axis=1)
    chosen = "time_scale == 'JJA' and layer == 2 and region == 'all' and cells_of == 'own' and control == 'volume'"
    here = one.query(f"{chosen} and weighting == 'cell'").set_index("quantity")
    assert here.loc["strong", "cells"] == there.sum() and here.loc["strong", "effective_years"] == YEARS
    assert here.loc["dominant", "estimate"] == pytest.approx(np.mean(part["dominant"].values[there] == 1))
    assert here.loc["strong", "estimate"] == pytest.approx(np.mean(part["strong"].values[there] == 1))
    chosen = {"quantity": "strong", "time_scale": "JJA", "layer": 2, "cells_of": "own", "control": "volume"}
    replicates = resampled_controls["replicate"].sel(chosen | {"weighting": "cell"}).values
    assert replicates.std(ddof=1) == pytest.approx(here.loc["strong", "standard_error"])
    assert here.loc["mean_share", "estimate"] == pytest.approx(part["share"].values[there, 1].mean(), abs=1e-8)


def test_controls_of_a_region_are_those_of_its_cells_and_bands_stay_as_they_are():
    _, soil, others, labels, _ = world()
    options = {"choose": "gcv", "penalty": 1.0, "strong_share": 0.6, "replicates": 0, "seed": 1}
    fitted = results.fit_time_scales(others, soil, TIMES, **options).assign_coords(labels)
    codes = np.where(np.arange(CELLS) % 3 == 0, 0, np.where(np.arange(CELLS) % 3 == 1, 4, 17))

    def sums(part, regions=None):
        taken, draws = year_tables.every_kth(fitted, 1)[part], {"strong_share": 0.6, "resamples": 50, "seed": 1}
        values = tuple(each[part] for each in others), soil[part], TIMES, fitted.isel(cell=part), taken
        return controls_intervals.tile_sums(*values, **draws, ecoregion=None if regions is None else regions[part])

    everywhere = np.arange(CELLS)
    without, _ = controls_intervals.table([sums(everywhere)], YEARS)
    tiles = [sums(everywhere[:5], codes), sums(everywhere[5:], codes)]
    assert controls_intervals.table(tiles, YEARS)[0].equals(without)
    by_region = controls_intervals.by_region(tiles, YEARS, {4: "a", 17: "b"})
    assert set(by_region["region_name"]) == {"a", "b"}
    alone, _ = controls_intervals.table([sums(np.flatnonzero(codes == 17))], YEARS)
    columns = ["quantity", "time_scale", "layer", "control", "weighting", "estimate", "low", "high", "cells"]
    alone = alone.query("region == 'all' and cells_of == 'own' and compared_with == ''")[columns]
    assert by_region.query("region == '17'")[columns].reset_index(drop=True).equals(alone.reset_index(drop=True))


def test_a_year_that_is_drawn_twice_adds_no_agreement_with_itself():
    """Independent series, one value a year: resampled taus centre on that of the record, not above it."""
    rng = np.random.default_rng(4)
    driver, response = rng.normal(size=(2, 60, 20))
    counts = year_blocks.year_counts(20, 200, seed=1)
    tau = np.concatenate([part for _, part in year_blocks.kendall(driver, response, np.arange(20), counts)])
    assert abs((tau[:, 1:].mean(axis=1) - tau[:, 0]).mean()) < 0.005


@pytest.mark.one_python
def test_intervals_hold_the_truth_where_cells_share_their_years():
    """Forty worlds of 40 cells, a fifth of their variance in common, independent: the mean tau is 0. The interval over
    years holds it in at least 85 % (95 meant, 3.4 the standard error); one that takes cells for the sample in less."""
    rng, held, naive = np.random.default_rng(5), [], []
    year, ones = np.repeat(np.arange(20), 12), np.ones((1, 40), dtype=bool)
    for seed in range(40):
        common = rng.normal(size=(2, 1, 240))
        driver, response = np.sqrt(0.2) * common + np.sqrt(0.8) * rng.normal(size=(2, 40, 240))
        counts = year_blocks.year_counts(20, 80, seed=seed)
        tau = np.concatenate([part for _, part in year_blocks.kendall(driver, response, year, counts)])
        values = np.stack([np.ones_like(tau), tau])
        sums = year_tables.region_sums(values, ones, np.ones(40), np.zeros(40, int), 1)[:, 0, 0]
        row = year_tables.rows({}, sums[1], sums[0], 20, share=False)[0]
        held.append(row["low"] <= 0.0 <= row["high"])
        error = tau[:, 0].std(ddof=1) / np.sqrt(40)
        naive.append(abs(tau[:, 0].mean()) < 2.0 * error)
    assert np.mean(held) >= 0.85 and np.mean(held) > np.mean(naive)


def test_sums_are_exact_in_any_order():
    rng = np.random.default_rng(6)
    values, area = rng.normal(size=(3, 5000, 2)), rng.uniform(1e8, 1e10, 5000)
    ones, region = np.ones((1, 5000), dtype=bool), np.zeros(5000, int)
    whole = year_tables.region_sums(values, ones, area, region, 1)
    order = rng.permutation(5000)
    parts = [
        year_tables.region_sums(values[:, here], ones[:, here], area[here], region[here], 1)
        for here in np.array_split(order, 13)
    ]
    np.testing.assert_array_equal(np.sum(parts, axis=0), whole)
    np.testing.assert_allclose(whole[:, 0, 0, 1], (values * area[:, None]).sum(axis=1), rtol=1e-9, atol=5e3)
    no_cells = xr.DataArray(np.zeros((2, 3)))
    assert year_tables.rows({}, no_cells.values, no_cells.values, 20, share=True) == []


def test_claims_take_negative_shares_from_every_resample(tmp_path):
    """As the table of negative shares says, times 100; quantities without resamples have none."""
    rng = np.random.default_rng(7)
    labels = {
        "quantity": ["negative", "certain"],
        "time_scale": ["monthly", "annual"],
        "cells_of": ["own", "all layers"],
    }
    labels |= {"layer": [1, 2], "weighting": ["cell", "area"]}
    values = rng.uniform(0.1, 0.3, (30, 2, 2, 2, 2, 2))
    product = xr.Dataset({"replicate": (("resample", *labels), values), "effective_years": 20.0}, coords=labels)
    product = product.assign(cells=(("time_scale", "cells_of", "layer"), np.full((2, 2, 2), 40)))
    widths = product["replicate"].isel(resample=0, drop=True)  # any
    product = product.assign(half_width=widths)
    products.write(product, tmp_path / "dependence_resamples.nc", "dependence_resamples")
    rows = [
        {"time_scale": name, "layer": layer, "share_of_cells": 0.2, "mean_lower": 0.1}
        for name in labels["time_scale"]
        for layer in (1, 2)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "negative_shares.csv", index=False)
    files = {
        "negative_shares": tmp_path / "negative_shares.csv",
        "dependence_resamples": tmp_path / "dependence_resamples.nc",
    }
    run = quantities.Run(files, {"negative_shares": None, "dependence_resamples": "dependence_resamples"}, {})
    how = {
        "from": "negative_shares",
        "take": "share_of_cells",
        "where": {"time_scale": "annual"},
        "by": "layer",
        "times": 100,
    }
    drawn = years.resampled(how, run, None)
    np.testing.assert_allclose(drawn.replicates["2"], 100.0 * values[:, 0, 1, 0, 1, 0])
    assert drawn.years == 20.0 and set(drawn.replicates) == {"1", "2"}
    assert years.resampled(how | {"take": "mean_lower"}, run, None) is None
    half = float(widths[0, 1, 0, 1, 0])
    of_table = year_intervals.interval(0.2, values[:, 0, 1, 0, 1, 0], 20.0, cells=40, half_width=half)
    low, high = 100 * of_table.low, 100 * of_table.high
    assert years.interval_text({"2": 20.0}, drawn) == f"2 {low:.4g} to {high:.4g}"  # that of the table of intervals
