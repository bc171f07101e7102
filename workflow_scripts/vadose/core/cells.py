"""The cell axis: land cells packed into one dimension (CF compression by gathering), and tiles of it.

Cells are ordered by latitude, then longitude. `row` and `column` point into the target grid, whose axes are stored
beside them, so that a packed product unpacks without any other file.
"""

import re
from dataclasses import dataclass

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.core.grid import Grid


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
