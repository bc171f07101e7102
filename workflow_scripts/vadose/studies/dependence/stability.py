"""Would the same copula be found in other years? Families, tails and averages over families in resamples of whole
years, in every k-th cell."""

import itertools

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special

from vadose.core.arrays import AnyArray, Array
from vadose.core.steps import told
from vadose.core.units import WATER_DENSITY
from vadose.statistics import copula, year_blocks
from vadose.studies.dependence import pairs, samples
from vadose.studies.frozen_months import MonthSet

RESAMPLES = 20
CELLS_AT_ONCE = 100
GOLDEN = 0.6180339887498949
STABLE = ("family_stability", "tail_stability")
AVERAGES = {"average_tau": (-1.0, 1.0), "average_lower": (0.0, 1.0), "average_upper": (0.0, 1.0)}


def sampled(places: AnyArray, every: int) -> NDArray[np.bool_]:
    """Every k-th cell of a grid, spread evenly: column + round(0.618 k) row is a multiple of k.

    Parameters
    ----------
    places : (cell, 2) int array
        Row and column of each cell, so that tiles do not matter.
    every : int
        k; 1 takes all cells.

    Returns
    -------
    (cell,) bool array
    """
    row, column = np.asarray(places, dtype=np.int64).T
    return np.asarray((column + round(GOLDEN * every) * row) % every == 0)


def drawn_steps(times: AnyArray, time_scale: str, seed: int) -> NDArray[np.int64]:
    """Which steps stand in each resample, (RESAMPLES, step): the draws of whole years of all intervals over years."""
    per_year = samples.steps_of_year(time_scale)
    years = len(times) // 12
    counts = year_blocks.year_counts(years, RESAMPLES, seed)[1:]
    chosen = np.stack([np.repeat(np.arange(years), row) for row in counts])
    return (chosen[..., None] * per_year + np.arange(per_year)).reshape(RESAMPLES, -1)


def with_stability(
    fitted: xr.Dataset,
    precipitation: Array,
    soil_moisture: Array,
    times: AnyArray,
    *,
    options: pairs.Options,
    every: int,
    places: AnyArray,
    thickness: Array,
    months: MonthSet | None = None,
) -> xr.Dataset:
    """Copulas with their stability when years are resampled.

    Parameters
    ----------
    fitted : Dataset
        From `pairs.copulas`.
    precipitation, soil_moisture, times, options, thickness, months : as there
    every : int
        Of so many cells one is resampled.
    places : (cell, 2) int array
        Row and column of each cell.

    Returns
    -------
    Dataset
        With (cell, time_scale, layer) variables, NaN in the other cells: `family_stability` and `tail_stability`, the
        shares of resamples in which the same family, and a family of the same tail class, is selected; and the limits
        `average_*_low` and `average_*_high` of a 95 % interval of the averages over families.

    Notes
    -----
    The limits are the average -+ t(0.975, 19) sqrt(s^2 + f^2), with s the standard deviation over 20 resamples, each of
    which selects and weighs its families anew, and f the spread of the record's own families. Without f, an upper tail
    coefficient that is 0 in truth lay inside in 81 to 86 % only. A year drawn twice gives ties
    that the record does not have, which favours families with sharp tails: stability is rather too low than too high.
    """
    names = [*STABLE, *(f"{name}_{side}" for name in AVERAGES for side in ("low", "high"))]
    out = {name: np.full(fitted["tau"].shape, np.nan) for name in names}
    everyone = np.flatnonzero(sampled(places, every))
    pieces = [everyone[start : start + CELLS_AT_ONCE] for start in range(0, everyone.size, CELLS_AT_ONCE)]
    for position, time_scale in enumerate(fitted["time_scale"].values):
        cycle = str(fitted["annual_cycle_of_time_scale"].values[position])
        steps = drawn_steps(times, str(time_scale), options.seed)
        parts = list(itertools.product(pieces, range(soil_moisture.shape[1])))
        for cells, layer in told(parts, f"stability of {time_scale} copulas, {CELLS_AT_ONCE} cells at a time"):
            record = fitted.isel(cell=cells, time_scale=position, layer=layer)
            lag = np.nan_to_num(record["lag"].values).astype(np.int16) if samples.is_monthly(time_scale) else 0
            values = (precipitation[cells], soil_moisture[cells, layer], times)
            inside = None if months is None else months.of(cells)
            driver, response = samples.pair(*values, str(time_scale), cycle, lag, inside)
            bounds = (0.0, WATER_DENSITY * float(thickness[layer]))
            anomalies = samples.is_monthly(time_scale) and cycle == samples.REMOVED
            u, v, _ = pairs.uniform(
                *(side[:, steps].reshape(-1, steps.shape[1]) for side in (driver, response)),
                options.margins,
                anomalies=anomalies,
                bounds=bounds,
            )
            again = copula.select(u, v, preselect=options.preselect, restarts=options.restarts, engine=options.engine)
            for name, values in _summary(record, again).items():
                out[name][cells, position, layer] = values
    return fitted.assign({name: (fitted["tau"].dims, values) for name, values in out.items()})


def _summary(record: xr.Dataset, again: copula.CopulaFit) -> dict[str, Array]:
    """Stability and limits of the cells of one time scale and layer from their resamples."""
    there = (record["reason"].values == 0)[:, None]

    def by_cell(values: Array) -> Array:
        return np.asarray(values, dtype=float).reshape(-1, RESAMPLES)

    same = by_cell(again.family) == record["family"].values[:, None]
    tails = by_cell(pairs.tail_class(again.tau, again.lower, again.upper)) == record["tail_class"].values[:, None]
    out = {
        name: np.where(there, agrees, np.nan).mean(axis=1) for name, agrees in zip(STABLE, (same, tails), strict=True)
    }
    factor = float(special.stdtrit(RESAMPLES - 1, 0.975))
    for name, (least, most) in AVERAGES.items():
        over_years = by_cell(getattr(again, name)).std(axis=1, ddof=1)
        over_families = record[name.replace("average", "spread")].values
        centre, reach = record[name].values, factor * np.hypot(over_years, over_families)
        out |= {f"{name}_low": np.maximum(centre - reach, least), f"{name}_high": np.minimum(centre + reach, most)}
    return out
