"""The atlas of a run: one page with a map of every result, and what lies behind each cell.

Input:  merged products of the studies, monthly soil moisture and precipitation (kg m-2), the land mask.
Output: HTML without outside references, below 30 MB, values in stated steps. Reference: docs/methods.md#a6, #b7.
"""

from pathlib import Path

import numpy as np

from vadose.core.cells import tiles
from vadose.files import products
from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.pages.atlas import dependence, page, variability

VARIABILITY = ("attribution", "trends", "field_significance", "seasonal_soil_moisture", "productivity_correlation")
MECHANISM = ("lead_lag", "lead_lag_tests", "partial_dependence", "memory")
DEPENDENCE = ("copulas", "lags", "dependence_tests", "controls", *MECHANISM)


def main(
    *,
    merged: list[Path],
    moisture: list[Path],
    soil_moisture: list[Path],
    precipitation: list[Path],
    land_mask: Path,
    atlas: Path,
    basis: str,
    record: dict,
) -> None:
    paths, contents = {path.stem: path for path in merged}, []
    studies = (("variability", VARIABILITY, moisture), ("dependence", DEPENDENCE, soil_moisture))
    for study, names, monthly in (part for part in studies if part[2]):
        opened = [products.read(paths[name], name) if name in paths else None for name in names]
        row, column = opened[0]["row"].values, opened[0]["column"].values
        every = page.every_for(row.size, page.MOST_CELLS[study])
        kept = page.thinned(row, column, every)
        thinned = [product if product is None else product.isel(cell=kept) for product in opened]
        pieces = []
        for tile in tiles(every**2):  # the monthly record passes through in pieces, whatever its size
            here = kept[tile.slice(kept.size)]
            moistures = products.read(monthly, "soil_moisture", tile=tile).isel(cell=here)
            values = moistures["soil_moisture"].values
            if study == "variability":
                pieces.append((variability.season_frequency(values, moistures["time"].values, basis),))
            else:
                amounts = products.read(precipitation, "precipitation", tile=tile).isel(cell=here)
                pieces.append((amounts["precipitation"].values, values))
        content = variability.content if study == "variability" else dependence.content
        listed = content(*thinned, *(np.concatenate(part) for part in zip(*pieces, strict=True)))
        listed.every, listed.of = every, row.size
        contents.append(listed)
    with replacing(atlas) as temporary:
        temporary.write_text(page.render(record, contents, page.land_of(land_mask)), encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
