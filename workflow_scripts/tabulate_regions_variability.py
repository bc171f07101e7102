"""Tables of study A by region: headline numbers with intervals over years, shares of variance, trends and their tests.

Input:  merged products of the variability study, regions of its cells, false positives of the tests.
Output: tables as CSV, one block of rows a region; units as in the tables of all cells.
Reference: docs/methods.md#a4, #c1.
"""

from pathlib import Path

import pandas as pd

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.variability import regions as variability_regions


def main(
    *,
    attribution: Path,
    trends: Path,
    splice: Path,
    seasonal: Path,
    ecoregions: Path,
    false_positives: Path,
    tabulated: list[Path],
    settings: dict,
) -> None:
    axis = products.read(ecoregions, "ecoregions")
    merged = variability_regions.Merged(
        products.read(attribution, "attribution"),
        products.read(trends, "trends"),
        products.read(splice, "splice"),
        products.read(seasonal, "seasonal_soil_moisture"),
    )
    tables_by_name = variability_regions.by_region(
        merged,
        axis["ecoregion"].values,
        regions.names_of(axis),
        pd.read_csv(false_positives),
        variability_regions.Settings(**settings),
    )
    for path in tabulated:
        table = tables_by_name.get(path.stem, pd.DataFrame(columns=["region", "region_name"]))
        tables.write(table, path, variability_regions.TITLES[path.stem], study="variability")


if __name__ == "__main__":
    run(main, snakemake)
