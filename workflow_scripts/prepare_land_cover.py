"""Land cover class of each cell: IGBP codes regrouped to forests, shrublands, grasslands, croplands, then the mode of
the pixels.

Input:  cells; list of MCD12C1 files. Output: class (cell), 0 where there is none; number of pixels by IGBP code and
the code of the most of them, from which the class follows by any rule.
Reference: study A, section 2.2 (docs/methods.md#a5, #c5). MCD12C1 is not read as change from year to year.
"""

from pathlib import Path

from vadose.core.cells import grid_of
from vadose.core.grid import Grid
from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats import mcd12c1
from vadose.statistics import landcover


def main(
    *,
    cells: Path,
    files: Path,
    land_cover: Path,
    mode: str,
    year: int | str,
    raw: Path,
    min_share: float = 0.0,
) -> None:
    axis = products.read(cells, "cells")
    by_year = mcd12c1.by_years(inventory.read(files, raw))
    if year == "any":
        chosen = [min(by_year)]
    elif year == "stable":
        chosen = sorted(by_year)
    elif year in by_year:
        chosen = [year]
    else:
        raise ValueError(
            f"{files}: expected MCD12C1 of {year}, found {sorted(by_year)}. Fetch it, or set "
            "variability.land_cover.year to one of them, any or stable."
        )
    maps = [mcd12c1.read(by_year[one])["land_cover"] for one in chosen]
    pixels = Grid(maps[0]["lat"].values, maps[0]["lon"].values)
    target = grid_of(axis)
    factor = landcover.block_factor(pixels, target)
    codes = landcover.stable([one.values for one in maps]) if len(maps) > 1 else maps[0].values
    counts = landcover.onto(landcover.pixel_counts(codes, factor), pixels.coarsen(factor), target)
    by_cell = counts[axis["row"].values, axis["column"].values]
    described = landcover.of_cells(by_cell, mode, min_share)
    products.write(products.cell_coordinates(axis).assign(described), land_cover, "land_cover")


if __name__ == "__main__":
    run(main, snakemake)
