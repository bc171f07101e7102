"""Rings across the date line: a polygon whose longitudes jump from 180 to -180 becomes one that goes on beyond 180."""

import numpy as np

from vadose.core.arrays import Array

TURN = 360.0


def across(geometry):
    """Polygons whose rings go on where they cross the date line.

    Parameters
    ----------
    geometry : (feature,) array of polygons
        Degrees. An edge longer than 180 degrees is the shorter way around the globe, across the date line; but not one
        of a whole turn (from -180 to 180), which is the border of a band around the globe. A ring around a pole is
        closed along the pole's parallel.

    Returns
    -------
    (feature,) array of polygons
        Longitudes beyond 180 (or below -180) where a polygon crosses; one that does not cross is the same.
    (feature,) bool array
        Which cross.
    """
    import shapely

    out, crossing = np.array(geometry, dtype=object), np.zeros(len(geometry), dtype=bool)
    for number, shape in enumerate(out):
        polygons = list(shapely.get_parts(shape))
        turned = [_polygon(shapely, part) for part in polygons]
        crossing[number] = any(new is not old for new, old in zip(turned, polygons, strict=True))
        if crossing[number]:
            out[number] = shapely.multipolygons(turned)
    return out, crossing


def _polygon(shapely, polygon):
    rings = [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
    if not any(_jumps(ring[:, 0]).any() for ring in rings):
        return polygon
    shell, *holes = (_ring(ring) for ring in rings)
    middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
    moved = []
    for hole in holes:  # each turn of the globe that brings it nearest to the shell
        turns = np.round((middle - (hole[:, 0].min() + hole[:, 0].max()) / 2) / TURN)
        moved.append(hole + [turns * TURN, 0.0])
    return shapely.Polygon(shell, moved)


def _jumps(lon: Array) -> Array:
    """Which edges are the shorter way across the date line."""
    size = np.abs(np.diff(lon))
    return (size > TURN / 2) & (size < TURN - 1e-9)


def _ring(points: Array) -> Array:
    """Coordinates of a ring without jumps; closed through the pole where it goes around it."""
    step = np.diff(points[:, 0])
    step = np.where(_jumps(points[:, 0]), step - np.sign(step) * TURN, step)
    lon = points[0, 0] + np.concatenate([[0.0], np.cumsum(step)])
    out = np.column_stack([lon, points[:, 1]])
    if abs(lon[-1] - lon[0]) < TURN / 2:
        return out
    pole = 90.0 if points[:, 1].mean() > 0 else -90.0
    return np.vstack([out, [lon[-1], pole], [lon[0], pole], out[:1]])
