"""The workflow where others use it: imported as a module from another folder, called from a user's own folder, with
the same files, the same provenance and the same names."""

import json
import subprocess
import sys

import pytest
import running
import yaml

IMPORTING = """
configfile: "study.yaml"


module vadose:
    snakefile: "{snakefile}"
    config: config["moisture"]


use rule * from vadose as vadose_*


rule own_result:
    input: "kept/imported/figures/variability/figure_2.png"
    output: "own.txt"
    shell: "echo {{input}} > {{output}}"
"""
FIGURE = "kept/imported/figures/variability/figure_2.png"


def importing(folder, root):
    """A workflow of somebody else's that imports this one, which lies elsewhere."""
    changes = {
        "run": "imported",
        "paths": {"raw": "raw", "results": "kept"},
        "tiles": {"variability": 1},
        "variability": {"years_per_job": 20},
    }
    settings = running.merged(running.SMALL, changes)
    folder.mkdir()
    (folder / "study.yaml").write_text(yaml.safe_dump({"moisture": settings, "their_own_key": 1}), encoding="utf-8")
    (folder / "Snakefile").write_text(IMPORTING.format(snakefile=root / "Snakefile"), encoding="utf-8")
    return folder


def snakemake(folder, root, *arguments):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=running.environment(root), capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def imported(root, tmp_path_factory):
    """The other workflow after its run."""
    folder = importing(tmp_path_factory.mktemp("module") / "theirs", root)
    snakemake(folder, root, "own_result")
    return folder


@pytest.mark.slow
def test_a_module_of_another_workflow_draws_a_figure_with_full_provenance(root, imported):
    import xarray as xr

    folder = imported
    assert (folder / "own.txt").read_text(encoding="utf-8").strip() == FIGURE
    record = yaml.safe_load((folder / "kept/imported/run_config.yaml").read_text(encoding="utf-8"))
    expected = record["provenance"]
    assert expected["run"] == "imported" and expected["revision"] != ""
    assert [item["id"] for item in expected["sources"]["variability"]] == ["gldas_2_0", "gldas_2_1"]
    products = [
        path for path in sorted((folder / "kept").rglob("*.nc")) if path.name != "land_mask.nc"
    ]  # of no data set
    assert len(products) > 5
    for path in products:
        attributes = xr.open_dataset(path, engine="h5netcdf").attrs
        for key in ("run", "configuration_hash", "library_version", "revision"):
            assert attributes[key] == expected[key], path
        assert "doi:" in attributes["source"], path
    assert "written outside a run" not in (folder / FIGURE).with_suffix(".md").read_text(encoding="utf-8")
    assert "Nothing to be done" in snakemake(folder, root, "-n", "own_result")


@pytest.mark.slow
def test_what_another_configuration_touches_runs_at_once_and_cites_it(root, imported):
    """A record that products waited for would hide from Snakemake what else has changed."""
    import xarray as xr

    given = imported / "study.yaml"
    settings = yaml.safe_load(given.read_text(encoding="utf-8"))
    settings["moisture"]["significance"] = {"alpha": 0.01}
    attribution, cells_file = "kept/imported/variability/attribution.nc", "kept/imported/prepared/variability/cells.nc"
    given.write_text(yaml.safe_dump(settings), encoding="utf-8")
    assert "Nothing to be done" in snakemake(imported, root, attribution)
    settings["moisture"]["grid"] = {"min_valid": 0.01}
    given.write_text(yaml.safe_dump(settings), encoding="utf-8")
    text = snakemake(imported, root, cells_file)
    assert running.jobs_of(text) == {"vadose_locate_cells": 1}, text[-3000:]
    record = yaml.safe_load((imported / "kept/imported/run_config.yaml").read_text(encoding="utf-8"))
    assert record["configuration"]["grid"]["min_valid"] == 0.01
    with xr.open_dataset(imported / cells_file, engine="h5netcdf") as cells:
        assert cells.attrs["configuration_hash"] == record["provenance"]["configuration_hash"]


ASKED = """
import json
from pathlib import Path
from snakemake.api import OutputSettings, ResourceSettings, SnakemakeApi
from snakemake.settings.types import Quietness
with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
    flow = api.workflow(resource_settings=ResourceSettings(cores=1), snakefile=Path("Snakefile"), workdir=Path("."))
    rules = {rule.name: dict(rule.params.items()) for rule in flow._workflow.rules}
    names = rules["vadose_write_report"]["names"](None)
    print(json.dumps([names, rules["vadose_write_crate"]["rules"](None)]))
"""


def test_costs_and_makers_go_by_the_own_names_of_rules(root, tmp_path):
    """A module's rules have a prefix; the benchmark files have not. Asked in a process of its own: Snakemake keeps one
    set of globals for all workflows of a process."""
    folder = importing(tmp_path / "theirs", root)
    done = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=folder, env=running.environment(root), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    names, makers = json.loads(done.stdout.splitlines()[-1])
    assert {"fit_trends", "draw_trends", "record_run"} <= set(names)
    assert not [name for name in names if name.startswith("vadose_")]
    assert makers[FIGURE] == "draw_contributions" and makers["kept/imported/report.html"] == "write_report"


@pytest.mark.slow
def test_the_workflow_runs_from_a_folder_of_the_users_own(root, tmp_path):
    """As `snakemake -s /elsewhere/Snakefile`, and with --directory: nothing is written beside the workflow."""
    before = {path.name for path in (root / "results").iterdir()}
    folder = running.folder_for(tmp_path / "mine")
    targets = ["results/small/run_config.yaml", "results/small/prepared/land_mask.nc"]
    running.run(folder, root, *targets)
    other = tmp_path / "with_directory"
    running.run(folder, root, "--directory", str(other), *targets, configuration=folder)
    for place in (folder, other):
        record = yaml.safe_load((place / "results/small/run_config.yaml").read_text(encoding="utf-8"))
        assert record["provenance"]["run"] == "small"
        assert (place / "results/small/prepared/land_mask.nc").is_file()
    assert {path.name for path in (root / "results").iterdir()} - before <= {"my_run"}  # .ci/run makes it meanwhile


def test_the_catalogue_of_workflows_is_told_what_is_so(root):
    usage = yaml.safe_load((root / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    assert usage["software-stack-deployment"] == {"conda": True, "apptainer": False}
    assert (root / "envs/statistics.yaml").is_file()
    assert usage["report"] and "config/README.md" in usage["mandatory-flags"]["desc"]


def test_every_rule_whose_products_cite_the_run_comes_after_its_record(rules):
    """Lists of files, manifests and the made-up Earth cite none; the record cannot come after itself."""
    without = {"all", "prepare", "list_files", "synthesize_product", "download_files"}
    without |= {"reduce_land_mask", "reduce_land_mask_of_world"}
    for name, rule in rules.items():
        if not list(rule.output) or name in without or name.startswith("record_"):
            continue
        records = [path for path in rule.input if str(path).endswith("run_config.yaml")]
        assert len(records) == 1 and records[0].is_ancient, f"{name}: give it the input after_record=RECORD"
