"""The workflow keeps its own rules: scripts against rules, environments against imports, no addresses of registries."""

import ast
import functools
import re
import subprocess

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

GUARD = "if __name__ == '__main__':\n    run(main, snakemake)"
NOT_FOR_SCRIPTS = ("library", "state", "beside")  # watched by Snakemake alone, to know what to run again
STARTERS = ("jobs.py", "job_log.py")  # they take what Snakemake gives to a script
FROM_SNAKEMAKE = {"cores"}  # the threads of the rule
NAME_IN_CONDA = {
    "llvmlite": "numba",
    "eccodes": "python-eccodes",
    "ecmwf": "ecmwf-datastores-client",
    "netCDF4": "netcdf4",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "osgeo": "gdal",
    "PIL": "pillow",
    "cf_xarray": "cf_xarray",
}


def scripts_of(rules, root):
    return {name: (root / "rules" / rule.script).resolve() for name, rule in rules.items() if rule.script}


def test_every_rule_has_message_log_benchmark_and_resources(rules):
    for name, rule in rules.items():
        if not rule.script:
            collected = ("all", "prepare", "download", "compare", "paper", "grids")
            assert name in collected, f"{name}: a rule without a script"
            continue
        for part in ("message", "conda_env"):
            assert getattr(rule, part), f"{name}: no {part}"
        assert rule.log, f"{name}: no log"
        assert bool(rule.benchmark) == bool(rule.output), (
            f"{name}: no benchmark, or one that counts as a product where there is none"
        )
        assert {"mem_mb", "runtime"} <= set(rule.resources) or rule.workflow.is_local(rule), (
            f"{name}: no mem_mb or runtime"
        )
        assert "library" in dict(rule.params.items()), f"{name}: no fingerprint of the library"
        for part in (rule.input, rule.output):
            assert len(dict(part.items())) == len(set(dict(part.items()))) and (not list(part) or dict(part.items())), (
                f"{name}: unnamed files"
            )


def main_of(path):
    return next(
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    )


def names_given(rule):
    """{name: parts} of the files and settings of a rule that its script takes."""
    parts = {}
    for part in ("input", "output", "params"):
        for name in dict(getattr(rule, part).items()):
            if name not in NOT_FOR_SCRIPTS and not name.startswith("after_"):
                parts.setdefault(name, []).append(part)
    return parts


def test_scripts_and_rules_speak_of_the_same_names(rules, root):
    for rule_name, path in scripts_of(rules, root).items():
        main, rule = main_of(path), rules[rule_name]
        assert not main.args.args, f"{path.name}: main takes keywords only"
        annotations = {argument.arg: ast.unparse(argument.annotation) for argument in main.args.kwonlyargs}
        loaded = {node.id for node in ast.walk(main) if isinstance(node, ast.Name)}
        assert set(annotations) <= loaded, f"{path.name}: main does not use {set(annotations) - loaded}"
        groups = [f"{name}_" for name, kind in annotations.items() if kind == "dict[str, Path]"]
        given = names_given(rule)
        twice = {name: parts for name, parts in given.items() if len(parts + [0] * (name in rule.wildcard_names)) > 1}
        assert not twice, f"{rule_name}: named in two parts: {twice}"
        grouped = {name for name in given if any(name.startswith(group) for group in groups)}
        unused = set(given) - grouped - set(annotations)
        assert not unused, f"{rule_name}: {unused} is not used by {path.name}"
        missing = set(annotations) - set(given) - set(rule.wildcard_names) - FROM_SNAKEMAKE
        missing -= {group[:-1] for group in groups if any(name.startswith(group) for name in grouped)}
        assert not missing, f"{rule_name}: {path.name} wants {missing} that the rule does not give"


def test_snakemake_occurs_only_in_the_same_guard_of_every_script(root):
    for path in sorted((root / "workflow_scripts").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        guards = [node for node in tree.body if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)]
        outside = [node for node in tree.body if node not in guards]
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in outside):
            assert [ast.unparse(guard) for guard in guards] == [GUARD], f"{path.name}: another guard"
        names = {node.id for statement in outside for node in ast.walk(statement) if isinstance(node, ast.Name)}
        assert "snakemake" not in names or path.name in STARTERS, f"{path}: snakemake outside the guard"


def test_every_script_belongs_to_a_rule_and_says_what_it_does(rules, root):
    known = set(scripts_of(rules, root).values())
    for path in sorted((root / "workflow_scripts").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        document = ast.get_docstring(ast.parse(text)) or ""
        assert "Output:" in document, f"{path.name}: the docstring does not say what comes out"
        assert len(text.splitlines()) <= 60, f"{path.name}: {len(text.splitlines())} lines"
        assert path in known or f"workflow_scripts/{path.name}" in (root / "Makefile").read_text(encoding="utf-8"), (
            f"{path.name}: no rule uses it"
        )


def library_imports(root, module, seen):
    """Third-party imports of a library module and of all it reaches inside the library."""
    if module in seen:
        return set()
    seen.add(module)
    stem = root.joinpath("workflow_scripts", *module.split("."))
    path = next((p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p.is_file()), None)
    return (
        imports_of(root, path, module if path and path.name == "__init__.py" else module.rpartition(".")[0], seen)
        if path
        else set()
    )


@functools.cache
def imported_by(path, package):
    """Full names that a file imports, also inside functions."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, [base, node.module]))
            names += [source] + [f"{source}.{alias.name}" for alias in node.names]
    return names


def imports_of(root, path, package, seen):
    found = set()
    for target in imported_by(path, package):
        if target.split(".")[0] == "vadose":
            found |= library_imports(root, target, seen)
        else:
            found.add(target.split(".")[0])
    return found


def environment(path):
    """{name: specifier} of a conda file, pip part included."""
    ranges = {}
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]:
        for line in item["pip"] if isinstance(item, dict) else [item]:
            name, _, wanted = line.partition(" ")
            ranges[name.lower()] = wanted.strip()
    return ranges


def test_environments_hold_what_scripts_import(rules, root):
    import sys

    for name, path in scripts_of(rules, root).items():
        seen = set()
        needed = imports_of(root, path, "", seen) - set(sys.stdlib_module_names) - {"vadose"}
        known = environment((root / "rules" / rules[name].conda_env).resolve())
        for module in needed:
            package = NAME_IN_CONDA.get(module, module.lower().replace("_", "-"))
            assert package in known, f"{name}: {path.name} needs {module}, which {rules[name].conda_env} lacks"


# What takes more than 0.2 s to import, and the modules that need it at once.
LATE = {"scipy.stats", "matplotlib.pyplot", "pymc", "pytensor", "arviz", "sklearn", "dask", "geopandas", "rasterio"}
AT_ONCE = {("scipy.stats", "coverage.py"), ("dask", "grids.py"), ("rasterio", "grids.py")}  # of one script each


def test_heavy_libraries_are_imported_where_they_are_used(root):
    """One import of scipy.stats at the top of a module is half a CPU second in every script that reaches it."""
    found = set()
    for path in sorted((root / "workflow_scripts").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += [node.module, *(f"{node.module}.{name}" for name in names)] if hasattr(node, "module") else []
            found |= {(heavy, path.name) for name in names for heavy in LATE if f"{name}.".startswith(f"{heavy}.")}
    assert found == AT_ONCE


def locked(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    return {
        name.lower(): Version(version) for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^ \\;]+)", text, re.M)
    }


def test_ranges_of_environments_admit_the_locked_versions(root):
    versions = locked(root)
    for path in sorted((root / "envs").glob("*.yaml")):
        for name, wanted in environment(path).items():
            version = versions.get(name.removeprefix("python-"), versions.get(name.replace("_", "-")))
            if name in ("python", "pip"):
                continue
            assert version is not None, f"{path.name}: {name} is not in requirements.lock"
            assert version in SpecifierSet(wanted), f"{path.name}: {name} {wanted} does not admit {version}"


@pytest.mark.parametrize("host", ["py" + "pi.org", "pythonhosted" + ".org", "anaconda" + ".org", "registry.npm" + "js"])
def test_no_registry_host_stands_in_any_file(root, host):
    found = subprocess.run(["git", "grep", "-l", host], cwd=root, capture_output=True, text=True).stdout.split()
    assert found == []


def test_lock_has_a_hash_for_every_pin(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[A-Za-z0-9_.-]+==.*?(?=^[A-Za-z0-9]|\Z)", text, re.M | re.S)
    assert len(pins) > 100 and all("--hash=sha256:" in pin for pin in pins)


def test_every_file_that_a_manuscript_or_a_crate_cites_has_its_rule(rules):
    """Also of rules with constraints of their own, which Snakemake writes into their names of files."""
    cited = dict(rules["numbers"].params.items())["makers"](None)
    assert set(cited) == {str(path) for path in rules["numbers"].input if str(path).endswith(".nc")}
    assert cited["results/demo/dependence/copulas.nc"] == "merge_dependence"
    made = dict(rules["write_crate"].params.items())["rules"](None)
    assert made["results/demo/dependence/lags.nc"] == "merge_dependence" and set(cited) - set(made) <= {
        "results/demo/variability/splice.nc",
        "results/demo/prepared/variability/land_cover.nc",
        "results/demo/drivers/statistics.nc",
    }
