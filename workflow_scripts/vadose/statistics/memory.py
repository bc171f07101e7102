"""Memory of soil moisture, the lag profile of its dependence with a null band, and how much of the profile memory
explains."""

from typing import NamedTuple

import numpy as np
from scipy import special

from vadose.core.arrays import Array
from vadose.statistics import lags

FEWEST_TURNS = 4


class LagProfile(NamedTuple):
    """Kendall's tau-b of earlier precipitation with soil moisture, (cell, lag), and its band without dependence."""

    tau: Array
    low: Array
    high: Array
    beyond: Array  # (cell,) whether any tau of lag 1 or more leaves the band that all of them keep in 95 %


def autocorrelation(values: Array, max_lag: int) -> Array:
    """Autocorrelation of anomalies for lags 0 to max_lag.

    Parameters
    ----------
    values : (cell, time) array
        Anomalies, mean zero; NaN is missing and keeps its place.
    max_lag : int
        Time steps.

    Returns
    -------
    (cell, max_lag + 1) array
        Mean product over complete pairs by the mean square; NaN without variation or pairs.
    """
    there = np.isfinite(values)
    kept = np.where(there, values, 0.0)
    out = np.empty((values.shape[0], max_lag + 1))
    for lag in range(max_lag + 1):
        first, second = slice(None, values.shape[1] - lag), slice(lag, None)
        count = (there[:, first] & there[:, second]).sum(axis=1)
        products = np.einsum("ct,ct->c", kept[:, first], kept[:, second])
        out[:, lag] = np.divide(products, count, out=np.full(count.shape, np.nan), where=count > 0)
    return np.divide(out, out[:, :1], out=np.full(out.shape, np.nan), where=out[:, :1] > 0.0)


def e_folding(correlation: Array) -> Array:
    """Lag at which an autocorrelation first falls below 1/e, by the straight line between the lags around it.

    Parameters
    ----------
    correlation : (cell, lag) array
        From lag 0.

    Returns
    -------
    (cell,) array
        Time steps; NaN where it does not fall so far within the lags.

    Notes
    -----
    See docs/methods.md#b3.

    References
    ----------
    Delworth and Manabe (1988), doi:10.1175/1520-0442(1988)001<0523:TIOPEO>2.0.CO;2.
    """
    below = correlation < np.exp(-1.0)
    falls = below.any(axis=1)
    after = np.where(falls, np.argmax(below, axis=1), 1)
    rows = np.arange(correlation.shape[0])
    high, low = correlation[rows, after - 1], correlation[rows, after]
    with np.errstate(invalid="ignore", divide="ignore"):
        time = after - 1 + (high - np.exp(-1.0)) / (high - low)
    return np.where(falls, time, np.nan)


def lag_profile(driver: Array, response: Array, max_lag: int, *, period: int = 12) -> LagProfile:
    """Lag profile of tau-b and the band in which each of its values lies in 95 % without dependence.

    Parameters
    ----------
    driver, response : (cell, time) arrays
        Equally spaced in time, whole years; NaN is missing.
    max_lag : int
        Time steps.
    period : int
        Time steps of a year.

    Returns
    -------
    LagProfile
        Band and `beyond` NaN or False where fewer than four turns have a tau.

    Notes
    -----
    See docs/methods.md#b3.

    The driver is turned around the circle by whole years, longer than max_lag both ways. Band of a lag: mean of the k
    turned tau +- t(0.975, k - 1) standard deviations times sqrt(1 + 1/k); with the annual cycle kept its mean is the
    tau of the shared season. `beyond`: the same with 0.05 divided by the number of lags.
    """
    tau = lags.kendall_lags(driver, response, max_lag)
    length = driver.shape[1]
    turns = np.array([turn for turn in range(period, length, period) if max_lag < turn < length - max_lag], dtype=int)
    around = np.empty((driver.shape[0], length))
    first, second = (np.ascontiguousarray(side, dtype=float) for side in (driver, response))
    lags.fill_lags(first, second, 1, True, lags.FEWEST_PAIRS, around, np.empty(around.shape, dtype=np.int64))
    turned = around[:, (turns[:, None] + np.arange(max_lag + 1)) % length]  # (cell, turn, lag)
    usable = (np.isfinite(turned).sum(axis=1) == turns.size) & (turns.size >= FEWEST_TURNS)
    turned = np.where(usable[:, None], turned, 0.0)
    count = max(turns.size, 2)
    mean = turned.sum(axis=1) / count
    error = np.sqrt(((turned - mean[:, None]) ** 2).sum(axis=1) / (count - 1) * (1.0 + 1.0 / count))
    reach = special.stdtrit(count - 1.0, 0.975) * error
    of_all = special.stdtrit(count - 1.0, 1.0 - 0.025 / max(max_lag, 1)) * error
    low, high = (np.where(usable, mean + sign * reach, np.nan) for sign in (-1.0, 1.0))
    beyond = usable & (np.abs(tau - mean) > of_all)
    return LagProfile(tau, low, high, beyond[:, 1:].any(axis=1))


def share_of_memory(tau: Array, correlation: Array) -> Array:
    """Share of the tau of lagged precipitation that memory alone explains.

    Parameters
    ----------
    tau : (cell, lag) array
        Lag profile, from lag 0.
    correlation : (cell, lag) array
        Autocorrelation of soil moisture at the same lags.

    Returns
    -------
    (cell,) array
        1 - sum (tau(l) - m(l))^2 / sum tau(l)^2 over l >= 1; 1 where memory explains all, 0 or below where nothing.

    Notes
    -----
    See docs/methods.md#b3.

    A reservoir that forgets, driven by white noise, has corr(P(t - l), SM(t)) = corr(P(t), SM(t)) r(l), r its own
    autocorrelation (Delworth and Manabe 1988). By Greiner's tau = (2/pi) asin r, m(l) = (2/pi) asin(sin(pi tau(0)/2)
    r(l)).
    """
    predicted = 2.0 / np.pi * np.arcsin(np.sin(0.5 * np.pi * tau[:, :1]) * np.clip(correlation[:, 1:], -1.0, 1.0))
    size = (tau[:, 1:] ** 2).sum(axis=1)
    missed = ((tau[:, 1:] - predicted) ** 2).sum(axis=1)
    return 1.0 - np.divide(missed, size, out=np.full(size.shape, np.nan), where=size > 0.0)
