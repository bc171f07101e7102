"""What the splice of two product versions does: how far the newer lies from the older, the step at the splice, and the
share of the trend in windows of equal length against its share without any trend (docs/methods.md#d0)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import significance
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
