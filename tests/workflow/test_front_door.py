"""What a newcomer meets first: a short README, commands of all pages that work as printed, recipes of containers that
hold today's lock."""

import json
import re
import shlex
import subprocess
import sys

import pytest
import running
import yaml

import write_containers
from vadose.core.version import VERSION

# Where a command of a page is run, beginning by beginning. In .ci/run it stands as printed.
RUN = {
    "make env": ".ci/run",
    "make demo": ".ci/run",
    "make lint": ".ci/run",
    "make test": ".ci/run",
    "make docs": ".ci/run",
    "make crate": ".ci/run",
    "make manuscript NUMBERS=results/demo/numbers.json TEXT=manuscript.tex": ".ci/run",
    ".venv/bin/snakemake --cores 2 paper": ".ci/run",
    ".venv/bin/snakemake --cores 2 grids": ".ci/run",
    ".venv/bin/snakemake --cores 1 numbers": ".ci/run",
    ".venv/bin/snakemake --report report.zip all": ".ci/run",
    ".venv/bin/snakemake --cores 2 results/demo/figures/variability/figure_2.png": ".ci/run",
    ".venv/bin/snakemake -n": ".ci/run",
    ".venv/bin/snakemake --unlock": ".ci/run",
    "cp config/scenarios/my_run.yaml": ".ci/run",
    ".venv/bin/snakemake --cores 2 --configfile my_run.yaml": ".ci/run",
    ".venv/bin/python -c 'import sys, yaml": "tests/workflow/test_front_door.py",
    "make doctor": "tests/workflow/test_archive.py",
    ".venv/bin/snakemake download": "tests/workflow/test_archive.py",
    ".venv/bin/snakemake --cores 2 sensitivity": "tests/workflow/test_sensitivity_stage.py",
    ".venv/bin/snakemake --workflow-profile profiles/slurm": "tests/cluster/test_slurm.py",
    ".venv/bin/snakemake --cores 2 --configfile config/scenarios/gldas_local.yaml": "tests/real/test_gldas_run.py",
    "/elsewhere/vadose/.venv/bin/snakemake": "tests/workflow/test_odd_paths.py",
    ".venv/bin/rocrate-validator": "tests/unit/test_crate.py",
    "pip install": "tests/unit/test_packaging.py",
}
# What is only planned (make: each target is there; Snakemake: a dry run), and why.
PLANNED = {
    "make paper": "ten archives and three accounts; tests/workflow/test_archive.py runs it on stand-ins",
    "make crate CONFIG=config/scenarios/paper_full.yaml": "a run of both studies on all archives",
    "make gallery": "twenty minutes of a processor and genuine files; it wrote docs/gallery",
    ".venv/bin/snakemake --cores 2 --configfile europe.yaml": "genuine files; as gldas_local.yaml, on a part of it",
    ".venv/bin/snakemake --cores 2 results/demo/figures/variability/depth_profile.png": "the reader's own",
    ".venv/bin/python -m pytest tests/unit/test_trend.py": "a part of make test",
    ".venv/bin/python tests/benchmarks/rebuild.py": "a benchmark of minutes",
    "uv pip compile": "it made the lock, with the index of packages",
    ".venv/bin/generate-slurm-partition-config": "it asks a cluster for its partitions",
}
# What the copy of this test cannot plan: other tests do.
ELSEWHERE = (
    "make paper",
    "make doctor",
    ".venv/bin/rocrate-validator",
    ".venv/bin/snakemake --report",
    "uv pip compile",
)
ELSEWHERE += ("pip install", ".venv/bin/snakemake --cores 2 results/demo/figures/variability/depth_profile.png")


def pages(root):
    """README, CONTRIBUTING and the pages of docs."""
    return [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").glob("*.md"))]


def blocks(path, language):
    """Blocks of a language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)


def commands(root):
    """{(page, command)}: each line of the pages' shell blocks, without its comment."""
    lines = []
    for page in pages(root):
        printed = "".join(blocks(page, "sh")).splitlines()
        lines += [(page.name, re.sub(r"\s+#.*", "", line)) for line in printed if line and not line.startswith("#")]
    return dict.fromkeys(lines)


def in_sentences(root):
    """Commands that stand in backticks in the text of the pages."""
    texts = (re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S) for page in pages(root))
    return {" ".join(one.split()) for one in re.findall(r"`((?:\.venv/bin/|make )[^`]+)`", "\n\n".join(texts))}


@pytest.fixture(scope="module")
def clone(root, tmp_path_factory):
    """A copy of the workflow whose Snakemake plans and runs nothing, with the files that the pages speak of."""
    folder = running.copy_of(root, tmp_path_factory.mktemp("clone"))
    for name in ("Makefile", "requirements.lock"):
        (folder / name).write_bytes((root / name).read_bytes())
    program = folder / ".venv/bin/snakemake"
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m snakemake "$@" --dry-run --quiet all\n', encoding="utf-8"
    )
    program.chmod(0o755)
    paper = folder / "config/scenarios/paper_full.yaml"  # whose plan of 64 tiles test_archive.py looks at
    tiles = re.sub(r"(?m)^tiles: .*$", "tiles: {variability: 1, dependence: 1}", paper.read_text(encoding="utf-8"))
    paper.write_text(tiles, encoding="utf-8")
    europe = [text for page in pages(root) for text in blocks(page, "yaml") if text.startswith("run: europe")]
    (folder / "europe.yaml").write_text(europe[0].replace("~/data", str(folder / "files")), encoding="utf-8")
    years = range(2012, 2023)
    files = [f"GLDAS_NOAH10_M.A{year}{month:02d}.021.nc4" for year in years for month in range(1, 13)]
    for path in (folder / "files/gldas_noah10_m_2.1" / name for name in files):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (folder / "files/gldas_2_1").symlink_to("gldas_noah10_m_2.1")
    return folder


@pytest.mark.slow
def test_commands_of_the_pages_work_as_printed(root, clone):
    """make: each target is there; Snakemake: plans what the command says."""
    # `make env` looks for a Python in .ci/run; here, where every target would look anew, it is told one.
    ran, surroundings = [], running.environment(root) | {"PYTHON": sys.executable}
    for line, page in {line: page for page, line in commands(root)}.items():
        if line.startswith(ELSEWHERE):
            continue
        real = line.replace("/elsewhere/vadose", str(clone)).replace("/where/the/files/are", str(clone / "files"))
        real = re.sub(r"^make ", "make --dry-run ", real)
        done = subprocess.run(
            ["bash", "-c", real], cwd=clone, env=surroundings, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"{page}: {line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        ran.append(line)
    assert len(ran) >= 12


def test_of_every_command_it_is_said_where_it_runs_or_why_it_is_only_planned(root):
    printed = {line for _, line in commands(root)} | in_sentences(root)
    for line in printed:
        assert line.startswith((*RUN, *PLANNED)), f"{line}: name the test that runs it, or why it is only planned"
    for beginning, place in RUN.items():
        text = (root / place).read_text(encoding="utf-8")
        assert beginning in text or place != ".ci/run", f"{place} does not run {beginning}"
    unused = [one for one in (*RUN, *PLANNED) if not any(line.startswith(one) for line in printed)]
    assert not unused, "no page prints these any more"


def test_the_line_of_a_broken_configuration_is_named_as_the_page_says(root, tmp_path):
    (printed,) = [line for line in in_sentences(root) if line.startswith(".venv/bin/python -c")]
    (tmp_path / "europe.yaml").write_text("run: europe\nvariability:\n\tyears: [2014, 2020]\n", encoding="utf-8")
    line = printed.replace(".venv/bin/python", shlex.quote(sys.executable))
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode and 'in "europe.yaml", line 3' in done.stderr


def test_the_readme_is_short_and_its_files_are_there(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 120
    for page in [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").glob("*.md")]:
        for name in re.findall(r"\]\(((?!https?:|#|_generated)[^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / name).exists(), f"{page.name} links to {name}, which is not there"


def test_recipes_of_containers_hold_the_lock(root):
    for name, text in write_containers.recipes(root).items():
        assert (root / name).read_text(encoding="utf-8") == text, "run `make configuration`"
        assert not re.search(r"\{\w+\}", text)


def test_records_for_archives_agree(root):
    """CITATION.cff and .zenodo.json name the same work; forms and CI file can be read."""
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    record = json.loads((root / ".zenodo.json").read_text(encoding="utf-8"))
    assert (record["title"], record["license"]) == (citation["title"], citation["license"])
    assert record["keywords"] == citation["keywords"] and citation["version"] == VERSION
    assert [one["name"] for one in record["creators"]] == [one["name"] for one in citation["authors"]]
    dois = {work["doi"] for work in citation["references"]}
    assert {related["identifier"] for related in record["related_identifiers"]} <= dois
    checks = yaml.safe_load((root / ".github/workflows/checks.yml").read_text(encoding="utf-8"))
    assert checks["jobs"]["checks"]["steps"][-1]["run"] == "bash .ci/run" and (root / ".ci/run").is_file()
    for form in (root / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        loaded = yaml.safe_load(form.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= loaded.keys()
