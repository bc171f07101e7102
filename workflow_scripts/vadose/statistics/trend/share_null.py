"""A cell's trend share against trend-free AR(1) series of its own length and memory, in windows of one length
(docs/methods.md#d0).

`vadose.statistics.trend.share` gives the share; here the memory of each cell is
estimated and its share placed within that null.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import AnyArray, Array
from vadose.statistics.trend import autocorrelation
from vadose.statistics.trend.share import trend_share

MEMORIES = np.round(np.arange(0.0, 0.91, 0.1), 1)  # lag-1 autocorrelations for which the null is simulated


class AgainstNull(NamedTuple):
    """A share compared with that of trend-free AR(1) series of its length and memory."""

    expected: Array  # mean share without any trend
    p: Array  # share of the simulated series that show at least as much


def memory(values: Array, years: Array) -> Array:
    """Lag-1 autocorrelation of each row about Sen's line, corrected for the bias of short series, within [0, 0.9]; NaN
    where there is none.

    Parameters
    ----------
    values : (cell, year) float array, any unit
        NaN marks a missing year.
    years : (year,) float array
        Calendar years.

    Notes
    -----
    Residuals about a line understate it by about (2 + 4 phi) / n, hence phi = (n r1 + 2) / (n - 4).

    References
    ----------
    Marriott and Pope (1954), doi:10.1093/biomet/41.3-4.390; Kendall (1954), doi:10.1093/biomet/41.3-4.403.
    """
    return corrected(autocorrelation.lag_one(values, years), np.isfinite(values).sum(axis=1))


def corrected(raw: Array, n: AnyArray) -> Array:
    """Memory as `memory` gives it, from the plain lag-1 autocorrelation about Sen's line and the number of years."""
    return np.clip((n * raw + 2.0) / np.where(n > 4, n - 4.0, np.nan), MEMORIES[0], MEMORIES[-1])


def ar1(noise: Array, phi: float) -> Array:
    """Stationary AR(1) series of unit variance from white noise (row, year)."""
    series = noise.copy()
    scale = np.sqrt(1.0 - phi**2)
    for step in range(1, noise.shape[1]):
        series[:, step] = phi * series[:, step - 1] + scale * noise[:, step]
    return series


def null_shares(length: int, simulations: int, seed: int) -> Array:
    """Shares that lines take of trend-free AR(1) series.

    Parameters
    ----------
    length : int
        Years of each series, without gaps.
    simulations : int
        Series per memory; the same random numbers serve all memories.
    seed : int

    Returns
    -------
    (memory, simulation) float array
        Ascending along each row; the memories are `MEMORIES`.
    """
    noise = np.random.default_rng([seed, length]).standard_normal((simulations, length))
    return np.stack([np.sort(trend_share(ar1(noise, phi), np.arange(length, dtype=float)).share) for phi in MEMORIES])


def against_null(share: Array, phi: Array, null: Array, own: Array | None = None) -> AgainstNull:
    """Compare shares with those of trend-free series.

    Parameters
    ----------
    share, phi : (cell,) float arrays
        Share of the line, and memory as `memory` gives it.
    null : (memory, simulation) float array
        From `null_shares`, for the length of the series.
    own : (memory, simulation) float array, optional
        From `attained`: p then allows for the memory being an estimate.

    Returns
    -------
    AgainstNull
        Linear between the simulated memories; NaN where `share` or `phi` is.

    Notes
    -----
    With an estimated memory the plain p is below 0.05 in 3 % (white noise) to 9 % (lag-1 0.6) of trend-free series of
    25 years. `own` holds what that p is in trend-free series; where p stands among those is a p that holds its level
    within 2 points (prepivoting).

    References
    ----------
    Beran (1988), doi:10.1080/01621459.1988.10478649.
    """
    share, phi = np.asarray(share, float), np.asarray(phi, float)
    valid = np.isfinite(share) & np.isfinite(phi)
    expected = np.full(share.shape, np.nan)
    p = np.full(share.shape, np.nan)
    expected[valid] = np.interp(phi[valid], MEMORIES, null.mean(axis=1))
    p[valid] = _reached(-share[valid], phi[valid], -null[:, ::-1])
    if own is not None:
        p[valid] = _reached(p[valid], phi[valid], own)
    return AgainstNull(expected, p)


def attained(length: int, null: Array, seed: int) -> Array:
    """What `against_null` says of trend-free series whose memory it has to estimate.

    Parameters
    ----------
    length : int
        Years of each series, without gaps.
    null : (memory, simulation) float array
        From `null_shares` for this length.
    seed : int

    Returns
    -------
    (memory, simulation) float array
        p of series other than those of `null`, ascending along each row; the memories are `MEMORIES`.
    """
    noise = np.random.default_rng([seed, length, 1]).standard_normal((null.shape[1], length))
    years = np.arange(length, dtype=float)
    rows = []
    for phi in MEMORIES:
        series = ar1(noise, phi)
        rows.append(np.sort(against_null(trend_share(series, years).share, memory(series, years), null).p))
    return np.stack(rows)


def _reached(values: Array, phi: Array, simulated: Array) -> Array:
    """Share of the simulated values that are not above each value, linear between the memories; rows ascend."""
    # The +1: a p of zero is not to be had from so many simulations.
    beyond = np.stack(
        [(np.searchsorted(row, values, side="right") + 1) / (simulated.shape[1] + 1) for row in simulated]
    )
    low = np.clip(np.searchsorted(MEMORIES, phi, side="right") - 1, 0, MEMORIES.size - 2)
    part = (phi - MEMORIES[low]) / (MEMORIES[low + 1] - MEMORIES[low])
    columns = np.arange(low.size)
    return (1.0 - part) * beyond[low, columns] + part * beyond[low + 1, columns]


def windows(years: Array, periods: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The periods, then every window as long as the shortest of them, each once.

    Parameters
    ----------
    years : (year,) array
        Calendar years of the record.
    periods : sequence of (first, last)

    Returns
    -------
    list of (first, last)
        Calendar years, both included; windows in the order of time.
    """
    length = min(last - first for first, last in periods)
    moving = [(int(first), int(first) + length) for first in years if first + length <= years[-1]]
    return list(dict.fromkeys([*((first, last) for first, last in periods), *moving]))
