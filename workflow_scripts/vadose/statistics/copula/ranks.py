"""Pseudo-observations: ranks scaled into (0, 1)."""

import numpy as np

from vadose.core.compiled import kernel


@kernel
def average_ranks(x, u):
    for cell in range(x.shape[0]):
        order = np.argsort(x[cell])  # NaN last
        n = x.shape[1]
        while n > 0 and np.isnan(x[cell, order[n - 1]]):
            n -= 1
        start = 0
        while start < n:
            end = start
            while end + 1 < n and x[cell, order[end + 1]] == x[cell, order[start]]:
                end += 1
            rank = 0.5 * (start + end) + 1.0
            for k in range(start, end + 1):
                u[cell, order[k]] = rank / (n + 1.0)
            start = end + 1


def pseudo_observations(x: np.ndarray) -> np.ndarray:
    """Average ranks divided by n + 1, row by row.

    Parameters
    ----------
    x : (cell, time) float array, any unit
        NaN marks a missing value.

    Returns
    -------
    (cell, time) float array in (0, 1)
        NaN stays NaN; n counts the values that are there; equal values share their average rank (never jittered).

    Raises
    ------
    ValueError
        If x is not two-dimensional.

    References
    ----------
    Genest, Ghoudi and Rivest (1995), doi:10.1093/biomet/82.3.543.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 2:
        raise ValueError(
            f"pseudo_observations expects an array (cell, time); it has {x.ndim} dimension(s). Add the cell axis."
        )
    u = np.full(x.shape, np.nan)
    average_ranks(np.ascontiguousarray(x), u)
    return u
