"""Block-bootstrap interval of Kendall's tau.

A resample is a vector of counts c_i (how often time step i was drawn), so its score is sum_{i<j} c_i c_j sign_ij: one
matrix of signs per cell, made once, serves all resamples, and nothing is sorted again.
"""

from typing import NamedTuple

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.numeric.concordance import dense_ranks


class TauInterval(NamedTuple):
    """Percentile interval and standard error of tau-b; arrays (cell,), NaN with fewer than 10 complete pairs or a
    constant margin."""

    low: np.ndarray
    high: np.ndarray
    standard_error: np.ndarray


@kernel
def fill_signs(x, y, n, signs):
    """signs[i, j] = sign((x_i - x_j)(y_i - y_j)) of the first n dense ranks."""
    one = np.float32(1.0)
    for i in range(n):
        row = signs[i]
        a = x[i]
        b = y[i]
        for j in range(n):
            row[j] = min(max((x[j] - a) * (y[j] - b), -one), one)


@kernel(fastmath={"reassoc", "contract"})
def weighted(row, counts, n):
    """Sum of row times counts; whole numbers below 2**24, so exact."""
    total = np.float32(0.0)
    for j in range(n):
        total += row[j] * counts[j]
    return total


@kernel
def untied_weight(ranks, counts, n, groups):
    """Pairs of a resample that differ in rank: half of (sum c)^2 - sum over tie groups of (sum c)^2."""
    groups[:n] = 0.0
    total = 0.0
    for i in range(n):
        groups[int(ranks[i])] += counts[i]
        total += counts[i]
    tied = 0.0
    for r in range(n):
        tied += groups[r] * groups[r]
    return 0.5 * (total * total - tied)


@kernel
def resampled_tau(x, y, n, signs, counts, groups):
    """tau-b of one resample; NaN if it is constant."""
    score = 0.0
    for i in range(n):
        if counts[i] > 0.0:
            score += counts[i] * weighted(signs[i], counts, n)
    untied = untied_weight(x, counts, n, groups) * untied_weight(y, counts, n, groups)
    return 0.5 * score / np.sqrt(untied) if untied > 0.0 else np.nan


@kernel
def fill_resamples(u, v, draws, block, taus):
    """taus[cell, resample]; draws (resample, block) in [0, 1) say where each block begins, the same for every cell."""
    length = u.shape[1]
    place = np.empty(length, dtype=np.int64)
    a = np.empty(length)
    b = np.empty(length)
    x = np.empty(length, dtype=np.float32)
    y = np.empty(length, dtype=np.float32)
    order = np.empty(length, dtype=np.int64)
    signs = np.empty((length, length), dtype=np.float32)
    counts = np.empty(length, dtype=np.float32)
    groups = np.empty(length)
    for cell in range(u.shape[0]):
        n = 0
        for t in range(length):
            place[t] = -1
            if not (np.isnan(u[cell, t]) or np.isnan(v[cell, t])):
                place[t] = n
                a[n] = u[cell, t]
                b[n] = v[cell, t]
                n += 1
        if n < 10 or dense_ranks(a, n, order, x) < 2 or dense_ranks(b, n, order, y) < 2:
            continue
        fill_signs(x, y, n, signs)
        for resample in range(draws.shape[0]):
            counts[:n] = 0.0
            for step in range(length):
                t = int(draws[resample, step // block] * length) + step % block
                spot = place[t - length if t >= length else t]
                if spot >= 0:
                    counts[spot] += 1.0
            taus[cell, resample] = resampled_tau(x, y, n, signs, counts, groups)


def tau_interval(
    u: np.ndarray, v: np.ndarray, *, resamples: int = 200, block: int | None = None, level: float = 0.95, seed: int = 0
) -> TauInterval:
    """Percentile interval of Kendall's tau-b from a circular block bootstrap.

    Parameters
    ----------
    u, v : (cell, time) float arrays, any units (tau depends on order only)
        NaN marks a missing value; gaps keep their place in time and are left out of a resample.
    resamples : int
        Number of resamples.
    block : int, optional
        Length of the blocks in time steps; by default the whole number next to time ** (1/3). A block of 12 keeps the
        seasons of monthly data.
    level : float
        Coverage of the interval.
    seed : int
        The draws are the same for every cell, so a cell's interval does not depend on its tile.

    Returns
    -------
    TauInterval
        NaN with fewer than 10 complete pairs or a constant margin.

    Raises
    ------
    ValueError
        If the shapes differ, the block is not between 1 and the length of the series, or level is not between 0 and 1.

    References
    ----------
    Kuensch (1989), doi:10.1214/aos/1176347265; Politis and Romano (1992), circular blocks.
    """
    u = np.ascontiguousarray(u, dtype=float)
    v = np.ascontiguousarray(v, dtype=float)
    if u.ndim != 2 or u.shape != v.shape:
        raise ValueError(f"u and v must be arrays (cell, time) of one shape; they have shapes {u.shape} and {v.shape}.")
    length = u.shape[1]
    block = (
        round(length ** (1 / 3)) if block is None else int(block)
    )  # ASSUME: the rate n^(1/3) of the optimal block length, with factor one
    if not 1 <= block <= length:
        raise ValueError(f"block must lie between 1 and the number of time steps ({length}); it is {block}.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1; it is {level}.")
    draws = np.random.default_rng(seed).random((resamples, -(-length // block)))
    taus = np.full((u.shape[0], resamples), np.nan)
    fill_resamples(u, v, draws, block, taus)
    taus = np.sort(taus, axis=1)  # NaN last
    defined = np.isfinite(taus).sum(axis=1)
    return TauInterval(
        _quantile(taus, defined, 0.5 * (1.0 - level)),
        _quantile(taus, defined, 0.5 * (1.0 + level)),
        _spread(taus, defined),
    )


def _quantile(ordered: np.ndarray, defined: np.ndarray, share: float) -> np.ndarray:
    """Linear quantile of the first `there` values of each ordered row."""
    position = np.maximum(defined - 1, 0) * share
    lower = np.floor(position).astype(int)
    upper = np.minimum(lower + 1, np.maximum(defined - 1, 0))
    rows = np.arange(ordered.shape[0])
    return ordered[rows, lower] + (position - lower) * (ordered[rows, upper] - ordered[rows, lower])


def _spread(taus: np.ndarray, defined: np.ndarray) -> np.ndarray:
    """Standard deviation (n - 1) of the finite values of each row."""
    finite = np.isfinite(taus)
    count = np.maximum(defined, 2)
    mean = np.where(finite, taus, 0.0).sum(axis=1) / count
    squares = np.where(finite, taus - mean[:, None], 0.0) ** 2
    return np.where(defined >= 2, np.sqrt(squares.sum(axis=1) / (count - 1)), np.nan)
