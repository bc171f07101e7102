"""Land cells of a study: those of its grid where the soil-moisture product has values in its first files.

Input:  list of product files. Output: cells with row, column, area (m2), latitude and longitude (degrees).
"""

from pathlib import Path

import numpy as np

from vadose.core.cells import locate
from vadose.core.grid import Grid, regrid
from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats import months

FILES = 12  # ASSUME: a cell that is missing throughout the first twelve files is no land cell


def main(*, files: list[Path], cells: Path, product: str, grid: dict, min_valid: float) -> None:
    target = Grid.regular(grid["spacing"], grid["south"], grid["north"], grid["west"], grid["east"])
    land = np.zeros(target.shape, bool)
    for path in [path for listed in files for path in inventory.read(listed)][:FILES]:
        field = months.reader(product).read(path, variables=("soil_moisture",))["soil_moisture"]
        source = Grid(field["lat"].values, field["lon"].values)
        there = np.isfinite(field.values).any(axis=(0, 1))
        land |= np.isfinite(regrid(np.where(there, 1.0, np.nan), source, target, min_valid))
    products.write(locate(land, target), cells, "cells")


if __name__ == "__main__":
    run(main, snakemake)
