"""Figures of the attribution: figure 2 (ten maps), figure 3 (donuts, differences, omega), the two largest terms.

Input:  attribution (1), land mask. Output: each figure as PNG and PDF with its data and caption.
Reference: study A, figures 2 and 3 (METHODS A6).
"""

from pathlib import Path

from vadose import figure_bundle, products, variability_figures
from vadose.variability_figures import contributions as draw


def main(*, attribution: Path, land_mask: Path, figures: list[Path], weight: str) -> None:
    attributed, land = products.read(attribution, "attribution"), variability_figures.land_of(land_mask)
    drawers = {
        "figure_2": lambda: draw.marginals(attributed, land),
        "figure_3": lambda: draw.global_terms(attributed, weight),
        "largest_terms": lambda: draw.largest(attributed, land),
    }
    for path in figures:
        drawn = drawers[path.stem]()
        figure_bundle.save(drawn.figure, path.with_suffix(""), drawn.data, drawn.caption, study="variability")


if __name__ == "__main__":
    main(
        attribution=Path(snakemake.input.attribution),
        land_mask=Path(snakemake.input.land_mask),
        figures=[Path(path) for path in snakemake.output.figures],
        weight=snakemake.params.weight,
    )
