"""Claims in resampled years: the interval over years of a number, and how often its test holds.

A number that is taken from the tables of shares, trends or correlations of study A, or from those of negative shares or
strong controls of study B, is taken from every resample in the
same way: the same rows, the same reduction (docs/methods.md#c1)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import year_intervals
from vadose.studies.claims import quantities
from vadose.studies.variability import intervals
from vadose.studies.year_tables import OWN

# Column of a table -> weighting of the resamples.
SHARES = {"mean_over_cells": "cell", "mean_by_area": "area", "mean_by_variance": "variance"}
# Column of the table of trends -> number and weighting.
TRENDS = {
    "mean_over_cells": ("mean_slope", "cell"),
    "mean_by_area": ("mean_slope", "area"),
    "declining": ("share_declining", "cell"),
    "strongly_declining": ("share_strongly_declining", "cell"),
    "strongly_rising": ("share_strongly_rising", "cell"),
    "area_declining": ("share_declining", "area"),
    "area_strongly_declining": ("share_strongly_declining", "area"),
    "area_strongly_rising": ("share_strongly_rising", "area"),
}
CORRELATIONS = {"r": ("r", "cell"), "r_by_area": ("r", "area"), "share_of_valid": ("significant", "cell")}
# Column of the table of negative shares, and of strong controls -> quantity and weighting.
NEGATIVE = {
    "share_of_cells": ("negative", "cell"),
    "share_of_area": ("negative", "area"),
    "copula_share_of_cells": ("copula_negative", "cell"),
    "copula_share_of_area": ("copula_negative", "area"),
    "certain_share_of_cells": ("certain", "cell"),
    "certain_share_of_area": ("certain", "area"),
    "mean_kendall": ("mean_kendall", "cell"),
}
CONTROLS = {
    "strong_share_of_cells": ("strong", "cell"),
    "strong_share_of_area": ("strong", "area"),
    "dominant_share_of_cells": ("dominant", "cell"),
    "dominant_share_of_area": ("dominant", "area"),
    "mean_share": ("mean_share", "cell"),
}
PRODUCTS = {
    "shares": "year_resamples",
    "trends": "year_resamples",
    "productivity": "correlation_resamples",
    "negative_shares": "dependence_resamples",
    "strong_controls": "control_resamples",
}
OWN_CELLS = intervals.CELLS_OF[0]
REDUCTIONS = {"mean": np.mean, "min": np.min, "max": np.max, "median": np.median, "sum": np.sum}


class Resampled(NamedTuple):
    """Values of a quantity in resampled years."""

    replicates: dict[str, Array]  # by label, (resample,)
    years: float  # effective
    named: dict[str, tuple[str, Array | None, int]]  # by label, headline numbers of study A: names, tails, cells
    factor: float  # by which they are multiplied
    cells: dict[str, int]  # by label, of other shares of cells
    half_widths: dict[str, float]  # by label, on the probit scale, of shares that have their own


def resampled(how: Mapping, run: quantities.Run, period: str | None) -> Resampled | None:
    """Values of a quantity by label in every resample; None where the run has no resamples of it.

    Parameters
    ----------
    how : mapping
        A quantity that `quantities.evaluate` has a value for.
    run : Run
    period : str
        What the word record stands for.
    """
    name = PRODUCTS.get(how["from"])
    if name is None or name not in run.files or how.get("reduce", "mean") not in REDUCTIONS:
        return None
    rows, by = quantities.rows_of(run.opened(how["from"], None), how, period)
    product = run.opened(name, name).content
    series = [_of_row(how, row, product) for row in rows.to_dict("records")]
    if not series or any(values is None for values in series):
        return None
    stacked, labels = np.stack([values for values in series if values is not None]), [""] * len(series)
    if by:
        labels = [" ".join(quantities.plain(row[key]) for key in by) for row in rows.to_dict("records")]
    reduce = REDUCTIONS[how.get("reduce", "mean")]
    factor = how.get("times", 1)
    groups = {label: stacked[[place for place, other in enumerate(labels) if other == label]] for label in labels}
    if "reduce" not in how and any(len(part) > 1 for part in groups.values()):
        return None
    replicates = {label: factor * reduce(part, axis=0) for label, part in groups.items()}
    one_each = name == "year_resamples" and len(groups) == len(series)
    listed = [_named(how, row, product) for row in rows.to_dict("records")] if one_each else []
    named = dict(zip(labels, listed, strict=False))
    cells = [_cells(how, row, product) for row in rows.to_dict("records")] if len(groups) == len(series) else []
    of_shares = {label: count for label, count in zip(labels, cells, strict=False) if count is not None}
    halves = [_half_width(how, row, product) for row in rows.to_dict("records")] if of_shares else []
    widths = {label: half for label, half in zip(labels, halves, strict=False) if half is not None}
    years = float(np.min(product["effective_years"].values))
    return Resampled(replicates, years, named, factor, of_shares, widths)


def _half_width(how: Mapping, row: Mapping, product: xr.Dataset) -> float | None:
    """Of the interval of a share of cells by the sign of tau; None for other numbers."""
    if how["from"] != "negative_shares" or "half_width" not in product:
        return None
    quantity, weighting = NEGATIVE[how["take"]]
    return float(product["half_width"].sel(_case(row) | {"quantity": quantity, "weighting": weighting}))


def _cells(how: Mapping, row: Mapping, product: xr.Dataset) -> int | None:
    """How many cells a share of study B or of significant correlations is of; None for other numbers."""
    if how["take"] == "share_of_valid" and how["from"] == "productivity":
        place = {"class": row["class"], "detrend": row["detrend"], "season_layer": _season_layer(row)}
        return int(product["cells"].isel(rule=0).sel(place))
    if how["from"] not in ("negative_shares", "strong_controls") or how["take"] == "mean_kendall":
        return None
    return int(product["cells"].sel(_case(row)))


def _named(how: Mapping, row: Mapping, product: xr.Dataset) -> tuple[str, Array | None, int]:
    """Name of the headline number of a row, the tails of its interval, None of a change, and the cells."""
    name, weighting = _headline(how, row)
    if row["period"] == "difference":
        return name, None, int(product["cells"].sel(cells_of=intervals.CELLS_OF[1]).min())
    own = product.sel(cells_of=OWN_CELLS, weighting=weighting, period=row["period"])
    return name, own["tail"].values, int(own["cells"])


def _headline(how: Mapping, row: Mapping) -> tuple[str, str]:
    """Name and weighting of the headline number that a row of the tables of shares or trends holds; "" for none."""
    if how["from"] == "trends":
        name, weighting = TRENDS.get(how["take"], ("", ""))
        part, _, label = str(row["series"]).partition(" ")
        return (name if not name or part == "total" else f"{intervals.of_series(name, part)}: {label}"), weighting
    if how["take"] not in SHARES:
        return "", ""
    labels = {key: quantities.plain(row[key]) for key in ("dynamics", "season", "layer") if row[key] != "all"}
    return intervals.key(row["quantity"], **labels), SHARES[how["take"]]


def _of_row(how: Mapping, row: Mapping, product: xr.Dataset) -> Array | None:
    """Resamples of one row of a table; None where there are none."""
    if how["from"] in ("negative_shares", "strong_controls"):
        return _of_study_b(NEGATIVE if how["from"] == "negative_shares" else CONTROLS, how["take"], row, product)
    if how["from"] == "productivity":
        return _correlation(how["take"], row, product)
    name, weighting = _headline(how, row)
    return _number(product, name, weighting, row["period"])


def _number(product: xr.Dataset, name: str, weighting: str, period: str) -> Array | None:
    if name not in product["number"].values:
        return None
    chosen = product["replicate"].sel(number=name, weighting=weighting)
    if period == "difference":
        both = chosen.sel(cells_of=intervals.CELLS_OF[1])
        return (both.isel(period=-1) - both.isel(period=0)).values
    return chosen.sel(cells_of=OWN_CELLS, period=period).values


def _of_study_b(columns: Mapping, take: str, row: Mapping, product: xr.Dataset) -> Array | None:
    """Of negative shares or controls, over all cells that each case has."""
    if take not in columns or columns[take][0] not in product["quantity"].values:
        return None
    quantity, weighting = columns[take]
    return product["replicate"].sel(_case(row) | {"quantity": quantity, "weighting": weighting}).values


def _case(row: Mapping) -> dict[str, object]:
    """Where the numbers of a row of a table of study B stand in the product."""
    place = {"cells_of": OWN, "layer": row["layer"], "time_scale": row["time_scale"]}
    return place | ({"control": row["control"]} if "control" in row else {})


def _correlation(take: str, row: Mapping, product: xr.Dataset) -> Array | None:
    """Of the published rule of land cover, the first of the product."""
    if take not in CORRELATIONS:
        return None
    kind, weighting = CORRELATIONS[take]
    place = {"class": row["class"], "kind": kind, "weighting": weighting, "detrend": row["detrend"]}
    return product["replicate"].isel(rule=0).sel({**place, "season_layer": _season_layer(row)}).values


def _season_layer(row: Mapping) -> str:
    return f"{row['season']}, {quantities.plain(row['layer'])}"


def interval_text(values: Mapping[str, object], drawn: Resampled) -> str:
    """Intervals over years as text, in the order of the values; "" where there is none."""
    parts = []
    for label, value in values.items():
        if label not in drawn.replicates:
            return ""
        bounds = _bounds(label, float(str(value)), drawn)
        if not np.isfinite(bounds.low):
            return ""
        parts.append(f"{label} {bounds.low:.4g} to {bounds.high:.4g}".strip())
    return "; ".join(parts)


def _bounds(label: str, value: float, drawn: Resampled) -> year_intervals.Interval:
    """Interval of one value, that of the tables of intervals."""
    scaled = value / drawn.factor, drawn.replicates[label] / drawn.factor
    if label in drawn.named:
        name, tails, cells = drawn.named[label]
        own = intervals.limits(name, *scaled, drawn.years, tails, cells)
    else:
        of, half = drawn.cells.get(label), drawn.half_widths.get(label)
        own = year_intervals.interval(*scaled, drawn.years, cells=of, half_width=half)
    ends = sorted((own.low * drawn.factor, own.high * drawn.factor))
    return own._replace(low=ends[0], high=ends[1])


def samples(drawn: Resampled) -> pd.DataFrame:
    """Values by label, one row per resample."""
    return pd.DataFrame(drawn.replicates)
