"""Maps of the selected copulas: tau and tails by layer, with and without the annual cycle."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from vadose.figures import maps, plots, style
from vadose.figures.drawn import Drawn, layers_of, region_of
from vadose.studies.dependence.pairs import CYCLES, REMOVED

QUANTITIES = {"lower": "Lower tail dependence", "tau": "Kendall's tau", "upper": "Upper tail dependence"}
BAR_ROOM = 40.0  # mm at the foot of maps
NO_COPULA = "Grey: no copula."


def dependence_maps(copulas: xr.Dataset, scale: str, land: maps.Land) -> Drawn:
    """Figures 2 and 3: lower tail dependence, Kendall's tau and upper tail dependence by layer."""
    chosen = copulas.sel(time_scale=scale)
    layers = layers_of(copulas)
    tail, tau = _tail_scale(), _tau_scale()
    left_out = " dependence" if len(layers) > 3 else ""  # four maps side by side leave no room for the whole title
    panels = [
        maps.Panel(
            chosen[name].values[:, number],
            f"{words.removesuffix(left_out)}, {layer}",
            scale=tau if name == "tau" else tail,
        )
        for name, words in QUANTITIES.items()
        for number, layer in enumerate(layers)
    ]
    drawn = maps.panels(panels, copulas, region=region_of(copulas), columns=len(layers), land=land)
    treated = (
        " anomalies from the climatology" if str(chosen["annual_cycle_of_time_scale"].values) == REMOVED else " values"
    )
    caption = (
        f"Dependence of soil moisture on precipitation, {scale}{treated}. Lower tail dependence (dry with dry), "
        "Kendall's tau "
        f"and upper tail dependence "
        f"(wet with wet) of the copula with the smallest AIC in each cell, by soil layer. {NO_COPULA}"
    )
    return Drawn(
        drawn.figure, chosen[[*QUANTITIES, "family"]].reset_coords("annual_cycle_of_time_scale", drop=True), caption
    )


def cycles(copulas: xr.Dataset, land: maps.Land) -> Drawn:
    """Kendall's tau of monthly copulas with and without the annual cycle side by side; dots where the interval leaves
    out zero."""
    layers, scale = layers_of(copulas), _tau_scale()
    panels = []
    for number, cycle in enumerate(copulas["annual_cycle"].values):
        for layer, name in enumerate(layers):
            certain = None
            if "tau_low_by_annual_cycle" in copulas:
                low, high = (
                    copulas[f"tau_{side}_by_annual_cycle"].values[:, number, layer] for side in ("low", "high")
                )
                certain = (np.nan_to_num(low) > 0.0) | (np.nan_to_num(high) < 0.0)
            panels.append(
                maps.Panel(
                    copulas["tau_by_annual_cycle"].values[:, number, layer], f"Annual cycle {cycle}, {name}", certain
                )
            )
    dots = "95 % interval of tau leaves out zero" if "tau_low_by_annual_cycle" in copulas else ""
    drawn = maps.panels(
        panels,
        copulas,
        region=region_of(copulas),
        columns=len(layers),
        scale=scale,
        land=land,
        dots=dots,
        foot=BAR_ROOM,
    )
    shares = _cycle_shares(copulas)
    full = drawn.figure.get_figwidth() / style.MM
    height = drawn.figure.get_figheight() / style.MM
    axes = drawn.figure.add_axes((13.0 / full, 9.0 / height, 0.42, (BAR_ROOM - 15.0) / height))
    values = np.array([[shares["negative", cycle, layer] for cycle in CYCLES] for layer in range(len(layers))])
    plots.intervals(
        axes,
        100.0 * values,
        None,
        None,
        groups=layers,
        members=[f"annual cycle {cycle}" for cycle in CYCLES],
        colours=[style.TAILS["negative"], "#F4A582"],
        label="Cells with tau < 0 (%)",
        decimals=1,
    )
    style.title(axes, len(panels), "Negative dependence")
    axes = drawn.figure.add_axes((0.6, 9.0 / height, 0.37, (BAR_ROOM - 15.0) / height))
    _cycle_histograms(axes, copulas)
    style.title(axes, len(panels) + 1, "Cells by tau, all layers")
    caption = (
        "Monthly Kendall's tau with and without the annual cycle. Tau of the selected copula of monthly precipitation "
        "and soil "
        "moisture as they are (above) and "
        "after removal of the mean of each calendar month from both (below); bars: share of cells with tau below zero; "
        "histogram: shares of cells and layers. "
        f"What a shared season puts into the first is not dependence of soil moisture on precipitation. {NO_COPULA}"
    )
    return Drawn(
        drawn.figure, copulas[[name for name in copulas.data_vars if str(name).endswith("_by_annual_cycle")]], caption
    )


def _cycle_shares(copulas: xr.Dataset) -> dict:
    shares = {}
    for number, cycle in enumerate(CYCLES):
        for layer in range(copulas.sizes["layer"]):
            tau = copulas["tau_by_annual_cycle"].values[:, number, layer]
            defined = tau[np.isfinite(tau)]
            shares["negative", cycle, layer] = float(np.mean(defined < 0.0)) if defined.size else np.nan
    return shares


def _cycle_histograms(axes: Axes, copulas: xr.Dataset) -> None:
    edges = np.linspace(-1.0, 1.0, 41)
    for number, colour in enumerate(("#0072B2", "#D55E00")):
        tau = copulas["tau_by_annual_cycle"].values[:, number]
        counts, _ = np.histogram(tau[np.isfinite(tau)], edges)
        axes.stairs(100.0 * counts / max(counts.sum(), 1), edges, color=colour, linewidth=1.0)
    axes.axvline(0.0, color=style.SOFT, linewidth=0.5)
    axes.set_xlim(-1.0, 1.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("Kendall's tau"), axes.set_ylabel("Share (%)")
    plots.coloured_names(axes, [f"annual cycle {cycle}" for cycle in CYCLES], ["#0072B2", "#D55E00"])


def _tail_scale() -> style.Scale:
    return style.sequential(np.array([0.0, 1.0]), "tail dependence", "1", limits=(0.0, 1.0))


def _tau_scale() -> style.Scale:
    return style.diverging(np.array([-1.0, 1.0]), "Kendall's tau", "1", limit=1.0, colours=style.ASSOCIATION)
