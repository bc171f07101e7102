"""Compiled sums over the rows of a driver model, in their order."""

import numpy as np

from vadose.core.compiled import kernel


@kernel
def complete_rows(predictors, responses, present, low, high):
    """Which rows lack no value; counts what each column has, and widens its range by the complete rows.

    Parameters
    ----------
    predictors : (row, predictor) array
        Missing is NaN.
    responses : (row, 2) array
        Missing is NaN.
    present : (predictor + 2,) array
        Numbers of values so far, predictors first; raised.
    low, high : (predictor + 2,) arrays
        Range of the complete rows so far; widened.
    """
    rows, count = predictors.shape
    complete = np.empty(rows, dtype=np.bool_)
    for i in range(rows):
        whole = True
        for j in range(count + 2):
            present_here = np.isfinite(predictors[i, j] if j < count else responses[i, j - count])
            present[j] += present_here
            whole = whole and present_here
        complete[i] = whole
        if whole:
            for j in range(count + 2):
                value = predictors[i, j] if j < count else responses[i, j - count]
                low[j], high[j] = min(low[j], value), max(high[j], value)
    return complete


@kernel
def _columns(predictors, responses, centre, scale, start, factor, m):
    """M of one row: 1, x, y, z, xy, xz, yz, xyz, P, SM, each product one already there times one predictor."""
    count, terms = predictors.size, start.size
    m[0] = 1.0
    for k in range(terms):
        j = factor[k]
        m[1 + k] = m[start[k]] * ((predictors[j] - centre[j]) / scale[j])
    for r in range(2):
        m[1 + terms + r] = (responses[r] - centre[count + r]) / scale[count + r]


@kernel
def add_rows(
    predictors,
    responses,
    centre,
    scale,
    start,
    factor,
    group_of,
    time_of,
    counts,
    means,
    within,
    lost,
    time_counts,
    time_sscp,
):
    """Add rows one after the other: group means and SSCP about them (Welford's update, compensated after Kahan), and
    the uncentred SSCP of every time step where there are times.

    Parameters
    ----------
    predictors : (row, predictor) array
        Of complete rows alone.
    responses : (row, 2) array
        Of the same rows.
    centre, scale : (predictor + 2,) arrays
        Taken off, and divided by, predictors first.
    start, factor : (term,) int arrays
        Of which column and predictor each term is the product (`terms.Terms.recipe`).
    group_of, time_of : (row,) int arrays
        Places of each row's group and time step.
    counts, means : (group,), (group, column) arrays
        Rows and means of the groups so far; changed.
    within, lost : (column, column) arrays
        Sums of squares and products about the means of groups, and what rounding lost of them; changed.
    time_counts, time_sscp : (time,), (time, column, column) arrays
        Rows, and uncentred sums of squares and products, of each time step; changed, empty where there are none.
    """
    columns = means.shape[1]
    m, step = np.empty(columns), np.empty(columns)
    for i in range(predictors.shape[0]):
        _columns(predictors[i], responses[i], centre, scale, start, factor, m)
        if time_counts.size > 0:
            time_counts[time_of[i]] += 1.0
            to = time_sscp[time_of[i]]
            for a in range(columns):
                for b in range(columns):
                    to[a, b] += m[a] * m[b]
        before = counts[group_of[i]]
        counts[group_of[i]] = before + 1.0
        mean = means[group_of[i]]
        for a in range(columns):
            step[a] = m[a] - mean[a]
            mean[a] += step[a] / (before + 1.0)
        share = before / (before + 1.0)
        for a in range(1, columns):
            for b in range(1, columns):
                term = step[a] * step[b] * share - lost[a, b]
                total = within[a, b] + term
                lost[a, b] = (total - within[a, b]) - term
                within[a, b] = total
