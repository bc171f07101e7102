"""The tiles of a product joined along the cell axis, in order.

Input:  the tiles. Output: the whole product, in the tiles' units.
"""

from pathlib import Path

from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import left_out


def main(*, tiles: list[Path], merged: Path, name: str) -> None:
    products.merge(tiles, merged, name)
    left_out.expect_some(merged, name)


if __name__ == "__main__":
    run(main, snakemake)
