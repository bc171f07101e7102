"""Sufficient statistics of the driver models, per ecoregion, layer and time scale: one pass over chunks of cells.

Input:  monthly soil moisture, precipitation (kg m-2), air and land surface temperature (K), productivity (g m-2 d-1),
ecoregions. Output: sums of squares and products of z-scores, variance inflation, Driscoll-Kraay and year-clustered
errors (1), reasons. Reference: study B, section 2.2.4; Driscoll and Kraay 1998 (docs/methods.md#b5).
"""

from pathlib import Path

import numpy as np

from vadose.core.cells import Tile, tiles
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies.drivers import rows
from vadose.studies.drivers.statistics import describe

CELLS_AT_ONCE = 5000  # bounds the memory, whatever the grid
PREDICTORS = ("air_temperature", "gross_primary_productivity", "land_surface_temperature")


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    air_temperature: list[Path],
    productivity: list[Path],
    land_surface_temperature: list[Path],
    ecoregions: Path,
    statistics: Path,
    time_scales: list[str],
    group: str,
    block_degrees: float,
    min_cells: int,
) -> None:
    axis = products.read(ecoregions, "ecoregions")
    count = axis.sizes["cell"]
    fields = {"soil_moisture": soil_moisture, "precipitation": precipitation}
    fields |= dict(zip(PREDICTORS, (air_temperature, productivity, land_surface_temperature), strict=True))

    def chunk(tile: Tile) -> rows.Chunk:
        part = {name: products.read(paths, name, tile=tile)[name].values for name, paths in fields.items()}
        here = axis.isel(cell=tile.slice(count))
        place = np.arange(count)[tile.slice(count)], here["lat"].values, here["lon"].values, here["ecoregion"].values
        return rows.Chunk(
            *place, tuple(part[name] for name in PREDICTORS), part["precipitation"], part["soil_moisture"]
        )

    first = products.read(
        fields["soil_moisture"], "soil_moisture", tile=Tile(1, count)
    )  # one cell tells months and layers
    chunks = (chunk(tile) for tile in tiles(-(-count // CELLS_AT_ONCE)))
    layers = first.sizes["layer"]
    gathered = rows.gather(chunks, first["time"].values, time_scales, layers, group=group, block_degrees=block_degrees)
    described = describe(gathered, layers, group=group, min_cells=min_cells)
    described = described.assign_coords({name: first[name] for name in ("layer", "layer_top", "layer_bottom")})
    note = (
        f"Varying intercepts: {group}. Complete rows only; z-scores (1/n) within each model; interactions "
        "are products of z-scores."
    )
    products.write(described.assign_attrs(note=note), statistics, "driver_statistics")


if __name__ == "__main__":
    run(main, snakemake)
