"""Kendall's tau and the tail dependence in all four corners that a family with given parameters implies.

Closed forms where there are any; else integrals over (0, 1) by the double-exponential rule, whose nodes crowd at the
ends where these integrands have their corners (error below 1e-10, tested against adaptive quadrature).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from vadose.statistics.copula import families


class TailDependence(NamedTuple):
    """Coefficients of tail dependence: lower (u, v -> 0), upper (u, v -> 1), and the corners u -> 1, v -> 0 and u -> 0,
    v -> 1."""

    lower: np.ndarray
    upper: np.ndarray
    lower_right: np.ndarray
    upper_left: np.ndarray


def double_exponential(steps: int = 88, reach: float = 3.6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes t, 1 - t (both exact near their zero) and weights for integrals over (0, 1)."""
    s = np.linspace(-reach, reach, 2 * steps + 1)
    bend = 0.5 * np.pi * np.sinh(s)
    weight = (s[1] - s[0]) * 0.25 * np.pi * np.cosh(s) / np.cosh(bend) ** 2
    return special.expit(2.0 * bend), special.expit(-2.0 * bend), weight


NODES, COMPLEMENTS, WEIGHTS = double_exponential()
NEAR_ZERO = NODES < 0.5
BERNOULLI = special.bernoulli(24)


def _integral(values: np.ndarray, weights: np.ndarray = WEIGHTS) -> np.ndarray:
    """Sum of values times weights along the last axis, one row like another: BLAS would add in an order that depends on
    the number of rows and on the processor."""
    return np.add.reduce(np.ascontiguousarray(values * weights), axis=-1)


def frank_tau(t: np.ndarray) -> np.ndarray:
    """1 - 4/t + 4 D1(t)/t, with its power series 4 sum B_2k t^(2k-1) / ((2k+1) (2k)!) where that loses digits."""
    k = np.arange(1, 13)
    series = 4.0 * BERNOULLI[2 * k] / ((2 * k + 1) * special.factorial(2 * k))
    near = np.where(np.abs(t) < 1.0, t, 0.0)[..., None]
    far = np.where(np.abs(t) < 1.0, 1.0, np.abs(t))[..., None]
    x = far * NODES
    debye = _integral(x / np.expm1(x))
    beyond = np.sign(t) * (1.0 - 4.0 / far[..., 0] * (1.0 - debye))
    return np.where(np.abs(t) < 1.0, _integral(near ** (2 * k - 1), series), beyond)


def joe_tau(t: np.ndarray) -> np.ndarray:
    """1 + 2 / (2 - t) (psi(2) - psi(2/t + 1)); at t = 2 the limit 1 - psi'(2)."""
    near = np.abs(t - 2.0) < 1e-5
    safe = np.where(near, 3.0, t)
    exact = 1.0 + 2.0 / (2.0 - safe) * (special.digamma(2.0) - special.digamma(2.0 / safe + 1.0))
    # Taylor around x = 2/t - 1 = 0: (psi(2) - psi(2 + x)) / x = -psi'(2) - psi''(2) x / 2, and 2 / (2 - t) = 2 / (t x)
    x = 2.0 / np.where(near, t, 2.0) - 1.0
    limit = 1.0 - (1.0 + x) * (special.polygamma(1, 2.0) + 0.5 * special.polygamma(2, 2.0) * x)
    return np.where(near, limit, exact)


def archimedean_tau(base: int, t: np.ndarray, d: np.ndarray) -> np.ndarray:
    """1 + 4 times the integral of phi / phi' for BB6, BB7 and BB8; s stands for 1 - (the argument of phi)."""
    t, d = t[..., None], d[..., None]
    scale = d if base == families.BB8 else 1.0
    log_a = t * np.where(
        NEAR_ZERO, np.log1p(-scale * np.where(NEAR_ZERO, NODES, 0.0)), np.log((1.0 - scale) + scale * COMPLEMENTS)
    )
    x = -np.expm1(log_a)
    over_slope = np.exp((1.0 - t) / t * log_a) / (d * t)
    if base == families.BB8:
        eta = np.where(d > 0.5, 1.0 - (1.0 - d) ** t, -np.expm1(t * np.log1p(-np.minimum(d, 0.5))))
        above = np.maximum(np.exp(np.minimum(log_a, -0.7)) - (1.0 - d) ** t, 0.0)
        log_ratio = np.where(log_a < -0.7, np.log1p(-np.minimum(above / eta, 0.9)), np.log(np.minimum(x / eta, 1.0)))
        return 1.0 + 4.0 * _integral(log_ratio * x * over_slope)
    log_x = np.where(log_a < -0.7, np.log1p(-np.exp(np.minimum(log_a, -0.7))), np.log(x))
    kernel = log_x * x if base == families.BB6 else x * np.expm1(d * log_x)
    return 1.0 + 4.0 * _integral(kernel * over_slope)


def tawn_tau(t: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Integral of w (1-w) A''(w) / A(w), A(w) = (1-p)(1-w) + ((p(1-w))^t + w^t)^(1/t), on both sides of the kink at
    p(1-w) = w."""
    t, p = t[..., None], p[..., None]
    kink = p / (1.0 + p)
    total = np.zeros(np.broadcast_shapes(t.shape, p.shape)[:-1])
    for w, one_less, length in (
        (kink * NODES, 1.0 - kink * NODES, kink),
        (1.0 - (1.0 - kink) * NODES, (1.0 - kink) * NODES, 1.0 - kink),
    ):
        log_a = np.log(p) + np.log(one_less)
        log_w = np.log(w)
        log_h = np.logaddexp(t * log_a, t * log_w) / t
        second = (t - 1.0) * p * p * np.exp((t - 2.0) * (log_a + log_w) + (1.0 - 2.0 * t) * log_h)
        pickands = (1.0 - p) * one_less + np.exp(log_h)
        total = total + length[..., 0] * _integral(w * one_less * second / pickands)
    return total


def _base_tau(base: int, t: np.ndarray, d: np.ndarray) -> np.ndarray:
    if base in (families.GAUSSIAN, families.STUDENT):
        return 2.0 / np.pi * np.arcsin(t)
    if base == families.CLAYTON:
        return t / (t + 2.0)
    if base == families.GUMBEL:
        return 1.0 - 1.0 / t
    if base == families.FRANK:
        return frank_tau(t)
    if base == families.JOE:
        return joe_tau(t)
    if base == families.BB1:
        return 1.0 - 2.0 / (d * (t + 2.0))
    if base == families.TAWN:
        return tawn_tau(t, d)
    return archimedean_tau(base, t, d)


def _base_tails(base: int, t: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper tail dependence of a base copula (not the t copula, which has all four)."""
    zero = np.zeros_like(t)
    if base == families.CLAYTON:
        return 2.0 ** (-1.0 / t), zero
    if base in (families.GUMBEL, families.JOE):
        return zero, 2.0 - 2.0 ** (1.0 / t)
    if base == families.BB1:
        return 2.0 ** (-1.0 / (t * d)), 2.0 - 2.0 ** (1.0 / d)
    if base == families.BB6:
        return zero, 2.0 - 2.0 ** (1.0 / (t * d))
    if base == families.BB7:
        return 2.0 ** (-1.0 / d), 2.0 - 2.0 ** (1.0 / t)
    if base == families.BB8:
        return zero, np.where(d == 1.0, 2.0 - 2.0 ** (1.0 / t), 0.0)
    if base == families.TAWN:
        return zero, 1.0 + d - (1.0 + d**t) ** (1.0 / t)
    return zero, zero


def _by_family(family, par, par2):
    """Rows of each family that occurs: (index in CODES, positions, base parameters with positive sign)."""
    family, par, par2 = np.broadcast_arrays(np.asarray(family, float), np.asarray(par, float), np.asarray(par2, float))
    for k, code in enumerate(families.CODES):
        rows = family == code
        if code and rows.any():
            sign = -1.0 if families.NEGATIVE[k] else 1.0
            yield k, rows, sign * par[rows], (sign if families.BB[k] else 1.0) * par2[rows]


def _zeros_or_missing(family, par, par2) -> np.ndarray:
    """Zeros in the common shape, NaN where the family is."""
    family, par, par2 = np.broadcast_arrays(np.asarray(family, float), np.asarray(par, float), np.asarray(par2, float))
    return np.array(np.where(np.isnan(family), np.nan, 0.0))


def kendall_tau(family: ArrayLike, par: ArrayLike, par2: ArrayLike = 0.0) -> np.ndarray:
    """Kendall's tau of families with these parameters.

    Parameters
    ----------
    family, par, par2 : arrays of one shape (or scalars)
        Codes or names of `FAMILIES`, and parameters with their published signs (negative for the 90 and 270 degree
        rotations). A NaN family gives NaN.

    Returns
    -------
    array of that shape, 1

    Notes
    -----
    BB6, BB7 and BB8: 1 + 4 int phi/phi'; Tawn: int w(1-w) A''/A. See docs/methods.md#b2.

    References
    ----------
    Joe (2014), Dependence Modeling with Copulas, doi:10.1201/b17116; Ghoudi, Khoudraji and Rivest (1998),
    doi:10.2307/3315683.
    """
    family = families.as_codes(family)
    tau = _zeros_or_missing(family, par, par2)
    for k, rows, t, d in _by_family(family, par, par2):
        tau[rows] = (-1.0 if families.NEGATIVE[k] else 1.0) * _base_tau(families.BASE[k], t, d)
    return tau


def student_tail(rho: np.ndarray, nu: np.ndarray) -> np.ndarray:
    """2 T_(nu+1)(-sqrt((nu+1)(1-rho)/(1+rho)))."""
    return 2.0 * special.stdtr(nu + 1.0, -np.sqrt((nu + 1.0) * (1.0 - rho) / (1.0 + rho)))


def tail_dependence(family: ArrayLike, par: ArrayLike, par2: ArrayLike = 0.0) -> TailDependence:
    """Tail dependence in all four corners.

    Parameters
    ----------
    family, par, par2 : as in `kendall_tau`

    Returns
    -------
    TailDependence
        lower and upper as published (zero for all 90 and 270 degree rotations), and the two corners where negative
        dependence sits. NaN for a NaN family.

    References
    ----------
    Joe (2014), doi:10.1201/b17116; Demarta and McNeil (2005), doi:10.1111/j.1751-5823.2005.tb00254.x.
    """
    family = families.as_codes(family)
    tails = TailDependence(*(_zeros_or_missing(family, par, par2) for _ in range(4)))
    for k, rows, t, d in _by_family(family, par, par2):
        if families.BASE[k] == families.STUDENT:
            tails.lower[rows] = tails.upper[rows] = student_tail(t, d)
            tails.lower_right[rows] = tails.upper_left[rows] = student_tail(-t, d)
            continue
        lower, upper = _base_tails(families.BASE[k], t, d)
        if families.SIDE[k] in (families.FLIPPED, families.SWAPPED_FLIPPED):
            lower, upper = upper, lower
        first, second = (tails.lower_right, tails.upper_left) if families.NEGATIVE[k] else (tails.lower, tails.upper)
        first[rows] = lower
        second[rows] = upper
    return tails
