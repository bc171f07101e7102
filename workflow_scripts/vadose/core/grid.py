"""Regular latitude-longitude grids: edges, areas, first-order conservative remapping and the mode of blocks.

Remapping is separable (docs/methods.md#b6): overlaps in sin(lat) and in lon are each one-dimensional, so the weights of
a 1801 x 3600 field to 0.25 degree are two small sparse matrices, applied in one pass that skips missing cells.

Most jobs need the grid alone: the loops (`vadose.core.regridding`), and numba with them, are imported when they are
called.
"""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vadose.core.arrays import Array

if TYPE_CHECKING:
    from scipy import sparse

EARTH_RADIUS = 6_371_000.0  # m, ASSUME: a sphere of mean radius, as cdo does
# Steps of an axis are even to this share of the step, and to the thousandth of a degree that GRIB 1 writes.
EVEN_SHARE, PRINTED_DEGREES = 2e-3, 1.1e-3
SLIVER = 1e-9  # overlaps below this share of a source cell are rounding of edges, not geometry


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid given by its cell centres.

    Parameters
    ----------
    lat : (lat,) array
        Centres in degrees north, evenly spaced, ascending or descending. Centres at the poles stand for half cells, and
        the first and last row may be narrower where they end at the poles.
    lon : (lon,) array
        Centres in degrees east, evenly spaced, ascending, any convention; a region across the date line goes on beyond
        180 (or begins below -180). Folded periodically.

    Raises
    ------
    ValueError
        If an axis has fewer than two centres, is not monotonic or not even, or leaves the sphere.
    """

    lat: Array
    lon: Array

    def __post_init__(self):
        for name in ("lat", "lon"):
            axis = np.array(getattr(self, name), dtype=float)
            steps = np.diff(axis)
            if axis.ndim != 1 or axis.size < 2 or not (np.all(steps > 0) or (name == "lat" and np.all(steps < 0))):
                raise ValueError(
                    f"Grid: expected at least two {name} centres in ascending order, found {axis.size}. Check the "
                    "coordinates of the file."
                )
            place = uneven(axis, poles=name == "lat")
            if place is not None:
                raise ValueError(
                    f"Grid: expected evenly spaced {name} centres, found a step of {abs(steps[place]):g} degrees at "
                    f"{axis[place]:g} beside steps of {abs(np.median(steps)):g}. Check whether two areas were joined, "
                    "or rows or columns taken out."
                )
            axis.flags.writeable = False
            object.__setattr__(self, name, axis)
        if np.abs(self.lat).max() > 90.0 + 1e-9:
            raise ValueError(
                f"Grid: expected latitudes within -90 and 90, found {self.lat.min():g} to {self.lat.max():g}."
            )
        if self.lon[-1] - self.lon[0] >= 360.0:
            raise ValueError(
                f"Grid: expected longitudes that span less than 360 degrees, found {self.lon[0]:g} to {self.lon[-1]:g}."
            )

    def __eq__(self, other):
        return isinstance(other, Grid) and np.array_equal(self.lat, other.lat) and np.array_equal(self.lon, other.lon)

    def __hash__(self):
        return hash((self.lat.tobytes(), self.lon.tobytes()))

    @classmethod
    def regular(
        cls, spacing: float, south: float = -90.0, north: float = 90.0, west: float = -180.0, east: float = 180.0
    ) -> "Grid":
        """Grid of square cells of `spacing` degrees whose edges start at `south` and `west`.

        Parameters
        ----------
        spacing : float
            Side of a cell, degrees; divides the region.
        south, north : float
            Edges, -90..90.
        west, east : float
            Edges, -360..360. An east below west crosses the date line (170 to -170 is 20 degrees wide); 0 to 360 is the
            globe as well as -180 to 180.

        Raises
        ------
        ValueError
            If the region is empty, wider than the globe, or not a whole number of cells.
        """
        width = east - west if east > west else east - west + 360.0
        if not (spacing > 0 and south < north and east != west and 0 < width <= 360.0 + 1e-9):
            raise ValueError(
                f"Grid: expected a spacing above 0, south below north and at most 360 degrees from west to east, found "
                f"spacing {spacing:g}, {south:g} to {north:g} and {west:g} to {east:g}. Correct the grid."
            )
        rows = round((north - south) / spacing)
        columns = round(width / spacing)
        for extent, count, what in ((north - south, rows, "south to north"), (width, columns, "west to east")):
            if count < 1 or abs(count * spacing - extent) > 1e-6 * spacing:
                raise ValueError(
                    f"Grid: expected a whole number of cells of {spacing:g} degrees from {what}, found "
                    f"{extent / spacing:g}. Choose a spacing that divides {extent:g} degrees, or other edges."
                )
        return cls(south + spacing * (np.arange(rows) + 0.5), west + spacing * (np.arange(columns) + 0.5))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return self.lat.size, self.lon.size

    @functools.cached_property
    def lat_edges(self) -> Array:
        """(lat + 1,) edges half way between centres, closed at the poles, degrees."""
        return np.clip(_edges(self.lat), -90.0, 90.0)

    @functools.cached_property
    def lon_edges(self) -> Array:
        """(lon + 1,) edges half way between centres, degrees."""
        edges = _edges(self.lon)
        # The seam of a global axis such as 0 ... 359.95 closes exactly, whatever the rounding of the centres.
        if abs(edges[-1] - edges[0] - 360.0) < 1e-3 * (edges[1] - edges[0]):
            edges[-1] = edges[0] + 360.0
        return edges

    @functools.cached_property
    def area(self) -> Array:
        """(lat, lon) area of each cell, m2."""
        height = np.abs(np.diff(np.sin(np.deg2rad(self.lat_edges))))
        width = np.deg2rad(np.diff(self.lon_edges))
        return EARTH_RADIUS**2 * height[:, None] * width[None, :]

    def coarsen(self, factor: int) -> "Grid":
        """Grid of blocks of `factor` x `factor` cells.

        Raises
        ------
        ValueError
            If `factor` does not divide both axes.
        """
        if any(size % factor for size in self.shape):
            raise ValueError(
                f"Grid: expected a block factor that divides {self.shape[0]} x {self.shape[1]} cells, found {factor}."
            )
        return Grid(self.lat.reshape(-1, factor).mean(1), self.lon.reshape(-1, factor).mean(1))


def uneven(axis: Array, *, poles: bool = False) -> int | None:
    """Place of the first step of an axis that differs from the others; None where they are even.

    Parameters
    ----------
    axis : (n,) array
        Centres in degrees, monotonic.
    poles : bool
        Whether the first and the last step may be shorter where what is left to the pole is less than a cell.
    """
    steps = np.abs(np.diff(axis))
    if steps.size < 2:
        return None
    step = np.median(steps)
    wrong = np.abs(steps - step) > EVEN_SHARE * step + PRINTED_DEGREES
    if poles and axis.size > 3:
        for place, inner in ((0, axis[1]), (-1, axis[-2])):
            left = 90.0 - abs(inner) - 0.5 * step  # from the edge beside the last full cell to the pole
            wrong[place] &= not (0 < left < step and steps[place] < step)
    return int(np.argmax(wrong)) if wrong.any() else None


def _edges(centres: Array) -> Array:
    inner = 0.5 * (centres[1:] + centres[:-1])
    if uneven(centres) is not None:  # a narrower row at a pole takes what the others leave
        step = np.median(np.diff(centres))
        inner[0] = centres[1] - 0.5 * step
        inner[-1] = centres[-2] + 0.5 * step
    first = centres[0] - (inner[0] - centres[0])
    last = centres[-1] + (centres[-1] - inner[-1])
    return np.concatenate([[first], inner, [last]])


def _overlap(source: Array, target: Array, period: float | None) -> "sparse.csr_array":
    """(target, source) lengths shared by the intervals between ascending edges."""
    from scipy import sparse

    shifts = (0.0,) if period is None else (-2 * period, -period, 0.0, period, 2 * period)
    rows, columns, lengths = [], [], []
    for shift in shifts:
        low, high = source[:-1] + shift, source[1:] + shift
        first = np.searchsorted(high, target[:-1], side="right")
        last = np.searchsorted(low, target[1:], side="left")
        counts = np.maximum(last - first, 0)
        row = np.repeat(np.arange(target.size - 1), counts)
        column = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
        length = np.minimum(high[column], target[1:][row]) - np.maximum(low[column], target[:-1][row])
        real = length > SLIVER * (high - low)[column]
        rows.append(row[real])
        columns.append(column[real])
        lengths.append(length[real])
    shape = (target.size - 1, source.size - 1)
    return sparse.csr_array((np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns))), shape=shape)


@functools.lru_cache(maxsize=16)
def weights(source: Grid, target: Grid) -> "tuple[sparse.csr_array, sparse.csr_array]":
    """Overlaps of two grids: ((target lat, source lat) in sin(lat), (target lon, source lon) in radians)."""
    from scipy import sparse

    def rows(grid: Grid) -> tuple[Array, bool]:
        heights = np.sin(np.deg2rad(grid.lat_edges))
        return (heights, False) if heights[-1] > heights[0] else (heights[::-1], True)

    (source_rows, source_flipped) = rows(source)
    (target_rows, target_flipped) = rows(target)
    lat = _overlap(source_rows, target_rows, None)
    lat = lat[::-1] if target_flipped else lat
    lat = lat[:, ::-1] if source_flipped else lat
    lon = _overlap(np.deg2rad(source.lon_edges), np.deg2rad(target.lon_edges), 2 * np.pi)
    return sparse.csr_array(lat), lon


def regrid(field: Array, source: Grid, target: Grid, min_valid: float = 0.0) -> Array:
    """First-order conservative remapping.

    Parameters
    ----------
    field : (..., lat, lon) array
        Intensive quantity on `source`, any unit; NaN is missing and takes no part.
    source, target : Grid
        Latitudes in either order; longitudes fold periodically.
    min_valid : float
        Least share of a target cell's area that valid source cells must cover; 0 means any valid part counts.

    Returns
    -------
    (..., target lat, target lon) float64 array
        Area-weighted mean of the valid parts; NaN where they cover less than `min_valid`.

    Raises
    ------
    ValueError
        If `field` does not end in the shape of `source`.

    Notes
    -----
    out = Wy (x m) Wx' / (Wy m Wx') with the mask m; equal to `cdo remapcon`.

    References
    ----------
    Jones (1999), doi:10.1175/1520-0493(1999)127<2204:FASOCR>2.0.CO;2.
    """
    from vadose.core.regridding import remap

    field = np.asarray(field)
    if field.shape[-2:] != source.shape:
        raise ValueError(f"regrid: expected a field of {source.shape} on the source grid, found {field.shape[-2:]}.")
    if field.dtype not in (np.float32, np.float64):
        field = field.astype(float)
    if source == target:  # the weights would only add rounding
        return field.astype(float)
    lat, lon = weights(source, target)
    height = np.abs(np.diff(np.sin(np.deg2rad(target.lat_edges))))
    # Sums of overlaps carry rounding, so a share of exactly `min_valid` must pass.
    least = min_valid * (1 - 1e-9) * height[:, None] * np.deg2rad(np.diff(target.lon_edges))[None, :]
    planes = np.ascontiguousarray(field).reshape(-1, *source.shape)
    out = np.empty((planes.shape[0], *target.shape))
    remap(planes, lat.indptr, lat.indices, lat.data, lon.indptr, lon.indices, lon.data, least, out)
    return out.reshape(*field.shape[:-2], *target.shape)


def block_mode(classes: Array, factor: int, missing: int = 255) -> Array:
    """Most frequent class of each block of `factor` x `factor` pixels.

    Parameters
    ----------
    classes : (lat, lon) array of integer codes >= 0
        NaN, in a float array, is missing.
    factor : int
        Pixels along each side of a block; must divide both axes.
    missing : int
        Code that takes no part and marks blocks without a valid pixel.

    Returns
    -------
    (lat / factor, lon / factor) array
        Of the dtype of `classes`; the lowest code wins a tie (docs/methods.md#a5). In a float array blocks without a
        valid pixel are NaN.

    Raises
    ------
    ValueError
        If `factor` does not divide the shape, or a code is negative.
    """
    from vadose.core.regridding import mode_of_blocks

    classes = np.asarray(classes)
    if classes.ndim != 2 or factor < 1 or any(size % factor for size in classes.shape):
        raise ValueError(f"block_mode: expected a factor that divides {classes.shape}, found {factor}.")
    is_float = np.issubdtype(classes.dtype, np.floating)
    absent = np.isnan(classes) | (classes == missing) if is_float else classes == missing
    codes = np.where(absent, np.int64(-1), np.where(absent, 0, classes).astype(np.int64))
    if np.any(codes < -1):
        raise ValueError(f"block_mode: expected codes of 0 and above, found {codes.min()}.")
    mode = mode_of_blocks(codes, factor, -1, np.zeros(max(int(codes.max()), 0) + 1, np.int64))
    if is_float:
        return np.where(mode < 0, np.nan, mode.astype(classes.dtype))
    return np.where(mode < 0, missing, mode).astype(classes.dtype)


# `Grid.regrid` and `Grid.block_mode` read naturally in a notebook; they are these very functions.
Grid.regrid = staticmethod(regrid)  # type: ignore[attr-defined]
Grid.block_mode = staticmethod(block_mode)  # type: ignore[attr-defined]
