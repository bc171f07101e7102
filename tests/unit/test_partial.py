"""Partial tau and vines against independent packages; worlds in which a third variable makes all of a negative tau, or
none of it."""

import numpy as np
import pytest
import pyvinecopulib
from scipy import stats

from vadose.statistics import copula, partial
from vadose.statistics.copula import families, pyvine, vine

ONE_PARAMETER = [code for code in copula.CODES if code % 10 in (1, 3, 4, 5, 6) and code < 100]


def test_partial_tau_is_kendalls_recursion_with_ties_and_gaps():
    random = np.random.default_rng(0)
    series = random.integers(0, 12, (4, 20, 60)).astype(float)
    series[0] += series[2] - 0.5 * series[3]
    series[:, random.random((20, 60)) < 0.1] = np.nan
    both, _ = partial.partial_tau(series[0], series[1], series[2:].transpose(1, 0, 2))
    alone, tau = partial.partial_tau(series[0], series[1], series[2:3].transpose(1, 0, 2))

    def of(a, b, given=()):
        if not given:
            return stats.kendalltau(a, b).statistic
        c, rest = given[-1], given[:-1]
        ab, ac, bc = of(a, b, rest), of(a, c, rest), of(b, c, rest)
        return (ab - ac * bc) / np.sqrt((1.0 - ac**2) * (1.0 - bc**2))

    for cell in range(20):
        a, b, c, d = series[:, cell][:, np.isfinite(series[0, cell])]
        assert tau[cell] == pytest.approx(of(a, b), abs=1e-12)
        assert alone[cell] == pytest.approx(of(a, b, (c,)), abs=1e-12)
        assert both[cell] == pytest.approx(of(a, b, (c, d)), abs=1e-12)


def test_partial_rank_is_the_correlation_of_residuals_of_ranks():
    a, b, c = np.random.default_rng(1).standard_normal((3, 80))
    a, b = a + c, b - c
    ranks = [stats.rankdata(side) for side in (a, b, c)]
    left = [side - np.polyval(np.polyfit(ranks[2], side, 1), ranks[2]) for side in ranks[:2]]
    found = partial.partial_rank(a[None], b[None], c[None, None])[0]
    assert found == pytest.approx(np.corrcoef(left)[0, 1], abs=1e-10)


def parameters_of(position, random):
    """Parameters of a family inside its bounds, with their published signs."""
    low1, high1, low2, high2 = families.WIDEST[families.BASE[position]]
    draw = random.uniform(0.1, 0.5, 2)
    sign = -1.0 if families.NEGATIVE[position] else 1.0
    par, par2 = low1 + draw[0] * (min(high1, 8.0) - low1), low2 + draw[1] * (high2 - low2)
    return sign * par, (sign if families.BB[position] else 1.0) * par2


@pytest.mark.parametrize("position", range(1, families.COUNT), ids=lambda k: families.FAMILIES[int(families.CODES[k])])
def test_conditional_distributions_equal_pyvinecopulibs(position):
    """All families and rotations at 200 points; the t copula by its table of quantiles."""
    random = np.random.default_rng(position)
    code, (par, par2) = int(families.CODES[position]), parameters_of(position, random)
    points = random.uniform(0.01, 0.99, (200, 2))
    expected = pyvine.to_pyvinecopulib(code, par, par2).hfunc1(points)
    found = vine.given_first(points[None, :, 0], points[None, :, 1], *(np.array([float(x)]) for x in (code, par, par2)))
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5 if code == 2 else 1e-8)


def test_the_conditional_pair_equals_pyvinecopulibs():
    """200 triples, same families: its own fits of all three pairs, tau within 1e-3."""
    random = np.random.default_rng(7)
    third = random.standard_normal((200, 240))
    sides = random.uniform(-0.9, 0.9, (2, 200, 1)) * third + random.standard_normal((2, 200, 240))
    sides[1] += random.uniform(-0.8, 0.8, (200, 1)) * sides[0]
    u, v, given = (copula.pseudo_observations(side) for side in (*sides, third))
    fitted = vine.conditional_pair(u, v, given, families=ONE_PARAMETER)

    def fit(family, x, y):
        pair = pyvine.to_pyvinecopulib(int(family), *({1: (0.3,), 5: (1.0,)}.get(int(family), start_of(int(family)))))
        pair.fit(np.stack([x, y], axis=1), pyvinecopulib.FitControlsBicop(family_set=[pair.family]))
        return pair

    def start_of(family):
        return ((-1.5 if family > 20 else 1.5),)

    for cell in range(200):
        first = fit(fitted.first.family[cell], given[cell], u[cell])
        second = fit(fitted.second.family[cell], given[cell], v[cell])
        left = [pair.hfunc1(np.stack([given[cell], side[cell]], axis=1)) for pair, side in ((first, u), (second, v))]
        conditional = fit(fitted.conditional.family[cell], *left)
        assert fitted.conditional.tau[cell] == pytest.approx(conditional.tau, abs=1e-3)


@pytest.mark.parametrize("through", [True, False])
def test_what_is_left_of_a_negative_tau(through):
    """All of it is the third variable's, or none: every estimator says so, over 100 cells of 240 months."""
    noise = np.random.default_rng(5).standard_normal((3, 100, 240))
    third = noise[2]
    x = noise[0] + third if through else noise[0]
    y = noise[1] - third if through else noise[1] - noise[0]
    left, tau = partial.partial_tau(x, y, third[:, None])
    ranked = [copula.pseudo_observations(side) for side in (x, y, third)]
    fitted = vine.conditional_pair(*ranked)
    assert np.all(tau < 0.0)
    for found in (partial.partial_rank(x, y, third[:, None]), fitted.conditional.kendall):
        assert found.mean() == pytest.approx(0.0 if through else found.mean(), abs=0.03)
        assert (np.mean(found < 0.0) < 0.8) if through else np.all(found < 0.0)
    # Kendall's partial tau is not zero under conditional independence: (-1/3 + 1/4) / (3/4) of Gaussian variables.
    assert left.mean() == pytest.approx(-1.0 / 9.0 if through else tau.mean(), abs=0.01)
