"""Headline findings of a run in sentences, each with its intervals and with what speaks against it.

The interval over years says what other weather would have given: years are drawn, the same for all cells
(docs/methods.md#c1). The interval over places says how much the number depends on which places are looked at: whole
blocks of the map are drawn, since cells are neighbours of one another.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.calendar import SEASONS
from vadose.figures.style import TEST_NAMES
from vadose.pages.report import coverage, levels
from vadose.pages.report.finding import COLUMNS, NOT_COMPUTED, also, beside_share, row_of
from vadose.studies.dependence import tables
from vadose.studies.dependence.samples import KEPT
from vadose.studies.dependence.tables import WITHOUT_ANNUAL_CYCLE, tau_b
from vadose.studies.variability import intervals, null_table

# Numbers of the table of intervals, and their names in the measured coverage.
SIMULATED = {
    "mean_slope": [("mean slope", "holds the truth")],
    "share_declining": [
        ("share of declining cells that such a record shows", "holds what such records show"),
        ("share of declining cells", "holds the share by the true lines"),
    ],
    "share_significant": [("share of significant cells that such a record shows", "holds what such records show")],
    "dynamics": [("contribution, trend", "holds the truth")],
    "layer": [("contribution, layer 1", "holds the truth")],
}
CHANGES = {
    "mean_slope": "change of the mean slope",
    "share_declining": "change of the share of declining cells that such records show",
    "dynamics": "change of the contribution, trend",
    "layer": "change of the contribution, layer 1",
}
SIMULATED_YEARS = 20  # of study B
# Of study B, by quantity and time scale.
SIMULATED_SHARES = {
    ("negative", "monthly"): "negative share, monthly",
    ("negative", WITHOUT_ANNUAL_CYCLE): "negative share, monthly",
    ("negative", "annual"): "negative share, annual",
    ("dominant", "monthly"): "share with a largest control, monthly",
} | {("negative", season): "negative share, annual" for season in SEASONS}  # one value a year, too


def over_years(table: pd.DataFrame, quantity: str, period: str, scale: float = 1.0, **labels: str) -> str:
    """The interval over years of one number, mean over cells, as text; in words where there is none.

    Parameters
    ----------
    table : DataFrame
        The table of intervals over years.
    quantity, period : str
        Which number.
    scale : float
        Factor from the table's unit to that of the text.
    **labels : str
        Columns of the table and what they must hold.
    """
    chosen = (table["quantity"] == quantity) & (table["period"] == period) & (table["weighting"] == "cell")
    for name, label in labels.items():
        chosen &= table[name].astype(str) == label
    if not chosen.any():
        return NOT_COMPUTED
    low, high = table.loc[chosen, ["low", "high"]].to_numpy(dtype=float)[0] * scale
    if not np.isfinite(low):
        return "too few years"
    return f"{low:.3g} to {high:.3g}"


def simulated(quantity: str, period: str) -> str:
    """How often intervals over years of one number of study A hold what they should in simulated worlds; "" where as
    often as they should."""
    first, last = (int(year) for year in period.split("-"))
    told = (coverage.rates(number, last - first + 1, words) for number, words in SIMULATED[quantity])
    return "; ".join(filter(None, told))


def change(table: pd.DataFrame, quantity: str, periods: tuple[str, str], scale: float = 1.0, **labels: str) -> str:
    """Both periods over the cells that both have, and the change with its interval over years, as text; "" where the
    run has one period.

    Parameters
    ----------
    table, quantity, scale, **labels
        As in `over_years`.
    periods : (first, last)
    """
    chosen = (table["quantity"] == quantity) & (table["weighting"] == "cell")
    for name, label in labels.items():
        chosen &= table[name].astype(str) == label
    rows = table[chosen].set_index("period")
    if intervals.CHANGE not in rows.index:
        return ""
    earlier, later = (scale * rows.loc[intervals.of_both(period), "estimate"] for period in periods)
    apart = rows.loc[intervals.CHANGE]
    value, low, high = (scale * float(apart[name]) for name in ("estimate", "low", "high"))
    remark = coverage.remark(CHANGES[quantity], 77)
    limits = f", 95 % interval {low:.3g} to {high:.3g}{remark}" if np.isfinite(low) else ""
    return (
        f"{value:.3g}{limits}; {earlier:.3g} in {periods[0]}, {later:.3g} in {periods[1]}, over the "
        f"{int(apart['cells'])} cells of both"
    )


def _lines(trend: pd.Series, period: str) -> str:
    """The straight line of the area-mean series with its two intervals; "" where it has none."""
    if not np.isfinite(trend.get("hac_low_of_mean", np.nan)):
        return ""
    first, last = (int(year) for year in period.split("-"))
    told = [
        f"{trend[f'{kind}_low_of_mean']:.3g} to {trend[f'{kind}_high_of_mean']:.3g} by {words}"
        + coverage.remark(f"slope of the mean series, {name}", last - first + 1)
        for kind, name, words in (("hac", "HAC", "errors of Newey and West"), ("ar1", "AR(1)", "AR(1) errors"))
    ]
    return f"its straight line {trend['line_of_mean']:.3g}, {' and '.join(told)}"


def _p(value: float) -> str:
    return "p < 0.0001" if value < 1e-4 else f"p {value:.2g}"


def variability(
    attributed: xr.Dataset, fitted: xr.Dataset, tables: Mapping[str, pd.DataFrame], seed: int
) -> list[dict]:
    """Findings of study A: trends and shares of the last period, with the null share, the field tests and the
    area-weighted mean beside them.

    Parameters
    ----------
    attributed : Dataset
        Product "attribution".
    fitted : Dataset
        Product "trends".
    tables : mapping
        Tables of study A by name.
    seed : int
        Of the intervals over places.
    """
    period, years = str(fitted["period"].values[-1]), tables["year_intervals"]
    ends = str(fitted["period"].values[0]), period
    slope = fitted["slope"].sel(period=period).values[:, 0]
    trend = tables["trends"].query("period == @period and series == 'total'").iloc[0]
    tests = tables["trend_tests"].query("period == @period and series == 'total'").set_index("test")
    rejected_by_test = "; ".join(
        f"{TEST_NAMES.get(str(name), str(name))}: {100 * row['significant']:.0f} % singly, "
        f"{100 * row['significant_by_fdr']:.0f} % by the false discovery rate"
        f"{null_table.told(row)}"
        for name, row in tests.iterrows()
    )
    rows = [
        row_of(
            f"Trend of total soil moisture {period}, mean over cells",
            slope,
            fitted,
            "kg m-2 yr-1",
            f"by area {trend['mean_by_area']:.3g}; slope of the area-mean series {trend['slope_of_mean']:.3g}, "
            f"Mann-Kendall {_p(trend['p_of_mean'])}" + also(_lines(trend, period)),
            seed,
            over_years(years, "mean_slope", period),
            simulated("mean_slope", period),
            change(years, "mean_slope", ends),
        ),
        row_of(
            f"Cells that dry out {period}, as records of this length show",
            np.where(np.isfinite(slope), 100.0 * (slope < 0), np.nan),
            fitted,
            "% of cells",
            f"cells with a significant trend, {rejected_by_test} (over years, Mann-Kendall singly: "
            f"{over_years(years, 'share_significant', period, 100.0)}, other tests and the field have no interval)",
            seed,
            over_years(years, "share_declining", period, 100.0),
            simulated("share_declining", period),
            change(years, "share_declining", ends, 100.0),
        ),
    ]
    terms = attributed["contribution"].sel(period=period).values
    windows = tables["trend_shares"].set_index("window")
    null = windows.loc[period, "null_share"] if period in windows.index else float("nan")
    rows.append(
        row_of(
            f"Share of the variance that a trend takes {period}",
            100.0 * terms[:, 0].sum(axis=(1, 2)),
            attributed,
            "%",
            beside_share(attributed, period, null),
            seed,
            over_years(years, "dynamics", period, 100.0, dynamics="trend"),
            simulated("dynamics", period),
            change(years, "dynamics", ends, 100.0, dynamics="trend"),
        )
    )
    return rows + _of_layers(attributed, period, tables, ends, seed)


def _of_layers(
    attributed: xr.Dataset, period: str, tables: Mapping[str, pd.DataFrame], ends: tuple[str, str], seed: int
) -> list[dict]:
    """Shares of the variance by layer."""
    rows, years = [], tables["year_intervals"]
    terms = attributed["contribution"].sel(period=period).values
    for number, layer in enumerate(attributed["layer"].values):
        top, bottom = (100.0 * float(attributed[name].values[number]) for name in ("layer_top", "layer_bottom"))
        part = tables["shares"].query("quantity == 'layer' and period == @period")
        by_area = part[part["layer"] == str(layer)]["mean_by_area"].iloc[0]
        rows.append(
            row_of(
                f"Share of the variance from {top:g}-{bottom:g} cm, {period}",
                100.0 * terms.sum(axis=(1, 2))[:, number],
                attributed,
                "%",
                f"by area {100 * by_area:.3g} %",
                seed,
                over_years(years, "layer", period, 100.0, layer=str(layer)),
                simulated("layer", period),
                change(years, "layer", ends, 100.0, layer=str(layer)),
            )
        )
    return rows


def shares_over_years(table: pd.DataFrame | None, **labels: str) -> str:
    """The interval over years of one share of cells of study B, in %, as text; in words where there is none."""
    if table is None:
        return NOT_COMPUTED
    whole = {"region": "all", "cells_of": "own", "compared_with": "", "weighting": "cell"}
    chosen = np.ones(len(table), dtype=bool)
    for name, label in (whole | labels).items():
        chosen &= table[name].fillna("").astype(str).to_numpy() == label
    if not chosen.any():
        return NOT_COMPUTED
    low, high = 100.0 * table.loc[chosen, ["low", "high"]].to_numpy(dtype=float)[0]
    return f"{low:.3g} to {high:.3g}" if np.isfinite(low) else "too few years"


def simulated_shares(quantity: str, time_scale: str) -> str:
    """As `simulated`, of a share of cells of study B."""
    number = SIMULATED_SHARES.get((quantity, time_scale))
    return coverage.rates(number, SIMULATED_YEARS) if number else ""


def dependence(copulas: xr.Dataset, negative: pd.DataFrame, seed: int, years: pd.DataFrame | None = None) -> list[dict]:
    """Findings of study B: shares of negative dependence by time scale and layer, and how much of them is certain or
    left without the annual cycle.

    Parameters
    ----------
    copulas : Dataset
        Product "copulas".
    negative : DataFrame
        Table of negative shares.
    seed : int
        Of the interval over places.
    years : DataFrame, optional
        Table of intervals over years of the dependence.

    Returns
    -------
    list of dict
        Rows with COLUMNS.
    """
    rows = []
    for time_scale in copulas["time_scale"].values:
        for number in range(copulas.sizes["layer"]):
            part = copulas.sel(time_scale=time_scale)
            treated = part.coords.get("annual_cycle_of_time_scale")
            labelled = tables.label(str(time_scale), KEPT if treated is None else str(treated.values))
            fitted = np.isfinite(part["tau"].values[:, number])
            top, bottom = (100.0 * float(copulas[name].values[number]) for name in ("layer_top", "layer_bottom"))
            depth = f"{top:g}-{bottom:g}"
            here = negative[negative["depth_cm"] == depth].set_index("time_scale")
            caveats = []
            if "certain_share_of_cells" in here and labelled in here.index:
                caveats.append(
                    f"{100 * here.loc[labelled, 'certain_share_of_cells']:.3g} % with the whole interval below zero "
                    f"(without dependence {levels.between('interval of tau-b wholly below zero')})"
                )
            if labelled == "monthly" and WITHOUT_ANNUAL_CYCLE in here.index and "shared" in here:
                kept, without = (here.loc[name, "shared_share_of_cells"] for name in (labelled, WITHOUT_ANNUAL_CYCLE))
                caveats.append(
                    f"{100 * kept:.3g} % and, once the annual cycle is removed, {100 * without:.3g} % of the "
                    f"{here.loc[labelled, 'shared']:.0f} cells that have both"
                )
            values = np.where(fitted, 100.0 * (tau_b(part)[:, number] < 0), np.nan)
            if "copula_share_of_cells" in here and labelled in here.index:
                caveats.append(f"{100 * here.loc[labelled, 'copula_share_of_cells']:.3g} % by the tau of the copula")
            rows.append(
                row_of(
                    f"Negative dependence (tau-b), {time_scale}, {depth} cm",
                    values,
                    copulas,
                    "% of cells",
                    "; ".join(caveats),
                    seed,
                    shares_over_years(years, quantity="negative", time_scale=labelled, depth_cm=depth),
                    simulated_shares("negative", labelled),
                )
            )
    return rows


def controls(fitted: xr.Dataset, seed: int, years: pd.DataFrame | None = None) -> list[dict]:
    """Findings of study B on controls: cells in which each control is the largest, monthly, uppermost layer."""
    part = fitted.sel(time_scale="monthly").isel(layer=0)
    with_shares = np.isfinite(part["share"].values).all(axis=1)
    uppermost, rows = str(part["layer"].values), []
    for number, control in enumerate(fitted["control"].values):
        values = np.where(with_shares, 100.0 * (part["dominant"].values == number), np.nan)
        strong = 100.0 * np.mean(part["strong"].values[with_shares] == number) if with_shares.any() else float("nan")
        rows.append(
            row_of(
                f"Largest control is {control}, monthly, uppermost layer",
                values,
                part,
                "% of cells",
                f"strong control in {strong:.3g} %",
                seed,
                shares_over_years(
                    years, quantity="dominant", time_scale="monthly", layer=uppermost, control=str(control)
                ),
                simulated_shares("dominant", "monthly"),
            )
        )
    return rows


def risks(table: pd.DataFrame) -> list[dict]:
    """Findings of the risk of dry and of wet soil in the uppermost layer, at 20 % of both, from the table of risks."""
    chosen = table[(table["region"] == "all") & (table["weighting"] == "cell")]
    chosen = chosen[(chosen["precipitation_share"] == 0.2) & (chosen["soil_moisture_share"] == 0.2)]
    rows = []
    for _, row in chosen[chosen["layer"] == chosen["layer"].iloc[0]].iterrows():
        amount = "little" if row["event"] == "dry" else "much"
        limits = f"{100 * row['low']:.3g} to {100 * row['high']:.3g}" if np.isfinite(row["low"]) else "too few years"
        counted = (
            f"{100 * row['counted']:.3g} % by counts" if np.isfinite(row["counted"]) else "too few values to count"
        )
        judging = f"20 % without dependence; {100 * row['selected']:.3g} % by the selected family; {counted}"
        event = f"Probability of {row['event']} soil given {amount} precipitation"
        name = f"{event}, {row['time_scale']}, {row['depth_cm']} cm"
        unit = "% (driest or wettest 20 %)"
        numbers = 100 * row["probability"], unit, limits, "", NOT_COMPUTED, "", judging
        rows.append(dict(zip(COLUMNS, (name, *numbers), strict=True)))
    return rows
