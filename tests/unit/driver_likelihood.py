"""Log-likelihood of the driver models from their sufficient statistics, in plain numpy: what the sampled density is
compared with."""

import math

import numpy as np
from numpy.typing import NDArray

from vadose.statistics.drivers.statistics import SufficientStatistics

Array = NDArray[np.float64]


def covariance(deviations: Array, correlation: float) -> Array:
    """Covariance (2, 2) of two standard deviations and their correlation."""
    cross = deviations[0] * deviations[1] * correlation
    return np.array([[deviations[0] ** 2, cross], [cross, deviations[1] ** 2]])


def log_likelihood(
    statistics: SufficientStatistics,
    coefficients: Array,
    residual: Array,
    group: Array | None = None,
    time: Array | None = None,
) -> float:
    """Log-likelihood of models A, B and crossed, with the varying intercepts integrated out.

    Parameters
    ----------
    statistics : SufficientStatistics
        Of the rows; its kind says which covariances are needed.
    coefficients : (8, 2) float array
        B: the intercept and the seven terms, for P and SM.
    residual, group, time : (2, 2) float arrays
        Sigma, Psi (models B and crossed) and Phi (crossed).

    Returns
    -------
    float
        Natural logarithm, with all constants.

    Raises
    ------
    ValueError
        If a covariance that the kind needs is lacking, or one that it does not know is given.

    Notes
    -----
    -n log 2 pi - 1/2 sum_s [d_s log|V_s| + tr(V_s^-1 C'G_s C)], V_s = Sigma + a_s Psi + b_s Phi, C = [-B; I].
    """
    needed = {"pooled": (False, False), "grouped": (True, False), "crossed": (True, True)}[statistics.kind]
    if needed != (group is not None, time is not None):
        raise ValueError(
            f"covariances: a {statistics.kind} model needs residual{', group' * needed[0]}{' and time' * needed[1]}, "
            "no other."
        )
    zero = np.zeros((2, 2))
    group, time = zero if group is None else group, zero if time is None else time
    variance = residual + statistics.group_size[:, None, None] * group + statistics.time_size[:, None, None] * time
    contrast = np.vstack([-np.asarray(coefficients), np.eye(2)])
    squares = contrast.T @ statistics.sscp @ contrast
    determinant = variance[:, 0, 0] * variance[:, 1, 1] - variance[:, 0, 1] ** 2
    trace = (
        variance[:, 1, 1] * squares[:, 0, 0]
        - 2 * variance[:, 0, 1] * squares[:, 0, 1]
        + variance[:, 0, 0] * squares[:, 1, 1]
    )
    return float(
        -statistics.count * math.log(2 * math.pi)
        - 0.5 * np.sum(statistics.degrees * np.log(determinant) + trace / determinant)
    )
