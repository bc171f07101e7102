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


def dims(variable: h5py.Dataset) -> tuple[str, ...]:
    """Names of a variable's netCDF dimensions; "?" where one has no scale."""
    return tuple(dim[0].name.lstrip("/") if len(dim) else "?" for dim in variable.dims)
