"""Figures of trends: figure 1 with its four panels, S1 (series), S2 (layers), agreement of tests, trend share in
windows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.figures import maps, plots, ridgelines, style
from vadose.figures.cartography import frame
from vadose.figures.drawn import Drawn, colours_of, layers_of, region_of, seasons_of
from vadose.figures.journal import SMALLEST
from vadose.figures.style import TEST_NAMES
from vadose.statistics.trend import mann_kendall
from vadose.studies.depths import dashed
from vadose.studies.variability import results

SLOPE_UNIT = "kg m-2 yr-1"
DENSITY_POSITIONS = 401
OVERVIEW_CAPTION = (
    "Long-term trends, vertical distribution and interannual variability of soil moisture. In {period} total soil "
    "moisture declines in {declining} of the cells; the trend is significant in {significant} of them ({test} test, "
    "false discovery rate). (a) Sen's slope of annual total soil moisture; pale: not significant; grey: land that is "
    "not analysed. (b) Distribution of soil moisture over the area, by season and layer; dashed lines and numbers: "
    "means. (c) Total soil moisture of each season, averaged over the area, about its mean (number at the right), with "
    "the Sen line of each period (dashed where the Mann-Kendall p exceeds 0.05). (d) Area means by season and layer "
    "about their least-squares line of each period, in standard deviations; grey: incomplete years. FDR: false "
    "discovery rate; H-S, SH-S, SA-S, "
    "A-S: humid, sub-humid, semi-arid and arid season."
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
        Which test says what is significant.
    """
    period = str(fitted["period"].values[-1])
    years, names = seasonal["year"].values, seasons_of(seasonal)
    figure = style.figure("double", 205)
    slope = fitted["slope"].sel(period=period).values[:, 0]
    rejected = fields["rejected"].sel(period=period, test=test).values[:, 0] == 1
    scale = style.diverging(slope, "Trend of total soil moisture", SLOPE_UNIT)
    region = region_of(fitted)
    room = style.WIDTHS["double"] - 77.0  # mm
    wide = min(room, 52.0 * frame(region)[0])
    panel = maps.Panel(slope, f"Trend {dashed(period)}", rejected, note=_note(slope, rejected))
    look = {"region": region, "scale": scale, "land": land}
    maps.place(figure, panel, fitted, left=9.0, top=7.0, width=wide, mark=0, room=room, **look)
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
    style.title(axes, 1, f"Soil moisture {dashed(period)}")
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
    words = {
        "declining": percent(slope < 0.0, slope),
        "significant": percent(rejected, slope),
        "test": TEST_NAMES.get(test, test),
    }
    return Drawn(figure, data, OVERVIEW_CAPTION.format(period=dashed(period), **words))


def percent(where: Array, values: Array) -> str:
    """Share of the cells with values, such as "16 %"."""
    defined = np.isfinite(values)
    return f"{100.0 * where[defined].mean():.0f} %" if defined.any() else "no cell"


def _note(slope: Array, rejected: Array) -> str:
    if not np.isfinite(slope).any():
        return "no cell"
    return f"cells: {percent(slope < 0.0, slope)} declining, {percent(rejected, slope)} significant (FDR)"


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
                pad=11,
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
            fontsize=SMALLEST,
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
    colours, stated = ["0.25", *map(style.readable, style.layer_colours(len(layers)))], []
    for number, (name, values) in enumerate(rows.items()):
        axes = figure.add_axes((0.08, 1.0 - (number + 0.83) * high, 0.89, 0.66 * high))
        lines = period_lines(values, years, fitted["period"].values)
        bare = {name: [line._replace(text="") for line in lines]}
        if number == 0:
            stated = [f"{line.text} in {line.years[0]}–{line.years[1]}" for line in lines]
        plots.series(
            axes,
            years,
            {name: values},
            {name: colours[number]},
            style.label("Area mean", "kg m-2"),
            lines=bare,
        )
        _slope_texts(axes, lines)
        _whole_years(axes)
        style.title(axes, number, "Total soil moisture" if number == 0 else f"Layer {name}")
    table = pd.DataFrame({"year": years} | rows)
    caption = (
        f"Series of annual soil moisture. Total soil moisture changes by {'; '.join(stated)} kg m⁻² yr⁻¹. Area means "
        "over the cells that have every year, of the total and of each layer from the surface down, with the Sen line, "
        "its slope (kg m⁻² yr⁻¹) and the Mann-Kendall p of each period (dashed where p exceeds 0.05)."
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
        Which test says what is significant.
    """
    period = str(fitted["period"].values[-1])
    names, count = layers_of(seasonal), seasonal.sizes["layer"]
    chosen = fitted.sel(period=period).isel(series=slice(1, 1 + count))
    field = fields.sel(period=period).isel(series=slice(1, 1 + count))
    scale = style.diverging(chosen["slope"].values, f"Trend {dashed(period)}", SLOPE_UNIT)
    rejected = field["rejected"].sel(test=test).values == 1
    slopes, name = chosen["slope"].values, TEST_NAMES.get(test, test)
    items = [
        maps.Panel(slopes[:, d], names[d], rejected[:, d], note=_note(slopes[:, d], rejected[:, d]))
        for d in reversed(range(count))
    ]
    drawn = maps.panels(
        items,
        fitted,
        region=region_of(fitted),
        scale=scale,
        land=land,
        columns=min(2, count),
        dots=f"significant ({name} test, false discovery rate)",
    )
    declining = ", ".join(f"{percent(slopes[:, d] < 0.0, slopes[:, d])} ({names[d]})" for d in reversed(range(count)))
    caption = (
        f"Trends of soil moisture by layer, {dashed(period)}. Soil moisture declines in these shares of the cells: "
        f"{declining}. Sen's slope, the deepest layer first; pale: not significant by the {name} test under control of "
        "the false discovery rate (FDR); grey: land that is not analysed."
    )
    return Drawn(drawn.figure, _with_field(chosen, field), caption)
