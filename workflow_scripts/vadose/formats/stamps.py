"""Time stamps of product files by their own epoch, unit and calendar."""

import re

import numpy as np

from vadose.core.arrays import AnyArray
from vadose.formats.opening import FormatError

EPOCH = re.compile(
    r"^\s*(?P<unit>[A-Za-z]+)\s+since\s+(?P<year>\d{1,4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[T ]\s*(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.0*)?)?)?)?"
    r"\s*(?:Z|UTC|GMT|[+-]?0{1,2}:?0{0,2})?\s*$",
    re.IGNORECASE,
)
ABSOLUTE = re.compile(r"^\s*(?:day as %Y%m%d|month as %Y%m)(?:\.%f)?\s*$", re.IGNORECASE)  # as cdo -a writes them
SECONDS = {
    **dict.fromkeys(("day", "days", "d"), 86400),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), 3600),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), 60),
    **dict.fromkeys(("second", "seconds", "sec", "secs", "s"), 1),
    **dict.fromkeys(("millisecond", "milliseconds", "msec", "ms"), 1e-3),
}
MONTHS = ("month", "months", "mon")
STANDARD = ("standard", "gregorian", "proleptic_gregorian", "none", "")
REFORM = np.datetime64("1582-10-15")  # before it the standard calendar is the Julian one
LARGEST = 1e15  # of any unit; the fills of netCDF are far above
EARLIEST, LATEST = np.datetime64("1678-01-01", "s"), np.datetime64("2262-01-01", "s")  # what nanoseconds can count
NO_LEAP = ("noleap", "365_day")
NO_LEAP_MONTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def decode_time(values: AnyArray, units: object, calendar: object, path: object) -> AnyArray:
    """Time stamps by the file's own epoch, whatever it is.

    Parameters
    ----------
    values : array
        Numbers of `units`; fractions are rounded to the second.
    units : str
        Such as "days since 2000-01-01 00:00:00", "months since 1960-01-01" or "day as %Y%m%d.%f" (dates written as
        numbers, taken to the day); blanks around it are allowed.
    calendar : str or None
        None (GLDAS since 2020-07) means the standard calendar, as CF says. noleap is read by its dates; "months since"
        count months whatever the calendar.
    path : Path
        For messages.

    Returns
    -------
    datetime64[ns] array of the same shape.

    Raises
    ------
    FormatError
        If the unit, the calendar or a value is not a date.
    """
    written = ABSOLUTE.match(str(units))
    if written:
        return of_dates(np.floor(np.asarray(values, dtype=float)), path)
    epoch = EPOCH.match(str(units))
    unit = epoch["unit"].lower() if epoch else ""
    if unit not in SECONDS and unit not in MONTHS:
        text = "" if units is None else str(units)
        raise FormatError(
            f"{path}: expected time stamps in days, hours, minutes, seconds or months since a date, such as "
            f"'days since 2000-01-01', found the unit '{text}'. Set the unit of time that the file means (ncatted, "
            "or cdo setreftime)."
        )
    kind = "" if calendar is None else str(calendar).strip().lower()
    if kind not in (*STANDARD, *NO_LEAP) and unit not in MONTHS:
        raise FormatError(
            f"{path}: expected a standard calendar, found '{calendar}', whose days are not those of the true year. The "
            "file was converted: fetch the original, or set the calendar that its numbers were made with."
        )
    values = np.asarray(values, dtype=float)
    if not np.all(np.isfinite(values) & (np.abs(values) < LARGEST)):
        raise FormatError(
            f"{path}: expected finite time stamps, found missing ones. The file is damaged: fetch it again."
        )
    year, month, day = (int(epoch[part]) for part in ("year", "month", "day"))
    clock = sum(int(epoch[part] or 0) * size for part, size in (("hour", 3600), ("minute", 60), ("second", 1)))
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise FormatError(f"{path}: expected time stamps since a date, found '{units}', which is none.")
    if unit in MONTHS:
        # ASSUME: a fraction of a month is a place within it, as in "months since" of monthly means at 0.5, 1.5, ...
        months = np.floor(values + (day - 1) / 31 + 1e-6).astype(int)
        return (np.datetime64(f"{year:04d}-{month:02d}", "M") + months).astype("datetime64[ns]")
    seconds = np.round(values * SECONDS[unit]).astype(np.int64) + clock
    if kind in NO_LEAP:
        return _no_leap_dates(seconds, year, month, day)
    origin = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "s")
    if kind != "proleptic_gregorian" and origin < REFORM:
        origin += _julian_days_behind(year, month)
    stamps = origin + seconds.astype("timedelta64[s]")
    if np.any((stamps < EARLIEST) | (stamps > LATEST)):
        raise FormatError(
            f"{path}: expected time stamps of the years 1678 to 2261, found {stamps.min()} to {stamps.max()} by the "
            f"unit '{units}'. Set the unit of time that the file means (ncatted, or cdo setreftime)."
        )
    return stamps.astype("datetime64[ns]")


def _julian_days_behind(year: int, month: int) -> np.timedelta64:
    """Days from a proleptic Gregorian date to the Julian date of the same name."""
    century = (year - (month < 3)) // 100
    return np.timedelta64(century // 4 - century + 2, "D")


def _no_leap_dates(seconds: AnyArray, year: int, month: int, day: int) -> AnyArray:
    """Dates of a calendar without 29 February."""
    ends = np.cumsum(NO_LEAP_MONTHS)
    starts = ends - NO_LEAP_MONTHS
    days = np.floor_divide(seconds, 86400) + starts[month - 1] + day - 1
    years, rest = year + np.floor_divide(days, 365), np.mod(days, 365)
    months = np.searchsorted(ends, rest, side="right")
    start = np.asarray(years - 1970).astype("datetime64[Y]").astype("datetime64[M]") + months
    date = start.astype("datetime64[D]") + (rest - starts[months])
    return date.astype("datetime64[ns]") + np.mod(seconds, 86400).astype("timedelta64[s]")


def of_dates(values: AnyArray, path: object) -> AnyArray:
    """Time stamps of an axis of dates written as YYYYMMDD or YYYYMM.

    Raises
    ------
    FormatError
        If a value is no date.
    """
    texts = [f"{value:.0f}" for value in np.atleast_1d(values).astype(float)]
    try:
        dates = [f"{text[:4]}-{text[4:6]}" + (f"-{text[6:]}" if len(text) == 8 else "-01") for text in texts]
        return np.array(dates, dtype="datetime64[D]").astype("datetime64[ns]")
    except ValueError:
        raise FormatError(
            f"{path}: expected dates as YYYYMMDD, found {texts[0]}. Check how the file was made."
        ) from None
