"""Findings of study B on what stands behind dependence."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from vadose.pages.report.findings import row_of


def findings(products: Mapping[str, xr.Dataset], tables: Mapping[str, pd.DataFrame], seed: int) -> list[dict]:
    """Rows with the columns of the findings, of the stages that the run has.

    Parameters
    ----------
    products : mapping
        Merged products by name.
    tables : mapping
        Tables of study B by name.
    seed : int
        Of the intervals over places.
    """
    return _lead_lags(products["lead_lag"], tables["lead_lag"], seed) if "lead_lag" in products else []


def _lead_lags(measured: xr.Dataset, table: pd.DataFrame, seed: int) -> list[dict]:
    """Cells in which a side leads, uppermost layer."""
    rows, whole = [], table[table["region"] == "all"]
    for which, direction in enumerate(measured["direction"].values):
        p = measured["p"].values[:, which, 0]
        here = whole[whole["direction"] == str(direction)].iloc[0]
        judging = (
            f"without any lead 5 % by chance; {100 * here['significant_by_fdr']:.3g} % in the field, of these "
            f"{100 * here['positive_of_those']:.3g} % with a positive correlation"
        )
        values = np.where(np.isfinite(p), 100.0 * (p < 0.05), np.nan)
        name = f"{str(direction).capitalize()} by one to three months, uppermost layer (p < 0.05)"
        rows.append(row_of(name, values, measured, "% of cells", judging, seed))
    return rows
