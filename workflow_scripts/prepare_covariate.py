"""One monthly covariate of a user's own on the packed cells of the dependence study, for a group of years.

Input:  cells; list of the files of the data set.
Output: the covariate (cell, time), monthly means in the unit of the files, which the note names.
Reference: docs/methods.md#b4.
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
    min_valid: float,
    allow_missing: bool,
    options: dict,
    raw: Path,
) -> None:
    axis, paths = products.read(cells, "cells"), inventory.read(files, raw)
    held = {"min_valid": min_valid, "allow_missing": allow_missing}
    values, described, absent = months.monthly("generic", paths, ("covariate",), years, axis, **held, **options)
    labelled = months.label_months(axis, years, absent).assign_attrs(note=f"{name}, in {described.attrs['unit']}")
    products.write(labelled.assign(covariate=(("cell", "time"), values["covariate"])), field, "covariate")


if __name__ == "__main__":
    run(main, snakemake)
