"""WWF Terrestrial Ecoregions of the World: the biome of every cell, from the shapefile (in its ZIP or beside it).

Olson et al. (2001), doi:10.1641/0006-3568(2001)051[0933:TEOTWA]2.0.CO;2.
"""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.formats import canonical
from vadose.formats.opening import FormatError, broken, expect, sniff, unreadable

PRODUCT = "WWF Terrestrial Ecoregions"
VARIABLES = ("biome",)
BIOMES = (*range(1, 15), 98, 99)  # 98 lake, 99 rock and ice
SIBLINGS = (".shx", ".dbf")
FIELDS = ("BIOME", "ECO_NAME")
RULES = ("centre", "majority")
# ASSUME: 10 x 10 points a cell give the share of a biome well enough to find the largest.
SUBDIVISION = 10
BAND = 4_000_000  # points burnt at a time: bounded memory whatever the grid


def read(path: Path, lat: Sequence[float], lon: Sequence[float], *, rule: str = "centre") -> xr.Dataset:
    """Biome of every cell of a grid.

    Parameters
    ----------
    path : Path
        The archive's ZIP, official/wwf_terr_ecos.shp out of it (with its .shx and .dbf), or a GeoJSON copy.
    lat, lon : (row,), (column,) arrays
        Centres of an even grid in degrees, ascending; beyond 180 where a region crosses the date line.
    rule : str
        "centre": the biome at the centre of the cell. "majority": the biome with the largest part of the cell; what has
        no biome (the sea) does not vote, and the lower code wins a tie.

    Returns
    -------
    Dataset
        biome(lat, lon), float32 code 1..14, 98 (lake) or 99 (rock and ice), NaN where no polygon is; attributes
        `skipped_features` (records without geometry) and `repaired_features` (invalid polygons made valid).

    Raises
    ------
    FormatError
        If the file is of another kind, cut, lacks BIOME, has other codes, or coordinates that are no degrees.
    """
    if rule not in RULES:
        raise ValueError(f"rule: expected one of {', '.join(RULES)}, found {rule}.")
    lat, lon = _even("lat", lat), _even("lon", lon)
    table = features(path)
    factor = SUBDIVISION if rule == "majority" else 1
    biome = np.full((lat.size, lon.size), np.nan, dtype=np.float32)
    shapes = _around(table, lon)
    band = max(1, BAND // (lon.size * factor**2))
    for first in range(0, lat.size, band):
        rows = slice(first, min(first + band, lat.size))
        codes = _burn(shapes, lat[rows], lon, lat[1] - lat[0], factor)
        biome[rows] = codes if factor == 1 else _most_frequent(codes, factor)
    biome[biome == 0] = np.nan
    dataset = canonical.label(xr.Dataset({"biome": (("lat", "lon"), biome)}, coords={"lat": lat, "lon": lon}))
    dataset["lat"].attrs, dataset["lon"].attrs = {"units": "degrees_north"}, {"units": "degrees_east"}
    dataset["biome"].attrs |= {name: table.attrs[name] for name in ("skipped_features", "repaired_features")}
    return dataset


def features(path: Path):
    """The polygons with their biome.

    Returns
    -------
    GeoDataFrame
        Columns biome (int), name (str) and geometry (valid polygons, EPSG:4326) in the order of the file; `attrs`
        counts the records skipped and repaired. One ecoregion may have many records.

    Raises
    ------
    FormatError
        As `read`.
    """
    import geopandas
    import shapely

    path = Path(path)
    source = _source(path)
    table = _load(geopandas, source, path)
    empty = table.geometry.isna() | table.geometry.is_empty
    table = table[~empty]
    if table.empty:
        raise FormatError(f"{path}: expected polygons of {PRODUCT}, found none. Delete the file and fetch it again.")
    _expect_degrees(table, path)
    try:
        codes = table["BIOME"].to_numpy(dtype=float)  # some copies hold text
    except (TypeError, ValueError):
        raise FormatError(
            f"{path}: expected BIOME as numbers, found {table['BIOME'].iloc[0]!r}. Check that the file is of {PRODUCT}."
        ) from None
    strange = sorted({code for code in codes if code not in BIOMES})
    if strange:
        raise FormatError(
            f"{path}: expected BIOME 1 to 14, 98 or 99, found {', '.join(f'{code:g}' for code in strange[:5])}. Check "
            f"that the file is of {PRODUCT}."
        )
    geometry = table.geometry.to_numpy()
    invalid = ~shapely.is_valid(geometry)
    geometry[invalid] = [_polygons(shapely, each) for each in shapely.make_valid(geometry[invalid])]
    names = table["ECO_NAME"].astype(str) if "ECO_NAME" in table else [""] * len(table)
    result = geopandas.GeoDataFrame({"biome": codes.astype(int), "name": list(names)}, geometry=geometry, crs=4326)
    result.attrs = {"skipped_features": int(empty.sum()), "repaired_features": int(invalid.sum())}
    return result


def times_of(path: Path) -> np.ndarray:
    """No time: the map is of no year. (0,) datetime64[ns]."""
    return np.array([], dtype="datetime64[ns]")


def months(
    paths: Sequence[Path],
    variables: Sequence[str],
    years: tuple[int, int],
    *,
    lat: Sequence[float],
    lon: Sequence[float],
    rule: str = "centre",
    allow_missing: bool = False,
) -> Iterator[xr.Dataset]:
    """The one map, whatever the years (`vadose.formats.protocol.Reader.months`), on the grid as in `read`.

    Parameters
    ----------
    paths : sequence of Path
        Files of the product, in any order.
    variables : sequence of str
        Canonical names, of `VARIABLES`.
    years : (first, last)
        Calendar years, inclusive.
    lat, lon : sequences of float
        degrees, centres of the grid.
    rule : str
        How cells are given to ecoregions, as in `read`.
    allow_missing : bool
        Whether steps within a month may be absent, which makes the month a missing one.

    Raises
    ------
    FormatError
        If there are several files, or as `read`.
    """
    if len(paths) != 1:
        raise FormatError(
            f"expected one file of {PRODUCT}, found {', '.join(map(str, paths)) or 'none'}. Keep the shapefile (or its "
            "ZIP) that you mean."
        )
    yield read(paths[0], lat, lon, rule=rule)


def check(path: Path, *, rule: str = "centre") -> None:
    """Open the file and verify kind, parts, fields and bounds from its headers; the rule has no say in that.

    Raises
    ------
    FormatError
        As `read`, except for what only the polygons can show.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    path = Path(path)
    try:
        source = _source(path)
        about = pyogrio.read_info(source, **_encoding(source, path))
    except (DataSourceError, DataLayerError) as error:
        raise unreadable(path, PRODUCT, error) from None
    _expect_biome(about["fields"], path)
    if "olygon" not in str(about["geometry_type"]) and about["geometry_type"] not in (None, "Unknown"):
        raise FormatError(
            f"{path}: expected polygons of {PRODUCT}, found {about['geometry_type']}. Check that the file is of this "
            "product."
        )


def _source(path: Path) -> str:
    """What GDAL opens; the parts that belong together must be there."""
    kind = sniff(path)
    if kind == "GeoJSON":
        if path.suffix.lower() in (".zip", ".gz", ".tar", ".tgz"):  # GDAL would open it as that
            raise FormatError(
                f"{path}: expected {PRODUCT} as {path.suffix} by the name, found GeoJSON. Name the file .geojson."
            )
        return str(path)
    expect(path, ("shapefile", "ZIP"), PRODUCT)
    if kind == "shapefile":
        parts = _parts(path)
        absent = [suffix for suffix in SIBLINGS if suffix not in parts]
        if absent:
            raise FormatError(
                f"{path}: expected its parts {', '.join(absent)} beside it, found none. Unpack the whole ZIP, or give "
                "the ZIP itself."
            )
        return str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise unreadable(path, PRODUCT, error) from None
    if damaged:
        raise broken(path, PRODUCT, f"member {damaged}")
    shapes = [name for name in names if name.lower().endswith(".shp") and not name.startswith("__MACOSX")]
    chosen = [name for name in shapes if name.lower().endswith("wwf_terr_ecos.shp")] or shapes
    if len(chosen) != 1:
        raise FormatError(
            f"{path}: expected one shapefile wwf_terr_ecos.shp of {PRODUCT}, found {', '.join(shapes) or 'none'}. "
            "Check the ZIP."
        )
    lower = {name.lower() for name in names}
    absent = [suffix for suffix in SIBLINGS if chosen[0][:-4].lower() + suffix not in lower]
    if absent:
        raise FormatError(
            f"{path}: expected {chosen[0]} with its parts {', '.join(absent)}, found none. Fetch the ZIP again."
        )
    return f"/vsizip/{path.absolute()}/{chosen[0]}"


def _parts(path: Path) -> dict[str, Path]:
    """The files of a shapefile by their extension in lower case, however it is written."""
    return {
        other.suffix.lower(): other
        for other in sorted(path.parent.iterdir())
        if other.stem.lower() == path.stem.lower() and other.is_file()
    }


def _load(geopandas, source: str, path: Path):
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    try:
        table = geopandas.read_file(source, engine="pyogrio", **_encoding(source, path))
    except (DataSourceError, DataLayerError, FeatureError, GeometryError, RuntimeError, UnicodeDecodeError) as error:
        raise unreadable(path, PRODUCT, error) from None
    _expect_biome(table.columns, path)
    _expect_whole(source, path)
    named = {str(column): str(column).upper() for column in table.columns if str(column).upper() in FIELDS}
    return table.rename(columns=named)


def _encoding(source: str, path: Path) -> dict[str, str]:
    """The archive's tables are in Latin-1 without saying so; a copy that names its encoding (.cpg, GeoJSON) does."""
    told = sniff(path) == "GeoJSON" or (source == str(path) and ".cpg" in _parts(path))
    return {} if told else {"encoding": "ISO-8859-1"}


def _expect_whole(source: str, path: Path) -> None:
    """GDAL reads a cut .shp without a word, its last features as null: compare the length with the one in its
    header."""
    if not source.lower().endswith(".shp"):
        return
    if source.startswith("/vsizip/"):
        return  # the checksum of every member was verified
    stated = int.from_bytes(path.read_bytes()[24:28], "big") * 2
    if stated != path.stat().st_size:
        raise broken(path, PRODUCT, f"{path.stat().st_size} bytes where its header says {stated}")
    table = _parts(path)[".dbf"]
    with open(table, "rb") as stream:
        head = stream.read(12)
    rows, start, width = (
        int.from_bytes(head[4:8], "little"),
        int.from_bytes(head[8:10], "little"),
        int.from_bytes(head[10:12], "little"),
    )
    if table.stat().st_size < start + rows * width:
        raise broken(table, PRODUCT, f"{table.stat().st_size} bytes where its header says {start + rows * width}")


def _expect_biome(columns: Sequence[str], path: Path) -> None:
    fields = [str(column).upper() for column in columns]
    if "BIOME" not in fields:
        hint = "BIOME_NUM belongs to RESOLVE Ecoregions 2017, another map. " if "BIOME_NUM" in fields else ""
        raise FormatError(
            f"{path}: expected the field BIOME of {PRODUCT}, found {', '.join(map(str, columns))}. {hint}Fetch the "
            "ecoregions of Olson et al. (2001)."
        )


def _around(table, lon: np.ndarray) -> list[tuple]:
    """Polygons with their biome, again a turn of the globe further where the grid or a polygon goes beyond 180 (a
    region across the date line, an ecoregion drawn past it)."""
    import shapely

    half = (lon[1] - lon[0]) / 2
    west, east = lon[0] - half, lon[-1] + half
    bounds = table.geometry.bounds
    shapes = []
    for turn in (-360.0, 0.0, 360.0):
        inside = (bounds["maxx"].to_numpy() + turn > west) & (bounds["minx"].to_numpy() + turn < east)
        geometry = table.geometry.to_numpy()[inside]
        if turn:
            geometry = shapely.transform(geometry, lambda points, by=turn: points + [by, 0.0])
        shapes += list(zip(geometry, table["biome"].to_numpy()[inside].astype(int)))
    return shapes


def _expect_degrees(table, path: Path) -> None:
    west, south, east, north = table.total_bounds
    if table.crs is not None and not table.crs.is_geographic:
        raise FormatError(
            f"{path}: expected coordinates in degrees (EPSG:4326), found {table.crs.name}. Fetch the original file."
        )
    if max(abs(west), abs(east)) > 360.001 or max(abs(south), abs(north)) > 90.001:
        raise FormatError(
            f"{path}: expected degrees within -360..360 and -90..90, found {west:g} to {east:g} and {south:g} to "
            f"{north:g}. "
            "The axes are swapped or the unit is another: fetch the original file."
        )


def _polygons(shapely, geometry):
    """The areas of a repaired geometry; lines and points that the repair leaves over are dropped."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _even(name: str, centres: Sequence[float]) -> np.ndarray:
    centres = np.asarray(centres, dtype=float)
    steps = np.diff(centres)
    if centres.ndim != 1 or centres.size < 2 or np.any(steps <= 0) or np.ptp(steps) > 1e-6 * steps[0]:
        raise ValueError(f"{name}: expected at least two ascending, evenly spaced centres in degrees, found {centres}.")
    return centres


def _burn(shapes: list, lat: np.ndarray, lon: np.ndarray, dy: float, factor: int) -> np.ndarray:
    """Code at the centre of every cell (of every subcell), rows from the south; 0 where there is none. Later features
    win."""
    from rasterio import Affine
    from rasterio.features import rasterize

    dx = lon[1] - lon[0]
    west, south = lon[0] - dx / 2, lat[0] - dy / 2
    transform = Affine(dx / factor, 0.0, west, 0.0, dy / factor, south)
    return rasterize(
        shapes, (lat.size * factor, lon.size * factor), fill=0, transform=transform, all_touched=False, dtype=np.uint8
    )


def _most_frequent(codes: np.ndarray, factor: int) -> np.ndarray:
    """Most frequent code above 0 in every block; the lowest where several are equal; 0 where there is none."""
    rows, columns = codes.shape[0] // factor, codes.shape[1] // factor
    blocks = codes.reshape(rows, factor, columns, factor)
    best, most = np.zeros((rows, columns)), np.zeros((rows, columns), dtype=int)
    for code in np.unique(codes[codes > 0]):
        count = (blocks == code).sum(axis=(1, 3))
        larger = count > most
        best[larger], most[larger] = code, count[larger]
    return best
