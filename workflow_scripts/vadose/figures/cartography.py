"""Geometry of maps: projections and their borders, the cell under a position, coastlines from our own land mask, how
fine a print must be that no cell is lost.

Pure functions of positions; `maps` draws. Projections are cartopy's, but nothing of it that would want the internet.
"""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.grid import Grid


@dataclass(frozen=True)
class View:
    """Part of the Earth between two parallels and two meridians, in the Equal Earth projection about its middle.

    Parameters
    ----------
    south, north : float
        Degrees north.
    west, east : float
        Degrees east; `east` is beyond 180 where the view crosses the date line.
    """

    south: float
    north: float
    west: float = -180.0
    east: float = 180.0


Region = Literal["global", "robinson", "north", "polar"] | View

REGIONS = {  # width / height, southern border, parallels and meridians of the graticule
    "global": (2.0546, -90.0, (-60, -30, 0, 30, 60), range(-120, 121, 60)),
    "robinson": (1.9716, -90.0, (-60, -30, 0, 30, 60), range(-120, 121, 60)),
    "north": (4.1093, 0.0, (30, 60), range(-120, 121, 60)),
    "polar": (1.0, 0.0, (30, 60), range(-180, 180, 60)),
}
EDGE = 179.9999  # degrees; the border itself belongs to both ends of the seam
SMALLEST_VIEW, MARGIN = 12.0, 2.0  # degrees that a view of few cells has, and that lie around the cells
SHAPES = 0.75, 4.5  # width by height of a view


def _lattice(spacing: float, low: float, high: float) -> tuple[int, ...]:
    return tuple(int(value) for value in np.arange(-360.0, 361.0, spacing) if low < value < high)


@functools.lru_cache(maxsize=32)
def frame(region: Region) -> tuple[float, float, tuple[int, ...], Sequence[int]]:
    """Width by height, southern border, parallels and meridians of a region."""
    if not isinstance(region, View):
        return REGIONS[region]
    width, height = np.ptp(outline(region), axis=0)
    span = max(region.north - region.south, 0.5 * (region.east - region.west))
    spacing = next(step for step in (2, 5, 10, 20, 30) if step == 30 or span / step <= 4)
    meridians = _lattice(60 if spacing == 30 else spacing, region.west, region.east)
    return width / height, region.south, _lattice(spacing, region.south, region.north), meridians


def view_of(lat: Array, lon: Array, spacing: float) -> View:
    """The view that holds all cells, with a margin: the whole circle of longitudes where they lie all around.

    Parameters
    ----------
    lat, lon : (cell,) arrays
        Centres, degrees.
    spacing : float
        Size of a cell, degrees.
    """
    if not np.size(lat):
        return View(-60.0, 90.0)
    around = np.unique(np.round(np.asarray(lon, dtype=float) % 360.0, 6))
    gaps = np.diff(np.append(around, around[0] + 360.0))
    widest = int(np.argmax(gaps))
    west = around[(widest + 1) % around.size]
    south, north = float(np.min(lat)), float(np.max(lat))
    middle, high = 0.5 * (south + north), max(north - south + spacing + 2 * MARGIN, SMALLEST_VIEW)
    south, north = max(-90.0, middle - 0.5 * high), min(90.0, middle + 0.5 * high)
    across = max(360.0 - gaps[widest] + spacing + 2 * MARGIN, SMALLEST_VIEW)
    centre = west + 0.5 * (360.0 - gaps[widest])
    while across < 200.0:
        centre = (centre + 180.0) % 360.0 - 180.0
        view = View(south, north, centre - 0.5 * across, centre + 0.5 * across)
        shape = frame(view)[0]
        if SHAPES[0] <= shape <= SHAPES[1]:
            return view
        if shape < SHAPES[0]:
            across *= 1.1
        else:
            south, north = max(-90.0, south - 1.0), min(90.0, north + 1.0)
    return View(south, north)


def columns_for(region: Region, grid: Grid, lat: Array) -> int:
    """Dots across a map in which each cell has the centre of a dot at least.

    Parameters
    ----------
    region : Region
    grid : Grid
        Of the cells.
    lat : (cell,) array
        Latitudes with cells, degrees north; a polar map counts to 85 degrees.
    """
    rows = np.unique(np.asarray(lat, dtype=float))
    _, south, _, _ = frame(region)
    rows = rows[(rows >= south) & (np.abs(rows) < 85.0)]
    if not rows.size:
        return 1
    tall, wide = np.abs(np.diff(grid.lat)).mean(), np.abs(np.diff(grid.lon)).mean()
    outer = np.sign(rows) * np.minimum(np.abs(rows) + 0.5 * tall, 89.0)
    inner = np.sign(rows) * (np.abs(rows) - 0.5 * tall)
    middle = _middle(region)
    here, beside, below = (
        np.column_stack(project(region, np.full(rows.size, lon), at))
        for lon, at in ((middle, outer), (middle + wide, outer), (middle, inner))
    )
    smallest = min(np.hypot(*(here - beside).T).min(), np.hypot(*(here - below).T).min())
    return int(np.ceil(1.02 * np.ptp(outline(region)[:, 0]) / smallest))


def _middle(region: Region) -> float:
    return 0.5 * (region.west + region.east) if isinstance(region, View) else 0.0


def _from_middle(region: Region, lon: Array) -> Array:
    """Degrees east of the middle of a map, -180..180; -180 and 180 stay what they are."""
    middle, lon = _middle(region), np.asarray(lon, dtype=float)
    turned = lon - middle
    return np.where(np.abs(turned) <= 180.0, turned, (turned + 180.0) % 360.0 - 180.0)


@dataclass(frozen=True, eq=False)
class Land:
    """Land for orientation: where grey shows land without data, and the coastlines.

    Parameters
    ----------
    fraction : (lat, lon) array
        Share of land, 0..1.
    grid : Grid
        Of `fraction`.
    lines : list of (point, 2) arrays
        Coastlines in degrees east and north.
    """

    fraction: Array
    grid: Grid
    lines: list[Array]

    @classmethod
    def of(cls, fraction: Array, grid: Grid, coastline: Path | None = None, *, smallest: float = 1.5) -> "Land":
        """Land from its fraction (0..1); coastlines are the contour of one half, or the lines of a GeoJSON file such as
        Natural Earth's.

        `smallest` is the extent in degrees below which islands and lakes are left out of the contour.

        Parameters
        ----------
        fraction : (lat, lon) array
            Share of land, 0..1.
        grid : Grid
            On which it lies.
        coastline : Path, optional
            GeoJSON file of lines to draw instead of contours.
        smallest : float
            Degrees below which the extent of islands and lakes leaves them out of the contour.
        """
        fraction = np.asarray(fraction, dtype=float)
        if fraction.shape != grid.shape:
            raise ValueError(f"Land: expected a fraction on the grid {grid.shape}, found {fraction.shape}.")
        if np.nanmax(fraction) > 1.0 + 1e-9:
            raise ValueError(
                f"Land: expected fractions from 0 to 1, found up to {np.nanmax(fraction):g}. Divide percentages by 100."
            )
        lines = geojson_lines(coastline) if coastline else coastlines(fraction, grid, smallest=smallest)
        return cls(fraction, grid, lines)


def geojson_lines(path: Path) -> list[Array]:
    """Lines and outlines of a GeoJSON file, each (point, 2) in degrees east and north."""
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    lines: list[Array] = []

    def collect(coordinates) -> None:
        if coordinates and isinstance(coordinates[0][0], int | float):
            lines.append(np.asarray(coordinates, dtype=float)[:, :2])
        else:
            for part in coordinates:
                collect(part)

    for feature in content["features"]:
        if feature["geometry"]:
            collect(feature["geometry"]["coordinates"])
    return lines


def coastlines(fraction: Array, grid: Grid, *, smallest: float = 1.5) -> list[Array]:
    """Contour of one half of the land fraction, closed over the seam of longitudes at 180 degrees.

    Returns
    -------
    list of (point, 2) arrays
        Degrees east and north; contours of less extent than `smallest` degrees are left out.
    """
    lon = (grid.lon + 180.0) % 360.0 - 180.0
    order, upwards = np.argsort(lon), np.argsort(grid.lat)
    lat = grid.lat[upwards]
    lon = lon[order]
    values = np.asarray(fraction)[np.ix_(upwards, order)]
    if (
        lon[-1] - lon[0] > 360.0 - 2.5 * np.diff(lon).max()
    ):  # the whole circle: the contour must reach the seam from both sides
        seam = 0.5 * (values[:, :1] + values[:, -1:])
        values = np.hstack([seam, values, seam])
        lon = np.concatenate([[-180.0], lon, [180.0]])
        keep = np.concatenate([[True], np.diff(lon) > 1e-9])
        values, lon = values[:, keep], lon[keep]
    if not values.min() < 0.5 < values.max():
        return []
    lines = Figure().add_subplot().contour(lon, lat, values, levels=[0.5]).allsegs[0]
    return [line for line in lines if np.ptp(line, axis=0).max() >= smallest]


@functools.lru_cache(maxsize=32)
def projection(region: Region):
    """Projection of a region (cartopy): Equal Earth for the globe and the northern hemisphere, Lambert's equal-area
    azimuthal for the pole."""
    from cartopy import crs

    projections = {"global": crs.EqualEarth, "robinson": crs.Robinson, "north": crs.EqualEarth}
    if isinstance(region, View):
        return crs.EqualEarth()
    if region == "polar":
        return crs.LambertAzimuthalEqualArea(central_longitude=0.0, central_latitude=90.0)
    if region not in projections:
        raise ValueError(f"map: expected a region of {', '.join(REGIONS)}, found {region!r}.")
    return projections[region]()


@functools.cache
def _degrees():
    """Longitudes and latitudes as cartopy has them; to make it takes longer than to use it."""
    from cartopy import crs

    return crs.PlateCarree()


def project(region: Region, lon: Array, lat: Array) -> tuple[Array, Array]:
    """Positions on the map, in the metres of the projection about the middle of the region."""
    points = projection(region).transform_points(_degrees(), _from_middle(region, lon), np.asarray(lat, dtype=float))
    return points[..., 0], points[..., 1]


@functools.lru_cache(maxsize=32)
def outline(region: Region) -> NDArray:
    """(point, 2) border of the map in metres."""
    view = region if isinstance(region, View) else None
    south, north = (view.south, view.north) if view else (REGIONS[region][1], 90.0)
    half = 0.5 * (view.east - view.west) if view else 180.0
    if region == "polar":
        lon, lat = np.linspace(-180, 180, 361), np.zeros(361)
    else:
        side = np.linspace(south, north, 181)
        across = np.linspace(-half, half, 181)
        lon = np.concatenate([across, np.full(181, half), across[::-1], np.full(181, -half)])
        lat = np.concatenate([np.full(181, south), side, np.full(181, north), side[::-1]])
    return np.column_stack(project(region, _middle(region) + np.clip(lon, -EDGE, EDGE), lat))


def metres_of(region: Region, dots: int) -> tuple[Array, Array]:
    """Metres of the columns and of the rows, which begin in the north, of a raster of so many dots across the map."""
    (west, south), (east, north) = outline(region).min(0), outline(region).max(0)
    rows = max(1, round(dots * (north - south) / (east - west)))
    x = west + (east - west) * (np.arange(dots) + 0.5) / dots
    return x, north - (north - south) * (np.arange(rows) + 0.5) / rows


def positions(region: Region, dots: int | tuple[Array, Array]) -> tuple[Array, Array]:
    """Longitude, (row, column), and latitude of the dots of a raster over the map; longitudes outside are NaN. Where
    parallels are straight the latitudes are (row, 1).

    Parameters
    ----------
    region : Region
    dots : int or (x, y)
        Number of dots across the whole map, whose rows then begin in the north; or the metres of columns and rows.
    """
    x, y = metres_of(region, dots) if isinstance(dots, int) else dots

    (_, low), (east, high) = outline(region).min(0), outline(region).max(0)
    if region == "polar":
        mesh = np.meshgrid(x, y)
        points = _degrees().transform_points(projection(region), *mesh)
        inside = np.hypot(*mesh) <= east
        return np.where(inside, points[..., 0], np.nan), np.where(inside, points[..., 1], np.nan)
    # Parallels are straight and meridians divide them evenly, so that one column of inverses serves the picture.
    there = (y >= low) & (y <= high)
    lat = _degrees().transform_points(projection(region), np.zeros(y.size), np.clip(y, low, high))[:, 1]
    middle = _middle(region)
    half = 0.5 * (region.east - region.west) if isinstance(region, View) else 180.0
    reach, _ = project(region, np.full(y.size, middle + EDGE), lat)
    lon = x / reach[:, None] * EDGE
    inside = (np.abs(lon) <= half) & there[:, None]
    return np.where(inside, middle + lon, np.nan), lat[:, None]


def index(grid: Grid, lon: Array, lat: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Row and column of the cell whose edges enclose each position, and whether there is one.

    Longitudes and latitudes, and so rows and columns, need not have one shape, but shapes that broadcast together.
    """
    lat_edges = grid.lat_edges if grid.lat_edges[0] < grid.lat_edges[-1] else grid.lat_edges[::-1]
    row = np.searchsorted(lat_edges, lat, side="right") - 1  # what is missing lies behind the last edge
    row = np.where(lat == lat_edges[-1], grid.lat.size - 1, row)
    first = grid.lon_edges[0]
    east = np.asarray(lon - first)
    folded = (east < 0.0) | (east >= 360.0)  # often none: a remainder takes longer than all else here
    if folded.any():
        east[folded] %= 360.0
    column = np.searchsorted(grid.lon_edges, east + first, side="right") - 1
    inside = (row >= 0) & (row < grid.lat.size) & (column >= 0) & (column < grid.lon.size)
    row, column = (
        np.minimum(np.maximum(place, 0), size - 1) for place, size in ((row, grid.lat.size), (column, grid.lon.size))
    )
    if grid.lat_edges[0] > grid.lat_edges[-1]:
        row = grid.lat.size - 1 - row
    return row, column, inside


def projected_lines(region: Region, lines: list[Array]) -> list[Array]:
    """Lines on the map, cut where they leave the region or jump over its seam."""
    south = frame(region)[1] - 3.0
    if not lines:
        return []
    joined = np.concatenate(lines)
    starts = np.zeros(joined.shape[0], dtype=bool)
    starts[np.cumsum([0, *map(len, lines[:-1])])] = True
    turned = _from_middle(region, joined[:, 0])
    x, y = project(region, _middle(region) + np.clip(turned, -EDGE, EDGE), joined[:, 1])
    starts[1:] |= np.abs(np.diff(turned)) > 180.0
    inside = (joined[:, 1] >= south) & np.isfinite(x) & np.isfinite(y)
    starts[1:] |= inside[1:] != inside[:-1]
    pieces = np.split(np.column_stack([x, y]), np.flatnonzero(starts)[1:])
    kept = np.split(inside, np.flatnonzero(starts)[1:])
    return [piece for piece, inner in zip(pieces, kept) if inner[0] and len(piece) > 1]


def graticule(region: Region) -> list[Array]:
    """Parallels and meridians on the map."""
    _, south, parallels, meridians = frame(region)
    along = _middle(region) + np.linspace(-EDGE, EDGE, 181)
    up = np.linspace(south, 88.0, 91)
    lines = [np.column_stack([along, np.full(181, float(lat))]) for lat in parallels]
    return projected_lines(region, lines + [np.column_stack([np.full(91, float(lon)), up]) for lon in meridians])


def western_end(region: Region, lat: float) -> tuple[Array, Array]:
    """Longitude and latitude, (1,) each, of the western end of a parallel on the map."""
    west = region.west + 1e-4 if isinstance(region, View) else -EDGE
    return np.array([west]), np.array([float(lat)])
