"""Figure 4: correlation of soil moisture with productivity by class, season and layer as rings, and as maps for depth
ranges."""

import numpy as np
import xarray as xr

from vadose.figures import donuts, maps, strength, style
from vadose.figures.cartography import frame
from vadose.figures.drawn import Drawn, layers_of, region_of, seasons_of
from vadose.figures.journal import SMALLEST
from vadose.figures.variability.trends import percent

TITLES = {
    "forests": "Forests",
    "shrublands": "Shrublands",
    "grasslands": "Grasslands",
    "croplands": "Croplands",
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
    figure = style.figure("double", 146)
    step = (style.WIDTHS["double"] - 22.5) / 5.0  # mm from ring to ring, the bars at their right
    scale_r = strength.association("Mean correlation r")
    scale_p = style.sequential(p, "Mean p value", "1", limits=(0.0, 0.6), steps=6, colours=style.PROBABILITY)
    for number, name in enumerate(TITLES.values()):
        for row, (values, scale) in enumerate(((r, scale_r), (p, scale_p))):
            axes = style.axes_at(figure, 4.0 + step * number, 9.0 + 41.0 * row, 31.0, 31.0)
            strong = share[number] > 0.25 if row == 0 else None
            named = seasons if number == 0 else [""] * len(seasons)
            donuts.rings(axes, values[number], scale, seasons=named, layers=layers, significant=strong)
            axes.text(0.0, 1.12, name, ha="center", va="bottom", fontsize=SMALLEST, color=style.INK)
            if number == 0:
                words = ("Mean correlation r by land cover", "Mean p value by land cover")[row]
                axes.text(-1.3, 1.38, f"$\\bf{{{'ab'[row]}}}$  {words}", va="bottom", fontsize=7.0, color=style.INK)
    style.colour_bar(figure, scale_r, (0.925, 0.735, 0.01, 0.19), vertical=True)
    style.colour_bar(figure, scale_p, (0.925, 0.455, 0.01, 0.19), vertical=True)
    donuts.ring_key(figure, (0.80, 0.005, 0.19, 0.1), layers)
    names = [str(name) for name in correlated["depth_range"].values]
    field = part["r_range"].values
    scale = strength.association("Correlation r with annual productivity")
    region, stated = region_of(correlated), []
    wide = min(82.0, 42.0 * frame(region)[0])  # mm
    for position, number in enumerate(reversed(range(len(names)))):
        rejected, depth = part["rejected_range"].values[:, number] == 1, names[number].replace("-", "–")
        positive, significant = (percent(where, field[:, number]) for where in (field[:, number] > 0, rejected))
        shares = f"cells: {positive} positive, {significant} significant (FDR)"
        note = shares if np.isfinite(field[:, number]).any() else "no cell"
        stated.append(f"positive in {positive} and significant in {significant} of the cells at {depth}")
        maps.place(
            figure, maps.Panel(field[:, number], depth, rejected, note=note), correlated,
            left=8.0 + (style.WIDTHS["double"] / 2.0 - 1.0) * position, top=90.0, width=wide, mark=2 + position,
            region=region, scale=scale, land=land, bar=False, room=82.0,
        )  # fmt: skip
    style.colour_bar(figure, scale, (0.25, 0.075, 0.42, 0.012))
    removed = "are not removed" if detrend == "none" else f"removed from: {detrend}"
    caption = (
        f"Correlation of soil moisture with annual gross primary productivity. It is {', '.join(stated)}. (a) Mean "
        "Pearson correlation and (b) mean p over the cells of each land-cover class (a mean of p shows how clear "
        "single cells are; it is no test of the class), by season (sectors) and soil layer (rings, the surface "
        "outside), as named at the first ring and at the lower right; bold in (a): more than a quarter of the cells "
        "significant. (c, d) Correlation of annual soil moisture of two depth ranges; pale: not significant under "
        f"control of the false discovery rate (FDR). Linear trends {removed}. H-S, SH-S, SA-S, A-S: humid, sub-humid, "
        "semi-arid, arid season. Global: all land cells with productivity."
    )
    data = {"by_class": chosen, "maps": part[["r_range", "p_range", "q_range", "rejected_range"]]}
    return Drawn(figure, data, caption)
