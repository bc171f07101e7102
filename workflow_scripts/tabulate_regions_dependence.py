"""Tables of study B by region: families, tails, lags, reasons, controls, headline numbers with intervals over years.

Input:  merged copulas, lags and controls, regions of the cells, table of intervals over years.
Output: tables as CSV, one block of rows a region; units as in the tables of all cells.
Reference: docs/methods.md#b2, #b4, #b7, #c1.
"""

from pathlib import Path

import pandas as pd

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.controls import intervals
from vadose.studies.dependence import regions as dependence_regions


def main(
    *,
    copulas: Path,
    lags: Path,
    controls: Path | None,
    ecoregions: Path,
    over_years: Path,
    sums: list[Path],
    tabulated: list[Path],
    alpha: float,
    alpha_fdr: float,
    years: int,
) -> None:
    axis = products.read(ecoregions, "ecoregions")
    merged = dependence_regions.Merged(
        products.read(copulas, "copulas"),
        products.read(lags, "lags"),
        products.read(controls, "controls") if controls else None,
    )
    tables_by_name = dependence_regions.by_region(
        merged,
        axis["ecoregion"].values,
        regions.names_of(axis),
        pd.read_csv(over_years, dtype={"region": str}),
        (alpha, alpha_fdr),
    )
    if sums:
        of_tiles = (products.read(path, "control_year_sums") for path in sums)
        tables_by_name["control_year_intervals_by_region"] = intervals.by_region(
            of_tiles, years, regions.names_of(axis)
        )
    for path in tabulated:
        table = tables_by_name.get(path.stem, pd.DataFrame(columns=["region", "region_name"]))
        tables.write(table, path, dependence_regions.TITLES[path.stem], study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
