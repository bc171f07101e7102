"""Log-likelihood and score of the two-parameter Archimedean copulas BB1, BB6, BB7 and BB8 (t = theta, d = delta).

For a generator phi0(u)^d the density is  q^(1-2d) [q psi0''(q) - (d-1) psi0'(q)] (phi0(u) phi0(v))^(d-1) phi0'(u)
phi0'(v)  with q = (phi0(u)^d + phi0(v)^d)^(1/d); BB1 and BB6 are of that kind. Same calling form as in `archimedean`.
References: Joe (2014), sections 4.17-4.24, doi:10.1201/b17116; Joe and Hu (1996), doi:10.1006/jmva.1996.0032.

Divisions cost most here: logarithms and inverses share them, and logarithms of which only the sum is needed are taken
of products (numeric.fastmath).
"""

import math

from vadose.core.compiled import kernel
from vadose.statistics.copula.archimedean import LOG1M_U, LOG1M_V, LOG_U, LOG_V, U, V
from vadose.statistics.numeric.fastmath import (
    exponent_bits,
    log_inverse,
    log_inverse_pair,
    log_of_product,
    mantissa,
    vexp,
    vexpm1,
)


@kernel(fastmath={"contract"}, forceinline=True)
def log_of_rest_pair(a, b, by_a, by_b):
    """log(1 - e^a) and log(1 - e^b) for a, b < 0, exact at both ends, and their derivatives where a and b move by by_a
    and by_b."""
    e = vexp(a)
    f = vexp(b)
    rest_a = -vexpm1(a)
    rest_b = -vexpm1(b)
    log_a, log_b, over_a, over_b = log_inverse_pair(rest_a, rest_b)
    log_a += ((1.0 - rest_a) - e) * over_a * (e < 0.5)  # what the rounding of 1 - e lost
    log_b += ((1.0 - rest_b) - f) * over_b * (f < 0.5)
    return log_a, log_b, -e * by_a * over_a, -f * by_b * over_b


@kernel(fastmath={"reassoc", "contract"})
def bb1(w, n, t, d):
    """phi0(u) = a = u^-t - 1:  c = (1+q)^(-1/t-2) q^(1-2d) [t(d-1) + (td+1) q] (ab)^(d-1) (uv)^(-t-1)."""
    by_t = 1.0 / t
    by_d = 1.0 / d
    total = 0.0
    slope_t = 0.0
    slope_d = 0.0
    mantissas_k = 1.0
    exponents_k = 0
    mantissas_q = 1.0
    exponents_q = 0
    for i in range(n):
        x = -w[LOG_U, i]
        y = -w[LOG_V, i]
        a = vexpm1(t * x)
        b = vexpm1(t * y)
        la, lb, over_a, over_b = log_inverse_pair(a, b)
        e = vexp(-d * abs(la - lb))
        log_1e, heavy = log_inverse(1.0 + e)
        share_a = heavy if la >= lb else e * heavy
        share_b = 1.0 - share_a
        lq = max(la, lb) + log_1e * by_d
        q = vexp(lq)
        la_t = x + x * over_a
        lb_t = y + y * over_b
        lq_t = share_a * la_t + share_b * lb_t
        lq_d = (share_a * la + share_b * lb - lq) * by_d
        k = t * (d - 1.0) + (t * d + 1.0) * q
        q1 = 1.0 + q
        inverse = 1.0 / (k * q1)
        over_k = inverse * q1
        by_lq = (1.0 - 2.0 * d) + q * ((t * d + 1.0) * over_k - (by_t + 2.0) * (inverse * k))
        total += (1.0 - 2.0 * d) * lq + (d - 1.0) * (la + lb) + (t + 1.0) * (x + y)
        slope_t += by_lq * lq_t + ((d - 1.0) + d * q) * over_k + (d - 1.0) * (la_t + lb_t) + (x + y)
        slope_d += by_lq * lq_d - 2.0 * lq + t * q1 * over_k + (la + lb)
        mantissas_k *= mantissa(k)
        exponents_k += exponent_bits(k)
        mantissas_q *= mantissa(q1)
        exponents_q += exponent_bits(q1)
    log_q = log_of_product(mantissas_q, exponents_q, n)
    total += log_of_product(mantissas_k, exponents_k, n) - (by_t + 2.0) * log_q
    return total, slope_t + log_q * (by_t * by_t), slope_d


@kernel(fastmath={"reassoc", "contract"})
def bb6(w, n, t, d):
    """phi0(u) = x = -log(1 - (1-u)^t), psi0(q) = 1 - M^(1/t), M = 1 - e^-q: bracket = (1/t) M^(1/t-2) e^-q [q (1 -
    e^-q/t) + (d-1) M]."""
    by_t = 1.0 / t
    by_d = 1.0 / d
    total = 0.0
    slope_t = 0.0
    slope_d = 0.0
    mantissas_k = 1.0
    exponents_k = 0
    mantissas_m = 1.0
    exponents_m = 0
    for i in range(n):
        lu = w[LOG1M_U, i]
        lv = w[LOG1M_V, i]
        x, y, x_t, y_t = log_of_rest_pair(t * lu, t * lv, lu, lv)
        lx, ly, over_x, over_y = log_inverse_pair(-x, -y)
        lx_t = x_t * over_x
        ly_t = y_t * over_y
        e = vexp(-d * abs(lx - ly))
        log_1e, heavy = log_inverse(1.0 + e)
        share_x = heavy if lx >= ly else e * heavy
        share_y = 1.0 - share_x
        lq = max(lx, ly) + log_1e * by_d
        q = vexp(lq)
        fall = vexp(-q)
        m = -vexpm1(-q)
        lq_t = -(share_x * lx_t + share_y * ly_t)
        lq_d = (share_x * lx + share_y * ly - lq) * by_d
        part = ((t - 1.0) + m) * by_t
        k = q * part + (d - 1.0) * m
        k_q = part + (q * by_t + (d - 1.0)) * fall
        inverse = 1.0 / (m * k)
        over_k = inverse * m
        by_lq = (1.0 - 2.0 * d) + q * ((by_t - 2.0) * fall * (inverse * k) - 1.0 + k_q * over_k)
        total += (1.0 - 2.0 * d) * lq - q + (d - 1.0) * (lx + ly) + (t - 1.0) * (lu + lv) - (x + y)
        slope_t += by_lq * lq_t + q * fall * (by_t * by_t) * over_k - (d - 1.0) * (lx_t + ly_t) + lu + lv - (x_t + y_t)
        slope_d += by_lq * lq_d - 2.0 * lq + m * over_k + lx + ly
        mantissas_k *= mantissa(k)
        exponents_k += exponent_bits(k)
        mantissas_m *= mantissa(m)
        exponents_m += exponent_bits(m)
    log_m = log_of_product(mantissas_m, exponents_m, n)
    total += log_of_product(mantissas_k, exponents_k, n) + (by_t - 2.0) * log_m + n * math.log(t)
    return total, slope_t - log_m * (by_t * by_t) + n * by_t, slope_d


@kernel(fastmath={"reassoc", "contract"})
def bb7(w, n, t, d):
    """Joe-Clayton: X = 1 - (1-u)^t, T = X^-d + Y^-d - 1, W = T^(-1/d), M = 1 - W:
    c = t M^(1/t-2) T^(-1/d-2) [(1 - 1/t) W + (1+d) M] (XY)^(-d-1) ((1-u)(1-v))^(t-1)."""
    by_t = 1.0 / t
    by_d = 1.0 / d
    total = 0.0
    slope_t = 0.0
    slope_d = 0.0
    mantissas_k = 1.0
    exponents_k = 0
    mantissas_m = 1.0
    exponents_m = 0
    for i in range(n):
        lu = w[LOG1M_U, i]
        lv = w[LOG1M_V, i]
        lx, ly, lx_t, ly_t = log_of_rest_pair(t * lu, t * lv, lu, lv)
        px = vexpm1(-d * lx)
        py = vexpm1(-d * ly)
        beyond = px + py
        big = 1.0 + beyond
        log_big, scale = log_inverse(big)
        z = (log_big - ((big - 1.0) - beyond) * scale) * by_d
        fall = vexp(-z)
        m = -vexpm1(-z)
        z_t = ((1.0 + px) * lx_t + (1.0 + py) * ly_t) * -scale
        z_d = (((1.0 + px) * lx + (1.0 + py) * ly) * scale + z) * -by_d
        k = (1.0 - by_t) * fall + (1.0 + d) * m
        inverse = 1.0 / (m * k)
        over_k = inverse * m
        by_z = fall * ((by_t - 2.0) * (inverse * k) + (d + by_t) * over_k) - (1.0 + 2.0 * d)
        total += (t - 1.0) * (lu + lv) - (1.0 + 2.0 * d) * z - (d + 1.0) * (lx + ly)
        slope_t += by_z * z_t + fall * (by_t * by_t) * over_k - (d + 1.0) * (lx_t + ly_t) + lu + lv
        slope_d += by_z * z_d - 2.0 * z + m * over_k - (lx + ly)
        mantissas_k *= mantissa(k)
        exponents_k += exponent_bits(k)
        mantissas_m *= mantissa(m)
        exponents_m += exponent_bits(m)
    log_m = log_of_product(mantissas_m, exponents_m, n)
    total += log_of_product(mantissas_k, exponents_k, n) + (by_t - 2.0) * log_m + n * math.log(t)
    return total, slope_t - log_m * (by_t * by_t) + n * by_t, slope_d


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
    by_eta = 1.0 / eta
    by_t = 1.0 / t
    total = 0.0
    slope_t = 0.0
    slope_d = 0.0
    mantissas_k = 1.0
    exponents_k = 0
    mantissas_r = 1.0
    exponents_r = 0
    for i in range(n):
        du = d * w[U, i]
        dv = d * w[V, i]
        u1 = 1.0 - du
        v1 = 1.0 - dv
        lu, lv, over_u1, over_v1 = log_inverse_pair(u1, v1)
        lu += ((1.0 - u1) - du) * over_u1  # what the rounding of 1 - du lost
        lv += ((1.0 - v1) - dv) * over_v1
        a = vexp(t * lu)
        b = vexp(t * lv)
        a_less = -vexpm1(t * lu)
        b_less = -vexpm1(t * lv)
        lu_d = -w[U, i] * over_u1
        lv_d = -w[V, i] * over_v1
        r = ((a - corner) + b * a_less) * by_eta
        r_t = (a * lu * b_less + b * lv * a_less + (1.0 - r) * eta_t) * by_eta
        r_d = (t * (a * lu_d * b_less + b * lv_d * a_less) + (1.0 - r) * eta_d) * by_eta
        k = (t - 1.0) + r
        inverse = 1.0 / (r * k)
        over_k = inverse * r
        by_r = (by_t - 2.0) * (inverse * k) + over_k
        total += (t - 1.0) * (lu + lv)
        slope_t += lu + lv + by_r * r_t + over_k
        slope_d += (t - 1.0) * (lu_d + lv_d) + by_r * r_d
        mantissas_k *= mantissa(k)
        exponents_k += exponent_bits(k)
        mantissas_r *= mantissa(r)
        exponents_r += exponent_bits(r)
    log_r = log_of_product(mantissas_r, exponents_r, n)
    total += log_of_product(mantissas_k, exponents_k, n) + (by_t - 2.0) * log_r + n * (math.log(d) - math.log(eta))
    return total, slope_t - log_r * (by_t * by_t) - n * eta_t * by_eta, slope_d + n * (1.0 / d - eta_d * by_eta)
