"""The ridge stage from files to tables: tiles join to what one tile gives, equal bytes twice, and missing days are
refused."""

import numpy as np
import pandas as pd
import pytest

from vadose.core import calendar, cells
from vadose.core.cells import Tile
from vadose.core.grid import Grid
from vadose.files import products

TIMES = calendar.months(2000, 2019)
OPTIONS = {"choose": "gcv", "penalty": 1.0, "strong_share": 0.75, "bootstrap": 20, "seed": 7}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Prepared products of ten cells: each hears one control; the last one has no soil moisture."""
    folder, random = tmp_path_factory.mktemp("controls"), np.random.default_rng(2)
    axis = cells.locate(np.ones((2, 5), bool), Grid([42.5, 47.5], np.arange(2.5, 25.0, 5.0)))
    shape = 10, TIMES.size
    wet, rain, loss, air = (
        random.integers(0, 25, shape),
        random.gamma(3, 20, shape),
        random.gamma(3, 10, shape),
        285 + random.normal(size=shape),
    )
    main = np.arange(10) % 3
    soil = np.choose(main[:, None], [wet / 5.0, rain / 40.0, loss / 20.0]) + 0.1 * random.normal(size=shape) + 20
    soil[9] = np.nan
    base = products.cell_coordinates(axis).assign_coords(time=TIMES)
    layer = {"layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.07])}
    made = {
        "precipitation": base.assign(
            precipitation=(("cell", "time"), rain), wet_days=(("cell", "time"), wet.astype(float))
        ),
        "evapotranspiration": base.assign(evapotranspiration=(("cell", "time"), loss)),
        "air_temperature": base.assign(air_temperature=(("cell", "time"), air)),
        "soil_moisture": base.assign_coords(layer).assign(soil_moisture=(("cell", "layer", "time"), soil[:, None])),
    }
    for name, dataset in made.items():
        products.write(dataset, folder / f"{name}.nc", name)
    return folder, main


def fit(folder, target, tile):
    import fit_controls

    inputs = {
        name: [folder / f"{name}.nc"]
        for name in ("soil_moisture", "precipitation", "evapotranspiration", "air_temperature")
    }
    fit_controls.main(**inputs, controls=target, tile=Tile.parse(tile), **OPTIONS)
    return target


def test_tiles_join_to_the_whole_and_tables_are_the_same_twice(prepared, tmp_path):
    import tabulate_controls

    folder, main = prepared
    whole = fit(folder, tmp_path / "whole.nc", "1of1")
    parts = [fit(folder, tmp_path / f"{number}.nc", f"{number}of3") for number in (1, 2, 3)]
    products.merge(parts, tmp_path / "merged.nc", "controls")
    assert whole.read_bytes() == (tmp_path / "merged.nc").read_bytes()
    found = products.read(whole, "controls")
    assert found.sizes["time_scale"] == 6 and found.sizes["control"] == 3
    np.testing.assert_array_equal(found["dominant"].sel(time_scale="monthly").values[:9, 0], main[:9])
    assert (found["reason"].values[9] == 5).all()
    names = ("strong_controls", "controls_by_latitude", "control_reasons")
    for run in ("a", "b"):
        tabulate_controls.main(controls=whole, tabulated=[tmp_path / run / f"{name}.csv" for name in names])
    for name in names:
        assert (tmp_path / "a" / f"{name}.csv").read_bytes() == (tmp_path / "b" / f"{name}.csv").read_bytes()
    table = pd.read_csv(tmp_path / "a/strong_controls.csv").query("time_scale == 'monthly'")
    assert (table["cells"] == 9).all() and table["strong_cells"].tolist() == [3, 3, 3]
    assert table["strong_share_of_area"].sum() == pytest.approx(1.0, rel=1e-9)
