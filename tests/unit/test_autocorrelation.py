"""Hamed-Rao and lagged correlations against pymannkendall and statsmodels without gaps, and against the truth with
gaps."""

import numpy as np
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from vadose.statistics.trend.autocorrelation import hamed_rao, lag_one, ranks
from vadose.statistics.trend.mann_kendall import mann_kendall


def red_noise(lag1, cells, n, seed):
    """Stationary AR(1) of unit innovations."""
    values = np.random.default_rng(seed).normal(size=(cells, n))
    values[:, 0] /= np.sqrt(1 - lag1**2)
    for t in range(1, n):
        values[:, t] += lag1 * values[:, t - 1]
    return values


@pytest.mark.parametrize("name", ["clean25", "nanties25", "clean52", "clean77"])
def test_equals_reference_without_gaps(data, name):
    with np.load(data / "mann_kendall.npz") as reference:
        values, (variance, z, p) = reference[f"{name}__X"], reference[f"{name}__pm_hamed_rao"].T
    found = hamed_rao(values, 1948 + np.arange(values.shape[1]))
    there = np.isfinite(values)
    span = np.where(there.any(axis=1), values.shape[1] - there[:, ::-1].argmax(axis=1) - there.argmax(axis=1), 0)
    whole = (there.sum(axis=1) == span) | (there.sum(axis=1) < 4)  # pymannkendall closes gaps up: not comparable
    assert whole.sum() == (10 if name == "nanties25" else 150)
    np.testing.assert_allclose(found.variance[whole], variance[whole], rtol=1e-12)
    np.testing.assert_allclose(found.z[whole], z[whole], rtol=1e-12)
    np.testing.assert_allclose(found.p[whole], p[whole], rtol=0, atol=1e-12)
    assert np.isnan(found.p[whole][variance[whole] <= 0]).all()


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.3])
def test_equals_pymannkendall_with_ties(alpha):
    values = np.round(red_noise(0.5, 60, 37, seed=1) + 0.05 * np.arange(37), 1)
    found = hamed_rao(values, np.arange(37), alpha=alpha)
    for i, row in enumerate(values):
        with np.errstate(invalid="ignore"):  # the package takes the root of a negative variance
            expected = pymannkendall.hamed_rao_modification_test(row, alpha=alpha)
        assert found.variance[i] == pytest.approx(expected.var_s, rel=1e-11)
        assert (found.p[i] == pytest.approx(expected.p, abs=1e-12)) or (np.isnan(found.p[i]) and expected.var_s <= 0)


def test_slope_and_score_are_those_of_the_plain_test():
    values = red_noise(0.4, 30, 40, seed=2)
    values[np.random.default_rng(0).random(values.shape) < 0.1] = np.nan
    plain, corrected = mann_kendall(values, np.arange(40)), hamed_rao(values, np.arange(40))
    for name in ("slope", "intercept", "s", "n"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(corrected, name))


def brute_force(row, years, quantile=1.959963984540054):
    """The formula of the docstring, pair by pair."""
    there = np.isfinite(row)
    x, t = row[there], years[there]
    slope = np.median([(x[j] - x[i]) / (t[j] - t[i]) for i in range(len(x)) for j in range(i + 1, len(x))])
    y = rankdata(x - slope * (t - t[0] + 1))
    y = y - y.mean()
    n, span, total = len(x), t[-1] - t[0] + 1, 0.0
    for k in range(1, int(span)):
        products = [y[i] * y[j] for i in range(n) for j in range(n) if t[j] - t[i] == k]
        if products:
            r = (1 - k / span) * np.mean(products) / np.mean(y**2)
            if abs(r) > quantile * np.sqrt(span) / n:
                total += len(products) / n * (span - k - 1) * (span - k - 2) / ((span - 1) * (span - 2)) * r
    return 1 + 2 * total


@given(st.integers(0, 2**31), st.floats(0, 0.5))
def test_gaps_keep_their_place(seed, missing):
    rng = np.random.default_rng(seed)
    row = red_noise(0.6, 1, 30, seed)[0]
    row[rng.random(30) < missing] = np.nan
    if np.isfinite(row).sum() < 5:
        return
    years = np.arange(1960.0, 1990.0)
    found = hamed_rao(row[None], years)
    expected = brute_force(row, years) * mann_kendall(row[None], years).variance[0]
    assert found.variance[0] == pytest.approx(expected, rel=1e-10)
    there = np.isfinite(row)
    left_out = hamed_rao(row[None, there], years[there])
    assert left_out.variance[0] == pytest.approx(found.variance[0], rel=1e-12)


def test_with_gaps_the_autocorrelation_stays_where_it_was():
    """Every second pair of years is lost: closing up would take lag 2 for lag 1 (0.36 instead of 0.6)."""
    values = red_noise(0.6, 2000, 300, seed=5)
    complete = lag_one(values, np.arange(300)).mean()
    values[:, 2::4] = np.nan
    gappy = lag_one(values, np.arange(300)).mean()
    assert complete == pytest.approx(0.6, abs=0.02)
    assert gappy == pytest.approx(complete, abs=0.01)


def test_lag_one_equals_statsmodels():
    from statsmodels.tsa.stattools import acf

    values = red_noise(0.3, 20, 60, seed=3)
    found, of_ranks = (lag_one(values, np.arange(60), detrend=False, on_ranks=flag) for flag in (False, True))
    for i, row in enumerate(values):
        assert found[i] == pytest.approx(acf(row, nlags=1, fft=False)[1], rel=1e-12)
        assert of_ranks[i] == pytest.approx(acf(rankdata(row), nlags=1, fft=False)[1], rel=1e-12)
    trended = values + 0.5 * np.arange(60)
    np.testing.assert_allclose(lag_one(trended, np.arange(60)), lag_one(values, np.arange(60)), atol=1e-12)
    assert lag_one(trended, np.arange(60), detrend=False).min() > 0.8


def test_ranks_share_ties():
    values = np.array([[3.0, 1, 3, np.nan, 2], [np.nan] * 5])
    np.testing.assert_array_equal(ranks(values)[0], [3.5, 1, 3.5, np.nan, 2])
    assert np.isnan(ranks(values)[1]).all()


def test_constant_short_and_straight_rows():
    values = np.full((4, 12), np.nan)
    values[1, :3] = [1, 2, 4]
    values[2] = 5.0
    values[3] = np.arange(12.0)
    found = hamed_rao(values, np.arange(12))
    assert np.isnan(found.p[[0, 1, 3]]).all() and np.isnan(found.slope[:2]).all()
    assert (found.slope[2], found.z[2], found.p[2]) == (0, 0, 1) and np.isnan(found.variance[2])
    assert np.sum(np.isfinite(found.slope) & np.isnan(found.p)) == 1
    assert np.isnan(lag_one(values, np.arange(12))).all()


def test_a_negative_variance_is_kept_and_has_no_p():
    values = (np.cos(2 * np.pi * np.arange(30) / 5) + 0.001 * np.arange(30))[None]  # a five-year cycle
    found = hamed_rao(values, np.arange(30))
    assert found.variance[0] <= 0 and np.isnan(found.p[0]) and np.isnan(found.z[0])


@pytest.mark.parametrize("n", [25, 52, 77])
def test_rejects_less_than_plain_mann_kendall_under_red_noise(n):
    """Lag-1 0.6: the plain test rejects about 30 % of trend-free series; the corrected one fewer, though at n = 25 not
    many."""
    values = red_noise(0.6, 4000, n, seed=n)
    plain = np.mean(mann_kendall(values, np.arange(n)).p <= 0.05)
    corrected = np.mean(hamed_rao(values, np.arange(n)).p <= 0.05)
    assert 0.25 < plain < 0.36
    assert corrected < (0.93 if n == 25 else 0.75) * plain


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="whole calendar years"):
        hamed_rao(np.ones((1, 5)), np.arange(5) + 0.5)
    with pytest.raises(ValueError, match="alpha"):
        hamed_rao(np.ones((1, 5)), np.arange(5), alpha=0)
