"""Maps of the selected copulas: tau and tails by layer, with and without the annual cycle."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from vadose.core.arrays import Array
from vadose.figures import maps, plots, strength, style
from vadose.figures.drawn import Drawn, layers_of, region_of
from vadose.studies.dependence.pairs import CYCLES, REMOVED

PANELS = {  # words of a panel in the order of its digit, as in study B: tails at the left, tau at the right
    "lower": "Lower tail dependence",
    "kendall": "Kendall's tau-b",
    "upper": "Upper tail dependence",
    "tau": "Tau of the copula",
}
SIGNIFICANT = "significant (the 95 % interval of tau-b holds zero)"  # after "Pale colours: not"
BAR_ROOM = 46.0  # mm at the foot of maps
NO_COPULA = "Grey: no copula."
CYCLE_COLOURS = "#0072B2", "#D55E00"  # with and without the annual cycle


def of_fitted(copulas: xr.Dataset) -> xr.Dataset:
    """Tau-b of the cells that have a copula alone, whose shares are those of tables and of numbers.json."""
    masked = copulas.copy()
    for suffix in ("", "_by_annual_cycle"):
        if f"kendall{suffix}" in copulas:
            masked[f"kendall{suffix}"] = copulas[f"kendall{suffix}"].where(np.isfinite(copulas[f"tau{suffix}"]))
    return masked


def dependence_maps(copulas: xr.Dataset, scale: str, land: maps.Land) -> Drawn:
    """Figures 2 and 3: lower and upper tail dependence, Kendall's tau-b with its interval, and the tau of the copula by
    layer."""
    chosen = of_fitted(copulas.sel(time_scale=scale))
    layers = layers_of(copulas)
    tail, tau = strength.association("Tail dependence", signed=False), strength.association("Kendall's tau")
    panels = [
        maps.Panel(
            chosen[name].values[:, number],
            f"{PANELS[name]}, {layer}",
            _certain(chosen, number) if name == "kendall" else None,
            tau if name in ("tau", "kendall") else tail,
            _note(chosen, name, number),
            f"{style.letter(number)}{digit}",
        )
        for number, layer in enumerate(layers)
        for digit, name in enumerate(PANELS, start=1)
    ]
    significant = SIGNIFICANT if "tau_low" in chosen else ""
    drawn = maps.panels(panels, copulas, region=region_of(copulas), columns=2, land=land, dots=significant)
    removed = str(chosen["annual_cycle_of_time_scale"].values) == REMOVED
    negative = ", ".join(
        f"{_share_below_zero(chosen['kendall'].values[:, number])} ({layer})" for number, layer in enumerate(layers)
    )
    interval = " Pale: its 95 % interval holds zero." if significant else ""
    less = ", both less the mean of each calendar month" if removed else ""
    caption = (
        f"Dependence of soil moisture on precipitation, {scale} {'anomalies' if removed else 'values'}. Dependence is "
        f"negative in these shares of the cells: {negative}. Letters: layers, the surface first. (2) Kendall's tau-b "
        f"of precipitation and soil moisture{less}.{interval} "
        "(1) Lower (dry with dry) and (3) upper (wet with wet) tail dependence and (4) Kendall's tau of the copula "
        "with the smallest Akaike criterion (AIC) of each cell. Numbers above the maps: means over cells, and shares "
        f"of cells. {NO_COPULA}"
    )
    limits = [name for name in ("tau_low", "tau_high") if name in chosen]
    chosen = chosen[["lower", "kendall", "tau", "upper", "family", *limits]]
    return Drawn(drawn.figure, chosen.reset_coords("annual_cycle_of_time_scale", drop=True), caption)


def _share_below_zero(values: Array) -> str:
    defined = values[np.isfinite(values)]
    return f"{100.0 * np.mean(defined < 0.0):.1f} %" if defined.size else "no cell"


def _note(copulas: xr.Dataset, name: str, layer: int) -> str:
    """Headline number of a map: share of negative and of significant cells, or the mean of a tail."""
    values = copulas[name].values[:, layer]
    defined = np.isfinite(values)
    if not defined.any():
        return "no cell"
    if name in ("lower", "upper"):
        return f"mean {values[defined].mean():.2f}"
    certain = _certain(copulas, layer) if name == "kendall" else None
    more = "" if certain is None else f", {100.0 * certain[defined].mean():.0f} % significant"
    return f"cells: {_share_below_zero(values)} negative{more}"


def _certain(copulas: xr.Dataset, layer: int, suffix: str = "") -> Array | None:
    """Cells whose interval of tau-b leaves out zero; None where none was asked for."""
    if f"tau_low{suffix}" not in copulas:
        return None
    low, high = (copulas[f"tau_{side}{suffix}"].values[:, layer] for side in ("low", "high"))
    return (np.nan_to_num(low) > 0.0) | (np.nan_to_num(high) < 0.0)


def cycles(copulas: xr.Dataset, land: maps.Land) -> Drawn:
    """Kendall's tau-b of monthly values with and without the annual cycle side by side; pale where its interval holds
    zero."""
    copulas = of_fitted(copulas)
    layers, scale, shares = layers_of(copulas), strength.association("Kendall's tau-b"), _cycle_shares(copulas)
    panels = []
    for layer, name in enumerate(layers):
        for number, cycle in enumerate(copulas["annual_cycle"].values):
            treated = copulas.isel(annual_cycle=number)
            certain = _certain(treated, layer, "_by_annual_cycle")
            values = treated["kendall_by_annual_cycle"].values[:, layer]
            note = f"{_share_below_zero(values)} of cells negative"
            panels.append(maps.Panel(values, f"{name}, annual cycle {cycle}", certain, note=note))
    dots = SIGNIFICANT if "tau_low_by_annual_cycle" in copulas else ""
    drawn = maps.panels(
        panels, copulas, region=region_of(copulas), columns=2, scale=scale, land=land, dots=dots, foot=BAR_ROOM
    )
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
        members=[f"cycle {cycle}" for cycle in CYCLES],
        colours=list(CYCLE_COLOURS),
        label="Cells with tau-b < 0 (%)",
        decimals=1,
    )
    style.title(axes, len(panels), "Negative dependence")
    axes = drawn.figure.add_axes((0.6, 9.0 / height, 0.37, (BAR_ROOM - 15.0) / height))
    _cycle_histograms(axes, copulas)
    style.title(axes, len(panels) + 1, "Tau-b of all layers")
    first, last = (_listed(shares, cycle, layers) for cycle in CYCLES)
    caption = (
        f"Monthly dependence with and without the annual cycle. Kendall's tau-b is below zero in {first} of the cells "
        f"with the annual cycle {CYCLES[0]}, and in {last} with it {CYCLES[1]}, by soil layer from the surface down. A "
        "season that precipitation and soil moisture share is no dependence of one on the other, so the maps at the "
        "right, after the mean of each calendar month is taken from both, answer the question. Pale: the 95 % interval "
        f"of tau-b holds zero. Bars: the shares again; histogram: cells of all layers by tau-b. {NO_COPULA}"
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


def _listed(shares: dict, cycle: str, layers: list[str]) -> str:
    return ", ".join(f"{100.0 * shares['negative', cycle, layer]:.1f} %" for layer in range(len(layers)))


def _cycle_histograms(axes: Axes, copulas: xr.Dataset) -> None:
    edges = np.linspace(-1.0, 1.0, 41)
    for number, colour in enumerate(CYCLE_COLOURS):
        tau = copulas["kendall_by_annual_cycle"].values[:, number]
        counts, _ = np.histogram(tau[np.isfinite(tau)], edges)
        axes.stairs(100.0 * counts / max(counts.sum(), 1), edges, color=colour, linewidth=1.0)
    axes.axvline(0.0, color=style.SOFT, linewidth=0.5)
    axes.set_xlim(-1.0, 1.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("Kendall's tau-b"), axes.set_ylabel("Share (%)")
    plots.coloured_names(axes, [f"cycle {cycle}" for cycle in CYCLES], list(CYCLE_COLOURS))
