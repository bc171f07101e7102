"""Pseudo-observations of monthly precipitation and soil moisture with contours of the fitted copula, in the cells that
the user names.

Input:  prepared soil moisture and precipitation (kg m-2), merged copulas. Output: the figure as PNG and PDF with data
and caption. Reference: docs/methods.md#b2; contours by pyvinecopulib.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.figures import bundle, dependence
from vadose.figures.drawn import layers_of
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies.dependence import pairs


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    copulas: Path,
    figures: list[Path],
    places: list[tuple[float, float]],
    margins: str,
) -> None:
    fitted, cells = products.read(copulas, "copulas"), []
    for lat, lon in places:
        number = dependence.nearest_cell(fitted, lat, lon)
        only = Tile(number + 1, fitted.sizes["cell"])
        water, rain = (
            products.read(soil_moisture, "soil_moisture", tile=only),
            products.read(precipitation, "precipitation", tile=only),
        )
        cells.append(
            pairs.shown_pair(
                rain["precipitation"].values, water, fitted.isel(cell=number).sel(time_scale="monthly"), margins
            )
        )
    drawn = dependence.pairs(cells, layers_of(fitted))
    bundle.save(drawn.figure, figures[0].with_suffix(""), drawn.data, drawn.caption, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
