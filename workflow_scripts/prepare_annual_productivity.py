"""Annual gross primary productivity on the packed cells of the variability study.

Input:  cells; list of files of GOSIF (8-day, monthly or annual; fills masked before scaling by the reader) or of
another data set of productivity (months).
Output: gross primary productivity (cell, year), g m-2 yr-1 of carbon; area-weighted mean of the valid pixels of a cell.
Reference: study A, section 2.2; Li and Xiao (2019), doi:10.3390/rs11212563 (docs/methods.md#a5).
"""

from pathlib import Path

import numpy as np

from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats.productivity import Steps
from vadose.statistics import annual_sums
from vadose.studies import missing_months


def main(
    *,
    cells: Path,
    files: Path,
    productivity: Path,
    years: tuple[int, int],
    partial_years: str,
    min_valid: float,
    raw: Path,
    allow_missing: bool,
    product: str = "gosif_gpp",
    options: dict | None = None,
) -> None:
    axis = products.read(cells, "cells")
    steps = Steps(product, inventory.read(files, raw), years, axis, options or {})
    sums, _ = annual_sums.annual_sums(steps.on_cells(min_valid, allow_missing), years, partial_years)
    labelled = products.cell_coordinates(axis).assign_coords(year=np.arange(years[0], years[1] + 1))
    labelled.attrs["missing_months"] = " ".join(missing_months.outside(steps.bounds, years))
    products.write(
        labelled.assign(gross_primary_productivity=(("cell", "year"), sums)), productivity, "annual_productivity"
    )


if __name__ == "__main__":
    run(main, snakemake)
