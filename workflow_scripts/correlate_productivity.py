"""Correlation of seasonal soil moisture of each layer with annual gross primary productivity, per cell and per
land-cover class.

Input:  soil moisture of the moisture seasons (kg m-2), reasons, annual productivity (g m-2 yr-1), land-cover class.
Output: r, p, q (1) and mask per cell; the supplementary table (means, counts, shares) as CSV and as netCDF.
Reference: study A, sections 2.2 and 3.4 (docs/methods.md#a5).
"""

from pathlib import Path

import numpy as np

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.statistics import quality
from vadose.studies.variability.productivity import DETREND, as_product, correlate, depth_ranges, summarise

TITLE = (
    "Correlation of soil moisture with annual gross primary productivity by land-cover class, season and layer: mean r "
    "and p over valid cells, "
    "by cell and by area (1), numbers of cells, and shares of significant cells (1) of valid cells, of all land cells "
    "and of all cells of the grid."
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
    means, carbon = (
        products.read(seasonal, "seasonal_soil_moisture"),
        products.read(productivity, "annual_productivity"),
    )
    reason = products.read(attribution, "attribution")["reason"].values[:, -1]
    cover = products.read(land_cover, "land_cover")["land_cover"].values
    years = np.intersect1d(means["year"].values, carbon["year"].values)
    if years.size == 0:
        raise ValueError(
            f"{productivity}: expected years in common with soil moisture, found none. Check "
            "variability.productivity_years."
        )
    moisture = means["soil_moisture"].sel(year=years).values
    moisture[~np.isin(reason, (quality.Reason.OK, quality.Reason.CONSTANT))] = np.nan
    ranges = depth_ranges(means["layer_top"].values, means["layer_bottom"].values)
    gpp = carbon["gross_primary_productivity"].sel(year=years).values.astype(float)
    found = correlate(moisture, gpp, years, ranges, alpha_fdr)
    names = {"detrend": list(DETREND)} | {
        name: means[name] for name in ("season", "layer", "layer_top", "layer_bottom")
    }
    cells = products.cell_coordinates(means)
    found = cells.assign_coords(names | {"depth_range": [name for name, _ in ranges]}).assign(found.data_vars)
    grid_cells = means.sizes["grid_lat"] * means.sizes["grid_lon"]
    listed = summarise(found, cover, means["area"].values, grid_cells, alpha, alpha_fdr)
    products.write(found, correlation, "productivity_correlation")
    products.write(as_product(listed, found), summary, "productivity_summary")
    tables.write(listed, table, TITLE, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
