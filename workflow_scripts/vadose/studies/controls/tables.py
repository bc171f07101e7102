"""Tables of what controls soil moisture: strong and dominant controls by time scale, layer and latitude, and
reasons."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics.ridge import regression
from vadose.studies.controls.results import REASON_NAMES
from vadose.studies.depths import layer_columns

TITLES = {
    "strong_controls": (
        "Strong univariate control: share (1) of cells and of area in which one control exceeds the threshold, and in "
        "which it is the largest, by "
        "time scale, layer and control; mean share of each control and mean stability of the dominant control. Of "
        "cells with shares. In means over seasons and years each month counts alike, whatever its days."
    ),
    "controls_by_latitude": "Strong and dominant controls by 10 degree bands of latitude (degrees north): shares (1) "
    "of cells and of area with shares.",
    "control_reasons": "Why cells have shares or not, by time scale and layer: cells and area (m²).",
}
BAND = 10.0  # degrees of latitude


def _rows_of(fitted: xr.Dataset, chosen: Array, labels: dict, stable: bool) -> list[dict]:
    """One row per control of one time scale and layer, over the chosen cells with shares."""
    share, area = fitted["share"].values, fitted["area"].values
    with_shares = chosen & np.isfinite(share).all(axis=1)
    whole, rows = area[with_shares].sum(), []
    for number, name in enumerate(_names(fitted)):
        strong = with_shares & (fitted["strong"].values == number)
        first = with_shares & (fitted["dominant"].values == number)
        row = labels | {"control": name, "cells": int(with_shares.sum()), "strong_cells": int(strong.sum())}
        for kind, here in (("strong", strong), ("dominant", first)):
            row[f"{kind}_share_of_cells"] = here.sum() / with_shares.sum() if with_shares.any() else np.nan
            row[f"{kind}_share_of_area"] = area[here].sum() / whole if with_shares.any() else np.nan
        if stable:
            row["mean_share"] = share[with_shares, number].mean() if with_shares.any() else np.nan
            row["mean_stability"] = np.nan
            if "stability" in fitted and first.any():
                row["mean_stability"] = fitted["stability"].values[first].mean()
        rows.append(row)
    return rows


def _names(fitted: xr.Dataset) -> list[str]:
    """Of the controls; those of the published regression where nothing names them."""
    return list(map(str, fitted["control"].values)) if "control" in fitted.coords else list(regression.CONTROLS)


def _each(controls: xr.Dataset):
    for time_scale in controls["time_scale"].values:
        for position in range(controls.sizes["layer"]):
            labels = {"time_scale": str(time_scale)} | layer_columns(controls, position)
            yield labels, controls.sel(time_scale=time_scale).isel(layer=position)


def strong_controls(controls: xr.Dataset) -> pd.DataFrame:
    """Strong and dominant controls over all cells.

    Parameters
    ----------
    controls : Dataset
        Product "controls".

    Returns
    -------
    DataFrame
        Columns time_scale, layer, depth_cm, control, cells (with shares), strong_cells, shares of cells and of area
        under strong and dominant control, mean_share, mean_stability (of the cells in which the control dominates).
    """
    every = np.ones(controls.sizes["cell"], bool)
    return pd.DataFrame([row for labels, part in _each(controls) for row in _rows_of(part, every, labels, True)])


def controls_by_latitude(controls: xr.Dataset) -> pd.DataFrame:
    """As `strong_controls`, in bands of latitude that hold cells with shares; south and north are their bounds."""
    band = np.floor(controls["lat"].values / BAND).astype(int)
    rows = []
    for labels, part in _each(controls):
        for number in np.unique(band):
            bounds = {"south": number * BAND, "north": (number + 1) * BAND}
            rows += [row for row in _rows_of(part, band == number, labels | bounds, False) if row["cells"]]
    return pd.DataFrame(rows)


def control_reasons(controls: xr.Dataset) -> pd.DataFrame:
    """Cells and area by reason, reasons without cells too; the cells of each time scale and layer sum to all cells."""
    area, rows = controls["area"].values, []
    for labels, part in _each(controls):
        for code, name in REASON_NAMES.items():
            here = part["reason"].values == code
            rows.append(labels | {"code": code, "reason": name, "cells": int(here.sum()), "area_m2": area[here].sum()})
    return pd.DataFrame(rows)


TABLES: dict[str, Callable[[xr.Dataset], pd.DataFrame]] = {
    "strong_controls": strong_controls,
    "controls_by_latitude": controls_by_latitude,
    "control_reasons": control_reasons,
}
