"""Dependence of a response on a driver along a dimension of time: copulas and lags."""

from collections.abc import Hashable
from typing import Literal

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import lags
from vadose.statistics.copula import families, ranks, result, selection
from vadose.xarray import attributes, cells
from vadose.xarray.cells import Variable

YES_OR_NO = {0: "no", 1: "yes"}
LONG_NAMES = {
    "par": "first parameter",
    "par2": "second parameter, 0 of families with one",
    "loglik": "log-likelihood",
    "aic": "Akaike's information criterion",
    "tau": "Kendall's tau of the fitted copula",
    "lower": "tail dependence where both are small",
    "upper": "tail dependence where both are large",
    "lower_right": "tail dependence where x is large and y small",
    "upper_left": "tail dependence where x is small and y large",
    "kendall": "Kendall's tau-b of the data",
    "margin": "AIC of the second best family minus that of the best",
    "weight": "Akaike weight of the family",
    "ties_u": "share of values of x with an equal",
    "ties_v": "share of values of y with an equal",
    "zero_share": "share of x that ties for its smallest value",
    "n": "complete pairs",
    "average_tau": "Kendall's tau averaged over families by Akaike weights",
    "average_lower": "lower tail dependence averaged over families",
    "average_upper": "upper tail dependence averaged over families",
    "spread_tau": "standard deviation of Kendall's tau over families",
    "spread_lower": "standard deviation of lower tail dependence over families",
    "spread_upper": "standard deviation of upper tail dependence over families",
}
FLAGS = {
    "family": (families.FAMILIES, "family with the smallest AIC"),
    "runner_up": (families.FAMILIES, "family with the second smallest AIC"),
    "reason": (result.REASONS, "why there is no copula"),
    "undetermined": (YES_OR_NO, "Akaike weight of the family is below 0.5"),
    "at_bound": (YES_OR_NO, "a parameter lies on a bound of its search"),
}
WHOLE = ("reason", "n")


def pseudo_observations(values: xr.DataArray, dim: Hashable = "time") -> xr.DataArray:
    """Average ranks divided by n + 1 along a dimension.

    Parameters
    ----------
    values : DataArray or Series, any unit
        NaN marks a missing value.
    dim : str

    Returns
    -------
    DataArray
        In (0, 1), with the dimensions and coordinates of `values`; NaN stays NaN.
    """
    values = cells.labelled("values", values)
    fields = {"rank": Variable({"long_name": "pseudo-observation", "units": "1"}, (dim,))}
    ranked = cells.over_cells(_ranked, {"values": values}, [dim], fields)["rank"]
    return ranked.transpose(*values.dims).rename(values.name)


def _ranked(values: Array) -> tuple[Array]:
    return (ranks.pseudo_observations(values),)


def select_copula(x: xr.DataArray, y: xr.DataArray, dim: Hashable = "time", **options) -> xr.Dataset:
    """The copula of x and y with the smallest AIC among forty families, along a dimension.

    Parameters
    ----------
    x, y : DataArrays or Series, any units
        Driver and response with the same coordinates; a dimension that only one has is broadcast. Ranks are taken here:
        give the values themselves (ranks of ranks are the same ranks). NaN marks a missing value.
    dim : str
    **options
        `preselect`, `restarts`, `engine`, `families` (by code or name) of `vadose.statistics.copula.selection.select`.

    Returns
    -------
    Dataset
        family (code, with flag_meanings), par, par2, tau, tail dependence, AIC and the rest of `CopulaFit` over the
        other dimensions; `reason` says why a cell has no copula.

    Raises
    ------
    ValueError
        If coordinates differ, or a family is none of the forty.

    Formulas and references: `vadose.statistics.copula.selection.select`, the same on arrays.
    """
    if "families" in options:
        options["families"] = families.codes_of(options["families"]).tolist()
    fields = {}
    for name in result.CopulaFit._fields:
        dtype = np.int64 if name in WHOLE else float
        if name in FLAGS:
            meanings, long_name = FLAGS[name]
            fields[name] = Variable(attributes.flags(meanings, dtype, long_name=long_name), dtype=dtype)
        else:
            fields[name] = Variable({"long_name": LONG_NAMES[name], "units": "1"}, dtype=dtype)
    sides = {"x": cells.labelled("x", x), "y": cells.labelled("y", y)}
    return cells.over_cells(_selected, sides, [dim], fields, **options)


def _selected(x: Array, y: Array, **options) -> result.CopulaFit:
    return selection.select(ranks.pseudo_observations(x), ranks.pseudo_observations(y), **options)


def kendall_lags(
    driver: xr.DataArray, response: xr.DataArray, max_lag: int, dim: Hashable = "time", **options
) -> xr.DataArray:
    """Kendall's tau-b of driver(t - lag) with response(t), for lags 0 to max_lag.

    Parameters
    ----------
    driver, response : DataArrays or Series, any units
        With the same coordinates, equally spaced along `dim`; NaN marks a missing value and keeps its place.
    max_lag : int
        In steps of `dim`.
    dim : str
    **options
        `min_pairs` of `vadose.statistics.lags.kendall_lags`.

    Returns
    -------
    DataArray
        With the new dimension `lag` behind the others.

    Raises
    ------
    ValueError
        If coordinates differ, or the steps of `dim` do.

    Formulas and references: `vadose.statistics.lags.kendall_lags`, the same on arrays.
    """
    sides = _lagged(driver, response, dim)
    fields = {"tau": Variable({"long_name": "Kendall's tau-b", "units": "1"}, ("lag",))}
    tau = cells.over_cells(_taus, sides, [dim], fields, sizes={"lag": max_lag + 1}, max_lag=max_lag, **options)["tau"]
    return tau.assign_coords(lag=("lag", np.arange(max_lag + 1), {"long_name": f"steps of {dim}"}))


def _taus(driver: Array, response: Array, **options) -> tuple[Array]:
    return (lags.kendall_lags(driver, response, **options),)


def optimal_lag(
    driver: xr.DataArray,
    response: xr.DataArray,
    max_lag: int,
    dim: Hashable = "time",
    *,
    null: Literal["none", "circular"] = "none",
    period: int = 1,
    **options,
) -> xr.Dataset:
    """The lag with the largest absolute tau, and the p-value of that maximum.

    Parameters
    ----------
    driver, response, max_lag, dim, **options
        As in `kendall_lags`.
    null, period
        As in `vadose.statistics.lags.optimal_lag`.

    Returns
    -------
    Dataset
        lag (steps), tau at that lag, p (NaN without a null distribution) and the pairs behind it.
    """
    fields = {
        "lag": Variable({"long_name": f"lag with the largest absolute tau, steps of {dim}", "units": "1"}),
        "tau": Variable({"long_name": "Kendall's tau-b at that lag", "units": "1"}),
        "p": Variable({"long_name": "p-value of the largest absolute tau", "units": "1"}),
        "pairs": Variable({"long_name": "complete pairs at that lag", "units": "1"}, dtype=np.int64),
    }
    sides = _lagged(driver, response, dim)
    return cells.over_cells(
        lags.optimal_lag, sides, [dim], fields, max_lag=max_lag, null=null, period=period, **options
    )


def _lagged(driver: xr.DataArray, response: xr.DataArray, dim: Hashable) -> dict[str, xr.DataArray]:
    """Both sides; steps of the dimension must be equal."""
    sides = {"driver": cells.labelled("driver", driver), "response": cells.labelled("response", response)}
    for array in sides.values():
        if dim in array.dims:
            cells.refuse_uneven(array, dim)
    return sides
