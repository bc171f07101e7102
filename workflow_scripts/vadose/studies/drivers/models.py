"""All driver models of a run: sampled one after another, passed or failed by the gates, and kept as labelled estimates
and thinned draws."""

import atexit
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import time_scales
from vadose.core.arrays import Array
from vadose.core.steps import told
from vadose.statistics import drivers
from vadose.studies.drivers.statistics import BY_TERM, MODEL, statistics_of
from vadose.studies.drivers.status import Status

COLUMNS_OF_TABLE = ("mean", "sd", "q5", "q25", "q50", "q75", "q95", "rhat", "ess_bulk", "ess_tail")
# What one model may die of without taking the others with it.
FAILURES = (np.linalg.LinAlgError, FloatingPointError, RuntimeError, ValueError, ArithmeticError)


class Sampled(NamedTuple):
    """Product "driver_estimates" without its layers' bounds, and draws and sampler statistics as ArviZ reads them."""

    estimates: xr.Dataset
    draws: xr.Dataset
    sampler: xr.Dataset


def seed_of(seed: int, time_scale: str, layer: int, code: int) -> int:
    """Seed of one model: its own, whatever other models a run holds.

    Parameters
    ----------
    seed : int
        Of the run.
    time_scale : str
        Of `vadose.core.time_scales.SCALES`.
    layer : int
        From 0.
    code : int
        Of the ecoregion.
    """
    return int(np.random.SeedSequence((seed, time_scales.SCALES.index(time_scale), layer, code)).generate_state(1)[0])


def compile_below(folder: Path) -> None:
    """Let PyTensor keep what it compiles below `folder`: two jobs that share a place stand in each other's way. Call it
    before anything is sampled."""
    os.environ["PYTENSOR_FLAGS"] = ",".join(
        filter(None, [os.environ.get("PYTENSOR_FLAGS"), f"base_compiledir={folder}"])
    )


def compile_apart(folder: Path) -> None:
    """Let PyTensor keep what it compiles in a new folder below `folder`. It reads the place once, when it is imported,
    so the new folder lasts as long as the process."""
    place = tempfile.TemporaryDirectory(prefix="compile_", dir=folder)
    atexit.register(place.cleanup)
    compile_below(Path(place.name))


def sample_all(
    described: xr.Dataset,
    *,
    priors: Mapping[str, Any],
    seed: int,
    chains: int,
    warmup: int,
    draws: int,
    max_treedepth: int,
    rhat: float,
    ess: float,
    kept: int,
    cores: int | None = None,
) -> Sampled:
    """Draw from every model that can be estimated.

    Parameters
    ----------
    described : Dataset
        Product "driver_statistics".
    priors, chains, warmup, draws, max_treedepth
        As in `drivers.sample`.
    seed : int
        Of the run; every model gets its own from it.
    rhat, ess : float, float
        Gates, as in `drivers.gates`.
    kept : int
        Draws per chain that are kept, evenly thinned; tables and gates use all.
    cores : int, optional
        Chains that run at once.

    Returns
    -------
    Sampled
        A model that fails, or stops with an error of its numbers, has a sentence that says so; the others go on.

    Raises
    ------
    ValueError
        If the priors are out of range.
    """
    drivers.Priors.of(priors)
    shape = tuple(described.sizes[dim] for dim in MODEL)
    status = described["status"].values.astype(np.int8)
    messages = np.where(status == Status.CONVERGED, "", described["message"].values.astype(str)).astype(object)
    kept = min(kept, draws)
    fields = _blank(shape, described.sizes["term"])
    posterior, sampler = _blank_draws(shape, chains, kept, described.sizes["term"])
    for place in told(list(zip(*np.nonzero(status == Status.CONVERGED))), "driver models"):
        labels = [described[dim].values[index] for dim, index in zip(MODEL, place)]
        try:
            trace = drivers.sample(
                statistics_of(described, place),
                priors=priors,
                seed=seed_of(seed, str(labels[0]), int(labels[1]), int(labels[2])),
                chains=chains,
                warmup=warmup,
                draws=draws,
                max_treedepth=max_treedepth,
                cores=cores,
            )
        except drivers.NotEstimable as error:
            status[place] = Status.NOT_ESTIMABLE
            messages[place] = str(error)
            continue
        except FAILURES as error:
            status[place] = Status.FAILED
            messages[place] = f"sampling stopped: {' '.join(str(error).split())[:200]}"
            continue
        checked, table = drivers.checked(trace, rhat=rhat, ess=ess)
        status[place] = Status.CONVERGED if checked.ok else Status.FAILED
        messages[place] = "; ".join(checked.reasons)
        _keep(fields, place, trace, checked, table)
        _keep_draws(posterior, sampler, place, trace, np.unique(np.linspace(0, draws - 1, kept).astype(int)))
    variables = {"status": (MODEL, status), "message": (MODEL, messages)}
    variables |= {name: (BY_TERM if name in COLUMNS_OF_TABLE else MODEL, values) for name, values in fields.items()}
    variables |= {"name": ("ecoregion", described["name"].values)} if "name" in described else {}
    coords = {name: described[name].values for name in ("time_scale", "layer", "ecoregion", "response", "term")}
    estimates = xr.Dataset(variables, coords=coords)
    estimates.attrs["failures"] = "; ".join(f"{name}: {message}" for name, message in failures(estimates)) or "none"
    numbered = coords | {"chain": np.arange(chains), "draw": np.arange(kept)}
    return Sampled(
        estimates,
        xr.Dataset(posterior, coords=numbered),
        xr.Dataset(sampler, coords=numbered).drop_vars(["response", "term"]),
    )


def failures(estimates: xr.Dataset) -> list[tuple[str, str]]:
    """Names and sentences of the models that were sampled and may not be used."""
    return [
        (
            name_of(*(estimates[dim].values[index] for dim, index in zip(MODEL, place))),
            str(estimates["message"].values[place]),
        )
        for place in zip(*np.nonzero(estimates["status"].values == Status.FAILED))
    ]


def name_of(time_scale: str, layer: int, code: int) -> str:
    """How a model is called in sentences."""
    return f"{time_scale}, layer {layer}, ecoregion {code}"


def _blank(shape: tuple[int, ...], terms: int) -> dict[str, Array]:
    fields = {name: np.full((*shape, 2, terms), np.nan) for name in COLUMNS_OF_TABLE}
    fields |= {
        name: np.full(shape, np.nan)
        for name in ("residual_correlation", "largest_rhat", "smallest_ess_bulk", "smallest_ess_tail")
    }
    return fields | {name: np.full(shape, -1, np.int32) for name in ("divergences", "depth_hits")}


def _blank_draws(shape: tuple[int, ...], chains: int, kept: int, terms: int) -> tuple[dict, dict]:
    start = ("chain", "draw", *MODEL)
    posterior = {"coefficients": ((*start, "response", "term"), np.full((chains, kept, *shape, 2, terms), np.nan))}
    posterior |= {
        name: ((*start, "response"), np.full((chains, kept, *shape, 2), np.nan))
        for name in ("intercept", "residual_sd")
    }
    posterior["residual_correlation"] = (start, np.full((chains, kept, *shape), np.nan))
    # Whole numbers have no missing value: -1 where a model was not sampled.
    sampler = {name: (start, np.full((chains, kept, *shape), -1, np.int8)) for name in ("diverging", "depth")}
    return posterior, sampler


def _keep(fields: dict, place: tuple, trace, checked: drivers.Gates, table: pd.DataFrame) -> None:
    for name in COLUMNS_OF_TABLE:  # of both responses, term by term
        fields[name][place] = table[name].to_numpy().reshape(-1, len(drivers.RESPONSES)).T
    fields["residual_correlation"][place] = float(trace.posterior["residual_correlation"].mean())
    fields["largest_rhat"][place], fields["divergences"][place], fields["depth_hits"][place] = (
        checked.rhat,
        checked.divergences,
        checked.depth_hits,
    )
    fields["smallest_ess_bulk"][place], fields["smallest_ess_tail"][place] = checked.ess_bulk, checked.ess_tail


def _keep_draws(posterior: dict, sampler: dict, place: tuple, trace, chosen: Array) -> None:
    for source, target in ((trace.posterior, posterior), (trace.sample_stats, sampler)):
        for name, (dims, values) in target.items():
            drawn = source[name].isel(draw=chosen).transpose(*(dim for dim in dims if dim not in MODEL)).values
            values[(slice(None), slice(None), *place)] = drawn
