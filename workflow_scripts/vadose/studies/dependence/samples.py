"""Which values of precipitation and soil moisture are paired: time scale, annual cycle, lag, and months with or without
frost (docs/methods.md#b1, #c7)."""

import numpy as np

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics.lags import FEWEST_PAIRS
from vadose.studies.frozen_months import MonthSet

KEPT, REMOVED = "kept", "removed"
CYCLES = (KEPT, REMOVED)  # the mean annual cycle of both sides


def is_monthly(time_scale: str) -> bool:
    """Whether the values of a time scale are single months."""
    return time_scale in time_scales.MONTHS_OF


def steps_of_year(time_scale: str) -> int:
    """As `time_scales.steps_of_year`."""
    return time_scales.steps_of_year(time_scale)


def cycle_of(time_scale: str, configured: str) -> str:
    """The annual cycle at a time scale: of years and of single calendar months there is none to be removed."""
    return configured if is_monthly(time_scale) and time_scales.steps_of_year(time_scale) > 1 else KEPT


def pair(
    precipitation: Array,
    soil_moisture: Array,
    times: AnyArray,
    time_scale: str,
    cycle: str = KEPT,
    lag: Array | int = 0,
    months: MonthSet | None = None,
) -> tuple[Array, Array]:
    """Precipitation and soil moisture of one time scale, complete pairs only.

    Parameters
    ----------
    precipitation, soil_moisture : (cell, time) arrays, kg m-2
        Monthly sum of precipitation and monthly mean of soil moisture; NaN is missing.
    times : (time,) datetime64 array
        Month starts, whole years.
    time_scale : str
        "monthly", the months of a season or calendar month ("months of DJF", "January"), or "annual".
    cycle : {"kept", "removed"}
        Removed: less the mean of each calendar month, on both sides. Of a yearly sum or mean nothing is removed.
    lag : int or (cell,) array
        Months by which precipitation precedes, of single months only: a January takes the December of the year before.
    months : MonthSet, optional
        Months of soil moisture that are left in, of single months only. What is removed as annual cycle is the mean of
        all months.

    Returns
    -------
    (cell, step) array, (cell, step) array
        Both NaN where either is missing.

    Raises
    ------
    ValueError
        If a switch is unknown, or a lag is asked of the annual time scale.
    """
    if cycle not in CYCLES:
        raise ValueError(f"pair: expected the annual cycle {' or '.join(CYCLES)}, found {cycle!r}.")
    if not is_monthly(time_scale) and np.any(np.asarray(lag) != 0):
        raise ValueError(f"pair: expected no lag at the time scale {time_scale}: lags are in months.")
    if is_monthly(time_scale):
        precipitation, soil_moisture = sides(precipitation, soil_moisture, times, cycle)
        precipitation = time_scales.lagged(precipitation, lag)
        soil_moisture = soil_moisture if months is None else months.left_in(soil_moisture)
    driver = time_scales.aggregate(precipitation, times, time_scale, "sum")
    response = time_scales.aggregate(soil_moisture, times, time_scale, "mean")
    complete = np.isfinite(driver) & np.isfinite(response)
    return np.where(complete, driver, np.nan), np.where(complete, response, np.nan)


def too_few(driver: Array, whole: Array, time_scale: str, months: MonthSet | None) -> Array:
    """Cells that have pairs, but too few of them in the set of months.

    Parameters
    ----------
    driver, whole : (cell, step) arrays
        From `pair`, of the set and of all months.
    time_scale : str
        All months need as many pairs as the set says, a season or a calendar month ten.
    months : MonthSet, optional

    Returns
    -------
    (cell,) bool array
    """
    if months is None or not is_monthly(time_scale):
        return np.zeros(driver.shape[0], dtype=bool)
    fewest = months.fewest if time_scale == "monthly" else FEWEST_PAIRS
    return (np.isfinite(driver).sum(axis=1) < fewest) & (np.isfinite(whole).sum(axis=1) >= FEWEST_PAIRS)


def side(values: Array, times: AnyArray, annual_cycle: str) -> Array:
    """Monthly values (cell, time) with their annual cycle kept or removed; gaps stay."""
    return values if annual_cycle == KEPT else time_scales.anomalies(values, times)


def sides(precipitation: Array, soil_moisture: Array, times: AnyArray, annual_cycle: str) -> tuple[Array, Array]:
    """Monthly precipitation and soil moisture with their annual cycle kept or removed; gaps stay.

    Parameters
    ----------
    precipitation, soil_moisture : (cell, time) arrays, kg m-2
    times : (time,) datetime64 array
        Month starts, whole years.
    annual_cycle : {"kept", "removed"}

    Returns
    -------
    precipitation, soil_moisture : (cell, time) arrays, kg m-2
    """
    return side(precipitation, times, annual_cycle), side(soil_moisture, times, annual_cycle)
