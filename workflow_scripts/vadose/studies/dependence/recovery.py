"""Whether study B finds what was planted: Kendall's tau, lags and tails of the copula provinces of the synthetic
Earth."""

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import copula
from vadose.studies.dependence import pairs
from vadose.studies.depths import layer_columns

COPULA = 1  # scheme of cells with a planted copula
OWN_SHARE = 0.75  # ASSUME: a cell with less of its area from its own block is a mixture of truths
TAU_BIAS = (
    0.03  # ASSUME: what the rest of the cell, packing and the removal of a climatology of few years may shift tau
)
FIRM_TAU = 0.25
TITLE = (
    "Planted and recovered dependence, by planted truth and layer. Kendall's tau of monthly values, annual cycle "
    "removed, at the planted lag, mean over cells and tolerance (three "
    "standard errors of the mean, from planted blocks, whose cells share their series, plus 0.03); share (0 to 1) of "
    "cells with the planted lag as optimal "
    "lag, and of cells whose copula has the planted tail behaviour (only where the copula was fitted at the planted "
    "lag). Cells with at least three quarters "
    "of their area in one block."
)
COLUMNS = [
    "code",
    "name",
    "layer",
    "depth_cm",
    "planted_lag_months",
    "shared_season",
    "cells",
    "blocks",
    "planted_tau",
    "recovered_tau",
    "tolerance",
    "tau_within",
    "lag_found",
    "planted_tail",
    "tail_found",
    "negative_annual_cycle_kept",
    "negative_annual_cycle_removed",
]


def planted_tail(family: int, tau: float) -> int:
    """Tail class (position in `dependence.TAILS`) of a planted family at a planted tau."""
    if family == 0:
        return 0
    tails = copula.tail_dependence(*_parameters(family, tau))
    return int(pairs.tail_class(np.array([tau]), tails.lower, tails.upper)[0])


def _parameters(family: int, tau: float) -> tuple[Array, Array, Array]:
    par, par2 = copula.parameters_for_tau(family, tau)
    return np.array([float(family)]), np.array([par]), np.array([par2])


def compare(truth: xr.Dataset, lags: xr.Dataset, copulas: xr.Dataset) -> tuple[pd.DataFrame, Array, Array]:
    """Planted against recovered, one row per planted truth and layer.

    Parameters
    ----------
    truth, lags, copulas : Dataset
        Products of those names on the same cells; copulas with the annual cycle kept and removed
        (`dependence.copula.compare_annual_cycle`).

    Returns
    -------
    DataFrame
        Columns COLUMNS.
    (planted lag, found lag) int array
        Numbers of cells and layers, where |tau| is at least FIRM_TAU; lags 0 to the largest.
    (planted class, found class) int array
        Numbers of cells and layers by tail class (the first five of `dependence.TAILS`), fitted at the planted lag.
    """
    removed = list(lags["annual_cycle"].values).index(pairs.REMOVED)
    planted = (truth["scheme"].values == COPULA) & (truth["own_share"].values >= OWN_SHARE)
    count = lags.sizes["lag"]
    confusion = np.zeros((count, count), dtype=int)
    classes = np.zeros((5, 5), dtype=int)
    keys = np.stack([truth["family"].values, truth["lag"].values, truth["shared_season"].values], axis=1).astype(int)
    rows = []
    for family, lag, shared in np.unique(keys[planted], axis=0) if planted.any() else ():
        those = planted & (keys == (family, lag, shared)).all(axis=1)
        for layer in range(lags.sizes["layer"]):
            for tau in np.unique(truth["tau"].values[those, layer]):
                cells = those & (truth["tau"].values[:, layer] == tau)
                row = _one(
                    cells,
                    truth["block"].values[cells],
                    layer,
                    float(tau),
                    int(lag),
                    lags.isel(annual_cycle=removed),
                    copulas,
                    removed,
                )
                klass = planted_tail(int(family), float(tau))
                tails_found = row.pop("classes")
                np.add.at(confusion, (int(lag), row.pop("lags")), 1 if abs(tau) >= FIRM_TAU else 0)
                np.add.at(classes, (klass, tails_found), 1)
                row |= {"code": int(family), "name": copula.FAMILIES[int(family)]} | layer_columns(lags, layer)
                row |= {"planted_lag_months": int(lag), "shared_season": bool(shared), "planted_tau": float(tau)}
                row |= {
                    "planted_tail": pairs.TAILS[klass],
                    "tail_found": float(np.mean(tails_found == klass)) if tails_found.size else np.nan,
                }
                rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS), confusion, classes


def _one(
    cells: Array, block: Array, layer: int, tau: float, lag: int, lags: xr.Dataset, copulas: xr.Dataset, removed: int
) -> dict:
    """Recovered numbers of the cells that share a truth, in one layer."""
    tau_at_lag = lags["tau"].values[cells, layer, lag]
    best = lags["optimal_lag"].values[cells, layer]
    valid = np.isfinite(tau_at_lag) & np.isfinite(best)
    blocks = [float(tau_at_lag[valid & (block == number)].mean()) for number in np.unique(block[valid])]
    spread = float(np.std(blocks, ddof=1)) if len(blocks) > 1 else 0.0
    error = max(spread, _independent_error(copulas, cells)) / np.sqrt(len(blocks)) if blocks else np.nan
    mean = float(tau_at_lag[valid].mean()) if valid.any() else np.nan
    used = copulas["lag_by_annual_cycle"].values[cells, removed, layer]
    classes = copulas["tail_class_by_annual_cycle"].values[cells, removed, layer]
    raw = copulas["tau_by_annual_cycle"].values[cells, 1 - removed, layer]
    anomalies = copulas["tau_by_annual_cycle"].values[cells, removed, layer]
    return {
        "cells": int(valid.sum()),
        "blocks": len(blocks),
        "recovered_tau": mean,
        "tolerance": 3.0 * error + TAU_BIAS,
        "tau_within": bool(abs(mean - tau) <= 3.0 * error + TAU_BIAS),
        "lag_found": float(np.mean(best[valid] == lag)) if valid.any() else np.nan,
        "negative_annual_cycle_kept": _share_negative(raw),
        "negative_annual_cycle_removed": _share_negative(anomalies),
        "classes": classes[(used == lag) & (classes >= 0)].astype(int),
        "lags": best[valid].astype(int),
    }


def _independent_error(copulas: xr.Dataset, cells: Array) -> float:
    """Standard error of tau of independent series of the mean length: sqrt(2 (2 n + 5) / (9 n (n - 1)))."""
    n = float(copulas["n"].values[cells].max(initial=2))
    return float(np.sqrt(2.0 * (2.0 * n + 5.0) / (9.0 * n * (n - 1.0))))


def _share_negative(tau: Array) -> float:
    valid = np.isfinite(tau)
    return float(np.mean(tau[valid] < 0.0)) if valid.any() else np.nan
