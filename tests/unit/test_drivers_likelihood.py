"""Log-likelihoods and priors: against rows one by one, dense multivariate normals, and the model that is sampled."""

import numpy as np
import pytest
from driver_likelihood import covariance, log_likelihood
from scipy import stats

from vadose.statistics import drivers
from vadose.statistics.drivers import density, sampling
from vadose.statistics.drivers.priors import half_student_t, lkj_pair
from vadose.statistics.drivers.whitening import whiten

SIGMA, PSI, PHI = covariance((0.8, 1.3), -0.4), covariance((0.5, 0.9), 0.6), covariance((0.3, 0.2), 0.1)


def world(seed=0, groups=4, steps=5):
    rng = np.random.default_rng(seed)
    group, time = np.repeat(np.arange(groups), steps), np.tile(np.arange(steps), groups)
    predictors, coefficients = rng.normal(size=(group.size, 3)), rng.normal(size=(8, 2))
    responses = drivers.design(predictors) @ coefficients + rng.normal(size=(group.size, 2))
    return predictors, responses, group, time, coefficients + 0.1 * rng.normal(size=(8, 2))


def dense(predictors, responses, coefficients, group, time, psi, phi):
    """The whole vector of responses as one multivariate normal."""
    rest = (responses - drivers.design(predictors) @ coefficients).ravel()
    same_group, same_time = group[:, None] == group, time[:, None] == time
    variance = np.kron(np.eye(len(group)), SIGMA) + np.kron(same_group, psi) + np.kron(same_time, phi)
    return stats.multivariate_normal.logpdf(rest, np.zeros(rest.size), variance)


@pytest.mark.parametrize("seed", range(3))
def test_pooled_equals_the_sum_over_rows(seed):
    predictors, responses, _, _, b = world(seed)
    expected = stats.multivariate_normal.logpdf(responses - drivers.design(predictors) @ b, np.zeros(2), SIGMA).sum()
    assert log_likelihood(drivers.summarise(predictors, responses), b, SIGMA) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_grouped_equals_a_dense_normal_with_unequal_groups(seed):
    predictors, responses, _, time, b = world(seed)
    group = np.array([0] * 1 + [1] * 4 + [2] * 4 + [3] * 11)
    found = log_likelihood(drivers.summarise(predictors, responses, group), b, SIGMA, PSI)
    assert found == pytest.approx(dense(predictors, responses, b, group, time, PSI, np.zeros((2, 2))), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_crossed_equals_a_dense_normal(seed):
    predictors, responses, group, time, b = world(seed)
    found = log_likelihood(
        drivers.summarise(predictors, responses, group, times=time, crossed=True), b, SIGMA, PSI, PHI
    )
    assert found == pytest.approx(dense(predictors, responses, b, group, time, PSI, PHI), abs=1e-9)


def test_models_meet_where_their_effects_vanish():
    predictors, responses, group, time, b = world()
    none = np.zeros((2, 2))
    pooled = log_likelihood(drivers.summarise(predictors, responses), b, SIGMA)
    grouped = drivers.summarise(predictors, responses, group)
    crossed = drivers.summarise(predictors, responses, group, times=time, crossed=True)
    assert log_likelihood(grouped, b, SIGMA, none) == pytest.approx(pooled, abs=1e-10)
    assert log_likelihood(crossed, b, SIGMA, PSI, none) == pytest.approx(
        log_likelihood(grouped, b, SIGMA, PSI), abs=1e-10
    )


def test_a_covariance_too_few_or_too_many_is_refused():
    predictors, responses, group, _, b = world()
    with pytest.raises(ValueError, match="a grouped model needs residual, group, no other"):
        log_likelihood(drivers.summarise(predictors, responses, group), b, SIGMA)
    with pytest.raises(ValueError, match="a pooled model needs residual, no other"):
        log_likelihood(drivers.summarise(predictors, responses), b, SIGMA, PSI)


def test_prior_densities_are_those_of_scipy():
    x = np.array([0.01, 0.7, 12.0])
    np.testing.assert_allclose(half_student_t(x, 3.0, 2.5), np.log(2) + stats.t.logpdf(x, 3, scale=2.5), rtol=1e-13)
    for shape in (1.0, 2.5):
        np.testing.assert_allclose(lkj_pair(0.3, shape), stats.beta.logpdf(0.65, shape, shape) - np.log(2), rtol=1e-12)
    assert lkj_pair(-0.9, 1.0) == pytest.approx(np.log(0.5))


def test_priors_come_from_configuration_or_are_refused():
    assert drivers.Priors.of({"coefficient_scale": 0.5}).coefficients()[1][3, 1] == 0.5
    assert drivers.Priors.of(None) == drivers.Priors()
    with pytest.raises(ValueError, match="slope_scale is unknown"):
        drivers.Priors.of({"slope_scale": 1.0})
    with pytest.raises(ValueError, match="group_scale: expected a positive number, found -1"):
        drivers.Priors(group_scale=-1.0)


def sampled(kind):
    """Statistics of one kind, priors unlike the defaults, and what the sampler is given."""
    predictors, responses, group, time, _ = world(3)
    labels = {"pooled": {}, "grouped": {"groups": group}, "crossed": {"groups": group, "times": time, "crossed": True}}[
        kind
    ]
    statistics = drivers.summarise(predictors, responses, **labels)
    priors = drivers.Priors(
        coefficient_mean=0.2,
        coefficient_scale=0.7,
        intercept_scale=2.0,
        residual_scale=0.4,
        group_df=5.0,
        residual_lkj=2.0,
        group_lkj=3.0,
    )
    white = whiten(statistics, priors)
    data = sampling.model_data(statistics, priors, white)
    for array in data.values():
        array.flags.writeable = False  # as the sampler holds them: the density is compiled for such
    return statistics, priors, white, data


@pytest.mark.parametrize("kind", ["pooled", "grouped", "crossed"])
def test_the_sampled_density_is_likelihood_times_prior(kind):
    """In whitened coordinates the sampled density differs from likelihood + priors + Jacobian by one constant,
    everywhere."""
    statistics, priors, white, data = sampled(kind)
    rng, differences = np.random.default_rng(1), []
    for _ in range(20):
        theta, xi = rng.normal(size=16), rng.normal(size=white.centre.size)
        b = (white.mean + white.root @ theta).reshape(8, 2)
        eta = (white.centre + white.spread @ xi).reshape(-1, 3)
        deviations, correlations = np.exp(eta[:, :2]), np.tanh(eta[:, 2])
        expected = log_likelihood(statistics, b, *(covariance(sd, rho) for sd, rho in zip(deviations, correlations)))
        mean, scale = priors.coefficients()
        expected += stats.norm.logpdf(b, mean, scale).sum() + priors.log_density(deviations, correlations)
        expected += eta[:, :2].sum() + np.log1p(-(correlations**2)).sum()
        differences.append(density.log_density(theta, xi, data["strata"], data["fixed"])[0] - expected)
    np.testing.assert_allclose(differences, differences[0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["pooled", "grouped", "crossed"])
def test_the_gradient_is_that_of_finite_differences(kind):
    _, _, white, data = sampled(kind)
    rng = np.random.default_rng(2)
    for _ in range(5):
        point = rng.normal(size=16 + white.centre.size)

        def value(x):
            return density.log_density(x[:16], x[16:], data["strata"], data["fixed"])[0]

        _, by_theta, by_xi = density.log_density(point[:16], point[16:], data["strata"], data["fixed"])
        steps = np.eye(point.size) * 1e-3
        # fourth order: the error of the formula is below that of the digits
        expected = [
            (8 * (value(point + h) - value(point - h)) - (value(point + 2 * h) - value(point - 2 * h))) / 12e-3
            for h in steps
        ]
        np.testing.assert_allclose(np.concatenate([by_theta, by_xi]), expected, rtol=1e-7, atol=1e-7)


def test_the_model_of_pymc_samples_that_density():
    import pymc as pm
    import pytensor

    _, _, white, data = sampled("grouped")
    theta, xi = np.linspace(-1, 1, 16), np.linspace(1, -1, white.centre.size)
    with pytensor.config.change_flags(cxx="", mode="FAST_COMPILE"), sampling.build("grouped"):
        pm.set_data(data)
        found, slope = pm.modelcontext(None).compile_logp(), pm.modelcontext(None).compile_dlogp()
        expected = density.log_density(theta, xi, data["strata"], data["fixed"])
        assert float(found({"theta": theta, "xi": xi})) == expected[0]
        np.testing.assert_array_equal(slope({"theta": theta, "xi": xi}), np.concatenate(expected[1:]))
