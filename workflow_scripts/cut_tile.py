"""One tile of a merged product, for what is run again in tiles.

Input:  the whole product. Output: its tile, in the product's units.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run


def main(*, merged: Path, cut: Path, name: str, tile: Tile) -> None:
    products.write(products.read(merged, name, tile=tile), cut, name)


if __name__ == "__main__":
    run(main, snakemake)
