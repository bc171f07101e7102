"""Kendall's tau-b of earlier precipitation with soil moisture for lags of 0 to so many months, and the best lag, per
cell and layer.

Input:  monthly soil moisture (cell, layer, time) and precipitation (cell, time), kg m-2.
Output: tau by lag (1), optimal lag (months), its tau and its p (1), with the annual cycle kept and removed.
Reference: study B, section 2.2.1 (docs/methods.md#b3).
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies.dependence import pairs


def main(
    *, soil_moisture: list[Path], precipitation: list[Path], lags: Path, tile: Tile, max_lag: int, null: str
) -> None:
    monthly_soil_moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    monthly_precipitation = products.read(precipitation, "precipitation", tile=tile)
    measured = pairs.lagged_dependence(
        monthly_precipitation["precipitation"].values,
        monthly_soil_moisture["soil_moisture"].values,
        monthly_soil_moisture["time"].values,
        max_lag=max_lag,
        null=null,
    )
    products.write(pairs.labelled(measured, monthly_soil_moisture), lags, "lags")


if __name__ == "__main__":
    run(main, snakemake)
