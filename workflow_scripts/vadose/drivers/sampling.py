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
    target_accept: float = 0.8,
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
    chains, warmup, draws, max_treedepth, target_accept : int, int, int, int, float
        Of the sampler; warm-up draws are not kept.
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
    options = {"chains": chains, "warmup": warmup, "draws": draws, "max_treedepth": max_treedepth}
    if min(options.values()) < 1 or not 0 < target_accept < 1 or seed < 0:
        raise ValueError(
            f"sampler: expected positive numbers, target_accept in (0, 1) and seed >= 0, found {options}, {target_accept}, {seed}."
        )
    if not np.isfinite(statistics.sscp).all():
        raise NotEstimable("statistics: not all finite; expected z-scores (drivers.standardise) without infinite values.")
    compiled = _compiled(statistics.kind).with_data(**_data(statistics, priors))
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


def _data(statistics: SufficientStatistics, priors: Priors) -> dict[str, Array]:
    white = whiten(statistics, priors)
    mean, scale = priors.coefficients()
    return {
        "degrees": statistics.degrees,
        "sizes": np.stack([np.ones_like(statistics.group_size), statistics.group_size, statistics.time_size]),
        "sscp": residual_basis(statistics, white.mean.reshape(WIDTH, 2)).reshape(-1, COLUMNS * COLUMNS),
        "constant": np.array([-statistics.count * math.log(2 * math.pi)]),
        "prior_mean": mean.ravel(),
        "prior_scale": scale.ravel(),
        "hyper": priors.numbers()[4:],
        **{f"white_{name}": value for name, value in white._asdict().items()},
    }


@cache
def _compiled(kind: str):
    """The compiled model of one kind; 10-60 s, once per process."""
    import nutpie

    return nutpie.compile_pymc_model(build(kind))


def build(kind: str, statistics: SufficientStatistics | None = None, priors: Priors | None = None):
    """PyMC model of one kind, its data being `statistics`, or zeros of the right shape to be replaced before sampling."""
    import pymc as pm
    import pytensor.tensor as pt

    components = COMPONENTS[kind]
    data = _data(statistics, priors or Priors()) if statistics is not None else _blank(components)
    with pm.Model(coords={"response": RESPONSES, "term": TERMS}) as model:
        given = {name: pm.Data(name, value) for name, value in data.items()}
        shift = pt.dot(given["white_root"], pm.Flat("theta", shape=2 * WIDTH))
        eta = given["white_centre"] + pt.dot(given["white_spread"], pm.Flat("xi", shape=3 * components))
        coefficients = (given["white_mean"] + shift).reshape((WIDTH, 2))
        deviations = [pt.exp(eta[3 * i : 3 * i + 2]) for i in range(components)]
        correlations = [pt.tanh(eta[3 * i + 2]) for i in range(components)]
        pm.Potential("likelihood", _log_likelihood(given, shift, deviations, correlations))
        pm.Potential("coefficient_prior", pm.logp(pm.Normal.dist(given["prior_mean"], given["prior_scale"]), coefficients.ravel()).sum())
        for i in range(components):
            df, scale, lkj = given["hyper"][2 * min(i, 1)], given["hyper"][2 * min(i, 1) + 1], given["hyper"][4 + min(i, 1)]
            narrow = pt.log1p(-pt.sqr(correlations[i]))
            prior = pm.logp(pm.HalfStudentT.dist(df, scale), deviations[i]).sum() + (lkj - 1) * narrow
            pm.Potential(f"{NAMES[i]}_prior", prior + eta[3 * i : 3 * i + 2].sum() + narrow)  # log sigma and atanh rho: their Jacobian
        pm.Deterministic("coefficients", coefficients[1:].T, dims=("response", "term"))
        pm.Deterministic("intercept", coefficients[0], dims="response")
        for i in range(components):
            pm.Deterministic(f"{NAMES[i]}_sd", deviations[i], dims="response")
            pm.Deterministic(f"{NAMES[i]}_correlation", correlations[i])
    return model


def _log_likelihood(given, shift, deviations, correlations):
    """The sum over strata of likelihood.log_likelihood, in the basis of residuals about the whitening's centre."""
    import pytensor.tensor as pt

    contrast = pt.concatenate([-shift.reshape((WIDTH, 2)), pt.eye(2)])
    pairs = [pt.outer(contrast[:, r], contrast[:, q]).ravel() for r, q in ((0, 0), (0, 1), (1, 1))]
    s11, s12, s22 = (pt.dot(given["sscp"], pair) for pair in pairs)
    v11 = sum(given["sizes"][i] * pt.sqr(sd[0]) for i, sd in enumerate(deviations))
    v22 = sum(given["sizes"][i] * pt.sqr(sd[1]) for i, sd in enumerate(deviations))
    v12 = sum(given["sizes"][i] * sd[0] * sd[1] * rho for i, (sd, rho) in enumerate(zip(deviations, correlations)))
    determinant = v11 * v22 - pt.sqr(v12)
    trace = (v22 * s11 - 2 * v12 * s12 + v11 * s22) / determinant
    return given["constant"][0] - 0.5 * pt.sum(given["degrees"] * pt.log(determinant) + trace)


def _blank(components: int) -> dict[str, Array]:
    strata, q = 2, 3 * components
    return {
        "degrees": np.ones(strata),
        "sizes": np.ones((3, strata)),
        "sscp": np.tile(np.eye(COLUMNS).ravel(), (strata, 1)),
        "constant": np.zeros(1),
        "prior_mean": np.zeros(2 * WIDTH),
        "prior_scale": np.ones(2 * WIDTH),
        "hyper": Priors().numbers()[4:],
        "white_centre": np.zeros(q),
        "white_spread": np.eye(q),
        "white_mean": np.zeros(2 * WIDTH),
        "white_root": np.eye(2 * WIDTH),
    }


def _finished(trace: "arviz.InferenceData", statistics: SufficientStatistics, options: dict, priors: Priors) -> "arviz.InferenceData":
    import arviz
    import xarray as xr

    posterior = trace.posterior.drop_vars(["theta", "xi"])
    posterior = posterior.drop_dims([dim for dim in posterior.dims if dim not in ("chain", "draw", "response", "term")])
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
