"""Trend shares against trend-free AR(1) series of a cell's own memory."""

import numpy as np
import pytest
from scipy.stats import beta

from vadose.statistics.trend import share_null
from vadose.statistics.trend.share import trend_share


def test_ar1_is_stationary_with_the_memory_asked_for():
    series = share_null.ar1(np.random.default_rng(1).standard_normal((40_000, 30)), 0.6)
    assert np.abs(series.var(axis=0) - 1).max() < 0.05
    assert np.mean(series[:, 10] * series[:, 11]) == pytest.approx(0.6, abs=0.02)


def test_memory_is_nearly_unbiased_where_the_plain_estimate_is_not():
    years = np.arange(52.0)
    from vadose.statistics.trend.autocorrelation import lag_one

    for phi in (0.2, 0.5):
        series = share_null.ar1(np.random.default_rng(2).standard_normal((4000, 52)), phi)
        assert abs(np.nanmean(share_null.memory(series, years)) - phi) < 0.03
        assert np.nanmean(lag_one(series, years)) < phi - 0.04


def test_null_of_white_noise_has_mean_one_over_n_minus_one_and_uniform_p():
    null = share_null.null_shares(25, 4000, 1)
    assert null.shape == (share_null.MEMORIES.size, 4000) and (np.diff(null, axis=1) >= 0).all()
    assert null[0].mean() == pytest.approx(1 / 24, rel=0.08)
    assert (np.diff(null.mean(axis=1)) > 0).all()
    series = share_null.ar1(np.random.default_rng(9).standard_normal((4000, 25)), 0.3)
    found = share_null.against_null(trend_share(series, np.arange(25.0)).share, np.full(4000, 0.3), null)
    assert np.mean(found.p <= 0.05) == pytest.approx(0.05, abs=0.015) and np.mean(found.p <= 0.5) == pytest.approx(
        0.5, abs=0.04
    )


@pytest.mark.one_python
def test_short_records_show_more_without_any_trend():
    """docs/methods.md#d0: 25 years give 2 to 8 points more than 52."""
    draws = 20_000
    short, long = (share_null.null_shares(n, draws, 2) for n in (25, 52))
    for shares, n in ((short, 25), (long, 52)):
        theory = beta(0.5, (n - 2) / 2)
        assert shares[0].mean() == pytest.approx(1 / (n - 1), abs=4 * theory.std() / np.sqrt(draws))
        np.testing.assert_allclose(np.quantile(shares[0], [0.05, 0.5, 0.95]), theory.ppf([0.05, 0.5, 0.95]), rtol=0.12)
    gain = (short.mean(axis=1) - long.mean(axis=1))[[0, 3, 6]]
    assert gain[0] == pytest.approx(1 / 24 - 1 / 51, abs=0.004)
    assert 0.02 < gain[0] < gain[1] < gain[2] < 0.08


def test_between_memories_and_at_the_ends():
    null = np.sort(np.random.default_rng(3).random((share_null.MEMORIES.size, 99)), axis=1)
    found = share_null.against_null(np.array([0.0, 2.0, np.nan, 0.5]), np.array([0.05, 0.9, 0.1, np.nan]), null)
    assert found.expected[0] == pytest.approx(null[:2].mean()) and found.expected[1] == pytest.approx(null[-1].mean())
    assert found.p[0] == 1.0 and found.p[1] == pytest.approx(0.01)
    assert np.isnan(found.p[2:]).all() and np.isnan(found.expected[2:]).all()


@pytest.mark.parametrize("length", [25, 40, 52, 77])
@pytest.mark.one_python
def test_level_with_estimated_memory(length):
    """Within two points of 5 % for lag-1 0 to 0.6; the plain p of 25 years at lag-1 0.6 is not."""
    years, null = np.arange(float(length)), share_null.null_shares(length, 2000, 1)
    own = share_null.attained(length, null, 1)
    assert own.shape == null.shape and (np.diff(own, axis=1) >= 0).all()
    for phi in (0.0, 0.3, 0.6):
        series = share_null.ar1(np.random.default_rng([5, length]).standard_normal((4000, length)), phi)
        share, memory = trend_share(series, years).share, share_null.memory(series, years)
        rate = np.mean(share_null.against_null(share, memory, null, own).p <= 0.05)
        assert 0.03 < rate < 0.07, (phi, rate)
    if length == 25:
        assert np.mean(share_null.against_null(share, memory, null).p <= 0.05) > 0.08


def test_windows_are_the_periods_and_all_of_the_shortest_length():
    found = share_null.windows(np.arange(1948, 2025), [(1948, 1999), (2000, 2024)])
    assert found[:2] == [(1948, 1999), (2000, 2024)] and found[2] == (1948, 1972) and found[-1] == (1999, 2023)
    assert len(found) == 2 + 53 - 1 and len(set(found)) == len(found)
