"""WWF ecoregion of each cell of the dependence study.

Input:  cells; list with the shapefile of the ecoregions (or its ZIP). Output: ecoregion code (cell), 0 where no
ecoregion covers the cell. Reference: Olson et al. (2001), doi:10.1641/0006-3568(2001)051[0933:TEOTWA]2.0.CO;2
(docs/methods.md#b1).
"""

from pathlib import Path

import numpy as np

from vadose.core.cells import grid_of, pack
from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats import wwf_ecoregions


def main(*, cells: Path, files: Path, ecoregions: Path, rule: str, raw: Path) -> None:
    axis = products.read(cells, "cells")
    grid = grid_of(axis)
    codes = wwf_ecoregions.read(inventory.read(files, raw)[0], grid.lat, grid.lon, rule=rule)["biome"]
    packed = pack(codes.values, axis)
    products.write(
        products.cell_coordinates(axis).assign(
            ecoregion=("cell", np.where(np.isfinite(packed), packed, 0).astype(np.int8))
        ),
        ecoregions,
        "ecoregions",
    )


if __name__ == "__main__":
    run(main, snakemake)
