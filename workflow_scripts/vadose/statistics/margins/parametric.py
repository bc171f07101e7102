"""Parametric margins: the distribution with the smallest AIC in every cell, its u values and its goodness of fit."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy import special

from vadose.statistics.margins import newton

DISTRIBUTIONS = ("normal", "lognormal", "gamma", "weibull", "beta", "gumbel", "gev")
PARAMETER_NAMES = {
    "normal": ("mean", "standard deviation"),
    "lognormal": ("mean of logarithm", "standard deviation of logarithm"),
    "gamma": ("shape", "scale"),
    "weibull": ("shape", "scale"),
    "beta": ("first shape", "second shape"),
    "gumbel": ("location", "scale"),
    "gev": ("location", "scale", "shape"),
}
SOIL_MOISTURE = DISTRIBUTIONS
PRECIPITATION = ("gamma", "weibull", "lognormal", "gev")
PARAMETER_COUNT = np.array([len(PARAMETER_NAMES[name]) for name in DISTRIBUTIONS])
FEWEST = 10
FITTED, TOO_FEW, CONSTANT, NOTHING_FITTED = range(4)
REASONS = {
    FITTED: "fitted",
    TOO_FEW: "fewer than 10 values (above zero, where zeros have their own mass)",
    CONSTANT: "all values are equal",
    NOTHING_FITTED: "no distribution has a finite likelihood",
}
CLIP = 1e-12
CELLS_AT_ONCE = 4096


class MarginFit(NamedTuple):
    """The selected margin of each cell; arrays (cell,) unless said otherwise, NaN where reason > 0."""

    u: np.ndarray  # (cell, time), distribution function at each value
    distribution: np.ndarray  # index into DISTRIBUTIONS
    parameters: np.ndarray  # (cell, 3), in the order of PARAMETER_NAMES
    loglik: np.ndarray  # of the values above zero
    aic: np.ndarray
    zero_share: np.ndarray  # p0; 0 where zeros have no mass of their own
    kolmogorov_smirnov: np.ndarray  # largest distance from the empirical distribution function
    cramer_von_mises: np.ndarray  # 1/(12 n) + sum (u_(i) - (2 i - 1)/(2 n))^2
    reason: np.ndarray  # int, key of REASONS
    n: np.ndarray  # int, values that are there


def distribution_function(
    kind: int, x: np.ndarray, parameters: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """F(x) of one distribution; x (cell, time), parameters (cell, 3), low and high (cell,) serve the beta
    distribution.

    Parameters
    ----------
    kind : int
        Code of the distribution (`newton`).
    x : (cell, time) array
        Values; missing is NaN.
    parameters : (cell, 3) array
        Of the distribution.
    low, high : (cell,) arrays
        Range of the beta distribution, in the unit of x.
    """
    a, b, c = (parameters[:, k, None] for k in range(3))
    if kind == newton.NORMAL:
        return special.ndtr((x - a) / b)
    if kind == newton.BETA:
        share = (x - low[:, None]) / (high - low)[:, None]
        return special.betainc(a, b, np.clip(share, 0.0, 1.0))
    if kind == newton.GUMBEL:
        return np.exp(-np.exp(-np.maximum((x - a) / b, -700.0)))
    if kind == newton.GEV:
        y = (x - a) / b
        t = 1.0 + c * y
        w = np.where(
            np.abs(c) < 1e-4,
            y * (1.0 - c * y * (0.5 - c * y / 3.0)),
            np.log(np.maximum(t, 1e-300)) / np.where(c == 0.0, 1.0, c),
        )
        return np.exp(-np.exp(np.minimum(-w, 700.0)))
    positive = np.where(x > 0.0, x, np.nan)
    if kind == newton.LOGNORMAL:
        inside = special.ndtr((np.log(positive) - a) / b)
    elif kind == newton.GAMMA:
        inside = special.gammainc(a, positive / b)
    else:
        inside = -np.expm1(-np.exp(np.minimum(a * (np.log(positive) - np.log(b)), 700.0)))
    return np.where(np.isnan(x), np.nan, np.where(x > 0.0, inside, 0.0))


def _goodness(u: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kolmogorov-Smirnov and Cramer-von Mises distance of u (NaN: not there) from uniform."""
    ordered = np.sort(u, axis=1)  # NaN last
    present = np.isfinite(ordered)
    i = np.arange(u.shape[1])
    count = np.maximum(n, 1)[:, None]
    above = (i + 1.0) / count - ordered
    below = ordered - i / count
    distance = np.where(present, np.maximum(above, below), -np.inf).max(axis=1, initial=-np.inf)
    squares = np.where(present, (ordered - (i + 0.5) / count) ** 2, 0.0).sum(axis=1)
    return distance, 1.0 / (12.0 * count[:, 0]) + squares


def _fit_piece(values: np.ndarray, wanted: np.ndarray, floor: float, low: np.ndarray, high: np.ndarray) -> MarginFit:
    cells = values.shape[0]
    parameters = np.full((cells, len(DISTRIBUTIONS), 3), np.nan)
    loglik = np.full((cells, len(DISTRIBUTIONS)), np.nan)
    counts = np.zeros((cells, 2), dtype=np.int64)
    newton.fit_rows(values, floor, low, high, wanted, parameters, loglik, counts)
    values_seen, above = counts.T
    aic = np.where(np.isfinite(loglik), 2.0 * PARAMETER_COUNT - 2.0 * loglik, np.inf)
    best = np.argmin(aic, axis=1)
    rows = np.arange(cells)
    tried = np.isfinite(loglik).any(axis=1)
    same = np.where(values > floor, values, np.nan)
    constant = np.fmax.reduce(same, axis=1, initial=-np.inf) == np.fmin.reduce(same, axis=1, initial=np.inf)
    reason = np.select([above < FEWEST, constant, ~tried], [TOO_FEW, CONSTANT, NOTHING_FITTED], FITTED)
    fitted = reason == FITTED
    zero_share = np.where(values_seen > 0, 1.0 - above / np.maximum(values_seen, 1), np.nan)
    u = np.full(values.shape, np.nan)
    inside = np.full(values.shape, np.nan)
    for kind in np.unique(best[fitted]):
        those = fitted & (best == kind)
        inside[those] = distribution_function(
            int(kind), values[those], parameters[those, kind], low[those], high[those]
        )
    p0 = zero_share[:, None]
    u = np.where(
        values > floor,
        p0 + (1.0 - p0) * inside,
        np.where(np.isnan(values), np.nan, np.where(fitted[:, None], p0, np.nan)),
    )
    ks, cvm = _goodness(np.where(values > floor, inside, np.nan), above)

    def only(column):
        return np.where(fitted, column, np.nan)

    return MarginFit(
        u=np.clip(u, CLIP, 1.0 - CLIP),
        distribution=only(best),
        parameters=np.where(fitted[:, None], parameters[rows, best], np.nan),
        loglik=only(loglik[rows, best]),
        aic=only(aic[rows, best]),
        zero_share=zero_share,
        kolmogorov_smirnov=only(ks),
        cramer_von_mises=only(cvm),
        reason=reason,
        n=values_seen,
    )


def _fit(values, names: Iterable[str], floor: float, layer_range) -> MarginFit:
    values = np.ascontiguousarray(values, dtype=float)
    if values.ndim != 2:
        raise ValueError(f"margins expect an array (cell, time); it has {values.ndim} dimension(s). Add the cell axis.")
    unknown = sorted(set(names) - set(DISTRIBUTIONS))
    if unknown:
        raise ValueError(f"unknown distributions {unknown}; choose among {', '.join(DISTRIBUTIONS)}.")
    wanted = np.array([name in set(names) for name in DISTRIBUTIONS])
    if layer_range is None:
        wanted[newton.BETA] = False
        layer_range = (0.0, 1.0)
    # Copies: for a broadcast array, which cannot be written to, numba would compile the loops once more.
    low, high = (np.array(np.broadcast_to(side, values.shape[:1]), dtype=float) for side in layer_range)
    if not np.all(low < high):
        raise ValueError("layer_range must be (lowest, highest) with lowest < highest in every cell.")
    pieces = []
    for start in range(0, max(values.shape[0], 1), CELLS_AT_ONCE):
        piece = slice(start, start + CELLS_AT_ONCE)
        pieces.append(_fit_piece(values[piece], wanted, floor, low[piece], high[piece]))
    return MarginFit(*(np.concatenate(column) for column in zip(*pieces)))


def fit_soil_moisture(
    values: np.ndarray, *, distributions: Iterable[str] = SOIL_MOISTURE, layer_range=None
) -> MarginFit:
    """The margin of soil moisture: the distribution with the smallest AIC among seven.

    Parameters
    ----------
    values : (cell, time) float array, any unit
        NaN marks a missing value.
    distributions : iterable of str
        Names of DISTRIBUTIONS. Lognormal, gamma and Weibull are left out in cells with values at or below zero.
    layer_range : (lowest, highest), scalars or (cell,) arrays in the unit of values, optional
        Range of the beta distribution (for example zero and the layer's saturation); without it, and where values lie
        on or outside it, beta is left out.

    Returns
    -------
    MarginFit
        u in [1e-12, 1 - 1e-12]; NaN with a reason (REASONS) for fewer than 10 values or a constant row.

    Raises
    ------
    ValueError
        If values are not two-dimensional, a name is unknown, or the range is empty.

    Notes
    -----
    AIC = 2 k - 2 loglik. The GEV's shape is held in [-0.95, 2]; its sign is that of hydrology (scipy's c = -shape).

    References
    ----------
    Coles (2001), doi:10.1007/978-1-4471-3675-0.
    """
    return _fit(values, tuple(distributions), -np.inf, layer_range)


def fit_precipitation(
    values: np.ndarray, *, distributions: Iterable[str] = PRECIPITATION, zero: float = 0.0
) -> MarginFit:
    """The margin of precipitation: F(x) = p0 + (1 - p0) G(x) with G the best by AIC for the values above zero.

    Parameters
    ----------
    values : (cell, time) float array, any unit
        NaN marks a missing value.
    distributions : iterable of str
        Candidates for G.
    zero : float
        Values at or below it are zeros.

    Returns
    -------
    MarginFit
        p0 = zero_share is the share of zeros; a zero has u = F(0) = p0. Goodness of fit is that of G. NaN with a reason
        for fewer than 10 values above zero.

    Raises
    ------
    ValueError
        As in `fit_soil_moisture`.

    References
    ----------
    Thom (1958), doi:10.1175/1520-0493(1958)086<0117:ANOTGD>2.0.CO;2.
    """
    return _fit(values, tuple(distributions), float(zero), None)
