"""Maps of the gain of risk over independence: dry soil after little precipitation, wet soil after much.

Input:  risks of cells (1), land mask. Output: the figure as PNG, PDF and SVG with data and caption.
Reference: docs/methods.md#c6.
"""

from pathlib import Path

from vadose.figures import bundle, journal
from vadose.figures.dependence.risk import risk_maps
from vadose.figures.drawn import land_of, on_grid
from vadose.files import products
from vadose.files.jobs import run


def main(*, risks: Path, land_mask: Path, figures: list[Path], look: dict) -> None:
    journal.use(look)
    measured = products.read(risks, "risk")
    drawn = risk_maps(measured, land_of(land_mask))
    data = on_grid(drawn.data, measured)
    bundle.save(drawn.figure, figures[0].with_suffix(""), data, drawn.caption, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
