"""Change of monthly dependence within the record over all land and by region.

Input:  merged tests of change; regions where there are any. Output: table as CSV; tau-b and shares (1), years.
Reference: docs/methods.md#b3.
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.mechanism import changes


def main(*, measured: Path, ecoregions: Path | None, tabulated: Path, alpha: float, alpha_fdr: float) -> None:
    merged = products.read(measured, "dependence_changes")
    axis = products.read(ecoregions, "ecoregions") if ecoregions else None
    codes, names = (None, None) if axis is None else (axis["ecoregion"].values, regions.names_of(axis))
    listed = changes.table(merged, alpha, alpha_fdr, codes, names)
    tables.write(listed, tabulated, changes.TITLE, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
