"""Samples of years of study A: the data, then resamples with the same draws of years in all cells and series, about
lines without the noise of estimated slopes (docs/methods.md#c1)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import Array
from vadose.statistics import attribution, slope_noise, year_intervals
from vadose.statistics.trend import mann_kendall, sen_slopes


class Sample(NamedTuple):
    """What the numbers of one sample of years are means of, cell by cell."""

    slope: Array  # (cell,) kg m-2 yr-1, Sen's of the data, of least squares in resamples; and the lines below
    p: Array  # (cell,) of Mann-Kendall's test
    lines: Array  # (cell, layers and seasons), kg m-2 yr-1
    fitted: attribution.Attribution


def samples(seasonal: Array, years: Array, resamples: int, seed: int) -> Iterator:
    """The effective number of years and the noise of slopes; then the sample of the data, and of each resample.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) array, kg m-2
    years : (year,) array
    resamples, seed : int

    Yields
    ------
    (float, (cell, step) array), then Sample
        The array is `slope_noise.loadings` of annual total soil moisture.
    """
    cells, count, seasons, layers = seasonal.shape
    terms = seasonal.reshape(cells, count, seasons * layers)
    total = terms.sum(axis=2) / seasons
    tested = mann_kendall.mann_kendall(total, years)
    slope = tested.slope
    parts = year_intervals.sieve(terms, years)
    whole = year_intervals.sieve(total[..., None], years, slope[:, None])
    loading, there = slope_noise.loadings(whole, years), np.isfinite(whole.memory[:, 0])

    yield year_intervals.effective_years(whole), loading
    # ASSUME: Sen's slopes vary with the years as those of least squares do. Sen's of resamples would not: years that
    # are drawn twice are ties, which make them too even (0.88 of the spread without memory, 1.02 is right).
    lines = _sen(np.concatenate([seasonal.mean(axis=2), seasonal.sum(axis=3)], axis=2), years)
    yield Sample(tested.slope, tested.p, lines, attribution.attribute(seasonal, years))
    keep = slope_noise.kept(slope[there], loading[there]) if there.any() else (1.0, 1.0)
    parts, whole = (slope_noise.shrunk(one, years, *keep) for one in (parts, whole))
    # Periods draw for themselves: the same stream over other lengths would make them alike.
    drawn = year_intervals.draws(count - 1, count, resamples, seed + int(years[0]))
    out, line = np.empty_like(parts.line), np.empty_like(whole.line)
    for row in drawn:
        again = year_intervals.resample(parts, row, out)
        slopes = slope_noise.least_squares(again, years).reshape(cells, seasons, layers)
        lines = np.concatenate([slopes.mean(axis=1), slopes.sum(axis=2)], axis=1)
        p = sen_slopes.mann_kendall_p(year_intervals.resample(whole, row, line)[..., 0])
        fitted = attribution.attribute(again.reshape(seasonal.shape), years)
        yield Sample(slopes.sum(axis=2).mean(axis=1), p, lines, fitted)


def _sen(series: Array, years: Array) -> Array:
    """Sen's slopes, (cell, year, series) -> (cell, series)."""
    columns = [mann_kendall.mann_kendall(series[..., n], years).slope for n in range(series.shape[2])]
    return np.stack(columns, axis=1)
