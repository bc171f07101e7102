"""Kendall's tau and tail dependence of every family: against pyvinecopulib, adaptive quadrature, and the copula's own
corner."""

import numpy as np
import pytest
from scipy.integrate import quad

from vadose.statistics import copula
from vadose.statistics.copula import families
from vadose.statistics.copula.pyvine import to_pyvinecopulib

CODES = [int(code) for code in copula.CODES if code]


def parameters(code, rng, corner=None):
    k = int(np.flatnonzero(code == copula.CODES)[0])
    low1, high1, low2, high2 = families.BOUNDS[families.BASE[k]]
    if families.BASE[k] == families.TAWN:
        low2, high2 = 1e-4, 0.99
    if families.BASE[k] == families.BB7:
        low2 = 0.01  # pyvinecopulib's own bound; the quadrature below goes further
    if np.isnan(low2):
        low2 = high2 = 0.0
    share = rng.random(2) if corner is None else np.array([corner % 2, corner // 2])
    sign = -1.0 if families.NEGATIVE[k] else 1.0
    return sign * (low1 + share[0] * (high1 - low1)), (sign if families.BB[k] else 1.0) * (
        low2 + share[1] * (high2 - low2)
    )


@pytest.mark.parametrize("code", CODES)
def test_equals_pyvinecopulib_at_random_and_at_the_bounds(code):
    rng = np.random.default_rng(code)
    for corner in (0, 1, 2, 3, *[None] * 12):
        par, par2 = parameters(code, rng, corner)
        theirs = to_pyvinecopulib(code, par, par2)
        tails = copula.tail_dependence(code, par, par2)
        assert float(copula.kendall_tau(code, par, par2)) == pytest.approx(theirs.tau, abs=1e-8)
        expected = np.asarray(theirs.taildep)
        found = np.array([[tails.lower, tails.upper_left], [tails.lower_right, tails.upper]])
        np.testing.assert_allclose(found, expected, atol=1e-8, err_msg=f"{code} {par} {par2}")


@pytest.mark.parametrize(("theta", "delta"), [(1.001, 0.001), (5.0, 0.001), (3.0, 6.0), (1.5, 0.5), (4.9, 2.0)])
def test_bb7_tau_equals_quadrature(theta, delta):
    def ratio(s):
        """phi / phi' in s = 1 - t; A = s^theta, X = 1 - A."""
        a = s**theta
        log_x = np.log1p(-a) if a < 0.5 else np.log(-np.expm1(theta * np.log(s)))
        return (1 - a) * np.expm1(delta * log_x) * s / (a * theta * delta)

    integral = sum(
        quad(ratio, a, b, epsabs=1e-12, limit=300)[0] for a, b in ((1e-12, 0.1), (0.1, 0.5), (0.5, 0.99), (0.99, 1))
    )
    assert float(copula.kendall_tau(9, theta, delta)) == pytest.approx(1 + 4 * integral, abs=1e-8)


def test_known_values():
    assert copula.kendall_tau(3, 2.0, 0.0) == pytest.approx(0.5)
    assert copula.kendall_tau(6, 2.0, 0.0) == pytest.approx(2 - np.pi**2 / 6, abs=1e-10)
    assert copula.kendall_tau(6, 2.0 + 1e-6, 0.0) == pytest.approx(copula.kendall_tau(6, 2.0 + 1e-4, 0.0), abs=1e-4)
    assert copula.kendall_tau(5, 1e-9, 0.0) == pytest.approx(1e-9 / 9, rel=1e-6)
    assert copula.kendall_tau(5, -0.999, 0.0) == pytest.approx(copula.kendall_tau(5, -1.001, 0.0), abs=3e-4)
    clayton = copula.tail_dependence(23, -1.0, 0.0)
    assert (clayton.lower, clayton.upper, clayton.lower_right, clayton.upper_left) == (0, 0, 0.5, 0)
    survival = copula.tail_dependence(33, -1.0, 0.0)
    assert (survival.lower_right, survival.upper_left) == (0, 0.5)


@pytest.mark.parametrize("code", [c for c in CODES if c not in (1, 2, 5)])
def test_rotations_move_tau_and_corners(code):
    """A 90 or 270 degree rotation turns the sign of tau and carries the tails to the other corners; 180 degrees
    exchanges them."""
    par, par2 = parameters(code, np.random.default_rng(code))
    k = int(np.flatnonzero(code == copula.CODES)[0])
    base = {11: 104}.get(int(families.BASE[k]), int(families.BASE[k]))
    sign = -1.0 if families.NEGATIVE[k] else 1.0
    plain = abs(par), abs(par2)
    assert copula.kendall_tau(code, par, par2) == sign * copula.kendall_tau(base, *plain)
    upright, turned = copula.tail_dependence(base, *plain), copula.tail_dependence(code, par, par2)
    pair = [turned.lower_right, turned.upper_left] if families.NEGATIVE[k] else [turned.lower, turned.upper]
    assert sorted(map(float, pair)) == sorted([float(upright.lower), float(upright.upper)])


def test_missing_family_is_missing():
    assert np.isnan(copula.kendall_tau(np.array([np.nan]), np.array([1.0]), np.array([1.0]))).all()
    assert np.isnan(copula.tail_dependence(np.array([np.nan]), np.array([np.nan]), np.array([np.nan])).lower).all()
