"""Families of the selected copulas by the behaviour of their tails, and how often simulated ones are found again."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from vadose.core.arrays import Array
from vadose.core.time_scales import drawn_scales
from vadose.figures import maps, plots, style
from vadose.figures.dependence.copulas import BAR_ROOM, NO_COPULA
from vadose.figures.drawn import Drawn, layers_of, region_of
from vadose.figures.legends import STRIPES
from vadose.figures.pictures import LIGHT
from vadose.statistics.copula.flags import AT_BOUND, TIED, UNDETERMINED
from vadose.studies.dependence.pairs import TAIL_FROM, TAILS

NAMES = ("no tail", "lower tail", "upper tail", "both tails", "negative", "tied or on a bound", "no dependence")
COLOURS = ("#FFFEB5", *(style.TAILS[name] for name in TAILS[1:5]), "#CAA0C7", "#000000")
BENT_CLASS, NO_DEPENDENCE_CLASS = 5, 6  # after the five classes of tails


def tails(copulas: xr.Dataset, dependent: xr.DataArray, simulated: pd.DataFrame, land: maps.Land) -> Drawn:
    """Figure S1: families grouped by the behaviour of their tails; beside it, how often simulated families are
    recovered at all.

    Parameters
    ----------
    copulas : Dataset
        Product "copulas".
    dependent : (cell, time_scale, layer) DataArray
        1 where independence is rejected.
    simulated : DataFrame
        Table of recovered families.
    land : Land
    """
    copulas = copulas.sel(time_scale=drawn_scales(copulas["time_scale"].values.tolist()))
    map_class = _map_classes(copulas, dependent)
    undetermined = (copulas["flags"] & UNDETERMINED > 0) & (map_class < BENT_CLASS)
    layers = layers_of(copulas)
    scale = _tail_classes()
    panels = []
    for scale_name in copulas["time_scale"].values:
        for layer, text in enumerate(layers):
            klass, striped = (
                part.sel(time_scale=scale_name).isel(layer=layer).values for part in (map_class, undetermined)
            )
            name = str(scale_name)
            title = f"{name[:1].upper()}{name[1:]}, {text}"
            panels.append(maps.Panel(klass, title, striped=striped, note=_note(klass)))
    drawn = maps.panels(panels, copulas, region=region_of(copulas), columns=2, scale=scale, land=land, foot=BAR_ROOM)
    height = drawn.figure.get_figheight() / style.MM
    axes = drawn.figure.add_axes((0.14, 9.0 / height, 0.335, (BAR_ROOM - 15.0) / height))
    _class_bars(axes, map_class, undetermined, layers)
    style.title(axes, len(panels), "Tails of the best family")
    axes = drawn.figure.add_axes((0.57, 9.0 / height, 0.40, (BAR_ROOM - 15.0) / height))
    recovered = _recovered_bars(axes, simulated)
    style.title(axes, len(panels) + 1, "Simulated families found again")
    found_again = ", ".join(f"{100 * share:.0f} % of series of {n} values" for n, share in recovered)
    caption = (
        f"Families of the selected copulas by the behaviour of their tails. {_seen(map_class, undetermined)} Colours: "
        "no tail, the lower, the upper or both tails dependent (tail dependence of at least "
        f"{TAIL_FROM:g}), or negative dependence. Stripes: family undetermined (Akaike weight below one half). No "
        "dependence: independence is not rejected under control of the false discovery rate; tied or on a bound: too "
        "many equal values, or a parameter at the end of its range, so that no family is named. "
        f"({style.letter(len(panels))}) Shares of the cells. ({style.letter(len(panels) + 1)}) How often the family of "
        f"series simulated with |tau| = 0.4 is found: {found_again}; a map of families shows the best guess, while tau "
        f"and the behaviour of the tails are firmer. {NO_COPULA}"
    )
    return Drawn(
        drawn.figure,
        {
            "map": copulas[["family", "tail_class", "flags", "weight"]].assign(
                map_class=map_class, undetermined=undetermined
            ),
            "simulated": simulated,
        },
        caption,
    )


def _seen(map_class: xr.DataArray, undetermined: xr.DataArray) -> str:
    """Shares of all cells and layers without dependence, and of the others with an undetermined family, in words."""
    parts = []
    for scale in map_class["time_scale"].values:
        klass, striped = (part.sel(time_scale=scale).values for part in (map_class, undetermined))
        defined, named = np.isfinite(klass).sum(), (klass < BENT_CLASS).sum()
        if defined:
            none = f"{100 * (klass == NO_DEPENDENCE_CLASS).sum() / defined:.0f} % ({scale} values)"
            parts.append((none, f"{100 * striped.sum() / max(named, 1):.0f} %"))
    if not parts:
        return "No cell has a copula."
    nothing, unclear = (" and ".join(words) for words in zip(*parts))
    return (
        f"Independence is not rejected in {nothing} of all cells and layers; of those with a named class the family is "
        f"undetermined in {unclear}."
    )


def _note(klass: Array) -> str:
    """Share of cells with dependence of which the family is named."""
    defined = np.isfinite(klass)
    if not defined.any():
        return "no cell"
    return f"no dependence in {100.0 * (klass[defined] == NO_DEPENDENCE_CLASS).mean():.0f} % of cells"


def _tail_classes() -> style.Scale:
    """Classes of tail behaviour; stripes lie over those of undetermined families."""
    return dataclasses.replace(style.classes(NAMES, COLOURS), stripes="family undetermined")


def _map_classes(copulas: xr.Dataset, dependent: xr.DataArray) -> xr.DataArray:
    """Class of the map: the tail class; BENT_CLASS where the fit is tied or on a bound, NO_DEPENDENCE_CLASS where
    independence is not rejected; NaN without a copula."""
    klass = xr.where(copulas["flags"] & (TIED | AT_BOUND) > 0, BENT_CLASS, 1.0 * copulas["tail_class"])
    klass = xr.where(dependent == 1, klass, NO_DEPENDENCE_CLASS)
    return klass.where(copulas["tail_class"] >= 0)


def _class_bars(axes: Axes, map_class: xr.DataArray, undetermined: xr.DataArray, layers: list[str]) -> None:
    """Stacked shares of the classes by scale and layer, the undetermined part of each striped."""
    rows = [(scale, layer) for scale in map_class["time_scale"].values for layer in range(map_class.sizes["layer"])]
    classes = _tail_classes()
    for place, (scale, layer) in enumerate(rows):
        klass, striped = (part.sel(time_scale=scale).isel(layer=layer).values for part in (map_class, undetermined))
        count, start = max(np.isfinite(klass).sum(), 1), 0.0
        for number, part in itertools.product(range(NO_DEPENDENCE_CLASS + 1), (False, True)):
            share = 100.0 * float(((klass == number) & (striped == part)).sum()) / count
            face = classes.colormap(number)
            stripes = {"hatch": STRIPES, "edgecolor": "k" if np.mean(face[:3]) > LIGHT / 255 else "w"} if part else {}
            axes.barh(-place, share, 0.8, left=start, facecolor=face, linewidth=0.0, **stripes)
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
