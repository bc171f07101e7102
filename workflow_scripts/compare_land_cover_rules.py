"""Correlation of soil moisture with productivity per land-cover class under three rules of land cover, with intervals
over years.

Input:  soil moisture of the moisture seasons (kg m-2), reasons, annual productivity (g m-2 yr-1), land cover with the
pixels of each cell by IGBP class. Output: means of classes from resampled years (1); two tables.
Reference: docs/methods.md#c5, docs/methods.md#c1.
"""

from pathlib import Path

import numpy as np

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies.variability import correlation_resamples, land_cover_rules, productivity


def main(
    *,
    seasonal: Path,
    attribution: Path,
    annual: Path,
    land_cover: Path,
    resampled: Path,
    correlations: Path,
    counted: Path,
    mode: str,
    min_share: float,
    alpha: float,
    resamples: int,
    seed: int,
) -> None:
    means, cover = products.read(seasonal, "seasonal_soil_moisture"), products.read(land_cover, "land_cover")
    reason = products.read(attribution, "attribution")["reason"].values[:, -1]
    moisture, carbon, years = productivity.analysed(means, products.read(annual, "annual_productivity"), reason)
    ranges = productivity.depth_ranges(means["layer_top"].values, means["layer_bottom"].values)
    columns = productivity.columns_of(moisture, ranges)
    names = list(land_cover_rules.rules_of(mode, min_share))
    classes = land_cover_rules.classes(cover["pixels"].values, mode, min_share)
    area = means["area"].values
    levels = {"alpha": alpha, "resamples": resamples, "seed": seed}
    outcome = correlation_resamples.resampled(columns, carbon, years, area, classes, **levels)
    labels = productivity.labels_of(means["season"].values, means["layer"].values, ranges)
    product = correlation_resamples.as_product(outcome, names, labels, classes, products.cell_coordinates(means))
    products.write(product, resampled, "correlation_resamples")
    listed = correlation_resamples.table(outcome, names, labels)
    tables.write(listed, correlations, correlation_resamples.TITLE, study="variability")
    dominant = cover["dominant"].values.astype(np.int64)
    listed = land_cover_rules.count(classes, names, dominant, area)
    tables.write(listed, counted, land_cover_rules.TITLE, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
