"""Files of any common kind as one lazy data set: netCDF, Zarr, GRIB and GeoTIFF."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.files import inventory
from vadose.formats.generic.description import OF_CLASSES, Description
from vadose.formats.opening import (
    NETCDF,
    FormatError,
    decoded,
    expect,
    netcdf,
    sniff,
    undecodable,
    unpacked,
    unreadable,
)
from vadose.formats.raster import axes_of, geotiff

_RAW = {"mask_and_scale": False, "decode_times": False, "decode_coords": False}


@contextlib.contextmanager
def opened(path: Path, described: Description) -> Iterator[xr.Dataset]:
    """A file, or a Zarr store, lazily; fills are NaN, packed numbers unpacked, times stay numbers with their units.

    Parameters
    ----------
    path : Path
        netCDF (also .gz), GRIB, GeoTIFF, or the folder or address of a Zarr store.
    described : Description
        Of the configuration.

    Raises
    ------
    FormatError
        If it is of another kind, damaged, or cannot be read here.
    """
    if inventory.is_remote(path) or path.is_dir():
        with _zarr(path, described) as dataset:
            yield dataset
        return
    with unpacked(path, described.dataset) as plain:
        kind = expect(plain, (*NETCDF, "GRIB", "GeoTIFF"), described.dataset) if plain == path else sniff(plain)
        if kind in NETCDF:
            with netcdf(plain, described.dataset) as dataset:
                yield dataset
        elif kind == "GeoTIFF":
            with geotiff(plain, described.dataset, path) as raster:
                yield _of_raster(raster, described, path)
        else:
            with _grib(plain, described, path) as dataset:
                yield dataset


@contextlib.contextmanager
def _zarr(path: Path, described: Description) -> Iterator[xr.Dataset]:
    """A Zarr store of a folder, or of an address through fsspec."""
    place = str(path)
    if inventory.is_remote(path):
        place = inventory.address(path)
        _expect_store(place, described)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a store whose metadata is not in one place is no fault
            dataset = xr.open_dataset(place, engine="zarr", chunks=None, **_RAW)
    except Exception as error:  # the libraries raise whatever they meet in a store
        if isinstance(error, OSError) and error.errno is not None:
            raise unreadable(path, described.dataset, error) from None
        raise FormatError(
            f"{place}: expected a Zarr store of {described.dataset}, found none that can be opened "
            f"({' '.join(str(error).split())[:200]}). Check {described.key}.folder and {described.key}.pattern."
        ) from None
    try:
        yield decoded(dataset, path, described.dataset)
    finally:
        dataset.close()


def _expect_store(place: str, described: Description) -> None:
    """Stop with a sentence where an address has no store, or its server cannot be asked."""
    import fsspec

    try:
        filesystem, root = fsspec.url_to_fs(place)
        there = any(filesystem.exists(f"{root}/{name}") for name in inventory.STORE)
    except Exception as error:  # each kind of server has its own
        raise FormatError(
            f"{place}: expected a Zarr store of {described.dataset}, but its server cannot be asked "
            f"({type(error).__name__}: {' '.join(str(error).split())[:200]}). Check the address and your network."
        ) from None
    if not there:
        raise FormatError(
            f"{place}: expected a Zarr store of {described.dataset}, found none there ({', '.join(inventory.STORE)}). "
            f"Check {described.key}.folder and {described.key}.pattern."
        )


@contextlib.contextmanager
def _grib(plain: Path, described: Description, path: Path) -> Iterator[xr.Dataset]:
    """A GRIB file of fields that fit one grid, by cfgrib; no index is left beside it."""
    try:
        dataset = xr.open_dataset(
            plain, engine="cfgrib", backend_kwargs={"indexpath": "", "errors": "raise"}, decode_times=False
        )
    except Exception as error:  # whatever ecCodes and cfgrib meet in damaged bytes
        raise undecodable(path, described.dataset, error) from None
    try:
        yield dataset
    except (OSError, EOFError) as error:
        raise unreadable(path, described.dataset, error) from None
    finally:
        dataset.close()


def _of_raster(raster: xr.DataArray, described: Description, path: Path) -> xr.Dataset:
    """A GeoTIFF as a data set of one variable; its bands are layers, or the months of the year that its name says."""
    lat, lon = axes_of(raster, path)
    name = described.variable[0] if described.variable else "band"
    attributes = {"units": raster.attrs.get("units", "")}
    nodata = raster.rio.nodata
    packing = {"scale_factor": raster.attrs.get("scale_factor"), "add_offset": raster.attrs.get("add_offset")}
    attributes |= {key: float(value) for key, value in packing.items() if value not in (None, 0.0, 1.0)}
    if nodata is not None and not np.isnan(nodata):
        attributes["_FillValue"] = raster.dtype.type(nodata)
    stamp = described.stamp_in_name(path)
    yearly = stamp is not None and np.datetime_data(stamp)[0] == "Y" and described.role not in OF_CLASSES
    if yearly and raster.sizes["band"] != 12:
        raise FormatError(
            f"{path}: expected twelve bands, one a month of the year that its name says, found "
            f"{raster.sizes['band']}. If it is one month, say which: {described.key}.pattern with {{month}}."
        )
    field = raster.drop_vars(list(map(str, raster.coords))).rename(band="time" if yearly else "layer", y="lat", x="lon")
    field.attrs, field.encoding = attributes, {}
    axes = {"lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"})}
    if yearly:
        axes["time"] = ("time", np.arange(12.0), {"units": f"months since {stamp}-01-01"})
    return decoded(field.to_dataset(name=name).assign_coords(axes), path, described.dataset)
