"""One covariate of a user's own that has no time on the packed cells of the dependence study.

Input:  cells; list of the file of the data set.
Output: the covariate (cell), means over the area of each cell in the unit of the file, which the note names.
Reference: docs/methods.md#b5.
"""

from pathlib import Path

from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats.generic import constant


def main(*, cells: Path, files: Path, field: Path, name: str, min_valid: float, options: dict, raw: Path) -> None:
    axis = products.read(cells, "cells")
    values, unit = constant.of_cells(inventory.read(files, raw), axis, min_valid=min_valid, **options)
    labelled = products.cell_coordinates(axis).assign(static_covariate=("cell", values))
    products.write(labelled.assign_attrs(note=f"{name}, in {unit}"), field, "static_covariate")


if __name__ == "__main__":
    run(main, snakemake)
