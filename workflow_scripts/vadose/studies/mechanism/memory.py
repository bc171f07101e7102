"""Lag profiles with their null band, memory of soil moisture, and what of the profile it explains
(docs/methods.md#b3)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import memory
from vadose.studies import of_cells
from vadose.studies.dependence import pairs
from vadose.studies.depths import layer_columns
from vadose.studies.mechanism.lead_lag import regions_of

LONGEST = 36  # ASSUME: months within which anomalies must have been forgotten for their memory to be told
TITLES = {
    "lag_profiles": "Lag profiles. Mean over cells of Kendall's tau-b of precipitation with soil moisture so many "
    "months later, of the limits of its 95 % band without dependence (turns by whole years; with the annual cycle kept "
    "it is about the tau of the shared season), and shares (0 to 1) of the cells below and above their band: 0.025 "
    "each without dependence.",
    "memory": "Memory of soil moisture. Share (0 to 1) of the cells whose autocorrelation of monthly anomalies falls "
    "below 1/e within 36 months, and quartiles of the time it takes (months); mean share (1) of the lag profile of tau "
    "(annual cycle removed) that this memory explains, over the cells whose profile leaves its band at some lag.",
}


def measure(precipitation: Array, soil_moisture: Array, times: AnyArray, *, max_lag: int) -> xr.Dataset:
    """Lag profiles, memory and the share of the profile that it explains, in every cell and layer.

    Parameters
    ----------
    precipitation : (cell, time) array, kg m-2
        Monthly; NaN is missing.
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
        Month starts, whole years.
    max_lag : int
        Months.

    Returns
    -------
    Dataset
        Variables of the product "memory".
    """
    by_cycle = []
    for cycle in pairs.CYCLES:
        layers = [
            memory.lag_profile(*pairs.sides(precipitation, soil_moisture[:, layer], times, cycle), max_lag)
            for layer in range(soil_moisture.shape[1])
        ]
        by_cycle.append([np.stack(column, axis=1) for column in zip(*layers)])
    tau, low, high, beyond = (np.stack(column, axis=1) for column in zip(*by_cycle))
    removed, folding, shares = pairs.CYCLES.index(pairs.REMOVED), [], []
    longest = min(max(LONGEST, max_lag), times.size - 1)
    for layer in range(soil_moisture.shape[1]):
        own = memory.autocorrelation(time_scales.anomalies(soil_moisture[:, layer], times), longest)
        folding.append(memory.e_folding(own[:, : LONGEST + 1]))
        explained = memory.share_of_memory(tau[:, removed, layer], own[:, : max_lag + 1])
        shares.append(np.where(beyond[:, removed, layer], explained, np.nan))
    dims = ("cell", "annual_cycle", "layer", "lag")
    variables = {name: (dims, values) for name, values in (("tau", tau), ("band_low", low), ("band_high", high))}
    variables |= {"e_folding": (("cell", "layer"), np.stack(folding, axis=1))}
    variables |= {"share_of_memory": (("cell", "layer"), np.stack(shares, axis=1))}
    coords = {"annual_cycle": list(pairs.CYCLES), "lag": np.arange(max_lag + 1, dtype=np.int16)}
    return xr.Dataset(variables, coords=coords)


def profiles(measured: xr.Dataset, codes: Array | None, names: Mapping[int, str] | None) -> pd.DataFrame:
    """Table of lag profiles by region, annual cycle, layer and lag.

    Parameters
    ----------
    measured : Dataset
        Product "memory".
    codes, names : as in `lead_lag.shares`
    """
    rows = []
    for labels, inside in regions_of(measured.sizes["cell"], codes, names):
        part = measured.isel(cell=np.flatnonzero(inside))
        for which, layer, lag in np.ndindex(*part["tau"].shape[1:]):
            tau, low, high = (part[name].values[:, which, layer, lag] for name in ("tau", "band_low", "band_high"))
            there = np.isfinite(tau) & np.isfinite(low)
            row = labels | {"annual_cycle": str(part["annual_cycle"].values[which])} | layer_columns(part, layer)
            row |= {"lag": int(part["lag"].values[lag]), "cells": int(there.sum())}
            columns = {"mean_tau": tau, "mean_low": low, "mean_high": high, "below": tau < low, "above": tau > high}
            rows.append(row | {name: of_cells.mean(values[there]) for name, values in columns.items()})
    return pd.DataFrame(rows)


def table(measured: xr.Dataset, codes: Array | None, names: Mapping[int, str] | None) -> pd.DataFrame:
    """Table of memory by region and layer.

    Parameters
    ----------
    measured, codes, names : as in `profiles`
    """
    rows = []
    for labels, inside in regions_of(measured.sizes["cell"], codes, names):
        part = measured.isel(cell=np.flatnonzero(inside))
        with_tau = np.isfinite(part["tau"].values[:, -1, :, 0])
        for layer in range(part.sizes["layer"]):
            time, share = (part[name].values[:, layer] for name in ("e_folding", "share_of_memory"))
            fell, explained = np.isfinite(time), share[np.isfinite(share)]
            row = labels | layer_columns(part, layer) | {"cells": int(with_tau[:, layer].sum())}
            row["falls"] = fell.sum() / max(int(with_tau[:, layer].sum()), 1)
            row |= of_cells.quartiles(time[fell], ("lower_quartile", "median", "upper_quartile"))
            row |= {"cells_with_profile": explained.size, "mean_share_of_memory": of_cells.mean(explained)}
            rows.append(row)
    return pd.DataFrame(rows)
