"""Whether dependence is the same throughout the record: halves, running windows, a change at an unknown year
(docs/methods.md#b3)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import dependence_change, significance, year_blocks
from vadose.studies import of_cells
from vadose.studies.dependence import pairs, tables
from vadose.studies.depths import layer_columns
from vadose.studies.mechanism.lead_lag import regions_of

AT_ONCE = 512  # cells; memory, never the result
TESTS = ("halves", "windows", "change")
TITLE = (
    "Change of monthly dependence within the record. Mean over cells of Kendall's tau-b in the first and the second "
    "half, shares (0 to 1) of cells with a negative tau-b in each, and of cells whose halves, running windows of five "
    "years or sides of an unknown year differ (significant: p at the level of single tests; by_fdr: false discovery "
    "rate over the cells); quartiles of the first year after the largest change among significant cells. p by whole "
    "years in other orders: without any change 5 % are significant, up to 8 % where both sides remember for months; "
    "then a p of the windows of at most 0.2 % comes in up to 0.5 %."
)


def measure(precipitation: Array, soil_moisture: Array, times: AnyArray, *, seed: int) -> xr.Dataset:
    """tau-b of parts of the record and its tests, in every cell and layer.

    Parameters
    ----------
    precipitation : (cell, time) array, kg m-2
        Monthly; NaN is missing.
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
        Month starts, whole years.
    seed : int
        Of the orders of years.

    Returns
    -------
    Dataset
        Variables of the product "dependence_changes".
    """
    calendar_years = time_scales.years_of(times, "monthly")
    years, year = np.unique(calendar_years, return_inverse=True)
    by_cycle = []
    for cycle in pairs.CYCLES:
        layers = []
        for layer in range(soil_moisture.shape[1]):
            driver, response = pairs.sides(precipitation, soil_moisture[:, layer], times, cycle)
            layers.append(dependence_change.dependence_change(driver, response, year, seed=seed))
        by_cycle.append([np.stack(column, axis=1) for column in zip(*layers)])
    halves, halves_p, windows, windows_p, place, sides, change_p, parts = (
        np.stack(column, axis=1) for column in zip(*by_cycle)
    )
    dims = ("cell", "annual_cycle", "layer")
    first = years[np.nan_to_num(place).astype(int)]
    variables = {
        "tau_half": ((*dims, "half"), halves),
        "tau_half_part": ((*dims, "year"), parts),
        "tau_window": ((*dims, "window_start"), windows),
        "tau_side": ((*dims, "side"), sides),
        "change_year": (dims, np.where(np.isfinite(place), first, np.nan)),
        "p": ((*dims, "change_test"), np.stack([halves_p, windows_p, change_p], axis=-1)),
    }
    coords = {"annual_cycle": list(pairs.CYCLES), "half": ["first", "second"], "side": ["before", "after"]}
    starts = years[: windows.shape[-1]].astype(np.int16)
    coords |= {"change_test": list(TESTS), "window_start": starts, "year": years.astype(np.int16)}
    return xr.Dataset(variables, coords=coords)


def table(
    measured: xr.Dataset, alpha: float, alpha_fdr: float, codes: Array | None, names: Mapping[int, str] | None
) -> pd.DataFrame:
    """Table of changes by region, annual cycle and layer; the false discovery rate of a region is among its own cells.

    Parameters
    ----------
    measured : Dataset
        Product "dependence_changes".
    alpha, alpha_fdr : float
        Levels singly and of the field.
    codes, names : as in `lead_lag.shares`
    """
    rows = []
    for labels, inside in regions_of(measured.sizes["cell"], codes, names):
        part = measured.isel(cell=np.flatnonzero(inside))
        for which, layer in np.ndindex(part.sizes["annual_cycle"], part.sizes["layer"]):
            here = part.isel(annual_cycle=which, layer=layer)
            halves, p = here["tau_half"].values, here["p"].values
            tested = np.isfinite(p).all(axis=1)
            row = labels | {"annual_cycle": str(here["annual_cycle"].values)} | layer_columns(part, layer)
            row |= {"cells": int(tested.sum())}
            for number, half in enumerate(here["half"].values):
                row[f"mean_tau_{half}"] = of_cells.mean(halves[tested, number])
                row[f"negative_{half}"] = of_cells.mean(halves[tested, number] < 0.0)
            for number, test in enumerate(here["change_test"].values):
                _, rejected = significance.field_significance(p[:, number], alpha_fdr)
                row[f"{test}_significant"] = of_cells.mean(p[tested, number] <= alpha)
                row[f"{test}_by_fdr"] = of_cells.mean(rejected[tested])
            year = here["change_year"].values[tested & (p[:, TESTS.index("change")] <= alpha)]
            row |= of_cells.quartiles(year, ("year_lower_quartile", "year_median", "year_upper_quartile"))
            rows.append(row)
    return pd.DataFrame(rows)


def in_place_of(series: Mapping[str, xr.Dataset], measured: xr.Dataset, half: str) -> dict[str, xr.Dataset]:
    """Series of copulas whose monthly tau-b is that of one half of the record.

    Parameters
    ----------
    series : mapping of str to Dataset
        From `dependence.tables.series_of`, (cell, layer).
    measured : Dataset
        Product "dependence_changes" of the same cells.
    half : {"first", "second"}

    Returns
    -------
    dict
        Series that are not monthly as they are; tau of copulas is left alone.
    """
    out = dict(series)
    for which, cycle in enumerate(measured["annual_cycle"].values):
        name = tables.label("monthly", str(cycle))
        if name in out:
            tau = measured["tau_half"].sel(half=half).isel(annual_cycle=which).values
            out[name] = out[name].assign(kendall=(("cell", "layer"), tau))
    return out


def negative_in_resamples(measured: xr.Dataset, half: str, counts: Array, weight: Array) -> tuple[Array, int]:
    """Share of cells with a negative tau-b in one half of the record, in resampled years.

    Parameters
    ----------
    measured : Dataset
        Product "dependence_changes" of one annual cycle and layer.
    half : {"first", "second"}
    counts : (resample, year) int array
        Of the whole record, from `year_blocks.year_counts`: a resample has as many years of the half as were drawn.
    weight : (cell,) array

    Returns
    -------
    (resample,) array, int
        Spread by sqrt(n / (n - 1)) about their mean, NaN where no cell has a tau-b; and n, the years of the half.

    Notes
    -----
    tau-b changes with the years drawn to first order (`DependenceChange.half_parts`). As in
    `dependence.intervals.tile_sums`, tau of the record is first drawn towards its mean over cells by the square root of
    the share of its variance that is not sampling error, here the sum of squared parts times n / (n - 1). First order
    makes tau-b of eight years scatter 7 % less than it does.
    """
    years = measured.sizes["year"]
    inside = slice(years // 2) if half == "first" else slice(years // 2, years)
    tau, parts = measured["tau_half"].sel(half=half).values, measured["tau_half_part"].values[:, inside]
    valid = np.isfinite(tau) & np.isfinite(parts).all(axis=1)
    if not valid.any():
        return np.full(counts.shape[0], np.nan), parts.shape[1]
    tau, parts, weight = tau[valid], parts[valid], weight[valid]
    inflated = parts.shape[1] / (parts.shape[1] - 1.0)
    between, error = (tau.var(ddof=1), inflated * (parts**2).sum(axis=1).mean()) if tau.size > 1 else (0.0, 0.0)
    kept = np.sqrt(max(1.0 - error / between, 0.0)) if between > 0.0 else 1.0
    centre, share = tau.mean() + kept * (tau - tau.mean()), np.zeros(counts.shape[0])
    for start in range(0, tau.size, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        share += weight[some] @ (centre[some, None] + parts[some] @ counts[:, inside].T < 0.0)
    share /= weight.sum()
    return year_blocks.spread(share, parts.shape[1]), parts.shape[1]
