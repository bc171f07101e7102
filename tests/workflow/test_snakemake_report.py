"""Snakemake's own report of a small finished run: made without a network, with every figure and table in its category
and with a caption."""

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import running

CATEGORY = "Variability of soil moisture"
CATEGORIES = {CATEGORY, "Dependence on precipitation", "Controls and drivers", "Claims", "Report", "Atlas"}
TARGETS = ["results/small/figures/variability/figure_1.png", "results/small/tables/variability/trends.csv"]
TOO_LONG = {"drivers.csv"}  # the tidy table of all estimates


def test_every_figure_and_table_has_its_category_and_caption(rules):
    from snakemake.io import get_flag_value

    seen = set()
    for name, rule in rules.items():
        if not rule.script or name == "sensitivity" or name.endswith("_alternative"):
            continue
        for path in rule.output:
            if (
                not re.search(r"/(figures|tables)/.*\.(png|csv)$|/(report|atlas)\.html$", str(path))
                or str(path).rsplit("/", 1)[-1] in TOO_LONG
            ):
                continue
            told = get_flag_value(path, "report")
            assert told, f"{name}: {path} is not marked report(...)"
            assert told.category in CATEGORIES, f"{name}: unknown category {told.category}"
            assert "/tables/variability/" not in str(path) or told.subcategory == "Tables"
            seen.add(str(told.category))
            caption = Path(told.caption.get_path_or_uri(secret_free=True))
            assert caption.parent.name == "captions" and len(caption.read_text(encoding="utf-8")) > 60, (
                f"{name}: no caption {caption}"
            )
    assert seen == CATEGORIES


@pytest.fixture(scope="module")
def finished(undisturbed, root, tmp_path_factory):
    """The small world with a figure and a table of its trends."""
    folder = tmp_path_factory.mktemp("reported")
    shutil.copytree(undisturbed, folder, dirs_exist_ok=True)
    running.run(folder, root, *TARGETS)
    return folder


def offline():
    """In front of a command: no network but none, where the machine allows it."""
    allowed = (
        shutil.which("unshare") and subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0
    )
    return ["unshare", "-rn"] if allowed else []


def held(text, name):
    """What the report keeps in one of its scripts."""
    found = re.search(rf"var {name} = (\{{.*?\}});?\s*</script>", text, re.S)
    return json.loads(found[1])


@pytest.mark.slow
def test_the_report_is_made_without_a_network(finished, root):
    """As a zip; as one page it is made by a fork, and asks for nothing when it is opened."""
    alone = running.environment(root, forks=False)  # a fork would have the network of its server
    command = [*offline(), *running.command(root, "--report", "snakemake_report.zip", *TARGETS)]
    done = subprocess.run(command, cwd=finished, env=alone, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    with zipfile.ZipFile(finished / "snakemake_report.zip") as packed:
        names = packed.namelist()
        (page,) = [name for name in names if name.endswith("report.html")]
        text = packed.read(page).decode()
    running.run(finished, root, "--report", "snakemake_report.html", *TARGETS)
    for content in (text, (finished / "snakemake_report.html").read_text(encoding="utf-8")):
        assert not re.findall(r"<(?:script|link|img)[^>]*\s(?:src|href)=[\"']https?:", content)
        assert held(content, "categories").keys() == {CATEGORY}
    shown = held(text, "categories")
    figures = {path.stem for path in (finished / "results/small/figures/variability").glob("*.png")}
    tables = {path.stem for path in (finished / "results/small/tables/variability").glob("*.csv")}
    listed = {
        part: {path.rsplit("/", 1)[-1].rsplit(".", 1)[0] for path in paths} for part, paths in shown[CATEGORY].items()
    }
    assert listed == {"Other": figures, "Tables": tables} and len(figures) == 5 and len(tables) == 7
    captions = {path: item["caption"] for path, item in held(text, "results").items()}
    assert all("rule" in caption and len(caption) > 60 for caption in captions.values())
    assert "draw_trends" in captions["results/small/figures/variability/figure_1.png"]
    assert {f"{name}.png" for name in figures} <= {name.rsplit("/", 1)[-1] for name in names}
