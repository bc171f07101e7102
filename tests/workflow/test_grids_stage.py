"""The target `grids` of a run: its files and `vadose.open` show the numbers of the products; figures unpack; codes of
products say what they mean."""

import shutil

import numpy as np
import pytest
import rasterio
import running
import xarray as xr

import vadose
from vadose.core import cells
from vadose.files import products

RUN = "results/small"
COUNTS = {"years"}  # whole numbers that are no codes


@pytest.fixture(scope="module")
def folder(undisturbed, root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grids") / "run"
    shutil.copytree(undisturbed, folder)
    targets = ("grids/variability/attribution.nc", "grids/variability/trends.nc", "figures/variability/figure_2.png")
    running.run(folder, root, *(f"{RUN}/{target}" for target in targets))
    return folder / RUN


@pytest.mark.slow
def test_maps_of_a_run_hold_the_numbers_of_its_products(folder):
    tree = vadose.open(folder)
    assert not [path for path in tree.groups if path.startswith("/grids")]
    for name in ("attribution", "trends"):
        packed = products.read(folder / f"variability/{name}.nc", name)
        with xr.open_dataset(folder / f"grids/variability/{name}.nc") as maps:
            assert set(packed.data_vars) <= set(maps.data_vars)
            for variable in packed.data_vars:
                values = cells.unpack(packed[variable].values, packed)
                np.testing.assert_array_equal(maps[variable].values, values, err_msg=variable)
                np.testing.assert_array_equal(tree[f"variability/{name}"][variable].values, values, err_msg=variable)
            assert maps.attrs["run"] == "small" and maps.attrs["configuration_hash"]
            assert maps["reason" if name == "attribution" else "years"].dims == ("period", "latitude", "longitude")
    packed = products.read(folder / "variability/trends.nc", "trends")
    with rasterio.open(folder / "grids/variability/trends/slope.tif") as file:
        assert file.units[0] == "kg m-2 yr-1" and file.descriptions[0] == "period 1990-1999, series total"
        np.testing.assert_array_equal(file.read(1), cells.unpack(packed["slope"].values, packed)[0, 0, ::-1])


@pytest.mark.slow
def test_data_of_a_figure_of_a_run_unpack(folder):
    tree = vadose.open(folder)
    layers = tree["variability/attribution"]["contribution"].isel(period=-1).sum(("dynamics", "season"), skipna=False)
    drawn = tree["figures/variability/figure_2"]["by_layer"]
    assert drawn.dims == ("layer", "latitude", "longitude")
    np.testing.assert_allclose(drawn.values, layers.values, rtol=1e-12)


@pytest.mark.slow
def test_codes_of_the_products_of_a_run_have_meanings(folder):
    coded = []
    for path in sorted(folder.glob("variability/*.nc")):
        with xr.open_dataset(path) as opened:
            for name, variable in opened.data_vars.items():
                if variable.dtype.kind in "iu" and name not in COUNTS:
                    meanings = dict(
                        zip(variable.attrs["flag_values"], variable.attrs["flag_meanings"].split(), strict=True)
                    )
                    assert set(np.unique(variable.values)) <= set(meanings), f"{path.name}: {name}"
                    coded.append(name)
    assert {"reason", "top1_term", "top2_term"} <= set(coded)
