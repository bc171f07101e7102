"""Goodness of fit of the selected copula: Cramer-von Mises distance of Rosenblatt's transform from independence, p by
parametric bootstrap."""

import zlib
from typing import NamedTuple

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.copula import families
from vadose.statistics.copula.archimedean import VIEWS
from vadose.statistics.copula.conditional import conditional, simulate_base
from vadose.statistics.copula.elliptical import QUANTILE_ROWS, fill_quantiles, quantile_table
from vadose.statistics.copula.fitting import FIRST, SECOND, fit_family, gather
from vadose.statistics.copula.likelihood import fill_normal, fill_views
from vadose.statistics.copula.result import CopulaFit
from vadose.statistics.numeric.concordance import dense_ranks, tau_b

ENOUGH = 10  # samples as large as the data's, after which p is known well enough
PILOTS = 10  # samples that show how ties bend the fit
BASE, SIDE, NEGATIVE, TAWN, WIDEST = (
    families.BASE,
    families.SIDE,
    families.NEGATIVE,
    families.TAWN,
    families.WIDEST,
)


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
def place_like(values, n, order, ordered, target):
    """The ordered values, each in the place of its rank among values without ties: a sample tied as they are."""
    order[:n] = np.argsort(values[:n])
    for k in range(n):
        target[order[k]] = ordered[k]


@kernel
def tied(ordered):
    """Whether two neighbours are equal."""
    return (ordered[1:] == ordered[:-1]).any()


@kernel
def refit(base, simulated, q, n, order, rank_x, rank_y, table, fit):
    """Fit the base copula to a simulated sample, as it was fitted to the data."""
    dense_ranks(simulated[0, 0], n, order, rank_x)
    dense_ranks(simulated[0, 1], n, order, rank_y)
    tau = tau_b(rank_x, rank_y, n, order)
    fill_views(simulated, n)
    sums = fill_normal(simulated, q, n)
    if base == 2:
        fill_quantiles(q, n, table)
    if base > 0:
        fit_family(base, simulated[0], q, sums, n, tau if base in (1, 2, 5) else max(tau, 0.0), 0, fit)


@kernel
def fill_goodness(u, v, position, par, par2, draws, table):
    """Statistic and p of one cell; position is the family's place in CODES, par and par2 are the base copula's.

    Parameters
    ----------
    u, v : (time,) arrays
        In (0, 1); missing is NaN.
    position : int
        Of the family.
    par, par2 : float
        As above.
    draws : (resample, time, 2) array
        Uniform numbers that the simulated samples are made of.
    table : array
        Of `elliptical.quantile_table`.
    """
    length = u.size
    w = np.empty((4, VIEWS, length))
    simulated = np.empty((4, VIEWS, length))
    q = np.empty((QUANTILE_ROWS, length))
    work = np.empty((3, length))
    x, y, out = np.empty(length), np.empty(length), np.empty(length)
    fit = np.empty(3)
    rank_x = np.empty(2 * length, dtype=np.float32)
    rank_y = np.empty(2 * length, dtype=np.float32)
    order = np.empty(length + 1, dtype=np.int64)
    n = gather(u, v, w)
    if n < 1:
        return np.nan, np.nan
    base, side = BASE[position], SIDE[position]
    if NEGATIVE[position]:
        for i in range(n):
            w[0, 0, i] = 1.0 - w[0, 0, i]
    fill_views(w, n)
    w[0] = w[side]
    ordered_x, ordered_y = np.sort(w[0, 0, :n]), np.sort(w[0, 1, :n])
    fill_normal(w, q, n)
    if base == 2:
        fill_quantiles(q, n, table)
    statistic = statistic_of(base, w[0], q, n, par, par2, out)
    if base == TAWN or (base > 0 and (tied(ordered_x) or tied(ordered_y))):
        # Ties, and the narrow bounds of Tawn copulas, bend a fit: samples come from the parameters whose own samples
        # are fitted by those of the data.
        first, second = 0.0, 0.0
        pilots = min(PILOTS, draws.shape[0])
        for resample in range(pilots):
            simulate_base(base, simulated[0], q, n, par, par2, draws[resample], table, work, x, y)
            place_like(x, n, order, ordered_x, simulated[0, 0])
            place_like(y, n, order, ordered_y, simulated[0, 1])
            refit(base, simulated, q, n, order, rank_x, rank_y, table, fit)
            first += fit[FIRST] / pilots
            second += fit[SECOND] / pilots
        low1, high1, low2, high2 = WIDEST[base]
        par = min(max(2.0 * par - first, low1), high1)
        par2 = min(max(2.0 * par2 - second, low2), high2)
    larger = 0
    for resample in range(draws.shape[0]):
        simulate_base(base, simulated[0], q, n, par, par2, draws[resample], table, work, x, y)
        place_like(x, n, order, ordered_x, simulated[0, 0])
        place_like(y, n, order, ordered_y, simulated[0, 1])
        refit(base, simulated, q, n, order, rank_x, rank_y, table, fit)
        larger += statistic_of(base, simulated[0], q, n, fit[FIRST], fit[SECOND], out) >= statistic
        if larger == ENOUGH:
            return statistic, ENOUGH / (resample + 1.0)
    return statistic, (larger + 0.5) / (draws.shape[0] + 1.0)


def goodness_of_fit(
    u: np.ndarray,
    v: np.ndarray,
    fit: CopulaFit,
    *,
    resamples: int = 100,
    seed: int = 0,
    places: np.ndarray | None = None,
) -> GoodnessOfFit:
    """Does the selected family fit at all? Cramer-von Mises test on Rosenblatt's transform.

    Parameters
    ----------
    u, v : (cell, time) float arrays in (0, 1)
        The pseudo-observations that were fitted; NaN marks a missing value.
    fit : CopulaFit
        Result of `select` for them (family, par, par2 are used).
    resamples : int
        Most samples of the parametric bootstrap; about 0.2 ms each at n = 240.
    seed : int
        With a cell's place, of the cell's draws.
    places : (cell, k) int array, optional
        Where each cell stands in the grid, row and column say: its p then does not depend on its tile, and draws differ
        between cells. By default the cell's own values stand for its place, with the same effect.

    Returns
    -------
    GoodnessOfFit
        statistic = sum (D_n(e_i) - e_i1 e_i2)^2 of e = (u, P(V <= v | U = u)), and p = (1/2 + samples at least as
        large) / (1 + resamples), or 10 / (samples drawn) where ten samples as large come earlier. NaN where no copula
        was fitted. Over many cells control the false discovery rate
        (vadose.statistics.significance.field_significance).

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Every sample is simulated from the fitted copula, takes the data's own values in the order of its ranks, so that it
    is tied as they are (zeros of precipitation), and is fitted again with the same family, so that p accounts for the
    estimated parameters. Where ties or bounds bend the fit, the parameters to simulate from are shifted by what ten
    first samples show. The multiplier bootstrap, without refits, rejects true families with 30 % zeros in 70 to 100 %
    and holds its level without ties alone: it is used in no cell. Cells that clearly fit stop early (Besag and
    Clifford). Measured levels of both: docs/methods.md#b2.

    References
    ----------
    Genest, Remillard and Beaudoin (2009), their S_n^(C), doi:10.1016/j.insmatheco.2007.10.005; Besag and Clifford
    (1991), doi:10.1093/biomet/78.2.301.
    """
    u = np.ascontiguousarray(u, dtype=float)
    v = np.ascontiguousarray(v, dtype=float)
    if places is None:
        places = np.reshape([zlib.crc32(side.tobytes()) for pair in zip(u, v, strict=False) for side in pair], (-1, 2))
    places = np.asarray(places, dtype=np.int64)
    if u.ndim != 2 or u.shape != v.shape or u.shape[:1] != np.shape(fit.family) or places.shape[:1] != u.shape[:1]:
        raise ValueError(
            f"u, v (cell, time), fit (cell) and places (cell, k) must belong together; they have shapes {u.shape}, "
            f"{v.shape}, {np.shape(fit.family)} and {places.shape}."
        )
    fitted = np.isfinite(fit.family)
    position = np.where(fitted, np.searchsorted(families.CODES, np.where(fitted, fit.family, 0)), 0)
    sign = np.where(NEGATIVE[position], -1.0, 1.0)
    first, second = sign * fit.par, np.where(families.BB[position], sign, 1.0) * fit.par2
    statistic = np.full(u.shape[0], np.nan)
    p = np.full(u.shape[0], np.nan)
    table = quantile_table()
    for cell in np.flatnonzero(fitted):
        random = np.random.default_rng([seed, *places[cell]])
        draws = np.clip(random.random((resamples, u.shape[1], 2)), 1e-9, 1 - 1e-9)
        statistic[cell], p[cell] = fill_goodness(
            u[cell], v[cell], position[cell], first[cell], second[cell], draws, table
        )
    return GoodnessOfFit(statistic, p)
