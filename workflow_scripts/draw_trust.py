"""Figures that say how far to trust the rest: false positives of the trend tests, planted against recovered values.

Input:  tables of false positives (1) and, on the synthetic Earth, of recovery. Output: each figure as PNG and PDF with its data and caption.
Reference: METHODS A4.
"""

from pathlib import Path

import pandas as pd

from vadose import figure_bundle
from vadose.variability_figures import trust as draw


def main(*, false_positives: Path, recovery: Path | None, figures: list[Path], alpha: float) -> None:
    drawers = {
        "false_positives": lambda: draw.false_positives(pd.read_csv(false_positives), alpha),
        "recovery": lambda: draw.recovery(pd.read_csv(recovery)),
    }
    for path in figures:
        drawn = drawers[path.stem]()
        figure_bundle.save(drawn.figure, path.with_suffix(""), drawn.data, drawn.caption, study="variability")


if __name__ == "__main__":
    main(
        false_positives=Path(snakemake.input.false_positives),
        recovery=Path(snakemake.input.recovery) if snakemake.input.recovery else None,
        figures=[Path(path) for path in snakemake.output.figures],
        alpha=snakemake.params.alpha,
    )
