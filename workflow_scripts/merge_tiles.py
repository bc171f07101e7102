"""The tiles of a product joined along the cell axis, in order.

Input:  the tiles. Output: the whole product, in the tiles' units.
"""

from pathlib import Path

from vadose.files import products


def main(*, tiles: list[Path], merged: Path, name: str) -> None:
    products.merge(tiles, merged, name)


if __name__ == "__main__":
    main(
        tiles=[Path(path) for path in snakemake.input.tiles],
        merged=Path(snakemake.output.merged),
        name=snakemake.wildcards.name,
    )
