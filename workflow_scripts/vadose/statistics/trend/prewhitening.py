"""Mann-Kendall on prewhitened series: the 3PW combination of Collaud Coen et al. (2020).

Three prewhitened versions of each series: PW (Kulkarni and von Storch) and TFPW-Y (Yue) decide on significance, VCTFPW
(Wang) gives the slope. The numbers are those of the authors' own package `mannkendall` 1.1.1, with yearly values; only
what its user would meet as an error is defined here.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.trend.mann_kendall import checked, mann_kendall

FEWEST = 4  # ASSUME: as vadose.statistics.trend.mann_kendall
ROUNDING = 1e-13  # relative standard deviation below which nothing but rounding is left
SMALLEST_LAG_ONE = 0.05  # below it a series is left as it is, significant or not


class Prewhitened(NamedTuple):
    """The three versions of each series; each is the series itself where no prewhitening is due."""

    pw: Array  # (cell, year), x_t - r1 x_(t-1)
    tfpw_y: Array  # (cell, year), the same after detrending, trend added again
    vctfpw: Array  # (cell, year), with variance and slope corrected
    lag_one: Array  # (cell,), r1 of the series
    whitened: NDArray[np.bool_]  # (cell,), whether r1 was significant and at least 0.05


class ThreePrewhitening(NamedTuple):
    """Result of the 3PW test per cell; NaN (significance 0) with fewer than four values."""

    slope: Array  # Sen's slope of the VCTFPW series, unit per year
    lower: Array  # confidence limits of the slope
    upper: Array
    p: Array  # the larger of the two below
    p_pw: Array
    p_tfpw_y: Array
    significance: NDArray[np.int8]  # 1 both tests, 0 neither, -1 only TFPW-Y, -2 only PW
    lag_one: Array
    n: Array


def three_pw(
    values: Array,
    years: Array,
    *,
    resolution: float = 0.0,
    alpha: float = 0.05,
    alpha_lag: float = 0.05,
    level: float = 0.9,
) -> ThreePrewhitening:
    """Trend test and slope by the combination of three prewhitening methods.

    Parameters
    ----------
    values : (cell, year) float array, any unit
        NaN marks a missing year; it keeps its place, and the year after it has no prewhitened value.
    years : (year,) float array
        Calendar years, ascending whole numbers; a year that is left out counts as missing.
    resolution : float
        Differences below it count as ties, by the package's bins of this width from the smallest value up; 0: only
        equal values.
    alpha : float
        Level of the two tests for `significance`.
    alpha_lag : float
        Level at which the first autocorrelation counts as significant.
    level : float
        Coverage of the slope's confidence limits.

    Returns
    -------
    ThreePrewhitening

    Raises
    ------
    ValueError
        If `years` does not match `values`, or a level is out of range.

    Notes
    -----
    p = max(p_PW, p_TFPW-Y). The limits are the order statistics (P -+ z sqrt(Var S)) / 2 of the P pairwise slopes
    (Gilbert 1987). Up to ten values the package looks p up in a table, with an index that numpy refuses; here the
    normal approximation serves for all lengths.

    References
    ----------
    Collaud Coen et al. (2020), doi:10.5194/amt-13-6945-2020; Yue et al. (2002), doi:10.1002/hyp.1095;
    Wang et al. (2015), doi:10.1061/(ASCE)HE.1943-5584.0001234; Gilbert (1987), Statistical Methods for Environmental
    Pollution Monitoring.
    """
    values, years = checked(values, years)
    if not all(0 < share < 1 for share in (alpha, alpha_lag, level)) or resolution < 0:
        raise ValueError(
            f"alpha, alpha_lag, level: expected shares between 0 and 1, and resolution not below 0, found {alpha}, "
            f"{alpha_lag}, {level}, {resolution}."
        )
    values, years = _every_year(values, years)
    versions = prewhiten(values, years, alpha_lag=alpha_lag)
    p_pw, _ = _p_and_variance(versions.pw, years, resolution)
    p_tfpw_y, _ = _p_and_variance(versions.tfpw_y, years, resolution)
    _, variance = _p_and_variance(versions.vctfpw, years, resolution)
    tested = mann_kendall(versions.vctfpw, years)
    lower, upper = _slope_limits(versions.vctfpw, years, variance, float(ndtri((1 + level) / 2)))
    by_pw, by_tfpw_y = p_pw <= alpha, p_tfpw_y <= alpha
    significance = np.select([by_pw & by_tfpw_y, by_tfpw_y, by_pw], [1, -1, -2], default=0).astype(np.int8)
    p = np.maximum(p_pw, p_tfpw_y)
    return ThreePrewhitening(tested.slope, lower, upper, p, p_pw, p_tfpw_y, significance, versions.lag_one, tested.n)


def prewhiten(values: Array, years: Array, *, alpha_lag: float = 0.05) -> Prewhitened:
    """The three prewhitened versions of each series.

    Parameters
    ----------
    values, years, alpha_lag
        As in `three_pw`, but with every year there: the result has the same years.

    Returns
    -------
    Prewhitened

    Raises
    ------
    ValueError
        As `three_pw`, and if a calendar year is left out.

    Notes
    -----
    r1 is Pearson's correlation of the pairs of neighbours, significant if abs(r1) >= Phi^-1(1 - alpha_lag/2) / sqrt(n).
    With b Sen's slope and t years since the first: y = x - b t; a its r1; v = y_t - a y_(t-1) if a is significant, else
    y. TFPW-Y = v + b t. VCTFPW = v Var(x)/Var(v) + b' t with b' = b / sqrt((1+a)/(1-a)) for a >= 0, else b.

    References
    ----------
    As `three_pw`.
    """
    values, years = checked(values, years)
    if not np.all(np.diff(years) == 1):
        raise ValueError(
            f"years: expected every calendar year (NaN in the values where one is missing), found {years.tolist()}."
        )
    values = np.where(np.isfinite(values), values, np.nan)
    quantile = float(ndtri(1 - alpha_lag / 2))
    lag_one, significant = _lag_one(values, quantile)
    whitened = significant & (lag_one >= SMALLEST_LAG_ONE) & (np.isfinite(values).sum(axis=1) >= FEWEST)
    pw = values.copy()
    tfpw_y = values.copy()
    vctfpw = values.copy()
    if whitened.any():
        x, t = values[whitened], years - years[0]
        slope = mann_kendall(x, years).slope[:, None]
        detrended = x - slope * t
        memory, detrended_significant = _lag_one(detrended, quantile)
        without = np.where(detrended_significant[:, None], _less_previous(detrended, memory), detrended)
        before = np.nanvar(x, axis=1, ddof=1)
        after = np.nanvar(without, axis=1, ddof=1)
        left = after > ROUNDING**2 * before  # a straight line leaves nothing to scale
        ratio = np.divide(before, after, out=np.zeros(before.shape), where=left)
        positive = np.clip(np.nan_to_num(memory), 0.0, None)
        corrected = slope * np.sqrt((1 - positive) / (1 + positive))[:, None]
        pw[whitened] = _less_previous(x, lag_one[whitened])
        tfpw_y[whitened] = without + slope * t
        vctfpw[whitened] = without * ratio[:, None] + corrected * t
    return Prewhitened(pw, tfpw_y, vctfpw, lag_one, whitened)


def _every_year(values: Array, years: Array) -> tuple[Array, Array]:
    """The same rows with a NaN for each calendar year that was left out."""
    if np.any(years != np.round(years)):
        raise ValueError(
            f"years: expected whole calendar years, so that neighbours are defined, found {years.tolist()}."
        )
    if years.size == 0 or np.all(np.diff(years) == 1):
        return values, years
    every = np.arange(years[0], years[-1] + 1)
    out = np.full((values.shape[0], every.size), np.nan)
    out[:, np.searchsorted(every, years)] = values
    return out, every


def _less_previous(x: Array, memory: Array) -> Array:
    """x_t - r x_(t-1); the first value has no previous one."""
    out = np.full(x.shape, np.nan)
    out[:, 1:] = x[:, 1:] - memory[:, None] * x[:, :-1]
    return out


def _p_and_variance(values: Array, years: Array, resolution: float) -> tuple[Array, Array]:
    """Two-sided p and Var(S), ties counted by bins of the resolution."""
    tested = mann_kendall(values, years)
    if resolution == 0:
        return tested.p, tested.variance
    n = tested.n
    variance = (n * (n - 1) * (2 * n + 5) - _binned_ties(values, resolution)) / 18
    z = np.divide(
        tested.s - np.sign(tested.s), np.sqrt(variance), out=np.zeros(n.shape), where=(tested.s != 0) & (variance > 0)
    )
    return np.where(np.isfinite(n), 2 * ndtr(-np.abs(z)), np.nan), variance


@kernel
def _lag_one(values, quantile):
    """Pearson's correlation of neighbours, their means taken over the pairs, and whether it is significant."""
    cells, years = values.shape
    out = np.full(cells, np.nan)
    significant = np.zeros(cells, np.bool_)
    for cell in range(cells):
        row = values[cell]
        pairs, n = 0, 0
        early, late = 0.0, 0.0
        for i in range(years):
            n += row[i] == row[i]
            if i > 0 and row[i] == row[i] and row[i - 1] == row[i - 1]:
                pairs += 1
                early += row[i - 1]
                late += row[i]
        if pairs < 2:
            continue
        early, late = early / pairs, late / pairs
        product, early_square, late_square = 0.0, 0.0, 0.0
        for i in range(1, years):
            a, b = row[i - 1] - early, row[i] - late
            if a == a and b == b:
                product += a * b
                early_square += a * a
                late_square += b * b
        if early_square > 0 and late_square > 0:
            out[cell] = max(-1.0, min(1.0, product / math.sqrt(early_square) / math.sqrt(late_square)))
            significant[cell] = abs(out[cell]) >= quantile / math.sqrt(n)
    return out, significant


@kernel
def _binned_ties(values, resolution):
    """Sum of t(t-1)(2t+5) over bins of equal width from the smallest value up; the last bin holds its upper edge, as in
    numpy.histogram."""
    cells, years = values.shape
    out = np.zeros(cells)
    present, bins = np.empty(years), np.empty(years, np.int64)
    for cell in range(cells):
        n = 0
        for i in range(years):
            if values[cell, i] == values[cell, i]:
                present[n] = values[cell, i]
                n += 1
        if n <= 4:
            continue  # the package counts no ties among so few
        lowest, highest = present[:n].min(), present[:n].max()
        spread = highest - lowest
        whole = (
            spread - np.fmod(spread, resolution)
        ) / resolution  # Python's //: numba's own divides and floors, which can differ by one
        count = int(np.round(whole)) + 1
        width = (lowest + count * resolution - lowest) / count
        for i in range(n):
            k = min(int((present[i] - lowest) / width), count - 1)
            if present[i] < lowest + k * width:
                k -= 1
            elif k + 1 < count and present[i] >= lowest + (k + 1) * width:
                k += 1
            bins[i] = k
        for i in range(n):
            same = 0
            for j in range(n):
                same += bins[j] == bins[i]
            out[cell] += (same - 1) * (2 * same + 5)
    return out


@kernel
def _slope_limits(values, years, variance, quantile):
    """Gilbert's confidence limits of Sen's slope, interpolated between the sorted pairwise slopes."""
    cells, count = values.shape
    lower, upper = np.full(cells, np.nan), np.full(cells, np.nan)
    slopes = np.empty(max(count * (count - 1) // 2, 1))
    for cell in range(cells):
        if not variance[cell] >= 0:
            continue
        size = 0
        for i in range(count - 1):
            for j in range(i + 1, count):
                slope = (values[cell, j] - values[cell, i]) / (years[j] - years[i])
                if slope == slope:
                    slopes[size] = slope
                    size += 1
        sorted_slopes = np.sort(slopes[:size])
        half = quantile * math.sqrt(variance[cell])
        for side in range(2):
            place = min(max(0.5 * (size + (2 * side - 1) * half) - 1, 0.0), size - 1.0)
            k = min(int(place), size - 2)
            limit = sorted_slopes[k] + (place - k) * (sorted_slopes[k + 1] - sorted_slopes[k])
            if side == 0:
                lower[cell] = limit
            else:
                upper[cell] = limit
    return lower, upper
