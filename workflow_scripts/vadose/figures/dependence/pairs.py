"""Pairs of precipitation and soil moisture in single cells, with the fitted copula."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.figures import plots, style
from vadose.figures.drawn import Drawn
from vadose.statistics import copula

CONTOUR_POSITIONS = (np.arange(120) + 0.5) / 120


def cell_pairs(cells: Sequence[dict], layers: Sequence[str]) -> Drawn:
    """Pseudo-observations with contours of the fitted copula, one row per cell and one column per layer.

    Parameters
    ----------
    cells : sequence of dict
        "lat", "lon" (degrees) and, by layer, "u", "v" (time,), "family", "par", "par2", "tau".
    layers : sequence of str
        Names of the layers.
    """
    rows = len(cells)
    figure = style.figure(min(style.WIDTHS["double"], 8.0 + 57.0 * len(layers)), 6.0 + 58.0 * rows)
    tables = []
    for row, cell in enumerate(cells):
        for layer, name in enumerate(layers):
            axes = figure.add_subplot(rows, len(layers), row * len(layers) + layer + 1)
            family = cell["family"][layer]
            density, note = None, "no copula"
            if np.isfinite(family):
                density = density_grid(int(family), cell["par"][layer], cell["par2"][layer], CONTOUR_POSITIONS)
                note = f"{copula.FAMILIES[int(family)]}, tau {cell['tau'][layer]:.2f}".replace("-", "−")
            labels = (
                "u, precipitation" if row == rows - 1 else "",
                f"v, soil moisture\n{place(cell)}" if layer == 0 else "",
            )
            plots.scatter_with_contours(
                axes, cell["u"][layer], cell["v"][layer], CONTOUR_POSITIONS, density, labels=labels, note=note
            )
            axes.tick_params(labelbottom=row == rows - 1, labelleft=layer == 0)
            style.title(axes, row * len(layers) + layer, name if row == 0 else "", pad=9.0)
            tables.append(
                pd.DataFrame(
                    {
                        "lat": cell["lat"],
                        "lon": cell["lon"],
                        "layer": name,
                        "u": cell["u"][layer],
                        "v": cell["v"][layer],
                    }
                )
            )
    figure.subplots_adjust(
        left=0.10, right=0.985, bottom=0.02 + 0.12 / rows, top=1.0 - 0.11 / rows, wspace=0.18, hspace=0.16
    )
    caption = (
        f"Monthly precipitation and soil moisture in single cells. {_seen(cells)} Points: ranks of the months divided "
        "by their number plus one (pseudo-observations u and v). Contours: density of the selected copula at 0.25, "
        "0.5, 1 (bold; a density of 1 is independence), 1.5, 2, 3 and 5. Above: family and its tau. Rows: the "
        "cells named in the configuration (dependence.copula.scatter_cells); columns: soil layers."
    )
    return Drawn(figure, pd.concat(tables, ignore_index=True), caption)


def _seen(cells: Sequence[dict]) -> str:
    """The range of tau, in words."""
    taus = np.concatenate([np.asarray(cell["tau"], dtype=float) for cell in cells])
    fitted = taus[np.isfinite(taus)]
    if not fitted.size:
        return "None of them has a copula."
    ends = f"{fitted.min():.2f} to {fitted.max():.2f}".replace("-", "−")
    return (
        f"Kendall's tau of the selected copula ranges from {ends}; {(fitted < 0).sum()} of {fitted.size} are negative."
    )


def density_grid(family: int, par: float, par2: float, positions: Array) -> Array:
    """Density of a copula (position of v, position of u), evaluated by pyvinecopulib: a second pair of eyes on the
    fitted parameters.

    Parameters
    ----------
    family : int
        Code of the family (`vadose.statistics.copula.FAMILIES`).
    par, par2 : float
        Its parameters; par2 is 0 where it has none.
    positions : (position,) array
        Values in (0, 1) of both margins.
    """
    from vadose.statistics.copula.pyvine import to_pyvinecopulib

    u, v = np.meshgrid(positions, positions)
    points = np.column_stack([u.ravel(), v.ravel()])
    return np.asarray(to_pyvinecopulib(family, par, par2).pdf(points)).reshape(u.shape)


def place(cell: dict) -> str:
    """ "52.5° N, 32.5° E"."""
    lat, lon = cell["lat"], cell["lon"]
    return f"{abs(lat):g}° {'N' if lat >= 0 else 'S'}, {abs(lon):g}° {'E' if lon >= 0 else 'W'}"


def nearest_cell(copulas: xr.Dataset, lat: float, lon: float) -> int:
    """Position of the cell nearest to a place."""
    phi = np.deg2rad(lat)
    other = np.deg2rad(copulas["lat"].values)
    turn = np.deg2rad(copulas["lon"].values - lon)
    return int(np.argmax(np.sin(phi) * np.sin(other) + np.cos(phi) * np.cos(other) * np.cos(turn)))
