"""Change of annual soil moisture, total and by layer, at a year that is not known beforehand.

Input:  soil moisture of the moisture seasons, kg m-2; reasons why cells take part or not.
Output: first year after the change, step (kg m-2), p, q and mask (1), per statistic and series; a table as CSV.
Reference: Pettitt 1979; Wilks 2016; docs/methods.md#d0.
"""

from pathlib import Path

import numpy as np

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.statistics import quality
from vadose.studies.variability import change_points, results


def main(
    *,
    seasonal: Path,
    attribution: Path,
    changes: Path,
    tabulated: Path,
    splice_year: int | None,
    alpha: float,
    alpha_fdr: float,
    simulations: int,
    seed: int,
) -> None:
    means = products.read(seasonal, "seasonal_soil_moisture")
    analysed = (products.read(attribution, "attribution")["reason"].values == quality.Reason.OK).all(axis=1)
    values, names = results.yearly_series(means["soil_moisture"].values, means["layer"].values, means["season"].values)
    chosen = 1 + means.sizes["layer"]  # the total and the layers, not the seasons
    series = np.where(analysed[:, None, None], values[:, :chosen], np.nan)
    years = means["year"].values.astype(float)
    measured = change_points.measure(series, years, list(names[:chosen]), alpha_fdr, simulations=simulations, seed=seed)
    labelled = products.cell_coordinates(means).merge(measured)
    products.write(labelled, changes, "change_points")
    listed = change_points.table(labelled, alpha, splice_year)
    tables.write(listed, tabulated, change_points.TITLE, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
