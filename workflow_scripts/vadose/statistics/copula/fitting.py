"""All wanted families in every cell: the compiled loop behind `select` and `fit_families`."""

import math

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.copula import families
from vadose.statistics.copula.archimedean import VIEWS
from vadose.statistics.copula.elliptical import NORMAL_U, NORMAL_V, QUANTILE_ROWS, fill_quantiles
from vadose.statistics.copula.likelihood import fill_normal, fill_views
from vadose.statistics.copula.quasi_newton import search_path
from vadose.statistics.copula.search import search_one, search_two
from vadose.statistics.numeric.concordance import dense_ranks, tau_b

FITTED, TOO_FEW, CONSTANT, MOSTLY_EQUAL, OUTSIDE, NOTHING_FITTED = range(6)
FEWEST = 10
MOST_EQUAL_SHARE = 0.9
FIRST, SECOND, LOGLIK = range(3)
N, TAU, ZERO_SHARE, TIE_SHARE_U, TIE_SHARE_V, REASON = range(6)  # columns of the array of facts about a cell
FACTS = 6
CODES, BASE, SIDE, NEGATIVE, SYMMETRIC, BOUNDS, STARTS, KEPT = (
    families.CODES,
    families.BASE,
    families.SIDE,
    families.NEGATIVE,
    families.SYMMETRIC,
    families.BOUNDS,
    families.STARTS,
    families.KEPT,
)
BB = families.BB
COUNT = families.COUNT


@kernel
def tied_shares(ranks, n, counts):
    """Share of values that have an equal, that tie for the smallest (the zeros of rain), and that are the most frequent
    value."""
    counts[: n + 1] = 0
    for i in range(n):
        counts[int(ranks[i])] += 1
    alone = 0
    most = 0
    for r in range(n):
        alone += counts[r] == 1
        most = max(most, counts[r])
    return 1.0 - alone / n, counts[0] / n if counts[0] > 1 else 0.0, most / n


@kernel
def gather(u, v, w):
    """Copy the complete pairs into the first view; returns their number, or -1 if a value lies outside (0, 1)."""
    n = 0
    inside = True
    for i in range(u.size):
        if not (np.isnan(u[i]) or np.isnan(v[i])):
            inside = inside and 0.0 < u[i] < 1.0 and 0.0 < v[i] < 1.0
            w[0, 0, n] = u[i]
            w[0, 1, n] = v[i]
            n += 1
    return n if inside else -1


@kernel
def describe(w, n, order, x, y, fact):
    """Fill the facts of a cell with n complete pairs; returns whether it can be fitted.

    Parameters
    ----------
    w : (4, VIEWS, time) array
        Views of the cell's data (`archimedean`), the first of which holds the complete pairs.
    n : int
        Number of complete pairs.
    order : (time + 1,) int array
        Room to work in.
    x, y : (2 time,) float32 arrays
        Room to work in, filled with dense ranks.
    fact : (FACTS,) array
        Filled.
    """
    fact[N] = n
    if n < FEWEST:
        fact[REASON] = TOO_FEW
        return False
    different_x = dense_ranks(w[0, 0], n, order, x)
    different_y = dense_ranks(w[0, 1], n, order, y)
    fact[TIE_SHARE_U], fact[ZERO_SHARE], most_u = tied_shares(x, n, order)
    fact[TIE_SHARE_V], _, most_v = tied_shares(y, n, order)
    if different_x < 2 or different_y < 2:
        fact[REASON] = CONSTANT
        return False
    fact[TAU] = tau_b(x, y, n, order)
    if max(most_u, most_v) > MOST_EQUAL_SHARE:
        fact[REASON] = MOSTLY_EQUAL
        return False
    return True


@kernel
def quadrant_correlation(q, n, sign):
    """Correlation of the normal scores where both lie above (sign 1) or below (-1) zero; NaN for fewer than two points
    or a constant."""
    count = 0
    mx = my = 0.0
    for i in range(n):
        if q[NORMAL_U, i] * sign > 0.0 and q[NORMAL_V, i] * sign > 0.0:
            count += 1
            mx += q[NORMAL_U, i]
            my += q[NORMAL_V, i]
    mx /= count
    my /= count
    xx = yy = xy = 0.0
    for i in range(n):
        if q[NORMAL_U, i] * sign > 0.0 and q[NORMAL_V, i] * sign > 0.0:
            dx = q[NORMAL_U, i] - mx
            dy = q[NORMAL_V, i] - my
            xx += dx * dx
            yy += dy * dy
            xy += dx * dy
    return xy / math.sqrt(xx * yy) if count > 1 and xx > 1e-12 and yy > 1e-12 else np.nan


@kernel
def choose_filter(q, n):
    """Which of the five pre-selections holds: 0 all families, 1 and 2 upper-tailed, 3 and 4 lower-tailed ones."""
    difference = quadrant_correlation(q, n, 1.0) - quadrant_correlation(q, n, -1.0)
    if difference > 0.3:
        return 1
    if difference > 0.05:
        return 2
    if difference < -0.3:
        return 3
    if difference < -0.05:
        return 4
    return 0


@kernel
def one_parameter_start(base, tau):
    """A parameter near the one whose Kendall's tau this is (tau >= 0)."""
    tau = min(tau, 0.97)
    if base == 1:
        return math.sin(0.5 * math.pi * tau)
    if base == 3:
        return 2.0 * tau / (1.0 - tau)
    if base == 4:
        return 1.0 / (1.0 - tau)
    if base == 5:
        return 9.0 * tau / (1.0 - tau * tau) ** 0.7
    return 1.0 + 2.2 * tau / (1.0 - tau)


@kernel
def fit_family(base, w, q, sums, n, tau, restarts, fit):
    """Fit one base copula (w: the view from its side) into fit[FIRST], fit[SECOND], fit[LOGLIK]."""
    low1, high1, low2, high2 = BOUNDS[base]
    if base in (1, 3, 4, 5, 6):
        fit[FIRST], fit[LOGLIK], _ = search_one(base, w, q, sums, n, low1, high1, one_parameter_start(base, tau))
        fit[SECOND] = 0.0
        return
    start1, start2 = STARTS[base]
    if base == 2:
        start1, start2 = math.sin(0.5 * math.pi * tau), 8.0
    elif base == 11:
        low2, high2 = max(tau - 0.1, 1e-4), min(tau + 0.2, 0.99)
        start1, start2 = 1.0 + 6.0 * tau, min(tau + 0.1, 0.999)
    if base == 2 or base >= 10:  # the path decides: flat in nu, or two maxima
        fit[FIRST], fit[SECOND], fit[LOGLIK], _ = search_path(
            base, w, q, sums, n, low1, high1, low2, high2, start1, start2
        )
    else:
        fit[FIRST], fit[SECOND], fit[LOGLIK], _ = search_two(
            base, w, q, sums, n, low1, high1, low2, high2, start1, start2
        )
    for k in range(1, restarts + 1):  # starts spread by the golden ratio in two dimensions
        a = (0.5 + 0.7548776662466927 * k) % 1.0
        b = (0.5 + 0.5698402909980532 * k) % 1.0
        x1, x2, value, _ = search_two(
            base, w, q, sums, n, low1, high1, low2, high2, low1 + a * a * (high1 - low1), low2 + b * b * (high2 - low2)
        )
        if value > fit[LOGLIK]:
            fit[FIRST], fit[SECOND], fit[LOGLIK] = x1, x2, value


@kernel
def fit_one_sign(w, q, n, tau, table, wanted, negative, with_symmetric, preselect, restarts, fits):
    """All wanted families of one sign of dependence; w[0] holds (u, v), or (1 - u, v) if negative, and tau is seen from
    there."""
    fill_views(w, n)
    sums = fill_normal(w, q, n)
    kept = KEPT[choose_filter(q, n) if preselect else 0, 1 if negative else 0]
    ready = False
    for k in range(1, COUNT):
        if (
            not (wanted[k] and kept[k])
            or (SYMMETRIC[k] and not with_symmetric)
            or (not SYMMETRIC[k] and NEGATIVE[k] != negative)
        ):
            continue
        if BASE[k] == 2 and not ready:
            fill_quantiles(q, n, table)
            ready = True
        fit_family(BASE[k], w[SIDE[k]], q, sums, n, tau, restarts, fits[k])
        if negative:
            fits[k, FIRST] = -fits[k, FIRST]
            if BB[k]:
                fits[k, SECOND] = -fits[k, SECOND]


@kernel
def fit_cells(u, v, wanted, preselect, restarts, table, fits, facts):
    """Fill fits[cell, family, (first, second, loglik)] (NaN: not tried) and facts[cell, ...] of every row of u and
    v.

    Parameters
    ----------
    u, v : (cell, time) arrays
        In (0, 1); missing is NaN.
    wanted : (family,) bool array
        Which families are tried.
    preselect : bool
        Whether families whose tails contradict the data are left out.
    restarts : int
        Further starts of two parameters.
    table : array
        Of `elliptical.quantile_table`.
    fits : (cell, family, 3) array
        Filled.
    facts : (cell, FACTS) array
        Filled.
    """
    length = u.shape[1]
    w = np.empty((4, VIEWS, length))
    q = np.empty((QUANTILE_ROWS, length))
    x = np.empty(2 * length, dtype=np.float32)
    y = np.empty(2 * length, dtype=np.float32)
    order = np.empty(length + 1, dtype=np.int64)
    for cell in range(u.shape[0]):
        fact = facts[cell]
        n = gather(u[cell], v[cell], w)
        if n < 0:
            fact[REASON] = OUTSIDE
            continue
        if not describe(w, n, order, x, y, fact):
            continue
        fact[REASON] = FITTED
        fits[cell, 0] = 0.0
        tau = fact[TAU]
        for negative in (False, True):  # a loop: with constants for arguments all families would be compiled twice
            size = -tau if negative else tau
            if not size >= 0.0:
                continue
            if negative:
                for i in range(n):
                    w[0, 0, i] = 1.0 - w[0, 0, i]
            symmetric = tau < 0.0 or not negative
            fit_one_sign(
                w, q, n, size, table, wanted, negative, symmetric, preselect and size > 0.0, restarts, fits[cell]
            )
