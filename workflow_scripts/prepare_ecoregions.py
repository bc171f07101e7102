"""WWF ecoregion, or other region, of each cell of a study.

Input:  cells; list with the file of the regions (of WWF's ecoregions a shapefile or its ZIP). Output: code of the
region (cell), 0 where none covers the cell, and the names of other regions than WWF's.
Reference: Olson et al. (2001), doi:10.1641/0006-3568(2001)051[0933:TEOTWA]2.0.CO;2 (docs/methods.md#b1).
"""

from pathlib import Path

from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats import region_maps


def main(*, cells: Path, files: Path, ecoregions: Path, product: str, options: dict, raw: Path) -> None:
    axis = products.read(cells, "cells")
    mapped = region_maps.of_cells(product, inventory.read(files, raw), axis, options)
    labelled = products.cell_coordinates(axis).assign(mapped.data_vars)
    products.write(labelled.assign_attrs(mapped.attrs), ecoregions, "ecoregions")


if __name__ == "__main__":
    run(main, snakemake)
