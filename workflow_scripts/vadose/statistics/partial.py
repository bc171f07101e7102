"""What two series share beyond what third ones give: partial correlation of values or ranks, batched over cells."""

import itertools

import numpy as np

from vadose.core.arrays import AnyArray, Array
from vadose.statistics import lags
from vadose.statistics.copula.ranks import pseudo_observations

SINGULAR = 1e-10  # smallest eigenvalue of the correlations of the given series below which one follows from the others


def residuals(values: Array, given: Array) -> Array:
    """What linear regression on other series, with intercept, leaves of each series.

    Parameters
    ----------
    values : (cell, series, time) array
        Any units.
    given : (cell, k, time) array
        Any units.

    Returns
    -------
    (cell, series, time) array
        In the units of `values`; NaN at times at which any series or given series of the cell is missing, and in cells
        whose given series are constant, follow from one another, or leave no more than k + 2 complete times.

    Notes
    -----
    Normal equations of series centred and scaled over the complete times of each cell.
    """
    complete = np.isfinite(np.concatenate([values, given], axis=1)).all(axis=1)
    count = complete.sum(axis=1)
    left, z = (_centred(part, complete, count) for part in (values, given))
    spread = np.sqrt((z**2).sum(axis=2, keepdims=True))
    z = np.divide(z, spread, out=np.zeros_like(z), where=spread > 0.0)
    gram = z @ z.transpose(0, 2, 1)
    usable = (np.linalg.eigvalsh(gram)[:, 0] > SINGULAR) & (count > given.shape[1] + 2)
    gram[~usable] = np.eye(given.shape[1])
    left = left - np.linalg.solve(gram, z @ left.transpose(0, 2, 1)).transpose(0, 2, 1) @ z
    return np.where((complete & usable[:, None])[:, None], left, np.nan)


def _centred(values: Array, complete: AnyArray, count: AnyArray) -> Array:
    """Less the mean over the complete times of each cell, 0 at the others."""
    kept = np.where(complete[:, None], values, 0.0)
    mean = kept.sum(axis=2, keepdims=True) / np.maximum(count, 1)[:, None, None]
    return np.where(complete[:, None], kept - mean, 0.0)


def correlation_of(x: Array, y: Array) -> Array:
    """Correlation of two sides of which the mean, or more, is taken: the partial correlation of their residuals.

    Parameters
    ----------
    x, y : (cell, time) arrays
        From `residuals`, of values or of ranks; NaN is missing.

    Returns
    -------
    (cell,) array
        Over the times that both have; NaN where nothing of a side is left.

    Notes
    -----
    See docs/methods.md#c8.

    References
    ----------
    Fisher (1924), Metron 3, 329-332.
    """
    both = np.isfinite(x) & np.isfinite(y)
    first, second = np.where(both, x, 0.0), np.where(both, y, 0.0)
    products = np.einsum("ct,ct->c", first, second)
    size = np.sqrt(np.einsum("ct,ct->c", first, first) * np.einsum("ct,ct->c", second, second))
    return np.divide(products, size, out=np.full(size.shape, np.nan), where=size > 0.0)


def partial_tau(x: Array, y: Array, given: Array) -> tuple[Array, Array]:
    """Kendall's partial tau of x and y given other series, in every cell.

    Parameters
    ----------
    x, y : (cell, time) arrays
        Any units; NaN is missing.
    given : (cell, k, time) array
        Any units.

    Returns
    -------
    partial, tau : (cell,) arrays
        Both over the times at which all series are there; NaN where these are fewer than ten, a series is constant, or
        the given ones follow from one another.

    Notes
    -----
    See docs/methods.md#c9.

    One given series: (t12 - t13 t23) / sqrt((1 - t13^2)(1 - t23^2)) of tau-b; several: the same again on partial taus,
    which is -q12 / sqrt(q11 q22) of the inverse q of the matrix of all tau-b.

    References
    ----------
    Kendall (1942), doi:10.1093/biomet/32.3-4.277.
    """
    series = np.concatenate([x[:, None], y[:, None], given], axis=1)
    series = np.where(np.isfinite(series).all(axis=1, keepdims=True), series, np.nan)
    count = series.shape[1]
    matrix = np.repeat(np.eye(count)[None], series.shape[0], axis=0)
    for i, j in itertools.combinations(range(count), 2):
        matrix[:, i, j] = matrix[:, j, i] = lags.kendall_lags(series[:, i], series[:, j], 0)[:, 0]
    tau = matrix[:, 0, 1].copy()
    usable = np.isfinite(matrix).all(axis=(1, 2))
    matrix[~usable] = np.eye(count)
    usable &= np.linalg.eigvalsh(matrix)[:, 0] > SINGULAR
    matrix[~usable] = np.eye(count)
    inverse = np.linalg.inv(matrix)
    partial = -inverse[:, 0, 1] / np.sqrt(inverse[:, 0, 0] * inverse[:, 1, 1])
    return np.where(usable, partial, np.nan), tau


def partial_rank(x: Array, y: Array, given: Array) -> Array:
    """Partial rank correlation of x and y given other series: the correlation of what regression on the ranks of the
    given series leaves of the ranks of either.

    Parameters
    ----------
    x, y, given : as in `partial_tau`

    Returns
    -------
    (cell,) array
        NaN as in `residuals`.

    Notes
    -----
    See docs/methods.md#c9.
    """
    series = np.concatenate([x[:, None], y[:, None], given], axis=1)
    series = np.where(np.isfinite(series).all(axis=1, keepdims=True), series, np.nan)
    ranks = pseudo_observations(series.reshape(-1, series.shape[-1])).reshape(series.shape)
    left = residuals(ranks[:, :2], ranks[:, 2:])
    return correlation_of(left[:, 0], left[:, 1])
