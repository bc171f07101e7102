"""Fingerprints of the library code that a script uses, down to single functions.

Snakemake reruns a rule when its script changes, but not when the library does. Every rule therefore carries the
fingerprint of exactly the functions, classes and constants that its script reaches, of the templates and tables that
these name, and of the specifications of its products, so that an edit of one function reruns the rules that use it and
no other. Comments and docstrings do not count; nor do the modules that only write logs.

To take a text of code apart costs far more than to follow the names in it; it was four fifths of a start of Snakemake.
What is in a text is therefore kept in a folder, by the text alone.
"""

import ast
import contextlib
import functools
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from vadose.files import atomic, yaml_files

LIBRARY = Path(__file__).parents[1]
PACKAGE = "vadose"
WHOLE = "*"
LOGS = ("vadose.files.job_log", "vadose.files.contents", "vadose.core.steps")  # they shape no product
SPECIFICATIONS = "files/specifications"
KEPT: Path | None = None  # no folder: every process takes the texts apart again

Symbol = tuple[str, str]  # module and name; of a data file "" and its path
Names = Mapping[str, frozenset[Symbol]]  # what a local name may stand for


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement of the top level by itself: what it defines, its code without docstrings, the texts in it, the code
    of its imports, and the names that it uses with what it asks of them: ["tables", "row"] of `tables.row`."""

    defines: list[str]
    text: str
    strings: list[str]
    imports: list[str]
    names: list[list[str]]


@dataclass(frozen=True, eq=False)
class Module:
    """What the top level of a module defines and imports."""

    definitions: dict[str, list[Statement]]
    body: list[Statement]
    imports: Names  # of the top level; those inside a function count in that function alone
    package: str


@functools.cache
def fingerprint(script: Path, *also: str) -> str:
    """Hash of all library code that a script reaches, and of the script.

    Parameters
    ----------
    script : Path
        A script that imports from `vadose`.
    *also : str
        What is used by a name known only at run time: modules, such as "vadose.formats.gldas", taken whole; products,
        such as "lags".

    Returns
    -------
    str
        Twelve hexadecimal digits; equal if and only if the code reached (docstrings aside), the files that it names and
        the specifications of the products that script and code name are equal.
    """
    seen, text = reached(script, *also), _text(script)
    digest = hashlib.sha256("\n".join(statement.text for statement in _statements(text)).encode())
    for symbol in sorted(seen):
        digest.update(_visit(symbol).code)
    named = {*also}.union(*(own.strings for own in _statements(text)), *(_visit(symbol).strings for symbol in seen))
    for name in sorted(named & _specifications()["products"].keys()):
        digest.update(_specification(name))
    return digest.hexdigest()[:12]


def reached(script: Path, *also: str) -> frozenset[Symbol]:
    """What a script uses of the library, directly or not: (module, name) of functions, classes and constants,
    (module, "*") of modules taken whole, ("", path) of templates and tables. Parameters as in `fingerprint`."""
    module = _parse(_text(script), "")
    own = [statement for group in module.definitions.values() for statement in group] + module.body
    pending = set(_symbols(module, own, "")) | {(name, WHOLE) for name in also if _file(name)}
    seen: set[Symbol] = set()
    while pending:
        symbol = pending.pop()
        if symbol in seen or symbol[0] in LOGS:
            continue
        seen.add(symbol)
        pending |= _visit(symbol).uses
    return frozenset(seen)


def read_from(scripts: Path) -> None:
    """Take the library that stands beside these scripts from now on."""
    global LIBRARY
    LIBRARY = scripts / PACKAGE
    clear()


def keep_in(folder: Path) -> None:
    """Keep what is in the texts of code in a folder from now on, for all processes and all copies of the library."""
    global KEPT
    with contextlib.suppress(OSError):
        own = f"{sys.version_info[:2]}{_text(Path(__file__))}"  # Python and this module say what is made of a text
        KEPT = folder / "statements" / hashlib.sha256(own.encode()).hexdigest()[:16]


def clear() -> None:
    """Forget what stands in which file (for tests that edit them)."""
    of_code = fingerprint, _load, _parse, _visit, _visit_code, _file
    for cached in (*of_code, _specifications, _specification, _data_files):
        cached.cache_clear()


@dataclass(frozen=True)
class _Visit:
    """The code of a symbol with its name, what it uses, and the texts that stand in it."""

    code: bytes
    uses: frozenset[Symbol] = frozenset()
    strings: frozenset[str] = frozenset()


@functools.cache
def _visit(symbol: Symbol) -> _Visit:
    name, wanted = symbol
    if not name:
        text = _text(LIBRARY / wanted)
        others = {path for file, path in _data_files().items() if file in text and path != wanted}
        return _Visit(_code(symbol, text), frozenset(("", path) for path in others))
    module = _load(name)
    if module is None:
        return _Visit(_code(symbol, ""))
    if wanted == WHOLE or wanted in module.definitions:
        return _visit_code(name, module, wanted)
    if wanted in module.imports:
        return _Visit(_code(symbol, ""), module.imports[wanted])
    if _file(f"{name}.{wanted}") is not None:
        return _Visit(_code(symbol, ""), frozenset({(f"{name}.{wanted}", WHOLE)}))
    return _Visit(_code(symbol, ""), frozenset({(name, WHOLE)}))  # made at run time: take the module whole


def _code(symbol: Symbol, text: str) -> bytes:
    return repr((symbol, text)).encode()


@functools.cache
def _visit_code(name: str, module: Module, wanted: str) -> _Visit:
    groups = module.definitions.values() if wanted == WHOLE else [module.definitions[wanted]]
    statements = [statement for group in groups for statement in group] + module.body
    text = "\n".join(statement.text for statement in statements)
    strings = frozenset[str]().union(*(statement.strings for statement in statements))
    ends = {string.rpartition("/")[2] for string in strings}
    files = {("", path) for file, path in _data_files().items() if file in ends}
    return _Visit(_code((name, wanted), text), frozenset({*_symbols(module, statements, name), *files}), strings)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
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
    return _parse(_text(path), name if path.name == "__init__.py" else name.rpartition(".")[0])


@functools.cache
def _statements(text: str) -> list[Statement]:
    """The statements of a text, taken apart once, however many symbols need them and whatever else is edited."""
    kept = KEPT / f"{hashlib.sha256(text.encode()).hexdigest()}.json" if KEPT else None
    if kept is not None:
        with contextlib.suppress(OSError, ValueError, TypeError):  # none yet, or damaged
            return [Statement(**entry) for entry in json.loads(kept.read_text(encoding="utf-8"))]
    statements = [_taken_apart(statement) for statement in _without_docstrings(ast.parse(text)).body]
    if kept is not None:
        with contextlib.suppress(OSError), atomic.replacing(kept, durable=False) as temporary:  # no disk: as before
            temporary.write_text(json.dumps([asdict(one) for one in statements]), encoding="utf-8")
    return statements


def _taken_apart(statement: ast.stmt) -> Statement:
    strings, imports, names = set(), [], set()
    inside_chains = set()
    for node in _nodes(statement):
        if isinstance(node, ast.Constant):
            strings |= {node.value} if isinstance(node.value, str) else set()
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(ast.unparse(node))
        elif isinstance(node, ast.Name) and node not in inside_chains:
            names.add((node.id,))
        elif isinstance(node, ast.Attribute) and node not in inside_chains:
            links, root = _chain(node)
            inside_chains |= {*links, root}
            if isinstance(root, ast.Name):
                names.add((root.id, *(link.attr for link in reversed(links))))
    text = ast.unparse(statement)
    return Statement(_defined(statement), text, sorted(strings), imports, sorted(map(list, names)))


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Those of a statement that may hold a name, a text or an import, outer ones first; `ast.walk` takes twice as
    long."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        for part in vars(node).values():
            if isinstance(part, list):
                pending += [inner for inner in part if isinstance(inner, ast.AST)]
            elif isinstance(part, ast.AST) and not isinstance(part, ast.expr_context | ast.operator):
                pending.append(part)


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    targets = []
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [target.id for target in targets] if all(isinstance(target, ast.Name) for target in targets) else []


@functools.cache
def _parse(text: str, package: str) -> Module:
    definitions: dict[str, list[Statement]] = {}
    outside = []
    for statement in _statements(text):
        for name in statement.defines:
            definitions.setdefault(name, []).append(statement)
        if not statement.defines:
            outside.append(statement)
    body = [statement for statement in outside if not statement.text.startswith(("import ", "from "))]
    return Module(definitions, body, _imports(outside, package), package)


def _imports(statements: Iterable[Statement], package: str) -> Names:
    """What local names stand for by the imports in some statements."""
    names: dict[str, frozenset[Symbol]] = {}
    for statement in statements:
        for code in statement.imports:
            for name, symbol in _imported(_statement(code), package):
                names[name] = names.get(name, frozenset()) | {symbol}
    return names


@functools.cache
def _statement(code: str) -> ast.stmt:
    return ast.parse(code).body[0]


def _imported(statement: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, Symbol]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if alias.name.split(".")[0] == PACKAGE:
                yield (alias.asname, (alias.name, WHOLE)) if alias.asname else (PACKAGE, (PACKAGE, WHOLE))
        return
    base = ".".join(package.split(".")[: len(package.split(".")) - statement.level + 1]) if statement.level else ""
    source = ".".join(filter(None, (base, statement.module)))
    if source.split(".")[0] == PACKAGE:
        for alias in statement.names:
            whole = f"{source}.{alias.name}"
            yield alias.asname or alias.name, (whole, WHOLE) if _file(whole) else (source, alias.name)


def _symbols(module: Module, statements: Iterable[Statement], name: str) -> Iterator[Symbol]:
    """Symbols used by statements of a module of that name; a script, named "", has none of its own."""
    for statement in statements:
        imports = dict(module.imports)
        for local, targets in _imports([statement], module.package).items():
            imports[local] = imports.get(local, frozenset()) | targets
        for root, *attributes in statement.names:
            if root in imports:
                yield from (_end_of_chain(target, attributes) for target in imports[root])
            elif root in module.definitions and name:
                yield name, root


def _chain(node: ast.Attribute) -> tuple[list[ast.Attribute], ast.expr]:
    """The links of `a.b.c`, last one first, and what it begins with."""
    links = [node]
    while isinstance(links[-1].value, ast.Attribute):
        links.append(links[-1].value)
    return links, links[-1].value


def _end_of_chain(target: Symbol, attributes: list[str]) -> Symbol:
    """What `controls.tables.row` stands for where `controls` stands for a package: row of its module tables."""
    name, wanted = target
    if wanted != WHOLE:
        return target
    for attribute in attributes:
        if not _file(f"{name}.{attribute}"):
            return name, attribute
        name = f"{name}.{attribute}"
    return name, WHOLE


def _without_docstrings(tree: ast.Module) -> ast.Module:
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or [ast.Pass()]
        for inner in vars(node).values():  # functions stand in lists of statements alone
            if isinstance(inner, list) and inner and not isinstance(inner[0], ast.expr):
                pending += [part for part in inner if isinstance(part, ast.AST)]
    return tree


@functools.cache
def _data_files() -> dict[str, str]:
    """Name -> path in the library of every file that is no code and no specification of products."""
    folders = {path.relative_to(LIBRARY).as_posix(): path for path in sorted(LIBRARY.rglob("*.*")) if path.is_file()}
    return {
        path.name: place
        for place, path in folders.items()
        if path.suffix != ".py" and "__pycache__" not in path.parts and not place.startswith(SPECIFICATIONS)
    }


@functools.cache
def _specifications() -> dict[str, yaml_files.Entries]:
    """Specifications of the products, and of the coordinates and codes that they share."""
    return yaml_files.parts(LIBRARY / SPECIFICATIONS, ("products", "coordinates", "codes"))


@functools.cache
def _specification(product: str) -> bytes:
    """Specification of a product with its name, and with the coordinates and codes that products share."""
    parts = _specifications()
    return repr((product, (parts["products"][product], dict(parts["coordinates"]), dict(parts["codes"])))).encode()
