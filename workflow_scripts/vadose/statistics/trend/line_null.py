"""What slope by error is in trend-free series with memory: limits and p of the lines of one yearly series
(docs/methods.md#a4).

The errors of Newey and West and of first-order autoregressive least squares rest on many years. With 25 years of
lag-1 memory 0.6, slope -+ 1.96 errors holds the truth in 71 and 81 %. Trend-free AR(1) series of the same length say
how far slope by error strays, and what an estimated memory adds to it.
"""

import functools
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.trend.share_null import MEMORIES, ar1, corrected

SERIES = 2000  # of each memory; a rate of 5 % is then known to 0.5 points
SEED = 5
LEVEL = 0.95


class Null(NamedTuple):
    """Of trend-free series of one length; the memories are `share_null.MEMORIES`."""

    reach: Array  # (memory,): 95 % point of |slope| by error, of known memory
    ratio: Array  # (memory, series): |slope| by error over the reach of the memory that the series seems to have
    far: Array  # (memory,): 95 % point of `ratio`


def lag_window(n: int) -> int:
    """Lags of the Bartlett kernel for n years, floor(4 (n / 100)^(2/9))."""
    return int(4 * (n / 100) ** (2 / 9))


def seeming_memory(series: Array) -> Array:
    """Lag-1 autocorrelation of rows (row, year) about their least-squares line, corrected for short series, within 0
    and 0.9."""
    rest = _residuals(series)[1]
    raw = (rest[:, 1:] * rest[:, :-1]).sum(axis=1) / (rest**2).sum(axis=1)
    return corrected(raw, np.asarray(series.shape[1]))


def newey_west(series: Array, lags: int) -> tuple[Array, Array]:
    """Least-squares slopes of rows (row, year) without gaps, and their errors: `line.hac_line` of many series."""
    n = series.shape[1]
    slope, rest, time = _residuals(series)
    scores = rest * time
    total = (scores**2).sum(axis=1)
    for lag in range(1, lags + 1):
        total += 2.0 * (1.0 - lag / (lags + 1)) * (scores[:, lag:] * scores[:, :-lag]).sum(axis=1)
    return slope, np.sqrt(n / (n - 2.0) * total) / (time**2).sum()


@kernel
def autoregressive(series: Array) -> tuple[Array, Array]:
    """Slopes of rows (row, year) without gaps under AR(1) errors, and their errors: `line.ar1_line` of many series."""
    rows, n = series.shape
    time = np.arange(n) - (n - 1) / 2.0
    slopes, errors = np.empty(rows), np.empty(rows)
    for row in range(rows):
        values, after = series[row], 0.0
        for _ in range(200):
            phi = after
            centre = mean = 0.0
            for year in range(1, n):
                centre += (time[year] - phi * time[year - 1]) / (n - 1)
                mean += (values[year] - phi * values[year - 1]) / (n - 1)
            squares = product = 0.0
            for year in range(1, n):
                deviation = time[year] - phi * time[year - 1] - centre
                squares += deviation * deviation
                product += deviation * (values[year] - phi * values[year - 1] - mean)
            slope = product / squares
            level = (mean - slope * centre) / (1.0 - phi)
            before, lagged, power = values[0] - level - slope * time[0], 0.0, 0.0
            for year in range(1, n):
                rest = values[year] - level - slope * time[year]
                lagged += rest * before
                power += before * before
                before = rest
            after = min(max(lagged / power, -0.95), 0.95)
            if abs(after - phi) < 1e-10:
                break
        left = 0.0
        for year in range(1, n):
            deviation = time[year] - phi * time[year - 1] - centre
            left += (values[year] - phi * values[year - 1] - mean - slope * deviation) ** 2
        slopes[row], errors[row] = slope, np.sqrt(left / (n - 3.0) / squares)
    return slopes, errors


def _residuals(series: Array) -> tuple[Array, Array, Array]:
    """Least-squares slope, residuals, and time about its mean."""
    n = series.shape[1]
    time = np.arange(n) - (n - 1) / 2.0
    deviation = series - series.mean(axis=1, keepdims=True)
    slope = deviation @ time / (time @ time)
    return slope, deviation - slope[:, None] * time, time


@functools.cache
def null(lags: int | None, n: int) -> Null:
    """Trend-free AR(1) series of n years seen by `newey_west` with these lags, or by `autoregressive` (None)."""
    noise = np.random.default_rng([SEED, n]).standard_normal((SERIES, n))
    ratios, memories = [], []
    for phi in MEMORIES:
        series = ar1(noise, float(phi))
        slope, error = autoregressive(series) if lags is None else newey_west(series, lags)
        ratios.append(np.abs(slope) / error)
        memories.append(seeming_memory(series))
    reach = np.quantile(np.stack(ratios), LEVEL, axis=1)
    ratio = np.stack([one / np.interp(seen, MEMORIES, reach) for one, seen in zip(ratios, memories, strict=True)])
    return Null(reach, ratio, np.quantile(ratio, LEVEL, axis=1))


def judged(lags: int | None, series: Array, slope: float, error: float) -> tuple[float, float, float]:
    """Limits of a 95 % interval of a slope and its two-sided p, by trend-free series of that length and memory.

    Parameters
    ----------
    lags : int or None
        As in `null`.
    series : (year,) array
        Without gaps.
    slope, error : float
        Of the series.

    Returns
    -------
    (low, high, p)

    Notes
    -----
    With the reach R(r) of series of memory r, and r' the memory that a series seems to have, |slope| / (error R(r')) of
    trend-free series of memory r' has its 95 % point q(r') (prepivoting); the limits are slope -+ error R(r') q(r'),
    and p is the share of these series that stray as far. In between linear in the memory.

    References
    ----------
    Beran (1988), doi:10.1080/01621459.1988.10478649.
    """
    simulated, seen = null(lags, series.size), float(seeming_memory(series[None])[0])
    reach = float(np.interp(seen, MEMORIES, simulated.reach))
    far = float(np.interp(seen, MEMORIES, simulated.far))
    beyond = (simulated.ratio >= abs(slope) / (error * reach)).sum(axis=1)
    p = float(np.interp(seen, MEMORIES, (beyond + 1) / (SERIES + 1)))
    return slope - error * reach * far, slope + error * reach * far, p
