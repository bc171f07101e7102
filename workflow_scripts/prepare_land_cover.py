"""Land cover class of each cell: IGBP codes regrouped to forests, shrublands, grasslands, croplands, then the mode of
the pixels.

Input:  cells; list of MCD12C1 files, or of maps of a user's own with their groups. Output: class (cell), 0 where there
is none; number of pixels by IGBP code and the code of the most of them, from which the class follows by any rule.
Reference: study A, section 2.2 (docs/methods.md#a5, #c5). Maps are not read as change from year to year.
"""

from pathlib import Path

from vadose.core.cells import grid_of
from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats import mcd12c1
from vadose.formats.generic.land_cover import areas_of_groups
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
    product: str = "mcd12c1",
    options: dict | None = None,
) -> None:
    axis = products.read(cells, "cells")
    paths, target = inventory.read(files, raw), grid_of(axis)
    if product == "generic":
        igbp = landcover.IGBP_OF
        areas = areas_of_groups(paths, year, target, igbp, landcover.stable, **(options or {}))
        pixels = landcover.in_millionths(*areas, target)
    else:
        pixels = landcover.pixels_of_maps(mcd12c1.maps_of(paths, year), target)
    described = landcover.of_cells(pixels[axis["row"].values, axis["column"].values], mode, min_share)
    products.write(products.cell_coordinates(axis).assign(described), land_cover, "land_cover")


if __name__ == "__main__":
    run(main, snakemake)
