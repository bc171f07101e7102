"""Predictors of the ridge regressions: which of them share, and from which monthly fields they come
(docs/methods.md#b4)."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.core.cells import Tile
from vadose.files import products

# Predictor -> prepared product, its variable, and how months become a season or a year. A covariate of a user's own has
# a product of its name and is averaged.
FIELDS = {
    "precipitation_frequency": ("precipitation", "wet_days", "sum"),
    "precipitation_volume": ("precipitation", "precipitation", "sum"),
    "evapotranspiration": ("evapotranspiration", "evapotranspiration", "sum"),
}
LABELS = {"precipitation_frequency": "frequency", "precipitation_volume": "volume"}  # of controls in products
YEARS = re.compile(r"_\d{4}-\d{4}$")


class Predictors(NamedTuple):
    """Names of the predictors: controls, which share the sum of absolute coefficients, and those beside them, which are
    adjusted for."""

    controls: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of all predictors, in the order of the regression."""
        return (*self.controls, *self.beside)

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the controls, in products, tables and figures."""
        return tuple(LABELS.get(name, name) for name in self.controls)


PUBLISHED = Predictors(("precipitation_frequency", "precipitation_volume", "evapotranspiration"), ("air_temperature",))


def predictors_of(*given: AnyArray | str, chosen: Predictors = PUBLISHED) -> Array:
    """The predictors on one time scale: `predictors_of(*monthly, times, time_scale)`.

    Parameters
    ----------
    *given : arrays, then str
        A (cell, time) array for each predictor, any units, NaN is missing; the (time,) datetime64 array of month starts
        of whole years; one of `vadose.core.time_scales.SCALES`.
    chosen : Predictors
        What the arrays are.

    Returns
    -------
    (cell, step, predictor) array
        Sums of counts and amounts, means of the others; missing where a month is.
    """
    *monthly, times, time_scale = given
    parts = [
        time_scales.aggregate(values, times, time_scale, FIELDS.get(name, ("", "", "mean"))[2])
        for name, values in zip(chosen.names, monthly, strict=True)
    ]
    return np.stack(parts, axis=2)


def read(
    chosen: Predictors, files: Iterable[Sequence[Path] | None], covariates: Iterable[str], tile: Tile
) -> list[Array]:
    """Monthly values of the predictors, (cell, time) each.

    Parameters
    ----------
    chosen : Predictors
    files : iterable of sequences of Path
        Prepared products, `<name>_<first>-<last>.nc`, in groups of any kind.
    covariates : iterable of str
        Names of covariates of a user's own.
    tile : Tile
        Of the cells.
    """
    by_name: dict[str, list[Path]] = {}
    for path in [path for group in files for path in group or ()]:
        by_name.setdefault(YEARS.sub("", Path(path).stem), []).append(path)
    own, values = set(covariates), []
    for name in chosen.names:
        product, variable, _ = FIELDS.get(name, (name, name, "mean"))
        kind = ("covariate", "covariate") if name in own else (product, variable)
        field = products.read(by_name[product], kind[0], tile=tile)
        values.append(field[kind[1]].values)
    return values
