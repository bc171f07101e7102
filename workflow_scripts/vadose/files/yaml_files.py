"""YAML as it is read everywhere: plain values, and by the compiled parser where there is one, six times as fast."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """What a YAML file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


class Entries(Mapping):
    """Entries of one part of several files, each parsed when it is asked for: who needs one of a hundred waits for
    one."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def add(self, path: Path, part: str) -> None:
        """Take the entries of a part of a file: a name without indentation, and below it names indented by two.

        Raises
        ------
        ValueError
            If there is an entry of that name already.
        """
        inside = re.search(rf"^{part}:\n((?:(?:[ #].*)?\n)*)", path.read_text(encoding="utf-8"), re.M)
        for entry in re.finditer(r"^  (\w+):(.*\n(?:(?:   .*)?\n)*)", inside[1] if inside else "", re.M):
            if entry[1] in self._texts:
                raise ValueError(f"{path}: expected each of the {part} once, found {entry[1]} again.")
            self._texts[entry[1]] = entry[2]

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = yaml.load(self._texts[name], Loader=LOADER)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
