"""The pages of the reference: one per public module of the library, in groups, from its docstrings."""

import ast
from pathlib import Path

GROUPS = {
    "Labelled arrays": "xarray.*",
    "Statistics": "statistics.*",
    "Studies": "studies.*",
    "Formats": "formats.*",
    "Core and files": "core.* files.*",
    "Figures and pages": "figures.* pages.*",
    "Synthetic Earth": "synthetic.*",
    "Downloads": "acquire.*",
}
REST = "Everything else"


def modules(library: Path) -> list[str]:
    """Names of all public modules below `library`, without its own name: "grid", "formats.gldas"."""
    found = []
    for path in sorted(library.rglob("*.py")):
        parts = path.relative_to(library).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if parts and not any(part.startswith("_") for part in parts):
            found.append(".".join(parts))
    return found


def groups(library: Path) -> dict[str, list[str]]:
    """{group: modules}; what no group names stands in the last one, so that nothing public is forgotten."""
    left, found = modules(library), {}
    for title, patterns in GROUPS.items():
        wanted = patterns.split()
        chosen = [
            name
            for pattern in wanted
            for name in left
            if name == pattern or (pattern.endswith(".*") and f"{name}.".startswith(pattern[:-1]))
        ]
        missing = [
            pattern
            for pattern in wanted
            if not any(name == pattern or f"{name}.".startswith(pattern.removesuffix("*")) for name in left)
        ]
        if missing:
            raise ValueError(
                f"docs/api_pages.py: expected the modules {', '.join(missing)} of group {title}, found none. Name what "
                "took their place."
            )
        found[title] = list(dict.fromkeys(chosen))
        left = [name for name in left if name not in found[title]]
    return found | {REST: left}


def write(library: Path, folder: Path) -> None:
    """Write one page per module and `index.inc`, the lists of the page `api.md`; pages of modules that went are
    removed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"index.inc": ""}
    for title, names in groups(library).items():
        if not names:
            continue
        rows = []
        for name in names:
            path = library.joinpath(*name.split("."))
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
            # A function with the name of its module is described on the page of the module alone.
            below = ", ".join(one.rpartition(".")[2] for one in names if one.rpartition(".")[0] == name)
            option = f"   :exclude-members: {below}\n" if below else ""
            head = f"vadose.{name}\n{'=' * (len(name) + 7)}"
            wanted[f"{name}.rst"] = f"{head}\n\n.. automodule:: vadose.{name}\n{option}"
            rows.append(f"   * - :doc:`vadose.{name} </_generated/api/{name}>`\n     - {first}\n")
        table = ".. list-table::\n   :widths: 30 70\n\n" + "".join(rows)
        toctree = ".. toctree::\n   :hidden:\n\n" + "".join(f"   /_generated/api/{name}\n" for name in names)
        wanted["index.inc"] += f"{title}\n{'-' * len(title)}\n\n{table}\n{toctree}\n"
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
