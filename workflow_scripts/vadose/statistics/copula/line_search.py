"""Line search with sufficient decrease and curvature condition, for a falling function along one direction.

Reference: More and Thuente (1994), Line search algorithms with guaranteed sufficient decrease,
doi:10.1145/192115.192132.
"""

import numpy as np

from vadose.core.compiled import kernel

DECREASE, CURVATURE, WIDTH = 1e-3, 0.9, 0.1
MOST_TRIALS = 20


@kernel
def cubic_root(slope_a, slope_b, theta, sign):
    """The square root in the minimiser of the cubic through two points, with the sign of the direction."""
    scale = max(abs(theta), abs(slope_a), abs(slope_b))
    return sign * scale * np.sqrt(max((theta / scale) ** 2 - (slope_a / scale) * (slope_b / scale), 0.0))


@kernel
def next_step(x, fx, dx, y, fy, dy, t, ft, dt, bracketed, low, high):
    """Trial value selection (section 4 of the paper): x the best step so far, y the other end, t the step just tried.

    Returns the new step and whether the minimum is bracketed now.
    """
    theta = 3.0 * (fx - ft) / (t - x) + dx + dt
    secant = t + dt / (dt - dx) * (x - t)
    if ft > fx:  # case 1: higher; the minimum lies between
        root = cubic_root(dx, dt, theta, 1.0 if t > x else -1.0)
        cubic = x + (root - dx + theta) / (2.0 * root - dx + dt) * (t - x)
        parabola = x + 0.5 * dx / ((fx - ft) / (t - x) + dx) * (t - x)
        return (cubic if abs(cubic - x) < abs(parabola - x) else cubic + 0.5 * (parabola - cubic)), True
    if dt * dx < 0.0:  # case 2: lower, slopes of opposite sign
        root = cubic_root(dx, dt, theta, -1.0 if t > x else 1.0)
        cubic = t + (root - dt + theta) / (2.0 * root - dt + dx) * (x - t)
        return (cubic if abs(cubic - t) > abs(secant - t) else secant), True
    if abs(dt) < abs(dx):  # case 3: lower, slope of the same sign and smaller
        root = cubic_root(dx, dt, theta, -1.0 if t > x else 1.0)
        ratio = (root - dt + theta) / (root + (dx - dt) + root)
        if ratio < 0.0 and root != 0.0:
            cubic = t + ratio * (x - t)
        else:
            cubic = high if t > x else low
        if bracketed:
            step = cubic if abs(cubic - t) < abs(secant - t) else secant
            limit = t + 0.66 * (y - t)
            return (min(limit, step) if t > x else max(limit, step)), True
        return min(max(cubic if abs(cubic - t) > abs(secant - t) else secant, low), high), False
    if bracketed:  # case 4: lower, slope of the same sign and not smaller
        theta = 3.0 * (ft - fy) / (y - t) + dy + dt
        root = cubic_root(dy, dt, theta, -1.0 if t > y else 1.0)
        return t + (root - dt + theta) / (2.0 * root - dt + dy) * (y - t), True
    return (high if t > x else low), False


@kernel
def start_bracket(slope, step, longest):
    """State of a search: x, f(x) - f(0), slope at x; the same for the other end; bounds of the next step; widths;
    stage; bracketed."""
    return 0.0, 0.0, slope, 0.0, 0.0, slope, 0.0, 5.0 * step, longest, 2.0 * longest, 1, False


@kernel
def accepts(state, t, gain, slope, first_slope, longest):
    """Whether step t with f(t) - f(0) = gain and this slope ends the search."""
    low, high, bracketed = state[6], state[7], state[11]
    enough = t * DECREASE * first_slope
    if bracketed and (t <= low or t >= high or high - low <= WIDTH * high):
        return True
    if t == longest and gain <= enough and slope <= DECREASE * first_slope:
        return True
    if t == 0.0:
        return True
    return gain <= enough and abs(slope) <= -CURVATURE * first_slope


@kernel
def advance(state, t, gain, slope, first_slope, longest):
    """The state after trying step t, and the next step to try."""
    x, fx, dx, y, fy, dy, low, high, width, width_before, stage, bracketed = state
    tilt = DECREASE * first_slope
    if stage == 1 and gain <= t * tilt and slope >= 0.0:
        stage = 2
    lean = tilt if stage == 1 and gain <= fx and gain > t * tilt else 0.0  # stage 1 searches f(t) - t * tilt
    step, now_bracketed = next_step(
        x, fx - x * lean, dx - lean, y, fy - y * lean, dy - lean, t, gain - t * lean, slope - lean, bracketed, low, high
    )
    if gain - t * lean > fx - x * lean:
        y, fy, dy = t, gain, slope
    else:
        if (slope - lean) * (dx - lean) < 0.0:
            y, fy, dy = x, fx, dx
        x, fx, dx = t, gain, slope
    bracketed = now_bracketed
    if bracketed:
        if abs(y - x) >= 0.66 * width_before:
            step = x + 0.5 * (y - x)
        width_before = width
        width = abs(y - x)
        low, high = min(x, y), max(x, y)
    else:
        low, high = step + 1.1 * (step - x), step + 4.0 * (step - x)
    step = min(max(step, 0.0), longest)
    if bracketed and (step <= low or step >= high or high - low <= WIDTH * high):
        step = x
    return (x, fx, dx, y, fy, dy, low, high, width, width_before, stage, bracketed), step
