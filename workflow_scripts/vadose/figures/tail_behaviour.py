"""Grouping of the forty copula families by the tails in which they depend, so that a family map can be read."""

import numpy as np
from numpy.typing import NDArray

from vadose.figures.style import TAILS

# Codes of VineCopula (docs/methods.md#b2). BB8 (10, 20) has tail dependence only at the edge of its parameters and
# counts as none.
LOWER = (3, 14, 16, 18, 114, 214)
UPPER = (4, 6, 8, 13, 104, 204)
BOTH = (2, 7, 9, 17, 19)
NONE = (0, 1, 5, 10, 20)
NEGATIVE = (23, 24, 26, 27, 28, 29, 30, 33, 34, 36, 37, 38, 39, 40, 124, 134, 224, 234)
CLASSES = tuple(TAILS)


def tail_behaviour(
    family: NDArray, tau: NDArray, weight: NDArray | None = None, *, least_weight: float = 0.5
) -> NDArray[np.float64]:
    """Class of each cell: index into `CLASSES` (none, lower, upper, both, negative, undetermined).

    Parameters
    ----------
    family : (cell,) array
        Code of the family; missing or negative where none was fitted.
    tau : (cell,) array
        Kendall's tau of the fit; below zero, or with a family turned by 90 or 270 degrees, the class is "negative".
    weight : (cell,) array, optional
        Akaike weight of the family; below `least_weight` the class is "undetermined", before all others.
    least_weight : float
        1.

    Returns
    -------
    (cell,) float array
        NaN where no family was fitted.

    Raises
    ------
    ValueError
        If a family is not one of the forty.
    """
    family, tau = np.asarray(family, dtype=float), np.asarray(tau, dtype=float)
    fitted = np.isfinite(family) & (family >= 0) & np.isfinite(tau)
    out = np.full(family.shape, np.nan)
    for name, members in (("none", NONE), ("lower", LOWER), ("upper", UPPER), ("both", BOTH)):
        out[fitted & np.isin(family, members)] = CLASSES.index(name)
    out[fitted & ((tau < 0) | np.isin(family, NEGATIVE))] = CLASSES.index("negative")
    unknown = fitted & np.isnan(out)
    if unknown.any():
        raise ValueError(
            f"tail_behaviour: expected one of the forty families of VineCopula, found code {family[unknown][0]:g}."
        )
    if weight is not None:
        out[fitted & (np.asarray(weight, dtype=float) < least_weight)] = CLASSES.index("undetermined")
    return out
