"""Ridge lines: distributions of soil moisture by layer and season, one above the other, and the heat map of their
variability from year to year."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vadose.core.arrays import Array
from vadose.figures import style
from vadose.figures.journal import SMALLEST

OVERLAP = 1.9  # height of the tallest ridge in distances between ridges
LAYER_GAP = 0.8  # extra room between layers, in distances between ridges


def density(values: Array, positions: Array, weights: Array | None = None, *, bandwidth: float | None = None) -> Array:
    """Smoothed density of values at equally spaced positions; its sum times the spacing is the share of values within.

    Parameters
    ----------
    values : array
        Missing values are left out.
    positions : (position,) array
        Equally spaced, ascending.
    weights : array like values, optional
        Such as the areas of cells.
    bandwidth : float, optional
        Standard deviation of the Gaussian kernel in units of the values; default Silverman's rule on the effective
        number of values.

    Returns
    -------
    (position,) array
        NaN throughout if there is no value.

    Notes
    -----
    Values are counted in bins centred at the positions, then smoothed; what the kernel would carry beyond the ends is
    reflected, so that soil moisture near zero is not lost.
    """
    values = np.asarray(values, dtype=float).ravel()
    weights = (
        np.ones(values.size)
        if weights is None
        else np.broadcast_to(np.asarray(weights, dtype=float).ravel(), values.shape)
    )
    valid = np.isfinite(values) & np.isfinite(weights) & (weights > 0)
    step = positions[1] - positions[0]
    if not valid.any():
        return np.full(positions.size, np.nan)
    values = values[valid]
    weights = weights[valid] / weights[valid].sum()
    edges = np.append(positions - step / 2, positions[-1] + step / 2)
    counted, _ = np.histogram(values, edges, weights=weights)
    if bandwidth is None:
        order = np.argsort(values)
        low, high = np.interp([0.25, 0.75], np.cumsum(weights[order]), values[order])
        deviation = np.sqrt(np.sum(weights * (values - np.sum(weights * values)) ** 2))
        spread = min(deviation, (high - low) / 1.349) or deviation
        bandwidth = 0.9 * spread * np.sum(weights**2) ** 0.2
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(counted, max(bandwidth / step, 0.3), mode="reflect") / step


def ridgelines(
    axes: Axes,
    densities: Array,
    positions: Array,
    means: Array,
    *,
    seasons: Sequence[str],
    layers: Sequence[str],
    colours: Sequence[str],
    label: str,
) -> None:
    """Ridges grouped by layer, the surface on top, one colour for each season; the dashed line is the mean.

    Parameters
    ----------
    densities : (season, layer, position) array
        As `density` makes them. Each layer is scaled to its own tallest ridge: heights compare seasons within a layer,
        areas do not compare layers.
    positions : (position,) array
    means : (season, layer) array
    seasons, layers : sequence of str
        Names; seasons stand at the right of each ridge, layers at the left of each group.
    colours : sequence of str
        Of the seasons.
    label : str
        Of the horizontal axis, with unit.
    """
    count = len(seasons)
    for layer, name in enumerate(layers):
        tallest = np.nanmax(densities[:, layer], initial=0.0) or 1.0
        base_of_group = -layer * (count + LAYER_GAP)
        for season in range(count):
            base = base_of_group - season
            depth = 2 + 2 * (layer * count + season)
            ridge = np.nan_to_num(densities[season, layer]) * (OVERLAP / tallest)
            axes.fill_between(
                positions, base, base + ridge, color=colours[season], alpha=0.8, linewidth=0, zorder=depth
            )
            axes.plot(positions, base + ridge, color="white", linewidth=0.5, zorder=depth + 0.5)
            axes.plot(positions[[0, -1]], [base, base], color=colours[season], linewidth=0.4, zorder=depth)
            if np.isfinite(means[season, layer]):
                top = base + np.interp(means[season, layer], positions, ridge)
                axes.plot(
                    2 * [means[season, layer]],
                    [base, top],
                    color=style.INK,
                    linewidth=0.7,
                    linestyle=(0, (2.5, 1.2)),
                    zorder=depth + 1,
                )
            axes.annotate(
                f"{seasons[season]}  {means[season, layer]:.0f}",
                (1.0, base),
                xycoords=axes.get_yaxis_transform(),
                xytext=(2, 0),
                textcoords="offset points",
                color=style.readable(colours[season]),
                fontsize=SMALLEST,
                va="bottom",
            )
        axes.annotate(
            name,
            (0.0, base_of_group - 0.5 * (count - 1)),
            xycoords=axes.get_yaxis_transform(),
            xytext=(-4, 3),
            textcoords="offset points",
            ha="right",
            va="center",
            rotation=90,
        )
    axes.set_xlim(positions[0], positions[-1])
    axes.set_ylim(-(len(layers) - 1) * (count + LAYER_GAP) - count + 0.7, OVERLAP + 0.15)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(label)


def heat_map(
    figure: Figure,
    axes: Axes,
    values: Array,
    years: Array,
    scale: style.Scale,
    *,
    rows: Sequence[str],
    groups: Sequence[str],
    bar: tuple[float, float, float, float] | None = None,
) -> None:
    """Values by year in rows, rows in labelled groups with a gap between.

    Parameters
    ----------
    values : (group, row, year) array
        Missing values stay white with a grey stroke.
    years : (year,) array
        Consecutive or with gaps, which stay open.
    scale : Scale
    rows, groups : sequence of str
        Labels at the left.
    bar : box, optional
        Where to draw the colour bar, in shares of the figure.
    """
    whole = np.arange(int(years[0]), int(years[-1]) + 1)
    placed = np.full((len(groups), len(rows), whole.size), np.nan)
    placed[..., np.asarray(years, dtype=int) - whole[0]] = values
    pitch = len(rows) + 0.5
    for group, name in enumerate(groups):
        top = group * pitch
        extent = (whole[0] - 0.5, whole[-1] + 0.5, top + len(rows) - 0.5, top - 0.5)
        axes.imshow(scale.colours(placed[group]), extent=extent, aspect="auto", interpolation="nearest")
        axes.annotate(
            name,
            (0.0, top + 0.5 * (len(rows) - 1)),
            xycoords=axes.get_yaxis_transform(),
            xytext=(-25, 0),
            textcoords="offset points",
            ha="right",
            va="center",
        )
    axes.set_facecolor("0.93")
    for group in range(len(groups) - 1):
        axes.axhspan(group * pitch + len(rows) - 0.5, (group + 1) * pitch - 0.5, color="white", linewidth=0, zorder=2)
    axes.set_yticks(
        [group * pitch + row for group in range(len(groups)) for row in range(len(rows))],
        list(rows) * len(groups),
        fontsize=SMALLEST,
    )
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(whole[0] - 0.5, whole[-1] + 0.5)
    axes.set_ylim(len(groups) * pitch - 1.0, -0.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel("Year")
    if bar is not None:
        style.colour_bar(figure, scale, bar, vertical=bar[3] > bar[2])
