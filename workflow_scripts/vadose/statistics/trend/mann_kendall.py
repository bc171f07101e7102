"""Sen's slope and the Mann-Kendall test of yearly series, one row per cell; the compiled loops are in
vadose.statistics.trend.sen_slopes."""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from vadose.core import calendar
from vadose.core.arrays import Array
from vadose.statistics.trend.sen_slopes import bootstrap_rows, mann_kendall_rows, pair_range_rows

# Sets how far the memory of a row is taken to be above its estimate: an estimate that falls short makes a test reject
# too often, one beyond it makes up for half of that at most. ASSUME: by simulation (docs/methods.md#a4).
CAUTION = 2.5
# In short records a large memory is mostly chance: it is taken no higher than leaves this many independent years, and
# fewer years than twice that have no interval. ASSUME: by simulation of 8 to 77 years (docs/methods.md#a4).
INDEPENDENT_YEARS = 5
FEWEST_BLOCKS = 3  # ASSUME: by simulation; the widening for the number of blocks counts at least these
LEAST_AREA = 0.5  # ASSUME: a year with less of the area has no area mean (docs/methods.md#c2)


class MannKendall(NamedTuple):
    """Result of a Mann-Kendall test, one number per row; a row with too few values is NaN throughout."""

    slope: Array  # Sen's slope, units of the values per year
    intercept: Array  # value of the line at year 0
    s: Array  # sum of the signs over all pairs
    variance: Array  # of S under no trend
    z: Array
    p: Array  # two-sided
    n: Array  # years that took part


class AreaMean(NamedTuple):
    """Area-mean series and the number of cells behind each year."""

    mean: Array
    cells: Array


class SlopeInterval(NamedTuple):
    """Block-bootstrap interval of Sen's slope, one number per row."""

    lower: Array
    upper: Array
    p: Array  # two-sided, of no trend: 1 - level of the interval that ends at zero


class TrendSummary(NamedTuple):
    """Shares (0-1) of cells and of area by sign and size of the slope; `threshold` in units of the slope."""

    cells: int
    area: float  # m2, of the cells that have a slope
    threshold: float
    declining: float
    strongly_declining: float  # slope < -threshold
    strongly_rising: float  # slope > threshold
    area_declining: float
    area_strongly_declining: float
    area_strongly_rising: float
    mean: float
    area_mean: float


def mann_kendall(values: Array, years: Array) -> MannKendall:
    """Mann-Kendall test and Sen's slope of each row.

    Parameters
    ----------
    values : (cell, year) float array, any unit
        NaN (or infinity) marks a missing year; it keeps its place in time.
    years : (year,) array
        Calendar years, ascending, gaps allowed; or datetime64 stamps, one a year.

    Returns
    -------
    MannKendall
        `slope` in units of `values` per year; `p` two-sided, normal approximation with tie and continuity correction. A
        row with fewer than four values is NaN throughout; a constant row has slope 0 and p 1.

    Raises
    ------
    ValueError
        If `years` does not ascend or does not match `values`.

    Notes
    -----
    Var(S) = [n(n-1)(2n+5) - sum_t t(t-1)(2t+5)] / 18 over tie groups t; z = (S - sign S) / sqrt(Var S); p = 2
    Phi(-\\|z\\|). The slope is the median of (x_j - x_i) / (year_j - year_i) over all pairs; the intercept is
    Conover's, median(x) - slope median(year), over the years present, as in `pymannkendall.sens_slope` but on calendar
    years: with `years = arange(n)` both are equal.

    References
    ----------
    Mann (1945), doi:10.2307/1907187; Kendall (1975), Rank Correlation Methods; Sen (1968),
    doi:10.1080/01621459.1968.10480934.
    """
    values, years = checked(values, years)
    return MannKendall(*mann_kendall_rows(values, years))


def block_bootstrap(
    values: Array, years: Array, *, replicates: int = 1000, block: int | None = None, level: float = 0.95, seed: int = 0
) -> SlopeInterval:
    """Interval of Sen's slope of each row from a moving-block bootstrap, and the test of no trend that goes with it.

    Parameters
    ----------
    values : (cell, year) float array, any unit
        NaN marks a missing year.
    years : (year,) array
        Calendar years, ascending, or dates of which each year has one.
    replicates : int
        Bootstrap series per row.
    block : int, optional
        Years in a block; the default is the smallest whole number not below 2 n^(1/3) (6 for 25 years, 9 for 77).
    level : float
        Coverage of the interval, between 0 and 1.
    seed : int
        Of the block positions, which are common to all rows: the result of a row does not depend on the tile it is in.

    Returns
    -------
    SlopeInterval
        Symmetric about the slope but for limits that the pairs of years set. NaN where a row has fewer than ten years
        or the record less than two blocks.

    Raises
    ------
    ValueError
        If `years` does not match `values`, or `block`, `replicates` or `level` is out of range.

    Notes
    -----
    The residuals about Sen's line are resampled in blocks of the time axis and added to the line again. A missing year
    travels with its block, so the distance between the values of a block is kept. Residuals about a fitted line are too
    quiet over the length of a block: they are multiplied by the square root of b / mean_blocks(1'(I - H)1), with H the
    hat matrix of the line, which makes the variance of block sums right for white noise.

    Percentiles of so few blocks are too short: at 95 % they hold the truth in 76 to 91 % of series of 25 to 77 years.
    So, with s the standard deviation of the resampled slopes, k = n / b blocks, at least 3, phi the memory of the row
    ((n r1 + 2) / (n - 4) of the residuals, raised by 2.5 (1 - phi^2) / n where it is positive, but no higher than
    makes n / V 5), V = (1 + phi) / (1 - phi) and V_b = 1 + 2 sum_(j<b) (1 - j/b) phi^j the part of V that blocks see,
    the limits are the slope -+ t SE,

    SE = s k / (k - 1) sqrt(V / V_b),

    t Student's quantile with the smaller of n / V - 2 and 2 k - 1 degrees of freedom, hence at least 3 (ASSUME: factor
    and degrees by simulation). p is that of slope / SE. No limit lies beyond the slopes of all pairs of years and zero.
    They hold 94 to 97 % for lag-1 0 to 0.6 and 15 to 77 years, up to 99 % of 11 and 12 years without memory
    (docs/methods.md#a4).

    References
    ----------
    Kunsch (1989), doi:10.1214/aos/1176347265.
    """
    values, years = checked(values, years)
    n = years.size
    if block is None:
        block = min(n, math.ceil(2 * n ** (1 / 3)))
    if not 1 <= block <= n:
        raise ValueError(f"block: expected between 1 and the {n} years of the series, found {block}.")
    if replicates < 2 or not 0 < level < 1:
        raise ValueError(
            f"replicates and level: expected at least 2 and a share between 0 and 1, found {replicates} and {level}."
        )
    starts = np.random.default_rng(seed).integers(0, n - block + 1, size=(replicates, -(-n // block)))
    order = (starts[:, :, None] + np.arange(block)).reshape(replicates, -1)[:, :n]
    slopes = np.empty((values.shape[0], replicates))
    fitted = mann_kendall(values, years)
    bootstrap_rows(values, years, fitted.slope, np.ascontiguousarray(order), _block_inflation(years, block), slopes)
    error, freedom = _error(slopes, fitted.n, n / block, _memory(values, years, fitted), block)
    error[~(fitted.n >= 2 * INDEPENDENT_YEARS) | (n < 2 * block)] = np.nan
    half = stdtrit(freedom, (1 + level) / 2) * error
    certain = (error == 0) & (fitted.slope != 0)
    score = np.divide(fitted.slope, error, out=np.where(certain, np.inf, 0.0), where=error > 0)
    p = np.where(np.isfinite(error), 2 * stdtr(freedom, -np.abs(score)), np.nan)
    least, greatest = pair_range_rows(values, years)  # zero belongs to them, so that limits say what p says
    lower = np.maximum(fitted.slope - half, np.minimum(np.minimum(least, fitted.slope), 0.0))
    upper = np.minimum(fitted.slope + half, np.maximum(np.maximum(greatest, fitted.slope), 0.0))
    return SlopeInterval(lower, upper, p)


def trend_summary(slope: Array, area: Array, threshold: float = 2.0) -> TrendSummary:
    """Shares of cells and of area that decline, or change by more than a threshold.

    Parameters
    ----------
    slope : (cell,) float array
        Trend, for study A in kg m-2 yr-1; NaN cells are left out of every share.
    area : (cell,) float array
        Cell area in m2.
    threshold : float
        In units of `slope`; study A uses 2 kg m-2 yr-1.

    Returns
    -------
    TrendSummary
        All shares are NaN if no cell has a slope.

    Raises
    ------
    ValueError
        If `area` does not match `slope`.
    """
    slope = np.asarray(slope, float)
    area = np.asarray(area, float)
    if slope.shape != area.shape:
        raise ValueError(f"area: expected one value per slope {slope.shape}, found {area.shape}.")
    valid = np.isfinite(slope) & np.isfinite(area)
    slope, area = slope[valid], area[valid]
    total = float(area.sum())
    if slope.size == 0 or total == 0:
        missing = dict.fromkeys(TrendSummary._fields[3:], np.nan)
        return TrendSummary(cells=0, area=0.0, threshold=threshold, **missing)
    declining = slope < 0
    strongly_declining = slope < -threshold
    strongly_rising = slope > threshold
    return TrendSummary(
        cells=slope.size,
        area=total,
        threshold=threshold,
        declining=float(declining.mean()),
        strongly_declining=float(strongly_declining.mean()),
        strongly_rising=float(strongly_rising.mean()),
        area_declining=float(area[declining].sum() / total),
        area_strongly_declining=float(area[strongly_declining].sum() / total),
        area_strongly_rising=float(area[strongly_rising].sum() / total),
        mean=float(slope.mean()),
        area_mean=float((slope * area).sum() / total),
    )


def area_mean(values: Array, area: Array) -> AreaMean:
    """Area-mean series of all cells, by a rule that gaps do not bend.

    Parameters
    ----------
    values : (cell, year) float array, any unit
        NaN marks a missing year.
    area : (cell,) float array, m2
        A cell without an area is left out.

    Returns
    -------
    AreaMean
        `mean` (year,), in the unit of `values`: the mean over cells, by area, of each cell's anomaly from its own mean
        over the years it has, plus the mean of those means. Equal to the plain mean where nothing lacks. A year in
        which less than half of the area has a value is NaN. `cells` (year,) counts the cells behind it.

    Notes
    -----
    A plain mean over the cells that are there jumps when a wet cell is missing, and one over cells without gaps speaks
    of other cells than the table beside it.

    References
    ----------
    docs/methods.md#c2
    """
    values = np.asarray(values, float)
    area = np.asarray(area, float)
    taken = np.isfinite(values).any(axis=1) & np.isfinite(area)
    values, area = values[taken], area[taken]
    valid = np.isfinite(values)
    if not valid.any():
        return AreaMean(np.full(values.shape[1], np.nan), np.zeros(values.shape[1], dtype=np.int64))
    filled = np.where(valid, values, 0.0)
    own = np.add.reduce(filled, axis=1) / valid.sum(axis=1)
    # cell after cell: BLAS adds in an order of the processor's own
    present = np.add.reduce(area[:, None] * valid, axis=0)
    anomaly = np.add.reduce(area[:, None] * np.where(valid, values - own[:, None], 0.0), axis=0)
    enough = present >= LEAST_AREA * np.add.reduce(area)
    mean = np.add.reduce(area * own) / np.add.reduce(area) + anomaly / np.where(enough, present, np.nan)
    return AreaMean(mean, valid.sum(axis=0))


def checked(values: Array, years: Array) -> tuple[Array, Array]:
    """The two arrays as contiguous float64, or a ValueError that says what is wrong with them."""
    values = np.ascontiguousarray(values, dtype=np.float64)
    years = np.ascontiguousarray(calendar.as_years(years))
    if values.ndim != 2 or years.ndim != 1 or values.shape[1] != years.size:
        raise ValueError(
            f"values and years: expected shapes (cell, year) and (year,), found {values.shape} and {years.shape}."
        )
    if not np.all(np.diff(years) > 0):  # NaN fails too
        raise ValueError(f"years: expected an ascending list without repeats, found {years.tolist()}.")
    return values, years


def _block_inflation(years: Array, block: int) -> float:
    """Factor that gives block sums of residuals about a line the variance of block sums of white noise; 1 where too few
    years leave none."""
    basis = np.linalg.qr(np.column_stack([np.ones(years.size), years - years.mean()]))[0]
    sums = np.lib.stride_tricks.sliding_window_view(basis, block, axis=0).sum(
        axis=-1
    )  # of each block, along each basis vector
    kept = 1 - float(np.mean((sums**2).sum(axis=1))) / block
    return 1 / math.sqrt(kept) if kept > 0.05 else 1.0


def _memory(values: Array, years: Array, line: MannKendall) -> Array:
    """Lag-1 autocorrelation about Sen's line over neighbouring years, corrected for the line, within [0, 0.9]."""
    n = np.nan_to_num(line.n)[:, None]
    present = np.isfinite(values) & (n > 0)
    rest = np.where(present, values - np.nan_to_num(line.slope)[:, None] * (years - years[0]), 0.0)
    rest = np.where(present, rest - rest.sum(axis=1, keepdims=True) / np.maximum(n, 1), 0.0)
    follows = present[:, 1:] & present[:, :-1] & (np.diff(years) == 1)
    squares = (rest**2).sum(axis=1)
    products = np.where(follows, rest[:, 1:] * rest[:, :-1], 0.0).sum(axis=1)
    count = np.maximum(n[:, 0], 5.0)
    # as many pairs as a series without gaps has
    weight = (count - 1) / np.maximum(follows.sum(axis=1), 1)
    raw = np.divide(products * weight, squares, out=np.zeros(squares.shape), where=squares > 0)
    return np.clip((count * raw + 2) / (count - 4), 0.0, 0.9)


def _error(slopes: Array, n: Array, blocks: float, phi: Array, block: int) -> tuple[Array, Array]:
    """Standard error of the slope from its replicates, and its degrees of freedom; see `block_bootstrap`."""
    defined = np.isfinite(slopes)
    count = defined.sum(axis=1)
    mean = np.where(defined, slopes, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(defined, slopes - mean[:, None], 0.0) ** 2
    spread = np.where(count > 1, np.sqrt(squares.sum(axis=1) / np.maximum(count - 1, 1)), np.nan)
    n = np.nan_to_num(n, nan=1.0)
    blocks = max(blocks, FEWEST_BLOCKS)
    greatest = np.maximum(n / INDEPENDENT_YEARS, 1.0)  # of V
    bound = (greatest - 1) / (greatest + 1)
    raised = np.where(phi > 0, np.minimum(phi + CAUTION * (1 - phi**2) / n, bound), 0.0)
    whole = (1 + raised) / (1 - raised)
    within = np.ones(phi.shape)
    for distance in range(1, block):
        within += 2 * (1 - distance / block) * raised**distance
    error = spread * blocks / (blocks - 1) * np.sqrt(whole / within)
    return error, np.minimum(n / whole - 2, 2 * blocks - 1)
