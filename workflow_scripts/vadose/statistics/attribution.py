"""Attribution of the variance of total soil moisture to trend and interannual variability of each season and layer
(study A, docs/methods.md#a3).

Soil moisture of season s and layer d is a straight line in time (trend T) and what is left (interannual variability I).
The relative contribution of a term c is RC(c, s, d) = Cov(c_sd, TSM) / Var(TSM); over all terms it sums to 1. Ordinary
least squares leaves T and I uncorrelated, so that three sums per season and layer give every term: C = Cov(SM_sd, TSM),
V = Var(TSM), and the slope b:
RC(T,s,d) = b_sd B Var(t) / V with B = sum of all b, and RC(I,s,d) = C_sd / V - RC(T,s,d).
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core import calendar
from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.attribution_series import attribute_series

DYNAMICS = ("trend", "iav")


class Attribution(NamedTuple):
    """Shares of Var(TSM) per cell; NaN where TSM does not vary or fewer than three years are complete. `dynamics` is
    (trend, iav)."""

    contribution: Array  # (cell, dynamics, season, layer), 1; sums to 1
    omega: Array  # (cell, season, layer), 1: contribution over the share in mean soil moisture
    variance: Array  # (cell,), unit squared: sample variance (n - 1) of annual TSM


class PeriodAttribution(NamedTuple):
    """Attribution of one period, with the number of complete years behind it."""

    contribution: Array
    omega: Array
    variance: Array
    n: NDArray[np.int64]  # (cell,)


class TopTerms(NamedTuple):
    """The two largest terms of each cell; -1 and NaN where there is none. The second axis is (Top1, Top2)."""

    value: Array  # (cell, 2)
    dynamics: NDArray[np.int8]
    season: NDArray[np.int8]
    layer: NDArray[np.int8]


def attribute(seasonal: Array, years: Array) -> Attribution:
    """Attribution of the variance of total soil moisture.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) float array, kg m-2
        Seasonal means. A year in which any of them is NaN is left out for that cell; the others keep their calendar
        year. A vector (month,) is one cell with one layer, from a January to a December.
    years : (year,) float array
        Calendar years, ascending, gaps allowed; the dates of a vector's months.

    Returns
    -------
    Attribution
        Contributions sum to 1 over all terms, may be below 0 and are never clipped. The variance is that of annual TSM.

    Raises
    ------
    ValueError
        If `years` does not ascend or does not match `seasonal`.

    Notes
    -----
    All sums are of float64 differences from the cell's own mean, after a shift by the first complete year. omega_sd =
    (RC(T) + RC(I)) / P_sd with P_sd the share of the term in mean soil moisture; sum P omega = 1. For a plain sum,
    Cov(x, X) / Var(X) is the Shapley value of the variance.
    """
    seasonal = np.ascontiguousarray(seasonal, dtype=np.float64)
    if seasonal.ndim == 1:
        monthly, years = calendar.by_year(seasonal, years)
        (one,) = attribute_monthly(monthly[None, None], years, [(int(years[0]), int(years[-1]))])
        return Attribution(one.contribution[0, ..., 0], one.omega[0, ..., 0], one.variance[0])
    years = _checked_years(years)
    if seasonal.ndim != 4 or seasonal.shape[1] != years.size:
        raise ValueError(f"seasonal: expected shape (cell, {years.size} years, season, layer), found {seasonal.shape}.")
    cells, _, seasons, layers = seasonal.shape
    terms = seasons * layers
    contribution, omega, variance, _ = _attribute_rows(seasonal.reshape(cells, years.size, terms), years, seasons)
    return Attribution(contribution.reshape(cells, 2, seasons, layers), omega.reshape(cells, seasons, layers), variance)


def attribute_monthly(
    monthly: NDArray,
    years: Array,
    periods: Sequence[tuple[int, int]],
    *,
    rank_on: Literal["total", "layer"] = "total",
    basis: Literal["year", "climatology"] = "year",
) -> list[PeriodAttribution]:
    """Attribution of several periods in one pass over monthly soil moisture.

    Parameters
    ----------
    monthly : (cell, layer, year, 12) float32 or float64 array, kg m-2
        Masked soil moisture; read in place, never copied. A year counts for a cell only if all months are there in all
        layers.
    years : (year,) float array
        Calendar years, ascending.
    periods : sequence of (first, last)
        Calendar years, both included; they may overlap.
    rank_on, basis
        As in `vadose.statistics.seasons.moisture_seasons`. A climatology is that of all complete years of `monthly`,
        the same for all periods.

    Returns
    -------
    list of PeriodAttribution
        One per period, equal to `attribute(seasonal_means(...)[:, chosen], years[chosen])`.

    Raises
    ------
    ValueError
        If a shape, a period or a switch is wrong.

    Notes
    -----
    Works through one cell at a time: besides the results, memory holds one cell.
    """
    monthly, years = np.asarray(monthly), _checked_years(years)
    if monthly.dtype not in (np.float32, np.float64) or monthly.ndim != 4 or monthly.shape[2:] != (years.size, 12):
        raise ValueError(
            f"monthly: expected floats of shape (cell, layer, {years.size} years, 12), found {monthly.dtype} "
            f"{monthly.shape}."
        )
    if rank_on not in ("total", "layer") or basis not in ("year", "climatology"):
        raise ValueError(
            "variability.season.rank_on and basis: expected total or layer and year or climatology, found "
            f"{rank_on} and {basis}."
        )
    spans = np.array(
        [(np.searchsorted(years, first), np.searchsorted(years, last, side="right")) for first, last in periods]
    )
    if spans.size == 0 or np.any(spans[:, 1] <= spans[:, 0]):
        raise ValueError(
            f"periods: expected (first, last) years within {years[0]:g}-{years[-1]:g}, found {list(periods)}."
        )
    cells, layers = monthly.shape[:2]
    parts = _attribute_months(monthly, years, spans, rank_on == "layer", basis == "climatology")
    contribution, omega, variance, n = parts
    return [
        PeriodAttribution(
            contribution[i].reshape(cells, 2, 4, layers), omega[i].reshape(cells, 4, layers), variance[i], n[i]
        )
        for i in range(len(spans))
    ]


def top_terms(contribution: Array, by: Literal["signed", "abs"] = "signed") -> TopTerms:
    """The largest and second largest term of each cell.

    Parameters
    ----------
    contribution : (cell, dynamics, season, layer) float array
    by : {"signed", "abs"}
        Largest value (the paper), or largest magnitude (`variability.largest_terms.ranked_by`); the value reported
        keeps its sign. A tie goes to the
        earlier term.

    Returns
    -------
    TopTerms

    Raises
    ------
    ValueError
        If `by` is unknown.
    """
    contribution = np.asarray(contribution, float)
    if by not in ("signed", "abs"):
        raise ValueError(f'variability.largest_terms.ranked_by: expected "signed" or "abs", found {by!r}.')
    flat = contribution.reshape(contribution.shape[0], math.prod(contribution.shape[1:]))
    complete = np.all(np.isfinite(flat), axis=1)
    score = np.where(complete[:, None], np.abs(flat) if by == "abs" else flat, 0.0)
    order = np.argsort(-score, axis=1, kind="stable")[:, :2]
    value = np.where(complete[:, None], np.take_along_axis(flat, order, axis=1), np.nan)
    indices = np.unravel_index(order, contribution.shape[1:])
    return TopTerms(value, *[np.where(complete[:, None], index, -1).astype(np.int8) for index in indices])


def global_shares(
    contribution: Array, area: Array, variance: Array, weight: Literal["cell", "area", "variance", "median"] = "cell"
) -> Array:
    """One number per term for all cells together.

    Parameters
    ----------
    contribution : (cell, ...) float array
        Contributions of all terms (or omega).
    area : (cell,) float array, m2
    variance : (cell,) float array
        Var(TSM) as `attribute` gives it.
    weight : {"cell", "area", "variance", "median"}
        Mean over cells (most likely the paper's), weighted by cell area, by Var(TSM) (sum of covariances over sum of
        variances), or the median over cells, whose terms need not sum to 1.

    Returns
    -------
    (...) float array
        One common mask serves all terms: a cell counts only if every term, its area and its variance are there. NaN if
        none is.

    Raises
    ------
    ValueError
        If `weight` is unknown or the shapes do not match.
    """
    contribution, area, variance = (np.asarray(a, float) for a in (contribution, area, variance))
    if area.shape != contribution.shape[:1] or variance.shape != area.shape:
        raise ValueError(
            f"area and variance: expected one value for each of {contribution.shape[0]} cells, found {area.shape}, "
            f"{variance.shape}."
        )
    if weight not in ("cell", "area", "variance", "median"):
        raise ValueError(f'headline_weight: expected "cell", "area", "variance" or "median", found {weight!r}.')
    terms = tuple(range(1, contribution.ndim))
    valid = np.isfinite(contribution).all(axis=terms) & np.isfinite(area) & np.isfinite(variance)
    if not valid.any():
        return np.full(contribution.shape[1:], np.nan)
    chosen = contribution[valid]
    if weight == "median":
        return np.median(chosen, axis=0)
    weights = {"cell": np.ones(int(valid.sum())), "area": area[valid], "variance": variance[valid]}[weight]
    shares = (weights / weights.sum()).reshape(-1, *[1] * (chosen.ndim - 1))
    return np.add.reduce(shares * chosen, axis=0)  # cell after cell: BLAS adds in an order of the processor's own


def _checked_years(years: Array) -> Array:
    years = np.ascontiguousarray(calendar.as_years(years))
    if years.ndim != 1 or not np.all(np.diff(years) > 0):
        raise ValueError(f"years: expected an ascending list without repeats, found {years.tolist()}.")
    return years


@kernel
def _attribute_rows(x, years, seasons):
    """The closed form for every cell of x[cell, year, term]."""
    cells, count, terms = x.shape
    contribution = np.full((cells, 2, terms), np.nan)
    omega = np.full((cells, terms), np.nan)
    variance, n = np.empty(cells), np.empty(cells, np.int64)
    valid, work = np.empty(count, np.bool_), np.empty((4, terms))
    for cell in range(cells):
        for i in range(count):
            total = x[cell, i].sum()
            valid[i] = total - total == 0  # a NaN or an infinity anywhere in the year
        variance[cell], n[cell] = attribute_series(
            x[cell], years, valid, 0, count, seasons, work, contribution[cell], omega[cell]
        )
    return contribution, omega, variance, n


@kernel
def _add_layers(values, total, valid):
    """Total soil moisture of the months of one cell, and the years in which nothing is missing."""
    layers, years, _ = values.shape
    for year in range(years):
        for month in range(12):
            total[year, month] = 0.0
        for layer in range(layers):
            for month in range(12):
                total[year, month] += np.float64(values[layer, year, month])
        whole = 0.0
        for month in range(12):
            whole += total[year, month]
        valid[year] = whole - whole == 0


@kernel
def _rank_years(months, valid, on_climatology, season, turned, wetter):
    """Season of the months of every complete year, by that year's months or by their mean over the complete years.

    As vadose.statistics.seasons ranks, but with the years innermost: each comparison of two months is then one vector
    operation for eight years. Years that are not complete get any season.
    """
    count = valid.size
    for year in range(count):
        for month in range(12):
            turned[month, year] = months[year, month]
    if on_climatology:
        for month in range(12):
            total = 0.0
            for year in range(count):
                if valid[year]:
                    total += turned[month, year]
            turned[month] = total / valid.sum()
    wetter[:] = 0
    for i in range(12):
        for j in range(i + 1, 12):
            for year in range(count):
                later_is_wetter = np.int64(turned[j, year] > turned[i, year])  # a tie leaves the earlier month in front
                wetter[i, year] += later_is_wetter
                wetter[j, year] += 1 - later_is_wetter
    for month in range(12):
        for year in range(count):
            season[year, month] = (wetter[month, year] * 11) >> 5  # a third, for 0 to 11


@kernel
def _season_terms(values, months, valid, on_layer, on_climatology, season, turned, wetter, x):
    """Seasonal means of one cell into x[year, season * layers + layer]; `months` holds the totals to rank by."""
    layers, years, _ = values.shape
    x[:] = 0.0
    for layer in range(layers):
        if on_layer:
            months[:] = values[layer]
        if on_layer or layer == 0:
            _rank_years(months, valid, on_climatology, season, turned, wetter)
        for year in range(years):
            if valid[year]:
                for month in range(12):
                    x[year, season[year, month] * layers + layer] += np.float64(values[layer, year, month])
    for year in range(years):
        for k in range(x.shape[1]):
            x[year, k] /= 3.0


@kernel
def _attribute_months(monthly, years, spans, on_layer, on_climatology):
    """From months to the attribution of every span of years, cell by cell."""
    cells, layers, count, _ = monthly.shape
    terms, periods = 4 * layers, spans.shape[0]
    contribution = np.full((periods, cells, 2, terms), np.nan)
    omega = np.full((periods, cells, terms), np.nan)
    variance = np.empty((periods, cells))
    n = np.empty((periods, cells), np.int64)
    months = np.empty((count, 12))
    season = np.zeros((count, 12), np.int64)
    turned = np.empty((12, count))
    wetter = np.empty((12, count), np.int64)
    valid = np.empty(count, np.bool_)
    x = np.empty((count, terms))
    work = np.empty((4, terms))
    for cell in range(cells):
        _add_layers(monthly[cell], months, valid)
        _season_terms(monthly[cell], months, valid, on_layer, on_climatology, season, turned, wetter, x)
        for i in range(periods):
            variance[i, cell], n[i, cell] = attribute_series(
                x, years, valid, spans[i, 0], spans[i, 1], 4, work, contribution[i, cell], omega[i, cell]
            )
    return contribution, omega, variance, n
