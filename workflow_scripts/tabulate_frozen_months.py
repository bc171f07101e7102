"""Dependence and controls with and without frozen months, by layer and region.

Input:  the merged comparison of all, thawed and frozen months; regions where they are prepared. Output: CSV, shares (1)
of cells and of area. Reference: docs/methods.md#c7.
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.dependence import month_sets


def main(*, compared: Path, ecoregions: Path | None, table: Path) -> None:
    axis = products.read(ecoregions, "ecoregions") if ecoregions else None
    codes, names = (None, {}) if axis is None else (axis["ecoregion"].values, regions.names_of(axis))
    listed = month_sets.table(products.read(compared, "frozen_months"), codes, names)
    tables.write(listed, table, month_sets.TITLE, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
