"""Runs of a small world: an edit reruns what it touches, wrong keys stop before any job. What a killed run does:
test_faults.py."""

import os
import re
import subprocess
import time

import pytest
import running
import yaml

from vadose.studies.sensitivity.plan import merged


@pytest.fixture(scope="module")
def edited(root, tmp_path_factory):
    """A copy of the workflow, free to be edited."""
    return running.copy_of(root, tmp_path_factory.mktemp("edited"))


@pytest.mark.slow
def test_a_second_run_does_nothing(undisturbed, root):
    assert "Nothing to be done" in running.run(undisturbed, root, "-n", *running.TARGETS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "file, old, new, rules",
    [
        ("statistics/attribution_series.py", "ROUNDING = 4 *", "ROUNDING = 8 *", {"attribute_variability"}),
        ("statistics/trend/share.py", '"""', '"""Another word. ', set()),
        (
            "statistics/seasons.py",
            "out[cell, year, s, layer] /= 3.0",
            "out[cell, year, s, layer] /= 3.00001",
            {"average_seasons", "attribute_variability"},  # whose trends other than a line are of seasons
        ),
        ("core/grid.py", "EARTH_RADIUS = 6_371_000.0", "EARTH_RADIUS = 6_371_001.0", {"locate_cells"}),
        ("core/time_scales.py", 'SCALES = ("monthly", "MAM"', 'SCALES = ("Monthly", "MAM"', set()),
    ],
)
def test_an_edit_of_the_library_reruns_the_rules_that_use_it(undisturbed, edited, file, old, new, rules):
    path = edited / "workflow_scripts/vadose" / file
    before = path.read_text(encoding="utf-8")
    assert old in before, f"{file} no longer holds {old!r}: choose another line to edit"
    try:
        path.write_text(before.replace(old, new, 1), encoding="utf-8")
        text = running.run(undisturbed, edited, "-n", *running.TARGETS)
    finally:
        path.write_text(before, encoding="utf-8")
    assert touched(text) == rules, text[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", [{"synthetic": {"land_mask_spacing": 2.0}}, {"variability": {"grid": {"spacing": 10.0}}}, {"seed": 4}]
)
def test_another_made_up_earth_makes_its_products_and_all_that_follows_anew(undisturbed, root, tmp_path, change):
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(merged(running.SMALL, change)), encoding="utf-8")
    text = running.run(undisturbed, root, "-n", "--", *running.TARGETS, configuration=tmp_path)
    jobs = running.jobs_of(text)
    again = {
        "reduce_land_mask_of_world",
        "synthesize_product",
        "locate_cells",
        "prepare_soil_moisture",
        "average_seasons",
    }
    again |= {"attribute_variability", "fit_trends", "merge_variability"}
    assert again <= set(jobs) and "record_run" not in jobs, jobs


@pytest.mark.slow
def test_an_edit_of_the_record_hides_no_other_edit(undisturbed, edited):
    """Else a job would write it again, below which nobody is asked for edits; what it says is renewed without one."""
    script, library = edited / "workflow_scripts/record_run.py", edited / "workflow_scripts/vadose/core/grid.py"
    texts = {path: path.read_text(encoding="utf-8") for path in (script, library)}
    record = undisturbed / "results/small/run_config.yaml"
    said, later = record.read_bytes(), record.stat().st_mtime_ns + 5 * 10**9
    try:
        script.write_text(texts[script] + "\n# edited\n", encoding="utf-8")
        os.utime(script, ns=(later, later))
        library.write_text(texts[library].replace("6_371_000.0", "6_371_001.0"), encoding="utf-8")
        text = running.run(undisturbed, edited, "-n", *running.TARGETS)
    finally:
        for path, kept in texts.items():
            path.write_text(kept, encoding="utf-8")
    assert touched(text) == {"locate_cells"} and "record_run" not in running.jobs_of(text), text[-3000:]
    assert record.read_bytes() == said and record.stat().st_mtime_ns > later


def test_no_parameter_makes_the_record_of_a_run_anew(rules):
    """Below a job that runs, Snakemake asks nobody whether parameters changed, and an ancient input passes nothing on:
    a record that is made anew would hide the edits of that run."""
    for name in ("record_run", "record_alternative"):
        for parameter, value in rules[name].params.items():
            assert rules[name]._is_deriving_function(value), f"{name}: {parameter} makes it run again"


def touched(text):
    """Rules that a dry run repeats because the fingerprint of their library code changed."""
    found = re.search(r"params have changed since last execution:\n\s+(.*)\n", text)
    return set(re.split(r",\s*", found[1].strip())) if found else set()


@pytest.mark.parametrize(
    "setting, sentence",
    [
        ("sede=1", "found sede. Did you mean seed"),
        ("seed=many", "expected seed to be a whole number"),
        ("studies=[variance]", "expected studies.0 to be one of"),
    ],
)
def test_a_wrong_key_stops_before_any_job(root, tmp_path, setting, sentence):
    folder = running.folder_for(tmp_path / "wrong")
    text = running.run(folder, root, "-n", "--config", setting, expect=1)
    assert sentence in " ".join(text.split())
    assert not (folder / "results").exists()


@pytest.mark.slow
def test_an_edit_while_a_run_goes_on_reaches_no_job_of_it_and_the_next_run_sees_it(root, tmp_path):
    """The library is broken and a script changed after the run began: it ends as if nothing had happened."""
    clone = running.copy_of(root, tmp_path / "clone")
    folder = running.folder_for(tmp_path / "world")
    target, library = "results/small/prepared/variability/cells.nc", clone / "workflow_scripts/vadose"
    script = clone / "workflow_scripts/locate_cells.py"
    sources = {
        path: path.read_text(encoding="utf-8") for path in (library / "core/grid.py", library / "files/inventory.py")
    }
    flow = subprocess.Popen(
        running.command(clone, target),
        cwd=folder,
        env=running.environment(root),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 1200
    while not (folder / "results/small/logs/reduce_land_mask_of_world.log").exists():
        assert flow.poll() is None, flow.communicate()[0][-4000:]
        if time.monotonic() > deadline:
            flow.kill()
            pytest.fail(f"no job began: {flow.communicate()[0][-4000:]}")
        time.sleep(0.05)
    for path in sources:
        path.write_text("def (:\n", encoding="utf-8")
    script.write_text(
        "import pathlib\n\nfrom vadose.files.jobs import run\n\n\ndef main(): ...\n\n\nrun(main, snakemake)\n",
        encoding="utf-8",
    )
    text = flow.communicate(timeout=600)[0]
    assert flow.returncode == 0, text[-6000:]
    for path, kept in sources.items():
        path.write_text(kept, encoding="utf-8")
    script.write_text((root / "workflow_scripts/locate_cells.py").read_text(encoding="utf-8"), encoding="utf-8")
    assert "Nothing to be done" in running.run(folder, clone, "-n", "--rerun-triggers", "params", "--", target)
    grid = sources[library / "core/grid.py"]
    (library / "core/grid.py").write_text(
        grid.replace("RADIUS = 6_371_000.0", "RADIUS = 6_371_001.0"), encoding="utf-8"
    )
    text = running.run(folder, clone, "-n", "--rerun-triggers", "params", "--", target)
    assert touched(text) == {"locate_cells"}, text[-3000:]
