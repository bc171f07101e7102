"""Density of any family at given points, with its derivatives by the parameters."""

import numpy as np
from numpy.typing import ArrayLike

from vadose.core.compiled import kernel
from vadose.statistics.copula import families
from vadose.statistics.copula.archimedean import VIEWS
from vadose.statistics.copula.elliptical import QUANTILE_ROWS, fill_quantiles, quantile_table
from vadose.statistics.copula.likelihood import fill_normal, fill_views, likelihood


@kernel
def likelihood_values(base, side, negative, u, v, first, second, table, out):
    """Log-likelihood of a base copula and its derivatives at single points, into out.

    Parameters
    ----------
    base : int
        Number of the base copula (`families`).
    side : int
        From which of four sides the family sees it.
    negative : bool
        Whether it is the problem of (1 - u, v).
    u, v : (point,) arrays
        In (0, 1).
    first, second : (point,) arrays
        Parameters of the base copula.
    table : array
        Of `elliptical.quantile_table`.
    out : (point, 3) array
        Filled: log-likelihood, derivative by first, derivative by second.
    """
    w = np.empty((4, VIEWS, 1))
    q = np.empty((QUANTILE_ROWS, 1))
    for i in range(u.size):
        w[0, 0, 0] = 1.0 - u[i] if negative else u[i]
        w[0, 1, 0] = v[i]
        fill_views(w, 1)
        sums = fill_normal(w, q, 1)
        if base == 2:
            fill_quantiles(q, 1, table)
        out[i, 0], out[i, 1], out[i, 2] = likelihood(base, w[side], q, sums, 1, first[i], second[i])


def log_density(family: int | str, u: ArrayLike, v: ArrayLike, par: ArrayLike, par2: ArrayLike = 0.0) -> np.ndarray:
    """Logarithm of a family's copula density at each point; broadcasts over its arguments.

    Parameters
    ----------
    family : int or str
        Code or name of FAMILIES.
    u, v : float arrays in (0, 1)
        Clipped to [1e-12, 1 - 1e-12].
    par, par2 : float or arrays
        Parameters with their published signs; nu of the t copula must lie in [2, 30].

    Returns
    -------
    float array
    """
    return density_and_score(family, u, v, par, par2)[0]


def density_and_score(family, u, v, par, par2=0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`log_density` and its derivatives by par and par2 (0 where a family has no par2).

    Parameters
    ----------
    family : int or str
        Code or name of the family.
    u, v : arrays
        Points in (0, 1).
    par, par2 : arrays
        Parameters; all four are broadcast.
    """
    family = families.code_of(family)
    k = int(np.flatnonzero(family == families.CODES)[0])
    u, v, par, par2 = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (u, v, par, par2)))
    if family == 0:
        return np.zeros(u.shape), np.zeros(u.shape), np.zeros(u.shape)
    if families.BASE[k] == families.STUDENT and not np.all((par2 >= 2.0) & (par2 <= 30.0)):
        raise ValueError(
            "the degrees of freedom of the t copula (par2) must lie in [2, 30], the range of its quantile table."
        )
    sign = -1.0 if families.NEGATIVE[k] else 1.0
    sign2 = sign if families.BB[k] else 1.0
    out = np.empty((u.size, 3))
    flat = [np.ascontiguousarray(a.ravel()) for a in (u, v, sign * par, sign2 * par2)]
    likelihood_values(
        int(families.BASE[k]), int(families.SIDE[k]), bool(families.NEGATIVE[k]), *flat, quantile_table(), out
    )
    return out[:, 0].reshape(u.shape), sign * out[:, 1].reshape(u.shape), sign2 * out[:, 2].reshape(u.shape)
