"""Bars of what controls soil moisture, where the controls are not three: mean share of each, and how often it is the
largest or strong (docs/methods.md#b4)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from vadose.core.arrays import Array
from vadose.figures import style, ternary
from vadose.figures.control_colours import control_colours
from vadose.figures.journal import SMALLEST
from vadose.statistics.ridge import regression

ACROSS, TALL, LEFT, TOP = 52.0, 40.0, 9.0, 8.0  # mm of a panel, and of what stands beside and above it
COLOURS = ("cyan", "magenta", "yellow")
CAPTION = (
    "Controls of soil moisture, {name}. Colour: share of {shares} in the sum of their absolute ridge coefficients"
    "{beside}; equal shares are grey. Bars: share of cells under strong control, one share above {strong:g} (corners "
    "of the triangle). Grey land: no shares, or a penalty on the edge of its grid."
)
CAPTION_OF_BARS = (
    "Controls of soil moisture, {name}. Bars: mean share of each predictor in the sum of their absolute ridge "
    "coefficients{beside}, share of cells in which it is the largest, and in which it is strong (above {strong:g}); of "
    "cells with shares. The predictors: {shares}."
)
FULL = {"frequency": "precipitation frequency", "volume": "precipitation volume"}
BARS = ("mean share", "largest control", "strong control")


def caption(controls: xr.Dataset, name: str, strong: float) -> str:
    """What a figure of controls shows, from the product "controls", the name of its time scale and the threshold."""
    names = [FULL.get(str(label), str(label).replace("_", " ")) for label in controls["control"].values]
    others = [str(label).replace("_", " ") for label in controls["predictor"].values[len(names) :]]
    beside = f", beside {' and '.join(others)} as control variable{'s' * (len(others) > 1)}" if others else ""
    if len(names) != len(COLOURS):
        return CAPTION_OF_BARS.format(name=name, shares=", ".join(names), beside=beside, strong=strong)
    first, second, third = (f"{label} ({colour})" for label, colour in zip(names, COLOURS, strict=True))
    return CAPTION.format(name=name, shares=f"{first}, {second} and {third}", beside=beside, strong=strong)


def corners(labels: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Names of three controls at the corners of the triangle, and short ones below bars."""
    if tuple(labels) == regression.CONTROLS:
        return ternary.NAMES, ternary.SHORT
    return [label.replace("_", "\n").capitalize() for label in labels], [label[:4] for label in labels]


def panels(
    shares: Sequence[Array], titles: Sequence[str], names: Sequence[str], *, columns: int, threshold: float
) -> Figure:
    """A panel of bars for each field of shares.

    Parameters
    ----------
    shares : sequence of (cell, control) arrays
        0 to 1; a cell without shares is NaN.
    titles : sequence of str
        Of the panels.
    names : sequence of str
        Of the controls.
    columns : int
        Panels beside one another.
    threshold : float
        Share above which a control is strong, 1.
    """
    rows = -(-len(shares) // columns)
    width = columns * (ACROSS + LEFT) + 4.0
    figure = style.figure(width, rows * (TALL + TOP + 13.0) + 8.0)
    colours = control_colours(len(names))
    for number, (share, title) in enumerate(zip(shares, titles, strict=True)):
        row, column = divmod(number, columns)
        top = row * (TALL + TOP + 13.0) + TOP
        axes = style.axes_at(figure, column * (ACROSS + LEFT) + LEFT, top, ACROSS, TALL)
        for place, values in enumerate(summary(share, threshold)):
            at = np.arange(len(names)) + 0.27 * (place - 1)
            face = [(colour, (1.0, 0.6, 0.25)[place]) for colour in colours]
            axes.bar(at, np.nan_to_num(100.0 * values), 0.25, color=face, edgecolor=style.INK, linewidth=0.35)
        axes.set_xticks(range(len(names)), [name.replace("_", "\n") for name in names], fontsize=SMALLEST)
        axes.set_ylim(0, 100)
        axes.set_ylabel("%" if column == 0 else "")
        style.title(axes, number, title)
    handles = [
        Patch(facecolor=(style.INK, alpha), edgecolor=style.INK, label=text)
        for text, alpha in zip(BARS, (1.0, 0.6, 0.25), strict=True)
    ]
    figure.legend(handles=handles, loc="lower center", ncols=3, fontsize=SMALLEST, frameon=False)
    return figure


def summary(share: Array, threshold: float) -> Array:
    """(bar, control): mean share, share of cells in which a control is the largest, and in which it is strong; NaN
    where no cell has shares."""
    there = np.reshape(share, (-1, share.shape[-1]))
    there = there[np.isfinite(there).all(axis=1)]
    if not there.size:
        return np.full((3, share.shape[-1]), np.nan)
    largest = np.bincount(there.argmax(axis=1), minlength=there.shape[1]) / len(there)
    return np.stack([there.mean(axis=0), largest, (there > threshold).mean(axis=0)])
