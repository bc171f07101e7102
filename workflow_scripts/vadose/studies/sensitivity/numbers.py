"""Headline numbers of a run, or under an alternative, with their intervals, as `plan.Reading` says."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics.landcover import CLASSES
from vadose.studies.depths import depth
from vadose.studies.risk import headline
from vadose.studies.sensitivity import years
from vadose.studies.sensitivity.copula_numbers import copulas
from vadose.studies.sensitivity.intervals import mean_of, median_interval, of_cells, weighted_interval
from vadose.studies.sensitivity.plan import Reading
from vadose.studies.sensitivity.verdicts import COUNT, NAN, POSTERIOR, Levels, Number, kind_of
from vadose.studies.variability import intervals

CONVERGED = 0  # as driver_statistics.Status, whose module would bring the samplers along
WITH_LINE = "level and trend"  # model of the step at the splice in which a trend is no step
POSITION = (0.025, 0.975)


def trends(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Mean trend, share of cells that dry out, and of those with a significant trend, of total soil moisture in the
    last period."""
    fitted = files["trends"].isel(period=-1).isel(series=0)
    period, rows = str(fitted["period"].values), []
    slope = fitted["slope_prewhitened" if reading.test == "3pw" else "slope"].values
    p = fitted["p"].sel(test=reading.test).values
    if reading.without_step:
        stepped = files["splice"]["step_p"].sel(model=WITH_LINE).values <= levels.alpha
        slope, p = (np.where(stepped, np.nan, values) for values in (slope, p))
    significant = p <= levels.alpha
    if reading.field and "field_significance" in files:
        significant = (
            files["field_significance"]["rejected"].isel(period=-1).isel(series=0).sel(test=reading.test).values == 1
        )
    parts = (
        ("trend", "kg m-2 yr-1", 0.0, slope),
        ("declining", "1", 0.5, np.where(np.isfinite(slope), slope < 0, np.nan)),
        (
            "significant_trend",
            "1",
            0.0 if reading.field else levels.alpha,
            np.where(np.isfinite(p), significant, np.nan),
        ),
    )
    names = {"trend": "mean_slope", "declining": "share_declining", "significant_trend": "share_significant"}
    names |= {"significant_trend": "share_significant_by_fdr"} if reading.field else {}
    for quantity, unit, reference, values in parts:
        interval = mean_of(values, fitted, reading, levels.seed)
        number = Number("variability", quantity, period, unit, reference, *interval, kind_of(quantity))
        number = of_cells(number, values, fitted, reading)
        # Sen's slope and Mann-Kendall's test are computed in resampled years, other tests are not.
        resampled = reading.test == "original" if quantity == "significant_trend" else reading.test != "3pw"
        key = years.Key("year_resamples", names[quantity]) if resampled and not reading.without_step else None
        rows.append(years.with_years(number, key, files, reading))
    return rows


class Case(NamedTuple):
    """A number of the attribution before it is a mean over cells."""

    quantity: str
    case: str
    reference: float  # an equal share
    values: Array  # (cell,)
    name: str  # on the axis of resampled numbers


def _marginals(terms: Array, part: xr.Dataset) -> list[Case]:
    """The shares by season, layer and dynamics."""
    seasons = [str(name) for name in part["season"].values]
    layers = [depth(part, number) for number in range(part.sizes["layer"])]
    labels = [str(label) for label in part["layer"].values]
    marginals = [
        Case("season_share", name, 1 / len(seasons), terms[:, :, number].sum(axis=(1, 2)), resampled(season=name))
        for number, name in enumerate(seasons)
    ]
    marginals += [
        Case("layer_share", name, 1 / len(layers), terms[..., number].sum(axis=(1, 2)), resampled(layer=labels[number]))
        for number, name in enumerate(layers)
    ]
    words, trend = "trend against interannual variability", str(part["dynamics"].values[0])
    values = terms[:, 0].sum(axis=(1, 2))
    return [*marginals, Case("trend_share", words, 0.5, values, resampled(dynamics=trend))]


def resampled(**label: str) -> str:
    """Name of a marginal share on the axis of resampled numbers."""
    return intervals.key(next(iter(label)), **label)


def _terms(attributed: xr.Dataset, period: int) -> tuple[xr.Dataset, Array, Array, Array]:
    """One period: the part, its terms and omega, missing in every cell that lacks one of them, and its variance."""
    part = attributed.isel(period=period)
    variance = part["variance"].values
    valid = np.isfinite(part["contribution"].values).all(axis=(1, 2, 3)) & np.isfinite(variance)
    hide = np.where(valid, 0.0, np.nan)
    return (
        part,
        part["contribution"].values + hide[:, None, None, None],
        part["omega"].values + hide[:, None, None],
        variance,
    )


def shares(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Shares of the variance by season, layer and dynamics, and omega, in the last period."""
    part, terms, omega, variance = _terms(files["attribution"], -1)
    period = str(part["period"].values)
    cases = _marginals(terms, part)
    for s, season in enumerate(part["season"].values):
        for d, layer in enumerate(part["layer"].values):
            name = intervals.key("omega", season=str(season), layer=str(layer))
            cases.append(Case("omega", f"{season}, {depth(part, d)}", 1.0, omega[:, s, d], name))
    rows = []
    for quantity, case, reference, values, name in cases:
        interval = mean_of(values, part, reading, levels.seed, variance)
        number = Number("variability", quantity, f"{case}, {period}", "1", reference, *interval)
        number = of_cells(number, values, part, reading, variance)
        rows.append(years.with_years(number, years.Key("year_resamples", name), files, reading))
    return rows


def changes(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Changes of the shares from the first to the last period, over the cells that both have."""
    attributed = files["attribution"]
    if attributed.sizes["period"] < 2:
        return []
    (before, first, _, one) = _terms(attributed, 0)
    (part, last, _, two) = _terms(attributed, -1)
    names = [str(before["period"].values), str(part["period"].values)]
    rows = []
    for earlier, later in zip(_marginals(first, before), _marginals(last, part), strict=True):
        quantity, case, old, new = earlier.quantity, earlier.case, earlier.values, later.values
        if quantity == "trend_share" and reading.against_null:
            null = files["splice"]["null_share"].sel(window=names).values
            old, new = old - null[:, 0], new - null[:, 1]
        both = np.isfinite(old) & np.isfinite(new)
        old = np.where(both, old, np.nan)
        new = np.where(both, new, np.nan)
        interval = _difference(old, new, one, two, part, reading, levels.seed)
        words = f"{case}, {names[1]} minus {names[0]}"
        number = Number("variability", f"change_of_{quantity}", words, "1", 0.0, *interval)
        if reading.weight in ("cell", "area"):
            number = of_cells(number, new - old, part, reading)
        key = years.Key("year_resamples", later.name, change=True)
        rows.append(years.with_years(number, key, files, reading))
    return rows


def _difference(old, new, one, two, part, reading: Reading, seed: int) -> tuple[float, float, float]:
    """Difference of two means over the same cells, each with weights of its own where these are variances."""
    if reading.weight == "median":
        return median_interval(new, part, seed)[0] - median_interval(old, part, seed)[0], NAN, NAN
    if reading.weight != "variance" or not np.isfinite(old).any():
        return mean_of(new - old, part, reading, seed)
    linear = [_linear(values, weights) for values, weights in ((old, one), (new, two))]
    return weighted_interval(linear[1] - linear[0], part, np.ones(old.shape), seed)


def _linear(values: Array, weights: Array) -> Array:
    valid = np.isfinite(values) & np.isfinite(weights)
    mean = np.average(values[valid], weights=weights[valid])
    return np.where(valid, mean + (values - mean) * weights / weights[valid].mean(), np.nan)


def steps(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Step at the splice: its mean, and the share of cells in which it is significant."""
    if "step" not in files["splice"]:
        return []
    part = files["splice"].sel(model=reading.step_model)
    step, p = part["step"].values, part["step_p"].values
    valid = np.isfinite(step) & np.isfinite(p)
    parts = (
        ("step", "kg m-2", 0.0, np.where(valid, step, np.nan)),
        ("significant_step", "1", levels.alpha, np.where(valid, p <= levels.alpha, np.nan)),
    )
    case, rows = "level after minus before the splice", []
    for name, unit, null, values in parts:
        number = Number("variability", name, case, unit, null, *mean_of(values, part, reading, levels.seed))
        number = of_cells(number, values, part, reading)
        key = years.Key("year_resamples", "step") if name == "step" else None
        rows.append(years.with_years(number, key, files, reading))
    return rows


def correlations(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Correlation of annual soil moisture of depth ranges with productivity: mean r by class, and the share of
    significant cells."""
    correlated = files["productivity_correlation"].sel(detrend=reading.detrend)
    classes = years.classes(files["land_cover"], reading)
    groups = [(name, classes == code) for code, name in CLASSES.items()] + [
        ("all classes", np.isin(classes, list(CLASSES)))
    ]
    rows = []
    for number, name in enumerate(correlated["depth_range"].values):
        r = correlated["r_range"].values[:, number]
        p = correlated["p_range"].values[:, number]
        significant, reference = p <= levels.alpha, levels.alpha
        if reading.field:
            significant = correlated["rejected_range"].values[:, number] == 1
            reference = 0.0
        for group, inside in groups:
            here = np.where(inside & np.isfinite(r), 0.0, np.nan)
            for quantity, null, values in (
                ("correlation", 0.0, r + here),
                ("significant_correlation", reference, significant + here),
            ):
                interval = mean_of(values, correlated, reading, levels.seed)
                one = Number("variability", quantity, f"{group}, {name}", "1", null, *interval, kind_of(quantity))
                kind = "r" if quantity == "correlation" else "significant"
                key = years.Key("correlation_resamples", f"annual, {name}", kind, group)
                untested = kind == "significant" and reading.field  # not by false discovery rate in resampled years
                one = of_cells(one, values, correlated, reading)
                rows.append(years.with_years(one, None if untested else key, files, reading))
    return rows


def controls(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Share of cells in which each control is the largest, monthly and annual, by layer; an equal share is one
    third."""
    fitted, rows = files["controls"], []
    for time_scale in ("monthly", "annual"):
        for layer in range(fitted.sizes["layer"]):
            part = fitted.sel(time_scale=time_scale).isel(layer=layer)
            hide = np.where(np.isfinite(part["share"].values).all(axis=1), 0.0, np.nan)
            for number, name in enumerate(fitted["control"].values):
                values = (part["dominant"].values == number) + hide
                interval = mean_of(values, fitted, reading, levels.seed)
                case = f"{name}, {time_scale}, {depth(fitted, layer)}"
                one = Number("dependence", "dominant_control", case, "1", 1 / fitted.sizes["control"], *interval)
                key = years.Key("control_resamples", "dominant", group=str(name), time_scale=time_scale, layer=layer)
                rows.append(years.with_years(of_cells(one, values, fitted, reading), key, files, reading))
    return rows


def drivers(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Mean effects of drivers over ecoregions, and ecoregions whose negative dependence is certain, under one kind of
    errors."""
    model = ("time_scale", "layer", "ecoregion", "response", "term")
    posterior = (
        files["driver_estimates"]["mean"].where(files["driver_estimates"]["status"] == CONVERGED).transpose(*model)
    )
    centre, reach = _effects(files, reading, posterior)
    certain = np.abs(centre) > reach
    signs = np.where(certain, np.sign(centre), 0.0)
    # Opposite signs for precipitation and soil moisture, both certain, are quadrants II and IV.
    negative = signs[:, :, :, 0] * signs[:, :, :, 1] < 0
    rows = []
    for s, time_scale in enumerate(posterior["time_scale"].values):
        for t, term in enumerate(posterior["term"].values):
            where = f"{term}, {time_scale}"
            for r, response in enumerate(posterior["response"].values):
                effect, width = centre[s, 0, :, r, t], reach[s, 0, :, r, t]
                valid = np.isfinite(effect) & np.isfinite(width)
                if valid.any():
                    # ASSUME: ecoregions are independent of one another.
                    mean = float(effect[valid].mean())
                    half = float(np.sqrt((width[valid] ** 2).sum()) / valid.sum())
                    case = f"{response} on {where}, uppermost layer"
                    limits = mean - half, mean + half
                    rows.append(Number("dependence", "driver_effect", case, "1", 0.0, mean, *limits, basis=POSTERIOR))
            count = float(negative[s, :, :, t].sum())
            rows.append(
                Number("dependence", "negative_drivers", f"{where}, ecoregions and layers", "1", 0.0, count, kind=COUNT)
            )
    return rows


def _effects(files: Mapping[str, xr.Dataset], reading: Reading, posterior: xr.DataArray) -> tuple[Array, Array]:
    """Effects and the half width of their 95 % intervals, (time_scale, layer, ecoregion, response, term)."""
    from scipy import stats

    if reading.errors == "posterior":
        errors = files["driver_estimates"]["sd"].transpose(*posterior.dims).values
        return posterior.values, stats.norm.ppf(POSITION[1]) * np.where(np.isfinite(posterior.values), errors, np.nan)
    statistics = files["driver_statistics"]
    freedom = statistics[f"{reading.errors}_df"].values[..., None, None]
    errors, pooled = (statistics[name].transpose(*posterior.dims).values for name in (reading.errors, "pooled"))
    usable = np.isfinite(posterior.values) & np.isfinite(errors)
    return np.where(usable, pooled, np.nan), np.where(usable, stats.t.ppf(POSITION[1], freedom) * errors, np.nan)


# By study: the function, the files it needs, the quantities it gives.
SOURCES: dict[str, list[tuple[Callable, tuple[str, ...], set[str]]]] = {
    "variability": [
        (trends, ("trends",), {"trend", "declining", "significant_trend"}),
        (shares, ("attribution",), {"season_share", "layer_share", "trend_share", "omega"}),
        (
            changes,
            ("attribution", "splice"),
            {"change_of_season_share", "change_of_layer_share", "change_of_trend_share"},
        ),
        (steps, ("splice",), {"step", "significant_step"}),
        (correlations, ("productivity_correlation", "land_cover"), {"correlation", "significant_correlation"}),
    ],
    "dependence": [
        (
            copulas,
            ("copulas",),
            {
                "negative_share",
                "copula_negative_share",
                "certain_negative",
                "median_tau",
                "significant_tau",
                "tail_asymmetry",
            },
        ),
        (headline.risks, ("risk",), set(headline.QUANTITIES.values())),
        (controls, ("controls",), {"dominant_control"}),
        (drivers, ("driver_estimates", "driver_statistics"), {"driver_effect", "negative_drivers"}),
    ],
}
QUANTITIES = set().union(*(names for parts in SOURCES.values() for *_, names in parts))


def numbers(
    study: str, files: Mapping[str, xr.Dataset], reading: Reading, wanted: tuple[str, ...], levels: Levels
) -> list[Number]:
    """Headline numbers of one study.

    Parameters
    ----------
    study : {"variability", "dependence"}
    files : mapping
        Products by name; what is not there gives no numbers.
    reading : Reading
    wanted : tuple of str
        Quantities, of QUANTITIES.
    levels : Levels

    Returns
    -------
    list of Number
    """
    listed = []
    for function, needed, names in SOURCES[study]:
        if names & set(wanted) and all(name in files for name in (*needed, *reading.files())):
            listed += [number for number in function(files, reading, levels) if number.quantity in wanted]
    return listed
