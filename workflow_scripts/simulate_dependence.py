"""What selection recovers of simulated copulas, and what a shared season alone makes of independent series.

Output: share of correct families and bias of tau by family and length; share of cells called negative by phase of the
seasons; CSV (1). Reference: docs/methods.md#b2.
"""

from pathlib import Path

from vadose.files import tables
from vadose.files.jobs import run
from vadose.studies.dependence import null


def main(
    *,
    families: Path,
    season: Path,
    lengths: dict[str, int],
    simulations: int,
    preselect: bool,
    resamples: int,
    seed: int,
) -> None:
    recovered = null.recovered_families(lengths, simulations, preselect=preselect, seed=seed)
    tables.write(recovered, families, null.TITLES["families"], study="dependence")
    called = null.shared_season(simulations, lengths["monthly"], preselect=preselect, resamples=resamples, seed=seed)
    tables.write(called, season, null.TITLES["season"], study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
