"""Distribution functions of the forty families against pyvinecopulib, and risks of known value."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from vadose.statistics import copula
from vadose.statistics.copula import families
from vadose.statistics.copula.pyvine import simulate, to_pyvinecopulib

GRID = np.array([(first, second) for first in (0.1, 0.2, 0.3, 0.7, 0.8, 0.9) for second in (0.1, 0.2, 0.3, 0.9)])


@pytest.mark.parametrize("code", families.CODES)
def test_distribution_functions_equal_pyvinecopulib(code):
    """Parameters all over the bounds of the fits; pyvinecopulib has whole degrees of freedom alone."""
    rng = np.random.default_rng(code)
    (k,) = np.flatnonzero(code == families.CODES)
    low1, high1, low2, high2 = families.WIDEST[families.BASE[k]]
    sign = -1.0 if families.NEGATIVE[k] else 1.0
    for _ in range(10):
        par = sign * rng.uniform(low1, min(high1, 8.0)) if code else 0.0
        par2 = (sign if families.BB[k] else 1.0) * (rng.integers(3, 20) if code == 2 else rng.uniform(low2, high2))
        points = np.concatenate([GRID, rng.random((60, 2)), [[0.5, 0.5], [0.5, 0.2]]])
        expected = to_pyvinecopulib(code, par, float(par2)).cdf(points)
        np.testing.assert_allclose(copula.distribution(code, par, par2, *points.T), expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize(("rho", "nu"), [(0.6, 2.5), (-0.8, 7.3), (0.97, 29.6)])
def test_t_copula_with_any_degrees_of_freedom(rho, nu):
    """As the scale mixture of normal distributions that a t distribution is."""
    for u, v in ((0.1, 0.3), (0.85, 0.6), (0.999, 0.5)):
        h, k = special.stdtrit(nu, (u, v))

        def part(w, h=h, k=k):
            scaled = special.ndtr(np.sqrt(w / nu) * np.array([h, k]))
            return copula.distribution(1, rho, 0.0, *scaled) * stats.chi2.pdf(w, nu)

        expected = integrate.quad(part, 0.0, np.inf, epsabs=1e-11, limit=200)[0]
        assert copula.distribution(2, rho, nu, u, v) == pytest.approx(expected, abs=1e-9)


def test_risk_without_dependence_and_with_the_strongest():
    none = copula.risk(0, 0.0, 0.0, 0.2, 0.1, events_per_year=12)
    assert none.conditional == pytest.approx(0.1) and none.gain == pytest.approx(1.0)
    assert none.both_period == pytest.approx(1 / (12 * 0.02)) and none.either_period == pytest.approx(1 / (12 * 0.28))
    wet = copula.risk(0, 0.0, 0.0, 0.8, 0.9, wet=True)
    assert wet.conditional == pytest.approx(0.1) and wet.gain == pytest.approx(1.0)
    strong = copula.risk(1, 0.9999, 0.0, 0.2, 0.1)
    assert strong.joint == pytest.approx(0.1, abs=1e-6) and strong.gain == pytest.approx(5.0, abs=1e-4)
    opposed = copula.risk(1, -0.9999, 0.0, 0.2, 0.1)
    assert opposed.joint == pytest.approx(0.0, abs=1e-12) and opposed.both_period > 1e9
    assert opposed.either_period == pytest.approx(1 / 0.3)


def test_wet_risk_is_the_dry_risk_of_the_turned_family():
    """Clayton: closed form of its lower corner; the upper corner of Clayton 180 is the same."""
    theta, q, given = 2.0, 0.1, 0.3
    expected = (q**-theta + given**-theta - 1.0) ** (-1.0 / theta) / given
    assert copula.risk(3, theta, 0.0, given, q).conditional == pytest.approx(expected, abs=1e-14)
    for code, turned in ((3, 13), (16, 6), (104, 114), (7, 17), (8, 18)):
        par, par2 = copula.parameters_for_tau(code, 0.4)
        dry = copula.risk(code, par, par2, given, q)
        wet = copula.risk(turned, par, par2, 1.0 - given, 1.0 - q, wet=True)
        np.testing.assert_allclose(np.array(wet), np.array(dry), rtol=1e-9)


@pytest.mark.parametrize("code", [1, 2, 3, 5, 24, 214])
def test_counts_of_a_long_simulation_agree(code):
    par, par2 = copula.parameters_for_tau(code, -0.4 if code == 24 else 0.4)
    u, v = simulate(code, par, par2, 40000, 5).T
    for wet, given, q in ((False, 0.3, 0.2), (True, 0.7, 0.8)):
        counts = copula.counted_risk(u[None], v[None], given, q, wet=wet)[0]
        expected = copula.risk(code, par, par2, given, q, wet=wet).conditional
        events = 40000 * (1.0 - given if wet else given)
        assert abs(counts - expected) < 4.0 * np.sqrt(expected * (1.0 - expected) / events) + 1e-4


def test_counts_need_enough_events_and_leave_missing_out():
    u = np.arange(1, 101)[None] / 101
    v = np.where(u <= 0.3, u, 1.0 - 0.5 * u)
    assert copula.counted_risk(u, v, 0.3, 0.2)[0] == pytest.approx(20 / 30)
    assert np.isnan(copula.counted_risk(u, v, 0.2, 0.2)[0])  # 4 expected
    v[0, :5] = np.nan
    assert copula.counted_risk(u, v, 0.3, 0.2)[0] == pytest.approx(15 / 25)
    assert np.isnan(copula.counted_risk(np.full((1, 100), 0.5), v, 0.3, 0.2)[0])  # no event of the driver


def test_a_missing_family_and_several_cells():
    out = copula.risk([3.0, np.nan], [2.0, np.nan], [0.0, np.nan], np.array([[0.1], [0.2]]), 0.1)
    assert out.gain.shape == (2, 2) and np.isnan(out.gain[:, 1]).all() and (out.gain[:, 0] > 1).all()
    with pytest.raises(ValueError, match="between 0 and 1"):
        copula.risk(3, 2.0, 0.0, 10, 0.1)


def test_a_strong_joe_copula_keeps_its_corner():
    """1 - 0.1 * 2^(1/t) at u = v = 0.9 for large t, where 1 - (1 - u)^t is 1 to the last bit."""
    for par in (20.0, 30.0):
        assert copula.distribution(6, par, 0.0, 0.9, 0.9) == pytest.approx(1.0 - 0.1 * 2.0 ** (1.0 / par), abs=1e-12)
