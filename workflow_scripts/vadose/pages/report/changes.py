"""Findings on changes at a year that is not known beforehand, and of dependence within the record."""

import numpy as np
import pandas as pd
import xarray as xr

from vadose.pages.report import levels
from vadose.pages.report.finding import row_of


def moisture_changes(measured: xr.Dataset, table: pd.DataFrame, alpha: float, seed: int) -> list[dict]:
    """Cells whose annual total soil moisture changes, by each statistic.

    Parameters
    ----------
    measured : Dataset
        Product "change_points".
    table : DataFrame
        Of that name.
    alpha : float
        Level of single tests.
    seed : int
        Of the intervals over places.
    """
    rows, whole = [], table[table["series"] == "total"].set_index("change_test")
    for number, test in enumerate(measured["change_test"].values):
        here, p = whole.loc[str(test)], measured["p"].values[:, number, 0]
        judging = f"without any change about {100 * alpha:g} % by chance"
        judging += f"; {100 * here['significant_by_fdr']:.3g} % in the field"
        if np.isfinite(here["year_median"]):
            judging += f"; middle year {here['year_median']:.0f}"
        if np.isfinite(here["near_splice_of_significant"]):
            judging += f", {100 * here['near_splice_of_significant']:.3g} % of them within a year of the splice"
        values = np.where(np.isfinite(p), 100.0 * (p <= alpha), np.nan)
        name = f"Change of total soil moisture at an unknown year, {str(test).capitalize()} (p \u2264 {alpha:g})"
        rows.append(row_of(name, values, measured, "% of cells", judging, seed))
    return rows


def dependence_changes(measured: xr.Dataset, table: pd.DataFrame, alpha: float, seed: int) -> list[dict]:
    """Cells whose monthly dependence differs between the halves of the record, by layer, annual cycle kept.

    Parameters
    ----------
    measured : Dataset
        Product "dependence_changes".
    table : DataFrame
        Of that name.
    alpha : float
        Level of single tests.
    seed : int
        Of the intervals over places.
    """
    rows, whole = [], table[(table["region"] == "all") & (table["annual_cycle"] == "kept")].set_index("layer")
    for number, layer in enumerate(measured["layer"].values):
        here, p = whole.loc[layer], measured["p"].values[:, 0, number, 0]
        negative = " and ".join(f"{100 * here[f'negative_{half}']:.3g} %" for half in ("first", "second"))
        halves, windows, unknown = (
            levels.by_chance(f"change of dependence, {test}", alpha)
            for test in ("halves", "windows", "an unknown year")
        )
        judging = (
            f"without any change {halves}; {100 * here['halves_by_fdr']:.3g} % in the field; negative in {negative} of "
            f"the cells in the first and the second half; {100 * here['windows_significant']:.3g} % by windows of five "
            f"years ({windows}), {100 * here['change_significant']:.3g} % at an unknown year ({unknown})"
        )
        values = np.where(np.isfinite(p), 100.0 * (p <= alpha), np.nan)
        name = f"Dependence differs between both halves of the record, monthly, {here['depth_cm']} cm"
        name += f" (p \u2264 {alpha:g})"
        rows.append(row_of(name, values, measured, "% of cells", judging, seed))
    return rows
