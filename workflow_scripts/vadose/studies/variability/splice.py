"""What the splice of two product versions does: how far the newer lies from the older, the step at the splice, and the
share of the trend in windows of equal length against its share without any trend (docs/methods.md#d0)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from vadose.core import calendar
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import significance, slope_noise, year_intervals
from vadose.statistics.trend import share_null
from vadose.statistics.trend.share import trend_share

MODELS = {"level": False, "level and trend": True}  # whether the model of the step holds a trend


def trend_shares(
    total: Array, years: Array, periods: Sequence[tuple[int, int]], *, simulations: int, seed: int
) -> xr.Dataset:
    """Share of the trend in the variance, per window of years, against trend-free series.

    Parameters
    ----------
    total : (cell, year) array, kg m-2
        Annual total soil moisture; a cell that is not analysed is missing throughout.
    years : (year,) array
        Calendar years.
    periods : sequence of (first, last)
        The windows are these, and all of the length of the shortest of them.
    simulations, seed : int
        Of the trend-free series.

    Returns
    -------
    Dataset
        `trend_share`, `adjusted_r2`, `null_share` and `share_p` of the product "splice".
    """
    spans = share_null.windows(years, periods)
    lengths = {last - first + 1 for first, last in spans}
    null = {length: share_null.null_shares(length, simulations, seed) for length in lengths}
    own = {length: share_null.attained(length, shares, seed) for length, shares in null.items()}
    columns: dict[str, list[Array]] = {"trend_share": [], "adjusted_r2": [], "null_share": [], "share_p": []}
    for first, last in spans:
        inside = (years >= first) & (years <= last)
        line = trend_share(total[:, inside], years[inside])
        memory = share_null.memory(total[:, inside], years[inside])
        length = last - first + 1
        expected = share_null.against_null(line.share, memory, null[length], own[length])
        for column, values in zip(columns.values(), (line.share, line.adjusted, *expected), strict=True):
            column.append(values)
    fields = {name: (("cell", "window"), np.stack(values, axis=1)) for name, values in columns.items()}
    return xr.Dataset(fields, {"window": [f"{first}-{last}" for first, last in spans]})


def steps(total: Array, years: Array, splice_year: int, alpha_fdr: float) -> xr.Dataset:
    """Step at the splice under each of MODELS, and where it is significant in the field.

    Parameters
    ----------
    total, years
        As in `trend_shares`.
    splice_year : int
        First year of the newer version.
    alpha_fdr : float
        False discovery rate.

    Returns
    -------
    Dataset
        `step`, `step_p`, `step_q` and `step_rejected` of the product "splice".
    """
    columns: dict[str, list[Array]] = {"step": [], "step_p": [], "step_q": [], "step_rejected": []}
    for trend in MODELS.values():
        tested = significance.step_test(total, years, splice_year, trend=trend)
        q, rejected = significance.field_significance(tested.p, alpha_fdr)
        for column, values in zip(columns.values(), (tested.step, tested.p, q, rejected.astype(np.int8)), strict=True):
            column.append(values)
    fields = {name: (("cell", "model"), np.stack(values, axis=1)) for name, values in columns.items()}
    return xr.Dataset(fields, {"model": list(MODELS)})


class ResampledSteps(NamedTuple):
    """Mean step at the splice in resampled years."""

    replicates: Array  # (resample, model, 2), kg m-2; by cell and by area
    years: Array  # (model,), effective


def resampled_steps(
    total: Array, years: Array, splice_year: int, area: Array, *, resamples: int, seed: int
) -> ResampledSteps:
    """Mean over cells of the step at the splice, in resampled years (docs/methods.md#c1).

    Parameters
    ----------
    total, years, splice_year
        As in `steps`.
    area : (cell,) array, m2
    resamples, seed : int

    Returns
    -------
    ResampledSteps

    Notes
    -----
    Residuals are those about the least-squares fit of each model. A least-squares step is linear in the values, so that
    the mean of the steps is the step of the mean residual.
    ASSUME: Prais and Winsten's step, which the product holds, varies as that of least squares does.
    """
    taken = np.isfinite(total).sum(axis=1) >= year_intervals.FEWEST_YEARS
    total, area = total[taken], area[taken]
    there = np.isfinite(total)
    values = np.where(there, total, 0.0)
    replicates, effective = [], []
    for trend in MODELS.values():
        columns = [np.ones(years.size), (years >= splice_year) * 1.0] + ([years - years.mean()] if trend else [])
        design = np.column_stack(columns)
        squares = np.einsum("ct,ti,tj->cij", there * 1.0, design, design)
        fitted = np.einsum("cij,ct,tj->ci", np.linalg.pinv(squares), values, design)
        residual = np.where(there, total - np.einsum("ci,ti->ct", fitted, design), np.nan)
        parts = year_intervals.sieve(residual[..., None], years, np.zeros((total.shape[0], 1)))
        drawn = year_intervals.draws(years.size - 1, years.size, resamples, seed + int(years[0]))
        weights = np.ones(area.size), area
        rows = np.column_stack([_mean_steps(parts, np.linalg.pinv(design)[1], weight, drawn) for weight in weights])
        centre = [fitted[:, 1].mean(), np.average(fitted[:, 1], weights=area)] if area.size else [np.nan, np.nan]
        replicates.append(rows + centre)
        effective.append(year_intervals.effective_years(parts))
    return ResampledSteps(np.stack(replicates, axis=1), np.array(effective))


def _mean_steps(parts: year_intervals.Sieve, step: Array, weight: Array, drawn: NDArray[np.int64]) -> Array:
    """Mean over cells of the step in every resample, (resample,): `step` (year,) are the weights of the years in it.

    What an innovation adds depends on where it stands, so that one sum over cells for each innovation and place serves
    all resamples.
    """
    line, memory = parts.line[..., 0], np.nan_to_num(parts.memory[:, 0])
    of_years = np.where(np.isfinite(line), step, 0.0)
    reach = np.stack(list(slope_noise.reaches(of_years, memory))[::-1], axis=1)
    innovations = np.ascontiguousarray(np.nan_to_num(parts.innovations[..., 0]))
    moved = slope_noise.sums_of_products(reach * weight[:, None], innovations)
    of_lines = np.add.reduce(np.add.reduce(np.nan_to_num(line) * of_years, axis=1) * weight)
    return (moved[np.arange(drawn.shape[1]), drawn].sum(axis=1) + of_lines) / weight.sum()


def step_variables(total: Array, years: Array, splice_year: int, area: Array, **draws: int) -> dict[str, tuple]:
    """`resampled_steps` as variables of the product "year_resamples".

    Parameters
    ----------
    total, years, splice_year, area
        As in `resampled_steps`.
    **draws : int
        resamples and seed.
    """
    steps_of_mean = resampled_steps(total, years, splice_year, area, **draws)
    return {
        "step_replicate": (("resample", "model", "step_weighting"), steps_of_mean.replicates),
        "step_effective_years": (("model",), steps_of_mean.years),
        "model": (("model",), list(MODELS)),
        "step_weighting": (("step_weighting",), ["cell", "area"]),
    }


def shift_by_month(older: Array, newer: Array, times: AnyArray) -> Array:
    """How far the newer version lies above the older one, by calendar month.

    Parameters
    ----------
    older, newer : (cell, layer, time) arrays, kg m-2
        The same months of both; NaN is missing.
    times : (time,) datetime64 array
        Month starts of whole years.

    Returns
    -------
    (cell, layer, 12) array, kg m-2
        Mean over the years that both have; NaN where they have none.
    """
    difference, _ = calendar.by_year(newer.astype(float) - older, times)
    both = np.isfinite(difference)
    count = both.sum(axis=2)
    sums = np.where(both, difference, 0.0).sum(axis=2)
    return np.divide(sums, count, out=np.full(count.shape, np.nan), where=count > 0)
