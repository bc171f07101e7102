"""The project as a package: what it declares is what it imports, the lock holds it, and the version stands once."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import vadose

PRODUCT = ("workflow_scripts", "rules", "docs")
OPTIONAL_TOOLS = ("test", "docs", "all")  # what only developers need
# Distributions that are imported under another name.
IMPORTED_AS = {
    "netCDF4": "netCDF4",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
    "global-land-mask": "global_land_mask",
    "ecmwf-datastores-client": "ecmwf",
    "cf-xarray": "cf_xarray",
    "pillow": "PIL",
}
# Programs, plug-ins and what xarray calls, not imported: where.
CALLED = {
    "dask": ("workflow_scripts/vadose/xarray/cells.py", 'dask="parallelized"'),
    "snakemake": ("Makefile", "/snakemake"),
    "snakemake-executor-plugin-slurm": ("profiles/slurm/config.yaml", "executor: slurm"),
}


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def imported(root):
    """Top-level names that the product imports, or names as an engine of xarray."""
    names = set()
    for path in (path for folder in PRODUCT for path in (root / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
        names |= named_in_text(text)
    return names


def named_in_text(text):
    """Libraries that are named in text only: engines of xarray and modules imported by name."""
    return {
        name
        for pair in re.findall(r"""engine=["'](\w+)|(?:import_module|find_spec)\(["'](\w+)""", text)
        for name in pair
        if name
    }


def requirements(project, *extras):
    lines = list(project["dependencies"]) if not extras else []
    lines += [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [Requirement(line) for line in lines if not line.startswith("vadose[")]


def of_the_product(project):
    extras = [extra for extra in project["optional-dependencies"] if extra not in OPTIONAL_TOOLS]
    return requirements(project) + requirements(project, *extras)


def module_of(requirement):
    return IMPORTED_AS.get(requirement.name, requirement.name)


@pytest.mark.one_python
def test_every_dependency_of_the_product_is_imported_by_it(project, imported, root):
    for requirement in of_the_product(project):
        if requirement.name in CALLED:
            path, text = CALLED[requirement.name]
            assert text in (root / path).read_text(encoding="utf-8"), f"{path} no longer calls {requirement.name}"
            continue
        assert module_of(requirement) in imported, f"{requirement.name} is declared and imported nowhere"


def test_every_import_of_the_product_is_declared(project, imported):
    """Of the documentation's own scripts too, which may use what its extra holds."""
    declared = {module_of(item).lower() for item in of_the_product(project) + requirements(project, "docs")}
    # what comes with a declared package and is its public face elsewhere
    declared |= {"mpl_toolkits", "llvmlite", "osgeo"}
    foreign = {name for name in imported if name not in sys.stdlib_module_names} - {"vadose", "snakemake"}
    own = {"tutorial_runner", "api_pages", "glossary", "product_pages"}
    assert {name for name in foreign - own if name.lower() not in declared} == set()


def test_the_lock_holds_every_dependency_and_the_extras_add_up(project, root):
    versions = locked(root)
    for requirement in requirements(project) + requirements(project, *project["optional-dependencies"]):
        assert versions[requirement.name.lower()] in requirement.specifier, str(requirement)
    named = set(re.findall(r"[a-z]+", project["optional-dependencies"]["all"][0].split("[")[1]))
    assert named == set(project["optional-dependencies"]) - {"all"}


def locked(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    return {
        name.lower(): Version(version) for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^ \\;]+)", text, re.M)
    }


def test_the_lock_serves_pythons_from_3_11_to_3_14_and_names_no_index(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    assert "http" + "s://" not in text and "--index" not in text
    for condition in re.findall(r"python_full_version ([<>=]+ '[\d.]+')", text):
        assert condition == "< '3.12'" or Version(re.findall(r"[\d.]+", condition)[0]) > Version("3.11"), condition
    assert "; sys_platform == 'win32'" in text  # universal: conditions instead of one platform's list


def test_pythons_agree(project, root):
    """One range in pyproject.toml, in the Makefile's choice and in the environments."""
    assert project["requires-python"] == ">=3.11"
    assert "(3, 11) <= v < (3, 15)" in (root / "Makefile").read_text(encoding="utf-8")
    for path in (root / "envs").glob("*.yaml"):
        (python,) = [
            line
            for line in yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
            if isinstance(line, str) and line.startswith("python ")
        ]
        wanted = SpecifierSet(python.removeprefix("python "))
        assert [minor for minor in range(9, 17) if wanted.contains(f"3.{minor}.1")] == [11, 12, 13, 14], path.name


def test_one_version(root):
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["version"] == vadose.__version__
    assert "vadose.core.version.VERSION" in (root / "pyproject.toml").read_text(encoding="utf-8")


def test_public_names_lead_to_functions_with_docstrings():
    assert {"mann_kendall", "select_copula", "ridge", "attribute", "kendall_lags"} <= set(vadose.__all__)
    assert set(vadose.__all__) == {"__version__", *vadose._PUBLIC} <= set(dir(vadose))
    for name in set(vadose.__all__) - {"__version__"}:
        assert getattr(vadose, name).__doc__
    with pytest.raises(AttributeError, match="vadose has no 'man_kendall'; it offers .*mann_kendall"):
        getattr(vadose, "man_kendall")  # noqa: B009


def test_import_is_light_and_asks_for_no_unix_module():
    code = "import sys, vadose; print(sorted({'numpy', 'numba', 'xarray', 'fcntl'} & set(sys.modules)))"
    library = str(importlib.import_module("vadose").__path__[0]).removesuffix("vadose").rstrip("/")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": library})
    assert done.stdout == "[]\n", done.stderr


def test_only_acquire_may_lock_files(root):
    """fcntl exists on Linux and macOS alone."""
    library = root / "workflow_scripts/vadose"
    users = [
        path
        for path in library.rglob("*.py")
        if re.search(r"^\s*(import|from) fcntl", path.read_text(encoding="utf-8"), re.M)
    ]
    assert [path for path in users if "acquire" not in path.relative_to(library).parts] == []


def test_pytest_collects_the_whole_folder(root):
    """`pytest .`, as editors call it: no two test files of one name, no script that looks like tests."""
    names = [path.name for path in (root / "tests").rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert [path.name for path in (root / "workflow_scripts").rglob("test_*.py")] == []
