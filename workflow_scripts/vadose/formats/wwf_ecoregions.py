"""WWF Terrestrial Ecoregions of the World: the biome of every cell, from the shapefile (in its ZIP or beside it).

Olson et al. (2001), doi:10.1641/0006-3568(2001)051[0933:TEOTWA]2.0.CO;2.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.formats import burn, canonical, vector
from vadose.formats.opening import FormatError, sniff

PRODUCT = "WWF Terrestrial Ecoregions"
VARIABLES = ("biome",)
BIOMES = (*range(1, 15), 98, 99)  # 98 lake, 99 rock and ice
SHAPEFILE = "wwf_terr_ecos.shp"
FIELDS = ("BIOME", "ECO_NAME")
RULES, SUBDIVISION, BAND = burn.RULES, burn.SUBDIVISION, burn.BAND


def read(
    path: Path,
    lat: Sequence[float],
    lon: Sequence[float],
    *,
    rule: str = "centre",
    biomes: Sequence[int] = BIOMES,
) -> xr.Dataset:
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
    biomes : sequence of int
        Codes that count; polygons of the others are left out.

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
    lat, lon = burn.even("lat", lat), burn.even("lon", lon)
    table = features(path)
    table = table[table["biome"].isin(biomes)]
    biome = burn.cover(table.geometry.to_numpy(), table["biome"].to_numpy(), lat, lon, rule=rule, band=BAND)
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

    path = Path(path)
    table = vector.load(path, PRODUCT, SHAPEFILE, _encoding(path))
    _expect_biome(table.columns, path)
    named = {str(column): str(column).upper() for column in table.columns if str(column).upper() in FIELDS}
    table = table.rename(columns=named)
    empty = table.geometry.isna() | table.geometry.is_empty
    table = table[~empty]
    if table.empty:
        raise FormatError(f"{path}: expected polygons of {PRODUCT}, found none. Delete the file and fetch it again.")
    vector.expect_degrees(table, path)
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
    geometry, invalid = vector.mended(table.geometry.to_numpy())
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
    biomes: Sequence[int] = BIOMES,
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
    biomes : sequence of int
        As in `read`.
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
    yield read(paths[0], lat, lon, rule=rule, biomes=biomes)


def check(path: Path, *, rule: str = "centre", biomes: Sequence[int] = BIOMES) -> None:
    """Open the file and verify kind, parts, fields and bounds from its headers; the options have no say in that.

    Raises
    ------
    FormatError
        As `read`, except for what only the polygons can show.
    """
    path = Path(path)
    read = vector.about(path, PRODUCT, SHAPEFILE, _encoding(path))
    _expect_biome(read["fields"], path)
    vector.expect_polygons(read, path, PRODUCT)


def _encoding(path: Path) -> str | None:
    """The archive's tables are in Latin-1 without saying so; a copy that names its encoding (.cpg, GeoJSON) does."""
    kind = sniff(path)
    told = kind == "GeoJSON" or (kind == "shapefile" and ".cpg" in vector.parts(path))
    return None if told else "ISO-8859-1"


def _expect_biome(columns: Sequence[str], path: Path) -> None:
    fields = [str(column).upper() for column in columns]
    if "BIOME" not in fields:
        hint = "BIOME_NUM belongs to RESOLVE Ecoregions 2017, another map. " if "BIOME_NUM" in fields else ""
        raise FormatError(
            f"{path}: expected the field BIOME of {PRODUCT}, found {', '.join(map(str, columns))}. {hint}Fetch the "
            "ecoregions of Olson et al. (2001)."
        )
