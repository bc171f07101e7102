"""The straight line of one yearly series by least squares, with errors that allow for memory (statsmodels)."""

from typing import NamedTuple

import numpy as np

from vadose.core import calendar
from vadose.core.arrays import Array
from vadose.statistics.trend import line_null

FEWEST_YEARS = 8  # ASSUME: fewer years say nothing about their own memory


class Line(NamedTuple):
    """Slope of one series with its standard error; NaN where there are too few years, gaps, or nothing but a line."""

    slope: float  # unit of the values per year
    error: float  # its standard error
    p: float  # two-sided, from trend-free series of this length and memory
    memory: float  # lag-1 autocorrelation of the errors: estimated by "ar1", NaN for "hac"
    n: int  # years that took part
    low: float = np.nan  # limits of the 95 % interval, from the same series as p
    high: float = np.nan


def hac_line(values: Array, years: Array, *, lags: int | None = None) -> Line:
    """Least-squares slope with the heteroscedasticity- and autocorrelation-consistent error of Newey and West.

    Parameters
    ----------
    values : (year,) float array, any unit
        Missing years may stand at both ends only.
    years : (year,) array
        Calendar years, or datetime64 stamps, one a year.
    lags : int, optional
        Of the Bartlett kernel; the default is floor(4 (n / 100)^(2/9)).

    Returns
    -------
    Line

    Notes
    -----
    Var(b) = n / (n - 2) (X'X)^-1 S (X'X)^-1, S = sum over lags l of w_l sum_t (u_t u'_(t-l) + u_(t-l) u'_t), w_l = 1 -
    l / (L + 1), u_t = x_t e_t; l = 0 counts once. `low`, `high` and `p` are those of `line_null.judged`.

    References
    ----------
    Newey and West (1987), doi:10.2307/1913610.
    """
    series, time = _whole(values, years)
    if series.size == 0:
        return _none(values)
    from statsmodels.regression.linear_model import OLS

    wanted = line_null.lag_window(series.size) if lags is None else lags
    fitted = OLS(series, np.column_stack([np.ones(time.size), time])).fit(
        cov_type="HAC", cov_kwds={"maxlags": wanted, "use_correction": True}
    )
    return _line(wanted, fitted, np.nan, series)


def ar1_line(values: Array, years: Array) -> Line:
    """Generalised least-squares slope under first-order autoregressive errors, iterated (Cochrane and Orcutt).

    Parameters
    ----------
    values, years
        As in `hac_line`.

    Returns
    -------
    Line
        `memory` is the autoregressive coefficient of the last step.

    Notes
    -----
    Least squares of x_t - phi x_(t-1) on 1 - phi and t - phi (t - 1); phi from the residuals, until it changes by less
    than 1e-10. Kept within [-0.95, 0.95]. `low`, `high` and `p` are those of `line_null.judged`.

    References
    ----------
    Cochrane and Orcutt (1949), doi:10.1080/01621459.1949.10483290.
    """
    series, time = _whole(values, years)
    if series.size == 0:
        return _none(values)
    from statsmodels.regression.linear_model import GLSAR

    design, phi = np.column_stack([np.ones(time.size), time]), 0.0
    for _ in range(200):
        fitted = GLSAR(series, design, rho=phi).fit()
        residual = series - design @ fitted.params
        before = phi
        phi = float(np.clip((residual[1:] * residual[:-1]).sum() / (residual[:-1] ** 2).sum(), -0.95, 0.95))
        if abs(phi - before) < 1e-10:
            break
    return _line(None, fitted, before, series)


def _whole(values: Array, years: Array) -> tuple[Array, Array]:
    """The years between the first and the last value and time about its mean; empty where no line can be judged."""
    values = np.asarray(values, dtype=float)
    years = calendar.as_years(years)
    if values.shape != years.shape or values.ndim != 1:
        raise ValueError(f"values and years: expected one shape (year,), found {values.shape} and {years.shape}.")
    present = np.flatnonzero(np.isfinite(values))
    if present.size < FEWEST_YEARS or np.any(np.diff(years[present]) != 1):
        return np.empty(0), np.empty(0)
    series = values[present]
    time = years[present] - years[present].mean()
    rest = series - series.mean() - (series * time).sum() / (time**2).sum() * time
    if np.sqrt((rest**2).mean()) <= 1e-12 * np.abs(series).max():
        return np.empty(0), np.empty(0)
    return series, time


def _line(lags: int | None, fitted, memory: float, series: Array) -> Line:
    slope, error = float(fitted.params[1]), float(fitted.bse[1])
    low, high, p = line_null.judged(lags, series, slope, error)
    return Line(slope, error, p, memory, series.size, low, high)


def _none(values: Array) -> Line:
    return Line(np.nan, np.nan, np.nan, np.nan, int(np.isfinite(values).sum()))
