"""The noise in estimated slopes, which cells share: what of the spread of slopes is noise, and the interval of a mean
share of the variance that lines take.

The slopes that a record shows are true slopes and noise. Resamples about lines of these slopes would hold the noise
twice, so lines are shrunk before years are drawn. The share of the variance that lines take is a mean of squares: its
error depends on how many independent patterns the noise has, and resamples of n years know of n patterns at most
(docs/methods.md#c1).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.compiled import kernel
from vadose.statistics.year_intervals import BURN_IN, Sieve, student_quantile

Array = NDArray[np.float64]


class Squares(NamedTuple):
    """A weighted mean of squared slopes, each in units of its series' standard deviation: E = sum w z2."""

    mean: float  # E
    noise: float  # what it would be without any true slope
    variance: float  # of E
    without: float  # of E, without any true slope
    growth: float  # variance per unit by which E exceeds `noise`, a quarter of it
    shared: float  # variance of the mean slope, in the same units


@kernel
def sums_of_products(left, right):
    """Sums over cells of products of all pairs of columns of two (cell, column) arrays, cell after cell."""
    out = np.zeros((left.shape[1], right.shape[1]))
    for cell in range(left.shape[0]):
        for i in range(left.shape[1]):
            for j in range(right.shape[1]):
                out[i, j] += left[cell, i] * right[cell, j]
    return out


@kernel
def least_squares(series, years):
    """Least-squares slopes, (cell, year, term) -> (cell, term); a year that is NaN in the first term takes no part."""
    cells, count, terms = series.shape
    out, time = np.empty((cells, terms)), np.empty(count)
    for cell in range(cells):
        squares = fill_time(series[cell], years, time)
        fill_slopes(series[cell], time, squares, out[cell])
    return out


@kernel
def fill_time(series, years, time):
    """Years about the mean of those that a cell has, NaN where a year of `series` (year, term) is missing; returns the
    sum of their squares."""
    n, mean, squares = 0, 0.0, 0.0
    for i in range(years.size):
        if not np.isnan(series[i, 0]):
            n, mean = n + 1, mean + years[i]
    mean /= n
    for i in range(years.size):
        time[i] = years[i] - mean if not np.isnan(series[i, 0]) else np.nan
        if not np.isnan(time[i]):
            squares += time[i] * time[i]
    return squares


@kernel
def fill_slopes(series, time, squares, out):
    """Least-squares slopes of one cell, (year, term) -> (term,), with `time` and squares of `fill_time`."""
    out[:] = 0.0
    for i in range(time.size):
        if not np.isnan(time[i]):
            for term in range(out.size):
                out[term] += time[i] * series[i, term]
    for term in range(out.size):
        out[term] /= squares


def _time(parts: Sieve, years: Array) -> Array:
    """(cell, year) years about the mean of those that the cell has, 0 where it has none."""
    there = np.isfinite(parts.line[..., 0])
    count = np.maximum(there.sum(axis=1), 1)
    return np.where(there, years - np.where(there, years, 0.0).sum(axis=1)[:, None] / count[:, None], 0.0)


def loadings(parts: Sieve, years: Array) -> Array:
    """How the innovations of each step move the slope of each cell.

    Parameters
    ----------
    parts : Sieve
        Of one term.
    years : (year,) array

    Returns
    -------
    (cell, step) array, unit of the slope
        L, with L L' the covariance of the slopes of cells under drawn years. 0 for a cell without a sieve.

    Notes
    -----
    A least-squares slope is sum w(t) e(t), and e the innovations summed with the powers of the memory r, so that an
    innovation of year s counts h(s) = sum_{t >= s} w(t) r^(t - s). L = innovation sqrt(sum h2 / steps).
    """
    time, memory = _time(parts, years), np.nan_to_num(parts.memory[:, 0])
    squares = (time**2).sum(axis=1)
    weight = np.divide(time, squares[:, None], out=np.zeros_like(time), where=squares[:, None] > 0)
    total = np.zeros(memory.size)
    for reach in reaches(weight, memory):
        total += reach**2
    innovations = np.nan_to_num(parts.innovations[..., 0])
    return innovations * np.sqrt(total / max(innovations.shape[1], 1))[:, None]


def reaches(weight: Array, memory: Array) -> Iterator[Array]:
    """How much an innovation moves a weighted sum over the years, for each step it may stand in.

    Parameters
    ----------
    weight : (cell, year) array
    memory : (cell,) array

    Yields
    ------
    (cell,) array
        sum_{t >= s} weight(t) memory^(t - s), from the last year s back to the first of the `BURN_IN` steps.
    """
    reach = np.zeros(memory.size)
    for step in range(weight.shape[1] - 1, -BURN_IN - 1, -1):
        reach = memory * reach + (weight[:, step] if step >= 0 else 0.0)
        yield reach


def kept(slope: Array, loading: Array) -> tuple[float, float]:
    """What to keep of the mean slope, and of the slopes' differences from it, so that resamples hold noise once.

    Parameters
    ----------
    slope : (cell,) array
    loading : (cell, step) array
        From `loadings`.

    Returns
    -------
    (float, float)
        sqrt(1 - noise variance / square), not below 0: of the mean over cells, and of the differences from it.

    Notes
    -----
    With b = k bhat and new noise of variance s2, resampled slopes have the mean square k2 bhat2 + s2 = bhat2: that of
    the slopes the record shows.
    """
    shared, centre = loading.mean(axis=0), slope.mean()
    pairs = [
        (float((shared**2).sum()), float(centre**2)),
        (float(((loading - shared) ** 2).sum()), float(((slope - centre) ** 2).sum())),
    ]
    whole, own = (float(np.sqrt(max(1.0 - noise / square, 0.0))) if square > 0 else 1.0 for noise, square in pairs)
    return whole, own


def shrunk(parts: Sieve, years: Array, whole: float, own: float) -> Sieve:
    """Sieve whose lines keep so much of their mean slope and of their differences from it (`kept`).

    Parameters
    ----------
    parts : Sieve
    years : (year,) array
    whole, own : float
    """
    there = np.isfinite(parts.memory).all(axis=1)
    if not there.any():
        return parts
    slope = least_squares(parts.line[there], years)
    mean = slope.mean(axis=0)
    change = whole * mean + own * (slope - mean) - slope
    line = parts.line.copy()
    line[there] += change[:, None] * _time(parts, years)[there][..., None]
    return parts._replace(line=line)


def squares(z: Array, loading: Array, weight: Array) -> Squares:
    """Mean square of slopes and its variance under the noise that cells share.

    Parameters
    ----------
    z : (cell,) array
        Slopes in units of the standard deviation of a series over that of time: z2 is the share of the variance.
    loading : (cell, step) array
        From `loadings`, in the same units.
    weight : (cell,) array
        Any positive scale.

    Notes
    -----
    With slopes z = b + u, u normal with covariance S = L L', Var(sum w z2) = 4 b'WSWb + 2 tr(WSWS). z'WSWz is on
    average b'WSWb + tr(WSWS). tr(WSWS) from f = n - 2 degrees of freedom is on average too large by tr(WS)2 / f and
    more (patterns that are alike by chance), and is corrected for it as for a Wishart matrix. z2 is a share, so that L
    counts 1 - z2 times. The variance is not taken below that without any slope. `growth` is z'WSWz / z'Wz, `shared`
    w'Sw.
    """
    total = weight.sum()
    weight = weight / total if total > 0 else weight
    root = np.sqrt(weight)[:, None]
    mean = float((weight * z**2).sum())
    noise = float((weight[:, None] * loading**2).sum())
    loading = root * loading * (1.0 - z**2)[:, None]
    across, shared = (float((((loading * (root[:, 0] * side)[:, None]).sum(axis=0)) ** 2).sum()) for side in (z, 1.0))
    loading = np.ascontiguousarray(loading)
    gram, freedom = sums_of_products(loading, loading), max(loading.shape[1] - 1.0, 2.0)
    raw = float((gram**2).sum()) - float(np.trace(gram)) ** 2 / freedom
    trace = max(freedom**2 / ((freedom - 1.0) * (freedom + 2.0)) * raw, 0.0)
    variance = max(4.0 * across - 2.0 * trace, 2.0 * trace)
    return Squares(mean, noise, variance, 2.0 * trace, across / mean if mean > 0 else 0.0, shared)


def share_interval(parts: Squares, years: float) -> tuple[float, float]:
    """95 % interval of what the mean share of the variance that lines take is on average, by its score.

    Parameters
    ----------
    parts : Squares
    years : float
        Effective number of years.

    Returns
    -------
    (float, float)
        The shares m within (E - m)2 <= t2 (V0 + 4 g (m - noise)), V0 the variance without a slope, g the growth: the
        variance is that under m, not under E, since a mean of squares varies the more the larger it is. Above E, where
        m - noise = (E - noise) + (m - E), the last part grows with `shared` where that is larger than g.

    Notes
    -----
    The form of Wilson (1927), doi:10.2307/2276774, for a share of cells. Years that all cells share can hide a trend as
    well as make one: where they took away most of the mean slope, g from these slopes is too small, and larger shares
    would be ruled out too soon. Within 0 and 1.
    """
    t = student_quantile(years)
    here = max(parts.without + 4.0 * parts.growth * (parts.mean - parts.noise), 0.0)
    limits = []
    for side, growth in ((-1.0, parts.growth), (1.0, max(parts.growth, parts.shared))):
        limits.append(parts.mean + 2.0 * growth * t**2 + side * t * np.sqrt(here + 4.0 * growth**2 * t**2))
    return max(min(limits[0], parts.mean), 0.0), min(max(limits[1], parts.mean), 1.0)
