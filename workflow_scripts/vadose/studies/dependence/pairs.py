"""Study B's pairs of precipitation and soil moisture, from monthly values to fitted copulas and lags, as labelled
datasets on the cell axis.

The statistics themselves are in copula, margins and lags; here stands what is paired with what, and what of it is kept.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.core.time_scales import years_of
from vadose.core.units import WATER_DENSITY
from vadose.statistics import copula, lags, margins
from vadose.studies.dependence.samples import (
    CYCLES,
    KEPT,
    REMOVED,
    cycle_of,
    is_monthly,
    pair,
    sides,
    steps_of_year,
    too_few,
)
from vadose.studies.frozen_months import MonthSet
from vadose.studies.risk import cells

TAILS = ("none", "lower", "upper", "both", "negative", "undetermined")
TAIL_FROM = 0.05  # ASSUME: a smaller coefficient of tail dependence counts as none (a t copula always has some)
MARGIN_FAILED = 20
NO_LAG, FEW_OF_SET = 21, 22
REASONS = {
    **copula.REASONS,
    MARGIN_FAILED: "no parametric margin could be fitted",
    NO_LAG: "no optimal lag of precipitation",
    FEW_OF_SET: "too few months are thawed, or frozen, as configured",
}
PER_CYCLE = ("family", "par", "par2", "tau", "tau_low", "tau_high", "kendall", "tail_class", "lag", "reason", "flags")


class Options(NamedTuple):
    """How pairs become copulas: the keys of `copula` in the configuration, whether risks are wanted, and the seed."""

    engine: str = "batch"
    margins: str = "ranks"
    preselect: bool = True
    restarts: int = 0
    bootstrap: int = 0
    gof: bool = False
    gof_resamples: int = 100
    tied_share: float = 0.3
    risk: bool = False
    seed: int = 0


def uniform(
    driver: Array, response: Array, choice: str, *, anomalies: bool = False, bounds: tuple[float, float] | None = None
) -> tuple:
    """Both sides as numbers in (0, 1): by ranks, or by the best parametric margin.

    Parameters
    ----------
    driver, response : (cell, step) arrays
        From `pair`.
    choice : {"ranks", "parametric"}
        Margins.
    anomalies : bool
        Whether precipitation holds anomalies, which have no mass at zero and any sign.
    bounds : (low, high), optional
        Range of the layer in the unit of the response, for the beta distribution; not for anomalies.

    Returns
    -------
    u, v : (cell, step) arrays
        By ranks in cells where a margin has no parametric fit.
    failed : (cell,) bool array
        Those cells.

    Raises
    ------
    ValueError
        If the choice is unknown.
    """
    u = copula.pseudo_observations(driver)
    v = copula.pseudo_observations(response)
    failed = np.zeros(u.shape[0], dtype=bool)
    if choice == "ranks":
        return u, v, failed
    if choice != "parametric":
        raise ValueError(f"uniform: expected margins by ranks or parametric, found {choice!r}.")
    first = margins.fit_soil_moisture(driver) if anomalies else margins.fit_precipitation(driver)
    second = margins.fit_soil_moisture(response, layer_range=None if anomalies else bounds)
    failed = (first.reason > 0) | (second.reason > 0)
    return np.where(failed[:, None], u, first.u), np.where(failed[:, None], v, second.u), failed


def tail_class(tau: Array, lower: Array, upper: Array) -> Array:
    """How a copula behaves in its tails: 0 none, 1 lower, 2 upper, 3 both, 4 negative dependence; -1 without a copula.

    Parameters
    ----------
    tau, lower, upper : arrays of one shape, 1
        Kendall's tau and tail dependence; NaN where there is no copula.

    Returns
    -------
    int8 array
        Positions in TAILS. That the family is undetermined is another matter (`undetermined` of the fit).
    """
    tau, lower, upper = (np.asarray(values, dtype=float) for values in (tau, lower, upper))
    missing = ~(np.isfinite(tau) & np.isfinite(lower) & np.isfinite(upper))
    low = np.where(missing, 0.0, lower) >= TAIL_FROM
    high = np.where(missing, 0.0, upper) >= TAIL_FROM
    return np.select([missing, np.where(missing, 0.0, tau) < 0.0], [-1, 4], default=low + 2 * high).astype(np.int8)


def fit(
    driver: Array,
    response: Array,
    options: Options,
    *,
    anomalies: bool = False,
    bounds: tuple[float, float] | None = None,
    block: int | None = None,
    without_lag: Array | None = None,
    places: AnyArray | None = None,
    period: int = 1,
    times: AnyArray | None = None,
    series: tuple[str, str] = ("annual", KEPT),
    chosen: bool = False,
) -> dict:
    """Copula of one layer and time scale: all of `CopulaFit`, the tail class, the interval of tau and, if asked for,
    goodness of fit.

    Parameters
    ----------
    driver, response : (cell, step) arrays
        From `pair`.
    options : Options
        How.
    anomalies, bounds : as in `uniform`
    block : int, optional
        Length of the blocks of the bootstrap.
    without_lag : (cell,) bool array, optional
        Cells that get no copula, because no lag of precipitation could be chosen for them.
    places : (cell, 2) int array, optional
        Row and column of each cell in the grid, from which its random draws follow; by default the cells are counted.
    period : int
        Steps of a year, for the test of independence; 0: none.
    times, series : (month,) array and (time scale, annual cycle), optional
        Months of the record and what the pairs are of, for the risk.
    chosen : bool
        Whether they are of a set of months only, as the thawed ones.

    Returns
    -------
    dict
        (cell,) arrays by name; under "risk" those of `risk.cells.of_pairs`, where options ask for it.
    """
    u, v, failed = uniform(driver, response, options.margins, anomalies=anomalies, bounds=bounds)
    how = {"preselect": options.preselect, "restarts": options.restarts}
    joint = None
    if options.risk:
        fitted, joint = copula.select_with_joint(u, v, cells.POINTS, **how)
    else:
        fitted = copula.select(u, v, engine=options.engine, **how)
    out = fitted._asdict() | {"flags": copula.flag_bits(fitted, options.tied_share)}
    del out["at_bound"]  # one of the bits
    out |= {"independence_p": copula.independence(driver, response, period=period).p} if period else {}
    no_lag = (fitted.reason == 0) & (False if without_lag is None else without_lag)
    unfit = no_lag | (failed & (fitted.reason == 0))
    out["reason"] = np.select([no_lag, unfit], [NO_LAG, MARGIN_FAILED], fitted.reason)
    for name in set(out) - {"reason", "n", "kendall", "ties_u", "ties_v", "zero_share", "flags", "independence_p"}:
        out[name] = np.where(unfit, np.nan, out[name])
    out["flags"] = np.where(unfit, 0, out["flags"]).astype(np.int8)
    if options.bootstrap:
        interval = copula.tau_interval(driver, response, resamples=options.bootstrap, block=block, seed=options.seed)
        out |= {"tau_low": interval.low, "tau_high": interval.high}
    for name in {"kendall", "tau_low", "tau_high", "independence_p"} & set(out):
        out[name] = np.where(no_lag, np.nan, out[name])
    if options.gof:
        how = {"resamples": options.gof_resamples, "seed": options.seed, "places": places}
        tested = copula.goodness_of_fit(u, v, fitted, **how)
        out |= {"gof_statistic": np.where(unfit, np.nan, tested.statistic), "gof_p": np.where(unfit, np.nan, tested.p)}
    out["tail_class"] = tail_class(out["tau"], out["lower"], out["upper"])
    out["reason"], out["n"] = out["reason"].astype(np.int8), out["n"].astype(np.int16)
    if joint is not None:
        joint = copula.Joint(*(np.where(unfit[:, None], np.nan, part) for part in joint))
        first, years = (years_of(times, scale) for scale in ("annual", series[0]))
        # Months with their annual cycle have no common rate of events, nor has a set of months that differs by cell.
        alike = (series[1] == REMOVED or steps_of_year(series[0]) == 1) and not chosen
        out["risk"] = cells.of_pairs(u, v, joint, years - first[0], first.size, alike=alike)
    return out


def copulas(
    precipitation: Array,
    soil_moisture: Array,
    times: AnyArray,
    *,
    time_scales: Sequence[str],
    configured: str,
    compare: bool,
    options: Options,
    lag: Array | None = None,
    thickness: Array | None = None,
    places: AnyArray | None = None,
    months: MonthSet | None = None,
) -> xr.Dataset:
    """Copulas of every layer and time scale, and monthly ones with and without the annual cycle side by side.

    Parameters
    ----------
    precipitation : (cell, time) array, kg m-2
        Monthly precipitation.
    soil_moisture : (cell, layer, time) array, kg m-2
        Monthly soil moisture.
    times : (time,) datetime64 array
        Month starts, whole years.
    time_scales : sequence of str
        Time scales, as `pair` takes them.
    configured : {"kept", "removed"}
        What happens to the annual cycle of monthly values, and of those of a season, in the main result.
    compare : bool
        Fit monthly copulas both ways.
    options : Options
        How.
    lag : (cell, annual_cycle, layer) array, optional
        Months by which precipitation precedes in copulas of single months, for both cycles; None is 0 everywhere, a
        cell whose lag is NaN has no such copula.
    thickness : (layer,) array, optional
        m, for the range of the beta margin.
    places : as in `fit`
    months : MonthSet, optional
        Months that are left in; a cell with too few of them has no copula, and says so.

    Returns
    -------
    Dataset
        Variables of the product "copulas": (cell, time_scale, layer), and `*_by_annual_cycle` (cell,
        annual_cycle, layer) where `compare`; with `options.risk` also those of `risk.cells.of_series`.
    """
    lag = np.zeros((precipitation.shape[0], len(CYCLES), soil_moisture.shape[1])) if lag is None else lag
    wanted = [(time_scale, cycle_of(time_scale, configured)) for time_scale in time_scales]
    both = [("monthly", cycle) for cycle in CYCLES] if compare and "monthly" in time_scales else []
    fits, risks = {}, {}
    for time_scale, cycle in dict.fromkeys(wanted + both):
        layers = []
        for layer in range(soil_moisture.shape[1]):
            single = is_monthly(time_scale)
            optimal = lag[:, CYCLES.index(cycle), layer] if single else np.zeros(precipitation.shape[0])
            without = np.isnan(optimal)
            delay = np.nan_to_num(optimal).astype(np.int16)
            anomalies = single and cycle == REMOVED
            values = (precipitation, soil_moisture[:, layer], times, time_scale, cycle, delay)
            driver, response = pair(*values, months)
            few = too_few(driver, driver if months is None else pair(*values)[0], time_scale, months)
            count = np.isfinite(driver).sum(axis=1).astype(np.int16)
            driver, response = (np.where(few[:, None], np.nan, side) for side in (driver, response))
            # A layer holds at most its depth of water: the range of the beta margin.
            bounds = None if thickness is None else (0.0, WATER_DENSITY * float(thickness[layer]))
            # Blocks of whole years keep the seasons of monthly values where they are still in.
            per_year = steps_of_year(time_scale)
            block = per_year if per_year > 1 and cycle == KEPT else None
            how = {"anomalies": anomalies, "bounds": bounds, "block": block, "without_lag": without, "places": places}
            how["period"] = per_year if (time_scale, cycle) in wanted else 0
            how |= {"times": times, "series": (time_scale, cycle), "chosen": months is not None}
            fitted = fit(driver, response, options, **how)
            fitted |= {"n": count, "reason": np.where(few, FEW_OF_SET, fitted["reason"]).astype(np.int8)}
            risks.setdefault((time_scale, cycle), []).append(fitted.pop("risk", {}))
            layers.append(fitted | {"lag": np.where(without, np.nan, delay)})
        fits[time_scale, cycle] = {name: np.stack([part[name] for part in layers], axis=1) for name in layers[0]}
    out = _stacked([fits[key] for key in wanted], "time_scale")
    if both:
        parts = [{name: values for name, values in fits[key].items() if name in PER_CYCLE} for key in both]
        side = _stacked(parts, "annual_cycle")
        out = out.merge(side.rename({name: f"{name}_by_annual_cycle" for name in side.data_vars})).assign_coords(
            annual_cycle=list(CYCLES)
        )
    if options.risk:
        out = out.merge(cells.of_series(risks, times))
    return out.assign_coords(
        time_scale=list(time_scales), annual_cycle_of_time_scale=("time_scale", [cycle for _, cycle in wanted])
    )


def _stacked(parts: Sequence[dict[str, Array]], dimension: str) -> xr.Dataset:
    """(cell, layer) arrays of several cases along a new dimension."""
    return xr.Dataset(
        {name: (("cell", dimension, "layer"), np.stack([part[name] for part in parts], axis=1)) for name in parts[0]}
    )


def lagged_dependence(
    precipitation: Array, soil_moisture: Array, times: AnyArray, *, max_lag: int, null: str
) -> xr.Dataset:
    """Kendall's tau-b of earlier precipitation with soil moisture, with and without the annual cycle, and the best lag.

    Parameters
    ----------
    precipitation, soil_moisture, times : as in `copulas`
    max_lag : int
        Months.
    null : {"none", "circular"}
        Null distribution of the largest |tau|, as in `lags.optimal_lag`: all turns of the precipitation around the
        circle of its months. There is no chance in it, so it needs no seed.

    Returns
    -------
    Dataset
        Variables of the product "lags": tau and the count of complete pairs (cell, annual_cycle, layer, lag),
        optimal_lag (months), optimal_tau, p and, of the field, field_p (cell, annual_cycle, layer). A lag needs ten
        pairs (docs/methods.md#b3).
    """
    by_cycle = []
    for cycle in CYCLES:
        layers = []
        for layer in range(soil_moisture.shape[1]):
            # Each side keeps its own gaps: a lagged pair may be complete where that of lag 0 is not.
            driver, response = sides(precipitation, soil_moisture[:, layer], times, cycle)
            if null == "circular":
                best, field_p = lags.optimal_lag_and_field_p(driver, response, max_lag)
            else:
                best = lags.optimal_lag(driver, response, max_lag, null=null)
                field_p = best.p
            layers.append((*lags.lags_and_pairs(driver, response, max_lag), best.lag, best.tau, best.p, field_p))
        by_cycle.append([np.stack(column, axis=1) for column in zip(*layers)])
    tau, complete, lag, largest, p, field_p = (np.stack(column, axis=1) for column in zip(*by_cycle))
    dims = ("cell", "annual_cycle", "layer")
    variables = {
        "tau": ((*dims, "lag"), tau),
        "pairs": ((*dims, "lag"), complete.astype(np.int16)),
        "optimal_lag": (dims, lag),
        "optimal_tau": (dims, largest),
        "p": (dims, p),
        "field_p": (dims, field_p),
    }
    return xr.Dataset(variables, coords={"annual_cycle": list(CYCLES), "lag": np.arange(max_lag + 1, dtype=np.int16)})


def labelled(result: xr.Dataset, moisture: xr.Dataset) -> xr.Dataset:
    """A result with the coordinates of the cells and layers of prepared soil moisture; cells first."""
    names = ("row", "column", "area", "lat", "lon", "grid_lat", "grid_lon", "layer", "layer_top", "layer_bottom")
    return result.assign_coords({name: moisture[name] for name in names}).transpose("cell", ...)


def pair_in_cell(
    precipitation: Array, moisture: xr.Dataset, fitted: xr.Dataset, choice: str, months: MonthSet | None = None
) -> dict:
    """Pseudo-observations of one cell as its monthly copula saw them, with that copula, by layer.

    Parameters
    ----------
    precipitation : (1, time) array, kg m-2
    moisture : Dataset
        Prepared soil moisture of that cell.
    fitted : Dataset
        Its copulas at the monthly time scale, (layer,).
    choice : {"ranks", "parametric"}
        Margins.
    months : MonthSet, optional
        Of that cell.

    Returns
    -------
    dict
        lat, lon and, by layer, u, v (time,), family, par, par2, tau.
    """
    cycle = str(fitted["annual_cycle_of_time_scale"].values)
    times = moisture["time"].values
    points = {"u": [], "v": []}
    for layer in range(moisture.sizes["layer"]):
        lag = int(np.nan_to_num(fitted["lag"].values[layer]))  # a cell without a lag has no copula to be drawn
        values = (precipitation, moisture["soil_moisture"].values[:, layer], times)
        driver, response = pair(*values, "monthly", cycle, lag, months)
        depth = float(moisture["layer_bottom"][layer] - moisture["layer_top"][layer])
        u, v, _ = uniform(driver, response, choice, anomalies=cycle == REMOVED, bounds=(0.0, WATER_DENSITY * depth))
        points["u"].append(u[0])
        points["v"].append(v[0])
    parts = {name: fitted[name].values for name in ("family", "par", "par2", "tau")}
    return points | parts | {"lat": float(moisture["lat"].values[0]), "lon": float(moisture["lon"].values[0])}
