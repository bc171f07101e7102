"""GLDAS-Noah 1.0 degree monthly, versions 2.0 and 2.1 (NASA GES DISC): one netCDF-4 file a month.

Rodell et al. (2004), doi:10.1175/BAMS-85-3-381; data doi:10.5067/LWTYSMP3VM5Z (V2.1).

The files are read with h5py, not through xarray: 924 of them are read in a row, and decoding by hand is
several times faster. What the product does differently from file to file is dealt with here: two header
vintages (with and without a calendar; the newer with scale_factor 1 and add_offset 0), different epochs in
V2.0 and V2.1, attributes that carry the month. State and flux variables have fewer valid cells than the forcing
fields (15159 against 15325): the reader keeps both masks; quality control belongs to the analysis.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.formats import areas, canonical, hdf5
from vadose.formats.axes import within_years
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
    path = Path(path)
    _expect_known(variables)
    with _opened(path) as file:
        times, lat, lon = _header(file, path)
        _expect_variables(file, variables, path)
        fields = {}
        for name in variables:
            natives, unit = NATIVE[name]
            planes = [_field(file[native], native, unit, (1, lat.size, lon.size), path) for native in natives]
            if name == "soil_moisture":
                fields[name] = (("time", "layer", "lat", "lon"), np.stack(planes, axis=1), {"units": unit})
            else:
                values = _per_month(planes[0], times) if unit == "kg m-2 s-1" else planes[0]
                fields[name] = (("time", "lat", "lon"), values)
    coords = {"time": times, "lat": lat, "lon": lon}
    if "soil_moisture" in fields:
        metres = {"units": "m", "positive": "down"}
        coords |= {
            "layer": np.arange(1, 5),
            "layer_top": ("layer", LAYER_TOP, metres),
            "layer_bottom": ("layer", LAYER_BOTTOM, metres),
        }
    dataset = xr.Dataset(fields, coords=coords)
    return canonical.label(canonical.orient(dataset, path))


def months(
    paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
) -> Iterator[xr.Dataset]:
    """The months of the years in their order, one file each, or one for each of its variables or areas
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
        If versions are mixed, two files hold a variable of one month and area, or as `read` and
        `vadose.formats.areas.months`.
    """
    files = [path for path in map(Path, paths) if within_years(times_of(path), years).size]
    named = [version_of(path) if NAME.match(path.name) else None for path in files]
    areas.expect_one_version(files, named, PRODUCT)
    groups = areas.of_files(files, [times_of(path)[0] for path in files], _axes_of)

    def of_area(group: Sequence[Path], span: tuple[int, int]) -> Iterator[xr.Dataset]:
        held = _by_month(group)
        for month in calendar.months(*span):
            if month in held:
                yield _month(held[month], variables)

    yield from areas.months(of_area, groups, years, times_of)


def _by_month(paths: Sequence[Path]) -> dict[np.datetime64, list[Path]]:
    """Files of each month."""
    by_month: dict[np.datetime64, list[Path]] = {}
    for path in map(Path, paths):
        by_month.setdefault(times_of(path)[0], []).append(path)
    return by_month


def _axes_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of a file."""
    with _opened(path) as file:
        return _axis(file, "lat", path), _axis(file, "lon", path)


def _month(paths: Sequence[Path], variables: Sequence[str]) -> xr.Dataset:
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
                    _verify(file[native], native, unit, shape, path)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    """The open file, of the version that its name says; whatever the library meets in damaged bytes becomes a
    sentence."""
    if "GLDAS_NOAH10_M_EP" in path.name:
        raise FormatError(
            f"{path}: expected {PRODUCT}, found the early product (EP). Fetch GLDAS_NOAH10_M of the main stream."
        )
    classic = expect(path, ("netCDF-4", "netCDF-3"), PRODUCT) == "netCDF-3"
    try:
        with hdf5.of_classic(path, PRODUCT) if classic else hdf5.opened(path, PRODUCT) as file:
            match, title = (
                NAME.match(path.name),
                re.search(r"GLDAS-?\s?(2\.\d)", hdf5.text(file.attrs.get("title", ""))),
            )
            if match and title and version_of(path) != title[1]:
                raise FormatError(
                    f"{path}: expected version {version_of(path)} by the name, found title GLDAS{title[1]}. Give the "
                    "file its own name or fetch it again."
                )
            yield file
    except FormatError:
        raise
    except Exception as error:
        raise unreadable(path, PRODUCT, error) from None


def _header(file: h5py.File, path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Month, latitudes and longitudes of a file that is of the product.

    The product, its step and its grid, by what the file says: the title of the 3-hourly product ends in "output",
    that of the monthly one in "output monthly mean"; the 0.25 degree products have the same variables.

    Raises
    ------
    FormatError
        Naming what it is.
    """
    title = hdf5.text(file.attrs.get("title", "")).strip()
    times, lat, lon = _time(file, path), _axis(file, "lat", path), _axis(file, "lon", path)
    spacing = min((float(np.median(np.abs(np.diff(axis)))) for axis in (lat, lon) if axis.size > 1), default=1.0)
    stamp = _stamp(file, path)
    begins_month = stamp == calendar.month_start(stamp)
    # ASSUME: a title without its step (seen of V2.0 in public code) is of the month where name and time say so.
    hours = "output" in title and "month" not in title and not (NAME.match(path.name) and begins_month)
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
    if name not in file or file[name].ndim != 1:
        raise FormatError(
            f"{path}: expected a one-dimensional axis {name} of {PRODUCT}, found none. Check that the file is of this "
            "product."
        )
    return file[name][:]


def _time(file: h5py.File, path: Path) -> np.ndarray:
    """The month of the file, decoded by its own epoch and compared with the name."""
    stamp = _stamp(file, path)
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
    variable = file.get("time")
    if variable is not None and variable.ndim == 1 and variable.size > 1:
        raise FormatError(
            f"{path}: expected one month of {PRODUCT}, found {variable.size} joined in one file. Split it "
            "(cdo splityearmon), or use the files of the archive."
        )
    if variable is None or variable.shape != (1,):
        size = "none" if variable is None else f"shape {variable.shape}"
        raise FormatError(
            f"{path}: expected one time of {PRODUCT}, found {size}. A file holds one month: fetch it again."
        )
    calendar_name = hdf5.text(variable.attrs["calendar"]) if "calendar" in variable.attrs else None
    units = hdf5.text(variable.attrs.get("units", ""))
    return decode_time(variable[:], units, calendar_name, path)[0]


def _verify(variable: h5py.Dataset, name: str, unit: str, shape: tuple[int, ...], path: Path) -> None:
    canonical.expect_dims(hdf5.dims(variable), ("time", "lat", "lon"), name, path)
    if variable.shape != shape:
        raise FormatError(
            f"{path}: expected {name} of shape {shape} by its axes, found {variable.shape}. Delete the file and fetch "
            "it again."
        )
    canonical.expect_units(hdf5.text(variable.attrs.get("units", "")), (unit,), name, path)


def _field(variable: h5py.Dataset, name: str, unit: str, shape: tuple[int, ...], path: Path) -> np.ndarray:
    _verify(variable, name, unit, shape, path)
    values = variable[...]
    values = values if values.dtype.kind == "f" else values.astype(np.float64)
    missing = ~np.isfinite(values) | (values == np.float32(FILL))
    attributes = variable.attrs
    for attribute in ("_FillValue", "missing_value"):
        fill = np.ravel(attributes[attribute])[0] if attribute in attributes else FILL
        if fill != FILL:
            missing |= values == fill
    scale, offset = (
        np.ravel(attributes[key])[0] if key in attributes else bare
        for key, bare in (("scale_factor", 1.0), ("add_offset", 0.0))
    )
    if scale != 1.0 or offset != 0.0:
        values = values * np.float64(scale) + np.float64(offset)
    values[missing] = np.nan
    return values


def _per_month(rate: np.ndarray, times: np.ndarray) -> np.ndarray:
    """kg m-2 s-1 to kg m-2 a month."""
    return rate.astype(float) * (86400.0 * calendar.days_in_month(times))[:, None, None]
