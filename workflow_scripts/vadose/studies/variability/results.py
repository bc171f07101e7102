"""Results of study A as labelled datasets on the cell axis: the statistics themselves are in attribution, trend and
their neighbours."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from vadose.statistics import attribution, quality
from vadose.statistics.trend import autocorrelation, mann_kendall

Array = np.ndarray


def attribute_period(seasonal: Array, years: Array, reason: Array, top_by: str) -> xr.Dataset:
    """Attribution of one period, with its largest terms and reason codes.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) array, kg m-2
        Soil moisture of the moisture seasons.
    years : (year,) array
        Calendar years.
    reason : (cell,) int array
        Codes of `vadose.statistics.quality.Reason`; every other cell than OK is missing.
    top_by : {"signed", "abs"}
        How the largest terms are found.

    Returns
    -------
    Dataset
        Variables of the product "attribution" without their period.
    """
    kept = np.where((reason == quality.Reason.OK)[:, None, None, None], seasonal, np.nan)
    result = attribution.attribute(kept, years.astype(float))
    top = attribution.top_terms(result.contribution, top_by)
    counted = np.isfinite(kept).all(axis=(2, 3)).sum(axis=1)
    # A series that is constant but for rounding has no variance to attribute.
    reason = np.where(
        (reason == quality.Reason.OK) & ~np.isfinite(result.contribution).all(axis=(1, 2, 3)),
        quality.Reason.CONSTANT,
        reason,
    )
    fit = result.contribution[:, 0].sum(axis=(1, 2))  # r2 of total soil moisture on year
    freedom = np.where(counted > 2, counted - 2.0, np.nan)
    shape = result.contribution.shape[1:]
    terms = np.where(top.dynamics < 0, -1, (top.dynamics * shape[1] + top.season) * shape[2] + top.layer).astype(
        np.int16
    )
    return xr.Dataset(
        {
            "contribution": (("cell", "dynamics", "season", "layer"), result.contribution),
            "omega": (("cell", "season", "layer"), result.omega),
            "variance": (("cell",), result.variance),
            "adjusted_r2": (("cell",), 1.0 - (1.0 - fit) * (counted - 1.0) / freedom),
            "top1": (("cell",), top.value[:, 0]),
            "top1_term": (("cell",), terms[:, 0]),
            "top2": (("cell",), top.value[:, 1]),
            "top2_term": (("cell",), terms[:, 1]),
            "years": (("cell",), counted.astype(np.int16)),
            "reason": (("cell",), reason.astype(np.int8)),
        }
    )


def yearly_series(seasonal: Array, layers: Sequence[object], seasons: Sequence[str]) -> tuple[Array, list[str]]:
    """Annual series whose trends study A reports: the total, each layer, and the total of each season.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) array, kg m-2
        Soil moisture of the moisture seasons; a missing part makes the year missing.

    Returns
    -------
    (cell, series, year) array, list of str
        kg m-2; names such as "total", "layer 1", "season humid".
    """
    layer = seasonal.mean(axis=2)
    season = seasonal.sum(axis=3)
    values = np.concatenate([layer.sum(axis=2, keepdims=True), layer, season], axis=2)
    names = ["total", *(f"layer {number}" for number in layers), *(f"season {name}" for name in seasons)]
    return np.ascontiguousarray(np.moveaxis(values, 2, 1)), names


def by_rows(fit, values: Array, years: Array) -> tuple[Array, ...]:
    """Apply a test of rows to (cell, series, year) values; every result has shape (cell, series)."""
    result = fit(values.reshape(-1, values.shape[-1]), years.astype(float))
    return type(result)(*(np.asarray(part).reshape(values.shape[:-1]) for part in result))


Test = Callable[[Array, Array], object]


def period_trends(
    series: Array, years: Array, tests: Mapping[str, Test], bootstrapped: int | None = None
) -> xr.Dataset:
    """Sen's slope and the p of several trend tests of annual series over one period.

    Parameters
    ----------
    series : (cell, series, year) array, kg m-2
        As `yearly_series` gives it; a cell that is not analysed is missing throughout.
    years : (year,) array
        Calendar years of the period.
    tests : mapping of str to function
        By name, functions of (row, year) values and years whose result has `p`; "3pw" also gives a slope,
        "block_bootstrap" limits.
    bootstrapped : int, optional
        How many of the series, from the first on, the block bootstrap serves (it costs a thousand times the others);
        None = all.

    Returns
    -------
    Dataset
        Variables of the product "trends" without their period; p of a test that was not run, or is not defined, is
        missing.
    """
    cells, count, _ = series.shape
    fitted = by_rows(mann_kendall.mann_kendall, series, years)
    missing = np.full((cells, count), np.nan)
    found = {
        "slope": fitted.slope,
        "intercept": fitted.intercept,
        "lag_one": autocorrelation.lag_one(series.reshape(cells * count, -1), years.astype(float)).reshape(
            cells, count
        ),
        **{name: missing.copy() for name in ("slope_prewhitened", "slope_lower", "slope_upper")},
    }
    p = np.full((cells, len(tests), count), np.nan)
    for number, (name, test) in enumerate(tests.items()):
        served = bootstrapped if name == "block_bootstrap" else None
        result = by_rows(test, series[:, :served], years)
        p[:, number, :served] = result.p
        if name == "3pw":
            found["slope_prewhitened"] = result.slope
        if name == "block_bootstrap":
            found["slope_lower"][:, :served], found["slope_upper"][:, :served] = result.lower, result.upper
    counted = np.isfinite(series[:, 0]).sum(axis=1)
    return xr.Dataset(
        {name: (("cell", "series"), values) for name, values in found.items()}
        | {"p": (("cell", "test", "series"), p), "years": ("cell", counted.astype(np.int16))}
    )


def mean_series(series: Array, years: Array, period: str, area: Array) -> Array:
    """Area-mean series over the cells that have every year of a period that any cell has.

    Parameters
    ----------
    series : (cell, series, year) array, kg m-2
    years : (year,) array
    period : str
        "first-last".
    area : (cell,) array, m2

    Returns
    -------
    (series, year) array
        Missing outside the period, in years that no cell has, and throughout where no cell is complete.
    """
    first, last = (int(year) for year in period.split("-"))
    used = (years >= first) & (years <= last) & np.isfinite(series[:, 0]).any(axis=0)
    means = np.full(series.shape[1:], np.nan)
    for number in range(series.shape[1]):
        means[number, used] = mann_kendall.area_mean(series[:, number][:, used], area)
    return means
