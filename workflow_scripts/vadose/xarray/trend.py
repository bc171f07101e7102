"""Trend tests along a dimension of years, and what many of them say together."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import xarray as xr

import vadose.statistics.trend.mann_kendall
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import significance
from vadose.statistics.trend import autocorrelation, prewhitening
from vadose.xarray import attributes, cells
from vadose.xarray.cells import Variable

SIGNIFICANCE = {1: "both tests", 0: "neither test", -1: "only TFPW-Y", -2: "only PW"}
YEARS = {"long_name": "years that took part", "units": "1"}


def mann_kendall(values: xr.DataArray, dim: Hashable | xr.DataArray | None = None) -> xr.Dataset:
    """Mann-Kendall test and Sen's slope along a dimension of years.

    Parameters
    ----------
    values : DataArray or Series, any unit
        Yearly values with any other dimensions, or none; NaN marks a missing year.
    dim : str or DataArray, optional
        Dimension of the years, or its coordinate; "year" or "time" by default. The coordinate holds calendar years, or
        dates of which each year has one.

    Returns
    -------
    Dataset
        slope (units of `values` per year), intercept, s, variance, z, p, n over the other dimensions.

    Raises
    ------
    ValueError
        If the dimension or its coordinate is not there, a year has several values, or years do not ascend.

    Formulas and references: `vadose.statistics.trend.mann_kendall.mann_kendall`, the same on arrays.
    """
    return _tested(vadose.statistics.trend.mann_kendall.mann_kendall, _mann_kendall_fields, values, dim, "Mann-Kendall")


def hamed_rao(values: xr.DataArray, dim: Hashable | xr.DataArray | None = None, *, alpha: float = 0.05) -> xr.Dataset:
    """Mann-Kendall test with the variance corrected for autocorrelation, along a dimension of years.

    Parameters
    ----------
    values, dim
        As in `mann_kendall`.
    alpha : float
        Level at which autocorrelations of the ranks count.

    Returns
    -------
    Dataset
        As `mann_kendall`.

    Formulas and references: `vadose.statistics.trend.autocorrelation.hamed_rao`, the same on arrays.
    """
    return _tested(autocorrelation.hamed_rao, _mann_kendall_fields, values, dim, "Hamed and Rao", alpha=alpha)


def prewhitened(values: xr.DataArray, dim: Hashable | xr.DataArray | None = None, **options) -> xr.Dataset:
    """Trend test and slope by the combination of three prewhitening methods (3PW), along a dimension of years.

    Parameters
    ----------
    values, dim
        As in `mann_kendall`.
    **options
        `resolution`, `alpha`, `alpha_lag`, `level` of `vadose.statistics.trend.prewhitening.three_pw`.

    Returns
    -------
    Dataset
        slope, lower, upper (units of `values` per year), p, p_pw, p_tfpw_y, significance (with flag_meanings), lag_one
        and n over the other dimensions.

    Formulas and references: `vadose.statistics.trend.prewhitening.three_pw`, the same on arrays.
    """
    return _tested(prewhitening.three_pw, _prewhitened_fields, values, dim, "3PW", **options)


def _tested(
    test: Callable[..., Sequence[AnyArray]],
    fields: Callable[[str], dict[str, Variable]],
    values: Any,
    dim: Hashable | xr.DataArray | None,
    name: str,
    **options,
) -> xr.Dataset:
    values = cells.labelled("values", values)
    dim, years = cells.years_of(values, dim)
    unit = str(values.attrs.get("units", ""))
    tested = cells.over_cells(test, {"values": values}, [dim], fields(unit), years=years, **options)
    return tested.assign_attrs(test=name)


def _mann_kendall_fields(unit: str) -> dict[str, Variable]:
    per_year = f"{unit} yr-1".strip()
    return {
        "slope": Variable({"long_name": "Sen's slope", "units": per_year}),
        "intercept": Variable({"long_name": "value of the line at year 0", "units": unit}),
        "s": Variable({"long_name": "sum of the signs over all pairs", "units": "1"}),
        "variance": Variable({"long_name": "variance of s under no trend", "units": "1"}),
        "z": Variable({"long_name": "test statistic", "units": "1"}),
        "p": Variable({"long_name": "two-sided p-value", "units": "1"}),
        "n": Variable(YEARS),
    }


def _prewhitened_fields(unit: str) -> dict[str, Variable]:
    per_year = f"{unit} yr-1".strip()
    flags = attributes.flags(SIGNIFICANCE, np.int8, long_name="which of the two tests find a trend")
    return {
        "slope": Variable({"long_name": "Sen's slope of the series prewhitened by VCTFPW", "units": per_year}),
        "lower": Variable({"long_name": "lower confidence limit of the slope", "units": per_year}),
        "upper": Variable({"long_name": "upper confidence limit of the slope", "units": per_year}),
        "p": Variable({"long_name": "two-sided p-value, the larger of PW and TFPW-Y", "units": "1"}),
        "p_pw": Variable({"long_name": "two-sided p-value of the series prewhitened by PW", "units": "1"}),
        "p_tfpw_y": Variable({"long_name": "two-sided p-value of the series prewhitened by TFPW-Y", "units": "1"}),
        "significance": Variable(flags, dtype=np.int8),
        "lag_one": Variable({"long_name": "correlation of neighbouring years", "units": "1"}),
        "n": Variable(YEARS),
    }


def field_significance(p: xr.DataArray, alpha: float = 0.05, dim: str | Sequence[Hashable] | None = None) -> xr.Dataset:
    """Benjamini-Hochberg control of the false discovery rate over all tests of a field.

    Parameters
    ----------
    p : DataArray
        p-values, any dimensions; NaN where no test was made.
    alpha : float
        Expected share of false rejections among all rejections.
    dim : str or sequence of str, optional
        Dimensions of one field; by default all, so that `p` is one field. Chunks of dask are put together along them.

    Returns
    -------
    Dataset
        q (the smallest alpha at which a test is rejected) and rejected (bool), with the dimensions of `p`.

    Raises
    ------
    ValueError
        If `alpha` or a p-value is not between 0 and 1.

    Formulas and references: `vadose.statistics.significance.field_significance`, the same on arrays.
    """
    p = cells.labelled("p", p)
    attributes.refuse_other_than_share("p", p)
    core = list(p.dims) if dim is None else [dim] if isinstance(dim, str) else list(dim)
    fields = {
        "q": Variable({"long_name": "p-value under control of false discovery", "units": "1"}, tuple(core)),
        "rejected": Variable({"long_name": f"rejected at {alpha:g}"}, tuple(core), bool),
    }
    tested = cells.over_cells(_every_field, {"p": p}, core, fields, alpha=alpha)
    return tested.transpose(*p.dims)


def _every_field(p: Array, alpha: float) -> tuple[Array, Array]:
    q, rejected = np.empty(p.shape), np.empty(p.shape, bool)
    for place, one in enumerate(p):
        q[place], rejected[place] = significance.field_significance(one, alpha)
    return q, rejected
