"""Correlation of yearly series, cell by cell and summarised per land-cover class (study A, docs/methods.md#a5)."""

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.trend.mann_kendall import checked

FEWEST = 10  # years in common (docs/methods.md#a5)
ROUNDING = 1e-13  # relative deviation below which a series is constant but for rounding


class Correlation(NamedTuple):
    """Pearson's r per cell, with its two-sided p and the years in common; r and p NaN where there are too few or one
    side is constant."""

    r: Array
    p: Array
    n: NDArray[np.int64]


class ClassSummary(NamedTuple):
    """One value per class, in the order of the codes, and a last one for all classes together."""

    r: Array  # mean over valid cells, NaN for a class without one
    p: Array  # mean over valid cells
    r_by_area: Array  # the same, weighted by cell area
    p_by_area: Array
    cells: NDArray[np.int64]  # of the class, valid or not
    valid: NDArray[np.int64]
    significant: NDArray[np.int64]  # valid cells with p <= alpha
    share_of_valid: Array  # significant / valid
    share_of_grid: Array  # significant / all cells given (of any class or none)
    area: Array  # m2, of the valid cells
    area_share_of_valid: Array  # by area
    area_share_of_grid: Array


def pearson(x: Array, y: Array, detrend: Literal["none", "linear"] = "none", years: Array | None = None) -> Correlation:
    """Pearson correlation of each row of `x` with the same row of `y`.

    Parameters
    ----------
    x, y : (cell, year) float arrays, any units
        NaN marks a missing year; a year counts only if both are there.
    detrend : {"none", "linear"}
        Take the least-squares line over the common years from both sides first (`variability.correlation.detrend`).
    years : (year,) float array, optional
        Calendar years for the line; evenly spaced if not given.

    Returns
    -------
    Correlation
        NaN where fewer than ten years are common, or a side is constant (after detrending: a perfect line).

    Raises
    ------
    ValueError
        If the shapes differ or `detrend` is unknown.

    Notes
    -----
    t = r sqrt(f / (1 - r^2)) has Student's distribution with f degrees of freedom. f = n - 2 for plain series. For
    detrended ones f = n - 3, not n - 2 (both sides lose the same one direction, the trend) nor n - 4 (it is one
    direction, not two): the correlation of residuals about lines in the same variable is the partial correlation given
    that variable. Neither allows for serial correlation.

    References
    ----------
    Fisher (1924), Metron 3, 329-332.
    """
    x = np.asarray(x, float)
    x, years = checked(x, np.arange(x.shape[-1], dtype=float) if years is None else years)
    y = np.ascontiguousarray(y, dtype=np.float64)
    if y.shape != x.shape:
        raise ValueError(f"x and y: expected one shape, found {x.shape} and {y.shape}.")
    if detrend not in ("none", "linear"):
        raise ValueError(f'variability.correlation.detrend: expected "none" or "linear", found {detrend!r}.')
    r, n = _pearson_rows(x, y, years, detrend == "linear")
    half = np.maximum(n - (3 if detrend == "linear" else 2), 1) / 2
    defined = np.isfinite(r)
    p = np.full(r.shape, np.nan)
    p[defined] = 2 * betainc(
        half[defined], half[defined], (1 - np.abs(r[defined])) / 2
    )  # as scipy.stats.pearsonr: keeps digits near |r| = 1
    return Correlation(r, np.minimum(p, 1.0), n)


def by_class(r: Array, p: Array, classes: NDArray, n_classes: int, area: Array, alpha: float = 0.05) -> ClassSummary:
    """Correlations summarised per class and over all classes.

    Parameters
    ----------
    r, p : (cell,) float arrays
        From `pearson`; a cell is valid where both are there.
    classes : (cell,) int array
        0 to n_classes - 1; negative for cells of no class, which count only in the grid's denominator.
    n_classes : int
    area : (cell,) float array, m2
    alpha : float
        Level of "significant" (p <= alpha); give q instead of p for the count under false-discovery control.

    Returns
    -------
    ClassSummary
        n_classes + 1 values each, the last for all classes. Means and shares of an empty class are NaN (its shares of
        the grid are 0).

    Raises
    ------
    ValueError
        If the shapes differ or a class is out of range.
    """
    r, p, area = (np.asarray(a, float) for a in (r, p, area))
    classes = np.asarray(classes)
    if not r.shape == p.shape == area.shape == classes.shape or r.ndim != 1:
        raise ValueError(
            f"r, p, classes, area: expected one value per cell each, found {r.shape}, {p.shape}, {classes.shape}, "
            f"{area.shape}."
        )
    if classes.size and classes.max() >= n_classes:
        raise ValueError(f"classes: expected codes below {n_classes}, found {classes.max()}.")
    valid = np.isfinite(r) & np.isfinite(p) & (classes >= 0)
    significant = valid & (np.where(valid, p, 2.0) <= alpha)
    r, p = np.where(valid, r, 0.0), np.where(valid, p, 0.0)

    def sums(of: Array) -> Array:
        each = np.bincount(classes[classes >= 0], weights=of[classes >= 0], minlength=n_classes)
        return np.append(each, each.sum())

    cells = sums(np.ones(r.size))
    counted = sums(valid * 1.0)
    rejected = sums(significant * 1.0)
    valid_area = sums(valid * area)
    rejected_area = sums(significant * area)
    grid = max(r.size, 1)
    grid_area = max(float(area.sum()), np.finfo(float).tiny)
    return ClassSummary(
        r=_ratio(sums(r), counted),
        p=_ratio(sums(p), counted),
        r_by_area=_ratio(sums(r * area), valid_area),
        p_by_area=_ratio(sums(p * area), valid_area),
        cells=cells.astype(np.int64),
        valid=counted.astype(np.int64),
        significant=rejected.astype(np.int64),
        share_of_valid=_ratio(rejected, counted),
        share_of_grid=rejected / grid,
        area=valid_area,
        area_share_of_valid=_ratio(rejected_area, valid_area),
        area_share_of_grid=rejected_area / grid_area,
    )


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


@kernel
def _centre(z, t, n, detrend):
    """Take the mean, or the line, from the first n values in place; False if nothing but rounding is left."""
    size, mean, mean_t = 0.0, 0.0, 0.0
    first = z[0]
    for i in range(n):
        size = max(size, abs(z[i]))
        z[i] -= first
        mean += z[i]
        mean_t += t[i]
    mean, mean_t = mean / n, mean_t / n
    product, spread, slope = 0.0, 0.0, 0.0
    for i in range(n):
        product += (t[i] - mean_t) * (z[i] - mean)
        spread += (t[i] - mean_t) ** 2
    if detrend:
        slope = product / spread
    squares = 0.0
    for i in range(n):
        z[i] -= mean + slope * (t[i] - mean_t)
        squares += z[i] * z[i]
    return squares > n * (ROUNDING * size) ** 2


@kernel
def _pearson_rows(x, y, years, detrend):
    cells, count = x.shape
    out = np.full(cells, np.nan)
    common = np.zeros(cells, np.int64)
    a, b, t = np.empty(count), np.empty(count), np.empty(count)
    for cell in range(cells):
        n = 0
        for i in range(count):
            if math.isfinite(x[cell, i]) and math.isfinite(y[cell, i]):
                a[n], b[n], t[n] = x[cell, i], y[cell, i], years[i]
                n += 1
        common[cell] = n
        if n < FEWEST or not _centre(a, t, n, detrend) or not _centre(b, t, n, detrend):
            continue
        product, squares_a, squares_b = 0.0, 0.0, 0.0
        for i in range(n):
            product += a[i] * b[i]
            squares_a += a[i] * a[i]
            squares_b += b[i] * b[i]
        out[cell] = max(-1.0, min(1.0, product / math.sqrt(squares_a) / math.sqrt(squares_b)))
    return out, common
