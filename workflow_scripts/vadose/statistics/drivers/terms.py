"""The names of the driver model, and how its terms change when the columns are shifted and scaled."""

from itertools import combinations

import numpy as np

from vadose.core.arrays import Array

PREDICTORS = ("Ta", "GPP", "LST")
RESPONSES = ("P", "SM")
SUBSETS = tuple(
    subset for size in range(4) for subset in combinations(range(3), size)
)  # (), Ta, GPP, LST, pairs, the triple
TERMS = tuple(":".join(PREDICTORS[i] for i in subset) for subset in SUBSETS[1:])
WIDTH = len(SUBSETS)  # p = 8 columns of X: the constant and the seven terms
COLUMNS = WIDTH + len(RESPONSES)  # M = [X, Y]


class NotEstimable(ValueError):
    """The rows cannot carry a driver model; the sentence says why. The caller marks the model failed and goes on with
    the others."""


def design(predictors: Array) -> Array:
    """X of the model, (row, 8): the constant, Ta, GPP, LST and their products, of columns taken as they are."""
    predictors = np.asarray(predictors, dtype=float)
    return np.stack([np.prod(predictors[:, list(subset)], axis=1) for subset in SUBSETS], axis=1)


def change_of_basis(centre: Array, scale: Array) -> Array:
    """Matrix T (10, 10) with [X, Y] of the shifted and scaled columns = [X, Y] T.

    Parameters
    ----------
    centre, scale : (5,) float arrays
        Subtracted from, then divided into, Ta, GPP, LST, P, SM.

    Returns
    -------
    (10, 10) float array
        The eight terms span the same space whatever the centre and scale of their predictors, because a product of
        shifted columns is a sum of products of the columns: (x - a)(y - b) = xy - bx - ay + ab. So statistics of raw
        rows give those of z-scores exactly.
    """
    change = np.zeros((COLUMNS, COLUMNS))
    for to, subset in enumerate(SUBSETS):
        for start, part in enumerate(SUBSETS):
            if set(part) <= set(subset):
                rest = [i for i in subset if i not in part]
                change[start, to] = np.prod(-centre[rest]) / np.prod(scale[list(subset)])
    for r in range(len(RESPONSES)):
        change[0, WIDTH + r] = -centre[3 + r] / scale[3 + r]
        change[WIDTH + r, WIDTH + r] = 1.0 / scale[3 + r]
    return change
