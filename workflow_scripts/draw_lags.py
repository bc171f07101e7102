"""Maps of the lag of the largest |tau| of precipitation with soil moisture, and shares of cells by lag.

Input:  lags (months) and their field significance, land mask. Output: the figure as PNG, PDF and SVG with
data and caption.
Reference: study B, figure S2 (docs/methods.md#b3, #b7).
"""

from pathlib import Path

from vadose.figures import bundle, journal
from vadose.figures.dependence.lags import lag_maps
from vadose.figures.drawn import land_of, on_grid
from vadose.files import products
from vadose.files.jobs import run


def main(*, lags: Path, tests: Path, land_mask: Path, figures: list[Path], look: dict) -> None:
    journal.use(look)
    measured = products.read(lags, "lags")
    tested = products.read(tests, "dependence_tests")
    drawn = lag_maps(measured, tested, land_of(land_mask))
    data = on_grid(drawn.data, measured)
    bundle.save(drawn.figure, figures[0].with_suffix(""), data, drawn.caption, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
