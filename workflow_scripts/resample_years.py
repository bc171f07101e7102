"""Headline numbers of study A with intervals over years: each number again from resampled years of all cells.

Input:  merged soil moisture of the moisture seasons (kg m-2) and attribution (which cells take part).
Output: one row per period, number and weighting: estimate, 95 % interval over years, standard error, effective years;
and the numbers of each resample.
Reference: docs/methods.md#c1.
"""

from pathlib import Path

import numpy as np

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.statistics.quality import Reason
from vadose.statistics.trend_forms import Form
from vadose.studies.variability import intervals, splice


def main(
    *,
    seasonal: Path,
    attribution: Path,
    table: Path | None,
    resampled: Path | None = None,
    resamples: int,
    seed: int,
    alpha: float = 0.05,
    alpha_fdr: float = 0.1,
    splice_year: int | None = None,
    form: dict | None = None,
) -> None:
    means, attributed = products.read(seasonal, "seasonal_soil_moisture"), products.read(attribution, "attribution")
    periods = [str(period) for period in attributed["period"].values]
    names = [str(season) for season in means["season"].values], list(means["layer"].values)
    analysed = np.equal(attributed["reason"].values, Reason.OK)
    moisture, years, area = (means[name].values for name in ("soil_moisture", "year", "area"))
    draws, levels = {"resamples": resamples, "seed": seed}, intervals.Levels(alpha, alpha_fdr)
    trend = Form(**(form or {}))
    headline = intervals.resampled(moisture, years, analysed, area, periods, levels=levels, form=trend, **draws)
    if table:
        tables.write(intervals.tabulate(headline, names, periods), table, intervals.TITLE, study="variability")
    if resampled:
        product = intervals.as_product(headline, names, periods)
        if splice_year is not None and years[0] < splice_year <= years[-1]:
            total = np.where(analysed.all(axis=1)[:, None], moisture.sum(axis=3).mean(axis=2), np.nan)
            product = product.assign(splice.step_variables(total, years.astype(float), splice_year, area, **draws))
        products.write(product, resampled, "year_resamples")


if __name__ == "__main__":
    run(main, snakemake)
