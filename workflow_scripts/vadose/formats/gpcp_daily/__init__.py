"""GPCP daily 1DD v1.3: one small netCDF file a day, with coordinates that are the south-west corners of its cells.

About 10,000 files make the record, so a day is read directly (1 ms) and not through xarray (20 ms).
"""

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.core.calendar import month_start
from vadose.formats import areas
from vadose.formats.canonical import expect_units, label, orient
from vadose.formats.gpcp_daily import layout
from vadose.formats.gpcp_daily.files import PRODUCT, Catalogue, catalogue, day_of
from vadose.formats.opening import FormatError, expect, unreadable
from vadose.formats.stamps import decode_time

VARIABLES = ("precipitation", "wet_days")
UNITS = ("mm/day", "kg m-2 d-1")
FILL_ABOVE = 1e30  # the netCDF library's own fill for floats is 9.97e36
LIMIT = 1000.0  # mm in a day; above the largest rainfall ever measured over a degree, below any unit error


class Day(NamedTuple):
    """One file as it stands: raw values (latitude, longitude), corner coordinates, and the day its time stamp names (or
    None)."""

    values: Array
    latitude: Array
    longitude: Array
    stamp: np.datetime64 | None


@dataclasses.dataclass
class Tally:
    """Counts kept while days are read."""

    superseded: int
    rejected: int
    missing: int = 0

    def attributes(self) -> dict[str, int]:
        """As attributes of a Dataset."""
        return {"superseded_files": self.superseded, "rejected_files": self.rejected, "missing_days": self.missing}


def _stamp(values: AnyArray, unit: str) -> np.datetime64 | None:
    """Day of a file's time stamp. ASSUME: the encoding is unconfirmed, so a unit that is not CF is left aside and the
    name rules."""
    if values.size != 1:
        return None
    try:
        return decode_time(values, unit, None, "").ravel()[0].astype("datetime64[D]")
    except FormatError:
        return None


def _open(path: Path) -> Day:
    """Read one file, check kind, variables, unit, axes and its stamp against its name."""
    kind = expect(path, ("netCDF-4", "netCDF-3"), PRODUCT)
    try:
        variables = layout.netcdf3(path) if kind == "netCDF-3" else layout.netcdf4(path)
    except FormatError:
        raise
    except Exception as error:  # both libraries raise whatever they meet in damaged bytes
        raise unreadable(path, PRODUCT, error) from None
    absent = [name for name in ("precip", *layout.DIMENSIONS) if name not in variables]
    if absent:
        raise FormatError(
            f"{path}: expected variable {', '.join(absent)} of {PRODUCT}, found "
            f"{', '.join(variables) or 'none of its variables'}. "
            "Check that the file is of this product and version."
        )
    dimensions, values, unit, attributes = variables["precip"]
    if dimensions != layout.DIMENSIONS or values.shape[0] != 1:
        raise FormatError(
            f"{path}: expected precip of {PRODUCT} on one time, latitude and longitude, found {', '.join(dimensions)} "
            f"of {' x '.join(map(str, values.shape))}. "
            "The axes are swapped or the file holds several days: fetch it again."
        )
    expect_units(unit, UNITS, "precip", path)
    day, stamp = day_of(path)[0], _stamp(np.asarray(variables["time"][1]), variables["time"][2])
    if stamp is not None and stamp != day:
        raise FormatError(
            f"{path}: expected the day {day} of its name, found the time stamp {stamp}. Fetch the file again."
        )
    values = layout.unpacked(values[0], attributes, path)
    return Day(values, np.asarray(variables["latitude"][1]), np.asarray(variables["longitude"][1]), stamp)


def _clean(values: Array, path: Path) -> Array:
    """Values with everything below zero, and the library's fill, as NaN."""
    values = values.astype(np.float32, copy=True)
    values[(values < 0) | (values > FILL_ABOVE)] = np.nan
    if values.size and np.any(values > LIMIT):  # False where NaN
        raise FormatError(
            f"{path}: expected precip of {PRODUCT} up to {LIMIT:g} mm/day, found {np.nanmax(values):g}. The file is "
            "damaged or in another unit: fetch it again."
        )
    return values


# Grids that were checked, by the bytes of their axes: a year of days has one, and the check of a download sees each day
# alone.
_GRIDS: dict[tuple[bytes, bytes], tuple[Array, Array, Array]] = {}


class _Reader:
    """Reads day after day onto one grid, falling back on older duplicates."""

    def __init__(self, tally: Tally) -> None:
        self.tally, self.raw, self.lat, self.lon, self.order = tally, None, None, None, None

    def day(self, candidates: Sequence[Path]) -> Array:
        """Values (lat, lon) of the first candidate that is sound."""
        for path in candidates[:-1]:
            try:
                return self._values(path)
            except FormatError:
                self.tally.rejected += 1
                self.tally.superseded -= 1
        return self._values(candidates[-1])

    def _values(self, path: Path) -> Array:
        day = _open(path)
        if self.raw is None:
            key = day.latitude.tobytes(), day.longitude.tobytes()
            if key not in _GRIDS:
                lat = layout.centres(day.latitude, -90.0, 90.0, "latitude", path)
                lon = layout.centres(day.longitude, 0.0, 360.0, "longitude", path)
                turned = orient(xr.Dataset({"column": ("lon", np.arange(lon.size))}, {"lat": lat, "lon": lon}), path)
                _GRIDS[key] = turned["lat"].values, turned["lon"].values, turned["column"].values
            self.lat, self.lon, self.order = _GRIDS[key]
            self.raw = day.latitude, day.longitude
        elif not (np.array_equal(day.latitude, self.raw[0]) and np.array_equal(day.longitude, self.raw[1])):
            raise FormatError(
                f"{path}: expected the grid of the other days of {PRODUCT}, found another. Fetch the file again."
            )
        return _clean(day.values, path)[:, self.order]


def _span(
    listed: Catalogue, years: Sequence[int] | None, whole_months: bool, allow_missing: bool, tally: Tally
) -> Array:
    """Every day of the period; the absent ones are counted, or an error."""
    if not listed.files:
        raise FormatError(
            f"{PRODUCT}: expected files of the years {years or 'asked for'}, found none. Check the folder, or fetch "
            "them."
        )
    present = np.array(list(listed.files))
    first, last = present[0], present[-1] + 1
    if whole_months:
        first, last = first.astype("datetime64[M]"), (present[-1].astype("datetime64[M]") + 1)
    if years is not None:
        first, last = np.datetime64(f"{years[0]}-01-01"), np.datetime64(f"{years[1] + 1}-01-01")
    days = np.arange(first.astype("datetime64[D]"), last.astype("datetime64[D]"))
    absent = days[~np.isin(days, present)]
    tally.missing = absent.size
    if absent.size and not allow_missing:
        folder = listed.files[present[0]][0].parent
        more = f" and {absent.size - 1} more" if absent.size > 1 else ""
        name = f"gpcp_v01r03_daily_d{str(absent[0]).replace('-', '')}_c*.nc"
        raise FormatError(
            f"{folder}: expected a file {name} of {PRODUCT}, found none for {absent[0]}{more}. Fetch what is missing, "
            "or allow missing days."
        )
    return days


def _paths(path: Path | Iterable[Path]) -> list[Path]:
    return [Path(path)] if isinstance(path, (str, Path)) else [Path(item) for item in path]


def read(path: Path | Iterable[Path], *, years: Sequence[int] | None = None, allow_missing: bool = False) -> xr.Dataset:
    """Read days.

    Parameters
    ----------
    path : Path or iterable of Path
        One file, or the files of a period in any order, duplicates included: the newest sound one counts.
    years : (first, last), optional
        Years to read, inclusive; every day of them is expected.
    allow_missing : bool
        Whether absent days may be left out (they are counted).

    Returns
    -------
    Dataset
        `precipitation` (time, lat, lon), float32, kg m-2 per day; attributes count superseded and rejected files and
        missing days.

    Raises
    ------
    FormatError
        If a day is absent, or no file of it is sound.
    """
    listed = catalogue(_paths(path), years=years)
    tally = Tally(listed.superseded, listed.rejected)
    days = _span(listed, years, False, allow_missing, tally)
    days = days[np.isin(days, list(listed.files))]
    reader, field = _Reader(tally), None
    for row, day in enumerate(days):
        values = reader.day(listed.files[day])
        field = np.empty((days.size, *values.shape), np.float32) if field is None else field
        field[row] = values
    coordinates = {"time": days.astype("datetime64[ns]"), "lat": reader.lat, "lon": reader.lon}
    dataset = label(
        orient(xr.Dataset({"precipitation": (("time", "lat", "lon"), field)}, coordinates), _paths(path)[0])
    )
    return dataset.assign_attrs(tally.attributes())


def monthly(
    paths: Iterable[Path], *, wet_day_mm: float = 1.0, years: Sequence[int] | None = None, allow_missing: bool = False
) -> xr.Dataset:
    """Monthly sums and wet days on the native grid, one day in memory at a time.

    Parameters
    ----------
    paths : iterable of Path
        Files of a period, in any order, duplicates included.
    wet_day_mm : float
        A day is wet from this much precipitation on, mm (docs/methods.md#b1).
    years : (first, last), optional
        Years to read, inclusive; every day of them is expected.
    allow_missing : bool
        Whether days may be absent. A month with an absent day is missing as a whole: a sum or a count over fewer days
        would be biased low.

    Returns
    -------
    Dataset
        `precipitation` (time, lat, lon), kg m-2 per month; `wet_days` (time, lat, lon), number of days; `missing_days`
        (time), number. A cell is missing in a month if it is missing on any of its days.

    Raises
    ------
    FormatError
        If a day is absent and not allowed to be, or no file of it is sound.
    """
    paths = _paths(paths)
    listed = catalogue(paths, years=years)
    tally = Tally(listed.superseded, listed.rejected)
    days = _span(listed, years, True, allow_missing, tally)
    month = days.astype("datetime64[M]")
    months, row, count = np.unique(month, return_inverse=True, return_counts=True)
    present = np.isin(days, list(listed.files))
    absent = count - np.bincount(row[present], minlength=months.size)
    reader, amount, wet = _Reader(tally), None, None
    for index in np.flatnonzero(present & (absent[row] == 0)):
        values = reader.day(listed.files[days[index]])
        if amount is None:
            amount = np.full((months.size, *values.shape), np.nan)
            wet = np.full(amount.shape, np.nan)
            amount[absent == 0] = wet[absent == 0] = 0.0
        amount[row[index]] += values
        wet[row[index]] += np.where(np.isnan(values), np.nan, values >= wet_day_mm)
    if amount is None:
        raise FormatError(
            f"{paths[0].parent}: expected at least one complete month of {PRODUCT}, found none. Fetch the missing days."
        )
    axes = ("time", "lat", "lon")
    fields = {"precipitation": (axes, amount), "wet_days": (axes, wet), "missing_days": ("time", absent)}
    dataset = xr.Dataset(fields, {"time": months.astype("datetime64[ns]"), "lat": reader.lat, "lon": reader.lon})
    dataset = label(orient(dataset, paths[0]))
    dataset["wet_days"].attrs = {
        "units": "1",
        "long_name": f"days with at least {wet_day_mm:g} mm of precipitation",
        "cell_methods": "time: sum",
    }
    dataset["missing_days"].attrs = {"units": "1", "long_name": "days of the month without a file"}
    return dataset.assign_attrs(tally.attributes())


def times_of(path: Path) -> Array:
    """Start of the month to which the day of a file belongs, from its name. (1,) datetime64[ns]."""
    return month_start(np.array([day_of(Path(path))[0]]))


def months(
    paths: Sequence[Path],
    variables: Sequence[str],
    years: tuple[int, int],
    *,
    wet_day_mm: float = 1.0,
    allow_missing: bool = False,
) -> Iterator[xr.Dataset]:
    """Monthly sums and wet days, a year at a time (`vadose.formats.protocol.Reader.months`, and `monthly`).

    Parameters
    ----------
    paths, variables, years, allow_missing : as in `Reader.months`
    wet_day_mm : float
        mm of a day from which on it is wet.

    Raises
    ------
    FormatError
        As `monthly` and `vadose.formats.areas.months`.
    """
    files = [Path(path) for path in paths]
    groups = areas.of_files(files, [day_of(path)[0] for path in files], _axes_of)
    reading = functools.partial(_of_area, variables=variables, wet_day_mm=wet_day_mm, allow_missing=allow_missing)
    yield from areas.months(reading, groups, years, times_of)


def _axes_of(path: Path) -> tuple[Array, Array]:
    """Latitudes and longitudes of a file."""
    reader = _Reader(Tally(0, 0))
    reader.day([path])
    return reader.lat, reader.lon


def _of_area(
    paths: Sequence[Path], years: tuple[int, int], *, variables: Sequence[str], wet_day_mm: float, allow_missing: bool
) -> Iterator[xr.Dataset]:
    """The months of the files of one area."""
    held: dict[int, list[Path]] = {}
    for path in paths:
        held.setdefault(day_of(path)[0].item().year, []).append(path)
    for year in range(years[0], years[1] + 1):
        if year in held or not allow_missing:
            files = held.get(year, [])
            part = monthly(files, wet_day_mm=wet_day_mm, years=(year, year), allow_missing=allow_missing)
            yield part[list(variables)].isel(time=np.flatnonzero(part["missing_days"].values == 0))


def check(path: Path, *, wet_day_mm: float = 1.0) -> None:
    """Check one file: kind, variables, unit, axes, stamp and range (a day is so small that it is read whole); the
    threshold of wet days has no say in that.

    Raises
    ------
    FormatError
        Saying what is wrong with it.
    """
    _Reader(Tally(0, 0)).day([Path(path)])
