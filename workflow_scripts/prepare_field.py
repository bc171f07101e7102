"""One monthly variable of the dependence study on its packed cells, for a group of years.

Input:  cells; list of product files.
Output: the variable (cell, time): precipitation and evapotranspiration kg m-2, temperatures K, productivity g m-2 d-1;
        precipitation from a daily product also gives the number of wet days, counted on the native grid.
Reference: docs/methods.md#b1.
"""

from pathlib import Path

from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats import months


def main(
    *,
    cells: Path,
    files: Path,
    field: Path,
    name: str,
    years: tuple[int, int],
    product: str,
    min_valid: float,
    allow_missing: bool,
    options: dict,
    raw: Path,
) -> None:
    axis = products.read(cells, "cells")
    names = (name, "wet_days") if name == "precipitation" and "wet_day_mm" in options else (name,)
    values, _, absent = months.monthly(
        product,
        inventory.read(files, raw),
        names,
        years,
        axis,
        min_valid=min_valid,
        allow_missing=allow_missing,
        **options,
    )
    labelled = months.label_months(axis, years, absent)
    products.write(labelled.assign({variable: (("cell", "time"), values[variable]) for variable in names}), field, name)


if __name__ == "__main__":
    run(main, snakemake)
