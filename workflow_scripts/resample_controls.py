"""Sums over the cells of a tile behind the intervals over years of the controls: strong, largest and mean shares of the
record and of each resample of whole years.

Input:  monthly soil moisture, precipitation, evapotranspiration (kg m-2), wet days (1) and air temperature (K);
controls. Output: numbers and areas (m2) of cells, sums of shares (1). Reference: docs/methods.md#c1.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import year_tables
from vadose.studies.controls import intervals


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    evapotranspiration: list[Path],
    air_temperature: list[Path],
    controls: Path,
    sums: Path,
    tile: Tile,
    every: int,
    strong_share: float,
    resamples: int,
    seed: int,
    ecoregions: Path | None = None,
) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    wet = products.read(precipitation, "precipitation", tile=tile)
    loss = products.read(evapotranspiration, "evapotranspiration", tile=tile)["evapotranspiration"].values
    air = products.read(air_temperature, "air_temperature", tile=tile)["air_temperature"].values
    fitted = products.read(controls, "controls", tile=tile)
    resampled = intervals.tile_sums(
        (wet["wet_days"].values, wet["precipitation"].values, loss, air),
        moisture["soil_moisture"].values,
        moisture["time"].values,
        fitted,
        year_tables.every_kth(fitted, every),
        strong_share=strong_share,
        resamples=resamples,
        seed=seed,
        ecoregion=products.read(ecoregions, "ecoregions", tile=tile)["ecoregion"].values if ecoregions else None,
    )
    products.write(resampled, sums, "control_year_sums")


if __name__ == "__main__":
    run(main, snakemake)
