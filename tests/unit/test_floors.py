"""Floors of the library: what each package may import, no circle, names that need no alias, sizes.

The table stands in docs/structure.md too. Imports inside functions count as those at the top of a module do.
"""

import ast
import functools
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_python

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "workflow_scripts/vadose"
ALLOWED = {
    "core": {"core"},
    "files": {"core", "files"},
    "statistics": {"core", "statistics"},
    "formats": {"core", "files", "formats"},
    "synthetic": {"core", "files", "formats", "statistics", "synthetic"},
    "studies": {"core", "files", "statistics", "studies"},
    "figures": {"core", "files", "statistics", "studies", "figures"},
    "pages": {"core", "files", "formats", "statistics", "studies", "figures", "pages"},
    "acquire": {"core", "files", "acquire"},
    "xarray": {"core", "statistics", "xarray"},
    "": {"core"},  # vadose itself, which names modules and imports them when they are asked for
}
FACE = {"__init__.py"}
STUDIES = {"variability", "dependence", "controls", "drivers"}
LARGEST_MODULE = 400
LARGEST_BODY = 60


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(LIBRARY.rglob("*.py"))}
assert len(MODULES) > 100


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Modules of the library that a file imports, at the top or inside functions."""
    targets = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            targets |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import in line {node.lineno}"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                targets.add(inside if inside in MODULES else node.module)
    return frozenset(target for target in targets if target.split(".")[0] == "vadose")


def package_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ALLOWED else ""


def test_no_module_stands_beside_the_packages():
    assert {path.name for path in LIBRARY.glob("*.py")} <= FACE
    assert {path.name for path in LIBRARY.iterdir() if path.is_dir() and path.name != "__pycache__"} <= set(ALLOWED)


def test_no_import_goes_upward():
    upward = [
        f"{module} imports {target}"
        for module, path in MODULES.items()
        for target in sorted(imported(path))
        if package_of(target) not in ALLOWED[package_of(module)] and (target, package_of(module)) != ("vadose", "")
    ]
    assert not upward, "\n".join(upward)


def test_modules_import_one_another_in_no_circle():
    graph = {module: imported(path) & set(MODULES) for module, path in MODULES.items()}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join([*above[above.index(module) :], module])
        if module not in done:
            for target in graph[module]:
                visit(target, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_figures_of_one_study_do_not_lean_on_those_of_another():
    for module, path in MODULES.items():
        own = [part for part in module.split(".")[2:3] if part in STUDIES]
        if package_of(module) == "figures" and own:
            others = {target.split(".")[2] for target in imported(path) if target.startswith("vadose.figures.")}
            assert not others & (STUDIES - set(own)), f"{module} imports figures of {others & (STUDIES - set(own))}"


def files_with_imports() -> list[Path]:
    return [*sorted((ROOT / "workflow_scripts").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]


def test_modules_are_called_by_their_names():
    """An alias is for two things of one name in one file, and then says whose it is: `tables` of `files` and
    `variability_tables`; `write_gleam` for `write` of the module `gleam`."""
    for path in files_with_imports():
        imports = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Import | ast.ImportFrom)]
        aliases = [
            (node.module, alias)
            for node in imports
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "vadose"
            for alias in node.names
        ]
        others = [node for node in imports if isinstance(node, ast.Import)]
        names = [alias.name for _, alias in aliases] + [alias.name for node in others for alias in node.names]
        for package, alias in aliases:
            if alias.asname:
                own = package.split(".")[-1]
                assert names.count(alias.name) > 1 and alias.asname in (f"{own}_{alias.name}", f"{alias.name}_{own}"), (
                    f"{path}: {package}.{alias.name} is imported as {alias.asname}"
                )


def body_of(function: ast.FunctionDef) -> int:
    """Lines of a function after its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def faults_of(module: str, path: Path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > LARGEST_MODULE:
        yield f"{module}: {lines} lines; divide it"
    if path.stem in ("utils", "helpers", "common", "misc"):
        yield f"{module}: a drawer without a subject"
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef) and body_of(node) > LARGEST_BODY:
            yield f"{module}.{node.name}: {body_of(node)} lines; divide it"


def test_modules_and_functions_have_one_subject():
    faults = [fault for module, path in MODULES.items() for fault in faults_of(module, path)]
    assert not faults, "\n".join(faults)
