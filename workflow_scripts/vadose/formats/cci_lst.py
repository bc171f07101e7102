"""ESA CCI land surface temperature, SSM/I and SSMIS monthly L3C 0.25 degree: ascending (about 18 h) and descending
(about 6 h) passes.

The study takes the mean of both passes as the daily mean (docs/methods.md#b1). ASSUME: a cell that one pass lacks is
missing, because one pass alone is biased by the daily cycle. ASSUME: `lst` as it stands, without `lst_time_correction`
(drift of the orbit's local time).
"""

import contextlib
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core.calendar import month_start, year_of
from vadose.formats import areas, hdf5
from vadose.formats.axes import expect_ascending, expect_field, stamps_of, within_years
from vadose.formats.canonical import axes_in_order, expect_units, label, orient
from vadose.formats.opening import NETCDF, FormatError, expect, netcdf

PRODUCT = "ESA CCI LST SSM/I monthly 0.25 degree"
NAME = re.compile(
    r"ESACCI-LST-L3C-LST-(?P<sensor>SSMI13|SSMI17)-0\.25deg_1MONTHLY_(?P<overpass>ASC|DES)-(?P<month>\d{6})(?:\d{2})?0{6}-fv(?P<version>[\d.]+)\.nc4?$",
    re.IGNORECASE,
)
VARIABLES = ("land_surface_temperature",)
PASS = re.compile(r"\b6\s?([AP]M)\b")  # ascending passes are taken to 6 PM local time, descending ones to 6 AM
VERSIONS = ("2.23", "2.33")  # 2.33 corrects the uncertainty of the time correction only, so both may stand side by side
SWITCH = 2009  # first year of SSMI17
UNITS = ("K",)
FINEST_STEP = 0.2  # degrees; the newer CDR (v5 and later, 0.125 degree) is another retrieval and must not be mixed in
LIMITS = (0.0, 400.0)  # K; at or below the first is a fill, above the second a lost scale


class Granule(NamedTuple):
    """What a file's name says."""

    month: np.datetime64
    overpass: str
    sensor: str
    version: str


class Month(NamedTuple):
    """The two files of a month; None where a pass is absent."""

    month: np.datetime64
    ascending: Path | None
    descending: Path | None


def granule(path: Path) -> Granule:
    """Month, pass, sensor and version of a file, from its name.

    Raises
    ------
    FormatError
        If the name is another product's (daily, 0.125 degree), another version's, or its sensor does not belong to its
        year.
    """
    path = Path(path)
    match = NAME.match(path.name)
    if not match or not 1 <= int(match["month"][4:]) <= 12:
        raise FormatError(
            f"{path}: expected a name such as ESACCI-LST-L3C-LST-SSMI13-0.25deg_1MONTHLY_ASC-20010101000000-fv2.33.nc "
            f"of {PRODUCT}, found another. "
            "Fetch the monthly 0.25 degree files; daily files and the 0.125 degree record are other products."
        )
    if match["version"] not in VERSIONS:
        raise FormatError(
            f"{path}: expected version {' or '.join(VERSIONS)} of {PRODUCT}, found {match['version']}. Later versions "
            "are another record: do not mix them."
        )
    year = int(match["month"][:4])
    sensor = "SSMI13" if year < SWITCH else "SSMI17"
    if match["sensor"].upper() != sensor:
        raise FormatError(
            f"{path}: expected sensor {sensor} in {year} (SSMI17 follows SSMI13 from {SWITCH} on), found "
            f"{match['sensor']}. Fetch the file of {sensor}."
        )
    month = np.datetime64(f"{match['month'][:4]}-{match['month'][4:]}", "M")
    return Granule(month, match["overpass"].upper(), sensor, match["version"])


def _expect(source: xr.Dataset, path: Path, what: Granule) -> None:
    """Variable, unit, axes, resolution, stamp and, where the header tells them, step and pass of an open file."""
    month = what.month
    _expect_identity(source, path, what)
    expect_field(source, "lst", path, PRODUCT)
    expect_units(source["lst"].attrs.get("units", ""), UNITS, "lst", path)
    times = stamps_of(source, path)
    expect_ascending(times, path, PRODUCT)
    if times.size != 1 or month_start(times)[0].astype("datetime64[M]") != month:
        days = ", ".join(str(item) for item in times.astype("datetime64[D]")[:3])
        raise FormatError(
            f"{path}: expected one stamp in the month {month} of its name, found {days}. Fetch the file again."
        )
    lat = axes_in_order(source["lat"].values, source["lon"].values, path).lat
    if lat.size > 1 and np.median(np.diff(lat)) < FINEST_STEP:
        raise FormatError(
            f"{path}: expected {PRODUCT}, found a step of {np.median(np.diff(lat)):g} degrees. "
            "The 0.125 degree record is another product: do not mix them."
        )


def _expect_identity(source: xr.Dataset, path: Path, what: Granule) -> None:
    """Step and pass by the header, whatever the name says: the yearly and daily files have the same variables, and both
    passes differ only in the hour to which `lst_time_correction` leads."""
    step = str(source.attrs.get("time_coverage_resolution", "")).strip().upper()
    if step not in ("", "P1M"):
        raise FormatError(
            f"{path}: expected {PRODUCT}, found a file of the step {step} (time_coverage_resolution). Fetch the "
            "monthly files (P1M) and keep their names."
        )
    correction = source.variables.get("lst_time_correction")
    told = PASS.search("" if correction is None else str(correction.attrs.get("long_name", "")))
    if told and {"PM": "ASC", "AM": "DES"}[told[1]] != what.overpass:
        raise FormatError(
            f"{path}: expected the pass {what.overpass} of its name, found that of 6 {told[1]} (long_name of "
            "lst_time_correction). Give the file its own name or fetch it again."
        )


def read(path: Path) -> xr.Dataset:
    """Read one pass of one month.

    Parameters
    ----------
    path : Path
        File with its original name (either way of writing the month).

    Returns
    -------
    Dataset
        `land_surface_temperature` (time=1, lat, lon), K, float64; scaled shorts and floats come out alike. Attributes
        `sensor`, `overpass`, `product_version`.

    Raises
    ------
    FormatError
        If name, kind, variable, unit, axes, month or range are not the product's.
    """
    path = Path(path)
    what = granule(path)
    with _opened(path) as source:
        _expect(source, path, what)
        field = _unpack(source["lst"].transpose("time", "lat", "lon"))
        coordinates = {
            "time": [what.month.astype("datetime64[ns]")],
            "lat": source["lat"].values,
            "lon": source["lon"].values,
        }
    if np.any(field > LIMITS[1]):
        raise FormatError(
            f"{path}: expected lst of {PRODUCT} up to {LIMITS[1]:g} K, found {np.nanmax(field):g}. Its scale or unit "
            "was lost: fetch the original file."
        )
    dataset = label(
        orient(xr.Dataset({"land_surface_temperature": (("time", "lat", "lon"), field)}, coordinates), path)
    )
    return dataset.assign_attrs(sensor=what.sensor, overpass=what.overpass, product_version=what.version)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[xr.Dataset]:
    """What of a file is read; all of it where it is not plain netCDF-4."""
    names = ("lst", "time", "lat", "lon")
    if path.suffix.lower() != ".gz" and expect(path, NETCDF, PRODUCT) == "netCDF-4":
        some = hdf5.some_of(path, names, ("lst_time_correction",))
        if some is not None:
            yield some
            return
    with netcdf(path, PRODUCT, required=names, mask_and_scale=False) as source:
        yield source


def _unpack(raw: xr.DataArray) -> np.ndarray:
    """Kelvin in float64 from a scaled short or a float; fills by attribute and, where a copy lost it, by being no
    temperature."""
    values = raw.values
    field = values.astype(float)
    for name in ("_FillValue", "missing_value"):
        if name in raw.attrs:
            field[values == np.asarray(raw.attrs[name]).astype(values.dtype)] = np.nan
    field = field * float(raw.attrs.get("scale_factor", 1.0)) + float(raw.attrs.get("add_offset", 0.0))
    field[field <= LIMITS[0]] = np.nan
    return field


def pair(ascending: Path, descending: Path) -> xr.Dataset:
    """Mean of the two passes of one month.

    A cell that either pass lacks is missing.

    Parameters
    ----------
    ascending, descending : Path
        Files of the same month.

    Returns
    -------
    Dataset
        `land_surface_temperature` (time=1, lat, lon), K.

    Raises
    ------
    FormatError
        If the files are not the two passes of one month on one grid.
    """
    ascending, descending = Path(ascending), Path(descending)
    up, down = granule(ascending), granule(descending)
    if (up.overpass, down.overpass) != ("ASC", "DES") or up.month != down.month:
        raise FormatError(
            f"{descending}: expected the DES pass of {PRODUCT} beside ASC of one month, found {down.overpass} of "
            f"{down.month} "
            f"beside {up.overpass} of {up.month} ({ascending.name}). Give the ascending file first and both of one "
            "month."
        )
    first, second = read(ascending), read(descending)
    if not (np.array_equal(first["lat"], second["lat"]) and np.array_equal(first["lon"], second["lon"])):
        raise FormatError(
            f"{descending}: expected the grid of {ascending.name}, found another. Fetch both files again."
        )
    first["land_surface_temperature"].values = 0.5 * (
        first["land_surface_temperature"].values + second["land_surface_temperature"].values
    )
    return first.assign_attrs(overpass="mean of ASC and DES")


def catalogue(paths: Iterable[Path], *, years: Sequence[int] | None = None, allow_missing: bool = False) -> list[Month]:
    """The two files of every month; of two versions of a file the later counts.

    Parameters
    ----------
    paths : iterable of Path
        Files of both passes, in any order.
    years : (first, last), optional
        Years to keep, inclusive; by default from the first month to the last.
    allow_missing : bool
        Whether a month or one of its passes may be absent.

    Raises
    ------
    FormatError
        If a pass is absent, or a file occurs twice in one version.
    """
    best: dict[tuple, tuple[str, Path]] = {}
    paths = [Path(path) for path in paths]
    for path in paths:
        what = granule(path)
        if years is not None and not years[0] <= int(year_of(what.month)) <= years[1]:
            continue
        key = (what.month, what.overpass)
        if key in best and best[key][0] == what.version:
            raise FormatError(
                f"{path}: expected {what.month} {what.overpass} of {PRODUCT} once, found it also as {best[key][1]}. "
                "Remove one of them."
            )
        if key not in best or what.version > best[key][0]:
            best[key] = (what.version, path)
    if not best:
        raise FormatError(
            f"{PRODUCT}: expected files of the years {years or 'asked for'}, found none. Check the folder, or fetch "
            "them."
        )
    present = [month for month, _ in best]
    first, last = (
        (min(present), max(present))
        if years is None
        else (np.datetime64(f"{years[0]}-01"), np.datetime64(f"{years[1]}-12"))
    )
    listed = []
    for month in np.arange(first, last + 1):
        files = [best.get((month, overpass), (None, None))[1] for overpass in ("ASC", "DES")]
        if None in files and not allow_missing:
            absent = " and ".join(name for name, file in zip(("ASC", "DES"), files) if file is None)
            raise FormatError(
                f"{paths[0].parent}: expected both passes of every month of {PRODUCT}, found no "
                f"*1MONTHLY_{absent}-{str(month).replace('-', '')}* "
                f"for {month}. Fetch it, or allow missing months."
            )
        listed.append(Month(month, *files))
    return listed


def _expect_grid(month: xr.Dataset, other: xr.Dataset, path: Path) -> None:
    """The months of a series lie on one grid."""
    if not (np.array_equal(month["lat"], other["lat"]) and np.array_equal(month["lon"], other["lon"])):
        raise FormatError(f"{path}: expected the grid of the other months, found another. Fetch the file again.")


def series(paths: Iterable[Path], *, years: Sequence[int] | None = None, allow_missing: bool = False) -> xr.Dataset:
    """Mean of both passes, month after month.

    Parameters
    ----------
    paths, years, allow_missing
        As for `catalogue`. An allowed month that lacks a pass stands in the result as missing and is counted.

    Returns
    -------
    Dataset
        `land_surface_temperature` (time, lat, lon), K; attribute `missing_months`.

    Raises
    ------
    FormatError
        As `catalogue` and `pair`; also if the grid changes.
    """
    listed = catalogue(paths, years=years, allow_missing=allow_missing)
    whole = [item for item in listed if item.ascending and item.descending]
    if not whole:
        raise FormatError(
            f"{PRODUCT}: expected at least one month with both passes, found none. Fetch the missing files."
        )
    dataset, field = None, None
    for row, item in enumerate(listed):
        if item not in whole:
            continue
        month = pair(item.ascending, item.descending)
        if field is None:
            dataset, field = month, np.full((len(listed), month.sizes["lat"], month.sizes["lon"]), np.nan)
        _expect_grid(month, dataset, item.ascending)
        field[row] = month["land_surface_temperature"].values[0]
    coordinates = {
        "time": [item.month.astype("datetime64[ns]") for item in listed],
        "lat": dataset["lat"],
        "lon": dataset["lon"],
    }
    result = label(xr.Dataset({"land_surface_temperature": (("time", "lat", "lon"), field)}, coordinates))
    return result.assign_attrs(missing_months=len(listed) - len(whole), overpass="mean of ASC and DES")


def times_of(path: Path) -> np.ndarray:
    """Month start of a file, from its name. (1,) datetime64[ns]."""
    return np.array([granule(path).month]).astype("datetime64[ns]")


def months(
    paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
) -> Iterator[xr.Dataset]:
    """The mean of both passes, a year at a time (`vadose.formats.protocol.Reader.months`).

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
        If a month or one of its passes is absent and may not be, or as `pair` and `vadose.formats.areas.months`.
    """
    files = [Path(path) for path in paths]
    groups = areas.of_files(files, [(what.month, what.overpass) for what in map(granule, files)], _axes_of)
    yield from areas.months(functools.partial(_of_area, allow_missing=allow_missing), groups, years, times_of)


def _axes_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of a file."""
    with netcdf(path, PRODUCT, required=("lst", "time", "lat", "lon"), mask_and_scale=False) as source:
        return source["lat"].values, source["lon"].values


def _of_area(paths: Sequence[Path], years: tuple[int, int], *, allow_missing: bool) -> Iterator[xr.Dataset]:
    """The months of the files of one area."""
    for year in range(years[0], years[1] + 1):
        inside = [path for path in paths if within_years(times_of(path), (year, year)).size]
        if allow_missing and not any(month.ascending and month.descending for month in _listed(inside, True)):
            continue
        part = series(inside, years=(year, year), allow_missing=allow_missing)
        yield part.isel(time=np.flatnonzero(np.isfinite(part["land_surface_temperature"].values).any(axis=(1, 2))))


def _listed(paths: Sequence[Path], allow_missing: bool) -> list[Month]:
    return catalogue(paths, allow_missing=allow_missing) if paths else []


def check(path: Path) -> None:
    """Check name, kind, variable, unit, axes and stamp of one file without reading its field.

    Raises
    ------
    FormatError
        Saying what is wrong with it.
    """
    path = Path(path)
    what = granule(path)
    with netcdf(path, PRODUCT, required=("lst", "time", "lat", "lon"), mask_and_scale=False) as source:
        _expect(source, path, what)
