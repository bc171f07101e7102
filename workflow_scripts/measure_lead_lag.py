"""Whether soil moisture leads precipitation, or precipitation soil moisture, per cell and layer.

Input:  monthly soil moisture (cell, layer, time) and precipitation (cell, time), kg m-2.
Output: partial correlations by lead (1), the lead of the largest (months) and its p (1), both directions.
Reference: docs/methods.md#c8.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies.dependence import pairs
from vadose.studies.mechanism import lead_lag


def main(*, soil_moisture: list[Path], precipitation: list[Path], lead_lags: Path, tile: Tile) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    driver = products.read(precipitation, "precipitation", tile=tile)["precipitation"].values
    measured = lead_lag.measure(driver, moisture["soil_moisture"].values, moisture["time"].values)
    products.write(pairs.labelled(measured, moisture), lead_lags, "lead_lag")


if __name__ == "__main__":
    run(main, snakemake)
