"""Intervals of numbers that are means over cells: the sample is the years of one Earth, and all cells share them.

Resampling places says how much a mean depends on which places are looked at. It says nothing of which years there were:
a wet year is wet in many cells at once. Here whole years are drawn, the same for all cells and series. Each series is a
line and a residual with memory; the innovations of the residual are drawn (an AR(1) sieve bootstrap), so that a
resample has the line and the memory of the data, and other weather (docs/methods.md#c1).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from vadose.core import calendar
from vadose.core.compiled import kernel
from vadose.statistics import share_intervals

Array = NDArray[np.float64]

BURN_IN = 30  # steps before the first year: 0.9 to that power is 0.04
LARGEST_MEMORY = 0.9  # ASSUME: a larger lag-1 autocorrelation cannot be told from a trend in decades
FEWEST_YEARS = 8  # ASSUME: fewer years say nothing about their own memory
LEVEL = 0.95


class Sieve(NamedTuple):
    """Series as lines and residuals with memory, from which resamples are made."""

    line: Array  # (cell, year, term), unit of the values; NaN where the year is missing
    innovations: Array  # (cell, step, term): what a year adds to the memory of the year before
    memory: Array  # (cell, term): lag-1 autocorrelation, corrected for the line that was removed


class Interval(NamedTuple):
    """Interval of one number over years."""

    low: float
    high: float
    error: float  # standard error, from the resamples
    years: float  # effective number of years


def draws(steps: int, years: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """Which innovations stand in which year, for all cells and series alike.

    Parameters
    ----------
    steps : int
        Number of innovations to draw from: the years of the period less one.
    years : int
        Years to be made, after `BURN_IN` of them.
    resamples, seed : int
        Each resample depends on (seed, its own number) alone, never on how many there are or on tiles.

    Returns
    -------
    (resample, BURN_IN + years) int array
    """
    rows = [np.random.default_rng([seed, number]).integers(steps, size=BURN_IN + years) for number in range(resamples)]
    return np.array(rows, dtype=np.int64).reshape(resamples, BURN_IN + years)


def sieve(values: Array, years: Array, slope: Array | None = None) -> Sieve:
    """Take series apart into lines, memory and innovations.

    Parameters
    ----------
    values : (cell, year, term) float array, any unit
        A year in which any term of a cell is NaN is missing in all its terms. A cell needs eight years.
    years : (year,) float array
        Calendar years, ascending.
    slope : (cell, term) array, optional
        Slopes to remove (Sen's, say); least squares where not given.

    Returns
    -------
    Sieve
        NaN throughout where a cell has too few years.

    Notes
    -----
    r = lag-1 autocorrelation of the residuals e over pairs of years that follow each other, plus (2 + 4 r) / n for the
    line that was removed, drawn towards its mean over cells (`pooled_memory`). Innovations e(t) - r e(t-1), centred,
    are inflated by sqrt(n / (n - 3)). A missing innovation is that of the next year that has one.

    References
    ----------
    Buhlmann (1997), doi:10.2307/3318584 (sieve bootstrap); Marriott and Pope (1954), doi:10.1093/biomet/41.3-4.390
    (bias of the autocorrelation).
    """
    values = np.ascontiguousarray(values, dtype=float)
    years = np.asarray(calendar.as_years(years), dtype=np.float64)
    if values.ndim != 3 or years.shape != values.shape[1:2]:
        raise ValueError(
            f"values and years: expected (cell, year, term) and (year,), found {values.shape}, {years.shape}."
        )
    there = np.asarray(np.isfinite(values).all(axis=2))
    enough = there.sum(axis=1) >= FEWEST_YEARS
    wanted = None if slope is None else np.asarray(slope, dtype=float)[enough]
    parts = _taken_apart(values[enough], there[enough], years, wanted)
    whole = [np.full((values.shape[0], *part.shape[1:]), np.nan) for part in parts]
    for every, part in zip(whole, parts, strict=True):
        every[enough] = part
    return Sieve(*whole)


def _taken_apart(values: Array, there: NDArray[np.bool_], years: Array, slope: Array | None) -> Sieve:
    """The sieve of cells that all have enough years."""
    count, present = there.sum(axis=1)[:, None].astype(float), there[..., None]
    time = np.where(there, years - np.where(there, years, 0.0).sum(axis=1, keepdims=True) / count, 0.0)
    centre = np.where(present, values, 0.0).sum(axis=1) / count
    deviation = np.where(present, values - centre[:, None], 0.0)
    if slope is None:
        slope = (deviation * time[..., None]).sum(axis=1) / (time**2).sum(axis=1)[:, None]
    trend = slope[:, None] * time[..., None]
    # About its own mean: the mean of a line through gaps is that of the years that are there.
    residual = np.where(present, deviation - trend, 0.0)
    memory = pooled_memory(corrected_memory(residual, there, count), count)
    innovations = _innovations(residual, there, memory) * np.sqrt(count / (count - 3.0))[:, None]
    return Sieve(np.where(present, centre[:, None] + trend, np.nan), innovations, memory)


def corrected_memory(residual: Array, there: NDArray[np.bool_], count: Array) -> Array:
    """Lag-1 autocorrelation of residuals about a line, (cell, year, term) -> (cell, term), corrected for the line.

    Parameters
    ----------
    residual : (cell, year, term) array
        0 where the year is missing.
    there : (cell, year) bool array
    count : (cell, 1) array
        Years that are there.
    """
    pairs = (there[:, 1:] & there[:, :-1]).sum(axis=1)[:, None]
    variance = (residual**2).sum(axis=1) / count
    together = (residual[:, 1:] * residual[:, :-1]).sum(axis=1) / np.where(pairs > 0, pairs, 1)
    raw = np.divide(together, variance, out=np.zeros_like(together), where=variance > 0)
    return np.clip(raw + (2.0 + 4.0 * raw) / count, -LARGEST_MEMORY, LARGEST_MEMORY)


def pooled_memory(memory: Array, count: Array) -> Array:
    """Memory of many cells, each drawn towards their mean as far as its spread is chance; (cell, term) -> (cell, term).

    Parameters
    ----------
    memory : (cell, term) array
        From `corrected_memory`.
    count : (cell, 1) array
        Years of each cell.

    Notes
    -----
    The error of a mean grows as 1 / (1 - r), which is convex: r estimated from 25 years, now 0.4 and now 0.8, gives
    intervals that are too wide on average. The weight of a cell's own r is 1 - s2 / v, not below zero, with s2 the mean
    of (1 - r2) / n, the chance part, and v the variance between cells (empirical Bayes). A single cell keeps its own.
    """
    finite = np.isfinite(memory)
    cells = np.maximum(finite.sum(axis=0), 1)
    mean = np.where(finite, memory, 0.0).sum(axis=0) / cells
    between = np.where(finite, (memory - mean) ** 2, 0.0).sum(axis=0) / np.maximum(cells - 1, 1)
    chance = np.where(finite, 1.0 / np.where(finite, count, 1.0), 0.0).sum(axis=0) / cells * (1.0 - mean**2)
    own = np.where(between > 0, 1.0 - chance / np.where(between > 0, between, 1.0), 0.0)
    return mean + np.where(cells > 1, np.clip(own, 0.0, 1.0), 1.0) * (memory - mean)


def _innovations(residual: Array, there: NDArray[np.bool_], memory: Array) -> Array:
    """e(t) - r e(t-1), centred; where a year or the one before is missing, that of the next year that has one."""
    both_years = there[:, 1:] & there[:, :-1]
    steps = residual[:, 1:] - memory[:, None] * residual[:, :-1]
    mean = np.where(both_years[..., None], steps, 0.0).sum(axis=1) / np.maximum(both_years.sum(axis=1), 1)[:, None]
    steps = np.where(both_years[..., None], steps - mean[:, None], 0.0)
    number = both_years.shape[1]
    ahead = np.where(both_years, np.arange(number), 2 * number)
    both = np.concatenate([ahead, ahead + number], axis=1)  # around the end to the beginning
    following = np.minimum.accumulate(both[:, ::-1], axis=1)[:, ::-1][:, :number] % number
    return np.take_along_axis(steps, following[..., None], axis=1)


@kernel
def _fill(line, innovations, memory, drawn, burn_in, out):
    """Resampled series of all cells and terms for one draw of years."""
    state = np.empty(line.shape[2])
    for cell in range(line.shape[0]):
        fill_cell(line[cell], innovations[cell], memory[cell], drawn, burn_in, state, out[cell])


@kernel
def fill_cell(line, innovations, memory, drawn, burn_in, state, out):
    """Resampled series of one cell for one draw of years.

    Parameters
    ----------
    line, innovations, memory
        Of a `Sieve`, without the axis of cells.
    drawn : (burn_in + year,) int array
    burn_in : int
    state : (term,) array
        Overwritten.
    out : (year, term) array
        Filled.
    """
    years, terms = line.shape
    state[:] = 0.0
    for step in range(burn_in + years):
        which = drawn[step]
        for term in range(terms):
            state[term] = memory[term] * state[term] + innovations[which, term]
        if step >= burn_in:
            for term in range(terms):
                out[step - burn_in, term] = line[step - burn_in, term] + state[term]


def resample(parts: Sieve, drawn: NDArray[np.int64], out: Array | None = None) -> Array:
    """One resample: lines as they are, residuals from the drawn innovations.

    Parameters
    ----------
    parts : Sieve
    drawn : (BURN_IN + year,) int array
        One row of `draws`.
    out : (cell, year, term) array, optional
        To be filled.

    Returns
    -------
    (cell, year, term) array
        Missing where the data are.
    """
    out = np.empty_like(parts.line) if out is None else out
    _fill(parts.line, parts.innovations, parts.memory, drawn, BURN_IN, out)
    return out


def effective_years(parts: Sieve) -> float:
    """Degrees of freedom of a standard error from these series, plus two: n for years without memory.

    Parameters
    ----------
    parts : Sieve
        Of the series that the number is made of.

    Notes
    -----
    The squared error of a mean over cells goes as v / (1 - r)^2, v the variance of its innovations (n - 3 degrees of
    freedom) and r the memory, the mean of that of all series. Its relative variance is 2 / (n - 3) + 4 (1 + r) /
    ((1 - r) n) m, with (1 - r2) m / n the variance of r, and m the mean of squared correlations of innovations over all
    pairs of series: 1 for one series, 1 / k for k independent ones. The degrees of freedom are two over it
    (Satterthwaite 1946, doi:10.2307/3002019). Squared correlations of n years are 1 / (n - 2) too large by chance,
    which is taken off. A memory below zero counts as 0.
    """
    years = np.isfinite(parts.line).all(axis=2).sum(axis=1)
    if not years.any():
        return float("nan")
    n, memory = float(years[years > 0].mean()), max(float(np.nanmean(parts.memory)), 0.0)
    innovations = np.nan_to_num(np.moveaxis(parts.innovations, 1, 2).reshape(-1, parts.innovations.shape[1]))
    size = np.sqrt((innovations**2).sum(axis=1))
    varying = size > 0
    if not varying.any():
        return n
    number, chance = int(varying.sum()), 1.0 / (n - 2.0)
    alike = _squared_sum(innovations[varying] / size[varying, None]) / number**2
    shared = min(max((alike - chance) / (1.0 - chance), 1.0 / number), 1.0)
    return 2.0 + 2.0 / (2.0 / (n - 3.0) + 4.0 * (1.0 + memory) / (1.0 - memory) / n * shared)


@kernel
def _squared_sum(rows):
    """Sum of squared products of all pairs of rows, from the products of columns, row after row."""
    number, steps = rows.shape
    products, total = np.zeros((steps, steps)), 0.0
    for row in range(number):
        for i in range(steps):
            for j in range(steps):
                products[i, j] += rows[row, i] * rows[row, j]
    for i in range(steps):
        for j in range(steps):
            total += products[i, j] * products[i, j]
    return total


def student_quantile(years: float) -> float:
    """Student's 97.5 % point for so many effective years, less two; at least one degree of freedom."""
    return float(stdtrit(max(years - 2.0, 1.0), 0.5 + LEVEL / 2.0))


def interval(
    estimate: float,
    replicates: Array,
    years: float,
    *,
    share: bool = False,
    cells: int | None = None,
    tails: tuple[float, float] = (1.0, 1.0),
    half_width: float | None = None,
) -> Interval:
    """Interval of a number from its resamples.

    Parameters
    ----------
    estimate : float
        From the data.
    replicates : (resample,) array
        The same number from each resample.
    years : float
        Effective number of years (`effective_years`).
    share : bool
        Whether the number is a share between 0 and 1, whose interval is made on the scale of the normal distribution
        (probit) and stays inside: what all cells share moves their slopes or taus together, and the share below zero
        with them, there as a straight line.
    cells : int, optional
        Of a share of so many cells, of many where not given. Shares of 0 and 1 count as half a cell off, so that one
        last cell does not weigh more than others.
    tails : (float, float)
        How much farther than others the lower and the upper limit lie, of numbers that vary more the larger they are.
    half_width : float, optional
        Half the width of the interval, where it has one of its own; of a share on the probit scale (`share_intervals`).

    Returns
    -------
    Interval
        `estimate` -+ t(0.975, years - 2) standard errors, at least one degree of freedom. NaN if the estimate or the
        resamples are.
    """
    replicates = np.asarray(replicates, dtype=float)
    if not (np.isfinite(estimate) and np.isfinite(years) and replicates.size > 1 and np.isfinite(replicates).all()):
        return Interval(float("nan"), float("nan"), float("nan"), float(years))
    error = float(replicates.std(ddof=1))
    factor = student_quantile(years)
    if not share and cells is None:
        half = factor * error if half_width is None else half_width
        low, high = estimate - tails[0] * half, estimate + tails[1] * half
        return Interval(low, high, error, float(years))
    of = share_intervals.MANY_CELLS if cells is None else cells
    spread = factor * share_intervals.probit_error(replicates, of) if half_width is None else half_width
    low, high = (float(ndtr(share_intervals.probit(estimate, of) + side * spread)) for side in (-1.0, 1.0))
    return Interval(min(low, estimate), max(high, estimate), error, float(years))  # 0 and 1 have no place of their own
