"""Change of annual soil moisture at a year that is not known beforehand, beside the step at the splice
(docs/methods.md#d0)."""

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import significance
from vadose.statistics.trend import change_point
from vadose.studies import of_cells

NEAR = 1  # years from the splice within which a change is called one at the splice
TITLE = (
    "Change of annual soil moisture at an unknown year: Pettitt's statistic, and the largest step by least squares "
    "without (level) and with a line through both parts (level and trend). A trend too is a change to the first two. "
    "Mean step (kg m-2), shares (0 to 1) of cells that are significant singly and by false discovery rate, quartiles "
    "of the first year after the change among cells significant singly, and the share of those within a year of the "
    "splice. p against AR(1) series without trend or change, of the memory of the cell: 4 to 6 % are significant there."
)


def measure(values: Array, years: Array, names: list[str], alpha_fdr: float, **null: int) -> xr.Dataset:
    """Test series of every cell, and the field.

    Parameters
    ----------
    values : (cell, series, year) array, kg m-2
        Annual means; a cell that is not analysed is missing throughout.
    years : (year,) array
        Calendar years.
    names : list of str
        Of the series.
    alpha_fdr : float
        False discovery rate.
    **null : int
        simulations and seed of the series without change.

    Returns
    -------
    Dataset
        Variables of the product "change_points".
    """
    cells, series, _ = values.shape
    columns: dict[str, list[Array]] = {name: [] for name in ("change_year", "step", "p", "memory", "q", "rejected")}
    for model in change_point.STATISTICS:
        rows = change_point.change_points(values.reshape(cells * series, -1), years, model, **null)
        year, step, p, memory = (column.reshape(cells, series) for column in rows)
        fields = [significance.field_significance(p[:, number], alpha_fdr) for number in range(series)]
        q, rejected = (np.stack(part, axis=1) for part in zip(*fields, strict=True))
        for column, one in zip(columns.values(), (year, step, p, memory, q, rejected.astype(np.int8)), strict=True):
            column.append(one)
    variables = {name: (("cell", "change_test", "series"), np.stack(parts, axis=1)) for name, parts in columns.items()}
    return xr.Dataset(variables, {"change_test": list(change_point.STATISTICS), "series": names})


def table(measured: xr.Dataset, alpha: float, splice_year: int | None) -> pd.DataFrame:
    """Table of changes by series and statistic.

    Parameters
    ----------
    measured : Dataset
        Product "change_points".
    alpha : float
        Level of single tests.
    splice_year : int, optional
        First year of the newer of two versions.
    """
    rows = []
    for number, series in enumerate(measured["series"].values):
        for which, test in enumerate(measured["change_test"].values):
            here = measured.isel(series=number, change_test=which)
            p, step, area = (here[name].values for name in ("p", "step", "area"))
            tested = np.isfinite(p)
            significant = tested & (p <= alpha)
            year = here["change_year"].values[significant]
            row = {"series": str(series), "change_test": str(test), "cells": int(tested.sum())}
            row |= {"mean_step": of_cells.mean(step[tested]), "significant": of_cells.mean(significant[tested])}
            row |= {"significant_by_fdr": of_cells.mean(here["rejected"].values[tested] == 1)}
            weights = area[tested]
            by_area = weights @ (here["rejected"].values[tested] == 1) / weights.sum() if weights.size else np.nan
            row |= {
                "significant_by_fdr_of_area": float(by_area),
                "declining_of_significant": of_cells.mean(step[significant] < 0),
            }
            row |= of_cells.quartiles(year, ("year_lower_quartile", "year_median", "year_upper_quartile"))
            near = np.nan if splice_year is None else of_cells.mean(np.abs(year - splice_year) <= NEAR)
            rows.append(row | {"near_splice_of_significant": near})
    return pd.DataFrame(rows)
