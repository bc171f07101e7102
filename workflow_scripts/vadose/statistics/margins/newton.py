"""Maximum likelihood of seven distributions, compiled: closed forms and Newton's method on sufficient statistics, for
one row of values.

Each returns (first, second, third parameter, log-likelihood); NaN throughout where the values leave the support.
References: Johnson, Kotz and Balakrishnan (1994, 1995), Continuous Univariate Distributions; Minka (2002) for the
gamma; Coles (2001), doi:10.1007/978-1-4471-3675-0, for the GEV.
"""

import math

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.numeric.digamma import digamma
from vadose.statistics.numeric.fastmath import vexp, vlog, vlog1p

NORMAL, LOGNORMAL, GAMMA, WEIBULL, BETA, GUMBEL, GEV = range(7)
SMALLEST_SHAPE, LARGEST_SHAPE = -0.95, 2.0  # of the GEV: below -1 its likelihood has no maximum
ENOUGH = 1e-7  # stop when a Newton step gains no more log-likelihood than this (the step after would gain its square)
LOG_2PI = math.log(2.0 * math.pi)
FAILED = (np.nan, np.nan, np.nan, np.nan)


@kernel
def trigamma(x):
    """Second derivative of log Gamma for x > 0: recurrence up to 10, then the asymptotic series."""
    total = 0.0
    while x < 10.0:
        total += 1.0 / (x * x)
        x += 1.0
    s = 1.0 / (x * x)
    series = s * (1 / 6 - s * (1 / 30 - s * (1 / 42 - s * (1 / 30 - s * (5 / 66 - s * 691 / 2730)))))
    return total + 1.0 / x + 0.5 * s + series / x


@kernel(fastmath={"reassoc", "contract"})
def mean_and_variance(x, n):
    """Mean and variance (1/n) of the first n values, in two passes."""
    mean = 0.0
    for i in range(n):
        mean += x[i]
    mean /= n
    variance = 0.0
    for i in range(n):
        variance += (x[i] - mean) * (x[i] - mean)
    return mean, variance / n


@kernel
def fit_normal(x, n):
    """Mean and standard deviation (1/n)."""
    mean, variance = mean_and_variance(x, n)
    return mean, math.sqrt(variance), np.nan, -0.5 * n * (LOG_2PI + math.log(variance) + 1.0)


@kernel
def fit_gamma(x, logs, n):
    """Shape k from log k - digamma(k) = log(mean) - mean(log), by Newton's method in 1/k (Minka 2002); scale = mean /
    k."""
    mean, _ = mean_and_variance(x, n)
    mean_log, _ = mean_and_variance(logs, n)
    s = math.log(mean) - mean_log
    if not s > 0.0:
        return FAILED
    k = (3.0 - s + math.sqrt((s - 3.0) ** 2 + 24.0 * s)) / (12.0 * s)
    for _ in range(50):
        inverse = 1.0 / k + (math.log(k) - digamma(k) - s) / (k * k * (1.0 / k - trigamma(k)))
        change = abs(inverse * k - 1.0)
        k = 1.0 / inverse
        # Values that are constant but for rounding: a step may lead to minus 1e15, from where the recurrence of digamma
        # would never come back.
        if not k > 0.0:
            return FAILED
        if change < 1e-12:
            break
    return k, mean / k, np.nan, n * ((k - 1.0) * mean_log - k - k * math.log(mean / k) - math.lgamma(k))


@kernel(fastmath={"reassoc", "contract"})
def tilted_moments(z, n, rate, top):
    """Sums of e, e z and e z^2 with e = exp(rate (z - top))."""
    s0 = 0.0
    s1 = 0.0
    s2 = 0.0
    for i in range(n):
        e = vexp(rate * (z[i] - top))
        s0 += e
        s1 += e * z[i]
        s2 += e * z[i] * z[i]
    return s0, s1, s2


@kernel
def solve_rate(z, n):
    """Weibull shape from z = log x (and, with z = -x, the inverse Gumbel scale): sum(e z)/sum(e) - mean(z) = 1/rate, e
    = exp(rate z).

    Returns rate, log of mean(exp(rate z)), mean(z). The left side rises and the right side falls, so the root is
    single; Newton in log(rate).
    """
    mean, variance = mean_and_variance(z, n)
    top = np.max(z[:n])
    rate = math.pi / math.sqrt(6.0 * variance)
    s0, s1, s2 = tilted_moments(z, n, rate, top)
    for _ in range(60):
        tilted = s1 / s0
        value = tilted - mean - 1.0 / rate
        slope = rate * (s2 / s0 - tilted * tilted) + 1.0 / rate
        step = min(max(-value / slope, -1.0), 1.0)
        rate *= math.exp(step)
        s0, s1, s2 = tilted_moments(z, n, rate, top)
        if abs(step) < 1e-11:
            break
    return rate, math.log(s0 / n) + rate * top, mean


@kernel
def fit_weibull(logs, n):
    """Shape and scale."""
    shape, log_power, mean = solve_rate(logs, n)
    return shape, math.exp(log_power / shape), np.nan, n * (math.log(shape) - log_power + (shape - 1.0) * mean - 1.0)


@kernel
def fit_gumbel(x, work, n):
    """Location and scale of the Gumbel distribution of maxima."""
    for i in range(n):
        work[i] = -x[i]
    rate, log_power, mean = solve_rate(work, n)
    location = -log_power / rate
    return location, 1.0 / rate, np.nan, n * (math.log(rate) + rate * (mean + location) - 1.0)


@kernel
def fit_beta(x, work, n, low, high):
    """Both shapes on the range (low, high), by Newton's method on the two likelihood equations."""
    log_u = 0.0
    log_1u = 0.0
    for i in range(n):
        work[i] = (x[i] - low) / (high - low)
        if not 0.0 < work[i] < 1.0:
            return FAILED
        log_u += math.log(work[i])
        log_1u += math.log1p(-work[i])
    log_u /= n
    log_1u /= n
    mean, variance = mean_and_variance(work, n)
    common = max(mean * (1.0 - mean) / variance - 1.0, 1e-2)
    a, b = mean * common, (1.0 - mean) * common
    for _ in range(100):
        both, bend = digamma(a + b), trigamma(a + b)
        ga, gb = both - digamma(a) + log_u, both - digamma(b) + log_1u
        haa, hbb = trigamma(a) - bend, trigamma(b) - bend
        determinant = haa * hbb - bend * bend
        step_a = (hbb * ga + bend * gb) / determinant
        step_b = (haa * gb + bend * ga) / determinant
        shrink = min(1.0, 0.5 / max(-step_a / a, -step_b / b, 0.5))
        a += shrink * step_a
        b += shrink * step_b
        if abs(step_a) < 1e-11 * a and abs(step_b) < 1e-11 * b:
            break
    constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.log(high - low)
    return a, b, np.nan, n * (constant + (a - 1.0) * log_u + (b - 1.0) * log_1u)


@kernel(fastmath={"reassoc", "contract"})
def gev_score(x, n, location, log_scale, shape):
    """Log-likelihood of the GEV and its gradient by location, log(scale), shape: with w = log(1 + shape y) / shape it
    is -log s - (1 + shape) w - e^-w."""
    inverse = math.exp(-log_scale)
    total = 0.0
    by_location = 0.0
    by_scale = 0.0
    by_shape = 0.0
    outside = 0.0
    near_gumbel = abs(shape) < 1e-4
    safe = 1.0 if near_gumbel else shape
    for i in range(n):
        y = (x[i] - location) * inverse
        t = 1.0 + shape * y
        outside += 1.0 if t < 1e-9 else 0.0
        t = max(t, 1e-10)
        series = y * (1.0 - shape * y * (0.5 - shape * y / 3.0))
        w = series if near_gumbel else vlog1p(max(shape * y, -1.0 + 1e-10)) / safe
        w_shape = y * y * (-0.5 + shape * y * (2.0 / 3.0 - 0.75 * shape * y)) if near_gumbel else (y / t - w) / safe
        fall = vexp(-w)
        by_w = fall - (1.0 + shape)
        total += -(1.0 + shape) * w - fall
        by_location -= by_w / t
        by_scale -= by_w * y / t
        by_shape += by_w * w_shape - w
    if outside > 0.0:
        return -np.inf, 0.0, 0.0, 0.0
    return total - n * log_scale, by_location * inverse, by_scale - n, by_shape


@kernel
def damped_step(h, g, damping, step):
    """Solve (h + damping diag|h|) step = g by Cholesky; False if the matrix is not positive definite."""
    a = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            a[i, j] = h[i, j]
        a[i, i] += damping * (abs(h[i, i]) + 1e-12)
    for i in range(3):
        for j in range(i + 1):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            if i == j:
                if not a[i, i] > 0.0:
                    return False
                a[i, i] = math.sqrt(a[i, i])
            else:
                a[i, j] /= a[j, j]
    for i in range(3):
        step[i] = g[i]
        for k in range(i):
            step[i] -= a[i, k] * step[k]
        step[i] /= a[i, i]
    for i in range(2, -1, -1):
        for k in range(i + 1, 3):
            step[i] -= a[k, i] * step[k]
        step[i] /= a[i, i]
    return True


@kernel
def gev_curvature(x, n, p, g, h):
    """Minus the second derivative of the log-likelihood, from differences of the score."""
    for j in range(3):
        shift = 1e-5 if j < 2 or p[2] < LARGEST_SHAPE - 1e-5 else -1e-5
        p[j] += shift
        value, g0, g1, g2 = gev_score(x, n, p[0], p[1], p[2])
        if not np.isfinite(value):
            p[j] -= 2.0 * shift
            shift = -shift
            _, g0, g1, g2 = gev_score(x, n, p[0], p[1], p[2])
        p[j] -= shift
        h[0, j] = (g[0] - g0) / shift
        h[1, j] = (g[1] - g1) / shift
        h[2, j] = (g[2] - g2) / shift
    for i in range(3):
        for j in range(i):
            h[i, j] = h[j, i] = 0.5 * (h[i, j] + h[j, i])


@kernel
def gev_start(scaled, work, n, p):
    """Start of the GEV for standardised values: the shape that their skewness suggests with mean and variance matched,
    or the Gumbel fit if that fails."""
    skewness = 0.0
    for i in range(n):
        skewness += scaled[i] ** 3
    shape = min(max(0.243 * (skewness / n - 1.14), -0.6), 0.2)
    if abs(shape) > 0.02:
        first = math.gamma(1.0 - shape)
        second = math.gamma(1.0 - 2.0 * shape)
        scale = abs(shape) / math.sqrt(second - first * first)
        p[0] = -scale * (first - 1.0) / shape
        p[1] = math.log(scale)
        p[2] = shape
        start = gev_score(scaled, n, p[0], p[1], p[2])
        if np.isfinite(start[0]):
            return start
    location, scale, _, _ = fit_gumbel(scaled, work, n)
    p[0], p[1], p[2] = location, math.log(scale), 0.0
    return gev_score(scaled, n, p[0], p[1], p[2])


@kernel
def fit_gev(x, work, n):
    """Location, scale and shape (positive: heavy tail), by damped Newton steps on the standardised values."""
    mean, variance = mean_and_variance(x, n)
    spread = math.sqrt(variance)
    scaled = work[n : 2 * n]
    for i in range(n):
        scaled[i] = (x[i] - mean) / spread
    p, g, h, step, trial = np.empty(3), np.empty(3), np.empty((3, 3)), np.empty(3), np.empty(3)
    value, g[0], g[1], g[2] = gev_start(scaled, work, n, p)
    damping = 1e-6
    for _ in range(60):
        gev_curvature(scaled, n, p, g, h)
        held = (p[2] <= SMALLEST_SHAPE and g[2] < 0.0) or (p[2] >= LARGEST_SHAPE and g[2] > 0.0)
        if held:  # the score presses the shape against its bound: move the others only
            g[2], h[2, 2] = 0.0, 1.0
            h[0, 2] = h[1, 2] = h[2, 0] = h[2, 1] = 0.0
        gained = -1.0
        while damping < 1e8:
            if damped_step(h, g, damping, step):
                promised = 0.5 * (step[0] * g[0] + step[1] * g[1] + step[2] * g[2])
                trial[:] = p + step
                trial[2] = min(max(trial[2], SMALLEST_SHAPE), LARGEST_SHAPE)
                new, n0, n1, n2 = gev_score(scaled, n, trial[0], trial[1], trial[2])
                gained = new - value
                if gained >= 0.0 or promised < ENOUGH:
                    break
            damping = max(damping, 1e-4) * 10.0
        if gained >= 0.0:
            p[:] = trial
            value = new
            g[0], g[1], g[2] = n0, n1, n2
            damping *= 0.02
        if gained < ENOUGH:
            break
    return mean + spread * p[0], spread * math.exp(p[1]), p[2], value - n * math.log(spread)


@kernel
def fit_rows(values, floor, low, high, wanted, parameters, loglik, counts):
    """Every wanted distribution of every row: parameters[cell, distribution, 3], loglik[cell, distribution],
    counts[cell, (there, above floor)].

    Values at or below `floor` (-inf: none) are the zero mass and take no part.

    Parameters
    ----------
    values : (cell, time) array
        Missing is NaN.
    floor : float
        As below.
    low, high : (cell,) arrays
        Range of the beta distribution, in the unit of the values.
    wanted : (distribution,) bool array
        Which are fitted.
    parameters, loglik, counts : arrays
        Filled, as above.
    """
    length = values.shape[1]
    x = np.empty(length)
    logs = np.empty(length)
    work = np.empty(2 * length)
    for cell in range(values.shape[0]):
        n = 0
        values_seen = 0
        for t in range(length):
            if not np.isnan(values[cell, t]):
                values_seen += 1
                if values[cell, t] > floor:
                    x[n] = values[cell, t]
                    n += 1
        counts[cell, 0], counts[cell, 1] = values_seen, n
        if n < 2 or np.min(x[:n]) == np.max(x[:n]):
            continue
        positive = np.min(x[:n]) > 0.0
        if positive:
            for i in range(n):
                logs[i] = vlog(x[i])
        for kind in range(7):
            fitted = FAILED
            if not wanted[kind] or (kind in (LOGNORMAL, GAMMA, WEIBULL) and not positive):
                continue
            if kind == NORMAL:
                fitted = fit_normal(x, n)
            elif kind == LOGNORMAL:
                first, second, third, value = fit_normal(logs, n)
                fitted = (first, second, third, value - n * first)
            elif kind == GAMMA:
                fitted = fit_gamma(x, logs, n)
            elif kind == WEIBULL:
                fitted = fit_weibull(logs, n)
            elif kind == BETA:
                fitted = fit_beta(x, work, n, low[cell], high[cell])
            elif kind == GUMBEL:
                fitted = fit_gumbel(x, work, n)
            elif kind == GEV:
                fitted = fit_gev(x, work, n)
            parameters[cell, kind, 0], parameters[cell, kind, 1], parameters[cell, kind, 2], loglik[cell, kind] = fitted
