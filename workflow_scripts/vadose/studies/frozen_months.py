"""Frozen and thawed months of study B: which months of a cell enter its monthly results (docs/methods.md#c7)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import Array
from vadose.core.cells import Tile
from vadose.files import datasets, products

ALL, THAWED, FROZEN = SETS = ("all", "thawed", "frozen")
FREEZING = 273.15  # K


class MonthSet(NamedTuple):
    """Months that are left in, cell by cell, at all time scales of single months."""

    inside: Array  # (cell, time) bool
    fewest: int  # of the months of the record that a cell needs

    def of(self, cells: Array) -> "MonthSet":
        """The same of some cells."""
        return MonthSet(self.inside[cells], self.fewest)

    def left_in(self, values: Array) -> Array:
        """Monthly values (cell, ..., time), NaN in the other months."""
        between = (1,) * (values.ndim - 2)
        return np.where(self.inside.reshape(len(self.inside), *between, -1), values, np.nan)


def month_set(temperature: Array, keep: str, fewest: int) -> MonthSet | None:
    """Thawed or frozen months; None where all are kept.

    Parameters
    ----------
    temperature : (cell, time) array, K
        A month without temperature is neither thawed nor frozen.
    keep : {"all", "thawed", "frozen"}
        Frozen: below 0 degrees Celsius.
    fewest : int
        Months that a cell needs.

    Raises
    ------
    ValueError
        If `keep` is unknown.
    """
    if keep not in SETS:
        raise ValueError(f"keep: expected one of {', '.join(SETS)}, found {keep!r}.")
    if keep == ALL:
        return None
    temperature = np.asarray(temperature, dtype=float)
    return MonthSet(temperature < FREEZING if keep == FROZEN else temperature >= FREEZING, fewest)


def read(files: Sequence[Path] | None, frozen: Mapping | None, tile: Tile | None = None) -> MonthSet | None:
    """The set that `dependence.frozen` of the configuration asks for, from prepared temperatures.

    Parameters
    ----------
    files : sequence of Path, optional
        Of the air or the uppermost soil; not needed where all months are kept.
    frozen : mapping, optional
        by, keep, min_months; all months are kept by default.
    tile : Tile, optional
        Of the cells; all by default.
    """
    if frozen is None or frozen["keep"] == ALL:
        return None
    name = datasets.FROZEN_BY[frozen["by"]]
    return month_set(products.read(files, name, tile=tile)[name].values, frozen["keep"], frozen["min_months"])
