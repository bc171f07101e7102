"""YAML as it is read everywhere: plain values, and by the compiled parser where there is one, six times as fast."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ENTRY = re.compile(r"^  (\w+):(.*\n(?:(?:   .*)?\n)*)", re.M)


def read(path: Path) -> Any:
    """What a YAML file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


def parts(folder: Path, names: Sequence[str]) -> "dict[str, Entries]":
    """Parts of the YAML files of a folder, each of all files together.

    Parameters
    ----------
    folder : Path
        Whose files `*.yaml` hold the parts as names without indentation, and the entries below them indented by two.
    names : sequence of str
        The parts.

    Raises
    ------
    ValueError
        If an entry stands twice in a part; the message names the second file.
    """
    table = {name: Entries() for name in names}
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        for name, entries in table.items():
            inside = re.search(rf"^{name}:\n((?:(?:[ #].*)?\n)*)", text, re.M)
            for entry in ENTRY.finditer(inside[1] if inside else ""):
                if entry[1] in entries:
                    raise ValueError(f"{path}: expected each of the {name} once, found {entry[1]} again.")
                entries.texts[entry[1]] = entry[2]
    return table


class Entries(Mapping):
    """Entries of a part, each parsed when it is asked for: who needs one of a hundred waits for one."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = yaml.load(self.texts[name], Loader=LOADER)
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.texts

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)
