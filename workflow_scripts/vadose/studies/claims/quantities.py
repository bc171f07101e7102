"""A tiny, strict vocabulary that names one number, or a few labelled ones, of a run: what the table of claims is
written in.

A quantity is a mapping. `from` names a table, a product, `configuration` or `constants`; `take` a column, variable, key
or constant; the rest is

    where   {column or dimension: label, list of labels, or {from: a, to: b}}    what is selected; `record` stands for
    the period of the claim by      column or dimension whose labels tell several values apart
    reduce  mean, median, min, max, range, sum, count, share_below, share_above   default: exactly one value must be
    left weight  area                                                                  means and shares of products by
    area instead of by cell bound   limit of share_below and share_above
    times   factor, for the published unit

There is nothing else: no expression is ever evaluated as code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import time_scales
from vadose.files import products
from vadose.statistics import attribution, copula, seasons
from vadose.statistics.landcover import GROUP_OF

KEYS = {"from", "take", "where", "by", "reduce", "weight", "bound", "times"}
SOIL_LAYERS = 4  # of GLDAS Noah, the product of study A (docs/formats.md)
REDUCTIONS = ("mean", "median", "min", "max", "range", "sum", "count", "share_below", "share_above")
RECORD = "record"
CONSTANTS = {
    "copula families": len(copula.FAMILIES),
    "months per season": 12 // len(seasons.SEASONS),
    "variance terms": len(attribution.DYNAMICS) * len(seasons.SEASONS) * SOIL_LAYERS,
    "calendar seasons": ";".join(time_scales.SCALES[1:5]),
    "IGBP classes": GROUP_OF.size,
    "IGBP classes kept": int((GROUP_OF > 0).sum()),
    **{f"IGBP codes of class {group}": ";".join(map(str, np.flatnonzero(group == GROUP_OF))) for group in range(5)},
}


class Unknown(ValueError):
    """A quantity is written wrongly; the message says which and how."""


class NotMade(LookupError):
    """The run does not make what a quantity needs; the message says what is missing."""


class Opened(NamedTuple):
    """A file of a run, or some of its cells or rows."""

    name: str
    kind: str | None
    content: xr.Dataset | pd.DataFrame


@dataclass(frozen=True)
class Run:
    """What quantities are read from."""

    files: Mapping[str, Path]  # name -> file of this run; a name that is not here is not part of the run
    kinds: Mapping[str, str | None]  # name -> product of a netCDF file, None for a table
    configuration: Mapping
    kept: dict[Path, Opened] = field(default_factory=dict)

    def opened(self, name: str, kind: str | None) -> Opened:
        """A file of the run, of which claims that follow one another mostly take several numbers: tables are read once,
        a product again after another one, so that one at a time is in memory."""
        path = self.files[name]
        if path not in self.kept:
            if kind is not None:
                for other in [other for other, file in self.kept.items() if file.kind is not None]:
                    del self.kept[other]
            self.kept[path] = opened(path, kind)
        return self.kept[path]


def check(how: Mapping, files: Mapping) -> None:
    """Whether a quantity keeps to the vocabulary.

    Parameters
    ----------
    how : mapping
        The quantity.
    files : mapping
        Names of files that it may use.

    Raises
    ------
    Unknown
        At the first word that is not of the vocabulary.
    """
    strange = sorted(set(how) - KEYS)
    if strange or "from" not in how or "take" not in how:
        raise Unknown(f"expected from, take and others of {sorted(KEYS)}, found {sorted(how)}.")
    if how["from"] not in {*files, "configuration", "constants"}:
        raise Unknown(
            f"from: expected configuration, constants or one of the files {sorted(files)}, found {how['from']}."
        )
    if how["from"] == "constants" and how["take"] not in CONSTANTS:
        raise Unknown(f"take: expected one of the constants {sorted(CONSTANTS)}, found {how['take']}.")
    if how.get("reduce", "mean") not in REDUCTIONS:
        raise Unknown(f"reduce: expected one of {REDUCTIONS}, found {how['reduce']}.")
    if how.get("weight", "area") != "area":
        raise Unknown(f"weight: expected area, found {how['weight']}.")
    if how.get("reduce", "").startswith("share_") != ("bound" in how):
        raise Unknown("bound: expected with share_below and share_above, and only with them.")


def evaluate(how: Mapping, run: Run, period: str | None = None) -> dict[str, object]:
    """Values of a quantity by label; a quantity without `by` has one value with the label "".

    Parameters
    ----------
    how : mapping
        Checked by `check`.
    run : Run
    period : str, optional
        What the word `record` stands for.

    Raises
    ------
    NotMade
        If the run does not make the file, or has no value for the selection.
    Unknown
        If a column, dimension or key does not exist, or more than one value is left where one was expected.
    """
    if how["from"] == "constants":
        return {"": CONSTANTS[how["take"]]}
    if how["from"] == "configuration":
        value = _key(run.configuration, how["take"])
        return {"": value * how["times"] if "times" in how else value}
    if how["from"] not in run.files:
        raise NotMade(f"{how['from']} is not part of this run")
    return taken(how, run.opened(how["from"], run.kinds[how["from"]]), period)


def opened(path: Path, kind: str | None) -> Opened:
    """A product or, of no kind, a table."""
    return Opened(path.name, kind, pd.read_csv(path) if kind is None else products.read(path, kind))


def taken(how: Mapping, file: Opened, period: str | None = None) -> dict[str, object]:
    """Values of a quantity by label, from an opened file; otherwise as `evaluate`."""
    where = {name: period if wanted == RECORD else wanted for name, wanted in how.get("where", {}).items()}
    if None in where.values():
        raise NotMade("the run has no such period")
    values = _of_table(file, how, period) if file.kind is None else _of_product(file, how, where)
    if not any(np.isfinite(value) for value in values.values()):
        raise NotMade(f"{file.name} has no value for the selection in this run")
    factor = how.get("times", 1)
    return {label: value * factor for label, value in values.items()}


def _key(configuration: Mapping, dotted: str) -> object:
    value = configuration
    for part in dotted.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise Unknown(f"take: expected a key of the configuration, found {dotted}.")
        value = value[part]
    return value


def plain(value: object) -> str:
    """Label as text; 4, 4.0 and "4" are the same label."""
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        return str(value)


def _chosen(values: np.ndarray, wanted: object, name: str) -> np.ndarray:
    if isinstance(wanted, Mapping):
        if set(wanted) != {"from", "to"}:
            raise Unknown(f"where: expected from and to for {name}, found {sorted(wanted)}.")
        numbers = np.asarray(values, dtype=float)
        return (numbers >= wanted["from"]) & (numbers <= wanted["to"])
    if name == "year":
        first, last = (int(year) for year in str(wanted).split("-"))
        return (values >= first) & (values <= last)
    labels = {plain(item) for item in (wanted if isinstance(wanted, list) else [wanted])}
    return np.array([plain(value) in labels for value in values], dtype=bool)


def rows_of(file: Opened, how: Mapping, period: str | None) -> tuple[pd.DataFrame, list[str]]:
    """Rows of a table that a quantity is taken from, and the columns whose labels tell its values apart."""
    where = {name: period if wanted == RECORD else wanted for name, wanted in how.get("where", {}).items()}
    table, by = file.content, how.get("by", [])
    by = by if isinstance(by, list) else [by]
    for name in [how["take"], *where, *by]:
        if name not in table:
            raise Unknown(f"{file.name}: expected the column {name}, found {', '.join(table.columns)}.")
    for name, wanted in where.items():
        table = table[_chosen(table[name].to_numpy(), wanted, name)]
    if table.empty:
        raise NotMade(f"{file.name} has no row for {dict(where)}")
    return table, by


def _of_table(file: Opened, how: Mapping, period: str | None) -> dict[str, float]:
    table, by = rows_of(file, how, period)
    groups = {"": table}
    if by:
        groups = {" ".join(map(plain, labels)): part for labels, part in table.groupby(by, sort=False)}
    by_label = {}
    for label, part in groups.items():
        values = part[how["take"]].to_numpy(dtype=float)
        if "reduce" not in how and len(values) != 1:
            raise Unknown(f"{file.name}: expected one row for {how.get('where', {})} {label}, found {len(values)}.")
        by_label[label] = _reduced(values, None, how)
    return by_label


def _of_product(file: Opened, how: Mapping, where: Mapping) -> dict[str, float]:
    data = file.content
    if how["take"] not in data:
        if (products.specification(str(file.kind))["variables"].get(how["take"]) or {}).get("optional"):
            raise NotMade(f"{file.name} of this run has no {how['take']}")
        raise Unknown(f"{file.name}: expected the variable {how['take']}, found {', '.join(map(str, data.data_vars))}.")
    array = data[how["take"]]
    for name, wanted in where.items():
        if name not in array.coords:
            raise Unknown(f"{file.name}: expected the coordinate {name}, found {', '.join(map(str, array.coords))}.")
        chosen = _chosen(array[name].values, wanted, name)
        if not chosen.any():
            raise NotMade(f"{file.name} has nothing for {name} {wanted}")
        array = array.isel({array[name].dims[0]: np.flatnonzero(chosen)})
    if "by" not in how:
        return {"": _reduced_array(array, how)}
    labels = [plain(label) for label in array[how["by"]].values]
    return {label: _reduced_array(array.isel({how["by"]: number}), how) for number, label in enumerate(labels)}


def _reduced_array(array: xr.DataArray, how: Mapping) -> float:
    weights = None
    if "weight" in how:
        weights = array["area"].broadcast_like(array).transpose(*array.dims).values.ravel()
    return _reduced(array.values.ravel().astype(float), weights, how)


def _reduced(values: np.ndarray, weights: np.ndarray | None, how: Mapping) -> float:
    reduction = how.get("reduce")
    if reduction is None:
        if values.size != 1:
            raise Unknown(f"{how['from']}, {how['take']}: expected one value, found {values.size}; select or reduce.")
        return float(values[0])
    valid = np.isfinite(values)
    if not valid.any():
        return float("nan")
    values = values[valid]
    weights = None if weights is None else weights[valid]
    if reduction.startswith("share_"):
        values = (values < how["bound"] if reduction == "share_below" else values > how["bound"]).astype(float)
        reduction = "mean"
    if reduction == "mean":
        return float(np.average(values, weights=weights))
    simple = {"median": np.median, "min": np.min, "max": np.max, "range": np.ptp, "sum": np.sum, "count": np.size}
    return float(simple[reduction](values))
