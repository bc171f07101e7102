"""tau and tail dependence averaged over the families tried, so that they do not hang on which of near equals won."""

from typing import NamedTuple

import numpy as np

from vadose.statistics.copula.dependence import kendall_tau, tail_dependence
from vadose.statistics.copula.families import CODES

LEAST_WEIGHT = 1e-3  # ASSUME: families of a smaller Akaike weight are left out, with their weight


class Averages(NamedTuple):
    """Means over families by Akaike weights, and the spread of the families about them; arrays (cell,), NaN without a
    copula."""

    tau: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    tau_spread: np.ndarray
    lower_spread: np.ndarray
    upper_spread: np.ndarray


def averages(par: np.ndarray, par2: np.ndarray, aic: np.ndarray) -> Averages:
    """Model averages of tau, lower and upper tail dependence.

    Parameters
    ----------
    par, par2 : (cell, family) arrays
        Parameters of every family of CODES that was tried.
    aic : (cell, family) array
        Its AIC; inf where it was not tried. A row of inf has no copula.

    Returns
    -------
    Averages
        mean = sum w_i x_i; spread = sqrt(sum w_i (x_i - mean)^2), the part of its uncertainty that is the family's.

    Notes
    -----
    w_i = exp(-(AIC_i - min AIC) / 2), scaled to one over the families with at least a thousandth of all weight.

    References
    ----------
    Burnham and Anderson (2002), chapter 4, doi:10.1007/b97636.
    """
    best = aic.min(axis=1)
    fitted = np.isfinite(best)
    weight = np.exp(-0.5 * (aic - np.where(fitted, best, 0.0)[:, None]))
    weight = np.where(weight >= LEAST_WEIGHT * weight.sum(axis=1, keepdims=True), weight, 0.0)
    weight /= np.where(fitted, weight.sum(axis=1), 1.0)[:, None]
    weighed = (weight > 0.0) & fitted[:, None]
    cell, family = np.nonzero(weighed)
    codes = CODES[family].astype(float)
    first, second = par[weighed], par2[weighed]
    tails = tail_dependence(codes, first, second)
    means, spreads = [], []
    for values in (kendall_tau(codes, first, second), tails.lower, tails.upper):
        every = np.zeros(aic.shape)
        every[cell, family] = values
        mean = (weight * every).sum(axis=1)
        spread = np.sqrt((weight * (every - mean[:, None]) ** 2).sum(axis=1))
        means.append(np.where(fitted, mean, np.nan))
        spreads.append(np.where(fitted, spread, np.nan))
    return Averages(*means, *spreads)
