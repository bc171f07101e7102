"""CRU TS 4: monthly station fields over land, one variable and the station counts behind it in one (gzipped) netCDF
file."""

import contextlib
import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core.calendar import year_of
from vadose.core.units import KELVIN_OF_ZERO_CELSIUS
from vadose.formats import areas
from vadose.formats.axes import expect_field, expect_months, select_years, stamps_of, within_years
from vadose.formats.canonical import expect_range, expect_units, label, orient
from vadose.formats.opening import FormatError, netcdf, unpacked

PRODUCT = "CRU TS"
NAME = re.compile(r"^cru_ts(?P<version>[\d.]+)\.(\d{4})\.(\d{4})\.(tmp|pre)\.dat\.nc(?:\.gz)?$", re.IGNORECASE)
FILL_ABOVE = 1e30  # the fill is 9.96921e36, also where a copy lost the attribute that says so


class Variable(NamedTuple):
    """What a native variable becomes."""

    canonical: str
    units: tuple[str, ...]
    offset: float
    bounds: tuple[float, float]  # in the unit of the file; wider than all that was ever measured


TABLE = {
    "tmp": Variable("air_temperature", ("degrees Celsius",), KELVIN_OF_ZERO_CELSIUS, (-100.0, 100.0)),
    "pre": Variable("precipitation", ("mm/month",), 0.0, (-1.0, 10000.0)),
}
NATIVE = {variable.canonical: name for name, variable in TABLE.items()}
VARIABLES = tuple(NATIVE)


@contextlib.contextmanager
def _opened(path: Path, variable: str | None = None) -> Iterator[xr.Dataset]:
    """The file behind a possible .gz, with a variable (or whichever it has: by name, as `stn`, the station count, is a
    field too), unit and axes checked."""
    if variable not in (None, *TABLE):
        raise ValueError(f"cru_ts: expected variable {' or '.join(TABLE)}, found '{variable}'.")
    with unpacked(path, PRODUCT) as plain:
        try:
            with netcdf(plain, PRODUCT, required=("time", "lat", "lon")) as dataset:
                held = [name for name in TABLE if name in dataset and variable in (None, name)]
                if not held:
                    raise FormatError(
                        f"{path}: expected variable {variable or ' or '.join(TABLE)} of {PRODUCT}, found "
                        f"{', '.join(map(str, dataset.data_vars))}. Check that the file is of this product and version."
                    )
                for name in held:
                    expect_field(dataset, name, path, PRODUCT)
                    expect_units(dataset[name].attrs.get("units", ""), TABLE[name].units, name, path)
                yield dataset
        except FormatError as error:
            if plain == path:
                raise
            raise FormatError(str(error).replace(str(plain), str(path))) from None


def read(path: Path, *, years: Sequence[int] | None = None, variable: str = "tmp") -> xr.Dataset:
    """Read a variable.

    Parameters
    ----------
    path : Path
        `cru_ts4.07.1901.2022.tmp.dat.nc.gz`, the same unpacked, or a decadal chunk. A .gz is unpacked into the
        temporary folder (about 3 GB for the whole record), not into memory.
    years : (first, last), optional
        Years to read, inclusive; only they are held in memory.
    variable : {"tmp", "pre"}
        Name in the file.

    Returns
    -------
    Dataset
        `air_temperature` (time, lat, lon), K, for "tmp"; `precipitation`, kg m-2 per month, for "pre". float64; NaN
        over the oceans.

    Raises
    ------
    FormatError
        If the file is of another kind, cut, in another unit, lacks the variable, a month or a year, or repeats a month.
    """
    path = Path(path)
    with _opened(path, variable) as source:
        stamps = _months(source, path)
        return _part(source, variable, stamps, select_years(stamps, years, path, PRODUCT, monthly=True), path)


def _months(source: xr.Dataset, path: Path) -> np.ndarray:
    """Month starts; stamps are mid-month in float32: minutes off, never a day."""
    return expect_months(stamps_of(source, path), path, PRODUCT)


def _part(source: xr.Dataset, variable: str, stamps: np.ndarray, part: slice | np.ndarray, path: Path) -> xr.Dataset:
    """Some months of an open file in canonical form."""
    kept = TABLE[variable]
    field = source[variable].isel(time=part).transpose("time", "lat", "lon").values.astype(float)
    coordinates = {"time": stamps[part], "lat": source["lat"].values, "lon": source["lon"].values}
    field[field > FILL_ABOVE] = np.nan
    expect_range(field, kept.bounds, f"{variable} of {PRODUCT} in {kept.units[0]}", path)
    field += kept.offset
    return label(orient(xr.Dataset({kept.canonical: (("time", "lat", "lon"), field)}, coordinates), path))


def times_of(path: Path) -> np.ndarray:
    """Month starts of a file, from its content (a .gz is unpacked). (time,) datetime64[ns]."""
    path = Path(path)
    with _opened(path) as source:
        return _months(source, path)


def months(
    paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
) -> Iterator[xr.Dataset]:
    """The months of the years, a year of a file at a time (`vadose.formats.protocol.Reader.months`).

    Temperature and precipitation may lie in one folder: of each file its own variable is taken. A .gz is unpacked
    once where the names are the archive's and tell other years; else its axes are looked at before.

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
        If no file holds a variable, versions are mixed, or as `read` and `vadose.formats.areas.months`.
    """
    files = [Path(path) for path in paths]
    lacking = []
    for name in variables:
        native = NATIVE[name]
        held = [path for path in files if native in _held(path)]
        if not held:
            lacking.append(native)
            continue
        named = [NAME.match(path.name) for path in held]
        areas.expect_one_version(held, [match["version"] if match else None for match in named], PRODUCT)
        groups = areas.by_area(held, _axes_of) if _meet(held) else [held]
        yield from areas.months(functools.partial(_of_area, native), groups, years, times_of)
    if lacking:
        where = files[0].parent if files else "the folder"
        raise FormatError(
            f"{where}: expected files of {PRODUCT} with {', '.join(sorted(lacking))}, found none. Fetch them, or "
            "correct the folder."
        )


def _of_area(native: str, paths: Sequence[Path], years: tuple[int, int]) -> Iterator[xr.Dataset]:
    """The months of a variable from the files of one area."""
    for path in paths:
        with _opened(path, native) as source:
            stamps = _months(source, path)
            for year in np.unique(year_of(stamps[within_years(stamps, years)])):
                yield _part(source, native, stamps, within_years(stamps, (year, year)), path)


def _held(path: Path) -> tuple[str, ...]:
    """Variables of a file: by its name in the archive, which spares unpacking it; by its content under another."""
    match = NAME.match(path.name)
    if match:
        return (match[4].lower(),)
    with _opened(path) as source:
        return tuple(name for name in TABLE if name in source)


def _meet(paths: Sequence[Path]) -> bool:
    """Whether files may hold months of the same years, so that their axes have to tell areas apart."""
    matches = [NAME.match(path.name) for path in paths]
    if not all(matches):
        return len(paths) > 1
    spans = sorted((int(match[2]), int(match[3])) for match in matches if match)
    return any(after[0] <= before[1] for before, after in itertools.pairwise(spans))


def _axes_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of a file."""
    with _opened(path) as source:
        return source["lat"].values, source["lon"].values


def check(path: Path, *, variable: str | None = None) -> None:
    """Check kind, variable (whichever the file has, where none is named), unit and axes without reading the
    field (a .gz is unpacked once, which also finds a cut one).

    Raises
    ------
    FormatError
        Saying what is wrong with it.
    """
    path = Path(path)
    named = NAME.match(path.name)
    with _opened(path, variable or (named[4].lower() if named else None)) as source:
        _months(source, path)
        orient(xr.Dataset(coords={name: source[name].values for name in ("lat", "lon")}), path)
