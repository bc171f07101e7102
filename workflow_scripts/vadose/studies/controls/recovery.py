"""Planted against recovered controls of soil moisture on the synthetic Earth."""

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics.ridge import regression
from vadose.studies.planted import row

# ASSUME: of the mean share of a region; the planted noise and wet days that follow volume blur shares by about a tenth
SHARE_TOLERANCE = 0.15
AGREEMENT = 0.9  # share of cells whose dominant control must be the planted one


def recovered_controls(truth: xr.Dataset, controls: xr.Dataset, own_share: float = 0.75) -> list[dict]:
    """Planted against recovered controls, monthly, by region (ecoregion and planted control) and layer.

    Parameters
    ----------
    truth : Dataset
        Product "truth_dependence".
    controls : Dataset
        Product "controls" on the same cells.
    own_share : float
        Cells of which less lies in their own planted block mix two truths and take no part.

    Returns
    -------
    list of dict
        `planted.COLUMNS`: the share of cells whose dominant control is the planted one, and the mean share of each
        control; nothing where the controls are others than those of the planted truth.
    """
    if [str(name) for name in controls["control"].values] != list(regression.CONTROLS):
        return []
    monthly, rows = controls.sel(time_scale="monthly"), []
    planted, weights = truth["control_share"].values, truth["dominant_control"].values
    inside = np.isfinite(planted).all(axis=1) & (truth["own_share"].values >= own_share)
    for ecoregion in np.unique(truth["ecoregion"].values[inside]).astype(int):
        for control in (*range(len(regression.CONTROLS)), -1):
            region = inside & (truth["ecoregion"].values == ecoregion) & (weights == control)
            for number, layer in enumerate(monthly["layer"].values):
                share = monthly["share"].values[:, number]
                here = region & np.isfinite(share).all(axis=1)
                if here.any():
                    named = regression.CONTROLS[control] if control >= 0 else "none planted"
                    case = f"ecoregion {ecoregion}, {named}, layer {layer}"
                    rows += _recovered(
                        case, control, planted[here].mean(axis=0), share[here], monthly["dominant"].values[here, number]
                    )
    return rows


def _recovered(case: str, control: int, planted: Array, share: Array, dominant: Array) -> list[dict]:
    rows = []
    if control >= 0:
        agreement = np.mean(dominant == control)
        quantity = "cells with the planted dominant control (1)"
        rows.append(row(quantity, case, 1.0, agreement, 1.0 - AGREEMENT, len(share)))
    for number, name in enumerate(regression.CONTROLS):
        mean = share[:, number].mean()
        rows.append(row(f"mean share of {name} (1)", case, planted[number], mean, SHARE_TOLERANCE, len(share)))
    return rows
