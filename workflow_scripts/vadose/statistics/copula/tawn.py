"""Log-likelihood and score of the Tawn copula of type 1, an asymmetric extreme-value copula with one free weight.

C = exp(-[(1-p) x + Z]),  Z = ((p x)^t + y^t)^(1/t),  x = -log u, y = -log v.  Type 2 is type 1 with the margins
exchanged. Reference: Tawn (1988), doi:10.1093/biomet/75.3.397; Joe (2014), section 4.15, doi:10.1201/b17116.
"""

import math

from vadose.core.compiled import kernel
from vadose.statistics.copula.archimedean import LOG_U, LOG_V, LOGLOG_U, LOGLOG_V
from vadose.statistics.numeric.fastmath import exponent_bits, log_inverse, log_of_product, mantissa, vexp


@kernel(fastmath={"reassoc", "contract"})
def tawn(w, n, t, p):
    """c = exp(y + p x - Z) b k / Z,  k = (1-p) Z + p a (Z + t - 1),  a = (p x / Z)^(t-1), b = (y / Z)^(t-1).  Same
    calling form as in `archimedean`."""
    log_p = math.log(p)
    less = t - 1.0
    by_t = 1.0 / t
    by_p = 1.0 / p
    total = 0.0
    slope_t = 0.0
    slope_p = 0.0
    mantissas = 1.0
    exponents = 0
    for i in range(n):
        x = -w[LOG_U, i]
        y = -w[LOG_V, i]
        lx = w[LOGLOG_U, i] + log_p
        ly = w[LOGLOG_V, i]
        e = vexp(-t * abs(lx - ly))
        log_1e, heavy = log_inverse(1.0 + e)
        share_x = heavy if lx >= ly else e * heavy
        share_y = 1.0 - share_x
        lz = max(lx, ly) + log_1e * by_t
        z = vexp(lz)
        a = vexp(less * (lx - lz))
        lz_t = (share_x * lx + share_y * ly - lz) * by_t
        lz_p = share_x * by_p
        a_t = a * ((lx - lz) - less * lz_t)
        a_p = a * (less * share_y * by_p)
        more = z + less
        k = (1.0 - p) * z + p * a * more
        over_k = 1.0 / k
        total += y + p * x - z + less * ly - t * lz
        slope_t += (ly - lz) - more * lz_t + p * (a_t * more + a * (1.0 - less * lz_t)) * over_k
        slope_p += x - more * lz_p + (a * more - z + p * (a_p * more - a * less * lz_p)) * over_k
        mantissas *= mantissa(k)
        exponents += exponent_bits(k)
    return total + log_of_product(mantissas, exponents, n), slope_t, slope_p
