"""Quasi-Newton maximisation in a box of two parameters, where the path decides: two maxima (BB8, Tawn), or hardly any
slope (t copula, in nu).

Which of two maxima a local search finds depends on its path, so here the path is that of the method the published tool
relies on: limited-memory BFGS with bounds, its memory of five steps, its long first step, and its differences of 1e-3
in place of the score wherever those decide, which is near a bound. Elsewhere the trust region of `search` needs fewer
evaluations and finds the same single maximum. References: Byrd, Lu, Nocedal and Zhu (1995), A limited memory algorithm
for bound constrained optimization, doi:10.1137/0916069.
"""

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.copula.families import BB8, STUDENT, TAWN
from vadose.statistics.copula.likelihood import likelihood
from vadose.statistics.copula.line_search import MOST_TRIALS, accepts, advance, start_bracket

MEMORY = 5
DIFFERENCE = 1e-3
SMALL_WEIGHT = 0.03  # a Tawn weight below this makes a likelihood with structure finer than DIFFERENCE
ENOUGH = 1e7 * 2.220446049250313e-16  # relative gain of a step at which the search ends
# promised gain at which it ends for BB8: next to independence the usual formula of its density is rounding noise
FLAT_BB8 = 1e-5
FLAT_TAWN = 1e-7  # relative promised gain at which it ends for Tawn, but where the second weight may be small
MOST_STEPS = 100


@kernel
def differenced(base, i, x, low, high):
    """Whether the gradient by parameter i is a difference: near its bounds, but where likelihoods bend so little there
    that the score leads the same way, at the upper end of the first parameter of BB8 and at weights of Tawn that are
    not small."""
    if base == STUDENT:
        return False
    if base == TAWN and i == 1:
        if low[1] >= SMALL_WEIGHT:
            return False
        if x[1] < SMALL_WEIGHT:
            return True
    return x[i] < low[i] + DIFFERENCE or (x[i] > high[i] - DIFFERENCE and not (base == BB8 and i == 0))


@kernel
def objective(base, w, q, sums, n, low, high, x, g):
    """Minus the log-likelihood at x, and its gradient into g."""
    value, g1, g2 = likelihood(base, w, q, sums, n, x[0], x[1])
    g[0], g[1] = -g1, -g2
    for i in range(2):
        if differenced(base, i, x, low, high):
            up = min(x[i] + DIFFERENCE, high[i])
            down = max(x[i] - DIFFERENCE, low[i])
            above = below = value
            for end in (up, down):
                if end == x[i]:
                    continue
                there = likelihood(base, w, q, sums, n, end if i == 0 else x[0], end if i == 1 else x[1])[0]
                if end == up:
                    above = there
                else:
                    below = there
            g[i] = -(above - below) / (up - down)
    return -value


@kernel
def fill_curvature(steps, changes, count, b):
    """Second derivative from the remembered steps: BFGS updates, oldest first, of the latest step's own scale times the
    identity."""
    scale = 1.0
    if count > 0:
        last = count - 1
        y0, y1 = changes[last, 0], changes[last, 1]
        scale = (y0 * y0 + y1 * y1) / (y0 * steps[last, 0] + y1 * steps[last, 1])
    b[0, 0], b[1, 1], b[0, 1], b[1, 0] = scale, scale, 0.0, 0.0
    for k in range(count):
        s0, s1 = steps[k, 0], steps[k, 1]
        y0, y1 = changes[k, 0], changes[k, 1]
        p0 = b[0, 0] * s0 + b[0, 1] * s1
        p1 = b[1, 0] * s0 + b[1, 1] * s1
        bent, curved = s0 * p0 + s1 * p1, s0 * y0 + s1 * y1
        b[0, 0] += y0 * y0 / curved - p0 * p0 / bent
        b[0, 1] += y0 * y1 / curved - p0 * p1 / bent
        b[1, 1] += y1 * y1 / curved - p1 * p1 / bent
        b[1, 0] = b[0, 1]


@kernel
def cauchy_point(x, g, b, low, high, point, held, reach):
    """First minimum of the quadratic model along the projected gradient; held says which parameters met a bound on the
    way."""
    for i in range(2):
        reach[i] = (x[i] - high[i]) / g[i] if g[i] < 0.0 else ((x[i] - low[i]) / g[i] if g[i] > 0.0 else np.inf)
        held[i] = reach[i] <= 0.0
        point[i] = x[i]
    travelled = 0.0
    for _ in range(2):
        d0 = 0.0 if held[0] else -g[0]
        d1 = 0.0 if held[1] else -g[1]
        z0, z1 = point[0] - x[0], point[1] - x[1]
        slope = g[0] * d0 + g[1] * d1 + d0 * (b[0, 0] * z0 + b[0, 1] * z1) + d1 * (b[1, 0] * z0 + b[1, 1] * z1)
        bend = b[0, 0] * d0 * d0 + 2.0 * b[0, 1] * d0 * d1 + b[1, 1] * d1 * d1
        if slope >= 0.0 or bend <= 0.0:
            return
        to_bound = min(np.inf if held[0] else reach[0], np.inf if held[1] else reach[1]) - travelled
        length = min(-slope / bend, to_bound)
        point[0] += length * d0
        point[1] += length * d1
        if length < to_bound:
            return
        travelled += length
        for i in range(2):
            if not held[i] and reach[i] <= travelled:
                held[i] = True
                point[i] = high[i] if g[i] < 0.0 else low[i]


@kernel
def refine(x, g, b, low, high, point, held):
    """Newton step of the model from the Cauchy point in the parameters that met no bound, cut back where it would leave
    the box."""
    z0, z1 = point[0] - x[0], point[1] - x[1]
    r0 = g[0] + b[0, 0] * z0 + b[0, 1] * z1
    r1 = g[1] + b[1, 0] * z0 + b[1, 1] * z1
    free0 = not held[0] and low[0] < point[0] < high[0]
    free1 = not held[1] and low[1] < point[1] < high[1]
    d0 = d1 = 0.0
    if free0 and free1:
        determinant = b[0, 0] * b[1, 1] - b[0, 1] * b[1, 0]
        d0 = -(b[1, 1] * r0 - b[0, 1] * r1) / determinant
        d1 = -(b[0, 0] * r1 - b[1, 0] * r0) / determinant
    elif free0:
        d0 = -r0 / b[0, 0]
    elif free1:
        d1 = -r1 / b[1, 1]
    share = 1.0
    for i in range(2):
        d = d0 if i == 0 else d1
        if d > 0.0:
            share = min(share, (high[i] - point[i]) / d)
        elif d < 0.0:
            share = min(share, (low[i] - point[i]) / d)
    point[0] = min(max(point[0] + share * d0, low[0]), high[0])
    point[1] = min(max(point[1] + share * d1, low[1]), high[1])


@kernel
def longest_step(x, d, low, high):
    """The multiple of d that reaches the first bound."""
    longest = 1e10
    for i in range(2):
        if d[i] < 0.0:
            longest = min(longest, max((low[i] - x[i]) / d[i], 0.0))
        elif d[i] > 0.0:
            longest = min(longest, max((high[i] - x[i]) / d[i], 0.0))
    return longest


@kernel
def walk(base, w, q, sums, n, low, high, x, value, d, slope, longest, trial, trial_g):
    """Line search from x along d: (step, value there); the point and its gradient are left in trial and trial_g. A step
    of -1 means failure."""
    step = min(1.0, longest)
    state = start_bracket(slope, step, longest)
    for _ in range(MOST_TRIALS):
        for i in range(2):
            trial[i] = min(max(x[i] + step * d[i], low[i]), high[i])
        new = objective(base, w, q, sums, n, low, high, trial, trial_g)
        trial_slope = trial_g[0] * d[0] + trial_g[1] * d[1]
        if accepts(state, step, new - value, trial_slope, slope, longest):
            return step, new
        state, step = advance(state, step, new - value, trial_slope, slope, longest)
        if not np.isfinite(step):
            break
    return -1.0, value


@kernel
def remember(steps, changes, count, x, g, trial, trial_g, least):
    """Store the step from x to trial and the change of gradient, unless its curvature is not positive; returns how many
    are stored."""
    s0 = trial[0] - x[0]
    s1 = trial[1] - x[1]
    y0 = trial_g[0] - g[0]
    y1 = trial_g[1] - g[1]
    if not s0 * y0 + s1 * y1 > 2.2e-16 * least:
        return count
    if count == MEMORY:
        for k in range(MEMORY - 1):
            for i in range(2):
                steps[k, i] = steps[k + 1, i]
                changes[k, i] = changes[k + 1, i]
        count -= 1
    steps[count, 0], steps[count, 1], changes[count, 0], changes[count, 1] = s0, s1, y0, y1
    return count + 1


@kernel
def flat(base, count, low, value):
    """Promised gain at which a search ends."""
    if base == BB8:
        return FLAT_BB8
    early = base == TAWN and low[1] >= SMALL_WEIGHT and count > 1
    return FLAT_TAWN * max(abs(value), 1.0) if early else 0.0


@kernel
def search_path(base, w, q, sums, n, low1, high1, low2, high2, start1, start2):
    """Maximise over two parameters by the path described above: (first, second, log-likelihood, steps)."""
    room = np.empty((9, 2))
    low, high, x, g, d, point, trial, trial_g, reach = room
    low[0], low[1], high[0], high[1] = low1, low2, high1, high2
    held = np.empty(2, dtype=np.bool_)
    steps = np.empty((MEMORY, 2))
    changes = np.empty((MEMORY, 2))
    b = np.empty((2, 2))
    x[0] = min(max(start1, low1), high1)
    x[1] = min(max(start2, low2), high2)
    value = objective(base, w, q, sums, n, low, high, x, g)
    count = 0
    taken = 0
    while taken < MOST_STEPS:
        fill_curvature(steps, changes, count, b)
        cauchy_point(x, g, b, low, high, point, held, reach)
        if count > 0:
            refine(x, g, b, low, high, point, held)
        d[0], d[1] = point[0] - x[0], point[1] - x[1]
        slope = g[0] * d[0] + g[1] * d[1]
        if -slope <= flat(base, count, low, value):
            if count == 0 or slope < 0.0 or (d[0] == 0.0 and d[1] == 0.0):
                break
            count = 0
            continue
        step, new = walk(
            base,
            w,
            q,
            sums,
            n,
            low,
            high,
            x,
            value,
            d,
            slope,
            1.0 if taken == 0 else longest_step(x, d, low, high),
            trial,
            trial_g,
        )
        if step < 0.0:
            if count == 0:
                break
            count = 0
            continue
        taken += 1
        gained = value - new
        count = remember(steps, changes, count, x, g, trial, trial_g, -slope * step)
        for i in range(2):
            x[i], g[i] = trial[i], trial_g[i]
        small = gained <= ENOUGH * max(abs(value), abs(new), 1.0)
        value = new
        if small:
            break
    return x[0], x[1], -value, taken
