"""The scripts of study B up to lags, one after the other on made-up prepared files: what the next one reads is what the
one before wrote."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from printed import only_fit
from vadose.core import calendar, cells
from vadose.core.grid import Grid
from vadose.files import configuration, products
from vadose.studies.dependence import pairs

TIMES = calendar.months(2000, 2009)
SCHEMA = Path(__file__).resolve().parents[2] / "config/schema.yaml"
LOOK = configuration.complete({}, configuration.load_schema(SCHEMA))["figures"]
PNG = LOOK | {"formats": ["png"]}  # where it matters that a figure is drawn, and not how it is written


def main_of(root, name):
    spec = importlib.util.spec_from_file_location(name, root / f"workflow_scripts/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def stages(root, folder, given):
    """Lags and copulas in two tiles, merged, and their tests over the field; {product: file}."""
    options = {"bootstrap": 20, "gof": True, "gof_resamples": 20, "risk": True, "seed": 3}
    scales = {"time_scales": ["monthly", "annual"], "annual_cycle": "kept", "compare_annual_cycle": True}
    for tile in cells.tiles(2):
        main_of(root, "measure_lags")(**given, lags=folder / f"lags_{tile}.nc", tile=tile, max_lag=3, null="circular")
        own = {"lags": folder / f"lags_{tile}.nc", "copulas": folder / f"copulas_{tile}.nc", "tile": tile}
        own |= {"risks": folder / f"risk_{tile}.nc"}
        main_of(root, "select_copulas")(**given, **own, **scales, stability_cells=2, options=options)
    for name in ("lags", "copulas", "risk"):
        main_of(root, "merge_tiles")(
            tiles=[folder / f"{name}_{tile}.nc" for tile in cells.tiles(2)], merged=folder / f"{name}.nc", name=name
        )
    made = {"lags": folder / "lags.nc", "copulas": folder / "copulas.nc"}
    main_of(root, "assess_dependence")(**made, tests=folder / "tests.nc", alpha_fdr=0.1)
    return made


@pytest.fixture(autouse=True)
def fit_to_print(monkeypatch):
    """Every figure that a test draws has letters that are large enough, on the page and beside one another."""
    only_fit(monkeypatch)


@pytest.fixture(scope="module")
def world(tmp_path_factory, root):
    """Prepared files of twelve cells, one of them ice, and all products made from them in two tiles."""
    folder = tmp_path_factory.mktemp("dependence")
    random, grid = np.random.default_rng(7), Grid.regular(5.0, 30.0, 45.0, 0.0, 20.0)
    where = products.cell_coordinates(cells.locate(np.ones(grid.shape, dtype=bool), grid))
    rain = 40.0 + 30.0 * random.random((12, TIMES.size)) + 5.0 * np.cos(2 * np.pi * np.arange(TIMES.size) / 12)
    soil = np.stack(
        [0.5 * rain + random.standard_normal(rain.shape), 90.0 - 0.5 * rain + 9.0 * random.standard_normal(rain.shape)],
        axis=1,
    )
    soil[4] = 33.0
    layers = {"layer": [1, 2], "layer_top": ("layer", [0.0, 0.07]), "layer_bottom": ("layer", [0.07, 0.28])}
    water = xr.Dataset({"soil_moisture": (("cell", "layer", "time"), soil)}, coords={"time": TIMES, **layers})
    products.write(where.merge(water), folder / "soil_moisture.nc", "soil_moisture")
    drops = xr.Dataset({"precipitation": (("cell", "time"), rain)}, coords={"time": TIMES})
    products.write(where.merge(drops), folder / "precipitation.nc", "precipitation")
    ecoregion = xr.Dataset({"ecoregion": ("cell", np.repeat([4, 8], 6))})
    products.write(where.merge(ecoregion), folder / "ecoregions.nc", "ecoregions")
    given = {"soil_moisture": [folder / "soil_moisture.nc"], "precipitation": [folder / "precipitation.nc"]}
    made = stages(root, folder, given)
    return folder, made


def test_products_are_as_specified_and_know_their_cells(world):
    folder, made = world
    fitted, measured = products.read(made["copulas"], "copulas"), products.read(made["lags"], "lags")
    tested = products.read(folder / "tests.nc", "dependence_tests")
    assert fitted.sizes["cell"] == measured.sizes["cell"] == tested.sizes["cell"] == 12 and "area" in fitted.coords
    assert (fitted["reason"].values[4] == 2).all() and np.isnan(measured["optimal_lag"].values[4]).all()
    rest = np.arange(12) != 4
    assert (fitted["tau_by_annual_cycle"].values[rest, :, 0] > 0.5).all() and (
        fitted["tau_by_annual_cycle"].values[rest, :, 1] < 0
    ).all()
    assert (measured["optimal_lag"].values[rest, :, 0] == 0).all() and (
        tested["lag_rejected"].values[rest, :, 0] == 1
    ).all()
    inside = (fitted["reason"].values == 0) & (fitted["flags"].values & 2 == 0)
    np.testing.assert_array_equal(tested["gof_tested"].values, inside.sum(axis=0))
    assert (tested["independence_tested"] == 11).all() and inside.any(axis=0).all()


def test_the_best_lags_reach_the_copulas(world):
    _, made = world
    fitted, measured = products.read(made["copulas"], "copulas"), products.read(made["lags"], "lags")
    np.testing.assert_array_equal(fitted["lag"].values[:, 0], measured["optimal_lag"].values[:, 0])


def test_tables_say_where_dependence_is_negative(world, root):
    folder, made = world
    names = [
        "negative_shares",
        "negative_shares_by_ecoregion",
        "copula_reasons",
        "copula_families",
        "copula_tails",
        "optimal_lags",
    ]
    tabulated = [folder / f"{name}.csv" for name in names]
    main_of(root, "tabulate_dependence")(
        **made,
        tests=folder / "tests.nc",
        ecoregions=folder / "ecoregions.nc",
        soil_moisture=[folder / "soil_moisture.nc"],
        negative=folder / "negative.nc",
        tabulated=tabulated,
        alpha=0.05,
    )
    table = pd.read_csv(tabulated[0]).set_index(["time_scale", "depth_cm"])
    assert (
        table.loc[("monthly", "0-7"), "share_of_cells"] == 0.0
        and table.loc[("monthly", "7-28"), "share_of_cells"] == 1.0
    )
    assert table.loc[("monthly, annual cycle removed", "7-28"), "fitted"] == 11
    by_ecoregion = pd.read_csv(tabulated[1])
    assert by_ecoregion["ecoregion"].unique().tolist() == [4, 8] and by_ecoregion["cells"].unique().tolist() == [6]
    shares = products.read(folder / "negative.nc", "negative_shares")
    assert float(shares["share_of_area"].sel(region="all", time_scale="monthly").values[1]) == pytest.approx(1.0)
    reasons = pd.read_csv(tabulated[2])
    assert reasons.groupby(["time_scale", "depth_cm"])["cells"].sum().unique().tolist() == [12]


def test_risks_by_region_whatever_the_pieces_and_maps_of_them(world, land_mask, root):
    folder, _ = world
    how = {"ecoregions": folder / "ecoregions.nc"}
    for pieces in (1, 3):
        table = folder / f"risk_{pieces}.csv"
        main_of(root, "tabulate_risk")(risks=folder / "risk.nc", table=table, pieces=pieces, **how)
    assert (folder / "risk_1.csv").read_bytes() == (folder / "risk_3.csv").read_bytes()
    rows = pd.read_csv(folder / "risk_1.csv").query("weighting == 'cell' and region == 'all'")
    assert rows["cells"].unique().tolist() == [11]
    assert rows.groupby(["time_scale", "layer", "event"]).size().unique().tolist() == [9]
    equal = rows[(rows["precipitation_share"] == 0.2) & (rows["soil_moisture_share"] == 0.2)]
    equal = equal.set_index(["time_scale", "depth_cm", "event"])
    for event in ("dry", "wet"):
        assert equal.loc[("monthly", "0-7", event), "gain_low"] > 1 > equal.loc[("monthly", "7-28", event), "gain_high"]
    anomalies = equal.loc[("monthly, annual cycle removed", "0-7", "dry")]
    assert anomalies["both_period"] == pytest.approx(1.0 / (12 * 0.2 * anomalies["probability"]))
    assert equal.loc["monthly", "both_period"].isna().all() and equal.loc["annual", "counted"].isna().all()
    picture = folder / "figures/risk.png"
    main_of(root, "draw_risk")(risks=folder / "risk.nc", land_mask=land_mask, figures=[picture], look=PNG)
    assert picture.stat().st_size > 10_000 and picture.with_suffix(".nc").exists()


def test_named_cells_are_drawn_with_what_was_fitted(world, root):
    folder, made = world
    given = {"soil_moisture": [folder / "soil_moisture.nc"], "precipitation": [folder / "precipitation.nc"]}
    picture = folder / "figures/copula_pairs.png"
    main_of(root, "draw_pairs")(
        **given,
        copulas=made["copulas"],
        figures=[picture],
        places=[(33.0, 2.0), (38.0, 1.0)],
        margins="ranks",
        look=PNG,
    )
    shown = pd.read_csv(picture.with_suffix(".csv"))
    assert picture.stat().st_size > 10_000 and sorted(shown["lat"].unique()) == [32.5, 37.5]
    # The second place is the cell of ice: its soil never changes, it has points but no copula.
    assert shown[shown["lat"] == 37.5]["v"].dropna().unique().tolist() == [0.5]


def test_simulated_tables_have_their_units_beside_them(root, tmp_path):
    families, season = tmp_path / "recovered_families.csv", tmp_path / "shared_season.csv"
    main_of(root, "simulate_dependence")(
        families=families,
        season=season,
        lengths={"monthly": 60, "annual": 20},
        simulations=5,
        preselect=True,
        resamples=20,
        seed=1,
    )
    assert set(pd.read_csv(families)["n"]) == {60, 20} and set(pd.read_csv(season)["annual_cycle"]) == set(pairs.CYCLES)
    assert "share (0 to 1)" in families.with_suffix(".md").read_text(encoding="utf-8").replace("\n", " ")


def test_the_figure_of_lags_shows_lags_and_their_tests(world, land_mask, root):
    folder, made = world
    figure = folder / "figures/lags.png"
    main_of(root, "draw_lags")(
        lags=made["lags"], tests=folder / "tests.nc", land_mask=land_mask, figures=[figure], look=PNG
    )
    with xr.open_dataset(figure.with_suffix(".nc")) as data:
        measured, tested = products.read(made["lags"], "lags"), products.read(folder / "tests.nc", "dependence_tests")
        np.testing.assert_array_equal(data["optimal_lag"].values, measured["optimal_lag"].values)
        np.testing.assert_array_equal(data["lag_q"].values, tested["lag_q"].values)
    assert figure.stat().st_size > 1000


def lessened(world, folder, case):
    """Prepared files of one cell; or with a layer that no cell has; or of years too few for annual copulas."""
    for name in ("soil_moisture", "precipitation", "ecoregions"):
        part = products.read(world / f"{name}.nc", name)
        if case == "one cell":
            part = part.isel(cell=slice(2, 3))
        elif case == "five years" and "time" in part.sizes:
            part = part.isel(time=slice(0, 60))
        elif case == "no second layer" and name == "soil_moisture":
            part[name] = part[name].where(part["layer"] == 1)
        products.write(part, folder / f"{name}.nc", name)
    return {"soil_moisture": [folder / "soil_moisture.nc"], "precipitation": [folder / "precipitation.nc"]}


@pytest.mark.slow
@pytest.mark.parametrize("case", ["one cell", "no second layer", "five years"])
def test_what_no_cell_has_is_empty_in_every_table_and_figure(world, land_mask, root, tmp_path, case):
    """One cell in two tiles, a layer without a value, a time scale without a copula: no invented number."""
    given = lessened(world[0], tmp_path, case)
    made = stages(root, tmp_path, given)
    names = ["negative_shares", "negative_shares_by_ecoregion", "copula_reasons", "copula_families", "copula_tails"]
    tabulated = [tmp_path / f"{name}.csv" for name in [*names, "optimal_lags"]]
    main_of(root, "tabulate_dependence")(
        **made,
        tests=tmp_path / "tests.nc",
        ecoregions=tmp_path / "ecoregions.nc",
        soil_moisture=given["soil_moisture"],
        negative=tmp_path / "negative.nc",
        tabulated=tabulated,
        alpha=0.05,
    )
    listed = pd.read_csv(tabulated[0]).set_index(["time_scale", "layer"])
    empty = {"one cell": [], "no second layer": [("monthly", 2), ("annual", 2)], "five years": [("annual", 1)]}[case]
    for row in empty:
        assert listed.loc[row, "fitted"] == 0 and np.isnan(listed.loc[row, "share_of_cells"])
    assert listed.loc[("monthly", 1), "fitted"] == (1 if case == "one cell" else 11)
    simulated = pd.DataFrame({"code": [1, -1], "n": 120, "correct": 0.5})
    simulated.to_csv(tmp_path / "families.csv", index=False)
    drawn = [tmp_path / f"figures/{name}.png" for name in ("dependence_monthly", "dependence_annual", "annual_cycle")]
    main_of(root, "draw_copulas")(
        copulas=made["copulas"],
        tests=tmp_path / "tests.nc",
        families=tmp_path / "families.csv",
        land_mask=land_mask,
        figures=[*drawn, tmp_path / "figures/copula_tails.png"],
        time_scales=["monthly", "annual"],
        look=LOOK if case == "one cell" else PNG,
    )
    main_of(root, "draw_lags")(
        lags=made["lags"],
        tests=tmp_path / "tests.nc",
        land_mask=land_mask,
        figures=[tmp_path / "figures/lags.png"],
        look=PNG,
    )
    assert all(path.stat().st_size > 1000 for path in drawn)
