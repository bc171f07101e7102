"""Nothing in the library is there for its tests alone: every symbol is reached from a script, a rule, the public face
or a reader's protocol."""

import ast
import functools
import re
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.one_python
ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "workflow_scripts"
WHOLE = "*"

Symbol = tuple[str, str]  # module, name


class Module(NamedTuple):
    """Names that a module defines, with the statements that do so, and what its other statements are."""

    definitions: dict[str, list[ast.stmt]]
    rest: list[ast.stmt]
    imports: dict[str, Symbol]  # of the top level


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")


PATHS = {name_of(path): path for path in sorted((SOURCES / "vadose").rglob("*.py"))}


def imports_in(statements: list[ast.stmt]) -> dict[str, Symbol]:
    """Local name -> symbol of the library, or a module as (module, WHOLE)."""
    named: dict[str, Symbol] = {}
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "vadose":
                for alias in node.names:
                    inside = f"{node.module}.{alias.name}"
                    named[alias.asname or alias.name] = (
                        (inside, WHOLE) if inside in PATHS else (node.module, alias.name)
                    )
            elif isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "vadose" for alias in node.names):
                named["vadose"] = ("vadose", WHOLE)
    return named


@functools.cache
def module(name: str) -> Module:
    tree = ast.parse(PATHS[name].read_text(encoding="utf-8"))
    definitions: dict[str, list[ast.stmt]] = {}
    rest: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            definitions.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name):
                        definitions.setdefault(node.id, []).append(statement)
        elif not isinstance(statement, ast.Import | ast.ImportFrom):
            rest.append(statement)
    return Module(definitions, rest, imports_in([s for s in tree.body if isinstance(s, ast.Import | ast.ImportFrom)]))


def dotted(node: ast.AST) -> list[str]:
    """["a", "b", "c"] of a.b.c; nothing of anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [*reversed([*parts, node.id])] if isinstance(node, ast.Name) else []


def used_by(statements: list[ast.stmt], imports: dict[str, Symbol], own: str | None) -> set[Symbol]:
    """Symbols that statements use: names of their own module, imported names, and attributes of imported modules."""
    symbols = set()
    imports = imports | imports_in(statements)
    for statement in statements:
        for node in ast.walk(statement):
            chain = dotted(node)
            if not chain:
                continue
            target = imports.get(chain[0])
            if target is None:
                if own is not None and chain[0] in module(own).definitions:
                    symbols.add((own, chain[0]))
            elif target[1] != WHOLE:
                symbols.add(target)
            else:
                symbols.add(attribute_of(target[0], chain[1:]))
    return {symbol for symbol in symbols if symbol[1] != WHOLE}


def attribute_of(name: str, chain: list[str]) -> Symbol:
    """The symbol that a chain of attributes of a module names."""
    while chain and f"{name}.{chain[0]}" in PATHS:
        name, chain = f"{name}.{chain[0]}", chain[1:]
    return (name, chain[0]) if chain else (name, WHOLE)


def roots() -> set[Symbol]:
    """What scripts, rules, the public face and readers' protocols use."""
    symbols = set()
    for path in SOURCES.glob("*.py"):
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        symbols |= used_by(statements, {}, None)
    rules = [ROOT / "Snakefile", *sorted((ROOT / "rules").rglob("*.smk"))]
    symbols |= used_by_rules("\n".join(path.read_text(encoding="utf-8") for path in rules))
    for name in PATHS:
        statements = module(name).definitions.get("__all__", [])
        for node in (node for statement in statements for node in ast.walk(statement)):
            if isinstance(node, ast.Constant) and name.startswith("vadose.statistics"):
                symbols.add((name, node.value))
        if name.startswith("vadose.formats."):
            symbols |= {(name, entry) for entry in protocol() if entry in module(name).definitions}
    symbols |= {("vadose", defined) for defined in module("vadose").definitions}
    for node in (node for statement in module("vadose").definitions["_PUBLIC"] for node in ast.walk(statement)):
        if isinstance(node, ast.Tuple):
            symbols.add(tuple(part.value for part in node.elts))
    (offered,) = module("vadose.xarray").definitions["__all__"]
    symbols |= {("vadose.xarray", node.value) for node in ast.walk(offered) if isinstance(node, ast.Constant)}
    return symbols


@functools.cache
def protocol() -> set[str]:
    """Names that every reader offers."""
    (reader,) = module("vadose.formats.protocol").definitions["Reader"]
    names = [node.target.id for node in reader.body if isinstance(node, ast.AnnAssign)]
    return {"read", *names, *(node.name for node in reader.body if isinstance(node, ast.FunctionDef))}


def used_by_rules(text: str) -> set[Symbol]:
    """Symbols in files of rules, which are no Python and share one namespace: imports and attributes by pattern."""
    lines = re.findall(r"^\s*((?:from vadose[\w.]* )?import (?:[\w., ]+|\([\w.,\s]+\)))$", text, re.M)
    imports = imports_in(ast.parse("\n".join(lines)).body)
    symbols = set()
    for local, target in imports.items():
        if target[1] != WHOLE:
            symbols.add(target)
            continue
        for chain in re.findall(rf"(?<![\w.]){local}((?:\.\w+)+)", text):
            symbols.add(attribute_of(target[0], chain[1:].split(".")))
    return symbols


def reached() -> set[Symbol]:
    pending, seen = roots(), set()
    entered = set()
    while pending:
        symbol = pending.pop()
        if symbol in seen or symbol[0] not in PATHS:
            continue
        seen.add(symbol)
        name, wanted = symbol
        content = module(name)
        if name not in entered:
            entered.add(name)
            pending |= used_by(content.rest, content.imports, name)
        if wanted in content.definitions:
            pending |= used_by(content.definitions[wanted], content.imports, name)
        elif wanted in content.imports:
            pending.add(content.imports[wanted])
    return seen


def test_every_symbol_of_the_library_is_reached():
    seen = reached()
    unused = [
        f"{name}.{symbol}"
        for name in PATHS
        for symbol in module(name).definitions
        if (name, symbol) not in seen and symbol != "__all__"
    ]
    assert not unused, "reached by no script, rule or public entry: " + ", ".join(unused)
