"""Whether dependence changes within a record: tau-b of its halves, of running windows, and before and after a year that
is not known beforehand, against the same years in other orders (docs/methods.md#b3)."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics import year_blocks
from vadose.statistics.lags import FEWEST_PAIRS

FEWEST_YEARS = 5  # ASSUME: years of a window, and on each side of a change; 60 months, 5 years
PERMUTATIONS = 499  # orders that every cell gets
MOST_PERMUTATIONS = 9_999  # orders of cells whose dependence seems to change
REACHING = 10  # orders that reach the record's value, after which no more are drawn (Besag and Clifford 1991)
AT_ONCE = 32  # cells; memory, never the result
BATCH = 500  # orders at once after the first; memory, never the result

Orders = NDArray[np.int64]


class DependenceChange(NamedTuple):
    """Kendall's tau-b of parts of a record and tests that it is the same in all; NaN where it is not defined."""

    halves: Array  # (cell, 2)
    halves_p: Array  # (cell,) of their difference
    windows: Array  # (cell, window), from the first year on
    windows_p: Array  # (cell,) of the largest less the smallest
    place: Array  # (cell,) position of the first year after the largest change
    sides: Array  # (cell, 2) before and after it
    change_p: Array  # (cell,) of the largest change at any year
    half_parts: Array  # (cell, year) what tau-b of its half changes by, to first order, when a year is drawn again


class _Sums(NamedTuple):
    """Sums over pairs of steps of some cells, from `year_blocks.pair_sums`."""

    pairs: NDArray[np.float32]  # (3, cell, year pair)
    whole: NDArray[np.bool_]  # (2, cell)
    steps: NDArray[np.int64]  # (year,)

    def tau(self, orders: Orders, sets: "_Sets") -> Array:
        """tau-b of the sets in each order, (cell, order, set)."""
        out = np.empty((self.pairs.shape[1], orders.shape[0], sets.starts.size))
        _fill_tau(*self, orders, sets.starts, sets.ends, FEWEST_YEARS, out)
        return out

    def of(self, cells: NDArray[np.intp]) -> "_Sums":
        """Those of some of the cells."""
        # taken in the order of memory of the whole, for which the loops are compiled
        return self._replace(pairs=self.pairs.take(cells, axis=1), whole=self.whole.take(cells, axis=1))


class _Sets(NamedTuple):
    """Sets of years that stand together in an order: halves, windows, before each split, after each split."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    splits: NDArray[np.int64]  # first years after
    windows: int

    def parts(self, tau: Array) -> tuple[Array, Array, Array, Array]:
        """tau of halves, windows, before and after each split; sets are the last axis."""
        ends = np.cumsum([2, self.windows, self.splits.size])
        return tuple(np.split(tau, ends, axis=-1))  # type: ignore[return-value]


def _sets(years: int) -> _Sets:
    splits = np.arange(FEWEST_YEARS, years - FEWEST_YEARS + 1)
    windows = np.arange(years - FEWEST_YEARS + 1)
    half, none = years // 2, np.zeros_like(splits)
    starts = np.concatenate([[0, half], windows, none, splits])
    ends = np.concatenate([[half, years], windows + FEWEST_YEARS, splits, none + years])
    return _Sets(starts, ends, splits, windows.size)


@lru_cache(maxsize=2)
def _orders(years: int, seed: int, permutations: int) -> Orders:
    """(1 + order, place): years in the record's own order, then in others; the first are the same however many."""
    generator = np.random.default_rng([seed, years])
    places = np.stack([np.arange(years)] + [generator.permutation(years) for _ in range(permutations)])
    return np.argsort(places, axis=1)


@kernel
def _fill_sums(table, years_of, width, first, last, window):
    """Sums over all pairs of the years before each place of an order, from each place on, and of `width` years."""
    years = years_of.size
    last[:] = 0
    first[0] = 0
    for i in range(years):
        row = table[years_of[i]]
        own = row[years_of[i]]
        earlier = own
        for j in range(i):
            pair = row[years_of[j]]
            earlier += pair
            last[j] += pair
        first[i + 1] = first[i] + earlier
        last[i] = own
    for i in range(years - 1, -1, -1):
        last[i] += last[i + 1]
    window[0] = first[width]
    for i in range(years - width):
        old, new = table[years_of[i]], table[years_of[i + width]]
        change = new[years_of[i + width]] - old[years_of[i]]
        for j in range(i + 1, i + width):
            change += new[years_of[j]] - old[years_of[j]]
        window[i + 1] = window[i] + change


@kernel
def _fill_pairs(steps, years_of, width, first, last, window):
    """As `_fill_sums` of a side without gaps and ties, all of whose pairs differ."""
    years = years_of.size
    upto = np.zeros(years + 1, dtype=np.int64)
    for i in range(years):
        upto[i + 1] = upto[i] + steps[years_of[i]]
    for i in range(years + 1):
        first[i] = upto[i] * (upto[i] - 1)
        rest = upto[years] - upto[i]
        last[i] = rest * (rest - 1)
        if i + width <= years:
            several = upto[i + width] - upto[i]
            window[i] = several * (several - 1)


@kernel
def _fill_tau(sums, whole, steps, orders, starts, ends, width, out):
    """out[cell, order, set] = tau-b of the years that stand at starts <= place < ends of an order.

    Sets begin with the first year, end with the last, or hold `width` years. sums, whole: from `year_blocks.pair_sums`;
    whole numbers, so that their sums are exact. steps: (year,).
    """
    years = orders.shape[1]
    tables = np.empty((3, years, years), dtype=np.int64)
    first, last = np.empty((3, years + 1), dtype=np.int64), np.empty((3, years + 1), dtype=np.int64)
    window = np.empty((3, years + 1), dtype=np.int64)
    for cell in range(sums.shape[1]):
        for kind in range(3):
            place = 0
            for i in range(years):
                for j in range(i, years):  # a pair of years stands for the turned pair too
                    pair = np.int64(sums[kind, cell, place])
                    tables[kind, i, j] = tables[kind, j, i] = pair if i == j else 2 * pair
                    place += 1
        for order in range(orders.shape[0]):
            for kind in range(3):
                if kind > 0 and whole[kind - 1, cell]:
                    _fill_pairs(steps, orders[order], width, first[kind], last[kind], window[kind])
                else:
                    _fill_sums(tables[kind], orders[order], width, first[kind], last[kind], window[kind])
            for which in range(starts.size):
                start, end = starts[which], ends[which]
                if start == 0:
                    score, x, y = first[0, end], first[1, end], first[2, end]
                elif end == years:
                    score, x, y = last[0, start], last[1, start], last[2, start]
                else:
                    score, x, y = window[0, start], window[1, start], window[2, start]
                untied = float(x) * float(y)
                out[cell, order, which] = score / np.sqrt(untied) if untied > 0.0 else np.nan


def dependence_change(
    driver: Array,
    response: Array,
    year: NDArray[np.int64],
    *,
    seed: int,
    permutations: int = PERMUTATIONS,
    most_permutations: int = MOST_PERMUTATIONS,
) -> DependenceChange:
    """Is the dependence of two series the same throughout the record?

    Parameters
    ----------
    driver, response : (cell, step) arrays, any units
        NaN is missing; a pair counts where both are there.
    year : (step,) int array
        Position of each step's year, ascending from 0.
    seed : int
        Of the orders of years, the same for all cells.
    permutations, most_permutations : int
        Orders of every cell, and of one whose value few orders reach; with both equal none gets more than others.

    Returns
    -------
    DependenceChange
        NaN with fewer than ten years, or where a part of the record has no tau-b.

    Notes
    -----
    Whole years are put into other orders, so that months of a year stay together and both sides move alike: what does
    not change within the record is the same in any order. The change at a split is told in standard deviations of the
    same split over the first orders, and the largest is compared with the largest of each order, so that the search is
    paid for. p = (1 + orders that reach the record's) / (1 + orders).

    A test in which fewer than ten of the first orders reach the record's value gets further ones, from the same stream
    for every cell, until ten do: then p = 10 / orders; else p as above with all orders. So p can be as small as a false
    discovery rate over many cells asks for, and P(p <= a) stays at most a.
    ASSUME: years are exchangeable; memory reaches from one to the next only at the turn of the year.

    References
    ----------
    Besag and Clifford (1991), doi:10.1093/biomet/78.2.301.
    """
    years, cells = int(year[-1]) + 1, driver.shape[0]
    width = max(years - FEWEST_YEARS + 1, 1)
    shapes = ((cells, 2), cells, (cells, width), cells, cells, (cells, 2), cells, (cells, years))
    out = DependenceChange(*(np.full(shape, np.nan) for shape in shapes))
    if years < 2 * FEWEST_YEARS:
        return out
    orders = _orders(years, seed, max(permutations, most_permutations))
    parts = year_blocks.pair_sums(driver, response, year, years, "tau in other orders", FEWEST_PAIRS, AT_ONCE)
    steps = np.bincount(year, minlength=years)
    for part, pairs, enough, apart in parts:
        pieces = _tested(_Sums(pairs, apart, steps), enough, orders, permutations, _sets(years))
        for whole, piece in zip(out, pieces, strict=True):
            whole[part] = piece
    return out


def _tested(sums: _Sums, enough: NDArray[np.bool_], orders: Orders, permutations: int, sets: _Sets) -> DependenceChange:
    """From sums by pairs of years; the first of the orders is the record's."""
    tau = sums.tau(orders[: permutations + 1], sets)
    tau[~enough] = np.nan
    halves, windows, before, after = (part[:, 0] for part in sets.parts(tau))
    spread = _changes(tau, sets)[:, 1:].std(axis=1)
    statistics = _statistics(tau, spread, sets)
    defined = np.isfinite(tau[:, 0]).all(axis=1) & (spread > 0.0).all(axis=1)
    sizes = np.divide(np.abs(after - before), spread, out=np.zeros(spread.shape), where=defined[:, None])
    best, cells = np.argmax(sizes, axis=1), np.arange(tau.shape[0])
    sides = np.stack([side[cells, best] for side in (before, after)], axis=1)
    p = _p_values(statistics, spread, defined, sums, orders, sets)
    return DependenceChange(
        halves,
        p[0],
        windows,
        p[1],
        np.where(defined, sets.splits[best], np.nan),
        np.where(defined[:, None], sides, np.nan),
        p[2],
        np.where(np.isfinite(halves.sum(axis=1, keepdims=True)), _half_parts(sums.pairs, sums.steps.size), np.nan),
    )


def _half_parts(pairs: NDArray[np.float32], years: int) -> Array:
    """`DependenceChange.half_parts` from sums by pairs of years: the derivative of tau-b = w'Sw / sqrt(w'Aw w'Bw) by
    the weight w of each year (`year_blocks.kendall`)."""
    first, second = np.triu_indices(years)
    tables = np.zeros((3, pairs.shape[1], years, years))
    tables[..., first, second] = tables[..., second, first] = pairs
    parts = np.empty((pairs.shape[1], years))
    for half in (slice(years // 2), slice(years // 2, years)):
        by_year = tables[..., half, half].sum(axis=3)
        score, x, y = by_year.sum(axis=2)[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):  # a side that is constant has no tau-b
            untied = np.sqrt(x * y)
            parts[:, half] = 2.0 * by_year[0] / untied - score / untied * (by_year[1] / x + by_year[2] / y)
    return parts


def _changes(tau: Array, sets: _Sets) -> Array:
    """tau-b after each split less that before it."""
    _, _, before, after = sets.parts(tau)
    return after - before


def _statistics(tau: Array, spread: Array, sets: _Sets) -> Array:
    """What the three tests compare, (test, cell, order): difference of the halves, range of the windows, and largest
    change in units of `spread` (cell, split)."""
    halves, windows, _, _ = sets.parts(tau)
    change, scale = np.abs(_changes(tau, sets)), spread[:, None]
    sizes = np.divide(change, scale, out=np.full(change.shape, np.nan), where=scale > 0.0)
    ranges = windows.max(axis=-1) - windows.min(axis=-1)
    return np.stack([np.abs(halves[..., 1] - halves[..., 0]), ranges, sizes.max(axis=-1)])


def _p_values(
    statistics: Array,
    spread: Array,
    defined: NDArray[np.bool_],
    sums: _Sums,
    orders: Orders,
    sets: _Sets,
) -> Array:
    """(test, cell): from the statistics of the first orders, and of further ones where few reach the record's; an
    order without a value counts as reaching it."""
    least = statistics[..., :1] * (1.0 - 1e-12)
    reaching = (~(statistics[..., 1:] < least)).sum(axis=-1)
    p = np.where(defined, (1.0 + reaching) / statistics.shape[-1], np.nan)
    goes_on = defined & (reaching < REACHING)
    for start in range(statistics.shape[-1], orders.shape[0], BATCH):
        cells = np.flatnonzero(goes_on.any(axis=0))
        if not cells.size:
            break
        batch = orders[start : start + BATCH]
        further = _statistics(sums.of(cells).tau(batch, sets), spread[cells], sets)
        reached = reaching[:, cells, None] + np.cumsum(~(further < least[:, cells]), axis=-1)
        last = reached[..., -1]
        to_stop = start + np.argmax(reached >= REACHING, axis=-1)
        of_batch = np.where(last >= REACHING, REACHING / to_stop, (1.0 + last) / (start + len(batch)))
        p[:, cells] = np.where(goes_on[:, cells], of_batch, p[:, cells])
        reaching[:, cells] = last
        goes_on[:, cells] &= last < REACHING
    return p
