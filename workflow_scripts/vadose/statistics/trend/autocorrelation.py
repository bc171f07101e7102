"""Serial correlation of yearly series, and the Mann-Kendall test of Hamed and Rao (1998) that allows for it. Gaps keep
their place in time."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.trend.mann_kendall import MannKendall, checked, mann_kendall


def hamed_rao(values: Array, years: Array, *, alpha: float = 0.05) -> MannKendall:
    """Mann-Kendall test whose variance allows for the significant autocorrelations of the ranks.

    Parameters
    ----------
    values : (cell, year) float array, any unit
        NaN marks a missing year; it keeps its place in time.
    years : (year,) float array
        Calendar years, ascending whole numbers, gaps allowed.
    alpha : float
        Level at which an autocorrelation counts as significant.

    Returns
    -------
    MannKendall
        `slope`, `intercept`, `s` and `n` are those of `vadose.statistics.trend.mann_kendall.mann_kendall`. A corrected
        `variance` of zero or less is kept, and `z` and `p` are NaN. A constant row has slope 0,
        z 0, p 1 and no variance (NaN). A row without any residual about Sen's line, or with fewer than four values, has
        no test.

    Raises
    ------
    ValueError
        If `years` does not match `values`, does not ascend, or is not whole.

    Notes
    -----
    Var*(S) = Var(S) (1 + 2 sum_k w_k r_k), w_k = (n-k)(n-k-1)(n-k-2) / [n(n-1)(n-2)], over the lags k with abs(r_k) >
    Phi^-1(1-alpha/2) / sqrt(n); r_k is the autocorrelation of the ranks of the series less Sen's line. Equal to
    `pymannkendall.hamed_rao_modification_test` without gaps. With gaps that package closes the series up, which moves
    every later value to a wrong lag. Here, with n values on a span of L years and m_k pairs at lag k, r_k = (1 - k/L)
    mean(pairs) / mean(squares), the bound is Phi^-1(1-alpha/2) sqrt(L)/n, and w_k = (m_k/n) (L-k-1)(L-k-2) /
    [(L-1)(L-2)]. Without gaps all three are the ones above, and for gaps at random they keep their expectation
    (Parzen's amplitude modulation).

    References
    ----------
    Hamed and Rao (1998), doi:10.1016/S0022-1694(97)00125-X; Parzen (1963), Sankhya A 25, 383-392.
    """
    values, years = _checked_whole(values, years)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: expected a level between 0 and 1, found {alpha}.")
    plain = mann_kendall(values, years)
    variance = plain.variance * _variance_factor(values, _offsets(years), plain.slope, float(ndtri(1 - alpha / 2)))
    defined = variance > 0
    z = np.full(variance.shape, np.nan)
    np.divide(plain.s - np.sign(plain.s), np.sqrt(np.where(defined, variance, 1.0)), out=z, where=defined)
    z[plain.variance == 0] = 0.0
    return plain._replace(variance=variance, z=z, p=2 * ndtr(-np.abs(z)))


def lag_one(values: Array, years: Array, *, detrend: bool = True, on_ranks: bool = False) -> Array:
    """Autocorrelation at a distance of one year.

    Parameters
    ----------
    values : (cell, year) float array, any unit
    years : (year,) float array
        Calendar years, ascending whole numbers.
    detrend : bool
        Take Sen's line away first; otherwise the trend counts as memory.
    on_ranks : bool
        Of the ranks instead of the values, as Hamed and Rao do.

    Returns
    -------
    (cell,) float array
        With n values and m pairs of neighbouring years on a span of L years, (1 - 1/L) mean(pairs) / mean(squares)
        about the mean. NaN without a slope, a pair, or any variation.

    Raises
    ------
    ValueError
        As `hamed_rao`.
    """
    values, years = _checked_whole(values, years)
    slope = mann_kendall(values, years).slope
    if not detrend:
        slope = np.where(np.isfinite(slope), 0.0, np.nan)
    return _lag_one_rows(values, _offsets(years), slope, on_ranks)


def ranks(values: Array) -> Array:
    """Rank of each value of a row, 1 for the smallest; ties share their mean rank; NaN stays NaN."""
    return _rank_rows(np.ascontiguousarray(values, dtype=np.float64))


def _checked_whole(values: Array, years: Array) -> tuple[Array, Array]:
    values, years = checked(values, years)
    if np.any(years != np.round(years)):
        raise ValueError(f"years: expected whole calendar years, so that lags are defined, found {years.tolist()}.")
    return values, years


def _offsets(years: Array) -> NDArray[np.int64]:
    return np.round(years - years[0]).astype(np.int64) if years.size else np.empty(0, np.int64)


@kernel
def _rank(row, n, out):
    """Mean ranks of the first n values, by counting: for so few, quicker than sorting."""
    for i in range(n):
        less, same = 0, 0
        for j in range(n):
            less += row[j] < row[i]
            same += row[j] == row[i]
        out[i] = less + (same + 1) / 2


@kernel
def _rank_rows(values):
    out = np.full(values.shape, np.nan)
    present = np.empty(values.shape[1])
    ranked = np.empty(values.shape[1])
    for cell in range(values.shape[0]):
        n = 0
        for i in range(values.shape[1]):
            if values[cell, i] == values[cell, i]:
                present[n] = values[cell, i]
                n += 1
        _rank(present, n, ranked)
        k = 0
        for i in range(values.shape[1]):
            if values[cell, i] == values[cell, i]:
                out[cell, i] = ranked[k]
                k += 1
    return out


@kernel
def _residuals(row, offsets, slope, on_ranks, series, occupied, present, ranked):
    """Deviations from the mean of the (ranked) row less its line, each on its year, zero in the gaps; returns n and the
    span L."""
    n, first, last = 0, -1, 0
    for i in range(offsets.size):
        if math.isfinite(row[i]):
            if first < 0:
                first = offsets[i]
            last = offsets[i]
            present[n] = (
                row[i] - (last - first + 1) * slope
            )  # counted from 1 as pymannkendall does: equal to the last bit, so equal ties
            n += 1
    span = last - first + 1
    if on_ranks:
        _rank(present, n, ranked)
        present[:n] = ranked[:n]
    mean = 0.0
    for i in range(n):
        mean += present[i]
    mean /= n
    series[:span], occupied[:span] = 0.0, 0
    k = 0
    for i in range(offsets.size):
        if math.isfinite(row[i]):
            series[offsets[i] - first] = present[k] - mean
            occupied[offsets[i] - first] = 1
            k += 1
    return n, span


@kernel
def _lagged(series, occupied, n, span, highest, products, pairs):
    """Sums of products and numbers of pairs at lags 0 .. highest."""
    products[: highest + 1] = 0.0
    for i in range(span):
        value = series[i]
        for k in range(min(highest + 1, span - i)):
            products[k] += value * series[i + k]
    for k in range(highest + 1):
        pairs[k] = span - k
    if n < span:
        pairs[: highest + 1] = 0
        for i in range(span):
            if occupied[i]:
                for k in range(min(highest + 1, span - i)):
                    pairs[k] += occupied[i + k]


@kernel
def _variance_factor(values, offsets, slope, quantile):
    """Hamed and Rao's n / n* of each row; NaN where there is nothing to correlate."""
    cells, years = values.shape
    length = offsets[-1] + 1 if years > 0 else 0
    factor = np.full(cells, np.nan)
    series, products = np.empty(length), np.empty(length)
    occupied = np.empty(length, np.int64)
    pairs = np.empty(length, np.int64)
    present, ranked = np.empty(years), np.empty(years)
    for cell in range(cells):
        if not math.isfinite(slope[cell]):
            continue
        n, span = _residuals(values[cell], offsets, slope[cell], True, series, occupied, present, ranked)
        _lagged(series, occupied, n, span, span - 1, products, pairs)
        if products[0] == 0:
            continue
        bound = quantile * math.sqrt(span) / n
        total = 0.0
        for k in range(1, span):
            if pairs[k] > 0:
                correlation = products[k] / products[0] * ((span - k) / pairs[k] * (n / span))
                if abs(correlation) > bound:
                    total += pairs[k] / n * (span - k - 1) * (span - k - 2) * correlation
        factor[cell] = 1 + 2 * total / ((span - 1) * (span - 2))
    return factor


@kernel
def _lag_one_rows(values, offsets, slope, on_ranks):
    cells, years = values.shape
    length = offsets[-1] + 1 if years > 0 else 0
    out = np.full(cells, np.nan)
    series, products = np.empty(length), np.empty(2)
    occupied = np.empty(length, np.int64)
    pairs = np.empty(2, np.int64)
    present, ranked = np.empty(years), np.empty(years)
    for cell in range(cells):
        if math.isfinite(slope[cell]):
            n, span = _residuals(values[cell], offsets, slope[cell], on_ranks, series, occupied, present, ranked)
            _lagged(series, occupied, n, span, 1, products, pairs)
            if products[0] > 0 and pairs[1] > 0:
                out[cell] = products[1] / products[0] * ((span - 1) / pairs[1] * (n / span))
    return out
