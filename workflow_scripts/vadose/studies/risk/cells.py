"""Risk of dry and of wet soil in each cell: conditional probabilities from its copulas, with intervals over years,
joint return periods, and the same by counts (docs/methods.md#c6)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import copula
from vadose.statistics.year_intervals import FEWEST_YEARS

EVENTS = ("dry", "wet")
SHARES = (0.1, 0.2, 0.3)  # of all values that count as dry, or as wet: 10, 20, 30 %
DIMS = ("event", "precipitation_share", "soil_moisture_share")
PAIR = (len(SHARES), len(SHARES))  # precipitation, soil moisture
GIVEN, ALONE = (side.ravel() for side in np.meshgrid(SHARES, SHARES, indexing="ij"))
BELOW = np.stack([GIVEN, ALONE], axis=1)
POINTS = np.concatenate([BELOW, 1.0 - BELOW])  # where C is needed: thresholds of dry events, then of wet ones
EDGE = 1e-9
STEEPEST = 0.99  # ASSUME: a stronger correlation has the slope of this one


class YearParts(NamedTuple):
    """Correlation of normal scores, and what each year adds to it when it is drawn once more."""

    correlation: Array  # (cell,)
    part: Array  # (cell, year); 0 where a year has no values


def of_pairs(
    u: Array, v: Array, joint: copula.Joint, year: NDArray[np.int64], years: int, *, alike: bool
) -> dict[str, Array]:
    """Risk of one layer and time scale.

    Parameters
    ----------
    u, v : (cell, step) arrays in (0, 1)
        Pseudo-observations of precipitation and soil moisture; NaN is missing.
    joint : Joint
        Distribution functions at POINTS; NaN in a cell without a copula, which then has no risk.
    year : (step,) int array
        Position of each step's year in the record, ascending.
    years : int
        Years of the record.
    alike : bool
        Whether all steps have one distribution, so that events have a rate and a return period.

    Returns
    -------
    dict of arrays
        `events_per_year`; (cell, event, precipitation, soil moisture) `selected`, `probability`, `family_spread`,
        `low`, `high`, `gain`, `both_period`, `either_period` (years) and `counted`; (cell,) `correlation`; (cell, year)
        `year_part`.

    Notes
    -----
    The error of a probability has two parts, added as squares: over years, the spread of the correlation of normal
    scores when years are drawn anew (`year_parts`; its limit for many draws, so no draw is made) times the slope of
    the Gaussian copula (`slopes`); over families, their spread by Akaike weights. Limits lie t(0.975, years - 1) errors
    away on the logit scale between 0 and the largest probability that there can be, min(1, q/q').
    """
    shape = (u.shape[0], len(EVENTS), *PAIR)
    given, alone = (side.reshape(PAIR) for side in (GIVEN, ALONE))
    wet = np.array([False, True])[:, None, None]

    def both(below: Array) -> Array:
        cornered = below.reshape(shape)
        return np.where(
            wet, copula.joint_of(cornered, given, alone, True), copula.joint_of(cornered, given, alone, False)
        )

    present = np.unique(year).size
    events_per_year = u.shape[1] / present if alike else np.nan
    selected = copula.risk_of_joint(both(joint.selected), given, alone, events_per_year)
    averaged = copula.risk_of_joint(both(joint.average), given, alone, events_per_year)
    spread = joint.spread.reshape(shape) / given
    parts = year_parts(u, v, year, years)
    over_years = slopes(parts.correlation) * drawn_error(parts.part, present)[:, None, None]
    error = np.hypot(over_years[:, None], spread)
    low, high = limits(averaged.conditional, error, np.minimum(1.0, alone / given), present)
    levels = np.array(SHARES)
    counts = [
        copula.counted_risk(u, v, levels, levels),
        copula.counted_risk(u, v, 1.0 - levels, 1.0 - levels, wet=True),
    ]
    missing = np.isnan(joint.selected[:, 0])
    out = {
        "selected": selected.conditional,
        "probability": averaged.conditional,
        "family_spread": spread,
        "low": low,
        "high": high,
        "gain": averaged.gain,
        "both_period": averaged.both_period,
        "either_period": averaged.either_period,
        "counted": np.where(missing[:, None, None, None], np.nan, np.stack(counts, axis=1)),
    }
    return out | {
        "events_per_year": np.array(events_per_year),
        "correlation": np.where(missing, np.nan, parts.correlation),
        "year_part": np.where(missing[:, None], np.nan, parts.part),
    }


def of_series(risks: Mapping[tuple[str, str], Sequence[Mapping[str, Array]]], times: AnyArray) -> xr.Dataset:
    """Risks of all series (time scale, annual cycle) and layers, each from `of_pairs`, along a dimension `series`."""
    dims = {"correlation": (), "year_part": ("year",)}
    rate = [float(parts[0]["events_per_year"]) for parts in risks.values()]
    stacked = {"events_per_year": ("series", rate)}
    for name in set(next(iter(risks.values()))[0]) - set(stacked):
        values = np.stack([np.stack([part[name] for part in parts], axis=1) for parts in risks.values()], axis=1)
        stacked[name] = (("cell", "series", "layer", *dims.get(name, DIMS)), values)
    labels = {"event": list(EVENTS), DIMS[1]: list(SHARES), DIMS[2]: list(SHARES)}
    labels |= {"year": time_scales.years_of(times, "annual").astype(np.int16)}
    labels |= {
        f"{name}_of_series": ("series", list(side)) for name, side in zip(("scale", "annual_cycle"), zip(*risks))
    }
    return xr.Dataset(stacked, coords=labels)


def year_parts(u: Array, v: Array, year: NDArray[np.int64], years: int) -> YearParts:
    """The correlation of normal scores x, y of u and v, and the sums by year of (x y - r (x^2 + y^2) / 2) / n, what it
    changes by, to first order, for each further time that the year is drawn.

    Parameters
    ----------
    u, v, year, years : as in `of_pairs`
    """
    complete = np.isfinite(u) & np.isfinite(v)
    starts = np.flatnonzero(np.diff(year, prepend=-1))

    def by_year(values: Array) -> Array:
        return np.add.reduceat(values, starts, axis=1)

    x, y = (special.ndtri(np.where(complete, side, 0.5)) for side in (u, v))  # 0 where missing
    sums = [by_year(values) for values in (complete.astype(float), x, y, x * x, y * y, x * y)]
    count = np.maximum(sums[0].sum(axis=1, keepdims=True), 1.0)
    n, x, y, xx, yy, xy = (values / count for values in sums)
    mean_x, mean_y = (values.sum(axis=1, keepdims=True) for values in (x, y))
    xx, yy = xx - 2.0 * mean_x * x + n * mean_x**2, yy - 2.0 * mean_y * y + n * mean_y**2
    xy = xy - mean_x * y - mean_y * x + n * mean_x * mean_y
    square_x, square_y = (np.maximum(values.sum(axis=1, keepdims=True), EDGE) for values in (xx, yy))
    correlation = xy.sum(axis=1, keepdims=True) / np.sqrt(square_x * square_y)
    part = np.zeros((u.shape[0], years))
    changes = xy / np.sqrt(square_x * square_y) - 0.5 * correlation * (xx / square_x + yy / square_y)
    part[:, year[starts]] = changes
    return YearParts(correlation[:, 0], part)


def drawn_error(part: Array, years: int) -> Array:
    """Standard error of a sum of parts of years (last axis) over draws of years: the limit for many draws, inflated by
    n / (n - 1), since they vary about the mean of the record."""
    return np.sqrt((part**2).sum(axis=-1) * (years / max(years - 1, 1)))


def slopes(correlation: Array) -> Array:
    """What a probability changes by with the correlation of normal scores: the density of the bivariate normal at the
    thresholds by q', the same for dry and wet; (cell, precipitation, soil moisture)."""
    r = np.clip(correlation, -STEEPEST, STEEPEST)[:, None]
    h, k = special.ndtri(GIVEN), special.ndtri(ALONE)
    rest = 1.0 - r * r
    density = np.exp(-0.5 * (h * h - 2.0 * r * h * k + k * k) / rest) / (2.0 * np.pi * np.sqrt(rest))
    return (density / GIVEN).reshape(-1, *PAIR)


def limits(probability: Array, error: Array, largest: Array, years: int) -> tuple[Array, Array]:
    """Limits of a 95 % interval.

    Parameters
    ----------
    probability, error, largest : arrays
        Estimate, its standard error, and the largest value that it can have; the logit scale runs from 0 to that.
    years : int
        Years with values; below eight there are no limits.
    """
    if years < FEWEST_YEARS:
        return np.full(probability.shape, np.nan), np.full(probability.shape, np.nan)
    inside = np.clip(probability / largest, EDGE, 1.0 - EDGE)
    reach = float(special.stdtrit(years - 1, 0.975)) * error / (largest * inside * (1.0 - inside))
    centre = special.logit(inside)
    low, high = (largest * special.expit(centre + side * reach) for side in (-1.0, 1.0))
    return np.minimum(low, probability), np.maximum(high, probability)
