"""Dependence and controls of all, thawed and frozen months side by side, by cell and region (docs/methods.md#c7)."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.statistics import lags
from vadose.studies import regions
from vadose.studies.controls import results
from vadose.studies.controls.predictors import Predictors, predictors_of
from vadose.studies.dependence.samples import CYCLES, pair, too_few
from vadose.studies.depths import layer_columns
from vadose.studies.frozen_months import SETS, month_set

FEW_PAIRS, FEW_OF_SET = 1, 22  # as the reasons of copulas
TITLE = (
    "Dependence with and without frozen months, monthly, by layer, annual cycle and region (all: every cell): all "
    "months, those with a mean temperature of at least 0 degrees Celsius (thawed) and below (frozen). cells with a "
    "result, cells whose months of the set are fewer than dependence.frozen.min_months (too_few); share (0 to 1) of "
    "cells and of area with Kendall's tau-b below zero, and mean tau-b; share of the same cells with all months "
    "(share_with_all_months). share_of_<control>: mean share of the ridge coefficients, annual cycle kept."
)


def compare(precipitation: Array, soil_moisture: Array, times: AnyArray, temperature: Array, fewest: int) -> xr.Dataset:
    """Kendall's tau-b of monthly values in each set of months.

    Parameters
    ----------
    precipitation, temperature : (cell, time) arrays, kg m-2, K
        NaN is missing; a month without temperature is in the set of all months alone.
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
        Month starts, whole years.
    fewest : int
        Months that a cell needs of the thawed or the frozen ones.

    Returns
    -------
    Dataset
        kendall (cell, month_set, annual_cycle, layer); n and reason (cell, month_set, layer).
    """
    shape = (precipitation.shape[0], len(SETS), len(CYCLES), soil_moisture.shape[1])
    kendall = np.full(shape, np.nan)
    count, reason = (np.zeros((shape[0], shape[1], shape[3]), dtype=kind) for kind in (np.int16, np.int8))
    for (place, name), (number, cycle), layer in _cases(soil_moisture.shape[1]):
        months = month_set(temperature, name, fewest)
        values = (precipitation, soil_moisture[:, layer], times, "monthly", cycle)
        driver, response = pair(*values, months=months)
        few = too_few(driver, driver if months is None else pair(*values)[0], "monthly", months)
        tau, pairs = lags.lags_and_pairs(driver, response, 0)
        kendall[:, place, number, layer] = np.where(few, np.nan, tau[:, 0])
        count[:, place, layer] = pairs[:, 0]
        lacking = np.where(np.isfinite(tau[:, 0]), 0, FEW_PAIRS)
        reason[:, place, layer] = np.where(few, FEW_OF_SET, lacking)
    dims = ("cell", "month_set", "annual_cycle", "layer")
    by_set = ("cell", "month_set", "layer")
    return xr.Dataset(
        {"kendall": (dims, kendall), "n": (by_set, count), "reason": (by_set, reason)},
        coords={"month_set": list(SETS), "annual_cycle": list(CYCLES)},
    )


def _cases(layers: int) -> Iterator[tuple[tuple[int, str], tuple[int, str], int]]:
    for place, number, layer in np.ndindex(len(SETS), len(CYCLES), layers):
        yield (place, SETS[place]), (number, CYCLES[number]), layer


def shares(
    monthly: Sequence[Array],
    soil_moisture: Array,
    times: AnyArray,
    temperature: Array,
    fewest: int,
    chosen: Predictors,
    **options,
) -> xr.Dataset:
    """Shares of the ridge coefficients of monthly values in each set of months.

    Parameters
    ----------
    monthly, soil_moisture, times, chosen : as in `results.fit_time_scales`
    temperature, fewest : as in `compare`
    **options
        As in `results.fit_scale`.

    Returns
    -------
    Dataset
        share (cell, month_set, layer, control).
    """
    predictors, parts = predictors_of(*monthly, times, "monthly", chosen=chosen), []
    for name in SETS:
        response, least = results.response_of(soil_moisture, times, "monthly", month_set(temperature, name, fewest))
        how = {"fewest": least, **options}
        parts.append(results.fit_scale(predictors, response, "monthly", len(chosen.controls), **how)["share"])
    stacked = xr.concat(parts, "month_set").transpose("cell", "month_set", "layer", "control")
    return stacked.to_dataset(name="share").assign_coords(month_set=list(SETS), control=list(chosen.labels))


def table(compared: xr.Dataset, codes: Array | None, names: Mapping[int, str]) -> pd.DataFrame:
    """The product "frozen_months" by region.

    Parameters
    ----------
    compared : Dataset
    codes : (cell,) int array, optional
        Region of each cell, 0 where there is none.
    names : mapping of int to str
        Of regions.

    Returns
    -------
    DataFrame
        As TITLE says.
    """
    everywhere = np.ones(compared.sizes["cell"], dtype=bool)
    parts = [({"region": "all", "region_name": ""}, everywhere)]
    parts += list(regions.each(codes, names)) if codes is not None else []
    rows = []
    for labels, inside in parts:
        for place, number, layer in np.ndindex(len(SETS), len(CYCLES), compared.sizes["layer"]):
            row = labels | {"months": SETS[place], "annual_cycle": CYCLES[number]} | layer_columns(compared, layer)
            rows.append(row | _row(compared.isel(month_set=place, layer=layer), compared, number, layer, inside))
    return pd.DataFrame(rows)


def _row(part: xr.Dataset, compared: xr.Dataset, cycle: int, layer: int, inside: Array) -> dict[str, float]:
    tau = part["kendall"].values[:, cycle]
    there = inside & np.isfinite(tau)
    area = compared["area"].values
    row = {"cells": int(there.sum()), "too_few": int((inside & (part["reason"].values == FEW_OF_SET)).sum())}
    if not there.any():
        return row
    every = compared["kendall"].values[there, 0, cycle, layer]
    row |= {"share_of_cells": float((tau[there] < 0).mean()), "mean_kendall": float(tau[there].mean())}
    row |= {"share_of_area": float(area[there & (tau < 0)].sum() / area[there].sum())}
    row |= {"share_with_all_months": float((every < 0).mean())}
    if "share" in part and cycle == 0:
        fitted = part["share"].values[inside]
        fitted = fitted[np.isfinite(fitted).all(axis=1)]
        means = fitted.mean(axis=0) if fitted.size else np.full(part.sizes["control"], np.nan)
        row |= {f"share_of_{name}": float(value) for name, value in zip(part["control"].values, means, strict=True)}
    return row
