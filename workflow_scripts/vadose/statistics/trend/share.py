"""How much of a trend share is there without any trend: adjusted r2, windows of equal length and an AR(1) null
(docs/methods.md#d0).

The trend share of study A is r2 of annual TSM on year. Without any trend it is 1/(n-1) on average, more under serial
correlation, and so grows as the record shortens: 25 years cannot be compared with 52.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.compiled import kernel
from vadose.statistics.trend.mann_kendall import checked

Array = NDArray[np.float64]

FEWEST = 3  # ASSUME: as in attribution, a line through two years leaves no variability


class TrendShare(NamedTuple):
    """r2 of each row on year; NaN for fewer than three values or a constant row."""

    share: Array
    adjusted: Array
    n: NDArray[np.int64]


class NullShare(NamedTuple):
    """Trend share of trend-free AR(1) series, one row per lag-1 autocorrelation."""

    mean: Array  # (lag_one,)
    adjusted_mean: Array  # (lag_one,)
    quantiles: Array  # (lag_one, level)


def trend_share(total: Array, years: Array) -> TrendShare:
    """Share of variance on a straight line in time, plain and adjusted for the length of the record.

    Parameters
    ----------
    total : (cell, year) float array, any unit
        Annual total soil moisture; NaN marks a missing year.
    years : (year,) float array
        Calendar years, ascending, gaps allowed.

    Returns
    -------
    TrendShare
        `share` equals the sum of the trend contributions of `vadose.statistics.attribution.attribute`; `adjusted` = 1 -
        (1 - r2)(n - 1)/(n - 2), whose expectation is 0 for white noise and which may be negative.

    Raises
    ------
    ValueError
        If `years` does not ascend or does not match `total`.

    References
    ----------
    Ezekiel (1930), Methods of Correlation Analysis.
    """
    total, years = checked(total, years)
    share, n = _share_rows(total, years)
    return TrendShare(share, adjust(share, n), n)


def adjust(share: Array, n: NDArray) -> Array:
    """Adjusted r2 of a line: 1 - (1 - share)(n - 1)/(n - 2); NaN for n < 3."""
    share, n = np.asarray(share, float), np.asarray(n, float)
    return 1 - (1 - share) * (n - 1) / np.where(n >= FEWEST, n - 2, np.nan)


def window_shares(total: Array, years: Array, length: int, *, min_share: float = 0.8) -> tuple[Array, Array]:
    """Trend share in every window of a given number of calendar years.

    Parameters
    ----------
    total, years
        As in `trend_share`.
    length : int
        Calendar years in a window: 25 in 1948-1999 to compare with 2000-2024.
    min_share : float
        A cell needs this share of the window's years.

    Returns
    -------
    first : (window,) float array
        First calendar year of each window; the windows start at every year of `years` that leaves room for a whole one.
    share : (cell, window) float array

    Raises
    ------
    ValueError
        If no window fits.
    """
    total, years = checked(total, years)
    first = years[years + length - 1 <= years[-1]]
    if length < FEWEST or first.size == 0:
        raise ValueError(
            f"length: expected from 3 to the {years[-1] - years[0] + 1:g} years of the series, found {length}."
        )
    share = np.empty((total.shape[0], first.size))
    for i, start in enumerate(first):
        inside = (years >= start) & (years < start + length)
        found = trend_share(total[:, inside], years[inside])
        share[:, i] = np.where(found.n >= np.ceil(round(min_share * length, 9)), found.share, np.nan)
    return first, share


def null_trend_share(
    lag_one: Array, years: Array, *, draws: int = 4000, levels: Sequence[float] = (0.05, 0.5, 0.95), seed: int = 0
) -> NullShare:
    """Distribution of the trend share of stationary Gaussian AR(1) series without trend.

    Parameters
    ----------
    lag_one : (k,) float array
        Lag-1 autocorrelations, between -1 and 1 (without).
    years : (year,) float array
        Calendar years, whole and ascending: the series is drawn yearly and read at these.
    draws : int
        Series per autocorrelation; the same random numbers serve all of them.
    levels : sequence of float
        Of the quantiles.
    seed : int

    Returns
    -------
    NullShare

    Raises
    ------
    ValueError
        If a `lag_one` is not between -1 and 1.

    Notes
    -----
    For white noise r2 has the Beta(1/2, (n-2)/2) distribution, mean 1/(n-1).
    """
    lag_one = np.atleast_1d(np.asarray(lag_one, float))
    if not np.all(np.abs(lag_one) < 1):
        raise ValueError(f"lag_one: expected autocorrelations between -1 and 1, found {lag_one.tolist()}.")
    _, years = checked(np.empty((0, np.size(years))), years)
    offsets = np.round(years - years[0]).astype(int)
    noise = np.random.default_rng(seed).normal(size=(draws, offsets[-1] + 1))
    mean, adjusted, quantiles = np.empty(lag_one.size), np.empty(lag_one.size), np.empty((lag_one.size, len(levels)))
    for k, phi in enumerate(lag_one):
        found = trend_share(_red(noise, phi)[:, offsets], years)
        mean[k], adjusted[k] = found.share.mean(), found.adjusted.mean()
        quantiles[k] = np.quantile(found.share, levels)
    return NullShare(mean, adjusted, quantiles)


@kernel
def _red(noise, phi):
    """Stationary AR(1) series of unit variance from white noise."""
    out = np.empty(noise.shape)
    scale = np.sqrt(1 - phi * phi)
    for i in range(noise.shape[0]):
        out[i, 0] = noise[i, 0]
        for t in range(1, noise.shape[1]):
            out[i, t] = phi * out[i, t - 1] + scale * noise[i, t]
    return out


@kernel
def _share_rows(total, years):
    """r2 of each row on year, by sums of differences from the means."""
    cells, count = total.shape
    share, number = np.full(cells, np.nan), np.zeros(cells, np.int64)
    for cell in range(cells):
        n, first, mean, mean_year, size = 0, 0.0, 0.0, 0.0, 0.0
        for i in range(count):
            value = total[cell, i]
            if value - value == 0:
                if n == 0:
                    first = value
                n += 1
                mean += value - first
                mean_year += years[i] - years[0]
                size = max(size, abs(value))
        number[cell] = n
        if n < FEWEST:
            continue
        mean, mean_year = mean / n, mean_year / n
        squares, spread, product = 0.0, 0.0, 0.0
        for i in range(count):
            value = total[cell, i] - first - mean
            if value - value == 0:
                t = years[i] - years[0] - mean_year
                squares += value * value
                spread += t * t
                product += value * t
        if squares > n * (1e-15 * size) ** 2:
            share[cell] = product * product / (spread * squares)
    return share, number
