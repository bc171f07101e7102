"""By what a reader finds his way on the map: cities for the search and borders of countries, of Natural Earth as the
library ships it."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from vadose import formats
from vadose.formats import polygons
from vadose.pages.atlas import packing

SHIPPED = Path(formats.__file__).parent / "shipped"
HUNDREDTHS = 100  # of a degree, in which borders are drawn
LONGEST_EDGE = 1.0  # degrees; edges are straight in longitude and latitude, and the page draws great circles


def cities() -> list[list]:
    """Name, latitude and longitude of each city."""
    features = json.loads((SHIPPED / "cities.geojson").read_text(encoding="utf-8"))["features"]
    return [[each["properties"]["name"], *reversed(each["geometry"]["coordinates"])] for each in features]


@cache
def borders() -> str:
    """Borders between two countries, without coasts, which the page draws from the land mask of the run.

    Returns
    -------
    str
        Compressed two-byte numbers: line after line the count of its points, then longitudes and then latitudes in
        hundredths of a degree, each but the first as the step from the point before.
    """
    import shapely

    countries = polygons.load(SHIPPED / "countries.geojson", "name").geometry
    points, ring = shapely.get_coordinates(shapely.get_parts(shapely.boundary(countries)), return_index=True)
    edges = np.stack([points[:-1], points[1:]], axis=1)[ring[:-1] == ring[1:]]
    backwards = (edges[:, 0] > edges[:, 1])[:, 0] | (
        (edges[:, 0, 0] == edges[:, 1, 0]) & (edges[:, 0, 1] > edges[:, 1, 1])
    )
    edges[backwards] = edges[backwards][:, ::-1]
    edges, count = np.unique(edges, axis=0, return_counts=True)
    shared = shapely.line_merge(shapely.multilinestrings(edges[count > 1]))
    lines = shapely.get_parts(shapely.segmentize(shared, LONGEST_EDGE))
    parts = []
    for line in lines:
        steps = np.rint(shapely.get_coordinates(line) * HUNDREDTHS).astype(np.int16)
        parts += [[len(steps)], *np.diff(steps, axis=0, prepend=np.int16(0)).T]
    return packing.compressed(packing.to_bytes(np.concatenate(parts).astype(np.int16)))
