"""Two local maximisers of a log-likelihood inside its bounds: bracketed secant on the score, and a trust region in two
dimensions.

Both start from one point and climb to the nearest maximum, as the published tool does; neither looks for a global one.
A boundary maximum is a result, not a failure: the published tool reports it too.
"""

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.copula.likelihood import likelihood

ENOUGH = 1e-6  # stop when the quadratic model promises no more than this in log-likelihood
MOST_STEPS = 80
REJECTED_BELOW = 1e-4  # share of the promised gain that a step must keep to be accepted


@kernel
def search_one(base, w, q, sums, n, low, high, start):
    """Maximise over one parameter: (parameter, log-likelihood, evaluations).

    The score's sign brackets the maximum, secant steps close in on it; a step that leaves the bracket, or that shrinks
    it too little, is replaced by bisection.
    """
    x = min(max(start, low), high)
    value, slope, _ = likelihood(base, w, q, sums, n, x, 0.0)
    best, best_value = x, value
    left, right = low, high
    step = 0.1 * min(max(abs(x), 0.3), 0.5 * (high - low))
    curvature = abs(slope) / step
    steps = 1
    while steps < MOST_STEPS and slope * slope > 2.0 * ENOUGH * curvature:
        if slope > 0.0:
            left = x
        else:
            right = x
        if right - left <= 1e-9 * (1.0 + abs(x)):
            break
        trial = x + slope / curvature
        if trial >= right:
            trial = right if right == high else 0.5 * (x + right)
        elif trial <= left:
            trial = left if left == low else 0.5 * (x + left)
        previous, previous_slope = x, slope
        x = trial
        value, slope, _ = likelihood(base, w, q, sums, n, x, 0.0)
        steps += 1
        if value > best_value:
            best, best_value = x, value
        if (x == low and slope <= 0.0) or (x == high and slope >= 0.0):
            break
        bend = (previous_slope - slope) / (x - previous)
        reach = 0.25 * (right - left)
        curvature = max(bend, abs(slope) / reach) if bend > 0.0 else abs(slope) / min(reach, 3.0 * abs(x - previous))
        if not np.isfinite(slope):
            break
    return best, best_value, steps


@kernel
def model_gain(g1, g2, h11, h12, h22, s1, s2):
    """What the quadratic model promises for the step (s1, s2); h is minus the second derivative."""
    return g1 * s1 + g2 * s2 - 0.5 * (h11 * s1 * s1 + 2.0 * h12 * s1 * s2 + h22 * s2 * s2)


@kernel
def best_on_edge(g, h, fixed, cross, low, high):
    """Best step along one axis when the other stands at `fixed`."""
    slope = g - cross * fixed
    if h > 0.0:
        return min(max(slope / h, low), high)
    at_low = slope * low - 0.5 * h * low * low
    at_high = slope * high - 0.5 * h * high * high
    return low if at_low > at_high else high


@kernel
def best_in_box(g1, g2, h11, h12, h22, low1, high1, low2, high2):
    """The step that maximises the quadratic model in a box, exactly: its interior optimum or the best of the four
    edges."""
    determinant = h11 * h22 - h12 * h12
    if determinant > 1e-12 * abs(h11 * h22) and h11 > 0.0:
        s1 = (h22 * g1 - h12 * g2) / determinant
        s2 = (h11 * g2 - h12 * g1) / determinant
        if low1 <= s1 <= high1 and low2 <= s2 <= high2:
            return s1, s2, model_gain(g1, g2, h11, h12, h22, s1, s2)
    b1, b2, best = 0.0, 0.0, 0.0
    for edge in range(4):
        if edge == 0 or edge == 1:
            s1 = low1 if edge == 0 else high1
            s2 = best_on_edge(g2, h22, s1, h12, low2, high2)
        else:
            s2 = low2 if edge == 2 else high2
            s1 = best_on_edge(g1, h11, s2, h12, low1, high1)
        gain = model_gain(g1, g2, h11, h12, h22, s1, s2)
        if gain > best:
            b1, b2, best = s1, s2, gain
    return b1, b2, best


@kernel
def reach(x, slope, low, high, radius):
    """How far one parameter may go down and up: not beyond its bounds nor the trust region, and not away from a bound
    the score presses it to."""
    if (x <= low and slope < 0.0) or (x >= high and slope > 0.0):
        return 0.0, 0.0
    return max(low - x, -radius), min(high - x, radius)


@kernel
def search_two(base, w, q, sums, n, low1, high1, low2, high2, start1, start2):
    """Maximise over two parameters: (first, second, log-likelihood, evaluations).

    Trust region in the shape of a box, so that bounds and region are one box and each step is the exact optimum of the
    model in it. The second derivative starts from differences of the score and follows by symmetric rank-one updates,
    from rejected steps too.
    """
    x1 = min(max(start1, low1), high1)
    x2 = min(max(start2, low2), high2)
    value, g1, g2 = likelihood(base, w, q, sums, n, x1, x2)
    d1 = 1e-3 if x1 + 1e-3 <= high1 else -1e-3
    d2 = 1e-3 if x2 + 1e-3 <= high2 else -1e-3
    _, a1, a2 = likelihood(base, w, q, sums, n, x1 + d1, x2)
    _, b1, b2 = likelihood(base, w, q, sums, n, x1, x2 + d2)
    h11 = (g1 - a1) / d1
    h22 = (g2 - b2) / d2
    h12 = 0.5 * ((g2 - a2) / d1 + (g1 - b1) / d2)
    r1 = min(1.0, 0.5 * (high1 - low1))
    r2 = min(1.0, 0.5 * (high2 - low2))
    steps = 3
    while steps < MOST_STEPS:
        down1, up1 = reach(x1, g1, low1, high1, r1)
        down2, up2 = reach(x2, g2, low2, high2, r2)
        s1, s2, gain = best_in_box(g1, g2, h11, h12, h22, down1, up1, down2, up2)
        if gain <= ENOUGH:
            break
        t1 = min(max(x1 + s1, low1), high1)
        t2 = min(max(x2 + s2, low2), high2)
        new, n1, n2 = likelihood(base, w, q, sums, n, t1, t2)
        steps += 1
        s1 = t1 - x1
        s2 = t2 - x2
        finite = np.isfinite(new) and np.isfinite(n1) and np.isfinite(n2)
        kept = (new - value) / gain if finite else -1.0
        if finite:
            e1 = (g1 - n1) - (h11 * s1 + h12 * s2)
            e2 = (g2 - n2) - (h12 * s1 + h22 * s2)
            along = e1 * s1 + e2 * s2
            if abs(along) > 1e-8 * np.sqrt((e1 * e1 + e2 * e2) * (s1 * s1 + s2 * s2)):
                h11 += e1 * e1 / along
                h12 += e1 * e2 / along
                h22 += e2 * e2 / along
        if kept < 0.25:
            r1 = 0.5 * min(r1, abs(s1)) if abs(s1) > 0.0 else 0.5 * r1
            r2 = 0.5 * min(r2, abs(s2)) if abs(s2) > 0.0 else 0.5 * r2
            if max(r1, r2) < 1e-10:
                break
        elif kept > 0.75:
            r1 = max(r1, 2.0 * abs(s1))
            r2 = max(r2, 2.0 * abs(s2))
        if kept > REJECTED_BELOW:
            x1, x2, value, g1, g2 = t1, t2, new, n1, n2
    return x1, x2, value, steps
