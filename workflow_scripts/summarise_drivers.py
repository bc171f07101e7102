"""Sufficient statistics of the driver models, per ecoregion, layer and time scale: one pass over chunks of cells.

Input:  monthly soil moisture, precipitation (kg m-2), predictors of the formula (published: air and land surface
temperature, K, productivity, g m-2 d-1), ecoregions. Output: sums of squares and products of z-scores, variance
inflation, Driscoll-Kraay and year-clustered errors (1), reasons. Reference: study B, section 2.2.4; Driscoll and Kraay
1998 (docs/methods.md#b5).
"""

from pathlib import Path

import numpy as np

from vadose.core.cells import Tile, tiles
from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics.drivers import Terms
from vadose.studies import regions
from vadose.studies.drivers import rows
from vadose.studies.drivers.statistics import NOTE, describe

CELLS_AT_ONCE = 5000  # bounds the memory, whatever the grid


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    predictors: list[Path],
    ecoregions: Path,
    statistics: Path,
    formula: str,
    products_of: dict[str, str],
    time_scales: list[str],
    group: str,
    block_degrees: float,
    min_cells: int,
) -> None:
    axis = products.read(ecoregions, "ecoregions")
    count = axis.sizes["cell"]
    terms = Terms.of(formula)
    files = rows.predictor_files(products_of, predictors)
    files |= {"soil_moisture": (soil_moisture, "soil_moisture"), "precipitation": (precipitation, "precipitation")}

    def chunk(tile: Tile) -> rows.Chunk:
        values = {name: products.read(paths, kind, tile=tile)[kind].values for name, (paths, kind) in files.items()}
        place = axis.isel(cell=tile.slice(count)), np.arange(count)[tile.slice(count)]
        return rows.chunk_of(*place, values, terms.predictors)

    chunks = (chunk(tile) for tile in tiles(-(-count // CELLS_AT_ONCE)))
    one = products.read(soil_moisture, "soil_moisture", tile=Tile(1, count))  # one cell tells months and layers
    layers = one.sizes["layer"]
    grouping = {"group": group, "block_degrees": block_degrees, "codes": tuple(regions.names_of(axis)), "terms": terms}
    gathered = rows.gather(chunks, one["time"].values, time_scales, layers, **grouping)
    described = describe(gathered, layers, group=group, min_cells=min_cells, names=regions.other_names(axis))
    described = described.assign_coords({name: one[name] for name in ("layer", "layer_top", "layer_bottom")})
    products.write(described.assign_attrs(note=NOTE.format(group=group)), statistics, "driver_statistics")


if __name__ == "__main__":
    run(main, snakemake)
