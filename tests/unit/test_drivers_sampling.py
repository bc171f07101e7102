"""Draws of the driver models: against closed forms and quadrature, their seeds, their gates, and models that cannot
converge."""

import dataclasses
import json

import arviz
import numpy as np
import pandas
import pytest
import xarray as xr

from vadose.statistics import drivers
from vadose.statistics.drivers import convergence
from vadose.statistics.drivers.whitening import _Marginal

FLAT = {"coefficient_scale": 1e4, "intercept_scale": 1e4, "residual_scale": 1e4}


def world(rows=300, groups=1, seed=0, effect=0.0):
    """Z-scores of rows with collinear Ta and LST, planted coefficients and intercepts per group."""
    rng = np.random.default_rng(seed)
    group = np.arange(rows) % groups
    predictors = rng.normal(size=(rows, 3))
    predictors[:, 2] = 0.9 * predictors[:, 0] + 0.44 * predictors[:, 2]
    noise = rng.normal(size=(rows, 2)) @ [[1.0, 0.5], [0.0, 0.8]]
    responses = (
        drivers.design(predictors) @ rng.normal(scale=0.4, size=(8, 2))
        + effect * rng.normal(size=(groups, 2))[group]
        + noise
    )
    return *drivers.standardise(predictors, responses), group


def moments(posterior):
    draws = posterior.posterior["coefficients"].transpose("response", "term", "chain", "draw").values.reshape(2, 7, -1)
    return draws.mean(axis=2), draws.std(axis=2, ddof=1)


def by_quadrature(statistics, points=15, reach=7.0):
    """Exact mean and sd of the pooled model's coefficients: B is normal given Sigma, and Sigma is summed over a grid of
    its three parameters."""
    from vadose.statistics.drivers.whitening import whiten

    white, marginal = whiten(statistics, drivers.Priors()), _Marginal(statistics, drivers.Priors())
    axis = np.linspace(-reach, reach, points)
    total, first, second, logs = 0.0, np.zeros(16), np.zeros(16), []
    nodes = [
        white.centre + white.spread @ np.array(node)
        for node in np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    ]
    logs = np.array([marginal(node) for node in nodes])
    for node, weight in zip(nodes, np.exp(logs - logs.max())):
        if weight > 1e-9:
            mean, precision = marginal.coefficients(node)
            total, first = total + weight, first + weight * mean
            second = second + weight * (mean**2 + np.diag(np.linalg.inv(precision)))
    mean = first / total
    return mean.reshape(8, 2)[1:].T, np.sqrt(second / total - mean**2).reshape(8, 2)[1:].T


def test_flat_prior_gives_the_matrix_t():
    """docs/models.md#model-a: means within 0.05 sd, sds within 5 % of the closed form."""
    predictors, responses, _ = world(400)
    posterior = drivers.sample(drivers.summarise(predictors, responses), priors=FLAT, seed=11)
    x = drivers.design(predictors)
    least, residual = np.linalg.lstsq(x, responses, rcond=None)[:2]
    expected = np.sqrt(np.outer(residual / (400 - 8 - 4), np.diag(np.linalg.inv(x.T @ x))))[:, 1:]
    mean, sd = moments(posterior)
    assert np.abs((mean - least[1:].T) / expected).max() < 0.05
    np.testing.assert_allclose(sd, expected, rtol=0.05)
    assert drivers.gates(posterior).ok


def test_twenty_rows_agree_with_quadrature_under_the_real_prior():
    """20 annual rows, where the prior counts: means within 0.05 sd, sds within 5 % of the exact posterior."""
    predictors, responses, _ = world(20, seed=3)
    statistics = drivers.summarise(predictors, responses)
    posterior = drivers.sample(statistics, seed=5)
    expected, spread = by_quadrature(statistics)
    mean, sd = moments(posterior)
    assert np.abs((mean - expected) / spread).max() < 0.05
    np.testing.assert_allclose(sd, spread, rtol=0.05)
    assert drivers.gates(posterior).ok


def test_shape_names_and_attributes_of_the_draws():
    predictors, responses, _ = world(60)
    posterior = drivers.sample(drivers.summarise(predictors, responses), seed=2, chains=2, warmup=300, draws=150)
    coefficients = posterior.posterior["coefficients"]
    assert coefficients.dims == ("chain", "draw", "response", "term") and coefficients.shape == (2, 150, 2, 7)
    assert (
        coefficients["response"].values.tolist() == ["P", "SM"] and tuple(coefficients["term"].values) == drivers.TERMS
    )
    assert set(posterior.posterior.data_vars) == {"coefficients", "intercept", "residual_sd", "residual_correlation"}
    assert (
        posterior.posterior.attrs["rows"] == 60
        and json.loads(posterior.posterior.attrs["priors"])["coefficient_scale"] == 1.0
    )
    np.testing.assert_array_equal(posterior.constant_data["sscp"][0], drivers.summarise(predictors, responses).total)
    assert (np.abs(posterior.posterior["residual_correlation"]) < 1).all() and (
        posterior.posterior["residual_sd"] > 0
    ).all()


def test_draws_survive_a_file(tmp_path):
    predictors, responses, _ = world(60)
    posterior = drivers.sample(drivers.summarise(predictors, responses), seed=2, chains=2, warmup=300, draws=150)
    posterior.to_netcdf(tmp_path / "draws.nc")
    again = arviz.from_netcdf(tmp_path / "draws.nc")
    np.testing.assert_array_equal(again.posterior["coefficients"], posterior.posterior["coefficients"])
    assert drivers.gates(again) == drivers.gates(posterior)


def test_equal_seeds_give_equal_draws_whatever_came_between():
    first, other = (drivers.summarise(*world(80, seed=seed)[:2]) for seed in (0, 1))
    short = {"chains": 2, "warmup": 200, "draws": 100}
    once = drivers.sample(first, seed=7, cores=1, **short)
    different = drivers.sample(other, seed=7, priors={"coefficient_scale": 0.1}, **short)
    twice = drivers.sample(first, seed=7, cores=2, **short)
    np.testing.assert_array_equal(once.posterior["coefficients"], twice.posterior["coefficients"])
    assert not np.array_equal(once.posterior["coefficients"], different.posterior["coefficients"])
    assert not np.array_equal(
        once.posterior["coefficients"], drivers.sample(first, seed=8, **short).posterior["coefficients"]
    )


def test_the_sampler_is_compiled_without_fast_arithmetic(monkeypatch):
    """With it a process that compiles the density and one that takes it from numba's cache draw different numbers: by
    1e-10 for pooled rows, another chain with varying intercepts."""
    import nutpie
    import pytensor

    from vadose.statistics.drivers import sampling

    flags = []
    monkeypatch.setattr(nutpie, "compile_pymc_model", lambda model: flags.append(pytensor.config.numba__fastmath))
    sampling._compiled.__wrapped__("pooled")
    assert flags == [False]


def test_priors_are_data_of_the_compiled_model():
    statistics = drivers.summarise(*world(80)[:2])
    mean, sd = moments(
        drivers.sample(
            statistics,
            priors={"coefficient_mean": 0.3, "coefficient_scale": 1e-3},
            seed=1,
            chains=2,
            warmup=500,
            draws=500,
        )
    )
    np.testing.assert_allclose(mean, 0.3, atol=2e-3)
    np.testing.assert_allclose(sd, 1e-3, rtol=0.15)


def test_a_model_that_does_not_converge_is_caught_and_the_next_one_completes():
    statistics = drivers.summarise(*world(80)[:2])
    failed = drivers.gates(drivers.sample(statistics, seed=1, warmup=10, draws=20, max_treedepth=1))
    assert not failed.ok and failed.depth_hits > 0
    assert any("maximum tree depth" in reason for reason in failed.reasons) and any(
        "effective sample size" in reason for reason in failed.reasons
    )
    assert drivers.gates(drivers.sample(statistics, seed=1, warmup=500, draws=500)).ok


def test_collinear_predictors_fail_the_gate_by_name():
    predictors, responses, _ = world(80)
    predictors[:, 2] = -predictors[:, 0]
    posterior = drivers.sample(drivers.summarise(predictors, responses), seed=1, chains=2, warmup=500, draws=500)
    found = drivers.gates(posterior)
    assert not found.ok and found.finite and "collinear (rank 6 of 8)" in found.reasons[-1]


def test_unusable_statistics_and_options_are_sentences():
    predictors, responses, _ = world(80)
    statistics = drivers.summarise(predictors, responses)
    with pytest.raises(ValueError, match="expected positive numbers"):
        drivers.sample(statistics, seed=1, draws=0)
    with pytest.raises(ValueError, match="residual_df: expected a positive number"):
        drivers.sample(statistics, seed=1, priors={"residual_df": 0.0})
    with pytest.raises(drivers.NotEstimable, match="not all finite"):
        drivers.sample(dataclasses.replace(statistics, sscp=statistics.sscp * np.nan), seed=1)


def made_up(chains=4, draws=500, seed=0, attrs=None, stuck=False, **stats):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(chains, draws, 2, 7))
    if stuck:
        values[0] += 3.0
    sample_stats = {
        "diverging": np.zeros((chains, draws), dtype=bool),
        "maxdepth_reached": np.zeros((chains, draws), dtype=bool),
    } | stats
    dims, coords = {"coefficients": ["response", "term"]}, {"response": ["P", "SM"], "term": list(drivers.TERMS)}
    made = arviz.from_dict({"coefficients": values}, sample_stats=sample_stats, dims=dims, coords=coords)
    made.posterior.attrs.update(attrs or {})
    return made


def test_every_gate_closes_on_its_own_fault():
    assert drivers.gates(made_up()).ok
    assert "R-hat" in drivers.gates(made_up(stuck=True)).reasons[0]
    assert drivers.gates(made_up(stuck=True), rhat=10.0, ess=1.0).ok
    few = drivers.gates(made_up(draws=60))
    assert not few.ok and any("bulk effective" in reason for reason in few.reasons) and few.ess_bulk < 400
    one = np.zeros((4, 500), dtype=bool)
    one[2, 7] = True
    assert drivers.gates(made_up(diverging=one)).reasons == ("1 transitions diverged, expected none",)
    assert (
        drivers.gates(made_up(maxdepth_reached=one)).depth_hits == 1
        and not drivers.gates(made_up(maxdepth_reached=one)).ok
    )
    assert not drivers.gates(made_up(attrs={"design_rank": 7})).ok
    broken = made_up()
    broken.posterior["coefficients"][0, 3, 1, 2] = np.nan
    assert "not all draws are finite" in drivers.gates(broken).reasons and not drivers.gates(broken).finite
    assert not drivers.gates(made_up(chains=1)).ok  # one chain has nothing to agree with


def test_no_convergence_check_is_passed_by_what_cannot_be_measured(monkeypatch):
    """R-hat of a constant parameter is not a number: the model fails, whatever the other parameters do."""
    for chains in (slice(None), 0):
        frozen = made_up()
        frozen.posterior["coefficients"][chains, :, 1, 2] = 0.25
        found = drivers.gates(frozen)
        assert not found.ok, chains
    frozen = made_up()
    frozen.posterior["coefficients"][:, :, 1, 2] = 0.25
    found = drivers.gates(frozen, rhat=1e9, ess=0.0)
    assert np.isnan(found.rhat) and found.finite
    assert found.reasons[0] == "the same value in all draws of coefficients"
    unknown = np.zeros((4, 500))
    unknown[1, 3] = np.nan
    assert (
        not drivers.gates(made_up(diverging=unknown)).ok and drivers.gates(made_up(diverging=unknown)).divergences == 1
    )
    assert not drivers.gates(made_up(maxdepth_reached=unknown)).ok
    # One missing measure among many good ones, first or last.
    for place in (0, 13):
        measured = convergence._diagnostics

        def holed(draws, measured=measured, place=place):
            whole = measured(draws)
            for values in whole.values():
                values["coefficients"].values.flat[place] = np.nan
            return whole

        with monkeypatch.context() as patch:
            patch.setattr(convergence, "_diagnostics", holed)
            assert not drivers.gates(made_up()).ok and np.isnan(drivers.gates(made_up()).rhat)


def test_gates_and_table_of_one_measurement_are_those_of_two():
    posterior = made_up(seed=4)
    gates, table = drivers.checked(posterior, rhat=1.02, ess=300.0)
    assert gates == drivers.gates(posterior, rhat=1.02, ess=300.0)
    pandas.testing.assert_frame_equal(table, drivers.tabulate(posterior), check_exact=True)


def test_of_draws_that_are_not_finite_only_what_the_table_says_is_measured(monkeypatch):
    posterior, measured, looked_at = made_up(seed=4), convergence._diagnostics, []
    posterior.posterior["scale"] = ("chain", "draw"), np.random.default_rng(4).normal(size=(4, 500))
    posterior.posterior["scale"][0, 3] = np.nan

    def noted(draws):
        looked_at.append(list(draws.data_vars))
        return measured(draws)

    monkeypatch.setattr(convergence, "_diagnostics", noted)
    gates, table = drivers.checked(posterior)
    assert looked_at == [["coefficients"]] and gates.reasons[0] == "not all draws are finite"
    pandas.testing.assert_frame_equal(table, drivers.tabulate(posterior), check_exact=True)


@pytest.mark.parametrize("size", [(4, 501), (2, 40), (1, 8), (2, 3)])
def test_convergence_is_measured_as_arviz_measures_it(size):
    """Draws that wander, ties, a constant, a missing and an infinite draw; an odd number of draws, one chain, too few
    draws: equal to the bit."""
    draws = np.cumsum(np.random.default_rng(9).normal(size=(*size, 2, 6)), axis=1)
    draws[..., 1] = np.round(draws[..., 1])
    draws[..., 2] = 0.25
    draws[0, 1, 0, 3], draws[0, 1, 0, 4], draws[0, :, 1, 4] = np.nan, np.inf, -np.inf
    draws[..., 5] = np.random.default_rng(10).normal(size=(*size, 2))
    made = xr.Dataset(
        {"effects": (("chain", "draw", "row", "column"), draws), "scale": (("chain", "draw"), draws[..., 0, 5])}
    )
    with np.errstate(all="ignore"):
        expected = {
            "rhat": arviz.rhat(made),
            "ess_bulk": arviz.ess(made, method="bulk"),
            "ess_tail": arviz.ess(made, method="tail"),
        }
    measured = convergence._diagnostics(made)
    assert measured.keys() == expected.keys()
    for kind, values in expected.items():
        xr.testing.assert_equal(measured[kind], values)


def test_the_table_holds_moments_and_quantiles_of_the_draws():
    posterior = made_up(seed=3)
    table = drivers.tabulate(posterior)
    assert table.columns.tolist() == [
        "term",
        "response",
        "mean",
        "sd",
        "q5",
        "q25",
        "q50",
        "q75",
        "q95",
        "rhat",
        "ess_bulk",
        "ess_tail",
    ]
    assert len(table) == 14
    row = table[(table["term"] == "GPP:LST") & (table["response"] == "SM")].iloc[0]
    draws = posterior.posterior["coefficients"].sel(response="SM", term="GPP:LST").values.ravel()
    assert (row["mean"], row["sd"]) == (pytest.approx(draws.mean()), pytest.approx(draws.std(ddof=1)))
    np.testing.assert_allclose(
        row[["q5", "q25", "q50", "q75", "q95"]].astype(float),
        np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95]),
        rtol=1e-12,
    )
    assert row["rhat"] == pytest.approx(
        float(arviz.rhat(posterior.posterior["coefficients"].sel(response="SM", term="GPP:LST").values))
    )


def row_by_row(x, responses, group, groups):
    """Draws of model B with an explicit intercept for every group, from its rows one by one, with NUTS: B, log sigma,
    log tau, atanh rho, atanh kappa and z, where the intercepts are tau times correlated standard normals z.

    Written out, with its slopes: PyMC takes longer to compile it than nutpie to sample it. A slope that
    is wrong would slow the sampler down, not lead it elsewhere: a draw is accepted by the density.
    """
    import nutpie
    from numba import njit

    rows, terms = x.shape

    @njit(error_model="numpy")  # far from the draws a density may be infinite: no draw goes there
    def density(at):
        b, z, slope = at[: 2 * terms].reshape(terms, 2), at[2 * terms + 6 :].reshape(groups, 2), np.zeros_like(at)
        sd = np.exp(at[2 * terms : 2 * terms + 4])
        rho, kappa = np.tanh(at[2 * terms + 4]), np.tanh(at[2 * terms + 5])
        rest, other = 1 - rho**2, np.sqrt(1 - kappa**2)
        found, to_b, to_u, of = 0.0, slope[: 2 * terms].reshape(terms, 2), np.zeros((groups, 2)), slope[2 * terms :]
        for row in range(rows):
            g = group[row]
            first, second = responses[row, 0] - sd[2] * z[g, 0], responses[row, 1]
            second -= sd[3] * (kappa * z[g, 0] + other * z[g, 1])
            for term in range(terms):
                first -= x[row, term] * b[term, 0]
                second -= x[row, term] * b[term, 1]
            first, second = first / sd[0], second / sd[1]
            square = first**2 - 2 * rho * first * second + second**2
            found += -0.5 * square / rest - np.log(sd[0]) - np.log(sd[1]) - 0.5 * np.log(rest)
            of[0] += first * (first - rho * second) / rest - 1
            of[1] += second * (second - rho * first) / rest - 1
            of[4] += first * second - rho * square / rest + rho
            for column, pull in enumerate(((first - rho * second) / rest, (second - rho * first) / rest)):
                to_u[g, column] += pull / sd[column]
                for term in range(terms):
                    to_b[term, column] += x[row, term] * pull / sd[column]
        for g in range(groups):
            of[2] += to_u[g, 0] * sd[2] * z[g, 0]
            of[3] += to_u[g, 1] * sd[3] * (kappa * z[g, 0] + other * z[g, 1])
            of[5] += to_u[g, 1] * sd[3] * (z[g, 0] - kappa / other * z[g, 1]) * other**2
            of[6 + 2 * g] = to_u[g, 0] * sd[2] + to_u[g, 1] * sd[3] * kappa - z[g, 0]
            of[7 + 2 * g] = to_u[g, 1] * sd[3] * other - z[g, 1]
            found -= 0.5 * (z[g, 0] ** 2 + z[g, 1] ** 2)
        found += np.log(rest) + 2 * np.log(other)  # of atanh; rho and kappa themselves are uniform
        of[4] -= 2 * rho
        of[5] -= 2 * kappa
        for index in range(4):  # half Student t with 3 degrees of freedom and scale 2.5, of logarithms
            far = sd[index] ** 2 / (3 * 2.5**2)
            found += at[2 * terms + index] - 2 * np.log1p(far)
            of[index] += 1 - 4 * far / (1 + far)
        for index in range(2 * terms):
            found -= 0.5 * at[index] ** 2
            slope[index] -= at[index]
        return found, slope

    size = 2 * terms + 6 + 2 * groups
    model = nutpie.compiled_pyfunc.from_pyfunc(
        size,
        make_logp_fn=lambda: density,
        make_expand_fn=lambda *seeds: lambda at: {"at": at},
        expanded_dtypes=[np.dtype(float)],
        expanded_shapes=[(size,)],
        expanded_names=["at"],
    )
    options = {"draws": 1000, "tune": 500, "chains": 4, "seed": 1, "target_accept": 0.9, "progress_bar": False}
    return density, nutpie.sample(model, **options).posterior["at"].values


@pytest.mark.slow
@pytest.mark.one_python
def test_grouped_model_equals_the_same_model_row_by_row():
    """Model B with the intercepts integrated out against the one with an explicit intercept for every group."""
    predictors, responses, group = world(90, groups=9, seed=2, effect=0.7)
    statistics = drivers.summarise(predictors, responses, group)
    posterior = drivers.sample(statistics, seed=4)
    density, rows = row_by_row(drivers.design(predictors), responses, group, 9)
    point = np.random.default_rng(1).normal(size=rows.shape[-1])
    steps = 1e-5 * np.eye(point.size)
    slope = [(density(point + step)[0] - density(point - step)[0]) / 2e-5 for step in steps]
    np.testing.assert_allclose(density(point)[1], slope, rtol=1e-5, atol=1e-5)

    expected = rows[..., 2:16].reshape(4, 1000, 7, 2).transpose(3, 2, 0, 1).reshape(2, 7, -1)
    mean, sd = moments(posterior)
    assert np.abs((mean - expected.mean(2)) / expected.std(2)).max() < 0.1
    np.testing.assert_allclose(sd, expected.std(2), rtol=0.06)
    tau = np.exp(rows[..., 18:20])
    for name, theirs in (
        ("residual_sd", np.exp(rows[..., 16:18])),
        ("group_sd", tau),
        ("residual_correlation", np.tanh(rows[..., 20])),
        ("group_correlation", np.tanh(rows[..., 21])),
    ):
        found, spread = posterior.posterior[name], theirs.std((0, 1))
        assert (np.abs(found.mean(("chain", "draw")).values - theirs.mean((0, 1))) / spread < 0.12).all(), name
        np.testing.assert_allclose(found.std(("chain", "draw")).values, spread, rtol=0.15)
    effects = drivers.group_effects(statistics, posterior)
    np.testing.assert_allclose(effects.mean[:, 0], (tau[..., :1] * rows[..., 22::2]).mean((0, 1)), atol=0.05)
    assert drivers.gates(posterior).ok


@pytest.mark.slow
@pytest.mark.one_python  # another Python compiles these densities in test_drivers_likelihood, and samples pooled rows
def test_three_cells_and_common_shocks_are_sampled():
    """Three cells x twenty years, grouped, and the crossed model on planted shocks: finite, converged, planted
    deviations inside the interval."""
    predictors, responses, group = world(60, groups=3, seed=6, effect=0.5)
    assert drivers.gates(drivers.sample(drivers.summarise(predictors, responses, group), seed=1)).ok
    rng = np.random.default_rng(9)
    group, time = np.repeat(np.arange(30), 40), np.tile(np.arange(40), 30)
    predictors = rng.normal(size=(1200, 3))
    responses = (
        drivers.design(predictors) @ (np.ones((8, 2)) * 0.2)
        + 0.8 * rng.normal(size=(30, 2))[group]
        + 0.5 * rng.normal(size=(40, 2))[time]
    )
    responses += rng.normal(size=(1200, 2))
    posterior = drivers.sample(drivers.summarise(predictors, responses, group, times=time, crossed=True), seed=1)
    assert drivers.gates(posterior).ok
    for name, planted in (("residual_sd", 1.0), ("group_sd", 0.8), ("time_sd", 0.5)):
        low, high = posterior.posterior[name].quantile([0.001, 0.999], dim=("chain", "draw")).values
        assert (low < planted).all() and (planted < high).all(), name
    mean, sd = moments(posterior)
    assert np.abs((mean - 0.2) / sd).max() < 4
