"""Maps of how stable the selected copulas are when years are resampled."""

import numpy as np
import xarray as xr
from scipy.spatial import KDTree

from vadose.core.arrays import Array
from vadose.core.time_scales import drawn_scales
from vadose.figures import maps, style
from vadose.figures.dependence.copulas import NO_COPULA
from vadose.figures.drawn import Drawn, layers_of, region_of

QUANTITIES = {"family_stability": "Same family", "tail_stability": "Same tails"}


def stability(copulas: xr.Dataset, land: maps.Land) -> Drawn:
    """Shares of resampled years that select the same family, and a family of the same tails, by time scale and
    layer."""
    copulas = copulas.sel(time_scale=drawn_scales(copulas["time_scale"].values.tolist()))
    layers = layers_of(copulas)
    scale = style.sequential(
        np.array([0.0, 100.0]), "Resamples with the same result", "%", limits=(0.0, 100.0), steps=10
    )
    panels, means = [], []
    for time_scale in copulas["time_scale"].values:
        part = copulas.sel(time_scale=time_scale)
        for name, words in QUANTITIES.items():
            means += [f"{words.lower()} {mean} ({time_scale})" for mean in _mean(part[name].values)]
        for number, layer in enumerate(layers):
            for name, words in QUANTITIES.items():
                values = part[name].values[:, number]
                near = 100.0 * nearest(values, part["tau"].values[:, number], copulas)
                note = "".join(f"mean {mean}" for mean in _mean(values))
                panels.append(maps.Panel(near, f"{words}, {time_scale}, {layer}", note=note))
    drawn = maps.panels(panels, copulas, region=region_of(copulas), columns=2, scale=scale, land=land)
    sampled = np.isfinite(copulas["family_stability"].values).any(axis=(1, 2)).sum()
    caption = (
        f"Stability of the selected copulas. Mean share of resamples: {', '.join(means) or 'none'}. In each of twenty "
        "resamples of whole years the copula is selected anew; maps show how often the same family, and a family of "
        f"the same behaviour in the tails, is found. {sampled} of {copulas.sizes['cell']} cells are resampled; the "
        f"others have the colour of the nearest of these. {NO_COPULA}"
    )
    return Drawn(drawn.figure, copulas[list(QUANTITIES)], caption)


def _mean(values: Array) -> list[str]:
    """Mean in per cent, nothing where no cell has a value."""
    has_value = np.isfinite(values)
    return [f"{100.0 * values[has_value].mean():.0f} %"] if has_value.any() else []


def nearest(values: Array, fitted: Array, where: xr.Dataset) -> Array:
    """Values of the nearest cell that has one, by the great circle; NaN in cells without a copula.

    Parameters
    ----------
    values : (cell,) array
        NaN where there is none.
    fitted : (cell,) array
        NaN in cells without a copula.
    where : Dataset
        lat and lon of the cells, degrees.
    """
    has_value = np.isfinite(values)
    if not has_value.any():
        return np.full(values.shape, np.nan)
    lat, lon = np.radians(where["lat"].values), np.radians(where["lon"].values)
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    _, index = KDTree(points[has_value]).query(points)
    return np.where(np.isfinite(fitted), values[has_value][index], np.nan)
