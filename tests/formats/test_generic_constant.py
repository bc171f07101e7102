"""Maps without time: means over the area of each cell, by hand and as fields with a time are remapped."""

import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.transform import from_origin

from vadose.core import cells
from vadose.core.grid import Grid, regrid
from vadose.formats.generic import constant, gathering
from vadose.formats.opening import FormatError

TARGET = Grid.regular(1.0, south=50, north=52, west=9, east=12)
OPTIONS = {"dataset": "height", "role": "covariate"}


@pytest.fixture
def axis():
    land = np.ones(TARGET.shape, bool)
    land[0, 0] = False
    return cells.locate(land, TARGET)


def netcdf(path, values, lat, lon, **dims):
    axes = {"lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"})}
    held = ("z", (*dims, "lat", "lon"), values, {"units": "m"})
    xr.Dataset({held[0]: held[1:]}, axes | dims).to_netcdf(path)
    return path


@pytest.mark.parametrize("at_once", [2**26, 700])
@pytest.mark.parametrize("min_valid", [0.0, 0.7])
def test_means_are_those_of_conservative_remapping(tmp_path, monkeypatch, axis, at_once, min_valid):
    """Pixels that lie across cells, gaps, north up, and pieces of a row or two."""
    monkeypatch.setattr(gathering, "AT_ONCE", at_once)
    lat, lon = np.arange(55.0, 47, -0.3), np.arange(8.0, 14, 0.3)
    values = np.random.default_rng(0).uniform(0, 3000, (lat.size, lon.size))
    values[np.random.default_rng(1).random(values.shape) < 0.4] = np.nan
    found, unit = constant.of_cells([netcdf(tmp_path / "z.nc", values, lat, lon)], axis, min_valid=min_valid, **OPTIONS)
    expected = cells.pack(regrid(values, Grid(lat, lon), TARGET, min_valid), axis)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert unit == "m" and found.shape == (5,) and (min_valid == 0.0 or np.isnan(found).any())


def test_a_raster_and_its_missing_value(tmp_path, axis):
    values = np.arange(8.0).reshape(2, 4).astype(np.float32)[:, :3]
    values[0, 1] = -9999
    profile = {"driver": "GTiff", "height": 2, "width": 3, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(tmp_path / "z.tif", "w", transform=from_origin(9, 52, 1, 1), **profile) as written:
        written.write(values, 1)
    found, _ = constant.of_cells([tmp_path / "z.tif"], axis, missing=-9999, **OPTIONS)
    np.testing.assert_array_equal(found, [5.0, 6.0, 0.0, np.nan, 2.0])


def test_what_changes_with_time_is_refused(tmp_path, axis):
    lat, lon = np.arange(49.5, 53), np.arange(8.5, 13)
    months = np.arange("2001-01", "2001-04", dtype="datetime64[M]").astype("datetime64[ns]")
    path = netcdf(tmp_path / "z.nc", np.ones((3, lat.size, lon.size)), lat, lon, time=months)
    with pytest.raises(
        FormatError, match=r"expected one value a cell of z, found 3 time steps\. Name it in dependence"
    ):
        constant.of_cells([path], axis, **OPTIONS)
    one = netcdf(tmp_path / "one.nc", np.full((1, lat.size, lon.size), 7.0), lat, lon, time=months[:1])
    np.testing.assert_array_equal(constant.of_cells([one], axis, **OPTIONS)[0], 7.0)
    with pytest.raises(FormatError, match="expected one file of height, whose values do not change with time, found 2"):
        constant.of_cells([path, one], axis, **OPTIONS)
