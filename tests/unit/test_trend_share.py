"""Trend share against attribution, statsmodels and theory."""

import numpy as np
import pytest
from scipy.stats import beta, kstest

from vadose.statistics.attribution import attribute
from vadose.statistics.trend.share import adjust, trend_share


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
