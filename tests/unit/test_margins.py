"""Parametric margins against scipy.stats, zero mass, goodness of fit, and anomalies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from vadose.statistics import margins
from vadose.statistics.margins import newton

RANGE = (-50.0, 400.0)
SAMPLES = {
    "gamma": lambda rng: rng.gamma(2.0, 3.0, 150),
    "heavy": lambda rng: stats.genextreme.rvs(-0.3, loc=20, scale=3, size=150, random_state=rng),
    "bounded": lambda rng: stats.genextreme.rvs(0.4, loc=20, scale=3, size=150, random_state=rng),
    "weibull": lambda rng: 5 * rng.weibull(0.7, 150),
    "beta": lambda rng: 10 + 30 * rng.beta(2, 5, 150),
    "wet": lambda rng: rng.normal(300, 12, 150),
    "rounded": lambda rng: np.round(rng.gamma(4.0, 2.0, 150)) + 1,
}


def as_scipy(name, parameters):
    """The frozen scipy distribution with our parameters."""
    a, b, c = parameters
    return {
        "normal": lambda: stats.norm(a, b),
        "lognormal": lambda: stats.lognorm(b, 0, np.exp(a)),
        "gamma": lambda: stats.gamma(a, 0, b),
        "weibull": lambda: stats.weibull_min(a, 0, b),
        "beta": lambda: stats.beta(a, b, RANGE[0], RANGE[1] - RANGE[0]),
        "gumbel": lambda: stats.gumbel_r(a, b),
        "gev": lambda: stats.genextreme(-c, a, b),
    }[name]()


def scipy_maximum(name, x):
    """scipy's own maximum likelihood (with its search repeated from its answer until nothing is gained)."""
    family, fixed = {
        "normal": (stats.norm, {}),
        "lognormal": (stats.lognorm, {"floc": 0}),
        "gamma": (stats.gamma, {"floc": 0}),
        "weibull": (stats.weibull_min, {"floc": 0}),
        "beta": (stats.beta, {"floc": RANGE[0], "fscale": RANGE[1] - RANGE[0]}),
        "gumbel": (stats.gumbel_r, {}),
    }[name]
    return family.logpdf(x, *family.fit(x, **fixed)).sum()


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("name", margins.DISTRIBUTIONS)
def test_each_fit_is_scipys_maximum(sample, name):
    x = SAMPLES[sample](np.random.default_rng(len(sample)))
    fit = margins.fit_soil_moisture(x[None], distributions=[name], layer_range=RANGE)
    frozen = as_scipy(name, fit.parameters[0])
    assert fit.reason[0] == 0
    assert frozen.logpdf(x).sum() == pytest.approx(fit.loglik[0], abs=1e-7)
    np.testing.assert_allclose(fit.u[0], np.clip(frozen.cdf(x), 1e-12, 1 - 1e-12), atol=1e-9)
    if name != "gev":
        assert fit.loglik[0] == pytest.approx(scipy_maximum(name, x), abs=1e-4)
        assert fit.loglik[0] >= scipy_maximum(name, x) - 1e-6
        return
    location, scale, shape = fit.parameters[0]
    start = np.array([location, np.log(scale), shape])

    def nll(p):
        return -stats.genextreme.logpdf(x, -p[2], p[0], np.exp(p[1])).sum()

    for push in ([0, 0, 0], [0.1 * scale, 0.1, 0.03], [-0.1 * scale, 0.1, -0.03]):
        better = optimize.minimize(
            nll, start + push, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000}
        )
        assert fit.loglik[0] >= -better.fun - 1e-5 or better.x[2] < newton.SMALLEST_SHAPE


def test_the_smallest_aic_wins():
    x = np.stack([SAMPLES["gamma"](np.random.default_rng(seed)) for seed in range(40)])
    best = margins.fit_soil_moisture(x, layer_range=RANGE)
    each = np.stack(
        [margins.fit_soil_moisture(x, distributions=[name], layer_range=RANGE).aic for name in margins.DISTRIBUTIONS]
    )
    np.testing.assert_array_equal(best.distribution, np.argmin(each, axis=0))
    np.testing.assert_array_equal(best.aic, np.min(each, axis=0))
    assert np.mean(best.distribution == margins.DISTRIBUTIONS.index("gamma")) > 0.5


def test_goodness_of_fit_equals_scipy():
    x = SAMPLES["heavy"](np.random.default_rng(0))[None]
    fit = margins.fit_soil_moisture(x, distributions=["normal"])
    normal = stats.norm(*fit.parameters[0, :2])
    assert fit.kolmogorov_smirnov[0] == pytest.approx(stats.kstest(x[0], normal.cdf).statistic, abs=1e-12)
    assert fit.cramer_von_mises[0] == pytest.approx(stats.cramervonmises(x[0], normal.cdf).statistic, abs=1e-12)


def test_precipitation_has_a_mass_at_zero():
    """u = p0 + (1 - p0) G; a zero has p0; G is that of the values above zero alone; gaps stay gaps."""
    rng = np.random.default_rng(6)
    rain = rng.gamma(0.8, 40.0, (3, 200))
    rain[0, rng.random(200) < 0.4] = 0.0
    rain[1, ::5] = np.nan
    fit = margins.fit_precipitation(rain)
    for cell in range(3):
        there = np.isfinite(rain[cell])
        above = there & (np.nan_to_num(rain[cell]) > 0)
        p0 = 1 - above.sum() / there.sum()
        assert fit.zero_share[cell] == pytest.approx(p0)
        G = as_scipy(margins.DISTRIBUTIONS[int(fit.distribution[cell])], fit.parameters[cell])
        np.testing.assert_allclose(fit.u[cell, above], p0 + (1 - p0) * G.cdf(rain[cell, above]), atol=1e-10)
        np.testing.assert_array_equal(fit.u[cell, there & ~above], p0)
        assert np.isnan(fit.u[cell, ~there]).all()
        assert fit.n[cell] == there.sum()
    assert margins.DISTRIBUTIONS[int(fit.distribution[2])] in margins.PRECIPITATION


def test_bad_cells_have_a_reason_and_stop_nothing():
    rng = np.random.default_rng(2)
    rain = rng.gamma(1.0, 10.0, (5, 60))
    rain[1] = np.nan
    rain[2] = 3.0
    rain[3, 9:] = 0.0
    rain[4, 9:] = np.nan
    fit = margins.fit_precipitation(rain)
    np.testing.assert_array_equal(fit.reason, [0, 1, 2, 1, 1])
    assert np.isfinite(fit.u[0]).all() and np.isnan(fit.u[1:]).all() and np.isnan(fit.aic[1:]).all()
    alone = margins.fit_precipitation(rain[:1])
    np.testing.assert_array_equal(alone.u[0], fit.u[0])
    negative = margins.fit_soil_moisture(rain[:1] - 5.0, distributions=["gamma"])
    assert negative.reason[0] == 3


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1000.0))
def test_units_change_nothing(seed, factor):
    """Scaling the values scales location and scale parameters and keeps u and the choice."""
    x = np.random.default_rng(seed).gamma(3.0, 2.0, (2, 50)) + 0.1
    plain, scaled = margins.fit_soil_moisture(x), margins.fit_soil_moisture(factor * x)
    np.testing.assert_array_equal(scaled.distribution, plain.distribution)
    np.testing.assert_allclose(scaled.u, plain.u, atol=1e-4)
    np.testing.assert_allclose(scaled.aic - 2 * 50 * np.log(factor), plain.aic, atol=1e-4)


def test_trigamma_equals_scipy():
    x = np.geomspace(1e-3, 100, 300)
    np.testing.assert_allclose([newton.trigamma(a) for a in x], special.polygamma(1, x), rtol=1e-12)


def test_values_that_are_constant_but_for_rounding_end():
    """Yearly sums of a made-up Earth: apart by a rounding error of single precision. The fit of the gamma distribution
    once ran for ever."""
    random = np.random.default_rng(1)
    values = 1876.0584716796875 * (1 + random.uniform(-1, 1, (40, 20)) * np.logspace(-16, -6, 40)[:, None])
    fitted = margins.fit_precipitation(values)
    assert fitted.n.tolist() == [20] * 40
    known = fitted.reason == 0
    assert np.isfinite(fitted.u[known]).all() and known[-1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: margins.fit_soil_moisture(np.ones(5)), "cell axis"),
        (lambda: margins.fit_soil_moisture(np.ones((1, 5)), distributions=["cauchy"]), "unknown distributions"),
        (lambda: margins.fit_soil_moisture(np.ones((1, 5)), layer_range=(3.0, 1.0)), "layer_range"),
    ],
)
def test_says_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()
