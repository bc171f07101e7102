"""Headline tables of study A: shares of the variance, trends, tests, reasons, the splice. Each function makes one table
from labelled results."""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import attribution, quality
from vadose.statistics.trend import line, mann_kendall, share_null
from vadose.studies.depths import depth_cm
from vadose.studies.variability import null_table

# Weighting -> column of the table of shares.
WEIGHTS = {
    "cell": "mean_over_cells",
    "area": "mean_by_area",
    "variance": "mean_by_variance",
    "median": "median",
}
TREND_COLUMNS = {"area": "area_m2", "mean": "mean_over_cells", "area_mean": "mean_by_area"}
ALL = "all"  # of what a quantity is a sum over
STRONG = 2.0  # kg m-2 yr-1, study A section 3.1
TITLES = {
    "shares": (
        "Shares of the variance of annual total soil moisture (1) by season, layer, dynamics and term, and omega: mean "
        "over "
        "cells, by area, by variance, and median. With a trend that is no line also what each term has alone and what "
        "is covariance of trend and interannual variability (cross); these sum to 1 too. In means over seasons and "
        "years each month counts alike, whatever its days."
    ),
    "trends": (
        "Sen's slope (kg m-2 yr-1): mean over cells and by area, shares of cells and of area that decline or change by "
        "more than "
        "the threshold, slope of the area-mean series and its Mann-Kendall p; its least-squares line with the "
        "error of Newey and West (hac), and its line and error under first-order autoregressive errors (ar1) "
        "with their lag-1 memory (1); 95 % limits (low, high) from trend-free series of that length and memory. In "
        "means over seasons and years each month counts alike, whatever its days."
    ),
    "trend_tests": "Trend tests: cells tested and undefined, and shares (1) significant in single tests and by false "
    "discovery rate; median lag-1 autocorrelation of the cells, and the share of trend-free series of that memory (0.6 "
    "at most) and of so many years that the test rejects (false_positives).",
    "reasons": "Why cells take part or not: numbers of cells and area (m²) per period; below, the rules that removed "
    "or changed values of the files, and how many (cells, layers and months of the product's own grid).",
    "trend_shares": (
        "Share of the variance that a line takes (1) in windows of years: mean r2, adjusted r2, and what trend-free "
        "AR(1) series "
        "of the same length and memory show; the largest share of trend-free series that the test rejects, lag-1 0 to "
        "0.6 (false_positives)."
    ),
    "splice_steps": (
        "Step of annual total soil moisture at the splice (kg m-2), from a level before and after, and with a straight "
        "trend through both; the largest share of series without a step that the test rejects, lag-1 0 to 0.6 "
        "(false_positives)."
    ),
}


def shares(attributed: xr.Dataset, weight: str) -> pd.DataFrame:
    """Shares of the variance by season, layer, dynamics and term, and omega, per period and as the last period minus
    the first.

    Parameters
    ----------
    attributed : Dataset
        Product "attribution".
    weight : {"cell", "area", "variance", "median"}
        Which weighting stands in the column `headline` (`headline_weight`).

    Returns
    -------
    DataFrame
        Columns quantity, dynamics, season, layer, depth_cm, period, one per weighting, headline, cells. The terms of a
        mean sum to 1, those of a median need not. One mask of cells serves all terms of a period; the difference is
        taken over the cells that both periods have.
    """
    periods = [str(period) for period in attributed["period"].values]
    chosen = {period: attributed.sel(period=period) for period in periods}
    rows = [row for period, part in chosen.items() for row in _shares_of(part, period, _valid(part))]
    if len(periods) > 1:
        both = _valid(chosen[periods[0]]) & _valid(chosen[periods[-1]])
        first, last = (_shares_of(chosen[period], "difference", both) for period in (periods[0], periods[-1]))
        rows += [
            after | {name: after[name] - before[name] for name in WEIGHTS.values()}
            for before, after in zip(first, last, strict=True)
        ]
    table = pd.DataFrame(rows)
    table.insert(table.columns.get_loc("cells"), "headline", table[WEIGHTS[weight]])
    return table


def _valid(part: xr.Dataset) -> Array:
    return np.isfinite(part["contribution"].values).all(axis=(1, 2, 3)) & np.isfinite(part["variance"].values)


def _shares_of(part: xr.Dataset, period: str, valid: Array) -> list[dict]:
    area = part["area"].values[valid]
    variance = part["variance"].values[valid]
    terms = part["contribution"].values[valid]
    omega = part["omega"].values[valid]
    seasons = [str(s) for s in part["season"].values]
    layers = [int(d) for d in part["layer"].values]
    dynamics = [str(name) for name in part["dynamics"].values]
    depths = {ALL: ALL} | {layer: depth_cm(part, place) for place, layer in enumerate(layers)}
    cases = [("dynamics", terms.sum(axis=(2, 3)), [(c, ALL, ALL) for c in dynamics])]
    cases += [("season", terms.sum(axis=(1, 3)), [(ALL, s, ALL) for s in seasons])]
    cases += [("layer", terms.sum(axis=(1, 2)), [(ALL, ALL, d) for d in layers])]
    cases += [
        (
            "term",
            terms.reshape(len(terms), math.prod(terms.shape[1:])),
            list(itertools.product(dynamics, seasons, layers)),
        )
    ]
    cases += [
        ("omega", omega.reshape(len(omega), math.prod(omega.shape[1:])), [(ALL, s, d) for s in seasons for d in layers])
    ]
    if "cross" in part:
        crossed, each = part["cross"].values[valid], list(itertools.product(seasons, layers))
        own = (terms - crossed).reshape(len(terms), math.prod(terms.shape[1:]))
        both = crossed.sum(axis=1).reshape(len(terms), len(each))
        cases += [("own term", own, list(itertools.product(dynamics, seasons, layers)))]
        cases += [("cross term", both, [(ALL, s, d) for s, d in each])]
        cases += [("cross", both.sum(axis=1, keepdims=True), [(ALL, ALL, ALL)])]
    rows = []
    for quantity, values, labels in cases:
        by_weight = {
            name: attribution.global_shares(values, area, variance, weight) for weight, name in WEIGHTS.items()
        }
        for number, (c, s, d) in enumerate(labels):
            row = {
                "quantity": quantity,
                "dynamics": c,
                "season": s,
                "layer": d,
                "depth_cm": depths[d],
                "period": period,
            }
            rows.append(
                row
                | {name: float(weighted[number]) for name, weighted in by_weight.items()}
                | {"cells": int(valid.sum())}
            )
    return rows


def trends(fitted: xr.Dataset, mean_series: Mapping[str, Array], years: Array) -> pd.DataFrame:
    """Trends per period and series: means over cells, shares that decline or change strongly, and the trend of the
    area-mean series.

    Parameters
    ----------
    fitted : Dataset
        Product "trends".
    mean_series : mapping of period to AreaMean of (series, year) arrays, kg m-2
        Area means of all cells of the period (`results.mean_series`). `cells_of_mean` is the least number of cells
        behind a year of it.
    years : (year,) array
    """
    area, rows = fitted["area"].values, []
    for period, means in mean_series.items():
        first, last = (int(year) for year in period.split("-"))
        inside = (years >= first) & (years <= last)
        whole = mann_kendall.mann_kendall(means.mean[:, inside], years[inside].astype(float))
        present = np.isfinite(means.mean[:, inside])
        fewest = np.where(present, means.cells[:, inside], np.iinfo(np.int64).max).min(axis=1)
        for number, series in enumerate(fitted["series"].values):
            summary = mann_kendall.trend_summary(fitted["slope"].sel(period=period).values[:, number], area, STRONG)
            columns = {TREND_COLUMNS.get(name, name): value for name, value in summary._asdict().items()}
            row = {"period": period, "series": str(series), **columns}
            row |= {"slope_of_mean": whole.slope[number], "p_of_mean": whole.p[number]}
            row |= _lines(means.mean[number, inside], years[inside])
            rows.append(row | {"cells_of_mean": int(fewest[number]) if present[number].any() else 0})
    return pd.DataFrame(rows)


def _lines(series: Array, years: Array) -> dict[str, float]:
    """Least-squares slopes of one series with errors that allow for memory."""
    newey_west = line.hac_line(series, years)
    autoregressive = line.ar1_line(series, years)
    return {
        "line_of_mean": newey_west.slope,
        "hac_error_of_mean": newey_west.error,
        "hac_low_of_mean": newey_west.low,
        "hac_high_of_mean": newey_west.high,
        "ar1_line_of_mean": autoregressive.slope,
        "ar1_error_of_mean": autoregressive.error,
        "ar1_low_of_mean": autoregressive.low,
        "ar1_high_of_mean": autoregressive.high,
        "memory_of_mean": autoregressive.memory,
    }


def trend_tests(fitted: xr.Dataset, fields: xr.Dataset, alpha: float, null: pd.DataFrame | None = None) -> pd.DataFrame:
    """Per period, series and test: cells tested, cells whose test is undefined, shares significant singly and by false
    discovery rate, and how often the test rejects without a trend.

    Parameters
    ----------
    fitted, fields : Dataset
        Products "trends" and "field_significance".
    alpha : float
    null : DataFrame, optional
        Table of false positives of the run.
    """
    rates, rows = null_table.UNKNOWN if null is None else null, []
    for period in fitted["period"].values:
        for test in fitted["test"].values:
            part = fitted.sel(period=period, test=test)
            field = fields.sel(period=period, test=test)
            for number, series in enumerate(fitted["series"].values):
                p = part["p"].values[:, number]
                slope = part["slope"].values[:, number]
                tested = np.isfinite(p)
                if not tested.any():
                    continue
                single = tested & (np.where(tested, p, 1.0) <= alpha)
                admitted = field["rejected"].values[:, number] == 1
                row = {"period": str(period), "series": str(series), "test": str(test), "tested": int(tested.sum())}
                row["undefined"] = int((np.isfinite(slope) & ~tested).sum())
                for name, mask in (("significant", single), ("significant_by_fdr", admitted)):
                    row[name] = float(mask.sum() / tested.sum())
                    row[f"{name}_declining"] = float((mask & (slope < 0)).sum() / tested.sum())
                memory = share_null.corrected(part["lag_one"].values[:, number], part["years"].values)[tested]
                row["years"] = _length(str(period))
                row["lag_one"] = float(np.nanmedian(memory)) if np.isfinite(memory).any() else np.nan
                row["rejects_without_trend"] = null_table.rate(rates, str(test), row["years"], row["lag_one"])
                rows.append(row)
    return pd.DataFrame(rows)


def reasons(attributed: xr.Dataset) -> pd.DataFrame:
    """Why cells take part or not, per period: numbers of cells and areas; the numbers sum to all land cells."""
    area, rows = attributed["area"].values, []
    for period in attributed["period"].values:
        for reason, name, cells, covered in quality.count_reasons(attributed["reason"].sel(period=period).values, area):
            rows.append(
                {"period": str(period), "code": int(reason), "reason": name, "cells": cells, "area_m2": covered}
            )
    return pd.DataFrame(rows)


def trend_shares(
    splice: xr.Dataset, alpha: float, periods: Sequence[str], null: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Share of the trend per window of years: as published, adjusted, expected without a trend, and the excess; means
    over cells and by area.

    Parameters
    ----------
    splice : Dataset
        Product "splice".
    alpha : float
    periods : sequence of str
    null : DataFrame, optional
        Table of false positives of the run.
    """
    rates = null_table.UNKNOWN if null is None else null
    area, rows = splice["area"].values, []
    for window in splice["window"].values:
        part = splice.sel(window=window)
        valid = np.isfinite(part["trend_share"].values) & np.isfinite(part["null_share"].values)
        weights = area[valid] / area[valid].sum() if valid.any() else np.full(0, np.nan)
        row = {
            "window": str(window),
            "is_period": str(window) in periods,
            "years": _length(str(window)),
            "cells": int(valid.sum()),
        }
        for name in ("trend_share", "adjusted_r2", "null_share"):
            values = part[name].values[valid]
            row[name] = float(values.mean()) if valid.any() else np.nan
            row[f"{name}_by_area"] = float(values @ weights) if valid.any() else np.nan
        row["excess"] = row["trend_share"] - row["null_share"]
        row["significant"] = float(np.mean(part["share_p"].values[valid] <= alpha)) if valid.any() else np.nan
        row["rejects_without_trend"] = null_table.largest_rate(rates, null_table.TREND_SHARE, row["years"])
        rows.append(row)
    return pd.DataFrame(rows)


def _length(window: str) -> int:
    first, last = (int(year) for year in window.split("-"))
    return last - first + 1


def steps(splice: xr.Dataset, alpha: float, null: pd.DataFrame | None = None) -> pd.DataFrame:
    """Step at the splice per model: mean and median over cells, by area, and shares significant; no row where there is
    no splice.

    Parameters
    ----------
    splice : Dataset
        Product "splice".
    alpha : float
    null : DataFrame, optional
        Table of false positives of the run, whose longest series are as long as the record.
    """
    columns = [
        "model",
        "cells",
        "mean_step",
        "median_step",
        "mean_step_by_area",
        "significant",
        "significant_by_fdr",
        "declining",
        "rejects_without_step",
    ]
    if "step" not in splice:
        return pd.DataFrame(columns=columns)
    rates = null_table.UNKNOWN if null is None else null
    longest = int(rates["years"].max()) if len(rates) else 0
    area, rows = splice["area"].values, []
    for number, model in enumerate(splice["model"].values):
        step = splice["step"].values[:, number]
        p = splice["step_p"].values[:, number]
        valid = np.isfinite(step) & np.isfinite(p)
        if not valid.any():
            rows.append([str(model), 0, *[np.nan] * 7])
            continue
        weights = area[valid] / area[valid].sum()
        admitted = splice["step_rejected"].values[valid, number] == 1
        means = [float(step[valid].mean()), float(np.median(step[valid])), float(step[valid] @ weights)]
        rows.append(
            [
                str(model),
                int(valid.sum()),
                *means,
                float(np.mean(p[valid] <= alpha)),
                float(admitted.mean()),
                float(np.mean(step[valid] < 0)),
                null_table.largest_rate(rates, null_table.step_name(str(model)), longest),
            ]
        )
    return pd.DataFrame(rows, columns=columns)
