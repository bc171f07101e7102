"""Maps of a product for GIS: netCDF on latitude and longitude, and Cloud-Optimised GeoTIFF for each variable and layer.

Both are written in blocks of rows, so that memory does not grow with the grid or the number of maps.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import dask
import numpy as np
import rasterio
import rasterio.shutil
import xarray as xr
from rasterio.windows import Window

from vadose.core.maps import unpacked
from vadose.files import netcdf
from vadose.files.atomic import replacing

BLOCK_BYTES = 32 * 2**20  # values of one variable that are held at once
LARGEST_TILE, SMALLEST_TILE = 512, 128  # pixels along a side of the tiles of a GeoTIFF, which hold all of its bands
TILE_BYTES = 4 * 2**20
MAPS = ("latitude", "longitude")


class GridError(ValueError):
    """A product cannot be written as maps; the message says why."""


@contextlib.contextmanager
def opened(product: Path) -> Iterator[xr.Dataset]:
    """A packed product as maps with their axes, not yet read.

    Raises
    ------
    GridError
        If it is not packed on cells, missing or damaged.
    """
    with netcdf.sound(product, "a product", GridError):
        whole = netcdf.opened(product)
    with whole as packed, _sound_inside(product):
        if "grid_lat" not in packed.variables:
            raise GridError(f"{product}: expected a product on packed cells, found none; there is no map of it.")
        maps = unpacked(packed)
        history = f"{packed.attrs.get('history', '')}; unpacked to latitude and longitude by write_grids"
        yield maps.assign_attrs(Conventions="CF-1.11", history=history.removeprefix("; "))


@contextlib.contextmanager
def _sound_inside(product: Path) -> Iterator[None]:
    """Damage that is met when values are read, in blocks, while maps are written; what the disk of the maps says
    passes."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("NetCDF:"):
            raise
        with netcdf.sound(product, "a product", GridError):
            raise


def write_netcdf(maps: xr.Dataset, path: Path) -> None:
    """Write maps as one CF netCDF file, variable by variable and in blocks of rows.

    Parameters
    ----------
    maps : Dataset
        As `opened` gives them.
    path : Path
        Target; seen when it is whole.
    """
    encoding = {}
    for name, variable in maps.variables.items():
        encoding[name] = dict(variable.encoding) if variable.dims[-2:] == MAPS else {"_FillValue": None}
        if variable.dims[-2:] == MAPS:
            one_map = (1,) * (variable.ndim - 2) + (_rows(variable), variable.shape[-1])
            encoding[name] |= {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": one_map}
    blocks = maps.copy()
    for name, variable in maps.variables.items():
        if variable.dims[-2:] == MAPS:
            blocks[name] = maps[name].chunk(latitude=_rows(variable))
    with replacing(path) as temporary, dask.config.set(scheduler="synchronous"):
        blocks.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)


def _rows(variable: xr.Variable) -> int:
    """Rows of a block of all maps of a variable."""
    row = variable.dtype.itemsize * variable.size // max(1, variable.sizes["latitude"])
    return int(np.clip(BLOCK_BYTES // max(1, row), 1, variable.sizes["latitude"]))


def write_geotiffs(maps: xr.Dataset, folder: Path) -> list[Path]:
    """Write each variable of maps as Cloud-Optimised GeoTIFF: one file per layer, one band per other coordinate.

    Parameters
    ----------
    maps : Dataset
        As `opened` gives them.
    folder : Path
        Made where it is missing.

    Returns
    -------
    list of Path
        `variable.tif`, or `variable_layer_N.tif` where it has layers. North up, EPSG:4326, with longitudes beyond 180
        where the region crosses the date line; bands are described by their coordinates and carry the unit. Nodata is
        NaN, or the smallest number of the type.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        path for name in maps.data_vars if maps[name].dims[-2:] == MAPS for path in _layers(maps[name], maps, folder)
    ]


def _layers(variable: xr.DataArray, maps: xr.Dataset, folder: Path) -> list[Path]:
    """Files of the layers of a variable; a block of rows is read once for all."""
    numbers = variable["layer"].values if "layer" in variable.dims else ()
    names = [f"{variable.name}_layer_{number}.tif" for number in numbers] or [f"{variable.name}.tif"]
    paths = [folder / name for name in names]
    bands = _bands(variable)
    with contextlib.ExitStack() as stack:
        raw = [stack.enter_context(_raw_file(path)) for path in paths]
        with contextlib.ExitStack() as files:
            profile = _profile(maps, variable) | {"count": len(bands)}
            written = [files.enter_context(rasterio.open(name, "w", **profile)) for name in raw]
            for file in written:
                file.descriptions = bands
                file.units = [variable.attrs.get("units", "1")] * len(bands)
                file.update_tags(**_tags(variable, maps))
            _copy_rows(variable, written)
        for name, path in zip(raw, paths, strict=True):
            with replacing(path) as temporary:
                rasterio.shutil.copy(name, temporary, driver="COG", **_cloud_options(variable, len(bands)))
    return paths


@contextlib.contextmanager
def _raw_file(path: Path) -> Iterator[Path]:
    """Name of the GeoTIFF from which the Cloud-Optimised one is made; it goes when that is done."""
    raw = path.with_name(f".{path.name}.raw")
    try:
        yield raw
    finally:
        raw.unlink(missing_ok=True)


def _copy_rows(variable: xr.DataArray, files: list) -> None:
    """Fill the files of the layers from the north in blocks of rows, each of which is one strip of a file."""
    rows, columns = variable.shape[-2:]
    dtype = np.dtype(files[0].dtypes[0])
    for top in range(0, rows, step := _rows(variable.variable)):
        block = variable.isel(latitude=slice(max(0, rows - top - step), rows - top)).load()  # read before it is turned
        values = block.transpose(*({"layer"} & set(block.dims)), ...).values[..., ::-1, :]
        if dtype.kind == "i":
            values = np.where(np.isnan(values), files[0].nodata, values).astype(dtype)
        bands = values.reshape(len(files), files[0].count, *values.shape[-2:])
        for layer, file in zip(bands, files, strict=True):
            file.write(layer, window=Window(0, top, columns, values.shape[-2]))


def _profile(maps: xr.Dataset, variable: xr.DataArray) -> dict:
    latitudes, longitudes = maps["latitude_bounds"].values, maps["longitude_bounds"].values
    rows, columns = maps.sizes["latitude"], maps.sizes["longitude"]
    return {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "dtype": np.dtype(variable.encoding.get("dtype", variable.dtype)).name,
        "nodata": variable.encoding["_FillValue"],
        "crs": "EPSG:4326",
        "transform": rasterio.transform.from_bounds(
            longitudes[0, 0], latitudes[0, 0], longitudes[-1, 1], latitudes[-1, 1], columns, rows
        ),
        "blockysize": _rows(variable.variable),
        "interleave": "band",
        "compress": "deflate",
        "zlevel": 1,
        "bigtiff": "if_safer",
    }


def _cloud_options(variable: xr.DataArray, bands: int) -> dict[str, str | int]:
    """Coded variables have no mean: their overviews take the nearest cell. The more bands, the smaller the tiles."""
    side = LARGEST_TILE
    while side > SMALLEST_TILE and side**2 * bands * variable.dtype.itemsize > TILE_BYTES:
        side //= 2
    coded = "flag_meanings" in variable.attrs or "dtype" in variable.encoding
    return {
        "blocksize": side,
        "compress": "deflate",
        "predictor": "yes",
        "bigtiff": "if_safer",
        "overview_resampling": "nearest" if coded else "average",
    }


def _bands(variable: xr.DataArray) -> list[str]:
    """What each band is: "period 1948-1999, series total"."""
    names = [""]
    for dim in (dim for dim in variable.dims[:-2] if dim != "layer"):
        labels = [f"{dim} {value}" for value in variable[dim].values]
        names = [f"{name}, {label}".removeprefix(", ") for name in names for label in labels]
    return [name or str(variable.attrs.get("long_name", variable.name)) for name in names]


def _tags(variable: xr.DataArray, maps: xr.Dataset) -> dict[str, str]:
    attributes = {key: variable.attrs[key] for key in variable.attrs if key not in ("grid_mapping", "cell_methods")}
    for key in ("flag_values", "flag_masks"):
        if key in attributes:
            attributes[key] = " ".join(f"{value:g}" for value in np.atleast_1d(attributes[key]))
    return {key: str(value) for key, value in (dict(maps.attrs) | attributes).items()}
