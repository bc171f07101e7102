"""The sensitivity analysis in runs: only on request, only what an alternative touches is run again, and its
numbers are those of a direct run."""

import hashlib
import json
import re
from types import SimpleNamespace

import made_up
import numpy as np
import pandas as pd
import pytest
import running
import xarray as xr
import yaml

import tabulate_sensitivity
from vadose.files import configuration, products
from vadose.pages.report import sections
from vadose.studies.sensitivity import plan, verdicts

OVERLAID = {
    "average_seasons_alternative": 2,
    "attribute_variability_alternative": 4,
    "fit_trends_alternative": 1,
    "assess_splice_alternative": 1,
    "prepare_soil_moisture_alternative": 1,
    "merge_alternative": 7,
    "resample_years_alternative": 4,
    "record_alternative": 4,
}


def jobs(text):
    """{rule: number of jobs} of a dry run."""
    table = text[text.index("Job stats:") :]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.M)}


def test_a_run_has_a_sensitivity_analysis_only_on_request(root, tmp_path):
    demo = ["--configfile", str(root / "config/config.yaml"), "-n"]
    folder = running.folder_for(tmp_path)
    plain, asked = (jobs(running.run(folder, root, *demo, *more)) for more in ([], ["--config", "sensitivity=True"]))
    assert "sensitivity" not in plain and not [name for name in plain if name.endswith("_alternative")]
    assert asked["sensitivity"] == 1 and asked["sample_drivers_alternative"] == 1
    # Copulas for seven alternatives and controls for four, in the one tile of the demo; nothing of the run itself is
    # made twice.
    assert (
        asked["select_copulas_alternative"] == 7 and asked["fit_controls_alternative"] == 4 and asked["cut_tile"] == 1
    )
    # Each is resampled with the years of the run, so that its difference from the run has an interval.
    assert asked["resample_copulas_alternative"] == 7
    assert asked["resample_controls_alternative"] == asked["tabulate_control_intervals_alternative"] == 4
    # Wet days twice; precipitation, evapotranspiration and air temperature of ERA5-Land itself.
    assert asked["prepare_field_alternative"] == 5
    new = {name for name in asked if name.endswith("_alternative")} | {
        "sensitivity",
        "record_alternative",
        "cut_tile",
        "compare_versions",
        "total",
    }
    assert {name: count for name, count in asked.items() if name not in new} == {
        k: n for k, n in plain.items() if k != "total"
    }


def test_lags_are_one_file_where_they_are_asked_for(rules):
    """The script takes a path, not a list of one."""
    lags = dict(rules["select_copulas_alternative"].input.items())["lags"]
    asked = {
        name: lags(SimpleNamespace(alternative=name, tile="1of2")) for name in ("optimal_lag", "parametric_margins")
    }
    assert asked == {
        "optimal_lag": "results/demo/sensitivity/optimal_lag/dependence/tiles/lags_1of2.nc",
        "parametric_margins": [],
    }


@pytest.mark.slow
def test_the_answer_is_that_of_a_direct_run(root, tmp_path):
    """A small world whose newer GLDAS lies 20 kg m-2 higher: what is computed again is what a run with that setting
    makes, and the step goes."""
    folder = running.folder_for(tmp_path)
    (folder / "step.yaml").write_text(
        "tiles: {variability: 1}\nvariability: {trend: {simulations: 100}}\nsynthetic: {world: null_step, step: 20}\n",
        encoding="utf-8",
    )
    files = ["--configfile", "small.yaml", "step.yaml"]
    done = jobs(running.run(folder, root, *files, "--", "sensitivity"))
    assert {name: count for name, count in done.items() if name in OVERLAID} == OVERLAID and done[
        "attribute_variability"
    ] == 1
    direct = "results/direct/variability/tiles/attribution_1of1.nc"
    (folder / "direct.yaml").write_text("run: direct\nvariability: {splice: adjusted}\n", encoding="utf-8")
    running.run(folder, root, *files, "direct.yaml", "--notemp", "--", direct)
    paths = (
        "results/small/sensitivity/splice_adjusted/variability/attribution.nc",
        direct,
        "results/small/variability/attribution.nc",
    )
    made, ran, own = (products.read(folder / path, "attribution") for path in paths)
    np.testing.assert_array_equal(made["contribution"].values, ran["contribution"].values)
    prepared = "prepared/variability/soil_moisture_1990-1999.nc"
    water = [
        products.read(folder / "results" / run / prepared, "soil_moisture")["soil_moisture"].values
        for run in ("small/sensitivity/splice_adjusted", "direct", "small")
    ]
    np.testing.assert_array_equal(water[0], water[1])
    assert np.nanmean((water[0] - water[2]).sum(axis=1)) == pytest.approx(20, abs=1)
    # Provenance of what was computed again is its own.
    assert made.attrs["run"] == "small-splice_adjusted" and own.attrs["run"] == "small"
    table = pd.read_csv(folder / "results/small/tables/sensitivity.csv")
    adjusted = table[table["alternative"] == "splice_adjusted"].groupby("number").first()
    step = adjusted.loc["step"]
    assert (
        step["base"] == pytest.approx(20, abs=5)
        and abs(step["under_alternative"]) < 5
        # Of a step that is gone, either sign is chance.
        and step["verdict"] in (verdicts.SIGNIFICANCE, verdicts.SIGN)
        and step["low"] < 0 < step["high"] < step["base_low"]
    )
    for column, product in (("base", own), ("under_alternative", made)):
        share = (
            product["contribution"]
            .sel(period="2000-2009", season="humid")
            .sum(["dynamics", "layer"], skipna=False)
            .values
        )
        assert adjusted.loc["season_share", column] == pytest.approx(np.nanmean(share), rel=1e-9), column
    # The later period has no splice inside: its trend stays as it is.
    assert adjusted.loc["trend", ["difference", "verdict"]].tolist() == [0.0, verdicts.SAME]
    notes = table.set_index("alternative")["note"]
    assert (
        notes["wet_day"] == "the run leaves out the dependence study"
        and notes["prewhitening"] == "variability.trend.tests of the run lack 3pw"
    )
    assert "Nothing to be done" in running.run(
        folder, root, *files, "-n", "--rerun-triggers", "mtime", "--", "sensitivity"
    )
    running.run(folder, root, *files, "--", "numbers")
    cited = json.loads((folder / "results/small/numbers.json").read_text(encoding="utf-8"))
    assert cited["run"]["run"] == "small"
    for key, number in (("season-share.humid-2000-2009", "season_share"), ("trend.2000-2009", "trend")):
        one = cited["numbers"][f"variability.{key}"]
        assert [one["value"], one["low"], one["high"]] == pytest.approx(
            adjusted.loc[number, ["base", "base_low", "base_high"]].tolist(), rel=1e-9
        )
        assert one["rule"] == "merge_variability" and one["interval_over"] == "years"
        content = (folder / "results/small" / one["product"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
    assert "\\csname vadose@value@variability.trend.2000-2009\\endcsname" in (
        folder / "results/small/numbers.tex"
    ).read_text(encoding="utf-8")


def copulas(seed):
    """Made-up copulas, with values for the annual cycle kept and removed."""
    made = made_up.shaped("copulas", made_up.product("copulas", made_up.cells(), seed))
    names = ("family", "par", "par2", "tau", "tau_low", "tau_high", "tail_class")
    by_cycle = {
        f"{name}_by_annual_cycle": (("cell", "annual_cycle", "layer"), made[name].values[:, ::-1]) for name in names
    }
    return made.assign(by_cycle).assign_coords(
        annual_cycle=["kept", "removed"], annual_cycle_of_time_scale=("time_scale", ["kept", "kept"])
    )


@pytest.fixture(scope="module")
def asked(root, tmp_path_factory):
    """The script on made-up products of both studies; copulas were computed again for one alternative."""
    folder = tmp_path_factory.mktemp("sensitivity")
    files = made_up.run(folder)
    own, other = copulas(1), copulas(99)
    products.write(own, files["copulas"], "copulas")
    products.write(other, folder / "sensitivity/no_preselection/dependence/copulas.nc", "copulas")
    schema = configuration.load_schema(root / "config/schema.yaml")
    config = configuration.complete(yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8")), schema)
    config["variability"]["trend"]["tests"], config["variability"]["productivity"] = ["original", "hamed_rao"], False
    listed = yaml.safe_load((root / "config/sensitivity.yaml").read_text(encoding="utf-8"))["alternatives"]
    cases = plan.plan(listed, config, root / "config/scenarios", lambda other: configuration.validate(other, schema))
    table = folder / "tables/sensitivity.csv"
    tabulate_sensitivity.main(
        regions=[],
        by_region=[],
        base=[files[name] for name in ("attribution", "trends", "field_significance", "copulas", "controls")],
        again=[folder / "sensitivity/no_preselection/dependence/copulas.nc"],
        table=table,
        cases=[case._replace(configuration={}, reading=case.reading._asdict())._asdict() for case in cases],
        own=plan.own_reading(config)._asdict(),
        folder=folder / "sensitivity",
        levels={"alpha": 0.05, "alpha_fdr": 0.1, "seed": 1},
    )
    return files | {"own": own}, other, table


def test_numbers_are_those_of_the_products(asked):
    files, other, table = asked
    found = pd.read_csv(table).set_index(["alternative", "number", "case"])
    row = found.loc["no_preselection", "copula_negative_share", "annual, 10-40 cm"]
    for column, made in (("base", files["own"]), ("under_alternative", other)):
        tau = made["tau"].sel(time_scale="annual").values[:, 1]
        assert row[column] == pytest.approx(np.mean(tau[np.isfinite(tau)] < 0), rel=1e-9)
    row = found.loc["weight_area", "dominant_control", "volume, annual, 0-10 cm"]
    with xr.open_dataset(files["controls"]) as made:
        known = np.isfinite(made["share"].sel(time_scale="annual").values[:, 0]).all(axis=1)
        area, first = made["area"].values[known], made["dominant"].sel(time_scale="annual").values[known, 0] == 1
        assert [row["base"], row["under_alternative"]] == pytest.approx(
            [first.mean(), area[first].sum() / area.sum()], rel=1e-9
        )
    tests = pd.read_csv(table).query("alternative == 'hamed_rao'").iloc[0]
    with xr.open_dataset(files["trends"]) as made:
        p = made["p"].isel(period=-1, series=0).values
        expected = [np.nanmean(np.where(np.isnan(p[:, number]), np.nan, p[:, number] <= 0.05)) for number in (0, 1)]
    assert [tests["base"], tests["under_alternative"]] == pytest.approx(expected, rel=1e-9)


def test_every_alternative_is_in_the_table_and_the_report_shows_it(asked, root):
    *_, table = asked
    found = pd.read_csv(table)
    listed = [
        item["id"]
        for item in yaml.safe_load((root / "config/sensitivity.yaml").read_text(encoding="utf-8"))["alternatives"]
    ]
    assert found["alternative"].unique().tolist() == listed
    assert set(found["verdict"]) <= {verdicts.SIGN, verdicts.SIGNIFICANCE, verdicts.SAME, verdicts.NOT_APPLICABLE}
    section = sections.sensitivity([table])
    assert section["id"] == "sensitivity" and len(section["tables"][0]["rows"]) == len(
        found.groupby(["study", "alternative"])
    )
    assert section["tables"][-1]["rows"] and sections.sensitivity([]) is None
