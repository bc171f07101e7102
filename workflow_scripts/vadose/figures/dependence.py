"""The figures of study B up to lags: each function takes merged products and gives a figure, the data behind it and its
caption."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from vadose.core.arrays import Array
from vadose.figures import maps, plots, style
from vadose.figures.drawn import Drawn, layers_of
from vadose.statistics import copula
from vadose.studies.dependence.pairs import CYCLES, REMOVED, TAIL_FROM, TAILS

QUANTITIES = {"lower": "Lower tail dependence", "tau": "Kendall's tau", "upper": "Upper tail dependence"}
CONTOUR_POSITIONS = (np.arange(120) + 0.5) / 120
BAR_ROOM, LAG_ROOM = 40.0, 36.0  # mm at the foot of maps
NO_COPULA = "Grey: no copula."
NONE, PALE_NONE = "#7F7F7F", "#E6E2D3"  # darker and yellower than land without data


def region_of(dataset: xr.Dataset) -> str:
    """Map of the northern hemisphere, or of the globe where the study reaches south of the equator."""
    return "north" if float(dataset["lat"].min()) > -2.0 else "global"


def dependence_maps(copulas: xr.Dataset, scale: str, land: maps.Land) -> Drawn:
    """Figures 2 and 3: lower tail dependence, Kendall's tau and upper tail dependence by layer."""
    chosen, layers = copulas.sel(time_scale=scale), layers_of(copulas)
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
    treated = " anomalies from the climatology" if str(chosen["annual_cycle"].values) == REMOVED else " values"
    caption = (
        f"Dependence of soil moisture on precipitation, {scale}{treated}. Lower tail dependence (dry with dry), "
        "Kendall's tau "
        f"and upper tail dependence "
        f"(wet with wet) of the copula with the smallest AIC in each cell, by soil layer. {NO_COPULA}"
    )
    return Drawn(drawn.figure, chosen[[*QUANTITIES, "family"]].reset_coords("annual_cycle", drop=True), caption)


def cycles(copulas: xr.Dataset, land: maps.Land) -> Drawn:
    """Kendall's tau of monthly copulas with and without the annual cycle side by side; dots where the interval leaves
    out zero."""
    layers, scale = layers_of(copulas), _tau_scale()
    panels = []
    for number, cycle in enumerate(copulas["cycle"].values):
        for layer, name in enumerate(layers):
            certain = None
            if "tau_low_by_cycle" in copulas:
                low, high = (copulas[f"tau_{side}_by_cycle"].values[:, number, layer] for side in ("low", "high"))
                certain = (np.nan_to_num(low) > 0.0) | (np.nan_to_num(high) < 0.0)
            panels.append(
                maps.Panel(copulas["tau_by_cycle"].values[:, number, layer], f"Cycle {cycle}, {name}", certain)
            )
    dots = "95 % interval of tau leaves out zero" if "tau_low_by_cycle" in copulas else ""
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
        members=[f"cycle {cycle}" for cycle in CYCLES],
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
        drawn.figure, copulas[[name for name in copulas.data_vars if str(name).endswith("_by_cycle")]], caption
    )


def _cycle_shares(copulas: xr.Dataset) -> dict:
    found = {}
    for number, cycle in enumerate(CYCLES):
        for layer in range(copulas.sizes["layer"]):
            tau = copulas["tau_by_cycle"].values[:, number, layer]
            known = tau[np.isfinite(tau)]
            found["negative", cycle, layer] = float(np.mean(known < 0.0)) if known.size else np.nan
    return found


def _cycle_histograms(axes: Axes, copulas: xr.Dataset) -> None:
    edges = np.linspace(-1.0, 1.0, 41)
    for number, colour in enumerate(("#0072B2", "#D55E00")):
        tau = copulas["tau_by_cycle"].values[:, number]
        counts, _ = np.histogram(tau[np.isfinite(tau)], edges)
        axes.stairs(100.0 * counts / max(counts.sum(), 1), edges, color=colour, linewidth=1.0)
    axes.axvline(0.0, color=style.SOFT, linewidth=0.5)
    axes.set_xlim(-1.0, 1.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("Kendall's tau"), axes.set_ylabel("Share (%)")
    plots.coloured_names(axes, [f"cycle {cycle}" for cycle in CYCLES], ["#0072B2", "#D55E00"])


def tails(copulas: xr.Dataset, simulated: pd.DataFrame, land: maps.Land) -> Drawn:
    """Figure S1: families grouped by the behaviour of their tails; beside it, how often simulated families are
    recovered at all."""
    layers = layers_of(copulas)
    scale = _tail_classes()
    panels = []
    for scale_name in copulas["time_scale"].values:
        for layer, text in enumerate(layers):
            part = copulas.sel(time_scale=scale_name).isel(layer=layer)
            klass = 2.0 * part["tail_class"].values + (part["undetermined"].values == 1.0)
            klass[part["tail_class"].values < 0] = np.nan
            panels.append(maps.Panel(klass, f"{str(scale_name).capitalize()}, {text}"))
    drawn = maps.panels(
        panels, copulas, region=region_of(copulas), columns=len(layers), scale=scale, land=land, foot=BAR_ROOM
    )
    height = drawn.figure.get_figheight() / style.MM
    axes = drawn.figure.add_axes((0.14, 9.0 / height, 0.335, (BAR_ROOM - 15.0) / height))
    _class_bars(axes, copulas)
    style.title(axes, len(panels), "Tails of the best family")
    axes = drawn.figure.add_axes((0.57, 9.0 / height, 0.40, (BAR_ROOM - 15.0) / height))
    recovered = _recovered_bars(axes, simulated)
    style.title(axes, len(panels) + 1, "Simulated families found again")
    said = ", ".join(f"{100 * share:.0f} % of series of {n} values" for n, share in recovered)
    caption = (
        "Families of the selected copulas by the behaviour of their tails. None, lower, upper or both tails dependent "
        "(coefficient of at least "
        f"{TAIL_FROM:g}), negative dependence; pale where the family is undetermined (Akaike weight "
        f"below one half). Bars: shares of cells; and, of series simulated from each family with |tau| = 0.4, "
        f"how often that family is found: {said}. "
        f"A family map shows the best guess, tau and tail behaviour are firmer. {NO_COPULA}"
    )
    return Drawn(
        drawn.figure,
        {"map": copulas[["family", "tail_class", "undetermined", "weight"]], "simulated": simulated},
        caption,
    )


def _tail_classes() -> style.Scale:
    """Classes of tail behaviour; each is followed by that of undetermined families, in a pale colour."""
    names = ["none", "lower tail", "upper tail", "both tails", "negative"]
    colours = [NONE, *(style.TAILS[name] for name in TAILS[1:5])]
    pale = [PALE_NONE, *(style.shades(colour, 3)[0] for colour in colours[1:])]
    pairs_of = [(name, f"{name}, undetermined") for name in names]
    return style.classes(
        [name for pair in pairs_of for name in pair], [colour for pair in zip(colours, pale) for colour in pair]
    )


def _class_bars(axes: Axes, copulas: xr.Dataset) -> None:
    """Stacked shares of tail classes by scale and layer, the undetermined part of each pale."""
    rows = [(scale, layer) for scale in copulas["time_scale"].values for layer in range(copulas.sizes["layer"])]
    layers = layers_of(copulas)
    classes = _tail_classes()
    for place, (scale, layer) in enumerate(rows):
        part = copulas.sel(time_scale=scale).isel(layer=layer)
        klass, weak = part["tail_class"].values, part["undetermined"].values == 1.0
        count, start = max((klass >= 0).sum(), 1), 0.0
        for number in range(5):
            for faint in (False, True):
                share = 100.0 * float(((klass == number) & (weak == faint)).sum()) / count
                axes.barh(-place, share, 0.8, left=start, color=classes.colormap(2 * number + faint), linewidth=0.0)
                start += share
    axes.set_yticks(-np.arange(len(rows)), [f"{scale}, {layers[layer]}" for scale, layer in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0.0, 100.0)
    axes.set_xlabel("Cells (%)")


def _recovered_bars(axes: Axes, simulated: pd.DataFrame) -> list[tuple[int, float]]:
    """Share of series in which the simulated family is found, by base family and length; gives the means."""
    single = simulated[simulated["code"] >= 0].copy()
    single["base"] = [_base_name(int(code)) for code in single["code"]]
    bases = list(dict.fromkeys(single["base"]))
    lengths = sorted(single["n"].unique(), reverse=True)
    values = np.array(
        [
            [100.0 * single[(single["base"] == base) & (single["n"] == n)]["correct"].mean() for n in lengths]
            for base in bases
        ]
    )
    colours = ["#0072B2", "#E69F00", "#009E73"][: len(lengths)]
    plots.intervals(
        axes,
        values,
        None,
        None,
        groups=bases,
        members=[f"n = {n}" for n in lengths],
        colours=colours,
        label="Right family (%)",
    )
    axes.set_ylim(0.0, 100.0)
    axes.tick_params(axis="x", labelrotation=35)
    return [
        (int(n), float(simulated[(simulated["code"] == -1) & (simulated["n"] == n)]["correct"].iloc[0]))
        for n in lengths
    ]


def _base_name(code: int) -> str:
    names = {
        1: "Gauss",
        2: "t",
        3: "Clayton",
        4: "Gumbel",
        5: "Frank",
        6: "Joe",
        7: "BB1",
        8: "BB6",
        9: "BB7",
        10: "BB8",
    }
    return "Tawn" if code > 100 else names[code % 10 or 10]


def lag_maps(lags: xr.Dataset, tests: xr.Dataset, land: maps.Land) -> Drawn:
    """Figure S2: lag of the largest |tau| with and without the annual cycle, where it is significant, and shares by
    lag."""
    layers, longest = layers_of(lags), int(lags["lag"].values[-1])
    scale = style.integers(0, longest, "Lag of the largest |tau|", "months")
    tested = bool(np.isfinite(lags["p"].values).any())
    panels = [
        maps.Panel(
            lags["optimal_lag"].values[:, number, layer],
            f"Cycle {cycle}, {name}",
            tests["lag_rejected"].values[:, number, layer] == 1 if tested else None,
        )
        for number, cycle in enumerate(lags["cycle"].values)
        for layer, name in enumerate(layers)
    ]
    dots = "significant (false discovery rate)" if tested else ""
    drawn = maps.panels(
        panels, lags, region=region_of(lags), columns=len(layers), scale=scale, land=land, dots=dots, foot=LAG_ROOM
    )
    height = drawn.figure.get_figheight() / style.MM
    for number, cycle in enumerate(lags["cycle"].values):
        axes = drawn.figure.add_axes((0.07 + 0.49 * number, 8.0 / height, 0.42, (LAG_ROOM - 14.0) / height))
        counts = np.array(
            [_lag_shares(lags["optimal_lag"].values[:, number, layer], longest) for layer in range(len(layers))]
        )
        plots.histogram(
            axes,
            counts,
            range(longest + 1),
            layers,
            style.layer_colours(len(layers)),
            labels=("Lag (months)", "Cells (%)" * (number == 0)),
        )
        style.title(axes, len(panels) + number, f"Annual cycle {cycle}")
    caption = (
        "Months by which precipitation precedes soil moisture. Lag from 0 to "
        f"{longest} of the largest magnitude of Kendall's tau-b, with the annual cycle of both kept (above) and "
        "removed (below),"
        f" by layer; shares of cells by lag. "
        "A shared season alone puts the best lag anywhere; the best of many lags is tested against turns around the "
        "circle of "
        "months. Grey: no tau."
    )
    return Drawn(
        drawn.figure, lags[["optimal_lag", "optimal_tau", "p"]].merge(tests[["lag_q", "lag_rejected"]]), caption
    )


def _lag_shares(lag: Array, longest: int) -> Array:
    known = lag[np.isfinite(lag)].astype(int)
    return 100.0 * np.bincount(known, minlength=longest + 1) / max(known.size, 1)


def pairs(cells: Sequence[dict], layers: Sequence[str]) -> Drawn:
    """Pseudo-observations with contours of the fitted copula, one row per cell and one column per layer.

    Parameters
    ----------
    cells : sequence of dict
        "lat", "lon" (degrees) and, by layer, "u", "v" (time,), "family", "par", "par2", "tau".
    layers : sequence of str
        Names of the layers.
    """
    rows = len(cells)
    figure = style.figure(min(180.0, 8.0 + 57.0 * len(layers)), 6.0 + 58.0 * rows)
    tables = []
    for row, cell in enumerate(cells):
        for layer, name in enumerate(layers):
            axes = figure.add_subplot(rows, len(layers), row * len(layers) + layer + 1)
            family = cell["family"][layer]
            density, note = None, "no copula"
            if np.isfinite(family):
                density = density_grid(int(family), cell["par"][layer], cell["par2"][layer], CONTOUR_POSITIONS)
                note = f"{copula.FAMILIES[int(family)]}, tau {cell['tau'][layer]:.2f}".replace("-", "−")
            labels = (
                "u, precipitation" if row == rows - 1 else "",
                f"v, soil moisture\n{place(cell)}" if layer == 0 else "",
            )
            plots.scatter_with_contours(
                axes, cell["u"][layer], cell["v"][layer], CONTOUR_POSITIONS, density, labels=labels, note=note
            )
            style.title(axes, row * len(layers) + layer, name if row == 0 else "", pad=9.0)
            tables.append(
                pd.DataFrame(
                    {
                        "lat": cell["lat"],
                        "lon": cell["lon"],
                        "layer": name,
                        "u": cell["u"][layer],
                        "v": cell["v"][layer],
                    }
                )
            )
    figure.subplots_adjust(
        left=0.10, right=0.985, bottom=0.02 + 0.12 / rows, top=1.0 - 0.11 / rows, wspace=0.18, hspace=0.16
    )
    caption = (
        "Pseudo-observations of monthly precipitation and soil moisture with the density of the selected copula. Cells "
        "named in"
        " the configuration "
        "(dependence.copula.scatter_cells); contours of the density "
        "at 0.25, 0.5, 1 (bold: independence), 1.5, 2, 3 and 5."
    )
    return Drawn(figure, pd.concat(tables, ignore_index=True), caption)


def density_grid(family: int, par: float, par2: float, positions: Array) -> Array:
    """Density of a copula (position of v, position of u), evaluated by pyvinecopulib: a second pair of eyes on the
    fitted parameters."""
    from vadose.statistics.copula.pyvine import to_pyvinecopulib

    u, v = np.meshgrid(positions, positions)
    points = np.column_stack([u.ravel(), v.ravel()])
    return np.asarray(to_pyvinecopulib(family, par, par2).pdf(points)).reshape(u.shape)


def place(cell: dict) -> str:
    """ "52.5° N, 32.5° E"."""
    lat, lon = cell["lat"], cell["lon"]
    return f"{abs(lat):g}° {'N' if lat >= 0 else 'S'}, {abs(lon):g}° {'E' if lon >= 0 else 'W'}"


RECOVERY_CAPTION = (
    "Planted and recovered dependence on the synthetic Earth. (a) Mean Kendall's tau of monthly anomalies at the "
    "planted "
    "lag, by planted truth and layer, with "
    "tolerances (three standard errors of the mean plus 0.03). (b) Planted against found lags, cells and layers with "
    "planted |tau| of at least 0.25. (c) Planted against found "
    "behaviour in the tails, copulas fitted at the planted lag; per cent of each row. Cells whose fields come from one "
    "block of the synthetic Earth."
)


def recovery(compared: pd.DataFrame, lags: Array, classes: Array) -> Drawn:
    """Planted against recovered tau, lags and tails."""
    figure = style.figure("double", 70.0)
    axes = figure.add_axes((0.065, 0.14, 0.265, 0.74))
    known = compared[np.isfinite(compared["recovered_tau"])]
    names = [f"{name} {depth}" for name, depth in zip(known["name"], known["depth_cm"], strict=True)]
    if len(known):
        plots.recovery(
            axes,
            known["planted_tau"].values,
            known["recovered_tau"].values,
            known["tolerance"].values,
            names,
            label="Kendall's tau",
        )
    style.title(axes, 0, "Kendall's tau of anomalies")
    found = np.flatnonzero(lags.sum(axis=1))
    axes = figure.add_axes((0.395, 0.14, 0.25, 0.74))
    _confusion(axes, lags[found], [str(lag) for lag in found], [str(lag) for lag in range(lags.shape[1])])
    axes.set_xlabel("Lag found (months)"), axes.set_ylabel("Planted lag (months)", labelpad=3.0)
    style.title(axes, 1, "Lag of the largest |tau|")
    planted = np.flatnonzero(classes.sum(axis=1))
    axes = figure.add_axes((0.735, 0.14, 0.25, 0.74))
    _confusion(axes, classes[planted], [TAILS[number] for number in planted], list(TAILS[:5]))
    axes.set_xlabel("Tails found"), axes.set_ylabel("Planted", labelpad=1.0)
    style.title(axes, 2, "Tail behaviour")
    return Drawn(figure, {"truths": compared}, RECOVERY_CAPTION)


def _confusion(axes: Axes, counts: Array, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Counts as per cent of their row, written where they are at least one."""
    if not counts.size:
        axes.text(0.5, 0.5, "nothing planted here", ha="center", color=style.SOFT, transform=axes.transAxes)
        axes.set_axis_off()
        return
    share = 100.0 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap=style.AMOUNT, vmin=0.0, vmax=130.0, aspect="auto")
    for row, column in np.argwhere(share >= 1.0):
        ink = "white" if share[row, column] > 75 else style.INK
        axes.text(column, row, f"{share[row, column]:.0f}", ha="center", va="center", fontsize=5.5, color=ink)
    totals = counts.sum(axis=1)
    axes.set_yticks(range(len(rows)), [f"{name}\n({total})" for name, total in zip(rows, totals, strict=True)])
    axes.set_xticks(range(len(columns)), columns)
    axes.tick_params(length=0)


def _tail_scale() -> style.Scale:
    return style.sequential(np.array([0.0, 1.0]), "tail dependence", "1", limits=(0.0, 1.0))


def _tau_scale() -> style.Scale:
    return style.diverging(np.array([-1.0, 1.0]), "Kendall's tau", "1", limit=1.0, colours=style.ASSOCIATION)


def nearest_cell(copulas: xr.Dataset, lat: float, lon: float) -> int:
    """Position of the cell nearest to a place."""
    phi, other = np.deg2rad(lat), np.deg2rad(copulas["lat"].values)
    turn = np.deg2rad(copulas["lon"].values - lon)
    return int(np.argmax(np.sin(phi) * np.sin(other) + np.cos(phi) * np.cos(other) * np.cos(turn)))
