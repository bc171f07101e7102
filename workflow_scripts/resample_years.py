"""Headline numbers of study A with intervals over years: each number again from resampled years of all cells.

Input:  merged soil moisture of the moisture seasons (kg m-2) and attribution (which cells take part).
Output: one row per period, number and weighting: estimate, 95 % interval over years, standard error, effective years.
Reference: docs/methods.md#c1.
"""

from pathlib import Path

import numpy as np

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.statistics.quality import Reason
from vadose.studies.variability import intervals


def main(*, seasonal: Path, attribution: Path, table: Path, resamples: int, seed: int) -> None:
    means, attributed = products.read(seasonal, "seasonal_soil_moisture"), products.read(attribution, "attribution")
    year_intervals = intervals.table(
        means["soil_moisture"].values,
        means["year"].values,
        np.equal(attributed["reason"].values, Reason.OK),
        means["area"].values,
        [str(period) for period in attributed["period"].values],
        ([str(season) for season in means["season"].values], list(means["layer"].values)),
        resamples=resamples,
        seed=seed,
    )
    tables.write(year_intervals, table, intervals.TITLE, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
