"""Who leads, soil moisture or precipitation: the test in every cell, over the field, and panels of regions
(docs/methods.md#c8)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import feedback, significance
from vadose.studies import of_cells
from vadose.studies.depths import layer_columns

FORWARD, BACKWARD = "soil moisture leads", "precipitation leads"
DIRECTIONS = (FORWARD, BACKWARD)
ALL = "all"
TITLES = {
    "lead_lag": "Who leads. Partial correlation of soil moisture with precipitation one to three months later given "
    "this month's and last month's precipitation and last month's soil moisture (soil moisture "
    "leads), and the same with the sides exchanged (precipitation leads); monthly anomalies. Mean partial correlation "
    "by lead (months) over cells, shares (0 to 1) of the tested cells, and of their area, that are significant singly "
    "and by the false discovery rate over the field, and those of the latter in which the largest partial correlation "
    "is positive. Without any lead the single share is the level of the test.",
    "lead_lag_panel": "Who leads, by region. Regression over all cells and months of a region of one side one to "
    "three months later on the other side now, given the past as in the table of partial correlations; anomalies in "
    "standard deviations of the cell. Coefficient, its standard error and p with errors clustered by year (neighbours "
    "and months of a year may depend on one another) and by Driscoll and Kraay (heteroskedastic, dependent between "
    "cells, autocorrelated over twelve months). Of every k-th cell where there are many.",
}


class Sides(NamedTuple):
    """Monthly anomalies of the two sides, (cell, time)."""

    moisture: Array
    precipitation: Array

    def of(self, direction: str) -> tuple[Array, Array]:
        """The side that leads, and the other."""
        return (self.moisture, self.precipitation) if direction == FORWARD else (self.precipitation, self.moisture)


def measure(precipitation: Array, soil_moisture: Array, times: AnyArray) -> xr.Dataset:
    """The test of both directions in every cell and layer.

    Parameters
    ----------
    precipitation : (cell, time) array, kg m-2
        Monthly; NaN is missing.
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
        Month starts, whole years.

    Returns
    -------
    Dataset
        Variables of the product "lead_lag".
    """
    by_direction = []
    for direction in DIRECTIONS:
        layers = [feedback.lead_test(*sides.of(direction)) for sides in _sides(precipitation, soil_moisture, times)]
        by_direction.append([np.stack(column, axis=1) for column in zip(*layers)])
    r, lead, p, n = (np.stack(column, axis=1) for column in zip(*by_direction))
    dims = ("cell", "direction", "layer")
    variables = {"r": ((*dims, "lead"), r), "best_lead": (dims, lead), "p": (dims, p), "n": (dims, n)}
    leads = np.arange(1, feedback.LEADS + 1, dtype=np.int16)
    return xr.Dataset(variables, coords={"direction": list(DIRECTIONS), "lead": leads})


def _sides(precipitation: Array, soil_moisture: Array, times: AnyArray) -> Iterator[Sides]:
    driver = time_scales.anomalies(precipitation, times)
    for layer in range(soil_moisture.shape[1]):
        yield Sides(time_scales.anomalies(soil_moisture[:, layer], times), driver)


def field_tests(measured: xr.Dataset, alpha_fdr: float) -> xr.Dataset:
    """False discovery rates over the cells, of each direction and layer.

    Parameters
    ----------
    measured : Dataset
        Product "lead_lag".
    alpha_fdr : float

    Returns
    -------
    Dataset
        Variables of the product "lead_lag_tests".
    """
    p = measured["p"]
    q, rejected = np.full(p.shape, np.nan), np.zeros(p.shape, dtype=np.int8)
    for place in np.ndindex(p.shape[1:]):
        q[:, *place], rejected[:, *place] = significance.field_significance(p.values[:, *place], alpha_fdr)
    tests = xr.Dataset({"q": (p.dims, q), "rejected": (p.dims, rejected)}, coords=p.coords)
    return tests.assign(tested=p.notnull().sum("cell").astype(np.int32))


def shares(
    measured: xr.Dataset, alpha: float, alpha_fdr: float, codes: Array | None, names: Mapping[int, str] | None
) -> pd.DataFrame:
    """Table of significant cells by region, direction and layer; the false discovery rate of a region is among its own
    cells.

    Parameters
    ----------
    measured : Dataset
        Product "lead_lag".
    alpha, alpha_fdr : float
        Levels singly and of the field.
    codes : (cell,) int array, optional
        Region of each cell, 0 where there is none.
    names : mapping of int to str, optional
        Of the regions, by code.
    """
    rows = []
    for labels, inside in regions_of(measured.sizes["cell"], codes, names):
        part = measured.isel(cell=np.flatnonzero(inside))
        rejected, area = field_tests(part, alpha_fdr)["rejected"].values, part["area"].values
        for which, direction in enumerate(DIRECTIONS):
            for layer in range(part.sizes["layer"]):
                p, r = part["p"].values[:, which, layer], part["r"].values[:, which, layer]
                tested = np.isfinite(p)
                row = labels | {"direction": direction} | layer_columns(part, layer) | {"cells": int(tested.sum())}
                row |= {f"mean_r_{k}": of_cells.mean(r[tested, k - 1]) for k in part["lead"].values}
                admitted = rejected[:, which, layer] == 1
                row["significant"] = of_cells.mean(p[tested] <= alpha)
                row["significant_by_fdr"] = of_cells.mean(admitted[tested])
                row["significant_by_fdr_of_area"] = of_cells.mean(admitted[tested], area[tested])
                largest = np.take_along_axis(r, np.argmax(np.abs(r), axis=1)[:, None], axis=1)[:, 0]
                row["positive_of_those"] = of_cells.mean(largest[admitted] > 0.0)
                rows.append(row)
    return pd.DataFrame(rows)


def regions_of(
    cells: int, codes: Array | None, names: Mapping[int, str] | None
) -> Iterator[tuple[dict[str, object], Array]]:
    """Labels and cells of all land and of each region.

    Parameters
    ----------
    cells : int
    codes, names : as in `shares`
    """
    yield {"region": ALL, "region_name": "all land"}, np.ones(cells, dtype=bool)
    for code in [] if codes is None or names is None else np.unique(codes[codes > 0]):
        yield {"region": str(int(code)), "region_name": names[int(code)]}, codes == code
