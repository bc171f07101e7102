"""Figures of trends: figure 1, S1, S2, agreement of the tests, share of the trend in windows of equal length.

Input:  trends (kg m-2 yr-1) and their field significance, soil moisture of the seasons (kg m-2), trend shares (1), land
mask. Output: each figure as PNG, PDF and SVG with its data and caption.
Reference: study A, figures 1, S1, S2 (docs/methods.md#a6).
"""

from pathlib import Path

import pandas as pd

from vadose.figures import bundle, journal
from vadose.figures.drawn import land_of, on_grid
from vadose.figures.variability.agreement import agreement, windows
from vadose.figures.variability.trends import layers, overview, series
from vadose.files import products
from vadose.files.jobs import run


def main(
    *,
    trends: Path,
    fields: Path,
    seasonal: Path,
    trend_shares: Path,
    land_mask: Path,
    figures: list[Path],
    test: str,
    alpha: float,
    look: dict,
) -> None:
    journal.use(look)
    fitted = products.read(trends, "trends")
    field = products.read(fields, "field_significance")
    means = products.read(seasonal, "seasonal_soil_moisture")
    land = land_of(land_mask)
    drawers = {
        "figure_1": lambda: overview(fitted, field, means, land, test),
        "figure_s1": lambda: series(means, fitted),
        "figure_s2": lambda: layers(fitted, field, means, land, test),
        "test_agreement": lambda: agreement(fitted, field, land, alpha),
        "trend_share_windows": lambda: windows(pd.read_csv(trend_shares)),
    }
    for path in figures:
        drawn = drawers[path.stem]()
        data = on_grid(drawn.data, fitted)
        bundle.save(drawn.figure, path.with_suffix(""), data, drawn.caption, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
