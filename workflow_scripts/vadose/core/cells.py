"""The cell axis: land cells packed into one dimension (CF compression by gathering), and tiles of it.

Cells are ordered by latitude, then longitude. `row` and `column` point into the target grid, whose axes are stored
beside them, so that a packed product unpacks without any other file. In files the same is said as the CF conventions
have it, by `cell` with the attribute `compress`, for whatever else reads them.
"""

import re
from dataclasses import dataclass

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.core.grid import Grid

CELL_AXES = ("row", "column", "lat", "lon")  # where the cells lie
GRID_COORDINATES = ("cell", "crs", "grid_lat_bounds", "grid_lon_bounds")  # only in files, see `gathered`
CRS = {
    "grid_mapping_name": "latitude_longitude",
    "long_name": "coordinate reference system: WGS 84, EPSG:4326",
    "semi_major_axis": 6378137.0,
    "inverse_flattening": 298.257223563,
    "longitude_of_prime_meridian": 0.0,
    "crs_wkt": (
        'GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,298.257223563,'
        'LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],CS[ellipsoidal,2],'
        'AXIS["geodetic latitude (Lat)",north,ORDER[1],ANGLEUNIT["degree",0.0174532925199433]],'
        'AXIS["geodetic longitude (Lon)",east,ORDER[2],ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4326]]'
    ),
}


@dataclass(frozen=True)
class Tile:
    """Share `index` (from 1) of `count` equal, contiguous shares of the cells."""

    index: int
    count: int

    def __post_init__(self):
        if not 1 <= self.index <= self.count:
            raise ValueError(f"Tile: expected an index from 1 to {self.count}, found {self.index}.")

    @classmethod
    def parse(cls, text: str) -> "Tile":
        """Tile from text such as "03of16".

        Raises
        ------
        ValueError
            If the text is not of that form.
        """
        match = re.fullmatch(r"(\d+)of(\d+)", text)
        if not match:
            raise ValueError(f"Tile: expected text such as 03of16, found {text!r}.")
        return cls(int(match[1]), int(match[2]))

    def __str__(self):
        return f"{self.index:0{len(str(self.count))}d}of{self.count}"

    def slice(self, cells: int) -> slice:
        """Range of cells of this tile; over all tiles every cell occurs exactly once and sizes differ by at most
        one."""
        return slice((self.index - 1) * cells // self.count, self.index * cells // self.count)


def tiles(count: int) -> list[Tile]:
    """All tiles of a partition into `count`."""
    return [Tile(index, count) for index in range(1, count + 1)]


def locate(mask: Array, grid: Grid) -> xr.Dataset:
    """Cell axis of the true cells of a mask.

    Parameters
    ----------
    mask : (lat, lon) bool array
        True for the cells to be analysed.
    grid : Grid
        With ascending latitudes.

    Returns
    -------
    Dataset
        `row(cell)`, `column(cell)`, `area(cell)` in m2, coordinates `lat(cell)`, `lon(cell)` in degrees (-180..180),
        and the axes `grid_lat`, `grid_lon` of the target grid as it is (beyond 180 in a region across the date line).

    Raises
    ------
    ValueError
        If the mask has no true cell or not the grid's shape.
    """
    if mask.shape != grid.shape:
        raise ValueError(f"locate: expected a mask of {grid.shape}, found {mask.shape}.")
    row, column = np.nonzero(mask)
    if row.size == 0:
        raise ValueError(
            "locate: expected at least one land cell, found none. Check the grid, the region and the soil-moisture "
            "files."
        )
    return xr.Dataset(
        {
            "row": ("cell", row.astype(np.int32)),
            "column": ("cell", column.astype(np.int32)),
            "area": ("cell", grid.area[row, column]),
        },
        coords={
            "lat": ("cell", grid.lat[row]),
            "lon": ("cell", _within_180(grid.lon)[column]),
            "grid_lat": ("grid_lat", grid.lat),
            "grid_lon": ("grid_lon", grid.lon),
        },
    )


def _within_180(lon: Array) -> Array:
    """Longitudes from -180 to below 180; those that are there already stay as they are, to the last bit."""
    return np.where(lon >= 180.0, lon - 360.0, np.where(lon < -180.0, lon + 360.0, lon))


def grid_of(cells: xr.Dataset) -> Grid:
    """Target grid on which packed cells lie."""
    return Grid(cells["grid_lat"].values, cells["grid_lon"].values)


def pack(field: Array, cells: xr.Dataset) -> Array:
    """Values of the cells, (..., lat, lon) -> (cell, ...).

    Raises
    ------
    ValueError
        If the field is not on the grid of the cells.
    """
    expected = (cells.sizes["grid_lat"], cells.sizes["grid_lon"])
    if field.shape[-2:] != expected:
        raise ValueError(f"pack: expected a field on the grid {expected}, found {field.shape[-2:]}.")
    return np.ascontiguousarray(np.moveaxis(field[..., cells["row"].values, cells["column"].values], -1, 0))


def unpack(values: Array, cells: xr.Dataset) -> Array:
    """Map of packed values, (cell, ...) -> (..., lat, lon), NaN outside the cells."""
    values = np.asarray(values)
    out = np.full((*values.shape[1:], cells.sizes["grid_lat"], cells.sizes["grid_lon"]), np.nan)
    out[..., cells["row"].values, cells["column"].values] = np.moveaxis(values, 0, -1)
    return out


def gathered(dataset: xr.Dataset) -> xr.Dataset:
    """A packed dataset with what the CF conventions ask of compression by gathering, to be written.

    Parameters
    ----------
    dataset : Dataset
        With `row(cell)`, `column(cell)` and the axes `grid_lat`, `grid_lon`; any other is given back as it is.

    Returns
    -------
    Dataset
        With the index `cell`, the number of each cell in the grid read row by row, and its attribute `compress`; edges
        of the axes; `crs`, which every variable on the cells names as its grid mapping. Values are those of `dataset`.
    """
    if not {"row", "column", "grid_lat", "grid_lon"} <= set(dataset.variables) or dataset["row"].dims != ("cell",):
        return dataset
    grid = grid_of(dataset)
    number = dataset["row"].values * np.int32(grid.shape[1]) + dataset["column"].values
    compress = {"compress": "grid_lat grid_lon", "units": "1", "long_name": "number of the cell in the grid, by rows"}
    added = {"cell": ("cell", number.astype(np.int32), compress), "crs": ((), np.int32(0), CRS)}
    out = dataset.assign_coords(added | bounds(grid, "grid_lat", "grid_lon"))
    for name in ("grid_lat", "grid_lon"):
        out[name].attrs["bounds"] = f"{name}_bounds"
    for variable in (out[name] for name in out.data_vars):
        if "cell" in variable.dims:
            variable.attrs["grid_mapping"] = "crs"
    return out


def bounds(grid: Grid, lat: str, lon: str) -> dict[str, tuple]:
    """Edges of the rows and columns of a grid as variables (lat, 2) and (lon, 2), degrees, named after the axes."""
    edges = {lat: grid.lat_edges, lon: grid.lon_edges}
    return {
        f"{name}_bounds": ((name, "bounds"), np.stack([edge[:-1], edge[1:]], axis=1)) for name, edge in edges.items()
    }


def without_gathering(dataset: xr.Dataset) -> xr.Dataset:
    """A dataset without what `gathered` adds: what the stages work with."""
    out = dataset.drop_vars(GRID_COORDINATES, errors="ignore").copy()
    for name in out.variables:
        out[name].attrs.pop("grid_mapping", None)
    for name in {"grid_lat", "grid_lon"} & set(out.variables):
        out[name].attrs.pop("bounds", None)
    return out
