"""tau, tail dependence and probabilities averaged over the families tried, so that they do not hang on which of near
equals won."""

from typing import NamedTuple

import numpy as np

from vadose.statistics.copula.dependence import kendall_tau, tail_dependence
from vadose.statistics.copula.distribution import of_family
from vadose.statistics.copula.families import BASE, CODES, FRANK, GAUSSIAN, STUDENT

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
    weight, fitted = _weights(aic)
    weighed = weight > 0.0
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


def _weights(aic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Akaike weights (cell, family), and which cells have a copula."""
    best = aic.min(axis=1)
    fitted = np.isfinite(best)
    weight = np.exp(-0.5 * (aic - np.where(fitted, best, 0.0)[:, None]))
    weight = np.where(weight >= LEAST_WEIGHT * weight.sum(axis=1, keepdims=True), weight, 0.0)
    weight /= np.where(fitted, weight.sum(axis=1), 1.0)[:, None]
    return np.where(fitted[:, None], weight, 0.0), fitted


class Joint(NamedTuple):
    """Distribution functions at points of the unit square; arrays (cell, point), NaN without a copula."""

    selected: np.ndarray  # of the family with the smallest AIC
    average: np.ndarray  # mean over families by Akaike weights
    spread: np.ndarray  # standard deviation of the families about it, by the same weights


def joint_averages(par: np.ndarray, par2: np.ndarray, aic: np.ndarray, points: np.ndarray) -> Joint:
    """Distribution functions of the selected family and averaged over families.

    Parameters
    ----------
    par, par2, aic : as in `averages`
    points : (point, 2) array
        u and v, inside (0, 1).

    Returns
    -------
    Joint
        With the weights of `averages`.
    """
    weight, fitted = _weights(aic)
    first = np.argmin(aic, axis=1)
    selected = np.empty((aic.shape[0], len(points)))
    for family in np.unique(first):
        rows = first == family
        selected[rows] = _joint(int(family), par[rows, family], par2[rows, family], points)
    mean, square = np.zeros(selected.shape), np.zeros(selected.shape)
    for family in np.flatnonzero((weight > 0.0).any(axis=0)):
        rows = weight[:, family] > 0.0
        apart = _joint(int(family), par[rows, family], par2[rows, family], points) - selected[rows]
        part = weight[rows, family, None] * apart
        mean[rows] += part
        square[rows] += part * apart
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    return Joint(*(np.where(fitted[:, None], values, np.nan) for values in (selected, selected + mean, spread)))


def _joint(family: int, par: np.ndarray, par2: np.ndarray, points: np.ndarray) -> np.ndarray:
    """C of the family at a position of CODES, (cell, point)."""
    u, v = points.T
    if CODES[family] == 0:
        return np.broadcast_to(u * v, (par.size, u.size))
    one, two = par[:, None], par2[:, None]
    if BASE[family] not in (GAUSSIAN, STUDENT, FRANK):
        return of_family(family, one, two, u, v)
    # C(u, v) = C(v, u) = u + v - 1 + C(1 - u, 1 - v): few points are told apart, which saves most integrals.
    beyond = np.maximum(u + v - 1.0, 0.0)
    turned = np.sort(np.where(beyond[:, None] > 0.0, 1.0 - points, points).round(12), axis=1)
    apart, place = np.unique(turned, axis=0, return_inverse=True)
    return of_family(family, one, two, *apart.T)[:, place.ravel()] + beyond
