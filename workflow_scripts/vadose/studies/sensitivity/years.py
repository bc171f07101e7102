"""Headline numbers of both studies in resampled years: what a verdict of the sensitivity analysis rests on.

Base and alternative have the same draws of years, so that their difference has an interval of its own
(docs/methods.md#c1)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import year_intervals
from vadose.studies import year_tables
from vadose.studies.sensitivity.plan import Reading
from vadose.studies.sensitivity.verdicts import YEARS, Number
from vadose.studies.variability import intervals
from vadose.studies.variability.intervals import CELLS_OF
from vadose.studies.variability.splice import MODELS

PRODUCTS = {
    "variability": ("year_resamples", "correlation_resamples"),
    "dependence": ("dependence_resamples", "control_resamples"),
}
SHARES = ("significant_correlation", "negative_share", "copula_negative_share", "certain_negative", "dominant_control")


class Resamples(NamedTuple):
    """A number in resampled years."""

    replicates: Array
    years: float  # effective
    cells: int | None = None  # that a share is of
    half_width: float | None = None  # of its interval on the probit scale, where it has its own


class Key(NamedTuple):
    """Where the resamples of a number are."""

    product: str
    name: str  # on the axis "number"; of correlations "season_layer", of dependence and controls "quantity"
    kind: str = ""  # of correlations: r or significant
    group: str = ""  # of correlations: the class; of controls: which one
    change: bool = False  # between the first and the last period
    time_scale: str | tuple[str, ...] = ""  # of dependence and controls; of several the mean
    layer: int = 0  # position, of dependence and controls


def with_years(
    number: Number,
    key: Key | None,
    files: Mapping[str, xr.Dataset],
    reading: Reading,
    drawn: Resamples | None = None,
) -> Number:
    """A number with its interval over years in the place of that over places, which is kept beside.

    Parameters
    ----------
    number : Number
        With an interval over places.
    key : Key or None
        None: there are no resamples of this number.
    files : mapping
        Products by name. Without any resamples the number stays as it is: its interval is that over places.
    reading : Reading
    drawn : Resamples, optional
        Made from the draws of the run, where no product holds them.

    Returns
    -------
    Number
        Without resamples of its own (medians, tail coefficients, other tests than Mann-Kendall) it has no interval over
        years, and so nothing is said about its significance.
    """
    number = number._replace(key=key)
    if not any(name in files for name in PRODUCTS[number.study]):
        return number
    kept = number._replace(places=(number.low, number.high), basis=YEARS)
    lacking = kept._replace(low=float("nan"), high=float("nan"))
    if drawn:
        bounds = year_intervals.interval(number.value, drawn.replicates, drawn.years, cells=drawn.cells)
        return lacking._replace(low=bounds.low, high=bounds.high, replicates=drawn.replicates, years=drawn.years)
    resamples = _resamples(key, files, reading) if key and key.product in files else None
    if key is None or resamples is None:
        return lacking
    bounds = _bounds(number, key, files[key.product], reading, resamples)
    return lacking._replace(low=bounds.low, high=bounds.high, replicates=resamples.replicates, years=resamples.years)


def _bounds(
    number: Number, key: Key, product: xr.Dataset, reading: Reading, resamples: Resamples
) -> year_intervals.Interval:
    """The interval, of headline numbers the one that the table of intervals has."""
    replicates, years, of, half = resamples
    if key.product != "year_resamples" or key.name == "step":
        of = of if number.quantity in SHARES else None
        return year_intervals.interval(number.value, replicates, years, cells=of, half_width=half)
    own = product.sel(cells_of=CELLS_OF[0], weighting=reading.weight).isel(period=-1)
    tails, cells = None if key.change else own["tail"].values, int(own["cells"])
    return intervals.limits(key.name, number.value, replicates, years, tails, cells)


def _resamples(key: Key, files: Mapping[str, xr.Dataset], reading: Reading) -> Resamples | None:
    product = files[key.product]
    if key.product in PRODUCTS["dependence"]:
        return _of_study_b(key, product, reading)
    if key.product == "correlation_resamples":
        return _correlations(key, product, files, reading)
    if key.name == "step":
        return _step(product, reading)
    if reading.weight not in product["weighting"].values or key.name not in product["number"].values:
        return None
    values = product["replicate"].sel(weighting=reading.weight, number=key.name)
    years = product["effective_years"].values
    if not key.change:
        return Resamples(values.sel(cells_of=CELLS_OF[0]).isel(period=-1).values, float(years[-1]))
    both = values.sel(cells_of=CELLS_OF[1])
    # ASSUME: the share that trend-free series show, where it is taken off, is known without error.
    return Resamples((both.isel(period=-1) - both.isel(period=0)).values, float(min(years[0], years[-1])))


def _of_study_b(key: Key, product: xr.Dataset, reading: Reading) -> Resamples | None:
    """Of all cells that the case has; numbers that have no weight by variance or median count cells."""
    scales = [key.time_scale] if isinstance(key.time_scale, str) else list(key.time_scale)
    if not set(scales) <= set(product["time_scale"].values) or key.name not in product["quantity"].values:
        return None
    weight = "area" if reading.weight == "area" else "cell"
    case = {"time_scale": scales, "cells_of": year_tables.OWN} | ({"control": key.group} if key.group else {})
    number = case | {"quantity": key.name, "weighting": weight}
    values = product["replicate"].sel(number).isel(layer=key.layer)
    cells = int(product["cells"].sel(case).isel(layer=key.layer).min())
    half = None
    if "half_width" in product and len(scales) == 1:
        width = float(product["half_width"].sel(number).isel(layer=key.layer, time_scale=0))
        half = width if np.isfinite(width) else None
    return Resamples(values.mean("time_scale").values, float(product["effective_years"]), cells, half)


def _step(product: xr.Dataset, reading: Reading) -> Resamples | None:
    """Of the mean step; numbers that have no weight by variance or median count cells."""
    if "step_replicate" not in product or reading.weight == "median":
        return None
    weight = "area" if reading.weight == "area" else "cell"
    place = list(MODELS).index(reading.step_model)
    replicates = product["step_replicate"].isel(model=place).sel(step_weighting=weight).values
    return Resamples(replicates, float(product["step_effective_years"].values[place]))


def _correlations(key: Key, product: xr.Dataset, files: Mapping[str, xr.Dataset], reading: Reading) -> Resamples | None:
    """Of a class under the rule whose classes are those of the land cover that is read."""
    rules = product["land_cover"].transpose("rule", "cell").values
    same = [place for place, codes in enumerate(rules) if np.array_equal(codes, classes(files["land_cover"], reading))]
    if not same or reading.weight == "median":
        return None
    weight = "area" if reading.weight == "area" else "cell"
    chosen, own = {"class": key.group, "detrend": reading.detrend, "season_layer": key.name}, product.isel(rule=same[0])
    replicates = own["replicate"].sel({"weighting": weight, "kind": key.kind, **chosen}).values
    return Resamples(replicates, float(product["effective_years"]), int(own["cells"].sel(chosen)))


def classes(cover: xr.Dataset, reading: Reading) -> Array:
    """Class of each cell; none where less of the land than asked for carries one."""
    codes = cover["land_cover"].values
    return codes if reading.min_share == 0.0 else np.where(cover["class_share"].values >= reading.min_share, codes, 0)
