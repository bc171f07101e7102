"""Fingerprints over the library as it is: what a script runs, its fingerprint counts.

The other side of the comparison does not parse: it imports scripts and library and follows the names in the compiled
code to the objects that Python itself finds behind them.
"""

import ast
import dis
import functools
import importlib
import importlib.util
import re
import shutil
import sys
import types
from pathlib import Path

import pytest

from vadose.files import fingerprints

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "workflow_scripts").glob("*.py"))
LIBRARY = ROOT / "workflow_scripts/vadose"
MODULES = sorted(LIBRARY.rglob("*.py"))
DATA = sorted(
    path
    for path in LIBRARY.rglob("*")
    if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts and path.name != "py.typed"
)
# Here the name of a module is known only at run time: rules name the reader to the fingerprint (next test but one).
AT_RUN_TIME = {"vadose/formats/registry.py", "vadose/__init__.py", "vadose/core/public.py"}


def name_of(path):
    parts = path.relative_to(ROOT / "workflow_scripts").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def plain(value):
    """The Python function behind a compiled, wrapped or cached one."""
    for attribute in ("py_func", "__wrapped__", "func"):
        inner = getattr(value, attribute, None)
        if isinstance(inner, types.FunctionType):
            return plain(inner)
    return value


def functions_in(value, depth=3):
    """Functions and classes of the library in a value: itself, or inside a container."""
    value = plain(value)
    if isinstance(value, types.FunctionType | type):
        if value.__module__.split(".")[0] == "vadose":
            yield value
    elif depth and isinstance(value, dict):
        for item in value.values():
            yield from functions_in(item, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from functions_in(item, depth - 1)


def codes_of(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes_of(constant)


def values_named(code, names):
    """What Python finds behind the global names, chains of attributes of modules and imports in compiled code."""
    current, imported = None, None
    for instruction in dis.get_instructions(code):
        operation, name = instruction.opname, instruction.argval
        if operation in ("LOAD_GLOBAL", "LOAD_NAME"):
            current = names.get(name)
        elif operation == "IMPORT_NAME":
            current = imported = importlib.import_module(name) if str(name).split(".")[0] == "vadose" else None
        elif operation == "IMPORT_FROM" and imported is not None:
            current = getattr(imported, name, None) or importlib.import_module(f"{imported.__name__}.{name}")
        elif operation in ("LOAD_ATTR", "LOAD_METHOD") and isinstance(current, types.ModuleType):
            current = getattr(current, name, None)
        else:
            continue
        yield current


def named_in(value, names):
    """Functions and classes of the library that a function or class names."""
    members = [plain(member) for member in vars(value).values()] if isinstance(value, type) else [value]
    codes = [member.__code__ for member in members if hasattr(member, "__code__")]
    named = (found for code in codes for inner in codes_of(code) for found in values_named(inner, names))
    return [function for found in named for function in functions_in(found)]


@functools.cache
def named_in_the_library(value):
    return named_in(value, vars(sys.modules[value.__module__]))


@functools.cache
def run_by(script):
    """(module, name) of the library's functions and classes that a script may run."""
    spec = importlib.util.spec_from_file_location(f"script_{script.stem}", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pending = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
    seen, reached = set(), set()
    while pending:
        value = plain(pending.pop())
        if id(value) in seen or not isinstance(value, types.FunctionType | type):
            continue
        seen.add(id(value))
        owner = value.__module__
        if owner.split(".")[0] == "vadose":
            reached.add((owner, value.__qualname__.split(".")[0]))
            pending += named_in_the_library(value)
        else:
            pending += named_in(value, vars(sys.modules.get(owner, module)))
    return {(owner, name) for owner, name in reached if owner not in fingerprints.LOGS}


def test_all_that_a_script_may_run_is_counted():
    missing = {}
    for script in SCRIPTS:
        counted = fingerprints.reached(script)
        lacking = {
            symbol
            for symbol in run_by(script)
            if symbol not in counted and (symbol[0], fingerprints.WHOLE) not in counted
        }
        if lacking:
            missing[script.name] = sorted(lacking)
    assert not missing


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A function that edits one file in a copy of scripts and library, and tells which of some scripts it touches."""
    folder = tmp_path / "workflow_scripts"
    shutil.copytree(ROOT / "workflow_scripts", folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprints, "LIBRARY", folder / "vadose")
    fingerprints.clear()

    def prints(names):
        return {name: fingerprints.fingerprint(folder / name) for name in names}

    def forget(file):
        """What the edit can change: no file comes or goes here, and what else stands in files is read once."""
        specified = [fingerprints._specifications, fingerprints._specification] if file.suffix == ".yaml" else []
        for cached in (fingerprints.fingerprint, fingerprints._load, fingerprints._visit, *specified):
            cached.cache_clear()

    before = prints([path.name for path in SCRIPTS])

    def touched_by(path, text, names=tuple(before)):
        file = folder / path.relative_to(ROOT / "workflow_scripts")
        kept = file.read_text(encoding="utf-8")
        file.write_text(text, encoding="utf-8")
        forget(file)
        after = prints(names)
        file.write_text(kept, encoding="utf-8")
        forget(file)  # an edited specification must not stay for the next edit
        return {name for name in names if before[name] != after[name]}

    yield touched_by
    monkeypatch.undo()
    fingerprints.clear()


def edited(path):
    """The module with one more statement in every function and class."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.body.append(ast.parse("assert True").body[0])
    return ast.unparse(tree)


def importers_of(graph, module):
    """All that imports a module, directly or not."""
    reached, pending = set(), {module}
    while pending:
        target = pending.pop()
        reached.add(target)
        pending |= {name for name, targets in graph.items() if target in targets} - reached
    return reached


def import_graph():
    graph = {}
    for path in [*SCRIPTS, *MODULES]:
        name, targets = name_of(path), set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                targets |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                targets |= {alias.name for alias in node.names}
        graph[name] = {target for target in targets if target.split(".")[0] == "vadose"}
    return graph


@pytest.mark.slow
@pytest.mark.one_python
def test_an_edit_of_any_module_touches_the_scripts_that_run_it_and_none_that_do_not_import_it(copied):
    runs = {script.name: {owner for owner, _ in run_by(script)} for script in SCRIPTS}
    counted = {script.name: {owner for owner, _ in fingerprints.reached(script)} for script in SCRIPTS}
    graph, untouched = import_graph(), set()
    for path in MODULES:
        module = name_of(path)
        importers = {f"{name}.py" for name in importers_of(graph, module)} & runs.keys()
        others = {script for script in runs.keys() - importers if module in counted[script]}
        assert not others, f"an edit of {module} may rerun {sorted(others)} for nothing"
        expected = {script for script, modules in runs.items() if module in modules}
        touched = copied(path, edited(path), expected or importers)
        assert expected <= touched, f"an edit of {module} would not rerun {sorted(expected - touched)}"
        untouched |= set() if touched else {module}
    assert "vadose.files.job_log" in untouched and "vadose.statistics.attribution" not in untouched


@pytest.mark.one_python
def test_an_edit_of_a_template_or_table_touches_those_who_read_it(copied):
    for path in DATA:
        text = path.read_text(encoding="utf-8")
        if {"specifications", "shipped"} & set(path.parts):
            continue
        touched = copied(path, text + "\n")
        of_atlas = path.name.startswith("atlas") or "vendor" in path.parts
        expected = {"build_atlas.py"} if of_atlas else {"write_report.py"}
        expected = {"write_manuscript.py"} if "manuscript" in path.parts else expected
        expected = {"write_gallery.py"} if path.name.startswith("gallery") else expected
        pages = {"build_atlas.py", "write_report.py", "write_manuscript.py", "compare_runs.py", "write_gallery.py"}
        assert expected <= touched <= pages, path


@pytest.mark.one_python
def test_an_edit_of_the_specification_of_a_product_touches_who_writes_and_who_reads_it(copied):
    path = LIBRARY / "files/specifications/variability.yaml"
    text = path.read_text(encoding="utf-8")
    assert "  attribution:\n    title: " in text
    touched = copied(
        path,
        text.replace("  attribution:\n    title: ", "  attribution:\n    title: New: ".replace(": New:", ": New,")),
    )
    assert {"attribute_variability.py", "merge_variability.py", "tabulate_variability.py"} <= touched
    assert not touched & {"reduce_land_mask.py", "prepare_soil_moisture.py", "measure_lags.py"}


@pytest.mark.one_python
def test_every_synthetic_writer_reruns_the_synthesis(copied):
    for path in sorted((LIBRARY / "synthetic/writers").glob("*.py")):
        if path.name != "__init__.py":
            assert copied(path, edited(path), ["synthesize_product.py"]), path.name


@pytest.mark.one_python
def test_a_local_name_has_one_meaning_in_a_module():
    for path in [*SCRIPTS, *MODULES]:
        meanings = {}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name, symbol in (
                fingerprints._imported(node, "") if isinstance(node, ast.Import | ast.ImportFrom) else ()
            ):
                meanings.setdefault(name, set()).add(symbol)
        double = {name: sorted(symbols) for name, symbols in meanings.items() if len(symbols) > 1 and name != "vadose"}
        assert not double, f"{path}: one name for several things: {double}"


@pytest.mark.one_python
def test_modules_named_at_run_time_are_named_to_the_fingerprint():
    for path in [*SCRIPTS, *MODULES]:
        if "import_module(" in path.read_text(encoding="utf-8"):
            assert path.relative_to(ROOT / "workflow_scripts").as_posix() in AT_RUN_TIME, path


def test_every_file_of_the_library_that_is_no_code_is_counted_somewhere():
    counted = set().union(*(fingerprints.reached(script) for script in SCRIPTS))
    for path in DATA:
        # Maps of regions are data sets: their jobs take them as files.
        if not {"specifications", "shipped"} & set(path.parts):
            assert ("", path.relative_to(LIBRARY).as_posix()) in counted, path


def rules_with_scripts():
    for path in sorted((ROOT / "rules").glob("*.smk")):
        for rule in re.split(r"^(?:use )?rule ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            script = re.search(r'script:\s+"../workflow_scripts/(\w+)\.py"', rule)
            if script:
                yield script[1], rule


def test_every_rule_carries_the_fingerprint_of_its_own_script():
    for script, rule in rules_with_scripts():
        fingerprinted = re.search(r'library=.*?(?:library_of|fingerprint_with_reader)\(\s*"(\w+)"', rule, re.S)
        assert fingerprinted and fingerprinted[1] == script, rule.split(":")[0]


def test_rules_that_read_files_of_products_name_the_reader():
    asks_for_a_reader = ("vadose.formats.registry", "reader")
    for script, rule in rules_with_scripts():
        if asks_for_a_reader in fingerprints.reached(ROOT / f"workflow_scripts/{script}.py") and "output:" in rule:
            assert "fingerprint_with_reader" in rule, script
