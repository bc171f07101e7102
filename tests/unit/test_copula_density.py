"""Densities and scores of every family: against pyvinecopulib, against the copula itself in 200-digit arithmetic,
against finite differences."""

import functools
from decimal import Decimal, getcontext

import numpy as np
import pytest
from scipy import special

from vadose.statistics import copula
from vadose.statistics.copula import elliptical, families
from vadose.statistics.copula.pyvine import to_pyvinecopulib
from vadose.statistics.numeric import fastmath
from vadose.statistics.numeric.digamma import digamma

CODES = [int(code) for code in copula.CODES if code]


def random_parameters(code, rng, corner=None):
    """Parameters inside the bounds (all four corners of the box for corner 0..3), with the family's signs."""
    k = int(np.flatnonzero(code == copula.CODES)[0])
    low1, high1, low2, high2 = families.BOUNDS[families.BASE[k]]
    if families.BASE[k] == families.TAWN:
        low2, high2 = 1e-4, 0.99
    if np.isnan(low2):
        low2 = high2 = 0.0
    share = rng.random(2) if corner is None else np.array([corner % 2, corner // 2])
    par, par2 = low1 + share[0] * (high1 - low1), low2 + share[1] * (high2 - low2)
    sign = -1.0 if families.NEGATIVE[k] else 1.0
    return sign * par, (sign if families.BB[k] else 1.0) * par2


def points(rng, n=40):
    """Points all over the square, along both diagonals and in the corners."""
    u = rng.random((n, 2))
    u[::4, 1] = np.clip(u[::4, 0] + 0.02 * rng.standard_normal(u[::4, 0].size), 1e-3, 1 - 1e-3)
    u[1::4, 1] = np.clip(1 - u[1::4, 0] + 0.02 * rng.standard_normal(u[1::4, 0].size), 1e-3, 1 - 1e-3)
    u[2::4] = np.where(rng.random(u[2::4].shape) < 0.5, 0.05 * u[2::4], 1 - 0.05 * u[2::4])
    return np.clip(u, 1e-4, 1 - 1e-4)


@pytest.mark.parametrize("code", CODES)
def test_density_equals_pyvinecopulib(code):
    """Where its own formula does not lose digits: moderate parameters, relative 1e-8; the extremes follow in 200-digit
    arithmetic."""
    rng = np.random.default_rng(code)
    for _ in range(8):
        par, par2 = random_parameters(code, rng)
        base = families.BASE[code == copula.CODES][0]
        if base not in (families.GAUSSIAN, families.STUDENT, families.FRANK):
            middle = {families.CLAYTON: 0.0, families.BB1: 0.0}.get(base, 1.0)
            par = np.sign(par) * (middle + (abs(par) - middle) * 0.4 + 0.01)
        if base == families.FRANK:
            par *= 0.3
        u = points(rng)
        theirs = to_pyvinecopulib(
            code, par, par2 if base != families.BB7 else np.sign(par2) * max(abs(par2), 0.01)
        ).pdf(u)
        ours = copula.log_density(
            code, u[:, 0], u[:, 1], par, par2 if base != families.BB7 else np.sign(par2) * max(abs(par2), 0.01)
        )
        usable = theirs > (
            1e-4 if base == families.TAWN else 1e-12
        )  # below, its Tawn loses digits and all others reach a floor
        np.testing.assert_allclose(np.exp(ours[usable]), theirs[usable], rtol=1e-8, err_msg=f"{code} {par} {par2}")


@pytest.mark.parametrize("rho", [-0.9999, -0.5, 0.0, 0.8, 0.9999])
def test_elliptical_densities_equal_their_definition_up_to_the_bounds(rho):
    """f(x, y) / (f(x) f(y)) from scipy's quantiles and the textbook densities, at all bounds of rho and nu."""
    u, v = np.random.default_rng(1).uniform(0.002, 0.998, (2, 200))
    x, y = special.ndtri(u), special.ndtri(v)
    form = (x * x + y * y - 2 * rho * x * y) / (1 - rho**2)
    normal = -0.5 * np.log1p(-(rho**2)) - 0.5 * form + 0.5 * (x * x + y * y)
    np.testing.assert_allclose(copula.log_density(1, u, v, rho), normal, rtol=1e-8, atol=1e-10)
    for nu in (2.0001, 5.0, 30.0):
        x, y = special.stdtrit(nu, u), special.stdtrit(nu, v)
        form = (x * x + y * y - 2 * rho * x * y) / (1 - rho**2)
        joint = special.gammaln(nu / 2 + 1) - special.gammaln(nu / 2) - np.log(nu * np.pi) - 0.5 * np.log1p(-(rho**2))
        joint = joint - (nu / 2 + 1) * np.log1p(form / nu)
        single = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
        student = joint - 2 * single + (nu + 1) / 2 * (np.log1p(x * x / nu) + np.log1p(y * y / nu))
        np.testing.assert_allclose(copula.log_density(2, u, v, rho, nu), student, rtol=1e-8, atol=1e-8)


@functools.lru_cache(maxsize=16)  # each serves two of the four corners of a difference
def of_one(base, u, t, d):
    """What a family makes of one of the two, in decimal arithmetic."""
    return {
        families.CLAYTON: lambda: u**-t,
        families.GUMBEL: lambda: (-u.ln()) ** t,
        families.FRANK: lambda: (-t * u).exp() - 1,
        families.JOE: lambda: (1 - u) ** t,
        families.BB1: lambda: (u**-t - 1) ** d,
        families.BB6: lambda: (-(1 - (1 - u) ** t).ln()) ** d,
        families.BB7: lambda: (1 - (1 - u) ** t) ** -d,
        families.BB8: lambda: 1 - (1 - d * u) ** t,
        families.TAWN: lambda: -u.ln(),
    }[base]()


def exact_copula(base, u, v, t, d):
    """The copula function in decimal arithmetic."""
    x, y = of_one(base, u, t, d), of_one(base, v, t, d)
    if base == families.CLAYTON:
        return (x + y - 1) ** (-1 / t)
    if base == families.GUMBEL:
        return (-((x + y) ** (1 / t))).exp()
    if base == families.FRANK:
        return -((1 + x * y / ((-t).exp() - 1)).ln()) / t
    if base == families.JOE:
        return 1 - (x + y - x * y) ** (1 / t)
    if base == families.BB1:
        return (1 + (x + y) ** (1 / d)) ** (-1 / t)
    if base == families.BB6:
        return 1 - (1 - (-((x + y) ** (1 / d))).exp()) ** (1 / t)
    if base == families.BB7:
        return 1 - (1 - (x + y - 1) ** (-1 / d)) ** (1 / t)
    if base == families.BB8:
        eta = 1 - (1 - d) ** t if d < 1 else 1
        return (1 - (1 - x * y / eta) ** (1 / t)) / d
    return (-((1 - d) * x + ((d * x) ** t + y**t) ** (1 / t))).exp()


def exact_log_density(base, u, v, t, d):
    """log of the mixed second difference of the copula at 1e-40 of the distance to the border."""
    a, b = (min(x, 1 - x) * Decimal(10) ** -40 for x in (u, v))
    total = sum(s * r * exact_copula(base, u + s * a, v + r * b, t, d) for s in (1, -1) for r in (1, -1))
    return (total / (4 * a * b)).ln()


@pytest.mark.slow
@pytest.mark.parametrize("code", [3, 4, 5, 6, 7, 8, 9, 10, 104])
def test_density_and_score_are_exact_up_to_the_bounds(code):
    """All corners of the parameter box and points down to 1e-9 from the border: 1e-8 of the value (or of 1), where
    formulas cancel worst."""
    getcontext().prec = 240
    rng = np.random.default_rng(code)
    base = int(families.BASE[code == copula.CODES][0])
    for trial in range(14):
        par, par2 = random_parameters(code, rng, trial if trial < 4 else None)
        u, v = rng.random(2)
        if trial % 3 == 0:
            u, v = (u**6, v**6) if trial % 2 else (1 - u**6, 1 - v**6)
        if trial % 3 == 1:
            v = np.clip(u + 0.01 * rng.standard_normal(), 1e-6, 1 - 1e-6)
        u, v = np.clip((u, v), 1e-9, 1 - 1e-9)
        exact = [Decimal(float(x)) for x in (u, v, par, par2)]
        value, by_par, by_par2 = copula.density_and_score(code, u, v, par, par2)
        truth = exact_log_density(base, *exact)
        assert float(abs(Decimal(float(value)) - truth)) <= 1e-8 * max(1.0, abs(float(truth)))
        step = Decimal(10) ** -25
        for place, ours in ((2, by_par), (3, by_par2)):
            if exact[place] == 0 or (base == families.BB8 and exact[3] == 1):
                continue  # no such parameter, or no neighbour on the far side of the bound
            up, down = list(exact), list(exact)
            up[place] *= 1 + step
            down[place] *= 1 - step
            slope = float((exact_log_density(base, *up) - exact_log_density(base, *down)) / (2 * step * exact[place]))
            size = max(1.0, abs(slope), abs(float(truth)) / abs(float(exact[place])))
            assert abs(float(ours) - slope) <= 1e-7 * size, (code, par, par2, u, v)


@pytest.mark.parametrize("code", CODES)
def test_scores_equal_finite_differences(code):
    rng = np.random.default_rng(100 + code)
    for _ in range(5):
        par, par2 = random_parameters(code, rng)
        if abs(par) < 0.05:
            par = np.copysign(0.05, par)
        u, v = points(rng).T
        _, by_par, by_par2 = copula.density_and_score(code, u, v, par, par2)
        h = 1e-6 * abs(par) * (1 - min(abs(par), 1.0) + 1e-2 if code in (1, 2) else 1.0)
        slope = (copula.log_density(code, u, v, par + h, par2) - copula.log_density(code, u, v, par - h, par2)) / (
            2 * h
        )
        np.testing.assert_allclose(by_par, slope, rtol=2e-5, atol=2e-5 * max(1.0, np.abs(slope).max()))
        if par2:
            h = 1e-6 * abs(par2)
            slope = (copula.log_density(code, u, v, par, par2 + h) - copula.log_density(code, u, v, par, par2 - h)) / (
                2 * h
            )
            np.testing.assert_allclose(by_par2, slope, rtol=2e-5, atol=2e-5 * max(1.0, np.abs(slope).max()))


def test_quantile_table_equals_scipy():
    """t quantiles from the table, over all z that clipped data can reach and all degrees of freedom, and their
    derivative."""
    rng = np.random.default_rng(0)
    z = np.concatenate([np.linspace(0, 7.03, 120), rng.uniform(0, 7.03, 200)])
    u = special.ndtr(-z)
    for nu in (2.0001, 2.3, 3.7, 8.0, 17.2, 30.0):
        q = np.zeros((elliptical.QUANTILE_ROWS, z.size))
        q[0] = q[1] = z
        elliptical.fill_quantiles(q, z.size, elliptical.quantile_table())
        s = (1 / nu - elliptical.CENTRE) / elliptical.HALF_WIDTH
        r = np.polyval(q[2 : 2 + elliptical.TERMS], s)
        error = np.abs(z * np.exp(r) + special.stdtrit(nu, u)) / np.maximum(z, 1e-3)
        assert np.all(error[z < 5] <= 1e-10 * np.exp(r[z < 5]) + 1e-13)
        assert np.all(error <= 2e-8 * np.exp(r))


def test_elementary_functions_are_accurate():
    x = np.concatenate([np.linspace(-700, 700, 4001), np.geomspace(1e-18, 1, 2000), -np.geomspace(1e-18, 1, 2000)])
    apply = lambda function, values: np.array([function(value) for value in values])  # noqa: E731
    np.testing.assert_allclose(apply(fastmath.vexp, x), np.exp(x), rtol=5e-16)
    np.testing.assert_allclose(apply(fastmath.vexpm1, x), np.expm1(x), rtol=1e-15)
    positive = np.concatenate([np.geomspace(1e-300, 1e300, 4001), 1 + np.linspace(-0.4, 0.6, 4001)])
    np.testing.assert_allclose(apply(fastmath.vlog, positive), np.log(positive), rtol=1e-15, atol=0)
    logs, inverses = np.array([fastmath.log_inverse(value) for value in positive]).T
    np.testing.assert_allclose(logs, np.log(positive), rtol=2e-15, atol=0)
    np.testing.assert_allclose(inverses, 1 / positive, rtol=2e-15)
    few = positive[np.abs(np.log10(positive)) < 140]
    pairs = np.array([fastmath.log_inverse_pair(a, b) for a, b in zip(few, few[::-1])]).T
    np.testing.assert_allclose(pairs[:2], np.log([few, few[::-1]]), rtol=2e-15, atol=0)
    np.testing.assert_allclose(pairs[2:], 1 / np.array([few, few[::-1]]), rtol=2e-15)
    several = positive[::5]
    parts = np.prod(apply(fastmath.mantissa, several)), int(apply(fastmath.exponent_bits, several).sum())
    assert fastmath.log_of_product(*parts, several.size) == pytest.approx(np.log(several).sum(), abs=1e-9)
    small = np.concatenate([np.geomspace(1e-300, 10, 3000), -np.geomspace(1e-300, 0.999, 3000)])
    np.testing.assert_allclose(apply(fastmath.vlog1p, small), np.log1p(small), rtol=1e-15)
    y = -np.geomspace(1e-12, 600, 4000)
    exact = np.where(y > -0.69, np.log(-np.expm1(y)), np.log1p(-np.exp(y)))
    np.testing.assert_allclose(apply(fastmath.vlog1mexp, y), exact, rtol=2e-15)
    u = np.concatenate([np.geomspace(1e-12, 0.5, 3000), 1 - np.geomspace(1e-12, 0.5, 3000)])
    np.testing.assert_allclose(apply(fastmath.normal_quantile, u), special.ndtri(u), rtol=1e-14, atol=1e-15)


def test_digamma_equals_scipy():
    x = np.geomspace(1e-3, 100, 500)
    np.testing.assert_allclose([digamma(a) for a in x], special.digamma(x), rtol=1e-13, atol=1e-13)


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="none of the forty"):
        copula.log_density(11, 0.5, 0.5, 1.0)
    with pytest.raises(ValueError, match="degrees of freedom"):
        copula.log_density(2, 0.5, 0.5, 0.1, 50.0)
