"""Latitudes beside a map: names of the parallels, and the mean by latitude."""

import numpy as np
from matplotlib.axes import Axes

from vadose.core.arrays import Array
from vadose.core.grid import Grid
from vadose.figures import cartography, style
from vadose.figures.cartography import Region
from vadose.figures.journal import SMALLEST


def names(axes: Axes, region: Region) -> None:
    """Names of the parallels at the left of a map, none where they are circles."""
    if region == "polar":
        return
    border = cartography.outline(region)
    reach = np.ptp(border[:, 0])
    for lat in cartography.frame(region)[2]:
        if abs(lat) > 60 and lat % 30 == 0:
            continue
        x, y = cartography.project(region, *cartography.western_end(region, lat))
        text = "0°" if lat == 0 else f"{abs(lat)}°{'N' if lat > 0 else 'S'}"
        axes.text(x[0] - 0.008 * reach, y[0], text, ha="right", va="center", fontsize=SMALLEST, color=style.SOFT)


def zonal(axes: Axes, values: Array, grid: Grid, region: Region, scale: style.Scale) -> None:
    """Mean and 10-90 % range by latitude, beside a map and in its projection of latitude.

    Parameters
    ----------
    axes : Axes
        As high as the map.
    values : (lat, lon) array
        Of the map; a latitude counts with at least three cells, and a hundredth of them, that have values.
    grid : Grid
        On which they lie.
    region : str
        Of `vadose.figures.cartography`.
    scale : Scale
        Whose bounds are the limits.
    """
    rows = np.isfinite(values).sum(1) >= max(3, 0.01 * grid.lon.size)
    if not rows.any():
        axes.set_axis_off()
        return
    _, y = cartography.project(region, np.zeros(grid.lat.size), grid.lat)
    low = np.full(rows.size, np.nan)
    high = np.full(rows.size, np.nan)
    mean = np.full(rows.size, np.nan)
    low[rows], high[rows] = np.nanquantile(values[rows], [0.1, 0.9], axis=1)
    mean[rows] = np.nanmean(values[rows], axis=1)
    axes.fill_betweenx(y, low, high, color="0.85", linewidth=0, step="mid" if grid.lat.size < 60 else None)
    axes.plot(mean, y, color=style.INK, linewidth=0.8)
    axes.set_ylim(*(cartography.outline(region)[:, 1].min(), cartography.outline(region)[:, 1].max()))
    bounds = scale.norm.boundaries
    axes.set_xlim(bounds[0], bounds[-1])
    if bounds[0] < 0 < bounds[-1]:
        axes.axvline(0, color=style.SOFT, linewidth=0.4)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks([bounds[0], 0.5 * (bounds[0] + bounds[-1]), bounds[-1]])
    axes.tick_params(labelsize=SMALLEST)
    axes.set_title("mean and\n10–90 %", fontsize=SMALLEST, color=style.SOFT, y=1.0, pad=1.5)
