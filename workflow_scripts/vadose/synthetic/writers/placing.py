"""Placing a synthetic netCDF file: written under a temporary name, renamed when complete, no clock time inside."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np

from vadose.files.atomic import replacing


@contextlib.contextmanager
def new_netcdf(path: Path, form: str = "NETCDF4") -> Iterator[netCDF4.Dataset]:
    """An empty netCDF file open for writing; it gets its name only if the block ends without an error.

    Parameters
    ----------
    path : Path
        Name of the finished file; its folder is made.
    form : str
        As `format` of `netCDF4.Dataset`.
    """
    with replacing(path, durable=False) as part, netCDF4.Dataset(part, "w", format=form) as dataset:
        dataset.set_fill_off()
        yield dataset


def add(
    dataset: netCDF4.Dataset,
    name: str,
    dimensions: tuple[str, ...],
    values: np.ndarray,
    attributes: dict | None = None,
    **options,
) -> netCDF4.Variable:
    """Add a variable with its raw values (nothing is scaled or masked on the way) and attributes; missing dimensions
    are made.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        Open for writing.
    name : str
        Of the variable.
    dimensions : tuple of str
        Its dimensions.
    values : array
        As stored, in the type of the file.
    attributes : dict, optional
        Of the variable.
    **options
        Of `createVariable`.
    """
    values = np.asarray(values)
    for dimension, size in zip(dimensions, values.shape, strict=True):
        if dimension not in dataset.dimensions:
            dataset.createDimension(dimension, size)
    variable = dataset.createVariable(name, values.dtype, dimensions, **options)
    variable.set_auto_maskandscale(False)
    if attributes:
        variable.setncatts(attributes)
    variable[...] = values
    return variable


def append(
    dataset: netCDF4.Dataset, name: str, dimensions: tuple[str, ...], values: np.ndarray, attributes: dict, **options
) -> None:
    """Add values along time, which has no limit; the variable is made by the first of them.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        Open for writing.
    name : str
        Of the variable.
    dimensions : tuple of str
        Its dimensions, time among them.
    values : array
        As stored, in the type of the file; along time, what is added.
    attributes : dict
        Of the variable.
    **options
        Of `createVariable`.
    """
    if "time" not in dataset.dimensions:
        dataset.createDimension("time", None)
    if name not in dataset.variables:
        for dimension, size in zip(dimensions, values.shape, strict=True):
            if dimension not in dataset.dimensions:
                dataset.createDimension(dimension, size)
        created = dataset.createVariable(name, values.dtype, dimensions, **options)
        created.setncatts(attributes)
    variable = dataset.variables[name]
    variable.set_auto_maskandscale(False)
    place = dimensions.index("time")
    count = values.shape[place]
    first = variable.shape[place] - (0 if name == "time" else count)  # the axis itself is appended first
    variable[tuple(slice(first, first + count) if axis == place else slice(None) for axis in range(values.ndim))] = (
        values
    )
