"""Geometry of maps: projections and their borders, the cell under a position, coastlines from our own land mask, where
to put dots.

Pure functions of positions; `maps` draws. Projections are cartopy's, but nothing of it that would want the internet.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.grid import Grid

Region = Literal["global", "robinson", "north", "polar"]

REGIONS = {  # width / height, southern border, parallels and meridians of the graticule
    "global": (2.0546, -90.0, (-60, -30, 0, 30, 60), range(-120, 121, 60)),
    "robinson": (1.9716, -90.0, (-60, -30, 0, 30, 60), range(-120, 121, 60)),
    "north": (4.1093, 0.0, (30, 60), range(-120, 121, 60)),
    "polar": (1.0, 0.0, (30, 60), range(-180, 180, 60)),
}
EDGE = 179.9999  # degrees; the border itself belongs to both ends of the seam


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


def projection(region: Region):
    """Projection of a region (cartopy): Equal Earth for the globe and the northern hemisphere, Lambert's equal-area
    azimuthal for the pole."""
    from cartopy import crs

    projections = {"global": crs.EqualEarth, "robinson": crs.Robinson, "north": crs.EqualEarth}
    if region == "polar":
        return crs.LambertAzimuthalEqualArea(central_longitude=0.0, central_latitude=90.0)
    if region not in projections:
        raise ValueError(f"map: expected a region of {', '.join(REGIONS)}, found {region!r}.")
    return projections[region]()


def project(region: Region, lon: Array, lat: Array) -> tuple[Array, Array]:
    """Positions on the map, in the metres of the projection."""
    from cartopy import crs

    points = projection(region).transform_points(
        crs.PlateCarree(), np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    )
    return points[..., 0], points[..., 1]


@functools.lru_cache(maxsize=8)
def outline(region: Region) -> NDArray:
    """(point, 2) border of the map in metres."""
    south = REGIONS[region][1]
    if region == "polar":
        lon, lat = np.linspace(-180, 180, 361), np.zeros(361)
    else:
        side = np.linspace(south, 90.0, 181)
        across = np.linspace(-180.0, 180.0, 181)
        lon = np.concatenate([across, np.full(181, 180.0), across[::-1], np.full(181, -180.0)])
        lat = np.concatenate([np.full(181, south), side, np.full(181, 90.0), side[::-1]])
    return np.column_stack(project(region, np.clip(lon, -EDGE, EDGE), lat))


@functools.lru_cache(maxsize=8)
def positions(region: Region, columns: int) -> tuple[Array, Array]:
    """Longitude and latitude of the dots of a raster over the map, NaN outside; north first."""
    from cartopy import crs

    (west, south) = outline(region).min(0)
    (east, north) = outline(region).max(0)
    rows = max(1, round(columns * (north - south) / (east - west)))
    x = west + (east - west) * (np.arange(columns) + 0.5) / columns
    y = north - (north - south) * (np.arange(rows) + 0.5) / rows
    if region == "polar":
        mesh = np.meshgrid(x, y)
        points = crs.PlateCarree().transform_points(projection(region), *mesh)
        inside = np.hypot(*mesh) <= east
        return np.where(inside, points[..., 0], np.nan), np.where(inside, points[..., 1], np.nan)
    # Parallels are straight and meridians divide them evenly, so that one column of inverses serves the picture.
    lat = crs.PlateCarree().transform_points(projection(region), np.zeros(rows), y)[:, 1]
    reach, _ = project(region, np.full(rows, EDGE), lat)
    lon = x / reach[:, None] * EDGE
    inside = np.abs(lon) <= 180.0
    return np.where(inside, lon, np.nan), np.where(inside, lat[:, None], np.nan)


def index(grid: Grid, lon: Array, lat: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Row and column of the cell whose edges enclose each position, and whether there is one."""
    lat_edges = grid.lat_edges if grid.lat_edges[0] < grid.lat_edges[-1] else grid.lat_edges[::-1]
    valid = np.isfinite(lon) & np.isfinite(lat)
    safe_lon = np.where(valid, lon, 0.0)
    safe_lat = np.where(valid, lat, 0.0)
    row = np.searchsorted(lat_edges, safe_lat, side="right") - 1
    row = np.where(safe_lat == lat_edges[-1], grid.lat.size - 1, row)
    first = grid.lon_edges[0]
    column = np.searchsorted(grid.lon_edges, (safe_lon - first) % 360.0 + first, side="right") - 1
    inside = valid & (row >= 0) & (row < grid.lat.size) & (column >= 0) & (column < grid.lon.size)
    row = np.where(inside, row, 0)
    column = np.where(inside, column, 0)
    if grid.lat_edges[0] > grid.lat_edges[-1]:
        row = grid.lat.size - 1 - row
    return row, column, inside


def stipple(significant: Array, valid: Array, grid: Grid, spacing: float) -> tuple[Array, Array]:
    """Positions of dots: one for each block of about `spacing` degrees, at the centre, where most of the valid cells
    are significant.

    Parameters
    ----------
    significant, valid : (lat, lon) bool arrays
    grid : Grid
    spacing : float
        Degrees along the equator; towards the poles blocks grow in longitude, so that dots keep their distance. Cells
        larger than that carry one dot each.

    Returns
    -------
    lon, lat : (dot,) arrays
        Degrees, south to north.
    """
    tall = max(1, int(spacing // np.abs(np.diff(grid.lat)).mean() or 1))
    step = np.abs(np.diff(grid.lon)).mean()
    lon, lat = [], []
    for band, start in enumerate(range(0, grid.lat.size, tall)):
        rows = slice(start, min(start + tall, grid.lat.size))
        centre = grid.lat[rows].mean()
        wide = max(1, int(spacing / max(np.cos(np.deg2rad(centre)), 0.1) // step))
        starts = np.arange(0, grid.lon.size, wide)
        if (
            wide > 1 and band % 2
        ):  # every other band is shifted by half a block: no columns of dots that the eye takes for a pattern
            starts = np.concatenate([[0], starts[:-1] + wide // 2 + wide % 2]) if starts.size > 1 else starts
        counted = np.add.reduceat((significant & valid)[rows].sum(0), starts)
        total = np.add.reduceat(valid[rows].sum(0), starts)
        ends = np.append(starts[1:], grid.lon.size)
        sizes = (rows.stop - rows.start) * (ends - starts)
        chosen = (2 * counted > total) & (2 * total >= sizes)  # a block that is mostly sea carries no dot
        lon.append(0.5 * (grid.lon[starts] + grid.lon[ends - 1])[chosen])
        lat.append(np.full(chosen.sum(), centre))
    lon, lat = np.concatenate(lon), np.concatenate(lat)
    row, column, inside = index(grid, lon, lat)
    on_land = inside & valid[row, column]
    return lon[on_land], lat[on_land]


def projected_lines(region: Region, lines: list[Array]) -> list[Array]:
    """Lines on the map, cut where they leave the region or jump over its seam."""
    south = REGIONS[region][1] - 3.0
    if not lines:
        return []
    joined = np.concatenate(lines)
    starts = np.zeros(joined.shape[0], dtype=bool)
    starts[np.cumsum([0, *map(len, lines[:-1])])] = True
    x, y = project(region, np.clip(joined[:, 0], -EDGE, EDGE), joined[:, 1])
    starts[1:] |= np.abs(np.diff(joined[:, 0])) > 180.0
    inside = (joined[:, 1] >= south) & np.isfinite(x) & np.isfinite(y)
    starts[1:] |= inside[1:] != inside[:-1]
    pieces = np.split(np.column_stack([x, y]), np.flatnonzero(starts)[1:])
    kept = np.split(inside, np.flatnonzero(starts)[1:])
    return [piece for piece, inner in zip(pieces, kept) if inner[0] and len(piece) > 1]


def graticule(region: Region) -> list[Array]:
    """Parallels and meridians on the map."""
    _, south, parallels, meridians = REGIONS[region]
    along = np.linspace(-EDGE, EDGE, 181)
    up = np.linspace(south, 88.0, 91)
    lines = [np.column_stack([along, np.full(181, float(lat))]) for lat in parallels]
    return projected_lines(region, lines + [np.column_stack([np.full(91, float(lon)), up]) for lon in meridians])
