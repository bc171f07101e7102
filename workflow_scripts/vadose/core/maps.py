"""Packed products as maps: variables on (..., latitude, longitude) that read only what is asked of them.

Nothing but xarray is needed. A variable is unpacked when its values are taken; `isel`, `sel` and dask's chunks before
that read no other cells.
"""

from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from vadose.core.arrays import AnyArray, Array
from vadose.core.cells import CELL_AXES, CRS, bounds, grid_of, without_gathering

AXES = {
    "latitude": {"units": "degrees_north", "standard_name": "latitude", "long_name": "latitude", "axis": "Y"},
    "longitude": {"units": "degrees_east", "standard_name": "longitude", "long_name": "longitude", "axis": "X"},
}


class _Unpacked(BackendArray):
    """A packed variable (cell, ...) as (..., latitude, longitude), NaN outside the cells."""

    def __init__(self, packed: xr.Variable, place: AnyArray, dtype: np.dtype):
        self.packed, self.place, self.dtype = packed, place, dtype
        self.shape = (*packed.shape[1:], *place.shape)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._outer)

    def _outer(self, key: tuple) -> Array:
        *others, rows, columns = key
        place = self.place[rows][..., columns]
        inside = place >= 0
        cells = place[inside]
        # Cells of neighbouring rows follow one another in the file: one read from the first to the last.
        first, last = (cells.min(), cells.max() + 1) if cells.size else (0, 0)
        packed = np.asarray(self.packed[(slice(first, last), *others)].values)
        out = np.full((*packed.shape[1:], *np.shape(place)), np.nan, self.dtype)
        out[..., inside] = np.moveaxis(packed[cells - first], 0, -1)
        return out


def unpacked(dataset: xr.Dataset) -> xr.Dataset:
    """A packed product on the latitudes and longitudes of its grid.

    Parameters
    ----------
    dataset : Dataset
        On `cell`, with `row`, `column`, `grid_lat` and `grid_lon`, in memory or opened lazily. Any other is given back
        as it is.

    Returns
    -------
    Dataset
        The variables on (..., latitude, longitude), not yet read: every row and column of the grid, south first, NaN
        outside the cells; longitudes ascend beyond 180 in a region across the date line. Whole numbers become floating
        ones that hold them exactly, and are written as whole numbers again with the `_FillValue` of their encoding.
        Layers have a `depth` with bounds (m); `crs` is the grid mapping.

    Raises
    ------
    ValueError
        If a variable on the cells holds neither numbers nor truth values.
    """
    if not {"row", "column", "grid_lat", "grid_lon"} <= set(dataset.variables):
        return dataset
    packed = without_gathering(dataset)
    grid = grid_of(packed)
    place = np.full(grid.shape, -1, np.int64)
    place[packed["row"].values, packed["column"].values] = np.arange(packed.sizes["cell"])
    out = packed.drop_dims("cell").drop_vars(("grid_lat", "grid_lon"))
    for name, variable in packed.variables.items():
        if "cell" in variable.dims and name not in CELL_AXES:
            out[name] = _mapped(str(name), variable, place)
    edges = bounds(grid, *AXES)
    axes = dict(zip(AXES, (grid.lat, grid.lon)))
    coordinates = {name: (name, axes[name], text | {"bounds": f"{name}_bounds"}) for name, text in AXES.items()}
    out = out.assign_coords(coordinates | edges | {"crs": ((), np.int32(0), CRS)} | _depth(packed))
    on_cells = [name for name in packed.coords if name in out.data_vars]
    return out.set_coords(on_cells).assign_attrs(dataset.attrs)


def _mapped(name: str, variable: xr.Variable, place: AnyArray) -> xr.Variable:
    if variable.dtype.kind not in "fiub":
        raise ValueError(f"{name}: expected numbers on the cells, found {variable.dtype}; there is no map of it.")
    whole = np.promote_types(variable.dtype, np.int8) if variable.dtype.kind in "iub" else None
    dtype = variable.dtype if whole is None else np.promote_types(whole, np.float32)
    encoding = {"_FillValue": np.nan} if whole is None else {"dtype": whole, "_FillValue": np.iinfo(whole).min}
    others = [dim for dim in variable.dims if dim != "cell"]
    lazy = indexing.LazilyIndexedArray(_Unpacked(variable.transpose("cell", *others), place, np.dtype(dtype)))
    return xr.Variable((*others, *AXES), lazy, variable.attrs | {"grid_mapping": "crs"}, encoding)


def _depth(dataset: xr.Dataset) -> dict[str, tuple]:
    """Depth of the middle of each layer with its bounds, where the layers have a top and a bottom; m."""
    if "layer_top" not in dataset.variables or dataset["layer_top"].dims != ("layer",):
        return {}
    edges = np.stack([dataset["layer_top"].values, dataset["layer_bottom"].values], axis=1)
    text = {
        "units": "m",
        "standard_name": "depth",
        "long_name": "depth of the middle of the soil layer",
        "positive": "down",
        "bounds": "depth_bounds",
    }
    return {"depth": ("layer", edges.mean(axis=1), text), "depth_bounds": (("layer", "bounds"), edges)}
