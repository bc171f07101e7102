"""Land cells of a study: those of its grid where the soil-moisture product has values in its first months.

Input:  lists of product files. Output: cells with row, column, area (m2), latitude and longitude (degrees).
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.cells import locate
from vadose.core.grid import Grid, regrid
from vadose.core.regions import doubt
from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats.registry import BoundReader

LOG = logging.getLogger("vadose.cells")
MONTHS = 12  # ASSUME: a cell that is missing throughout the first twelve months is no land cell


def first_months(reader: BoundReader, files: list[Path], years: tuple[int, int], raw: Path) -> Iterator[xr.DataArray]:
    """Soil moisture of the first months of the years that the files hold."""
    count = 0
    for listed in files:
        for part in reader.months(inventory.read(listed, raw), ("soil_moisture",), years, allow_missing=True):
            kept = part["soil_moisture"].isel(time=slice(0, MONTHS - count))
            count += kept.sizes["time"]
            yield kept
            if count >= MONTHS:
                return


def main(
    *,
    files: list[Path],
    cells: Path,
    product: str,
    grid: dict,
    min_valid: float,
    years: tuple[int, int] = (1, 9998),
    options: dict | None = None,
    raw: Path,
) -> None:
    if words := doubt(grid["west"], grid["east"]):
        LOG.warning("%s", words)
    target = Grid.regular(grid["spacing"], grid["south"], grid["north"], grid["west"], grid["east"])
    land = np.zeros(target.shape, bool)
    for field in first_months(BoundReader(product, options or {}), files, years, raw):
        source = Grid(field["lat"].values, field["lon"].values)
        there = np.isfinite(field.values).any(axis=(0, 1))
        land |= np.isfinite(regrid(np.where(there, 1.0, np.nan), source, target, min_valid))
    products.write(locate(land, target), cells, "cells")


if __name__ == "__main__":
    run(main, snakemake)
