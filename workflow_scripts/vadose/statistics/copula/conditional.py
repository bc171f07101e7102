"""Conditional distribution P(V <= v | U = u) of the base copulas, and simulation by its inversion; compiled.

Everything is seen from the family's own side, where the data follow the base copula; rotations are the caller's.
Reference: Joe (2014), chapter 4, doi:10.1201/b17116.
"""

import math

from vadose.core.compiled import kernel
from vadose.statistics.copula.archimedean import LOG1M_U, LOG1M_V, LOG_U, LOG_V, LOGLOG_U, LOGLOG_V, U, V
from vadose.statistics.copula.elliptical import CENTRE, HALF_WIDTH, NORMAL_U, NORMAL_V, TERMS, fill_quantiles
from vadose.statistics.numeric.fastmath import normal_quantile, vexp, vexpm1, vlog, vlog1mexp, vlog1p

HALVINGS = 30


@kernel
def conditional_archimedean(base, w, n, t, d, out):
    """dC/du of Clayton, Gumbel, Frank, Joe, BB1, BB6, BB7, BB8 and Tawn at the first n points of the view w."""
    for i in range(n):
        lu = w[LOG_U, i]
        lv = w[LOG_V, i]
        mu = w[LOG1M_U, i]
        mv = w[LOG1M_V, i]
        if base == 3:
            high = max(-lu, -lv)
            log_a = t * high + vlog(1.0 + vexp(-t * abs(lu - lv)) - vexp(-t * high))
            out[i] = vexp(-(t + 1.0) * lu - (1.0 + 1.0 / t) * log_a)
        elif base == 4:
            lx, ly = w[LOGLOG_U, i], w[LOGLOG_V, i]
            log_s = t * max(lx, ly) + vlog(1.0 + vexp(-t * abs(lx - ly)))
            out[i] = vexp(-vexp(log_s / t) - lu + (1.0 / t - 1.0) * log_s + (t - 1.0) * lx)
        elif base == 5:
            a = vexp(-t * w[U, i])
            b_less = vexpm1(-t * w[V, i])
            b = vexp(-t * w[V, i])
            out[i] = a * b_less / (a * b_less + b * vexpm1(-t * (1.0 - w[V, i])))
        elif base == 6:
            a, b = vexp(t * mu), vexp(t * mv)
            out[i] = vexp((t - 1.0) * mu) * (1.0 - b) * (a + b * (1.0 - a)) ** (1.0 / t - 1.0)
        elif base == 7:
            la, lb = vlog(vexpm1(-t * lu)), vlog(vexpm1(-t * lv))
            lq = max(la, lb) + vlog(1.0 + vexp(-d * abs(la - lb))) / d
            out[i] = vexp(-(t + 1.0) * lu + (d - 1.0) * la + (1.0 - d) * lq - (1.0 / t + 1.0) * vlog1p(vexp(lq)))
        elif base == 8:
            x, y = -vlog1mexp(t * mu), -vlog1mexp(t * mv)
            lx, ly = vlog(x), vlog(y)
            lq = max(lx, ly) + vlog(1.0 + vexp(-d * abs(lx - ly))) / d
            q = vexp(lq)
            out[i] = vexp(
                (1.0 / t - 1.0) * vlog(-vexpm1(-q)) - q + (1.0 - d) * lq + (d - 1.0) * lx + (t - 1.0) * mu + x
            )
        elif base == 9:
            lx, ly = vlog1mexp(t * mu), vlog1mexp(t * mv)
            log_big = vlog1p(vexpm1(-d * lx) + vexpm1(-d * ly))
            out[i] = vexp(
                (1.0 / t - 1.0) * vlog(-vexpm1(-log_big / d))
                - (1.0 / d + 1.0) * log_big
                - (d + 1.0) * lx
                + (t - 1.0) * mu
            )
        elif base == 10:
            log_a = t * vlog1p(-d * w[U, i])
            log_b = t * vlog1p(-d * w[V, i])
            corner = (1.0 - d) ** t
            r = ((vexp(log_a) - corner) - vexp(log_b) * vexpm1(log_a)) / (1.0 - corner)
            out[i] = vexp((1.0 / t - 1.0) * (vlog(r) - log_a)) * -vexpm1(log_b) / (1.0 - corner)
        else:
            lx, ly = w[LOGLOG_U, i] + vlog(d), w[LOGLOG_V, i]
            lz = max(lx, ly) + vlog(1.0 + vexp(-t * abs(lx - ly))) / t
            out[i] = vexp(-d * lu - vexp(lz)) * ((1.0 - d) + d * vexp((t - 1.0) * (lx - lz)))
        out[i] = min(max(out[i], 0.0), 1.0)


@kernel
def tawn_given_second(w, n, t, d, out):
    """dC/dv of the Tawn copula, which is not symmetric, at the first n points of the view w."""
    for i in range(n):
        lx, ly = w[LOGLOG_U, i] + vlog(d), w[LOGLOG_V, i]
        lz = max(lx, ly) + vlog(1.0 + vexp(-t * abs(lx - ly))) / t
        out[i] = vexp((1.0 - d) * w[LOG_U, i] - vexp(lz) + (1.0 - t) * (lz - ly) - w[LOG_V, i])
        out[i] = min(max(out[i], 0.0), 1.0)


@kernel
def student_distribution(x, nu):
    """T_nu(x): the regularised incomplete beta function by its continued fraction (Lentz)."""
    z = nu / (nu + x * x)
    swap = z > (0.5 * nu + 1.0) / (0.5 * nu + 2.5)
    a, b, y = (0.5, 0.5 * nu, 1.0 - z) if swap else (0.5 * nu, 0.5, z)
    if swap:
        y = x * x / (nu + x * x)
    c, e = 1.0, 1.0 / (1.0 - (a + b) * y / (a + 1.0))
    fraction = e
    for m in range(1, 300):
        top = m * (b - m) * y / ((a + 2 * m - 1.0) * (a + 2 * m))
        e = 1.0 / (1.0 + top * e)
        c = 1.0 + top / c
        fraction *= e * c
        top = -(a + m) * (a + b + m) * y / ((a + 2 * m) * (a + 2 * m + 1.0))
        e = 1.0 / (1.0 + top * e)
        c = 1.0 + top / c
        fraction *= e * c
        if abs(e * c - 1.0) < 1e-15:
            break
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(max(y, 1e-300)) + b * math.log1p(-y)
    tail = math.exp(front) * fraction / a
    tail = 0.5 * (1.0 - tail if swap else tail)
    return 1.0 - tail if x > 0.0 else tail


@kernel
def table_quantile(q, row, z, i, nu):
    """t quantile of observation i from the coefficient rows that begin at `row` (see `elliptical`)."""
    s = (1.0 / nu - CENTRE) / HALF_WIDTH
    r = q[row, i]
    for k in range(1, TERMS):
        r = r * s + q[row + k, i]
    return z * math.exp(r)


@kernel
def conditional(base, w, q, n, first, second, out):
    """P(V <= v | U = u) at the first n points; q holds normal quantiles, and for the t copula the coefficients."""
    if base == 0:
        out[:n] = w[V, :n]
    elif base == 1:
        spread = math.sqrt(1.0 - first * first)
        for i in range(n):
            out[i] = 0.5 * math.erfc(-(q[NORMAL_V, i] - first * q[NORMAL_U, i]) / spread / math.sqrt(2.0))
    elif base == 2:
        for i in range(n):
            x = table_quantile(q, 2, q[NORMAL_U, i], i, second)
            y = table_quantile(q, 2 + TERMS, q[NORMAL_V, i], i, second)
            spread = math.sqrt((second + x * x) * (1.0 - first * first) / (second + 1.0))
            out[i] = student_distribution((y - first * x) / spread, second + 1.0)
    else:
        conditional_archimedean(base, w, n, first, second, out)


@kernel
def simulate_elliptical(base, q, n, rho, nu, draws, table, x, y):
    """n points of the Gaussian or t copula, on any increasing scale (only their order is used)."""
    for i in range(n):
        q[NORMAL_U, i] = normal_quantile(draws[i, 0])
        q[NORMAL_V, i] = normal_quantile(draws[i, 1])
    if base == 2:
        fill_quantiles(q, n, table)
    for i in range(n):
        if base == 1:
            x[i] = q[NORMAL_U, i]
            y[i] = rho * x[i] + math.sqrt(1.0 - rho * rho) * q[NORMAL_V, i]
        else:
            x[i] = table_quantile(q, 2, q[NORMAL_U, i], i, nu)
            spread = math.sqrt((nu + x[i] * x[i]) * (1.0 - rho * rho) / (nu + 1.0))
            y[i] = rho * x[i] + spread * table_quantile(q, 2 + TERMS, q[NORMAL_V, i], i, nu + 1.0)


@kernel
def simulate_archimedean(base, w, n, first, second, draws, low, high, out, x, y):
    """n points by bisection of the conditional distribution; w is overwritten."""
    for i in range(n):
        w[U, i] = draws[i, 0]
        w[LOG_U, i] = vlog(draws[i, 0])
        w[LOG1M_U, i] = vlog1p(-draws[i, 0])
        w[LOGLOG_U, i] = vlog(-w[LOG_U, i])
        low[i], high[i] = 0.0, 1.0
    for _ in range(HALVINGS):
        for i in range(n):
            v = 0.5 * (low[i] + high[i])
            w[V, i] = v
            w[LOG_V, i] = vlog(v)
            w[LOG1M_V, i] = vlog1p(-v)
            w[LOGLOG_V, i] = vlog(-w[LOG_V, i])
        conditional_archimedean(base, w, n, first, second, out)
        for i in range(n):
            if out[i] < draws[i, 1]:
                low[i] = w[V, i]
            else:
                high[i] = w[V, i]
    for i in range(n):
        x[i] = draws[i, 0]
        y[i] = 0.5 * (low[i] + high[i])


@kernel
def simulate_base(base, w, q, n, first, second, draws, table, work, x, y):
    """n points of a base copula from uniform draws (point, 2); work has three rows."""
    if base == 0:
        x[:n] = draws[:n, 0]
        y[:n] = draws[:n, 1]
    elif base < 3:
        simulate_elliptical(base, q, n, first, second, draws, table, x, y)
    else:
        simulate_archimedean(base, w, n, first, second, draws, work[0], work[1], work[2], x, y)
