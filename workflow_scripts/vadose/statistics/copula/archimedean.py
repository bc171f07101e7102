"""Log-likelihood and score of the one-parameter Archimedean copulas.

Every density in this package has one form: `density(w, n, first, second) -> (loglik, d/dfirst, d/dsecond)`, a sum over
the first n columns of the array of views w (rows U .. LOGLOG_V below, made once per cell by `fitting.fill_views`), so
that no logarithm of the data is taken twice. The sums may be reassociated (that is what lets them vectorise); the
elementary functions may not (see fastmath). References: Joe (2014), Dependence Modeling with Copulas, chapter 4,
doi:10.1201/b17116; Nelsen (2006), doi:10.1007/0-387-28678-0.
"""

import math

from vadose.core.compiled import kernel
from vadose.statistics.numeric.fastmath import (
    exponent_bits,
    log_inverse,
    log_of_product,
    mantissa,
    vexp,
    vexpm1,
    vlog,
)

U, V, LOG_U, LOG_V, LOG1M_U, LOG1M_V, LOGLOG_U, LOGLOG_V = range(
    8
)  # u, log u, log(1 - u), log(-log u), each for both margins
VIEWS = 8


@kernel(fastmath={"reassoc", "contract"})
def clayton(w, n, t, unused):
    """c = (1 + t) (uv)^(-1-t) A^(-2-1/t),  A = u^-t + v^-t - 1;  the larger power is taken out of A so that nothing
    overflows."""
    total = 0.0
    slope = 0.0
    for i in range(n):
        x = -w[LOG_U, i]
        y = -w[LOG_V, i]
        high = max(x, y)
        low = min(x, y)
        e = vexp(t * (low - high))
        scaled = 1.0 + e - vexp(-t * high)
        log_a = t * high + vlog(scaled)
        d_log_a = (high + low * e) / scaled
        total += (1.0 + t) * (x + y) - (2.0 + 1.0 / t) * log_a
        slope += (x + y) + log_a / (t * t) - (2.0 + 1.0 / t) * d_log_a
    return total + n * math.log1p(t), slope + n / (1.0 + t), 0.0


@kernel(fastmath={"reassoc", "contract"})
def gumbel(w, n, t, unused):
    """c = C (uv)^-1 (xy)^(t-1) S^(1/t-2) (S^(1/t) + t - 1),  x = -log u, S = x^t + y^t."""
    by_t = 1.0 / t
    total = 0.0
    slope = 0.0
    mantissas = 1.0
    exponents = 0
    for i in range(n):
        lx = w[LOGLOG_U, i]
        ly = w[LOGLOG_V, i]
        high = max(lx, ly)
        gap = abs(lx - ly)
        e = vexp(-t * gap)
        log_1e, inverse = log_inverse(1.0 + e)
        log_z = high + log_1e * by_t  # of Z = S^(1/t)
        z = vexp(log_z)
        d_log_s = high - gap * e * inverse
        d_z = z * (d_log_s - log_z) * by_t
        k = z + (t - 1.0)
        total += -z - w[LOG_U, i] - w[LOG_V, i] + (t - 1.0) * (lx + ly) + (1.0 - 2.0 * t) * log_z
        slope += -d_z + lx + ly + (by_t - 2.0) * d_log_s - log_z * by_t + (d_z + 1.0) / k
        mantissas *= mantissa(k)
        exponents += exponent_bits(k)
    return total + log_of_product(mantissas, exponents, n), slope, 0.0


@kernel(fastmath={"reassoc", "contract"})
def frank(w, n, t, unused):
    """c = t (1 - e^-t) e^(-t(u+v)) / D^2,  D = e^-tu (1 - e^-tv) + e^-tv (1 - e^-t(1-v)), which has no cancellation for
    large |t|."""
    if abs(t) < 1e-7:  # the limit is independence; the formula is 0/0 there
        t = 1e-7 if t >= 0.0 else -1e-7
    total = 0.0
    slope = 0.0
    for i in range(n):
        u = w[U, i]
        v = w[V, i]
        a = vexp(-t * u)
        b_less = vexpm1(-t * v)
        h_less = vexpm1(-t * (1.0 - v))
        b = vexp(-t * v)
        h = vexp(-t * (1.0 - v))
        denominator = -(a * b_less + b * h_less)
        d_denominator = u * a * b_less + v * b * (a + h_less) + (1.0 - v) * b * h
        total += -t * (u + v) - 2.0 * vlog(abs(denominator))
        slope += -(u + v) - 2.0 * d_denominator / denominator
    constant = math.log(abs(t)) + math.log(abs(math.expm1(-t)))
    return total + n * constant, slope + n * (1.0 / t + 1.0 / math.expm1(t)), 0.0


@kernel(fastmath={"reassoc", "contract"})
def joe(w, n, t, unused):
    """c = N^(1/t-2) ((1-u)(1-v))^(t-1) (t - 1 + N),  N = A + B - AB, A = (1-u)^t, with the larger power taken out of
    N."""
    total = 0.0
    slope = 0.0
    for i in range(n):
        x = w[LOG1M_U, i]
        y = w[LOG1M_V, i]
        high = max(x, y)
        low = min(x, y)
        e = vexp(t * (low - high))
        top = vexp(t * high)
        scaled = 1.0 + e * (1.0 - top)
        log_n = t * high + vlog(scaled)
        big_n = top * scaled
        d_log_n = (high + e * low - e * top * (high + low)) / scaled
        k = (t - 1.0) + big_n
        total += (1.0 / t - 2.0) * log_n + (t - 1.0) * (x + y) + vlog(k)
        slope += -log_n / (t * t) + (1.0 / t - 2.0) * d_log_n + (x + y) + (1.0 + big_n * d_log_n) / k
    return total, slope, 0.0
