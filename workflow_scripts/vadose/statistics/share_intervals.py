"""Errors of shares of cells from resamples of years, on the scale of the normal distribution (probit).

What all cells share moves the numbers of all of them together, and the share beyond a limit with them: on this scale as
a straight line, and inside 0 and 1 (docs/methods.md#c1).
"""

import numpy as np
from scipy.special import ndtr, ndtri

from vadose.core.arrays import Array

NORMAL = float(ndtri(0.975))  # of a 95 % interval
MANY_CELLS = 1000  # from so many on a share of 0 counts as half a thousandth


def probit_error(replicates: Array, cells: int) -> float:
    """Standard error of a share of so many cells on the probit scale, from its resamples."""
    return float(probit(replicates, cells).std(ddof=1))


def of_signs(replicates: Array, among: Array, cells: int) -> float:
    """Half the width, on the probit scale, of the interval of a share of cells by the sign of a number of theirs.

    Parameters
    ----------
    replicates : (resample,) array
        Share of cells whose number is below a limit.
    among : (resample,) array
        Share of cells whose number is below zero; `replicates` where the limit is zero.
    cells : int
        That the shares are of.

    Returns
    -------
    float
        1.96 standard errors, those of the larger of the two.

    Notes
    -----
    What all cells have in common moves the shares beyond all limits by the same step on the probit scale. Where few
    cells or none are beyond a limit, their resampled share shows too little of it, since it can hardly fall: it is
    taken to move as much as the share below zero at least. In simulated worlds 1.96 standard errors hold the truth as
    often as they say, those of Student's t for the years more often: a sign turns much of a year's error into noise of
    single cells, of which there are many.
    """
    return NORMAL * max(probit_error(replicates, cells), probit_error(among, cells))


def of_largest(estimate: float, replicates: Array, cells: int) -> float:
    """Half the width, on the probit scale, of the interval of a share of cells by which of their numbers is largest.

    Parameters
    ----------
    estimate : float
        Share of the record.
    replicates : (resample,) array
        Share of each resample.
    cells : int
        That the share is of.

    Returns
    -------
    float
        1.96 standard errors of the share, divided by the density halfway (in probits) between the share of the record
        and the mean of the resamples.

    Notes
    -----
    Resamples scatter about what the record shows, noise included: a lag that few cells have is more frequent in them
    than in the record, and on the probit scale their spread about their own mean is smaller than that about the share
    of the record.
    """
    replicates = np.asarray(replicates, dtype=float)
    halfway = 0.5 * float(probit(estimate, cells) + probit(replicates.mean(), cells))
    return NORMAL * float(replicates.std(ddof=1)) * float(np.sqrt(2.0 * np.pi) * np.exp(0.5 * halfway**2))


def of_difference(replicates: Array) -> float:
    """Half the width of the interval of a difference of two shares of cells by sign: 1.96 standard errors, as of each.

    Parameters
    ----------
    replicates : (resample,) array
        The difference in each resample.
    """
    return NORMAL * float(np.std(replicates, ddof=1))


def probit(share: float | Array, cells: int) -> Array:
    """Normal quantile of shares of cells; 0 and 1 count as half a cell off, and as no less than half a thousandth."""
    edge = min(max(0.5 / max(cells, 1), 0.5 / MANY_CELLS), 0.5)
    return ndtri(np.clip(np.asarray(share, dtype=float), edge, 1.0 - edge))


def spread_out(shares: Array, record: float, factor: float, cells: int) -> Array:
    """Shares of cells in resamples, with their deviations from that of the record times a factor, on the probit scale.

    Parameters
    ----------
    shares : (resample,) array
    record, factor : float
    cells : int
        That the shares are of.
    """
    centre = probit(record, cells)
    return np.asarray(ndtr(centre + factor * (probit(shares, cells) - centre)), dtype=float)
