"""Figures of the attribution and of productivity: 2 (ten maps), 3 (donuts, differences, omega), the two largest terms,
4 (correlations).

Input:  attribution (1); where productivity is related, correlations (1) per cell and per class; land mask.
Output: each figure as PNG, PDF and SVG with its data and caption.
Reference: study A, figures 2, 3 and 4 (docs/methods.md#a6).
"""

from pathlib import Path

from vadose.figures import bundle, journal
from vadose.figures.drawn import land_of, on_grid
from vadose.figures.variability import contributions, productivity
from vadose.files import products
from vadose.files.jobs import run


def main(
    *,
    attribution: Path,
    correlation: Path | None,
    summary: Path | None,
    land_mask: Path,
    figures: list[Path],
    weight: str,
    detrend: str,
    look: dict,
) -> None:
    journal.use(look)
    attributed = products.read(attribution, "attribution")
    land = land_of(land_mask)

    def correlations():
        correlated = products.read(correlation, "productivity_correlation")
        summarised = products.read(summary, "productivity_summary")
        return productivity.correlations(correlated, summarised, land, detrend)

    drawers = {
        "figure_2": lambda: contributions.marginals(attributed, land),
        "figure_3": lambda: contributions.global_terms(attributed, weight),
        "largest_terms": lambda: contributions.largest(attributed, land),
        "figure_4": correlations,
    }
    for path in figures:
        drawn = drawers[path.stem]()
        data = on_grid(drawn.data, attributed)
        bundle.save(drawn.figure, path.with_suffix(""), data, drawn.caption, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
