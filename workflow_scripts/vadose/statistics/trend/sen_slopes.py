"""Compiled kernels of vadose.statistics.trend.mann_kendall: all pairs of years of many rows, and the median slope.

Sixteen rows go together, so that every pair of years is one vector operation, and the median slope is looked for only
among the pairs near the least-squares slope: 98 rows in 100 need no more. Missing years are NaN and take part in no
comparison: they keep their place in time.
"""

import math

import numpy as np

from vadose.core.compiled import kernel

ROWS = 16  # rows worked on together: two AVX-512 or four AVX2 vectors; measured faster than 4 and 8
# half-width of the search for the median slope, in least-squares standard errors: holds it in 98-99 % of Gaussian rows
BRACKET = 0.8
FEWEST = 4  # ASSUME: a trend needs four values (docs/methods.md#a4)


@kernel
def _order_statistic(values, size, k):
    """The k-th smallest of the first `size` values (quickselect; reorders them so that larger ones stand behind k)."""
    low, high = 0, size - 1
    while low < high:
        first = values[low]
        mid = values[(low + high) >> 1]
        last = values[high]
        pivot = max(min(first, mid), min(max(first, mid), last))
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return values[k]


@kernel
def _middle(values, size, k1, k2):
    """Mean of the k1-th and k2-th smallest (k2 = k1 or k1 + 1) of the first `size` values."""
    if size <= 48:  # counting vectorises and beats any sorting of so few
        a, b = np.nan, np.nan
        for i in range(size):
            less, not_more = 0, 0
            for j in range(size):
                less += values[j] < values[i]
                not_more += values[j] <= values[i]
            if less <= k1 < not_more:
                a = values[i]
            if less <= k2 < not_more:
                b = values[i]
        return (a + b) / 2
    a = _order_statistic(values, size, k1)
    if k2 == k1:
        return a
    b = values[k2]
    for i in range(k2 + 1, size):
        b = min(b, values[i])
    return (a + b) / 2


@kernel
def _load(row, years, column, bracket):
    """Copy a row, infinities made NaN; put the bracket around its least-squares slope; return the number of values."""
    count, mean, mean_year = 0, 0.0, 0.0
    for i in range(years.size):
        value = row[i] if math.isfinite(row[i]) else np.nan
        column[i] = value
        if value == value:
            count += 1
            mean += value
            mean_year += years[i]
    mean, mean_year = mean / count, mean_year / count
    spread, together, total = 0.0, 0.0, 0.0
    for i in range(years.size):
        value = column[i] - mean
        if value == value:
            t = years[i] - mean_year
            spread += t * t
            together += t * value
            total += value * value
    slope = together / spread
    half = BRACKET * math.sqrt(max(total - slope * together, 0.0) / (max(count - 2, 1) * spread)) + 1e-14 * abs(slope)
    bracket[0], bracket[1] = slope - half, slope + half
    return count


@kernel
def _compare_pairs(x, years, low, high, slopes, candidates, below, inside, score, differing):
    """All pairs of years of ROWS rows at once: S, pairs that differ, slopes below the bracket, and the slopes inside
    it."""
    n = years.size
    for c in range(ROWS):
        below[c], inside[c], score[c], differing[c] = 0, 0, 0, 0
    for i in range(n - 1):
        for j in range(i + 1, n):
            span = years[j] - years[i]
            for c in range(ROWS):
                difference = x[j, c] - x[i, c]
                slope = difference / span
                slopes[j, c] = slope
                score[c] += np.int64(difference > 0) - np.int64(difference < 0)
                differing[c] += np.int64(difference > 0) + np.int64(difference < 0)
                below[c] += slope < low[c]
        for j in range(i + 1, n):
            for c in range(ROWS):  # write always, advance only inside the bracket: no branch to mispredict
                slope = slopes[j, c]
                candidates[c, inside[c]] = slope
                inside[c] += (slope >= low[c]) & (slope <= high[c])


@kernel
def _median_slope(x, years, c, candidates, below, inside, pairs):
    """Median over the pairs of column c: among the bracketed candidates if the middle lies there, else among all."""
    k1, k2 = (pairs - 1) // 2, pairs // 2
    if below <= k1 and k2 < below + inside:
        return _middle(candidates, inside, k1 - below, k2 - below)
    size = 0
    for i in range(years.size - 1):
        for j in range(i + 1, years.size):
            slope = (x[j, c] - x[i, c]) / (years[j] - years[i])
            candidates[size] = slope
            size += slope == slope
    return _middle(candidates, size, k1, k2)


@kernel
def _tie_term(x, c, n):
    """Sum over tie groups of t(t-1)(2t+5), taken value by value: each of the t members adds (t-1)(2t+5)."""
    total = 0
    for i in range(n):
        same = 0
        for j in range(n):
            same += x[j, c] == x[i, c]
        total += max(same - 1, 0) * (2 * same + 5)
    return total


@kernel
def _median_present(x, c, years, buffer, years_present):
    """Medians of the values of column c and of the years they belong to."""
    size = 0
    for i in range(years.size):
        if x[i, c] == x[i, c]:
            buffer[size] = x[i, c]
            years_present[size] = years[i]
            size += 1
    k1, k2 = (size - 1) // 2, size // 2
    return _middle(buffer, size, k1, k2), (years_present[k1] + years_present[k2]) / 2


@kernel
def mann_kendall_rows(values, years):
    """Mann-Kendall of every row, as the seven arrays of MannKendall."""
    cells, n = values.shape
    out = np.full((7, cells), np.nan)
    x, slopes = np.empty((n, ROWS)), np.empty((n, ROWS))
    candidates = np.empty((ROWS, n * (n - 1) // 2 + 1))
    bracket = np.empty((ROWS, 2))
    column = np.empty(n)
    years_present = np.empty(n)
    count = np.empty(ROWS, np.int64)
    below = np.empty(ROWS, np.int64)
    inside = np.empty(ROWS, np.int64)
    score = np.empty(ROWS, np.int64)
    differing = np.empty(ROWS, np.int64)
    for first in range(0, cells, ROWS):
        for c in range(ROWS):
            count[c] = _load(values[min(first + c, cells - 1)], years, column, bracket[c])
            x[:, c] = column
        _compare_pairs(
            x, years, bracket[:, 0].copy(), bracket[:, 1].copy(), slopes, candidates, below, inside, score, differing
        )
        for c in range(min(ROWS, cells - first)):
            m, s = count[c], score[c]
            if m < FEWEST:
                continue
            pairs = m * (m - 1) // 2
            slope = _median_slope(x, years, c, candidates[c], below[c], inside[c], pairs)
            centre, centre_year = _median_present(x, c, years, column, years_present)
            ties = _tie_term(x, c, n) if differing[c] < pairs else 0
            variance = (m * (m - 1) * (2 * m + 5) - ties) / 18
            z = (s - np.sign(s)) / math.sqrt(variance) if s != 0 else 0.0
            cell = first + c
            out[0, cell] = slope
            out[1, cell] = centre - centre_year * slope
            out[2, cell] = s
            out[3, cell] = variance
            out[4, cell] = z
            out[5, cell] = math.erfc(abs(z) / math.sqrt(2.0))
            out[6, cell] = m
    return out[0], out[1], out[2], out[3], out[4], out[5], out[6]


@kernel
def _score(row, present):
    """S, pairs that differ and number of values of one row; `present` is filled with the values (year, 1)."""
    m, up, down = 0, 0.0, 0.0
    for i in range(row.size):
        if math.isfinite(row[i]):
            present[m, 0] = row[i]
            m += 1
    flat = present.reshape(present.size)  # neighbours in memory: vector instructions
    for i in range(m - 1):
        larger, smaller = _compared(flat[i], flat[i + 1 : m])
        up, down = up + larger, down + smaller
    return int(up - down), int(up + down), m


@kernel(fastmath={"reassoc"})
def _compared(value, others):
    """How many are larger, and smaller, than a value: whole numbers, which add up exactly in any order."""
    larger, smaller = 0.0, 0.0
    for k in range(others.size):
        larger += 1.0 if others[k] > value else 0.0
        smaller += 1.0 if others[k] < value else 0.0
    return larger, smaller


@kernel
def p_of_row(row, present):
    """p of Mann-Kendall's test of one row (year,), to the bit that of `mann_kendall_rows`, without slopes; NaN with too
    few values. `present` (year, 1) is overwritten."""
    s, differing, m = _score(row, present)
    if m < FEWEST:
        return np.nan
    ties = _tie_term(present, 0, m) if differing < m * (m - 1) // 2 else 0
    variance = (m * (m - 1) * (2 * m + 5) - ties) / 18
    z = (s - np.sign(s)) / math.sqrt(variance) if s != 0 else 0.0
    return math.erfc(abs(z) / math.sqrt(2.0))


@kernel
def bootstrap_rows(values, years, slope, order, inflation, slopes):
    """Sen's slope of every block-bootstrap series of every row, into slopes[cell, replicate].

    Parameters
    ----------
    values : (cell, year) array
        Complete.
    years : (year,) array
        Calendar years.
    slope : (cell,) array
        Sen's slope of the values, per year; NaN: the cell has none.
    order : (replicate, year) int array
        Which residual stands in each year.
    inflation : float
        Factor of the residuals.
    slopes : (cell, replicate) array
        Filled, per year.
    """
    replicates, n = order.shape
    series = np.empty((replicates, n))
    for cell in range(values.shape[0]):
        if not math.isfinite(slope[cell]):
            slopes[cell] = np.nan
            continue
        residual = inflation * (values[cell] - slope[cell] * (years - years[0]))
        for k in range(replicates):
            for i in range(n):
                series[k, i] = residual[order[k, i]]
        slopes[cell] = (
            mann_kendall_rows(series, years)[0] + slope[cell]
        )  # Sen's slope is equivariant: add the trend after, not before
