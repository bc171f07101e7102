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


def deciding(temperature: Array, by: str) -> Array:
    """The temperature that is held against freezing in each month.

    Parameters
    ----------
    temperature : (cell, time) array, K
        Of the uppermost soil, or of the air.
    by : {"soil", "air", "snow"}
        By snow, that of the air of this month or of the month before, whichever is lower: snow of a frozen month lies
        and melts in the next. Where the month before is not known, a month is of the snow season if it is frozen
        itself, else not known.

    Returns
    -------
    (cell, time) array, K
    """
    temperature = np.asarray(temperature, dtype=float)
    if by != "snow":
        return temperature
    before = np.concatenate([np.full((len(temperature), 1), np.nan), temperature[:, :-1]], axis=1)
    with_its_own = np.where(temperature < FREEZING, temperature, np.nan)
    return np.where(np.isfinite(before), np.fmin(temperature, before) + 0 * temperature, with_its_own)


def snow_on_the_ground(amount: Array, above: float) -> Array:
    """Snow in place of a temperature: a degree of frost where more lies than `above`, else 0 degrees Celsius.

    Parameters
    ----------
    amount : (cell, time) array
        Water equivalent or depth of snow, monthly means; NaN is missing, and stays so.
    above : float
        In the same unit.

    Returns
    -------
    (cell, time) array, K
    """
    return np.where(np.isfinite(amount), np.where(amount > above, FREEZING - 1.0, FREEZING), np.nan)


def month_set(temperature: Array, keep: str, fewest: int) -> MonthSet | None:
    """Thawed or frozen months; None where all are kept.

    Parameters
    ----------
    temperature : (cell, time) array, K
        A month without temperature is neither thawed nor frozen.
    keep : {"all", "thawed", "frozen"}
        Frozen: below 0 degrees Celsius; of `deciding` by snow, the snow season.
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


def degrees(files: Sequence[Path], frozen: Mapping, tile: Tile | None = None) -> Array:
    """What is held against freezing, as `dependence.frozen` of the configuration asks, from prepared products.

    Parameters
    ----------
    files : sequence of Path
        Of the air, the uppermost soil, or of the covariate that is snow on the ground.
    frozen : mapping
        by, snow, snow_above.
    tile : Tile, optional
        Of the cells; all by default.

    Returns
    -------
    (cell, time) array, K
    """
    if datasets.snow_is_measured(frozen):
        snow = products.read(files, datasets.COVARIATE, tile=tile)[datasets.COVARIATE]
        return snow_on_the_ground(snow.values, frozen["snow_above"])
    name = datasets.FROZEN_BY[frozen["by"]]
    return deciding(products.read(files, name, tile=tile)[name].values, frozen["by"])


def read(files: Sequence[Path] | None, frozen: Mapping | None, tile: Tile | None = None) -> MonthSet | None:
    """The set that `dependence.frozen` of the configuration asks for, from prepared temperatures.

    Parameters
    ----------
    files : sequence of Path, optional
        As in `degrees`; not needed where all months are kept.
    frozen : mapping, optional
        by, snow, snow_above, keep, min_months; all months are kept by default.
    tile : Tile, optional
        Of the cells; all by default.
    """
    if frozen is None or frozen["keep"] == ALL:
        return None
    return month_set(degrees(files or [], frozen, tile), frozen["keep"], frozen["min_months"])
