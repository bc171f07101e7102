"""The axes of a product file: dimensions by name, months without gap or repetition, and the years that were asked
for."""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.core.calendar import missing_months, month_start, year_of
from vadose.formats.opening import FormatError
from vadose.formats.stamps import decode_time

EAST = ("degrees_east", "degree_east", "degrees_E", "degreesE")
NORTH = ("degrees_north", "degree_north", "degrees_N", "degreesN")


def expect_degrees(axis: xr.DataArray, path: Path, product: str) -> None:
    """Check that an axis is not in another unit than degrees; some products give none.

    Raises
    ------
    FormatError
        If it is in radians (as models write it) or in metres (projected).
    """
    unit = str(axis.attrs.get("units", "")).strip()
    if unit.lower().startswith("rad") or unit.lower() in ("m", "km", "metre", "metres", "meter", "meters"):
        raise FormatError(
            f"{path}: expected {axis.name} of {product} in degrees, found it in {unit}. Convert the axes, or remap the "
            "file to latitudes and longitudes (cdo remapcon)."
        )


def expect_field(dataset: xr.Dataset, variable: str, path: Path, product: str) -> None:
    """Check that a variable lies on time, lat and lon, in any order, and that the axes are what their names say.

    Parameters
    ----------
    dataset : Dataset
        As opened, before any reordering.
    variable : str
        Name of the field.
    path, product
        For messages.

    Raises
    ------
    FormatError
        If the dimensions are others, a coordinate has more than one dimension, an axis is empty, or its unit belongs to
        the other axis.
    """
    dimensions = tuple(map(str, dataset[variable].dims))
    if sorted(dimensions) != ["lat", "lon", "time"]:
        raise FormatError(
            f"{path}: expected {variable} of {product} on time, lat and lon, found "
            f"{', '.join(dimensions) or 'no dimension'}. "
            "Check that the file is of this product and was not reshaped."
        )
    for name, wrong in (("lat", EAST), ("lon", NORTH)):
        if dataset[name].dims != (name,):
            raise FormatError(
                f"{path}: expected {name} of {product} along itself, found it on "
                f"{', '.join(map(str, dataset[name].dims))}. "
                "The axes are swapped: check how the file was made."
            )
        expect_degrees(dataset[name], path, product)
        if str(dataset[name].attrs.get("units", "")) in wrong:
            raise FormatError(
                f"{path}: expected {name} of {product}, found it in {dataset[name].attrs['units']}. The axes are "
                "swapped: check how the file was made."
            )
    if 0 in dataset[variable].shape:
        raise FormatError(
            f"{path}: expected values of {product}, found an empty axis. The file was cut: fetch it again."
        )


def stamps_of(dataset: xr.Dataset, path: Path) -> AnyArray:
    """Time stamps of the axis `time` as the file means them, (time,) datetime64[ns].

    Raises
    ------
    FormatError
        If they cannot be read (`vadose.formats.stamps.decode_time`).
    """
    time = dataset["time"]
    return decode_time(time.values, time.attrs.get("units"), time.attrs.get("calendar"), path)


def expect_ascending(times: AnyArray, path: Path, product: str) -> None:
    """Check that time stamps ascend and do not repeat.

    Raises
    ------
    FormatError
        Naming the first stamp that is repeated or out of order.
    """
    times = np.asarray(times)
    wrong = np.flatnonzero(np.diff(times) <= np.timedelta64(0))
    if wrong.size:
        before, after = times[wrong[0]].astype("datetime64[D]"), times[wrong[0] + 1].astype("datetime64[D]")
        what = f"{after} twice" if before == after else f"{after} after {before}"
        raise FormatError(
            f"{path}: expected ascending time stamps of {product}, found {what}. The file was joined wrongly: fetch it "
            "again."
        )


def expect_months(times: AnyArray, path: Path, product: str) -> Array:
    """Month starts of monthly stamps, checked to be consecutive.

    Parameters
    ----------
    times : (time,) datetime64 array
        Stamps anywhere in their months.
    path, product
        For messages.

    Returns
    -------
    (time,) datetime64[ns] array
        First of each month.

    Raises
    ------
    FormatError
        If a month is missing or occurs twice; the message names it.
    """
    expect_ascending(times, path, product)
    months = month_start(times)
    steps = np.diff(months.astype("datetime64[M]")).astype(int)
    if np.any(steps == 0):
        twice = months[np.flatnonzero(steps == 0)[0]].astype("datetime64[M]")
        raise FormatError(
            f"{path}: expected each month of {product} once, found {twice} twice. The file was joined wrongly: fetch "
            "it again."
        )
    if np.any(steps > 1):
        gap = months[np.flatnonzero(steps > 1)[0]].astype("datetime64[M]") + 1
        raise FormatError(
            f"{path}: expected every month of {product}, found {gap} missing. Fetch the file again, or ask for years "
            "without the gap."
        )
    return months


def select_years(
    times: AnyArray, years: Sequence[int] | None, path: Path, product: str, *, monthly: bool = False
) -> slice:
    """Part of an ascending time axis that lies in the years asked for.

    Parameters
    ----------
    times : (time,) datetime64 array
        Ascending stamps.
    years : (first, last) or None
        Inclusive; None for all.
    path, product
        For messages.
    monthly : bool
        Whether the stamps are months, of which each year must have twelve.

    Raises
    ------
    FormatError
        If the file holds nothing of one of the years, or not all of its months.
    """
    if years is None:
        return slice(0, len(times))
    first, last = years
    of = year_of(times)
    absent = [str(year) for year in range(first, last + 1) if year not in of]
    if absent or first > last:
        raise FormatError(
            f"{path}: expected years {first} to {last} of {product}, found {of.min()} to {of.max()}"
            + (f" ({', '.join(absent[:5])} missing). " if absent else ". ")
            + "Ask for years that the file holds, or fetch the file that holds them."
        )
    gaps = missing_months(times, first, last) if monthly else []
    if gaps:
        raise FormatError(
            f"{path}: expected every month of {first} to {last} of {product}, found {', '.join(gaps[:5])} missing. "
            "Ask for whole years, or fetch the file that holds them."
        )
    return slice(int(np.searchsorted(of, first, "left")), int(np.searchsorted(of, last, "right")))


def within_years(times: AnyArray, years: Sequence[int]) -> Array:
    """Positions of the stamps that lie in the years (first, last), inclusive; empty where a file holds none of them."""
    of = year_of(times)
    return np.flatnonzero((of >= years[0]) & (of <= years[1]))


@functools.lru_cache(maxsize=16)
def median_step(axis: bytes, dtype: np.dtype) -> float:
    """Median step of an axis, by its bytes, which most files of a series share; 1 where there is one value."""
    values = np.frombuffer(axis, dtype)
    return float(np.median(np.abs(np.diff(values)))) if values.size > 1 else 1.0
