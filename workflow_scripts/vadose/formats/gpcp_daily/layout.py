"""One file of GPCP daily as it stands: its variables by the library of its kind, copies that were packed, and the
corners that stand in place of centres."""

from pathlib import Path

import h5py
import numpy as np

from vadose.core.arrays import Array
from vadose.formats import hdf5
from vadose.formats.gpcp_daily.files import PRODUCT
from vadose.formats.opening import FormatError

DIMENSIONS = ("time", "latitude", "longitude")
UNITS_OF = ("precip", "time")
PACKING = ("scale_factor", "add_offset", "_FillValue", "missing_value")
CORNER_TOLERANCE = 1e-3  # degrees; float32 coordinates


def netcdf3(path: Path) -> dict[str, tuple]:
    """Dimensions, values, unit and attributes of the variables of a netCDF-3 file (the C library would fill a cut file
    with zeros)."""
    from scipy.io import netcdf_file

    with netcdf_file(path, "r", mmap=False) as source:
        return {
            name: (
                variable.dimensions,
                np.asarray(variable.data),
                getattr(variable, "units", b"").decode("latin-1"),
                dict(variable._attributes),
            )
            for name, variable in source.variables.items()
            if name in ("precip", *DIMENSIONS)
        }


def netcdf4(path: Path) -> dict[str, tuple]:
    """Dimensions, values, unit and the attributes of the packing of the variables of a netCDF-4 file, as stored; the
    other attributes, of which nothing is used, would take half of the time that a day takes."""
    with hdf5.opened(path, PRODUCT) as source:
        variables = {name: hdf5.variable(source, name) for name in ("precip", *DIMENSIONS)}
        return {
            name: (
                hdf5.dims(variable.id) if name == "precip" else (name,),
                variable[...],
                hdf5.text(variable.attrs.get("units", "")) if name in UNITS_OF else "",
                _packing(variable) if name == "precip" else {},
            )
            for name, variable in variables.items()
            if variable is not None
        }


def _packing(variable: h5py.Dataset) -> dict:
    """Those attributes of a packing that a variable has."""
    return {key: variable.attrs[key] for key in PACKING if key in variable.attrs}


def unpacked(values: Array, attributes: dict, path: Path) -> Array:
    """Values of a copy that was packed in whole numbers, fills as NaN; those of the archive are plain and stay as they
    are.

    Raises
    ------
    FormatError
        If the attributes of the packing are no numbers.
    """
    try:
        scale, offset = (
            float(np.ravel(attributes.get(key, bare))[0]) for key, bare in (("scale_factor", 1.0), ("add_offset", 0.0))
        )
    except ValueError:
        raise FormatError(
            f"{path}: expected scale_factor and add_offset of precip to be numbers, found text. Correct the attributes "
            "(ncatted), or fetch the original file."
        ) from None
    if scale == 1.0 and offset == 0.0:
        return values
    fills = [np.ravel(attributes[key])[0] for key in PACKING[2:] if key in attributes]
    return np.where(np.isin(values, fills), np.nan, values * scale + offset)


def centres(corners: Array, first: float, last: float, name: str, path: Path) -> Array:
    """Cell centres from south-west corners, of the globe or of a box out of it.

    The corners must be whole steps from `first` on, up to one step before `last`, ascending (longitudes may cross
    Greenwich or the date line); centres in their place would shift the field by half a cell unseen.

    Parameters
    ----------
    corners : (cell,) array
        degrees, along one axis.
    first, last : float
        degrees, where the globe begins and ends along it.
    name : str
        latitude or longitude.
    path : Path
        The file.
    """
    corners = np.asarray(corners, dtype=float)
    steps, away = np.diff(corners), corners - first + CORNER_TOLERANCE
    if name == "longitude":
        steps, away = np.mod(steps, 360.0), np.mod(away, 360.0)
    step = float(np.round(np.median(steps), 3)) if steps.size else 1.0
    places = away / step if step > 0 else away
    sound = (
        corners.size > 0
        and step > 0
        and np.all(np.abs(steps - step) <= CORNER_TOLERANCE)
        and np.all(np.abs(places - np.floor(places)) * step <= 2 * CORNER_TOLERANCE)
        and np.all((places >= 0) & (places * step <= last - first - step + 2 * CORNER_TOLERANCE))
    )
    if not sound:
        ends = f"{corners[0]:g} to {corners[-1]:g}" if corners.size else "none"
        raise FormatError(
            f"{path}: expected {name} of {PRODUCT} as south-west corners, whole steps from {first:g} on and below "
            f"{last:g}, found {ends}. "
            "The axes are swapped, mislabelled or were changed to centres: fetch the original file."
        )
    return first + step * (np.floor(places) + 0.5)
