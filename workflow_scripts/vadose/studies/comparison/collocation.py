"""Triple collocation of the soil moisture of three runs or more."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import calendar, cells
from vadose.core.arrays import AnyArray, Array
from vadose.core.grid import Grid
from vadose.statistics import extended_collocation, triple_collocation, year_blocks
from vadose.statistics.triple_collocation import ESTIMATED, NEGATIVE_ERROR, NEGATIVE_SIGNAL, TOO_FEW
from vadose.studies.comparison.runs import names_of

EXTENDED = 5  # reason: the triplet's estimate is negative, that of all products together is not
PER_RUN = ("error_variance", "error_low", "error_high", "snr", "r", "r_low", "r_high")


def collocate(
    values: Array,
    times: AnyArray,
    grid: Grid,
    common: Array,
    names: Sequence[str],
    *,
    resamples: int,
    seed: int,
    threads: int = 1,
) -> xr.Dataset:
    """The product "collocation": errors of each run in each cell and common layer.

    Parameters
    ----------
    values : (run, layer, lat, lon, time) array
        Anomalies of three runs or more, any unit; missing where one is.
    times : (time,) datetime64 array
        Month starts of whole years.
    grid : Grid
        Of the values.
    common : (layer, 2) array
        Bounds of the layers, m.
    names : sequence of str
        Of the runs.
    resamples, seed : int
        Of the intervals over years; the years drawn are the same for all cells.
    threads : int
        Share the cells: time, never the result.

    Notes
    -----
    The first three runs are one triplet; each further run forms one with the first two. Where a run's triplet gives a
    negative estimate and there are more than three runs, the least squares over all triplets takes its place if that
    is not negative, and the cell is counted (reason 5).
    """
    located = cells.locate(np.isfinite(values).any(axis=(0, 1, 4)), grid)
    packed = cells.pack(np.moveaxis(values, -1, 0), located)  # (cell, time, run, layer)
    year = np.unique(calendar.year_of(times), return_inverse=True)[1]
    counts = year_blocks.year_counts(int(year[-1]) + 1, resamples, seed)
    shape = (located.sizes["cell"], len(common), len(names))
    out = {name: np.full(shape, np.nan) for name in PER_RUN}
    reason, months = np.zeros(shape, dtype=np.int8), np.zeros(shape[:2], dtype=np.int16)
    for layer in range(len(common)):
        series = np.ascontiguousarray(np.moveaxis(packed[..., layer], -1, 0))  # (cell, time, run) -> (run, cell, time)
        for place in range(2, len(names)):
            members = [0, 1, place]
            estimate = triple_collocation.intervals(*series[members], year, counts, threads=threads)
            record = estimate.record
            parts = (record.error_variance, *estimate[1:3], record.snr, record.r, *estimate[3:])
            for own, run in enumerate(members):
                if place == 2 or run == place:
                    for name, part in zip(PER_RUN, parts, strict=True):
                        out[name][:, layer, run] = part[own]
                    reason[:, layer, run] = record.reason[own]
            months[:, layer] = record.months
        if len(names) > 3:
            _extend(series, out, reason, layer)
    coordinates = {"run": list(names), "layer": np.arange(1, len(common) + 1)}
    bounds = {"layer_top": ("layer", common[:, 0]), "layer_bottom": ("layer", common[:, 1])}
    variables = {name: (("cell", "layer", "run"), part) for name, part in out.items()}
    variables |= {"reason": (("cell", "layer", "run"), reason), "months": (("cell", "layer"), months)}
    dataset = xr.Dataset(variables, coords={**located.coords, **coordinates, **bounds})
    return dataset.assign_coords({name: located[name] for name in ("row", "column", "area")})


def _extend(series: Array, out: dict[str, Array], reason: AnyArray, layer: int) -> None:
    """Fill in what only all products together can estimate."""
    count = np.isfinite(series[0]).sum(axis=-1)
    filled = np.where(np.isfinite(series), series, 0.0)
    mean = np.divide(filled.sum(axis=-1), count, out=np.zeros(series.shape[:2]), where=count > 0)
    filled = np.where(np.isfinite(series), series - mean[..., None], 0.0)
    covariance = np.einsum("pct,qct->pqc", filled, filled) / np.maximum(count - 1, 1)
    together = extended_collocation.extended(covariance)
    for run in range(len(series)):
        negative = np.isin(reason[:, layer, run], (NEGATIVE_SIGNAL, NEGATIVE_ERROR))
        taken = negative & (together.reason[run] == ESTIMATED)
        for name in ("error_variance", "snr", "r"):
            out[name][taken, layer, run] = getattr(together, name)[run][taken]
        for name in ("error_low", "error_high", "r_low", "r_high"):
            out[name][taken, layer, run] = np.nan
        reason[taken, layer, run] = EXTENDED


def table(collocated: xr.Dataset) -> pd.DataFrame:
    """Cells by outcome, and medians of the estimates, of each run and layer."""
    rows = []
    common = np.stack([collocated["layer_top"].values, collocated["layer_bottom"].values], axis=1)
    for layer, depth in enumerate(names_of(common)):
        for place, run in enumerate(collocated["run"].values):
            part = collocated.isel(layer=layer, run=place)
            code = part["reason"].values
            estimated = np.isin(code, (ESTIMATED, EXTENDED))
            row = {"layer": depth, "run": str(run), "cells": code.size, "estimated": int(estimated.sum())}
            row |= {
                "by_extended": int((code == EXTENDED).sum()),
                "negative_error": int((code == NEGATIVE_ERROR).sum()),
                "negative_signal": int((code == NEGATIVE_SIGNAL).sum()),
                "too_few_months": int((code == TOO_FEW).sum()),
            }
            for name in ("error_variance", "snr", "r", "r_low", "r_high"):
                values = part[name].values[estimated]
                values = values[~np.isnan(values)]
                row[f"median_{name}"] = float(np.median(values)) if values.size else float("nan")
            rows.append(row)
    return pd.DataFrame(rows)
