"""GLDAS-Noah 1.0 degree monthly, versions 2.0 and 2.1 (NASA GES DISC): one netCDF-4 file a month.

Rodell et al. (2004), doi:10.1175/BAMS-85-3-381; data doi:10.5067/LWTYSMP3VM5Z (V2.1).

The files are read with h5py, not through xarray: 924 of them are read in a row, and decoding by hand is
several times faster. What the product does differently from file to file is dealt with here: two header
vintages (with and without a calendar; the newer with scale_factor 1 and add_offset 0), different epochs in
V2.0 and V2.1, attributes that carry the month. State and flux variables have fewer valid cells than the forcing
fields (15159 against 15325): the reader keeps both masks; quality control belongs to the analysis.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.formats import canonical
from vadose.formats.opening import FormatError, expect, unreadable
from vadose.formats.stamps import decode_time

PRODUCT = "GLDAS-Noah 1.0 degree monthly"
NAME = re.compile(r"^GLDAS_NOAH10_M\.A(\d{4})(0[1-9]|1[0-2])\.(020|021)\.nc4$")
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


def times_of(path: Path) -> np.ndarray:
    """Month start of a file, from its name; from its content where the name is another. (1,) datetime64[ns]."""
    found = NAME.match(Path(path).name)
    if found:
        return np.array([f"{found[1]}-{found[2]}"], dtype="datetime64[M]").astype("datetime64[ns]")
    with _opened(Path(path)) as file:
        return _time(file, Path(path))


def version_of(path: Path) -> str:
    """Version "2.0" or "2.1" by the name of the file.

    Raises
    ------
    FormatError
        If the name is not one of this product.
    """
    found = NAME.match(Path(path).name)
    if found is None:
        raise FormatError(
            f"{path}: expected a name like GLDAS_NOAH10_M.A201201.021.nc4. Give the file its name in the archive back."
        )
    return VERSIONS[found[3]]


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
    with _opened(path) as file:
        times = _time(file, path)
        lat, lon = _axis(file, "lat", path), _axis(file, "lon", path)
        _expect_variables(file, variables, path)
        fields = {}
        try:
            for name in variables:
                natives, unit = NATIVE[name]
                planes = [_field(file[native], native, unit, (1, lat.size, lon.size), path) for native in natives]
                if name == "soil_moisture":
                    fields[name] = (("time", "layer", "lat", "lon"), np.stack(planes, axis=1), {"units": unit})
                else:
                    fields[name] = (
                        ("time", "lat", "lon"),
                        _per_month(planes[0], times) if unit == "kg m-2 s-1" else planes[0],
                    )
        except (OSError, RuntimeError, KeyError) as error:
            raise unreadable(path, PRODUCT, error) from None
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
    """The months of the years, one file each, in their order (`vadose.formats.protocol.Reader.months`).

    Raises
    ------
    FormatError
        If two files are of one month, or as `read`.
    """
    by_month: dict[np.datetime64, Path] = {}
    for path in map(Path, paths):
        month = times_of(path)[0]
        if month in by_month:
            raise FormatError(
                f"{path}: expected one file for {str(month)[:7]}, found also {by_month[month].name}. Keep the "
                "newer one."
            )
        by_month[month] = path
    for month in calendar.months(*years):
        if month in by_month:
            yield read(by_month[month], variables=variables)


def check(path: Path) -> None:
    """Open the file and verify kind, month, axes, variables and units without reading the fields.

    Only the soil moisture must be there; the other variables are verified where present (the demo and trimmed archives
    lack some).

    Raises
    ------
    FormatError
        As `read`.
    """
    path = Path(path)
    with _opened(path) as file:
        _time(file, path)
        shape = (1, _axis(file, "lat", path).size, _axis(file, "lon", path).size)
        _expect_variables(file, ("soil_moisture",), path)
        for natives, unit in NATIVE.values():
            for native in natives:
                if native in file:
                    _verify(file[native], native, unit, shape, path)


def _opened(path: Path) -> h5py.File:
    if "GLDAS_NOAH10_M_EP" in path.name:
        raise FormatError(
            f"{path}: expected {PRODUCT}, found the early product (EP). Fetch GLDAS_NOAH10_M of the main stream."
        )
    expect(path, ("netCDF-4",), PRODUCT)
    try:
        file = h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError) as error:
        raise unreadable(path, PRODUCT, error) from None
    found, title = NAME.match(path.name), re.search(r"GLDAS-?\s?(2\.\d)", _text(file.attrs.get("title", "")))
    if found and title and version_of(path) != title[1]:
        file.close()
        raise FormatError(
            f"{path}: expected version {version_of(path)} by the name, found title GLDAS{title[1]}. Give the file "
            "its own name or fetch it again."
        )
    return file


def _text(value: object) -> str:
    """A netCDF text attribute; h5py gives bytes, str or an array of one."""
    value = np.asarray(value).ravel()[0] if np.size(value) else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _expect_variables(file: h5py.File, variables: Sequence[str], path: Path) -> None:
    unknown = [name for name in variables if name not in NATIVE]
    if unknown:
        raise ValueError(f"variables: expected some of {', '.join(NATIVE)}, found {', '.join(unknown)}.")
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
    try:
        return file[name][:]
    except (OSError, RuntimeError) as error:
        raise unreadable(path, PRODUCT, error) from None


def _time(file: h5py.File, path: Path) -> np.ndarray:
    """The month of the file, decoded by its own epoch and compared with the name."""
    variable = file.get("time")
    if variable is None or variable.shape != (1,):
        found = "none" if variable is None else f"shape {variable.shape}"
        raise FormatError(
            f"{path}: expected one time of {PRODUCT}, found {found}. A file holds one month: fetch it again."
        )
    calendar_name = _text(variable.attrs["calendar"]) if "calendar" in variable.attrs else None
    units = _text(variable.attrs.get("units", ""))
    stamp = decode_time(variable[:], units, calendar_name, path)
    times = calendar.month_start(stamp)
    named = NAME.match(path.name)
    if named and str(times[0])[:7] != f"{named[1]}-{named[2]}":
        raise FormatError(
            f"{path}: expected month {named[1]}-{named[2]} by the name, found {str(times[0])[:7]} inside "
            f"({variable[0]:g} {units}). Give the file its own name or fetch it again."
        )
    return times


def _verify(variable: h5py.Dataset, name: str, unit: str, shape: tuple[int, ...], path: Path) -> None:
    dims = [dim[0].name.lstrip("/") if len(dim) else "?" for dim in variable.dims]
    canonical.expect_dims(dims, ("time", "lat", "lon"), name, path)
    if variable.shape != shape:
        raise FormatError(
            f"{path}: expected {name} of shape {shape} by its axes, found {variable.shape}. Delete the file and fetch "
            "it again."
        )
    canonical.expect_units(_text(variable.attrs.get("units", "")), (unit,), name, path)


def _field(variable: h5py.Dataset, name: str, unit: str, shape: tuple[int, ...], path: Path) -> np.ndarray:
    _verify(variable, name, unit, shape, path)
    values = variable[...]
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
