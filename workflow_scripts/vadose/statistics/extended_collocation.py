"""Extended collocation: errors of any number of products that measure the same thing, from their covariances.

Every triplet of products gives an estimate, and their least squares solution stands where a triplet fails
(docs/methods.md#d1).
"""

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics.triple_collocation import (
    DECIBEL,
    ESTIMATED,
    NEGATIVE_ERROR,
    NEGATIVE_SIGNAL,
    NOTHING_SHARED,
    ROUNDING,
)


class Extended(NamedTuple):
    """Least squares over all triplets, (product, cell) each, and (pair, cell) for products with correlated errors."""

    signal_variance: Array
    error_variance: Array
    error_covariance: Array
    snr: Array
    r: Array
    reason: NDArray[np.int8]


def extended(covariance: Array, correlated: Sequence[tuple[int, int]] = ()) -> Extended:
    """Extended collocation: errors of any number of products, by least squares over all their triplets.

    Parameters
    ----------
    covariance : (product, product, cell) array
        Of at least three products over common times; NaN where there is none.
    correlated : sequence of (int, int)
        Pairs of products whose errors may be correlated. Triplets with such a pair are left out, and the covariance of
        their errors is estimated.

    Returns
    -------
    Extended

    Raises
    ------
    ValueError
        If some product is in no triplet that is free of correlated errors.

    Notes
    -----
    Without `correlated` each signal variance is the mean over the product's triplets, and with three products it is
    triple collocation. Equal to `pytesmo.metrics.ecol(abs_est=False)`.

    References
    ----------
    Gruber et al. (2016), doi:10.1002/2015JD024027.
    """
    count, pairs = covariance.shape[0], [tuple(sorted(pair)) for pair in correlated]
    signals, shared = _design(count, pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        signal = np.stack([_mean_of(covariance, [(i, i, *pair) for pair in signals[i]]) for i in range(count)])
        variance = covariance[np.arange(count), np.arange(count)]
        error = variance - signal
        error = np.where(np.abs(error) <= ROUNDING * variance, 0.0, error)
        codes = [NOTHING_SHARED, NEGATIVE_SIGNAL, NEGATIVE_ERROR]
        reason = np.select([~np.isfinite(signal), signal < 0, error < 0], codes, ESTIMATED).astype(np.int8)
        usable = reason == ESTIMATED
        snr = np.where(usable, DECIBEL * np.log(signal / error), np.nan)
        r = np.where(usable, np.sqrt(np.abs(signal) / variance), np.nan)
    common = [covariance[i, j] - _mean_of(covariance, shared[i, j]) for i, j in pairs]
    together = np.stack(common) if common else np.empty((0, *covariance.shape[2:]))
    return Extended(signal, error, together, snr, r, reason)


def _design(count: int, pairs: list[tuple[int, ...]]) -> tuple[list[list], dict]:
    """Which products estimate each signal variance and, for correlated pairs, the covariance of the signals."""

    def free(*among: tuple[int, int]) -> bool:
        return not any(tuple(sorted(pair)) in pairs for pair in among)

    signals = []
    for i in range(count):
        others = [k for k in range(count) if k != i]
        signals.append([(j, k) for j, k in combinations(others, 2) if free((i, j), (i, k), (j, k))])
        if not signals[-1]:
            raise ValueError(
                f"Extended collocation: expected each of {count} products in a triplet without correlated errors, "
                f"found none for number {i + 1}. Name fewer correlated pairs, or compare more products."
            )
    shared = {}
    for i, j in pairs:
        others = [k for k in range(count) if k not in (i, j)]
        shared[i, j] = [(i, j, k, m) for k, m in permutations(others, 2) if free((i, k), (j, m), (k, m))]
        if not shared[i, j]:
            raise ValueError(
                f"Extended collocation: expected two more products whose errors are free of those of numbers {i + 1} "
                f"and {j + 1}, found none among {count} products. Name fewer correlated pairs, or more products."
            )
    return signals, shared


def _mean_of(covariance: Array, estimates: Sequence[tuple[int, int, int, int]]) -> Array:
    """Mean of C_ik C_jm / C_km over the estimates (i, j, k, m)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        total = sum(covariance[i, k] * covariance[j, m] / covariance[k, m] for i, j, k, m in estimates)
    return total / len(estimates)
