"""Rules of land cover side by side: the class of each cell under each, and what the cells mostly are (study A,
docs/methods.md#c5)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics import landcover

# Name -> mode and least share; the first is the published one.
RULES = {
    "as published": ("regroup_first", 0.0),
    "half of the land": ("regroup_first", 0.5),
    "dominant class": ("mode_first", 0.0),
}
OF_RUN = "of this run"
MOSTLY = {"one of the four classes": None, "water": 0, "urban": 13, "ice": 15, "barren": 16}
TITLE = (
    "Land cover under several rules: cells and area (m²) of each class, by what most pixels of the cell are; cells "
    "that are mostly barren or ice have a class where a few pixels have one (docs/methods.md#c5)."
)


def rules_of(mode: str, min_share: float) -> dict[str, tuple[str, float]]:
    """Rules to be compared: the three, and that of the run where it is none of them."""
    own = {} if (mode, min_share) in RULES.values() else {OF_RUN: (mode, min_share)}
    return RULES | own


def classes(pixels: NDArray[np.integer], mode: str, min_share: float) -> NDArray[np.uint8]:
    """(rule, cell) classes from (cell, igbp) numbers of pixels."""
    return np.stack([landcover.classes_of(pixels, *rule) for rule in rules_of(mode, min_share).values()])


def count(by_rule: NDArray[np.integer], names: list[str], dominant: NDArray[np.integer], area: Array) -> pd.DataFrame:
    """Cells and area of each class under each rule, by what most pixels of a cell are.

    Parameters
    ----------
    by_rule : (rule, cell) int array
    names : list of str
        Of the rules.
    dominant : (cell,) int array
        IGBP codes; a cell without a pixel counts nowhere.
    area : (cell,) array, m2
    """
    rows = []
    carrying = dominant < landcover.GROUP_OF.size
    carrying[carrying] = landcover.GROUP_OF[dominant[carrying]] > landcover.NONE
    total = float(area.sum())
    for name, codes in zip(names, by_rule, strict=True):
        for code, label in ({landcover.NONE: "none"} | landcover.CLASSES).items():
            row = {"rule": name, "class": label}
            for kind, igbp in MOSTLY.items():
                inside = (codes == code) & (carrying if igbp is None else dominant == igbp)
                covered = float(area[inside].sum())
                rows.append(
                    row
                    | {"mostly": kind, "cells": int(inside.sum()), "area_m2": covered, "area_share": covered / total}
                )
    return pd.DataFrame(rows)
