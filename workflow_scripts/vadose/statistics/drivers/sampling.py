"""Draws of the driver models: one PyMC model per kind, compiled once per process, then given the statistics of one
model after another."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from vadose.core.arrays import Array
from vadose.statistics.drivers import density
from vadose.statistics.drivers.priors import Priors
from vadose.statistics.drivers.statistics import SufficientStatistics
from vadose.statistics.drivers.terms import PUBLISHED, RESPONSES, NotEstimable
from vadose.statistics.drivers.whitening import COMPONENTS, Whitening, residual_basis, whiten

if TYPE_CHECKING:
    import arviz


NAMES = ("residual", "group", "time")


def sample(
    statistics: SufficientStatistics,
    *,
    priors: Priors | Mapping[str, Any] | None = None,
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
        The default is 0.8 for pooled rows and 0.95 with varying intercepts (measured: with three cells 0.8 gives 4 to
        12 divergences of 8000 draws, 0.9 a few, 0.95 none).
    cores : int, optional
        Chains that run at once; the default is one per chain, up to the machine.

    Returns
    -------
    arviz.InferenceData
        `posterior`: coefficients (chain, draw, response, term), intercept (chain, draw, response), residual_sd (..,
        response), residual_correlation, and group_sd, group_correlation, time_sd, time_correlation where the kind has
        them. `sample_stats`: divergences, tree depth. `constant_data`: the statistics, because a potential leaves no
        pointwise likelihood behind. No value depends on the clock.

    Raises
    ------
    NotEstimable
        If the statistics are not finite.
    ValueError
        If an option or a prior is out of range.

    Notes
    -----
    The sampler sees theta and xi of `whitening.whiten`; likelihood and priors are those of docs/models.md#priors in B,
    sigma, tau and rho, with the Jacobian of log sigma and atanh rho. The linear part of the change has a constant
    Jacobian.

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
            f"sampler: expected positive numbers, target_accept in (0, 1) and seed >= 0, found {options}, "
            f"{target_accept}, {seed}."
        )
    if not np.isfinite(statistics.sscp).all():
        raise NotEstimable(
            "statistics: not all finite; expected z-scores (drivers.standardise) without infinite values."
        )
    white = whiten(statistics, priors)
    compiled = _compiled(statistics.kind, statistics.terms.width).with_data(**model_data(statistics, priors, white))
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
    return _finished(trace, white, statistics, {**options, "seed": seed, "target_accept": target_accept}, priors)


def model_data(statistics: SufficientStatistics, priors: Priors, white: Whitening) -> dict[str, Array]:
    """Data of the compiled model: strata in the basis of residuals, and all else in one vector."""
    components, terms = COMPONENTS[statistics.kind], statistics.terms
    sizes = np.stack([np.ones_like(statistics.group_size), statistics.group_size, statistics.time_size], axis=1)[
        :, :components
    ]
    sscp = residual_basis(statistics, white.mean.reshape(-1, 2)).reshape(-1, terms.columns**2)
    constant = -statistics.count * math.log(2 * math.pi)
    prior_mean, prior_scale = priors.coefficients(terms)
    fixed = density.pack(
        constant,
        prior_mean,
        prior_scale,
        white.mean,
        white.root,
        df=priors.components(components, "df"),
        scale=priors.components(components, "scale"),
        lkj=priors.components(components, "lkj"),
        centre=white.centre,
        spread=white.spread,
    )
    return {"strata": np.column_stack([statistics.degrees, sizes, sscp]), "fixed": fixed}


@cache
def _compiled(kind: str, terms: int = PUBLISHED.width):
    """The compiled model of one kind and number of terms with the constant, once per process."""
    import nutpie
    import pytensor

    # nutpie compiles by numba; the C compiler would only be asked for shapes, and complain of a missing BLAS. Fast
    # arithmetic would round the density by how it is compiled: newly, or taken from numba's cache.
    with pytensor.config.change_flags(cxx="", numba__fastmath=False):
        return nutpie.compile_pymc_model(build(kind, terms))


def build(kind: str, terms: int = PUBLISHED.width):
    """PyMC model of one kind and number of terms with the constant, in whitened coordinates, on blank data to be
    replaced; only the number of strata changes from model to model."""
    import pymc as pm

    components, size = COMPONENTS[kind], 2 * terms
    width = 1 + components + (terms + 2) ** 2
    ones = np.ones(components)
    start = density.pack(
        0.0,
        np.zeros(size),
        np.ones(size),
        np.zeros(size),
        np.eye(size),
        df=ones,
        scale=ones,
        lkj=ones,
        centre=np.zeros(3 * components),
        spread=np.eye(3 * components),
    )
    with pm.Model() as model:
        strata = pm.Data("strata", np.ones((2, width)), shape=(None, width))
        fixed = pm.Data("fixed", start, shape=start.shape)
        theta = pm.Flat("theta", shape=size)
        xi = pm.Flat("xi", shape=3 * components)
        pm.Potential("log_density", density.operation()(theta, xi, strata, fixed)[0])
    return model


def _finished(
    trace: "arviz.InferenceData", white: Whitening, statistics: SufficientStatistics, options: dict, priors: Priors
) -> "arviz.InferenceData":
    import arviz
    import xarray as xr

    theta, xi = trace.posterior["theta"].values, trace.posterior["xi"].values
    coefficients = (white.mean + theta @ white.root.T).reshape(*theta.shape[:2], statistics.terms.width, 2)
    eta = (white.centre + xi @ white.spread.T).reshape(*xi.shape[:2], -1, 3)
    posterior = xr.Dataset(
        {
            "coefficients": (("chain", "draw", "response", "term"), np.swapaxes(coefficients[:, :, 1:], 2, 3)),
            "intercept": (("chain", "draw", "response"), coefficients[:, :, 0]),
        },
        coords={
            "chain": np.arange(theta.shape[0]),
            "draw": np.arange(theta.shape[1]),
            "response": list(RESPONSES),
            "term": list(statistics.terms.names),
        },
    )
    for i, name in enumerate(NAMES[: COMPONENTS[statistics.kind]]):
        posterior[f"{name}_sd"] = ("chain", "draw", "response"), np.exp(eta[:, :, i, :2])
        posterior[f"{name}_correlation"] = ("chain", "draw"), np.tanh(eta[:, :, i, 2])
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
    kept = stats[
        [
            name
            for name in ("diverging", "depth", "maxdepth_reached", "n_steps", "step_size", "energy", "logp")
            if name in stats
        ]
    ]
    kept.attrs = {"max_treedepth": options["max_treedepth"]}
    strata = xr.Dataset(
        {
            "degrees": ("stratum", statistics.degrees),
            "group_size": ("stratum", statistics.group_size),
            "time_size": ("stratum", statistics.time_size),
            "sscp": (("stratum", "column", "column_"), statistics.sscp),
        },
        coords={"column": ["1", *statistics.terms.names, *RESPONSES]},
    )
    return arviz.InferenceData(posterior=posterior, sample_stats=kept, constant_data=strata)
