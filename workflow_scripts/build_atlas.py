"""The atlas of a run: one page with a map of every result, and what lies behind each cell.

Input:  merged products of the studies, monthly soil moisture and precipitation (kg m-2), the land mask.
Output: HTML, below 30 MB, values in stated steps; a folder of what large runs have beyond. docs/methods.md#a6, #b7.
"""

from pathlib import Path

from vadose.files import products
from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.pages.atlas import alternatives, dependence, drivers, names, page, variability


def main(
    *,
    merged: list[Path],
    moisture: list[Path],
    soil_moisture: list[Path],
    precipitation: list[Path],
    land_mask: Path,
    regions: list[Path],
    land_cover: list[Path],
    again: list[Path],
    atlas: Path,
    parts: Path,
    basis: str,
    record: dict,
) -> None:
    paths, contents, files = {path.stem: path for path in merged}, [], {}
    alpha = record["configuration"]["significance"]["alpha"]
    if moisture:
        opened = [products.read(paths[name], name) if name in paths else None for name in variability.PRODUCTS]
        frequency = variability.monthly_frequency(moisture, opened[0].sizes["cell"], basis)
        spliced = products.read(paths["splice"], "splice") if "splice" in paths else None
        contents.append(variability.content(*opened, frequency, spliced, alpha))
    if soil_moisture:
        opened = [products.read(paths[name], name) if name in paths else None for name in dependence.PRODUCTS]
        pairs = dependence.pairs_of(precipitation, soil_moisture, opened[0].sizes["cell"])
        contents.append(dependence.content(*opened, pairs, alpha))
        others = {path.parents[1].name: products.read(path, "copulas")[["kendall"]] for path in again}
        alternatives.signs(contents[-1], opened[0], others)
        if "estimates" in paths:
            title = names.title_of_regions(record, "dependence")
            drivers.of_regions(contents[-1], products.read(paths["estimates"], "driver_estimates"), title)
    names.of_run(contents, regions, land_cover, record)
    with replacing(atlas) as temporary:
        text = page.render(record, contents, page.land_of(land_mask), tiles=files, folder=parts.name)
        temporary.write_text(text, encoding="utf-8")
    page.write_tiles(files, parts)


if __name__ == "__main__":
    run(main, snakemake)
