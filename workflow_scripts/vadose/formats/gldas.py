"""GLDAS-Noah 1.0 degree monthly, versions 2.0 and 2.1 (NASA GES DISC): one netCDF-4 file a month.

Rodell et al. (2004), doi:10.1175/BAMS-85-3-381; data doi:10.5067/LWTYSMP3VM5Z (V2.1).

The files are read with h5py, not through xarray: 924 of them are read in a row, and decoding by hand is
several times faster; every file is checked, and the months of a year on one grid become one dataset. What the product
does differently from file to file is dealt with here: two header vintages (with and without a calendar; the newer with
scale_factor 1 and add_offset 0), different epochs in V2.0 and V2.1, attributes that carry the month. State and flux
variables have fewer valid cells than the forcing fields (15159 against 15325): the reader keeps both masks; quality
control belongs to the analysis.
"""

import contextlib
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.formats import areas, canonical, hdf5
from vadose.formats.axes import median_step, within_years
from vadose.formats.opening import FormatError, expect, unreadable
from vadose.formats.stamps import decode_time

PRODUCT = "GLDAS-Noah 1.0 degree monthly"
NAME = re.compile(r"^GLDAS_NOAH10_M\.A(\d{4})(0[1-9]|1[0-2])\.(020|021)\.nc4(?:\.SUB|\.dap|\.nc4?)*$", re.IGNORECASE)
VERSIONS = {"020": "2.0", "021": "2.1"}
LAYERS = ("SoilMoi0_10cm_inst", "SoilMoi10_40cm_inst", "SoilMoi40_100cm_inst", "SoilMoi100_200cm_inst")
LAYER_TOP = np.array([0.0, 0.1, 0.4, 1.0])  # m
LAYER_BOTTOM = np.array([0.1, 0.4, 1.0, 2.0])  # m
# canonical name: (names in the file, unit in the file)
NATIVE = {
    "soil_moisture": (LAYERS, "kg m-2"),
    "precipitation": (("Rainf_f_tavg",), "kg m-2 s-1"),  # rain + snow; Rainf_tavg is rain alone
    "evapotranspiration": (("Evap_tavg",), "kg m-2 s-1"),
    "air_temperature": (("Tair_f_inst",), "K"),
}
VARIABLES = tuple(NATIVE)
FILL = -9999.0
FINEST = 0.9  # degrees; the product has 1.0, its sibling 0.25


class _Month(NamedTuple):
    """What a file holds."""

    path: Path
    time: np.datetime64
    lat: np.ndarray
    lon: np.ndarray
    planes: dict[str, list[np.ndarray]]  # by canonical name (1, lat, lon) each, in the unit of the file

    def layout(self) -> tuple:
        """Equal where the months of two files can be joined."""
        arrays = (self.lat, self.lon, *itertools.chain.from_iterable(self.planes.values()))
        return self.lat.tobytes(), self.lon.tobytes(), *(array.dtype for array in arrays)


def times_of(path: Path) -> np.ndarray:
    """Month start of a file, from its name; from its content where the name is another. (1,) datetime64[ns]."""
    match = NAME.match(Path(path).name)
    if match:
        return np.array([f"{match[1]}-{match[2]}"], dtype="datetime64[M]").astype("datetime64[ns]")
    with _opened(Path(path)) as file:
        return _header(file, Path(path))[0]


def version_of(path: Path) -> str:
    """Version "2.0" or "2.1" by the name of the file.

    Raises
    ------
    FormatError
        If the name is not one of this product.
    """
    match = NAME.match(Path(path).name)
    if match is None:
        raise FormatError(
            f"{path}: expected a name like GLDAS_NOAH10_M.A201201.021.nc4. Give the file its name in the archive back."
        )
    return VERSIONS[match[3]]


def read(path: Path, variables: Sequence[str] = ("soil_moisture",)) -> xr.Dataset:
    """One month of GLDAS in canonical form.

    Parameters
    ----------
    path : Path
        A file GLDAS_NOAH10_M.A{YYYYMM}.020.nc4 or .021.nc4; another name is allowed, the early product is not.
    variables : sequence of str
        Of "soil_moisture", "precipitation", "evapotranspiration", "air_temperature".

    Returns
    -------
    Dataset
        soil_moisture(time, layer, lat, lon) in kg m-2, float32, with coordinates layer (1..4), layer_top and
        layer_bottom in m; precipitation and evapotranspiration(time, lat, lon) in kg m-2 a month, float64;
        air_temperature in K, float32. Missing = NaN; latitudes ascend. Nothing is masked beyond the file's own fill
        value.

    Raises
    ------
    FormatError
        If the file is of another kind or product, cut, lacks a variable, has another unit, axis order or month.
    """
    return _dataset([_contents(Path(path), variables)])


def _contents(path: Path, variables: Sequence[str]) -> _Month:
    """What a file holds of the variables, checked."""
    _expect_known(variables)
    with _opened(path) as file:
        (time,), lat, lon = _header(file, path)
        shape, planes = (1, lat.size, lon.size), {}
        _expect_variables(file, variables, path)
        for name in variables:
            planes[name] = [_field(file, native, NATIVE[name][1], shape, path) for native in NATIVE[name][0]]
    return _Month(path, time, lat, lon, planes)


def _dataset(joined: Sequence[_Month]) -> xr.Dataset:
    """Months of one layout in canonical form."""
    first, times = joined[0], np.array([month.time for month in joined])
    fields = {}
    for name in first.planes:
        values, unit = np.concatenate([plane for month in joined for plane in month.planes[name]]), NATIVE[name][1]
        if name == "soil_moisture":
            layers = values.reshape(times.size, -1, *values.shape[1:])
            fields[name] = (("time", "layer", "lat", "lon"), layers, {"units": unit})
        else:
            fields[name] = (("time", "lat", "lon"), _per_month(values, times) if unit == "kg m-2 s-1" else values)
    coords = {"time": times, "lat": first.lat, "lon": first.lon}
    if "soil_moisture" in fields:
        metres = {"units": "m", "positive": "down"}
        coords |= {
            "layer": np.arange(1, 5),
            "layer_top": ("layer", LAYER_TOP, metres),
            "layer_bottom": ("layer", LAYER_BOTTOM, metres),
        }
    return canonical.label(canonical.orient(xr.Dataset(fields, coords=coords), first.path))


def months(
    paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
) -> Iterator[xr.Dataset]:
    """The months of the years in their order, from one file each, or one for each of its variables or areas; those of a
    year together where their grid is the same (`vadose.formats.protocol.Reader.months`).

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
        If versions are mixed, two files hold a variable of one month and area, or as `read` and
        `vadose.formats.areas.months`.
    """
    stamps = {path: times_of(path) for path in map(Path, paths)}
    files = [path for path, stamp in stamps.items() if within_years(stamp, years).size]
    named = [version_of(path) if NAME.match(path.name) else None for path in files]
    areas.expect_one_version(files, named, PRODUCT)
    groups = areas.of_files(files, [stamps[path][0] for path in files], _axes_of)

    def of_area(group: Sequence[Path], span: tuple[int, int]) -> Iterator[xr.Dataset]:
        by_month: dict[np.datetime64, list[Path]] = {}
        for path in group:
            by_month.setdefault(stamps[path][0], []).append(path)
        for year in range(span[0], span[1] + 1):
            held = [by_month[month] for month in calendar.months(year, year) if month in by_month]
            if any(len(files_of_month) > 1 for files_of_month in held):
                yield from (_merged(files_of_month, variables) for files_of_month in held)
                continue
            contents = [_contents(path, variables) for (path,) in held]
            yield from (_dataset(list(alike)) for _, alike in itertools.groupby(contents, _Month.layout))

    yield from areas.months(of_area, groups, years, times_of)


def _axes_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of a file."""
    with _opened(path) as file:
        return _axis(file, "lat", path), _axis(file, "lon", path)


def _merged(paths: Sequence[Path], variables: Sequence[str]) -> xr.Dataset:
    """One month from its file, or from several of which each holds some of the variables."""
    if len(paths) == 1:
        return read(paths[0], variables)
    holders: dict[str, Path] = {}
    for path in paths:
        with _opened(path) as file:
            held = [name for name in variables if all(native in file for native in NATIVE[name][0])]
        for name in held:
            other = holders.setdefault(name, path)
            if other != path:
                raise FormatError(
                    f"{path}: expected one file with {name} for {str(times_of(path)[0])[:7]}, found also {other.name}. "
                    "Keep the newer one."
                )
    lacking = [native for name in variables if name not in holders for native in NATIVE[name][0]]
    if lacking:
        raise FormatError(
            f"{paths[0]} and {len(paths) - 1} more: expected variable {', '.join(lacking)} of {PRODUCT}, found none in "
            "any file of the month. Fetch the files that hold it."
        )
    parts = [
        read(path, [name for name in variables if holders[name] == path]) for path in dict.fromkeys(holders.values())
    ]
    return xr.merge(parts, join="exact", combine_attrs="override", compat="override")


def check(path: Path, variables: Sequence[str] = ("soil_moisture",), *, whole_grid: bool = False) -> None:
    """Open the file and verify kind, month, axes, variables and units without reading the fields.

    Only the variables named must be there; the others are verified where present (the demo and trimmed archives lack
    some). `whole_grid` refuses a file whose cells do not reach around the Earth, from 60 S to 90 N.

    Raises
    ------
    FormatError
        As `read`.
    """
    path = Path(path)
    _expect_known(variables)
    with _opened(path) as file:
        _, lat, lon = _header(file, path)
        shape = (1, lat.size, lon.size)
        _expect_variables(file, variables, path)
        if whole_grid:
            _expect_whole(lat, lon, path)
        for natives, unit in NATIVE.values():
            for native in natives:
                if native in file:
                    _verify(file, native, unit, shape, path)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    """The open file; whatever the library meets in damaged bytes becomes a sentence."""
    if "GLDAS_NOAH10_M_EP" in path.name:
        raise FormatError(
            f"{path}: expected {PRODUCT}, found the early product (EP). Fetch GLDAS_NOAH10_M of the main stream."
        )
    classic = expect(path, ("netCDF-4", "netCDF-3"), PRODUCT) == "netCDF-3"
    try:
        with hdf5.of_classic(path, PRODUCT) if classic else hdf5.opened(path, PRODUCT) as file:
            yield file
    except FormatError:
        raise
    except Exception as error:
        raise unreadable(path, PRODUCT, error) from None


def _header(file: h5py.File, path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Month, latitudes and longitudes of a file that is of the product, and of the version that its name says.

    The product, its step and its grid, by what the file says: the title of the 3-hourly product ends in "output",
    that of the monthly one in "output monthly mean"; the 0.25 degree products have the same variables.

    Raises
    ------
    FormatError
        Naming what it is.
    """
    title = hdf5.written(file.id, "title").strip()
    named, version = NAME.match(path.name), re.search(r"GLDAS-?\s?(2\.\d)", title)
    if named and version and VERSIONS[named[3]] != version[1]:
        raise FormatError(
            f"{path}: expected version {VERSIONS[named[3]]} by the name, found title GLDAS{version[1]}. Give the file "
            "its own name or fetch it again."
        )
    stamp = _stamp(file, path)
    times, lat, lon = _time(file, stamp, path), _axis(file, "lat", path), _axis(file, "lon", path)
    spacing = min(median_step(axis.tobytes(), axis.dtype) for axis in (lat, lon))
    # ASSUME: a title without its step (seen of V2.0 in public code) is of the month where name and time say so.
    is_month = "month" in title or (named and stamp == calendar.month_start(stamp))
    hours = "output" in title and not is_month
    if hours or spacing < FINEST:
        step = "3-hourly" if hours else "monthly"
        raise FormatError(
            f"{path}: expected {PRODUCT}, found a {step} file of {spacing:g} degree (title '{title}', first time "
            f"{np.datetime_as_string(stamp, unit='h')}). Fetch GLDAS_NOAH10_M, or enter this product as a data set of "
            "its own (docs/add_dataset.md)."
        )
    return times, lat, lon


def _expect_whole(lat: np.ndarray, lon: np.ndarray, path: Path) -> None:
    """The grid of the product, uncut."""
    around, up = (abs(float(axis[-1] - axis[0])) * axis.size / max(axis.size - 1, 1) for axis in (lon, lat))
    if around < 359.5 or up < 149.5:
        raise FormatError(
            f"{path}: expected the whole grid (360 x 150 degrees), found {around:g} x {up:g} degrees: a region was cut "
            "out. Delete the file and fetch it again."
        )


def _expect_known(variables: Sequence[str]) -> None:
    unknown = [name for name in variables if name not in NATIVE]
    if unknown:
        raise ValueError(f"variables: expected some of {', '.join(NATIVE)}, found {', '.join(unknown)}.")


def _expect_variables(file: h5py.File, variables: Sequence[str], path: Path) -> None:
    missing = [native for name in variables for native in NATIVE[name][0] if native not in file]
    if missing:
        raise FormatError(
            f"{path}: expected variable {', '.join(missing)} of {PRODUCT}, found {', '.join(sorted(file))}. "
            "Check that the file is of this product and version."
        )


def _axis(file: h5py.File, name: str, path: Path) -> np.ndarray:
    axis = hdf5.identified(file, name)
    if axis is None or axis.rank != 1:
        raise FormatError(
            f"{path}: expected a one-dimensional axis {name} of {PRODUCT}, found none. Check that the file is of this "
            "product."
        )
    return hdf5.values(axis)


def _time(file: h5py.File, stamp: np.datetime64, path: Path) -> np.ndarray:
    """The month of the file's own time, compared with the name."""
    times = calendar.month_start(np.array([stamp]))
    named = NAME.match(path.name)
    if named and str(times[0])[:7] != f"{named[1]}-{named[2]}":
        raise FormatError(
            f"{path}: expected month {named[1]}-{named[2]} by the name, found {str(times[0])[:7]} inside "
            f"({file['time'][0]:g} {hdf5.text(file['time'].attrs['units'])}). Give the file its own name or fetch "
            "it again."
        )
    return times


def _stamp(file: h5py.File, path: Path) -> np.datetime64:
    """The one time of a file, by its own epoch."""
    variable = hdf5.identified(file, "time")
    shape = None if variable is None else variable.shape
    if shape is not None and len(shape) == 1 and shape[0] > 1:
        raise FormatError(
            f"{path}: expected one month of {PRODUCT}, found {shape[0]} joined in one file. Split it "
            "(cdo splityearmon), or use the files of the archive."
        )
    if shape != (1,):
        size = "none" if shape is None else f"shape {shape}"
        raise FormatError(
            f"{path}: expected one time of {PRODUCT}, found {size}. A file holds one month: fetch it again."
        )
    units, calendar_name = (hdf5.written(variable, name) for name in ("units", "calendar"))
    return decode_time(hdf5.values(variable), units, calendar_name, path)[0]


def _verify(file: h5py.File, name: str, unit: str, shape: tuple[int, ...], path: Path) -> h5py.h5d.DatasetID:
    """The variable, if its axes, shape and unit are those of the product."""
    variable = h5py.h5d.open(file.id, name.encode())
    canonical.expect_dims(hdf5.dims(variable), ("time", "lat", "lon"), name, path)
    if variable.shape != shape:
        raise FormatError(
            f"{path}: expected {name} of shape {shape} by its axes, found {variable.shape}. Delete the file and fetch "
            "it again."
        )
    if (text := hdf5.written(variable, "units")) != unit:
        canonical.expect_units(text, (unit,), name, path)
    return variable


def _field(file: h5py.File, name: str, unit: str, shape: tuple[int, ...], path: Path) -> np.ndarray:
    variable = _verify(file, name, unit, shape, path)
    values = hdf5.values(variable)
    values = values if values.dtype.kind == "f" else values.astype(np.float64)
    missing = ~np.isfinite(values) | (values == np.float32(FILL))
    for attribute in ("_FillValue", "missing_value"):
        fill = hdf5.number(variable, attribute, FILL)
        if fill != FILL:
            missing |= values == fill
    scale, offset = hdf5.number(variable, "scale_factor", 1.0), hdf5.number(variable, "add_offset", 0.0)
    if scale != 1.0 or offset != 0.0:
        values = values * np.float64(scale) + np.float64(offset)
    np.copyto(values, np.nan, where=missing)
    return values


def _per_month(rate: np.ndarray, times: np.ndarray) -> np.ndarray:
    """kg m-2 s-1 to kg m-2 a month."""
    return rate.astype(float) * (86400.0 * calendar.days_in_month(times))[:, None, None]
