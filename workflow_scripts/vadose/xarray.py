"""The statistics on xarray's DataArrays: any dimensions beside the one of time, coordinates and units kept.

Each function puts all other dimensions into one axis of cells, calls the function on arrays of the same name, and gives
the dimensions back. A series without other dimensions is one cell. Chunks of dask are computed.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import xarray as xr

import vadose
from vadose.core import calendar
from vadose.statistics import attribution, lags, seasons, significance
from vadose.statistics.copula import ranks, result
from vadose.statistics.copula.families import FAMILIES
from vadose.statistics.copula.selection import select
from vadose.statistics.ridge import regression, solver
from vadose.statistics.trend import autocorrelation
from vadose.statistics.trend.mann_kendall import MannKendall

__all__ = [
    "attribute",
    "field_significance",
    "hamed_rao",
    "kendall_lags",
    "mann_kendall",
    "optimal_lag",
    "pseudo_observations",
    "ridge",
    "select_copula",
]

MASS = ("kg m-2", "kg m**-2", "kg/m2", "kg m^-2", "mm")  # units of which layers can be added up


class _Rows(NamedTuple):
    """Arrays as (cell, time), and the dimensions that a value for each cell gets back."""

    arrays: list[np.ndarray]
    over: xr.DataArray  # zeros in the shape of the other dimensions, with their coordinates

    def labelled(self, values: np.ndarray, dims: Sequence[str] = (), **attrs) -> xr.DataArray:
        """(cell, ...) as a DataArray; `dims` names what stands behind the cells."""
        values = np.asarray(values)
        data = values.reshape(self.over.shape + values.shape[1:])
        return xr.DataArray(data, self.over.coords, (*self.over.dims, *dims), attrs=attrs)


def _rows(dim: str, **given: xr.DataArray) -> _Rows:
    for name, array in given.items():
        if not isinstance(array, xr.DataArray):
            raise TypeError(f"{name}: expected a DataArray, found {type(array).__name__}; for arrays there is vadose.")
        if dim not in array.dims:
            raise ValueError(f"{name}: expected a dimension {dim!r}, found {', '.join(map(str, array.dims))}.")
    try:
        aligned = xr.broadcast(*xr.align(*given.values(), join="exact"))
    except ValueError as error:
        raise ValueError(f"{' and '.join(given)}: expected the same coordinates, found others ({error}).") from None
    last = [array.transpose(..., dim) for array in aligned]
    over = xr.zeros_like(last[0].isel({dim: 0}, drop=True), dtype=float)
    over = over.drop_vars([name for name in over.coords if dim in last[0][name].dims])
    arrays = [np.ascontiguousarray(array, dtype=float).reshape(-1, array.sizes[dim]) for array in _read(last)]
    return _Rows(arrays, over)


def _read(arrays: list[xr.DataArray]) -> Sequence[xr.DataArray]:
    """Arrays in memory; those that wait for dask are computed together, so that what they share is read once."""
    if all(array.chunks is None for array in arrays):
        return arrays
    import dask

    return dask.compute(*arrays)


def _dimension(array: xr.DataArray, dim: str | None) -> str:
    """The dimension of years: as asked for, else "year" or "time"."""
    if dim is not None or not isinstance(array, xr.DataArray):
        return dim
    for name in ("year", "time"):
        if name in array.dims:
            return name
    raise ValueError(f"dim: expected a dimension year or time, or its name, found {', '.join(map(str, array.dims))}.")


def _stamps(array: xr.DataArray, dim: str) -> np.ndarray:
    """The coordinate of a dimension of time; numbers with a unit such as "days since 1900-01-01" are decoded by it."""
    if dim not in array.coords:
        raise ValueError(f"{dim}: expected a coordinate with calendar years or dates, found none.")
    stamps = array[dim].variable
    if stamps.dtype.kind in "iuf" and " since " in str(stamps.attrs.get("units", "")):
        stamps = xr.decode_cf(xr.Dataset(coords={dim: stamps.to_base_variable()}))[dim].variable
    return stamps.values


def _trends(test, values: xr.DataArray, dim: str | None, name: str, **options) -> xr.Dataset:
    dim = _dimension(values, dim)
    rows = _rows(dim, values=values)
    trend: MannKendall = test(rows.arrays[0], calendar.as_years(_stamps(values, dim)), **options)
    unit = values.attrs.get("units", "")
    attrs = {
        "slope": {"long_name": "Sen's slope", "units": f"{unit} yr-1".strip()},
        "intercept": {"long_name": "value of the line at year 0", "units": unit},
        "s": {"long_name": "sum of the signs over all pairs", "units": "1"},
        "variance": {"long_name": "variance of s under no trend", "units": "1"},
        "z": {"long_name": "test statistic", "units": "1"},
        "p": {"long_name": "two-sided p-value", "units": "1"},
        "n": {"long_name": "years that took part", "units": "1"},
    }
    return xr.Dataset(
        {key: rows.labelled(value, **attrs[key]) for key, value in trend._asdict().items()}, attrs={"test": name}
    )


def mann_kendall(values: xr.DataArray, dim: str | None = None) -> xr.Dataset:
    """Mann-Kendall test and Sen's slope along a dimension of years.

    Parameters
    ----------
    values : DataArray, any unit
        Yearly values with any other dimensions, or none; NaN marks a missing year.
    dim : str, optional
        Dimension of the years; "year" or "time" by default. Its coordinate holds calendar years, or dates of which each
        year has one.

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
    return _trends(vadose.mann_kendall, values, dim, "Mann-Kendall")


def hamed_rao(values: xr.DataArray, dim: str | None = None, *, alpha: float = 0.05) -> xr.Dataset:
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
    return _trends(autocorrelation.hamed_rao, values, dim, "Hamed and Rao", alpha=alpha)


def field_significance(p: xr.DataArray, alpha: float = 0.05) -> xr.Dataset:
    """Benjamini-Hochberg control of the false discovery rate over all tests of a field.

    Parameters
    ----------
    p : DataArray
        p-values of one field, any dimensions; NaN where no test was made.
    alpha : float
        Expected share of false rejections among all rejections.

    Returns
    -------
    Dataset
        q (the smallest alpha at which a test is rejected) and rejected (bool), with the dimensions of `p`.

    Formulas and references: `vadose.statistics.significance.field_significance`, the same on arrays.
    """
    q, rejected = significance.field_significance(np.asarray(p.values, float), alpha)
    return xr.Dataset(
        {
            "q": p.copy(data=q).assign_attrs(long_name="p-value under control of false discovery", units="1"),
            "rejected": xr.DataArray(rejected, p.coords, p.dims, attrs={"long_name": f"rejected at {alpha:g}"}),
        }
    )


def pseudo_observations(values: xr.DataArray, dim: str = "time") -> xr.DataArray:
    """Average ranks divided by n + 1 along a dimension.

    Parameters
    ----------
    values : DataArray, any unit
        NaN marks a missing value.
    dim : str

    Returns
    -------
    DataArray
        In (0, 1), with the dimensions of `values` in their order; NaN stays NaN.
    """
    rows = _rows(dim, values=values)
    ranked = values.transpose(..., dim).copy(
        data=ranks.pseudo_observations(rows.arrays[0]).reshape(*rows.over.shape, -1)
    )
    attrs = {"long_name": "pseudo-observation", "units": "1"}
    return values.transpose(..., dim).copy(data=ranked).transpose(*values.dims).assign_attrs(attrs)


def _flags(meanings: dict[int, str]) -> dict:
    return {
        "flag_values": np.array(list(meanings), dtype=np.int16),
        "flag_meanings": " ".join(text.replace(" ", "_") for text in meanings.values()),
    }


def select_copula(x: xr.DataArray, y: xr.DataArray, dim: str = "time", **options) -> xr.Dataset:
    """The copula of x and y with the smallest AIC among forty families, along a dimension.

    Parameters
    ----------
    x, y : DataArray, any units
        Driver and response with the same coordinates; a dimension that only one has is broadcast. Ranks are taken here:
        give the values themselves. NaN marks a missing value.
    dim : str
    **options
        `preselect`, `restarts`, `engine`, `families` of `vadose.statistics.copula.selection.select`.

    Returns
    -------
    Dataset
        family (code, with flag_meanings), par, par2, tau, tail dependence, AIC and the rest of `CopulaFit` over the
        other dimensions; `reason` says why a cell has no copula.

    Formulas and references: `vadose.statistics.copula.selection.select`, the same on arrays.
    """
    rows = _rows(dim, x=x, y=y)
    fit = select(*(ranks.pseudo_observations(array) for array in rows.arrays), **options)
    fitted = xr.Dataset({name: rows.labelled(value) for name, value in fit._asdict().items()})
    for name in ("family", "runner_up"):
        fitted[name].attrs = _flags(FAMILIES)
    fitted["reason"].attrs = _flags(result.REASONS)
    return fitted


def kendall_lags(driver: xr.DataArray, response: xr.DataArray, max_lag: int, dim: str = "time") -> xr.DataArray:
    """Kendall's tau-b of driver(t - lag) with response(t), for lags 0 to max_lag.

    Parameters
    ----------
    driver, response : DataArray, any units
        Equally spaced along `dim`, with the same coordinates; NaN marks a missing value and keeps its place.
    max_lag : int
        In steps of `dim`.
    dim : str

    Returns
    -------
    DataArray
        With the new dimension `lag` behind the others.

    Formulas and references: `vadose.statistics.lags.kendall_lags`, the same on arrays.
    """
    rows = _rows(dim, driver=driver, response=response)
    x, y = rows.arrays
    tau = rows.labelled(lags.kendall_lags(x, y, max_lag), ["lag"], long_name="Kendall's tau-b", units="1")
    return tau.assign_coords(lag=("lag", np.arange(max_lag + 1), {"long_name": f"steps of {dim}"}))


def optimal_lag(
    driver: xr.DataArray,
    response: xr.DataArray,
    max_lag: int,
    dim: str = "time",
    *,
    null: Literal["none", "circular"] = "none",
    period: int = 1,
) -> xr.Dataset:
    """The lag with the largest absolute tau, and the p-value of that maximum.

    Parameters
    ----------
    driver, response, max_lag, dim
        As in `kendall_lags`.
    null, period
        As in `vadose.statistics.lags.optimal_lag`.

    Returns
    -------
    Dataset
        lag (steps), tau at that lag, and p (NaN without a null distribution).
    """
    rows = _rows(dim, driver=driver, response=response)
    x, y = rows.arrays
    best = lags.optimal_lag(x, y, max_lag, null=null, period=period)
    return xr.Dataset({name: rows.labelled(value, units="1") for name, value in best._asdict().items()})


def ridge(predictors: xr.Dataset, response: xr.DataArray, dim: str = "time", **options) -> xr.Dataset:
    """Ridge regression of z-scores along a dimension, with the penalty chosen for every cell.

    Parameters
    ----------
    predictors : Dataset of at least three variables, any units
        The first three (precipitation frequency, precipitation volume, evapotranspiration) share the colour; the others
        are control variables, such as air temperature.
    response : DataArray, any unit
        With the coordinates of the predictors; NaN marks a missing value.
    dim : str
    **options
        `choose`, `penalties`, `penalty`, `minimum` of `vadose.statistics.ridge.regression.fit`.

    Returns
    -------
    Dataset
        coefficients (..., predictor), share (..., control), penalty, at_edge, reason and n.

    Formulas and references: `vadose.statistics.ridge.regression.fit`, the same on arrays.
    """
    names = [str(name) for name in predictors.data_vars]
    if len(names) < 3:
        raise ValueError(f"predictors: expected at least three, whose shares make the colour, found {names}.")
    rows = _rows(dim, **{str(name): array for name, array in predictors.data_vars.items()}, response=response)
    fitted = regression.fit(np.stack(rows.arrays[:-1], axis=-1), rows.arrays[-1], **options)
    return xr.Dataset(
        {
            "coefficients": rows.labelled(
                fitted.coefficients, ["predictor"], long_name="standardised coefficient", units="1"
            ),
            "share": rows.labelled(fitted.share, ["control"], long_name="share of the controls", units="1"),
            "penalty": rows.labelled(fitted.penalty, long_name="lambda of ridge regression", units="1"),
            "at_edge": rows.labelled(fitted.at_edge, long_name="penalty is at an edge of its grid"),
            "reason": rows.labelled(fitted.reason, **_flags(solver.REASONS)),
            "n": rows.labelled(fitted.n, long_name="complete time steps", units="1"),
        },
        coords={"predictor": names, "control": names[:3]},
    )


def attribute(
    soil_moisture: xr.DataArray,
    dim: str = "time",
    layer: str = "layer",
    *,
    rank_on: Literal["total", "layer"] = "total",
    basis: Literal["year", "climatology"] = "year",
) -> xr.Dataset:
    """Attribution of the variance of total soil moisture to trend and interannual variability of seasons and layers.

    Parameters
    ----------
    soil_moisture : DataArray, kg m-2
        Monthly, every month from a January to a December, with a dimension of layers and any others.
    dim, layer : str
        Dimensions of time (datetime64 or cftime) and of layers.
    rank_on, basis
        How the months of a year are put into seasons from wettest to driest, as in
        `vadose.statistics.seasons.moisture_seasons`.

    Returns
    -------
    Dataset
        contribution (..., dynamics, season, layer), which sums to 1; omega (..., season, layer); variance (kg2 m-4).

    Formulas and references: `vadose.statistics.attribution.attribute`, the same on arrays.
    """
    if layer not in soil_moisture.dims:
        raise ValueError(
            f"soil_moisture: expected a dimension {layer!r}, found {', '.join(map(str, soil_moisture.dims))}."
        )
    unit = soil_moisture.attrs.get("units", "")
    if unit and unit not in MASS:
        raise ValueError(
            f"soil_moisture: expected kg m-2, of which layers add up, found {unit}: multiply by thickness and density."
        )
    layers = soil_moisture.sizes[layer]
    rows = _rows(dim, soil_moisture=soil_moisture.transpose(..., layer, dim))
    monthly, years = calendar.by_year(rows.arrays[0], _stamps(soil_moisture, dim))
    monthly = monthly.reshape(-1, layers, *monthly.shape[1:])
    means = seasons.seasonal_means(monthly, seasons.moisture_seasons(monthly, rank_on, basis))
    parts = attribution.attribute(means, years)
    over = _Rows([], rows.over.isel({layer: 0}, drop=True))
    return xr.Dataset(
        {
            "contribution": over.labelled(
                parts.contribution, ["dynamics", "season", layer], long_name="share of the variance", units="1"
            ),
            "omega": over.labelled(
                parts.omega, ["season", layer], long_name="contribution over share in the mean", units="1"
            ),
            "variance": over.labelled(
                parts.variance, long_name="variance of annual total soil moisture", units="kg2 m-4"
            ),
        },
        coords={"dynamics": list(attribution.DYNAMICS), "season": list(seasons.SEASONS)},
    ).assign_coords({layer: soil_moisture[layer]} if layer in soil_moisture.coords else {})
