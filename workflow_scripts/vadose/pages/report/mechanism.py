"""Findings of study B on what stands behind dependence."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from vadose.pages.report import changes, levels
from vadose.pages.report.finding import row_of


def findings(
    products: Mapping[str, xr.Dataset], tables: Mapping[str, pd.DataFrame], alpha: float, seed: int
) -> list[dict]:
    """Rows with the columns of the findings, of the stages that the run has.

    Parameters
    ----------
    products : mapping
        Merged products by name.
    tables : mapping
        Tables of study B by name.
    alpha : float
        Level of single tests.
    seed : int
        Of the intervals over places.
    """
    rows = _lead_lags(products["lead_lag"], tables["lead_lag"], alpha, seed) if "lead_lag" in products else []
    if "partial_dependence" in products:
        rows += _left(products["partial_dependence"], tables["partial_dependence"], seed)
    rows += _memory(products["memory"], tables["memory"], seed) if "memory" in products else []
    if "dependence_changes" in products:
        changed = products["dependence_changes"], tables["dependence_changes"]
        rows += changes.dependence_changes(*changed, alpha, seed)
    return rows


def _lead_lags(measured: xr.Dataset, table: pd.DataFrame, alpha: float, seed: int) -> list[dict]:
    """Cells in which a side leads, uppermost layer."""
    rows, whole = [], table[table["region"] == "all"]
    for which, direction in enumerate(measured["direction"].values):
        p = measured["p"].values[:, which, 0]
        here = whole[whole["direction"] == str(direction)].iloc[0]
        judging = f"without any lead {levels.by_chance(str(direction), alpha)}; "
        judging += f"{100 * here['significant_by_fdr']:.3g} % in the field"
        if np.isfinite(here["positive_of_those"]):
            judging += f", of these {100 * here['positive_of_those']:.3g} % with a positive correlation"
        values = np.where(np.isfinite(p), 100.0 * (p <= alpha), np.nan)
        name = f"{str(direction).capitalize()} by one to three months, uppermost layer (p \u2264 {alpha:g})"
        rows.append(row_of(name, values, measured, "% of cells", judging, seed))
    return rows


def _left(measured: xr.Dataset, table: pd.DataFrame, seed: int) -> list[dict]:
    """Negative dependence that is left given evapotranspiration, by layer, annual cycle kept."""
    rows, whole = [], table[(table["region"] == "all") & (table["annual_cycle"] == "kept")]
    for number, layer in enumerate(measured["layer"].values):
        here = whole[whole["layer"] == layer].set_index("estimator")
        told = [
            f"{100 * here.loc[name, 'negative_share_of_cells']:.3g} % by {name}"
            for name in ("tau-b", "partial rank correlation given both", "partial tau given both")
        ]
        values = measured["conditional_kendall"].values[:, 0, number]
        values = np.where(np.isfinite(values), 100.0 * (values < 0.0), np.nan)
        name = f"Negative dependence given evapotranspiration (vine), monthly, {here['depth_cm'].iloc[0]} cm"
        rows.append(row_of(name, values, measured, "% of cells", "; ".join(told), seed))
    return rows


def _memory(measured: xr.Dataset, table: pd.DataFrame, seed: int) -> list[dict]:
    """Memory of each layer."""
    rows, whole = [], table[table["region"] == "all"].set_index("layer")
    for number, layer in enumerate(measured["layer"].values):
        here = whole.loc[layer]
        judging = f"over the {100 * here['falls']:.3g} % of cells whose anomalies are forgotten within 36 months"
        if np.isfinite(here["mean_share_of_memory"]):
            share = f"{100 * here['mean_share_of_memory']:.3g} %"
            judging += f"; memory explains {share} of the lag profile of tau where it leaves its band"
        values = measured["e_folding"].values[:, number]
        name = f"E-folding time of soil-moisture anomalies, {here['depth_cm']} cm"
        rows.append(row_of(name, values, measured, "months", judging, seed))
    return rows
