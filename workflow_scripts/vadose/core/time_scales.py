"""Time scales of study B: monthly values, seasonal and annual means or sums, and anomalies (docs/methods.md#b1)."""

from calendar import month_name
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vadose.core import calendar
from vadose.core.arrays import AnyArray, Array

SCALES = ("monthly", "MAM", "JJA", "SON", "DJF", "annual")
# Monthly values of a part of the year, by the name in the configuration: label -> calendar months.
PARTS: dict[str, dict[str, tuple[int, ...]]] = {
    "seasonal": {f"months of {season}": calendar.SEASONS[season] for season in ("DJF", "MAM", "JJA", "SON")},
    "calendar_month": {name: (number,) for number, name in enumerate(month_name[1:], 1)},
}
MONTHS_OF = {"monthly": tuple(range(1, 13)), **PARTS["seasonal"], **PARTS["calendar_month"]}


def labels_of(configured: Sequence[str]) -> list[str]:
    """Time scales by their labels, each once: seasonal stands for its four, calendar_month for its twelve."""
    parts = [list(PARTS.get(name, (name,))) for name in configured]
    return list(dict.fromkeys(label for labels in parts for label in labels))


def drawn_scales(labels: Sequence[str]) -> list[str]:
    """Those that have maps in figures: the twelve single calendar months stand in tables and the atlas alone."""
    return [label for label in labels if label not in PARTS["calendar_month"]]


def steps_of_year(scale: str) -> int:
    """Values that one year gives: 12 of monthly values, 3 of the months of a season, 1 of all others."""
    return len(MONTHS_OF.get(scale, (0,)))


def aggregate(values: Array, times: AnyArray, scale: str, how: str) -> Array:
    """Values of one time scale.

    Parameters
    ----------
    values : (..., time) array
        Monthly values; NaN is missing.
    times : (time,) datetime64 array
        Month starts, every month from a January to a December.
    scale : str
        "monthly": months as they are. A label of PARTS ("months of DJF", "January"): those of them that belong to it.
        "MAM", "JJA", "SON", "DJF": one value a year for the three months. "annual": one for the calendar year.
    how : {"mean", "sum"}
        Mean of the months, each counting alike whatever its days, or their sum; both are missing where a month is.
        Values of single months stay as they are.

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
    if scale in MONTHS_OF:
        return np.asarray(values, dtype=float)[..., _belongs(times, scale)]
    years, _ = calendar.by_year(np.asarray(values, dtype=float), times)
    if scale == "annual":
        parts = years
    elif scale == "DJF":
        parts = np.concatenate([years[..., :-1, 11:], years[..., 1:, :2]], axis=-1)
    elif scale in calendar.SEASONS:
        parts = years[..., np.array(calendar.SEASONS[scale]) - 1]
    else:
        scales = [*SCALES, *PARTS["seasonal"], *PARTS["calendar_month"]]
        raise ValueError(f"aggregate: expected a scale of {', '.join(scales)}, found {scale!r}.")
    return parts.sum(axis=-1) if how == "sum" else parts.mean(axis=-1)


def _belongs(times: AnyArray, scale: str) -> slice | NDArray[np.bool_]:
    """Months of a scale of single months."""
    return slice(None) if scale == "monthly" else np.isin(calendar.month_of(times), MONTHS_OF[scale])


def years_of(times: AnyArray, scale: str) -> Array:
    """Year to which each step of `aggregate` belongs, int: of single months the calendar year, also of a December."""
    years = np.unique(calendar.year_of(times))
    if scale in MONTHS_OF:
        return calendar.year_of(times)[_belongs(times, scale)]
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
