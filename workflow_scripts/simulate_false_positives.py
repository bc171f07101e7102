"""How often each test of study A finds a trend, or a step, in series that have none: Gaussian AR(1) series of the
lengths of the run's periods and record. It depends on no data, and is taken from an earlier run of the same settings.

Output: rates (1) with their standard errors, and what theory expects of the plain test, as CSV.
Reference: Hamed and Rao 1998; Hamed 2008; Collaud Coen et al. 2020 (docs/methods.md#a4, #d0).
"""

from pathlib import Path

from vadose.files import tables
from vadose.files.jobs import run
from vadose.studies.variability import null_table

TITLE = (
    "False positives: share (1) of trend-free AR(1) series in which each test finds a trend, or a step, by length "
    "(years) and lag-1 autocorrelation, with its standard error, and what theory expects of plain Mann-Kendall. One "
    "less the rate of block_bootstrap at 0.05 is the coverage of the 95 % interval of the slope."
)


def main(
    *,
    table: Path,
    tests: list[str],
    resamples: int,
    block_years: int | None,
    simulations: int,
    lengths: list[int],
    split: float,
    alpha: float,
    seed: int,
) -> None:
    chosen = null_table.every_test(
        tests, resamples=resamples, block_years=block_years, simulations=simulations, split=split, seed=seed
    )
    rates = null_table.rates(chosen, simulations, seed, alpha, lengths)
    tables.write(rates, table, TITLE, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
