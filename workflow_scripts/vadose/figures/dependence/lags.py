"""Maps of the lag between precipitation and soil moisture."""

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.figures import maps, plots, style
from vadose.figures.drawn import Drawn, layers_of, region_of

LAG_ROOM = 40.0  # mm at the foot of maps


def lag_maps(lags: xr.Dataset, tests: xr.Dataset, land: maps.Land) -> Drawn:
    """Figure S2: lag of the largest |tau| with and without the annual cycle, where it is significant, and shares by
    lag."""
    layers, longest = layers_of(lags), int(lags["lag"].values[-1])
    scale = style.integers(0, longest, "Lag of the largest |tau|", "months")
    tested = bool(np.isfinite(lags["p"].values).any())
    significant = tests["lag_rejected"].values == 1
    panels = [
        maps.Panel(
            lags["optimal_lag"].values[:, number, layer],
            f"{name}, annual cycle {cycle}",
            significant[:, number, layer] if tested else None,
            note=_note(lags["optimal_lag"].values[:, number, layer], significant[:, number, layer], tested),
        )
        for layer, name in enumerate(layers)
        for number, cycle in enumerate(lags["annual_cycle"].values)
    ]
    dots = "significant (best lag against turned series, false discovery rate)" if tested else ""
    drawn = maps.panels(
        panels, lags, region=region_of(lags), columns=2, scale=scale, land=land, dots=dots, foot=LAG_ROOM
    )
    height = drawn.figure.get_figheight() / style.MM
    for number, cycle in enumerate(lags["annual_cycle"].values):
        axes = drawn.figure.add_axes((0.07 + 0.49 * number, 8.0 / height, 0.42, (LAG_ROOM - 18.0) / height))
        counts = np.array(
            [_lag_shares(lags["optimal_lag"].values[:, number, layer], longest) for layer in range(len(layers))]
        )
        plots.histogram(
            axes,
            counts,
            range(longest + 1),
            layers,
            style.layer_colours(len(layers)),
            labels=("Lag (months)", "Cells (%)" * (number == 0)),
        )
        style.title(axes, len(panels) + number, f"Annual cycle {cycle}", pad=11)  # above the key of the layers
    best = lags["optimal_lag"].values
    at_once = "; ".join(
        f"annual cycle {cycle}: "
        + ", ".join(_percent(best[:, number, layer] == 0, best[:, number, layer]) for layer in range(len(layers)))
        for number, cycle in enumerate(lags["annual_cycle"].values)
    )
    caption = (
        "Months by which precipitation precedes soil moisture. Share of cells whose dependence is strongest in the "
        f"same month, by layer from the surface down: {at_once}. Lag from 0 to {longest} months of the largest "
        "magnitude of Kendall's tau-b, with the annual cycle of both series kept (left) and removed (right); a shared "
        "annual cycle can put the lag anywhere. Pale: not significant at the false discovery rate (FDR), compared with "
        "series turned around the circle of months and with what a shared season gives. Grey: no tau-b."
    )
    chosen = lags[["optimal_lag", "optimal_tau", "p"]]
    data = chosen.merge(tests[["lag_q", "lag_rejected"]], compat="no_conflicts", join="exact")
    return Drawn(drawn.figure, data, caption)


def _percent(where: Array, lag: Array) -> str:
    defined = np.isfinite(lag)
    return f"{100.0 * where[defined].mean():.0f} %" if defined.any() else "no cell"


def _note(lag: Array, significant: Array, tested: bool) -> str:
    """Median lag, and the share of significant cells."""
    if not np.isfinite(lag).any():
        return "no cell"
    return f"median {np.nanmedian(lag):.0f}" + f", {_percent(significant, lag)} of cells significant (FDR)" * tested


def _lag_shares(lag: Array, longest: int) -> Array:
    defined = lag[np.isfinite(lag)].astype(int)
    return 100.0 * np.bincount(defined, minlength=longest + 1) / max(defined.size, 1)
