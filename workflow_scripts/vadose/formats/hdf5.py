"""HDF5 files read directly, where thousands of small ones are read in a row: much faster than through xarray."""

import io
from pathlib import Path

import h5py
import numpy as np

from vadose.formats.opening import OTHER_LOCKING, unreadable


def opened(path: Path, product: str) -> h5py.File:
    """An open file, without locks, which network file systems refuse.

    Raises
    ------
    FormatError
        If it is cut or cannot be read.
    """
    try:
        try:
            return h5py.File(path, "r", locking=False)
        except OSError as error:
            if OTHER_LOCKING not in str(error):
                raise
            return h5py.File(path, "r")
    except (OSError, RuntimeError) as error:
        raise unreadable(path, product, error) from None


def of_classic(path: Path, product: str) -> h5py.File:
    """A netCDF-3 file, as OPeNDAP services send them, as an HDF5 file in memory; attributes and packed numbers as they
    are.

    Raises
    ------
    FormatError
        If it is cut or cannot be read.
    """
    from scipy.io import netcdf_file

    try:
        # Not through the C library, which fills a cut file with zeros.
        with netcdf_file(path, "r", mmap=False) as source:
            file = h5py.File(io.BytesIO(), "w")
            file.attrs.update(source._attributes)
            for name, variable in source.variables.items():
                values = np.asarray(variable.data)
                file[name] = values.astype(values.dtype.newbyteorder("="))
                file[name].attrs.update(variable._attributes)
                if variable.dimensions == (name,):
                    file[name].make_scale()
            for name, variable in source.variables.items():
                for place, dim in enumerate(variable.dimensions):
                    if dim != name and dim in source.variables:
                        file[name].dims[place].attach_scale(file[dim])
    except Exception as error:  # the library raises whatever it meets in damaged bytes
        raise unreadable(path, product, error) from None
    return file


def text(value: object) -> str:
    """A netCDF text attribute; h5py gives bytes, str or an array of one."""
    first = np.asarray(value).ravel()[0] if np.size(value) else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def variable(file: h5py.File, name: str) -> h5py.Dataset | None:
    """The variable of a name; None where there is none, or only a dimension, for which netCDF keeps an empty data
    set."""
    there = file.get(name)
    if there is None or text(there.attrs.get("NAME", "")).startswith("This is a netCDF dimension but not"):
        return None
    return there


def identified(file: h5py.File, name: str) -> h5py.h5d.DatasetID | None:
    """The variable of a name by its identifier, without the objects that h5py wraps around it: in a small file they
    take as long as its values. None where there is none."""
    return h5py.h5d.open(file.id, name.encode()) if name in file else None


def values(variable: h5py.h5d.DatasetID) -> np.ndarray:
    """All values of a variable, as they are in the file."""
    out = np.empty(variable.shape, variable.dtype)
    variable.read(h5py.h5s.ALL, h5py.h5s.ALL, out)
    return out


def attribute(owner: h5py.h5d.DatasetID | h5py.h5f.FileID, name: str) -> np.ndarray | None:
    """An attribute of a variable or file, as it is in the file; None where there is none, or an empty one."""
    if not h5py.h5a.exists(owner, name.encode()):
        return None
    there = h5py.h5a.open(owner, name.encode())
    if not there.get_storage_size():
        return None
    out = np.zeros(there.shape, there.dtype)
    there.read(out)
    return out


def written(owner: h5py.h5d.DatasetID | h5py.h5f.FileID, name: str) -> str:
    """A text attribute; empty where there is none."""
    value = attribute(owner, name)
    return "" if value is None else text(value)


def number(variable: h5py.h5d.DatasetID, name: str, bare: float) -> np.number | float:
    """A number among the attributes of a variable; `bare` where there is none."""
    value = attribute(variable, name)
    return bare if value is None else np.ravel(value)[0]


def dims(variable: h5py.h5d.DatasetID) -> tuple[str, ...]:
    """Names of a variable's netCDF dimensions; "?" where one has no scale."""
    scales = attribute(variable, "DIMENSION_LIST")
    if scales is None:
        return ("?",) * variable.rank
    return tuple(h5py.h5r.get_name(of[0], variable).decode().lstrip("/") if len(of) else "?" for of in scales)
