"""Views of the data of one cell, and the log-likelihood of any base copula on them, compiled."""

from vadose.core.compiled import kernel
from vadose.statistics.copula.archimedean import LOG1M_U, LOG_U, LOGLOG_U, VIEWS, U, V, clayton, frank, gumbel, joe
from vadose.statistics.copula.bb import bb1, bb6, bb7, bb8
from vadose.statistics.copula.elliptical import NORMAL_U, NORMAL_V, gaussian, student
from vadose.statistics.copula.families import BB1, BB6, BB7, BB8, CLAYTON, FRANK, GAUSSIAN, GUMBEL, JOE, TAWN
from vadose.statistics.copula.tawn import tawn
from vadose.statistics.numeric.fastmath import normal_quantile, vlog, vlog1p

CLIP = 1e-12
PIECE = 2000  # points of one sum: `fastmath.log_of_product` holds no more


@kernel
def fill_views(w, n):
    """From w[AS_IS, U:V+1, :n] (clipped here) fill all rows of all four sides: (u, v), (1-u, 1-v), (v, u), (1-v,
    1-u)."""
    for margin in range(2):
        for i in range(n):
            u = min(max(w[0, U + margin, i], CLIP), 1.0 - CLIP)
            log_u = vlog(u)
            log_1u = vlog1p(-u)
            w[0, U + margin, i] = u
            w[0, LOG_U + margin, i] = log_u
            w[0, LOG1M_U + margin, i] = log_1u
            w[0, LOGLOG_U + margin, i] = vlog(-log_u)
            w[1, U + margin, i] = 1.0 - u
            w[1, LOG_U + margin, i] = log_1u
            w[1, LOG1M_U + margin, i] = log_u
            w[1, LOGLOG_U + margin, i] = vlog(-log_1u)
    for side in range(2):
        for row in range(VIEWS):
            for i in range(n):
                w[2 + side, row, i] = w[side, row ^ 1, i]


@kernel
def fill_normal(w, q, n):
    """Normal quantiles of both margins; returns sum(x^2 + y^2) and sum(xy)."""
    squares = 0.0
    product = 0.0
    for i in range(n):
        x = normal_quantile(w[0, U, i])
        y = normal_quantile(w[0, V, i])
        q[NORMAL_U, i] = x
        q[NORMAL_V, i] = y
        squares += x * x + y * y
        product += x * y
    return squares, product


@kernel
def likelihood(base, w, q, sums, n, first, second):
    """(log-likelihood, d/dfirst, d/dsecond) of a base copula; w is the view from the family's side, sums those of
    `fill_normal`."""
    if base == GAUSSIAN:
        total, slope = gaussian(sums[0], sums[1], n, first)
        return total, slope, 0.0
    if n <= PIECE:
        return likelihood_of_piece(base, w, q, n, first, second)
    total = slope1 = slope2 = 0.0
    for start in range(0, n, PIECE):
        end = min(start + PIECE, n)
        value, by_first, by_second = likelihood_of_piece(
            base, w[:, start:end].copy(), q[:, start:end].copy(), end - start, first, second
        )
        total += value
        slope1 += by_first
        slope2 += by_second
    return total, slope1, slope2


@kernel
def likelihood_of_piece(base, w, q, n, first, second):
    """`likelihood` of no more than PIECE points."""
    if base == CLAYTON:
        return clayton(w, n, first, second)
    if base == GUMBEL:
        return gumbel(w, n, first, second)
    if base == FRANK:
        return frank(w, n, first, second)
    if base == JOE:
        return joe(w, n, first, second)
    if base == BB1:
        return bb1(w, n, first, second)
    if base == BB6:
        return bb6(w, n, first, second)
    if base == BB7:
        return bb7(w, n, first, second)
    if base == BB8:
        return bb8(w, n, first, second)
    if base == TAWN:
        return tawn(w, n, first, second)
    return student(q, n, first, second)
