"""Change of level at a year that is not known beforehand, against trend-free AR(1) series (docs/methods.md#d0)."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import AnyArray, Array
from vadose.statistics.trend.mann_kendall import checked
from vadose.statistics.trend.share_null import MEMORIES, against_null, ar1

FEWEST_PER_SIDE = 4  # ASSUME: values needed before and after a change
FEWEST_YEARS = 10  # ASSUME: shorter series tell no memory apart from a change
# Sets how far the memory of a row is taken to be above its estimate, as in `mann_kendall`; twice as far, since a year
# is searched for. ASSUME: by simulation (docs/methods.md#d0).
CAUTION = 5.0
ROUNDING = 1e-26  # relative variance below which a series is constant, or a line, but for rounding


class Split(NamedTuple):
    """The split of each row that a statistic finds; NaN and -1 where there is none."""

    statistic: Array  # (cell,) the larger, the more a change
    place: AnyArray  # (cell,) position of the first year after it
    step: Array  # (cell,) level after minus level before, unit of the values
    lag_one: Array  # (cell,) autocorrelation of what the change leaves


class ChangePoint(NamedTuple):
    """Test of no change, one number per row; NaN where there is none."""

    year: Array  # first year after the change
    step: Array  # unit of the values
    p: Array  # against trend-free AR(1) series of the row's length and memory
    memory: Array  # lag-1 autocorrelation, by that of simulated series


def pettitt(values: Array) -> Split:
    """The split that Pettitt's statistic finds, and the means on its sides.

    Parameters
    ----------
    values : (cell, year) array, any unit
        No gaps.

    Returns
    -------
    Split
        The statistic is K.

    Notes
    -----
    K = max_t |U_t|, U_t = sum over i <= t < j of sign(x_i - x_j) = 2 (r_1 + ... + r_t) - t (n + 1), r mid-ranks. As
    published, all splits but the last count.

    References
    ----------
    Pettitt (1979), doi:10.2307/2346729.
    """
    from scipy.stats import rankdata

    count = values.shape[1]
    t = np.arange(1, count)
    u = np.abs(2.0 * np.cumsum(rankdata(values, axis=1), axis=1)[:, :-1] - t * (count + 1))
    place = np.argmax(u, axis=1) + 1
    return _split(values, u.max(axis=1), place, _base(count, False))


def largest_step(values: Array, *, trend: bool) -> Split:
    """The split whose step takes most of the variance by least squares, with or without a line through both parts.

    Parameters
    ----------
    values : (cell, year) array, any unit
        No gaps.
    trend : bool
        Whether the model holds a line too, so that a trend is not taken for a step.

    Returns
    -------
    Split
        The statistic is the largest share of the squares about the model without the step that a step takes: for one
        length it ranks series as the largest |t| of a step does.
    """
    count = values.shape[1]
    base, splits = _base(count, trend), np.arange(FEWEST_PER_SIDE, count - FEWEST_PER_SIDE + 1)
    dummies = _residual((np.arange(count) >= splits[:, None]).astype(float), base)
    left = _residual(values, base)
    squares = np.einsum("ct,ct->c", left, left)
    scale = np.einsum("ct,ct->c", values, values)
    gains = (left @ dummies.T) ** 2 / np.einsum("st,st->s", dummies, dummies)
    shares = np.divide(gains, squares[:, None], out=np.zeros(gains.shape), where=(squares > ROUNDING * scale)[:, None])
    return _split(values, shares.max(axis=1), splits[np.argmax(shares, axis=1)], base)


def _base(count: int, trend: bool) -> Array:
    """Orthonormal columns of the model without a step, (year, column)."""
    columns = [np.ones(count)] + ([np.arange(count) - (count - 1) / 2.0] if trend else [])
    return np.stack([column / np.linalg.norm(column) for column in columns], axis=1)


def _residual(values: Array, base: Array) -> Array:
    return values - (values @ base) @ base.T


def _split(values: Array, statistic: Array, place: AnyArray, base: Array) -> Split:
    """Step and lag-1 autocorrelation at a split of each row."""
    dummy = _residual((np.arange(values.shape[1]) >= place[:, None]).astype(float), base)
    left = _residual(values, base)
    step = np.einsum("ct,ct->c", left, dummy) / np.einsum("ct,ct->c", dummy, dummy)
    left = left - step[:, None] * dummy
    squares, scale = np.einsum("ct,ct->c", left, left), np.einsum("ct,ct->c", values, values)
    products = np.einsum("ct,ct->c", left[:, 1:], left[:, :-1])
    varies = squares > ROUNDING * scale
    lag_one = np.divide(products, squares, out=np.full(squares.shape, np.nan), where=varies)
    return Split(np.where(varies, statistic, np.nan), np.where(varies, place, -1), step, lag_one)


# The statistics, by the name of their model.
STATISTICS: dict[str, Callable[[Array], Split]] = {
    "pettitt": pettitt,
    "level": partial(largest_step, trend=False),
    "level and trend": partial(largest_step, trend=True),
}


class Null(NamedTuple):
    """What a statistic is in trend-free AR(1) series of one length; the memories are MEMORIES."""

    length: int
    lag_one: Array  # (memory,) mean autocorrelation that the split leaves
    statistic: Array  # (memory, simulation), ascending along each row
    p: Array  # (memory, simulation), ascending: of series whose memory has to be estimated

    def test(self, split: Split) -> tuple[Array, Array]:
        """p and memory of each row."""
        memory = self.memory_of(split.lag_one)
        return against_null(split.statistic, memory, self.statistic, self.p if self.p.size else None).p, memory

    def memory_of(self, lag_one: Array) -> Array:
        """The memory whose series leave such an autocorrelation on the mean, and a little more."""
        memory = np.interp(lag_one, self.lag_one, MEMORIES)
        cautious = np.minimum(memory + CAUTION * (1.0 - memory**2) / self.length, MEMORIES[-1])
        return np.where(np.isfinite(lag_one), np.where(memory > 0.0, cautious, 0.0), np.nan)


def null(model: str, length: int, simulations: int, seed: int) -> Null:
    """Simulate a statistic in series without any change or trend.

    Parameters
    ----------
    model : str
        Of STATISTICS.
    length : int
        Years of each series.
    simulations : int
        Series per memory, for the statistic and again for its p.
    seed : int

    Notes
    -----
    The memory of a row is the one whose simulated series leave the row's autocorrelation on the mean, which makes up
    for what the search for a split and short series take from it; if positive, plus 5 (1 - phi^2) / n, because an
    estimate that falls short makes the test reject too often. That it is an estimate makes the plain p too small; where
    that p stands among those of series whose memory is estimated likewise is a p that holds its level (Beran 1988).
    """
    statistic = STATISTICS[model]
    first, second = np.random.default_rng([seed, length]).standard_normal((2, simulations, length))
    splits = [statistic(ar1(first, phi)) for phi in MEMORIES]
    lag_one = np.maximum.accumulate([split.lag_one.mean() for split in splits])
    plain = Null(length, lag_one, np.stack([np.sort(split.statistic) for split in splits]), np.empty((0, 0)))
    own = [np.sort(plain.test(statistic(ar1(second, phi)))[0]) for phi in MEMORIES]
    return plain._replace(p=np.stack(own))


def change_points(values: Array, years: Array, model: str, *, simulations: int, seed: int) -> ChangePoint:
    """Test each row for a change of level at an unknown year.

    Parameters
    ----------
    values : (cell, year) float array, any unit
        NaN marks a missing year.
    years : (year,) float array
        Calendar years, ascending.
    model : {"pettitt", "level", "level and trend"}
        Pettitt's statistic, or the largest step by least squares without or with a line through both parts. A trend is
        a change to the first two.
    simulations, seed : int
        Of the trend-free series.

    Returns
    -------
    ChangePoint
        NaN with fewer than ten values or no variation about the model.

    Notes
    -----
    ASSUME: a row with gaps has the memory of its values in turn, and is compared with series of as many years.
    """
    values, years = checked(values, years)
    present = np.isfinite(values)
    year, step, p, memory = np.full((4, values.shape[0]), np.nan)
    counts = present.sum(axis=1)
    for count in np.unique(counts[counts >= FEWEST_YEARS]):
        against = null(model, int(count), simulations, seed)
        rows = np.flatnonzero(counts == count)
        place_of = np.nonzero(present[rows])[1].reshape(rows.size, count)
        split = STATISTICS[model](values[rows][present[rows]].reshape(rows.size, count))
        p[rows], memory[rows] = against.test(split)
        tested = split.place >= 0
        first_after = place_of[np.arange(rows.size), np.maximum(split.place, 0)]
        year[rows] = np.where(tested, years[first_after], np.nan)
        step[rows] = np.where(tested, split.step, np.nan)
    return ChangePoint(year, step, p, memory)
