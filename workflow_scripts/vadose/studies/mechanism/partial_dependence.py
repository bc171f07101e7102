"""What is left of the dependence of soil moisture on precipitation given evapotranspiration and air temperature
(docs/methods.md#c9)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.statistics import copula, partial
from vadose.statistics.copula import vine
from vadose.studies.dependence import samples, tables
from vadose.studies.dependence.samples import CYCLES
from vadose.studies.depths import layer_columns
from vadose.studies.mechanism.lead_lag import regions_of

GIVEN = ("evapotranspiration", "air_temperature")
BOTH = "both"
# Estimators of the table: name, variable of the product, position in `given`; None: it has none.
ESTIMATORS = (
    ("tau-b", "tau", None),
    ("partial tau given evapotranspiration", "partial_tau", 0),
    ("partial tau given air temperature", "partial_tau", 1),
    ("partial tau given both", "partial_tau", 2),
    ("partial rank correlation given evapotranspiration", "partial_rank", 0),
    ("partial rank correlation given air temperature", "partial_rank", 1),
    ("partial rank correlation given both", "partial_rank", 2),
    ("tau-b given evapotranspiration by the vine", "conditional_kendall", None),
    ("tau of the conditional copula given evapotranspiration", "conditional_tau", None),
)
TITLE = (
    "What is left of negative dependence given evapotranspiration and air temperature. Shares (0 to 1) of the cells in "
    "which the monthly dependence of soil moisture on precipitation is negative, and of their area, and its mean, over "
    "the months at which all four variables are there; of the cells with a negative tau-b the share that stays "
    "negative (left_of_negative), and mean tau-b of these cells before and after. Kendall's partial tau keeps part of "
    "what goes through the given variable (-0.11 of -0.33 where two Gaussian variables share half of their variance "
    "with it and nothing else); the partial rank correlation and the vine do not."
)


def measure(
    precipitation: Array,
    soil_moisture: Array,
    given: Sequence[Array],
    times: AnyArray,
    options: Mapping[str, object],
) -> xr.Dataset:
    """Partial dependence of every layer, with the annual cycle of all variables kept and removed.

    Parameters
    ----------
    precipitation : (cell, time) array, kg m-2
        Monthly; NaN is missing.
    soil_moisture : (cell, layer, time) array, kg m-2
    given : two (cell, time) arrays
        Evapotranspiration, kg m-2, and air temperature, K.
    times : (time,) datetime64 array
        Month starts, whole years.
    options : mapping
        Of `copula.select`.

    Returns
    -------
    Dataset
        Variables of the product "partial_dependence".
    """
    by_cycle = []
    for cycle in CYCLES:
        sides = [np.asarray(samples.side(values, times, cycle), dtype=float) for values in (precipitation, *given)]
        layers = []
        for layer in range(soil_moisture.shape[1]):
            response = np.asarray(samples.side(soil_moisture[:, layer], times, cycle), dtype=float)
            layers.append(_of_layer(sides[0], response, np.stack(sides[1:], axis=1), options))
        by_cycle.append({name: np.stack([part[name] for part in layers], axis=1) for name in layers[0]})
    dims = ("cell", "annual_cycle", "layer", "given")
    variables = {}
    for name in by_cycle[0]:
        values = np.stack([part[name] for part in by_cycle], axis=1)
        variables[name] = (dims[: values.ndim], values)
    return xr.Dataset(variables, coords={"annual_cycle": list(CYCLES), "given": [*GIVEN, BOTH]})


def _of_layer(driver: Array, response: Array, given: Array, options: Mapping[str, object]) -> dict[str, Array]:
    """All estimators of one layer, over the months at which all four variables are there."""
    complete = np.isfinite(driver) & np.isfinite(response) & np.isfinite(given).all(axis=1)
    x, y = (np.where(complete, side, np.nan) for side in (driver, response))
    chosen = [given[:, :1], given[:, 1:], given]
    taus = [partial.partial_tau(x, y, part) for part in chosen]
    out = {"tau": taus[0][1], "n": complete.sum(axis=1).astype(np.int16)}
    out["partial_tau"] = np.stack([tau for tau, _ in taus], axis=1)
    out["partial_rank"] = np.stack([partial.partial_rank(x, y, part) for part in chosen], axis=1)
    third = np.where(complete, given[:, 0], np.nan)
    ranked = [copula.pseudo_observations(side) for side in (x, y, third)]
    fitted = vine.conditional_pair(*ranked, **options).conditional
    names = {"family": "conditional_family", "par": "conditional_par", "par2": "conditional_par2"}
    names |= {"tau": "conditional_tau", "kendall": "conditional_kendall"}
    return out | {name: getattr(fitted, field) for field, name in names.items()}


def table(measured: xr.Dataset, codes: Array | None, names: Mapping[int, str] | None) -> pd.DataFrame:
    """What is left of negative dependence by region, annual cycle, layer and estimator.

    Parameters
    ----------
    measured : Dataset
        Product "partial_dependence".
    codes, names : as in `lead_lag.shares`
    """
    rows = []
    for labels, inside in regions_of(measured.sizes["cell"], codes, names):
        part = measured.isel(cell=np.flatnonzero(inside))
        for which, cycle in enumerate(part["annual_cycle"].values):
            for layer in range(part.sizes["layer"]):
                here = part.isel(annual_cycle=which, layer=layer)
                start = labels | {"annual_cycle": str(cycle)} | layer_columns(part, layer)
                rows += [start | row for row in _estimates(here)]
    return pd.DataFrame(rows)


def _estimates(here: xr.Dataset) -> list[dict]:
    """A row of each estimator, over the cells that have all of them."""
    columns = {name: values_of(here, variable, place) for name, variable, place in ESTIMATORS}
    there, area = np.isfinite(list(columns.values())).all(axis=0), here["area"].values
    before = columns["tau-b"]
    rows = []
    for name, values in columns.items():
        below, negative = there & (values < 0.0), there & (before < 0.0)
        row = {"estimator": name, "cells": int(there.sum())}
        row["negative_share_of_cells"] = below.sum() / there.sum() if there.any() else np.nan
        row["negative_share_of_area"] = area[below].sum() / area[there].sum() if there.any() else np.nan
        row["mean"] = values[there].mean() if there.any() else np.nan
        row["left_of_negative"] = (below & negative).sum() / negative.sum() if negative.any() else np.nan
        row["mean_tau_of_negative"] = before[negative].mean() if negative.any() else np.nan
        row["mean_of_negative"] = values[negative].mean() if negative.any() else np.nan
        rows.append(row)
    return rows


def values_of(here: xr.Dataset, variable: str, place: int | None) -> Array:
    """Values of an estimator, (cell, ...)."""
    return here[variable].values if place is None else here[variable].values[..., place]


def in_place_of(series: Mapping[str, xr.Dataset], measured: xr.Dataset) -> dict[str, xr.Dataset]:
    """Series of copulas whose monthly tau and tau-b are those given evapotranspiration, by the vine.

    Parameters
    ----------
    series : mapping of str to Dataset
        From `dependence.tables.series_of`, (cell, layer).
    measured : Dataset
        Product "partial_dependence" of the same cells.

    Returns
    -------
    dict
        Series that are not monthly as they are.
    """
    out = dict(series)
    for which, cycle in enumerate(measured["annual_cycle"].values):
        name = tables.label("monthly", str(cycle))
        if name in out:
            here = measured.isel(annual_cycle=which)
            tau, kendall = (here[f"conditional_{name_of}"].values for name_of in ("tau", "kendall"))
            out[name] = out[name].assign(tau=(("cell", "layer"), tau), kendall=(("cell", "layer"), kendall))
    return out
