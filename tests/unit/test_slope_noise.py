"""Noise in estimated slopes: what resamples keep of lines, and the interval of a mean share of the variance."""

import numpy as np
import pytest

from vadose.statistics import slope_noise, year_intervals
from vadose.studies.variability import intervals, trend_spread

YEARS = np.arange(2000.0, 2025.0)
TIME = YEARS - YEARS.mean()


def test_slopes_are_those_of_least_squares_whatever_lacks():
    series = np.random.default_rng(1).normal(size=(3, 25, 2))
    series[1, [0, 7, 8]] = np.nan
    slope = slope_noise.least_squares(series, YEARS)
    for cell, term in np.ndindex(3, 2):
        there = np.isfinite(series[cell, :, term])
        expected = np.polyfit(TIME[there], series[cell, there, term], 1)[0]
        np.testing.assert_allclose(slope[cell, term], expected, rtol=1e-10)


@pytest.mark.parametrize("memory", [0.0, 0.6])
def test_the_noise_of_a_slope_is_that_of_the_resamples(memory):
    """One series: the closed form against slopes of resampled years; without memory it is sigma / sqrt(sum t2)."""
    parts = year_intervals.sieve(np.random.default_rng(2).normal(size=(1, 25, 1)), YEARS)
    parts = parts._replace(memory=np.full((1, 1), memory))
    loading = slope_noise.loadings(parts, YEARS)
    rows = year_intervals.draws(24, 25, 4000, seed=1)
    again = np.stack([year_intervals.resample(parts, row)[0] for row in rows])
    expected = slope_noise.least_squares(again, YEARS).std()
    np.testing.assert_allclose(np.sqrt((loading**2).sum()), expected, rtol=0.04)
    if memory == 0.0:
        sigma = np.sqrt((parts.innovations**2).mean())
        np.testing.assert_allclose(np.sqrt((loading**2).sum()), sigma / np.sqrt((TIME**2).sum()), rtol=1e-12)


def test_resamples_show_slopes_as_uneven_as_the_record():
    """Planted slopes of spread 1 with noise of 1: lines keep sqrt(1/2) of the spread; lines without noise are kept."""
    rng = np.random.default_rng(3)
    loading = rng.normal(size=(4000, 24)) / np.sqrt(24)
    slope = rng.normal(5.0, np.sqrt(2.0), 4000)
    whole, own = slope_noise.kept(slope, loading)
    assert abs(own - np.sqrt(0.5)) < 0.02 and abs(whole - 1.0) < 0.01
    assert slope_noise.kept(rng.normal(size=4000), 3 * loading)[1] == 0.0
    assert slope_noise.kept(slope, np.zeros((4000, 24))) == (1.0, 1.0)
    lines = np.arange(3.0)[:, None, None] * TIME[None, :, None] + 7.0
    lines[1, 3] = np.nan
    parts = year_intervals.Sieve(lines, np.zeros((3, 24, 1)), np.zeros((3, 1)))
    closer = slope_noise.shrunk(parts, YEARS, 0.5, 0.0)
    np.testing.assert_allclose(slope_noise.least_squares(closer.line, YEARS), 0.5, rtol=1e-12)
    np.testing.assert_array_equal(np.isnan(closer.line), np.isnan(lines))
    means = [np.nanmean(one.line, axis=(1, 2)) for one in (parts, closer)]
    np.testing.assert_allclose(*means, rtol=1e-12)


@pytest.mark.parametrize("common", [0.0, 0.5])
def test_the_variance_of_a_mean_square_is_that_of_many_worlds(common):
    """Slopes 0.2 and noise 0.1 in 60 cells, known from 24 steps: mean of the estimates against the variance."""
    rng, variances, means = np.random.default_rng(4), [], []
    for _ in range(600):
        shared, own = rng.normal(size=24), rng.normal(size=(60, 24))
        loading = 0.1 / np.sqrt(24) * (np.sqrt(common) * shared + np.sqrt(1 - common) * own)
        noise = np.sqrt(common) * rng.normal() + np.sqrt(1 - common) * rng.normal(size=60)
        parts = slope_noise.squares(0.2 + 0.1 * noise, loading, np.ones(60))
        means.append(parts.mean)
        variances.append(parts.variance / (1.0 - parts.mean) ** 2)  # z here is no share of a variance
    assert abs(np.sqrt(np.mean(variances)) / np.std(means) - 1.0) < 0.1
    assert abs(np.mean(means) - 0.05) < 0.003 and abs(parts.noise - 0.01) < 0.004


@pytest.mark.parametrize("slope", [0.0, 1.0, 2.0, 4.0])
def test_the_interval_of_a_square_holds_its_mean_in_95_of_100(slope):
    """All cells alike: E = (b + u)2, on average b2 + s2. Symmetric limits hold it in 100 % at b = 0."""
    error = 0.02
    z = error * (slope + np.random.default_rng(5).normal(size=20_000))
    truth, held = error**2 * (slope**2 + 1.0), []
    for one in z:
        parts = slope_noise.Squares(one**2, error**2, 4 * one**2 * error**2, 2 * error**4, error**2, error**2)
        low, high = slope_noise.share_interval(parts, 1e6)
        held.append(low <= truth <= high)
    assert 0.935 <= np.mean(held) <= 0.965


@pytest.mark.parametrize("shared", [0.0, 0.004, 0.01])
def test_limits_of_the_score_solve_its_equation(shared):
    parts = slope_noise.Squares(0.3, 0.1, 0.004, 0.001, 0.004, shared)
    t = year_intervals.student_quantile(25.0)
    low, high = slope_noise.share_interval(parts, 25.0)
    np.testing.assert_allclose((0.3 - low) ** 2, t**2 * (0.001 + 0.016 * (low - 0.1)), rtol=1e-10)
    above = 0.016 * 0.2 + 4.0 * max(0.004, shared) * (high - 0.3)
    np.testing.assert_allclose((high - 0.3) ** 2, t**2 * (0.001 + above), rtol=1e-10)


def test_a_trend_that_shared_years_hide_is_not_ruled_out():
    """60 cells of unlike slopes about a small common one, 40 % of the noise common: 95 of 100 intervals hold the mean
    of the squares. Growing as the slopes of the record alone, the upper limits are too low in a tenth of the worlds."""
    rng, slopes = np.random.default_rng(9), np.random.default_rng(1).normal(-0.12, 0.2, 60)
    means, bounds, plain = [], [], []
    for _ in range(800):
        loading = 0.13 / np.sqrt(50) * (np.sqrt(0.4) * rng.normal(size=50) + np.sqrt(0.6) * rng.normal(size=(60, 50)))
        noise = 0.13 * (np.sqrt(0.4) * rng.normal() + np.sqrt(0.6) * rng.normal(size=60))
        parts = slope_noise.squares(slopes + noise, loading, np.ones(60))
        means.append(parts.mean)
        bounds.append(slope_noise.share_interval(parts, 50.0))
        plain.append(slope_noise.share_interval(parts._replace(shared=0.0), 50.0))
    truth = np.mean(means)
    held = [np.mean((low <= truth) & (truth <= high)) for low, high in (np.transpose(one) for one in (bounds, plain))]
    assert 0.925 <= held[0] <= 0.97 and held[1] < held[0] - 0.03


def test_numbers_of_squares_are_narrowed_and_keep_their_sums():
    """Terms of the trend vary less, those of the other dynamics so that both still add up to what the season has."""
    names = [intervals.key(**label) for label in intervals.labels(["humid", "arid"], ["1", "2"])]
    places = trend_spread.columns(6, 4, 2, 2)
    assert names[places.trend[0]] == "dynamics: trend" and names[places.iav[0]] == "dynamics: iav"
    assert [names[n] for n in places.trend[1:3]] == ["term: trend, humid, 1", "term: trend, humid, 2"]
    assert names[places.iav[-1]] == "term: iav, arid, 2" and names[places.significant] == "share_significant"
    assert names[places.difference] == "difference of dynamics: iav minus trend"
    drawn = np.random.default_rng(6).normal(size=(40, len(names)))
    made = trend_spread.narrowed(drawn, places, 0.25 * drawn[:, places.trend[0]].var(ddof=1))
    np.testing.assert_allclose(made[:, places.trend].std(axis=0), 0.5 * drawn[:, places.trend].std(axis=0), rtol=1e-12)
    for one, other in zip(places.trend, places.iav, strict=True):
        np.testing.assert_allclose(made[:, one] + made[:, other], drawn[:, one] + drawn[:, other], atol=1e-12)
    kept = [n for n in range(len(names)) if n not in (*places.trend, *places.iav, *places[2:])]
    np.testing.assert_array_equal(made[:, kept], drawn[:, kept])


def test_limits_of_numbers():
    """The share by false discovery rate has none; those that grow with the trend's share have its tails, the other
    dynamics the opposite ones; a change has none of its own."""
    replicates, pair = np.array([0.2, 0.3, 0.4, 0.25]), np.array([0.5, 2.0])
    plain = intervals.limits("layer: 1", 0.3, replicates, 25.0, pair)
    trend, iav = (intervals.limits(f"dynamics: {name}", 0.3, replicates, 25.0, pair) for name in ("trend", "iav"))
    np.testing.assert_allclose([0.3 - trend.low, trend.high - 0.3], (0.3 - plain.low) * pair, rtol=1e-12)
    np.testing.assert_allclose([0.3 - iav.low, iav.high - 0.3], (0.3 - plain.low) * pair[::-1], rtol=1e-12)
    assert intervals.limits("term: trend, humid, 1", -0.1, replicates, 25.0, pair).high < 0.0 + plain.high
    assert np.isnan(intervals.limits("share_significant_by_fdr", 0.3, replicates, 25.0, pair)[:3]).all()
    significant = intervals.limits("share_significant", 0.05, replicates, 25.0, pair)
    assert significant.low == 0.0 and significant.high <= 1.0
    assert intervals.limits("dynamics: trend", 0.3, replicates, 25.0) == plain


def test_degrees_of_freedom_of_an_error():
    """One series pays for its memory; cells that are one series pay as one, independent cells hardly."""
    rng = np.random.default_rng(7)
    one = year_intervals.sieve(rng.normal(size=(1, 25, 1)), YEARS)
    memory = max(float(one.memory[0, 0]), 0.0)
    freedom = 2.0 / (2.0 / 22.0 + 4.0 * (1.0 + memory) / (1.0 - memory) / 25.0)
    np.testing.assert_allclose(year_intervals.effective_years(one), 2.0 + freedom, rtol=1e-12)
    alike = year_intervals.Sieve(*(np.repeat(part, 30, axis=0) for part in one))
    np.testing.assert_allclose(year_intervals.effective_years(alike), 2.0 + freedom, rtol=1e-10)
    apart = year_intervals.sieve(rng.normal(size=(900, 25, 1)), YEARS)
    assert 23.5 < year_intervals.effective_years(apart) <= 24.0
    flat = year_intervals.sieve(np.ones((4, 25, 1)), YEARS)
    assert year_intervals.effective_years(flat) == 25.0


@pytest.fixture(scope="module")
def worlds():
    """Interval of each headline number in 50 worlds of 80 cells with slopes as large as their noise."""
    rng, tables = np.random.default_rng(8), []
    slopes = rng.normal(-0.01, 0.02, 80)
    for number in range(50):
        total = rng.normal(size=(80, 25)) + slopes[:, None] * TIME
        seasonal = 20.0 + 0.25 * total[:, :, None, None] + 0.2 * rng.normal(size=(80, 25, 2, 2))
        drawn = {"resamples": 40, "seed": number}
        names = (["humid", "arid"], [1, 2])
        made = intervals.table(
            seasonal, YEARS.astype(int), np.ones((80, 1), bool), np.ones(80), ["2000-2024"], names, **drawn
        )
        tables.append(made[made["weighting"] == "cell"].assign(world=number))
    return tables


@pytest.mark.parametrize(
    ("quantity", "column", "label"),
    [("dynamics", "dynamics", "trend"), ("dynamics", "dynamics", "iav"), ("share_declining", "season", ""),
     ("share_significant", "season", ""), ("mean_slope", "season", ""), ("season", "season", "humid"),
     ("mean_slope of layer", "layer", "1"), ("share_declining of season", "season", "humid")],
)  # fmt: skip
@pytest.mark.one_python
def test_intervals_are_as_wide_as_the_number_varies(worlds, quantity, column, label):
    """Half-width over the spread between worlds; before, 1.8 times as much as is right for the trend's share, 0.7 of
    it for the share that declines."""
    rows = [one[(one["quantity"] == quantity) & (one[column].astype(str) == label)].iloc[0] for one in worlds]
    estimate, low, high = (np.array([row[name] for row in rows]) for name in ("estimate", "low", "high"))
    half = np.mean(high - low) / 2.0 / estimate.std(ddof=1)
    assert 1.55 < half < 2.9, half
    assert 0.86 <= np.mean((low <= estimate.mean()) & (estimate.mean() <= high)) <= 1.0
