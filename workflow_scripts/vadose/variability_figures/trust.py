"""Figures that say how far to trust the rest: false positives of the trend tests, and planted against recovered values."""

import numpy as np
import pandas as pd

from vadose import plots, style
from vadose.variability_figures import Drawn

TEST_COLOURS = {"original": "#0072B2", "hamed_rao": "#E69F00", "3pw": "#009E73", "block_bootstrap": "#CC79A7"}
TEST_NAMES = {"original": "Mann-Kendall", "hamed_rao": "Hamed and Rao", "3pw": "3PW", "block_bootstrap": "block bootstrap"}


def false_positives(table: pd.DataFrame, alpha: float) -> Drawn:
    """Share of trend-free series in which each test finds a trend, by length and memory, with two standard errors."""
    lengths, memories = sorted(table["years"].unique()), sorted(table["lag_one"].unique())
    tests = [name for name in TEST_COLOURS if name in set(table["test"])]
    figure = style.figure("double", 62)
    indexed = table.set_index(["years", "lag_one", "test"])
    top = 100.0 * (table["rate"] + 2 * table["standard_error"]).max() * 1.12
    for number, length in enumerate(lengths):
        axes = figure.add_axes((0.065 + 0.318 * number, 0.15, 0.29, 0.68))
        rate = np.array([[indexed.loc[(length, memory, test), "rate"] for test in tests] for memory in memories])
        error = np.array([[indexed.loc[(length, memory, test), "standard_error"] for test in tests] for memory in memories])
        plots.intervals(
            axes,
            100 * rate,
            100 * (rate - 2 * error),
            100 * (rate + 2 * error),
            groups=[f"lag-1 {memory:g}" for memory in memories],
            members=[TEST_NAMES[test] for test in tests],
            colours=[TEST_COLOURS[test] for test in tests],
            label="False positives (%)" if number == 0 else "",
            decimals=0,
        )
        if number < len(lengths) - 1:  # one key serves all panels
            for key in list(axes.artists):
                key.remove()
        axes.axhline(100 * alpha, color="#A50026", linewidth=0.7, linestyle=(0, (3, 1.5)), zorder=4)
        axes.set_ylim(0, top)
        style.title(axes, number, f"{length} years", pad=12)
    caption = (
        f"False positives of the trend tests. Share of trend-free Gaussian AR(1) series in which each test finds a trend at {100 * alpha:g} per cent "
        "(dashed), by length and lag-1 autocorrelation, with two standard errors."
    )
    return Drawn(figure, table, caption)


def recovery(table: pd.DataFrame) -> Drawn:
    """Planted against recovered values, one panel for each kind of quantity that has more than one case; all rows in the data file."""
    judged = table[table["within"].notna() & np.isfinite(table["planted"]) & np.isfinite(table["recovered"])]
    groups = [name for name, part in judged.groupby("quantity", sort=False) if np.ptp(part["planted"]) > 0 and len(part) > 1]
    groups = groups or list(dict.fromkeys(judged["quantity"]))[:1]
    columns = min(3, max(1, len(groups)))
    rows = -(-max(1, len(groups)) // columns)
    figure = style.figure("double" if columns > 1 else "single", 62.0 * rows)
    for number, name in enumerate(groups):
        part = judged[judged["quantity"] == name]
        row, column = divmod(number, columns)
        axes = figure.add_axes(((column + 0.22) / columns, 1 - (row + 0.84) / rows, 0.72 / columns, 0.70 / rows))
        plots.recovery(
            axes, part["planted"].to_numpy(), part["recovered"].to_numpy(), part["tolerance"].to_numpy(), list(part["case"]), label="value"
        )
        style.title(axes, number, name.replace(", worst cell", ",\nworst cell").replace(" (", "\n(", 1) if len(name) > 34 else name)
    verdicts = table["within"].dropna().astype(bool)
    caption = (
        f"Planted against recovered values on the synthetic Earth. {int(verdicts.sum())} of {len(verdicts)} lie within their tolerance (bars). Worst cells "
        "are those that differ most."
    )
    return Drawn(figure, table, caption)
