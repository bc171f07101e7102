"""Log-likelihood and score of the Tawn copula of type 1, an asymmetric extreme-value copula with one free weight.

C = exp(-[(1-p) x + Z]),  Z = ((p x)^t + y^t)^(1/t),  x = -log u, y = -log v.  Type 2 is type 1 with the margins
exchanged. Reference: Tawn (1988), doi:10.1093/biomet/75.3.397; Joe (2014), section 4.15, doi:10.1201/b17116.
"""

import math

from vadose.core.compiled import kernel
from vadose.statistics.copula.archimedean import LOG_U, LOG_V, LOGLOG_U, LOGLOG_V
from vadose.statistics.numeric.fastmath import vexp, vlog


@kernel(fastmath={"reassoc", "contract"})
def tawn(w, n, t, p):
    """c = exp(y + p x - Z) b [(1-p) + p a (1 + (t-1)/Z)],  a = (p x / Z)^(t-1), b = (y / Z)^(t-1).  Same calling form
    as in `archimedean`."""
    log_p = math.log(p)
    total = 0.0
    slope_t = 0.0
    slope_p = 0.0
    for i in range(n):
        x = -w[LOG_U, i]
        y = -w[LOG_V, i]
        lx = w[LOGLOG_U, i] + log_p
        ly = w[LOGLOG_V, i]
        e = vexp(-t * abs(lx - ly))
        heavy = 1.0 / (1.0 + e)
        share_x = heavy if lx >= ly else e * heavy
        share_y = 1.0 - share_x
        lz = max(lx, ly) + vlog(1.0 + e) / t
        z = vexp(lz)
        a = vexp((t - 1.0) * (lx - lz))
        lz_t = (share_x * lx + share_y * ly - lz) / t
        lz_p = share_x / p
        rest = (t - 1.0) / z
        a_t = a * ((lx - lz) - (t - 1.0) * lz_t)
        a_p = a * (t - 1.0) * share_y / p
        k = (1.0 - p) + p * a * (1.0 + rest)
        k_t = p * (a_t * (1.0 + rest) + a * (1.0 / z - rest * lz_t))
        k_p = a * (1.0 + rest) - 1.0 + p * (a_p * (1.0 + rest) - a * rest * lz_p)
        total += y + p * x - z + (t - 1.0) * (ly - lz) + vlog(k)
        slope_t += (ly - lz) - (z + (t - 1.0)) * lz_t + k_t / k
        slope_p += x - (z + (t - 1.0)) * lz_p + k_p / k
    return total, slope_t, slope_p
