"""Trend share against attribution and theory: what 25 years show without any trend."""

import numpy as np
import pytest
from scipy.stats import beta, kstest

from vadose.statistics.attribution import attribute
from vadose.statistics.trend.share import adjust, null_trend_share, trend_share, window_shares


def test_equals_the_sum_of_trend_contributions():
    rng = np.random.default_rng(1)
    seasonal, years = (
        100 + rng.normal(size=(30, 25, 4, 4)) + 0.1 * np.arange(25)[:, None, None],
        np.arange(2000.0, 2025.0),
    )
    seasonal[rng.random((30, 25)) < 0.1] = np.nan
    found = trend_share(seasonal.sum(axis=(2, 3)), years)
    np.testing.assert_allclose(found.share, attribute(seasonal, years).contribution[:, 0].sum(axis=(1, 2)), atol=1e-12)
    np.testing.assert_array_equal(found.n, np.isfinite(seasonal).all(axis=(2, 3)).sum(axis=1))


def test_adjusted_equals_statsmodels():
    from statsmodels.api import OLS, add_constant

    values = np.random.default_rng(2).normal(size=(5, 20)) + 0.1 * np.arange(20)
    found = trend_share(values, np.arange(20))
    for i in range(5):
        fit = OLS(values[i], add_constant(np.arange(20.0))).fit()
        assert found.share[i] == pytest.approx(fit.rsquared, rel=1e-11)
        assert found.adjusted[i] == pytest.approx(fit.rsquared_adj, rel=1e-10)
    assert np.isnan(adjust(np.array([1.0]), np.array([2]))[0])


def test_short_constant_and_perfect_rows():
    values = np.array([[1.0, 2, np.nan, np.nan], [5, 5, 5, 5], [1, 3, 5, 7], [1, -1, -1, 1]])
    found = trend_share(values, np.arange(4))
    np.testing.assert_allclose(found.share, [np.nan, np.nan, 1, 0], atol=1e-15)


def test_white_noise_follows_the_beta_distribution():
    values = np.random.default_rng(3).normal(size=(20_000, 25))
    found = trend_share(values, np.arange(25))
    assert kstest(found.share, beta(0.5, 23 / 2).cdf).statistic < 1.63 / np.sqrt(20_000)
    assert found.adjusted.mean() == pytest.approx(0, abs=4 * found.adjusted.std() / np.sqrt(20_000))


def test_null_of_white_and_red_noise():
    draws = 20_000
    short, long = (null_trend_share(np.array([0.0, 0.3, 0.6]), np.arange(n), draws=draws) for n in (25, 52))
    for found, n in ((short, 25), (long, 52)):
        theory = beta(0.5, (n - 2) / 2)
        assert found.mean[0] == pytest.approx(1 / (n - 1), abs=4 * theory.std() / np.sqrt(draws))
        np.testing.assert_allclose(found.quantiles[0], theory.ppf([0.05, 0.5, 0.95]), rtol=0.12)
        assert np.all(np.diff(found.mean) > 0) and np.all(np.diff(found.quantiles[:, 2]) > 0)
    gain = short.mean - long.mean  # docs/methods.md#d0: 25 years give +2 to +8 points against 52
    assert gain[0] == pytest.approx(1 / 24 - 1 / 51, abs=0.004)
    assert 0.02 < gain[0] < gain[1] < gain[2] < 0.08
    again = null_trend_share(np.array([0.6]), np.arange(25), draws=draws)
    assert again.mean[0] == short.mean[2]


def test_windows_equal_the_test_on_each_part():
    rng = np.random.default_rng(5)
    years = np.arange(1948.0, 2000.0)
    values = rng.normal(size=(6, 52)) + 0.03 * np.arange(52)
    values[0, 10:17] = np.nan
    first, share = window_shares(values, years, 25)
    np.testing.assert_array_equal(first, np.arange(1948, 1976))
    for i, start in enumerate(first):
        inside = (years >= start) & (years < start + 25)
        expected = trend_share(values[:, inside], years[inside])
        np.testing.assert_array_equal(share[:, i], np.where(expected.n >= 20, expected.share, np.nan))
    assert np.isnan(share[0]).any() and np.isfinite(share[0]).any()


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="length: expected from 3 to the 10 years"):
        window_shares(np.ones((1, 10)), np.arange(10), 11)
    with pytest.raises(ValueError, match="lag_one"):
        null_trend_share(np.array([1.0]), np.arange(10))
