"""How much numbers that grow with the squares of slopes vary: shares of the variance that a trend takes, and the share
of cells whose trend is significant (docs/methods.md#c1)."""

import math
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import Array
from vadose.statistics import slope_noise, year_intervals
from vadose.statistics.attribution import Attribution


class Columns(NamedTuple):
    """Where the numbers stand on the axis of headline numbers."""

    trend: list[int]  # the share of the trend, and of its terms
    iav: list[int]  # the same of the other dynamics
    significant: int
    difference: int  # of the two dynamics


def columns(start: int, significant: int, seasons: int, layers: int) -> Columns:
    """Columns of these numbers in the order of `intervals.labels`.

    Parameters
    ----------
    start : int
        Where the shares begin.
    significant : int
        Of the share of significant cells.
    seasons, layers : int
    """
    first, terms = start + 2 + seasons + layers, seasons * layers
    trend = [start, *range(first, first + terms)]
    iav = [start + 1, *range(first + terms, first + 2 * terms)]
    return Columns(trend, iav, significant, first + 3 * terms)


def squares(slope: Array, fitted: Attribution, loading: Array, years: Array, weight: Array) -> slope_noise.Squares:
    """The mean share of the trend as a mean of squared slopes.

    Parameters
    ----------
    slope : (cell,) array, kg m-2 yr-1
    fitted : Attribution
    loading : (cell, step) array, kg m-2 yr-1
        From `slope_noise.loadings`.
    years : (year,) array
    weight : (cell,) array
        0 for a cell that takes no part.
    """
    variance = fitted.variance
    chosen = np.isfinite(variance) & (weight > 0) & (variance > 0)
    share = fitted.contribution[chosen, 0].sum(axis=(1, 2))
    z = np.sign(slope[chosen]) * np.sqrt(np.clip(share, 0.0, 1.0))
    # ASSUME: the spread of the calendar years of a cell that lacks some is that of all years.
    unit = np.std(years, ddof=1) / np.sqrt(variance[chosen])
    return slope_noise.squares(z, loading[chosen] * unit[:, None], weight[chosen])


def narrowed(drawn: Array, places: Columns, variance: float) -> Array:
    """Resamples in which the share of the trend has its variance: its terms and the share of significant cells are
    drawn towards their means by one factor; terms of both dynamics keep their sums.

    Parameters
    ----------
    drawn : (resample, number) array
    places : Columns
    variance : float
        Of the share of the trend, from `squares`.
    """
    spread = float(drawn[:, places.trend[0]].var(ddof=1)) if len(drawn) > 1 else 0.0
    factor = math.sqrt(min(variance / spread, 1.0)) if spread > 0 else 1.0
    out = drawn.copy()
    both = drawn[:, places.trend] + drawn[:, places.iav]
    for chosen in (places.trend, [places.significant]):
        centre = drawn[:, chosen].mean(axis=0)
        out[:, chosen] = centre + factor * (drawn[:, chosen] - centre)
    out[:, places.iav] = both - out[:, places.trend]
    out[:, places.difference] = out[:, places.iav[0]] - out[:, places.trend[0]]
    return out


def tails(parts: slope_noise.Squares, spread: float, effective: float) -> tuple[float, float]:
    """How much farther than t standard errors the limits of the share of the trend lie: of the lower, of the upper.

    Parameters
    ----------
    parts : Squares
    spread : float
        Standard error of the share from the resamples.
    effective : float
        Effective number of years.
    """
    if not (np.isfinite(effective) and spread > 0):
        return 1.0, 1.0
    low, high = slope_noise.share_interval(parts, effective)
    half = year_intervals.student_quantile(effective) * float(spread)
    return (parts.mean - low) / half, (high - parts.mean) / half


def own_tails(name: str, value: float, pair: tuple[float, float]) -> tuple[float, float]:
    """Tails of one number: those of the trend's share for what grows with it, turned for what falls, else (1, 1).

    Parameters
    ----------
    name : str
        `intervals.key` of the number.
    value : float
        A term that is below zero falls as the share grows.
    pair : (lower, upper)
        Of the share of the trend.
    """
    if name.startswith("term: trend") and value < 0:
        return pair[1], pair[0]
    if name in ("dynamics: trend", "share_significant") or name.startswith("term: trend"):
        return pair
    if name == "dynamics: iav" or name.startswith("difference of dynamics"):
        return pair[1], pair[0]
    return 1.0, 1.0
