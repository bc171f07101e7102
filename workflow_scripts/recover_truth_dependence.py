"""Planted against recovered dependence of the synthetic Earth: Kendall's tau, lags and tails by planted truth.

Input:  planted truth, lags and copulas on the same cells.
Output: table with tolerances (CSV; tau and shares 1, lags months) and figure.
Reference: docs/methods.md#b2, #b3.
"""

from pathlib import Path

from vadose.figures import bundle, journal
from vadose.figures.dependence.recovery import recovery_figure
from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies.dependence import recovery


def main(*, truth: Path, lags: Path, copulas: Path, table: Path, figures: list[Path], look: dict) -> None:
    journal.use(look)
    planted = products.read(truth, "truth_dependence")
    measured = products.read(lags, "lags")
    fitted = products.read(copulas, "copulas")
    compared, found_lags, found_tails = recovery.compare(planted, measured, fitted)
    tables.write(compared, table, recovery.TITLE, study="dependence")
    drawn = recovery_figure(compared, found_lags, found_tails)
    bundle.save(drawn.figure, figures[0].with_suffix(""), drawn.data, drawn.caption, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
