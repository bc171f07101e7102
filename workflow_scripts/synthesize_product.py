"""Files of one product of the synthetic Earth, in the product's true format, packing and orientation.

Input:  land mask. Output: the product's files in a folder of its name, and a text file that lists them.
"""

from pathlib import Path

from vadose.files import inventory
from vadose.files.jobs import run
from vadose.synthetic import archive
from vadose.synthetic.settings import Settings


def main(
    *,
    land_mask: Path,
    files: Path,
    product: str,
    settings: dict,
    raw: Path,
) -> None:
    earth = Settings.from_config({**settings, "land_mask": land_mask})
    inventory.write(archive.write_product(product, earth, files.with_suffix("")), files, raw)


if __name__ == "__main__":
    run(main, snakemake)
