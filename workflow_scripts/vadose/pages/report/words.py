"""Heads of tables in words, with units, from the names of their columns (templates/columns.yaml)."""

import functools

from vadose.files import yaml_files
from vadose.pages.numbering import TEMPLATES


@functools.cache
def _listed() -> dict[str, dict[str, str]]:
    return yaml_files.read(TEMPLATES / "columns.yaml")


def head(column: str, table: str = "") -> str:
    """The head of a column of a table (by the name of its file), or the column's own name where it has no words."""
    words = _listed()["any"] | _listed().get(table, {})
    if column in words:
        return words[column]
    for name, text in words.items():
        if name.endswith("*") and column.startswith(name[:-1]):
            return text.format(column.removeprefix(name[:-1]).replace("_", " "))
    return column
