"""Negative shares under an alternative to the copulas in each resample of years, for the sensitivity analysis: the
draws are those of the run, so that the difference between the two has an interval over years.

Input:  monthly soil moisture (cell, layer, time) and precipitation (cell, time), kg m-2; merged copulas of the
alternative. Output: shares of cells and mean tau-b (1) of every resample. Reference: docs/methods.md#d0.
"""

from collections.abc import Iterator
from pathlib import Path

import xarray as xr

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import frozen_months, year_tables
from vadose.studies.dependence import intervals, tables


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    copulas: Path,
    resampled: Path,
    tiles: list[Tile],
    years: int,
    resamples: int,
    seed: int,
    temperature: list[Path] | None = None,
    frozen: dict | None = None,
) -> None:
    shares = tables.negative_shares(products.read(copulas, "copulas"), None)

    def sums() -> Iterator[xr.Dataset]:
        """One tile in memory at a time; no tile is resampled elsewhere, so none is kept."""
        for tile in tiles:
            moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
            fallen = products.read(precipitation, "precipitation", tile=tile)["precipitation"].values
            values = (fallen, moisture["soil_moisture"].values, moisture["time"].values)
            fitted = products.read(copulas, "copulas", tile=tile)
            months = frozen_months.read(temperature, frozen, tile)
            yield intervals.tile_sums(*values, fitted, shares, None, resamples=resamples, seed=seed, months=months)

    replicates = year_tables.resamples(year_tables.added(sums()), years, intervals.CELLS, intervals.SIGNS)
    products.write(replicates, resampled, "dependence_resamples")


if __name__ == "__main__":
    run(main, snakemake)
