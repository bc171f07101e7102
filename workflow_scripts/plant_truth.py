"""What the synthetic Earth planted in each cell: trends, contributions, copulas, lags, controls, driver signs.

Input:  land mask, cells of the study. Output: truth on the cell axis (units in the file).
"""

from pathlib import Path

import vadose.synthetic.truth
from vadose.files import products
from vadose.files.jobs import run
from vadose.synthetic.settings import Settings


def main(*, land_mask: Path, cells: Path, truth: Path, study: str, settings: dict) -> None:
    axis = products.read(cells, "cells")
    earth = Settings.from_config({**settings, "land_mask": land_mask})
    planted = vadose.synthetic.truth.truth(earth, axis["lat"].values, axis["lon"].values, study)
    products.write(products.cell_coordinates(axis).merge(planted), truth, f"truth_{study}")


if __name__ == "__main__":
    run(main, snakemake)
