"""Figure 4: correlation of soil moisture with productivity by class, season and layer, and as maps for two depth ranges.

Input:  correlations (1) per cell and per class, land mask.
Output: the figure as PNG and PDF with its data and caption.
Reference: study A, figure 4 (METHODS A6).
"""

from pathlib import Path

from vadose import figure_bundle, products, variability_figures
from vadose.variability_figures import productivity as draw


def main(*, correlation: Path, summary: Path, land_mask: Path, figures: list[Path], detrend: str) -> None:
    correlated, listed = products.read(correlation, "productivity_correlation"), products.read(summary, "productivity_summary")
    drawn = draw.correlations(correlated, listed, variability_figures.land_of(land_mask), detrend)
    figure_bundle.save(drawn.figure, figures[0].with_suffix(""), drawn.data, drawn.caption, study="variability")


if __name__ == "__main__":
    main(
        correlation=Path(snakemake.input.correlation),
        summary=Path(snakemake.input.summary),
        land_mask=Path(snakemake.input.land_mask),
        figures=[Path(path) for path in snakemake.output.figures],
        detrend=snakemake.params.detrend,
    )
