"""Sen's slope and Mann-Kendall against hand-made answers, pymannkendall and the properties a trend test must have."""

import numpy as np
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import theilslopes

from vadose.statistics.trend.mann_kendall import area_mean, block_bootstrap, mann_kendall, trend_summary
from vadose.statistics.trend.sen_slopes import p_of_row, sorting_space
from vadose.statistics.trend.share_null import ar1

REFERENCE_SETS = ["clean25", "nanties25", "clean52", "clean77"]


@st.composite
def series(draw):
    """One series of 4-40 values on ascending years, with ties and gaps."""
    n = draw(st.integers(6, 40))
    values = np.array(draw(st.lists(st.integers(-30, 30), min_size=n, max_size=n)), float) / 4
    gaps = draw(st.lists(st.integers(0, n - 1), max_size=n - 5))
    values[gaps] = np.nan
    years = 1948 + np.cumsum(draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)))
    return values, years.astype(float)


def test_known_answer():
    """Five years, one inversion: S = 8, Var = 50/3, slope = median of ten pairwise slopes."""
    found = mann_kendall(np.array([[1.0, 2.0, 4.0, 3.0, 6.0]]), np.arange(2000, 2005))
    slopes = [1, 3 / 2, 2 / 3, 5 / 4, 2, 1 / 2, 4 / 3, -1, 1, 3]
    assert found.s[0] == 8 and found.variance[0] == 50 / 3 and found.n[0] == 5
    assert found.slope[0] == np.median(slopes)
    assert found.z[0] == 7 / np.sqrt(50 / 3)
    assert found.p[0] == pytest.approx(0.0864107, abs=1e-7)
    assert found.intercept[0] == 3 - 2002 * found.slope[0]


def test_known_answer_with_ties_and_a_gap():
    """1, 1, (none), 2 on 2000-2003 and 5 on 2010: one tie, slopes on true years."""
    found = mann_kendall(np.array([[1.0, 1.0, np.nan, 2.0, 5.0]]), np.array([2000, 2001, 2002, 2003, 2010]))
    assert found.s[0] == 5 and found.n[0] == 4
    assert found.variance[0] == (4 * 3 * 13 - 2 * 1 * 9) / 18
    assert found.slope[0] == np.median([0, 1 / 3, 4 / 10, 1 / 2, 4 / 9, 3 / 7])


@pytest.mark.parametrize("name", REFERENCE_SETS)
def test_equals_reference(data, name):
    """Slope, S and its variance bit for bit; p to 1e-12; missing in the same rows."""
    with np.load(data / "mann_kendall.npz") as reference:
        values, expected = reference[f"{name}__X"], reference[f"{name}__pm_original"].T
    n, s, variance, z, p, _, slope, intercept = expected
    found = mann_kendall(values, np.arange(values.shape[1]))
    for ours, theirs in ((found.n, n), (found.s, s), (found.variance, variance), (found.slope, slope)):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(found.z, z, rtol=1e-14)
    np.testing.assert_allclose(found.p, p, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.intercept, intercept, rtol=1e-14)


def test_equals_pymannkendall_with_ties_and_gaps():
    rng = np.random.default_rng(7)
    values = rng.integers(0, 12, size=(60, 31)) * 0.1
    values[rng.random(values.shape) < 0.2] = np.nan
    found = mann_kendall(values, np.arange(31))
    for i, row in enumerate(values):
        expected = pymannkendall.original_test(row)
        assert (found.slope[i], found.s[i], found.variance[i]) == (expected.slope, expected.s, expected.var_s)
        assert found.p[i] == pytest.approx(expected.p, abs=1e-12)
        assert found.intercept[i] == pytest.approx(expected.intercept, rel=1e-13)


@pytest.mark.parametrize("degrees", [1, 3, 200])
def test_slope_is_the_median_also_far_from_least_squares(degrees):
    """Heavy tails drive the least-squares slope away from Sen's: the search must still end at the exact median."""
    rng = np.random.default_rng(degrees)
    values, years = rng.standard_t(degrees, (80, 53)), np.cumsum(rng.integers(1, 4, 53)).astype(float)
    expected = [theilslopes(row, years)[0] for row in values]
    np.testing.assert_array_equal(mann_kendall(values, years).slope, expected)


@given(series())
def test_adding_a_constant_or_reversing_time(data):
    values, years = data
    found = mann_kendall(values[None], years)
    shifted = mann_kendall(values[None] + 64, years + 52)
    np.testing.assert_array_equal(found.slope, shifted.slope)  # quarters and 64 are exact in binary
    for name in ("s", "variance", "z", "p", "n"):
        np.testing.assert_array_equal(getattr(found, name), getattr(shifted, name))
    backwards = mann_kendall(values[None, ::-1], -years[::-1])
    np.testing.assert_array_equal(backwards.s, -found.s)
    np.testing.assert_array_equal(backwards.slope, -found.slope)
    np.testing.assert_array_equal(backwards.p, found.p)


@given(series(), st.integers(-8, 8))
def test_a_planted_trend_adds_to_the_slope(data, trend):
    values, years = data
    before = mann_kendall(values[None], years).slope
    after = mann_kendall((values + trend * (years - years[0]))[None], years).slope
    np.testing.assert_allclose(after, before + trend, atol=1e-12)


@given(series())
def test_missing_years_equal_years_left_out(data):
    values, years = data
    there = np.isfinite(values)
    for with_gaps, without in zip(mann_kendall(values[None], years), mann_kendall(values[None, there], years[there])):
        np.testing.assert_array_equal(with_gaps, without)


def test_p_without_slopes_is_the_same_to_the_bit():
    rng = np.random.default_rng(7)
    values = np.concatenate([rng.normal(size=(40, 30)), rng.integers(0, 5, (40, 30)), np.full((1, 30), 2.0)])
    values[rng.random(values.shape) < 0.1] = np.nan
    values[:3, 3:] = np.nan
    p = [p_of_row(row, sorting_space(30)) for row in values]
    np.testing.assert_array_equal(p, mann_kendall(values, np.arange(30.0)).p)


@pytest.mark.parametrize("n", [4, 10, 25, 77, 130])
def test_the_slope_is_the_median_over_all_pairs_to_the_bit(n):
    """Also where the search near the least-squares slope misses it, or meets it at its limits."""
    rng = np.random.default_rng(n)
    years = np.cumsum(rng.integers(1, 4, n)).astype(float)
    kinds = [rng.normal(size=(40, n)), rng.standard_t(1, (40, n)), rng.integers(0, 3, (40, n)) + 0.0]
    kinds += [300 + 0.01 * kinds[0], years * rng.normal(size=(5, 1)), np.cumsum(kinds[0], axis=1), 1e300 * kinds[0]]
    kinds += [np.where(np.arange(n) == n - 1, 1e6, kinds[2]), np.where(kinds[0] < 0, 0.0, kinds[0])]
    values = np.concatenate(kinds)
    values[::3, rng.integers(0, n)] = np.nan
    found = mann_kendall(values, years)
    for row, slope, s in zip(values, found.slope, found.s):
        there = np.isfinite(row)
        first, second = np.triu_indices(there.sum(), 1)
        with np.errstate(over="ignore"):
            rises = row[there][second] - row[there][first]
        enough = there.sum() > 3
        assert slope == np.median(rises / (years[there][second] - years[there][first])) if enough else np.isnan(slope)
        assert s == np.sign(rises).sum() if enough else np.isnan(s)


def test_few_values_constants_and_infinities():
    values = np.full((5, 8), np.nan)
    values[1, :3] = [1, 2, 3]
    values[2] = 650.96
    values[3] = [1, 2, np.inf, 4, 5, 6, -np.inf, 8]
    values[4] = np.where(np.isfinite(values[3]), values[3], np.nan)
    found = mann_kendall(values, np.arange(8))
    for field in found:
        assert np.isnan(field[:2]).all()
    assert (found.slope[2], found.p[2], found.z[2], found.s[2], found.variance[2]) == (0, 1, 0, 0, 0)
    assert all(field[3] == field[4] for field in found) and found.slope[3] == 1 and found.n[3] == 6


def test_a_row_does_not_depend_on_its_neighbours():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(37, 25))
    together = mann_kendall(values, np.arange(25))
    for i in (0, 15, 16, 36):
        for all_rows, alone in zip(together, mann_kendall(values[i : i + 1], np.arange(25))):
            assert all_rows[i] == alone[0]


def test_no_rows():
    assert all(field.shape == (0,) for field in mann_kendall(np.empty((0, 25)), np.arange(25)))


@pytest.mark.parametrize("n", [25, 52, 77])
@pytest.mark.one_python
def test_rejects_five_percent_of_white_noise(n):
    """The continuity correction makes the test a little shy: between 4.2 and 5 %, within the error of 40,000 series."""
    values = np.random.default_rng(n).normal(size=(40_000, n))
    rate = np.mean(mann_kendall(values, np.arange(n)).p <= 0.05)
    error = 3 * np.sqrt(0.05 * 0.95 / 40_000)
    assert 0.042 - error < rate < 0.05 + error


@pytest.mark.parametrize(
    "years",
    [np.array([1.0, 3.0, 2.0, 4.0]), np.array([1.0, 2.0, 2.0, 4.0]), np.arange(5.0), np.array([1, 2, np.nan, 4])],
)
def test_says_what_is_wrong_with_the_years(years):
    with pytest.raises(ValueError, match="years: expected"):
        mann_kendall(np.zeros((2, 4)), years)


def test_bootstrap_of_a_perfect_line_is_the_line():
    years = np.arange(1948.0, 1978.0)
    found = block_bootstrap((2 + 0.5 * years)[None], years, replicates=20)
    np.testing.assert_allclose([found.lower[0], found.upper[0]], 0.5, rtol=1e-12)
    assert found.p[0] == 0
    flat = block_bootstrap(np.full((1, 30), 7.0), years, replicates=20)
    assert (flat.lower[0], flat.upper[0], flat.p[0]) == (0, 0, 1)


def test_bootstrap_is_the_same_in_every_tile_and_missing_where_the_slope_is():
    rng = np.random.default_rng(5)
    values, years = rng.normal(size=(6, 25)), np.arange(25.0)
    values[2, 3:] = np.nan
    values[3, 5:8] = np.nan
    together = block_bootstrap(values, years, replicates=100, seed=4)
    alone = block_bootstrap(values[3:4], years, replicates=100, seed=4)
    assert (together.lower[3], together.upper[3], together.p[3]) == (alone.lower[0], alone.upper[0], alone.p[0])
    assert np.isnan([together.lower[2], together.upper[2], together.p[2]]).all()
    shifted = block_bootstrap(values + 3 + 0.25 * years, years, replicates=100, seed=4)
    np.testing.assert_allclose(
        shifted.upper - together.upper, np.where(np.isnan(together.upper), np.nan, 0.25), atol=1e-12
    )
    slope = mann_kendall(values, years).slope
    there = np.isfinite(slope)
    assert np.all((together.lower < slope)[there] & (slope < together.upper)[there])


@pytest.mark.one_python
@pytest.mark.parametrize("memory", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("n", [25, 52, 77])
def test_bootstrap_holds_its_level_under_memory(n, memory):
    """Nominal 5 %, within 2 points and the error of 1000 series (percentiles rejected 9 to 24 %); the interval says
    what the test says."""
    series = ar1(np.random.default_rng([9, n]).standard_normal((1000, n)), memory)
    found = block_bootstrap(series, np.arange(n), replicates=150)
    assert np.mean(found.p <= 0.05) == pytest.approx(0.05, abs=0.027)
    np.testing.assert_array_equal(found.p < 0.05, (found.lower > 0) | (found.upper < 0))
    narrow = block_bootstrap(series[:20], np.arange(n), replicates=150, level=0.5)
    assert (narrow.upper - narrow.lower < (found.upper - found.lower)[:20]).all()


@pytest.mark.one_python
@pytest.mark.parametrize("trend", [0.0, 0.2])
@pytest.mark.parametrize(("n", "low", "high"), [(11, 95, 99), (15, 94, 97), (25, 94, 97)])
def test_the_interval_of_a_short_record_holds_the_slope(n, low, high, trend):
    """In per cent, and half a point for 3000 series; the interval is not cut where the truth is."""
    noise, years = np.random.default_rng([13, n]).standard_normal((3000, n)), np.arange(1990.0, 1990 + n)
    for memory in (0.0, 0.3, 0.6):
        series = ar1(noise, memory) + trend * years
        found = block_bootstrap(series, years, replicates=100)
        assert low - 0.8 <= 100 * np.mean((found.lower <= trend) & (trend <= found.upper)) <= high + 0.8
        farthest = np.quantile(np.abs(mann_kendall(series, years).slope - trend), 0.95)
        # 53 times at 11 years and memory 0.3 while one degree of freedom was enough
        assert np.quantile(found.upper - found.lower, 0.99) / 2 < 5.5 * farthest


def test_no_limit_lies_beyond_what_pairs_of_years_give():
    """But for zero, which stays inside where p does not reject; two thirds of series of 11 years and memory 0.6 went
    beyond."""
    rng = np.random.default_rng(14)
    for n in range(10, 26):
        years = np.sort(rng.choice(np.arange(1980, 1985 + n), n, replace=False)).astype(float)
        series = np.concatenate([ar1(rng.standard_normal((150, n)), memory) for memory in (0.0, 0.3, 0.6, 0.9)])
        series[::3] += rng.normal(size=(200, 1)) * years
        series[::5, 10:] = np.nan
        found = block_bootstrap(series, years, replicates=50)
        early, late = np.triu_indices(n, 1)
        pairs = (series[:, late] - series[:, early]) / (years[late] - years[early])
        least, greatest = np.nanmin(pairs, axis=1), np.nanmax(pairs, axis=1)
        assert np.all((found.lower >= np.minimum(least, 0)) & (found.upper <= np.maximum(greatest, 0)))
        np.testing.assert_array_equal(found.p < 0.05, (found.lower > 0) | (found.upper < 0))


def test_interval_of_a_cell_of_gldas():
    """Total soil moisture (kg m-2) at 39.5 N 107.5 E, 2012 to 2022: limits were -54 and 54, while no pair of years
    gives more than 17."""
    values = [426.124, 436.616, 419.556, 409.885, 419.940, 410.683, 426.298, 433.727, 432.278, 426.836, 416.629]
    found = block_bootstrap(np.array([values]), np.arange(2012.0, 2023.0), replicates=500)
    assert found.lower[0] > -9 and found.upper[0] < 9


def test_too_short_a_record_has_no_interval():
    """Four years are one block of the default length: all resamples were alike, the interval a point and p 0."""
    rng = np.random.default_rng(15)
    for n, block in ((4, None), (9, None), (25, 13)):
        found = block_bootstrap(rng.normal(size=(5, n)), np.arange(n), replicates=20, block=block)
        assert np.isnan([found.lower, found.upper, found.p]).all()
    assert np.isfinite(block_bootstrap(rng.normal(size=(5, 10)), np.arange(10), replicates=20).p).all()


def test_bootstrap_finds_a_trend():
    """A trend that Mann-Kendall finds in nearly all series without memory."""
    series = np.random.default_rng(3).standard_normal((200, 52)) + 0.05 * np.arange(52)
    assert np.mean(mann_kendall(series, np.arange(52)).p <= 0.05) > 0.98
    assert np.mean(block_bootstrap(series, np.arange(52), replicates=150).p <= 0.05) > 0.95


@pytest.mark.parametrize("wrong", [{"block": 0}, {"block": 26}, {"replicates": 1}, {"level": 1.0}])
def test_bootstrap_says_what_is_wrong(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        block_bootstrap(np.zeros((1, 25)), np.arange(25), **wrong)


def test_trend_summary_by_hand():
    found = trend_summary(np.array([-3.0, -2.0, 0.0, 1.0, 4.0, np.nan]), np.array([1.0, 2.0, 3.0, 4.0, 10.0, 100.0]))
    assert (found.cells, found.area) == (5, 20)
    assert (found.declining, found.strongly_declining, found.strongly_rising) == (0.4, 0.2, 0.2)
    assert (found.area_declining, found.area_strongly_declining, found.area_strongly_rising) == (0.15, 0.05, 0.5)
    assert (found.mean, found.area_mean) == (0, (-3 - 4 + 0 + 4 + 40) / 20)
    empty = trend_summary(np.array([np.nan]), np.array([1.0]))
    assert empty.cells == 0 and np.isnan(empty.declining) and np.isnan(empty.area_mean)
    with pytest.raises(ValueError, match="area"):
        trend_summary(np.zeros(3), np.zeros(2))


def test_area_mean_without_gaps_is_the_plain_mean():
    values = np.array([[1.0, 2.0, 4.0], [3.0, 6.0, 3.0]])
    averaged = area_mean(values, np.array([3.0, 1.0]))
    np.testing.assert_allclose(averaged.mean, [1.5, 3.0, 3.75], rtol=1e-15)
    np.testing.assert_array_equal(averaged.cells, [2, 2, 2])


def test_area_mean_does_not_jump_where_a_wet_cell_is_missing():
    """A cell at 100 without its second year: its anomaly is missing there, its level is not."""
    values = np.array([[1.0, 2.0], [3.0, 6.0], [100.0, np.nan]])
    averaged = area_mean(values, np.array([3.0, 1.0, 1.0]))
    level = (3 * 1.5 + 1 * 4.5 + 1 * 100.0) / 5
    np.testing.assert_allclose(averaged.mean, [level + (-1.5 - 1.5) / 5, level + (1.5 + 1.5) / 4], rtol=1e-14)
    np.testing.assert_array_equal(averaged.cells, [3, 2])


def test_a_year_with_less_than_half_of_the_area_has_no_area_mean():
    values = np.array([[1.0, 2.0, 3.0], [3.0, np.nan, 5.0], [np.nan, np.nan, np.nan]])
    averaged = area_mean(values, np.array([1.0, 1.1, 7.0]))  # the third cell has no year: it is no part of the area
    np.testing.assert_array_equal(np.isnan(averaged.mean), [False, True, False])
    assert np.isnan(area_mean(values[2:], np.array([5.0])).mean).all()
    assert np.isnan(area_mean(values, np.full(3, np.nan)).mean).all()


def test_the_slope_of_the_area_mean_is_of_the_cells_it_stands_beside():
    """150 cells fall by 1 a year, 50 rise by 5 and lack one year each: the mean trend is +0.5, not -1."""
    rng = np.random.default_rng(3)
    years = np.arange(2000.0, 2025.0)
    slope = np.where(np.arange(200) < 150, -1.0, 5.0)
    values = 300 + slope[:, None] * (years - 2012) + rng.normal(0, 1, (200, 25))
    values[np.arange(150, 200), rng.integers(0, 25, 50)] = np.nan
    averaged = area_mean(values, np.ones(200))
    fitted = mann_kendall(averaged.mean[None], years)
    assert abs(fitted.slope[0] - 0.5) < 0.05 and averaged.cells.min() >= 190
    values[np.arange(200), rng.integers(0, 25, 200)] = np.nan  # one more gap in every cell
    assert abs(mann_kendall(area_mean(values, np.ones(200)).mean[None], years).slope[0] - 0.5) < 0.1
