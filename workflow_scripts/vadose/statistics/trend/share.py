"""Share of variance that a line in time takes, plain and adjusted for the length of the record (docs/methods.md#d0).

The trend share of study A is r2 of annual TSM on year. Without any trend it is 1/(n-1) on average, more under serial
correlation, and so grows as the record shortens: 25 years cannot be compared with 52.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.trend.mann_kendall import checked

FEWEST = 3  # ASSUME: as in attribution, a line through two years leaves no variability


class TrendShare(NamedTuple):
    """r2 of each row on year; NaN for fewer than three values or a constant row."""

    share: Array
    adjusted: Array
    n: NDArray[np.int64]


def trend_share(total: Array, years: Array) -> TrendShare:
    """Share of variance on a straight line in time, plain and adjusted for the length of the record.

    Parameters
    ----------
    total : (cell, year) float array, any unit
        Annual total soil moisture; NaN marks a missing year.
    years : (year,) float array
        Calendar years, ascending, gaps allowed.

    Returns
    -------
    TrendShare
        `share` equals the sum of the trend contributions of `vadose.statistics.attribution.attribute`; `adjusted` = 1 -
        (1 - r2)(n - 1)/(n - 2), whose expectation is 0 for white noise and which may be negative.

    Raises
    ------
    ValueError
        If `years` does not ascend or does not match `total`.

    References
    ----------
    Ezekiel (1930), Methods of Correlation Analysis.
    """
    total, years = checked(total, years)
    share, n = _share_rows(total, years)
    return TrendShare(share, adjust(share, n), n)


def adjust(share: Array, n: NDArray) -> Array:
    """Adjusted r2 of a line: 1 - (1 - share)(n - 1)/(n - 2); NaN for n < 3."""
    share, n = np.asarray(share, float), np.asarray(n, float)
    return 1 - (1 - share) * (n - 1) / np.where(n >= FEWEST, n - 2, np.nan)


@kernel
def _share_rows(total, years):
    """r2 of each row on year, by sums of differences from the means."""
    cells, count = total.shape
    share = np.full(cells, np.nan)
    number = np.zeros(cells, np.int64)
    for cell in range(cells):
        n, first, mean, mean_year, size = 0, 0.0, 0.0, 0.0, 0.0
        for i in range(count):
            value = total[cell, i]
            if value - value == 0:
                if n == 0:
                    first = value
                n += 1
                mean += value - first
                mean_year += years[i] - years[0]
                size = max(size, abs(value))
        number[cell] = n
        if n < FEWEST:
            continue
        mean, mean_year = mean / n, mean_year / n
        squares, spread, product = 0.0, 0.0, 0.0
        for i in range(count):
            value = total[cell, i] - first - mean
            if value - value == 0:
                t = years[i] - years[0] - mean_year
                squares += value * value
                spread += t * t
                product += value * t
        if squares > n * (1e-15 * size) ** 2:
            share[cell] = product * product / (spread * squares)
    return share, number
