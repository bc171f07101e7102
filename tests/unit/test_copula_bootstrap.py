"""The block bootstrap of tau against a plain resampling with scipy, and its coverage."""

import numpy as np
import pytest
from scipy.stats import kendalltau, rankdata
from scipy.stats import t as student

from vadose.statistics import copula
from vadose.statistics.copula import bootstrap
from vadose.statistics.trend.share_null import ar1


def test_every_resample_equals_scipy_on_the_resampled_pairs():
    rng = np.random.default_rng(2)
    u = rng.integers(0, 12, (3, 37)).astype(float)
    v = u + rng.integers(0, 20, (3, 37))
    u[1, 5:9] = np.nan
    u[2], v[2] = rng.random((2, 37))  # without ties
    draws = rng.random((20, 8))
    taus = np.full((3, 20), np.nan)
    bootstrap.fill_resamples(u, v, draws, 5, taus)
    for cell in range(3):
        for k in range(20):
            time = np.concatenate([(int(d * 37) + np.arange(5)) % 37 for d in draws[k]])[:37]
            a, b = u[cell, time], v[cell, time]
            both = np.isfinite(a)
            assert taus[cell, k] == pytest.approx(kendalltau(a[both], b[both]).statistic, abs=1e-14)


def test_limits_and_error_by_hand():
    """Two rows without ties: every factor of the notes from its own formula, in numpy and scipy."""
    rng = np.random.default_rng(5)
    u, v = np.cumsum(rng.standard_normal((2, 4, 50)), axis=2)
    n, block, count = 50, 4, 99
    taus = np.full((4, count), np.nan)
    bootstrap.fill_resamples(u, v, np.random.default_rng(7).random((count, -(-n // block))), block, taus)
    interval = copula.tau_interval(u, v, resamples=count, block=block, level=0.9, seed=7)
    for cell in range(4):
        rho = 1.0
        for margin in (u, v):
            ranks = rankdata(margin[cell]) - (n + 1) / 2
            rho *= max((ranks[1:] * ranks[:-1]).sum() / (ranks**2).sum(), 0.0)
        whole, within = (1 + rho) / (1 - rho), 1 + 2 * sum((1 - j / block) * rho**j for j in range(1, block))
        blocks = n / block
        error = taus[cell].std(ddof=1) * np.sqrt((1 - 2 / n) * blocks / (blocks - 1) * whole / within)
        assert interval.standard_error[cell] == pytest.approx(error, rel=1e-9)
        tau = kendalltau(u[cell], v[cell]).statistic
        half = student.ppf(0.95, max(min(n / whole - 2, 2 * blocks - 1), 2)) * error / (1 - tau**2)
        assert interval.low[cell] == pytest.approx(np.tanh(np.arctanh(tau) - half), rel=1e-9)
        assert interval.high[cell] == pytest.approx(np.tanh(np.arctanh(tau) + half), rel=1e-9)


def test_memory_of_ranks_keeps_gaps_in_their_place():
    series = ar1(np.random.default_rng(8).standard_normal((300, 400)), 0.6)
    gaps = np.where(np.random.default_rng(9).random(series.shape) < 0.3, np.nan, series)
    complete, thinned = bootstrap.rank_memory(series), bootstrap.rank_memory(gaps)
    assert complete.mean() == pytest.approx(6 / np.pi * np.arcsin(0.3), abs=0.02)  # of ranks, Gaussian lag-1 0.6
    assert thinned.mean() == pytest.approx(complete.mean(), abs=0.02)
    np.testing.assert_array_equal(bootstrap.rank_memory(np.array([[1.0] * 9, [np.nan] * 9, [1, np.nan] * 4 + [2]])), 0)


def test_perfect_dependence_ends_at_one():
    u = np.arange(30.0)[None]
    interval = copula.tau_interval(u, u, resamples=50)
    assert interval.high[0] == 1.0 and 0.9 < interval.low[0] <= 0.991 and interval.standard_error[0] == 0.0


def pair(rows, steps, memory, correlation, seed):
    """Gaussian pairs with one memory on both sides, and their tau."""
    noise = np.random.default_rng(seed).standard_normal((2, rows, steps))
    noise[1] = correlation * noise[0] + np.sqrt(1 - correlation**2) * noise[1]
    return ar1(noise[0], memory), ar1(noise[1], memory), 2 / np.pi * np.arcsin(correlation)


@pytest.mark.parametrize("memory", [0.0, 0.4, 0.8])
@pytest.mark.parametrize(("steps", "rows", "block"), [(20, 1500, None), (240, 300, None), (240, 300, 12)])
@pytest.mark.one_python
def test_interval_covers_and_errs_about_the_sign_as_it_says(steps, rows, block, memory):
    """Nominal 95 %: 93 to 97 % of independent pairs whatever their memory, 2.5 % below zero, within Monte Carlo error
    (percentiles of the resamples held 84 to 93 %, with up to 8 % below zero)."""
    u, v, tau = pair(rows, steps, memory, 0.0, 11)
    interval = copula.tau_interval(u, v, block=block)
    error = 2 / np.sqrt(rows)
    below, above = np.mean(interval.high < tau), np.mean(interval.low > tau)
    assert 0.93 - 0.21 * error < 1 - below - above < 0.97 + 0.17 * error
    assert max(below, above) < 0.035 + 0.18 * error and (below + above) / 2 > 0.015 - 0.1 * error


@pytest.mark.one_python
def test_interval_covers_a_dependence():
    for steps, rows, memory in ((20, 1500, 0.8), (240, 300, 0.6)):
        u, v, tau = pair(rows, steps, memory, 0.6, 11)
        interval = copula.tau_interval(u, v)
        assert 0.91 < np.mean((interval.low <= tau) & (tau <= interval.high)) < 0.98


def test_error_without_memory_is_that_of_theory():
    u, v = np.random.default_rng(1).random((2, 400, 120))
    interval = copula.tau_interval(u, v, resamples=200, level=0.9, block=1)
    assert interval.standard_error.mean() == pytest.approx(np.sqrt(2 * 245 / (9 * 120 * 119)), rel=0.03)


@pytest.mark.parametrize("block", [1, 6, 15])
def test_error_under_memory_is_the_spread_of_tau_whatever_the_blocks(block):
    """The spread of tau over 300 pairs with lag-1 0.8 on both sides, which is twice that without memory."""
    u, v, _ = pair(300, 200, 0.8, 0.0, 9)
    spread = np.std([kendalltau(*row).statistic for row in zip(u, v, strict=True)])
    assert spread > 1.8 * np.sqrt(2 * 405 / (9 * 200 * 199))
    error = copula.tau_interval(u[:100], v[:100], block=block).standard_error
    assert np.sqrt(np.mean(error**2)) == pytest.approx(spread, rel=0.1)


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
