"""Simulation of copulas by conditional inversion: v from u and an independent uniform, for given family and Kendall's
tau.

Family codes are those of docs/methods.md#b2. Textbook formulas (Joe 2014, doi:10.1201/b17116; Nelsen 2006,
doi:10.1007/0-387-28678-0), written apart from `vadose.statistics.copula`, which these simulations are there to test.
"""

import functools

import numpy as np
from scipy import special

from vadose.core.arrays import Array

DEGREES_OF_FREEDOM = 4.0  # of the t copula
EDGE = 1e-9  # uniforms stay this far from 0 and 1
FAMILIES = {
    0: "independence",
    1: "Gaussian",
    2: "Student t",
    3: "Clayton",
    13: "survival Clayton",
    4: "Gumbel",
    14: "survival Gumbel",
    5: "Frank",
    6: "Joe",
    23: "Clayton rotated 90",
    33: "Clayton rotated 270",
    24: "Gumbel rotated 90",
    26: "Joe rotated 90",
}


@functools.lru_cache(maxsize=256)
def parameter(family: int, tau: float) -> float:
    """Parameter of a family (its base copula for rotations) that has Kendall's tau `tau`."""
    base, size = family % 10, abs(tau)
    if base in (1, 2):
        return float(np.sin(np.pi * tau / 2.0))
    if base == 3:
        return 2.0 * size / (1.0 - size)
    if base == 4:
        return 1.0 / (1.0 - size)
    from scipy import optimize  # dear to import, and few families need it

    if base == 5:
        theta = optimize.brentq(lambda t: 1.0 - 4.0 / t + 4.0 * _debye(t) / t - size, 1e-3, 60.0)
        return float(np.sign(tau) * theta)
    if base == 6:
        return float(optimize.brentq(lambda t: _tau_of_joe(t) - size, 1.0 + 1e-6, 60.0))
    raise ValueError(f"synthetic copula: expected a family among {', '.join(map(str, FAMILIES))}, found {family}.")


def _debye(theta: float) -> float:
    from scipy import integrate

    return integrate.quad(lambda x: x / np.expm1(x) if x > 0 else 1.0, 0.0, theta)[0] / theta


def _tau_of_joe(theta: float) -> float:
    if abs(theta - 2.0) < 1e-7:
        return 1.0 - float(special.polygamma(1, 2.0))
    return float(1.0 + 2.0 / (2.0 - theta) * (special.digamma(2.0) - special.digamma(2.0 / theta + 1.0)))


def respond(family: int, tau: float, u: Array, w: Array) -> Array:
    """v such that (u, v) follows the copula, for independent uniforms u and w.

    Parameters
    ----------
    family : int
        Code of docs/methods.md#b2 among `FAMILIES`.
    tau : float
        Kendall's tau; its sign must be one that the family can have.
    u, w : arrays of equal shape
        Independent, uniform on (0, 1).

    Returns
    -------
    array
        v, uniform on (0, 1), increasing in w.
    """
    if family == 0:
        return np.array(w)
    u, w = np.clip(u, EDGE, 1.0 - EDGE), np.clip(w, EDGE, 1.0 - EDGE)
    theta, rotation, base = parameter(family, tau), family // 10, family % 10
    inverse = {1: _gaussian, 2: _student, 3: _clayton, 4: _gumbel, 5: _frank, 6: _joe}[base]
    # 90 degrees: (1 - u, v) is the base copula; 180: (1 - u, 1 - v); 270: (u, 1 - v).
    if rotation in (1, 2):
        u = 1.0 - u
    # Reflecting w with v keeps v increasing in w.
    v = 1.0 - inverse(u, 1.0 - w, theta) if rotation in (1, 3) else inverse(u, w, theta)
    return np.clip(v, EDGE, 1.0 - EDGE)


def _gaussian(u: Array, w: Array, rho: float) -> Array:
    return special.ndtr(rho * special.ndtri(u) + np.sqrt(1.0 - rho**2) * special.ndtri(w))


def _student(u: Array, w: Array, rho: float) -> Array:
    nu = DEGREES_OF_FREEDOM
    x = special.stdtrit(nu, u)
    spread = np.sqrt((nu + x**2) * (1.0 - rho**2) / (nu + 1.0))
    return special.stdtr(nu, rho * x + spread * special.stdtrit(nu + 1.0, w))


def _clayton(u: Array, w: Array, theta: float) -> Array:
    return (u**-theta * (w ** (-theta / (1.0 + theta)) - 1.0) + 1.0) ** (-1.0 / theta)


def _frank(u: Array, w: Array, theta: float) -> Array:
    decay = np.exp(-theta * u)
    return -np.log1p(w * np.expm1(-theta) / (w + (1.0 - w) * decay)) / theta


def _gumbel(u: Array, w: Array, theta: float) -> Array:
    x = -np.log(u)

    def conditional(v: Array) -> Array:
        ratio = 1.0 + (-np.log(v) / x) ** theta
        return np.exp(-x * ratio ** (1.0 / theta) + x) * ratio ** (1.0 / theta - 1.0)

    return _bisect(conditional, w)


def _joe(u: Array, w: Array, theta: float) -> Array:
    first = (1.0 - u) ** theta

    def conditional(v: Array) -> Array:
        second = (1.0 - v) ** theta
        return (first + second - first * second) ** (1.0 / theta - 1.0) * (1.0 - u) ** (theta - 1.0) * (1.0 - second)

    return _bisect(conditional, w)


def _bisect(function, target: Array) -> Array:
    """Root of an increasing function on (0, 1), elementwise, to 2^-40."""
    low, high = np.zeros_like(target), np.ones_like(target)
    for _ in range(40):
        middle = 0.5 * (low + high)
        above = function(middle) > target
        high = np.where(above, middle, high)
        low = np.where(above, low, middle)
    return 0.5 * (low + high)
