"""Plots of numbers with their uncertainty: series with trends, bars with intervals, recovery of planted values, scatter
with contours, histograms.

Each function draws into axes it is given and computes nothing but positions: what is shown is what stands in the
figure's data file.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.figures import style
from vadose.figures.journal import SMALLEST
from vadose.figures.labels import labels_apart


class Line(NamedTuple):
    """A fitted straight line: over which years, and where it runs; `text` stands at its end."""

    years: tuple[float, float]
    values: tuple[float, float]
    text: str = ""
    significant: bool = True


def spread(wanted: Array, distance: float, low: float = -np.inf, high: float = np.inf) -> Array:
    """Positions of labels on a line: at least `distance` apart, within [low, high], in their order, and as near as can
    be to where they are wanted.

    Parameters
    ----------
    wanted : (label,) array
        Positions, in the unit of the axis.
    distance : float
        Smallest distance of neighbours, in the same unit.
    low, high : float
        Limits of the line.

    Notes
    -----
    Least squares with order constraints: pool adjacent violators of `wanted - rank x distance`. If they do not fit
    between low and high, they start at low.
    """
    wanted = np.asarray(wanted, dtype=float)
    order = np.argsort(wanted, kind="stable")
    blocks: list[list[float]] = []  # mean, size
    for rank, position in enumerate(wanted[order]):
        blocks.append([position - rank * distance, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, size = blocks.pop()
            blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + mean * size) / (blocks[-1][1] + size), blocks[-1][1] + size]
    placed = np.concatenate([np.full(int(size), mean) for mean, size in blocks] or [np.zeros(0)])
    placed = np.maximum(np.minimum(placed, high - (wanted.size - 1) * distance), low) + distance * np.arange(
        wanted.size
    )
    out = np.empty(wanted.size)
    out[order] = placed
    return out


def end_labels(
    axes: Axes, x: float, values: Array, texts: Sequence[str], colours: Sequence, *, size: float = 6.0
) -> None:
    """Labels at the right end of lines, moved apart where lines end close together; call when the limits are final.

    Parameters
    ----------
    axes : Axes
        With the lines.
    x : float
        Where the lines end, in the axes' unit.
    values : (line,) array
        Last value of each line, in the axes' unit.
    texts : sequence of str
        One label a line.
    colours : sequence
        One colour a line.
    size : float
        Points.
    """
    figure = axes.figure
    high = axes.get_position().height * figure.get_figheight() * 72  # points
    low_limit, high_limit = axes.get_ylim()
    distance = 1.25 * size * (high_limit - low_limit) / high
    placed = spread(np.asarray(values, dtype=float), distance, low_limit, high_limit)
    for y, text, colour in zip(placed, texts, colours):
        ink = style.readable(colour)
        axes.annotate(
            text,
            (x, y),
            xytext=(3, 0),
            textcoords="offset points",
            color=ink,
            fontsize=size,
            va="center",
            annotation_clip=False,
        )


def series(
    axes: Axes,
    years: Array,
    values: Mapping[str, Array],
    colours: Mapping[str, str],
    label: str,
    *,
    lines: Mapping[str, Sequence[Line]] = {},
) -> None:
    """Time series with fitted lines; names stand at the end of each series.

    Parameters
    ----------
    years : (year,) array
    values : mapping of name to (year,) array
        Missing years stay open.
    colours : mapping of name to colour
    label : str
        Of the vertical axis, with unit.
    lines : mapping of name to Lines
        Dashed where not significant; their text stands above the line.
    """
    ends = []
    for name, data in values.items():
        axes.plot(years, data, color=colours[name], linewidth=0.7, marker="o", markersize=1.1, zorder=2)
        present = np.flatnonzero(np.isfinite(data))
        ends.append(data[present[-1]] if present.size else np.nan)
        for line in lines.get(name, ()):
            pattern = "-" if line.significant else (0, (3, 1.5))
            axes.plot(line.years, line.values, color=style.INK, linewidth=1.1, linestyle=pattern, zorder=3)
    axes.set_xlim(years[0] - 1, years[-1] + 1)
    axes.margins(y=0.12)
    axes.set_ylabel(label)
    ending = [number for number, end in enumerate(ends) if np.isfinite(end)]
    if len(values) > 1:
        names = list(values)
        end_labels(
            axes, years[-1], np.array(ends)[ending], [names[k] for k in ending], [colours[names[k]] for k in ending]
        )
    for line in (line for group in lines.values() for line in group if line.text):
        axes.annotate(
            line.text,
            (np.mean(line.years), np.max(line.values)),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=SMALLEST,
            color=style.INK,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
            zorder=4,
        )


def intervals(
    axes: Axes,
    values: Array,
    low: Array | None,
    high: Array | None,
    *,
    groups: Sequence[str],
    members: Sequence[str],
    colours: Sequence[str],
    label: str,
    significant: NDArray[np.bool_] | None = None,
    baseline: float = 0.0,
    decimals: int | None = None,
) -> None:
    """Grouped bars from a baseline with intervals; members are named once, in their colours, under the first group's
    bars or above the plot.

    Parameters
    ----------
    values, low, high : (group, member) arrays
        Missing values leave a gap; intervals may be None.
    groups, members : sequence of str
    colours : sequence of str
        Of the members.
    label : str
        Of the vertical axis, with unit.
    significant : (group, member) bool array, optional
        Bars that are not significant are hatched and pale.
    baseline : float
        Where bars start, such as 1 for ratios.
    decimals : int, optional
        Print values at the end of bars with so many decimals.
    """
    count = len(members)
    wide = 0.82 / count
    for member in range(count):
        at = np.arange(len(groups)) + (member - 0.5 * (count - 1)) * wide
        for group, x in enumerate(at):
            value = values[group, member]
            if not np.isfinite(value):
                continue
            weak = significant is not None and not significant[group, member]
            face = style.shades(colours[member], 3)[0] if weak else colours[member]
            edge = {"hatch": "/////", "edgecolor": colours[member], "linewidth": 0.0} if weak else {"edgecolor": "none"}
            axes.bar(x, value - baseline, wide * 0.94, bottom=baseline, color=face, zorder=2, **edge)
            if low is not None and np.isfinite(low[group, member]) and np.isfinite(high[group, member]):
                axes.plot([x, x], [low[group, member], high[group, member]], color=style.INK, linewidth=0.6, zorder=3)
            if decimals is not None:
                tip = value if low is None else (high if value >= baseline else low)[group, member]
                up = value >= baseline
                offset, side = ((0, 1.5), "bottom") if up else ((0, -1.5), "top")
                text = f"{value:.{decimals}f}".replace("-", "−")
                axes.annotate(
                    text, (x, tip), xytext=offset, textcoords="offset points", ha="center", va=side, fontsize=SMALLEST
                )
    axes.axhline(baseline, color=style.INK, linewidth=0.5, zorder=1)
    axes.set_xticks(range(len(groups)), groups)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.55, len(groups) - 0.45)
    axes.margins(y=0.14)
    axes.set_ylabel(label)
    coloured_names(axes, members, colours, y=1.015)


def coloured_names(
    axes: Axes, names: Sequence[str], colours: Sequence[str], *, size: float = 6.0, y: float = 1.0
) -> None:
    """Names in their colours in one line at the upper right inside the axes: a legend without a box.

    Parameters
    ----------
    axes : Axes
        Drawn into.
    names : sequence of str
        In their order from the left.
    colours : sequence of str
        One for each name.
    size : float
        Points.
    y : float
        Lower edge as a share of the height of the axes.
    """
    from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea, HPacker, TextArea
    from matplotlib.patches import Rectangle

    packed = []
    for name, colour in zip(names, colours):
        patch = DrawingArea(5, 5)
        patch.add_artist(Rectangle((0, 0.5), 4.5, 4.5, facecolor=colour, edgecolor="none"))
        packed.append(
            HPacker(
                children=[patch, TextArea(name, textprops={"fontsize": size, "color": style.INK})],
                pad=0,
                sep=2,
                align="center",
            )
        )
    row = HPacker(children=packed, pad=0, sep=6, align="center")
    box = AnchoredOffsetbox(
        "lower right",
        child=row,
        pad=0.1,
        borderpad=0.0,
        frameon=False,
        bbox_to_anchor=(1.0, y),
        bbox_transform=axes.transAxes,
    )
    axes.add_artist(box)


def scatter_with_contours(
    axes: Axes, u: Array, v: Array, positions: Array, density: Array | None, *, labels: tuple[str, str], note: str = ""
) -> None:
    """Pseudo-observations in the unit square with contours of the fitted copula's density.

    Parameters
    ----------
    u, v : (time,) arrays
        Ranks over n + 1; missing pairs are left out.
    positions : (position,) array
        Where the density is given, along both axes.
    density : (position of v, position of u) array or None
        Contours at 0.25, 0.5, 1, 1.5, 2, 3, 5; 1 is independence and drawn bold.
    labels : (str, str)
        What u and v are.
    note : str
        Printed above at the right, such as the family and tau.
    """
    axes.scatter(u, v, s=2.2, color="#0072B2", alpha=0.55, linewidths=0, zorder=2)
    if density is not None:
        levels = [0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0]
        lines = axes.contour(
            positions,
            positions,
            density,
            levels=levels,
            colors=style.INK,
            linewidths=[1.0 if x == 1 else 0.45 for x in levels],
            zorder=3,
        )
        labels_apart(axes.clabel(lines, fmt="%g", fontsize=SMALLEST, inline_spacing=1.5))
    axes.set_xlim(0, 1), axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"]), axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_xlabel(labels[0]), axes.set_ylabel(labels[1])
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
    if note:
        axes.text(
            1.0, 1.015, note, transform=axes.transAxes, ha="right", va="bottom", fontsize=SMALLEST, color=style.SOFT
        )


def histogram(
    axes: Axes,
    counts: Array,
    positions: Sequence,
    names: Sequence[str],
    colours: Sequence[str],
    *,
    labels: tuple[str, str],
) -> None:
    """Shares by class as grouped bars, such as cells by optimal lag and layer.

    Parameters
    ----------
    counts : (name, position) array
        Shares in per cent, or counts.
    positions : sequence
        Classes along the horizontal axis.
    names, colours : sequences of str
        Of the groups, such as layers.
    labels : (str, str)
        Of both axes.
    """
    wide = 0.84 / len(names)
    for number, name in enumerate(names):
        at = np.arange(len(positions)) + (number - 0.5 * (len(names) - 1)) * wide
        axes.bar(at, counts[number], wide * 0.95, color=colours[number], label=name)
    axes.set_xticks(range(len(positions)), [str(position) for position in positions])
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(labels[0]), axes.set_ylabel(labels[1])
    axes.set_xlim(-0.6, len(positions) - 0.4)
    coloured_names(axes, names, colours)


def recovery(
    axes: Axes, planted: Array, recovered: Array, tolerance: Array | float, names: Sequence[str], *, label: str
) -> NDArray[np.bool_]:
    """Planted against recovered values with their tolerances about the line of equality; those outside are red and
    named.

    Parameters
    ----------
    axes : Axes
        Drawn into.
    planted, recovered : (value,) arrays
        In the same unit; missing is NaN.
    tolerance : float or (value,) array
        Largest difference that is chance, in that unit.
    names : sequence of str
        One for each value.
    label : str
        Quantity and unit, for both axes.

    Returns
    -------
    (value,) bool array
        Which lie within their tolerance; a missing one does not.
    """
    tolerance = np.broadcast_to(np.asarray(tolerance, dtype=float), np.shape(planted))
    within = np.abs(recovered - planted) <= tolerance
    everything = np.concatenate([planted, recovered, planted - tolerance, planted + tolerance])
    everything = everything[np.isfinite(everything)]
    low, high = (everything.min(), everything.max()) if everything.size else (0.0, 1.0)
    margin = 0.06 * ((high - low) or 1.0)
    axes.plot([low - margin, high + margin], [low - margin, high + margin], color=style.SOFT, linewidth=0.5, zorder=1)
    axes.vlines(planted, planted - tolerance, planted + tolerance, color="0.8", linewidth=2.2, zorder=1)
    axes.scatter(planted[within], recovered[within], s=7, color="#0072B2", linewidths=0, zorder=3)
    axes.scatter(planted[~within], recovered[~within], s=10, color="#D55E00", marker="D", linewidths=0, zorder=3)
    for number in np.flatnonzero(~within & np.isfinite(recovered)):
        above = recovered[number] > planted[number]  # away from the line of equality
        offset, side = ((-3, 1.5), "right") if above else ((3, -4.0), "left")
        where = planted[number], recovered[number]
        axes.annotate(
            names[number], where, xytext=offset, textcoords="offset points", ha=side, fontsize=SMALLEST, color="#D55E00"
        )
    axes.set_xlim(low - margin, high + margin), axes.set_ylim(low - margin, high + margin)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(f"Planted {label}"), axes.set_ylabel(f"Recovered {label}")
    axes.text(
        0.03,
        0.97,
        f"{int(within.sum())} of {within.size} within tolerance",
        transform=axes.transAxes,
        va="top",
        fontsize=SMALLEST,
        color=style.SOFT,
    )
    return within
