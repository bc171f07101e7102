"""What is left of the dependence of soil moisture on precipitation given evapotranspiration and air temperature, per
cell and layer.

Input:  monthly soil moisture, precipitation and evapotranspiration (kg m-2) and air temperature (K).
Output: partial tau and rank correlation, the conditional pair copula of a vine and its tau (1).
Reference: docs/methods.md#c9.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies.dependence import pairs
from vadose.studies.mechanism import partial_dependence


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    evapotranspiration: list[Path],
    air_temperature: list[Path],
    partials: Path,
    tile: Tile,
    options: dict,
) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    driver = products.read(precipitation, "precipitation", tile=tile)["precipitation"].values
    given = [
        products.read(evapotranspiration, "evapotranspiration", tile=tile)["evapotranspiration"].values,
        products.read(air_temperature, "air_temperature", tile=tile)["air_temperature"].values,
    ]
    values, times = moisture["soil_moisture"].values, moisture["time"].values
    measured = partial_dependence.measure(driver, values, given, times, options)
    products.write(pairs.labelled(measured, moisture), partials, "partial_dependence")


if __name__ == "__main__":
    run(main, snakemake)
