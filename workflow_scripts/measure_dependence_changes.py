"""Whether monthly dependence is the same throughout the record: halves, running windows, a change at an unknown year.

Input:  monthly soil moisture (cell, layer, time) and precipitation (cell, time), kg m-2.
Output: tau-b of parts of the record (1), year of the largest change, p (1). Reference: docs/methods.md#b3.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies.dependence import pairs
from vadose.studies.mechanism import changes


def main(*, soil_moisture: list[Path], precipitation: list[Path], measured: Path, tile: Tile, seed: int) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    driver = products.read(precipitation, "precipitation", tile=tile)["precipitation"].values
    parts = changes.measure(driver, moisture["soil_moisture"].values, moisture["time"].values, seed=seed)
    products.write(pairs.labelled(parts, moisture), measured, "dependence_changes")


if __name__ == "__main__":
    run(main, snakemake)
