"""Headline numbers of study A with intervals over years: each is computed again from resampled years of all cells.

The same draw of years serves all cells, layers and seasons, so that what the cells have in common stays in common.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from vadose.core.arrays import Array
from vadose.statistics import attribution, year_intervals
from vadose.statistics.trend import mann_kendall

STRONG = 2.0  # kg m-2 yr-1, study A section 3.1
SLOPES = ("mean_slope", "share_declining", "share_strongly_declining", "share_strongly_rising")
TITLE = (
    "Headline numbers with 95 % intervals over years: whole years are drawn, the same for all cells, layers and "
    "seasons. Slopes in kg m-2 yr-1, shares and contributions 0 to 1 (1), omega (1); mean over cells and by area; "
    "cells that entered; effective number of years. The change is the last period less the first, over the cells of "
    "both (docs/methods.md#c1)."
)


def labels(seasons: Sequence[str], layers: Sequence[object]) -> list[dict[str, str]]:
    """What each number is: quantity, dynamics, season and layer, in the order of `numbers`."""
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
    return rows


def numbers(slope: Array, contribution: Array, omega: Array, area: Array) -> Array:
    """Headline numbers of one sample, mean over cells and by area.

    Parameters
    ----------
    slope : (cell,) array, kg m-2 yr-1
    contribution : (cell, dynamics, season, layer) array, 1
    omega : (cell, season, layer) array, 1
    area : (cell,) array, m2

    Returns
    -------
    (2, number) array
        By cell and by area, in the order of `labels`.
    """
    cells = slope.shape[0]
    parts = np.column_stack(
        [
            slope,
            slope < 0,
            slope < -STRONG,
            slope > STRONG,
            contribution.sum(axis=(2, 3)),
            contribution.sum(axis=(1, 3)),
            contribution.sum(axis=(1, 2)),
            contribution.reshape(cells, -1),
            omega.reshape(cells, -1),
        ]
    )
    finite = np.isfinite(parts)
    weighted = [_mean(parts, finite, weight) for weight in (np.ones(cells), area)]
    return np.stack(weighted)


def _mean(parts: Array, finite: Array, weight: Array) -> Array:
    """Weighted mean of each column over the cells that have it; cell after cell, in a fixed order."""
    total = np.add.reduce(np.where(finite, weight[:, None], 0.0), axis=0)
    summed = np.add.reduce(np.where(finite, parts, 0.0) * weight[:, None], axis=0)
    return np.divide(summed, total, out=np.full(total.shape, np.nan), where=total > 0)


def period_numbers(
    seasonal: Array, years: Array, area: Array, masks: Sequence[Array], *, resamples: int, seed: int
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

    Returns
    -------
    list of (2, number) arrays
        From the data, one per set.
    list of (resample, 2, number) arrays
        From the resamples.
    float
        Effective number of years.
    """
    samples = _samples(np.asarray(seasonal, dtype=float), np.asarray(years, dtype=float), resamples, seed)
    effective = next(samples)
    by_set: list[list[Array]] = [[] for _ in masks]
    for slope, fitted in samples:
        for rows, mask in zip(by_set, masks, strict=True):
            rows.append(numbers(slope[mask], fitted.contribution[mask], fitted.omega[mask], area[mask]))
    return [rows[0] for rows in by_set], [np.stack(rows[1:]) for rows in by_set], effective


def _samples(seasonal: Array, years: Array, resamples: int, seed: int) -> Iterator:
    """The effective number of years; then slopes and attribution of the data, and of each resample."""
    cells, count, seasons, layers = seasonal.shape
    terms = seasonal.reshape(cells, count, seasons * layers)
    total = terms.sum(axis=2) / seasons
    slope = mann_kendall.mann_kendall(total, years).slope
    parts = year_intervals.sieve(terms, years)
    whole = year_intervals.sieve(total[..., None], years, slope[:, None])
    yield year_intervals.effective_years(whole)
    yield slope, attribution.attribute(seasonal, years)
    # Periods draw for themselves: the same stream over other lengths would make them alike.
    drawn = year_intervals.draws(count - 1, count, resamples, seed + int(years[0]))
    out, line = np.empty_like(parts.line), np.empty_like(whole.line)
    for row in drawn:
        again = year_intervals.resample(parts, row, out).reshape(seasonal.shape)
        series = year_intervals.resample(whole, row, line)[..., 0]
        yield mann_kendall.mann_kendall(series, years).slope, attribution.attribute(again, years)


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
    """Headline numbers of every period, and the change from the first to the last, with intervals over years.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) array, kg m-2
    years : (year,) array
    analysed : (cell, period) bool array
    area : (cell,) array, m2
    periods : sequence of str
        "first-last".
    names : (seasons, layers)
    resamples, seed : int

    Returns
    -------
    DataFrame
        One row per period, number and weighting. A number without an interval (fewer than eight years) has NaN there.
    """
    described, common = labels(*names), analysed[:, [0, -1]].all(axis=1)
    rows, ends = [], []
    for number, period in enumerate(periods):
        first, last = (int(year) for year in period.split("-"))
        inside = (years >= first) & (years <= last)
        own = analysed[:, number]
        values = np.where(own[:, None, None, None], seasonal[:, inside], np.nan)
        resampled = period_numbers(values, years[inside], area, (own, common), resamples=resamples, seed=seed)
        (estimate, shared), (replicates, shared_replicates), effective = resampled
        rows += _rows(described, period, estimate, replicates, effective, int(own.sum()), change=False)
        ends.append((shared, shared_replicates, effective))
    if len(periods) > 1:
        (start, start_replicates, few), (end, end_replicates, others) = ends[0], ends[-1]
        change = (end - start, end_replicates - start_replicates, min(few, others), int(common.sum()))
        rows += _rows(described, "change", *change, change=True)
    return pd.DataFrame(rows)


def _rows(
    described: list[dict], period: str, estimate: Array, replicates: Array, effective: float, cells: int, *, change
):
    """Rows of the table for one period."""
    rows = []
    for position, weighting in enumerate(("cell", "area")):
        for number, label in enumerate(described):
            share = label["quantity"].startswith("share") and not change
            value = float(estimate[position, number])
            bounds = year_intervals.interval(value, replicates[:, position, number], effective, share=share)
            rows.append(
                {"quantity": "", "dynamics": "", "season": "", "layer": ""}
                | label
                | {"period": period, "weighting": weighting, "estimate": value, "low": bounds.low, "high": bounds.high}
                | {"standard_error": bounds.error, "effective_years": bounds.years, "cells": cells}
            )
    return rows
