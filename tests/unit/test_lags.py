"""Lagged tau-b against scipy, the best lag, and the p value of the best of many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau
from scipy.stats import t as student

from vadose.statistics import lags, significance


def scipy_lags(driver, response, max_lag):
    tau = np.full((driver.shape[0], max_lag + 1), np.nan)
    for cell in range(driver.shape[0]):
        for lag in range(max_lag + 1):
            a, b = driver[cell, : driver.shape[1] - lag], response[cell, lag:]
            both = np.isfinite(a) & np.isfinite(b)
            if both.sum() > 1:
                tau[cell, lag] = kendalltau(a[both], b[both]).statistic
    return tau


@pytest.fixture
def gappy():
    """Ties, gaps, a shift of three steps, an empty cell and a constant one."""
    rng = np.random.default_rng(4)
    driver = rng.integers(0, 12, (6, 61)).astype(float)
    response = np.roll(driver, 3, axis=1) + rng.integers(0, 12, (6, 61))
    driver[rng.random(driver.shape) < 0.15] = np.nan
    response[rng.random(response.shape) < 0.1] = np.nan
    driver[4] = np.nan
    response[5] = 2.0
    return driver, response


def test_equals_scipy_with_ties_and_gaps(gappy):
    np.testing.assert_allclose(
        lags.kendall_lags(*gappy, 12), scipy_lags(*gappy, 12), rtol=0, atol=1e-14, equal_nan=True
    )


@pytest.mark.parametrize("length", [40, 63, 64, 65, 130])
def test_turns_around_the_circle_equal_scipy_whatever_the_words_of_bits(length):
    """Pairs are counted sixty-four at a time: lengths about that, with ties and gaps, and without."""
    rng = np.random.default_rng(length)
    driver, response = rng.integers(0, 12, (2, 2, length)).astype(float)
    driver[0, ::9], response[0, 5:9] = np.nan, np.nan
    driver[1] = rng.random(length)
    response[1] += driver[1]
    tau, pairs = np.empty((2, length)), np.empty((2, length), dtype=int)
    lags.fill_lags(driver, response, 1, True, 10, tau, pairs)
    for cell, lag in np.ndindex(2, length):
        turned = np.roll(driver[cell], lag)
        both = np.isfinite(turned + response[cell])
        assert pairs[cell, lag] == both.sum()
        assert tau[cell, lag] == pytest.approx(kendalltau(turned[both], response[cell][both]).statistic, abs=1e-14)


def test_finds_the_planted_lag(gappy):
    best = lags.optimal_lag(*gappy, 12)
    np.testing.assert_array_equal(best.lag[:4], 3.0)
    assert np.isnan(best.lag[4:]).all() and np.isnan(best.tau[4:]).all() and np.isnan(best.p).all()


def test_known_answer_and_first_of_equal_lags():
    """A rising line has tau 1 with itself at every lag: the shortest lag is the best."""
    line = np.arange(20.0)[None]
    np.testing.assert_array_equal(lags.kendall_lags(line, line, 5), 1.0)
    assert lags.optimal_lag(line, line, 5).lag[0] == 0


@given(st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_monotone_transformations_change_nothing_and_sign_turns(seed, lag):
    rng = np.random.default_rng(seed)
    driver, response = rng.integers(0, 9, (2, 3, 30)).astype(float)
    tau = lags.kendall_lags(driver, response, lag)
    np.testing.assert_array_equal(lags.kendall_lags(np.exp(driver), response**3, lag), tau)
    np.testing.assert_array_equal(lags.kendall_lags(-driver, response, lag), -tau)


def autocorrelated(rng, cells, length):
    noise = rng.standard_normal((cells, length + 50))
    for t in range(1, length + 50):
        noise[:, t] += 0.5 * noise[:, t - 1]
    return noise[:, 50:]


def test_circular_null_holds_the_level_where_the_best_of_many_does_not():
    """Independent autocorrelated pairs: about 5 % of the p values lie below 0.05; dependent pairs are found."""
    rng = np.random.default_rng(8)
    driver, response = autocorrelated(rng, 600, 100), autocorrelated(rng, 600, 100)
    p = lags.optimal_lag(driver, response, 6, null="circular").p
    assert 0.03 < np.mean(p <= 0.05) < 0.075
    linked = np.roll(driver, 2, axis=1) + 0.7 * response
    assert np.mean(lags.optimal_lag(driver[:50], linked[:50], 6, null="circular").p <= 0.05) > 0.95


@pytest.mark.parametrize("season", [0.0, 2.0])
@pytest.mark.one_python
def test_a_field_of_independent_cells_has_no_significant_one(season):
    """1000 cells of 20 years with memory, with and without a season in both: 5 % singly, none by the false discovery
    rate; by p from counting turns, which is 1 / (1 + turns) in as many as 5 %, it would take nearly all of these."""
    rng = np.random.default_rng(4)
    driver, response = autocorrelated(rng, 1000, 240), autocorrelated(rng, 1000, 240)
    cycle = season * np.sin(2 * np.pi * (np.arange(240) - np.array([[0], [2]])) / 12)
    best, field_p = lags.optimal_lag_and_field_p(driver + cycle[0], response + cycle[1], 12)
    assert abs(np.mean(field_p <= 0.05) - 0.05) < 0.02 and np.mean(field_p <= 0.01) < 0.02
    assert significance.field_significance(field_p, 0.1)[1].mean() < 0.005
    assert significance.field_significance(best.p, 0.1)[1].mean() > 0.02
    np.testing.assert_array_equal(
        best.p, lags.optimal_lag(driver + cycle[0], response + cycle[1], 12, null="circular").p
    )


def test_cells_of_a_field_that_depend_are_found_beside_many_that_do_not():
    rng = np.random.default_rng(6)
    driver, response = autocorrelated(rng, 500, 240), autocorrelated(rng, 500, 240)
    response[:50, 2:] += 0.5 * driver[:50, :-2]
    response[:, 100:110] = np.nan
    best, field_p = lags.optimal_lag_and_field_p(driver, response, 12)
    rejected = significance.field_significance(field_p, 0.1)[1]
    assert rejected[:50].mean() > 0.8 and rejected[50:].sum() <= 0.2 * rejected.sum()
    assert (best.lag[:50][rejected[:50]] == 2).mean() > 0.9


def test_p_for_the_field_by_hand_and_where_there_are_too_few_turns():
    """Two months a year, one lag beside 0: means by month, standard deviation about them, and g of two lags."""
    rng = np.random.default_rng(2)
    driver, response = rng.standard_normal((2, 1, 24))
    tau = np.array([kendalltau(np.roll(driver[0], turn), response[0]).statistic for turn in range(24)])
    far = tau[2:].reshape(11, 2)
    left = (far - far.mean(axis=0)).ravel()
    s = np.sqrt((left**2).sum() / 20)
    r = (left[1:] * left[:-1]).mean() / (left**2).mean()
    z = np.abs(tau[:2] - far.mean(axis=0)).max() / s / np.sqrt(1 + 1 / 11)
    g = (np.sqrt(1 + r) + np.sqrt(1 - r)) ** 2 / 2
    p = 1 - (1 - 2 * student.sf(z, 20 / (1 + 2 * r * r))) ** g
    assert lags.optimal_lag_and_field_p(driver, response, 1, season=2)[1][0] == pytest.approx(p, rel=1e-12)
    assert np.isnan(lags.optimal_lag_and_field_p(driver, response, 1, season=6)[1]).all()
    response[0, 5:] = np.nan
    assert np.isnan(lags.optimal_lag_and_field_p(driver, response, 1, season=2)[1]).all()
    with pytest.raises(ValueError, match="whole years of 5"):
        lags.optimal_lag_and_field_p(driver, response, 1, season=5)


def test_turns_by_whole_years_keep_a_shared_season():
    """Two independent series with one season: dependent by any turn, not beyond the season when turns are whole
    years."""
    rng = np.random.default_rng(3)
    season = 2.0 * np.sin(2 * np.pi * np.arange(240) / 12)
    driver, response = season + rng.standard_normal((2, 40, 240))
    by_any = lags.optimal_lag(driver, response, 0, null="circular")
    by_years = lags.optimal_lag(driver, response, 0, null="circular", period=12)
    assert np.mean(by_any.p) < 0.15
    assert 0.35 < np.mean(by_years.p) < 0.65


@pytest.mark.parametrize(
    ("shapes", "max_lag", "options", "words"),
    [
        (((2, 9), (2, 8)), 3, {}, "one shape"),
        (((2, 9), (2, 9)), 9, {}, "max_lag must lie between"),
        (((2, 9), (2, 9)), 2, {"null": "phase"}, "'none' or 'circular'"),
        (((2, 9), (2, 9)), 2, {"null": "circular", "period": 12}, "no turn"),
    ],
)
def test_says_what_is_wrong(shapes, max_lag, options, words):
    with pytest.raises(ValueError, match=words):
        lags.optimal_lag(np.ones(shapes[0]), np.ones(shapes[1]), max_lag, **options)


def gapped(keep, cells=200, seed=4):
    """Precipitation and the soil moisture that follows it by one month (tau 0.59), a share `keep` of each known."""
    rng = np.random.default_rng(seed)
    driver = rng.normal(size=(cells, 240))
    response = np.full(driver.shape, np.nan)
    response[:, 1:] = 0.8 * driver[:, :-1] + 0.6 * rng.normal(size=(cells, 239))
    return (np.where(rng.random(driver.shape) < keep, side, np.nan) for side in (driver, response))


@pytest.mark.parametrize(("keep", "right"), [(1.0, 1.0), (0.3, 0.9)])
def test_the_planted_lag_is_found_through_gaps(keep, right):
    best = lags.optimal_lag(*gapped(keep), 12)
    assert np.mean(best.lag == 1) >= right


@pytest.mark.parametrize("keep", [0.12, 0.06])
def test_a_lag_of_few_pairs_is_no_optimum(keep):
    """With two pairs |tau| is 1: without a minimum the best of thirteen lags is the one with the fewest pairs."""
    driver, response = gapped(keep)
    tau, pairs = lags.lags_and_pairs(driver, response, 12)
    for lag in range(13):
        both = np.isfinite(driver[:, : 240 - lag]) & np.isfinite(response[:, lag:])
        np.testing.assert_array_equal(pairs[:, lag], both.sum(axis=1))
    np.testing.assert_array_equal(np.isfinite(tau), pairs >= lags.FEWEST_PAIRS)
    best = lags.optimal_lag(driver, response, 12)
    assert np.all(np.abs(best.tau[np.isfinite(best.tau)]) < 0.999)
    np.testing.assert_array_equal(np.isnan(best.lag), (pairs < lags.FEWEST_PAIRS).all(axis=1))
    np.testing.assert_array_equal(best.pairs >= lags.FEWEST_PAIRS, np.isfinite(best.lag))


def test_three_summers_have_no_optimal_lag():
    driver, response = (np.full((5, 240), np.nan) for _ in range(2))
    values = np.random.default_rng(1).normal(size=(5, 240))
    for year in range(3):
        driver[:, 12 * year + 4 : 12 * year + 6] = values[:, 12 * year + 4 : 12 * year + 6]
        response[:, 12 * year + 7 : 12 * year + 10] = values[:, 12 * year + 7 : 12 * year + 10]
    best = lags.optimal_lag(driver, response, 12, null="circular")
    assert np.isnan(best.lag).all() and np.isnan(best.p).all() and (best.pairs == 0).all()


def test_fewer_than_two_pairs_cannot_be_asked_for():
    with pytest.raises(ValueError, match="min_pairs"):
        lags.kendall_lags(np.ones((1, 20)), np.ones((1, 20)), 2, min_pairs=1)


def test_a_shared_season_alone_gives_no_p_of_the_field_from_rounding():
    season = np.tile(np.arange(12.0), 20)[None]
    assert np.isnan(lags.optimal_lag_and_field_p(season, season, 12)[1]).all()
