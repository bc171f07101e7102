"""The step at the splice of two product versions, and the share of the trend in windows of equal length against its
share without any trend.

Input:  soil moisture of the moisture seasons, kg m-2; reasons why cells take part or not.
Output: step (kg m-2), its p, q and mask; share of the trend (1), adjusted r2 (1), share expected without trend (1) and
p, per window of years. Reference: Prais and Winsten 1954; Wilks 2016; docs/methods.md#d0.
"""

from pathlib import Path

import numpy as np

from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics import quality
from vadose.studies.variability.splice import steps, trend_shares


def main(
    *,
    seasonal: Path,
    attribution: Path,
    splice: Path,
    periods: list[tuple[int, int]],
    splice_year: int | None,
    alpha_fdr: float,
    simulations: int,
    seed: int,
) -> None:
    means = products.read(seasonal, "seasonal_soil_moisture")
    years = means["year"].values.astype(float)
    analysed = (products.read(attribution, "attribution")["reason"].values == quality.Reason.OK).all(axis=1)
    total = np.where(analysed[:, None], means["soil_moisture"].values.sum(axis=3).mean(axis=2), np.nan)
    product = products.cell_coordinates(means)
    product = product.merge(trend_shares(total, years, periods, simulations=simulations, seed=seed))
    if splice_year is not None and years[0] < splice_year <= years[-1]:
        product = product.merge(steps(total, years, splice_year, alpha_fdr))
    products.write(product, splice, "splice")


if __name__ == "__main__":
    run(main, snakemake)
