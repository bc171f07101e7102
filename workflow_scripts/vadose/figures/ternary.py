"""Ternary maps of what controls soil moisture: as published, cyan is frequency, magenta volume, yellow
evapotranspiration (docs/methods.md#b4).

Full control by one is its pure colour, shares mix the three; equal shares are grey.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.grid import Grid
from vadose.figures import maps, style
from vadose.figures.control_colours import mixture
from vadose.figures.journal import SMALLEST

NAMES = ("Precipitation\nfrequency", "Precipitation\nvolume", "Evapo-\ntranspiration")
SHORT = ("freq.", "vol.", "ET")
STRONG = 0.75  # share beyond which one control is called strong
CORNERS = np.array(
    [[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]]
)  # of the triangle: frequency, volume, evapotranspiration
SHARE_TOLERANCE = 1e-6
FOOT = 35.0  # mm of the triangle with its names


class StrongControl(NamedTuple):
    """How much of the cells, or of their area, is under strong control by each; `any` is their sum."""

    share: Array  # (3,), 0..1 of the cells with values
    cells: NDArray[np.int64]  # (3,)
    total: int


def colours(shares: Array) -> Array:
    """Red, green, blue of shares.

    Parameters
    ----------
    shares : (..., 3) array
        Of frequency, volume, evapotranspiration; sum 1.

    Returns
    -------
    (..., 3) array
        0..1; NaN where a share is missing.

    Raises
    ------
    ValueError
        If shares are negative or do not sum to 1.
    """
    shares = np.asarray(shares, dtype=float)
    complete = np.isfinite(shares).all(-1)
    total = shares[complete].sum(-1)
    if complete.any() and (np.abs(total - 1.0).max() > SHARE_TOLERANCE or shares[complete].min() < -SHARE_TOLERANCE):
        raise ValueError(
            f"ternary: expected shares from 0 to 1 that sum to 1, found sums from {total.min():g} to {total.max():g}."
        )
    return np.where(complete[..., None], mixture(np.where(complete[..., None], shares, 0.0)), np.nan)


def strong_control(shares: Array, weights: Array | None = None, *, threshold: float = STRONG) -> StrongControl:
    """Share of cells in which one control exceeds the threshold.

    Parameters
    ----------
    shares : (cell, 3) array
        Missing cells are left out of the denominator.
    weights : (cell,) array, optional
        Such as areas; default every cell counts the same.
    threshold : float
        1; strictly above.
    """
    complete = np.isfinite(shares).all(-1)
    weights = np.ones(complete.size) if weights is None else np.asarray(weights, dtype=float)
    strong = (np.nan_to_num(shares) > threshold) & complete[:, None]
    total = weights[complete].sum()
    share = (weights[:, None] * strong).sum(0) / total if total > 0 else np.full(3, np.nan)
    return StrongControl(share, strong.sum(0), int(complete.sum()))


def triangle(axes: Axes, *, names: Sequence[str] = NAMES, threshold: float = STRONG, resolution: int = 400) -> None:
    """Legend: the triangle of all shares in their colours; each corner is full control, the lines cut off strong
    control.

    Parameters
    ----------
    axes : Axes
        Becomes square in data units, without frame.
    names : sequence of str
        At the corners.
    threshold : float
        Where the corners are cut off.
    resolution : int
        Dots along the base.
    """
    height = CORNERS[2, 1]
    rows = round(resolution * height)
    x, y = np.meshgrid((np.arange(resolution) + 0.5) / resolution, height * (1 - (np.arange(rows) + 0.5) / rows))
    shares = shares_at(x, y)
    inside = (shares >= -1e-9).all(-1)
    picture = np.ones((rows, resolution, 4))
    picture[..., :3] = mixture(np.clip(shares, 0, 1))
    picture[..., 3] = inside
    image = axes.imshow(picture, extent=(0, 1, 0, height), interpolation="nearest", zorder=1)
    border = axes.fill(*CORNERS.T, facecolor="none", edgecolor=style.INK, linewidth=0.5, zorder=3)[0]
    image.set_clip_path(border)
    for corner in range(3):
        others = [
            CORNERS[corner] * threshold + CORNERS[other] * (1 - threshold) for other in range(3) if other != corner
        ]
        line = np.array(others).T
        axes.plot(*line, color="white", linewidth=0.7, zorder=2)  # below the dashes, which dark corners would hide
        axes.plot(*line, color=style.INK, linewidth=0.5, linestyle=(0, (2, 1.5)), zorder=2.5)
    axes.text(-0.04, -0.05, names[0], ha="center", va="top", fontsize=SMALLEST)
    axes.text(1.04, -0.05, names[1], ha="center", va="top", fontsize=SMALLEST)
    axes.text(0.5, height + 0.05, names[2].replace("-\n", ""), ha="center", va="bottom", fontsize=SMALLEST)
    axes.set_xlim(-0.05, 1.05), axes.set_ylim(-0.05, height + 0.05)
    axes.set_aspect("equal")
    axes.set_axis_off()


def shares_at(x: Array, y: Array) -> Array:
    """Shares at a position of the triangle with the corners `CORNERS` (barycentric coordinates); negative outside."""
    third = np.asarray(y) / CORNERS[2, 1]
    second = np.asarray(x) - 0.5 * third
    return np.stack([1.0 - second - third, second, third], axis=-1)


def bars(
    axes: Axes,
    control: StrongControl,
    *,
    names: Sequence[str] = SHORT,
    size: float = SMALLEST,
    highest: float | None = None,
) -> None:
    """Bars of strong control in the pure colours, with the per cent above them.

    Parameters
    ----------
    control : StrongControl
    names : sequence of str
        Below the bars.
    size : float
        Of the letters, points.
    highest : float, optional
        Upper end of the axis, per cent, to make panels comparable.
    """
    values = 100.0 * control.share
    axes.bar(range(3), np.nan_to_num(values), 0.72, color=colours(np.eye(3)), edgecolor=style.INK, linewidth=0.35)
    for number, value in enumerate(values):
        if np.isfinite(value):
            axes.annotate(
                f"{value:.0f}",
                (number, value),
                xytext=(0, 0.8),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=size,
            )
    axes.set_ylim(0, 1.25 * (highest if highest is not None else max(np.nan_to_num(values).max(), 1.0)))
    axes.set_xlim(-0.6, 2.6)
    axes.set_xticks(range(3), list(names), fontsize=size)
    axes.set_yticks([])
    axes.tick_params(length=0, pad=0.8)
    axes.spines["left"].set_visible(False)
    axes.patch.set_alpha(0.0)


def panels(
    shares: Sequence[Array],
    where: xr.Dataset | Grid,
    titles: Sequence[str],
    *,
    columns: int | None = None,
    region: maps.Region = "north",
    land: maps.Land | None = None,
    width: str | float = "double",
    weights: Array | None = None,
    threshold: float = STRONG,
    names: tuple[Sequence[str], Sequence[str]] = (NAMES, SHORT),
    single: bool = False,
) -> maps.Maps:
    """Ternary maps with the bars of strong control in the lower left of each, and the triangle at the foot.

    Parameters
    ----------
    shares : sequence of (cell, 3) arrays, or of (lat, lon, 3) arrays where `where` is a grid
    where : Dataset or Grid
    titles : sequence of str
    weights : (cell,) or (lat, lon) array, optional
        Areas, if the bars shall tell shares of area.
    threshold : float
        Share above which a control is strong, 1.
    names : (names, short names)
        At the corners of the triangle, and below the bars.
    single : bool
        Draw a map of each share behind each ternary map, which every eye can read.

    Returns
    -------
    Maps
    """
    flat = None if weights is None else np.asarray(weights).ravel()
    controls = [strong_control(np.reshape(share, (-1, 3)), flat, threshold=threshold) for share in shares]
    of = "cells" if weights is None else "area"
    items, scale = [], style.sequential(np.array([0.0, 100.0]), "Share of one control", "%", limits=(0, 100), steps=10)
    for number, (share, title, control) in enumerate(zip(shares, titles, controls, strict=True)):
        mark = style.letter(number)
        strong = f"{100.0 * control.share.sum():.0f} % of {of} under strong control" if control.total else "no cell"
        items.append(maps.Panel(colours(share), title, note=strong, mark=mark))
        items += _single(share, title, names[0], scale, mark) if single else []
    drawn = maps.panels(items, where, region=region, columns=columns, land=land, width=width, foot=FOOT)
    ternary_axes = drawn.axes[:: 4 if single else 1]
    highest = 100.0 * max(np.nan_to_num(control.share).max() for control in controls)
    for axes, control in zip(ternary_axes, controls):
        inset, named = _inset(drawn.figure, axes, region)
        bars(inset, control, names=names[1] if named else ("", "", ""), highest=max(highest, 1.0))
    full, high = (size / style.MM for size in drawn.figure.get_size_inches())
    triangle(
        drawn.figure.add_axes((0.5 - 13.0 / full, 8.0 / high, 26.0 / full, 22.5 / high)),
        names=names[0],
        threshold=threshold,
    )
    note = (
        f"Bars: share of {'area' if weights is not None else 'cells'}\nunder strong control (%),\none "
        f"share > {100 * threshold:.0f} %\n(cut-off corners)"
    )
    drawn.figure.text(
        0.5 + 27.0 / full, 15.0 / high, note, fontsize=SMALLEST, va="center", color=style.INK, linespacing=1.35
    )
    return drawn


def _single(share: Array, title: str, names: Sequence[str], scale: style.Scale, mark: str) -> list[maps.Panel]:
    """A map of each of three shares, per cent, with the share of cells in which it is the largest."""
    flat = np.reshape(share, (-1, 3))
    complete = np.isfinite(flat).all(1)
    largest = np.bincount(flat[complete].argmax(1), minlength=3) / max(complete.sum(), 1)
    panels = []
    for number, name in enumerate(names):
        words = name.replace("-\n", "").replace("\n", " ")
        note = f"largest in {100.0 * largest[number]:.0f} % of cells" if complete.any() else "no cell"
        values = 100.0 * share[..., number]
        panels.append(maps.Panel(values, f"{words}, {title}", None, scale, note, f"{mark}{number + 1}"))
    return panels


def _inset(figure: Figure, axes: Axes, region: maps.Region) -> tuple[Axes, bool]:
    """Axes for bars where they hide no land, the Pacific west of America; and whether there is room for names below the
    bars."""
    place = axes.get_position()
    across = place.width * figure.get_figwidth() / style.MM
    named = across > 80.0 or region == "polar"
    flat = place.width * figure.get_figwidth() > 3.0 * place.height * figure.get_figheight()  # the northern hemisphere
    left, low, wide, tall = (
        (-0.02, 0.03, 0.24, 0.22)
        if region == "polar"
        else (0.04, 0.16 if named else 0.08, 0.13, 0.42)
        if flat
        else (0.04, 0.1, 0.14, 0.26)
    )
    wide = max(wide, (14.0 if named else 8.0) / across)  # mm that three bars with letters need
    return figure.add_axes(
        (place.x0 + left * place.width, place.y0 + low * place.height, wide * place.width, tall * place.height)
    ), named
