"""How often each test rejects series without what it looks for, and how often the intervals hold the truth: the tables
of docs/methods.md#a4, #b2 and #d0.

    python tests/benchmarks/levels.py [series]

Gaussian AR(1) series, nominal 5 and 95 %; the standard error of a rate of 5 % among 4000 series is 0.3 points.
"""

import itertools
import sys

import numpy as np

from vadose.statistics import copula
from vadose.statistics.significance import step_test
from vadose.statistics.trend import share_null
from vadose.statistics.trend.autocorrelation import hamed_rao
from vadose.statistics.trend.mann_kendall import block_bootstrap, mann_kendall
from vadose.statistics.trend.prewhitening import three_pw
from vadose.statistics.trend.share import trend_share

LENGTHS = (11, 15, 25, 40, 52, 77)  # years
MEMORIES = (0.0, 0.2, 0.4, 0.6)  # lag-1 autocorrelations
TAU_LENGTHS = ((20, None), (240, None), (240, 12))  # steps, and the length of blocks
ALPHA = 0.05


def rejected(p):
    """Share of rejections in per cent; a test that is not defined does not reject."""
    return 100 * np.mean(np.where(np.isfinite(p), p, 1.0) <= ALPHA)


def trend_tests(series):
    """Rates of the trend tests, the step tests and the trend share by length and memory."""
    print("years lag-1 |  MK   H&R   3PW  block | step, level; and trend | share")
    for length in LENGTHS:
        years = np.arange(length, dtype=float)
        null = share_null.null_shares(length, 4000, 1)
        attained = share_null.attained(length, null, 1)
        for memory in MEMORIES:
            values = share_null.ar1(np.random.default_rng([5, length]).standard_normal((series, length)), memory)
            rates = [rejected(test(values, years).p) for test in (mann_kendall, hamed_rao, three_pw)]
            rates += [rejected(block_bootstrap(values, years, replicates=300).p)]
            rates += [rejected(step_test(values, years, length // 2, trend=trend).p) for trend in (False, True)]
            own = share_null.memory(values, years)
            rates += [rejected(share_null.against_null(trend_share(values, years).share, own, null, attained).p)]
            print(f"{length:5d} {memory:5.1f} | " + " ".join(f"{rate:5.1f}" for rate in rates), flush=True)


def tau_intervals(series):
    """Coverage of the interval of tau, and how often it lies below and above tau, by length, block and memories."""
    print("steps block lag-1 lag-1  rho | covers below above")
    for (length, block), memories, rho in itertools.product(TAU_LENGTHS, ((0, 0), (0.4, 0.4), (0.8, 0.8)), (0.0, 0.6)):
        rows = series if length < 100 else series // 8
        noise = np.random.default_rng([length, 11]).standard_normal((2, rows, length))
        noise[1] = rho * noise[0] + np.sqrt(1 - rho**2) * noise[1]
        interval = copula.tau_interval(
            *(share_null.ar1(*one) for one in zip(noise, memories, strict=True)), block=block
        )
        tau = 2 / np.pi * np.arcsin(rho)
        below, above = 100 * np.mean(interval.high < tau), 100 * np.mean(interval.low > tau)
        print(
            f"{length:5d} {block or '-':>5} {memories[0]:5.1f} {memories[1]:5.1f} {rho:4.1f} | "
            f"{100 - below - above:6.1f} {below:5.1f} {above:5.1f}",
            flush=True,
        )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    trend_tests(count)
    tau_intervals(count)
