"""Sums over the cells of a tile behind the intervals over years of the controls: strong, largest and mean shares of the
record and of each resample of whole years.

Input:  monthly soil moisture (kg m-2) and predictors as fit_controls takes them; controls. Output: numbers and areas
(m2) of cells, sums of shares (1). Reference: docs/methods.md#c1.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import frozen_months, year_tables
from vadose.studies.controls import intervals, predictors


def main(
    *,
    soil_moisture: list[Path],
    controls: Path,
    sums: Path,
    tile: Tile,
    every: int,
    strong_share: float,
    resamples: int,
    seed: int,
    ecoregions: Path | None = None,
    precipitation: list[Path] | None = None,
    evapotranspiration: list[Path] | None = None,
    air_temperature: list[Path] | None = None,
    others: list[Path] | None = None,
    temperature: list[Path] | None = None,
    frozen: dict | None = None,
    shared: list[str] = predictors.PUBLISHED.controls,
    adjusted_for: list[str] = predictors.PUBLISHED.beside,
    covariates: list[str] = (),
) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    chosen = predictors.Predictors(tuple(shared), tuple(adjusted_for))
    files = (precipitation, evapotranspiration, air_temperature, others)
    fitted = products.read(controls, "controls", tile=tile)
    resampled = intervals.tile_sums(
        predictors.read(chosen, files, covariates, tile),
        moisture["soil_moisture"].values,
        moisture["time"].values,
        fitted,
        year_tables.every_kth(fitted, every),
        strong_share=strong_share,
        resamples=resamples,
        seed=seed,
        ecoregion=products.read(ecoregions, "ecoregions", tile=tile)["ecoregion"].values if ecoregions else None,
        chosen=chosen,
        months=frozen_months.read(temperature, frozen, tile),
    )
    products.write(resampled, sums, "control_year_sums")


if __name__ == "__main__":
    run(main, snakemake)
