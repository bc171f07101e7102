"""Months, seasons and years: every monthly stamp is the first of its month, whatever the archive wrote."""

import numpy as np

from vadose.core.arrays import AnyArray, Array

LONGEST_STEP = 28  # ASSUME: years that are all so far apart, the length of a month in days, are no calendar years
LARGEST_YEAR = 9999
FEWEST_YEARS_OF_LINE = 3  # ASSUME: a line through two years leaves no variability


def as_stamps(times: AnyArray) -> Array:
    """Time stamps as datetime64.

    Parameters
    ----------
    times : (time,) array
        datetime64, or dates of any calendar with year, month and day (cftime, datetime): of these the calendar month
        and year are kept, and the day as far as the common calendar has it.

    Returns
    -------
    (time,) datetime64 array

    Raises
    ------
    ValueError
        If `times` are numbers, durations or text, or one of them is missing: numbers would be taken as months since
        1970.
    """
    times = np.asarray(times)
    if times.dtype.kind == "O" and times.size and all(hasattr(one, "month") for one in times.ravel()):
        # 30 February and the like, of calendars of 360 days, become the 28th
        days = [f"{one.year:04d}-{one.month:02d}-{min(one.day, 28):02d}" for one in times.ravel()]
        times = np.array(days, dtype="datetime64[D]").reshape(times.shape)
    if times.dtype.kind != "M":
        raise ValueError(
            f"times: expected dates (datetime64 or cftime), found {times.dtype}: numbers have to be decoded by their "
            "unit first, as xarray.decode_cf does."
        )
    if np.isnat(times).any():
        raise ValueError("times: expected dates, found a missing one (NaT).")
    return times


def month_start(times: AnyArray) -> Array:
    """First day of the month of each time stamp.

    Parameters
    ----------
    times : (time,) datetime64 array
        Stamps anywhere in the month: mid-month (CRU), end of month, second of the month (ERA5-Land GRIB means).

    Returns
    -------
    (time,) datetime64[ns] array
        Midnight of the first of the month.
    """
    return as_stamps(times).astype("datetime64[M]").astype("datetime64[ns]")


def months(first_year: int, last_year: int) -> Array:
    """All month starts from January of `first_year` to December of `last_year`, datetime64[ns]."""
    return np.arange(f"{first_year}-01", f"{last_year + 1}-01", dtype="datetime64[M]").astype("datetime64[ns]")


def days_in_month(times: AnyArray) -> Array:
    """Length in days of the month of each stamp, float."""
    month = as_stamps(times).astype("datetime64[M]")
    return ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(float)


def year_of(times: AnyArray) -> Array:
    """Calendar year of each stamp, int."""
    return as_stamps(times).astype("datetime64[Y]").astype(int) + 1970


def month_of(times: AnyArray) -> Array:
    """Calendar month of each stamp, 1..12."""
    return as_stamps(times).astype("datetime64[M]").astype(int) % 12 + 1


def as_years(years: Array) -> Array:
    """Calendar years as numbers, from numbers or from stamps of which each year has one.

    Parameters
    ----------
    years : (year,) array
        Calendar years, or dates anywhere in them (datetime64 or cftime).

    Returns
    -------
    (year,) float array

    Raises
    ------
    ValueError
        If a year has several stamps, or `years` holds neither calendar years nor dates: a stamp, or a number of days or
        months, taken as a year would give slopes per microsecond, day or month.
    """
    years = np.asarray(years)
    if years.dtype.kind in "MO" and years.size:
        stamped = year_of(years)
        seen, count = np.unique(stamped, return_counts=True)
        if np.any(count > 1):
            raise ValueError(
                f"years: expected one stamp a year, found {count.max()} in {seen[count.argmax()]}: take the mean of "
                "each year first."
            )
        return stamped.astype(float)
    if years.dtype.kind not in "iuf":
        raise ValueError(f"years: expected calendar years or datetime64 stamps, one a year, found {years.dtype}.")
    years = years.astype(float)
    steps = np.diff(years)
    far = years.size > 2 and (np.all(steps >= LONGEST_STEP) or np.all(steps == 12))
    if far or np.any(np.abs(years) > LARGEST_YEAR):
        raise ValueError(
            f"years: expected calendar years or dates, found numbers from {years.min():g} to {years.max():g} "
            "that look like days, months or seconds: decode them by their unit first."
        )
    return years


def missing_months(times: AnyArray, first_year: int, last_year: int) -> list[str]:
    """Months of the period that `times` lacks, as "YYYY-MM"."""
    present = set(as_stamps(times).astype("datetime64[M]").astype(str))
    wanted = np.arange(f"{first_year}-01", f"{last_year + 1}-01", dtype="datetime64[M]").astype(str)
    return [month for month in wanted if month not in present]


SEASONS = {"MAM": (3, 4, 5), "JJA": (6, 7, 8), "SON": (9, 10, 11), "DJF": (12, 1, 2)}


def by_year(values: Array, times: AnyArray) -> tuple[Array, Array]:
    """Months on the last axis as whole calendar years.

    Parameters
    ----------
    values : (..., time) array
        Monthly values.
    times : (time,) datetime64 array
        Month starts, every month from a January to a December.

    Returns
    -------
    (..., year, 12) array, (year,) int array
        A view where possible, and the calendar years.

    Raises
    ------
    ValueError
        If a month lacks or repeats, or the record does not begin in January and end in December.
    """
    month = as_stamps(times).astype("datetime64[M]").astype(int)
    if month.size == 0 or month[0] % 12 or month.size % 12 or np.any(np.diff(month) != 1):
        raise ValueError(
            f"by_year: expected every month from a January to a December, found {month.size} months from "
            f"{np.asarray(times)[:1]} on."
        )
    return values.reshape(*values.shape[:-1], values.shape[-1] // 12, 12), 1970 + month[::12] // 12
