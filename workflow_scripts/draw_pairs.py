"""Pseudo-observations of monthly precipitation and soil moisture with contours of the fitted copula, in the cells that
the user names.

Input:  prepared soil moisture and precipitation (kg m-2), merged copulas. Output: the figure as PNG, PDF and SVG with
data and caption. Reference: docs/methods.md#b2; contours by pyvinecopulib.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.figures import bundle, journal
from vadose.figures.dependence.pairs import cell_pairs, nearest_cell
from vadose.figures.drawn import layers_of
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import frozen_months
from vadose.studies.dependence import pairs


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    copulas: Path,
    figures: list[Path],
    places: list[tuple[float, float]],
    margins: str,
    look: dict,
    temperature: list[Path] | None = None,
    frozen: dict | None = None,
) -> None:
    journal.use(look)
    fitted, cells = products.read(copulas, "copulas"), []
    for lat, lon in places:
        number = nearest_cell(fitted, lat, lon)
        only = Tile(number + 1, fitted.sizes["cell"])
        moisture = products.read(soil_moisture, "soil_moisture", tile=only)
        precipitated = products.read(precipitation, "precipitation", tile=only)["precipitation"].values
        selected = fitted.isel(cell=number).sel(time_scale="monthly")
        months = frozen_months.read(temperature, frozen, only)
        cells.append(pairs.pair_in_cell(precipitated, moisture, selected, margins, months))
    drawn = cell_pairs(cells, layers_of(fitted))
    bundle.save(drawn.figure, figures[0].with_suffix(""), drawn.data, drawn.caption, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
