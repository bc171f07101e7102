"""Maps for GIS: rasterio and xarray alone see the right corner, system, unit, nodata and values, across the date line
too; no value depends on how many rows are held at once."""

import shutil
import subprocess

import h5py
import numpy as np
import pytest
import rasterio
import xarray as xr

from vadose.core import cells
from vadose.core.grid import Grid
from vadose.files import grids, products
from vadose.statistics.copula.families import FAMILIES

REGIONS = {
    "globe": (Grid.regular(30.0), (-180.0, -90.0, 180.0, 90.0)),
    "from Greenwich": (Grid.regular(30.0, west=0.0, east=360.0), (0.0, -90.0, 360.0, 90.0)),
    "across the date line": (Grid.regular(2.5, 50.0, 70.0, 170.0, -165.0), (170.0, 50.0, 195.0, 70.0)),
}


SEAM = "across the date line"  # the hardest: a second Python tries it alone


@pytest.fixture(
    params=[name if name == SEAM else pytest.param(name, marks=pytest.mark.one_python) for name in REGIONS],
    scope="module",
)
def region(request):
    return REGIONS[request.param]


@pytest.fixture(scope="module")
def packed(region, tmp_path_factory):
    """Tests of dependence and copulas whose values are made of latitude, longitude, time scale and layer."""
    grid, _ = region
    axis = cells.locate(np.arange(grid.area.size).reshape(grid.shape) % 3 == 2, grid)
    lat, lon = grid.lat[axis["row"].values], grid.lon[axis["column"].values]
    marks = np.add.outer([0.0, 0.25], [0.0, 0.0625])  # time scale, layer
    values = (lat / 1000.0 + lon / 1.0e6)[:, None, None] + marks
    dims = ("cell", "time_scale", "layer")
    rejected = np.broadcast_to((np.arange(lat.size) % 2)[:, None, None], values.shape).astype(np.int8)
    dataset = xr.Dataset(
        {
            "lag_q": (("cell", "annual_cycle", "layer"), np.abs(values)),
            "lag_rejected": (("cell", "annual_cycle", "layer"), rejected),
            "lag_tested": (("annual_cycle", "layer"), np.full((2, 2), lat.size)),
            "independence_q": (dims, np.abs(values)),
            "independence_rejected": (dims, rejected),
            "independence_tested": (("time_scale", "layer"), np.full((2, 2), lat.size)),
        },
        coords={
            "time_scale": ["monthly", "annual"],
            "annual_cycle": ["kept", "removed"],
            "layer": [1, 3],
            "layer_top": ("layer", [0.0, 0.28]),
            "layer_bottom": ("layer", [0.07, 1.0]),
        },
    ).assign_coords(products.cell_coordinates(axis).coords)
    path = tmp_path_factory.mktemp("packed") / "dependence_tests.nc"
    products.write(dataset, path, "dependence_tests")
    return path, dataset


@pytest.fixture(scope="module")
def written(packed):
    folder = packed[0].parent / "grids"
    with grids.opened(packed[0]) as maps:
        grids.write_netcdf(maps, folder / "dependence_tests.nc")
        tiffs = grids.write_geotiffs(maps, folder / "dependence_tests")
    return folder / "dependence_tests.nc", {path.stem: path for path in tiffs}


def expected(dataset, name):
    return cells.unpack(dataset[name].values, dataset)


def test_xarray_alone_opens_the_maps(packed, region, written):
    dataset, (grid, _) = packed[1], region
    with xr.open_dataset(written[0], decode_coords="all") as maps:
        for name in ("independence_q", "lag_rejected"):
            assert maps[name].dims[-2:] == ("latitude", "longitude")
            np.testing.assert_array_equal(maps[name].values, expected(dataset, name))
            assert maps[name].encoding["grid_mapping"] == "crs"
        np.testing.assert_array_equal(maps["latitude"].values, grid.lat)
        np.testing.assert_array_equal(maps["longitude"].values, grid.lon)
        np.testing.assert_array_equal(maps["longitude_bounds"].values[:, 0], grid.lon_edges[:-1])
        np.testing.assert_array_equal(maps["depth_bounds"].values, [[0.0, 0.07], [0.28, 1.0]])
        assert maps["depth"].attrs["units"] == "m" and maps["depth"].attrs["positive"] == "down"
        assert maps["independence_q"].attrs["units"] == "1" and maps["independence_q"].attrs["long_name"]
        assert maps["lag_rejected"].attrs["flag_meanings"] == "not_rejected_or_not_tested rejected"
        assert maps.attrs["Conventions"] == "CF-1.11" and maps.attrs["title"] and maps.attrs["source"]
        assert maps.attrs["history"].endswith("unpacked to latitude and longitude by write_grids")
        assert "cell" not in maps.dims and int(maps["lag_tested"][0, 0]) == dataset.sizes["cell"]
    with xr.open_dataset(written[0], mask_and_scale=False) as raw:
        assert raw["lag_rejected"].dtype == np.int8 and raw["lag_rejected"].attrs["_FillValue"] == -128
        assert np.isnan(raw["independence_q"].attrs["_FillValue"])


def test_gdal_sees_the_netcdf_file_in_its_place(packed, region, written):
    with rasterio.open(f"netcdf:{written[0]}:independence_q") as file:
        np.testing.assert_allclose(file.bounds, region[1], rtol=1e-12)
        assert file.crs.to_epsg() == 4326 and file.transform.e < 0 and np.isnan(file.nodata)
        np.testing.assert_array_equal(file.read(1), expected(packed[1], "independence_q")[0, 0, ::-1])


def test_geotiffs_are_in_their_place_with_units_and_nodata(packed, region, written):
    tiffs = written[1]
    assert sorted(tiffs) == [
        f"{stage}_{what}_layer_{number}"
        for stage in ("independence", "lag")
        for what in ("q", "rejected")
        for number in (1, 3)
    ]
    for name, nodata, dtype in (("independence_q", np.nan, "float64"), ("independence_rejected", -128, "int8")):
        for number in (1, 3):
            with rasterio.open(tiffs[f"{name}_layer_{number}"]) as file:
                assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
                assert tuple(file.bounds) == region[1] and file.crs.to_epsg() == 4326 and file.transform.e < 0
                np.testing.assert_equal(file.nodata, nodata)
                assert set(file.dtypes) == {dtype} and file.units == ("1", "1")
                assert file.descriptions == ("time_scale monthly", "time_scale annual")
                assert file.tags()["title"] and file.tags()["long_name"]
                maps = expected(packed[1], name)[:, (1, 3).index(number), ::-1]
                np.testing.assert_array_equal(file.read(), np.where(np.isnan(maps), nodata, maps).astype(dtype))
    assert tags_of(tiffs["lag_rejected_layer_1"])["flag_values"] == "0 1"


def tags_of(path):
    with rasterio.open(path) as file:
        return file.tags()


def test_a_known_place_has_the_value_of_its_cell(packed, written):
    """Asked by coordinates, as in a GIS; a longitude beyond 180 where the region crosses the date line."""
    dataset = packed[1]
    for cell in (0, 7, dataset.sizes["cell"] - 1):
        lat, lon = float(dataset["lat"][cell]), float(dataset["grid_lon"][dataset["column"][cell]])
        with rasterio.open(written[1]["lag_q_layer_3"]) as file:
            (sampled,) = file.sample([(lon, lat)])
        np.testing.assert_array_equal(sampled, dataset["lag_q"].values[cell, :, 1])


def test_no_value_depends_on_the_rows_held_at_once(packed, written, tmp_path, monkeypatch):
    monkeypatch.setattr(grids, "BLOCK_BYTES", 1)
    with grids.opened(packed[0]) as maps:
        grids.write_netcdf(maps, tmp_path / "small.nc")
        tiffs = grids.write_geotiffs(maps, tmp_path / "small")
    with xr.open_dataset(tmp_path / "small.nc") as small, xr.open_dataset(written[0]) as whole:
        xr.testing.assert_identical(small.load(), whole.load())
    for path in tiffs:
        with rasterio.open(path) as small, rasterio.open(written[1][path.stem]) as whole:
            np.testing.assert_array_equal(small.read(), whole.read())
    assert not [path for path in (tmp_path / "small").iterdir() if path.suffix != ".tif"]


def test_overviews_of_codes_hold_codes_only(tmp_path):
    """Of a large grid; a mean of families would be another family."""
    grid = Grid.regular(0.25, 0.0, 90.0, -90.0, 90.0)
    axis = cells.locate(np.ones(grid.shape, bool), grid)
    family = np.random.default_rng(3).choice([3.0, 104.0], axis.sizes["cell"])
    families = ("cell", family, {"flag_values": np.array(list(FAMILIES), float), "flag_meanings": "as_in_the_product"})
    axis.reset_coords(drop=True).assign_coords(products.cell_coordinates(axis).coords).assign(
        family=families, tau=("cell", family / 200.0)
    ).to_netcdf(tmp_path / "copulas.nc", engine="h5netcdf")
    with grids.opened(tmp_path / "copulas.nc") as maps:
        grids.write_geotiffs(maps, tmp_path / "copulas")
    for name, coded in (("family", True), ("tau", False)):
        with rasterio.open(tmp_path / f"copulas/{name}.tif") as file:
            assert file.overviews(1) == [2]
            coarse = file.read(1, out_shape=(file.height // 2, file.width // 2))
        of_cells = np.isin(coarse, family if coded else family / 200.0)
        assert of_cells.all() == coded


def test_a_damaged_product_is_said(tmp_path):
    whole = tmp_path / "shares.nc"
    xr.Dataset({"share": ("region", [0.5])}).to_netcdf(whole, engine="h5netcdf")
    (tmp_path / "cut.nc").write_bytes(whole.read_bytes()[:1000])
    for name, found in (("cut.nc", "a damaged file"), ("absent.nc", "no such file")):
        unpacked = grids.opened(tmp_path / name)
        with pytest.raises(grids.GridError, match=rf"{name}: expected a product, found {found}"), unpacked:
            pass


@pytest.mark.parametrize("write", [grids.write_geotiffs, grids.write_netcdf])
def test_damage_inside_a_product_is_said(tmp_path, write):
    """Met when the values are read, block by block, while the maps are written."""
    grid, path = Grid.regular(30.0), tmp_path / "trends.nc"
    axis = cells.locate(np.ones(grid.shape, bool), grid)
    whole = axis.reset_coords(drop=True).assign_coords(products.cell_coordinates(axis).coords)
    values = np.random.default_rng(0).normal(size=axis.sizes["cell"])
    whole.assign(slope=("cell", values)).to_netcdf(path, engine="h5netcdf", encoding={"slope": {"zlib": True}})
    with h5py.File(path) as file:
        chunk = file["slope"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    path.write_bytes(content)
    sentence = "trends.nc: expected a product, found a damaged file"
    with pytest.raises(grids.GridError, match=sentence), grids.opened(path) as maps:
        write(maps, tmp_path / "out")
    assert not list(tmp_path.rglob("*.nc.part"))


def test_what_is_no_map_is_said(tmp_path):
    xr.Dataset({"share": ("region", [0.5])}).to_netcdf(tmp_path / "shares.nc", engine="h5netcdf")
    unpacked = grids.opened(tmp_path / "shares.nc")
    with pytest.raises(grids.GridError, match=r"shares.nc: expected a product on packed cells"), unpacked:
        pass


def test_gdalinfo_says_the_same(written, region):
    if shutil.which("gdalinfo") is None:
        pytest.skip("no gdalinfo here (apt-get install gdal-bin)")
    for name in (str(written[1]["independence_rejected_layer_1"]), f"NETCDF:{written[0]}:independence_rejected"):
        told = subprocess.run(["gdalinfo", name], capture_output=True, text=True, check=True).stdout
        west, _, _, north = region[1]
        assert f"Origin = ({west:.15f},{north:.15f})" in told and 'ID["EPSG",4326]' in told
        assert "NoData Value=-128" in told and "Unit Type: 1" in told


def test_rio_info_says_the_same(written, region):
    from click.testing import CliRunner
    from rasterio.rio.main import main_group

    told = CliRunner().invoke(main_group, ["info", str(written[1]["independence_rejected_layer_1"])]).output
    for part in (f'"bounds": {list(region[1])}', '"crs": "EPSG:4326"', '"nodata": -128.0', '"units": ["1", "1"]'):
        assert part in told
