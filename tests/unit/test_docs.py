"""The documentation tells what is so: its tutorial runs and prints what it says, pages name what exists, the build asks
nothing of the network."""

import os
import pkgutil
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

import vadose.xarray
from vadose.files import configuration, products
from vadose.formats.opening import FormatError
from vadose.formats.protocol import Reader

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs"))

import api_pages
import product_pages
import tutorial_runner

pytestmark = pytest.mark.one_python

DOCS = Path(__file__).resolve().parents[2] / "docs"
FAULTS = (
    "tests/workflow/test_faults.py",
    "tests/workflow/test_runs.py",
    "tests/cluster/test_slurm.py",
    "tests/unit/test_run_summary.py",
)
PAGES = [
    "running.md",
    "products.md",
    "data.md",
    "tutorial.md",
    "recipes.md",
    "structure.md",
    "methods.md",
    "models.md",
    "formats.md",
    "glossary.md",
    "add_dataset.md",
    "add_figure.md",
    "maps.md",
    "publish.md",
    "faults.md",
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tutorial")
    return folder, tutorial_runner.run(DOCS / "tutorial.md", folder)


def test_the_tutorial_prints_what_the_page_says(ran):
    told = [(block, printed) for block, printed in ran[1] if block.output is not None]
    assert len(told) >= 5
    for block, printed in told:
        assert printed == block.output, f"docs/tutorial.md, line {block.line}: the page tells another result"
    silent = [block.line for block, printed in ran[1] if block.output is None and printed]
    assert not silent, f"docs/tutorial.md: lines {silent} print something that the page does not show"


@pytest.mark.slow
def test_every_recipe_prints_what_the_page_says_by_itself(tmp_path):
    """No recipe needs the one before."""
    recipes = tutorial_runner.run(DOCS / "recipes.md", tmp_path, apart=True)
    assert len(recipes) >= 10
    for block, printed in recipes:
        assert printed == block.output, f"docs/recipes.md, line {block.line}: the page tells another result"
        assert len(block.code.splitlines()) <= 25, f"docs/recipes.md, line {block.line}: not short"


def test_the_recipes_use_every_function_on_labelled_data():
    code = "".join(block.code for block in tutorial_runner.blocks(DOCS / "recipes.md"))
    used = set(re.findall(r"vadose\.(\w+)\(", code))
    assert set(vadose.xarray.__all__) - used == {"pseudo_observations"}, "the ranks of copulas, taken by select_copula"


def test_every_picture_of_the_tutorial_is_drawn_and_told(ran):
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]{20,})\]\(_generated/tutorial/(\w+\.png)\)", text)
    assert (
        {name for _, name in shown}
        == {path.name for path in ran[0].iterdir()}
        == {"trend.png", "attribution.png", "copula.png", "ridge.png"}
    )
    from matplotlib import image

    for _, name in shown:
        pixels = image.imread(ran[0] / name)[..., :3]
        assert pixels.shape[0] > 200 and (pixels.min(axis=-1) < 0.7).mean() > 0.005, f"{name} is empty"


def test_the_tutorial_uses_every_study_statistic_by_its_public_name(ran):
    code = "".join(block.code for block, _ in ran[1])
    for name in (
        "mann_kendall(",
        "hamed_rao(",
        "field_significance(",
        "rank_months(",
        "attribute(",
        "pseudo_observations(",
        "select(",
        "ridge.fit(",
        "vadose.xarray.attribute(",
        "vadose.xarray.mann_kendall(",
    ):
        assert name in code


def test_a_wrong_result_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A\n\n```python\nx = 1\n```\n\n```python\nprint(x + 1)\n```\n```text\n3\n```\n", encoding="utf-8")
    (first, nothing), (second, printed) = tutorial_runner.run(page, tmp_path / "out")
    assert (first.output, nothing, second.line, second.output, printed) == (None, "", 8, "3\n", "2\n")
    page.write_text("```python\n\nraise ValueError('here')\n```\n", encoding="utf-8")
    with pytest.raises(ValueError, match="here") as failed:
        tutorial_runner.run(page, tmp_path / "out")
    assert failed.traceback[-1].lineno + 1 == 3  # the line of the page
    assert Path.cwd() != tmp_path / "out"


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_only_what_exists(page, root):
    text = re.sub(r"^```.*?^```$", "", (DOCS / page).read_text(encoding="utf-8"), flags=re.M | re.S)
    example = re.compile(r"my_soil|mysoil|<|\*|\{|depth_profile|results/|data/|_build|\.venv")
    for name in re.findall(r"`((?:rules|config|docs|tests|workflow_scripts|envs|profiles)/[^`\s\[]*)`", text):
        assert example.search(name) or (root / name).exists(), f"docs/{page} names {name}, which does not exist"
    for name in re.findall(r"`(vadose(?:\.\w+)+)`", text):
        assert pkgutil.resolve_name(name) is not None, f"docs/{page} names {name}, which does not exist"


def test_the_page_of_products_names_every_file_and_variable(root):
    specified = products.specifications()["products"]
    text = product_pages.table(specified, root / "rules")
    sections = dict(re.findall(r"^## `(\S+)`\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert len(sections) == len(specified)
    assert "`lag_q`" in sections["dependence/dependence_tests.nc"]
    for name in (
        "variability/trends",
        "drivers/estimates",
        "controls/controls",
        "variability/truth",
        "dependence/risk",
    ):
        assert f"{name}.nc" in sections
    named = "".join(path.read_text(encoding="utf-8") for path in (root / "rules").glob("*.smk"))
    for file in sections:
        place = file.removesuffix(".nc").replace("<study>", "{study}")
        if not place.startswith(("prepared/", "comparison/{study}/")):
            assert place in named or place.endswith("/truth"), f"no rule writes {file}"
    for name, product in specified.items():
        assert all(f"| `{variable}` |" in text for variable in product["variables"]), name
    cells = {len(re.findall(r"(?<!\\)\|", line)) - 1 for line in text.splitlines() if line.startswith("|")}
    assert cells == {4}, "a bar within a meaning cuts it off"


def test_every_test_that_faults_names_is_there(root):
    tests = "".join((root / name).read_text(encoding="utf-8") for name in FAULTS)
    named = re.findall(r"`(test_\w+)(?:\[\w+\])?`", (DOCS / "faults.md").read_text(encoding="utf-8"))
    assert len(named) >= 9
    for name in named:
        assert f"def {name}(" in tests, f"docs/faults.md names {name}, which does not exist"


@pytest.mark.parametrize("page", ["docs/running.md", "docs/data.md", "docs/add_dataset.md"])
def test_configurations_of_the_pages_are_valid(page, root):
    schema = configuration.load_schema(root / "config/schema.yaml")
    examples = re.findall(r"^```yaml\n(.*?)^```$", (root / page).read_text(encoding="utf-8"), flags=re.M | re.S)
    for example in examples:
        configuration.validate(configuration.complete(yaml.safe_load(example), schema), schema)
    assert examples


def test_the_reader_of_the_page_reads(root, tmp_path):
    """The module that docs/add_dataset.md shows, on a file with its quirks: north first, longitudes from 0 to 360."""
    text = (root / "docs/add_dataset.md").read_text(encoding="utf-8")
    source = next(
        code for code in re.findall(r"^```python\n(.*?)^```$", text, flags=re.M | re.S) if "def months" in code
    )
    reader = types.ModuleType("mysoil")
    exec(compile(source, "docs/add_dataset.md", "exec"), reader.__dict__)
    assert isinstance(reader, Reader)

    times = np.arange("2003-01", "2004-01", dtype="datetime64[M]").astype("datetime64[ns]")
    values = np.random.default_rng(1).uniform(0.1, 0.4, (12, 3, 18, 36))
    coordinates = {"time": times, "depth": [5, 20, 65]}
    coordinates |= {"latitude": np.arange(85.0, -90, -10), "longitude": np.arange(5.0, 360, 10)}
    dims = ("time", "depth", "latitude", "longitude")
    file = xr.Dataset({"sm": (dims, values, {"units": "m3 m-3"})}, coordinates)
    file.to_netcdf(tmp_path / "sm_2003.nc", engine="h5netcdf")

    paths = [tmp_path / "sm_2003.nc"]
    reader.check(paths[0])
    np.testing.assert_array_equal(reader.times_of(paths[0]), times)
    read = xr.concat(reader.months(paths, ["soil_moisture"], (2003, 2003)), "time", data_vars="minimal")
    expected = np.roll(values[:, :, ::-1], 18, axis=-1)
    np.testing.assert_allclose(read["soil_moisture"], expected)
    assert read["lon"].values[0] == -175 and read["lat"].values[0] == -85
    assert read["layer_bottom"].values.tolist() == [0.1, 0.3, 1.0]
    assert list(reader.months(paths, ["soil_moisture"], (2010, 2011))) == []
    file["sm"].attrs["units"] = "%"
    file.to_netcdf(tmp_path / "sm_2004.nc", engine="h5netcdf")
    with pytest.raises(FormatError, match="m3 m-3"):
        reader.check(tmp_path / "sm_2004.nc")


def test_rules_of_the_measurements_are_there(root):
    rules = "\n".join(path.read_text(encoding="utf-8") for path in (root / "rules").glob("*.smk"))
    named = re.findall(r"^\| `(\w+)` \|", (root / "docs/scaling.md").read_text(encoding="utf-8"), re.M)
    assert named and not [name for name in named if not re.search(rf"^(use )?rule.* {name}\b", rules, re.M)]


def test_the_reference_has_a_page_for_every_public_module(tmp_path, root):
    library = root / "workflow_scripts/vadose"
    api_pages.write(library, tmp_path)
    (tmp_path / "gone.rst").write_text("a module that went", encoding="utf-8")
    api_pages.write(library, tmp_path)
    assert {path.stem for path in tmp_path.glob("*.rst")} == set(api_pages.modules(library))
    index = (tmp_path / "index.inc").read_text(encoding="utf-8")
    for name in (
        "statistics.attribution",
        "statistics.trend.mann_kendall",
        "core.grid",
        "files.products",
        "formats.gldas",
    ):
        assert f"/_generated/api/{name}\n" in index
    # The function of this name is described on its module's page alone: twice is a warning of the whole build.
    assert " independence," in (tmp_path / "statistics.copula.rst").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_build_has_no_warning_and_asks_nothing_of_the_network(tmp_path, root):
    """The whole reference takes minutes on a busy machine: here the pages of words and three modules, with the same
    settings."""
    source, built = tmp_path / "docs", tmp_path / "built"
    source.mkdir()
    for path in DOCS.iterdir():
        if path.is_file():  # copied: a link of a page is followed from where the page really lies
            shutil.copy(path, source / path.name)
    for part in ("gallery", "static"):
        shutil.copytree(DOCS / part, source / part)
    conf = (source / "conf.py").read_text(encoding="utf-8").replace("HERE.parent", f"Path({str(root)!r})")
    conf = conf.replace(
        "api_pages.write(",
        "api_pages.modules = lambda library: CHOSEN\n    api_pages.GROUPS = {}\n    api_pages.write(",
    )
    (source / "conf.py").write_text(
        conf
        + "\nCHOSEN = ['statistics.trend.mann_kendall', 'statistics.ridge', 'statistics.drivers',"
        + " 'statistics.drivers.convergence']\n",
        encoding="utf-8",
    )
    cache = os.environ.get("NUMBA_CACHE_DIR", str(root / ".numba_cache"))
    surroundings = {
        **os.environ,
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": str(root / "workflow_scripts"),
        "NUMBA_CACHE_DIR": cache,
    }
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(source), str(built)]
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings, timeout=3000)
    assert done.returncode == 0, done.stderr[-4000:]
    pages = sorted(built.rglob("*.html"))
    assert {"index.html", *(page.replace(".md", ".html") for page in PAGES)} <= {path.name for path in pages}
    for path in [*pages, *built.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        asked = re.findall(r"<(?:script|img|iframe|source)[^>]*\ssrc=[\"'](?:https?:)?//[^\"']*", text)
        asked += re.findall(r"<link[^>]*\shref=[\"'](?:https?:)?//[^\"']*", text) + re.findall(
            r"url\([\"']?(?:https?:)?//|@import", text
        )
        assert not asked, f"{path.name} asks {asked}"
    trend = (built / "_generated/api/statistics.trend.mann_kendall.html").read_text(encoding="utf-8")
    assert (
        'id="vadose.statistics.trend.mann_kendall.mann_kendall"' in trend
        and "Returns" in trend
        and "doi:10.2307/1907187" in trend
    )
    assert (built / "_images/copula.png").is_file()
    gallery = built / "gallery/index.html"
    for name in re.findall(r'href="((?:variability|dependence)/[^"#]+)"', gallery.read_text(encoding="utf-8")):
        assert (gallery.parent / name).is_file(), name
