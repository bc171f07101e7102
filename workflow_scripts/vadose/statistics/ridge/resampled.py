"""Ridge coefficients of resamples of whole years, from sums of products by year that are made once for each cell."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.core.steps import told

CHUNK = 256  # cells worked on at once: memory, never the result
LEAST_SPREAD = 1e-12  # of a z-score in a resample, below which the series counts as constant there


@kernel
def _year_sums(predictors, response, year, sums):
    """Sums by year of 1, the z-scored columns and their products (upper triangle, response last) over complete steps:
    sums[entry, year]; how many steps there are, 0 if a column is constant."""
    time, k = predictors.shape
    mean, spread, row = np.zeros(k + 1), np.zeros(k + 1), np.empty(k + 1)
    sums[:] = 0.0
    n = 0
    for step in range(3):  # mean, spread about the mean, sums
        for t in range(time):
            complete = math.isfinite(response[t])
            for j in range(k):
                complete = complete and math.isfinite(predictors[t, j])
            if not complete:
                continue
            for j in range(k + 1):
                value = predictors[t, j] if j < k else response[t]
                if step == 0:
                    mean[j] += value
                elif step == 1:
                    spread[j] += (value - mean[j]) ** 2
                else:
                    row[j] = (value - mean[j]) / spread[j]
            if step == 0:
                n += 1
            if step == 2:
                entry = k + 2
                sums[0, year[t]] += 1.0
                for i in range(k + 1):
                    sums[1 + i, year[t]] += row[i]
                    for j in range(i, k + 1):
                        sums[entry, year[t]] += row[i] * row[j]
                        entry += 1
        for j in range(k + 1):
            if step == 0:
                mean[j] /= max(n, 1)
            elif step == 1:
                spread[j] = math.sqrt(spread[j] / max(n, 1))
                if not spread[j] > 0.0:
                    return 0
    return n


@kernel(fastmath={"contract"})
def _add_year(total, count, part):
    """total += count * part, resample by resample."""
    for b in range(total.size):
        total[b] += count[b] * part


@kernel
def _scale(total, k, gram, scale, solved):
    """Products of z-scores of each resample into the lower triangle gram[i, j, resample]; scale[i, resample] is room
    to work in. `solved` stays true where every column varies in the resample."""
    resamples, entry = solved.size, k + 2
    for i in range(k + 1):
        for j in range(i, k + 1):
            for b in range(resamples):
                gram[j, i, b] = total[entry, b] - total[1 + i, b] * total[1 + j, b] / total[0, b]
            entry += 1
    for i in range(k + 1):
        for b in range(resamples):
            varies = gram[i, i, b] > LEAST_SPREAD * total[0, b]
            solved[b] &= varies
            scale[i, b] = math.sqrt(total[0, b] / (gram[i, i, b] if varies else 1.0))
    for i in range(k + 1):
        for j in range(i + 1):
            for b in range(resamples):
                gram[i, j, b] *= scale[i, b] * scale[j, b]


@kernel
def _subtract_product(left, first, second):
    """left -= first * second, resample by resample."""
    for b in range(left.size):
        left[b] -= first[b] * second[b]


@kernel
def _solve(total, k, penalty, gram, coefficient, solved):
    """Coefficients (i, resample) from the sums of all resamples: z-scores of each resample, (Z'Z + penalty) v = Z'y by
    Cholesky's factors; `solved` turns false where a column is constant in the resample."""
    _scale(total, k, gram, coefficient, solved)
    resamples = solved.size
    for i in range(k):
        for b in range(resamples):
            gram[i, i, b] += penalty
    for i in range(k):
        for j in range(i + 1):
            for m in range(j):
                _subtract_product(gram[i, j], gram[i, m], gram[j, m])
            for b in range(resamples):
                if i == j:
                    solved[b] &= gram[i, i, b] > 0.0
                    gram[i, i, b] = math.sqrt(max(gram[i, i, b], 0.0))
                else:
                    gram[i, j, b] /= gram[j, j, b]
    for i in range(k):
        coefficient[i] = gram[k, i]
        for m in range(i):
            _subtract_product(coefficient[i], gram[i, m], coefficient[m])
        coefficient[i] /= gram[i, i]
    for back in range(k):
        i = k - 1 - back
        for m in range(i + 1, k):
            _subtract_product(coefficient[i], gram[m, i], coefficient[m])
        coefficient[i] /= gram[i, i]


@kernel
def fill_resampled(predictors, response, year, counts, penalty, minimum, out):
    """out[cell, predictor, resample]; counts are (year, resample). Cells without a penalty stay as they are.

    Parameters
    ----------
    predictors : (cell, time, predictor) array
        Missing is NaN.
    response : (cell, time) array
        Missing is NaN.
    year : (time,) int array
        Place of each step's year.
    counts : (year, resample) array
        How often each year is in each resample.
    penalty : (cell,) array
        Of the data's own fit.
    minimum : int
        Complete steps below which a coefficient is missing.
    out : (cell, predictor, resample) array
        Filled.
    """
    cells, _, k = predictors.shape
    years, resamples = counts.shape
    width = 1 + (k + 1) + (k + 1) * (k + 2) // 2
    sums, total = np.empty((width, years)), np.empty((width, resamples))
    gram, coefficient = np.empty((k + 1, k + 1, resamples)), np.empty((k + 1, resamples))
    solved = np.empty(resamples, dtype=np.bool_)
    for cell in range(cells):
        if not math.isfinite(penalty[cell]) or _year_sums(predictors[cell], response[cell], year, sums) < minimum:
            continue
        total[:] = 0.0
        for entry in range(width):
            for which in range(years):
                _add_year(total[entry], counts[which], sums[entry, which])
        for b in range(resamples):
            solved[b] = total[0, b] >= minimum
        _solve(total, k, penalty[cell], gram, coefficient, solved)
        for i in range(k):
            for b in range(resamples):
                out[cell, i, b] = coefficient[i, b] if solved[b] else np.nan


def resampled_coefficients(
    predictors: Array,
    response: Array,
    penalty: Array,
    year: NDArray[np.int64],
    counts: NDArray[np.int64],
    *,
    minimum: int = 10,
) -> Iterator[tuple[slice, Array]]:
    """Ridge coefficients of every resample of years, some cells at a time.

    Parameters
    ----------
    predictors : (cell, step, k) array, any units
        NaN is missing; a step counts where all predictors and the response are there.
    response : (cell, step) array, any unit
    penalty : (cell,) array
        Of each cell, as chosen from its record (`regression.fit`); NaN leaves the cell out.
    year : (step,) int array
        Position of each step's year in `counts`.
    counts : (resample, year) int array
        How often each year stands in each resample (`year_blocks.year_counts`).
    minimum : int
        Complete steps below which there is no fit, in the record or in a resample.

    Yields
    ------
    slice, (cell of the slice, k, resample) array
        Standard deviations of the response per standard deviation of the predictor, both of the resample. NaN without
        a fit.

    Raises
    ------
    ValueError
        If the shapes do not match.

    Notes
    -----
    v = (Z'Z + lambda)^-1 Z'y with z-scores of the resample, from sums by year weighted with the counts, as in
    `regression.fit`. The penalty stays that of the record: chosen again among repeated years it would be too small,
    since a copy of a year that is left out is still there.
    """
    predictors = np.ascontiguousarray(predictors, dtype=float)
    response = np.ascontiguousarray(response, dtype=float)
    year, penalty = np.asarray(year, dtype=np.int64), np.ascontiguousarray(penalty, dtype=float)
    shape = predictors.shape
    if len(shape) != 3 or response.shape != shape[:2] or penalty.shape != shape[:1] or year.shape != shape[1:2]:
        raise ValueError(
            "predictors, response, penalty and year: expected (cell, step, k), (cell, step), (cell,) and (step,), "
            f"found {shape}, {response.shape}, {penalty.shape} and {year.shape}."
        )
    by_year = np.ascontiguousarray(counts.T.astype(float))
    for start in told(range(0, shape[0], CHUNK), f"resampled coefficients, {CHUNK} cells at a time"):
        part = slice(start, min(start + CHUNK, shape[0]))
        out = np.full((part.stop - start, shape[2], counts.shape[0]), np.nan)
        fill_resampled(predictors[part], response[part], year, by_year, penalty[part], max(minimum, shape[2] + 2), out)
        yield part, out
