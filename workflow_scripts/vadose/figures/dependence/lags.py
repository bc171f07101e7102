"""Maps of the lag between precipitation and soil moisture."""

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.figures import maps, plots, style
from vadose.figures.drawn import Drawn, layers_of, region_of

LAG_ROOM = 36.0  # mm at the foot of maps


def lag_maps(lags: xr.Dataset, tests: xr.Dataset, land: maps.Land) -> Drawn:
    """Figure S2: lag of the largest |tau| with and without the annual cycle, where it is significant, and shares by
    lag."""
    layers, longest = layers_of(lags), int(lags["lag"].values[-1])
    scale = style.integers(0, longest, "Lag of the largest |tau|", "months")
    tested = bool(np.isfinite(lags["p"].values).any())
    panels = [
        maps.Panel(
            lags["optimal_lag"].values[:, number, layer],
            f"Annual cycle {cycle}, {name}",
            tests["lag_rejected"].values[:, number, layer] == 1 if tested else None,
        )
        for number, cycle in enumerate(lags["annual_cycle"].values)
        for layer, name in enumerate(layers)
    ]
    dots = "significant (false discovery rate)" if tested else ""
    drawn = maps.panels(
        panels, lags, region=region_of(lags), columns=len(layers), scale=scale, land=land, dots=dots, foot=LAG_ROOM
    )
    height = drawn.figure.get_figheight() / style.MM
    for number, cycle in enumerate(lags["annual_cycle"].values):
        axes = drawn.figure.add_axes((0.07 + 0.49 * number, 8.0 / height, 0.42, (LAG_ROOM - 14.0) / height))
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
        style.title(axes, len(panels) + number, f"Annual cycle {cycle}")
    caption = (
        "Months by which precipitation precedes soil moisture. Lag from 0 to "
        f"{longest} of the largest magnitude of Kendall's tau-b, with the annual cycle of both kept (above) and "
        "removed (below),"
        f" by layer; shares of cells by lag. "
        "A shared season alone puts the best lag anywhere; the best of many lags is tested against turns around the "
        "circle of "
        "months. Grey: no tau."
    )
    chosen = lags[["optimal_lag", "optimal_tau", "p"]]
    data = chosen.merge(tests[["lag_q", "lag_rejected"]], compat="no_conflicts", join="exact")
    return Drawn(drawn.figure, data, caption)


def _lag_shares(lag: Array, longest: int) -> Array:
    defined = lag[np.isfinite(lag)].astype(int)
    return 100.0 * np.bincount(defined, minlength=longest + 1) / max(defined.size, 1)
