"""Figures of the attribution: figure 2 (ten maps), figure 3 (donuts, differences, omega), the two largest terms."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from vadose.core.arrays import Array
from vadose.figures import donuts, maps, style
from vadose.figures.drawn import Drawn, colours_of, layers_of, region_of, seasons_of
from vadose.statistics import attribution
from vadose.studies.depths import dashed

ORDER = {1: "Largest", 2: "Second"}
TITLES = {"layer": "layer (cm)", "season": "season", "dynamics": "dynamics"}
WEIGHTED = {
    "cell": "every cell counted once",
    "area": "cells weighted by area",
    "variance": "cells weighted by their variance",
    "median": "medians over cells",
}


def marginals(attributed: xr.Dataset, land: maps.Land) -> Drawn:
    """Figure 2: contributions of seasons, layers, trend and interannual variability in the last period."""
    period = str(attributed["period"].values[-1])
    terms = 100.0 * attributed["contribution"].sel(period=period).values
    seasons = seasons_of(attributed)
    layers = layers_of(attributed)
    parts = [
        (terms.sum(axis=(1, 3)), seasons),
        (terms.sum(axis=(1, 2)), layers),
        (terms.sum(axis=(2, 3))[:, ::-1], ["Interannual variability", "Trend"]),
    ]
    label = "Contribution to the variance of total soil moisture"
    scales = [
        style.sequential(parts[0][0], label, "%", limits=(0.0, 50.0), steps=10),
        style.sequential(parts[1][0], label, "%", limits=(0.0, 80.0), steps=8),
        style.sequential(parts[2][0], label, "%", limits=(0.0, 100.0), steps=10),
    ]
    means = [[_mean(values[:, number]) for number in range(len(names))] for values, names in parts]
    panels = [
        maps.Panel(values[:, number], name, scale=scale, note=f"mean {mean[number]}")
        for (values, names), scale, mean in zip(parts, scales, means, strict=True)
        for number, name in enumerate(names)
    ]
    drawn = maps.panels(panels, attributed, region=region_of(attributed), land=land, columns=2)
    names = ["season", "layer", "dynamics"]
    kept = attributed["contribution"].sel(period=period)
    data = xr.Dataset(
        {f"by_{name}": kept.sum([other for other in names if other != name], skipna=False) for name in names}
    )
    caption = (
        f"Contributions to the variance of annual total soil moisture, {dashed(period)}. Interannual variability "
        f"contributes {means[2][0]} and the trend {means[2][1]} in the mean over cells; the layers, from the surface "
        f"down, {', '.join(means[1])}; the seasons {', '.join(means[0])}. Maps of these contributions, in per cent: by "
        "season (H-S, SH-S, SA-S, A-S: humid, sub-humid, semi-arid, arid), by layer, and by interannual variability "
        "and trend. A part that varies against the total contributes less than zero. Grey: land that is not analysed."
    )
    return Drawn(drawn.figure, data, caption)


def _mean(values: Array) -> str:
    defined = values[np.isfinite(values)]
    return f"{defined.mean():.1f} %" if defined.size else "no cell"


def global_terms(attributed: xr.Dataset, weight: str) -> Drawn:
    """Figure 3: donuts of the terms for each period, differences between the last and the first, and omega of the
    last."""
    periods = [str(period) for period in attributed["period"].values]
    terms, omegas = {}, {}
    for period in periods:
        part = attributed.sel(period=period)
        valid = np.isfinite(part["contribution"].values).all(axis=(1, 2, 3))
        weights = part["area"].values[valid], part["variance"].values[valid], weight
        terms[period] = attribution.global_shares(part["contribution"].values[valid], *weights)
        omegas[period] = attribution.global_shares(part["omega"].values[valid], *weights)
    drawn_periods = [periods[0], periods[-1]] if len(periods) > 1 else periods
    seasons = seasons_of(attributed)
    layers = layers_of(attributed)
    bare = [name.replace(" cm", "") for name in layers]
    figure = style.figure("double", 150)
    two = len(drawn_periods) > 1
    wide = 0.48 if len(drawn_periods) > 1 else 0.62
    for number, period in enumerate(drawn_periods):
        axes = figure.add_axes((0.01 + 0.5 * number if len(drawn_periods) > 1 else 0.19, 57 / 150, wide, 88 / 150))
        if np.isfinite(terms[period]).all():
            donuts.contributions(
                axes, terms[period], seasons=seasons, layers=bare, centre=dashed(period).replace("–", "–\n")
            )
        else:
            _nothing(axes, f"{dashed(period)}: no cell")
        style.title(axes, f"a{number + 1}" if two else "a")
    left = 0.07
    if len(drawn_periods) > 1:
        axes = figure.add_axes((0.07, 0.1, 0.5, 0.23))
        change = 100.0 * (terms[drawn_periods[1]] - terms[drawn_periods[0]])
        if np.isfinite(change).all():
            donuts.differences(axes, change, seasons=seasons, layers=bare)
        else:
            _nothing(axes, "no change: no cell in a period")
        style.title(axes, "b1", pad=8)
        left = 0.66
    axes = figure.add_axes((left, 0.1, 0.97 - left, 0.23) if two else (0.25, 0.1, 0.5, 0.23))
    last = omegas[drawn_periods[-1]]
    if np.isfinite(last).any():
        donuts.omegas(axes, last, seasons=seasons, layers=layers, colours=colours_of(attributed))
    else:
        _nothing(axes, "no cell")
    style.title(axes, "b2" if two else "b", pad=8)
    coordinates = {"period": periods} | {name: attributed[name].values for name in ("dynamics", "season", "layer")}
    data = xr.Dataset(
        {
            "contribution": (
                ("period", "dynamics", "season", "layer"),
                np.stack([terms[period] for period in periods]),
            ),
            "omega": (("period", "season", "layer"), np.stack([omegas[period] for period in periods])),
        },
        coordinates,
        {"weighting": weight},
    )
    return Drawn(figure, data, _terms_caption(terms, drawn_periods, weight))


def _nothing(axes: Axes, words: str) -> None:
    """Says in the place of a panel why it is empty."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=style.SOFT)


def _terms_caption(terms: dict[str, Array], periods: list[str], weight: str) -> str:
    shares = "; ".join(
        f"{100.0 * terms[period][1].sum():.1f} % of the variance and the trend {100.0 * terms[period][0].sum():.1f} % "
        f"in {dashed(period)}"
        for period in periods
    )
    two = len(periods) > 1
    return (
        "Contributions of seasons and layers through trend and interannual variability (IAV). Interannual variability "
        f"contributes {shares}. (a) Shares of the variance of annual total soil moisture in per cent "
        f"({WEIGHTED[weight]}); from the inside out: trend or IAV, season, layer in cm; narrow wedges have no label. "
        + (f"(b1) Change from {dashed(periods[0])} to {dashed(periods[-1])} in percentage points. " if two else "")
        + f"({'b2' if two else 'b'}) Contribution over the share in mean total soil moisture (ω, without unit), "
        f"{dashed(periods[-1])}. H-S, SH-S, SA-S, A-S: humid, sub-humid, semi-arid, arid season."
    )


def largest(attributed: xr.Dataset, land: maps.Land) -> Drawn:
    """The two largest terms of each cell in the last period: value, dynamics, season and layer."""
    period = str(attributed["period"].values[-1])
    part = attributed.sel(period=period)
    seasons = seasons_of(attributed)
    layers = layers_of(attributed)
    value = style.sequential([100 * part["top1"].values, 100 * part["top2"].values], "Contribution", "%", steps=6)
    scales = {
        "layer": style.classes([name.replace(" cm", "") for name in layers], style.layer_colours(len(layers))),
        "season": style.classes(seasons, colours_of(attributed)),
        "dynamics": style.classes(["Trend", "IAV"], [style.DYNAMICS_COLOURS["trend"], style.DYNAMICS_COLOURS["iav"]]),
    }
    shape = attributed.sizes["dynamics"], attributed.sizes["season"], attributed.sizes["layer"]
    codes = {}
    for rank in (1, 2):
        term = part[f"top{rank}_term"].values.astype(int)
        indices = np.unravel_index(np.maximum(term, 0), shape)
        codes[rank] = dict(
            zip(("dynamics", "season", "layer"), (np.where(term < 0, np.nan, index) for index in indices), strict=True)
        )
    panels = [
        maps.Panel(100 * part[f"top{rank}"].values, f"{ORDER[rank]} term: contribution", scale=value) for rank in (1, 2)
    ]
    for name, scale in scales.items():
        panels += [maps.Panel(codes[rank][name], f"{ORDER[rank]} term: {TITLES[name]}", scale=scale) for rank in (1, 2)]
    drawn = maps.panels(panels, attributed, region=region_of(attributed), land=land, columns=2)
    first, second = (_mean(100 * part[f"top{rank}"].values) for rank in (1, 2))
    caption = (
        f"The two largest of the {np.prod(shape)} terms of each cell, {dashed(period)}. In the mean over cells they "
        f"contribute {first} and {second} to the variance of annual total soil moisture. Contribution, layer, season "
        "and dynamics (trend or interannual variability, IAV) of the terms; seasons often lie close together, so that "
        "their maps are speckled."
    )
    return Drawn(drawn.figure, part[["top1", "top1_term", "top2", "top2_term"]], caption)
