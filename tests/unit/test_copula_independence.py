"""The test of independence: its level for independent series with memory, its power, ties, and places in time."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from vadose.statistics import copula


def red(random, cells, steps, memory):
    noise = random.standard_normal((cells, steps + 60))
    for t in range(1, noise.shape[1]):
        noise[:, t] = memory * noise[:, t - 1] + np.sqrt(1.0 - memory**2) * noise[:, t]
    return noise[:, 60:]


@pytest.mark.parametrize(("steps", "period", "memory"), [(240, 12, 0.0), (240, 12, 0.6), (240, 12, 0.9), (20, 1, 0.3)])
def test_level_holds_whatever_the_memory(steps, period, memory):
    """1500 independent pairs, both sides with that lag-1 autocorrelation: rejected at 5 % in 5 +- 2 %."""
    random = np.random.default_rng(steps)
    p = copula.independence(red(random, 1500, steps, memory), red(random, 1500, steps, memory), period=period).p
    assert abs(np.mean(p <= 0.05) - 0.05) < 0.02


def test_planted_dependence_is_found():
    random = np.random.default_rng(1)
    x = red(random, 200, 240, 0.5)
    y = 0.4 * x + red(random, 200, 240, 0.5)
    assert np.mean(copula.independence(x, y, period=12).p < 0.01) > 0.9


def test_error_is_that_of_turned_taus_with_ties_and_gaps():
    random = np.random.default_rng(5)
    x = np.maximum(random.standard_normal(60), 0.0)
    y = np.round(random.standard_normal(60), 1)
    x[7], y[30] = np.nan, np.nan
    turned = [kendalltau(np.roll(x, 12 * k), y, nan_policy="omit").statistic for k in range(5)]
    found = copula.independence(x[None], y[None], period=12)
    assert found.tau[0] == pytest.approx(turned[0], abs=1e-14)
    assert found.error[0] == pytest.approx(np.std(turned[1:], ddof=1), abs=1e-14)


def test_what_cannot_be_tested_is_missing():
    x = np.random.default_rng(2).random((3, 24))
    assert np.isnan(copula.independence(x, x[:, ::-1], period=12).p).all(), "one turn"
    x[1] = 3.0
    x[2, 5:] = np.nan
    assert np.isfinite(copula.independence(x, x[:, ::-1]).p).tolist() == [True, False, False]
    with pytest.raises(ValueError, match="whole periods"):
        copula.independence(x, x, period=5)
    with pytest.raises(ValueError, match="one shape"):
        copula.independence(x, x[:2])
