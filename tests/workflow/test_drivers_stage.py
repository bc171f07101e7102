"""The Bayesian stage from rows to tables with awkward ecoregions: each has a clear outcome and the others complete,
twice the same."""

import subprocess
import sys

import arviz
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from vadose.core import calendar, cells, time_scales
from vadose.core.grid import Grid
from vadose.files import products
from vadose.statistics import drivers
from vadose.studies.drivers import rows
from vadose.studies.drivers.statistics import MODEL
from vadose.studies.drivers.status import Status

pytestmark = pytest.mark.slow

TIMES = calendar.months(2000, 2019)
SAMPLER = {"chains": 2, "warmup": 200, "draws": 800, "max_treedepth": 10}
# Ecoregion: cells, and what is wrong with it.
WORLD = {
    1: (6, "nothing"),
    4: (6, "collinear"),
    5: (6, "constant"),
    6: (6, "predictor missing"),
    7: (3, "nothing"),
    8: (6, "response missing"),
    12: (1, "nothing"),
}
NAMES = ("air_temperature", "gross_primary_productivity", "land_surface_temperature")
TRUTH = np.array([[0.5, 0.3, -0.4, 0.0, 0.0, 0.0, 0.0], [-0.5, 0.3, -0.3, 0.0, 0.0, 0.0, 0.0]])


def rows_of(random, kind, count):
    score = random.normal(size=(3, count, TIMES.size))
    terms = drivers.design(score.reshape(3, -1).T)[:, 1:]
    answers = (terms @ TRUTH.T + 0.6 * random.normal(size=(terms.shape[0], 2))).T.reshape(2, count, TIMES.size)
    if kind == "collinear":
        score[2] = score[0]
    if kind == "constant":
        score[1] = 0.0
    if kind == "predictor missing":
        score[2] = np.nan
    if kind == "response missing":
        answers[1] = np.nan
    return score, answers


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Prepared products of a study of 34 cells, and all that the scripts make of them."""
    import check_drivers
    import sample_drivers
    import summarise_drivers
    import tabulate_drivers

    folder, random = tmp_path_factory.mktemp("drivers"), np.random.default_rng(8)
    count = sum(number for number, _ in WORLD.values())
    mask = np.zeros((4, 12), bool)
    mask.ravel()[:count] = True
    axis = cells.locate(mask, Grid(np.arange(2.5, 22.0, 5.0), np.arange(-177.5, -120.0, 5.0)))
    parts = [rows_of(random, kind, number) for number, kind in WORLD.values()]
    score, answers = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
    base = products.cell_coordinates(axis).assign_coords(time=TIMES)
    for name, values, mean, scale in zip(NAMES, score, (285.0, 6.0, 290.0), (8.0, 1.0, 9.0), strict=True):
        products.write(base.assign({name: (("cell", "time"), mean + scale * values)}), folder / f"{name}.nc", name)
    rain = base.assign(precipitation=(("cell", "time"), 80 + 10 * answers[0]))
    products.write(rain, folder / "precipitation.nc", "precipitation")
    layer = {"layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.07])}
    soil = base.assign_coords(layer).assign(soil_moisture=(("cell", "layer", "time"), (30 + 3 * answers[1])[:, None]))
    products.write(soil, folder / "soil_moisture.nc", "soil_moisture")
    codes = np.repeat(list(WORLD), [number for number, _ in WORLD.values()])
    products.write(
        products.cell_coordinates(axis).assign(ecoregion=("cell", codes)), folder / "ecoregions.nc", "ecoregions"
    )
    summarise_drivers.main(
        soil_moisture=[folder / "soil_moisture.nc"],
        precipitation=[folder / "precipitation.nc"],
        predictors=[folder / f"{name}.nc" for name in NAMES],
        ecoregions=folder / "ecoregions.nc",
        statistics=folder / "statistics.nc",
        formula="Ta * GPP * LST",
        products_of=dict(zip(("Ta", "GPP", "LST"), NAMES, strict=True)),
        time_scales=["monthly", "annual"],
        group="none",
        block_degrees=10.0,
        min_cells=1,
    )
    for run in ("first", "second"):
        (folder / run).mkdir()
        estimates, draws = folder / run / "estimates.nc", folder / run / "draws.nc"
        gates = {"rhat": 1.02, "ess": 400, "kept": 50, "cores": 2 if run == "first" else 1}
        sample_drivers.main(
            statistics=folder / "statistics.nc",
            estimates=estimates,
            draws=draws,
            priors={},
            seed=5,
            sampler=SAMPLER,
            **gates,
        )
        tables = {
            name: folder / run / f"{table}.csv"
            for name, table in (("drivers", "drivers"), ("models", "driver_models"), ("negatives", "driver_negatives"))
        }
        inputs = {"statistics": folder / "statistics.nc", "estimates": estimates, "draws": draws}
        tabulate_drivers.main(**inputs, clusters=folder / run / "clusters.nc", **tables, seed=1, cluster_draws=5)
        check_drivers.main(estimates=estimates, failed=folder / run / "driver_failures.csv", on_failure="report")
    return folder


@pytest.fixture(scope="module")
def models(folder):
    return pd.read_csv(folder / "first/driver_models.csv", keep_default_na=False).set_index(["time_scale", "ecoregion"])


def test_every_model_has_an_outcome_and_a_sentence(models):
    assert len(models) == 2 * 16
    expected = {
        1: "converged",
        4: "failed",
        5: "not_estimable",
        6: "not_estimable",
        7: "converged",
        8: "not_estimable",
        13: "no_cells",
    }
    for scale in ("monthly", "annual"):
        for code, status in expected.items():
            assert models.loc[(scale, code), "status"] == status, (scale, code)
    sentences = {4: "collinear", 5: "GPP: constant", 6: "LST: missing in all", 8: "SM: missing in all"}
    for code, words in sentences.items():
        assert words in models.loc[("monthly", code), "message"]
    assert (models.loc[models["status"] == "converged", "message"] == "").all()


def test_twenty_annual_rows_are_modelled_with_wide_errors(models, folder):
    assert models.loc[("annual", 12), "rows"] == 20 and models.loc[("annual", 12), "status"] == "converged"
    table = pd.read_csv(folder / "first/drivers.csv")
    width = table[table["ecoregion"] == 12].groupby("time_scale")["sd"].mean()
    assert width["annual"] > 2 * width["monthly"]


def test_planted_coefficients_are_within_four_errors(folder):
    table = (
        pd.read_csv(folder / "first/drivers.csv")
        .query("time_scale == 'monthly' and ecoregion == 1")
        .set_index(["response", "term"])
    )
    spread = np.sqrt((TRUTH**2).sum(axis=1) + 0.36)
    for number, response in enumerate(drivers.RESPONSES):
        for place, term in enumerate(drivers.TERMS):
            row = table.loc[(response, term)]
            assert abs(row["mean"] - TRUTH[number, place] / spread[number]) < 4 * row["driscoll_kraay"] + 0.02, (
                response,
                term,
            )
    assert table.loc[("SM", "Ta"), "quadrant"] == 4 and table.loc[("SM", "Ta"), "robust_negative"] == 1


def test_two_runs_give_identical_tables_whatever_the_threads(folder):
    for name in ("drivers.csv", "driver_models.csv", "driver_negatives.csv", "driver_failures.csv"):
        assert (folder / "first" / name).read_bytes() == (folder / "second" / name).read_bytes(), name
    with (
        xr.open_dataset(folder / "first/draws.nc", group="posterior") as one,
        xr.open_dataset(folder / "second/draws.nc", group="posterior") as two,
    ):
        xr.testing.assert_identical(one, two)


def test_draws_are_what_arviz_reads(folder):
    with arviz.rc_context({"data.load": "eager"}):  # no file stays open
        drawn = arviz.from_netcdf(folder / "first/draws.nc")
    assert dict(drawn.posterior.sizes)["draw"] == 50 and set(drawn.sample_stats) == {"diverging", "depth"}
    one = drawn.posterior["coefficients"].sel(time_scale="monthly", layer=1, ecoregion=1)
    mean = products.read(folder / "first/estimates.nc", "driver_estimates")["mean"].sel(
        time_scale="monthly", layer=1, ecoregion=1
    )
    np.testing.assert_allclose(one.mean(["chain", "draw"]), mean, atol=0.01)
    assert float(arviz.rhat(one)["coefficients"].max()) < 1.1


def test_failed_models_stop_or_are_reported_as_configured(folder):
    import check_drivers

    listed = pd.read_csv(folder / "first/driver_failures.csv")
    assert listed["model"].tolist() == ["monthly, layer 1, ecoregion 4", "annual, layer 1, ecoregion 4"]
    with pytest.raises(SystemExit, match="found 2 that did not"):
        check_drivers.main(estimates=folder / "first/estimates.nc", failed=folder / "stopped.csv", on_failure="stop")
    assert not (folder / "stopped.csv").exists() and (folder / "first/drivers.csv").exists()


def test_a_model_that_does_not_converge_fails_its_gate_alone(folder, monkeypatch):
    """One model is made to wander: its draws of the second chain are shifted. The others pass."""
    from vadose.studies.drivers.models import failures, sample_all

    described, real, calls = products.read(folder / "statistics.nc", "driver_statistics"), drivers.sample, []

    def wandering(statistics, **options):
        trace = real(statistics, **options)
        calls.append(options["seed"])
        if len(calls) == 1:
            trace.posterior["coefficients"][1] += 1.0
        if len(calls) == 3:
            raise RuntimeError("the sampler lost its way")
        return trace

    monkeypatch.setattr(drivers, "sample", wandering)
    chosen = described.sel(time_scale=["monthly"])
    options = {"priors": {}, "seed": 5, **SAMPLER, "rhat": 1.02, "ess": 400, "kept": 20}
    found = sample_all(chosen, **options).estimates["status"].values[0, 0]
    by_code = dict(zip(rows.CODES, found.tolist(), strict=True))
    assert [by_code[code] for code in (1, 4, 7, 12)] == [Status.FAILED, Status.FAILED, Status.FAILED, Status.CONVERGED]
    undisturbed = products.read(folder / "first/estimates.nc", "driver_estimates").sel(time_scale=["monthly"])
    assert list(dict(failures(undisturbed))) == ["monthly, layer 1, ecoregion 4"], "of the same seed and gates"


def test_unclustered_where_too_few_ecoregions_converged(folder):
    clusters = products.read(folder / "first/clusters.nc", "driver_clusters")
    assert (clusters["cluster"].sel(term="Ta", time_scale="monthly").values >= 0).sum() == 3
    estimates = products.read(folder / "first/estimates.nc", "driver_estimates")
    assert (estimates["status"].values == Status.CONVERGED).sum() == 6
    assert time_scales.SCALES[0] == "monthly" and estimates["status"].dims == MODEL


def test_stages_can_be_switched_off(root, tmp_path):
    """Without controls and drivers no rule of theirs is planned."""
    (tmp_path / "off.yaml").write_text(
        "studies: [dependence]\ndependence: {controls: false, drivers: false}\n", encoding="utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "-s",
        str(root / "Snakefile"),
        "--cores",
        "1",
        "-n",
        "--nolock",
        "--quiet",
        "rules",
    ]
    command += ["--directory", str(tmp_path), "--configfile", str(tmp_path / "off.yaml"), "--", "all"]
    done = subprocess.run(command, capture_output=True, text=True)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert (
        "select_copulas" in text
        and "fit_controls" not in text
        and "sample_drivers" not in text
        and "recover_truth_controls" not in text
    )
