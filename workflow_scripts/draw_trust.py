"""Figures that say how far to trust the rest: false positives of the trend tests, planted against recovered values.

Input:  table of false positives (1); on the synthetic Earth the table of recovery, planted truth, trends and
correlations. Output: each figure as PNG, PDF and SVG with its data and caption.
Reference: docs/methods.md#a4.
"""

from pathlib import Path

import pandas as pd

from vadose.figures import bundle, journal
from vadose.figures.variability import trust
from vadose.files import products
from vadose.files.jobs import run


def main(
    *,
    false_positives: Path,
    recovery: Path | None,
    truth: Path | None,
    trends: Path | None,
    correlation: Path | None,
    figures: list[Path],
    alpha: float,
    look: dict,
) -> None:
    journal.use(look)

    def recovered():
        planted = products.read(truth, "truth_variability")
        fitted = products.read(trends, "trends")
        correlated = products.read(correlation, "productivity_correlation") if correlation else None
        return trust.recovery(pd.read_csv(recovery), planted, fitted, correlated)

    drawers = {
        "false_positives": lambda: trust.false_positives(pd.read_csv(false_positives), alpha),
        "recovery": recovered,
    }
    for path in figures:
        drawn = drawers[path.stem]()
        bundle.save(drawn.figure, path.with_suffix(""), drawn.data, drawn.caption, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
