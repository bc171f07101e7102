"""Risk of dry and of wet soil over regions: mean probabilities with intervals over years, gains and return periods;
years are drawn together for all cells (docs/methods.md#c1, #c6)."""

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.studies import year_tables
from vadose.studies.depths import layer_columns
from vadose.studies.risk import cells
from vadose.studies.risk.cells import SHARES
from vadose.studies.year_tables import ALL, WEIGHTINGS

TITLE = (
    "Risk of dry and of wet soil, by region. Mean over cells of the probability (0 to 1) that soil moisture lies below "
    "its q (soil_moisture_share) when precipitation lies below its q' (precipitation_share), for wet above, averaged "
    "over copula families by Akaike weights, with its 95 % interval over years and families; gain: by that without "
    "dependence; selected: by the selected family; counted: by counts, where five joint events are expected without "
    "dependence; both_period, either_period: years between events at the mean probability, only where steps are alike. "
    "All pairs of thresholds for all cells, equal thresholds by region (docs/methods.md#c6)."
)
SUMMED = ("probability", "family_spread", "selected", "counted")
THRESHOLDS = list(np.ndindex(len(cells.EVENTS), *cells.PAIR))


class Sums(NamedTuple):
    """Sums over the cells of each region of one time scale and layer; (region, weighting, ...)."""

    cells: Array  # (..., 1) weights of the cells that have a copula
    counted: Array  # (..., threshold) weights of those with counts
    total: Array  # (..., quantity of SUMMED, threshold)
    parts: Array  # (..., threshold, year) changes when a year is drawn once more


def sums(risks: xr.Dataset, region: Array, regions: int) -> Sums:
    """Sums over some cells, which add up to those of all to the last bit.

    Parameters
    ----------
    risks : Dataset
        Product "risk" of one time scale and layer, (cell, ...).
    region : (cell,) int array
        Position of each cell's region.
    regions : int
    """
    size = risks.sizes["cell"]
    values = np.stack([risks[name].values.astype(float).reshape(size, -1) for name in SUMMED], axis=1)
    there = np.isfinite(values[:, 0, 0])
    slope = np.nan_to_num(cells.slopes(risks["correlation"].values)).reshape(size, -1)
    slope = np.concatenate([slope] * len(cells.EVENTS), axis=1)
    parts = slope[:, :, None] * risks["year_part"].values[:, None]
    listed = [there[:, None].astype(float), np.isfinite(values[:, -1]).astype(float), values, parts]
    flat = np.concatenate([part.reshape(size, -1) for part in listed], axis=1)
    area = risks["area"].values
    out = year_tables.region_sums(flat[None], there[None], area, region, regions)[0, 0]
    ends = np.cumsum([int(np.prod(part.shape[1:])) for part in listed])[:-1]
    split = np.split(out, ends, axis=-1)
    return Sums(*(part.reshape(*out.shape[:2], *item.shape[1:]) for part, item in zip(split, listed, strict=True)))


def mean(total: Sums, where: tuple[int, int, int]) -> dict[str, float]:
    """Mean probability over the cells of a region at one pair of thresholds, with its limits.

    Parameters
    ----------
    total : Sums
        Of one region and weighting.
    where : (event, precipitation, soil moisture)
        Positions of the thresholds.

    Returns
    -------
    dict
        probability, low, high, standard_error, selected, counted, counted_share.

    Notes
    -----
    The error over years is that of the sum over cells of their parts of years (`cells.drawn_error`), since a year is
    drawn for all of them; that over families the mean of the cells' own, as if all cells erred alike.
    """
    number = THRESHOLDS.index(where)
    probability, spread, selected = total.total[:3, number] / total.cells[0]
    counted = total.counted[number]
    parts = total.parts[number] / total.cells[0]
    years = int((parts != 0.0).sum())  # a year without values has no part
    error = float(np.hypot(cells.drawn_error(parts, years), spread))
    given, alone = SHARES[where[1]], SHARES[where[2]]
    low, high = cells.limits(np.array(probability), np.array(error), np.array(min(1.0, alone / given)), years)
    return {
        "probability": float(probability),
        "low": float(low),
        "high": float(high),
        "standard_error": error,
        "selected": float(selected),
        "counted": float(total.total[3, number] / counted) if counted else np.nan,
        "counted_share": float(counted / total.cells[0]),
    }


def table(pieces: Iterator[tuple[xr.Dataset, Array]], codes: Array, names: Mapping[int, str]) -> pd.DataFrame:
    """Risks of all cells and of each region.

    Parameters
    ----------
    pieces : iterator of (Dataset, (cell,) int array)
        Product "risk" piece by piece, and the regions' codes of its cells, 0 for none.
    codes : (region,) int array
        All codes that there are.
    names : mapping of int to str
        Of regions.

    Returns
    -------
    DataFrame
        Columns as TITLE says.
    """
    whole, labels = {}, None
    for risks, region in pieces:
        labels = risks.drop_dims("cell") if labels is None else labels
        for place in np.ndindex(risks.sizes["time_scale"], risks.sizes["layer"]):
            part = sums(risks.isel(time_scale=place[0], layer=place[1]), np.searchsorted(codes, region), codes.size)
            whole[place] = Sums(*map(np.add, whole[place], part)) if place in whole else part
    rows = []
    for (scale, layer), by_region in whole.items():
        everywhere = Sums(*(part.sum(axis=0, keepdims=True) for part in by_region))
        case = {"time_scale": str(labels["time_scale"].values[scale])} | layer_columns(labels, layer)
        regions = [(ALL, "", everywhere, 0)]
        regions += [(str(code), names[int(code)], by_region, place) for place, code in enumerate(codes) if code > 0]
        for (code, name, total, place), (number, weighting) in itertools.product(regions, enumerate(WEIGHTINGS)):
            own = Sums(*(part[place, number] for part in total))
            head = case | {"region": code, "region_name": name, "weighting": weighting}
            head |= {"cells": int(total.cells[place, 0, 0])}
            rows += _rows(head, own, labels.isel(time_scale=scale)) if own.cells[0] > 0 else []
    return pd.DataFrame(rows)


def _rows(head: dict, own: Sums, labels: xr.Dataset) -> Iterator[dict]:
    for where in THRESHOLDS:
        if head["region"] != ALL and where[1] != where[2]:
            continue
        given, alone = SHARES[where[1]], SHARES[where[2]]
        numbers = mean(own, where)
        row = head | {"event": cells.EVENTS[where[0]], "precipitation_share": given, "soil_moisture_share": alone}
        row |= numbers | {f"gain{end}": numbers[f"{side}"] / alone for end, side in GAINS.items()}
        rate = float(labels["events_per_year"])
        for name in ("probability", "low", "high"):
            both = given * numbers[name]
            end = "" if name == "probability" else f"_at_{name}"
            with np.errstate(divide="ignore"):
                row[f"both_period{end}"] = float(np.divide(1.0, rate * both))
                row[f"either_period{end}"] = float(np.divide(1.0, rate * (given + alone - both)))
        yield row


GAINS = {"": "probability", "_low": "low", "_high": "high"}
