"""Results of study A as labelled datasets on the cell axis: the statistics themselves are in attribution, trend and
their neighbours."""

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import attribution, quality, seasons, trend_forms
from vadose.statistics.trend import autocorrelation, mann_kendall
from vadose.statistics.trend_forms import LINEAR, Form

BLOCK = 500  # cells whose seasons are held at a time


def attributions(
    monthly: Array,
    years: Array,
    periods: Sequence[tuple[int, int]],
    *,
    rank_on: str,
    basis: str,
    min_months: int,
    min_year_share: float,
    top_by: str,
    form: Form = LINEAR,
) -> xr.Dataset:
    """Attribution of the variance of total soil moisture in several periods, with largest terms and reason codes.

    Parameters
    ----------
    monthly : (cell, layer, year, 12) array, kg m-2
    years : (year,) array
        Calendar years.
    periods : sequence of (first, last)
        Calendar years, both included.
    rank_on, basis
        As in `vadose.statistics.attribution.attribute_monthly`.
    min_months, min_year_share
        As in `vadose.statistics.quality`; cells with another reason than OK are missing.
    top_by : {"signed", "abs"}
        How the largest terms are found.
    form : Form
        What the trend is. If it is no line, the product also has `cross`.

    Returns
    -------
    Dataset
        Variables of the product "attribution".
    """
    of_line = form.kind == "linear"
    fit = attribution.attribute_monthly if of_line else functools.partial(_of_form, form=form)
    fitted = fit(monthly, years.astype(float), periods, rank_on=rank_on, basis=basis)
    parts = []
    for (first, last), period in zip(periods, fitted, strict=True):
        chosen = (years >= first) & (years <= last)
        complete = quality.complete_years(monthly[:, :, chosen], min_months)
        reason = quality.reasons(monthly[:, :, chosen], complete, min_year_share)
        # The seasons need all twelve months: whatever min_months says, a cell has the years that the statistics used.
        short = (reason == quality.Reason.OK) & (period.n < quality.needed_years(int(chosen.sum()), min_year_share))
        parts.append(
            _attributed(
                period, np.where(short, quality.Reason.TOO_FEW_YEARS, reason), top_by, trend_forms.fewest_years(form)
            )
        )
    labels = xr.Variable("period", [f"{first}-{last}" for first, last in periods])
    return xr.concat(parts, labels).transpose("cell", "period", ...)


def _of_form(
    monthly: Array, years: Array, periods: Sequence[tuple[int, int]], *, form: Form, rank_on: str, basis: str
) -> list[trend_forms.FormAttribution]:
    """Attribution of several periods with a trend that is no line, some cells at a time."""
    blocks: list[list[trend_forms.FormAttribution]] = [[] for _ in periods]
    for start in range(0, max(len(monthly), 1), BLOCK):
        part = monthly[start : start + BLOCK]
        means = seasons.seasonal_means(part, seasons.moisture_seasons(part, rank_on, basis))
        for block, (first, last) in zip(blocks, periods, strict=True):
            inside = (years >= first) & (years <= last)
            block.append(trend_forms.attribute(means[:, inside], years[inside], form))
    return [trend_forms.FormAttribution(*map(np.concatenate, zip(*block, strict=True))) for block in blocks]


def _attributed(
    fitted: attribution.PeriodAttribution | trend_forms.FormAttribution, reason: Array, top_by: str, fewest: int
) -> xr.Dataset:
    """The attribution of one period where `reason` is OK and `fewest` years or more took part, missing elsewhere."""
    used = reason == quality.Reason.OK
    contribution = _where(used, fitted.contribution)
    counted = np.where(used, fitted.n, 0)
    top = attribution.top_terms(contribution, top_by)
    # A series that is constant but for rounding has no variance to attribute; a trend through few years leaves none.
    undefined = used & ~np.isfinite(contribution).all(axis=(1, 2, 3))
    few = undefined & (fitted.n < fewest)
    reason = np.select([few, undefined], [quality.Reason.TOO_FEW_YEARS, quality.Reason.CONSTANT], reason)
    fit = contribution[:, 0].sum(axis=(1, 2))  # of total soil moisture: r2 on year, if the trend is a line
    of_form = isinstance(fitted, trend_forms.FormAttribution)
    freedom = counted - (fitted.parameters if of_form else 2.0)
    freedom = np.where(freedom > 0, freedom, np.nan)
    crossed = {"cross": (("cell", "dynamics", "season", "layer"), _where(used, fitted.cross))} if of_form else {}
    _, seasons, layers = contribution.shape[1:]
    terms = np.where(top.dynamics < 0, -1, (top.dynamics * seasons + top.season) * layers + top.layer).astype(np.int16)
    return xr.Dataset(
        {
            "contribution": (("cell", "dynamics", "season", "layer"), contribution),
            "omega": (("cell", "season", "layer"), np.where(used[:, None, None], fitted.omega, np.nan)),
            "variance": (("cell",), np.where(used, fitted.variance, np.nan)),
            "adjusted_r2": (("cell",), 1.0 - (1.0 - fit) * (counted - 1.0) / freedom),
            "top1": (("cell",), top.value[:, 0]),
            "top1_term": (("cell",), terms[:, 0]),
            "top2": (("cell",), top.value[:, 1]),
            "top2_term": (("cell",), terms[:, 1]),
            "years": (("cell",), counted.astype(np.int16)),
            "reason": (("cell",), reason.astype(np.int8)),
        }
        | crossed
    )


def _where(used: Array, terms: Array) -> Array:
    """Terms of the cells that are used, missing elsewhere."""
    return np.where(used[:, None, None, None], terms, np.nan)


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
    cells, count, steps = series.shape
    fitted = by_rows(mann_kendall.mann_kendall, series, years)
    missing = np.full((cells, count), np.nan)
    fields = {
        "slope": fitted.slope,
        "intercept": fitted.intercept,
        "lag_one": autocorrelation.lag_one(series.reshape(cells * count, steps), years.astype(float)).reshape(
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
            fields["slope_prewhitened"] = result.slope
        if name == "block_bootstrap":
            fields["slope_lower"][:, :served], fields["slope_upper"][:, :served] = result.lower, result.upper
    counted = np.isfinite(series[:, 0]).sum(axis=1)
    return xr.Dataset(
        {name: (("cell", "series"), values) for name, values in fields.items()}
        | {"p": (("cell", "test", "series"), p), "years": ("cell", counted.astype(np.int16))}
    )


def means_of_periods(fitted: xr.Dataset, means: xr.Dataset) -> dict[str, mann_kendall.AreaMean]:
    """Area-mean series of every period, over the cells whose trend it has.

    Parameters
    ----------
    fitted, means : Dataset
        Products "trends" and "seasonal_soil_moisture".
    """
    series, _ = yearly_series(means["soil_moisture"].values, means["layer"].values, means["season"].values)
    analysed, years = np.isfinite(fitted["slope"].values[:, :, 0]), means["year"].values
    return {
        str(period): mean_series(
            np.where(analysed[:, number, None, None], series, np.nan), years, str(period), means["area"].values
        )
        for number, period in enumerate(fitted["period"].values)
    }


def mean_series(series: Array, years: Array, period: str, area: Array) -> mann_kendall.AreaMean:
    """Area-mean series of a period over all cells that have any of its years, by a rule that gaps do not bend.

    Parameters
    ----------
    series : (cell, series, year) array, kg m-2
    years : (year,) array
    period : str
        "first-last".
    area : (cell,) array, m2

    Returns
    -------
    AreaMean
        (series, year) arrays as in `vadose.statistics.trend.mann_kendall.area_mean`; missing and 0 outside the period.
    """
    first, last = (int(year) for year in period.split("-"))
    used = (years >= first) & (years <= last)
    means = np.full(series.shape[1:], np.nan)
    cells = np.zeros(series.shape[1:], dtype=np.int64)
    for number in range(series.shape[1]):
        means[number, used], cells[number, used] = mann_kendall.area_mean(series[:, number][:, used], area)
    return mann_kendall.AreaMean(means, cells)
