"""What bends a fitted copula without its AIC showing it: ties, a parameter on a bound, no clear best family."""

import numpy as np
from numpy.typing import NDArray

from vadose.statistics.copula import families
from vadose.statistics.copula.result import CopulaFit

TIED, AT_BOUND, UNDETERMINED = 1, 2, 4
FLAGS = {TIED: "tied", AT_BOUND: "at bound", UNDETERMINED: "undetermined"}  # bits
NEAR = 1e-6  # of the range of a parameter
TIED_SHARE = 0.3


def at_bound(family: np.ndarray, par: np.ndarray, par2: np.ndarray, kendall: np.ndarray) -> np.ndarray:
    """Whether a parameter lies within a millionth of its range of a bound of the search.

    Parameters
    ----------
    family, par, par2 : (cell,) arrays
        Codes of FAMILIES and parameters with their published signs; NaN family: no copula.
    kendall : (cell,) array
        tau-b of the data, from which the bounds of Tawn's second parameter follow.

    Returns
    -------
    (cell,) array
        1 or 0; NaN without a copula. Independence has no parameter and no bound.
    """
    out = np.where(np.isnan(family), np.nan, 0.0)
    for k, code in enumerate(families.CODES):
        rows = family == code
        if not code or not rows.any():
            continue
        base, sign = families.BASE[k], -1.0 if families.NEGATIVE[k] else 1.0
        low1, high1, low2, high2 = families.BOUNDS[base]
        reached = _close(sign * par[rows], low1, high1)
        if base == families.TAWN:
            size = np.abs(kendall[rows])
            reached |= _close(par2[rows], *families.tawn_bounds(size))
        elif families.PARAMETERS[k] == 2:
            reached |= _close((sign if families.BB[k] else 1.0) * par2[rows], low2, high2)
        out[rows] = reached
    return out


def _close(values, low, high) -> NDArray[np.bool_]:
    room = NEAR * (high - low)
    return np.asarray((values <= low + room) | (values >= high - room))


def flag_bits(fit: CopulaFit, tied_share: float = TIED_SHARE) -> NDArray[np.int8]:
    """Bits of a fit.

    Parameters
    ----------
    fit : CopulaFit
        Result of `select`.
    tied_share : float
        Share of the values of a margin that have an equal, above which a fit counts as tied.

    Returns
    -------
    (cell,) int8 array
        Sum of the bits of FLAGS: 1 tied (either margin), 2 at a bound, 4 undetermined (Akaike weight below one
        half). 0 where there is no copula.

    Notes
    -----
    Ranks of ties are averages, which no continuous copula has: parameters and AIC of a tied fit describe the ties as
    well as the dependence. On a bound the maximum of the likelihood lies outside, so AIC compares what it should not.
    """
    fitted = np.asarray(fit.reason) == 0
    tied = np.maximum(np.nan_to_num(fit.ties_u), np.nan_to_num(fit.ties_v)) > tied_share
    bits = TIED * tied + AT_BOUND * (fit.at_bound == 1.0) + UNDETERMINED * (fit.undetermined == 1.0)
    return np.where(fitted, bits, 0).astype(np.int8)
