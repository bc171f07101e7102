"""Planted against recovered on the synthetic Earth (study A): trends, contributions, land cover, correlations, the
step, and false positives.

Each function gives rows of one table: quantity, case, planted, recovered, tolerance, within, cells. Where nothing can
be said to be right or wrong, tolerance and within are missing.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics.landcover import CLASSES, regroup
from vadose.statistics.trend import tests
from vadose.studies.planted import COLUMNS, row

SLOPE_TOLERANCE = 1e-4  # kg m-2 yr-1: files hold single precision
TERM_TOLERANCE = 1e-5  # of the share of a term, in each cell
CORRELATION_TOLERANCE = 0.05  # of r in each cell: GOSIF stores whole thousandths, coarse where almost nothing grows
MEAN_CORRELATION_TOLERANCE = 0.005
STANDARD_ERRORS = 4.0  # ASSUME: one in 16,000 by chance


def _worst(quantity: str, case: str, planted: Array, recovered: Array, tolerance: float) -> dict:
    """The cell that differs most stands for all; a cell that only one side has counts as beyond any tolerance."""
    valid = np.isfinite(planted) & np.isfinite(recovered)
    if not valid.any():
        return row(quantity, case, np.nan, np.nan, np.nan, 0)
    error = np.where(valid, np.abs(recovered - planted), -1.0)
    worst = np.unravel_index(error.argmax(), error.shape)
    return row(
        quantity,
        case,
        planted[worst],
        recovered[worst],
        tolerance,
        int(valid.any(axis=tuple(range(1, valid.ndim))).sum()),
    )


def trends_and_terms(truth: xr.Dataset, fitted: xr.Dataset, attributed: xr.Dataset) -> list[dict]:
    """Sen's slope of the total and the 32 contributions, in the cell that differs most and as means over cells, and the
    cells that only one side has."""
    rows = []
    for period in (p for p in truth["period"].values if p in fitted["period"].values):
        of_period = truth.sel(period=period)
        slope = fitted["slope"].sel(period=period).values[:, 0]
        rows.append(
            _worst(
                "Sen's slope of the total, worst cell (kg m-2 yr-1)",
                str(period),
                of_period["trend_sen"].values,
                slope,
                SLOPE_TOLERANCE,
            )
        )
        terms, planted = attributed["contribution"].sel(period=period).values, of_period["contribution"].values
        rows.append(
            _worst("contribution of a term, worst cell and term (1)", str(period), planted, terms, TERM_TOLERANCE)
        )
        ordinary = np.isin(of_period["kind"].values, (0, 2))
        both = np.isfinite(planted).all(axis=(1, 2, 3)) & np.isfinite(terms).all(axis=(1, 2, 3))
        missed = ordinary & (np.isfinite(planted).all(axis=(1, 2, 3)) != np.isfinite(terms).all(axis=(1, 2, 3)))
        rows.append(row("cells analysed on one side only", str(period), 0, missed.sum(), 0, int(ordinary.sum())))
        for c, name in enumerate(truth["dynamics"].values):
            for s, season in enumerate(truth["season"].values):
                for d, layer in enumerate(truth["layer"].values):
                    case = f"{period}, {name}, {season}, layer {layer}"
                    values = (
                        planted[both, c, s, d].mean() if both.any() else np.nan,
                        terms[both, c, s, d].mean() if both.any() else np.nan,
                    )
                    rows.append(row("mean contribution of a term (1)", case, *values, TERM_TOLERANCE, int(both.sum())))
    return rows


def productivity(truth: xr.Dataset, correlated: xr.Dataset, land_cover: Array) -> list[dict]:
    """Land-cover class of each cell, correlations of seasons and layers, and the mean correlation of each class against
    the planted one."""
    code = truth["land_cover"].values
    planted_class = regroup(np.where(code == 255, np.nan, code)).astype(int)
    land = truth["kind"].values >= 0
    differing = int((planted_class != land_cover)[land].sum())
    rows = [row("cells with another land-cover class", "all", 0, differing, 0.0, int(land.sum()))]
    recovered = correlated["r"].sel(detrend="none").values
    planted = truth["gpp_correlation"].values
    valid = np.isfinite(recovered) & np.isfinite(planted)
    rows.append(
        _worst("correlation with productivity, worst cell (1)", "all", planted, recovered, CORRELATION_TOLERANCE)
    )
    for number, name in CLASSES.items():
        here = valid & (land_cover == number)[:, None, None]
        values = (planted[here].mean(), recovered[here].mean()) if here.any() else (np.nan, np.nan)
        rows.append(
            row(
                "mean correlation of a class (1)",
                name,
                *values,
                MEAN_CORRELATION_TOLERANCE,
                int(here.any(axis=(1, 2)).sum()),
            )
        )
    return rows


def step(spliced: xr.Dataset, planted: float, analysed_trend: bool) -> list[dict]:
    """Mean step over cells against the planted one, with its standard error as tolerance; only where no trend confounds
    it."""
    if "step" not in spliced:
        return []
    rows = []
    for number, model in enumerate(spliced["model"].values):
        values = spliced["step"].values[:, number]
        values = values[np.isfinite(values)]
        error = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else np.nan
        tolerance = np.nan if analysed_trend else STANDARD_ERRORS * error
        mean = values.mean() if values.size else np.nan
        rows.append(row("mean step at the splice (kg m-2)", str(model), planted, mean, tolerance, values.size))
    return rows


def false_positives(truth: xr.Dataset, fitted: xr.Dataset, alpha: float) -> list[dict]:
    """In a world without trends: share of cells in which each test finds one; theory says what plain Mann-Kendall does
    given each cell's memory."""
    rows, memory = [], truth["persistence"].values
    for period in fitted["period"].values:
        first, last = (int(year) for year in str(period).split("-"))
        grid = np.linspace(0.0, 0.5, 6)
        curve = [tests.expected_rate(last - first + 1, phi, alpha) for phi in grid]
        for test in fitted["test"].values:
            p = fitted["p"].sel(period=period, test=test).values[:, 0]
            valid = np.isfinite(p) & np.isfinite(memory)
            rate = float(np.mean(p[valid] <= alpha)) if valid.any() else np.nan
            expected, tolerance = alpha, np.nan
            if test == "original" and valid.any():
                expected = float(np.interp(memory[valid], grid, curve).mean())
                tolerance = (
                    STANDARD_ERRORS * np.sqrt(expected * (1 - expected) / valid.sum()) + 0.01
                )  # memory was planted before seasons were kept in order
            rows.append(
                row(
                    "false positives of a trend test (1)",
                    f"{period}, {test}",
                    expected,
                    rate,
                    tolerance,
                    int(valid.sum()),
                )
            )
    return rows


def table(parts: Mapping[str, list[dict]]) -> pd.DataFrame:
    """All rows in one table."""
    rows = [row for part in parts.values() for row in part]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"within": "object"})
