"""Maps of classes of a user's own: areas in cells by hand and against an independent overlay, and what is refused."""

import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.transform import from_origin

from vadose.core.grid import Grid
from vadose.formats.generic import classes, land_cover
from vadose.formats.generic.description import Description
from vadose.formats.opening import FormatError
from vadose.statistics import landcover

TARGET = Grid.regular(1.0, south=50, north=52, west=9, east=12)


def geotiff(path, values, west, north, spacing, nodata=None):
    profile = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1}
    profile |= {"dtype": values.dtype.name, "crs": "EPSG:4326", "nodata": nodata}
    with rasterio.open(path, "w", transform=from_origin(west, north, spacing, spacing), **profile) as written:
        written.write(values, 1)
    return path


def described(**others):
    return Description.of(dataset="mine", role="land_cover", **others)


def fine(values, west, north, spacing, nodata):
    """Areas by an overlay of points, a hundred a degree and side: nothing in common with sparse overlaps."""
    step = 0.01
    lat, lon = np.arange(50 + step / 2, 52, step), np.arange(9 + step / 2, 12, step)
    row, column = np.floor((north - lat) / spacing).astype(int), np.floor((lon - west) / spacing).astype(int)
    inside = ((row >= 0) & (row < values.shape[0]))[:, None] & ((column >= 0) & (column < values.shape[1]))[None]
    codes = values[np.clip(row, 0, len(values) - 1)][:, np.clip(column, 0, values.shape[1] - 1)].astype(int)
    codes[~inside | (codes == nodata)] = -1
    edges = np.sin(np.deg2rad(np.round(np.append(lat - step / 2, 52), 9)))
    area = 6_371_000.0**2 * np.diff(edges) * np.deg2rad(step)
    held = np.unique(codes[codes >= 0])
    by_code = np.stack([np.where(codes == code, area[:, None], 0.0) for code in held], axis=-1)
    return held, by_code.reshape(2, 100, 3, 100, -1).sum(axis=(1, 3)).reshape(6, -1)


@pytest.mark.parametrize("spacing", [0.1, 0.25, 0.4, 2.0])
def test_areas_are_those_of_an_overlay(tmp_path, spacing):
    """Pixels that divide the cells, lie across them, and hold several of them; some missing."""
    shape = (round(8 / spacing), round(8 / spacing))
    values = np.random.default_rng(1).integers(0, 5, shape).astype(np.uint8)
    values[values == 4] = 200
    values[:: 3 if spacing < 1 else 7, ::2] = 255
    path = geotiff(tmp_path / "map.tif", values, 7.0, 55.0, spacing, nodata=255)
    codes, areas = classes.class_areas(classes.maps_of([path], described()), described(), TARGET)
    held, expected = fine(values, 7.0, 55.0, spacing, 255)
    np.testing.assert_array_equal(codes, held)
    np.testing.assert_allclose(areas.toarray(), expected, rtol=1e-9, atol=1e-3)


def test_pieces_of_rows_do_not_change_the_areas(tmp_path, monkeypatch):
    values = np.random.default_rng(2).integers(1, 9, (40, 40)).astype(np.int16)
    path = geotiff(tmp_path / "map.tif", values, 9.0, 53.0, 0.1)
    whole = classes.class_areas(classes.maps_of([path], described()), described(), TARGET)[1].toarray()
    monkeypatch.setattr(classes, "AT_ONCE", 8 * 40 * 3)
    np.testing.assert_allclose(
        classes.class_areas(classes.maps_of([path], described()), described(), TARGET)[1].toarray(), whole, rtol=1e-13
    )


def test_years_stand_in_a_time_axis_or_a_name(tmp_path):
    lat, lon = np.arange(50.25, 52, 0.5), np.arange(9.25, 12, 0.5)
    years = np.array(["2001-01-01", "2003-01-01"], dtype="datetime64[ns]")
    field = xr.DataArray(np.ones((2, 4, 6), np.int8), {"time": years, "lat": lat, "lon": lon}, ("time", "lat", "lon"))
    field.to_dataset(name="lc").to_netcdf(tmp_path / "lc.nc")
    assert [one.year for one in classes.maps_of([tmp_path / "lc.nc"], described())] == [2001, 2003]
    named = described(pattern="lc_{year}.tif")
    paths = [geotiff(tmp_path / f"lc_{year}.tif", np.ones((4, 6), np.uint8), 9, 52, 0.5) for year in (2010, 2005)]
    assert [one.year for one in classes.maps_of(paths, named)] == [2005, 2010]
    with pytest.raises(FormatError, match="expected one map of mine a year, found 2005"):
        classes.maps_of([*paths, paths[1]], named)


def test_what_is_no_map_of_classes_is_refused(tmp_path):
    share = geotiff(tmp_path / "share.tif", np.full((8, 12), 0.5, np.float32), 9, 53, 0.5)
    with pytest.raises(FormatError, match=r"whole numbers from 0, found 0\.5.*datasets\.mine\.missing"):
        classes.class_areas(classes.maps_of([share], described()), described(), TARGET)
    two = xr.Dataset({name: (("lat", "lon"), np.ones((4, 6), np.int8)) for name in "ab"})
    two.assign_coords(lat=np.arange(50.25, 52, 0.5), lon=np.arange(9.25, 12, 0.5)).to_netcdf(tmp_path / "two.nc")
    with pytest.raises(FormatError, match=r"one map of classes, found a, b\. Name it: datasets\.mine\.variable"):
        classes.maps_of([tmp_path / "two.nc"], described())


def pixels_of(paths, year, options):
    """Millionths of each of the six cells by IGBP code, (row, column, code), rows from the south."""
    areas = land_cover.areas_of_groups(paths, year, TARGET, landcover.IGBP_OF, landcover.stable, **options)
    return landcover.in_millionths(*areas, TARGET)


def test_groups_follow_the_configuration_and_the_larger_area(tmp_path):
    """Cells by hand: forest over most of one, crops in a third of the other beside bare ground, water alone."""
    values = np.zeros((20, 30), np.uint8)
    values[10:, :10] = np.where(np.arange(10) < 6, 7, 21)  # 60 % forest, 40 % crops
    values[10:, 10:20] = np.where(np.arange(10) < 3, 21, 90)  # 30 % crops, 70 % bare
    path = geotiff(tmp_path / "lc.tif", values, 9.0, 52.0, 0.1)
    groups = {"forests": [7, 8], "croplands": [21], "water": [0], "barren": [90]}
    options = {"dataset": "mine", "role": "land_cover", "classes": groups}
    pixels = pixels_of([path], "any", options)[0]
    assert pixels[0, [5, 12]].tolist() == [600_000, 400_000] and pixels[2, 0] == 1_000_000
    assert landcover.classes_of(pixels).tolist() == [1, 4, 0]
    assert landcover.classes_of(pixels, "mode_first").tolist() == [1, 0, 0]
    assert landcover.class_share(pixels)[:2].tolist() == [1.0, 0.3]
    with pytest.raises(FormatError, match=r"datasets\.mine\.classes: expected every code .* found 90 in none"):
        options["classes"] = {name: codes for name, codes in groups.items() if name != "barren"}
        pixels_of([path], "any", options)
    with pytest.raises(FormatError, match="mine: expected land cover of 2010, found a map without a year"):
        pixels_of([path], 2010, options)


def test_stable_pixels_keep_their_group_in_all_years(tmp_path):
    first, second = np.full((20, 30), 7, np.uint8), np.full((20, 30), 8, np.uint8)
    second[:, :5] = 21  # forest of another kind stays forest; what becomes crops is left out
    paths = [geotiff(tmp_path / f"lc_{year}.tif", values, 9.0, 52.0, 0.1) for year, values in ((1, first), (2, second))]
    for path, year in zip(paths, (2001, 2002)):
        path.rename(tmp_path / f"lc_{year}.tif")
    options = {"dataset": "mine", "role": "land_cover", "pattern": "lc_{year}.tif"}
    options["classes"] = {"forests": [7, 8], "croplands": [21]}
    paths = [tmp_path / "lc_2001.tif", tmp_path / "lc_2002.tif"]
    pixels = pixels_of(paths, "stable", options)
    assert pixels[0, :, 5].tolist() == [500_000, 1_000_000, 1_000_000] and pixels.sum() == 5_000_000
