"""Soil moisture of seasons and layers against annual productivity: cell by cell, and per land-cover class (study A,
docs/methods.md#a5)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import correlation, quality, significance
from vadose.statistics.landcover import CLASSES

DETREND = ("none", "linear")
GROUPS = (*CLASSES.values(), "all classes", "all land")
TITLE = (
    "Correlation of soil moisture with annual gross primary productivity by land-cover class, season and layer: mean r "
    "and p over valid cells, "
    "by cell and by area (1), numbers of cells, and shares of significant cells (1) of valid cells, of all land cells "
    "and of all cells of the grid."
)


def depth_ranges(top: Array, bottom: Array) -> list[tuple[str, list[int]]]:
    """Root zone (every layer but the first and the last) and the deepest layer, with names from their bounds.

    Parameters
    ----------
    top, bottom : (layer,) arrays, m

    Returns
    -------
    list of (name, layers)
        "10-100 cm" and "100-200 cm" for GLDAS-Noah; with one or two layers the deepest only.
    """
    middle, last = list(range(1, len(top) - 1)), [len(top) - 1]
    chosen = [middle, last] if middle else [last]
    return [(f"{100 * top[layers[0]]:g}-{100 * bottom[layers[-1]]:g} cm", layers) for layers in chosen]


def analysed(means: xr.Dataset, annual: xr.Dataset, reason: Array) -> tuple[Array, Array, Array]:
    """Soil moisture and productivity of the years that both have.

    Parameters
    ----------
    means : Dataset
        Product "seasonal_soil_moisture".
    annual : Dataset
        Product "annual_productivity".
    reason : (cell,) int array
        Codes of `vadose.statistics.quality.Reason`; cells that were not analysed are missing. A constant soil moisture
        is correlated with nothing, but counts.

    Returns
    -------
    (cell, year, season, layer) array, (cell, year) array, (year,) array

    Raises
    ------
    ValueError
        If no year is common.
    """
    years = np.intersect1d(means["year"].values, annual["year"].values)
    if years.size == 0:
        raise ValueError(
            "annual productivity: expected years in common with soil moisture, found none. Check "
            "variability.productivity_years."
        )
    moisture = means["soil_moisture"].sel(year=years).values
    moisture[~np.isin(reason, (quality.Reason.OK, quality.Reason.CONSTANT))] = np.nan
    return moisture, annual["gross_primary_productivity"].sel(year=years).values.astype(float), years


def columns_of(seasonal: Array, ranges: Sequence[tuple[str, list[int]]]) -> Array:
    """What is correlated with productivity: soil moisture of every season and layer, then annual soil moisture of depth
    ranges; (cell, year, season, layer) -> (cell, year, column), in the order of `labels_of`."""
    cells, years, seasons, layers = seasonal.shape
    annual = seasonal.mean(axis=2)
    by_range = np.stack([annual[:, :, chosen].sum(axis=2) for _, chosen in ranges], axis=2)
    return np.concatenate([seasonal.reshape(cells, years, seasons * layers), by_range], axis=2)


def labels_of(
    seasons: Sequence[object], layers: Sequence[object], ranges: Sequence[tuple[str, list[int]]]
) -> list[tuple[str, str]]:
    """Season and layer of the columns; annual soil moisture of depth ranges has season "annual"."""
    return [(str(season), str(layer)) for season in seasons for layer in layers] + [
        ("annual", name) for name, _ in ranges
    ]


def correlate(
    seasonal: Array, productivity: Array, years: Array, ranges: Sequence[tuple[str, list[int]]], alpha_fdr: float
) -> xr.Dataset:
    """Correlation of every season and layer, and of annual soil moisture of depth ranges, with annual productivity.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) array, kg m-2
    productivity : (cell, year) array, g m-2 yr-1
    years : (year,) array
        Calendar years of both.
    ranges : sequence of (name, layers)
        From `depth_ranges`.
    alpha_fdr : float
        False discovery rate; each season and layer is one field over all cells.

    Returns
    -------
    Dataset
        Variables of the product "productivity_correlation"; missing with fewer than ten years or a constant side.
    """
    cells, _, seasons, layers = seasonal.shape
    columns = columns_of(seasonal, ranges)
    shape = (cells, len(DETREND), columns.shape[2])
    r = np.full(shape, np.nan)
    p = np.full(shape, np.nan)
    q = np.full(shape, np.nan)
    rejected = np.zeros(shape, np.int8)
    for number, detrend in enumerate(DETREND):
        for column in range(columns.shape[2]):
            fitted = correlation.pearson(columns[:, :, column], productivity, detrend, years)
            r[:, number, column], p[:, number, column] = fitted.r, fitted.p
            q[:, number, column], rejected[:, number, column] = significance.field_significance(fitted.p, alpha_fdr)
    common = np.isfinite(seasonal).all(axis=(2, 3)) & np.isfinite(productivity)
    result = xr.Dataset({"years": ("cell", common.sum(axis=1).astype(np.int16))})
    for name, values in (("r", r), ("p", p), ("q", q), ("rejected", rejected)):
        parts = values[:, :, : seasons * layers].reshape(cells, len(DETREND), seasons, layers)
        result[name] = (("cell", "detrend", "season", "layer"), parts)
        result[f"{name}_range"] = (("cell", "detrend", "depth_range"), values[:, :, seasons * layers :])
    return result


def summarise(
    correlated: xr.Dataset, land_cover: Array, area: Array, grid_cells: int, alpha: float, alpha_fdr: float
) -> pd.DataFrame:
    """The supplementary table of study A: one row per group of cells, season, layer and variant.

    Parameters
    ----------
    correlated : Dataset
        Product "productivity_correlation".
    land_cover : (cell,) int array
        1 to 4 as in `vadose.statistics.landcover.CLASSES`, 0 for none.
    area : (cell,) array, m2
    grid_cells : int
        Cells of the whole grid, sea included: the paper's denominator (docs/methods.md#a5).
    alpha, alpha_fdr : float
        Levels of single tests and of the false discovery rate.

    Returns
    -------
    DataFrame
        Annual soil moisture of depth ranges has season "annual".
    """
    rows = []
    everything = np.zeros(area.size, int)
    classes = np.asarray(land_cover).astype(int) - 1
    for detrend in correlated["detrend"].values:
        part = correlated.sel(detrend=detrend)
        cases = [
            (s, str(d), part.sel(season=s, layer=d), "") for s in part["season"].values for d in part["layer"].values
        ]
        cases += [("annual", str(d), part.sel(depth_range=d), "_range") for d in part["depth_range"].values]
        for season, layer, case, ending in cases:
            r, p, q = (case[f"{name}{ending}"].values for name in ("r", "p", "q"))
            for codes, count, names in ((classes, len(CLASSES), GROUPS[:-1]), (everything, 1, GROUPS[-1:])):
                single = correlation.by_class(r, p, codes, count, area, alpha)
                field = correlation.by_class(r, q, codes, count, area, alpha_fdr)
                for number, name in enumerate(names):
                    rows.append(_row(name, season, layer, detrend, single, field, number, grid_cells))
    return pd.DataFrame(rows)


def _row(name: str, season: str, layer: str, detrend: str, single, field, number: int, grid_cells: int) -> dict:
    return {
        "class": name,
        "season": season,
        "layer": layer,
        "detrend": detrend,
        "r": single.r[number],
        "p": single.p[number],
        "r_by_area": single.r_by_area[number],
        "p_by_area": single.p_by_area[number],
        "cells": single.cells[number],
        "valid": single.valid[number],
        "significant": single.significant[number],
        "significant_by_fdr": field.significant[number],
        "share_of_valid": single.share_of_valid[number],
        "share_of_land_cells": single.share_of_grid[number],
        "share_of_grid_cells": single.significant[number] / grid_cells,
        "area_share_of_valid": single.area_share_of_valid[number],
        "fdr_share_of_valid": field.share_of_valid[number],
    }


def as_product(table: pd.DataFrame, correlated: xr.Dataset) -> xr.Dataset:
    """The supplementary table as arrays (class, detrend, season, layer), and (class, detrend, depth_range) with the
    ending _range."""
    result = xr.Dataset()
    numbers = table.columns[4:]
    for ending, inner, chosen in (
        ("", ["season", "layer"], table["season"] != "annual"),
        ("_range", ["layer"], table["season"] == "annual"),
    ):
        axes = {"class": list(GROUPS), "detrend": list(DETREND)} | {
            name: [str(v) for v in correlated["depth_range" if ending else name].values] for name in inner
        }
        indexed = (
            table[chosen]
            .set_index(list(axes))[list(numbers)]
            .reindex(pd.MultiIndex.from_product(axes.values(), names=list(axes)))
        )
        dims = tuple("depth_range" if ending and name == "layer" else name for name in axes)
        shape = tuple(len(values) for values in axes.values())
        for name in numbers:
            values = indexed[name].to_numpy(float).reshape(shape)
            result[f"{name}{ending}"] = (dims, values)
    return result.assign_coords(
        {"class": list(GROUPS)} | {name: correlated[name] for name in ("detrend", "season", "layer", "depth_range")}
    )
