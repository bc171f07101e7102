"""Headline numbers of the dependence on precipitation with intervals over years.

Input:  sums over the cells of each tile, for the record and each resample of years.
Output: one row per number, region and weighting: estimate, 95 % interval over years, standard error, cells; shares 0 to
1; and the numbers of all cells in every resample. Reference: docs/methods.md#c1.
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies.dependence import intervals


def main(*, tiles: list[Path], table: Path, resampled: Path, years: int) -> None:
    sums = (products.read(path, "dependence_year_sums") for path in tiles)
    frame, replicates = intervals.table(sums, years)
    tables.write(frame, table, intervals.TITLE, study="dependence")
    products.write(replicates, resampled, "dependence_resamples")


if __name__ == "__main__":
    run(main, snakemake)
