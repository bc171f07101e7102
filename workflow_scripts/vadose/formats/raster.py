"""GeoTIFF maps: opened by rioxarray with every failure in a sentence, and the centres of their cells."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.formats.opening import FormatError, unreadable


@contextmanager
def geotiff(path: Path, product: str, name: Path | None = None) -> Iterator[xr.DataArray]:
    """An open GeoTIFF as (band, y, x), not read yet.

    Parameters
    ----------
    path : Path
        The plain file.
    product : str
        For messages.
    name : Path, optional
        The file that the user knows, where `path` was unpacked from it.

    Raises
    ------
    FormatError
        If the file is cut or cannot be read.
    """
    import rioxarray
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # `axes_of` says it in a sentence
            raster = rioxarray.open_rasterio(path, driver="GTiff", parse_coordinates=False)
        with raster:
            yield raster
    except (RasterioError, OSError, MemoryError) as error:
        raise unreadable(name or path, product, error) from None


def axes_of(raster: xr.DataArray, path: Path) -> tuple[Array, Array]:
    """Centres of rows (north first) and columns of a raster in degrees.

    Raises
    ------
    FormatError
        If it has no geographic reference, lies on its side, or its cells are not square.
    """
    transform, crs = raster.rio.transform(), raster.rio.crs
    if crs is not None and not crs.is_geographic:
        raise FormatError(f"{path}: expected geographic coordinates (EPSG:4326), found {crs}. Fetch the original file.")
    if transform.b or transform.d or transform.e >= 0 or transform.a <= 0 or transform.is_identity:
        raise FormatError(
            f"{path}: expected a raster with north up and a georeference, found {tuple(transform)[:6]}. Fetch the "
            "original file."
        )
    if abs(transform.a + transform.e) > 1e-6 * transform.a:
        raise FormatError(
            f"{path}: expected square cells, found {transform.a:g} by {-transform.e:g} degrees. The axes are swapped: "
            "fetch the original file."
        )
    lat = transform.f + (np.arange(raster.sizes["y"]) + 0.5) * transform.e
    lon = transform.c + (np.arange(raster.sizes["x"]) + 0.5) * transform.a
    return lat, lon
