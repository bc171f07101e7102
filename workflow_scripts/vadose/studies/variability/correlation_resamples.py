"""Correlations of soil moisture with productivity per land-cover class in resampled years, under several rules of land
cover.

Soil moisture and productivity of all cells are resampled together, with the same draws of years, so that an interval
says what other years would have given (docs/methods.md#c1)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import stdtrit

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics import correlation, share_intervals, year_intervals
from vadose.statistics.landcover import CLASSES
from vadose.studies.variability.productivity import DETREND, GROUPS

WEIGHTINGS = ("cell", "area")
KINDS = ("r", "significant")
CODES = len(CLASSES) + 1  # with 0, cells of no class
FIRST_RESAMPLES = 20  # how uneven their cells are follows from these, so that it does not depend on how many there are
TITLE = (
    "Correlation of soil moisture with annual gross primary productivity under several rules of land cover: mean r and "
    "share of significant cells (1) by class, season and layer, over valid cells, with 95 % intervals over years "
    "(years are drawn, the same for soil moisture and productivity of all cells); difference from the published rule "
    "with its interval, from the same draws; cells of the class with a correlation, and those of them that have the "
    "same class under the published rule (docs/methods.md#c5)."
)


class Resampled(NamedTuple):
    """Means of classes, from the data and from each resample."""

    estimate: Array  # (rule, group, weighting, kind, detrend, column)
    replicates: Array  # (resample, rule, group, weighting, kind, detrend, column)
    cells: NDArray[np.int64]  # (rule, group, detrend, column), with a correlation
    common: NDArray[np.int64]  # of them, those of the same group under the first rule
    years: float  # effective number of years


@kernel
def _add(values, years, threshold, weights, classes, totals):
    """Add r, significance and the square of r of every cell to the totals of its class, under each rule; in the order
    of the cells.

    The last of the terms of `values` is productivity; a year is missing in all of them or in none."""
    cells, count, terms = values.shape
    sums = np.empty((4, terms))  # of each term about its first value: itself, its square, with productivity, with time
    for cell in range(cells):
        n, mean_y, mean_t, first = 0, 0.0, 0.0, -1
        for i in range(count):
            if not np.isnan(values[cell, i, 0]):
                n, mean_y, mean_t = n + 1, mean_y + values[cell, i, terms - 1], mean_t + years[i]
                first = i if first < 0 else first
        if n < 3:
            continue
        mean_y, mean_t, yy, tt, yt = mean_y / n, mean_t / n, 0.0, 0.0, 0.0
        sums[:] = 0.0
        for i in range(count):
            if np.isnan(values[cell, i, 0]):
                continue
            y, t = values[cell, i, terms - 1] - mean_y, years[i] - mean_t
            yy, tt, yt = yy + y * y, tt + t * t, yt + y * t
            for term in range(terms - 1):
                x = values[cell, i, term] - values[cell, first, term]
                sums[0, term] += x
                sums[1, term] += x * x
                sums[2, term] += x * y
                sums[3, term] += x * t
        for term in range(terms - 1):
            xx, xy, xt = sums[1, term] - sums[0, term] * sums[0, term] / n, sums[2, term], sums[3, term]
            for detrend in range(2):
                limit = threshold[cell, detrend, term]
                if np.isnan(limit):
                    continue
                above, left, right = xy, xx, yy
                if detrend == 1:
                    above, left, right = xy - xt * yt / tt, xx - xt * xt / tt, yy - yt * yt / tt
                r = above / np.sqrt(left * right) if left > 0 and right > 0 else 0.0
                significant = 1.0 if abs(r) >= limit else 0.0
                for rule in range(classes.shape[0]):
                    group = classes[rule, cell]
                    for weighting in range(2):
                        weight = weights[weighting, cell]
                        totals[rule, group, weighting, 0, detrend, term] += weight * r
                        totals[rule, group, weighting, 1, detrend, term] += weight * significant
                        totals[rule, group, weighting, 2, detrend, term] += weight * r * r


def critical(r: Array, years: NDArray[np.integer], alpha: float) -> Array:
    """|r| from which on a correlation is significant, in the shape of `r` (cell, detrend, column); NaN where `r` is."""
    loss = np.where(np.arange(len(DETREND)) == DETREND.index("linear"), 3, 2)[None, :, None]
    freedom = np.maximum(np.asarray(years)[:, None, None] - loss, 1)
    quantile = stdtrit(freedom, 1.0 - alpha / 2.0)
    return np.where(np.isfinite(r), quantile / np.sqrt(freedom + quantile**2), np.nan)


def resampled(
    columns: Array,
    carbon: Array,
    years: Array,
    area: Array,
    classes: NDArray[np.integer],
    *,
    alpha: float,
    resamples: int,
    seed: int,
) -> Resampled:
    """Means over the cells of each class, from the data and from resampled years.

    Parameters
    ----------
    columns : (cell, year, column) array, kg m-2
    carbon : (cell, year) array, g m-2 yr-1
        A year counts for a cell where all columns and carbon are there.
    years : (year,) array
    area : (cell,) array, m2
    classes : (rule, cell) int array
        0 to 4 as in `vadose.statistics.landcover.CLASSES`, 0 for none.
    alpha : float
        Level of single tests.
    resamples, seed : int

    Returns
    -------
    Resampled
        Groups as `productivity.GROUPS`. NaN where a group has no valid cell.
    """
    there = np.isfinite(columns).all(axis=2) & np.isfinite(carbon)
    columns, carbon = np.where(there[..., None], columns, np.nan), np.where(there, carbon, np.nan)
    fitted = [
        np.stack([correlation.pearson(columns[..., k], carbon, way, years).r for k in range(columns.shape[2])], axis=1)
        for way in DETREND
    ]
    threshold = critical(np.stack(fitted, axis=1), there.sum(axis=1), alpha)
    values = np.concatenate([columns, carbon[..., None]], axis=2)
    parts = year_intervals.sieve(values, years)
    threshold[~np.isfinite(parts.memory).all(axis=1)] = np.nan  # too few years for resamples
    weights = np.stack([np.ones(area.size), area])
    valid = np.isfinite(threshold)
    below = np.stack([[_by_code(code, valid * weight[:, None, None]) for weight in weights] for code in classes])
    below = np.moveaxis(below, 1, 2)  # (rule, code, weighting, detrend, column)

    def means(values: Array) -> Array:
        totals = np.zeros((len(classes), CODES, 2, 3, *valid.shape[1:]))
        # in C order, as resamples are: for another the loop would be compiled once more
        _add(np.ascontiguousarray(values), years.astype(float), threshold, weights, classes, totals)
        return _of_groups(totals, below)

    replicates, out = [], np.empty_like(parts.line)
    for row in year_intervals.draws(years.size - 1, years.size, resamples, seed + int(years[0])):
        replicates.append(means(year_intervals.resample(parts, row, out)))
    cells = _groups(below[:, :, 0]).astype(np.int64)
    effective, data = year_intervals.effective_years(parts), means(values)
    drawn = _as_uneven_as_the_record(data, np.stack(replicates), cells)
    return Resampled(data[:, :, :, :2], drawn, cells, _common(classes, valid), effective)


def _as_uneven_as_the_record(data: Array, drawn: Array, cells: NDArray[np.int64]) -> Array:
    """Means of r and shares of significant cells in resamples, from those and the mean square of r.

    Correlations of resamples scatter about those of the record, which scatter about the true ones: cells of a resample
    are more uneven than those of the record, and their share beyond a limit moves less with what all cells have in
    common. On the scale of the normal distribution it moves as one over their spread, so that its deviations are
    multiplied by the ratio of the spreads: at least 1, and at most sqrt(2), that of cells that are all alike.
    """
    own, again = (part[..., 2, :, :] - part[..., 0, :, :] ** 2 for part in (data, drawn[:FIRST_RESAMPLES]))
    there = np.isfinite(own) & (own > 0)
    ratio = np.sqrt(np.clip(np.divide(again.mean(axis=0), own, out=np.ones_like(own), where=there), 1.0, 2.0))
    count = np.broadcast_to(cells[:, :, None], own.shape)
    out = drawn[..., :2, :, :].copy()
    for place in zip(*np.nonzero(there), strict=True):
        at = (slice(None), *place[:3], 1, *place[3:])
        record = float(data[at[1:]])
        out[at] = share_intervals.spread_out(drawn[at], record, float(ratio[place]), int(count[place]))
    return out


def _common(classes: NDArray[np.integer], valid: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Valid cells that are of a group under each rule and under the first."""
    rows = []
    for codes in classes:
        same = [codes == classes[0], (codes > 0) & (classes[0] > 0), np.ones(codes.size, bool)]
        by_class = [same[0] & (codes == code) for code in CLASSES]
        rows.append([(inside[:, None, None] & valid).sum(axis=0) for inside in (*by_class, *same[1:])])
    return np.array(rows, dtype=np.int64)


def _by_code(codes: NDArray[np.integer], values: Array) -> Array:
    """Sums of (cell, ...) values over the cells of each code, cell after cell."""
    sums = np.zeros((CODES, *values.shape[1:]))
    np.add.at(sums, codes, values)
    return sums


def _groups(sums: Array) -> Array:
    """From sums by code (rule, code, ...) to those of GROUPS: each class, all classes, all land."""
    classes = sums[:, 1:]
    return np.concatenate([classes, classes.sum(axis=1, keepdims=True), sums.sum(axis=1, keepdims=True)], axis=1)


def _of_groups(totals: Array, below: Array) -> Array:
    above, count = _groups(totals), _groups(below)[:, :, :, None]
    count = np.broadcast_to(count, above.shape)
    return np.divide(above, count, out=np.full(above.shape, np.nan), where=count > 0)


def as_product(
    outcome: Resampled,
    rules: Sequence[str],
    labels: Sequence[tuple[str, str]],
    classes: NDArray[np.integer],
    cells: xr.Dataset,
) -> xr.Dataset:
    """Means of classes from the data and from every resample: product "correlation_resamples".

    Parameters
    ----------
    outcome : Resampled
    rules : sequence of str
    labels : sequence of (season, layer)
        Of the columns.
    classes : (rule, cell) int array
        Class of each cell under each rule.
    cells : Dataset
        With the coordinates of cells.
    """
    dims = ("rule", "class", "weighting", "kind", "detrend", "season_layer")
    axes = (list(rules), list(GROUPS), list(WEIGHTINGS), list(KINDS), list(DETREND), [", ".join(one) for one in labels])
    return cells.assign_coords(dict(zip(dims, axes, strict=True))).assign(
        land_cover=(("rule", "cell"), classes),
        estimate=(dims, outcome.estimate),
        replicate=(("resample", *dims), outcome.replicates),
        cells=(("rule", "class", "detrend", "season_layer"), outcome.cells),
        common_cells=(("rule", "class", "detrend", "season_layer"), outcome.common),
        effective_years=((), outcome.years),
    )


def table(outcome: Resampled, rules: Sequence[str], labels: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Means of classes under each rule with their intervals, and differences from the first rule.

    Parameters
    ----------
    outcome : Resampled
    rules : sequence of str
        The first is the published one.
    labels : sequence of (season, layer)
        Of the columns.

    Returns
    -------
    DataFrame
        One row per rule, class, season, layer and detrending; mean over cells.
    """
    rows = []
    for rule, group, way, column in np.ndindex(len(rules), len(GROUPS), len(DETREND), len(labels)):
        row = {"rule": rules[rule], "class": GROUPS[group], "season": labels[column][0], "layer": labels[column][1]}
        row |= {"detrend": DETREND[way], "cells": int(outcome.cells[rule, group, way, column])}
        row |= {"common_cells": int(outcome.common[rule, group, way, column])}
        for number, kind in enumerate(KINDS):
            row |= _numbers(outcome, (rule, group, 0, number, way, column), kind)
        rows.append(row | {"r_by_area": outcome.estimate[rule, group, 1, 0, way, column]})
    return pd.DataFrame(rows)


def _numbers(outcome: Resampled, place: tuple[int, ...], kind: str) -> Mapping[str, float]:
    """Estimate, interval, and difference from the first rule with its interval, of one number."""
    first = (0, *place[1:])
    own, base = outcome.replicates[(slice(None), *place)], outcome.replicates[(slice(None), *first)]
    value = float(outcome.estimate[place])
    cells = int(outcome.cells[place[0], place[1], place[4], place[5]]) if kind == "significant" else None
    bounds = year_intervals.interval(value, own, outcome.years, cells=cells)
    apart = value - float(outcome.estimate[first])
    between = year_intervals.interval(apart, own - base, outcome.years)
    return {
        kind: value,
        f"{kind}_low": bounds.low,
        f"{kind}_high": bounds.high,
        f"{kind}_difference": apart,
        f"{kind}_difference_low": between.low,
        f"{kind}_difference_high": between.high,
    }
