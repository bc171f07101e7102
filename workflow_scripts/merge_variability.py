"""The tiles of study A joined along the cell axis, in order: soil moisture of the seasons, attribution, trends.

Input:  the tiles of each product. Output: the whole products, in the tiles' units.
"""

from pathlib import Path

from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import left_out


def main(*, seasonal: list[Path], attribution: list[Path], trends: list[Path], merged: dict[str, Path]) -> None:
    products.merge(seasonal, merged["seasonal"], "seasonal_soil_moisture")
    products.merge(attribution, merged["attribution"], "attribution")
    left_out.expect_some(merged["attribution"], "attribution")
    products.merge(trends, merged["trends"], "trends")


if __name__ == "__main__":
    run(main, snakemake)
