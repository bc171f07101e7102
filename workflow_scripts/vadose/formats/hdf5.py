"""HDF5 files read directly, where thousands of small ones are read in a row: much faster than through xarray."""

import io
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import xarray as xr

from vadose.files.hdf5_files import without_locks
from vadose.formats.opening import unreadable

_NO_VARIABLE = "This is a netCDF dimension but not"  # how netCDF names the empty data set of a dimension
# Attributes that netCDF keeps for itself.
_OWN = {"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_Netcdf4Coordinates", "_Netcdf4Dimid", "_NCProperties"}


def opened(path: Path, product: str) -> h5py.File:
    """As `without_locks`.

    Raises
    ------
    FormatError
        If it is cut or cannot be read.
    """
    try:
        return without_locks(path)
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
    if there is None or text(there.attrs.get("NAME", "")).startswith(_NO_VARIABLE):
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


def some_of(path: Path, names: Sequence[str], described: Sequence[str] = ()) -> xr.Dataset | None:
    """Some variables of a plain netCDF-4 file, undecoded, as `vadose.formats.opening.netcdf` gives them all: opening
    the others takes most of the time of a small file.

    Parameters
    ----------
    path : Path
        The file.
    names : sequence of str
        Variables that are read; the coordinates of their axes among them.
    described : sequence of str
        Variables whose attributes alone are wanted, where the file has them: scalars without a value.

    Returns
    -------
    Dataset or None
        None where the file is not plain, lacks a variable or cannot be read: the general way says what it is.
    """
    try:
        with without_locks(path) as file:
            out = {}
            for name in names:
                there = h5py.h5d.open(file.id, name.encode())
                own = attribute(there, "CLASS") is not None and there.rank == 1
                axes = (name,) if own else dims(there)
                empty = written(there, "NAME").startswith(_NO_VARIABLE)
                if empty or not set(axes) <= set(names) or there.dtype.kind not in "iuf":
                    return None
                out[name] = (axes, values(there), _attributes(there))
            for name in described:
                if name in file:
                    out[name] = ((), np.nan, _attributes(h5py.h5d.open(file.id, name.encode())))
            return xr.Dataset(out, attrs=_attributes(file.id))
    except Exception:  # the library raises whatever it meets in damaged bytes
        return None


def _attributes(owner: h5py.h5d.DatasetID | h5py.h5f.FileID) -> dict[str, object]:
    """Texts and numbers among the attributes of a variable or file."""
    texts_and_numbers: dict[str, object] = {}
    for place in range(h5py.h5a.get_num_attrs(owner)):
        name = h5py.h5a.open(owner, index=place).name.decode()
        value = None if name in _OWN else attribute(owner, name)
        if value is not None and value.size:
            numbers = value if value.size > 1 else value.ravel()[0]
            texts_and_numbers[name] = numbers if value.dtype.kind in "iuf" else text(value)
    return texts_and_numbers
