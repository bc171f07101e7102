"""The page of the products: every file of a run with its variables, dimensions, units and meanings, from the tables
by which the files themselves are written and checked."""

import re
from pathlib import Path


def files(rules: Path) -> dict[str, list[str]]:
    """{rule: what its text names in quotes}."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(rules.glob("*.smk")))
    blocks = re.findall(r"^rule (\w+):\n((?:    .*\n|\n)*)", text, re.M)
    return {name: re.findall(r'"([\w{}/.]+)"', block) for name, block in blocks}


def place(name: str, product: dict, named: dict[str, list[str]]) -> str:
    """Where a product lies in the folder of its run."""
    if product["rule"] not in named or name in ("cells", "splice_shift"):
        return f"prepared/<study>/{name}*.nc"
    words = name.split("_")
    called = [name, *("_".join(words[count:]) for count in range(1, len(words))), words[0]]
    paths = [path.removesuffix(".nc") for path in named[product["rule"]] if "/" in path and not path.startswith("..")]
    paths = [path for path in paths if not path.endswith((".csv", ".html"))]
    fits = (path for end in called for path in paths if path.rpartition("/")[2] == end)
    path = next(fits, "comparison/{study}" + ("" if name == "comparison" else f"/{name}"))
    return path.replace("{study}", product.get("study") or "<study>") + ".nc"


def _in_a_cell(text: str) -> str:
    """As it stands in a table of Markdown, which ends a cell at a bar."""
    return text.replace("|", r"\|")


def table(products: dict, rules: Path) -> str:
    """Markdown: a section for each product, in the order of their files.

    Parameters
    ----------
    products : dict
        `products` of `vadose.files.products.specifications()`.
    rules : Path
        Folder of the rules.
    """
    named = files(rules)
    places = {name: place(name, product, named) for name, product in products.items()}
    sections = []
    for name in sorted(products, key=lambda name: (places[name].startswith("prepared"), places[name])):
        rows = "".join(
            f"| `{variable}` | {', '.join(one['dims'])} | {one['units']} | {_in_a_cell(one.get('long_name', ''))} |\n"
            for variable, one in products[name]["variables"].items()
        )
        title = f"## `{places[name]}`\n\n{products[name]['title']} (rule `{products[name]['rule']}`).\n\n"
        sections.append(f"{title}| variable | dimensions | unit | meaning |\n|---|---|---|---|\n{rows}")
    return "\n".join(sections)


def write(products: dict, rules: Path, target: Path) -> None:
    """Write what `products.md` includes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    text = table(products, rules)
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
