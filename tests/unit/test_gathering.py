"""Packed files say by the CF conventions where their cells lie: xarray alone, cf_xarray and `vadose.open` unpack them
to the same maps, across the date line too."""

import os
import re
import subprocess
import sys
from pathlib import Path

import cf_xarray
import numpy as np
import pyproj
import pytest
import xarray as xr
from matplotlib import pyplot
from matplotlib.figure import Figure

import vadose
from vadose.core import cells, maps
from vadose.core.grid import Grid
from vadose.figures import bundle
from vadose.figures.drawn import on_grid
from vadose.files import products
from vadose.statistics import quality
from vadose.statistics.copula.families import FAMILIES
from vadose.statistics.landcover import CLASSES

LIBRARY = Path(vadose.__file__).parents[1]
GRIDS = {
    "globe": Grid.regular(30.0),
    "globe from Greenwich": Grid.regular(30.0, west=0.0, east=360.0),
    "across the date line": Grid.regular(5.0, 50.0, 70.0, 170.0, -165.0),
}


SEAM = "across the date line"  # the hardest: a second Python tries it alone


@pytest.fixture(
    params=[name if name == SEAM else pytest.param(name, marks=pytest.mark.one_python) for name in GRIDS],
    scope="module",
)
def grid(request):
    return GRIDS[request.param]


@pytest.fixture(scope="module")
def attributed(grid):
    """A product with layers and codes whose contribution tells latitude, longitude and layer of each value."""
    mask = np.arange(grid.area.size).reshape(grid.shape) % 3 == 1
    axis = cells.locate(mask, grid)
    shape = {"cell": axis.sizes["cell"], "period": 2, "dynamics": 2, "season": 4, "layer": 3}
    values = np.zeros(tuple(shape.values())) + 1000.0 * axis["lat"].values[:, None, None, None, None]
    values = values + grid.lon[axis["column"].values][:, None, None, None, None] + np.array([0.1, 0.2, 0.3])
    per_cell = ("cell", "period")
    number = np.arange(axis.sizes["cell"] * 2).reshape(-1, 2)
    whole = {"top1_term": number % 25 - 1, "top2_term": -number % 25 - 1, "reason": number % 5, "years": number % 30}
    dataset = xr.Dataset(
        {"contribution": (tuple(shape), values), "omega": (("cell", "period", "season", "layer"), values[:, :, 0])}
        | dict.fromkeys(("variance", "adjusted_r2", "top1", "top2"), (per_cell, values[:, :, 0, 0, 0]))
        | {name: (per_cell, array.astype(np.int16)) for name, array in whole.items()},
        coords={
            "period": ["1948-1999", "2000-2024"],
            "dynamics": ["trend", "iav"],
            "season": ["humid", "sub-humid", "semi-arid", "arid"],
            "layer": [1, 2, 3],
            "layer_top": ("layer", [0.0, 0.1, 0.4]),
            "layer_bottom": ("layer", [0.1, 0.4, 1.0]),
        },
    )
    return dataset.assign_coords(products.cell_coordinates(axis).coords)


@pytest.fixture(scope="module")
def written(attributed, tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "run/variability/attribution.nc"
    products.write(attributed, path, "attribution")
    return path


def by_compress(path, name):
    """A map as any CF tool makes it from the file, by `compress` and the axes alone: (..., lat, lon)."""
    with xr.open_dataset(path) as opened:
        axes = opened["cell"].attrs["compress"].split()
        shape = [opened.sizes[axis] for axis in axes]
        variable = opened[name].transpose("cell", ...)
        out = np.full((np.prod(shape), *variable.shape[1:]), np.nan)
        out[opened["cell"].values] = variable.values
        return np.moveaxis(out.reshape(*shape, *variable.shape[1:]), (0, 1), (-2, -1))


def test_xarray_alone_unpacks_by_the_attribute_compress(attributed, written, grid):
    expected = cells.unpack(attributed["contribution"].values, attributed)
    np.testing.assert_array_equal(by_compress(written, "contribution"), expected)
    with xr.open_dataset(written, decode_coords="all") as opened:
        assert opened["contribution"].encoding["grid_mapping"] == "crs"
        assert pyproj.CRS.from_cf(opened["crs"].attrs).to_epsg() == 4326
        assert pyproj.CRS.from_wkt(opened["crs"].attrs["crs_wkt"]).to_epsg() == 4326
        for axis, edges in (("grid_lat", grid.lat_edges), ("grid_lon", grid.lon_edges)):
            bounds = opened[opened[axis].encoding["bounds"]].values
            np.testing.assert_array_equal(bounds[:, 0], edges[:-1])
            np.testing.assert_array_equal(bounds[:, 1], edges[1:])


def test_cf_xarray_unpacks_to_the_same_map(attributed, written, grid):
    with xr.open_dataset(written) as opened:
        unstacked = cf_xarray.decode_compress_to_multi_index(opened)[["omega"]].unstack("cell")
        full = unstacked["omega"].reindex(grid_lat=grid.lat, grid_lon=grid.lon).transpose(..., "grid_lat", "grid_lon")
    np.testing.assert_array_equal(full.values, cells.unpack(attributed["omega"].values, attributed))


def test_stages_read_what_they_wrote_and_nothing_else(attributed, written, tmp_path):
    back = products.read(written, "attribution")
    assert set(back.variables) == set(attributed.variables)
    for name in attributed.variables:
        np.testing.assert_array_equal(back[name].values, attributed[name].values)
        assert not {"grid_mapping", "bounds", "compress"} & set(back[name].attrs)
    products.write(back, tmp_path / "again.nc", "attribution")
    assert (tmp_path / "again.nc").read_bytes() == written.read_bytes()


def test_data_of_figures_unpack_too(attributed, written, tmp_path):
    part = attributed["contribution"].isel(period=0).sum(("dynamics", "season")).to_dataset(name="by_layer")
    assert "grid_lat" not in part.coords  # as xarray leaves it
    bundle.save(Figure(), tmp_path / "figures/figure_2", on_grid({"a": part}, attributed)["a"], "By layer.")
    path = tmp_path / "figures/figure_2.nc"
    expected = cells.unpack(part["by_layer"].values, attributed)
    np.testing.assert_array_equal(by_compress(path, "by_layer"), expected)
    opened = vadose.open(tmp_path)["figures/figure_2"]["by_layer"]
    np.testing.assert_array_equal(opened.values, expected)


def test_open_gives_maps_with_axes_layers_and_codes(attributed, written, grid):
    tree = vadose.open(written.parents[1])
    node = tree["variability/attribution"]
    for name in attributed.data_vars:
        expected = cells.unpack(attributed[name].values, attributed)
        np.testing.assert_array_equal(node[name].values, expected, err_msg=name)
    contribution = node["contribution"]
    assert contribution.dims == ("period", "dynamics", "season", "layer", "latitude", "longitude")
    np.testing.assert_array_equal(node["latitude"].values, grid.lat)
    np.testing.assert_array_equal(node["longitude"].values, grid.lon)
    assert np.all(np.diff(node["longitude"]) > 0)
    np.testing.assert_array_equal(node["latitude_bounds"].values[:, 1], grid.lat_edges[1:])
    np.testing.assert_allclose(node["depth"].values, [0.05, 0.25, 0.7], rtol=1e-15)
    np.testing.assert_array_equal(node["depth_bounds"].values[:, 0], node["layer_top"].values)
    row, column = int(attributed["row"][4]), int(attributed["column"][4])
    there = contribution.sel(latitude=grid.lat[row], longitude=grid.lon[column], layer=2, period="2000-2024")
    assert np.all(there.values == 1000.0 * grid.lat[row] + grid.lon[column] + 0.2)
    assert node["reason"].attrs["flag_meanings"].split()[3] == "too_few_complete_years"
    assert node["area"].dims == ("latitude", "longitude") and "area" in node.coords


def test_what_is_not_asked_for_is_not_read(attributed, written, monkeypatch):
    asked = []
    outer = maps._Unpacked._outer

    def watched(self, key):
        asked.append(outer(self, key).shape)
        return outer(self, key)

    monkeypatch.setattr(maps._Unpacked, "_outer", watched)
    contribution = vadose.open(written.parents[1])["variability/attribution"]["contribution"]
    assert asked == []
    block = contribution.isel(layer=0, season=[3, 1], latitude=slice(None, None, -1), period=1)
    np.testing.assert_array_equal(
        block.values,
        cells.unpack(attributed["contribution"].values, attributed)[1, :, [3, 1], 0, ::-1].swapaxes(0, 1),
    )
    assert asked == [block.shape]


def test_an_unpacked_product_is_chunked_by_dask_and_written_as_whole_numbers(attributed, written, tmp_path):
    node = vadose.open(written.parents[1])["variability/attribution"].to_dataset()
    lazily = node[["contribution", "reason"]].chunk(latitude=2)
    lazily.to_netcdf(tmp_path / "maps.nc")
    with xr.open_dataset(tmp_path / "maps.nc", mask_and_scale=False) as raw:
        assert raw["reason"].dtype == np.int16 and raw["reason"].attrs["_FillValue"] == -32768
    with xr.open_dataset(tmp_path / "maps.nc") as back:
        np.testing.assert_array_equal(back["contribution"].values, node["contribution"].values)
        np.testing.assert_array_equal(back["reason"].values, node["reason"].values)


def test_a_folder_without_a_run_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected the folder of a finished run"):
        vadose.open(tmp_path)


ALONE = """
import sys
for name in "yaml dask rasterio rioxarray matplotlib snakemake cf_xarray geopandas netCDF4".split():
    sys.modules[name] = None
import vadose
tree = vadose.open(sys.argv[1])
print(float(abs(tree["variability/attribution"]["contribution"]).sum()))
"""


def test_open_needs_only_xarray_and_a_reader_of_netcdf(attributed, written):
    """As the library alone is installed, with h5netcdf."""
    environment = os.environ | {"PYTHONPATH": str(LIBRARY)}
    command = [sys.executable, "-c", ALONE, str(written.parents[1])]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(float(abs(attributed["contribution"]).sum()), rel=1e-12)


def test_codes_mean_what_the_library_means():
    codes = products.specifications()["codes"]
    assert codes["copula_family"] == FAMILIES
    assert codes["land_cover"] == {0: "none"} | CLASSES
    reasons = products.specification("attribution")["variables"]["reason"]["flags"]
    assert reasons == {int(code): name for code, name in quality.REASON_NAMES.items()}


def test_regions_are_named_as_the_configured_set_names_them(grid, tmp_path):
    """WWF's ecoregions from the table of codes, other regions from the names that the product holds."""
    located = cells.locate(np.ones(grid.shape, bool), grid)
    codes = np.arange(located.sizes["cell"]) % 3
    plain = products.cell_coordinates(located).assign({"ecoregion": ("cell", codes.astype(np.int8))})
    products.write(plain, tmp_path / "wwf.nc", "ecoregions")
    products.write(plain.assign({"name": ("region", ["CEU", "N.Eastern Africa"])}), tmp_path / "ar6.nc", "ecoregions")
    meanings = {}
    for name in ("wwf", "ar6"):
        with xr.open_dataset(tmp_path / f"{name}.nc") as opened:
            attrs = opened["ecoregion"].attrs
            meanings[name] = dict(zip(attrs["flag_values"].tolist(), attrs["flag_meanings"].split(), strict=True))
    assert meanings["ar6"] == {0: "none", 1: "CEU", 2: "N.Eastern_Africa"}
    assert meanings["wwf"][0] == "none" and meanings["wwf"][99] == "Rock_and_ice" and len(meanings["wwf"]) == 17


def test_terms_are_named_in_their_order(written):
    with xr.open_dataset(written) as opened:
        meanings = dict(
            zip(opened["top1_term"].attrs["flag_values"], opened["top1_term"].attrs["flag_meanings"].split())
        )
    assert len(meanings) == 25 and meanings[-1] == "missing"
    # counted over dynamics, season, layer: 1 * 12 + 2 * 3 + 1
    assert meanings[19] == "iav_semi-arid_layer_2" and meanings[0] == "trend_humid_layer_1"


def test_the_recipes_of_the_page_run(tmp_path, monkeypatch):
    """docs/maps.md: three lines draw a map of tau, with its values in their places."""
    grid = GRIDS["globe"]
    axis = cells.locate(np.arange(grid.area.size).reshape(grid.shape) % 3 == 1, grid)
    tau = np.sin(np.add.outer(axis["lat"].values + axis["lon"].values, np.arange(4.0))).reshape(-1, 2, 2)
    dataset = products.cell_coordinates(axis).assign(tau=(("cell", "time_scale", "layer"), tau))
    dataset = dataset.assign_coords(time_scale=["monthly", "annual"], layer=[1, 2])
    monkeypatch.chdir(tmp_path)
    Path("results/demo/dependence").mkdir(parents=True)
    cells.gathered(dataset).to_netcdf("results/demo/dependence/copulas.nc", engine="h5netcdf")
    page = (LIBRARY.parent / "docs/maps.md").read_text(encoding="utf-8")
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.S):
        exec(block, names)
    mesh = pyplot.gca().collections[0]
    pyplot.close("all")
    expected = cells.unpack(tau[:, 0, 0], dataset)
    np.testing.assert_array_equal(np.ma.filled(mesh.get_array(), np.nan).reshape(grid.shape), expected)
    last = names["maps"]["tau"].sel(time_scale="annual", layer=2).reindex(grid_lat=grid.lat, grid_lon=grid.lon)
    np.testing.assert_array_equal(last.values, cells.unpack(tau[:, 1, 1], dataset))
    names["node"] = vadose.open("results/demo")["dependence/copulas"]
    (weighted,) = re.findall(r"`(tau\.weighted\(.*?)`", page)
    mean = eval(weighted, names).sel(time_scale="monthly", layer=2)
    assert float(mean) == pytest.approx(np.average(tau[:, 0, 1], weights=axis["area"].values), rel=1e-12)
