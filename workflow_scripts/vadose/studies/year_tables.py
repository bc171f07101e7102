"""Tables of intervals over years from sums over cells of each resample: ratios of sums, and differences between two
cases over the cells that both have."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.statistics import share_intervals, year_blocks, year_intervals

ALL = "all"
OWN = "own"  # all cells that the case has
WEIGHTINGS = ("cell", "area")
# Sums of whole multiples of these stay exact: a million cells, and the area of all land.
UNITS = {"cell": 2.0**-30, "area": 0.25}  # 1, m2; powers of two
# Least and largest rates of simulated worlds, from tests/benchmarks/year_intervals_dependence.py; a test compares them.
RATES = (
    "In simulated worlds of 20 years of months these intervals of study B hold the truth in 91.7 to 97.3 % (mean "
    "tau-b), 92 to 98.3 % (shares of negative tau-b), 90.3 to 99 % (shares certainly negative), 92.7 to 98 % "
    "(shares by lag), 89 to 99 % (shares of controls) and 91 to 98 % (differences between layers)."
)
NUMBERS = ["estimate", "low", "high", "standard_error", "effective_years", "cells"]


def every_kth(cells: xr.Dataset, step: int) -> Array:
    """(cell,) bool: about one cell in `step`, evenly over the map and whatever the tile.

    Parameters
    ----------
    cells : Dataset
        With the row and column of each cell on the grid.
    step : int
        1 takes all cells.
    """
    return (7 * cells["row"].values.astype(np.int64) + cells["column"].values) % step == 0


def region_sums(values: Sequence[Array] | Array, masks: Array, area: Array, region: Array, regions: int) -> Array:
    """Sums over the cells of each set and region, by cell and by area, equal to the last bit whatever the tiles.

    Parameters
    ----------
    values : (quantity, cell, resample) array, or (cell, resample) arrays
        NaN takes no part.
    masks : (set, cell) bool array
        Sets of cells.
    area : (cell,) array, m2
    region : (cell,) int array
        From 0.
    regions : int

    Returns
    -------
    (quantity, set, region, weighting, resample) array
    """
    sets, resamples = masks.shape[0], values[0].shape[1]
    inside = (masks[:, None] & (region == np.arange(regions)[:, None])).reshape(sets * regions, area.size)
    out = np.empty((len(values), sets, regions, len(WEIGHTINGS), resamples))
    for number, weighting in enumerate(WEIGHTINGS):
        weight = np.ones(area.size) if weighting == "cell" else area
        for quantity, of_cells in enumerate(values):
            sums = year_blocks.exact_sums(of_cells, weight, inside, UNITS[weighting]) * UNITS[weighting]
            out[quantity, :, :, number] = sums.reshape(sets, regions, resamples)
    return out


def added(tiles: Iterable[xr.Dataset]) -> xr.Dataset:
    """Sums of all tiles, over the union of their regions, and of all regions under the name "all".

    Parameters
    ----------
    tiles : iterable of Dataset
        Sums, of which `total` carries a dimension region; a region that a tile does not have counts 0 there. One tile
        is in memory at a time.

    Returns
    -------
    Dataset
        Equal whatever the tiles, since the sums are exact.
    """
    whole = None
    for tile in tiles:
        if whole is None:
            whole = tile
            continue
        names = sorted({*whole["region"].values.tolist(), *tile["region"].values.tolist()})
        whole = whole.reindex(region=names, fill_value=0.0) + tile.reindex(region=names, fill_value=0.0)
    if whole is None:
        raise ValueError("added: expected the sums of at least one tile, found none.")
    whole = whole.sortby("region")
    everywhere = whole["total"].sum("region").expand_dims(region=[ALL])
    joined = xr.concat([everywhere, whole["total"]], "region").transpose(*whole["total"].dims)
    return whole.drop_dims("region").assign(total=joined)


def collapsed(total: xr.DataArray, part: int) -> xr.DataArray:
    """Sums over regions that share one part of their names, as "40" of "40|12"; equal to the sums of that part alone,
    since they are exact.

    Parameters
    ----------
    total : DataArray
        Of `added`, with a dimension region.
    part : int
        0 for the first, -1 for the last.
    """
    names = [str(name) for name in total["region"].values]
    parts = np.array([name.split("|")[part] for name in names])
    if parts.tolist() == names:
        return total
    sums = [total.isel(region=np.flatnonzero(parts == name)).sum("region") for name in _in_order(parts)]
    return xr.concat(sums, xr.Variable("region", _in_order(parts))).transpose(*total.dims)


def _in_order(names: AnyArray) -> list[str]:
    """Each name once: all regions, then by name."""
    return sorted(set(names.tolist()), key=lambda name: (name != ALL, name))


def resamples(whole: xr.Dataset, years: int, cells: str, signs: Mapping[str, str] | None = None) -> xr.Dataset:
    """Headline numbers of all cells in every resample, as the intervals take them.

    Parameters
    ----------
    whole : Dataset
        From `added`.
    years : int
        Years of the record.
    cells : str
        Name of the quantity that counts cells.
    signs : mapping, optional
        Shares of cells by the sign of a number, and for each the share below zero (`share_intervals.of_signs`).

    Returns
    -------
    Dataset
        `replicate` with the dimensions of `total` but its regions, spread as in `rows`, the record left out;
        `effective_years`, NaN below eight; the number of `cells` of the record; and with `signs` the `half_width` of
        their intervals on the probit scale, NaN for other numbers.
    """
    total = whole["total"].sel(region=ALL, drop=True)
    count = total.sel(quantity=cells, weighting="cell", drop=True).isel(resample=0)
    value = total.isel(quantity=slice(1, None)) / total.sel(quantity=cells, drop=True).where(lambda count: count > 0)
    value = value.isel(resample=slice(1, None))
    enough = float(years) if years >= year_intervals.FEWEST_YEARS else float("nan")
    axes = {"input_core_dims": [["resample"]], "output_core_dims": [["resample"]]}
    replicate = xr.apply_ufunc(year_blocks.spread, value, kwargs={"years": years}, **axes).transpose("resample", ...)
    drawn = xr.Dataset({"replicate": replicate, "effective_years": enough, "cells": count.astype(np.int64)})
    return drawn if signs is None else drawn.assign(half_width=_half_widths(drawn, signs))


def _half_widths(drawn: xr.Dataset, signs: Mapping[str, str]) -> xr.DataArray:
    """`half_width` of `resamples`."""
    out = drawn["replicate"].isel(resample=0, drop=True) * np.nan
    for quantity, below_zero in signs.items():
        if quantity in out["quantity"].values:
            both = [drawn["replicate"].sel(quantity=name, drop=True) for name in (quantity, below_zero)]
            axes = [["resample"], ["resample"], []]
            widths = xr.apply_ufunc(
                share_intervals.of_signs, *both, drawn["cells"], input_core_dims=axes, vectorize=True
            )
            out.loc[{"quantity": quantity}] = widths
    return out


def rows(
    labels: Mapping[str, object],
    part: Array,
    among: Array,
    years: int,
    *,
    share: bool,
    less: tuple | None = None,
    below_zero: Array | None = None,
    chosen: bool = False,
) -> list[dict]:
    """Rows of one number, by cell and by area: its interval over years, or that of its difference from another.

    Parameters
    ----------
    labels : mapping
        Columns that say what the number is.
    part, among : (weighting, resample) arrays
        Sums of the number and of the cells that have it; the first resample is the record.
    years : int
        Years of the record.
    share : bool
        Whether the number is a share between 0 and 1.
    less : (part, among) of another case, optional
        What is subtracted, resample by resample.
    below_zero : (weighting, resample) array, optional
        Of a share of cells by the sign of a number: sums of the cells below zero (`share_intervals.of_signs`).
    chosen : bool
        Whether the share is of cells by which of their numbers is largest (`share_intervals.of_largest`).

    Returns
    -------
    list of dict
        `labels`, weighting and the columns NUMBERS. Without cells there are no rows, without eight years no intervals.

    Notes
    -----
    The resamples are spread by sqrt(n / (n - 1)) about their mean (`year_blocks.spread`). Years count as
    independent (`year_blocks.BLOCK`).
    """
    if not among[0, 0] > 0:
        return []
    out = []
    for number, weighting in enumerate(WEIGHTINGS):
        value = _ratio(part[number], among[number])
        if less is not None:
            value = value - _ratio(less[0][number], less[1][number])
        spread = year_blocks.spread(value[1:], years)
        enough = float(years) if years >= year_intervals.FEWEST_YEARS else float("nan")
        of = int(among[0, 0]) if share and less is None else None
        half = None
        if of is None and below_zero is not None:
            half = share_intervals.of_difference(spread)
        elif of is not None and below_zero is not None:
            below = year_blocks.spread(_ratio(below_zero[number], among[number])[1:], years)
            half = share_intervals.of_signs(spread, below, of)
        elif of is not None and chosen:
            half = share_intervals.of_largest(float(value[0]), spread, of)
        bounds = year_intervals.interval(float(value[0]), spread, enough, cells=of, half_width=half)
        numbers = (float(value[0]), *bounds, int(among[0, 0]))
        out.append(dict(labels) | {"weighting": weighting} | dict(zip(NUMBERS, numbers, strict=True)))
    return out


def _ratio(part: Array, among: Array) -> Array:
    return np.divide(part, among, out=np.full(part.shape, np.nan), where=among > 0)


def frame(listed: Sequence[Mapping], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a table whose columns are there without rows too."""
    return pd.DataFrame(list(listed), columns=[*columns, "weighting", *NUMBERS])
