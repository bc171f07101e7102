"""Study A in the atlas: trends, contributions, their largest terms, correlation with productivity; series, calendar and
slopes of each cell."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import AnyArray, Array
from vadose.figures import strength, style
from vadose.files import products
from vadose.pages.atlas import changes
from vadose.pages.atlas.content import Content, layer_names, numbered, pieces_of
from vadose.statistics import seasons

# Merged products of the map, in the order in which `content` takes them.
PRODUCTS = (
    "attribution",
    "trends",
    "field_significance",
    "seasonal_soil_moisture",
    "productivity_correlation",
    "change_points",
)
SHORT = dict(zip(seasons.SEASONS, style.MOISTURE_SEASONS, strict=True))
SLOPE_STEP, SERIES_STEP, SHARE_STEP, RATIO_STEP, R_STEP = 0.001, 0.1, 0.0001, 0.001, 0.001


def content(
    attributed: xr.Dataset,
    fitted: xr.Dataset,
    fields: xr.Dataset,
    seasonal: xr.Dataset,
    correlated: xr.Dataset | None,
    changed: xr.Dataset | None,
    frequency: Array,
    spliced: xr.Dataset | None = None,
    alpha: float = 0.05,
) -> Content:
    """What the atlas shows of study A.

    Parameters
    ----------
    attributed, fitted, fields, seasonal : Dataset
        Products "attribution", "trends", "field_significance", "seasonal_soil_moisture" on the same cells.
    correlated : Dataset, optional
        Product "productivity_correlation".
    changed : Dataset, optional
        Product "change_points".
    frequency : (cell, month, season) array
        Share of years in which a month belongs to a season, from `season_frequency`.
    spliced : Dataset, optional
        Product "splice", of a run that joins two versions of a product.
    alpha : float
        Level of single tests.
    """
    shown_study = Content("variability", "Variability of soil moisture", fitted)
    periods = [str(p) for p in fitted["period"].values]
    layers = layer_names(seasonal)
    short = [SHORT.get(str(s), str(s)) for s in seasonal["season"].values]
    shown_study.facts = {
        "periods": periods,
        "layers": layers,
        "layerColours": style.layer_colours(len(layers)),
        "seasons": [f"{name} ({style.MOISTURE_SEASONS.get(name, name)})" for name in short],
        "seasonColours": [style.MOISTURE_COLOURS.get(name, style.NO_DATA) for name in short],
        "years": [int(y) for y in seasonal["year"].values],
        "dynamics": [style.DYNAMICS[str(d)] for d in attributed["dynamics"].values],
        "test": style.TEST_NAMES[str(fitted["test"].values[0])],
    }
    _trends(shown_study, fitted, fields, periods, layers, short)
    shown_study.first = next(entry["id"] for entry in shown_study.layers if entry["group"] == f"Trend {periods[-1]}")
    _tests(shown_study, fitted, periods, alpha)
    _contributions(shown_study, attributed, periods, layers, short)
    if "cross" in attributed:
        _shared_by_dynamics(shown_study, attributed["cross"].values, periods, layers, short)
    if correlated is not None:
        _productivity(shown_study, correlated, layers, short)
    if changed is not None:
        changes.of_soil_moisture(shown_study, changed, ["all layers", *layers])
    if spliced is not None:
        changes.at_the_splice(shown_study, spliced)
    _years(shown_study, seasonal["soil_moisture"].values.mean(axis=2), layers)
    shown_study.store("calendar", frequency)
    return shown_study


def season_frequency(soil_moisture: Array, times: AnyArray, basis: str) -> Array:
    """Share of complete years in which each month belongs to each season.

    Parameters
    ----------
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
    basis : str
        As in `seasons.rank_months`. Where every layer has its own months, those of the total stand here.

    Returns
    -------
    (cell, month, season) array
        NaN where no year is complete.
    """
    values, _ = calendar.by_year(soil_moisture, times)
    ranked = seasons.rank_months(np.asarray(values.sum(axis=1), dtype=float), basis)
    complete = (ranked >= 0).sum(axis=1)
    counts = np.stack([(ranked == season).sum(axis=1) for season in range(len(seasons.SEASONS))], axis=-1)
    return np.divide(counts, complete[..., None], out=np.full(counts.shape, np.nan), where=complete[..., None] > 0)


def monthly_frequency(moisture: Sequence[Path], cells: int, basis: str) -> Array:
    """`season_frequency` of all cells, from files of the prepared months."""
    pieces = []
    for piece in pieces_of(cells):
        monthly = products.read(moisture, "soil_moisture", tile=piece)
        pieces.append(season_frequency(monthly["soil_moisture"].values, monthly["time"].values, basis))
    return np.concatenate(pieces)


def _trends(
    content: Content, fitted: xr.Dataset, fields: xr.Dataset, periods: list[str], layers: list[str], short: list[str]
) -> None:
    slope = fitted["slope"].values
    content.store("slope", slope, SLOPE_STEP)
    content.store(
        "interval",
        np.stack([fitted["slope_lower"].values[..., 0], fitted["slope_upper"].values[..., 0]], axis=-1),
        SLOPE_STEP,
    )
    width = (fitted["slope_upper"] - fitted["slope_lower"]).values[..., 0]
    content.store("width", width, SLOPE_STEP)
    wide = style.sequential(width, "Width of the 95 % interval of Sen's slope", "kg m-2 yr-1")
    middle = np.array([np.mean([int(year) for year in period.split("-")]) for period in periods])
    content.store(
        "level", fitted["intercept"].values[..., 0] + slope[..., 0] * middle, SERIES_STEP
    )  # of Sen's line in mid-period
    content.store("p", fitted["p"].values[:, :, 0, 0], SHARE_STEP)
    content.store("trend_rejected", fields["rejected"].values[:, :, 0].astype(float), 1.0)
    names = ["all layers", *layers, *(f"all layers, {name}" for name in short)]
    columns, unit = numbered(len(periods), len(names)), "kg m-2 yr-1"
    parts = [slice(0, 1), slice(1, 1 + len(layers)), slice(1 + len(layers), None)]  # total, layers, seasons
    scales = [style.diverging(slope[:, :, part], "Sen's slope of annual soil moisture", unit) for part in parts]
    for (place, period), (part, scale) in itertools.product(enumerate(periods), zip(parts, scales, strict=True)):
        chosen = columns[place, part]
        content.table([f"Trend {period}"], names[part], scale, "slope", unit, "trend_rejected", chosen)
    content.table(["Uncertainty of the trend"], [f"interval width {period}" for period in periods], wide, "width", unit)


def _tests(content: Content, fitted: xr.Dataset, periods: list[str], alpha: float) -> None:
    """How many of the run's tests find the trend of the total significant, cell by cell: a sensitivity to the test."""
    p = fitted["p"].values[:, :, 0]
    count = p.shape[-1]
    if count < 2:
        return
    content.store("tests_agree", np.where(np.isfinite(p).all(axis=-1), (p <= alpha).sum(axis=-1), np.nan), 1.0)
    names = ", ".join(style.TEST_NAMES[str(test)] for test in fitted["test"].values)
    shades = matplotlib.colormaps["YlGnBu"](np.linspace(0.1, 0.9, count + 1))
    colours = [matplotlib.colors.to_hex(shade) for shade in shades]
    scale = style.classes([f"{k} of {count} tests" for k in range(count + 1)], colours, names)
    content.table([f"Sensitivity of the trend: tests that find it ({names})"], periods, scale, "tests_agree")


def _years(content: Content, annual: Array, layers: list[str]) -> None:
    """Annual soil moisture (cell, year, layer): a map for each year."""
    years = content.facts["years"]
    content.store("series", annual, SERIES_STEP)
    content.store("total", annual.sum(axis=2), SERIES_STEP)
    amounts = style.sequential(annual.sum(axis=2), "Annual soil moisture", "kg m-2")
    content.layer("Annual soil moisture", "all layers", amounts, "total", 0, "kg m-2", times=years, stride=1)
    for number, name in enumerate(layers):
        amounts = style.sequential(annual[:, :, number], "Annual soil moisture", "kg m-2")
        options = {"times": years, "stride": len(layers)}
        content.layer("Annual soil moisture", name, amounts, "series", number, "kg m-2", **options)


def _contributions(
    content: Content, attributed: xr.Dataset, periods: list[str], layers: list[str], short: list[str]
) -> None:
    terms = attributed["contribution"].values
    cells, count = terms.shape[:2]
    sums = [terms.sum(axis=(3, 4)), terms.sum(axis=(2, 4)), terms.sum(axis=(2, 3))]
    flat = np.concatenate([terms.reshape(cells, count, -1), *sums], axis=2)
    content.store("contribution", flat, SHARE_STEP)
    content.store("omega", attributed["omega"].values, RATIO_STEP)
    content.store("top", np.stack([attributed["top1"].values, attributed["top2"].values], axis=-1), SHARE_STEP)
    term = np.stack([attributed["top1_term"].values, attributed["top2_term"].values], axis=-1).astype(int)
    index = np.unravel_index(np.maximum(term, 0), terms.shape[2:])
    content.store("top_term", np.where(term < 0, np.nan, term), 1.0)
    content.store("top_part", np.stack([np.where(term < 0, np.nan, part) for part in index], axis=-1), 1.0)
    parts = [content.facts["dynamics"], [f"season {name}" for name in short], layers]
    names = [", ".join(term) for term in itertools.product(content.facts["dynamics"], short, layers)]
    content.facts |= {"terms": names, "marginals": [name for part in parts for name in part]}
    single = style.diverging(terms, "Contribution to the variance", "1")
    wide = [style.sequential(values, "Contribution to the variance", "1") for values in sums]
    ratio = style.diverging(
        attributed["omega"].values, "Contribution over share of soil moisture", "1", limit=1.0, centre=1.0
    )
    first = style.sequential(attributed["top1"].values, "Largest contribution", "1")
    classes = {
        "dynamics": style.classes(
            content.facts["dynamics"], [style.DYNAMICS_COLOURS[str(d)] for d in attributed["dynamics"].values]
        ),
        "season": style.classes(content.facts["seasons"], content.facts["seasonColours"]),
        "layer": style.classes(layers, content.facts["layerColours"]),
    }
    columns, ends = numbered(count, flat.shape[2]), np.cumsum([len(names), *map(len, parts)])
    seasonal = [", ".join(pair) for pair in itertools.product(short, layers)]
    of_omega, of_parts, of_top = numbered(count, len(seasonal)), numbered(count, 2, len(classes)), numbered(count, 2)
    for place, period in enumerate(periods):
        for part, scale, (start, end) in zip(parts, wide, itertools.pairwise(ends), strict=True):
            chosen = columns[place, start:end]
            content.table([f"Contribution {period}"], part, scale, "contribution", columns=chosen)
        content.table([f"Terms {period}"], names, single, "contribution", columns=columns[place, : len(names)])
        content.table([f"Omega {period}"], seasonal, ratio, "omega", columns=of_omega[place])
        group = [f"Largest terms {period}"]
        for rank, which in enumerate(("largest", "second largest")):
            for part, (name, scale) in enumerate(classes.items()):
                chosen = of_parts[place, rank, part]
                content.table(group, [f"{name} of the {which} term"], scale, "top_part", columns=chosen)
            content.table(group, [f"value of the {which} term"], first, "top", columns=of_top[place, rank])


def _shared_by_dynamics(
    content: Content, cross: Array, periods: list[str], layers: list[str], short: list[str]
) -> None:
    """Covariance of trend and interannual variability, (cell, period, dynamics, season, layer); a straight line has
    none."""
    cross = cross.sum(axis=2)
    values = np.concatenate([cross.sum(axis=(2, 3))[..., None], cross.reshape(*cross.shape[:2], -1)], axis=2)
    content.store("cross", values, SHARE_STEP)
    scale = style.diverging(values, "Covariance of trend and interannual variability over the variance", "1")
    names = ["all seasons and layers", *(", ".join(pair) for pair in itertools.product(short, layers))]
    content.table([f"Trend and variability together {period}" for period in periods], names, scale, "cross")


def _productivity(content: Content, correlated: xr.Dataset, layers: list[str], short: list[str]) -> None:
    r, rejected = correlated["r"].values, correlated["rejected"].values
    by_range, range_rejected = correlated["r_range"].values, correlated["rejected_range"].values
    cells, detrends = r.shape[:2]
    content.store("r", np.concatenate([r.reshape(cells, detrends, -1), by_range], axis=2), R_STEP)
    both = np.concatenate([rejected.reshape(cells, detrends, -1), range_rejected], axis=2)
    content.store("r_rejected", both.astype(float), 1.0)
    scale = strength.association("Correlation with annual productivity")
    names = [f"{s}, {d}" for s in short for d in layers] + [
        f"annual, {name}" for name in correlated["depth_range"].values
    ]
    content.facts |= {"correlations": names, "detrend": [str(d) for d in correlated["detrend"].values]}
    groups = ["Correlation with GPP" + (", detrended" if name != "none" else "") for name in content.facts["detrend"]]
    content.table(groups, names, scale, "r", "1", "r_rejected")
