"""Sums over the cells of a tile behind the intervals over years: negative shares, mean tau-b and optimal lags of the
record and of each resample of whole years.

Input:  monthly soil moisture (cell, layer, time) and precipitation (cell, time), kg m-2; copulas and lags;
negative shares; ecoregions where they are prepared. Output: numbers and areas (m2) of cells, sums of tau.
Reference: docs/methods.md#c1.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import frozen_months, year_tables
from vadose.studies.dependence import intervals


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    copulas: Path,
    lags: Path,
    negative: Path,
    ecoregions: Path | None,
    sums: Path,
    tile: Tile,
    every: int,
    resamples: int,
    seed: int,
    temperature: list[Path] | None = None,
    frozen: dict | None = None,
) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    fallen = products.read(precipitation, "precipitation", tile=tile)["precipitation"].values
    shares = products.read(negative, "negative_shares")
    codes = products.read(ecoregions, "ecoregions", tile=tile)["ecoregion"].values if ecoregions else None
    values = (fallen, moisture["soil_moisture"].values, moisture["time"].values)
    fitted, measured = products.read(copulas, "copulas", tile=tile), products.read(lags, "lags", tile=tile)
    draws = {"resamples": resamples, "seed": seed}
    months = frozen_months.read(temperature, frozen, tile)
    resampled = intervals.tile_sums(*values, fitted, shares, codes, months=months, **draws)
    by_lag = intervals.lag_sums(*values, measured, year_tables.every_kth(measured, every), **draws)
    products.write(resampled.merge(by_lag, compat="override"), sums, "dependence_year_sums")


if __name__ == "__main__":
    run(main, snakemake)
