"""Log-likelihood and score of the two-parameter Archimedean copulas BB1, BB6, BB7 and BB8 (t = theta, d = delta).

For a generator phi0(u)^d the density is  q^(1-2d) [q psi0''(q) - (d-1) psi0'(q)] (phi0(u) phi0(v))^(d-1) phi0'(u)
phi0'(v)  with q = (phi0(u)^d + phi0(v)^d)^(1/d); BB1 and BB6 are of that kind. Same calling form as in `archimedean`.
References: Joe (2014), sections 4.17-4.24, doi:10.1201/b17116; Joe and Hu (1996), doi:10.1006/jmva.1996.0032.
"""

import math

from vadose.core.compiled import kernel
from vadose.statistics.copula.archimedean import LOG1M_U, LOG1M_V, LOG_U, LOG_V, U, V
from vadose.statistics.numeric.fastmath import vexp, vexpm1, vlog, vlog1mexp, vlog1p


@kernel(fastmath={"reassoc", "contract"})
def bb1(w, n, t, d):
    """phi0(u) = a = u^-t - 1:  c = (1+q)^(-1/t-2) q^(1-2d) [t(d-1) + (td+1) q] (ab)^(d-1) (uv)^(-t-1)."""
    total = 0.0
    slope_t = 0.0
    slope_d = 0.0
    for i in range(n):
        x = -w[LOG_U, i]
        y = -w[LOG_V, i]
        a = vexpm1(t * x)
        b = vexpm1(t * y)
        la = vlog(a)
        lb = vlog(b)
        e = vexp(-d * abs(la - lb))
        heavy = 1.0 / (1.0 + e)
        share_a = heavy if la >= lb else e * heavy
        share_b = 1.0 - share_a
        lq = max(la, lb) + vlog(1.0 + e) / d
        q = vexp(lq)
        log_1q = vlog1p(q)
        la_t = x + x / a
        lb_t = y + y / b
        lq_t = share_a * la_t + share_b * lb_t
        lq_d = (share_a * la + share_b * lb - lq) / d
        k = t * (d - 1.0) + (t * d + 1.0) * q
        by_lq = (1.0 - 2.0 * d) + q * ((t * d + 1.0) / k - (1.0 / t + 2.0) / (1.0 + q))
        total += (1.0 - 2.0 * d) * lq - (1.0 / t + 2.0) * log_1q + vlog(k) + (d - 1.0) * (la + lb) + (t + 1.0) * (x + y)
        slope_t += by_lq * lq_t + log_1q / (t * t) + ((d - 1.0) + d * q) / k + (d - 1.0) * (la_t + lb_t) + (x + y)
        slope_d += by_lq * lq_d - 2.0 * lq + t * (1.0 + q) / k + (la + lb)
    return total, slope_t, slope_d


@kernel(fastmath={"reassoc", "contract"})
def bb6(w, n, t, d):
    """phi0(u) = x = -log(1 - (1-u)^t), psi0(q) = 1 - M^(1/t), M = 1 - e^-q: bracket = (1/t) M^(1/t-2) e^-q [q (1 -
    e^-q/t) + (d-1) M]."""
    total = 0.0
    slope_t = 0.0
    slope_d = 0.0
    for i in range(n):
        lu = w[LOG1M_U, i]
        lv = w[LOG1M_V, i]
        x = -vlog1mexp(t * lu)
        y = -vlog1mexp(t * lv)
        x_t = -vexp(t * lu) * lu / vexpm1(t * lu)
        y_t = -vexp(t * lv) * lv / vexpm1(t * lv)
        lx = vlog(x)
        ly = vlog(y)
        lx_t = x_t / x
        ly_t = y_t / y
        e = vexp(-d * abs(lx - ly))
        heavy = 1.0 / (1.0 + e)
        share_x = heavy if lx >= ly else e * heavy
        share_y = 1.0 - share_x
        lq = max(lx, ly) + vlog(1.0 + e) / d
        q = vexp(lq)
        fall = vexp(-q)
        m = -vexpm1(-q)
        log_m = vlog(m)
        lq_t = share_x * lx_t + share_y * ly_t
        lq_d = (share_x * lx + share_y * ly - lq) / d
        k = q * ((t - 1.0) + m) / t + (d - 1.0) * m
        k_q = ((t - 1.0) + m + q * fall) / t + (d - 1.0) * fall
        by_lq = (1.0 - 2.0 * d) + q * ((1.0 / t - 2.0) * fall / m - 1.0 + k_q / k)
        total += (
            (1.0 - 2.0 * d) * lq
            + (1.0 / t - 2.0) * log_m
            - q
            + vlog(k)
            + (d - 1.0) * (lx + ly)
            + (t - 1.0) * (lu + lv)
            + x
            + y
        )
        slope_t += (
            by_lq * lq_t - log_m / (t * t) + q * fall / (t * t * k) + (d - 1.0) * (lx_t + ly_t) + lu + lv + x_t + y_t
        )
        slope_d += by_lq * lq_d - 2.0 * lq + m / k + lx + ly
    return total + n * math.log(t), slope_t + n / t, slope_d


@kernel(fastmath={"reassoc", "contract"})
def bb7(w, n, t, d):
    """Joe-Clayton: X = 1 - (1-u)^t, T = X^-d + Y^-d - 1, W = T^(-1/d), M = 1 - W:
    c = t M^(1/t-2) T^(-1/d-2) [(1 - 1/t) W + (1+d) M] (XY)^(-d-1) ((1-u)(1-v))^(t-1)."""
    total = 0.0
    slope_t = 0.0
    slope_d = 0.0
    for i in range(n):
        lu = w[LOG1M_U, i]
        lv = w[LOG1M_V, i]
        lx = vlog1mexp(t * lu)
        ly = vlog1mexp(t * lv)
        lx_t = vexp(t * lu) * lu / vexpm1(t * lu)
        ly_t = vexp(t * lv) * lv / vexpm1(t * lv)
        px = vexpm1(-d * lx)
        py = vexpm1(-d * ly)
        log_big = vlog1p(px + py)
        z = log_big / d
        fall = vexp(-z)
        m = -vexpm1(-z)
        log_m = vlog(m)
        scale = 1.0 / (1.0 + (px + py))
        z_t = -((1.0 + px) * lx_t + (1.0 + py) * ly_t) * scale
        z_d = -(((1.0 + px) * lx + (1.0 + py) * ly) * scale + z) / d
        k = (1.0 - 1.0 / t) * fall + (1.0 + d) * m
        by_z = (1.0 / t - 2.0) * fall / m + fall * (d + 1.0 / t) / k - (1.0 + 2.0 * d)
        total += (1.0 / t - 2.0) * log_m - (1.0 + 2.0 * d) * z + vlog(k) - (d + 1.0) * (lx + ly) + (t - 1.0) * (lu + lv)
        slope_t += by_z * z_t - log_m / (t * t) + fall / (t * t * k) - (d + 1.0) * (lx_t + ly_t) + lu + lv
        slope_d += by_z * z_d - 2.0 * z + m / k - (lx + ly)
    return total + n * math.log(t), slope_t + n / t, slope_d


@kernel(fastmath={"reassoc", "contract"})
def bb8(w, n, t, d):
    """Joe-Frank: A = (1-du)^t, D = (1-d)^t, R = (A - D + B(1-A)) / (1-D):
    c = d / (1-D) ((1-du)(1-dv))^(t-1) R^(1/t-2) (t - 1 + R)."""
    if d < 1.0:
        log_1d = math.log1p(-d)
        corner = math.exp(t * log_1d)
        eta = -math.expm1(t * log_1d)
        eta_t = -corner * log_1d
        eta_d = t * corner / (1.0 - d)
    else:  # the copula of Joe
        corner, eta, eta_t, eta_d = 0.0, 1.0, 0.0, 0.0
    total = 0.0
    slope_t = 0.0
    slope_d = 0.0
    for i in range(n):
        u = w[U, i]
        v = w[V, i]
        lu = vlog1p(-d * u)
        lv = vlog1p(-d * v)
        a = vexp(t * lu)
        b = vexp(t * lv)
        a_less = -vexpm1(t * lu)
        b_less = -vexpm1(t * lv)
        lu_d = -u / (1.0 - d * u)
        lv_d = -v / (1.0 - d * v)
        r = ((a - corner) + b * a_less) / eta
        r_t = (a * lu * b_less + b * lv * a_less + (1.0 - r) * eta_t) / eta
        r_d = (t * (a * lu_d * b_less + b * lv_d * a_less) + (1.0 - r) * eta_d) / eta
        log_r = vlog(r)
        k = (t - 1.0) + r
        by_r = (1.0 / t - 2.0) / r + 1.0 / k
        total += (t - 1.0) * (lu + lv) + (1.0 / t - 2.0) * log_r + vlog(k)
        slope_t += lu + lv - log_r / (t * t) + by_r * r_t + 1.0 / k
        slope_d += (t - 1.0) * (lu_d + lv_d) + by_r * r_d
    return total + n * (math.log(d) - math.log(eta)), slope_t - n * eta_t / eta, slope_d + n * (1.0 / d - eta_d / eta)
