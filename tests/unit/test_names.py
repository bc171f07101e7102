"""Names in the code say what they hold, and public functions say what their parameters are."""

import ast
import functools
import re
from pathlib import Path

import pytest

from vadose.files import products

pytestmark = pytest.mark.one_python

ROOT = Path(__file__).parents[2]
PRODUCT = sorted((ROOT / "workflow_scripts").rglob("*.py"))
LIBRARY = [path for path in PRODUCT if "vadose" in path.parts]
SAYING_NOTHING = {"found", "made", "shown", "known"}
OTHER_WORDS = {
    "rain": "precipitation",
    "rains": "precipitation",
    "soil": "soil_moisture",
    "soils": "soil_moisture",
    "water": "soil_moisture or precipitation",
}


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def given_names(tree: ast.AST):
    """(line, name) of all that is given a name: variables, attributes, parameters, functions, exceptions, fields."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name
            case ast.alias(asname=str(name)) | ast.MatchMapping(rest=str(name)):
                yield node.lineno, name


def test_names_say_what_they_hold():
    assert len(PRODUCT) > 200
    nothing = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in PRODUCT
        for line, name in given_names(parsed(path))
        if name.lower() in SAYING_NOTHING
    ]
    assert not nothing, "\n".join(nothing)


def test_names_are_the_words_of_the_field():
    others = [
        f"{path.relative_to(ROOT)}:{line} {name}: say {OTHER_WORDS[name.lower()]}"
        for path in PRODUCT
        for line, name in given_names(parsed(path))
        if name.lower() in OTHER_WORDS
    ]
    assert not others, "\n".join(others)


def test_products_say_annual_cycle():
    """Dimensions, coordinates and variables of products; names in code by which they are read."""
    names = set(products.specifications()["coordinates"])
    for entry in products.specifications()["products"].values():
        for variable, described in entry["variables"].items():
            names |= {variable, *described["dims"]}
    for path in PRODUCT:
        texts = [node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant)]
        names |= {text for text in texts if isinstance(text, str) and text.isidentifier()}
    assert {"annual_cycle", "tau_by_annual_cycle"} <= names
    wrong = [name for name in names if re.search(r"(?<!annual)(^|_)cycle(_|$)", name)]
    assert not wrong


@pytest.mark.parametrize(
    "code",
    [
        "found = 1",
        "for found in (): pass",
        "def f(found): pass",
        "def found(): pass",
        "with open(f) as found: pass",
        "a, (b, *found) = c",
        "[found for found in a]",
        "if (found := 1): pass",
        "self.found = 1",
        "class A:\n    found: int",
        "try: pass\nexcept E as found: pass",
        "import a as found",
        "lambda found: 1",
        "match a:\n    case [found]: pass",
    ],
)
def test_every_way_to_give_a_name_is_seen(code):
    assert "found" in [name for _, name in given_names(ast.parse(code))]


MANY = 4  # arguments from which on a summary does not tell what each of them is
UNDERLINE = "\nParameters\n----------\n"


def is_compiled(function: ast.FunctionDef) -> bool:
    return any("kernel" in ast.unparse(decorator) for decorator in function.decorator_list)


@functools.cache
def called_from_python(path: Path) -> frozenset[str]:
    """What uncompiled functions and the top level of a module call."""
    names: set[str] = set()

    def look(node):
        for child in ast.iter_child_nodes(node):
            if not (isinstance(child, ast.FunctionDef) and is_compiled(child)):
                if isinstance(child, ast.Call):
                    names.add(ast.unparse(child.func).rpartition(".")[2])
                look(child)

    look(parsed(path))
    return frozenset(names)


def functions_of(path: Path):
    """(function, whether it is public). A compiled part that other compiled parts alone call is none: the head of its
    module says what the arrays hold."""
    stem = path.parent.name if path.name == "__init__.py" else path.stem
    users = [other for other in LIBRARY if other == path or stem in path_text(other)]

    def below(node, public):
        for child in node.body:
            if isinstance(child, ast.ClassDef):
                yield from below(child, public and not child.name.startswith("_"))
            elif isinstance(child, ast.FunctionDef):
                inner = is_compiled(child) and not any(child.name in called_from_python(user) for user in users)
                yield child, public and not child.name.startswith("_") and not inner

    yield from below(parsed(path), True)


@functools.cache
def path_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def arguments_of(function: ast.FunctionDef) -> list[str]:
    given = function.args
    several = [argument for argument in (given.vararg, given.kwarg) if argument]
    names = [argument.arg for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs, *several]]
    return [name for name in names if name not in {"self", "cls"}]


def documented_of(function: ast.FunctionDef) -> list[str]:
    """Names in the section Parameters of a docstring."""
    section = (ast.get_docstring(function) or "").partition(UNDERLINE)[2].partition("\n\n")[0]
    heads = [line.partition(" : ")[0] for line in section.splitlines() if line and not line.startswith(" ")]
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


def test_public_functions_of_many_arguments_tell_what_they_are():
    silent = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in LIBRARY
        for function, public in functions_of(path)
        if public and len(arguments_of(function)) >= MANY and not documented_of(function)
    ]
    assert not silent, "\n".join(silent)


def test_documented_parameters_are_those_of_the_function():
    wrong = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {', '.join(strange)}"
        for path in LIBRARY
        for function, _ in functions_of(path)
        if (strange := set(documented_of(function)) - set(arguments_of(function)))
    ]
    assert not wrong, "\n".join(wrong)
