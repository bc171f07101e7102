"""Correlation of seasonal soil moisture of each layer with annual gross primary productivity, per cell and per
land-cover class.

Input:  soil moisture of the moisture seasons (kg m-2), reasons, annual productivity (g m-2 yr-1), land-cover class.
Output: r, p, q (1) and mask per cell; the supplementary table (means, counts, shares) as CSV and as netCDF.
Reference: study A, sections 2.2 and 3.4 (docs/methods.md#a5).
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies.variability.productivity import (
    DETREND,
    TITLE,
    analysed,
    as_product,
    correlate,
    depth_ranges,
    summarise,
)


def main(
    *,
    seasonal: Path,
    attribution: Path,
    productivity: Path,
    land_cover: Path,
    correlation: Path,
    summary: Path,
    table: Path,
    alpha: float,
    alpha_fdr: float,
) -> None:
    means = products.read(seasonal, "seasonal_soil_moisture")
    annual = products.read(productivity, "annual_productivity")
    reason = products.read(attribution, "attribution")["reason"].values[:, -1]
    cover = products.read(land_cover, "land_cover")["land_cover"].values
    moisture, carbon, years = analysed(means, annual, reason)
    ranges = depth_ranges(means["layer_top"].values, means["layer_bottom"].values)
    axes = {name: means[name] for name in ("season", "layer", "layer_top", "layer_bottom")}
    axes |= {"detrend": list(DETREND), "depth_range": [name for name, _ in ranges]}
    correlated = correlate(moisture, carbon, years, ranges, alpha_fdr)
    labelled = products.cell_coordinates(means).assign_coords(axes).assign(correlated.data_vars)
    grid_cells = means.sizes["grid_lat"] * means.sizes["grid_lon"]
    listed = summarise(labelled, cover, means["area"].values, grid_cells, alpha, alpha_fdr)
    products.write(labelled, correlation, "productivity_correlation")
    products.write(as_product(listed, labelled), summary, "productivity_summary")
    tables.write(listed, table, TITLE, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
