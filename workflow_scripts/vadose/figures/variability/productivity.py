"""Figure 4: correlation of soil moisture with productivity by class, season and layer as rings, and as maps for depth
ranges."""

import numpy as np
import xarray as xr

from vadose.figures import donuts, maps, style
from vadose.figures.drawn import Drawn, layers_of, seasons_of

TITLES = {
    "forests": "Forests",
    "shrublands": "Shrub-\nlands",
    "grasslands": "Grass-\nlands",
    "croplands": "Crop-\nlands",
    "all land": "Global",
}


def correlations(correlated: xr.Dataset, summary: xr.Dataset, land: maps.Land, detrend: str) -> Drawn:
    """Figure 4: (a) mean r, (b) mean p by class, season and layer; (c, d) maps of r for the deepest layer and the root
    zone.

    Parameters
    ----------
    correlated : Dataset
        Product "productivity_correlation": r and p of cells.
    summary : Dataset
        Product "productivity_summary": their means by class.
    land : Land
        Coastlines.
    detrend : str
        Which of the treatments of the trend is drawn.
    """
    chosen = summary.sel(detrend=detrend)
    part = correlated.sel(detrend=detrend)
    seasons = seasons_of(correlated)
    layers = layers_of(correlated)
    r = np.stack([chosen["r"].sel({"class": name}).values for name in TITLES])
    p = np.stack([chosen["p"].sel({"class": name}).values for name in TITLES])
    share = np.stack([chosen["share_of_valid"].sel({"class": name}).values for name in TITLES])
    figure = style.figure("double", 130)
    scale_r = style.diverging(r, "Mean correlation r", "1", colours=style.ASSOCIATION)
    scale_p = style.sequential(p, "Mean p value", "1", limits=(0.0, 0.6), steps=6, colours=style.PROBABILITY)
    for number, name in enumerate(TITLES.values()):
        for row, (values, scale) in enumerate(((r, scale_r), (p, scale_p))):
            axes = figure.add_axes((0.003 + 0.172 * number, 0.695 - 0.285 * row, 0.168, 0.265))
            strong = share[number] > 0.25 if row == 0 else None
            donuts.rings(axes, values[number], scale, seasons=seasons, layers=layers, centre=name, significant=strong)
            if number == 0:
                style.title(axes, row)
    style.colour_bar(figure, scale_r, (0.9, 0.73, 0.012, 0.21), vertical=True)
    style.colour_bar(figure, scale_p, (0.9, 0.53, 0.012, 0.13), vertical=True)
    donuts.ring_key(figure, (0.87, 0.415, 0.11, 0.08), layers)
    names = [str(name) for name in correlated["depth_range"].values]
    field = part["r_range"].values
    scale = style.diverging(field, "Correlation r with annual productivity", "1", colours=style.ASSOCIATION)
    for position, number in enumerate(reversed(range(len(names)))):
        axes = figure.add_axes((0.035 + 0.49 * position, 0.075, 0.465, 0.465 * 180 / 130 / 2.0546))
        panel = maps.Panel(field[:, number], significant=part["rejected_range"].values[:, number] == 1)
        maps.draw(axes, panel, correlated, scale=scale, land=land)
        style.title(axes, 2 + position, names[number].replace("-", "–"))
    style.colour_bar(figure, scale, (0.29, 0.06, 0.42, 0.013))
    caption = (
        "Correlation of soil moisture with annual gross primary productivity. (a) Mean Pearson correlation and (b) "
        "mean p over the cells of each land-cover "
        "class, by season (sectors) and soil layer (rings, the surface outside); bold in (a): more than a quarter of "
        "the cells significant. (c, d) Correlation "
        "of annual soil moisture of depth ranges; dots: significant under false discovery rate control. Linear trends "
        f"removed: {detrend}. "
        "H-S, SH-S, SA-S, A-S: humid, sub-humid, semi-arid, arid season. Global: all land cells with productivity."
    )
    data = {"by_class": chosen, "maps": part[["r_range", "p_range", "q_range", "rejected_range"]]}
    return Drawn(figure, data, caption)
