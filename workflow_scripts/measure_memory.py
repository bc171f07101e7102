"""Lag profiles of dependence with their null band, memory of soil moisture, and what of the profile it explains.

Input:  monthly soil moisture (cell, layer, time) and precipitation (cell, time), kg m-2.
Output: tau and its band by lag (1), e-folding time (months), share of the profile explained (1).
Reference: docs/methods.md#b3.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies.dependence import pairs
from vadose.studies.mechanism import memory


def main(*, soil_moisture: list[Path], precipitation: list[Path], memories: Path, tile: Tile, max_lag: int) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    driver = products.read(precipitation, "precipitation", tile=tile)["precipitation"].values
    measured = memory.measure(driver, moisture["soil_moisture"].values, moisture["time"].values, max_lag=max_lag)
    products.write(pairs.labelled(measured, moisture), memories, "memory")


if __name__ == "__main__":
    run(main, snakemake)
