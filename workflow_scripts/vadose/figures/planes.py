"""Driver planes: posterior estimates for precipitation and soil moisture, one point for each ecoregion, and the
diagnostics of all models.

A driver with effects of opposite sign on precipitation and soil moisture (quadrants II and IV) makes their dependence
negative.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Polygon, Rectangle
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.figures import style
from vadose.figures.journal import SMALLEST
from vadose.figures.labels import place_labels
from vadose.figures.plots import coloured_names
from vadose.figures.term_names import term_name

NEGATIVE = "#F4E3D7"  # shade of quadrants II and IV
CLUSTERS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "D")
LETTERS = SMALLEST  # points
MOST_TERMS = 7  # rows of planes on a page


def enclosing_circle(points: Array) -> tuple[float, float, float]:
    """Centre and radius of the smallest circle around points.

    Parameters
    ----------
    points : (point, 2) array
        At least one, no missing values.

    Notes
    -----
    The smallest of the circles through two or three points that hold all others; exact, and quick for the few points of
    a cluster.
    """
    points = np.unique(np.asarray(points, dtype=float), axis=0)
    if len(points) == 1:
        return float(points[0, 0]), float(points[0, 1]), 0.0
    first, second = np.triu_indices(len(points), 1)
    centres = [0.5 * (points[first] + points[second])]
    for number in range(len(points) - 2):
        a = points[number]
        (i, j) = np.triu_indices(len(points) - number - 1, 1)
        b, c = points[number + 1 + i] - a, points[number + 1 + j] - a
        cross = 2.0 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
        usable = np.abs(cross) > 1e-12 * np.maximum(np.sum(b**2, 1), np.sum(c**2, 1))
        b, c, cross = b[usable], c[usable], cross[usable, None]
        bb = np.sum(b**2, 1, keepdims=True)
        cc = np.sum(c**2, 1, keepdims=True)
        centres.append(a + np.hstack([c[:, 1:] * bb - b[:, 1:] * cc, b[:, :1] * cc - c[:, :1] * bb]) / cross)
    centres = np.concatenate(centres)
    # The radius that a centre needs is the distance of the farthest point: the best centre is among those of pairs and
    # triples.
    radii = np.sqrt(((centres[:, None] - points[None]) ** 2).sum(-1).max(1))
    best = int(np.argmin(radii))
    return float(centres[best, 0]), float(centres[best, 1]), float(radii[best])


def hull(points: Array) -> Array:
    """Corners of the convex hull, anticlockwise (Andrew's monotone chain); fewer than three points are returned as they
    are."""
    ordered = np.unique(np.asarray(points, dtype=float), axis=0)
    if len(ordered) < 3:
        return ordered

    def half(sequence: Array) -> list[Array]:
        chain: list[Array] = []
        for point in sequence:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-1] - chain[-2], point - chain[-2]
                if ax * by - ay * bx > 0:
                    break
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def limits(estimates: Array, low: Array | None, high: Array | None) -> tuple[float, float]:
    """Reach of both axes on either side of zero, with room for labels.

    Intervals count up to 1.5 times the largest estimate: one wide interval shall not squeeze all points.
    """
    reach = []
    for axis in range(2):
        points = np.abs(estimates[:, axis])
        largest = np.nanmax(points, initial=0.0) or 1.0
        ends = [points] if low is None else [points, np.abs(low[:, axis]), np.abs(high[:, axis])]
        reach.append(1.28 * max(largest, min(1.5 * largest, np.nanmax(np.concatenate(ends), initial=0.0))))
    return reach[0], reach[1]


def plane(
    axes: Axes,
    estimates: Array,
    codes: Sequence[int],
    *,
    low: Array | None = None,
    high: Array | None = None,
    clusters: NDArray[np.int64] | None = None,
    line: tuple[float, float] | None = None,
    shape: str = "circle",
    names: Mapping[int, str] | None = None,
    reach: tuple[float, float] | None = None,
) -> list[tuple[float, float, float, float]]:
    """One plane: quadrants, points with intervals, clusters, regression line, and a label at each point.

    Parameters
    ----------
    estimates : (ecoregion, 2) array
        Effects on precipitation and soil moisture, standard deviations. Rows with missing values are left out.
    codes : sequence of int
        Of the ecoregions; keys of `style.ECOREGIONS`.
    low, high : (ecoregion, 2) arrays, optional
        Ends of the credible intervals.
    clusters : (ecoregion,) int array, optional
        Number of the cluster from 0; -1 for none.
    line : (slope, intercept), optional
        Of the regression of soil moisture on precipitation.
    shape : {"circle", "hull"}
        Around the clusters; circles are round on paper.
    names : mapping of int to str, optional
        Labels; default the short names of `style.ECOREGIONS`.
    reach : (float, float), optional
        Of the axes on either side of zero; default by `limits`.

    Returns
    -------
    list of (left, bottom, right, top)
        Where the labels stand, in pixels of the figure; none overlaps another.
    """
    estimates = np.asarray(estimates, dtype=float)
    placed = np.flatnonzero(np.isfinite(estimates).all(1))
    reach = reach or limits(estimates, low, high)
    axes.set_xlim(-reach[0], reach[0]), axes.set_ylim(-reach[1], reach[1])
    _quadrants(axes, reach)
    clusters = np.zeros(len(estimates), dtype=int) if clusters is None else np.asarray(clusters)
    if line is not None:
        ends = np.array([-reach[0], reach[0]])
        axes.plot(ends, line[1] + line[0] * ends, color=style.INK, linewidth=0.8, linestyle=(0, (4, 2)), zorder=2)
    for cluster in np.unique(clusters[placed][clusters[placed] >= 0]) if clusters.any() else ():
        _surround(axes, estimates[placed][clusters[placed] == cluster], CLUSTERS[cluster % len(CLUSTERS)], reach, shape)
    for number in placed:
        x, y = estimates[number]
        cluster = int(clusters[number])
        colour = CLUSTERS[cluster % len(CLUSTERS)] if cluster >= 0 else style.SOFT
        if low is not None and high is not None:
            axes.plot([low[number, 0], high[number, 0]], [y, y], color=colour, linewidth=0.4, alpha=0.6, zorder=3)
            axes.plot([x, x], [low[number, 1], high[number, 1]], color=colour, linewidth=0.4, alpha=0.6, zorder=3)
        axes.scatter(x, y, s=6.5, color=colour, marker=MARKERS[cluster % len(MARKERS)], linewidths=0, zorder=5)
    labels = [short_names(names)[codes[number]] for number in placed]
    return place_labels(axes, estimates[placed], labels, size=LETTERS)


def short_names(names: Mapping[int, str] | None) -> dict[int, str]:
    """What stands beside points: the names of regions, cut; by default the short names of `style.ECOREGIONS`."""
    if names is None:
        return {code: entry[0] for code, entry in style.ECOREGIONS.items()}
    return {code: name[: style.LONGEST_NAME] for code, name in names.items()}


def _quadrants(axes: Axes, reach: tuple[float, float]) -> None:
    for left, low in ((-reach[0], 0.0), (0.0, -reach[1])):
        axes.add_patch(Rectangle((left, low), reach[0], reach[1], facecolor=NEGATIVE, edgecolor="none", zorder=0))
    (
        axes.axhline(0, color=style.SOFT, linewidth=0.4, zorder=1),
        axes.axvline(0, color=style.SOFT, linewidth=0.4, zorder=1),
    )
    for text, x, y in (("I", 0.985, 0.98), ("II", 0.015, 0.98), ("III", 0.015, 0.02), ("IV", 0.985, 0.02)):
        side = "right" if x > 0.5 else "left"
        level = "top" if y > 0.5 else "bottom"
        axes.text(
            x,
            y,
            text,
            transform=axes.transAxes,
            ha=side,
            va=level,
            fontsize=SMALLEST,
            color="0.6",
            zorder=1,
            gid="quadrant",
        )


def _surround(axes: Axes, points: Array, colour: str, reach: tuple[float, float], shape: str) -> None:
    figure = axes.figure
    place = axes.get_position()
    # Points per unit of data: in these units circles are round on paper.
    scale = 72.0 * np.array(
        [place.width * figure.get_figwidth() / (2 * reach[0]), place.height * figure.get_figheight() / (2 * reach[1])]
    )
    style_of_patch = {"facecolor": colour, "edgecolor": colour, "alpha": 0.16, "linewidth": 0.6, "zorder": 1.5}
    if shape == "hull" and len(points) == 2:  # a stroke from one to the other holds no third point
        band = {"linewidth": 7.0, "solid_capstyle": "round", "alpha": 0.16, "zorder": 1.5}
        axes.plot(*points.T, color=colour, **band)
        return
    if shape == "hull" and len(points) > 2:
        axes.add_patch(Polygon(hull(points * scale) / scale, closed=True, joinstyle="round", **style_of_patch))
        return
    x, y, radius = enclosing_circle(points * scale)
    radius += 3.5  # points: a margin around the markers
    axes.add_patch(
        Ellipse((x / scale[0], y / scale[1]), 2 * radius / scale[0], 2 * radius / scale[1], **style_of_patch)
    )


def planes(
    estimates: Array,
    codes: Sequence[int],
    *,
    terms: Sequence[str],
    layers: Sequence[str],
    low: Array | None = None,
    high: Array | None = None,
    clusters: NDArray[np.int64] | None = None,
    lines: Array | None = None,
    names: Mapping[int, str] | None = None,
    shape: str = "circle",
    height: float | None = None,
) -> Figure:
    """Page of planes, terms down and layers across.

    Parameters
    ----------
    estimates : (term, layer, ecoregion, 2) array
    codes : sequence of int
    terms : sequence of str
        At most `MOST_TERMS`, as the models name them.
    layers : sequence of str
    low, high : (term, layer, ecoregion, 2) arrays, optional
    clusters : (term, layer, ecoregion) int array, optional
    lines : (term, layer, 2) array, optional
        Slope and intercept; NaN for none.
    names : mapping of int to str, optional
        As in `plane`.
    shape : {"circle", "hull"}
    height : float, optional
        mm; by default of a whole page, less where there are few terms.
    """
    height = min(style.TALLEST, 20.0 + 42.0 * len(terms)) if height is None else height
    figure = style.figure("double", height)
    rows, columns = len(terms), len(layers)
    left, right, top, bottom, gap, between = 11.0, 1.0, 5.0, 11.0, 7.0, 6.5  # mm
    full = style.WIDTHS["double"]
    wide = (full - left - right - (columns - 1) * gap) / columns
    tall = (height - top - bottom - (rows - 1) * between) / rows
    for row, term in enumerate(terms):
        for column, layer in enumerate(layers):
            x = left + column * (wide + gap)
            y = height - top - (row + 1) * tall - row * between
            axes = figure.add_axes((x / full, y / height, wide / full, tall / height))
            part = (row, column)
            line = None if lines is None or not np.isfinite(lines[part]).all() else tuple(lines[part])
            plane(
                axes,
                estimates[part],
                codes,
                low=None if low is None else low[part],
                high=None if high is None else high[part],
                clusters=None if clusters is None else clusters[part],
                line=line,
                names=names,
                shape=shape,
            )
            style.title(axes, row * columns + column, f"{term_name(term)}, {layer}")
            axes.locator_params(nbins=5)
            axes.tick_params(labelsize=SMALLEST)
            if column == 0:
                axes.set_ylabel("Effect on soil moisture (sd)", fontsize=SMALLEST)
            if row == rows - 1:
                axes.set_xlabel("Effect on precipitation (sd)", fontsize=SMALLEST)
    figure.add_artist(
        Rectangle(
            (left / full, 0.9 / height), 3.4 / full, 2.2 / height, facecolor=NEGATIVE, edgecolor="0.6", linewidth=0.3
        )
    )
    note = (
        "effects of opposite sign (negative dependence).   Colours and markers: clusters.   Dashed: regression over "
        "regions.   sd: standard deviations."
    )
    figure.text((left + 4.4) / full, 2.0 / height, note, fontsize=SMALLEST, va="center_baseline", color=style.INK)
    return figure


def diagnostics(
    axes: Axes,
    values: Array,
    codes: Sequence[int],
    *,
    groups: Sequence[str],
    colours: Sequence[str],
    threshold: float,
    label: str,
    highest: bool,
    names: Mapping[int, str] | None = None,
) -> NDArray[np.bool_]:
    """One diagnostic of all models: a dot for each, by ecoregion and group, and the side of the threshold on which
    models fail.

    Parameters
    ----------
    values : (group, ecoregion) array
        The worst over the parameters of a model, such as the largest R-hat or the smallest effective sample size.
        Missing: no model, no dot.
    codes : sequence of int
        Of the ecoregions.
    groups, colours : sequences of str
        Such as scale and layer.
    threshold : float
    label : str
        Of the vertical axis; sample sizes are drawn on a logarithmic axis.
    highest : bool
        Whether the threshold is the highest value allowed (R-hat) or the lowest (effective sample size).
    names : mapping of int to str, optional
        As in `plane`.

    Returns
    -------
    (group, ecoregion) bool array
        Which models fail.
    """
    values = np.asarray(values, dtype=float)
    failed = np.isfinite(values) & ((values > threshold) if highest else (values < threshold))
    offsets = np.linspace(-0.3, 0.3, len(groups)) if len(groups) > 1 else np.zeros(1)
    if not highest:
        axes.set_yscale("log")
    for group in range(len(groups)):
        at = np.arange(len(codes)) + offsets[group]
        axes.scatter(
            at, values[group], s=6.0, color=colours[group], marker=MARKERS[group % len(MARKERS)], linewidths=0, zorder=3
        )
        bad = failed[group]
        axes.scatter(
            at[bad], values[group][bad], s=22.0, facecolors="none", edgecolors="#A50026", linewidths=0.7, zorder=4
        )
    finite = np.append(values[np.isfinite(values)], threshold)
    low, high = (min(1.0, finite.min()), finite.max()) if highest else (finite.min() / 1.4, finite.max() * 1.4)
    margin = 0.12 * (high - low) if highest else 0.0
    axes.set_ylim(low - 0.3 * margin, high + margin)
    bottom, top = axes.get_ylim()
    if not highest:
        decades = 10.0 ** np.arange(np.floor(np.log10(bottom)), np.ceil(np.log10(top)) + 1)
        ticks = np.unique([*(step * decade for decade in decades for step in (1, 2, 4)), threshold])
        axes.set_yticks(
            ticks[(ticks >= bottom) & (ticks <= top)],
            [f"{tick:g}" for tick in ticks[(ticks >= bottom) & (ticks <= top)]],
        )
        axes.minorticks_off()
        axes.set_ylim(bottom, top)
    axes.axhspan(
        threshold if highest else bottom, top if highest else threshold, color="#F6D5D5", linewidth=0, zorder=0
    )
    axes.axhline(threshold, color="#A50026", linewidth=0.6, zorder=1)
    for line in np.arange(len(codes) - 1) + 0.5:
        axes.axvline(line, color="0.92", linewidth=0.4, zorder=0)
    axes.set_xlim(-0.5, len(codes) - 0.5)
    axes.set_xticks(
        range(len(codes)),
        [short_names(names)[code] for code in codes],
        rotation=40,
        ha="right",
        rotation_mode="anchor",
        fontsize=SMALLEST,
    )
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel(label)
    models = int(np.isfinite(values).sum())
    text = f"{int(failed.sum())} of {models} models beyond {threshold:g}"
    axes.text(
        0.0, 1.02, text, transform=axes.transAxes, fontsize=SMALLEST, color="#A50026" if failed.any() else style.SOFT
    )
    coloured_names(axes, groups, colours, size=SMALLEST)
    return failed
