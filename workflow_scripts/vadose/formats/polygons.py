"""Regions as polygons: any shapefile, GeoPackage or GeoJSON with a column of names, in any coordinate reference system;
among them those that the library ships (IPCC AR6 reference regions, countries).

Features of one name are one region. Codes count regions from 1 in the order of the file.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray
from vadose.formats import burn, canonical, dateline, vector
from vadose.formats.opening import FormatError

PRODUCT = "polygons"
VARIABLES = ("region",)
LOG = logging.getLogger(__name__)
# South and west: a cell whose centre lies on a border belongs to the region west or south of it, as regionmask has it.
NUDGE = (1e-10, 1e-8)
MOST = 32767  # regions
EMPTY = "regions_without_cells"
SUFFIXES = (".shp", ".zip", ".gpkg", ".geojson", ".json")


class Regions(NamedTuple):
    """Regions of a file."""

    names: list[str]
    geometry: AnyArray  # (region,) valid polygons, degrees
    counts: dict[str, int]  # features skipped, repaired, and across the date line


def read(
    path: Path, lat: Sequence[float], lon: Sequence[float], *, name: str | None = None, rule: str = "centre"
) -> xr.Dataset:
    """Region of every cell of a grid.

    Parameters
    ----------
    path : Path
        Shapefile (or its ZIP), GeoPackage of one layer, or GeoJSON. Without a coordinate reference system the
        coordinates are taken for degrees.
    lat, lon : (row,), (column,) arrays
        Centres of an even grid in degrees, ascending; beyond 180 where the grid crosses the date line.
    name : str, optional
        Column with the names of the regions; needed where there are several columns of text.
    rule : str
        As in `vadose.formats.burn.cover`. Where regions overlap, the later one of the file wins.

    Returns
    -------
    Dataset
        region(lat, lon), float32 code, NaN where no region is; name(code), of all regions of the file. Attributes of
        region: `skipped_features` (without geometry or name), `repaired_features`, `features_across_date_line`,
        `overlapping_cells` (centres in several regions) and `regions_without_cells`.

    Raises
    ------
    FormatError
        If the file is of another kind or cut, or has no such column, no polygons, no place on Earth.
    """
    lat, lon = burn.even("lat", lat), burn.even("lon", lon)
    regions = load(Path(path), name)
    codes = np.arange(1, len(regions.names) + 1)
    values = burn.cover(regions.geometry, codes, lat, lon, rule=rule, nudge=NUDGE)
    overlapping = int((burn.depth(regions.geometry, lat, lon, NUDGE) > 1).sum())
    empty = [one for code, one in zip(codes, regions.names, strict=True) if not (values == code).any()]
    counts = regions.counts | {"overlapping_cells": overlapping, EMPTY: len(empty)}
    for what, number in counts.items():
        if number:  # a study of a part of the Earth has no cell in most regions
            level = logging.INFO if what == EMPTY else logging.WARNING
            LOG.log(level, "%s: %s: %d", path, what.replace("_", " "), number)
    dataset = canonical.label(
        xr.Dataset(
            {"region": (("lat", "lon"), values)},
            coords={"lat": lat, "lon": lon, "code": codes, "name": ("code", np.array(regions.names, dtype=object))},
        )
    )
    dataset["region"].attrs |= counts
    return dataset


def load(path: Path, name: str | None = None) -> Regions:
    """Regions of a file in degrees, each once.

    Parameters
    ----------
    path, name
        As in `read`.

    Raises
    ------
    FormatError
        As `read`.
    """
    import shapely

    table = vector.load(path, PRODUCT)
    column = _column(path, [str(one) for one in table.columns if one != table.geometry.name], table, name)
    if table.crs is not None and table.crs.to_epsg() != 4326:
        table = table.to_crs(4326)
    there = ~(table.geometry.isna() | table.geometry.is_empty | table[column].isna())
    skipped, table = int((~there).sum()), table[there]
    kinds = set(table.geometry.geom_type) - {"Polygon", "MultiPolygon"}
    if table.empty or kinds:
        raise FormatError(
            f"{path}: expected polygons with names in {column}, found {', '.join(sorted(kinds)) or 'none'}. Check the "
            "file."
        )
    geometry = shapely.force_2d(table.geometry.to_numpy())
    if not np.isfinite(shapely.bounds(geometry)).all():
        raise FormatError(
            f"{path}: expected coordinates that are a place on Earth, found infinite ones. Mend the file."
        )
    vector.expect_degrees(table, path)
    geometry, across = dateline.across(geometry)
    geometry, invalid = vector.mended(geometry)
    names = table[column].map(lambda value: f"{value:g}" if isinstance(value, float) else str(value)).to_numpy()
    each = list(dict.fromkeys(names))
    if len(each) > MOST:
        raise FormatError(f"{path}: expected at most {MOST} regions, found {len(each)}. Choose another column by name.")
    joined = [geometry[names == one] for one in each]
    whole = np.array([part[0] if len(part) == 1 else shapely.union_all(part) for part in joined], dtype=object)
    counts = {"skipped_features": skipped, "repaired_features": int(invalid.sum())}
    return Regions(each, whole, counts | {"features_across_date_line": int(across.sum())})


def _column(path: Path, columns: Sequence[str], table, name: str | None) -> str:
    """The column of names: the one that is asked for, or the only one of text."""
    if name is not None:
        if name not in columns:
            raise FormatError(
                f"{path}: expected a column {name} with the names of the regions, found "
                f"{', '.join(columns) or 'none'}. Correct datasets.<id>.name."
            )
        return name
    text = [one for one in columns if table[one].map(lambda value: isinstance(value, str)).any()]
    if len(text) != 1:
        raise FormatError(
            f"{path}: expected one column of text with the names of the regions, found {', '.join(text) or 'none'}. "
            f"Say which of {', '.join(columns) or 'no columns'} has them: datasets.<id>.name."
        )
    return text[0]


def times_of(path: Path) -> AnyArray:
    """No time: the map is of no year. (0,) datetime64[ns]."""
    return np.array([], dtype="datetime64[ns]")


def months(
    paths: Sequence[Path],
    variables: Sequence[str],
    years: tuple[int, int],
    *,
    lat: Sequence[float],
    lon: Sequence[float],
    name: str | None = None,
    rule: str = "centre",
    allow_missing: bool = False,
) -> Iterator[xr.Dataset]:
    """The one map, whatever the years (`vadose.formats.protocol.Reader.months`), on the grid as in `read`.

    Parameters
    ----------
    paths : sequence of Path
        The file; parts of a shapefile beside it are passed over.
    variables : sequence of str
        Canonical names, of `VARIABLES`.
    years : (first, last)
        Calendar years, inclusive.
    lat, lon : sequences of float
        degrees, centres of the grid.
    name, rule
        As in `read`.
    allow_missing : bool
        Has no say in a map.

    Raises
    ------
    FormatError
        If there are several files, or as `read`.
    """
    chosen = [path for path in map(Path, paths) if path.suffix.lower() in SUFFIXES] or list(map(Path, paths))
    if len(chosen) != 1:
        raise FormatError(
            f"expected one file of {PRODUCT}, found {', '.join(map(str, chosen)) or 'none'}. Narrow "
            "datasets.<id>.pattern."
        )
    yield read(chosen[0], lat, lon, name=name, rule=rule)


def check(path: Path, *, name: str | None = None, rule: str = "centre") -> None:
    """Open the file and verify kind, parts and columns from its headers; the rule has no say in that.

    Raises
    ------
    FormatError
        As `read`, except for what only the polygons can show.
    """
    read = vector.about(Path(path), PRODUCT)
    vector.expect_polygons(read, Path(path), PRODUCT)
    fields = [str(one) for one in read["fields"]]
    if name is not None and name not in fields:
        raise FormatError(
            f"{path}: expected a column {name} with the names of the regions, found {', '.join(fields) or 'none'}. "
            "Correct datasets.<id>.name."
        )
