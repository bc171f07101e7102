"""Headline numbers of study A with intervals over years: each is computed again from resampled years of all cells.

The same draw of years serves all cells, layers and seasons, so that what the cells have in common stays in common.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import attribution, significance, year_intervals
from vadose.studies.variability import trend_spread, year_samples

STRONG = 2.0  # kg m-2 yr-1, study A section 3.1
SIGNIFICANT = ("share_significant", "share_significant_by_fdr")  # by Mann-Kendall singly, and in the field
SIGNS = ("mean_slope", "share_declining", "share_strongly_declining", "share_strongly_rising")
SLOPES = (*SIGNS, *SIGNIFICANT)
# The field rejects in none or in many cells as the years fall: no interval made of a standard error holds its rate.
WITHOUT_INTERVAL = SIGNIFICANT[1:]
WEIGHTINGS = ("cell", "area", "variance")
CELLS_OF = ("period", "both periods")
CHANGE = "change"
LIMITS = ("lower", "upper")
TITLE = (
    "Headline numbers with 95 % intervals over years: whole years are drawn, the same for all cells, layers and "
    "seasons. Slopes in kg m-2 yr-1, shares and contributions 0 to 1 (1), omega (1); mean over cells and by area; "
    "cells that entered; effective number of years. Then the same over the cells that both the first and the last "
    "period have, and the change, the last period less the first, over these cells; and differences between "
    "neighbouring layers, seasons and the two dynamics; slopes of each layer and season. Shares of declining and "
    "significant cells are those that records of this length show; the share significant by false discovery rate "
    "jumps between none and many and has no interval (docs/methods.md#c1)."
)


class Levels(NamedTuple):
    """Levels of the Mann-Kendall test of the trend."""

    alpha: float = 0.05
    alpha_fdr: float = 0.1


LEVELS = Levels()


class Resampled(NamedTuple):
    """Headline numbers from the data and from resampled years."""

    estimate: Array  # (CELLS_OF, period, WEIGHTINGS, number)
    replicates: Array  # (resample, CELLS_OF, period, WEIGHTINGS, number)
    cells: Array  # (CELLS_OF, period)
    years: Array  # (period,), effective
    tails: Array  # (CELLS_OF, period, WEIGHTINGS, 2): how much farther the limits of the trend's share lie


def labels(seasons: Sequence[str], layers: Sequence[object]) -> list[dict[str, str]]:
    """What each number is: quantity, dynamics, season and layer, in the order of the product."""
    dynamics, depths = attribution.DYNAMICS, [str(layer) for layer in layers]
    rows = [{"quantity": name} for name in SLOPES]
    rows += [{"quantity": "dynamics", "dynamics": name} for name in dynamics]
    rows += [{"quantity": "season", "season": name} for name in seasons]
    rows += [{"quantity": "layer", "layer": name} for name in depths]
    for name in dynamics:
        rows += [
            {"quantity": "term", "dynamics": name, "season": season, "layer": depth}
            for season in seasons
            for depth in depths
        ]
    rows += [{"quantity": "omega", "season": season, "layer": depth} for season in seasons for depth in depths]
    for quantity, values in (("dynamics", dynamics), ("season", seasons), ("layer", depths)):
        rows += [
            {"quantity": f"difference of {quantity}", quantity: f"{after} minus {before}"}
            for before, after in itertools.pairwise(values)
        ]
    for name in SIGNS:
        rows += [{"quantity": of_series(name, "layer"), "layer": depth} for depth in depths]
        rows += [{"quantity": of_series(name, "season"), "season": season} for season in seasons]
    return rows


def of_series(name: str, part: str) -> str:
    """How a number of SIGNS is called for the series of each layer or season."""
    return f"{name} of {part}"


def _columns(sample: year_samples.Sample, levels: Levels) -> tuple[Array, Array, Array]:
    """What the numbers are means of, in the order of `labels`: (cell, number) arrays of the slopes, of contributions
    with omega, and of the slopes by layer and season."""
    contribution, omega = sample.fitted.contribution, sample.fitted.omega
    cells = sample.slope.shape[0]
    trends = np.column_stack([*_signs(sample.slope), _significant(sample.p, levels)])
    marginals = [contribution.sum(axis=axes) for axes in ((2, 3), (1, 3), (1, 2))]  # by dynamics, season, layer
    shapes = [math.prod(part.shape[1:]) for part in (contribution, omega)]  # reshape cannot tell it where no cell is
    terms = contribution.reshape(cells, shapes[0]), omega.reshape(cells, shapes[1])
    shares = np.column_stack([*marginals, *terms, *(np.diff(part, axis=1) for part in marginals)])
    return trends, shares, np.column_stack(_signs(sample.lines))


def _signs(slope: Array) -> tuple[Array, ...]:
    """What SIGNS are means of; NaN where there is no slope."""
    missing = np.where(np.isfinite(slope), 0.0, np.nan)
    return slope, (slope < 0) + missing, (slope < -STRONG) + missing, (slope > STRONG) + missing


def _weighted(trends: Array, shares: Array, lines: Array, area: Array, variance: Array) -> Array:
    """(3, number) means of the columns in the order of WEIGHTINGS; slopes have no weight by variance, each cell counts
    once."""
    by_variance = np.where(np.isfinite(variance), variance, 0.0)
    slopes, series = (_means(part, [None, area])[[0, 1, 0]] for part in (trends, lines))
    return np.concatenate([slopes, _means(shares, [None, area, by_variance]), series], axis=1)


def _means(parts: Array, weights: Sequence[Array | None]) -> Array:
    """Means of each column over the cells that have it, by each weight (None: each cell once); cell after cell, in a
    fixed order."""
    finite = np.isfinite(parts)
    whole = bool(finite.all())
    filled, rows = parts if whole else np.where(finite, parts, 0.0), []
    for weight in weights:
        summed = np.add.reduce(filled if weight is None else filled * weight[:, None], axis=0)
        if whole:
            total = np.full(summed.shape, float(parts.shape[0]) if weight is None else np.add.reduce(weight))
        else:
            total = np.add.reduce(finite if weight is None else np.where(finite, weight[:, None], 0.0), axis=0) * 1.0
        rows.append(np.divide(summed, total, out=np.full(total.shape, np.nan), where=total > 0))
    return np.stack(rows)


def period_numbers(
    seasonal: Array,
    years: Array,
    area: Array,
    masks: Sequence[Array],
    *,
    resamples: int,
    seed: int,
    levels: Levels = LEVELS,
) -> tuple[list[Array], list[Array], float]:
    """Numbers of one period from the data and from each resample, over several sets of cells.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) array, kg m-2
        Of the period; NaN where a cell is not analysed or a year is missing.
    years : (year,) array
    area : (cell,) array, m2
    masks : sequence of (cell,) bool arrays
        Sets of cells.
    resamples, seed : int
    levels : Levels

    Returns
    -------
    list of (3, number) arrays
        From the data, one per set.
    list of (resample, 3, number) arrays
        From the resamples.
    float
        Effective number of years.
    list of (3, 2) arrays
        Tails of the share of the trend, as `Resampled.tails`.
    """
    samples = year_samples.samples(np.asarray(seasonal, dtype=float), np.asarray(years, dtype=float), resamples, seed)
    effective, loading = next(samples)
    data = next(samples)
    by_set: list[list[Array]] = [[] for _ in masks]
    columns = trend_spread.columns(len(SLOPES), SLOPES.index(SIGNIFICANT[0]), *seasonal.shape[2:])
    for sample in itertools.chain([data], samples):
        parts = (*_columns(sample, levels), area, sample.fitted.variance)
        whole = _weighted(*parts)
        for rows, mask in zip(by_set, masks, strict=True):
            rows.append(whole if mask.all() else _weighted(*(part[mask] for part in parts)))
    replicates, tails = [], []
    for rows, mask in zip(by_set, masks, strict=True):
        weights = [np.ones(area.size), area, data.fitted.variance]
        squares = [trend_spread.squares(data.slope, data.fitted, loading, years, mask * weight) for weight in weights]
        drawn = np.stack(rows[1:])
        narrowed = [trend_spread.narrowed(drawn[:, n], columns, one.variance) for n, one in enumerate(squares)]
        replicates.append(np.stack(narrowed, axis=1))
        spread = replicates[-1][:, :, len(SLOPES)].std(axis=0, ddof=1) if len(drawn) > 1 else np.full(3, np.nan)
        tails.append(np.array([trend_spread.tails(*one, effective) for one in zip(squares, spread, strict=True)]))
    return [rows[0] for rows in by_set], replicates, effective, tails


def _significant(p: Array, levels: Levels) -> Array:
    """(cell, 2) whether trends are significant, singly and in the field, from (cell,) p; NaN where not tested."""
    _, rejected = significance.field_significance(p, levels.alpha_fdr)
    return np.where(np.isfinite(p)[:, None], np.column_stack([p <= levels.alpha, rejected]), np.nan)


def resampled(
    seasonal: Array,
    years: Array,
    analysed: Array,
    area: Array,
    periods: Sequence[str],
    *,
    resamples: int,
    seed: int,
    levels: Levels = LEVELS,
) -> Resampled:
    """Headline numbers of every period, from the data and from resampled years.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) array, kg m-2
    years : (year,) array
    analysed : (cell, period) bool array
    area : (cell,) array, m2
    periods : sequence of str
        "first-last".
    resamples, seed : int
    levels : Levels

    Returns
    -------
    Resampled
        Over the cells of each period, and over those that both the first and the last have.
    """
    common = analysed[:, [0, -1]].all(axis=1)
    estimates, replicates, effective, cells, tails = [], [], [], [], []
    for number, period in enumerate(periods):
        first, last = (int(year) for year in period.split("-"))
        inside = (years >= first) & (years <= last)
        own = analysed[:, number]
        masks = (own[own], common[own])
        options = {"resamples": resamples, "seed": seed, "levels": levels}
        parts = period_numbers(seasonal[own][:, inside], years[inside], area[own], masks, **options)
        estimates.append(np.stack(parts[0]))
        replicates.append(np.stack(parts[1], axis=1))
        effective.append(parts[2])
        tails.append(np.stack(parts[3]))
        cells.append([int(mask.sum()) for mask in masks])
    stacked = np.stack(estimates, axis=1), np.stack(replicates, axis=2)
    return Resampled(*stacked, np.array(cells, dtype=np.int64).T, np.array(effective), np.stack(tails, axis=1))


def as_product(
    headline: Resampled, names: tuple[Sequence[str], Sequence[object]], periods: Sequence[str]
) -> xr.Dataset:
    """Headline numbers from the data and from every resample: product "year_resamples"."""
    dims = ("cells_of", "period", "weighting", "number")
    axes = (list(CELLS_OF), list(periods), list(WEIGHTINGS), [key(**label) for label in labels(*names)])
    return xr.Dataset(coords=dict(zip(dims, axes, strict=True)) | {"limit": list(LIMITS)}).assign(
        estimate=(dims, headline.estimate),
        replicate=(("resample", *dims), headline.replicates),
        cells=(("cells_of", "period"), headline.cells),
        effective_years=("period", headline.years),
        tail=(("cells_of", "period", "weighting", "limit"), headline.tails),
    )


def of_both(period: str) -> str:
    """How the table calls a period whose numbers are over the cells of both periods."""
    return f"{period}, cells of both periods"


def key(quantity: str, dynamics: str = "", season: str = "", layer: str = "") -> str:
    """Name of a number on the axis of the product: "mean_slope", "layer: 2", "term: trend, humid, 1".

    Parameters
    ----------
    quantity, dynamics, season, layer : str
        A row of `labels`.
    """
    parts = ", ".join(part for part in (dynamics, season, layer) if part)
    return f"{quantity}: {parts}" if parts else quantity


def table(
    seasonal: Array,
    years: Array,
    analysed: Array,
    area: Array,
    periods: Sequence[str],
    names: tuple[Sequence[str], Sequence[object]],
    *,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """`tabulate` of the `resampled` numbers.

    Parameters
    ----------
    seasonal, years, analysed, area, periods, resamples, seed
        As in `resampled`.
    names : (seasons, layers)
    """
    headline = resampled(seasonal, years, analysed, area, periods, resamples=resamples, seed=seed)
    return tabulate(headline, names, periods)


def tabulate(
    headline: Resampled, names: tuple[Sequence[str], Sequence[object]], periods: Sequence[str]
) -> pd.DataFrame:
    """Headline numbers with intervals over years.

    Parameters
    ----------
    headline : Resampled
    names : (seasons, layers)
    periods : sequence of str

    Returns
    -------
    DataFrame
        One row per period, number and weighting (by cell and by area); then, where there are two periods, the same over
        the cells of both, and the change. A number without an interval (fewer than eight years) has NaN there.
    """
    described, rows = labels(*names), []
    pieces = [(headline.estimate[:, n], headline.replicates[:, :, n]) for n in range(len(periods))]
    for number, period in enumerate(periods):
        estimate, replicates = (part[..., 0, :, :] for part in pieces[number])
        counts = float(headline.years[number]), int(headline.cells[0, number])
        rows += _rows(described, period, estimate, replicates, *counts, headline.tails[0, number])
    if len(periods) > 1:
        cells, fewest = int(headline.cells[1, 0]), float(min(headline.years[[0, -1]]))
        for number in (0, len(periods) - 1):
            estimate, replicates = (part[..., 1, :, :] for part in pieces[number])
            rows += _rows(
                described, of_both(periods[number]), estimate, replicates, headline.years[number], cells,
                headline.tails[1, number],
            )  # fmt: skip
        (start, earlier), (end, later) = ([part[..., 1, :, :] for part in pieces[n]] for n in (0, -1))
        rows += _rows(described, CHANGE, end - start, later - earlier, fewest, cells)
    return pd.DataFrame(rows)


def limits(
    name: str,
    value: float,
    replicates: Array,
    years: float,
    tails: Sequence[float] | None = None,
    cells: int = year_intervals.MANY_CELLS,
) -> year_intervals.Interval:
    """Interval over years of one number as the table has it.

    Parameters
    ----------
    name : str
        `key` of the number.
    value : float
        From the data.
    replicates : (resample,) array
    years : float
        Effective.
    tails : (lower, upper), optional
        `Resampled.tails` of the number's cells, period and weighting; None for the change between periods.
    cells : int
        That a share is of.
    """
    if name in WITHOUT_INTERVAL:
        return year_intervals.Interval(math.nan, math.nan, math.nan, years)
    if tails is None:
        return year_intervals.interval(value, replicates, years)
    lower, upper = trend_spread.own_tails(name, value, (float(tails[0]), float(tails[1])))
    by_size = name == SIGNIFICANT[0]
    of = cells if name.startswith("share") and not by_size else None
    bounds = year_intervals.interval(value, replicates, years, cells=of, tails=(lower, upper))
    return bounds._replace(low=max(bounds.low, 0.0), high=min(bounds.high, 1.0)) if by_size else bounds


def _rows(
    described: list[dict], period: str, estimate: Array, replicates: Array, effective: float, cells: int, tails=None
) -> list[dict]:
    """Rows of the table for one period; `tails` (3, 2) or None for the change."""
    rows = []
    for position, weighting in enumerate(("cell", "area")):
        for number, label in enumerate(described):
            value = float(estimate[position, number])
            own = None if tails is None else tails[position]
            bounds = limits(key(**label), value, replicates[:, position, number], effective, own, cells)
            rows.append(
                {"quantity": "", "dynamics": "", "season": "", "layer": ""}
                | label
                | {"period": period, "weighting": weighting, "estimate": value, "low": bounds.low, "high": bounds.high}
                | {"standard_error": bounds.error, "effective_years": bounds.years, "cells": cells}
            )
    return rows
