"""Compiled kernels of vadose.statistics.trend.mann_kendall: all pairs of years of a row, and the median slope.

Every value is compared with all others at once, by vector operations without a branch. The median slope is looked for
among the few pairs near the least-squares slope: years are ordered by their height above a line a little less steep and
then, by an insertion sort, above one a little steeper; the pairs that change places are those between. Missing years
are left out before: the others keep their place in time.
"""

import math

import numpy as np

from vadose.core.compiled import kernel

PAD = 8  # rows are filled up with NaN to whole vectors: loops over a rest cost more than the pairs they spare
# half-width of the search for the median slope, in least-squares standard errors: holds it in 95 to 98 % of Gaussian
# rows; where it does not, a bracket beside it is tried, so much wider, before all pairs
BRACKET, STEP, TRIES = 0.6, 2.0, 2
ROUNDING = 16 * 2.0**-52  # of heights above a line and of their differences, relative, with room to spare
FEW = 48  # values whose middle is found by comparing all
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
    """The k1-th and k2-th smallest (k2 = k1 or k1 + 1) of the first `size` values."""
    if size <= FEW:  # counting vectorises and beats any sorting of so few
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
        return a, b
    a = _order_statistic(values, size, k1)
    if k2 == k1:
        return a, a
    b = values[k2]
    for i in range(k2 + 1, size):
        b = min(b, values[i])
    return a, b


@kernel
def _middle_between(values, size, k1, k2, low, high, few):
    """As `_middle`, of values that lie evenly between two limits: looked for near the place where they should be."""
    centre, width = low + (high - low) * (k1 + 1) / (size + 1), (high - low) * (math.sqrt(size) + 2) / size
    below, inside = 0, 0
    for i in range(size):
        value = values[i]
        few[inside] = value
        below += value < centre - width
        inside += (value >= centre - width) & (value <= centre + width)
    if below <= k1 and k2 < below + inside:
        return _middle(few, inside, k1 - below, k2 - below)
    return _middle(values, size, k1, k2)


@kernel
def sorting_space(years):
    """Arrays for `p_of_row` of a row of so many years."""
    size = years + PAD - years % PAD
    return np.empty(size), np.empty(size), np.empty(size, np.int64), np.empty((size + 63) // 64, np.uint64)


@kernel
def _load(row, years, x, t):
    """Values that are there and their years, at the front of `x` and `t`, NaN behind them; their number."""
    m = 0
    for i in range(years.size):
        x[m], t[m] = row[i], years[i]
        m += math.isfinite(row[i])
    x[m:] = np.nan
    return m


@kernel(fastmath={"reassoc", "contract"})
def _least_squares(x, t, m):
    """Slope of least squares and its standard error; where the search begins, so that rounding does not matter."""
    mean, mean_year = 0.0, 0.0
    for i in range(m):
        mean += x[i]
        mean_year += t[i]
    mean, mean_year = mean / m, mean_year / m
    spread, together, total = 0.0, 0.0, 0.0
    for i in range(m):
        value, year = x[i] - mean, t[i] - mean_year
        spread += year * year
        together += year * value
        total += value * value
    slope = together / spread
    return slope, math.sqrt(max(total - slope * together, 0.0) / (max(m - 2, 1) * spread))


@kernel
def _ones(word):
    """Bits that are set in a word of 64, in the form that compilers know as one instruction."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@kernel
def _sort(values, m, order, seen):
    """Pairs of years whose values differ, and pairs that fall; `order` is filled with the places from the lowest value
    to the highest, of equal ones the earlier first. `seen` has a bit for each place in the order."""
    differing, falling = 0, 0
    order[:], seen[:] = -1, 0
    for i in range(m):
        own, lower = values[i], 0
        for j in range(values.size):
            lower += values[j] < own
        differing += lower
        while order[lower] >= 0:
            lower += 1
        order[lower] = i
        word, bit = lower >> 6, np.uint64(lower & 63)
        falling += _ones(seen[word] >> bit)  # earlier years that stand higher
        for other in range(word + 1, seen.size):
            falling += _ones(seen[other])
        seen[word] |= np.uint64(1) << bit
    return differing, falling


@kernel
def _between(x, t, height, m, order, sorted_by, slopes):
    """Slopes of the pairs that stand the other way round by `height` than in `order`; their number."""
    heights, values, years, highest = sorted_by
    largest = -np.inf
    for k in range(m):
        i = order[k]
        heights[k], values[k], years[k] = height[i], x[i], t[i]
        largest = max(largest, height[i])
        highest[k] = largest
    size = 0
    for k in range(1, m):
        own, value, year = heights[k], values[k], years[k]
        j = k - 1
        while j >= 0 and highest[j] > own:  # write always, advance only for such a pair: no branch to mispredict
            slopes[size] = (values[j] - value) / (years[j] - year) + 0.0  # of a pair taken backwards 0 may be -0
            size += heights[j] > own
            j -= 1
    return size


@kernel
def _median_slope(x, t, m, order, seen, height, sorted_by, slopes, few):
    """Median slope over all pairs: among those inside a bracket if the middle lies there, else among all."""
    pairs = m * (m - 1) // 2
    k1, k2 = (pairs - 1) // 2, pairs // 2
    slope, error = _least_squares(x, t, m)
    largest, step = 0.0, np.inf
    for i in range(m):
        largest = max(largest, abs(x[i]))
    for i in range(1, m):
        step = min(step, t[i] - t[i - 1])
    low, high = slope - BRACKET * error, slope + BRACKET * error
    for _ in range(TRIES if pairs > FEW and error > 0 else 0):
        for i in range(m):
            height[i] = x[i] - low * (t[i] - t[0])
        _, below = _sort(height, m, order, seen)
        for i in range(m):
            height[i] = x[i] - high * (t[i] - t[0])
        inside = _between(x, t, height, m, order, sorted_by, slopes)
        if below <= k1 and k2 < below + inside:
            a, b = _middle_between(slopes, inside, k1 - below, k2 - below, low, high, few)
            # a pair may be on the wrong side of a limit by rounding: no harm if the middle is clearly inside
            slack = ROUNDING * (largest + max(abs(low), abs(high)) * (t[m - 1] - t[0])) / step
            if low + slack < a and b < high - slack:
                return (a + b) / 2
        width = STEP * (high - low)
        low, high = (low - width, low) if k1 < below else (high, high + width)
    size = 0
    for i in range(m - 1):
        for j in range(i + 1, m):
            slope = (x[j] - x[i]) / (t[j] - t[i]) + 0.0
            slopes[size] = slope
            size += slope == slope
    a, b = _middle(slopes, size, k1, k2)
    return (a + b) / 2


@kernel
def _tie_term(x, n):
    """Sum over tie groups of t(t-1)(2t+5), taken value by value: each of the t members adds (t-1)(2t+5)."""
    total = 0
    for i in range(n):
        same = 0
        for j in range(n):
            same += x[j] == x[i]
        total += max(same - 1, 0) * (2 * same + 5)
    return total


@kernel
def _test(x, m, order, seen):
    """S, its variance, z and p of m values; `order` is filled as by `_sort`."""
    differing, falling = _sort(x, m, order, seen)
    s = differing - 2 * falling
    ties = _tie_term(x, m) if differing < m * (m - 1) // 2 else 0
    variance = (m * (m - 1) * (2 * m + 5) - ties) / 18
    z = (s - np.sign(s)) / math.sqrt(variance) if s != 0 else 0.0
    return s, variance, z, math.erfc(abs(z) / math.sqrt(2.0))


@kernel
def mann_kendall_rows(values, years):
    """Mann-Kendall of every row, as the seven arrays of MannKendall."""
    cells, n = values.shape
    out = np.full((7, cells), np.nan)
    x, t, order, seen = sorting_space(n)
    height = np.empty(x.size)
    sorted_by = (np.empty(n), np.empty(n), np.empty(n), np.empty(n))
    slopes, few = np.empty(n * (n - 1) // 2 + 1), np.empty(n * (n - 1) // 2 + 1)
    for cell in range(cells):
        m = _load(values[cell], years, x, t)
        if m < FEWEST:
            continue
        size = m + PAD - m % PAD
        height[m:] = np.nan
        s, variance, z, p = _test(x[:size], m, order[:size], seen)
        centre = (x[order[(m - 1) // 2]] + x[order[m // 2]]) / 2
        slope = _median_slope(x, t, m, order[:size], seen, height[:size], sorted_by, slopes, few)
        out[0, cell] = slope
        out[1, cell] = centre - (t[(m - 1) // 2] + t[m // 2]) / 2 * slope
        out[2, cell] = s
        out[3, cell] = variance
        out[4, cell] = z
        out[5, cell] = p
        out[6, cell] = m
    return out[0], out[1], out[2], out[3], out[4], out[5], out[6]


@kernel
def p_of_row(row, space):
    """p of Mann-Kendall's test of one row (year,), to the bit that of `mann_kendall_rows`, without slopes; NaN with too
    few values. `space` is that of `sorting_space` and is overwritten."""
    x, t, order, seen = space
    m = _load(row, row, x, t)
    if m < FEWEST:
        return np.nan
    size = m + PAD - m % PAD
    return _test(x[:size], m, order[:size], seen)[3]


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


@kernel
def pair_range_rows(values, years):
    """Least and greatest slope of all pairs of years of every row; NaN with fewer than two values."""
    least, greatest = np.full(values.shape[0], np.nan), np.full(values.shape[0], np.nan)
    for cell in range(values.shape[0]):
        for j in range(years.size):
            for i in range(j):
                slope = (values[cell, j] - values[cell, i]) / (years[j] - years[i])
                if math.isfinite(slope):
                    least[cell] = min(least[cell], slope) if least[cell] == least[cell] else slope
                    greatest[cell] = max(greatest[cell], slope) if greatest[cell] == greatest[cell] else slope
    return least, greatest
