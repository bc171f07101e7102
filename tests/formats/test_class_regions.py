"""Regions from rasters of classes: the class with the largest area, names of the configuration or of the file."""

import numpy as np
import pytest
import rioxarray  # noqa: F401
import xarray as xr

from vadose.formats.generic.regions import region_map
from vadose.formats.opening import FormatError

LAT, LON = np.arange(-57.5, 60, 5.0), np.arange(-177.5, 180, 5.0)
FINE_LAT, FINE_LON = np.arange(59.5, -60, -1.0), np.arange(-179.5, 180, 1.0)
TOLD = {"dataset": "mine", "role": "regions"}


def classes() -> xr.DataArray:
    """Blocks of 5 x 5 pixels of one class; in one a majority, in one a tie, in one next to nothing."""
    blocks = np.random.default_rng(2).choice([3.0, 7.0, 9.0, np.nan], (LAT.size, LON.size))
    fine = np.kron(blocks, np.ones((5, 5)))[::-1]
    fine[-5:, :5] = np.array([3] * 5 + [7] * 12 + [9] * 8)[:, None].reshape(5, 5)
    fine[-5:, 5:10] = np.nan
    fine[-5, 5] = 9
    return xr.DataArray(fine, {"lat": FINE_LAT, "lon": FINE_LON}, ("lat", "lon"), name="kind")


def expected(order: dict) -> np.ndarray:
    fine = classes().values[::-1]
    out = np.full((LAT.size, LON.size), np.nan)
    for row, column in np.ndindex(out.shape):
        block = fine[5 * row : 5 * row + 5, 5 * column : 5 * column + 5]
        weight = np.repeat(np.cos(np.radians(FINE_LAT[::-1][5 * row : 5 * row + 5]))[:, None], 5, axis=1)
        sums = {}
        for code, number in order.items():
            sums[number] = sums.get(number, 0.0) + weight[block == code].sum()
        if max(sums.values()) > 0:
            out[row, column] = max(sums, key=lambda number: (sums[number], -number))
    return out


@pytest.mark.parametrize("kind", ["nc", "tif"])
def test_cells_take_the_class_with_the_largest_area(tmp_path, kind):
    path = tmp_path / f"mine.{kind}"
    if kind == "nc":
        classes().fillna(-1).astype(np.int16).assign_attrs(_FillValue=np.int16(-1)).to_netcdf(path)
    else:
        raster = classes().fillna(255).astype(np.uint8).rename(lat="y", lon="x")
        raster.rio.write_crs(4326).rio.write_nodata(255).rio.to_raster(path)
    mapped = region_map([path], LAT, LON, **TOLD)
    assert mapped["name"].values.tolist() == ["class 3", "class 7", "class 9"]
    np.testing.assert_array_equal(mapped["region"].values, expected({3: 1, 7: 2, 9: 3}))
    named = region_map([path], LAT, LON, **TOLD, classes={"warm": [9], "cold": [3]})
    assert named["name"].values.tolist() == ["warm", "cold"] and named["region"].attrs["codes_in_no_region"] == 1
    np.testing.assert_array_equal(named["region"].values, expected({9: 1, 3: 2}))
    joined = region_map([path], LAT, LON, **TOLD, classes={"all": [3, 7, 9]})
    assert (joined["region"] == 1).sum() == np.isfinite(mapped["region"]).sum()


def test_flag_meanings_name_regions(tmp_path):
    attributes = {"flag_values": np.array([3, 7, 8], np.int16), "flag_meanings": "polar arid absent"}
    classes().fillna(0).astype(np.int16).assign_attrs(attributes).to_netcdf(tmp_path / "mine.nc")
    mapped = region_map([tmp_path / "mine.nc"], LAT, LON, **TOLD, missing=0)
    assert mapped["name"].values.tolist() == ["polar", "arid", "absent", "class 9"]
    classes().fillna(0).astype(np.int16).assign_attrs(attributes | {"flag_meanings": "a b"}).to_netcdf(
        tmp_path / "bad.nc"
    )
    with pytest.raises(FormatError, match="a meaning for each of its 3 flag_values, found 2"):
        region_map([tmp_path / "bad.nc"], LAT, LON, **TOLD, missing=0)


@pytest.mark.one_python
def test_the_grid_may_cross_the_date_line_and_be_coarser_or_finer(tmp_path):
    classes().fillna(-1).astype(np.int16).assign_attrs(_FillValue=np.int16(-1)).to_netcdf(tmp_path / "mine.nc")
    whole = region_map([tmp_path / "mine.nc"], LAT, LON, **TOLD)["region"]
    shifted = region_map([tmp_path / "mine.nc"], LAT, np.arange(152.5, 210, 5.0), **TOLD)["region"].values
    np.testing.assert_array_equal(shifted, whole.sel(lon=(np.arange(152.5, 210, 5.0) + 180) % 360 - 180).values)
    fine = region_map([tmp_path / "mine.nc"], FINE_LAT[::-1], FINE_LON, **TOLD)["region"].values
    planted = classes().values[::-1]
    numbers = np.where(np.isnan(planted), np.nan, np.searchsorted([3, 7, 9], planted) + 1)
    np.testing.assert_array_equal(fine, numbers)
