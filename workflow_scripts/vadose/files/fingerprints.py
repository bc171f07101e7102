"""Fingerprints of the library code that a script uses, down to single functions.

Snakemake reruns a rule when its script changes, but not when the library does. Every rule therefore carries the
fingerprint of exactly the functions, classes and constants that its script reaches, so that an edit of one function
reruns the rules that use it and no other. Comments and docstrings do not count.
"""

import ast
import functools
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

LIBRARY = Path(__file__).parents[1]
PACKAGE = "vadose"
WHOLE = "*"

Symbol = tuple[str, str]  # module, name


@dataclass(frozen=True)
class Module:
    """What the top level of a module defines and imports."""

    definitions: dict[str, list[ast.stmt]]
    body: list[ast.stmt]
    imports: dict[str, Symbol]  # local name -> (module, name), or (module, "*") for a module itself


@functools.cache
def fingerprint(script: Path, *also: str) -> str:
    """Hash of all library code that a script reaches.

    Parameters
    ----------
    script : Path
        A script that imports from `vadose`.
    *also : str
        Modules used by a name known only at run time, such as "vadose.formats.gldas"; taken whole.

    Returns
    -------
    str
        Twelve hexadecimal digits; equal if and only if the code reached (docstrings aside) and the specifications of
        the products named are equal.
    """
    module = _parse(script.read_text(), PACKAGE)
    own = [statement for group in module.definitions.values() for statement in group] + module.body
    pending = {symbol for symbol in _symbols(module, own) if symbol[0]}  # the script itself is watched by Snakemake
    pending |= {(name, WHOLE) for name in also}
    seen: dict[Symbol, str] = {}
    while pending:
        symbol = pending.pop()
        if symbol in seen:
            continue
        text, further = _visit(symbol)
        seen[symbol] = text
        pending |= further
    digest = hashlib.sha256()
    for symbol in sorted(seen):
        digest.update(repr((symbol, seen[symbol])).encode())
    named = _strings(script)
    for name, entry in sorted(_specifications().items()):
        if name in named:
            digest.update(repr((name, entry)).encode())
    return digest.hexdigest()[:12]


def clear() -> None:
    """Forget parsed modules (for tests that edit them)."""
    fingerprint.cache_clear()
    _load.cache_clear()
    _visit.cache_clear()
    _specifications.cache_clear()


def _visit_statements(name: str, module: Module, statements: Iterable[ast.stmt]) -> tuple[str, frozenset[Symbol]]:
    statements = list(statements)
    text = "\n".join(ast.unparse(statement) for statement in statements)
    return text, frozenset((found if found[0] else (name, found[1])) for found in _symbols(module, statements))


@functools.cache
def _visit(symbol: Symbol) -> tuple[str, frozenset[Symbol]]:
    """Code of one symbol and the symbols it uses."""
    name, wanted = symbol
    module = _load(name)
    if module is None:
        return "", frozenset()
    if wanted == WHOLE:
        return _visit_statements(
            name, module, [s for group in module.definitions.values() for s in group] + module.body
        )
    if wanted in module.definitions:
        return _visit_statements(name, module, module.definitions[wanted] + module.body)
    if wanted in module.imports:
        return "", frozenset({module.imports[wanted]})
    if _file(f"{name}.{wanted}") is not None:
        return "", frozenset({(f"{name}.{wanted}", WHOLE)})
    return "", frozenset({(name, WHOLE)})  # made at run time: take the module whole


def _file(name: str) -> Path | None:
    stem = LIBRARY.parent.joinpath(*name.split("."))
    for path in (stem.with_suffix(".py"), stem / "__init__.py"):
        if path.is_file():
            return path
    return None


@functools.cache
def _load(name: str) -> Module | None:
    path = _file(name)
    if path is None:
        return None
    return _parse(path.read_text(), name if path.name == "__init__.py" else name.rpartition(".")[0])


def _parse(text: str, package: str) -> Module:
    tree = _without_docstrings(ast.parse(text))
    definitions: dict[str, list[ast.stmt]] = {}
    body, imports = [], {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports |= _imported(statement, package)
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            definitions.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and all(
            isinstance(t, ast.Name) for t in _targets(statement)
        ):
            for target in _targets(statement):
                definitions.setdefault(target.id, []).append(statement)
        elif not isinstance(statement, ast.Import | ast.ImportFrom):
            body.append(statement)
    return Module(definitions, body, imports)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _imported(statement: ast.stmt, package: str) -> dict[str, Symbol]:
    if isinstance(statement, ast.Import):
        inside = [alias for alias in statement.names if alias.name.split(".")[0] == PACKAGE]
        return {alias.asname or PACKAGE: (alias.name, WHOLE) for alias in inside}
    if statement.level:
        base = ".".join(package.split(".")[: len(package.split(".")) - statement.level + 1])
        source = f"{base}.{statement.module}" if statement.module else base
    else:
        source = statement.module or ""
    if source.split(".")[0] != PACKAGE:
        return {}
    found = {}
    for alias in statement.names:
        whole = f"{source}.{alias.name}"
        found[alias.asname or alias.name] = (whole, WHOLE) if _file(whole) is not None else (source, alias.name)
    return found


def _symbols(module: Module, statements: Iterable[ast.stmt]) -> Iterator[Symbol]:
    """Symbols used by statements; the module itself is written as ""."""
    for statement in statements:
        through_attribute = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                target = module.imports.get(node.value.id)
                if target and target[1] == WHOLE:
                    through_attribute.add(id(node.value))
                    yield target[0], node.attr
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and id(node) not in through_attribute:
                if node.id in module.definitions:
                    yield "", node.id
                elif node.id in module.imports:
                    yield module.imports[node.id]


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or [ast.Pass()]
    return tree


@functools.cache
def _specifications() -> dict:
    table = {}
    for path in sorted((LIBRARY / "files/specifications").glob("*.yaml")):
        table |= yaml.safe_load(path.read_text()).get("products") or {}
    return table


def _strings(script: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(script.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
