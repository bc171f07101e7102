"""Risk of dry and of wet soil over all cells and by region.

Input:  risks of cells (probabilities, 1), regions of the cells where they are prepared.
Output: mean probabilities with 95 % intervals over years and families, gains (1) and return periods (years).
Reference: docs/methods.md#c6.
"""

from pathlib import Path

import numpy as np

from vadose.core.cells import tiles
from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.risk import regions as risk_regions


def main(*, risks: Path, ecoregions: Path | None, table: Path, pieces: int) -> None:
    axis = products.read(ecoregions, "ecoregions") if ecoregions else None

    def read():
        for tile in tiles(pieces):  # one piece at a time in memory; sums do not depend on them
            part = products.read(risks, "risk", tile=tile)
            codes = (
                np.zeros(part.sizes["cell"])
                if axis is None
                else axis["ecoregion"].values[tile.slice(axis.sizes["cell"])]
            )
            yield part, np.nan_to_num(codes).astype(int)

    codes = np.zeros(1) if axis is None else np.nan_to_num(axis["ecoregion"].values)
    names = {} if axis is None else regions.names_of(axis)
    frame = risk_regions.table(read(), np.unique(codes.astype(int)), names)
    tables.write(frame, table, risk_regions.TITLE, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
