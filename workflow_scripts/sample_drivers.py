"""Bayesian driver models of precipitation and soil moisture: every ecoregion, layer and time scale in one process,
which compiles once.

Input:  sufficient statistics of z-scores (1).
Output: posterior estimates with R-hat and effective sample sizes (1), outcome of every model; thinned draws as ArviZ
reads them. Reference: study B, equation 6; Buerkner 2017; Hoffman and Gelman 2014 (docs/methods.md#b5).
"""

from pathlib import Path

from vadose.files import products
from vadose.files.draws import write_draws
from vadose.files.jobs import run
from vadose.studies.drivers import models


def main(
    *,
    statistics: Path,
    estimates: Path,
    draws: Path,
    priors: dict,
    seed: int,
    sampler: dict[str, int],
    rhat: float,
    ess: float,
    kept: int,
    cores: int,
) -> None:
    described = products.read(statistics, "driver_statistics")
    models.compile_apart(estimates.parent)
    sampled = models.sample_all(
        described, priors=priors, seed=seed, **sampler, rhat=rhat, ess=ess, kept=kept, cores=cores
    )
    bounds = {name: described[name] for name in ("layer", "layer_top", "layer_bottom")}
    for name, message in models.failures(sampled.estimates):
        print(f"failed: {name}: {message}")
    write_draws(sampled.draws, sampled.sampler, draws)
    products.write(sampled.estimates.assign_coords(bounds), estimates, "driver_estimates")


if __name__ == "__main__":
    run(main, snakemake)
