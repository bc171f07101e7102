"""How far the tests of a trend agree, and how much of the variance a trend takes in windows of equal length."""

import numpy as np
import pandas as pd
import xarray as xr

from vadose.figures import maps, plots, style
from vadose.figures.drawn import Drawn, dash, region_of
from vadose.figures.journal import SMALLEST
from vadose.figures.style import TEST_NAMES
from vadose.figures.variability.trends import percent


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
        items.append(maps.Panel(signed[-1], dash(period)))
    names = [f"{abs(k)} {'declining' if k < 0 else 'rising'}" if k else "none" for k in range(-tests, tests + 1)]
    shades = style.diverging(np.zeros(1), "", "1", limit=tests + 0.5, steps=2 * (tests + 1)).colormap.colors
    colours = [
        tuple(shades[k if k < tests else k + 1]) if k != tests else (0.95, 0.95, 0.93, 1.0)
        for k in range(2 * tests + 1)
    ]
    listed = ", ".join(TEST_NAMES.get(str(test), str(test)) for test in fitted["test"].values)
    scale = style.classes(names, colours, f"Number of tests with p up to {alpha:g}, of {listed}")
    agreed = [percent(np.abs(item.values) == tests, item.values) for item in items]
    panels = [
        maps.Panel(item.values + tests, item.title, note=f"all tests agree in {share}")
        for item, share in zip(items, agreed, strict=True)
    ]
    drawn = maps.panels(panels, fitted, region=region_of(fitted), scale=scale, land=land, columns=min(2, len(panels)))
    data = fields[["agreement"]].isel(series=0).assign(slope=fitted["slope"].isel(series=0))
    caption = (
        f"Agreement of the trend tests. All {tests} tests find a trend of annual total soil moisture in "
        f"{', '.join(f'{share} of the cells ({item.title})' for share, item in zip(agreed, items, strict=True))}. "
        f"Number of tests ({listed}) with p up to {alpha:g} in each cell, not corrected for the number of cells, by "
        "the sign of Sen's slope."
    )
    return Drawn(drawn.figure, data, caption)


def windows(table: pd.DataFrame) -> Drawn:
    """Share of the trend in windows of equal length against its share without any trend; the periods as long bars."""
    figure = style.figure("middle", 70)
    axes = figure.add_axes((0.11, 0.16, 0.85, 0.74))
    first = table["window"].str[:4].astype(int).to_numpy()
    shortest = table["years"].min()
    moving = (table["years"] == shortest).to_numpy()
    order = np.argsort(first[moving])
    start = first[moving][order]
    columns = {
        "trend_share": ("Trend share", style.DYNAMICS_COLOURS["trend"]),
        "null_share": ("without trend (AR(1))", style.SOFT),
    }
    columns["adjusted_r2"] = ("adjusted r²", "#009E73")
    for name, (_, colour) in columns.items():
        axes.plot(
            start, 100 * table[name].to_numpy()[moving][order], color=colour, linewidth=1.0, marker="o", markersize=1.6
        )
    for _, row in table[table["is_period"].astype(bool)].iterrows():
        begin, end = int(row["window"][:4]), int(row["window"][5:])
        axes.plot(
            [begin, end],
            2 * [100 * row["trend_share"]],
            color=style.DYNAMICS_COLOURS["trend"],
            linewidth=2.2,
            alpha=0.35,
            solid_capstyle="butt",
        )
        axes.annotate(
            f"{dash(row['window'])}: {100 * row['trend_share']:.1f} %",
            (begin, 100 * row["trend_share"]),
            xytext=(2, 3),
            textcoords="offset points",
            fontsize=SMALLEST,
        )
    axes.set_xlabel(f"First year of a window of {shortest} years (bars: whole periods)")
    axes.set_ylabel("Share of the variance (%), mean over cells")
    axes.margins(y=0.15)
    plots.coloured_names(axes, [text for text, _ in columns.values()], [colour for _, colour in columns.values()])
    periods = table[table["is_period"].astype(bool)]
    stated = "; ".join(f"{100 * row['trend_share']:.1f} % in {dash(row['window'])}" for _, row in periods.iterrows())
    caption = (
        f"Trend share in windows of equal length. A line takes {stated} of the variance of annual total soil moisture "
        f"(mean over cells, pale bars). The same share in all windows of {shortest} years; what series without a "
        "trend, of the memory of each cell, show (first-order autoregression, AR(1)); and the adjusted r² of the line."
    )
    return Drawn(figure, table, caption)
