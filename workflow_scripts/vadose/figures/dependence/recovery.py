"""Planted against recovered dependence on the synthetic Earth."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from vadose.core.arrays import Array
from vadose.figures import plots, style
from vadose.figures.drawn import Drawn
from vadose.figures.journal import SMALLEST
from vadose.studies.dependence.pairs import TAILS

RECOVERY_CAPTION = (
    "Planted and recovered dependence on the synthetic Earth. {seen} (a) Mean Kendall's tau of monthly values, annual "
    "cycle removed, at the planted lag, by planted truth and layer, with "
    "tolerances (three standard errors of the mean plus 0.03). (b) Planted against found lags, cells and layers with "
    "planted |tau| of at least 0.25. (c) Planted against found "
    "behaviour in the tails, copulas fitted at the planted lag; per cent of each row. Cells whose fields come from one "
    "block of the synthetic Earth."
)


def recovery_figure(compared: pd.DataFrame, lags: Array, classes: Array) -> Drawn:
    """Planted against recovered tau, lags and tails."""
    figure = style.figure("double", 70.0)
    axes = figure.add_axes((0.065, 0.14, 0.265, 0.74))
    recovered = compared[np.isfinite(compared["recovered_tau"].to_numpy(dtype=float))]
    names = [f"{name} {depth}" for name, depth in zip(recovered["name"], recovered["depth_cm"], strict=True)]
    if len(recovered):
        plots.recovery(
            axes,
            recovered["planted_tau"].values,
            recovered["recovered_tau"].values,
            recovered["tolerance"].values,
            names,
            label="Kendall's tau",
        )
    style.title(axes, 0, "Kendall's tau at planted lag")
    planted_lags = np.flatnonzero(lags.sum(axis=1))
    longest = max([0, *np.flatnonzero(lags.sum(axis=0)), *planted_lags])  # no columns of lags that do not occur
    axes = figure.add_axes((0.395, 0.14, 0.25, 0.74))
    columns = [str(lag) for lag in range(lags.shape[1])][: longest + 1]
    _confusion(axes, lags[planted_lags, : longest + 1], [str(lag) for lag in planted_lags], columns)
    axes.set_xlabel("Lag found (months)"), axes.set_ylabel("Planted lag (months)", labelpad=3.0)
    style.title(axes, 1, "Lag of the largest |tau|")
    planted = np.flatnonzero(classes.sum(axis=1))
    axes = figure.add_axes((0.735, 0.14, 0.25, 0.74))
    _confusion(axes, classes[planted], [TAILS[number] for number in planted], list(TAILS[:5]))
    axes.set_xlabel("Tails found"), axes.set_ylabel("Planted", labelpad=1.0)
    style.title(axes, 2, "Tail behaviour")
    seen = _seen(recovered, lags, classes)
    return Drawn(figure, {"truths": compared}, RECOVERY_CAPTION.format(seen=seen))


def _seen(recovered: pd.DataFrame, lags: Array, classes: Array) -> str:
    """How much is found again, in words."""
    parts = []
    if len(recovered):
        apart = np.abs(recovered["recovered_tau"].to_numpy(float) - recovered["planted_tau"].to_numpy(float))
        within = (apart <= recovered["tolerance"].to_numpy(float)).sum()
        parts.append(f"tau in {within} of {len(recovered)} cases within its tolerance")
    for counts, words in ((lags, "the planted lag"), (classes, "the planted behaviour of the tails")):
        if counts.sum():
            parts.append(f"{words} in {100 * np.trace(counts) / counts.sum():.0f} % of cells and layers")
    return f"Found again: {', '.join(parts)}." if parts else "Nothing of it is planted here."


def _confusion(axes: Axes, counts: Array, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Counts as per cent of their row, written where they are at least one."""
    if not counts.size:
        axes.text(0.5, 0.5, "nothing planted here", ha="center", color=style.SOFT, transform=axes.transAxes)
        axes.set_axis_off()
        return
    share = 100.0 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap=style.AMOUNT, vmin=0.0, vmax=130.0, aspect="auto")
    for row, column in np.argwhere(share >= 1.0):
        ink = "white" if share[row, column] > 75 else style.INK
        axes.text(column, row, f"{share[row, column]:.0f}", ha="center", va="center", fontsize=SMALLEST, color=ink)
    totals = counts.sum(axis=1)
    axes.set_yticks(range(len(rows)), [f"{name}\n({total})" for name, total in zip(rows, totals, strict=True)])
    axes.set_xticks(range(len(columns)), columns)
    axes.tick_params(length=0)
