"""Distribution functions of the forty families, and the risks that follow from them: how likely dry (or wet) soil
moisture is when precipitation is low (or high), and how often both, or either, come.

Closed forms, but for the t copula, whose conditional distribution is integrated by the double-exponential rule.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.copula import families
from vadose.statistics.copula.dependence import double_exponential
from vadose.statistics.numeric.fastmath import vexp, vlog

EDGE = 1e-12
NODES, _, WEIGHTS = double_exponential(44, 3.4)  # errors of the t copula below 4e-8
NO_FRANK = 1e-9  # a smaller parameter is independence
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
        out[rows] = of_family(k, one[rows], two[rows], x[rows], y[rows])
    return out


def of_family(k: int, par: Array, par2: Array, u: Array, v: Array) -> Array:
    """C(u, v) of one family, any but independence.

    Parameters
    ----------
    k : int
        Its position in CODES.
    par, par2 : arrays
        Parameters with their published signs.
    u, v : arrays
        Inside (0, 1); all broadcast.
    """
    sign = -1.0 if families.NEGATIVE[k] else 1.0
    first, second = sign * par, (sign if families.BB[k] else 1.0) * par2
    if not families.NEGATIVE[k]:
        return _from_side(families.BASE[k], families.SIDE[k], u, v, first, second)
    return v - _from_side(families.BASE[k], families.SIDE[k], 1.0 - u, v, first, second)


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
        safe = np.where(np.abs(t) < NO_FRANK, 1.0, t)
        return np.where(safe == t, -np.log1p(np.expm1(-safe * u) * np.expm1(-safe * v) / np.expm1(-safe)) / safe, u * v)
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
    if base == families.JOE:  # 1 - a b from (1 - u)^t, which a loses where t is large
        beyond_u, beyond_v = (np.exp(t * np.log1p(-side)) for side in (u, v))
        return -np.expm1(np.log(beyond_u + beyond_v - beyond_u * beyond_v) / t)
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
    """The distribution at rho = -1 and the integral of its derivative with respect to asin rho (Plackett 1954)."""
    shared = rho.ndim == 2  # parameters (row, 1), at points that all rows share and that have few levels
    if shared:
        levels, place = np.unique(np.stack([u, v]), return_inverse=True)
        h, k = np.moveaxis(special.stdtrit(nu, levels)[:, place.reshape(2, -1)], 1, 0)
    else:
        u, v, rho, nu = (side[:, None] for side in (u, v, rho, nu))
        h, k = special.stdtrit(nu, u), special.stdtrit(nu, v)
    width, slope = np.arcsin(rho) + 0.5 * np.pi, np.empty(h.shape)
    # With a the angle above -pi/2: (h + k)^2 cos^2(a/2) + (h - k)^2 sin^2(a/2) = h^2 + k^2 - 2 h k sin(angle), twice.
    tangent = np.tan(0.5 * width * NODES) ** 2
    slope_integrals(0.25 * (h + k) ** 2 / nu, 0.25 * (h - k) ** 2 / nu, nu[:, 0], tangent, slope)
    out = np.maximum(u + v - 1.0, 0.0) + width / (2.0 * np.pi) * slope
    return out if shared else out[:, 0]


@kernel(fastmath={"reassoc", "contract"})
def slope_integrals(near, far, nu, tangent, out):
    """Integrals over the angle of (1 + near (1 + 1 / tangent) + far (1 + tangent))^(-nu / 2), into out (row, point).

    Parameters
    ----------
    near, far : (row, point) arrays
    nu : (row,) array
    tangent : (row, node) array
    out : (row, point) array
    """
    for row in range(out.shape[0]):
        for point in range(out.shape[1]):
            total = 0.0
            for node in range(tangent.shape[1]):
                square = tangent[row, node]
                base = 1.0 + (1.0 + square) * (near[row, point] / square + far[row, point])
                total += WEIGHTS[node] * vexp(-0.5 * nu[row] * vlog(base))
            out[row, point] = total


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
    below = distribution(family, par, par2, given, alone)
    if wet:
        given, alone = 1.0 - given, 1.0 - alone
    return risk_of_joint(joint_of(below, given, alone, wet), given, alone, events_per_year)


def joint_of(below: Array, given: Array, alone: Array, wet: bool) -> Array:
    """Probability of both events, from C at their thresholds.

    Parameters
    ----------
    below : array
        C(q', q).
    given, alone : arrays
        Probabilities of the driver's and of the response's event.
    wet : bool
        Events above the thresholds, q' = 1 - given and q = 1 - alone.
    """
    both = below + given + alone - 1.0 if wet else below
    return np.clip(both, 0.0, np.minimum(given, alone))


def risk_of_joint(joint: Array, given: Array, alone: Array, events_per_year: float) -> Risk:
    """`Risk` from probabilities.

    Parameters
    ----------
    joint, given, alone : arrays
        Of both events, of the driver's and of the response's; they broadcast.
    events_per_year : float
        Values of the fitted series in a year.
    """
    conditional = joint / given
    with np.errstate(divide="ignore"):
        periods = (1.0 / (events_per_year * chance) for chance in (joint, given + alone - joint))
        return Risk(joint, conditional, conditional / alone, *periods)


def counted_risk(u: Array, v: Array, driver: ArrayLike, response: ArrayLike, *, wet: bool = False) -> Array:
    """The same conditional probability by counts.

    Parameters
    ----------
    u, v : (cell, time) float arrays in (0, 1)
        Pseudo-observations of precipitation and soil moisture; NaN is missing.
    driver, response : float, or (i,) and (j,) arrays
        Thresholds as in `risk`; of arrays each with each.
    wet : bool
        Events above the thresholds.

    Returns
    -------
    (cell,) or (cell, i, j) array
        Share of the driver's events that are the response's too; NaN where n P(driver) P(response) is below five.
    """
    first, second = np.atleast_1d(driver).astype(float), np.atleast_1d(response).astype(float)
    events, both = np.empty((u.shape[0], first.size)), np.empty((u.shape[0], first.size, second.size))
    count = np.empty(u.shape[0])
    count_events(u, v, first, second, wet, count, events, both)
    first, second = first[:, None], second[None]
    chance = (1.0 - first) * (1.0 - second) if wet else first * second
    enough = (count[:, None, None] * chance >= FEWEST_EXPECTED) & (events[:, :, None] > 0)
    out = np.where(enough, both / np.maximum(events, 1.0)[:, :, None], np.nan)
    return out if np.ndim(driver) else out[:, 0, 0]


@kernel
def count_events(u, v, first, second, wet, count, events, both):
    """Complete pairs of each cell, those with the driver's event, and those with both, into the last three.

    Parameters
    ----------
    u, v : (cell, time) arrays
    first, second : (i,) and (j,) arrays
    wet : bool
    count, events, both : (cell,), (cell, i) and (cell, i, j) arrays
    """
    for cell in range(u.shape[0]):
        x, y = u[cell], v[cell]
        complete = 0
        for t in range(x.size):
            complete += (x[t] == x[t]) & (y[t] == y[t])
        count[cell] = complete
        for i in range(first.size):
            single = 0
            for t in range(x.size):
                single += (x[t] > first[i] if wet else x[t] <= first[i]) & (y[t] == y[t])
            events[cell, i] = single
            for j in range(second.size):
                joint = 0
                for t in range(x.size):  # nothing lies beyond a threshold where it is missing
                    if wet:
                        joint += (x[t] > first[i]) & (y[t] > second[j])
                    else:
                        joint += (x[t] <= first[i]) & (y[t] <= second[j])
                both[cell, i, j] = joint
