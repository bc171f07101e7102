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
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics import attribution, share_intervals, significance, trend_forms, year_intervals
from vadose.studies.variability import number_sums, trend_spread, year_samples
from vadose.studies.variability.form_samples import sample_of_form, terms_of_form

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


def _numbers(means: number_sums.Means, significant: Array) -> Array:
    """(sample, set, weighting, number), in the order of `labels`; `significant` (sample, set, weighting, 2)."""
    lead = means.slopes.shape[:3]
    # Shares of a cell add up, so that those of a season are the sums of the means of its terms.
    marginals = [means.terms.sum(axis=axes) for axes in ((-2, -1), (-3, -1), (-3, -2))]
    terms, lines = (part.reshape(*lead, math.prod(part.shape[3:])) for part in (means.terms, means.lines))
    differences = [np.diff(part, axis=-1) for part in marginals]
    omega = means.omega.reshape(*lead, math.prod(means.omega.shape[3:]))
    return np.concatenate([means.slopes, significant, *marginals, terms, omega, *differences, lines], axis=-1)


def _significant(p: Array, area: Array, inside: NDArray[np.bool_], levels: Levels) -> Array:
    """(set, weighting, 2) shares of tested cells whose trend is significant, singly and in the field; (cell,) p."""
    tested = np.isfinite(p)
    both = p <= levels.alpha, significance.field_significance(p, levels.alpha_fdr)[1]
    shares = np.full((inside.shape[1], 3, 2), np.nan)
    for which, chosen in enumerate((inside & tested[:, None]).T):
        cells, total = np.count_nonzero(chosen), area[chosen].sum()
        for kind, rejected in enumerate(both):
            those = chosen & rejected
            by_cell = np.count_nonzero(those) / cells if cells else np.nan
            by_area = area[those].sum() / total if total > 0 else np.nan
            shares[which, :, kind] = by_cell, by_area, by_cell
    return shares


def period_numbers(
    seasonal: Array,
    years: Array,
    area: Array,
    masks: Sequence[Array],
    *,
    resamples: int,
    seed: int,
    levels: Levels = LEVELS,
    form: trend_forms.Form = trend_forms.LINEAR,
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
    form : Form
        What the trend of the attribution is.

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
    seasonal, years = np.asarray(seasonal, dtype=float), np.asarray(years, dtype=float)
    of_line, shape = form.kind == "linear", (seasonal.shape[2], seasonal.shape[3])
    record = year_samples.record(seasonal, years)
    if not of_line:
        record = record._replace(sample=sample_of_form(record.sample, seasonal, years, form))
    data, inside = record.sample, np.column_stack(masks)
    estimate = _numbers(
        number_sums.of_record(data, area, inside, STRONG), _significant(data.p, area, inside, levels)[None]
    )
    # Periods draw for themselves: the same stream over other lengths would make them alike.
    drawn = year_intervals.draws(years.size - 1, years.size, resamples, seed + int(years[0]))
    rows = [np.empty((0, *estimate.shape[1:]))]
    for start in range(0, resamples, number_sums.AT_ONCE):
        some = drawn[start : start + number_sums.AT_ONCE]
        means, p = number_sums.of_resamples(record.parts, some, years, shape, area, inside, STRONG)
        if not of_line:
            means = means._replace(terms=terms_of_form(record, some, years, area, inside, form, STRONG))
        rows.append(_numbers(means, np.stack([_significant(one, area, inside, levels) for one in p])))
    again = np.concatenate(rows)
    replicates, tails = [], []
    columns = trend_spread.columns(len(SLOPES), SLOPES.index(SIGNIFICANT[0]), *shape)
    for which, mask in enumerate(masks):
        if not of_line:
            # ASSUME: only the share of a straight line is a mean of squared slopes, whose variance is known.
            replicates.append(again[:, which])
            tails.append(np.ones((len(WEIGHTINGS), 2)))
            continue
        weights = [np.ones(area.size), area, data.fitted.variance]
        squares = [
            trend_spread.squares(data.slope, data.fitted, record.loading, years, mask * weight) for weight in weights
        ]
        own = again[:, which]
        narrowed = [trend_spread.narrowed(own[:, n], columns, one.variance) for n, one in enumerate(squares)]
        replicates.append(np.stack(narrowed, axis=1))
        spread = replicates[-1][:, :, len(SLOPES)].std(axis=0, ddof=1) if resamples > 1 else np.full(3, np.nan)
        pairs = zip(squares, spread, strict=True)
        tails.append(np.array([trend_spread.tails(*one, record.effective) for one in pairs]))
    return list(estimate[0]), replicates, record.effective, tails


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
    form: trend_forms.Form = trend_forms.LINEAR,
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
    form : Form
        What the trend of the attribution is.

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
        options = {"resamples": resamples, "seed": seed, "levels": levels, "form": form}
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
    cells: int = share_intervals.MANY_CELLS,
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
