"""Who leads, by region: panel regressions over cells and months, with errors clustered by year and those of Driscoll
and Kraay (docs/methods.md#c8)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from vadose.core import calendar, time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import feedback
from vadose.studies.depths import layer_columns
from vadose.studies.mechanism.lead_lag import DIRECTIONS, Sides, regions_of

HAC_LAGS = 12  # ASSUME: months over which sums over cells may remember
FEWEST_YEARS = 6  # ASSUME: clusters below which errors by year say nothing


class Coefficient(NamedTuple):
    """Coefficient of the leading side, with two standard errors and p values; NaN where it cannot be estimated."""

    value: float
    clustered_error: float
    clustered_p: float
    hac_error: float
    hac_p: float
    rows: int


def regress(x: Array, y: Array, lead: int, years: AnyArray) -> Coefficient:
    """Regression of y(t + lead) on x(t), given y(t), y(t - 1) and x(t - 1), over all cells and months.

    Parameters
    ----------
    x, y : (cell, time) arrays
        Anomalies in standard deviations; NaN is missing.
    lead : int
        Months.
    years : (time,) int array
        Calendar year of each month.

    Returns
    -------
    Coefficient
        p by Student's t with as many degrees of freedom as years, less one.

    References
    ----------
    Driscoll and Kraay (1998), doi:10.1162/003465398557825; Cameron and Miller (2015), doi:10.3368/jhr.50.2.317.
    """
    import statsmodels.api as sm  # a second to load

    columns = np.stack([feedback.moved(y, lead), x, y, feedback.moved(y, -1), feedback.moved(x, -1)], axis=-1)
    complete = np.isfinite(columns).all(axis=-1)
    table, months = columns[complete], np.nonzero(complete)[1]
    clusters = np.unique(years[months]).size
    if clusters < FEWEST_YEARS or np.linalg.matrix_rank(table[:, 1:]) < table.shape[1] - 1:
        return Coefficient(*[float("nan")] * 5, int(complete.sum()))
    fitted = sm.OLS(table[:, 0], sm.add_constant(table[:, 1:])).fit()
    by_year = fitted.get_robustcov_results("cluster", groups=years[months])
    hac = fitted.get_robustcov_results("hac-groupsum", time=months - months.min(), maxlags=HAC_LAGS)
    value, errors = float(fitted.params[1]), [float(result.bse[1]) for result in (by_year, hac)]
    p = [float(2.0 * special.stdtr(clusters - 1, -abs(value) / error)) for error in errors]
    return Coefficient(value, errors[0], p[0], errors[1], p[1], int(complete.sum()))


def table(
    precipitation: Array,
    moisture: xr.Dataset,
    codes: Array | None,
    names: Mapping[int, str] | None,
) -> pd.DataFrame:
    """Coefficients of all regions, directions, layers and leads.

    Parameters
    ----------
    precipitation : (cell, time) array, kg m-2
        Monthly; NaN is missing.
    moisture : Dataset
        Prepared soil moisture of the same cells.
    codes, names : as in `lead_lag.shares`
    """
    times = moisture["time"].values
    years, driver = calendar.year_of(times), _standardised(precipitation, times)
    rows = []
    for layer in range(moisture.sizes["layer"]):
        sides = Sides(_standardised(moisture["soil_moisture"].values[:, layer], times), driver)
        for labels, inside in regions_of(precipitation.shape[0], codes, names):
            part = Sides(*(side[inside] for side in sides))
            for direction in DIRECTIONS:
                for lead in range(1, feedback.LEADS + 1):
                    row = labels | {"direction": direction} | layer_columns(moisture, layer)
                    row |= {"lead": lead, "cells": int(inside.sum())}
                    rows.append(row | regress(*part.of(direction), lead, years)._asdict())
    return pd.DataFrame(rows)


def _standardised(values: Array, times: AnyArray) -> Array:
    """Monthly anomalies in standard deviations of the cell; NaN where they do not vary."""
    anomalies = time_scales.anomalies(values, times)
    count = np.isfinite(anomalies).sum(axis=1, keepdims=True)
    spread = np.sqrt(np.nansum(anomalies**2, axis=1, keepdims=True) / np.maximum(count, 1))
    return np.divide(anomalies, spread, out=np.full(anomalies.shape, np.nan), where=spread > 0.0)
