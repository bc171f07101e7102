"""Compiled sums over the rows of a driver model, in their order."""

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.drivers.terms import COLUMNS


@kernel
def complete_rows(predictors, responses, present, low, high):
    """Which rows lack no value; counts what each column has, and widens its range by the complete rows.

    Parameters
    ----------
    predictors : (row, 3) array
        Missing is NaN.
    responses : (row, 2) array
        Missing is NaN.
    present : (5,) array
        Numbers of values so far, predictors first; raised.
    low, high : (5,) arrays
        Range of the complete rows so far; widened.
    """
    rows = predictors.shape[0]
    complete = np.empty(rows, dtype=np.bool_)
    for i in range(rows):
        whole = True
        for j in range(5):
            present_here = np.isfinite(predictors[i, j] if j < 3 else responses[i, j - 3])
            present[j] += present_here
            whole = whole and present_here
        complete[i] = whole
        if whole:
            for j in range(5):
                value = predictors[i, j] if j < 3 else responses[i, j - 3]
                low[j], high[j] = min(low[j], value), max(high[j], value)
    return complete


@kernel
def _columns(predictors, responses, centre, scale, m):
    """M of one row: 1, x, y, z, xy, xz, yz, xyz, P, SM."""
    x = (predictors[0] - centre[0]) / scale[0]
    y = (predictors[1] - centre[1]) / scale[1]
    z = (predictors[2] - centre[2]) / scale[2]
    m[0], m[1], m[2], m[3] = 1.0, x, y, z
    m[4], m[5], m[6], m[7] = x * y, x * z, y * z, x * y * z
    m[8] = (responses[0] - centre[3]) / scale[3]
    m[9] = (responses[1] - centre[4]) / scale[4]


@kernel
def add_rows(
    predictors, responses, centre, scale, group_of, time_of, counts, means, within, lost, time_counts, time_sscp
):
    """Add rows one after the other: group means and SSCP about them (Welford's update, compensated after Kahan), and
    the uncentred SSCP of every time step where there are times.

    Parameters
    ----------
    predictors : (row, 3) array
        Of complete rows alone.
    responses : (row, 2) array
        Of the same rows.
    centre, scale : (5,) arrays
        Taken off, and divided by, predictors first.
    group_of, time_of : (row,) int arrays
        Places of each row's group and time step.
    counts, means : (group,), (group, COLUMNS) arrays
        Rows and means of the groups so far; changed.
    within, lost : (COLUMNS, COLUMNS) arrays
        Sums of squares and products about the means of groups, and what rounding lost of them; changed.
    time_counts, time_sscp : (time,), (time, COLUMNS, COLUMNS) arrays
        Rows, and uncentred sums of squares and products, of each time step; changed, empty where there are none.
    """
    m, step = np.empty(COLUMNS), np.empty(COLUMNS)
    for i in range(predictors.shape[0]):
        _columns(predictors[i], responses[i], centre, scale, m)
        if time_counts.size > 0:
            time_counts[time_of[i]] += 1.0
            to = time_sscp[time_of[i]]
            for a in range(COLUMNS):
                for b in range(COLUMNS):
                    to[a, b] += m[a] * m[b]
        before = counts[group_of[i]]
        counts[group_of[i]] = before + 1.0
        mean = means[group_of[i]]
        for a in range(COLUMNS):
            step[a] = m[a] - mean[a]
            mean[a] += step[a] / (before + 1.0)
        share = before / (before + 1.0)
        for a in range(1, COLUMNS):
            for b in range(1, COLUMNS):
                term = step[a] * step[b] * share - lost[a, b]
                total = within[a, b] + term
                lost[a, b] = (total - within[a, b]) - term
                within[a, b] = total
