"""Interval of a mean over cells of a map, whose neighbours are not independent cases: a bootstrap of whole blocks."""

import functools

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array

BLOCK_DEGREES = 15.0  # ASSUME: anomalies of soil moisture reach over some 1000 km
RESAMPLES = 1000


def block_interval(
    values: Array, lat: Array, lon: Array, *, seed: int, degrees: float = BLOCK_DEGREES, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Interval of the mean over cells from a bootstrap of blocks of the map.

    Parameters
    ----------
    values : (cell,) array
        NaN takes no part.
    lat, lon : (cell,) arrays
        Degrees.
    seed : int
    degrees : float
        Edge of the blocks.
    resamples : int

    Returns
    -------
    (float, float)
        2.5 and 97.5 % quantiles; NaN where fewer than ten blocks have a value.

    Notes
    -----
    Blocks are drawn with replacement; a resample's mean is the sum over its cells by their number.
    """
    valid = np.isfinite(values)
    block = np.floor((lat[valid] + 90.0) / degrees).astype(int) * 1000 + np.floor(
        (lon[valid] + 180.0) / degrees
    ).astype(int)
    _, index = np.unique(block, return_inverse=True)
    count = int(index.max()) + 1 if index.size else 0
    if count < 10:
        return float("nan"), float("nan")
    sums = np.bincount(index, values[valid], count)
    sizes = np.bincount(index, minlength=count)
    drawn = _times_drawn(count, seed, resamples)
    low, high = np.quantile((drawn @ sums) / (drawn @ sizes), [0.025, 0.975])
    return float(low), float(high)


@functools.lru_cache(maxsize=8)  # of one map, most intervals have the same blocks
def _times_drawn(count: int, seed: int, resamples: int) -> NDArray[np.int64]:
    """How often each of so many blocks is in each resample (resample, block)."""
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1.0 / count), size=resamples)
    drawn.setflags(write=False)
    return drawn
