"""MODIS land cover MCD12C1 v061 (LP DAAC): one HDF4-EOS file a year, or a GeoTIFF of its IGBP layer, at 0.05 degree.

Friedl and Sulla-Menashe (2022), doi:10.5067/MODIS/MCD12C1.061.

The files are HDF4, which only pyhdf reads among the pip wheels; it is imported late, inside the functions. Water is
class 0 here (17 in the 500 m product MCD12Q1). Latitudes and longitudes are not stored: they come from the corners in
StructMetadata.0.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import units
from vadose.formats import areas, canonical
from vadose.formats.opening import FormatError, expect, unreadable
from vadose.formats.raster import axes_of, geotiff
from vadose.formats.years import years_of_maps

PRODUCT = "MODIS land cover MCD12C1"
NAME = re.compile(r"^MCD12C1\.A(\d{4})001\.(061|006)\.(\d{13})\.(?:hdf|tiff?)$", re.IGNORECASE)
GRID = "MOD12C1"
VARIABLE = "Majority_Land_Cover_Type_1"
VARIABLES = ("land_cover",)
FILL = 255
CLASSES = range(17)  # IGBP: 0 water ... 16 barren


def year_of(path: Path) -> int:
    """Year of the map by the name of the file; the production stamp behind it is not predictable and says nothing.

    Raises
    ------
    FormatError
        If the name is not one of this product and version.
    """
    match = NAME.match(Path(path).name)
    if match is None:
        raise FormatError(
            f"{path}: expected a name like MCD12C1.A2010001.061.2022165213124.hdf, found another. "
            "Give the file its name in the archive back (version 061 or 006, .hdf or .tif; the name is the only place "
            "where the year stands)."
        )
    return int(match[1])


def times_of(path: Path) -> np.ndarray:
    """First of January of the year of a file. (1,) datetime64[ns]."""
    return np.array([f"{year_of(path)}-01-01"], dtype="datetime64[ns]")


def read(path: Path) -> xr.Dataset:
    """Land cover of one year in canonical form.

    Parameters
    ----------
    path : Path
        A file MCD12C1.A{YYYY}001.061.{stamp}.hdf, or a GeoTIFF of the IGBP layer under that name with .tif.

    Returns
    -------
    Dataset
        land_cover(lat, lon), IGBP code 0..16 as float32, NaN where the file has its fill value 255; latitudes ascend;
        scalar coordinate `year`.

    Raises
    ------
    FormatError
        If the file is of another kind or product, cut, lacks the variable or the grid, has swapped axes or codes beyond
        0..16.
    """
    path = Path(path)
    year = year_of(path)
    codes, lat, lon = _open(path, values=True)
    present = np.flatnonzero(np.bincount(codes.ravel(), minlength=256))
    strange = [int(code) for code in present if code not in CLASSES and code != FILL]
    if strange:
        raise FormatError(
            f"{path}: expected IGBP classes 0 to 16 or {FILL}, found {', '.join(map(str, strange[:5]))}. "
            "17 is water in MCD12Q1: check that the file is of MCD12C1."
        )
    classes = codes.astype(np.float32)
    classes[codes == FILL] = np.nan
    dataset = xr.Dataset({"land_cover": (("lat", "lon"), classes)}, coords={"lat": lat, "lon": lon, "year": year})
    return canonical.label(canonical.orient(dataset, path))


def months(
    paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
) -> Iterator[xr.Dataset]:
    """The maps of the years, one at a time, in their order (`vadose.formats.protocol.Reader.months`).

    Parameters
    ----------
    paths : sequence of Path
        Files of the product, in any order.
    variables : sequence of str
        Canonical names, of `VARIABLES`.
    years : (first, last)
        Calendar years, inclusive.
    allow_missing : bool
        Whether steps within a month may be absent, which makes the month a missing one.

    Raises
    ------
    FormatError
        If two files are of one year, or as `read`.
    """
    by_year = by_years(paths)
    for year in range(years[0], years[1] + 1):
        if year in by_year:
            yield read(by_year[year])


def by_years(paths: Sequence[Path]) -> dict[int, Path]:
    """Files by their year.

    Raises
    ------
    FormatError
        If two files are of one year, or versions are mixed.
    """
    by_year: dict[int, Path] = {}
    for path in map(Path, paths):
        other = by_year.setdefault(year_of(path), path)
        if other != path and not np.array_equal(
            *(np.concatenate(_open(each, values=False)[1:]) for each in (path, other))
        ):
            raise FormatError(
                f"{path}: expected one map of {PRODUCT} a year, found {other}, too, of another area. The archive has "
                "maps of the whole globe only: fetch one, or join the clips to one GeoTIFF (gdal_merge.py)."
            )
        if other != path:
            raise FormatError(f"{path}: expected one map of {PRODUCT} a year, found {other}, too. Remove one of them.")
    areas.expect_one_version(paths, [NAME.match(path.name)[2] for path in by_year.values()], PRODUCT)
    return by_year


def maps_of(paths: Sequence[Path], year: int | str) -> list[xr.DataArray]:
    """The maps of a year, of the first ("any") or of all ("stable"); raises FormatError where there is none."""
    by_year = by_years(paths)
    return [read(by_year[one])["land_cover"] for one in years_of_maps(sorted(by_year), year, PRODUCT)]


def check(path: Path) -> None:
    """Open the file and verify kind, name, grid, variable and axes without reading the classes.

    Raises
    ------
    FormatError
        As `read`.
    """
    year_of(path)
    _open(Path(path), values=False)


def _open(path: Path, *, values: bool) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Codes as stored (None unless `values`) and the centres of rows and columns."""
    if expect(path, ("HDF4", "GeoTIFF"), PRODUCT) == "GeoTIFF":
        with geotiff(path, PRODUCT) as raster:
            if raster.sizes["band"] != 1 or raster.dtype.kind not in "ui":
                raise FormatError(
                    f"{path}: expected the IGBP layer of {PRODUCT} as one band of whole numbers, found "
                    f"{raster.sizes['band']} of {raster.dtype}. Export {VARIABLE} alone."
                )
            _expect_codes(str(raster.attrs.get("units", "")), path)
            lat, lon = axes_of(raster, path)
            return (_as_bytes(raster, path) if values else None), lat, lon
    from pyhdf.error import HDF4Error
    from pyhdf.SD import SD, SDC

    try:
        file = SD(str(path), SDC.READ)
    except HDF4Error as error:
        raise unreadable(path, PRODUCT, error) from None
    try:
        attributes, fields = file.attributes(), file.datasets()
        if VARIABLE not in fields:
            raise FormatError(
                f"{path}: expected variable {VARIABLE} of {PRODUCT}, found {', '.join(fields) or 'none'}. "
                "Check that the file is MCD12C1 (0.05 degree), not MCD12Q1."
            )
        dims, shape = fields[VARIABLE][:2]
        canonical.expect_dims(dims, (f"YDim:{GRID}", f"XDim:{GRID}"), VARIABLE, path)
        lat, lon = _centres(str(attributes.get("StructMetadata.0", "")), shape, path)
        variable = file.select(VARIABLE)
        _expect_codes(str(variable.attributes().get("units", "")), path)
        if variable.info()[3] != SDC.UINT8:
            raise FormatError(
                f"{path}: expected {VARIABLE} as unsigned bytes, found HDF4 type {variable.info()[3]}. Fetch the file "
                "again."
            )
        return (variable.get() if values else None), lat, lon
    except (HDF4Error, ValueError, KeyError) as error:
        if isinstance(error, FormatError):
            raise
        raise unreadable(path, PRODUCT, error) from None
    finally:
        file.end()


def _as_bytes(raster: xr.DataArray, path: Path) -> np.ndarray:
    """Codes of a GeoTIFF as the archive has them, whatever its whole numbers and what it declares as missing."""
    codes, nodata = raster.isel(band=0).values, raster.rio.nodata
    if nodata is not None and nodata not in CLASSES:
        codes = np.where(codes == nodata, FILL, codes)
    if codes.min(initial=0) < 0 or codes.max(initial=0) > FILL:
        raise FormatError(
            f"{path}: expected IGBP classes 0 to 16 or {FILL}, found {codes.min()} to {codes.max()}. Check that the "
            f"layer is {VARIABLE}."
        )
    return codes.astype(np.uint8)


def _expect_codes(unit: str, path: Path) -> None:
    """Class codes have no unit, however that is written; a unit of a quantity shows another layer."""
    meaning = units.meaning(unit)
    if unit.strip().lower() in ("percent", "%") or (meaning is not None and meaning[1]):
        raise FormatError(
            f"{path}: expected class codes of {VARIABLE}, found unit '{unit}'. Check that the layer is of the classes, "
            "not of their shares."
        )


def _centres(metadata: str, shape: tuple[int, int], path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Cell centres from the corners of the HDF-EOS grid: rows from north to south."""
    block = re.search(rf'GridName="{GRID}".*?(?=END_GROUP=GRID_|\Z)', metadata, re.S)
    text = block[0] if block else ""
    matches = {
        key: re.search(rf"{key}=\(?([^\s)]+)", text)
        for key in ("XDim", "YDim", "UpperLeftPointMtrs", "LowerRightMtrs", "Projection", "GridOrigin")
    }
    absent = [key for key, value in matches.items() if value is None and key != "GridOrigin"]
    if absent:
        raise FormatError(
            f"{path}: expected the HDF-EOS grid {GRID} with {', '.join(absent)} in StructMetadata.0, found none. "
            "The file is no HDF-EOS grid of MCD12C1: fetch it again."
        )
    size = int(matches["YDim"][1]), int(matches["XDim"][1])
    if size != tuple(shape):
        raise FormatError(
            f"{path}: expected {VARIABLE} of shape {size} by its grid, found {tuple(shape)}. Delete the file and fetch "
            "it again."
        )
    origin = matches["GridOrigin"][1] if matches["GridOrigin"] else "HDFE_GD_UL"
    if matches["Projection"][1] != "GCTP_GEO" or origin != "HDFE_GD_UL":
        raise FormatError(
            f"{path}: expected a geographic grid from its upper left corner, found {matches['Projection'][1]} from "
            f"{origin}. "
            "Check that the file is MCD12C1 (0.05 degree), not MCD12Q1."
        )
    west, north = map(_degrees, matches["UpperLeftPointMtrs"][1].split(","))
    east, south = map(_degrees, matches["LowerRightMtrs"][1].split(","))
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise FormatError(
            f"{path}: expected corners within the globe, found {west:g} {north:g} and {east:g} {south:g}. "
            "The axes are swapped or mislabelled: fetch the file again."
        )
    rows, columns = size
    lat = north - (np.arange(rows) + 0.5) * (north - south) / rows
    lon = west + (np.arange(columns) + 0.5) * (east - west) / columns
    return lat, lon


def _degrees(packed: str) -> float:
    """GCTP's packed angle DDDMMMSSS.SS in degrees: -180000000.0 is 180 degrees west."""
    value = abs(float(packed))
    degrees, rest = divmod(value, 1e6)
    minutes, seconds = divmod(rest, 1e3)
    return float(np.copysign(degrees + minutes / 60 + seconds / 3600, float(packed)))
