"""How far the newer version of a product lies from the older one, by calendar month, over the years that both have.

Input:  cells; lists of files of the older and the newer version.
Output: shift (cell, layer, month), kg m-2, to be added to the older version.
Reference: docs/methods.md#d0 (the splice of GLDAS 2.0 and 2.1).
"""

from pathlib import Path

import numpy as np

from vadose.core import calendar
from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats import months
from vadose.studies.variability.limits import Limits
from vadose.studies.variability.splice import shift_by_month


def main(
    *,
    cells: Path,
    files: list[Path],
    shift: Path,
    product: str,
    limits: list[float],
    overlap: tuple[int, int],
    min_valid: float,
    options: dict | None = None,
    raw: Path,
) -> None:
    axis = products.read(cells, "cells")
    versions = [
        months.monthly(
            product,
            inventory.read(path, raw),
            ("soil_moisture",),
            overlap,
            axis,
            min_valid=min_valid,
            allow_missing=True,
            native=Limits(limits),
            **(options or {}),
        )
        for path in files
    ]
    older, newer = (values["soil_moisture"] for values, *_ in versions)
    mean = shift_by_month(older, newer, calendar.months(*overlap))
    labelled = products.cell_coordinates(axis).assign_coords(
        layer=versions[0][1]["layer"].values, month=np.arange(1, 13)
    )
    products.write(labelled.assign(shift=(("cell", "layer", "month"), mean)), shift, "splice_shift")


if __name__ == "__main__":
    run(main, snakemake)
