"""Attribution of the variance of total soil moisture with a trend that is no straight line (docs/methods.md#a3).

The trend of season s and layer d is a linear smoother of its years, T_sd = H SM_sd, by LOWESS without robustness
weights or by a line with a step at the splice; what is left is interannual variability I. H is the same for all
seasons and layers of a cell, so that with x the deviations of TSM from their mean the sums of squares need H once:
(n - 1) Cov(T_sd, TSM) = SM_sd . (H' x). Where H is no projection, T and I covary.
"""

import functools
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core import calendar
from vadose.core.arrays import Array
from vadose.core.calendar import FEWEST_YEARS_OF_LINE
from vadose.core.compiled import kernel
from vadose.statistics.attribution_series import ROUNDING

FEWEST_NEIGHBOURS = 4  # ASSUME: a local line through fewer years, the farthest of weight 0, leaves no variability
MANY = 256  # smoothers that are kept, one for each set of years


class Form(NamedTuple):
    """What a trend is."""

    kind: Literal["linear", "lowess", "broken"] = "linear"
    span: float = 2 / 3  # of lowess, share of the years
    splice_year: int | None = None  # of broken, first year of the newer version; None or outside the years: a line


LINEAR = Form()


class FormAttribution(NamedTuple):
    """Shares of Var(TSM) per cell, as `vadose.statistics.attribution.Attribution`; NaN where these are."""

    contribution: Array  # (cell, dynamics, season, layer), 1: Cov(c_sd, TSM) / Var(TSM); sums to 1
    omega: Array  # (cell, season, layer), 1
    variance: Array  # (cell,), unit squared
    n: NDArray[np.int64]  # (cell,)
    cross: Array  # (cell, dynamics, season, layer), 1: what of the contribution is covariance with the other dynamics
    parameters: Array  # (cell,), 1: trace of the smoother; 2 of a line


def fewest_years(form: Form) -> int:
    """Years below which a trend of this form leaves no variability."""
    return FEWEST_NEIGHBOURS if form.kind == "lowess" else FEWEST_YEARS_OF_LINE


def smoother(years: Array, form: Form) -> Array:
    """The matrix that takes the values of some years to their trend.

    Parameters
    ----------
    years : (year,) float array
        Calendar years that have a value, ascending.
    form : Form

    Returns
    -------
    (year, year) float array
        It leaves a constant and a straight line as they are.

    Notes
    -----
    LOWESS without robustness weights is linear in the values: its matrix is what statsmodels' `lowess` makes of unit
    vectors. A step needs three years on either side.

    References
    ----------
    Cleveland (1979), doi:10.1080/01621459.1979.10481038.
    """
    years = np.asarray(calendar.as_years(years), dtype=np.float64)
    if form.kind == "lowess":
        from statsmodels.nonparametric.smoothers_lowess import lowess  # a second to load

        share = min(max(form.span, (FEWEST_NEIGHBOURS + 0.5) / years.size), 1.0)
        options = {"frac": share, "it": 0, "delta": 0.0, "is_sorted": True, "return_sorted": False}
        return np.column_stack([lowess(one, years, **options) for one in np.eye(years.size)])
    columns = [np.ones(years.size), years - years.mean()]
    if form.kind == "broken" and form.splice_year is not None:
        newer = years >= form.splice_year
        if FEWEST_YEARS_OF_LINE <= newer.sum() <= years.size - FEWEST_YEARS_OF_LINE:
            columns.append(newer * 1.0)
    basis, _ = np.linalg.qr(np.column_stack(columns))
    return np.add.reduce(basis[:, None] * basis[None], axis=2)


@functools.lru_cache(maxsize=MANY)
def _kept(there: bytes, years: tuple[float, ...], form: Form) -> Array:
    """`smoother` of the years that are there, 0 in the rows and columns of the others."""
    chosen = np.flatnonzero(np.frombuffer(there, dtype=np.bool_))
    whole = np.zeros((len(years), len(years)))
    if chosen.size >= fewest_years(form):
        whole[np.ix_(chosen, chosen)] = smoother(np.array(years)[chosen], form)
    return whole


def _smoothers(there: NDArray[np.bool_], years: Array, form: Form) -> tuple[Array, NDArray[np.int64]]:
    """Smoothers of all sets of years, and which is that of each cell."""
    patterns, which = np.unique(there, axis=0, return_inverse=True)
    kept = [_kept(row.tobytes(), tuple(years.tolist()), form) for row in patterns]
    return np.array(kept).reshape(len(kept), years.size, years.size), which.reshape(-1).astype(np.int64)


def attribute(seasonal: Array, years: Array, form: Form) -> FormAttribution:
    """Attribution of the variance of total soil moisture to a trend of any form and the rest.

    Parameters
    ----------
    seasonal : (cell, year, season, layer) float array, kg m-2
        As in `vadose.statistics.attribution.attribute`: a year in which any value is NaN is left out for that cell.
    years : (year,) float array
        Calendar years, ascending.
    form : Form

    Returns
    -------
    FormAttribution
        NaN with fewer than `fewest_years`. The contributions sum to 1, whatever the form. With T, I the trend and the
        rest of TSM, the contribution of a trend is Cov(T_sd, T) + Cov(T_sd, I) over Var(TSM), and `cross` is its
        second part; the contribution of the rest is Cov(I_sd, I) + Cov(I_sd, T) likewise. So contributions less
        `cross` (32), and `cross` summed over the two dynamics (16), sum to 1 too.

    Raises
    ------
    ValueError
        If `years` does not match `seasonal`.
    """
    years = np.ascontiguousarray(calendar.as_years(years), dtype=np.float64)
    if seasonal.ndim != 4 or seasonal.shape[1] != years.size:
        raise ValueError(f"seasonal: expected shape (cell, {years.size} years, season, layer), found {seasonal.shape}.")
    cells, _, seasons, layers = seasonal.shape
    terms = np.ascontiguousarray(seasonal, dtype=np.float64).reshape(cells, years.size, seasons * layers)
    there = np.asarray(np.isfinite(terms).all(axis=2))
    matrices, which = _smoothers(there, years, form)
    parts = _attribute_cells(terms, there, matrices, which, seasons, fewest_years(form))
    contribution, cross = (part.reshape(cells, 2, seasons, layers) for part in parts[:2])
    variance = parts[3]
    traces = np.trace(matrices, axis1=1, axis2=2)[which]
    parameters = np.where(np.isfinite(variance), traces, np.nan)
    n = there.sum(axis=1).astype(np.int64)
    return FormAttribution(contribution, parts[2].reshape(cells, seasons, layers), variance, n, cross, parameters)


@kernel
def _times(matrix, vector, there, turned):
    """matrix . vector, or of the turned matrix, over the years that are there."""
    out = np.zeros(vector.size)
    for i in range(vector.size):
        if there[i]:
            for j in range(vector.size):
                if there[j]:
                    out[i] += (matrix[j, i] if turned else matrix[i, j]) * vector[j]
    return out


@kernel
def _centred(vector, there, n):
    """The vector less its mean over the years that are there, 0 elsewhere."""
    total = 0.0
    for i in range(vector.size):
        if there[i]:
            total += vector[i]
    out = np.zeros(vector.size)
    for i in range(vector.size):
        if there[i]:
            out[i] = vector[i] - total / n
    return out


@kernel
def _attribute_cells(x, there, matrices, which, seasons, fewest):
    """Contributions, crossed parts, omega and variance of x[cell, year, term], in a fixed order of sums."""
    cells, years, terms = x.shape
    contribution = np.full((cells, 2, terms), np.nan)
    cross = np.full((cells, 2, terms), np.nan)
    omega, variance = np.full((cells, terms), np.nan), np.full(cells, np.nan)
    deviation, mean = np.zeros((terms, years)), np.zeros(terms)
    for cell in range(cells):
        n, first, inside = 0, -1, there[cell]
        for i in range(years):
            if inside[i]:
                first = i if first < 0 else first
                n += 1
        if n < fewest:
            continue
        size, total = 0.0, np.zeros(years)
        for k in range(terms):
            shifted = x[cell, :, k] - x[cell, first, k]
            deviation[k] = _centred(shifted, inside, n)
            mean[k] = x[cell, first, k] + shifted[first] - deviation[k, first]
            size += abs(mean[k])
            total += deviation[k]
        squares = np.sum(total * total)
        if squares <= n * (ROUNDING * size) ** 2:
            continue
        matrix = matrices[which[cell]]
        smooth = _centred(_times(matrix, total, inside, False), inside, n)
        of_trend = _times(matrix, total, inside, True)  # SM_sd . this is Cov(T_sd, TSM), but for the factor
        of_rest = _times(matrix, total - smooth, inside, True)  # likewise Cov(T_sd, I)
        of_smooth = _times(matrix, smooth, inside, True)  # likewise Cov(T_sd, T)
        sum_of_means = mean.sum()
        for k in range(terms):
            together, one, crossed, back = 0.0, 0.0, 0.0, 0.0
            for i in range(years):
                together += deviation[k, i] * total[i]
                one += deviation[k, i] * of_trend[i]
                crossed += deviation[k, i] * of_rest[i]
                back += deviation[k, i] * (smooth[i] - of_smooth[i])
            contribution[cell, 0, k] = one / squares
            contribution[cell, 1, k] = together / squares - contribution[cell, 0, k]
            cross[cell, 0, k] = crossed / squares
            cross[cell, 1, k] = back / squares
            omega[cell, k] = together / squares / (mean[k] / sum_of_means) if mean[k] != 0 else np.nan
        variance[cell] = squares / (n - 1) / seasons**2
    return contribution, cross, omega, variance
