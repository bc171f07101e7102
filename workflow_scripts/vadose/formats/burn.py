"""Polygons onto the cells of a grid: each cell takes the code at its centre, or the one with the largest part of it."""

from collections.abc import Sequence

import numpy as np

from vadose.core.arrays import AnyArray, Array

RULES = ("centre", "majority")
# ASSUME: 10 x 10 points a cell give the share of a region well enough to find the largest.
SUBDIVISION = 10
BAND = 4_000_000  # points burnt at a time: bounded memory whatever the grid
WIDTHS = ((255, "uint8"), (65535, "uint16"), (2**31 - 1, "int32"))


def cover(
    geometry: AnyArray,
    codes: AnyArray,
    lat: Array,
    lon: Array,
    *,
    rule: str,
    nudge: tuple[float, float] = (0.0, 0.0),
    band: int = BAND,
) -> Array:
    """Code of every cell.

    Parameters
    ----------
    geometry : (feature,) array of polygons, degrees
        May lie beyond 180 or below -180 degrees east.
    codes : (feature,) int array
        Above 0; where polygons overlap, the later one wins.
    lat, lon : (row,), (column,) arrays
        Centres from `even`, degrees.
    rule : str
        "centre": the code at the centre of the cell. "majority": the code with the largest part of the cell; what has
        none does not vote, and the lower code wins a tie.
    nudge : (south, west), degrees
        How far the points are moved before they are looked up, which decides those on a border.
    band : int
        Points burnt at a time; changes nothing but memory.

    Returns
    -------
    (row, column) float32 array
        NaN where no polygon is.
    """
    if rule not in RULES:
        raise ValueError(f"rule: expected one of {', '.join(RULES)}, found {rule}.")
    factor = SUBDIVISION if rule == "majority" else 1
    out = np.full((lat.size, lon.size), np.nan, dtype=np.float32)
    shapes = _around(geometry, codes, lon)
    at_once = max(1, band // (lon.size * factor**2))
    for first in range(0, lat.size, at_once):
        rows = slice(first, min(first + at_once, lat.size))
        burnt = _burn(shapes, lat[rows], lon, lat[1] - lat[0], factor, nudge)
        out[rows] = burnt if factor == 1 else _most_frequent(burnt, factor)
    out[out == 0] = np.nan
    return out


def depth(geometry: AnyArray, lat: Array, lon: Array, nudge: tuple[float, float] = (0.0, 0.0)) -> Array:
    """Number of polygons over the centre of each cell.

    Parameters
    ----------
    geometry, lat, lon, nudge
        As in `cover`.

    Returns
    -------
    (row, column) int array
    """
    shapes = _around(geometry, np.ones(len(geometry), dtype=int), lon)
    return _burn(shapes, lat, lon, lat[1] - lat[0], 1, nudge, add=True)


def even(name: str, centres: Sequence[float]) -> Array:
    """Centres of an axis as an array.

    Raises
    ------
    ValueError
        If there are fewer than two, or they are not ascending and evenly spaced.
    """
    centres = np.asarray(centres, dtype=float)
    steps = np.diff(centres)
    if centres.ndim != 1 or centres.size < 2 or np.any(steps <= 0) or np.ptp(steps) > 1e-6 * steps[0]:
        raise ValueError(f"{name}: expected at least two ascending, evenly spaced centres in degrees, found {centres}.")
    return centres


def _around(geometry: AnyArray, codes: AnyArray, lon: Array) -> list[tuple]:
    """Polygons with their codes, again a turn of the globe further where the grid or a polygon goes beyond 180 (a
    region across the date line, an ecoregion drawn past it)."""
    import shapely

    half = (lon[1] - lon[0]) / 2
    west, east = lon[0] - half, lon[-1] + half
    bounds, codes = shapely.bounds(geometry), np.asarray(codes)
    shapes = []
    for turn in (-360.0, 0.0, 360.0):
        inside = (bounds[:, 2] + turn > west) & (bounds[:, 0] + turn < east)
        turned = geometry[inside]
        if turn:
            turned = shapely.transform(turned, lambda points, by=turn: points + [by, 0.0])
        shapes += list(zip(turned, codes[inside].astype(int)))
    return shapes


def _burn(shapes: list, lat: Array, lon: Array, dy: float, factor: int, nudge: tuple, *, add: bool = False) -> Array:
    """Code at the centre of every cell (of every subcell), rows from the south; 0 where there is none. Later features
    win."""
    from rasterio import Affine
    from rasterio.enums import MergeAlg
    from rasterio.features import rasterize

    dx = lon[1] - lon[0]
    west, south = lon[0] - dx / 2 - nudge[1], lat[0] - dy / 2 - nudge[0]
    shape = (lat.size * factor, lon.size * factor)
    highest = max([len(shapes) if add else 0, *(code for _, code in shapes)])
    dtype = next(name for most, name in WIDTHS if highest <= most)
    if not shapes:
        return np.zeros(shape, dtype)
    transform = Affine(dx / factor, 0.0, west, 0.0, dy / factor, south)
    merge = MergeAlg.add if add else MergeAlg.replace
    return rasterize(shapes, shape, fill=0, transform=transform, all_touched=False, dtype=dtype, merge_alg=merge)


def _most_frequent(codes: Array, factor: int) -> Array:
    """Most frequent code above 0 in every block; the lowest where several are equal; 0 where there is none."""
    rows, columns = codes.shape[0] // factor, codes.shape[1] // factor
    blocks = codes.reshape(rows, factor, columns, factor)
    best, most = np.zeros((rows, columns)), np.zeros((rows, columns), dtype=int)
    for code in np.unique(codes[codes > 0]):
        count = (blocks == code).sum(axis=(1, 3))
        larger = count > most
        best[larger], most[larger] = code, count[larger]
    return best
