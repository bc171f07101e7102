"""Writes GOSIF-GPP files: GeoTIFF with north up, unsigned 16-bit integers, fills for water and ice, compressed with
gzip."""

import gzip
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.files.atomic import replacing
from vadose.formats.gosif_gpp import FILLS, SCALE

SUFFIX = {"8-day": "{year}{day:03d}", "monthly": "{year}.M{month:02d}", "annual": "{year}"}


def write(dataset: xr.Dataset, folder: Path, *, kind: str = "monthly", ice: np.ndarray | None = None) -> list[Path]:
    """One file GOSIF_GPP_..._Mean.tif.gz for every step of a canonical dataset.

    Parameters
    ----------
    dataset : Dataset
        gross_primary_productivity(time, lat, lon) in g m-2 d-1, NaN where water or ice; time is the start of each step;
        any even grid.
    folder : Path
        Where the files go; made if absent.
    kind : str
        "8-day", "monthly" or "annual".
    ice : (lat, lon) bool array, optional
        Where a missing value is permanent snow and ice (fill 65534) and not water (65535), in the order of the dataset.

    Returns
    -------
    list of Path
    """
    import rasterio
    from rasterio.io import MemoryFile

    field = dataset["gross_primary_productivity"].transpose("time", "lat", "lon")
    frozen = xr.DataArray(
        np.zeros(field.shape[1:], dtype=bool) if ice is None else ice, coords=[field["lat"], field["lon"]]
    )
    field, frozen = field.sortby("lat", ascending=False), frozen.sortby("lat", ascending=False)
    lat, lon = field["lat"].values, field["lon"].values
    step = lon[1] - lon[0]
    profile = {
        "driver": "GTiff",
        "dtype": "uint16",
        "count": 1,
        "height": lat.size,
        "width": lon.size,
        "crs": rasterio.crs.CRS.from_epsg(4326),
        "transform": rasterio.Affine(step, 0.0, lon[0] - step / 2, 0.0, -step, lat[0] + step / 2),
    }
    Path(folder).mkdir(parents=True, exist_ok=True)
    paths = []
    for index, start in enumerate(field["time"].values):
        values = field.values[index].astype(float) * _days(start, kind) / SCALE[kind]
        if np.any(np.round(values[np.isfinite(values)]) >= FILLS[1]) or np.any(values < 0):
            raise ValueError(
                "gross_primary_productivity: expected values that fit into 16 bits without a sign, found larger or "
                "negative ones."
            )
        packed = np.where(np.isnan(values), np.where(frozen.values, FILLS[1], FILLS[0]), np.round(values)).astype(
            np.uint16
        )
        with MemoryFile() as memory:
            with memory.open(**profile) as raster:
                raster.write(packed, 1)
            plain = bytes(memory.getbuffer())
        path = Path(folder) / f"GOSIF_GPP_{_label(start, kind)}_Mean.tif.gz"
        # Neither name nor clock time in the header: equal inputs, equal bytes.
        with (
            replacing(path, durable=False) as part,
            open(part, "wb") as stream,
            gzip.GzipFile("", "wb", 6, stream, mtime=0) as zipped,
        ):
            zipped.write(plain)
        paths.append(path)
    return paths


def _days(start: np.datetime64, kind: str) -> float:
    """Days over which the file's number is summed (1 for a rate a day)."""
    if kind == "8-day":
        return 1.0
    if kind == "monthly":
        return float(calendar.days_in_month(np.array([start]))[0])
    year = start.astype("datetime64[Y]")
    return float(((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")) / np.timedelta64(1, "D"))


def _label(start: np.datetime64, kind: str) -> str:
    day = start.astype("datetime64[D]")
    year = start.astype("datetime64[Y]")
    ordinal = int((day - year.astype("datetime64[D]")) / np.timedelta64(1, "D")) + 1
    return SUFFIX[kind].format(year=year, day=ordinal, month=calendar.month_of(np.array([start]))[0])
