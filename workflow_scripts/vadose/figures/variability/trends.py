"""Figures of trends: figure 1 with its four panels, S1 (series), S2 (layers), agreement of tests, trend share in
windows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.figures import maps, plots, ridgelines, style
from vadose.figures.drawn import Drawn, colours_of, dash, layers_of, seasons_of
from vadose.statistics.trend import mann_kendall
from vadose.studies.variability import results

SLOPE_UNIT = "kg m-2 yr-1"
DENSITY_POSITIONS = 401
OVERVIEW_CAPTION = (
    "Long-term trends, vertical distribution and interannual variability of soil moisture. "
    "(a) Sen's slope of annual total soil moisture, {period}; "
    "dots: significant by the test '{test}' under false discovery rate control. (b) Distribution over cells, "
    "weighted by area, of soil moisture by "
    "season and layer; dashed lines and numbers: means. (c) Area means of total soil moisture of each season "
    "about their means (numbers at the right), with Sen's lines "
    "per period (dashed where Mann-Kendall p exceeds 0.05). (d) Area means by season and layer less their "
    "least-squares line of each period, over their "
    "standard deviation. H-S, SH-S, SA-S, A-S: humid, sub-humid, semi-arid, arid season. White years: incomplete."
)


def overview(fitted: xr.Dataset, fields: xr.Dataset, seasonal: xr.Dataset, land: maps.Land, test: str) -> Drawn:
    """Figure 1: map of the trend of the last period, ridge lines, seasonal series with trends, heat map of the
    interannual variability.

    Parameters
    ----------
    fitted : Dataset
        Product "trends".
    fields : Dataset
        Product "field_significance": significance under the false discovery rate.
    seasonal : Dataset
        Seasonal means of soil moisture, kg m-2.
    land : Land
        Coastlines.
    test : str
        Which test makes the dots.
    """
    period = str(fitted["period"].values[-1])
    years, names = seasonal["year"].values, seasons_of(seasonal)
    figure = style.figure("double", 205)
    slope = fitted["slope"].sel(period=period).values[:, 0]
    rejected = fields["rejected"].sel(period=period, test=test).values[:, 0] == 1
    scale = style.diverging(slope, "Trend of total soil moisture", SLOPE_UNIT)
    axes = figure.add_axes((0.035, 0.695, 0.56, 0.27))
    maps.draw(axes, maps.Panel(slope, significant=rejected), fitted, scale=scale, land=land)
    style.title(axes, 0, f"Trend {dash(period)}")
    style.colour_bar(figure, scale, (0.135, 0.685, 0.36, 0.0085))
    within = (years >= int(period[:4])) & (years <= int(period[5:]))
    densities, positions, means = _ridges(seasonal, within)
    axes = figure.add_axes((0.70, 0.36, 0.225, 0.605))
    ridgelines.ridgelines(
        axes,
        densities,
        positions,
        means,
        seasons=names,
        layers=layers_of(seasonal),
        colours=colours_of(seasonal),
        label=style.label("Soil moisture", "kg m-2"),
    )
    style.title(axes, 1, f"Soil moisture {dash(period)}")
    series, anomalies = area_means(seasonal, fitted)
    _season_strips(figure, (0.07, 0.36, 0.52, 0.255), seasonal, series.sum(axis=2), fitted["period"].values)
    axes = figure.add_axes((0.14, 0.05, 0.75, 0.24))
    shade = style.diverging(anomalies, "Standardised anomaly", "1", limit=2.0)
    ridgelines.heat_map(
        figure,
        axes,
        np.moveaxis(anomalies, 1, 0),
        years,
        shade,
        rows=names,
        groups=layers_of(seasonal),
        bar=(0.92, 0.07, 0.012, 0.20),
    )
    _whole_years(axes)
    style.title(axes, 3, "Interannual variability, trend removed")
    data = {
        "trend_map": _with_field(fitted.sel(period=period).isel(series=0), fields.sel(period=period).isel(series=0)),
        "ridges": _ridge_data(seasonal, densities, positions, means),
        "series": _series_data(seasonal, series, anomalies),
    }
    return Drawn(figure, data, OVERVIEW_CAPTION.format(period=dash(period), test=test))


def _ridge_data(seasonal: xr.Dataset, densities: Array, positions: Array, means: Array) -> xr.Dataset:
    coords = {"season": seasonal["season"].values, "layer": seasonal["layer"].values, "soil_moisture": positions}
    variables = {"density": (("season", "layer", "soil_moisture"), densities), "mean": (("season", "layer"), means)}
    return xr.Dataset(variables, coords)


def _series_data(seasonal: xr.Dataset, series: Array, anomalies: Array) -> xr.Dataset:
    dims = ("season", "layer", "year")
    coords = {name: seasonal[name].values for name in dims}
    return xr.Dataset({"area_mean": (dims, series_parts(series)), "anomaly": (dims, anomalies)}, coords)


def _season_strips(
    figure, box: tuple[float, float, float, float], seasonal: xr.Dataset, totals: Array, periods: Sequence[str]
) -> None:
    """Total soil moisture of each season about its mean, one strip below the other on one scale, with the line of each
    period."""
    years, names = seasonal["year"].values, seasons_of(seasonal)
    anomalies = totals - np.array([np.nanmean(row) if np.isfinite(row).any() else np.nan for row in totals])[:, None]
    reach = 1.15 * (np.nanmax(np.abs(anomalies)) if np.isfinite(anomalies).any() else 1.0)
    left, low, wide, high = box
    for number, (name, colour) in enumerate(zip(names, colours_of(seasonal), strict=True)):
        axes = figure.add_axes((left, low + high * (1 - (number + 0.92) / len(names)), wide, 0.68 * high / len(names)))
        lines = period_lines(anomalies[number], years, periods)
        plots.series(
            axes,
            years,
            {name: anomalies[number]},
            {name: colour},
            "",
            lines={name: [line._replace(text="") for line in lines]},
        )
        _slope_texts(axes, lines)
        _whole_years(axes)
        axes.set_ylim(-reach, reach)
        axes.annotate(
            f"{name}  {np.nanmean(totals[number]):.0f}" if np.isfinite(totals[number]).any() else f"{name}  no cell",
            (1.0, 0.5),
            xycoords="axes fraction",
            xytext=(3, 0),
            textcoords="offset points",
            color=style.readable(colour),
            fontsize=6,
            va="center",
        )
        if number < len(names) - 1:
            axes.set_xticklabels([])
        if number == 0:
            style.title(
                axes,
                2,
                f"Seasons about their means ({style.unit_text('kg m-2')}); trends in {style.unit_text(SLOPE_UNIT)}",
                pad=9,
            )


def _whole_years(axes) -> None:
    """Ticks at whole years, however short the record."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))


def _slope_texts(axes, lines: Sequence[plots.Line]) -> None:
    """The slope of each line, above the axes."""
    for line in lines:
        place = (float(np.mean(line.years)), 1.0)
        axes.annotate(
            line.text,
            place,
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 1),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=5.5,
        )


def _with_field(fitted: xr.Dataset, field: xr.Dataset) -> xr.Dataset:
    return fitted[["slope", "p"]].assign(q=field["q"], rejected=field["rejected"])


def series_parts(series: Array) -> Array:
    """(season, year, layer) as (season, layer, year)."""
    return np.moveaxis(series, 2, 1)


def _ridges(seasonal: xr.Dataset, within: Array) -> tuple[Array, Array, Array]:
    """Densities over cells (season, layer, position), positions in kg m-2, and area-weighted means (season, layer)."""
    part = seasonal["soil_moisture"].values[:, within]
    present = np.isfinite(part)
    count = present.sum(axis=1)
    mean = np.divide(np.where(present, part, 0.0).sum(axis=1), count, out=np.full(count.shape, np.nan), where=count > 0)
    area = seasonal["area"].values
    finite = mean[np.isfinite(mean)]
    reach = 1.12 * float(np.quantile(finite, 0.995)) if finite.size else 1.0
    positions = np.linspace(0.0, max(1.0, reach), DENSITY_POSITIONS)
    shape = mean.shape[1:]
    densities = np.array(
        [[ridgelines.density(mean[:, s, d], positions, area) for d in range(shape[1])] for s in range(shape[0])]
    )
    complete = np.isfinite(mean).all(axis=(1, 2))
    weights = area[complete] / area[complete].sum() if complete.any() else area[complete]
    return densities, positions, np.tensordot(weights, mean[complete], axes=1)


def area_means(seasonal: xr.Dataset, fitted: xr.Dataset) -> tuple[Array, Array]:
    """Area means (season, year, layer), and their standardised residuals about the line of each
    period (season, layer, year)."""
    values, years = seasonal["soil_moisture"].values, seasonal["year"].values
    kept = np.isfinite(fitted["slope"].values[:, :, 0]).all(axis=1)
    cells, count, seasons, layers = values.shape
    flat = np.moveaxis(values, 1, -1).reshape(cells, seasons * layers, count)[kept]
    span = f"{years[0]}-{years[-1]}"
    averaged = results.mean_series(flat, years, span, seasonal["area"].values[kept])
    means = averaged.mean.reshape(seasons, layers, count)
    residual = np.full(means.shape, np.nan)
    for period in fitted["period"].values:
        first, last = (int(year) for year in str(period).split("-"))
        inside = (years >= first) & (years <= last) & np.isfinite(means[0, 0])
        if inside.sum() > 2:
            time = np.column_stack([np.ones(inside.sum()), years[inside] - years[inside].mean()])
            part = means[:, :, inside].reshape(seasons * layers, -1).T
            residual[:, :, inside] = (part - time @ np.linalg.lstsq(time, part, rcond=None)[0]).T.reshape(
                seasons, layers, -1
            )
    with_residual = np.isfinite(residual[0, 0])
    spread = (
        residual[:, :, with_residual].std(axis=2, keepdims=True, ddof=1)
        if with_residual.sum() > 1
        else np.ones((seasons, layers, 1))
    )
    return np.moveaxis(means, 1, 2), residual / np.where(spread > 0, spread, np.nan)


def period_lines(values: Array, years: Array, periods: Sequence[str]) -> list[plots.Line]:
    """Sen's line of each period, its slope (kg m-2 yr-1) and Mann-Kendall p as text."""
    lines = []
    for period in periods:
        first, last = (int(year) for year in str(period).split("-"))
        inside = (years >= first) & (years <= last)
        line = mann_kendall.mann_kendall(values[None, inside], years[inside].astype(float))
        slope = float(line.slope[0])
        start = float(line.intercept[0])
        p = float(line.p[0])
        if np.isfinite(slope):
            p_text = f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"
            text = f"{slope:+.2g} ({p_text})".replace("-", "−")
            lines.append(plots.Line((first, last), (start + slope * first, start + slope * last), text, p <= 0.05))
    return lines


def series(seasonal: xr.Dataset, fitted: xr.Dataset) -> Drawn:
    """Figure S1: area-mean series of total soil moisture and of each layer, with Sen's lines."""
    means, _ = area_means(seasonal, fitted)
    years, layers = seasonal["year"].values, layers_of(seasonal)
    by_layer = means.mean(axis=0).T
    rows = {"total": by_layer.sum(axis=0), **dict(zip(layers, by_layer, strict=True))}
    figure = style.figure("double", 22 + 34 * len(rows))
    high = 1.0 / len(rows)
    colours = ["0.25", *style.layer_colours(len(layers))]
    for number, (name, values) in enumerate(rows.items()):
        axes = figure.add_axes((0.08, 1.0 - (number + 0.83) * high, 0.89, 0.66 * high))
        lines = period_lines(values, years, fitted["period"].values)
        bare = {name: [line._replace(text="") for line in lines]}
        plots.series(
            axes, years, {name: values}, {name: colours[number]}, style.label("Area mean", "kg m-2"), lines=bare
        )
        _slope_texts(axes, lines)
        _whole_years(axes)
        style.title(axes, number, "Total soil moisture" if number == 0 else f"Layer {name}")
    table = pd.DataFrame({"year": years} | rows)
    caption = (
        "Series of annual soil moisture. Area means (kg m-2) over the cells that have every year, of the total and of "
        "each layer, with Sen's line, "
        "slope (kg m-2 yr-1) "
        "and Mann-Kendall p per period (dashed where p exceeds 0.05)."
    )
    return Drawn(figure, table, caption)


def layers(fitted: xr.Dataset, fields: xr.Dataset, seasonal: xr.Dataset, land: maps.Land, test: str) -> Drawn:
    """Figure S2: maps of the trend of each layer in the last period, the deepest first as in the paper.

    Parameters
    ----------
    fitted : Dataset
        Product "trends".
    fields : Dataset
        Product "field_significance": significance under the false discovery rate.
    seasonal : Dataset
        Whose layers give the names.
    land : Land
        Coastlines.
    test : str
        Which test makes the dots.
    """
    period = str(fitted["period"].values[-1])
    names, count = layers_of(seasonal), seasonal.sizes["layer"]
    chosen = fitted.sel(period=period).isel(series=slice(1, 1 + count))
    field = fields.sel(period=period).isel(series=slice(1, 1 + count))
    scale = style.diverging(chosen["slope"].values, f"Trend {dash(period)}", SLOPE_UNIT)
    rejected = field["rejected"].sel(test=test).values == 1
    items = [
        maps.Panel(chosen["slope"].values[:, d], names[d], significant=rejected[:, d]) for d in reversed(range(count))
    ]
    drawn = maps.panels(
        items, fitted, scale=scale, land=land, columns=min(2, count), dots=f"significant ({test}, false discovery rate)"
    )
    caption = (
        f"Trends of soil moisture by layer, {dash(period)}. Sen's slope; dots: significant by the test "
        f"'{test}' under false discovery rate control."
    )
    return Drawn(drawn.figure, _with_field(chosen, field), caption)


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
    scale = style.classes(
        names, colours, f"Tests with p up to {alpha:g}, of {', '.join(str(t) for t in fitted['test'].values)}"
    )
    panels = [maps.Panel(item.values + tests, item.title) for item in items]
    drawn = maps.panels(panels, fitted, scale=scale, land=land, columns=min(2, len(panels)))
    data = fields[["agreement"]].isel(series=0).assign(slope=fitted["slope"].isel(series=0))
    caption = (
        "Agreement of the trend tests. Number of tests "
        f"({', '.join(str(t) for t in fitted['test'].values)}) in which the trend of annual total soil moisture is "
        f"significant at {alpha:g}, by the sign of Sen's slope."
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
            fontsize=5.5,
        )
    axes.set_xlabel(f"First year of a window of {shortest} years (bars: whole periods)")
    axes.set_ylabel("Share of the variance (%), mean over cells")
    axes.margins(y=0.15)
    plots.coloured_names(axes, [text for text, _ in columns.values()], [colour for _, colour in columns.values()])
    caption = (
        "Trend share in windows of equal length. Mean over cells of the share of the variance of annual total soil "
        "moisture that a line takes, in all "
        f"windows of {shortest} years; what trend-free AR(1) series of each cell's memory show; and adjusted r2. Pale "
        "bars: the periods of the study."
    )
    return Drawn(figure, table, caption)
