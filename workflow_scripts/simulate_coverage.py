"""Coverage of the intervals of driver coefficients where rows are correlated in space and time, by simulation.

Output: coverage (1) of nominal 95 % intervals of each kind with its standard error, as CSV.
Reference: Driscoll and Kraay 1998; Cameron and Miller 2015 (docs/models.md#cluster-robust-errors).
"""

from pathlib import Path

from vadose.files import tables
from vadose.files.jobs import run
from vadose.statistics.drivers import coverage

TITLE = (
    "Coverage (1) of nominal 95 % intervals of driver coefficients where residuals and predictors are correlated in "
    "space and time: the model's own, "
    "Driscoll-Kraay, and clustered by month and by year; relative width is 1 where the mean width is right."
)


def main(*, table: Path, simulations: int, seed: int) -> None:
    tables.write(coverage.coverage(simulations, seed), table, TITLE, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
