"""Distribution functions of the forty families, and the risks that follow from them: how likely dry (or wet) soil
moisture is when precipitation is low (or high), and how often both, or either, come.

Closed forms, but for the t copula, whose conditional distribution is integrated by the double-exponential rule.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from vadose.core.arrays import Array
from vadose.statistics.copula import families
from vadose.statistics.copula.dependence import COMPLEMENTS, NODES, WEIGHTS

EDGE = 1e-12
FEWEST_EXPECTED = 5.0  # expected number of joint events below which counts say nothing


class Risk(NamedTuple):
    """Risk of joint events at a pair of thresholds; arrays of one shape, NaN for a NaN family."""

    joint: Array  # probability of both
    conditional: Array  # of the response's event, given that of the driver
    gain: Array  # conditional by the probability under independence
    both_period: Array  # years between events of both
    either_period: Array  # years between events of either


def distribution(family: ArrayLike, par: ArrayLike, par2: ArrayLike, u: ArrayLike, v: ArrayLike) -> Array:
    """Distribution function C(u, v) of families with these parameters; all arguments broadcast.

    Parameters
    ----------
    family, par, par2 : arrays or scalars
        Codes of FAMILIES and parameters with their published signs. A NaN family gives NaN.
    u, v : float arrays in [0, 1]
        Clipped to [1e-12, 1 - 1e-12].

    Returns
    -------
    float array
        P(U <= u, V <= v), 1.

    Notes
    -----
    Rotations: 90 degrees v - C(1 - u, v), 180 degrees u + v - 1 + C(1 - u, 1 - v), 270 degrees u - C(u, 1 - v).

    References
    ----------
    Joe (2014), chapter 4, doi:10.1201/b17116; Owen (1956), doi:10.1214/aoms/1177728074 (Gaussian).
    """
    arrays = np.broadcast_arrays(*(np.asarray(side, float) for side in (family, par, par2, u, v)))
    codes, one, two = arrays[:3]
    x, y = (np.clip(side, EDGE, 1.0 - EDGE) for side in arrays[3:])
    out = np.asarray(np.where(np.isnan(codes), np.nan, x * y))
    for k, code in enumerate(families.CODES):
        rows = codes == code
        if not code or not rows.any():
            continue
        sign = -1.0 if families.NEGATIVE[k] else 1.0
        first, second = sign * one[rows], (sign if families.BB[k] else 1.0) * two[rows]
        turned = 1.0 - x[rows] if families.NEGATIVE[k] else x[rows]
        value = _from_side(families.BASE[k], families.SIDE[k], turned, y[rows], first, second)
        out[rows] = y[rows] - value if families.NEGATIVE[k] else value
    return out


def _from_side(base: int, side: int, u: Array, v: Array, t: Array, d: Array) -> Array:
    """The base copula seen from one of its four sides."""
    if side in (families.SWAPPED, families.SWAPPED_FLIPPED):
        u, v = v, u
    if side in (families.FLIPPED, families.SWAPPED_FLIPPED):
        return u + v - 1.0 + _base(base, 1.0 - u, 1.0 - v, t, d)
    return _base(base, u, v, t, d)


def _base(base: int, u: Array, v: Array, t: Array, d: Array) -> Array:
    """C(u, v) of a base copula."""
    if base == families.GAUSSIAN:
        return _gaussian(u, v, t)
    if base == families.STUDENT:
        return _student(u, v, t, d)
    if base == families.FRANK:
        return -np.log1p(np.expm1(-t * u) * np.expm1(-t * v) / np.expm1(-t)) / t
    log_u, log_v = np.log(u), np.log(v)
    if base == families.CLAYTON:
        return np.exp(-np.log(np.expm1(-t * log_u) + np.exp(-t * log_v)) / t)
    if base == families.GUMBEL:
        return np.exp(-_power_sum(-log_u, -log_v, t))
    if base == families.TAWN:
        return np.exp((1.0 - d) * log_u - _power_sum(-d * log_u, -log_v, t))
    if base == families.BB1:
        return np.exp(-np.log1p(_power_sum(np.expm1(-t * log_u), np.expm1(-t * log_v), d)) / t)
    if base == families.BB8:
        x, y = (-np.expm1(t * np.log1p(-d * side)) for side in (u, v))
        eta = 1.0 - (1.0 - d) ** t
        return -np.expm1(np.log1p(-x * y / eta) / t) / d
    # Joe, BB6 and BB7 in a = 1 - (1 - u)^t
    a, b = (-np.expm1(t * np.log1p(-side)) for side in (u, v))
    if base == families.JOE:
        return -np.expm1(np.log1p(-a * b) / t)
    if base == families.BB6:
        return -np.expm1(np.log(-np.expm1(-_power_sum(-np.log(a), -np.log(b), d))) / t)
    inner = np.expm1(-d * np.log(a)) + np.exp(-d * np.log(b))
    return -np.expm1(np.log1p(-(inner ** (-1.0 / d))) / t)


def _power_sum(x: Array, y: Array, power: Array) -> Array:
    """(x^p + y^p)^(1/p) of positive numbers, whatever their size."""
    largest = np.maximum(x, y)
    return largest * (1.0 + (np.minimum(x, y) / largest) ** power) ** (1.0 / power)


def _gaussian(u: Array, v: Array, rho: Array) -> Array:
    """Bivariate normal distribution by Owen's T."""
    h, k = (np.where(side == 0.5, 1e-300, special.ndtri(side)) for side in (u, v))
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    apart = np.where(h * k < 0.0, 0.5, 0.0) + np.where((h * k == 0.0) & (h + k < 0.0), 0.5, 0.0)
    owen = special.owens_t(h, (k / h - rho) / root) + special.owens_t(k, (h / k - rho) / root)
    return 0.5 * (u + v) - owen - apart


def _student(u: Array, v: Array, rho: Array, nu: Array) -> Array:
    """Integral of P(V <= v | U = s) over s from 0 to u."""
    rho, nu, u = rho[:, None], nu[:, None], u[:, None]
    low = np.where(u <= 0.5, u * NODES, 0.5)
    x = np.where(u <= 0.5, special.stdtrit(nu, low), _upper(nu, u))
    spread = np.sqrt((nu + x * x) * (1.0 - rho) * (1.0 + rho) / (nu + 1.0))
    inner = special.stdtr(nu + 1.0, (special.stdtrit(nu, v[:, None]) - rho * x) / spread)
    return np.add.reduce(np.ascontiguousarray(u * inner * WEIGHTS), axis=-1)


def _upper(nu: Array, u: Array) -> Array:
    """Quantiles of u times the nodes, by their complements, which are exact near one."""
    beyond = (1.0 - u) + u * COMPLEMENTS
    return np.where(beyond < 0.5, -special.stdtrit(nu, np.minimum(beyond, 0.5)), special.stdtrit(nu, u * NODES))


def risk(
    family: ArrayLike,
    par: ArrayLike,
    par2: ArrayLike,
    driver: ArrayLike,
    response: ArrayLike,
    *,
    wet: bool = False,
    events_per_year: float = 1.0,
) -> Risk:
    """Risk of dry soil moisture when precipitation is low, or of wet soil moisture when it is high.

    Parameters
    ----------
    family, par, par2 : arrays or scalars
        As in `distribution`.
    driver, response : float arrays in (0, 1)
        Probabilities of the thresholds of precipitation, q', and soil moisture, q, below which both count as dry; for
        `wet` those above which they count as wet, say 0.9.
    wet : bool
        Events above the thresholds instead of below.
    events_per_year : float
        Values of the fitted series in a year.

    Returns
    -------
    Risk
        All arguments broadcast.

    Raises
    ------
    ValueError
        If a threshold does not lie between 0 and 1.

    Notes
    -----
    See docs/methods.md#c6.

    Dry: P(V <= q | U <= q') = C(q', q) / q'. Wet: (1 - q - q' + C(q', q)) / (1 - q'). Gain: by q, or 1 - q. Return
    periods: 1 / (N P(both)) and 1 / (N P(either)).
    """
    given, alone = np.broadcast_arrays(np.asarray(driver, float), np.asarray(response, float))
    if not all(np.all((side > 0.0) & (side < 1.0)) for side in (given, alone)):
        raise ValueError(
            "risk: expected driver and response as probabilities between 0 and 1; percent are divided by 100."
        )
    both = distribution(family, par, par2, given, alone)
    if wet:
        both, given, alone = 1.0 - given - alone + both, 1.0 - given, 1.0 - alone
    both = np.maximum(both, 0.0)
    conditional = both / given
    with np.errstate(divide="ignore"):
        periods = (1.0 / (events_per_year * chance) for chance in (both, given + alone - both))
        return Risk(both, conditional, conditional / alone, *periods)


def counted_risk(u: Array, v: Array, driver: float, response: float, *, wet: bool = False) -> Array:
    """The same conditional probability by counts.

    Parameters
    ----------
    u, v : (cell, time) float arrays in (0, 1)
        Pseudo-observations of precipitation and soil moisture; NaN is missing.
    driver, response : float
        Thresholds as in `risk`.
    wet : bool
        Events above the thresholds.

    Returns
    -------
    (cell,) array
        Share of the driver's events that are the response's too; NaN where n P(driver) P(response) is below five.
    """
    there = np.isfinite(u) & np.isfinite(v)
    first, second = (u > driver, v > response) if wet else (u <= driver, v <= response)
    events = (there & first).sum(axis=1)
    chance = (1.0 - driver) * (1.0 - response) if wet else driver * response
    enough = (there.sum(axis=1) * chance >= FEWEST_EXPECTED) & (events > 0)
    return np.where(enough, (there & first & second).sum(axis=1) / np.maximum(events, 1), np.nan)
