"""What a file of the Climate Data Store is: its product, its time resolution and its step, by what the file says.

GRIB names class (l5 is ERA5-Land, ea ERA5) and stream (moda monthly means, mnth monthly means by hour of day, oper
hours); netCDF names the stream in its history and the step type with each variable. Where a file says nothing, as files
before 2024, the spacing and the time stamps decide. `check` and `read` ask here, so that they cannot differ.
"""

import dataclasses
import re
from pathlib import Path

import numpy as np

from vadose.core.arrays import AnyArray, Array
from vadose.core.calendar import month_start
from vadose.formats.opening import FormatError

PRODUCT = "ERA5-Land"
CLASS = "l5"
CLASSES = {"l5": "ERA5-Land", "ea": "ERA5", "ei": "ERA-Interim", "rr": "CERRA", "ep": "ERA-20C"}
ERA5_SPACING = 0.25  # degrees; ERA5-Land has 0.1
STREAMS = {
    "moda": "monthly means",
    "mnth": "monthly means by hour of day",
    "oper": "hours",
    "enda": "hours of the ensemble",
    "wave": "hours of waves",
}
STREAM_OF_ROUTE = {"monthly_means": "moda", "hourly": "oper"}
DAY = np.timedelta64(1, "D")
WAY_OUT = {
    "monthly means": "take the route monthly_means",
    "monthly means by hour of day": "request the product type monthly_averaged_reanalysis",
    "days": "take the route daily_statistics",
    "hours": "take the route hourly, with every hour of the month",
    "a few hours of one day a month": "request the product type monthly_averaged_reanalysis (these may be its means by "
    "hour of day), or every hour",
    "one hour a month": "request the product type monthly_averaged_reanalysis of the monthly means",
    "one hour a day": "request the derived daily statistics, or every hour for the route hourly",
}


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What a file says of a variable; None where it says nothing.

    Attributes
    ----------
    product_class, stream, step_type : str or None
        GRIB's class (l5, ea), stream (moda, mnth, oper) and stepType (avgid, avgua, avgad, accum, instant).
    statistic : str or None
        How days were made from hours, in derived daily statistics: mean, max, min.
    named : str or None
        Product named in the history, such as reanalysis-era5-land.
    """

    product_class: str | None = None
    stream: str | None = None
    step_type: str | None = None
    statistic: str | None = None
    named: str | None = None


def of_netcdf(history: str, attributes: dict) -> Evidence:
    """Evidence in the attributes of a netCDF file of the Climate Data Store and of one of its variables."""

    def first(pattern: str, text: str) -> str | None:
        match = re.search(pattern, text)
        return match[1] if match else None

    step_type = str(attributes.get("GRIB_stepType", "")) or first(r'"stepType":\s*\["(\w+)"', history)
    return Evidence(
        product_class=str(attributes.get("GRIB_class", "")) or first(r'"class":\s*\["(\w+)"', history),
        stream=str(attributes.get("GRIB_stream", "")) or first(r'"stream":\s*\["(\w+)"', history),
        step_type=step_type if step_type != "unknown" else None,
        statistic=first(r"daily_reduce\([^\n]*?how=['\"]?(\w+)", history),
        named=first(r"\b((?:derived|reanalysis)-era5-[\w-]+)", history),
    )


def expect_product(evidence: Evidence, lat: Array, lon: Array, times: AnyArray, path: Path) -> None:
    """Check that a variable is of ERA5-Land.

    Parameters
    ----------
    evidence : Evidence
        What the file says about itself.
    lat, lon : (lat,), (lon,) arrays
        degrees.
    times : (time,) datetime64 array
        Times of validity.
    path : Path
        The file.

    Raises
    ------
    FormatError
        Naming the product that it is, and what to do.
    """
    spacings = [float(np.median(np.abs(np.diff(axis)))) for axis in (lat, lon) if np.size(axis) > 1]
    spacing = min(spacings) if spacings else np.nan
    other = CLASSES.get(evidence.product_class or CLASS, f"class {evidence.product_class}")
    if evidence.product_class is None and "era5-land" not in (evidence.named or ""):
        era5 = evidence.named is not None or abs(spacing - ERA5_SPACING) < 1e-3
        other = "ERA5" if era5 else other
    if other == PRODUCT:
        return
    resolution = resolution_of(evidence, times)
    raise FormatError(
        f"{path}: expected {PRODUCT} (0.1 degree), found {resolution} of {other}"
        + (f" ({spacing:g} degree)" if np.isfinite(spacing) else "")
        + f", another product: its soil water has values over the sea, too. Request {PRODUCT} "
        f"(reanalysis-era5-land), or enter {other} as a data set of its own with a reader (docs/add_dataset.md)."
    )


def resolution_of(evidence: Evidence, times: AnyArray) -> str:
    """What one time of a variable stands for: one of the keys of `WAY_OUT`.

    Parameters
    ----------
    evidence : Evidence
        Of the file.
    times : (time,) datetime64 array
        Validity, ascending.
    """
    times = np.unique(times)  # a time that stands twice is another fault
    in_month = np.unique(month_start(times), return_counts=True)[1]
    once_a_month, clock = in_month.size == 0 or in_month.max() == 1, times - times.astype("datetime64[D]")
    once_a_day = np.unique(times.astype("datetime64[D]")).size == times.size
    if evidence.stream in ("moda", "mnth"):
        return STREAMS[evidence.stream]
    if evidence.statistic is not None:
        return "days"
    hourly = evidence.stream is not None or evidence.step_type in ("accum", "instant")
    if once_a_month:
        # The archive's means are valid on the 1st (in GRIB also on the 2nd) at 00 or 06 UTC; means that users made
        # themselves may stand in the middle of the month.
        odd = np.any((clock > np.timedelta64(6, "h")) & (times - month_start(times) < 2 * DAY))
        return "one hour a month" if hourly or odd else "monthly means"
    if once_a_day:
        midday = np.any(clock != np.timedelta64(0, "h"))
        return "one hour a day" if midday or evidence.stream is not None else "days"
    of_day = np.unique(times.astype("datetime64[D]"))
    if not hourly and np.unique(month_start(of_day)).size == of_day.size:
        return "a few hours of one day a month"
    return "hours"


def expect_route(evidence: Evidence, times: AnyArray, route: str | None, accumulated: bool, path: Path) -> None:
    """Check that the times of a variable are what a route takes (None: what any route takes).

    Parameters
    ----------
    evidence : Evidence
        What the file says about itself.
    times : (time,) datetime64 array
        Times of validity, UTC.
    route : str or None
        monthly_means, daily_statistics or hourly.
    accumulated : bool
        Whether the variable adds up from 00 UTC.
    path : Path
        The file.

    Raises
    ------
    FormatError
        Naming what the file holds, and the route or request that fits.
    """
    resolution = resolution_of(evidence, times)
    if route is None:
        route = {"days": "daily_statistics", "hours": "hourly", "one hour a day": "hourly"}.get(
            resolution, "monthly_means"
        )
    wanted = {"monthly_means": "monthly means", "daily_statistics": "days", "hourly": "hours"}[route]
    if resolution == "days" and evidence.statistic not in (None, "mean"):
        raise FormatError(
            f"{path}: expected daily means of {PRODUCT}, found the daily statistic {evidence.statistic}. Request "
            "daily_mean."
        )
    # A file of a single time may be a day, or the midnight that closes a month of hours.
    part = times.size == 1 and route != "monthly_means" and evidence.stream not in ("moda", "mnth")
    # Of what accumulates from 00 UTC, the first hour of each day is all that is needed.
    totals = (
        route == "hourly" and accumulated and evidence.statistic is None and resolution in ("days", "one hour a day")
    )
    if resolution == wanted or part or totals:
        return
    said = f" (stream {evidence.stream})" if evidence.stream else ""
    first = f", first at {np.datetime_as_string(times[0], unit='h')} UTC" if times.size else ""
    name = {"monthly means by hour of day": "monthly_averaged_reanalysis_by_hour_of_day, "}.get(resolution, "")
    raise FormatError(
        f"{path}: expected {wanted} of {PRODUCT} for the route {route}, found {name}{resolution}{said}{first}. For "
        f"such files {WAY_OUT[resolution]}; for this route request {wanted}."
    )
