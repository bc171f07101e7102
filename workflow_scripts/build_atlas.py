"""The atlas of a run: one page with a map of every result, and what lies behind each cell.

Input:  merged products of the studies, monthly soil moisture and precipitation (kg m-2), the land mask.
Output: HTML, below 30 MB, values in stated steps; a folder of what large runs have beyond. docs/methods.md#a6, #b7.
"""

from pathlib import Path

import numpy as np

from vadose.core.cells import Tile, tiles
from vadose.files import products
from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.pages.atlas import dependence, names, packing, page, variability
from vadose.studies.regions import names_of

AT_ONCE = 10_000  # cells


def main(
    *,
    merged: list[Path],
    moisture: list[Path],
    soil_moisture: list[Path],
    precipitation: list[Path],
    land_mask: Path,
    regions: list[Path],
    land_cover: list[Path],
    atlas: Path,
    parts: Path,
    basis: str,
    record: dict,
) -> None:
    paths, contents, files = {path.stem: path for path in merged}, [], {}
    if moisture:
        opened = [products.read(paths[name], name) if name in paths else None for name in variability.PRODUCTS]
        pieces = []
        for piece in pieces_of(opened[0].sizes["cell"]):
            monthly = products.read(moisture, "soil_moisture", tile=piece)
            pieces.append(variability.season_frequency(monthly["soil_moisture"].values, monthly["time"].values, basis))
        contents.append(variability.content(*opened, np.concatenate(pieces)))
    if soil_moisture:
        opened = [products.read(paths[name], name) if name in paths else None for name in dependence.PRODUCTS]
        pieces = []
        for piece in pieces_of(opened[0].sizes["cell"]):
            amounts = products.read(precipitation, "precipitation", tile=piece)["precipitation"].values
            monthly = products.read(soil_moisture, "soil_moisture", tile=piece)["soil_moisture"].values
            pieces.append(dependence.monthly_pairs(amounts, monthly))
        contents.append(dependence.content(*opened, packing.joined(pieces)))
    for content in contents:
        names.outlined(content)
    for study, path in ((path.parent.name, path) for path in regions):
        mapped = products.read(path, "ecoregions")
        (content,) = (content for content in contents if content.study == study)
        names.classes(content, "Ecoregion", mapped["ecoregion"].values, names_of(mapped))
    for path in land_cover:
        dominant = products.read(path, "land_cover")["dominant"].values
        names.classes(contents[0], "Land cover", dominant, products.specifications()["codes"]["igbp"])
    with replacing(atlas) as temporary:
        text = page.render(record, contents, page.land_of(land_mask), tiles=files, folder=parts.name)
        temporary.write_text(text, encoding="utf-8")
    page.write_tiles(files, parts)


def pieces_of(cells: int) -> list[Tile]:
    """Pieces in which the monthly record passes through, whatever its size."""
    return tiles(-(-cells // AT_ONCE))


if __name__ == "__main__":
    run(main, snakemake)
