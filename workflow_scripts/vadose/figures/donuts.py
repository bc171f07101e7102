"""Donuts of the 32 terms of soil-moisture variability, labelled where they are; what changed between periods; and ring
charts of season by layer.

From the inside out a donut says: dynamics, season, layer. A wedge too narrow for letters carries none; its number
stands in the figure's data file.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Wedge
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.figures import plots, style
from vadose.figures.journal import SMALLEST

RINGS = ((0.30, 0.50), (0.50, 0.70), (0.70, 1.0))  # inner and outer radius: dynamics, season, layer
FIRST_ANGLE = 90.0  # degrees; wedges follow clockwise from the top


def _wedge(
    axes: Axes, radii: tuple[float, float], start: float, share: float, colour: str, *, negative: bool = False
) -> float:
    """Draw a wedge clockwise from `start`; return the angle of its middle."""
    stop = start - 360.0 * share
    hatch = {"hatch": "xxxx", "edgecolor": "white"} if negative else {"edgecolor": "white"}
    axes.add_patch(
        Wedge((0, 0), radii[1], stop, start, width=radii[1] - radii[0], facecolor=colour, linewidth=0.4, **hatch)
    )
    return 0.5 * (start + stop)


def _write(
    axes: Axes, angle: float, radius: float, text: str, colour: str, size: float, *, radial: bool, bold: bool = False
) -> None:
    turn = angle % 360.0
    rotation = turn if radial else turn - 90.0
    if 90.0 < rotation % 360.0 < 270.0:  # never upside down
        rotation += 180.0
    x = radius * np.cos(np.deg2rad(turn))
    y = radius * np.sin(np.deg2rad(turn))
    weight = "bold" if bold else "normal"
    # The letters are turned about their own centre, which then lies at the centre of the wedge.
    axes.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=size,
        fontweight=weight,
        rotation=rotation,
        color=style.ink_on(colour),
    )


def _number(value: float, decimals: int = 1) -> str:
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")  # + 0.0 turns −0.00 into 0.00


def contributions(
    axes: Axes,
    contribution: Array,
    *,
    dynamics: Sequence[str] = ("trend", "iav"),
    seasons: Sequence[str],
    layers: Sequence[str],
    centre: str = "",
    size: float = SMALLEST,
) -> None:
    """Nested donut: dynamics, seasons within, layers within those.

    Parameters
    ----------
    contribution : (dynamics, season, layer) array
        Shares of the variance, 1; normally they sum to 1. The angle of a wedge is the share of the absolute values;
        negative terms are crossed out.
    dynamics : sequence of str
        Keys of `style.DYNAMICS`.
    seasons, layers : sequence of str
        Names; layers without their unit, such as "0–10".
    centre : str
        In the hole, such as the period.
    size : float
        Of the letters, points.

    Raises
    ------
    ValueError
        If a term is missing: a donut cannot show what is unknown.
    """
    contribution = np.asarray(contribution, dtype=float)
    if not np.isfinite(contribution).all():
        raise ValueError(
            "donut: expected every term, found missing ones. Leave out the period, or average over cells that have "
            "values."
        )
    radius = 0.5 * min(axes.bbox.width, axes.bbox.height) / axes.figure.dpi * 72.0 / 1.02  # points from centre to rim
    total = np.abs(contribution).sum()
    share = np.abs(contribution) / total
    start = FIRST_ANGLE
    for first, key in enumerate(dynamics):
        colour = style.DYNAMICS_COLOURS[key]
        shades = style.shades(colour, len(layers))
        whole = share[first].sum()
        angle = _wedge(axes, RINGS[0], start, whole, colour)
        if whole > 0.03:
            name = style.DYNAMICS[key] if key == "trend" else "IAV"
            _write(
                axes,
                angle,
                np.mean(RINGS[0]),
                f"{name}\n{_number(100 * contribution[first].sum())} %",
                colour,
                size + 1.2,
                radial=False,
            )
        for second, season in enumerate(seasons):
            middle = style.shades(colour, 5)[1 + 2 * (second % 2)]
            part = share[first, second].sum()
            angle = _wedge(axes, RINGS[1], start, part, middle)
            if 2 * np.pi * np.mean(RINGS[1]) * part * radius > 4.2 * size:
                text = f"{season}\n{_number(100 * contribution[first, second].sum())}"
                _write(axes, angle, np.mean(RINGS[1]), text, middle, size + 0.4, radial=False)
            elif 2 * np.pi * np.mean(RINGS[1]) * part * radius > 1.1 * size:
                _write(axes, angle, np.mean(RINGS[1]), season, middle, size, radial=True)
            for third, layer in enumerate(layers):
                value = contribution[first, second, third]
                angle = _wedge(axes, RINGS[2], start, share[first, second, third], shades[third], negative=value < 0)
                room = 2 * np.pi * np.mean(RINGS[2]) * share[first, second, third] * radius  # points along the rim
                if room > 1.15 * size:  # the layer's name where there is room for two lines; else its shade tells it
                    number = _number(100 * value)
                    text = f"{layer}\n{number}" if room > 2.8 * size else number
                    _write(axes, angle, np.mean(RINGS[2]), text, shades[third], size, radial=True)
                start -= 360.0 * share[first, second, third]
    axes.text(0, 0, centre, ha="center", va="center", fontsize=7, fontweight="bold", color=style.INK)
    _round(axes, 1.02)


def _round(axes: Axes, reach: float) -> None:
    axes.set_xlim(-reach, reach), axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")
    axes.set_axis_off()


def differences(
    axes: Axes,
    change: Array,
    *,
    dynamics: Sequence[str] = ("trend", "iav"),
    seasons: Sequence[str],
    layers: Sequence[str],
    label: str = "Change (percentage points)",
) -> None:
    """Bars of the change of each term, in blocks of dynamics and season; layers follow from the surface (light) to the
    deepest (dark).

    Parameters
    ----------
    change : (dynamics, season, layer) array
        Percentage points.
    """
    count, block = len(layers), len(layers) + 1.2
    ticks = []
    for first, key in enumerate(dynamics):
        shades = style.shades(style.DYNAMICS_COLOURS[key], count)
        begin = first * (len(seasons) * block + 1.0)
        for second in range(len(seasons)):
            at = begin + second * block + np.arange(count)
            axes.bar(at, np.nan_to_num(change[first, second]), 0.92, color=shades, linewidth=0)
            ticks.append(at.mean())
        centre = begin + 0.5 * (len(seasons) * block - 1.2 - 1.0)
        total = float(np.nansum(change[first]))
        total = "+" * (total > 0) + _number(total, 2)
        name = style.DYNAMICS[key]
        ink = style.readable(style.DYNAMICS_COLOURS[key])
        axes.text(
            centre,
            1.01,
            f"{name}: {total} points",
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            color=ink,
            fontsize=6,
        )
    axes.axhline(0.0, color=style.INK, linewidth=0.5)
    axes.set_xticks(ticks, list(seasons) * len(dynamics))
    axes.tick_params(axis="x", length=0)
    axes.margins(x=0.02, y=0.1)
    axes.set_ylabel(label)
    layer_key(axes, layers)


def layer_key(axes: Axes, layers: Sequence[str], *, unit: str = "cm") -> None:
    """Four grey steps that say how lightness runs with depth, below the axes at the right."""
    greys = style.shades("#6E6E6E", len(layers))
    plots.coloured_names(axes, [f"{layer} {unit}".strip() for layer in layers], greys, size=SMALLEST, y=-0.26)


def omegas(
    axes: Axes,
    omega: Array,
    *,
    seasons: Sequence[str],
    layers: Sequence[str],
    colours: Sequence[str],
    label: str = "Contribution over share, ω",
) -> None:
    """Contribution relative to the share in total soil moisture: one stroke for each layer and season, from the line of
    proportion at 1.

    Parameters
    ----------
    omega : (season, layer) array
    seasons, layers : sequence of str
    colours : sequence of str
        Of the seasons.
    """
    count = len(seasons)
    offsets = 0.17 * (np.arange(count) - 0.5 * (count - 1))
    for season in range(count):
        at = np.arange(len(layers)) + offsets[season]
        axes.vlines(at, 1.0, omega[season], color=colours[season], linewidth=1.2, zorder=2)
        axes.scatter(at, omega[season], s=13, color=colours[season], linewidths=0, zorder=3)
        for x, value in zip(at, omega[season]):
            if np.isfinite(value):
                up = value >= 1.0
                axes.annotate(
                    _number(value, 2),
                    (x, value),
                    xytext=(0, 3.2 if up else -3.2),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if up else "top",
                    fontsize=SMALLEST,
                    rotation=90,
                )
    axes.axhline(1.0, color=style.INK, linewidth=0.6, zorder=1)
    axes.set_xticks(range(len(layers)), layers)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(layers) - 0.5)
    axes.margins(y=0.32)
    axes.set_ylabel(label)
    plots.coloured_names(axes, seasons, colours)


def rings(
    axes: Axes,
    values: Array,
    scale: style.Scale,
    *,
    seasons: Sequence[str],
    layers: Sequence[str],
    centre: str = "",
    decimals: int = 2,
    significant: NDArray[np.bool_] | None = None,
    size: float = SMALLEST,
) -> None:
    """Donut of season (sectors) by layer (rings, the surface outside, as in the Earth), coloured and with the numbers
    in place.

    Parameters
    ----------
    values : (season, layer) array
        Missing ones are grey.
    scale : Scale
    seasons, layers : sequence of str
        Seasons stand outside their sector; layers are the rings, named by `ring_key`.
    centre : str
        In the hole, such as the land-cover class.
    significant : (season, layer) bool array, optional
        Printed bold.
    """
    edges = np.linspace(1.0, 0.27, len(layers) + 1)
    width = 360.0 / len(seasons)
    for season, name in enumerate(seasons):
        start = FIRST_ANGLE - season * width
        middle = start - 0.5 * width
        for layer in range(len(layers)):
            value = values[season, layer]
            colour = (
                np.array(scale.colours(np.array(value))) / 255.0
                if np.isfinite(value)
                else np.array([0.86, 0.86, 0.86, 1.0])
            )
            patch = Wedge(
                (0, 0),
                edges[layer],
                start - width,
                start,
                width=edges[layer] - edges[layer + 1],
                facecolor=colour,
                edgecolor="white",
            )
            patch.set_linewidth(0.6)
            axes.add_patch(patch)
            text = _number(value, decimals) if np.isfinite(value) else "–"
            bold = significant is not None and bool(significant[season, layer])
            _write(
                axes,
                middle,
                0.5 * (edges[layer] + edges[layer + 1]),
                text,
                tuple(colour),
                size,
                radial=False,
                bold=bold,
            )
        x = 1.04 * np.cos(np.deg2rad(middle))
        y = 1.04 * np.sin(np.deg2rad(middle))
        side = "left" if x > 0.05 else "right" if x < -0.05 else "center"
        axes.text(x, y, name, fontsize=SMALLEST, ha=side, va="bottom" if y > 0 else "top", color=style.SOFT)
    axes.text(0, 0, centre, ha="center", va="center", fontsize=SMALLEST, fontweight="bold", color=style.INK)
    _round(axes, 1.06)


def ring_key(figure: Figure, box: tuple[float, float, float, float], layers: Sequence[str]) -> Axes:
    """A quarter of empty rings with the names of the layers: says once for many donuts which ring is which."""
    axes = figure.add_axes(box)
    edges = np.linspace(1.0, 0.27, len(layers) + 1)
    for layer, name in enumerate(layers):
        thick = edges[layer] - edges[layer + 1]
        axes.add_patch(
            Wedge((0, 0), edges[layer], 0, 90, width=thick, facecolor="0.95", edgecolor="0.6", linewidth=0.4)
        )
        middle = 0.5 * (edges[layer] + edges[layer + 1])
        axes.plot([0, -0.06], [middle, middle], color="0.6", linewidth=0.4)
        axes.text(-0.09, middle, name, ha="right", va="center", fontsize=SMALLEST, color=style.INK)
    axes.set_xlim(-1.0, 1.02), axes.set_ylim(0.0, 1.02)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes
