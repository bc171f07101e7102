"""What stands behind dependence, in the atlas."""

import numpy as np
import xarray as xr

from vadose.figures import style
from vadose.pages.atlas.content import Content, layer_names

STEP = 0.001


def lead_lags(content: Content, measured: xr.Dataset, tested: xr.Dataset) -> None:
    """Layers of who leads: the largest partial correlation of each direction, marked where the field test admits it.

    Parameters
    ----------
    content : Content
        Is filled.
    measured, tested : Dataset
        Products "lead_lag" and "lead_lag_tests" on the cells of the content.
    """
    r = measured["r"].values
    largest = np.take_along_axis(r, np.argmax(np.abs(r), axis=-1)[..., None], axis=-1)[..., 0]
    content.store("lead_r", largest, STEP)
    content.store("lead_rejected", tested["rejected"].values.astype(float), 1.0)
    colours = style.diverging(
        largest, "Largest partial correlation over leads", "1", limit=0.4, colours=style.ASSOCIATION
    )
    layers = layer_names(measured)
    for which, direction in enumerate(measured["direction"].values):
        for number, name in enumerate(layers):
            column = which * len(layers) + number
            group = f"Who leads: {direction}"
            content.layer(group, name, colours, "lead_r", column, "1", ("lead_rejected", column))
