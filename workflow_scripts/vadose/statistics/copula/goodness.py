"""Goodness of fit of the selected copula: Cramer-von Mises distance of Rosenblatt's transform from independence, p by
parametric bootstrap."""

from typing import NamedTuple

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.copula import families
from vadose.statistics.copula.archimedean import VIEWS
from vadose.statistics.copula.conditional import conditional, simulate_base
from vadose.statistics.copula.elliptical import QUANTILE_ROWS, fill_quantiles, quantile_table
from vadose.statistics.copula.fitting import FIRST, SECOND, fit_family, gather
from vadose.statistics.copula.likelihood import fill_normal, fill_views
from vadose.statistics.numeric.concordance import dense_ranks, tau_b

BASE, SIDE, NEGATIVE = families.BASE, families.SIDE, families.NEGATIVE


class GoodnessOfFit(NamedTuple):
    """Statistic and p value of each cell (NaN where no copula was fitted)."""

    statistic: np.ndarray
    p: np.ndarray


@kernel(fastmath={"reassoc"})
def distance_from_independence(a, b, n):
    """Sum over the points of (empirical distribution of (a, b) minus a b) squared."""
    total = 0.0
    for i in range(n):
        below = 0
        x = a[i]
        y = b[i]
        for k in range(n):
            below += (a[k] <= x) & (b[k] <= y)
        total += (below / n - x * y) ** 2
    return total


@kernel
def statistic_of(base, w, q, n, first, second, out):
    """The statistic of the view w (first margin as it is, second given the first)."""
    conditional(base, w, q, n, first, second, out)
    return distance_from_independence(w[0], out, n)


@kernel
def rank_into(values, n, order, target):
    """Ranks / (n + 1) of values without ties."""
    order[:n] = np.argsort(values[:n])
    for k in range(n):
        target[order[k]] = (k + 1.0) / (n + 1.0)


@kernel
def fill_goodness(u, v, position, par, par2, draws, table, statistic, p):
    """statistic[cell] and p[cell]; position is the family's place in CODES (negative: no copula), par and par2 are the
    base copula's."""
    length = u.shape[1]
    w = np.empty((4, VIEWS, length))
    simulated = np.empty((4, VIEWS, length))
    q = np.empty((QUANTILE_ROWS, length))
    work = np.empty((3, length))
    x = np.empty(length)
    y = np.empty(length)
    out = np.empty(length)
    fit = np.empty(3)
    rank_x = np.empty(2 * length, dtype=np.float32)
    rank_y = np.empty(2 * length, dtype=np.float32)
    order = np.empty(length + 1, dtype=np.int64)
    for cell in range(u.shape[0]):
        k = position[cell]
        n = gather(u[cell], v[cell], w)
        if k < 0 or n < 1:
            continue
        base, side = BASE[k], SIDE[k]
        if NEGATIVE[k]:
            for i in range(n):
                w[0, 0, i] = 1.0 - w[0, 0, i]
        fill_views(w, n)
        w[0] = w[side]
        fill_normal(w, q, n)
        if base == 2:
            fill_quantiles(q, n, table)
        statistic[cell] = statistic_of(base, w[0], q, n, par[cell], par2[cell], out)
        larger = 0
        for resample in range(draws.shape[0]):
            simulate_base(base, simulated[0], q, n, par[cell], par2[cell], draws[resample], table, work, x, y)
            rank_into(x, n, order, simulated[0, 0])
            rank_into(y, n, order, simulated[0, 1])
            dense_ranks(x, n, order, rank_x)
            dense_ranks(y, n, order, rank_y)
            tau = tau_b(rank_x, rank_y, n, order)
            fill_views(simulated, n)
            sums = fill_normal(simulated, q, n)
            if base == 2:
                fill_quantiles(q, n, table)
            if base > 0:
                fit_family(base, simulated[0], q, sums, n, tau if base in (1, 2, 5) else max(tau, 0.0), 0, fit)
            larger += statistic_of(base, simulated[0], q, n, fit[FIRST], fit[SECOND], out) >= statistic[cell]
        p[cell] = (larger + 0.5) / (draws.shape[0] + 1.0)


def goodness_of_fit(u: np.ndarray, v: np.ndarray, fit, *, resamples: int = 100, seed: int = 0) -> GoodnessOfFit:
    """Does the selected family fit at all? Cramer-von Mises test on Rosenblatt's transform.

    Parameters
    ----------
    u, v : (cell, time) float arrays in (0, 1)
        The pseudo-observations that were fitted; NaN marks a missing value.
    fit : CopulaFit
        Result of `select` for them (family, par, par2 are used).
    resamples : int
        Parametric bootstrap samples; about 0.2 ms each at n = 240.
    seed : int
        The uniform draws are the same for every cell, so a cell's p does not depend on its tile.

    Returns
    -------
    GoodnessOfFit
        statistic = sum (D_n(e_i) - e_i1 e_i2)^2 of e = (u, P(V <= v | U = u)), and p = (1/2 + samples at least as
        large) / (1 + resamples). NaN where no copula was fitted. Over many cells control the false discovery rate
        (vadose.statistics.significance.field_significance).

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Every sample is simulated from the fitted copula, ranked and fitted again with the same family, so that p accounts
    for the estimated parameters. Ties (zeros of rain) are not in the samples, so they make p smaller. # ASSUME: no
    correction for ties

    References
    ----------
    Genest, Remillard and Beaudoin (2009), their S_n^(C), doi:10.1016/j.insmatheco.2007.10.005.
    """
    u = np.ascontiguousarray(u, dtype=float)
    v = np.ascontiguousarray(v, dtype=float)
    if u.ndim != 2 or u.shape != v.shape or u.shape[:1] != np.shape(fit.family):
        raise ValueError(
            f"u, v (cell, time) and fit (cell) must belong together; they have shapes {u.shape}, {v.shape} and "
            f"{np.shape(fit.family)}."
        )
    fitted = np.isfinite(fit.family)
    position = np.where(fitted, np.searchsorted(families.CODES, np.where(fitted, fit.family, 0)), -1)
    sign = np.where(NEGATIVE[position], -1.0, 1.0)
    first = np.where(fitted, sign * fit.par, np.nan)
    second = np.where(fitted, np.where(families.BB[position], sign, 1.0) * fit.par2, np.nan)
    draws = np.clip(np.random.default_rng(seed).random((resamples, u.shape[1], 2)), 1e-9, 1 - 1e-9)
    statistic = np.full(u.shape[0], np.nan)
    p = np.full(u.shape[0], np.nan)
    fill_goodness(u, v, position, first, second, draws, quantile_table(), statistic, p)
    return GoodnessOfFit(statistic, p)
