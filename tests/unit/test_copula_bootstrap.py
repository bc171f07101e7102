"""The block bootstrap of tau against a plain resampling with scipy, and its coverage."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from vadose.statistics import copula
from vadose.statistics.copula import bootstrap


def test_every_resample_equals_scipy_on_the_resampled_pairs():
    rng = np.random.default_rng(2)
    u = rng.integers(0, 12, (3, 37)).astype(float)
    v = u + rng.integers(0, 20, (3, 37))
    u[1, 5:9] = np.nan
    draws = rng.random((20, 8))
    taus = np.full((3, 20), np.nan)
    bootstrap.fill_resamples(u, v, draws, 5, taus)
    for cell in range(3):
        for k in range(20):
            time = np.concatenate([(int(d * 37) + np.arange(5)) % 37 for d in draws[k]])[:37]
            a, b = u[cell, time], v[cell, time]
            both = np.isfinite(a)
            assert taus[cell, k] == pytest.approx(kendalltau(a[both], b[both]).statistic, abs=1e-14)


def test_quantiles_and_error_are_those_of_numpy():
    rng = np.random.default_rng(5)
    u, v = rng.random((2, 4, 50))
    draws = np.random.default_rng(7).random((99, -(-50 // 4)))
    taus = np.full((4, 99), np.nan)
    bootstrap.fill_resamples(u, v, draws, 4, taus)
    interval = copula.tau_interval(u, v, resamples=99, level=0.9, seed=7)
    np.testing.assert_allclose(interval.low, np.quantile(taus, 0.05, axis=1), atol=1e-14)
    np.testing.assert_allclose(interval.high, np.quantile(taus, 0.95, axis=1), atol=1e-14)
    np.testing.assert_allclose(interval.standard_error, taus.std(axis=1, ddof=1), atol=1e-14)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    """Independent pairs in time, tau = 0: a nominal 90 % interval covers zero in 85 to 95 % of 400 cells."""
    u, v = np.random.default_rng(1).random((2, 400, 120))
    interval = copula.tau_interval(u, v, resamples=200, level=0.9, block=1)
    assert 0.85 < np.mean((interval.low <= 0) & (interval.high >= 0)) < 0.95
    assert interval.standard_error.mean() == pytest.approx(np.sqrt(2 * 245 / (9 * 120 * 119)), rel=0.1)


def test_blocks_widen_the_interval_of_autocorrelated_series():
    noise = np.random.default_rng(9).standard_normal((2, 60, 200))
    for t in range(1, 200):
        noise[:, :, t] += 0.8 * noise[:, :, t - 1]
    single = copula.tau_interval(*noise, block=1)
    blocks = copula.tau_interval(*noise, block=15)
    assert np.mean(blocks.standard_error / single.standard_error) > 1.4


def test_a_cell_does_not_depend_on_its_tile_and_bad_cells_are_missing():
    u, v = np.random.default_rng(3).random((2, 5, 40))
    u[1] = 0.5
    v[2, 8:] = np.nan
    together = copula.tau_interval(u, v)
    alone = copula.tau_interval(u[3:4], v[3:4])
    assert (together.low[3], together.high[3]) == (alone.low[0], alone.high[0])
    assert np.isnan(together.low[1:3]).all() and np.isnan(together.standard_error[1:3]).all()


@pytest.mark.parametrize(("options", "words"), [({"block": 0}, "block must lie"), ({"level": 1.0}, "level must lie")])
def test_says_what_is_wrong(options, words):
    with pytest.raises(ValueError, match=words):
        copula.tau_interval(np.ones((1, 20)), np.ones((1, 20)), **options)
