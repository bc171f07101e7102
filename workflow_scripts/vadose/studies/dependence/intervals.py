"""Headline numbers of the dependence of soil moisture on precipitation with intervals over years: whole years are
drawn, the same for all cells, layers, time scales and for both treatments of the annual cycle (docs/methods.md#c1).

A tile gives sums over its cells for each resample; they add up to those of the whole, from which the table is made.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import year_blocks
from vadose.studies import year_tables
from vadose.studies.dependence import pairs, samples, tables
from vadose.studies.depths import layer_columns
from vadose.studies.frozen_months import MonthSet
from vadose.studies.year_tables import OWN

CELLS, COPULA, NEGATIVE, TAU, CERTAIN = "cells", "copula_negative", "negative", "mean_kendall", "certain"
QUANTITIES = (CELLS, COPULA, NEGATIVE, TAU, CERTAIN)  # the last where tau-b has intervals
SIGNS = {COPULA: COPULA, NEGATIVE: NEGATIVE, CERTAIN: NEGATIVE}  # shares of cells, and those below zero among them
CYCLES, LAYERS = "both annual cycles", "all layers"
CELLS_OF = (OWN, CYCLES, LAYERS)
MONTHLY, REMOVED = tables.MONTHLY, tables.WITHOUT_ANNUAL_CYCLE
COLUMNS = ["quantity", "time_scale", "layer", "depth_cm", "region", "cells_of", "compared_with"]
TITLE = (
    "Headline numbers of dependence with 95 % intervals over years: whole years are drawn, the same for all cells, "
    "layers and time scales. Shares (0 to 1) of cells with Kendall's tau-b below zero (negative), with the tau of "
    "the selected copula below zero (copula_negative), with the whole interval of tau-b below zero (certain); mean "
    "tau-b (mean_kendall); "
    "shares of cells by the lag (months) of the largest tau-b in magnitude; by cell and by area, for all cells and by "
    "ecoregion. cells_of: all cells with a copula (own), or those that have one with and without the annual cycle, or "
    "in all layers; compared_with: what has been subtracted, over the cells that both have (docs/methods.md#c1). "
    + year_tables.RATES
)


class Case(NamedTuple):
    """Copulas of one series on the cells of a tile; arrays (cell, layer)."""

    time_scale: str
    annual_cycle: str
    tau: Array
    kendall: Array
    upper: Array  # upper limit of the interval of tau-b; NaN where none was asked for
    named: Array  # whether another family than independence was selected
    lag: Array  # months


def cases(copulas: xr.Dataset) -> dict[str, Case]:
    """The series of the product "copulas" by their names (`tables.series_of`)."""
    out = {}
    for name, part in tables.series_of(copulas).items():
        cycle = pairs.REMOVED if name.endswith(tables.REMOVED_SUFFIX) else pairs.KEPT
        tau, kendall = part["tau"].values, part["kendall"].values
        upper = part["tau_high"].values if "tau_high" in part else np.full(tau.shape, np.nan)
        time_scale = name.removesuffix(tables.REMOVED_SUFFIX)
        out[name] = Case(time_scale, cycle, tau, kendall, upper, part["family"].values != 0, part["lag"].values)
    return out


def tile_sums(
    precipitation: Array,
    soil_moisture: Array,
    times: AnyArray,
    copulas: xr.Dataset,
    shares: xr.Dataset,
    ecoregion: Array | None,
    *,
    resamples: int,
    seed: int,
    months: MonthSet | None = None,
) -> xr.Dataset:
    """Sums over the cells of a tile, for the record (first) and each resample of years.

    Parameters
    ----------
    precipitation : (cell, time) array, kg m-2
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
        Month starts, whole years.
    copulas : Dataset
        Product "copulas" of the tile: which cells take part, their lags and intervals.
    shares : Dataset
        Product "negative_shares" of all cells, for the mean of tau-b and its reliability.
    ecoregion : (cell,) array, optional
        WWF codes; 0 and missing ones belong to the whole only.
    resamples, seed : int
    months : MonthSet, optional
        Months that the copulas were fitted to.

    Returns
    -------
    Dataset
        `total` (quantity, time_scale, cells_of, layer, region, weighting, resample).

    Notes
    -----
    A resample scatters about the tau of the record, which scatters about the true one: its shares would be those of a
    record twice as uncertain. For shares each cell's tau is therefore first drawn towards the mean over cells, by the
    square root of the share of the variance between cells that is not sampling error (`reliability`), so that resamples
    scatter over the cells as the record does. A cell for which independence was selected counts as negative by its
    copula only where |tau| exceeds sqrt(2) standard errors of independence, what one parameter is worth by AIC.
    """
    area = copulas["area"].values
    codes = np.nan_to_num(np.zeros(area.size) if ecoregion is None else np.asarray(ecoregion, float)).astype(int)
    regions, region = np.unique(codes, return_inverse=True)
    counts = year_blocks.year_counts(np.unique(time_scales.years_of(times, "annual")).size, resamples, seed)
    by_name, layers = cases(copulas), soil_moisture.shape[1]
    quantities = QUANTITIES if "tau_high" in copulas else QUANTITIES[:-1]
    total = np.zeros((len(quantities), len(by_name), len(CELLS_OF), layers, len(regions), 2, resamples + 1))
    for position, (name, case) in enumerate(by_name.items()):
        masks = _masks(by_name, name)
        for layer in range(layers):
            lag = np.nan_to_num(case.lag[:, layer]).astype(int) if samples.is_monthly(case.time_scale) else 0
            values = (precipitation, soil_moisture[:, layer], times)
            driver, response = samples.pair(*values, case.time_scale, case.annual_cycle, lag, months)
            trust, steps = _trust(shares, name, layer), np.isfinite(driver).sum(axis=1)
            for part, tau in _resampled(driver, response, times, case.time_scale, counts):
                values = _quantities(tau, case, part, layer, trust, steps[part])[: len(quantities)]
                total[:, position, :, layer] += year_tables.region_sums(
                    values, masks[:, part, layer], area[part], region[part], len(regions)
                )
    labels = {"quantity": list(quantities), "time_scale": list(by_name), "cells_of": list(CELLS_OF)}
    labels |= {"region": [str(code) for code in regions], "weighting": list(year_tables.WEIGHTINGS)}
    labels |= {name: copulas[name] for name in ("layer", "layer_top", "layer_bottom")}
    dims = ("quantity", "time_scale", "cells_of", "layer", "region", "weighting", "resample")
    return xr.Dataset({"total": (dims, total)}, coords=labels)


def _masks(by_name: dict[str, Case], name: str) -> Array:
    """(set, cell, layer): cells with a copula in this case, with and without the annual cycle, in all layers."""
    fitted = {key: np.isfinite(case.tau) & np.isfinite(case.kendall) for key, case in by_name.items()}
    own = fitted[name]
    both = own & fitted[MONTHLY] & fitted[REMOVED] if {MONTHLY, REMOVED} <= set(fitted) else np.zeros_like(own)
    every = np.broadcast_to(own.all(axis=1, keepdims=True), own.shape)
    return np.stack([own, both if name in (MONTHLY, REMOVED) else np.zeros_like(own), every])


def _trust(shares: xr.Dataset, name: str, layer: int) -> tuple[float, float]:
    """Mean of tau-b over all cells, and how far each cell keeps its distance from it."""
    part = shares.sel(region=tables.ALL, time_scale=name).isel(layer=layer)
    mean, reliability = (float(np.nan_to_num(part[key])) for key in ("mean_kendall", "reliability"))
    return mean, float(np.sqrt(reliability))


def _resampled(
    driver: Array, response: Array, times: AnyArray, time_scale: str, counts: Array
) -> Iterator[tuple[slice, Array]]:
    years = time_scales.years_of(times, time_scale)
    return year_blocks.kendall(driver, response, (years - years[0]).astype(np.int64), counts)


def _quantities(
    tau: Array, case: Case, part: slice, layer: int, trust: tuple[float, float], steps: Array
) -> list[Array]:
    """(cell, resample) of each quantity: 1 and 0 for shares, NaN where the resample has no tau."""
    kendall, upper = case.kendall[part, layer], case.upper[part, layer]
    mean, kept = trust
    spread = tau + (mean + kept * (kendall - mean) - kendall)[:, None]
    spread[:, 0] = tau[:, 0]
    pairs_there = np.maximum(steps, 2)
    error = np.sqrt(2.0 * (2 * pairs_there + 5) / (9.0 * pairs_there * (pairs_there - 1)))
    needed = np.where(case.named[part, layer], 0.0, np.sqrt(2.0) * error)
    there = np.where(np.isfinite(tau), 1.0, np.nan)
    copula = np.less(spread, -needed[:, None]) * there
    copula[:, 0] = (case.tau[part, layer] < 0) * there[:, 0]
    margin = np.where(np.isfinite(upper), upper - kendall, np.inf)
    certain = np.less(spread + margin[:, None], 0.0) * there
    return [there, copula, np.less(spread, 0.0) * there, tau, certain]


def lag_sums(
    precipitation: Array,
    soil_moisture: Array,
    times: AnyArray,
    lags: xr.Dataset,
    taken: Array,
    *,
    resamples: int,
    seed: int,
) -> xr.Dataset:
    """Cells of a tile by the lag of their largest |tau-b|, for the record (all cells) and each resample of years (some
    cells).

    Parameters
    ----------
    precipitation, soil_moisture, times, resamples, seed : as in `tile_sums`
    lags : Dataset
        Product "lags" of the tile.
    taken : (cell,) bool array
        Cells that are resampled: thirteen lags of all cells would cost as much as the copulas.

    Returns
    -------
    Dataset
        `lag_total` (annual_cycle, layer, lag, weighting, resample).
    """
    counts = year_blocks.year_counts(np.unique(time_scales.years_of(times, "annual")).size, resamples, seed)
    size, layers, months = precipitation.shape[0], soil_moisture.shape[1], lags["lag"].values
    total = np.zeros((len(pairs.CYCLES), layers, months.size, 2, resamples + 1))
    area, one = lags["area"].values, np.zeros(size, dtype=np.int64)
    for cycle, layer in np.ndindex(len(pairs.CYCLES), layers):
        recorded = lags["optimal_lag"].values[:, cycle, layer]
        best = np.full((size, resamples + 1), np.nan)
        best[taken] = _best_lags(
            *pairs.sides(precipitation[taken], soil_moisture[taken, layer], times, pairs.CYCLES[cycle]),
            months,
            times,
            counts,
        )
        best[:, 0] = recorded
        for position, lag in enumerate(months):
            with_lag = np.equal(best, lag).astype(float)[None]
            sums = year_tables.region_sums(with_lag, np.ones((1, size), dtype=bool), area, one, 1)
            total[cycle, layer, position] = sums[0, 0, 0]
    labels = {"annual_cycle": list(pairs.CYCLES), "lag": months, "weighting": list(year_tables.WEIGHTINGS)}
    labels |= {name: lags[name] for name in ("layer", "layer_top", "layer_bottom")}
    return xr.Dataset({"lag_total": (("annual_cycle", "layer", "lag", "weighting", "resample"), total)}, coords=labels)


def _best_lags(driver: Array, response: Array, months: Array, times: AnyArray, counts: Array) -> Array:
    """(cell, resample) lag of the largest |tau-b|, the shortest of equals; NaN where there is none."""
    best = np.full((driver.shape[0], counts.shape[0]), np.nan)
    largest = np.full(best.shape, -1.0)
    for lag in months:
        for part, tau in _resampled(time_scales.lagged(driver, int(lag)), response, times, "monthly", counts):
            larger = np.abs(tau) > largest[part]  # false for NaN
            best[part] = np.where(larger, lag, best[part])
            largest[part] = np.where(larger, np.abs(tau), largest[part])
    return best


def table(sums: Iterable[xr.Dataset], years: int) -> tuple[pd.DataFrame, xr.Dataset]:
    """Headline numbers of all tiles with intervals over years.

    Parameters
    ----------
    sums : iterable of Dataset
        Product "dependence_year_sums" of every tile.
    years : int
        Years of the record.

    Returns
    -------
    DataFrame, Dataset
        The table: COLUMNS, weighting, estimate, low, high, standard_error, effective_years, cells; first all numbers
        of all cells and regions, then the same over common cells, then differences, then lags. And the product
        "dependence_resamples".
    """
    whole = year_tables.added(sums)
    total, listed = whole["total"], []
    for name, cells_of in itertools.product(total["time_scale"].values, CELLS_OF):
        for position, region in itertools.product(range(total.sizes["layer"]), total["region"].values):
            if region != year_tables.ALL and (cells_of != OWN or region == "0"):
                continue
            labels = _labels(whole, str(name), position, str(region), cells_of)
            case = total.sel(time_scale=name, cells_of=cells_of, region=region).isel(layer=position)
            listed += _numbers(labels, case, years, None)
            other = _other(str(name), position, cells_of)
            if other is not None:
                less = total.sel(time_scale=other[0], cells_of=cells_of, region=region).isel(layer=other[1])
                listed += _numbers(labels | {"compared_with": other[2]}, case, years, less)
    frame = year_tables.frame([*listed, *_lag_rows(whole, years)], COLUMNS)
    return frame, year_tables.resamples(whole, years, CELLS, SIGNS)


def _labels(product: xr.Dataset, name: str, position: int, region: str, cells_of: str) -> dict[str, object]:
    case = {"time_scale": name} | layer_columns(product, position)
    return {"quantity": ""} | case | {"region": region, "cells_of": cells_of, "compared_with": ""}


def _other(name: str, position: int, cells_of: str) -> tuple[str, int, str] | None:
    """What is subtracted from a case over common cells: series, layer, and its name in the table."""
    if cells_of == CYCLES and name == MONTHLY:
        return REMOVED, position, REMOVED
    if cells_of == LAYERS and position > 0:
        return name, 0, "uppermost layer"
    return None


def _numbers(labels: dict, case: xr.DataArray, years: int, less: xr.DataArray | None) -> list[dict]:
    rows = []
    for quantity in case["quantity"].values[1:]:
        own = _pair(case, quantity)
        other = None if less is None else _pair(less, quantity)
        named = labels | {"quantity": str(quantity)}
        below_zero = _pair(case, SIGNS[quantity])[0] if quantity in SIGNS else None
        rows += year_tables.rows(named, *own, years, share=quantity != TAU, less=other, below_zero=below_zero)
    return rows


def _pair(case: xr.DataArray, quantity: str) -> tuple[Array, Array]:
    """Sums of a quantity and of the cells that have it, (weighting, resample)."""
    return case.sel(quantity=quantity).values, case.sel(quantity=CELLS).values


def _lag_rows(whole: xr.Dataset, years: int) -> list[dict]:
    total = whole["lag_total"]
    among_all, rows = total.sum("lag"), []
    for cycle, position in itertools.product(total["annual_cycle"].values, range(total.sizes["layer"])):
        labels = _labels(whole, tables.label("monthly", str(cycle)), position, year_tables.ALL, OWN)
        among = among_all.sel(annual_cycle=cycle).isel(layer=position).values
        for lag in total["lag"].values:
            part = total.sel(annual_cycle=cycle, lag=lag).isel(layer=position).values
            named = labels | {"quantity": f"lag_{int(lag)}"}
            rows += year_tables.rows(named, part, among, years, share=True, chosen=True)
    return rows
