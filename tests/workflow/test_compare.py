"""Finished runs side by side: one job a study from files of three runs on two grids, planted errors."""

import functools
import itertools
import json
import re
import shutil
from unittest import mock

import made_up
import numpy as np
import pandas as pd
import pytest
import running
import xarray as xr
import yaml

import compare_runs
from vadose.core import calendar, cells
from vadose.core.grid import Grid
from vadose.core.units import WATER_DENSITY
from vadose.files import products
from vadose.pages.atlas import page
from vadose.statistics.triple_collocation import NEGATIVE_ERROR
from vadose.studies.comparison import agreement, collocation, runs
from vadose.studies.sensitivity import plan
from vadose.synthetic import other_soil_moisture

NOISE = {"coarse": 0.010, "fine": 0.020, "third": 0.015}  # volume fractions
TIMES = calendar.months(*made_up.YEARS)
BOUNDS = np.array([[0.0, 0.1], [0.1, 0.4]])


def soil_moisture(where, noise, seed, factor):
    """A truth that all runs share, the same in all cells and layers but for its size, and errors of the run."""
    truth = np.random.default_rng(1).standard_normal(len(TIMES)) * 0.03
    error = np.random.default_rng(seed).standard_normal((where.sizes["cell"], 2, len(TIMES))) * noise * factor
    thickness = (BOUNDS[:, 1] - BOUNDS[:, 0])[:, None]
    values = (0.3 + truth + error) * thickness * WATER_DENSITY
    bounds = {"layer_top": ("layer", BOUNDS[:, 0]), "layer_bottom": ("layer", BOUNDS[:, 1])}
    dataset = xr.Dataset({"soil_moisture": (("cell", "layer", "time"), values)})
    return dataset.assign_coords(products.cell_coordinates(where).coords | {"layer": [1, 2], "time": TIMES} | bounds)


@pytest.fixture(scope="module")
def compared(root, tmp_path_factory):
    """Three runs of made-up products; "fine" has cells of 5 degrees, whose errors are averaged over four."""
    folder = tmp_path_factory.mktemp("compare")
    coarse = made_up.cells()
    grid = cells.grid_of(coarse)
    mask = np.zeros(grid.shape, bool)
    mask[coarse["row"].values, coarse["column"].values] = True
    fine_grid = Grid.regular(5.0, 0.0, 90.0)
    fine = cells.locate(mask.repeat(2, axis=0).repeat(2, axis=1), fine_grid).set_coords(["row", "column", "area"])
    for number, (name, noise) in enumerate(NOISE.items()):
        run = folder / "results" / name
        made_up.run(run)
        (run / "run_config.yaml").write_text(yaml.safe_dump(made_up.record()), encoding="utf-8")
        where, factor = (fine, 2.0) if name == "fine" else (coarse, 1.0)
        path = run / "prepared/variability/soil_moisture_2000-2011.nc"
        products.write(soil_moisture(where, noise, 10 + number, factor), path, "soil_moisture")
    content = {"run": "side", "compare": {"runs": [f"results/{name}" for name in NOISE]}}
    (folder / "side.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    running.run(folder, root, "--configfile", "side.yaml", "--", "compare")
    return folder / "results/side/comparison"


def test_planted_errors_of_soil_moisture_are_found(compared):
    table = pd.read_csv(compared / "variability/collocation.csv")
    assert set(table["layer"]) == {"0-10 cm", "10-40 cm"} and (table["too_few_months"] == 0).all()
    assert (table["estimated"] + table["negative_error"] + table["negative_signal"] == table["cells"]).all()
    for name, noise in NOISE.items():
        own = table[table["run"] == name]
        np.testing.assert_allclose(own["median_error_variance"], noise**2, rtol=0.12)
        # Anomalies leave 11 of 12 years of variance in both signal and error.
        np.testing.assert_allclose(own["median_r"], 1 / np.sqrt(1 + noise**2 / 0.03**2), rtol=0.05)
        assert (own["median_r_low"] < own["median_r"]).all() and (own["median_r"] < own["median_r_high"]).all()


def test_runs_of_the_same_maps_agree_and_lie_nowhere_apart(compared):
    """The merged products of all three are the same: no spread, no conflict, every statement in 3 of 3."""
    joined = products.read(compared / "variability.nc", "comparison")
    assert np.nanmax(joined["spread"].values) < 1e-12 and agreement.CONFLICTING not in joined["agreement"].values
    assert set(np.unique(joined["runs"].values)) <= {0, 3}
    statements = pd.read_csv(compared / "variability/statements.csv")
    assert (statements["holds_in"] == 3).all() and (statements["of"] == 3).all()
    values = pd.read_csv(compared / "dependence/values.csv")
    assert set(values["case"]) == {
        f"{scale}, {layer} cm" for scale, layer in itertools.product(("monthly", "annual"), ("0-10", "10-40"))
    }
    for study in ("variability", "dependence"):
        text = (compared / f"{study}.html").read_text(encoding="utf-8")
        assert f"Runs side by side: {study}" in text and "What holds in how many runs" in text
        assert (compared / f"{study}/spread.pdf").is_file()
    assert "gldas_2_1" in joined.attrs["source"]  # the data sets of the runs, not those of this configuration


def test_the_atlas_has_spread_agreement_and_errors_as_layers(compared):
    text = (compared / "variability_atlas.html").read_text(encoding="utf-8")
    index = json.loads(re.search(r'id="index">(.*?)</script>', text, re.S)[1])
    groups = {study["id"]: {layer["group"] for layer in study["layers"]} for study in index["studies"]}
    assert groups["comparison"] == {"Spread among the runs", "Mean of the runs", "Agreement of the runs"}
    assert {"Standard deviation of the error", "Signal-to-noise ratio", "Correlation with the truth"} < groups[
        "collocation"
    ]
    joined = products.read(compared / "variability.nc", "comparison")
    assert index["studies"][0]["cells"] == joined.sizes["cell"] and 'href="variability.html"' in text
    assert 'href="variability_atlas.html"' in (compared / "variability.html").read_text(encoding="utf-8")


def test_a_cell_of_the_atlas_shows_each_run(compared, window):
    errors = products.read(compared / "variability/collocation.nc", "collocation")
    cell = int(np.flatnonzero(np.isfinite(errors["r"].values[:, 0]).all(axis=1))[0])
    place = f"{errors['lat'].values[cell]:g},{errors['lon'].values[cell]:g}"
    window.window(1300, 900)
    ready = "document.documentElement.dataset.ready !== undefined"
    window.open(compared / "variability_atlas.html", f"study=collocation&cell={place}", ready)
    row = "[...document.querySelectorAll('#panel tbody tr')].find((r) => r.textContent.startsWith('Correlation with'))"
    texts = window.value(f"[...{row}.querySelectorAll('td')].map((entry) => entry.textContent)")
    np.testing.assert_allclose([float(text) for text in texts], errors["r"].values[cell, 0], atol=0.001)
    head = window.value("[...document.querySelectorAll('#panel thead th')].map((h) => h.textContent)")
    assert head[1:] == list(NOISE)
    assert window.complaints == []


def test_a_large_atlas_keeps_its_numbers_in_files_and_shows_each_run(compared, window, tmp_path, monkeypatch):
    shutil.copy(compared / "run_config.yaml", tmp_path / "run_config.yaml")
    shutil.copytree(compared / "variability", tmp_path / "variability")
    monkeypatch.setattr(page, "render", functools.partial(page.render, limit=245_000))
    monkeypatch.setattr(compare_runs, "spread_maps", mock.Mock())  # the figure is not what is tested
    monkeypatch.setattr(compare_runs.bundle, "save", mock.Mock())
    compare_runs.main(
        folders=[compared.parents[1] / name for name in NOISE],
        folder=tmp_path / "variability",
        options={"resamples": 20, "seed": 1},
        compared=tmp_path / "variability.nc",
        html=tmp_path / "variability.html",
        atlas=tmp_path / "variability_atlas.html",
        look=yaml.safe_load((compared / "run_config.yaml").read_text(encoding="utf-8"))["configuration"]["figures"],
        cores=2,
    )
    assert (tmp_path / "variability_atlas.html").stat().st_size < 245_000
    assert list((tmp_path / "variability/variability_atlas_tiles").glob("*.js"))
    said = {}
    for folder in (compared, tmp_path):
        window.window(1300, 900)
        ready = "document.documentElement.dataset.ready !== undefined"
        window.open(folder / "variability_atlas.html", "study=comparison", ready)
        window.until("document.querySelectorAll('#panel tbody tr').length > 0")
        said[folder] = window.value("document.getElementById('panel').innerText")
    assert said[compared] == said[tmp_path] and window.complaints == []


def test_one_command_runs_a_list_of_products_and_goes_on_where_it_stopped(root, tmp_path):
    """GLDAS, MERRA-2 and GLEAM of one made-up Earth: each a run of its own, whose planted errors triple collocation
    finds; asked again, no job is left."""
    folder = running.folder_for(tmp_path)
    listed = yaml.safe_load((root / "config/scenarios/compare_products.yaml").read_text(encoding="utf-8"))["compare"]
    listed = [product for product in listed["products"] if product["name"] != "era5_land"]
    ten_years = {"years": [2000, 2009], "periods": [[2000, 2009]], "splice": "2.1_only"}
    quick = ten_years | {"trend": {"tests": ["original"], "simulations": 100, "resamples": 100}}
    content = {"run": "side", "compare": {"products": listed}}
    content = plan.merged(running.SMALL, content | {"tiles": {"variability": 1}, "variability": quick})
    (folder / "small.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    running.run(folder, root, "--", "compare")
    joined = products.read(folder / "results/side/comparison/variability.nc", "comparison")
    assert (
        joined["run"].values.tolist() == ["side-gldas", "side-merra_2", "side-gleam_smroot"]
        and joined.sizes["cell"] > 20
    )
    shares = joined.sel(number="share of the variance, 0-100 cm")["value"].values
    assert np.isfinite(shares).all()
    errors = pd.read_csv(folder / "results/side/comparison/variability/collocation.csv").set_index("run")
    assert (errors["estimated"] > 20).sum() >= 2 and (errors["layer"] == "0-100 cm").all()
    for name in ("merra_2", "gleam_smroot"):
        planted = other_soil_moisture.ERRORS[name]
        assert np.sqrt(errors.loc[f"side-{name}", "median_error_variance"]) == pytest.approx(planted, rel=0.15)
    again = running.run(folder, root, "--", "compare")
    assert again.count("Nothing to be done") == 4


def test_runs_that_are_not_there_are_named(root, tmp_path):
    (tmp_path / "none.yaml").write_text("run: side\ncompare: {runs: [results/a, results/b]}\n", encoding="utf-8")
    text = running.run(tmp_path, root, "--configfile", "none.yaml", "-n", "--", "compare", expect=1)
    assert "compare.runs: expected the folder of a finished run with run_config.yaml, found none in results/a" in text


def test_classes_are_those_of_the_ipcc():
    """Rows: all agree and are significant; few are significant; as many, but of two signs; one run alone."""
    values = np.array([[1.0, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, -3, -4, 5], [1, np.nan, np.nan, np.nan, np.nan]])
    tested = np.array([[1.0, 1, 1, 1, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, np.nan], [1, 1, 1, 1, 1]])
    np.testing.assert_array_equal(
        agreement.classes(values, tested),
        [agreement.ROBUST, agreement.NO_SIGNAL, agreement.CONFLICTING, agreement.NONE],
    )
    four_of_five = agreement.classes(np.array([1.0, 1, 1, 1, -1]), np.ones(5))
    assert four_of_five == agreement.ROBUST  # exactly 80 % of one sign


def test_layers_and_grids_that_all_have():
    gldas = np.array([[0, 0.1], [0.1, 0.4], [0.4, 1.0], [1.0, 2.0]])
    era5 = np.array([[0, 0.07], [0.07, 0.28], [0.28, 1.0]])
    surface = np.array([[0, 0.05]])
    np.testing.assert_array_equal(runs.common_layers([gldas, era5]), gldas[:3])
    np.testing.assert_array_equal(runs.common_layers([gldas, era5, surface]), surface)
    # 0-10 cm of ERA5-Land: 7 cm of the first layer, 3 cm of the second.
    got = runs.by_depth(np.array([0.1, 0.2, 0.3]), era5, gldas[:3])
    np.testing.assert_allclose(got, [0.13, (0.18 * 0.2 + 0.12 * 0.3) / 0.3, 0.3], rtol=1e-14)
    with pytest.raises(ValueError, match="layers that overlap"):
        runs.common_layers([surface, gldas[1:]])
    assert runs.coarsest([Grid.regular(1.0), Grid.regular(5.0), Grid.regular(5.0, 0.0)]).shape == (36, 72)


def test_a_fourth_run_mends_negative_estimates_and_they_are_counted():
    """Runs with hardly any error are often estimated below none; all triplets together are so less often."""
    rng, grid = np.random.default_rng(2), Grid.regular(30.0)
    noise = np.array([0.02, 1.0, 1.0, 0.5])[:, None, None, None, None]
    values = rng.standard_normal((*grid.shape, 120)) + noise * rng.standard_normal((4, 1, *grid.shape, 120))
    options = {"resamples": 20, "seed": 1}
    names, times, layer = list("abcd"), np.arange("2001-01", "2011-01", dtype="datetime64[M]"), np.array([[0, 0.1]])
    times = times.astype("datetime64[ns]")
    three = collocation.table(collocation.collocate(values[:3], times, grid, layer, names[:3], **options))
    four = collocation.table(collocation.collocate(values, times, grid, layer, names, **options))
    assert (three["by_extended"] == 0).all() and three["negative_error"][0] > 10
    assert four["by_extended"][0] > 0
    assert four["by_extended"][0] + four["negative_error"][0] == three["negative_error"][0]
    got = collocation.collocate(values, times, grid, layer, names, **options)
    negative = got["reason"].values == NEGATIVE_ERROR
    assert (got["error_variance"].values[negative] < 0).all() and np.isnan(got["snr"].values[negative]).all()
    mended = got["reason"].values == collocation.EXTENDED
    assert (got["error_variance"].values[mended] >= 0).all() and np.isfinite(got["snr"].values[mended]).all()
