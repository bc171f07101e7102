"""GLEAM v3 and v4: actual evaporation, monthly (one file in v3, one a year in v4) or daily (one file a year), whose
axis order, stamps and unit attributes cannot be trusted.

Versions differ in axis order (time, lat, lon or time, lon, lat), so axes are taken by name only. Monthly files have
been seen with the unit 'mm/year' on what are monthly sums: that label is read as mm/month if the values can be monthly
sums.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.core.calendar import days_in_month, month_start, year_of
from vadose.formats import areas
from vadose.formats.axes import expect_ascending, expect_field, expect_months, select_years, stamps_of, within_years
from vadose.formats.canonical import expect_units, label, orient
from vadose.formats.opening import FormatError, netcdf

PRODUCT = "GLEAM E"
NAME = re.compile(r"E_(\d{4})(?:-(\d{4}))?_GLEAM_v(?P<version>[\w.]+?)(?P<step>_MO|_YR)?\.nc4?$", re.IGNORECASE)
UNITS = {
    "monthly": ("mm/month", "mm/year", "mm", "kg m-2"),
    "daily": ("mm/day", "mm", "kg m-2", "kg m-2 d-1"),
}
LIMIT = {"monthly": 600.0, "daily": 60.0}  # mm a step; open water in the desert evaporates about half of it
VARIABLES = ("evapotranspiration",)
FILL = -990.0  # the fill is -999; condensation makes small negative values, which stay


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[xr.Dataset, Array, str]]:
    """The open file, its stamps at the start of the steps, and "monthly" or "daily"; variable, unit and axes
    checked."""
    with netcdf(path, PRODUCT, required=("E", "time", "lat", "lon")) as source:
        expect_field(source, "E", path, PRODUCT)
        orient(xr.Dataset(coords={name: source[name].values for name in ("lat", "lon")}), path)
        times = stamps_of(source, path)
        expect_ascending(times, path, PRODUCT)
        step = _step(times, path)
        stamps = _starts(times, step, path)
        unit = source["E"].attrs.get("units", "")
        if unit:  # ASSUME: without a unit it is the documented one; the range is checked when values are read
            expect_units(unit, UNITS[step], "E", path)
        yield source, stamps, step


def _step(times: AnyArray, path: Path) -> str:
    """Kind of step, from the stamps; the name must not contradict it."""
    match = NAME.match(path.name)
    named = None if not match else {"_MO": "monthly", "_YR": "yearly", "": "daily"}[(match["step"] or "").upper()]
    days = (
        np.median(np.diff(times) / np.timedelta64(1, "D"))
        if len(times) > 1
        else {"daily": 1.0, "yearly": 365.0}.get(named, 30.0)
    )
    step = "daily" if days <= 1.5 else "monthly" if 27 <= days <= 32 else f"{days:g}-daily"
    if step not in UNITS or (named and named != step):
        raise FormatError(
            f"{path}: expected {named if named in UNITS else 'monthly or daily'} steps of {PRODUCT}, found {step} "
            "ones. Fetch the monthly or daily file."
        )
    return step


def _starts(times: AnyArray, step: str, path: Path) -> Array:
    """Stamps at the start of their steps, consecutive and, where the name tells the period, in it.

    An archive that stamps the end of a step may write the midnight after it, which belongs to the next month: the
    period in the name shows it.
    """
    match = NAME.match(path.name)
    if step == "monthly":
        unit, starts = "M", month_start(times).astype("datetime64[M]")
    else:
        unit, starts = "D", np.asarray(times).astype("datetime64[D]")
    if match:
        first = np.datetime64(f"{match[1]}-01-01").astype(f"datetime64[{unit}]")
        end = np.datetime64(f"{int(match[2] or match[1]) + 1}-01-01").astype(f"datetime64[{unit}]")
        midnight = np.all(times == starts.astype(times.dtype))
        if midnight and starts[0] == first + 1 and starts[-1] == end:
            starts = starts - 1
        if starts[0] < first or starts[-1] >= end:
            raise FormatError(
                f"{path}: expected stamps of {PRODUCT} from {first} to {end - 1} as its name says, found {starts[0]} "
                f"to {starts[-1]}. Fetch the file again."
            )
    if step == "monthly":
        return expect_months(starts.astype("datetime64[ns]"), path, PRODUCT)
    expect_ascending(starts, path, PRODUCT)
    gap = np.flatnonzero(np.diff(starts).astype(int) > 1)
    if gap.size:
        raise FormatError(
            f"{path}: expected every day of {PRODUCT}, found {starts[gap[0]] + 1} missing. Fetch the file again."
        )
    return starts.astype("datetime64[ns]")


def read(path: Path, *, years: Sequence[int] | None = None) -> xr.Dataset:
    """Read evaporation.

    Parameters
    ----------
    path : Path
        `E_1980-2022_GLEAM_v3.8a_MO.nc` or `E_{YYYY}_GLEAM_v3.8a.nc`.
    years : (first, last), optional
        Years to read, inclusive; only they are held in memory (50 MB a year monthly, 1.5 GB daily, at 0.25 degree).

    Returns
    -------
    Dataset
        `evapotranspiration` (time, lat, lon), float32, kg m-2 per month or per day; negative values (condensation) are
        kept.

    Raises
    ------
    FormatError
        If the file is of another kind, cut, in another unit (also one that only the values betray), lacks the variable,
        a step or a year, or repeats one.
    """
    path = Path(path)
    with _opened(path) as (source, stamps, step):
        part = select_years(stamps, years, path, PRODUCT, monthly=step == "monthly")
        return _dataset(_field(source, part, step, path), stamps[part], source, path)


def _field(source: xr.Dataset, part: slice | Array, step: str, path: Path) -> Array:
    """Some steps of an open file, (time, lat, lon) float32, fills as NaN, the range checked."""
    field = source["E"].isel(time=part).transpose("time", "lat", "lon").values.astype(np.float32)
    field[field <= FILL] = np.nan
    if np.any(field > LIMIT[step]):
        raise FormatError(
            f"{path}: expected {step} sums of {PRODUCT} up to {LIMIT[step]:g} mm, found {np.nanmax(field):g} (labelled "
            f"'{source['E'].attrs.get('units', '')}'). "
            "The values are of another unit or the fill was lost: check how the file was made."
        )
    return field


def _dataset(field: Array, stamps: AnyArray, source: xr.Dataset, path: Path) -> xr.Dataset:
    """A field in canonical form."""
    coordinates = {"time": stamps, "lat": source["lat"].values, "lon": source["lon"].values}
    return label(orient(xr.Dataset({"evapotranspiration": (("time", "lat", "lon"), field)}, coordinates), path))


def times_of(path: Path) -> Array:
    """Month starts that a file touches, from its content. (month,) datetime64[ns]."""
    with _opened(Path(path)) as (_, stamps, _):
        return np.unique(month_start(stamps))


def months(
    paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
) -> Iterator[xr.Dataset]:
    """The months of the years: a year of a monthly file, or a month of a daily one, at a time
    (`vadose.formats.protocol.Reader.months`).

    Parameters
    ----------
    paths : sequence of Path
        Files of the product, in any order.
    variables : sequence of str
        Canonical names, of `VARIABLES`.
    years : (first, last)
        Calendar years, inclusive.
    allow_missing : bool
        Whether steps within a month may be absent, which makes the month a missing one.

    Raises
    ------
    FormatError
        If versions are mixed, a month of a daily file lacks a day and may not, or as `read` and
        `vadose.formats.areas.months`.
    """
    named = [NAME.match(Path(path).name) for path in paths]
    areas.expect_one_version(paths, [f"v{match['version']}" if match else None for match in named], PRODUCT)

    def of_area(group: Sequence[Path], span: tuple[int, int]) -> Iterator[xr.Dataset]:
        for path in group:
            with _opened(path) as (source, stamps, step):
                if step == "monthly":
                    for year in np.unique(year_of(stamps[within_years(stamps, span)])):
                        part = within_years(stamps, (year, year))
                        yield _dataset(_field(source, part, step, path), stamps[part], source, path)
                else:
                    yield from _sums(source, stamps, span, allow_missing, path)

    files = [Path(path) for path in paths]
    groups = areas.by_area(files, _axes_of) if len(files) > 1 else [files]
    yield from areas.months(of_area, groups, years, times_of)


def _axes_of(path: Path) -> tuple[Array, Array]:
    """Latitudes and longitudes of a file."""
    with _opened(path) as (source, _, _):
        return source["lat"].values, source["lon"].values


def _sums(
    source: xr.Dataset, days: Array, years: tuple[int, int], allow_missing: bool, path: Path
) -> Iterator[xr.Dataset]:
    """Monthly sums of a daily file; a cell that lacks a day is missing, for a sum of fewer days would be too small."""
    start_of = month_start(days)
    for month in np.unique(start_of[within_years(days, years)]):
        part = np.flatnonzero(start_of == month)
        if part.size < days_in_month(month):
            if allow_missing:
                continue
            lacking = np.setdiff1d(np.arange(month.astype("datetime64[D]"), month.astype("datetime64[M]") + 1), days)
            raise FormatError(
                f"{path}: expected every day of {str(month)[:7]} of {PRODUCT}, found {lacking[0]} missing. Fetch the "
                "whole month, or set missing_files: keep to leave it missing."
            )
        total = np.zeros((1, source.sizes["lat"], source.sizes["lon"]))
        for day in part:
            total += _field(source, np.array([day]), "daily", path)
        yield _dataset(total.astype(np.float32), np.array([month]), source, path)


def check(path: Path) -> None:
    """Check kind, variable, unit, axes and stamps without reading the field.

    Raises
    ------
    FormatError
        Saying what is wrong with it.
    """
    with _opened(Path(path)):
        pass
