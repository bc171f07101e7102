"""Time scales of study B: monthly values, seasonal and annual means or sums, and anomalies (docs/methods.md#b1)."""

import numpy as np

from vadose.core import calendar
from vadose.core.arrays import AnyArray, Array

SCALES = ("monthly", "MAM", "JJA", "SON", "DJF", "annual")


def aggregate(values: Array, times: AnyArray, scale: str, how: str) -> Array:
    """Values of one time scale.

    Parameters
    ----------
    values : (..., time) array
        Monthly values; NaN is missing.
    times : (time,) datetime64 array
        Month starts, every month from a January to a December.
    scale : {"monthly", "MAM", "JJA", "SON", "DJF", "annual"}
        Months as they are, one value a year for the three months of a season, or one for the calendar year.
    how : {"mean", "sum"}
        Mean of the months, each counting alike whatever its days, or their sum; both are missing where a month is.

    Returns
    -------
    (..., step) array
        float64. Winters count for the year of their January and February; the first has no December and is left out.

    Raises
    ------
    ValueError
        If a switch is unknown or the months are not whole years.
    """
    if how not in ("mean", "sum"):
        raise ValueError(f"aggregate: expected mean or sum, found {how!r}.")
    if scale == "monthly":
        return np.asarray(values, dtype=float)
    years, _ = calendar.by_year(np.asarray(values, dtype=float), times)
    if scale == "annual":
        parts = years
    elif scale == "DJF":
        parts = np.concatenate([years[..., :-1, 11:], years[..., 1:, :2]], axis=-1)
    elif scale in calendar.SEASONS:
        parts = years[..., np.array(calendar.SEASONS[scale]) - 1]
    else:
        raise ValueError(f"aggregate: expected a scale of {', '.join(SCALES)}, found {scale!r}.")
    return parts.sum(axis=-1) if how == "sum" else parts.mean(axis=-1)


def years_of(times: AnyArray, scale: str) -> Array:
    """Year to which each step of `aggregate` belongs, int."""
    years = np.unique(calendar.year_of(times))
    if scale == "monthly":
        return calendar.year_of(times)
    return years[1:] if scale == "DJF" else years


def anomalies(values: Array, times: AnyArray) -> Array:
    """Monthly values less the mean of their calendar month.

    Parameters
    ----------
    values : (..., time) array
        NaN is missing and takes no part in the mean.
    times : (time,) datetime64 array
        Month starts, every month from a January to a December.

    Returns
    -------
    (..., time) array
        float64; the sum over each calendar month is zero.
    """
    years, _ = calendar.by_year(np.asarray(values, dtype=float), times)
    present = np.isfinite(years)
    count = present.sum(axis=-2, keepdims=True)
    mean = np.divide(
        np.where(present, years, 0.0).sum(axis=-2, keepdims=True),
        count,
        out=np.full(count.shape, np.nan),
        where=count > 0,
    )
    return (years - mean).reshape(np.shape(values))


def lagged(driver: Array, lag: Array) -> Array:
    """Driver shifted so that step t holds the value of step t - lag.

    Parameters
    ----------
    driver : (cell, time) array
        Any unit.
    lag : int or (cell,) int array
        Steps, 0 or more, for all cells or for each; steps before the record are missing.

    Returns
    -------
    (cell, time) array
        float64.
    """
    driver = np.asarray(driver, dtype=float)
    lag = np.broadcast_to(np.asarray(lag, dtype=int), driver.shape[:1])
    position = np.arange(driver.shape[1]) - lag[:, None]
    return np.where(position >= 0, np.take_along_axis(driver, np.maximum(position, 0), axis=1), np.nan)
