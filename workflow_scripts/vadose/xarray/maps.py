"""Fields on latitude-longitude grids."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from vadose.core import grid
from vadose.core.arrays import Array
from vadose.core.grid import Grid
from vadose.xarray import attributes, cells
from vadose.xarray.cells import Variable

NAMES = {"latitude": ("lat", "latitude", "y"), "longitude": ("lon", "longitude", "x")}


def regrid(
    field: xr.DataArray,
    target: Grid | xr.DataArray | xr.Dataset | float,
    dim: Sequence[Hashable] | None = None,
    *,
    min_valid: float = 0.0,
) -> xr.DataArray:
    """First-order conservative remapping of a field, or of many at once.

    Parameters
    ----------
    field : DataArray, any unit
        An intensive quantity on a regular grid; NaN is missing and takes no part.
    target : Grid, DataArray, Dataset or float
        The grid, something that lies on it, or the degrees of a global one.
    dim : (str, str), optional
        Dimensions of latitude and longitude; by default those whose attributes (standard_name, units) or names say so.
    min_valid : float
        Least share of a target cell's area that valid cells must cover; 0 means any valid part counts.

    Returns
    -------
    DataArray
        On the target's latitudes and longitudes, other dimensions, coordinates and attributes as they were.

    Raises
    ------
    ValueError
        If latitude or longitude is not there, is not in degrees or is no axis of a regular grid.

    Formulas and references: `vadose.core.grid.regrid`, the same on arrays.
    """
    field = cells.labelled("field", field)
    lat, lon = _axes("field", field, dim)
    source = _grid("field", field, (lat, lon))
    if isinstance(target, xr.DataArray | xr.Dataset):
        target = _grid("target", target, _axes("target", target, None))
    elif not isinstance(target, Grid):
        target = Grid.regular(float(target))
    remapped = cells.over_cells(
        _remapped,
        {"field": field},
        [lat, lon],
        {"field": Variable(field.attrs, (lat, lon))},
        sizes={lat: target.lat.size, lon: target.lon.size},
        resized=True,
        source=source,
        target=target,
        min_valid=min_valid,
    )["field"]
    axes = {lat: (lat, target.lat, field[lat].attrs), lon: (lon, target.lon, field[lon].attrs)}
    return remapped.assign_coords(axes).transpose(*field.dims).rename(field.name)


def _remapped(field: Array, **options) -> tuple[Array]:
    return (grid.regrid(field, **options),)


def _axes(name: str, field: Any, dim: Sequence[Hashable] | None) -> tuple[Hashable, Hashable]:
    """Dimensions of latitude and longitude."""
    if dim is not None:
        if isinstance(dim, str) or len(dim) != 2 or not set(dim) <= set(field.dims):
            raise ValueError(
                f"dim: expected the dimensions of latitude and longitude among {', '.join(map(str, field.dims))}, "
                f"found {dim}."
            )
        return dim[0], dim[1]
    return _axis(name, field, "latitude"), _axis(name, field, "longitude")


def _axis(name: str, field: Any, kind: str) -> Hashable:
    """The dimension that attributes, else names, say to be of latitude or longitude."""
    letter = "degrees_north" if kind == "latitude" else "degrees_east"
    for dim in field.dims:
        attrs = field[dim].attrs if dim in field.coords else {}
        if attrs.get("standard_name") == kind or attrs.get("units") == letter:
            return dim
    for dim in field.dims:
        if str(dim).lower() in NAMES[kind]:
            return dim
    raise ValueError(
        f"{name}: expected a dimension of {kind}, found {', '.join(map(str, field.dims))}; name it by dim."
    )


def _grid(name: str, field: Any, dims: tuple[Hashable, Hashable]) -> Grid:
    for dim in dims:
        if dim not in field.coords:
            raise ValueError(f"{name}: expected a coordinate {dim} with the centres of cells in degrees, found none.")
        attributes.refuse_other_than_degrees(field[dim])
    return Grid(*(np.asarray(field[dim].values, dtype=float) for dim in dims))
