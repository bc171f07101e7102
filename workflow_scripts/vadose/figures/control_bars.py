"""Bars of what controls soil moisture, where the controls are not three: mean share of each, and how often it is the
largest or strong (docs/methods.md#b4)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from vadose.core.arrays import Array
from vadose.figures import style, ternary
from vadose.figures.control_colours import control_colours, corner_names
from vadose.figures.journal import SMALLEST
from vadose.statistics.ridge import regression

ACROSS, TALL, LEFT, TOP = 52.0, 40.0, 9.0, 8.0  # mm of a panel, and of what stands beside and above it
BELOW, LETTER = 13.0, 1.2  # mm below a panel for upright names, and of a letter of a name
CAPTION = (
    "Controls of soil moisture, {name}. {strongest}Colour: share of {shares} in the sum of their absolute ridge "
    "coefficients{beside}; equal shares are mid grey. Bars: per cent of the cells with shares in which one "
    "control is strong, with a share above {strong:.0f} % (corners of the triangle).{single} {without} of {cells} fits "
    "({fits}) have no shares, for a penalty on the edge of its grid or missing data (light grey)."
)
SINGLE = " Maps of single shares: the same for each control, readable to every eye."
CAPTION_OF_BARS = (
    "Controls of soil moisture, {name}. {strongest}Bars: mean share of each predictor in the sum of their absolute "
    "ridge coefficients{beside}, share of the cells in which it is the largest, and in which it is strong (above "
    "{strong:.0f} %); of cells with shares. The predictors: {shares}."
)
FULL = {"frequency": "precipitation frequency", "volume": "precipitation volume"}
BARS = ("mean share", "largest control", "strong control")


def caption(controls: xr.Dataset, name: str, strong: float, *, single: bool = False) -> str:
    """What a figure of controls shows.

    Parameters
    ----------
    controls : Dataset
        What is drawn of the product "controls".
    name : str
        Of its time scale.
    strong : float
        Share above which a control is strong, 1.
    single : bool
        Whether single shares have maps of their own.
    """
    count = controls.sizes["control"]
    share = controls["share"].transpose(..., "control").values if "share" in controls else np.full((0, count), np.nan)
    share = share.reshape(-1, count)
    names = [FULL.get(str(label), str(label).replace("_", " ")) for label in controls["control"].values]
    others = [str(label).replace("_", " ") for label in controls["predictor"].values[len(names) :]]
    fits = "cells, layers and seasons" if controls.sizes.get("time_scale", 1) > 1 else "cells and layers"
    beside = f", beside {' and '.join(others)} as control variable{'s' * (len(others) > 1)}" if others else ""
    mean, largest, _ = summary(share, strong)
    first = int(np.nan_to_num(largest).argmax())
    counted = f"{100.0 * largest[first]:.0f} % of the {fits} (mean share {100.0 * mean[first]:.0f} %). "
    words = {
        "name": name,
        "beside": beside,
        "strong": 100.0 * strong,
        "fits": fits,
        "strongest": f"{names[first][:1].upper()}{names[first][1:]} is the largest control in {counted}"
        if np.isfinite(largest).any()
        else "",
    }
    if len(names) != len(corner_names()):
        return CAPTION_OF_BARS.format(shares=", ".join(names), **words)
    without = int((~np.isfinite(share).all(axis=1)).sum())
    first, second, third = (f"{label} ({colour})" for label, colour in zip(names, corner_names(), strict=True))
    listed, more = f"{first}, {second} and {third}", SINGLE if single else ""
    return CAPTION.format(shares=listed, single=more, without=without, cells=len(share), **words)


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
    widest = max(len(word) for name in names for word in name.split("_"))
    turned = widest * LETTER > ACROSS / len(names)
    below = max(BELOW, 5.0 + LETTER * max(map(len, names))) if turned else BELOW
    labels = [name.replace("_", " " if turned else "\n") for name in names]
    figure = style.figure(width, rows * (TALL + TOP + below) + 8.0)
    colours = control_colours(len(names))
    for number, (share, title) in enumerate(zip(shares, titles, strict=True)):
        row, column = divmod(number, columns)
        top = row * (TALL + TOP + below) + TOP
        axes = style.axes_at(figure, column * (ACROSS + LEFT) + LEFT, top, ACROSS, TALL)
        for place, values in enumerate(summary(share, threshold)):
            at = np.arange(len(names)) + 0.27 * (place - 1)
            face = [(colour, (1.0, 0.6, 0.25)[place]) for colour in colours]
            axes.bar(at, np.nan_to_num(100.0 * values), 0.25, color=face, edgecolor=style.INK, linewidth=0.35)
        axes.set_xticks(range(len(names)), labels, fontsize=SMALLEST, rotation=90 if turned else 0)
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
