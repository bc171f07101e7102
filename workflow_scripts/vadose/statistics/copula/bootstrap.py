"""Block-bootstrap interval of Kendall's tau.

A resample is a vector of counts c_i (how often time step i was drawn), so its score is sum_{i<j} c_i c_j sign_ij: one
matrix of signs per cell, made once, serves all resamples, and nothing is sorted again. Its rows are added up over the
steps of every block, so that a resample costs one row a block.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from vadose.core.compiled import kernel
from vadose.statistics.copula.fitting import FEWEST
from vadose.statistics.lags import fill_lags
from vadose.statistics.numeric.concordance import dense_ranks

# ASSUME: tau beyond it is taken as this in the scale of the interval, which has no end at 1
STRONGEST = 0.99


class TauInterval(NamedTuple):
    """Interval and standard error of tau-b; arrays (cell,), NaN with fewer than 10 complete pairs or a constant
    margin."""

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


@kernel(fastmath={"reassoc"})
def summed(counts, n):
    """Sum of counts."""
    total = np.float32(0.0)
    for j in range(n):
        total += counts[j]
    return np.float64(total)


@kernel
def fill_block_sums(signs, place, n, block, sums):
    """sums[t, j] = sum of signs[i, j] over the steps i of the block that begins at time step t; whole numbers, exact in
    single precision. The last row of signs is zero: that of a missing step."""
    length = place.size
    sums[0, :n] = 0.0
    for t in range(block):
        sums[0, :n] += signs[place[t], :n]
    for t in range(1, length):
        before, now = sums[t - 1], sums[t]
        leaves, enters = signs[place[t - 1]], signs[place[(t + block - 1) % length]]
        for j in range(n):
            now[j] = before[j] + (enters[j] - leaves[j])


@kernel
def untied_weight(ranks, counts, n, different, groups):
    """Pairs of a resample that differ in rank: half of (sum c)^2 - sum over tie groups of (sum c)^2."""
    total, tied = summed(counts, n), 0.0
    if different == n:  # every value a group of its own
        return 0.5 * (total * total - weighted(counts, counts, n))
    groups[:different] = 0.0
    for i in range(n):
        groups[int(ranks[i])] += counts[i]
    for r in range(different):
        tied += groups[r] * groups[r]
    return 0.5 * (total * total - tied)


@kernel
def fill_resamples(u, v, draws, block, taus):
    """taus[cell, resample]; draws (resample, block) in [0, 1) say where each block begins, the same for every cell.

    Parameters
    ----------
    u, v : (cell, time) arrays
        Missing is NaN.
    draws : (resample, block) array
        In [0, 1).
    block : int
        Steps of a block; the last of a resample is cut where the resample is as long as the series.
    taus : (cell, resample) array
        Filled.
    """
    length = u.shape[1]
    place = np.empty(length, dtype=np.int64)
    a = np.empty(length)
    b = np.empty(length)
    x = np.empty(length, dtype=np.float32)
    y = np.empty(length, dtype=np.float32)
    order = np.empty(length, dtype=np.int64)
    signs = np.zeros((length + 1, length), dtype=np.float32)
    sums = np.empty((length, length), dtype=np.float32)
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
        if n < FEWEST:
            continue
        different_x, different_y = dense_ranks(a, n, order, x), dense_ranks(b, n, order, y)
        if min(different_x, different_y) < 2:
            continue
        fill_signs(x, y, n, signs)
        fill_block_sums(signs, place, n, block, sums)
        for resample in range(draws.shape[0]):
            counts[:n] = 0.0
            for first in range(0, length, block):
                t = int(draws[resample, first // block] * length)
                for _ in range(min(block, length - first)):
                    if place[t] >= 0:
                        counts[place[t]] += 1.0
                    t = t + 1 if t + 1 < length else 0
            score = 0.0
            for first in range(0, length, block):
                t = int(draws[resample, first // block] * length)
                if first + block <= length:
                    score += weighted(sums[t], counts, n)
                    continue
                for step in range(t, t + length - first):
                    score += weighted(signs[place[step % length]], counts, n)
            untied = untied_weight(x, counts, n, different_x, groups)
            if different_x < n or different_y < n:
                untied *= untied_weight(y, counts, n, different_y, groups)
            else:
                untied *= untied
            taus[cell, resample] = 0.5 * score / np.sqrt(untied) if untied > 0.0 else np.nan


@kernel
def rank_memory(values):
    """Lag-1 autocorrelation of the dense ranks of each row, sum of products over sum of squares, within [0, 0.99]; NaN
    keeps its place, and 0 where nothing varies or follows on another value."""
    cells, length = values.shape
    memory = np.zeros(cells)
    present = np.empty(length)
    order = np.empty(length, dtype=np.int64)
    ranks = np.empty(length, dtype=np.float32)
    for cell in range(cells):
        n = 0
        for t in range(length):
            if not np.isnan(values[cell, t]):
                present[n] = values[cell, t]
                n += 1
        dense_ranks(present, n, order, ranks)
        mean = 0.0
        for i in range(n):
            mean += ranks[i]
        mean /= max(n, 1)
        squares, products, before, i, pairs = 0.0, 0.0, np.nan, 0, 0
        for t in range(length):
            if np.isnan(values[cell, t]):
                before = np.nan
                continue
            now = ranks[i] - mean
            i += 1
            squares += now * now
            if not np.isnan(before):
                products += now * before
                pairs += 1
            before = now
        if squares > 0.0 and pairs > 0:
            # as many pairs as a series without gaps has
            memory[cell] = min(max(products / squares * (n - 1.0) / pairs, 0.0), 0.99)
    return memory


def tau_interval(
    u: np.ndarray, v: np.ndarray, *, resamples: int = 200, block: int | None = None, level: float = 0.95, seed: int = 0
) -> TauInterval:
    """Interval of Kendall's tau-b from a circular block bootstrap, widened for memory longer than a block.

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
        NaN with fewer than 10 complete pairs or a constant margin. Lies about tau-b of the cell, within [-1, 1].

    Raises
    ------
    ValueError
        If the shapes differ, the block is not between 1 and the length of the series, or level is not between 0 and 1.

    Notes
    -----
    With s the standard deviation of the resamples, n pairs in k = n / b blocks of length b, and rho the product of the
    lag-1 autocorrelations of the ranks of both series (negative ones count as 0), the standard error is

    SE = s sqrt[(1 - 2/n) k / (k - 1) V / V_b], V = (1 + rho) / (1 - rho), V_b = 1 + 2 sum_(j<b) (1 - j/b) rho^j:

    blocks see V_b of the variance V that memory adds (Bartlett 1946), their mean is that of the sample, and tau of ten
    or twenty values drawn with replacement spreads more than that of other values (variance 1.13 times at n = 20). The
    limits are tanh[atanh(tau) -+ t SE / (1 - tau^2)], t Student's quantile with the smaller of n / V - 2 and 2 k - 1
    degrees of freedom, at least 2. Its measured coverage stands in docs/methods.md#b2.

    References
    ----------
    Kuensch (1989), doi:10.1214/aos/1176347265; Politis and Romano (1992), circular blocks; Bartlett (1946),
    doi:10.2307/2983611; Fieller, Hartley and Pearson (1957), doi:10.1093/biomet/44.3-4.470.
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
    sample = np.full((u.shape[0], 1), np.nan)
    fill_lags(u, v, 1, False, FEWEST, sample, np.empty(sample.shape, dtype=np.int64))
    return _widened(sample[:, 0], _spread(taus), u, v, block, level)


def _widened(
    tau: np.ndarray, spread: np.ndarray, u: np.ndarray, v: np.ndarray, block: int, level: float
) -> TauInterval:
    """Interval about tau from the standard deviation of its resamples; see `tau_interval`."""
    both = np.isfinite(u) & np.isfinite(v)
    n = both.sum(axis=1)
    blocks = np.maximum(n / block, 1.5)
    memory = rank_memory(np.where(both, u, np.nan)) * rank_memory(np.where(both, v, np.nan))
    whole = (1.0 + memory) / (1.0 - memory)
    within = np.ones(u.shape[0])
    for distance in range(1, block):
        within += 2.0 * (1.0 - distance / block) * memory**distance
    error = spread * np.sqrt((1.0 - 2.0 / np.maximum(n, 3)) * blocks / (blocks - 1.0) * whole / within)
    freedom = np.maximum(np.minimum(n / whole - 2.0, 2.0 * blocks - 1.0), 2.0)
    inner = np.clip(tau, -STRONGEST, STRONGEST)
    half = stdtrit(freedom, 0.5 * (1.0 + level)) * error / (1.0 - inner**2)
    low, high = np.tanh(np.arctanh(inner) - half), np.tanh(np.arctanh(inner) + half)
    return TauInterval(np.minimum(low, tau), np.maximum(high, tau), error)


def _spread(taus: np.ndarray) -> np.ndarray:
    """Standard deviation (n - 1) of the finite values of each row."""
    finite = np.isfinite(taus)
    count = finite.sum(axis=1)
    mean = np.where(finite, taus, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(finite, taus - mean[:, None], 0.0) ** 2
    return np.where(count >= 2, np.sqrt(squares.sum(axis=1) / np.maximum(count - 1, 1)), np.nan)
