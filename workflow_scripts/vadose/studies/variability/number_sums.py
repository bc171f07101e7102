"""Headline numbers of study A as sums over cells, added cell after cell: of the record, and of many resamples of years
while the series of a cell are at hand."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.attribution_series import attribute_series
from vadose.statistics.slope_noise import fill_slopes, fill_time
from vadose.statistics.trend.sen_slopes import p_of_row, sorting_space
from vadose.statistics.year_intervals import BURN_IN, Sieve, fill_cell
from vadose.studies.variability.year_samples import Sample

AT_ONCE = 32  # resamples added before the next cell: so many sums stay in the cache; never the result
BY_CELL, BY_AREA, BY_VARIANCE = 0, 1, 2  # weights of a cell


class Means(NamedTuple):
    """Means over cells of what a cell's numbers are, of several samples of years."""

    slopes: Array  # (sample, set, weighting, sign), of the total; slopes have no weight by variance
    lines: Array  # (sample, set, weighting, sign, series)
    terms: Array  # (sample, set, weighting, dynamics, season, layer)
    omega: Array  # (sample, set, weighting, season, layer)


@kernel
def _fill_signs(slope, strong, row, place, stride):
    """A slope, and whether it falls, falls strongly and rises strongly; NaN where there is none."""
    there = 0.0 if np.isfinite(slope) else np.nan
    row[place] = slope
    row[place + stride] = there + (1.0 if slope < 0 else 0.0)
    row[place + 2 * stride] = there + (1.0 if slope < -strong else 0.0)
    row[place + 3 * stride] = there + (1.0 if slope > strong else 0.0)


@kernel
def _fill_row(slope, lines, contribution, omega, strong, row):
    """What the means of one cell are of: signs of the total, of the other series, contributions and omega."""
    _fill_signs(slope, strong, row, 0, 1)
    for k in range(lines.size):
        _fill_signs(lines[k], strong, row, 4 + k, lines.size)
    terms, place = omega.size, 4 + 4 * lines.size
    row[place : place + terms] = contribution[0]
    row[place + terms : place + 2 * terms] = contribution[1]
    row[place + 2 * terms :] = omega


@kernel
def _add_row(row, area, variance, inside, sums, totals):
    """Add a cell's numbers to the sums of the sets that it is in, by each weight; one that is missing adds nothing."""
    for which in range(inside.size):
        if inside[which]:
            for weighting in range(3):
                weight = 1.0
                if weighting == BY_AREA:
                    weight = area
                elif weighting == BY_VARIANCE:
                    weight = variance if np.isfinite(variance) else 0.0
                own, total = sums[which, weighting], totals[which, weighting]
                for k in range(row.size):
                    there = row[k] - row[k] == 0
                    own[k] += weight * row[k] if there else 0.0
                    total[k] += weight if there else 0.0


@kernel
def _add_record(slope, lines, contribution, omega, variance, area, inside, strong, sums, totals):
    row = np.empty(sums.shape[2])
    for cell in range(slope.size):
        _fill_row(slope[cell], lines[cell], contribution[cell], omega[cell], strong, row)
        _add_row(row, area[cell], variance[cell], inside[cell], sums, totals)


@kernel
def _fill_lines(slopes, seasons, lines):
    """Slopes of the layers' annual means, then of the seasons' sums; returns that of the annual total."""
    layers, slope = slopes.size // seasons, 0.0
    lines[:] = 0.0
    for season in range(seasons):
        for layer in range(layers):
            lines[layer] += slopes[season * layers + layer]
            lines[layers + season] += slopes[season * layers + layer]
        slope += lines[layers + season]
    for layer in range(layers):
        lines[layer] /= seasons
    return slope / seasons


@kernel
def _fill_total(line, innovations, memory, drawn, state, out):
    """Resampled totals of one cell, (year, resample), for draws (step, resample): `fill_cell` of one term, with the
    resamples side by side."""
    for which in range(state.size):
        state[which] = 0.0
    for step in range(drawn.shape[0]):
        for which in range(state.size):
            state[which] = memory * state[which] + innovations[drawn[step, which]]
        if step >= BURN_IN:
            for which in range(state.size):
                out[step - BURN_IN, which] = line[step - BURN_IN] + state[which]


@kernel
def _add_resamples(terms, whole, drawn, years, seasons, area, inside, strong, sums, totals, p):
    """Sums of some resamples, cell after cell; p[resample, cell] of the test of the total is filled."""
    cells, count, size = terms.line.shape
    series, slopes, work = np.empty((count, size)), np.empty(size), np.empty((4, size))
    annual, side_by_side = np.empty((count, drawn.shape[0])), drawn.T.copy()
    annual_state, space = np.empty(drawn.shape[0]), sorting_space(count)
    lines, row = np.empty(seasons + size // seasons), np.empty(sums.shape[3])
    contribution, omega, state = np.empty((2, size)), np.empty(size), np.empty(size)
    time, valid = np.empty(count), np.empty(count, np.bool_)
    for cell in range(cells):
        squares = fill_time(terms.line[cell], years, time)
        for i in range(count):
            valid[i] = np.isfinite(time[i]) and np.isfinite(terms.memory[cell, 0])
        _fill_total(
            whole.line[cell, :, 0].copy(),
            whole.innovations[cell, :, 0].copy(),
            whole.memory[cell, 0],
            side_by_side,
            annual_state,
            annual,
        )
        for which in range(drawn.shape[0]):
            fill_cell(
                terms.line[cell], terms.innovations[cell], terms.memory[cell], drawn[which], BURN_IN, state, series
            )
            fill_slopes(series, time, squares, slopes)
            slope = _fill_lines(slopes, seasons, lines)
            variance, _ = attribute_series(series, years, valid, 0, count, seasons, work, contribution, omega)
            if np.isnan(variance):
                contribution[:], omega[:] = np.nan, np.nan
            _fill_row(slope, lines, contribution, omega, strong, row)
            _add_row(row, area[cell], variance, inside[cell], sums[which], totals[which])
            p[which, cell] = p_of_row(annual[:, which], space)


def of_record(sample: Sample, area: Array, inside: NDArray[np.bool_], strong: float) -> Means:
    """Means of the record itself.

    Parameters
    ----------
    sample : year_samples.Sample
    area : (cell,) array, m2
    inside : (cell, set) bool array
        Sets of cells.
    strong : float
        From which on a slope is strong, kg m-2 yr-1.
    """
    contribution, omega, variance = sample.fitted
    cells, shape = omega.shape[0], omega.shape[1:]
    terms, series = int(np.prod(shape)), sample.lines.shape[1]
    sums = _sums(1, inside.shape[1], series, terms)
    parts = contribution.reshape(cells, 2, terms), omega.reshape(cells, terms), variance
    _add_record(sample.slope, sample.lines, *parts, area, inside, strong, *sums[:, 0])
    return _means(sums, series, shape)


def of_resamples(
    parts: tuple[Sieve, Sieve],
    drawn: NDArray[np.int64],
    years: Array,
    shape: tuple[int, int],
    area: Array,
    inside: NDArray[np.bool_],
    strong: float,
) -> tuple[Means, Array]:
    """Means of some resamples of years, and p of the test of the total.

    Parameters
    ----------
    parts : (Sieve, Sieve)
        Of the seasons and layers, and of annual total soil moisture.
    drawn : (resample, BURN_IN + year) int array
    years : (year,) array
    shape : (int, int)
        Seasons and layers.
    area, inside, strong
        As in `of_record`.

    Returns
    -------
    Means, (resample, cell) array
    """
    terms, whole = parts
    sums = _sums(len(drawn), inside.shape[1], sum(shape), terms.line.shape[2])
    p = np.empty((len(drawn), area.size))
    _add_resamples(terms, whole, drawn, years, shape[0], area, inside, strong, *sums, p)
    return _means(sums, sum(shape), shape), p


def _sums(samples: int, sets: int, series: int, terms: int) -> Array:
    """Sums and weights, (2, sample, set, weighting, number), to be added to."""
    return np.zeros((2, samples, sets, 3, 4 + 4 * series + 3 * terms))


def _means(sums: Array, series: int, shape: tuple[int, int]) -> Means:
    total, weight = sums
    means = np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)
    slopes, lines, shares = np.split(means, [4, 4 + 4 * series], axis=-1)
    contribution, omega = np.split(shares, [2 * shape[0] * shape[1]], axis=-1)
    lead = means.shape[:3]
    slopes, lines = (part[:, :, [BY_CELL, BY_AREA, BY_CELL]] for part in (slopes, lines))
    return Means(
        slopes, lines.reshape(*lead, 4, series), contribution.reshape(*lead, 2, *shape), omega.reshape(*lead, *shape)
    )
