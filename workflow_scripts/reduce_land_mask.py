"""Land fraction on a modest global grid, from the 1 km mask of the package global-land-mask.

Output: land fraction (lat, lon), percent.
Reference: GLOBE digital elevation model, as packed by global-land-mask.
"""

from pathlib import Path

from vadose.files.jobs import run
from vadose.files.land_mask import reduce


def main(*, land_mask: Path, spacing: float) -> None:
    land_mask.parent.mkdir(parents=True, exist_ok=True)
    reduce(land_mask, spacing)


if __name__ == "__main__":
    run(main, snakemake)
