"""Planted against recovered controls (by region) and drivers (by ecoregion) of the synthetic Earth.

Input:  planted truth, controls, statistics and estimates of the driver models (1).
Output: planted, recovered, tolerance and whether it is within, as CSV (1).
"""

from pathlib import Path

import pandas as pd

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import planted
from vadose.studies.controls.recovery import recovered_controls
from vadose.studies.drivers.recovery import recovered_drivers

TITLE = (
    "Planted against recovered controls and drivers: dominant control and mean shares by region, monthly driver "
    "coefficients and signs by "
    "ecoregion, with tolerances (1)."
)


def main(*, truth: Path, controls: Path | None, statistics: Path | None, estimates: Path | None, table: Path) -> None:
    planted_truth = products.read(truth, "truth_dependence")
    rows = []
    if controls:
        rows += recovered_controls(planted_truth, products.read(controls, "controls"))
    if statistics and estimates:
        rows += recovered_drivers(
            planted_truth, products.read(estimates, "driver_estimates"), products.read(statistics, "driver_statistics")
        )
    tables.write(pd.DataFrame(rows, columns=planted.COLUMNS), table, TITLE, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
