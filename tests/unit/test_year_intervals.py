"""Intervals over years: draws, sieve, coverage in worlds whose cells share their years."""

import numpy as np
import pytest
from scipy import stats

from vadose.statistics import share_intervals, year_intervals
from vadose.statistics.attribution import attribute
from vadose.statistics.numeric.block_interval import block_interval
from vadose.statistics.trend.mann_kendall import mann_kendall
from vadose.studies.variability import intervals

YEARS = np.arange(2000.0, 2025.0)


def test_a_draw_depends_on_the_seed_and_its_own_number_alone():
    few, many = (year_intervals.draws(24, 25, count, seed=3) for count in (4, 9))
    np.testing.assert_array_equal(few, many[:4])
    assert few.shape == (4, year_intervals.BURN_IN + 25) and few.min() >= 0 and few.max() <= 23
    assert (few != year_intervals.draws(24, 25, 4, seed=4)).any()


def test_a_straight_line_is_its_own_resample():
    values = np.array([[[300.0, -2.0]], [[10.0, 0.5]]]) * np.array([1.0, 1.0])
    lines = values[:, 0, :1, None] + values[:, 0, 1:, None] * (YEARS - 2000.0)[None, None]
    parts = year_intervals.sieve(np.swapaxes(lines, 1, 2), YEARS)
    again = year_intervals.resample(parts, year_intervals.draws(24, 25, 1, seed=1)[0])
    np.testing.assert_allclose(again, np.swapaxes(lines, 1, 2), rtol=1e-12)


def test_cells_keep_their_gaps_and_one_draw_of_years():
    """Two equal cells get equal resamples; a missing year stays missing; too few years give nothing."""
    values = np.random.default_rng(1).normal(size=(4, 25, 2))
    values[1] = values[0]
    values[2, 7] = np.nan
    values[3, 7:] = np.nan
    parts = year_intervals.sieve(values, YEARS)
    again = year_intervals.resample(parts, year_intervals.draws(24, 25, 1, seed=1)[0])
    np.testing.assert_array_equal(again[0], again[1])
    np.testing.assert_array_equal(np.isnan(again[2]).all(axis=1), YEARS == 2007)
    assert np.isfinite(np.delete(again[2], 7, axis=0)).all() and np.isnan(again[3]).all()


def test_memory_by_hand():
    """Residuals +1, -1, ... about a line: lag-1 autocorrelation -1, plus (2 - 4) / n."""
    residual = np.array([1.0, -1.0] * 5)[None, :, None]
    there = np.ones((1, 10), dtype=bool)
    found = year_intervals.corrected_memory(residual, there, np.array([[10.0]]))
    np.testing.assert_allclose(found, max(-1.0 - 0.2, -year_intervals.LARGEST_MEMORY))
    step = np.array([1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0])[None, :, None]  # pairs: 4 alike, 3 unlike
    found = year_intervals.corrected_memory(step, there[:, :8], np.array([[8.0]]))
    np.testing.assert_allclose(found, 1 / 7 + (2 + 4 / 7) / 8, rtol=1e-12)


def test_memory_that_differs_by_chance_alone_is_pooled_and_a_single_cell_keeps_its_own():
    count = np.full((400, 1), 25.0)
    chance = np.clip(np.random.default_rng(2).normal(0.3, np.sqrt(0.91 / 25), (400, 1)), -0.9, 0.9)
    pooled = year_intervals.pooled_memory(chance, count)
    assert pooled.std() < 0.35 * chance.std() and abs(pooled.mean() - chance.mean()) < 1e-12
    apart = np.where(np.arange(400)[:, None] < 200, -0.5, 0.8)
    np.testing.assert_allclose(year_intervals.pooled_memory(apart, count), apart, atol=0.07)
    np.testing.assert_array_equal(year_intervals.pooled_memory(chance[:1], count[:1]), chance[:1])


def test_the_interval_is_t_standard_errors_wide_and_a_share_stays_a_share():
    replicates = np.array([1.0, 2.0, 3.0, 4.0])
    found = year_intervals.interval(2.0, replicates, 25.0)
    half = stats.t.ppf(0.975, 23) * replicates.std(ddof=1)
    np.testing.assert_allclose((found.low, found.high), (2.0 - half, 2.0 + half), rtol=1e-14)
    share = year_intervals.interval(0.97, np.array([0.80, 0.99, 1.0, 0.95]), 25.0, share=True)
    assert 0.0 < share.low < 0.97 < share.high < 1.0
    none = year_intervals.interval(0.0, np.array([0.0, 0.0, 0.01, 0.0]), 25.0, share=True)
    assert none.low == 0.0 < none.high < 0.1
    of_cells = year_intervals.interval(0.6, np.array([0.5, 0.7, 0.8, 1.0]), 25.0, cells=50)
    spread = stats.t.ppf(0.975, 23) * stats.norm.ppf([0.5, 0.7, 0.8, 0.99]).std(ddof=1)  # 1 is half a cell off
    expected = stats.norm.cdf(stats.norm.ppf(0.6) + np.array([-spread, spread]))
    np.testing.assert_allclose((of_cells.low, of_cells.high), expected, rtol=1e-12)
    missing = year_intervals.interval(2.0, np.array([1.0, np.nan]), 25.0)
    assert np.isnan(missing.low) and np.isnan(missing.high)


@pytest.mark.parametrize("cells", [72, 15_000])
@pytest.mark.parametrize("mean", [0.0, -0.5])
@pytest.mark.one_python
def test_the_interval_of_a_share_of_cells_that_share_their_years(mean, cells):
    """Slopes of spread 1 about a mean with an error of 0.8 that all cells have: the share below zero swings from few
    to nearly all. 95 of 100 intervals hold its mean over worlds (on the logit scale 98 to 99 of 100)."""
    rng = np.random.default_rng(3)

    def shares(centre):
        return rng.binomial(cells, stats.norm.cdf(-centre)) / cells

    held = []
    truth = shares(mean + 0.8 * rng.normal(size=20_000)).mean()
    for _ in range(1000):
        centre = mean + 0.8 * rng.normal()
        estimate, replicates = float(shares(centre)), shares(centre + 0.8 * rng.normal(size=100))
        bounds = year_intervals.interval(estimate, replicates, 25.0, cells=cells)
        held.append(bounds.low <= truth <= bounds.high)
        if cells >= share_intervals.MANY_CELLS:
            assert bounds == year_intervals.interval(estimate, replicates, 25.0, share=True)
    assert 0.915 <= np.mean(held) <= 0.97


def test_the_interval_of_a_share_beyond_a_limit_that_few_cells_reach():
    """Numbers of spread 1 about a mean with an error of 0.5 that all 72 cells have; two of them lie below -2 on
    average. Resamples of worlds that have none there hardly move, and the share's own standard errors hold the truth
    too seldom (84 of 100); those of the share below zero hold it in 98."""
    rng, worlds, resamples, cells = np.random.default_rng(4), 800, 60, 72
    centres = 0.5 * rng.normal(size=(worlds, 1)) * np.ones(resamples + 1)
    centres[:, 1:] += 0.5 * rng.normal(size=(worlds, resamples))
    values = centres[..., None] + rng.normal(size=(worlds, resamples + 1, cells))
    beyond, negative = ((values < limit).mean(axis=2) for limit in (-2.0, 0.0))
    truth, held = beyond[:, 0].mean(), {"own": [], "of signs": [], "below zero": []}
    for share, below in zip(beyond, negative, strict=True):
        half = share_intervals.of_signs(share[1:], below[1:], cells)
        own = year_intervals.interval(share[0], share[1:], 20.0, cells=cells)
        wider = year_intervals.interval(share[0], share[1:], 20.0, cells=cells, half_width=half)
        held["own"].append(own.low <= truth <= own.high)
        held["of signs"].append(wider.low <= truth <= wider.high)
        half = share_intervals.of_signs(below[1:], below[1:], cells)
        zero = year_intervals.interval(below[0], below[1:], 20.0, cells=cells, half_width=half)
        held["below zero"].append(zero.low <= 0.5 <= zero.high)
    rates = {name: np.mean(those) for name, those in held.items()}
    assert rates["own"] < 0.88 and 0.95 <= rates["of signs"] <= 0.99 and 0.93 <= rates["below zero"] <= 0.97, rates


def test_half_the_width_of_a_share_by_sign_is_that_of_the_larger_error():
    share, below = np.array([0.0, 0.0, 0.02]), np.array([0.4, 0.5, 0.6])
    error = stats.norm.ppf([0.01, 0.01, 0.02]).std(ddof=1), stats.norm.ppf(below).std(ddof=1)
    assert error[0] < error[1]
    expected = stats.norm.ppf(0.975) * error[1]
    np.testing.assert_allclose(share_intervals.of_signs(share, below, 50), expected, rtol=1e-14)
    swinging = np.array([0.1, 0.5, 0.9])
    expected = stats.norm.ppf(0.975) * stats.norm.ppf(swinging).std(ddof=1)
    np.testing.assert_allclose(share_intervals.of_signs(swinging, below, 50), expected, rtol=1e-14)
    bounds = year_intervals.interval(0.0, share, 20.0, cells=50, half_width=0.7)
    np.testing.assert_allclose(bounds[:2], (0.0, stats.norm.cdf(stats.norm.ppf(0.01) + 0.7)), rtol=1e-14)


def test_the_interval_of_a_share_by_the_largest_of_two_numbers():
    """The first of two numbers is the larger by 1.6 in half of 72 cells, by 2.4 in the others, with an error of 0.3
    that all cells have, and of 1 of each; counted are the cells that show the second as larger. Resamples hold the
    noise of the record and their own: in them there are more of these."""
    rng, worlds, resamples, cells = np.random.default_rng(8), 400, 60, 72
    true = np.where(np.arange(cells) % 2 == 0, 1.6, 2.4)
    record = true + 0.3 * rng.normal(size=(worlds, 1)) + rng.normal(size=(worlds, cells))
    noise = 0.3 * rng.normal(size=(worlds, resamples, 1)) + rng.normal(size=(worlds, resamples, cells))
    shares = (record < 0).mean(axis=1), (record[:, None] + noise < 0).mean(axis=2)
    truth, held = shares[0].mean(), []
    for share, again in zip(*shares, strict=True):
        half = share_intervals.of_largest(share, again, cells)
        bounds = year_intervals.interval(share, again, 20.0, cells=cells, half_width=half)
        held.append(bounds.low <= truth <= bounds.high)
    assert shares[1].mean() > 2 * truth and 0.93 <= np.mean(held) <= 0.98


def test_half_the_width_of_a_share_by_the_largest_number_in_closed_form():
    shares = np.array([0.1, 0.2, 0.3])
    halfway = 0.5 * (stats.norm.ppf(0.1) + stats.norm.ppf(0.2))
    expected = stats.norm.ppf(0.975) * 0.1 / stats.norm.pdf(halfway)
    np.testing.assert_allclose(share_intervals.of_largest(0.1, shares, 50), expected, rtol=1e-12)
    half = share_intervals.of_difference(shares)
    np.testing.assert_allclose(half, stats.norm.ppf(0.975) * 0.1, rtol=1e-12)
    bounds = year_intervals.interval(0.15, shares, 20.0, half_width=half)
    np.testing.assert_allclose(bounds[:2], (0.15 - half, 0.15 + half), rtol=1e-12)


def test_the_error_of_white_noise_is_that_of_least_squares():
    """One cell, no memory: the mean over series of the bootstrap's standard error is sigma / sqrt(sum t2)."""
    values = np.random.default_rng(5).normal(size=(300, 25, 1))
    rows = year_intervals.draws(24, 25, 200, seed=5)
    time = YEARS - YEARS.mean()
    errors = []
    parts = year_intervals.sieve(values, YEARS)
    for row in rows:
        errors.append((year_intervals.resample(parts, row)[..., 0] * time).sum(axis=1) / (time**2).sum())
    found = np.std(errors, axis=0, ddof=1).mean()
    assert abs(found * np.sqrt((time**2).sum()) - 1.0) < 0.06


@pytest.mark.one_python
def test_intervals_over_years_hold_the_truth_where_cells_share_their_years():
    """Trend-free worlds of 120 cells with a fifth of their variance in common: the interval over places, which was the
    only one, holds the truth in about one of four."""
    rng, lat = np.random.default_rng(11), np.repeat(np.arange(-57.0, 60.0, 12.0), 12)
    lon = np.tile(np.arange(-170.0, 180.0, 30.0), 10)
    held, by_places = [], []
    for number in range(100):
        common, own = rng.normal(size=25), rng.normal(size=(120, 25))
        values = np.sqrt(0.2) * common + np.sqrt(0.8) * own
        slope = mann_kendall(values, YEARS).slope
        parts = year_intervals.sieve(values[..., None], YEARS, slope[:, None])
        rows = year_intervals.draws(24, 25, 60, seed=number)
        again = np.concatenate([year_intervals.resample(parts, row)[..., 0] for row in rows])
        replicates = mann_kendall(again, YEARS).slope.reshape(60, 120).mean(axis=1)
        found = year_intervals.interval(slope.mean(), replicates, year_intervals.effective_years(parts))
        held.append(found.low <= 0.0 <= found.high)
        low, high = block_interval(slope, lat, lon, seed=number)
        by_places.append(low <= 0.0 <= high)
    assert 0.88 <= np.mean(held) <= 1.0 and np.mean(by_places) < 0.5


@pytest.fixture
def seasonal():
    rng = np.random.default_rng(6)
    values = 100 + rng.normal(size=(12, 25, 4, 2)) + 0.1 * np.arange(25)[None, :, None, None]
    values[3, 4] = np.nan
    return values


def test_the_numbers_of_the_table_are_those_of_the_data(seasonal):
    area = np.linspace(1.0, 2.0, 12)
    analysed = np.ones((12, 2), dtype=bool)
    analysed[0, 0] = False
    names = (["humid", "sub-humid", "semi-arid", "arid"], [1, 2])
    years = np.arange(2000, 2025)
    made = intervals.table(seasonal, years, analysed, area, ["2000-2012", "2013-2024"], names, resamples=50, seed=1)
    assert (made.groupby(["period", "weighting"]).size() == len(intervals.labels(*names))).all()
    later = made[(made["period"] == "2013-2024") & (made["weighting"] == "area")]
    fitted = attribute(seasonal[:, 13:], years[13:].astype(float))
    by_layer = later[later["quantity"] == "layer"]["estimate"].to_numpy()
    expected = np.average(fitted.contribution.sum(axis=(1, 2)), axis=0, weights=area)
    np.testing.assert_allclose(by_layer, expected, rtol=1e-12)
    for quantity in ("dynamics", "season", "layer", "term"):
        np.testing.assert_allclose(later[later["quantity"] == quantity]["estimate"].sum(), 1.0, rtol=1e-12)
    slope = mann_kendall(seasonal[:, 13:].sum(axis=(2, 3)) / 4, years[13:].astype(float)).slope
    row = later[later["quantity"] == "mean_slope"].iloc[0]
    np.testing.assert_allclose(row["estimate"], np.average(slope, weights=area), rtol=1e-12)
    assert row["low"] < row["estimate"] < row["high"] and row["cells"] == 12
    change = made[(made["period"] == "change") & (made["weighting"] == "cell")].set_index("quantity")
    assert (change["cells"] == 11).all() and change.loc["mean_slope", "low"] < change.loc["mean_slope", "high"]
    again = intervals.table(seasonal, years, analysed, area, ["2000-2012", "2013-2024"], names, resamples=50, seed=1)
    assert made.equals(again)


def test_too_few_years_have_numbers_without_intervals(seasonal):
    names = (["humid", "sub-humid", "semi-arid", "arid"], [1, 2])
    years = np.arange(2000, 2006)
    made = intervals.table(
        seasonal[:, :6], years, np.ones((12, 1), bool), np.ones(12), ["2000-2005"], names, resamples=50, seed=1
    )
    assert np.isfinite(made["estimate"]).all() and made[["low", "high", "standard_error"]].isna().all(axis=None)
