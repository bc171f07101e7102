"""False positives of the trend tests: theory where it gives the value, known ordering where it does not."""

import numpy as np
import pytest

from vadose.statistics.trend.share_null import ar1
from vadose.statistics.trend.tests import LENGTHS, choose, expected_rate, false_positives


def brute_variance(length, memory, draws=60_000):
    series = ar1(np.random.default_rng(3).standard_normal((draws, length)), memory)
    s = np.zeros(draws)
    for lag in range(1, length):
        s += np.sign(series[:, lag:] - series[:, :-lag]).sum(axis=1)
    return s


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.6])
def test_expected_rate_is_the_tail_beyond_the_critical_score(memory):
    """Against simulated scores: the rate within four standard errors and what the normal approximation costs (1 point,
    2 under strong memory)."""
    length, draws = 25, 60_000
    s = brute_variance(length, memory)
    critical = 1.959963984540054 * np.sqrt(length * (length - 1) * (2 * length + 5) / 18)
    rate = np.mean(np.abs(s) - 1 > critical)
    assert abs(expected_rate(length, memory, 0.05) - rate) < 4 * np.sqrt(rate / draws) + (
        0.02 if memory > 0.5 else 0.01
    )


def test_white_noise_has_the_textbook_variance():
    """Without memory the sum of arcsines is n(n-1)(2n+5)/18, so that only the continuity correction is left."""
    from scipy.special import ndtr

    n = 52
    null = np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    # The arcsine near one keeps half the digits.
    assert expected_rate(n, 0.0, 0.05) == pytest.approx(2 * ndtr(-(1.959963984540054 * null + 1) / null), rel=1e-8)


@pytest.mark.slow
@pytest.mark.one_python
def test_table_of_rates_within_monte_carlo_error():
    """Every length and memory of the report: plain Mann-Kendall as theory says, 3PW near its level, each test on the
    same series."""
    tests = choose(["original", "hamed_rao", "3pw"], resamples=50, block_years=None, seed=1)
    simulations = 4000
    table = false_positives(tests, simulations, 5, 0.05)
    assert len(table) == 3 * 3 * 3
    plain = table[table["test"] == "original"]
    assert (np.abs(plain["rate"] - plain["expected"]) < 4 * plain["standard_error"] + 0.02 * plain["lag_one"]).all(), (
        plain.to_string()
    )
    assert table[table["test"] != "original"]["expected"].isna().all()
    by = table.set_index(["years", "lag_one", "test"])["rate"]
    for years in LENGTHS:
        assert by[years, 0.6, "original"] > by[years, 0.3, "original"] > by[years, 0.0, "original"]
        assert by[years, 0.6, "3pw"] < 0.1 < by[years, 0.6, "original"]
    # Collaud Coen et al. (2020): the combination keeps the level of the test without memory.
    assert (np.abs(table[(table["test"] == "3pw") & (table["lag_one"] == 0)]["rate"] - 0.05) < 0.015).all()


def test_names():
    assert list(choose(["3pw", "block_bootstrap"], resamples=60, block_years=4, seed=2)) == [
        "3pw",
        "block_bootstrap",
    ]
    with pytest.raises(ValueError, match="trend.tests: expected names among original, .* found sens"):
        choose(["sens"], resamples=50, block_years=None, seed=1)


def test_a_test_that_is_defined_nowhere_has_no_rate():
    table = false_positives(
        choose(["block_bootstrap"], resamples=50, block_years=None, seed=1), 5, 1, 0.05, lengths=[9]
    )
    assert (table["undefined"] == 5).all() and table["rate"].isna().all()
