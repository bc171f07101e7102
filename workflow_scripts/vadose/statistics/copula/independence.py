"""Is there dependence at all? Kendall's tau-b against its own spread when the years of one side are turned."""

from typing import NamedTuple

import numpy as np
from scipy import special

from vadose.statistics.copula.fitting import FEWEST
from vadose.statistics.lags import fill_lags

FEWEST_TURNS = 4


class Independence(NamedTuple):
    """Test of tau-b = 0; arrays (cell,), NaN where there are fewer than 10 pairs, a constant margin or too few
    turns."""

    tau: np.ndarray
    error: np.ndarray  # standard error of tau-b under independence
    p: np.ndarray


def independence(u: np.ndarray, v: np.ndarray, *, period: int = 1) -> Independence:
    """Test of independence by Kendall's tau-b, with ties, whose variance allows for the memory of both series.

    Parameters
    ----------
    u, v : (cell, time) float arrays, any units (tau depends on order only)
        Equally spaced in time, whole periods; NaN marks a missing value, whose place is kept.
    period : int
        Time steps of a year: 12 of monthly values, so that seasons stay in place, 1 of annual ones.

    Returns
    -------
    Independence
        NaN with fewer than 10 complete pairs, a constant margin or fewer than four turns with a tau.

    Raises
    ------
    ValueError
        If the shapes differ or the series is no whole number of periods.

    Notes
    -----
    Turned around the circle of its years, u keeps its memory, seasons and ties but loses its dependence on v. The
    variance of tau-b over the k turns, about their own mean, is that under independence; p by Student's t with k - 1
    degrees of freedom. Measured levels: docs/methods.md#c10; the variance without memory would reject up to 52 % of
    independent pairs of months with lag-1 0.9. Where the annual cycle is kept, a season shared by both sides is
    dependence too.

    References
    ----------
    Kendall (1945), doi:10.1093/biomet/33.3.239; Phipson and Smyth (2010), doi:10.2202/1544-6115.1585 (turns as
    permutations).
    """
    u = np.ascontiguousarray(u, dtype=float)
    v = np.ascontiguousarray(v, dtype=float)
    if u.ndim != 2 or u.shape != v.shape:
        raise ValueError(f"u and v must be arrays (cell, time) of one shape; they have shapes {u.shape} and {v.shape}.")
    if period < 1 or u.shape[1] % period:
        raise ValueError(f"the {u.shape[1]} time steps must be whole periods of {period}.")
    tau = np.full((u.shape[0], u.shape[1] // period), np.nan)
    fill_lags(u, v, period, True, FEWEST, tau, np.empty(tau.shape, dtype=np.int64))
    observed, turned = tau[:, 0], tau[:, 1:]
    defined = np.isfinite(turned)
    count = defined.sum(axis=1)
    mean = np.where(defined, turned, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(defined, turned - mean[:, None], 0.0) ** 2).sum(axis=1)
    error = np.sqrt(squares / np.maximum(count - 1, 1))
    tested = np.isfinite(observed) & (count >= FEWEST_TURNS) & (error > 0.0)
    error = np.where(tested, error, np.nan)
    ratio = np.abs(np.where(tested, observed, 0.0)) / np.where(tested, error, 1.0)
    p = np.where(tested, 2.0 * special.stdtr(np.maximum(count - 1.0, 1.0), -ratio), np.nan)
    return Independence(observed, error, p)
