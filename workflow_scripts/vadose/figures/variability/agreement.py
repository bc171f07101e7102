"""How far the tests of a trend agree, and how much of the variance a trend takes in windows of equal length."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from vadose.figures import maps, plots, style
from vadose.figures.drawn import Drawn, region_of
from vadose.figures.journal import SMALLEST
from vadose.figures.style import TEST_NAMES
from vadose.figures.variability.trends import percent
from vadose.studies.depths import dashed

FEW_WINDOWS = 4  # drawn as bars
SHARES = {  # of windows: words and colour
    "trend_share": ("Trend share", style.DYNAMICS_COLOURS["trend"]),
    "null_share": ("without trend (AR(1))", style.SOFT),
    "adjusted_r2": ("adjusted r²", "#009E73"),
}


def agreement(fitted: xr.Dataset, fields: xr.Dataset, land: maps.Land, alpha: float) -> Drawn:
    """In how many tests the trend of the total is significant, singly, per period, with the sign of the slope.

    Parameters
    ----------
    fitted : Dataset
        Product "trends".
    fields : Dataset
        Product "field_significance": number of tests that agree.
    land : Land
        Coastlines.
    alpha : float
        Level of the tests, for the texts.
    """
    tests = fitted.sizes["test"]
    items, signed = [], []
    for number, period in enumerate(fitted["period"].values):
        count = fields["agreement"].values[:, number, 0].astype(float)
        slope = fitted["slope"].values[:, number, 0]
        signed.append(np.where(count >= 0, count * np.sign(np.nan_to_num(slope)), np.nan))
        items.append(maps.Panel(signed[-1], dashed(period)))
    names = [f"{abs(k)} {'declining' if k < 0 else 'rising'}" if k else "none" for k in range(-tests, tests + 1)]
    shades = style.diverging(np.zeros(1), "", "1", limit=tests + 0.5, steps=2 * (tests + 1)).colormap.colors
    colours = [
        tuple(shades[k if k < tests else k + 1]) if k != tests else (0.95, 0.95, 0.93, 1.0)
        for k in range(2 * tests + 1)
    ]
    listed = ", ".join(TEST_NAMES.get(str(test), str(test)) for test in fitted["test"].values)
    scale = style.classes(names, colours, f"Number of tests with p up to {alpha:g}, of {listed}")
    every, finding = (f"all {tests} tests", "find") if tests > 1 else ("the one test", "finds")
    agreed = [percent(np.abs(item.values) == tests, item.values) for item in items]
    shares = [f"{share} of the cells ({item.title})" for share, item in zip(agreed, items, strict=True)]
    panels = [
        maps.Panel(item.values + tests, item.title, note=f"a trend by {every} in {share} of cells")
        for item, share in zip(items, agreed, strict=True)
    ]
    drawn = maps.panels(panels, fitted, region=region_of(fitted), scale=scale, land=land, columns=min(2, len(panels)))
    data = fields[["agreement"]].isel(series=0).assign(slope=fitted["slope"].isel(series=0))
    caption = (
        f"Agreement of the trend tests. {every[:1].upper() + every[1:]} {finding} a trend of annual total soil "
        f"moisture in {', '.join(shares)}. "
        f"Number of tests ({listed}) with p up to {alpha:g} in each cell, not corrected for the number of cells, by "
        "the sign of Sen's slope."
    )
    return Drawn(drawn.figure, data, caption)


def windows(table: pd.DataFrame) -> Drawn:
    """Share of the trend in windows of equal length against its share without any trend; the periods as long bars. A
    few windows are bars side by side."""
    figure = style.figure("middle", 70)
    axes = figure.add_axes((0.11, 0.16, 0.85, 0.74))
    label, shortest = "Share of the variance (%), mean over cells", table["years"].min()
    few = table["window"].nunique() <= FEW_WINDOWS
    names, colours = list(SHARES), [colour for _, colour in SHARES.values()]
    if few:
        values, groups = 100.0 * table[names].to_numpy(), [dashed(window) for window in table["window"]]
        members = [text for text, _ in SHARES.values()]
        plots.intervals(
            axes, values, None, None, groups=groups, members=members, colours=colours, label=label, decimals=1
        )
        axes.set_xlabel("Years")
    else:
        _moving(axes, table, shortest)
        axes.set_xlabel(f"First year of a window of {shortest} years (bars: whole periods)")
        axes.set_ylabel(label)
        axes.margins(y=0.15)
        plots.coloured_names(axes, [text for text, _ in SHARES.values()], colours)
    periods = table[table["is_period"].astype(bool)]
    stated = "; ".join(f"{100 * row['trend_share']:.1f} % in {dashed(row['window'])}" for _, row in periods.iterrows())
    others = "Beside it" if few else f"The same share (pale bars: periods) in all windows of {shortest} years;"
    caption = (
        f"Trend share in windows of equal length. A line takes {stated} of the variance of annual total soil moisture "
        f"(mean over cells). {others} what series without a trend, of the memory of each cell, show (first-order "
        "autoregression, AR(1)), and the adjusted r² of the line."
    )
    return Drawn(figure, table, caption)


def _moving(axes: Axes, table: pd.DataFrame, shortest: int) -> None:
    """Lines over the first years of the windows of the shortest length, and a bar along each period."""
    first = table["window"].str[:4].astype(int).to_numpy()
    moving = (table["years"] == shortest).to_numpy()
    order = np.argsort(first[moving])
    start = first[moving][order]
    for name, (_, colour) in SHARES.items():
        axes.plot(
            start, 100 * table[name].to_numpy()[moving][order], color=colour, linewidth=1.0, marker="o", markersize=1.6
        )
    for _, row in table[table["is_period"].astype(bool)].iterrows():
        begin, end = int(row["window"][:4]), int(row["window"][5:])
        share = 100 * row["trend_share"]
        colour = style.DYNAMICS_COLOURS["trend"]
        axes.plot([begin, end], 2 * [share], color=colour, linewidth=2.2, alpha=0.35, solid_capstyle="butt")
        text, offset = f"{dashed(row['window'])}: {share:.1f} %", (2, 3)
        axes.annotate(text, (begin, share), xytext=offset, textcoords="offset points", fontsize=SMALLEST)
