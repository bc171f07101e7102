"""Files of polygons: shapefiles (in a ZIP or beside their parts), GeoPackage and GeoJSON, every failure a sentence."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from vadose.formats.opening import FormatError, broken, expect, sniff, unreadable

SIBLINGS = (".shx", ".dbf")


def source(path: Path, product: str, preferred: str = "") -> str:
    """What GDAL opens; the parts that belong together must be there.

    Parameters
    ----------
    path : Path
        A shapefile, its ZIP, GeoPackage or GeoJSON.
    product : str
        For messages.
    preferred : str
        Name of the shapefile in a ZIP of several.

    Raises
    ------
    FormatError
        If the file is of another kind, cut, or lacks a part.
    """
    kind = sniff(path)
    if kind == "GeoJSON":
        if path.suffix.lower() in (".zip", ".gz", ".tar", ".tgz"):  # GDAL would open it as that
            raise FormatError(
                f"{path}: expected {product} as {path.suffix} by the name, found GeoJSON. Name the file .geojson."
            )
        return str(path)
    if kind == "GeoPackage" and not preferred:
        return str(path)
    expect(path, ("shapefile", "ZIP") if preferred else ("shapefile", "ZIP", "GeoPackage", "GeoJSON"), product)
    if kind == "shapefile":
        there = parts(path)
        absent = [suffix for suffix in SIBLINGS if suffix not in there]
        if absent:
            raise FormatError(
                f"{path}: expected its parts {', '.join(absent)} beside it, found none. Unpack the whole ZIP, or give "
                "the ZIP itself."
            )
        return str(path)
    return f"/vsizip/{path.absolute()}/{_in_zip(path, product, preferred)}"


def _in_zip(path: Path, product: str, preferred: str) -> str:
    """Name of the one shapefile in a ZIP whose members are whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise unreadable(path, product, error) from None
    if damaged:
        raise broken(path, product, f"member {damaged}")
    shapes = [name for name in names if name.lower().endswith(".shp") and not name.startswith("__MACOSX")]
    chosen = [name for name in shapes if preferred and name.lower().endswith(preferred)] or shapes
    if len(chosen) != 1:
        raise FormatError(
            f"{path}: expected one shapefile {f'{preferred} ' if preferred else ''}of {product}, found "
            f"{', '.join(shapes) or 'none'}. Check the ZIP."
        )
    lower = {name.lower() for name in names}
    absent = [suffix for suffix in SIBLINGS if chosen[0][:-4].lower() + suffix not in lower]
    if absent:
        raise FormatError(
            f"{path}: expected {chosen[0]} with its parts {', '.join(absent)}, found none. Fetch the ZIP again."
        )
    return chosen[0]


def parts(path: Path) -> dict[str, Path]:
    """The files of a shapefile by their extension in lower case, however it is written."""
    return {
        other.suffix.lower(): other
        for other in sorted(path.parent.iterdir())
        if other.stem.lower() == path.stem.lower() and other.is_file()
    }


def load(path: Path, product: str, preferred: str = "", encoding: str | None = None):
    """All features of a file.

    Parameters
    ----------
    path, product, preferred
        As in `source`.
    encoding : str, optional
        Of its table, where the file does not say it.

    Returns
    -------
    GeoDataFrame
        As the file has it.

    Raises
    ------
    FormatError
        As `source`; or if it is cut or cannot be decoded.
    """
    import geopandas
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    opened = source(path, product, preferred)
    options = {} if encoding is None else {"encoding": encoding}
    try:
        table = geopandas.read_file(opened, engine="pyogrio", **options)
    except (DataSourceError, DataLayerError, FeatureError, GeometryError, RuntimeError, UnicodeDecodeError) as error:
        raise unreadable(path, product, error) from None
    _expect_whole(opened, path, product)
    return table


def about(path: Path, product: str, preferred: str = "", encoding: str | None = None) -> dict:
    """Fields and kind of geometry from the headers of a file.

    Parameters
    ----------
    path, product, preferred, encoding
        As in `load`.

    Raises
    ------
    FormatError
        As `load`.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    opened = source(path, product, preferred)
    options = {} if encoding is None else {"encoding": encoding}
    try:
        return pyogrio.read_info(opened, **options)
    except (DataSourceError, DataLayerError) as error:
        raise unreadable(path, product, error) from None


def expect_polygons(read: Mapping, path: Path, product: str) -> None:
    """Check the kind of geometry that headers (`about`) tell of.

    Parameters
    ----------
    read : mapping
        From `about`.
    path, product
        As in `load`.

    Raises
    ------
    FormatError
        If the file holds no polygons.
    """
    if "olygon" not in str(read["geometry_type"]) and read["geometry_type"] not in (None, "Unknown"):
        raise FormatError(
            f"{path}: expected polygons of {product}, found {read['geometry_type']}. Check that the file is of this "
            "product."
        )


def _expect_whole(opened: str, path: Path, product: str) -> None:
    """GDAL reads a cut .shp without a word, its last features as null: compare the length with the one in its
    header."""
    if not opened.lower().endswith(".shp"):
        return
    if opened.startswith("/vsizip/"):
        return  # the checksum of every member was verified
    stated = int.from_bytes(path.read_bytes()[24:28], "big") * 2
    if stated != path.stat().st_size:
        raise broken(path, product, f"{path.stat().st_size} bytes where its header says {stated}")
    table = parts(path)[".dbf"]
    with open(table, "rb") as stream:
        head = stream.read(12)
    rows, start, width = (
        int.from_bytes(head[4:8], "little"),
        int.from_bytes(head[8:10], "little"),
        int.from_bytes(head[10:12], "little"),
    )
    if table.stat().st_size < start + rows * width:
        raise broken(table, product, f"{table.stat().st_size} bytes where its header says {start + rows * width}")


def expect_degrees(table, path: Path) -> None:
    """Coordinates are degrees, by their reference and by their size.

    Raises
    ------
    FormatError
        If they are not.
    """
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


def mended(geometry):
    """(feature,) valid polygons, and which had to be made valid; lines and points that the repair leaves over are
    dropped."""
    import shapely

    invalid = ~shapely.is_valid(geometry)
    geometry[invalid] = [_areas(shapely, each) for each in shapely.make_valid(geometry[invalid])]
    return geometry, invalid


def _areas(shapely, geometry):
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    areas = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(areas) if areas else shapely.Polygon()
