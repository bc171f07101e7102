"""Three variables by pair copulas: two variables' copulas with a third, and the copula of what these leave of both."""

from typing import NamedTuple

import numpy as np

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.copula import families
from vadose.statistics.copula.archimedean import VIEWS
from vadose.statistics.copula.conditional import conditional, tawn_given_second
from vadose.statistics.copula.elliptical import QUANTILE_ROWS, fill_quantiles, quantile_table
from vadose.statistics.copula.fitting import gather
from vadose.statistics.copula.likelihood import fill_normal, fill_views
from vadose.statistics.copula.result import CopulaFit
from vadose.statistics.copula.selection import select

EDGE = 1e-10  # conditional probabilities stay this far from 0 and 1
BASE, SIDE, NEGATIVE = families.BASE, families.SIDE, families.NEGATIVE


class Vine(NamedTuple):
    """Pair copulas of u and v with the third variable, and of u and v given it."""

    first: CopulaFit  # third variable and u
    second: CopulaFit  # third variable and v
    conditional: CopulaFit  # u and v given the third


@kernel
def fill_given(u, v, position, par, par2, table, out):
    """P(V <= v | U = u) of each cell's copula into out; NaN stays where a pair is incomplete.

    Parameters
    ----------
    u, v : (cell, time) arrays
        In (0, 1); missing is NaN.
    position : (cell,) int array
        Of the families in CODES; -1 where there is none.
    par, par2 : (cell,) arrays
        Parameters of the base copulas.
    table : array
        Of `elliptical.quantile_table`.
    out : (cell, time) array
        Filled.
    """
    length = u.shape[1]
    w = np.empty((4, VIEWS, length))
    q = np.empty((QUANTILE_ROWS, length))
    values = np.empty(length)
    for cell in range(u.shape[0]):
        if position[cell] < 0:
            continue
        n = gather(u[cell], v[cell], w)
        if n < 1:
            continue
        base, side = BASE[position[cell]], SIDE[position[cell]]
        if NEGATIVE[position[cell]]:
            for i in range(n):
                w[0, 0, i] = 1.0 - w[0, 0, i]
        fill_views(w, n)
        w[0] = w[side]
        fill_normal(w, q, n)
        if base == 2:
            fill_quantiles(q, n, table)
        if side >= families.SWAPPED:
            tawn_given_second(w[0], n, par[cell], par2[cell], values)
        else:
            conditional(base, w[0], q, n, par[cell], par2[cell], values)
        i = 0
        for t in range(length):
            if not (np.isnan(u[cell, t]) or np.isnan(v[cell, t])):
                out[cell, t] = 1.0 - values[i] if side % 2 else values[i]
                i += 1


def given_first(u: Array, v: Array, family: Array, par: Array, par2: Array) -> Array:
    """Conditional distribution P(V <= v | U = u) of each cell's copula (its h-function).

    Parameters
    ----------
    u, v : (cell, time) arrays in (0, 1)
        NaN is missing.
    family, par, par2 : (cell,) arrays
        Code and parameters with their published signs; a NaN family gives NaN.

    Returns
    -------
    (cell, time) array
        Within [1e-10, 1 - 1e-10].

    References
    ----------
    Joe (2014), chapter 4, doi:10.1201/b17116.
    """
    code = np.where(np.isnan(family), -1, family).astype(np.int64)
    position = np.where(code < 0, -1, np.searchsorted(families.CODES, code))
    sign = np.where(NEGATIVE[position], -1.0, 1.0)
    sign2 = np.where(families.BB[position], sign, 1.0)
    out = np.full(u.shape, np.nan)
    u, v = (np.ascontiguousarray(side, dtype=float) for side in (u, v))
    fill_given(u, v, position, sign * par, sign2 * par2, quantile_table(), out)
    return np.clip(out, EDGE, 1.0 - EDGE)


def conditional_pair(u: Array, v: Array, given: Array, **options) -> Vine:
    """Vine of three variables: the copula of u and v given a third.

    Parameters
    ----------
    u, v, given : (cell, time) arrays in (0, 1)
        Pseudo-observations; NaN is missing.
    **options
        As in `copula.select`, for all three pairs.

    Returns
    -------
    Vine
        The conditional pair has a reason where one of the other two has.

    Notes
    -----
    See docs/methods.md#c9.

    Pair copulas of (given, u) and (given, v), their conditional distributions of u and of v given the third, and the
    pair copula of these, taken to be the same for all values of the third (the simplifying assumption).

    References
    ----------
    Aas, Czado, Frigessi and Bakken (2009), doi:10.1016/j.insmatheco.2007.02.001.
    """
    first, second = select(given, u, **options), select(given, v, **options)
    left = [given_first(given, side, fit.family, fit.par, fit.par2) for side, fit in ((u, first), (v, second))]
    return Vine(first, second, select(*left, **options))
