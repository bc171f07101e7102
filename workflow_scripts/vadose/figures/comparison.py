"""Maps of how far runs lie apart."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from vadose.figures import maps, style
from vadose.figures.drawn import Drawn, region_of
from vadose.studies.depths import dashed

ROBUST = 1  # code of `agreement`
MOST_PANELS = 9


def spread_maps(compared: xr.Dataset, units: Sequence[str], land: maps.Land) -> Drawn:
    """Standard deviation among the runs of each headline number that has a sign, pale where they do not agree robustly.

    Parameters
    ----------
    compared : Dataset
        Product "comparison".
    units : sequence of str
        Of its numbers.
    land : Land
    """
    signed = np.flatnonzero((compared["agreement"].values > 0).any(axis=0))[:MOST_PANELS]
    panels = []
    for number in signed:
        spread, name = compared["spread"].values[:, number], str(compared["number"].values[number])
        scale = style.sequential(spread, "Standard deviation among runs", units[number])
        robust = compared["agreement"].values[:, number] == ROBUST
        defined = np.isfinite(spread)
        note = f"robust in {100.0 * robust[defined].mean():.0f} % of cells" if defined.any() else "no cell"
        panels.append(maps.Panel(spread, dashed(name[:1].upper() + name[1:]), robust, scale, note))
    drawn = maps.panels(panels, compared, region=region_of(compared), land=land, dots="robust in sign and significance")
    caption = (
        "Spread among runs. Standard deviation among the runs of each headline number that has a sign, in its own "
        "unit. Full colour: at least 66 % of the runs significant and 80 % of one sign, as in the IPCC's hatching."
    )
    return Drawn(drawn.figure, compared[["spread", "agreement"]].isel(number=signed), caption)
