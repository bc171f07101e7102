"""What is left of negative dependence given evapotranspiration and air temperature, over all land and by region.

Input:  merged partial dependence; regions where there are any. Output: table as CSV, shares and correlations (1).
Reference: docs/methods.md#c9.
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.mechanism import partial_dependence


def main(*, partials: Path, ecoregions: Path | None, tabulated: Path) -> None:
    measured = products.read(partials, "partial_dependence")
    axis = products.read(ecoregions, "ecoregions") if ecoregions else None
    codes, names = (None, None) if axis is None else (axis["ecoregion"].values, regions.names_of(axis))
    left = partial_dependence.table(measured, codes, names)
    tables.write(left, tabulated, partial_dependence.TITLE, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
