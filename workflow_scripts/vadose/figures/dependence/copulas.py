"""Maps of the selected copulas: tau and tails by layer, with and without the annual cycle."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from vadose.core.arrays import Array
from vadose.figures import maps, plots, style
from vadose.figures.drawn import Drawn, layers_of, region_of
from vadose.studies.dependence.pairs import CYCLES, REMOVED

QUANTITIES = {
    "lower": "Lower tail dependence",
    "kendall": "Kendall's tau-b",
    "tau": "Tau of the copula",
    "upper": "Upper tail dependence",
}
DOTS = "95 % interval of tau-b leaves out zero"
BAR_ROOM = 40.0  # mm at the foot of maps
NO_COPULA = "Grey: no copula."


def dependence_maps(copulas: xr.Dataset, scale: str, land: maps.Land) -> Drawn:
    """Figures 2 and 3: lower tail dependence, Kendall's tau-b with its interval, the tau of the copula and upper tail
    dependence by layer."""
    chosen = copulas.sel(time_scale=scale)
    layers = layers_of(copulas)
    tail, tau = _tail_scale(), _tau_scale()
    left_out = " dependence" if len(layers) > 3 else ""  # four maps side by side leave no room for the whole title
    panels = [
        maps.Panel(
            chosen[name].values[:, number],
            f"{words.removesuffix(left_out)}, {layer}",
            _certain(chosen, number) if name == "kendall" else None,
            tau if name in ("tau", "kendall") else tail,
        )
        for name, words in QUANTITIES.items()
        for number, layer in enumerate(layers)
    ]
    dots = DOTS if "tau_low" in chosen else ""
    drawn = maps.panels(panels, copulas, region=region_of(copulas), columns=len(layers), land=land, dots=dots)
    treated = (
        " anomalies from the climatology" if str(chosen["annual_cycle_of_time_scale"].values) == REMOVED else " values"
    )
    caption = (
        f"Dependence of soil moisture on precipitation, {scale}{treated}. Kendall's tau-b of the "
        f"data{' (dots: its 95 % interval leaves out zero)' if dots else ''}; lower tail dependence (dry with dry), "
        "Kendall's tau and upper tail dependence (wet with wet) of the copula with the smallest AIC in each cell, by "
        f"soil layer. {NO_COPULA}"
    )
    limits = [name for name in ("tau_low", "tau_high") if name in chosen]
    chosen = chosen[[*QUANTITIES, "family", *limits]].reset_coords("annual_cycle_of_time_scale", drop=True)
    return Drawn(drawn.figure, chosen, caption)


def _certain(copulas: xr.Dataset, layer: int, suffix: str = "") -> Array | None:
    """Cells whose interval of tau-b leaves out zero; None where none was asked for."""
    if f"tau_low{suffix}" not in copulas:
        return None
    low, high = (copulas[f"tau_{side}{suffix}"].values[:, layer] for side in ("low", "high"))
    return (np.nan_to_num(low) > 0.0) | (np.nan_to_num(high) < 0.0)


def cycles(copulas: xr.Dataset, land: maps.Land) -> Drawn:
    """Kendall's tau-b of monthly values with and without the annual cycle side by side; dots where its interval leaves
    out zero."""
    layers, scale = layers_of(copulas), _tau_scale()
    panels = []
    for number, cycle in enumerate(copulas["annual_cycle"].values):
        for layer, name in enumerate(layers):
            treated = copulas.isel(annual_cycle=number)
            certain = _certain(treated, layer, "_by_annual_cycle")
            values = treated["kendall_by_annual_cycle"].values[:, layer]
            panels.append(maps.Panel(values, f"Annual cycle {cycle}, {name}", certain))
    dots = DOTS if "tau_low_by_annual_cycle" in copulas else ""
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
        label="Cells with tau-b < 0 (%)",
        decimals=1,
    )
    style.title(axes, len(panels), "Negative dependence")
    axes = drawn.figure.add_axes((0.6, 9.0 / height, 0.37, (BAR_ROOM - 15.0) / height))
    _cycle_histograms(axes, copulas)
    style.title(axes, len(panels) + 1, "Cells by tau-b, all layers")
    caption = (
        "Monthly Kendall's tau-b with and without the annual cycle. Tau-b of monthly precipitation and soil moisture "
        "as they are (above) and after removal of the mean of each calendar month from both (below); bars: share of "
        "cells with tau-b below zero; histogram: shares of cells and layers. "
        f"What a shared season puts into the first is not dependence of soil moisture on precipitation. {NO_COPULA}"
    )
    return Drawn(
        drawn.figure, copulas[[name for name in copulas.data_vars if str(name).endswith("_by_annual_cycle")]], caption
    )


def _cycle_shares(copulas: xr.Dataset) -> dict:
    shares = {}
    for number, cycle in enumerate(CYCLES):
        for layer in range(copulas.sizes["layer"]):
            tau = copulas["kendall_by_annual_cycle"].values[:, number, layer]
            defined = tau[np.isfinite(tau)]
            shares["negative", cycle, layer] = float(np.mean(defined < 0.0)) if defined.size else np.nan
    return shares


def _cycle_histograms(axes: Axes, copulas: xr.Dataset) -> None:
    edges = np.linspace(-1.0, 1.0, 41)
    for number, colour in enumerate(("#0072B2", "#D55E00")):
        tau = copulas["kendall_by_annual_cycle"].values[:, number]
        counts, _ = np.histogram(tau[np.isfinite(tau)], edges)
        axes.stairs(100.0 * counts / max(counts.sum(), 1), edges, color=colour, linewidth=1.0)
    axes.axvline(0.0, color=style.SOFT, linewidth=0.5)
    axes.set_xlim(-1.0, 1.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("Kendall's tau-b"), axes.set_ylabel("Share (%)")
    plots.coloured_names(axes, [f"annual cycle {cycle}" for cycle in CYCLES], ["#0072B2", "#D55E00"])


def _tail_scale() -> style.Scale:
    return style.sequential(np.array([0.0, 1.0]), "tail dependence", "1", limits=(0.0, 1.0))


def _tau_scale() -> style.Scale:
    return style.diverging(np.array([-1.0, 1.0]), "Kendall's tau", "1", limit=1.0, colours=style.ASSOCIATION)
