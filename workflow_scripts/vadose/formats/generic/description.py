"""What a configuration says of a data set of a user's own, as far as its files do not say it themselves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vadose.formats.opening import FormatError

DIMENSIONS = ("time", "layer", "lat", "lon")
OF_CLASSES = ("land_cover", "regions")  # roles whose files hold codes, not quantities
_PLACES = {"year": r"(?P<year>\d{4})", "month": r"(?P<month>\d{2})", "day": r"(?P<day>\d{2})"}
_PIECE = re.compile(r"\*\*/|\*|\?|{(?P<name>[a-z]+)(?::[^}]*)?}")


@dataclass(frozen=True)
class Description:
    """A data set, as `datasets.<id>` of the configuration describes it (config/schema.yaml has the keys)."""

    dataset: str = "the data set"
    role: str | None = None
    variable: tuple[str, ...] = ()
    units: str | None = None
    dims: Mapping[str, str] | None = None
    layers: tuple[tuple[float, float], ...] = ()
    missing: float | None = None
    month_share: float = 1.0
    pattern: str | None = None
    wet_day_mm: float | None = None
    classes: Mapping[str, Sequence[int]] | None = None

    @classmethod
    def of(
        cls,
        *,
        variable: str | Sequence[str] = (),
        layers: Sequence[Sequence[float]] = (),
        **others: Any,
    ) -> "Description":
        """From the plain values of a configuration.

        Parameters
        ----------
        variable : str or sequence of str
            Name in the files; several are layers, from the surface down.
        layers : sequence of (top, bottom)
            Bounds of the layers, m.
        **others
            The other fields.
        """
        names = (variable,) if isinstance(variable, str) else tuple(variable)
        bounds = tuple((float(top), float(bottom)) for top, bottom in layers)
        return cls(variable=names, layers=bounds, **others)

    @property
    def key(self) -> str:
        """The key of the configuration that describes the data set, for messages."""
        return f"datasets.{self.dataset}"

    def stamp_in_name(self, path: Path) -> np.datetime64 | None:
        """Start of the month, the day or the year that the name of a file says by {year}, {month} and {day} of the
        pattern; None where the pattern has none of them.

        Raises
        ------
        FormatError
            If the name is not as the pattern has it.
        """
        if not self.pattern or "{year" not in self.pattern:
            return None
        tail = "/".join(path.parts[-len(PurePosixPath(self.pattern).parts) :])
        match = re.fullmatch(_expression(self.pattern), tail)
        if match is None:
            raise FormatError(f"{path}: expected a name like {self.pattern}, which says its time, found {tail}.")
        parts = match.groupdict()
        text = "-".join(part for part in (parts["year"], parts.get("month"), parts.get("day")) if part)
        try:
            return np.datetime64(text)
        except ValueError:
            raise FormatError(
                f"{path}: expected a date in the name, by {self.key}.pattern {self.pattern}, found {text}."
            ) from None


def _expression(pattern: str) -> str:
    """Regular expression of a pattern with placeholders; each placeholder names its digits once."""
    text, place, named = "", 0, set()
    for piece in _PIECE.finditer(pattern):
        text += re.escape(pattern[place : piece.start()])
        name, place = piece["name"], piece.end()
        if name is None:
            text += {"*": "[^/]*", "?": "[^/]", "**/": "(?:.*/)?"}[piece[0]]
        elif name in _PLACES and name not in named:
            text += _PLACES[name]
            named.add(name)
        else:
            text += r"[^/]*" if name not in _PLACES else r"\d+"
    return text + re.escape(pattern[place:])
