"""Maps of the risk of dry and of wet soil."""

import numpy as np
import xarray as xr

from vadose.core.time_scales import drawn_scales
from vadose.figures import maps, style
from vadose.figures.drawn import Drawn, layers_of, region_of

SHARE = 0.2  # of the values that count as dry, or wet, in the maps
MOST = 3.0  # gains beyond, and below one third, have the last colours


def risk_maps(risks: xr.Dataset, land: maps.Land) -> Drawn:
    """How many times as probable dry soil is after little precipitation as without dependence, and wet soil after much,
    by time scale and layer; dots where the interval leaves one out."""
    risks = risks.sel(time_scale=drawn_scales(risks["time_scale"].values.tolist()))
    chosen = risks.sel(precipitation_share=SHARE, soil_moisture_share=SHARE, drop=True)
    layers = layers_of(risks)
    scale = style.diverging(
        np.log2(np.clip(chosen["gain"].values, 1 / MOST, MOST)),
        "Gain over independence, binary logarithm",
        "1",
        limit=1.6,
        colours=style.ASSOCIATION,
    )
    panels = []
    for number, time_scale in enumerate(risks["time_scale"].values):
        for event in risks["event"].values:
            here = chosen.isel(time_scale=number).sel(event=event)
            certain = ((here["low"] > SHARE) | (here["high"] < SHARE)).values
            gain = np.log2(np.clip(here["gain"].values, 1 / MOST, MOST))
            name = str(time_scale).replace("annual cycle removed", "anomalies").capitalize()
            panels += [
                maps.Panel(gain[:, layer], f"{name}, {event}, {words}", certain[:, layer])
                for layer, words in enumerate(layers)
            ]
    dots = "95 % interval leaves out a gain of 1"
    columns = len(layers) if len(layers) > 1 else risks.sizes["event"]
    drawn = maps.panels(panels, risks, region=region_of(risks), columns=columns, scale=scale, land=land, dots=dots)
    caption = (
        f"Risk of dry and of wet soil. Dry: probability that soil moisture lies below its {100 * SHARE:g} % quantile "
        "when precipitation does, divided by that without dependence; wet: the same above the upper quantiles; binary "
        "logarithm, 1 is twice as probable. From copulas averaged over families by Akaike weights; dots: its 95 % "
        "interval over years and families leaves out 1. Anomalies: annual cycle removed. Grey: no copula."
    )
    names = ["probability", "low", "high", "gain", "selected", "counted", "both_period", "either_period"]
    return Drawn(drawn.figure, chosen[names], caption)
