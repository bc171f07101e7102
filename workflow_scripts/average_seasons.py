"""Soil moisture of the moisture seasons: each year's months ranked by total soil moisture, wettest three first.

Input:  monthly soil moisture (cell, layer, time), kg m-2.
Output: soil moisture (cell, year, season, layer), kg m-2; a year that lacks a month is missing.
Reference: study A, section 2.1 (docs/methods.md#a2).
"""

from pathlib import Path

import xarray as xr

from vadose.core import calendar
from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics import seasons


def main(*, soil_moisture: list[Path], seasonal: Path, tile: Tile, rank_on: str, basis: str) -> None:
    monthly = products.read(soil_moisture, "soil_moisture", tile=tile)
    values, years = calendar.by_year(monthly["soil_moisture"].values, monthly["time"].values)
    means = seasons.seasonal_means(values, seasons.moisture_seasons(values, rank_on, basis))
    coordinates = products.cell_coordinates(monthly).assign_coords(
        year=years,
        season=list(seasons.SEASONS),
        **{name: monthly[name] for name in ("layer", "layer_top", "layer_bottom")},
    )
    products.write(
        coordinates.assign(soil_moisture=xr.Variable(("cell", "year", "season", "layer"), means)),
        seasonal,
        "seasonal_soil_moisture",
    )


if __name__ == "__main__":
    run(main, snakemake)
