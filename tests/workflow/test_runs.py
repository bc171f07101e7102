"""Runs of a small world: an edit reruns what it touches, wrong keys stop before any job. What a killed run does:
test_faults.py."""

import re

import pytest
import running


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
        ("attribution.py", "FEWEST_YEARS = 3", "FEWEST_YEARS = 4", {"attribute_variability"}),
        ("trend_share.py", '"""', '"""Another word. ', set()),
        ("seasons.py", "out[cell, year, s, layer] /= 3.0", "out[cell, year, s, layer] /= 3.00001", {"average_seasons"}),
        ("grid.py", "EARTH_RADIUS = 6_371_000.0", "EARTH_RADIUS = 6_371_001.0", {"locate_cells"}),
        ("quality.py", "GLDAS_LIMITS = (99.9", "GLDAS_LIMITS = (99.8", set()),
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
