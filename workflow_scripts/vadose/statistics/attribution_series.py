"""The compiled closed form of vadose.statistics.attribution for one cell: from its seasons and layers to the shares of
each in the variance of their sum."""

import numpy as np

from vadose.core.calendar import FEWEST_YEARS_OF_LINE
from vadose.core.compiled import kernel

ROUNDING = 4 * np.finfo(np.float64).eps  # relative standard deviation below which a series is constant but for rounding


@kernel
def attribute_series(x, years, valid, first, last, seasons, work, contribution, omega):
    """Shares of one cell over a span of years; returns the variance of TSM and the number of years.

    Parameters
    ----------
    x : (year, term) array, kg m-2
        Terms are seasons and layers.
    years : (year,) array
        Calendar years.
    valid : (year,) bool array
        Years in which nothing is missing; others take no part.
    first, last : int
        The span is first..last-1.
    seasons : int
        TSM is the sum over terms divided by it.
    work : (4, term) array
        Overwritten.
    contribution : (2, term) array, 1
        Filled with the shares of trend and IAV; left alone where TSM does not vary.
    omega : (term,) array, 1
        As `contribution`.
    """
    terms = x.shape[1]
    mean = work[0]
    together = work[1]
    with_year = work[2]
    deviation = work[3]
    mean[:], together[:], with_year[:] = 0.0, 0.0, 0.0
    n, start, mean_year = 0, -1, 0.0
    for i in range(first, last):
        if valid[i]:
            if start < 0:
                start = i
            n += 1
            mean_year += years[i] - years[first]
            for k in range(terms):
                mean[k] += x[i, k] - x[start, k]
    if n < FEWEST_YEARS_OF_LINE:
        return np.nan, n
    size, mean_year = 0.0, mean_year / n
    for k in range(terms):
        mean[k] = x[start, k] + mean[k] / n
        size += abs(mean[k])
    total, spread = 0.0, 0.0
    for i in range(first, last):
        if valid[i]:
            tsm, t = 0.0, years[i] - years[first] - mean_year
            for k in range(terms):
                deviation[k] = x[i, k] - mean[k]
                tsm += deviation[k]
            total += tsm * tsm
            spread += t * t
            for k in range(terms):
                together[k] += deviation[k] * tsm
                with_year[k] += deviation[k] * t
    if total <= n * (ROUNDING * size) ** 2:
        return np.nan, n
    all_with_year, sum_of_means = with_year.sum(), mean.sum()
    for k in range(terms):
        contribution[0, k] = with_year[k] * all_with_year / (spread * total)
        contribution[1, k] = together[k] / total - contribution[0, k]
        omega[k] = together[k] / total / (mean[k] / sum_of_means) if mean[k] != 0 else np.nan
    return total / (n - 1) / seasons**2, n
