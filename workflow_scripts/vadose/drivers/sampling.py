"""Draws of the driver models: one PyMC model per kind, compiled once per process, then given the statistics of one model after another."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vadose.drivers.priors import Priors
from vadose.drivers.statistics import SufficientStatistics
from vadose.drivers.terms import COLUMNS, RESPONSES, TERMS, WIDTH, NotEstimable
from vadose.drivers.whitening import COMPONENTS, residual_basis, whiten

if TYPE_CHECKING:
    import arviz

Array = NDArray[np.float64]

NAMES = ("residual", "group", "time")


def sample(
    statistics: SufficientStatistics,
    *,
    priors: Priors | Mapping[str, float] | None = None,
    seed: int,
    chains: int = 4,
    warmup: int = 2000,
    draws: int = 2000,
    max_treedepth: int = 10,
    target_accept: float | None = None,
    cores: int | None = None,
) -> "arviz.InferenceData":
    """Draw from the posterior of one driver model with NUTS.

    Parameters
    ----------
    statistics : SufficientStatistics
        From `summarise` or `Accumulator`; its kind (pooled, grouped, crossed) chooses the model.
    priors : Priors, mapping of some of its fields, or None
        None is B ~ Normal(0, 1), deviations ~ HalfStudentT(3, 0, 2.5), correlations ~ Uniform(-1, 1).
    seed : int
        Equal seeds give equal draws, whatever `cores` and the models before.
    chains, warmup, draws, max_treedepth : int
        Of the sampler; warm-up draws are not kept.
    target_accept : float, optional
        The default is 0.8 for pooled rows and 0.95 with varying intercepts (measured: with three cells 0.8 gives 4 to 12 divergences of 8000 draws,
        0.9 a few, 0.95 none).
    cores : int, optional
        Chains that run at once; the default is one per chain, up to the machine.

    Returns
    -------
    arviz.InferenceData
        `posterior`: coefficients (chain, draw, response, term), intercept (chain, draw, response), residual_sd (.., response),
        residual_correlation, and group_sd, group_correlation, time_sd, time_correlation where the kind has them. `sample_stats`: divergences, tree depth.
        `constant_data`: the statistics, because a potential leaves no pointwise likelihood behind. No value depends on the clock.

    Raises
    ------
    NotEstimable
        If the statistics are not finite.
    ValueError
        If an option or a prior is out of range.

    Notes
    -----
    The sampler sees theta and xi of `whitening.whiten`; likelihood and priors are those of BAYES.md in B, sigma, tau and rho, with the Jacobian of
    log sigma and atanh rho. The linear part of the change has a constant Jacobian.

    References
    ----------
    Hoffman and Gelman (2014), JMLR 15, 1593-1623; Buerkner (2017), doi:10.18637/jss.v080.i01.
    """
    import nutpie

    priors = Priors.of(priors)
    target_accept = (0.8 if statistics.kind == "pooled" else 0.95) if target_accept is None else target_accept
    options = {"chains": chains, "warmup": warmup, "draws": draws, "max_treedepth": max_treedepth}
    if min(options.values()) < 1 or not 0 < target_accept < 1 or seed < 0:
        raise ValueError(
            f"sampler: expected positive numbers, target_accept in (0, 1) and seed >= 0, found {options}, {target_accept}, {seed}."
        )
    if not np.isfinite(statistics.sscp).all():
        raise NotEstimable("statistics: not all finite; expected z-scores (drivers.standardise) without infinite values.")
    compiled = _compiled(statistics.kind).with_data(**model_data(statistics, priors))
    trace = nutpie.sample(
        compiled,
        draws=draws,
        tune=warmup,
        chains=chains,
        cores=cores,
        seed=seed,
        maxdepth=max_treedepth,
        target_accept=target_accept,
        save_warmup=False,
        progress_bar=False,
    )
    return _finished(trace, statistics, {**options, "seed": seed, "target_accept": target_accept}, priors)


def model_data(statistics: SufficientStatistics, priors: Priors) -> dict[str, Array]:
    """Data of the compiled model: strata in the basis of residuals, priors and coordinates."""
    white, components = whiten(statistics, priors), COMPONENTS[statistics.kind]
    mean, scale = priors.coefficients()
    sizes = np.stack([np.ones_like(statistics.group_size), statistics.group_size, statistics.time_size], axis=1)
    return {
        "degrees": statistics.degrees,
        "sizes": sizes[:, :components],
        "sscp": residual_basis(statistics, white.mean.reshape(WIDTH, 2)).reshape(-1, COLUMNS * COLUMNS),
        "constant": np.array([-statistics.count * math.log(2 * math.pi)]),
        "prior_mean": mean.ravel(),
        "prior_scale": scale.ravel(),
        "deviation_df": priors.components(components, "df"),
        "deviation_scale": priors.components(components, "scale"),
        "lkj": priors.components(components, "lkj"),
        **{f"white_{name}": value for name, value in white._asdict().items()},
    }


@cache
def _compiled(kind: str):
    """The compiled model of one kind; 10-40 s, once per process."""
    import nutpie
    import pytensor

    # nutpie compiles by numba; the C compiler would only be asked for shapes, and complain of a missing BLAS
    with pytensor.config.change_flags(cxx=""):
        return nutpie.compile_pymc_model(build(kind))


def build(kind: str, data: Mapping[str, Array] | None = None):
    """PyMC model of one kind in whitened coordinates, on `data` as `model_data` gives it, or on a blank of the right shape to be replaced.

    Few and wide operations, since compiling costs more than sampling.
    """
    import pymc as pm
    import pytensor.tensor as pt

    components = COMPONENTS[kind]
    with pm.Model(coords={"response": RESPONSES, "term": TERMS}) as model:
        values = data or _blank(components)
        strata = ("degrees", "sizes", "sscp")  # the number of strata changes from model to model, all other shapes are fixed
        given = {
            name: pm.Data(name, value, shape=(None, *value.shape[1:]) if name in strata else value.shape) for name, value in values.items()
        }
        shift = pt.dot(given["white_root"], pm.Flat("theta", shape=2 * WIDTH))
        eta = (given["white_centre"] + pt.dot(given["white_spread"], pm.Flat("xi", shape=3 * components))).reshape((components, 3))
        coefficients = given["white_mean"] + shift
        deviations, correlations = pt.exp(eta[:, :2]), pt.tanh(eta[:, 2])
        pm.Potential("likelihood", _log_likelihood(given, shift, deviations, correlations))
        standard = (coefficients - given["prior_mean"]) / given["prior_scale"]
        pm.Potential("coefficient_prior", -0.5 * pt.sum(pt.sqr(standard)))
        df = given["deviation_df"][:, None]
        student = -(df + 1) / 2 * pt.log1p(pt.sqr(deviations / given["deviation_scale"][:, None]) / df)
        # log sigma and atanh rho have the Jacobians sigma and 1 - rho^2: LKJ's exponent lkj - 1 becomes lkj
        pm.Potential("covariance_prior", pt.sum(student + eta[:, :2]) + pt.sum(given["lkj"] * pt.log1p(-pt.sqr(correlations))))
        coefficients = coefficients.reshape((WIDTH, 2))
        pm.Deterministic("coefficients", coefficients[1:].T, dims=("response", "term"))
        pm.Deterministic("intercept", coefficients[0], dims="response")
        pm.Deterministic("deviations", deviations)
        pm.Deterministic("correlations", correlations)
    return model


def _log_likelihood(given, shift, deviations, correlations):
    """likelihood.log_likelihood, in the basis of residuals about the whitening's centre."""
    import pytensor.tensor as pt

    contrast = pt.concatenate([-shift.reshape((WIDTH, 2)), pt.eye(2)])
    # columns (P, P, SM) and (P, SM, SM) by a product, not by indexing, which numba would hand back to Python
    left, right = pt.dot(contrast, np.array([[1.0, 1, 0], [0, 0, 1]])), pt.dot(contrast, np.array([[1.0, 0, 0], [0, 1, 1]]))
    products = (left[:, None, :] * right[None, :, :]).reshape((COLUMNS * COLUMNS, 3))
    squares = pt.dot(given["sscp"], products)  # (stratum, [PP, PS, SS])
    cross = deviations[:, 0] * deviations[:, 1] * correlations
    variance = pt.dot(given["sizes"], pt.stack([pt.sqr(deviations[:, 0]), cross, pt.sqr(deviations[:, 1])], axis=1))
    determinant = variance[:, 0] * variance[:, 2] - pt.sqr(variance[:, 1])
    trace = variance[:, 2] * squares[:, 0] - 2 * variance[:, 1] * squares[:, 1] + variance[:, 0] * squares[:, 2]
    return given["constant"][0] - 0.5 * pt.sum(given["degrees"] * pt.log(determinant) + trace / determinant)


def _blank(components: int) -> dict[str, Array]:
    strata, q = 2, 3 * components
    return {
        "degrees": np.ones(strata),
        "sizes": np.ones((strata, components)),
        "sscp": np.tile(np.eye(COLUMNS).ravel(), (strata, 1)),
        "constant": np.zeros(1),
        "prior_mean": np.zeros(2 * WIDTH),
        "prior_scale": np.ones(2 * WIDTH),
        "deviation_df": np.ones(components),
        "deviation_scale": np.ones(components),
        "lkj": np.ones(components),
        "white_centre": np.zeros(q),
        "white_spread": np.eye(q),
        "white_mean": np.zeros(2 * WIDTH),
        "white_root": np.eye(2 * WIDTH),
    }


def _finished(trace: "arviz.InferenceData", statistics: SufficientStatistics, options: dict, priors: Priors) -> "arviz.InferenceData":
    import arviz
    import xarray as xr

    drawn = trace.posterior
    posterior = drawn[["coefficients", "intercept"]]
    for i, name in enumerate(NAMES[: COMPONENTS[statistics.kind]]):
        posterior[f"{name}_sd"] = ("chain", "draw", "response"), drawn["deviations"].values[:, :, i]
        posterior[f"{name}_correlation"] = ("chain", "draw"), drawn["correlations"].values[:, :, i]
    rank, condition = statistics.correlation_rank()
    posterior.attrs = {
        "model": statistics.kind,
        "rows": statistics.count,
        "groups": len(statistics.group_labels),
        "design_rank": rank,
        "design_condition": condition,
        "priors": json.dumps(asdict(priors)),
        "sampler": "nutpie",
        **options,
    }
    stats = trace.sample_stats
    kept = stats[[name for name in ("diverging", "depth", "maxdepth_reached", "n_steps", "step_size", "energy", "logp") if name in stats]]
    kept.attrs = {"max_treedepth": options["max_treedepth"]}
    strata = xr.Dataset(
        {
            "degrees": ("stratum", statistics.degrees),
            "group_size": ("stratum", statistics.group_size),
            "time_size": ("stratum", statistics.time_size),
            "sscp": (("stratum", "column", "column_"), statistics.sscp),
        },
        coords={"column": ["1", *TERMS, *RESPONSES]},
    )
    return arviz.InferenceData(posterior=posterior, sample_stats=kept, constant_data=strata)
