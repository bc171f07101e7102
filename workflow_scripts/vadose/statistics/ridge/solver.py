"""The compiled loops of vadose.statistics.ridge.regression: z-scores, Jacobi rotations and the choice of the penalty,
cell by cell."""

import math

import numpy as np

from vadose.core.compiled import kernel

COLLINEAR = 1e-10  # smallest over largest eigenvalue of the correlation matrix
REASONS = {
    0: "fitted",
    1: "fitted, but the predictors are collinear: only their sum is known, the penalty divides it",
    2: "a predictor is constant",
    3: "the response is constant",
    4: "a predictor is missing throughout",
    5: "the response is missing throughout",
    6: "too few complete time steps",
}
FITTED, FITTED_COLLINEAR, CONSTANT_PREDICTOR, CONSTANT_RESPONSE, NO_PREDICTOR, NO_RESPONSE, TOO_FEW = range(7)


@kernel(fastmath={"reassoc", "contract"})
def _dot(a, b, n):
    total = 0.0
    for i in range(n):
        total += a[i] * b[i]
    return total


@kernel
def _load(predictors, response, minimum, z):
    """Complete rows of one cell as z-scored columns of z (response last): their number, and the reason why they cannot
    be fitted."""
    time, k = predictors.shape
    n = 0
    for t in range(time):
        complete = math.isfinite(response[t])
        for j in range(k):
            complete = complete and math.isfinite(predictors[t, j])
        if complete:
            for j in range(k):
                z[j, n] = predictors[t, j]
            z[k, n] = response[t]
            n += 1
    if n < minimum:
        for j in range(k + 1):
            any_value = False
            for t in range(time):
                any_value = any_value or math.isfinite(predictors[t, j] if j < k else response[t])
            if not any_value:
                return n, NO_RESPONSE if j == k else NO_PREDICTOR
        return n, TOO_FEW
    for j in range(k + 1):
        column = z[j]
        total, low, high = 0.0, column[0], column[0]
        for i in range(n):
            total += column[i]
            low, high = min(low, column[i]), max(high, column[i])
        # rounding of a constant (a unit conversion, say) is no variation
        if high - low <= 1e-12 * max(abs(low), abs(high)):
            return n, CONSTANT_RESPONSE if j == k else CONSTANT_PREDICTOR
        # scaled by the range, so that squares neither overflow nor vanish, whatever the unit
        mean, span, squares = total / n, high - low, 0.0
        for i in range(n):
            column[i] = (column[i] - mean) / span
        squares = _dot(column, column, n)
        scale = math.sqrt(n / squares)
        for i in range(n):
            column[i] *= scale
    return n, FITTED


@kernel
def _jacobi(a, v):
    """Eigenvalues (left on the diagonal of a) and eigenvectors (columns of v) of a small symmetric matrix by cyclic
    Jacobi rotations."""
    k = a.shape[0]
    for i in range(k):
        for j in range(k):
            v[i, j] = 1.0 if i == j else 0.0
    for _ in range(30):
        off, diagonal = 0.0, 0.0
        for i in range(k):
            diagonal += a[i, i] * a[i, i]
            for j in range(i + 1, k):
                off += a[i, j] * a[i, j]
        if off <= 1e-32 * diagonal:
            break
        for p in range(k):
            for q in range(p + 1, k):
                if a[p, q] == 0.0:
                    continue
                theta = (a[q, q] - a[p, p]) / (2.0 * a[p, q])
                t = (1.0 if theta >= 0.0 else -1.0) / (abs(theta) + math.sqrt(theta * theta + 1.0))
                c = 1.0 / math.sqrt(t * t + 1.0)
                s = t * c
                for i in range(k):
                    x, y = a[i, p], a[i, q]
                    a[i, p], a[i, q] = c * x - s * y, s * x + c * y
                for i in range(k):
                    x, y = a[p, i], a[q, i]
                    a[p, i], a[q, i] = c * x - s * y, s * x + c * y
                    x, y = v[i, p], v[i, q]
                    v[i, p], v[i, q] = c * x - s * y, s * x + c * y


@kernel
def _gcv(d, g, squares, n, grid, score):
    """Index of the penalty with the smallest generalised cross-validation score; d eigenvalues, g = V'Z'y, squares =
    y'y."""
    rest, largest = squares, d.max()
    score[:, :] = 0.0
    for i in range(d.size):
        # a direction that rounding alone keeps from vanishing explains nothing
        explained = g[i] * g[i] / d[i] if d[i] > 1e-14 * largest else 0.0
        rest -= explained
        for l in range(grid.size):
            shrunk = grid[l] / (d[i] + grid[l])
            score[0, l] += shrunk * shrunk * explained
            score[1, l] += 1.0 - shrunk
    best, lowest = 0, np.inf
    for l in range(grid.size):
        gcv = (max(rest, 0.0) + score[0, l]) / ((n - score[1, l]) * (n - score[1, l]))
        if gcv < lowest:
            best, lowest = l, gcv
    return best


@kernel
def _leave_one_out(z, v, d, g, n, grid, rotated):
    """Index of the penalty with the smallest mean squared leave-one-out error."""
    k = d.size
    for j in range(k):
        for i in range(n):
            rotated[j, i] = 0.0
        for m in range(k):
            for i in range(n):
                rotated[j, i] += v[m, j] * z[m, i]
    best, lowest = 0, np.inf
    for l in range(grid.size):
        total = 0.0
        for i in range(n):
            error, leverage = z[k, i], 1.0 / n
            for j in range(k):
                weight = rotated[j, i] / (d[j] + grid[l])
                error -= weight * g[j]
                leverage += weight * rotated[j, i]
            error /= 1.0 - leverage
            total += error * error
        if total < lowest:
            best, lowest = l, total
    return best


@kernel
def _eigen(gram, cross, a, v, d, g):
    """d and g = V'Z'y of the normal equations; true if the predictors are collinear."""
    k = d.size
    a[:, :] = gram
    _jacobi(a, v)
    for i in range(k):
        d[i] = max(a[i, i], 0.0)
        g[i] = 0.0
        for j in range(k):
            g[i] += v[j, i] * cross[j]
    return d.min() < COLLINEAR * d.max()


@kernel
def fit_cells(predictors, response, grid, choice, minimum, coefficients, penalty, at_edge, reason, count):
    """Ridge regression of z-scores in every cell, with its penalty chosen from the grid.

    Parameters
    ----------
    predictors : (cell, time, predictor) array
        Missing is NaN.
    response : (cell, time) array
        Missing is NaN.
    grid : (penalty,) array
        Ascending.
    choice : int
        0 generalised cross-validation, 1 leaving one out, 2 the first of the grid.
    minimum : int
        Complete steps below which a cell is not fitted.
    coefficients : (cell, predictor) array
        Filled.
    penalty, at_edge, reason, count : (cell,) arrays
        Filled: the penalty, whether it is the smallest or largest of the grid, how the fit went, complete steps.
    """
    cells, time, k = predictors.shape
    z = np.empty((k + 1, time))
    rotated = np.empty((k, time if choice == 1 else 0))
    score = np.empty((2, grid.size))
    gram, a, v, cross, d, g = (
        np.empty((k, k)),
        np.empty((k, k)),
        np.empty((k, k)),
        np.empty(k),
        np.empty(k),
        np.empty(k),
    )
    for cell in range(cells):
        n, why = _load(predictors[cell], response[cell], minimum, z)
        count[cell], reason[cell] = n, why
        if why != FITTED:
            continue
        for i in range(k):
            cross[i] = _dot(z[i], z[k], n)
            for j in range(i + 1):
                gram[i, j] = gram[j, i] = _dot(z[i], z[j], n)
        if _eigen(gram, cross, a, v, d, g):
            reason[cell] = FITTED_COLLINEAR
        best = 0
        if choice == 0:
            best = _gcv(d, g, float(n), n, grid, score)  # z-scores: y'y = n
        elif choice == 1:
            best = _leave_one_out(z, v, d, g, n, grid, rotated)
        penalty[cell] = grid[best]
        at_edge[cell] = choice != 2 and (best == 0 or best == grid.size - 1)
        for i in range(k):
            coefficients[cell, i] = 0.0
            for j in range(k):
                coefficients[cell, i] += v[i, j] * g[j] / (d[j] + grid[best])


@kernel
def _running_sums(predictors, response, k, running):
    """Sums over time of 1, the z-scored columns and their products (upper triangle with the response last), 0 for
    incomplete rows."""
    mean, spread = np.zeros(k + 1), np.zeros(k + 1)
    time, row = predictors.shape[0], np.empty(k + 1)
    complete = np.empty(time, dtype=np.bool_)
    n = 0
    for step in range(3):  # mean, spread about the mean, running sums
        for t in range(time):
            if step == 0:
                complete[t] = math.isfinite(response[t])
                for j in range(k):
                    complete[t] = complete[t] and math.isfinite(predictors[t, j])
                n += complete[t]
            if step == 2:
                running[t + 1] = running[t]
            if not complete[t]:
                continue
            for j in range(k + 1):
                value = predictors[t, j] if j < k else response[t]
                if step == 0:
                    mean[j] += value
                elif step == 1:
                    spread[j] += (value - mean[j]) ** 2
                else:
                    row[j] = (value - mean[j]) / spread[j]
            if step == 2:
                running[t + 1, 0] += 1.0
                q = k + 2
                for i in range(k + 1):
                    running[t + 1, 1 + i] += row[i]
                    for j in range(i, k + 1):
                        running[t + 1, q] += row[i] * row[j]
                        q += 1
        for j in range(k + 1):
            if step == 0:
                mean[j] /= n
            elif step == 1:
                spread[j] = math.sqrt(spread[j] / n)


@kernel
def bootstrap_cells(predictors, response, grid, minimum, reason, starts, block, wins):
    """How often each of the first predictors has the largest coefficient, over block-bootstrap resamples.

    Parameters
    ----------
    predictors : (cell, time, predictor) array
        Missing is NaN.
    response : (cell, time) array
        Missing is NaN.
    grid : (penalty,) array
        Ascending; chosen from by generalised cross-validation.
    minimum : int
        Complete steps below which a resample does not count.
    reason : (cell,) array
        Of `fit_cells`; cells without a fit stay as they are.
    starts : (resample, block) int array
        Steps at which blocks begin, the same for every cell.
    block : int
        Steps of a block.
    wins : (cell, control) int array
        Filled; the controls are the first predictors.
    """
    cells, time, k = predictors.shape
    replicates, blocks = starts.shape
    width = 1 + (k + 1) + (k + 1) * (k + 2) // 2
    running, total = np.zeros((time + 1, width)), np.empty(width)
    score = np.empty((2, grid.size))
    gram = np.empty((k + 1, k + 1))
    a, v, scaled = np.empty((k, k)), np.empty((k, k)), np.empty((k, k))
    d, g, cross, scale = np.empty(k), np.empty(k), np.empty(k), np.empty(k + 1)
    for cell in range(cells):
        if reason[cell] > FITTED_COLLINEAR:
            continue
        _running_sums(predictors[cell], response[cell], k, running)
        for r in range(replicates):
            total[:] = 0.0
            for b in range(blocks):
                first = starts[r, b]
                last = first + min(block, time - b * block)  # the last block is cut to the length of the record
                total += running[min(last, time)] - running[first]
                if last > time:
                    total += running[last - time]
            n = total[0]
            if n < minimum:
                continue
            q = k + 2
            for i in range(k + 1):
                for j in range(i, k + 1):
                    gram[i, j] = total[q] - total[1 + i] * total[1 + j] / n
                    gram[j, i] = gram[i, j]
                    q += 1
            usable = True
            for i in range(k + 1):
                usable = usable and gram[i, i] > 1e-12 * n
                scale[i] = math.sqrt(n / gram[i, i]) if usable else 0.0
            if not usable:
                continue
            for i in range(k):
                cross[i] = gram[i, k] * (scale[i] * scale[k])
                for j in range(k):
                    scaled[i, j] = gram[i, j] * (scale[i] * scale[j])
            _eigen(scaled, cross, a, v, d, g)
            best = _gcv(d, g, n, int(n), grid, score) if grid.size > 1 else 0
            largest, control = 0.0, -1
            for i in range(wins.shape[1]):
                size = 0.0
                for j in range(k):
                    size += v[i, j] * g[j] / (d[j] + grid[best])
                if abs(size) > largest:
                    largest, control = abs(size), i
            if control >= 0:
                wins[cell, control] += 1
