"""Whether dependence changes within a record: tau-b of its halves, of running windows, and before and after a year that
is not known beforehand, against the same years in other orders (docs/methods.md#b3)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics import year_blocks

FEWEST_YEARS = 5  # ASSUME: years of a window, and on each side of a change; 60 months, 5 years
PERMUTATIONS = 499
AT_ONCE = 32  # cells; memory, never the result


class DependenceChange(NamedTuple):
    """Kendall's tau-b of parts of a record and tests that it is the same in all; NaN where it is not defined."""

    halves: Array  # (cell, 2)
    halves_p: Array  # (cell,) of their difference
    windows: Array  # (cell, window), from the first year on
    windows_p: Array  # (cell,) of the largest less the smallest
    place: Array  # (cell,) position of the first year after the largest change
    sides: Array  # (cell, 2) before and after it
    change_p: Array  # (cell,) of the largest change at any year


class _Sets(NamedTuple):
    """Rows of the sets of years in one order."""

    counts: NDArray[np.int64]  # (set, year): halves, windows, before each split, after each split
    splits: NDArray[np.int64]  # first years after
    windows: int

    def parts(self, tau: Array) -> tuple[Array, Array, Array, Array]:
        """tau of halves, windows, before and after each split; sets are the last axis."""
        ends = np.cumsum([2, self.windows, self.splits.size])
        return tuple(np.split(tau, ends, axis=-1))  # type: ignore[return-value]


def _sets(years: int) -> _Sets:
    place = np.arange(years)
    splits = np.arange(FEWEST_YEARS, years - FEWEST_YEARS + 1)
    before = place < splits[:, None]
    starts = np.arange(years - FEWEST_YEARS + 1)[:, None]
    windows = (place >= starts) & (place < starts + FEWEST_YEARS)
    first = place < years // 2
    counts = np.concatenate([[first, ~first], windows, before, ~before]).astype(np.int64)
    return _Sets(counts, splits, windows.shape[0])


def dependence_change(
    driver: Array, response: Array, year: NDArray[np.int64], *, seed: int, permutations: int = PERMUTATIONS
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
    permutations : int

    Returns
    -------
    DependenceChange
        NaN with fewer than ten years, or where a part of the record has no tau-b.

    Notes
    -----
    Whole years are put into other orders, so that months of a year stay together and both sides move alike: what does
    not change within the record is the same in any order. The change at a split is told in standard deviations of the
    same split over the orders, and the largest is compared with the largest of each order, so that the search is paid
    for. p = (1 + orders that reach the record's) / (1 + orders).
    ASSUME: years are exchangeable; memory reaches from one to the next only at the turn of the year.
    """
    years, cells = int(year[-1]) + 1, driver.shape[0]
    sets = _sets(years) if years >= 2 * FEWEST_YEARS else None
    width = max(years - FEWEST_YEARS + 1, 1)
    out = DependenceChange(
        np.full((cells, 2), np.nan),
        np.full(cells, np.nan),
        np.full((cells, width), np.nan),
        np.full(cells, np.nan),
        np.full(cells, np.nan),
        np.full((cells, 2), np.nan),
        np.full(cells, np.nan),
    )
    if sets is None:
        return out
    generator = np.random.default_rng([seed, years])
    orders = [np.arange(years)] + [generator.permutation(years) for _ in range(permutations)]
    counts = np.concatenate([sets.counts[:, order] for order in orders])
    for part, tau in year_blocks.kendall(driver, response, year, counts, at_once=AT_ONCE):
        pieces = _tested(tau.reshape(tau.shape[0], len(orders), -1), sets)
        for whole, piece in zip(out, pieces, strict=True):
            whole[part] = piece
    return out


def _tested(tau: Array, sets: _Sets) -> DependenceChange:
    """From tau-b of the sets in each order, the record's first; (cell, order, set)."""
    halves, windows, before, after = sets.parts(tau)
    change = after - before
    spread = change[:, 1:].std(axis=1, keepdims=True)
    sizes = np.divide(np.abs(change), spread, out=np.full(change.shape, np.nan), where=spread > 0.0)
    defined = np.isfinite(tau[:, 0]).all(axis=1) & np.isfinite(spread[:, 0]).all(axis=1)
    best = np.argmax(np.where(defined[:, None], sizes[:, 0], 0.0), axis=1)
    cells = np.arange(tau.shape[0])
    chosen = np.where(defined, sets.splits[best], np.nan)
    sides = np.where(defined[:, None], np.stack([side[cells, 0, best] for side in (before, after)], axis=1), np.nan)
    return DependenceChange(
        halves[:, 0],
        _share_reaching(np.abs(halves[..., 1] - halves[..., 0]), defined),
        windows[:, 0],
        _share_reaching(windows.max(axis=-1) - windows.min(axis=-1), defined),
        chosen,
        sides,
        _share_reaching(sizes.max(axis=-1), defined),
    )


def _share_reaching(statistic: Array, defined: NDArray[np.bool_]) -> Array:
    """p of each row's first value among all of the row; an order without a value counts as reaching it."""
    reaching = (~(statistic[:, 1:] < statistic[:, :1] * (1.0 - 1e-12))).sum(axis=1)
    return np.where(defined, (1.0 + reaching) / statistic.shape[1], np.nan)
