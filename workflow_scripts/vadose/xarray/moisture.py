"""Moisture seasons and the attribution of variance, of monthly soil moisture along a dimension of time."""

from collections.abc import Hashable

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import attribution, seasons
from vadose.statistics.seasons import Basis, RankOn
from vadose.xarray import attributes, cells
from vadose.xarray.cells import Variable

MEANINGS = {seasons.MISSING: "missing"} | dict(enumerate(seasons.SEASONS))


def moisture_seasons(
    soil_moisture: xr.DataArray,
    dim: Hashable = "time",
    layer: Hashable | None = "layer",
    *,
    rank_on: RankOn = "total",
    basis: Basis = "year",
) -> xr.DataArray:
    """Season of each month, by the rank of its soil moisture among the months of its year.

    Parameters
    ----------
    soil_moisture : DataArray or Series, kg m-2
        Monthly, every month from a January to a December, with a dimension of layers and any others. Layers are added
        up, so another unit is refused where there are several.
    dim : str
        Dimension of time (datetime64, cftime, or numbers with their unit).
    layer : str or None
        Dimension of layers; None where there is none. A single series needs no word.
    rank_on, basis
        As in `vadose.statistics.seasons.moisture_seasons`.

    Returns
    -------
    DataArray of int8
        0 (humid) to 3 (arid) with flag_meanings, -1 in a year with a missing month; along `dim`, and along `layer` for
        `rank_on` "layer".

    Formulas and references: `vadose.statistics.seasons.moisture_seasons`, the same on arrays.
    """
    soil_moisture, layer = _checked(soil_moisture, dim, layer)
    kept = [layer] if layer is not None and rank_on == "layer" else []
    fields = {
        "season": Variable(attributes.flags(MEANINGS, np.int8, long_name="moisture season"), (*kept, dim), np.int8)
    }
    ranked = cells.over_cells(
        _seasons,
        {"soil_moisture": soil_moisture},
        [dim] if layer is None else [layer, dim],
        fields,
        stamps=cells.stamps_of(soil_moisture, dim),
        rank_on=rank_on,
        basis=basis,
    )["season"]
    return ranked.transpose(*(name for name in soil_moisture.dims if name in ranked.dims))


def attribute(
    soil_moisture: xr.DataArray,
    dim: Hashable = "time",
    layer: Hashable | None = "layer",
    *,
    rank_on: RankOn = "total",
    basis: Basis = "year",
) -> xr.Dataset:
    """Attribution of the variance of total soil moisture to trend and interannual variability of seasons and layers.

    Parameters
    ----------
    soil_moisture, dim, layer, rank_on, basis
        As in `moisture_seasons`.

    Returns
    -------
    Dataset
        contribution (..., dynamics, season, layer), which sums to 1; omega (..., season, layer); variance (the unit
        squared).

    Formulas and references: `vadose.statistics.attribution.attribute`, the same on arrays.
    """
    soil_moisture, layer = _checked(soil_moisture, dim, layer)
    behind = () if layer is None else (layer,)
    unit = attributes.squared(str(soil_moisture.attrs.get("units", "")))
    fields = {
        "contribution": Variable({"long_name": "share of the variance", "units": "1"}, ("dynamics", "season", *behind)),
        "omega": Variable({"long_name": "contribution over share in the mean", "units": "1"}, ("season", *behind)),
        "variance": Variable({"long_name": "variance of annual total soil moisture", "units": unit}),
    }
    return cells.over_cells(
        _attributed,
        {"soil_moisture": soil_moisture},
        [*behind, dim],
        fields,
        sizes={"dynamics": len(attribution.DYNAMICS), "season": len(seasons.SEASONS)},
        stamps=cells.stamps_of(soil_moisture, dim),
        rank_on=rank_on,
        basis=basis,
    ).assign_coords(dynamics=list(attribution.DYNAMICS), season=list(seasons.SEASONS))


def _checked(
    soil_moisture: xr.DataArray, dim: Hashable, layer: Hashable | None
) -> tuple[xr.DataArray, Hashable | None]:
    """The array, its dimension of layers or None, or a sentence about what is wrong with them."""
    soil_moisture = cells.labelled("soil_moisture", soil_moisture)
    if layer is not None and layer not in soil_moisture.dims:
        if soil_moisture.ndim > 1:
            raise ValueError(
                f"soil_moisture: expected a dimension {layer!r}, found {', '.join(map(str, soil_moisture.dims))}. "
                "Name the dimension of layers, or say layer=None where there is one layer only."
            )
        layer = None
    attributes.refuse_other_than_mass("soil_moisture", soil_moisture, layer)
    if dim not in soil_moisture.dims:
        raise ValueError(
            f"soil_moisture: expected a dimension {dim!r}, found {', '.join(map(str, soil_moisture.dims))}."
        )
    calendar.by_year(np.zeros(soil_moisture.sizes[dim]), cells.stamps_of(soil_moisture, dim))  # whole years
    return soil_moisture, layer


def _by_year(values: Array, stamps: AnyArray) -> tuple[Array, Array]:
    """(cell, [layer,] time) as (cell, layer, year, 12), and the years."""
    layered = values if values.ndim == 3 else values[:, None]
    return calendar.by_year(layered, stamps)


def _seasons(values: Array, stamps: AnyArray, rank_on: RankOn, basis: Basis) -> tuple[AnyArray]:
    monthly, _ = _by_year(values, stamps)
    season = seasons.moisture_seasons(monthly, rank_on, basis)
    return (season.reshape(values.shape if rank_on == "layer" else (len(values), -1)),)


def _attributed(values: Array, stamps: AnyArray, rank_on: RankOn, basis: Basis) -> tuple[Array, ...]:
    monthly, years = _by_year(values, stamps)
    means = seasons.seasonal_means(monthly, seasons.moisture_seasons(monthly, rank_on, basis))
    parts = attribution.attribute(means, years)
    if values.ndim == 3:
        return tuple(parts)
    return parts.contribution[..., 0], parts.omega[..., 0], parts.variance
