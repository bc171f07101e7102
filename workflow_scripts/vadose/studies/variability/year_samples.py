"""Samples of years of study A: the record, and what resamples with the same draws of years in all cells and series are
made of, about lines without the noise of estimated slopes (docs/methods.md#c1)."""

from typing import NamedTuple

import numpy as np

from vadose.core.arrays import Array
from vadose.statistics import attribution, slope_noise, year_intervals
from vadose.statistics.trend import mann_kendall


class Sample(NamedTuple):
    """What the numbers of one sample of years are means of, cell by cell."""

    slope: Array  # (cell,) kg m-2 yr-1, Sen's of the data, of least squares in resamples; and the lines below
    p: Array  # (cell,) of Mann-Kendall's test
    lines: Array  # (cell, layers and seasons), kg m-2 yr-1
    fitted: attribution.Attribution


class Record(NamedTuple):
    """A period of the record, and what its resamples are made of."""

    sample: Sample
    effective: float  # number of years
    loading: Array  # (cell, step), `slope_noise.loadings` of annual total soil moisture
    parts: tuple[year_intervals.Sieve, year_intervals.Sieve]  # of the seasons and layers, and of the annual total


def record(seasonal: Array, years: Array) -> Record:
    """The record, and its lines and innovations.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) array, kg m-2
    years : (year,) array
    """
    cells, count, seasons, layers = seasonal.shape
    terms = seasonal.reshape(cells, count, seasons * layers)
    total = terms.sum(axis=2) / seasons
    tested = mann_kendall.mann_kendall(total, years)
    slope = tested.slope
    parts = year_intervals.sieve(terms, years)
    whole = year_intervals.sieve(total[..., None], years, slope[:, None])
    loading, there = slope_noise.loadings(whole, years), np.isfinite(whole.memory[:, 0])
    # ASSUME: Sen's slopes vary with the years as those of least squares do. Sen's of resamples would not: years that
    # are drawn twice are ties, which make them too even (0.88 of the spread without memory, 1.02 is right).
    lines = _sen(np.concatenate([seasonal.mean(axis=2), seasonal.sum(axis=3)], axis=2), years)
    sample = Sample(slope, tested.p, lines, attribution.attribute(seasonal, years))
    keep = slope_noise.kept(slope[there], loading[there]) if there.any() else (1.0, 1.0)
    shrunk = tuple(slope_noise.shrunk(one, years, *keep) for one in (parts, whole))
    return Record(sample, year_intervals.effective_years(whole), loading, (shrunk[0], shrunk[1]))


def _sen(series: Array, years: Array) -> Array:
    """Sen's slopes, (cell, year, series) -> (cell, series)."""
    columns = [mann_kendall.mann_kendall(series[..., n], years).slope for n in range(series.shape[2])]
    return np.stack(columns, axis=1)
