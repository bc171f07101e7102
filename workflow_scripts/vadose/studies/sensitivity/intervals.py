"""Means and medians over cells with their intervals, weighted as a reading of the numbers asks."""

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics.numeric.block_interval import block_interval
from vadose.studies.sensitivity.plan import Reading
from vadose.studies.sensitivity.verdicts import NAN, Number


def weighted_interval(values: Array, where: xr.Dataset, weights: Array, seed: int) -> tuple[float, float, float]:
    """Weighted mean over cells with the interval of `block_interval`.

    Parameters
    ----------
    values, weights : (cell,) arrays
        NaN takes no part.
    where : Dataset
        With lat and lon of the cells.
    seed : int

    Returns
    -------
    (value, low, high)

    Notes
    -----
    A weighted mean is a ratio of two sums. The bootstrap resamples its linear part, v = m + (x - m) w / mean(w), whose
    plain mean is m (delta method); with equal weights this is the plain mean and its bootstrap.
    """
    valid = np.isfinite(values) & np.isfinite(weights)
    if not valid.any() or not weights[valid].sum() > 0:
        return NAN, NAN, NAN
    mean = float(np.average(values[valid], weights=weights[valid]))
    linear = np.where(valid, mean + (values - mean) * weights / weights[valid].mean(), np.nan)
    return mean, *block_interval(linear, where["lat"].values, where["lon"].values, seed=seed)


def median_interval(
    values: Array, where: xr.Dataset, seed: int, weights: Array | None = None
) -> tuple[float, float, float]:
    """Median over cells, by weight where weights are given (the smallest value that half of the weight does not
    exceed).

    Its interval holds the quantiles at the limits of the share of cells below it (Woodruff 1952,
    doi:10.1080/01621459.1952.10483443).

    Parameters
    ----------
    values : (cell,) array
        Missing is NaN.
    where : Dataset
        With lat and lon of the cells.
    seed : int
        Of the resamples.
    weights : (cell,) array, optional
        A cell without a weight above zero does not count.
    """
    valid = np.isfinite(values) if weights is None else np.isfinite(values) & (weights > 0)
    if not valid.any():
        return NAN, NAN, NAN
    present = values[valid]
    weighted = {} if weights is None else {"weights": weights[valid], "method": "inverted_cdf"}
    median = float(np.median(present)) if weights is None else float(np.quantile(present, 0.5, **weighted))
    below = np.where(valid, (values < median) + 0.5 * (values == median), np.nan)
    if weights is None:
        low, high = block_interval(below, where["lat"].values, where["lon"].values, seed=seed)
    else:
        _, low, high = weighted_interval(below, where, weights, seed)
    if not np.isfinite(low):
        return median, NAN, NAN
    return median, *(float(limit) for limit in np.quantile(present, np.clip([low, high], 0.0, 1.0), **weighted))


def mean_of(
    values: Array, where: xr.Dataset, reading: Reading, seed: int, variance: Array | None = None
) -> tuple[float, float, float]:
    """Mean over cells as the reading weights them; numbers that have no weight by variance count cells.

    Parameters
    ----------
    values : (cell,) array
        Missing is NaN.
    where : Dataset
        With lat, lon and area of the cells.
    reading : Reading
        How cells are weighted.
    seed : int
        Of the resamples.
    variance : (cell,) array, optional
        Weights by variance, for numbers that have them.
    """
    if reading.weight == "median" and variance is not None:
        return median_interval(values, where, seed)
    weights = {"area": where["area"].values, "variance": variance}.get(reading.weight)
    return weighted_interval(values, where, np.ones(values.shape) if weights is None else weights, seed)


def of_cells(
    number: Number, values: Array, where: xr.Dataset, reading: Reading, variance: Array | None = None
) -> Number:
    """A mean over cells with the values and weights that it is the mean of; a median is none.

    Parameters
    ----------
    number : Number
    values : (cell,) array
    where : Dataset
        With area of the cells.
    reading : Reading
    variance : (cell,) array, optional
        Where the number has a weight by variance.
    """
    if reading.weight == "median" and variance is not None:
        return number
    weights = {"area": where["area"].values, "variance": variance}.get(reading.weight)
    return number._replace(values=values, weights=np.ones(values.shape) if weights is None else weights)
