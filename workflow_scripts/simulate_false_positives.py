"""How often each trend test finds a trend in series that have none: Gaussian AR(1) series of the lengths and memories
of study A.

Output: rates (1) with their standard errors, and what theory expects of the plain test, as CSV.
Reference: Hamed and Rao 1998; Hamed 2008; Collaud Coen et al. 2020 (docs/methods.md#a4).
"""

from pathlib import Path

from vadose.files import tables
from vadose.files.jobs import run
from vadose.statistics.trend.tests import choose, false_positives

TITLE = (
    "False positives: share (1) of trend-free AR(1) series in which each test finds a trend, by length (years) and "
    "lag-1 autocorrelation, with its "
    "standard error, and what theory expects of plain Mann-Kendall."
)


def main(
    *, table: Path, tests: list[str], resamples: int, block_years: int | None, simulations: int, alpha: float, seed: int
) -> None:
    chosen = choose(tests, resamples=resamples, block_years=block_years, seed=seed)
    tables.write(false_positives(chosen, simulations, seed, alpha), table, TITLE, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
