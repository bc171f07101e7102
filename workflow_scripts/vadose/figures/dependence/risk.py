"""Maps of the risk of dry and of wet soil."""

import numpy as np
import xarray as xr

from vadose.core.time_scales import drawn_scales
from vadose.figures import maps, style
from vadose.figures.drawn import Drawn, layers_of, region_of
from vadose.figures.rounding import stepped

SHARE = 0.2  # of the values that count as dry, or wet, in the maps
GAINS = 0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 1.0 / SHARE  # steps of colour, up to the largest gain there can be


def risk_maps(risks: xr.Dataset, land: maps.Land) -> Drawn:
    """How many times as probable dry soil is after little precipitation as without dependence, and wet soil after much,
    by time scale and layer; pale where the interval holds one."""
    risks = risks.sel(time_scale=drawn_scales(risks["time_scale"].values.tolist()))
    chosen = risks.sel(precipitation_share=SHARE, soil_moisture_share=SHARE, drop=True)
    layers = layers_of(risks)
    colormap, norm = stepped(style.ASSOCIATION, np.array(GAINS))
    scale = style.Scale(colormap, norm, "Times as probable as without dependence", ticks=GAINS, centre=1.0)
    panels = []
    for number, time_scale in enumerate(risks["time_scale"].values):
        for event in risks["event"].values:
            here = chosen.isel(time_scale=number).sel(event=event)
            certain = ((here["low"] > SHARE) | (here["high"] < SHARE)).values
            gain = here["gain"].values
            name = str(time_scale).replace("annual cycle removed", "anomalies").capitalize()
            panels += [
                maps.Panel(gain[:, layer], f"{name}, {event}, {words}", certain[:, layer])
                for layer, words in enumerate(layers)
            ]
    dots = "significant (the 95 % interval holds 1)"
    columns = len(layers) if len(layers) > 1 else risks.sizes["event"]
    drawn = maps.panels(panels, risks, region=region_of(risks), columns=columns, scale=scale, land=land, dots=dots)
    caption = (
        f"Risk of dry and of wet soil. Dry: probability that soil moisture lies below its {100 * SHARE:g} % quantile "
        "when precipitation does, divided by that without dependence; wet: the same above the upper quantiles. From "
        "copulas averaged over families by Akaike weights; pale: its 95 % interval over years and families holds 1. "
        "Anomalies: annual cycle removed. Grey: no copula."
    )
    names = ["probability", "low", "high", "gain", "selected", "counted", "both_period", "either_period"]
    return Drawn(drawn.figure, chosen[names], caption)
