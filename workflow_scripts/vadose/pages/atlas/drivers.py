"""Posterior of the driver models of a cell's region, in the atlas."""

import numpy as np
import xarray as xr

from vadose.pages.atlas.content import Content, layer_names
from vadose.studies.drivers.status import Status
from vadose.studies.regions import names_of

QUANTITIES = ("mean", "q5", "q95")
DIGITS = 3  # of effects in the page


def of_regions(content: Content, estimates: xr.Dataset, title: str) -> None:
    """What the panel of a cell says of the drivers of its region.

    Parameters
    ----------
    content : Content
        Its facts are filled: `drivers`, with effects as [mean, 5 %, 95 %] by region, time scale, layer, response and
        term, none (null) where the model did not converge.
    estimates : Dataset
        Product "driver_estimates".
    title : str
        What the regions are called, as in `names.title_of_regions`.
    """
    order = ("ecoregion", "time_scale", "layer", "response", "term")
    effects = np.stack([estimates[name].transpose(*order).values for name in QUANTITIES], axis=-1)
    status = estimates["status"].transpose(*order[:3]).values
    kept = np.where((status == Status.CONVERGED)[..., None, None, None], np.round(effects, DIGITS), np.nan)
    listed = np.where(np.isfinite(kept), kept, None).tolist()
    names = names_of(estimates)
    content.facts["drivers"] = {
        "of": title,
        "scales": [str(scale) for scale in estimates["time_scale"].values],
        "layers": layer_names(estimates),
        "responses": [str(response) for response in estimates["response"].values],
        "terms": [str(term).replace(":", " × ").replace("_", " ") for term in estimates["term"].values],
        "regions": {names[int(code)]: listed[place] for place, code in enumerate(estimates["ecoregion"].values)},
    }
