"""Writes WWF Terrestrial Ecoregions: the shapefile with the attribute table, the invalid and the null geometries of the
real one."""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.files.atomic import replacing

STEM = "wwf_terr_ecos"
ZIP_TIME = (2000, 1, 1, 0, 0, 0)  # no clock time in a product
REALMS = ("AN", "AT", "AA", "IM", "NA", "NT", "OC", "PA")


def write(dataset: xr.Dataset, path: Path) -> Path:
    """The ecoregions as a ZIP (`path` ends in .zip; members in official/) or as a shapefile with its parts (`path` is a
    folder).

    Parameters
    ----------
    dataset : Dataset
        biome(lat, lon), codes 1..14, 98, 99, NaN where no land; any even grid. Every connected area of a biome becomes
        one feature.
    path : Path
        ZIP or folder.

    Returns
    -------
    Path
        The ZIP, or the .shp.
    """
    path = Path(path)
    table = _table(dataset["biome"].transpose("lat", "lon").sortby("lat"))
    with tempfile.TemporaryDirectory(prefix="vadose_") as folder:
        shapefile = Path(folder) / f"{STEM}.shp"
        # The date in the .dbf would otherwise be the day of writing.
        table.to_file(
            shapefile,
            engine="pyogrio",
            encoding="ISO-8859-1",
            layer_options={"DBF_DATE_LAST_UPDATE": "2004-03-01"},
            promote_to_multi=False,
        )
        parts = sorted(Path(folder).glob(f"{STEM}.*"))
        if path.suffix == ".zip":
            with (
                replacing(path, durable=False) as unfinished,
                zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                for each in parts:
                    archive.writestr(
                        zipfile.ZipInfo(f"official/{each.name}", ZIP_TIME), each.read_bytes(), zipfile.ZIP_DEFLATED
                    )
            return path
        path.mkdir(parents=True, exist_ok=True)
        # The .shp comes last: while it is missing there is no product.
        for each in sorted(parts, key=lambda part: part.suffix == ".shp"):
            with replacing(path / each.name, durable=False) as unfinished:
                unfinished.write_bytes(each.read_bytes())
        return path / shapefile.name


def _table(biome: xr.DataArray):
    """One record for every connected area, with the fields of the archive; the first polygon invalid, one geometry
    null."""
    import geopandas
    import shapely
    from rasterio import Affine
    from rasterio.features import shapes

    lat, lon = biome["lat"].values, biome["lon"].values
    dy, dx = lat[1] - lat[0], lon[1] - lon[0]
    codes = np.nan_to_num(biome.values).astype(np.int16)
    transform = Affine(dx, 0.0, lon[0] - dx / 2, 0.0, dy, lat[0] - dy / 2)
    pairs = [
        (shapely.geometry.shape(area), int(code)) for area, code in shapes(codes, mask=codes > 0, transform=transform)
    ]
    pairs.sort(key=lambda pair: (pair[1], pair[0].bounds))
    geometry = np.array([area for area, _ in pairs], dtype=object)
    code = np.array([value for _, value in pairs], dtype=float)
    geometry[0] = _with_spike(shapely, geometry[0], dx)
    geometry, code = np.append(geometry, [None]), np.append(code, code[0])
    number = np.arange(1, code.size + 1)
    area = np.array([0.0 if each is None else each.area for each in geometry])
    length = np.array([0.0 if each is None else each.length for each in geometry])
    return geopandas.GeoDataFrame(
        {
            "OBJECTID": number,
            "AREA": area,
            "PERIMETER": length,
            "ECO_NAME": [f"Cordillera de Mérida páramo {value}" for value in number],  # latin-1 in the archive
            "REALM": [REALMS[value % len(REALMS)] for value in number],
            "BIOME": code,  # a double in the archive
            "ECO_NUM": number.astype(float),
            "ECO_ID": 10000.0 + number,
            "ECO_SYM": number.astype(float),
            "GBL_STAT": np.ones(code.size),
            "G200_REGIO": [""] * code.size,
            "G200_NUM": np.zeros(code.size),
            "G200_BIOME": np.zeros(code.size),
            "G200_STAT": np.zeros(code.size),
            "Shape_Leng": length,
            "Shape_Area": area,
            "area_km2": np.round(area * 12364).astype(int),
            "eco_code": [f"NT{value:04d}" for value in number],
        },
        geometry=geometry,
        crs=4326,
    )


def _with_spike(shapely, polygon, width: float):
    """The polygon with a line out of its first corner and back: invalid as many in the archive are, its area
    unchanged."""
    ring = np.array(polygon.exterior.coords)
    corner = ring[0]
    tip = corner + np.array([-0.3 * width, -0.2 * width])
    tip = np.clip(tip, [-180.0, -90.0], [180.0, 90.0])
    return shapely.Polygon(np.vstack([corner, tip, ring]), [hole.coords for hole in polygon.interiors])
