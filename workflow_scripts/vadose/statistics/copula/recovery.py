"""How well selection recovers what is known: cells simulated from each family, the share of correct families and the
bias of tau."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from vadose.statistics.copula.dependence import kendall_tau
from vadose.statistics.copula.families import (
    BASE,
    BB,
    BB1,
    BB6,
    BB7,
    BB8,
    BOUNDS,
    CODES,
    FAMILIES,
    NEGATIVE,
    STUDENT,
    TAWN,
    code_of,
)
from vadose.statistics.copula.pyvine import simulate
from vadose.statistics.copula.ranks import pseudo_observations
from vadose.statistics.copula.selection import select

SECOND = {STUDENT: 5.0, BB1: 1.3, BB6: 1.3, BB7: 0.6, BB8: 0.9, TAWN: 0.7}


class Recovery(NamedTuple):
    """One entry per simulated family."""

    family: np.ndarray  # code
    par: np.ndarray
    par2: np.ndarray
    tau: np.ndarray  # the truth
    correct: np.ndarray  # share of cells with that very family
    bias: np.ndarray  # mean fitted tau minus the truth
    spread: np.ndarray  # standard deviation of fitted tau over cells
    empirical_bias: np.ndarray  # mean tau-b minus the truth, the same data
    undetermined: np.ndarray  # share of cells with an Akaike weight below 0.5


def parameters_for_tau(code: int | str, tau: float) -> tuple[float, float]:
    """Parameters of a family, by code or name, whose Kendall's tau is `tau` (its sign must suit the family); the second
    parameter is a middling one (SECOND)."""
    from scipy.optimize import brentq

    code = code_of(code)
    k = int(np.flatnonzero(code == CODES)[0])
    base = int(BASE[k])
    sign = -1.0 if NEGATIVE[k] else 1.0
    low, high = sign * BOUNDS[base][0], sign * BOUNDS[base][1]
    par2 = (sign if BB[k] else 1.0) * SECOND.get(base, 0.0)
    try:
        return float(brentq(lambda par: float(kendall_tau(code, par, par2)) - tau, low, high, xtol=1e-10)), par2
    except ValueError as error:
        raise ValueError(
            f"{FAMILIES[code]} with second parameter {par2} cannot have tau = {tau} inside its bounds."
        ) from error


def recover(
    n: int,
    cells: int,
    *,
    tau: float = 0.4,
    families: Iterable[int] | None = None,
    preselect: bool = True,
    seed: int = 1,
) -> Recovery:
    """Simulate `cells` series of n points from each family with |tau| as given, select, and compare.

    Parameters
    ----------
    n : int
        Points in a series (240: monthly, 20: annual).
    cells : int
        Series per family.
    tau : float
        Size of the true tau; the families of negative dependence get its negative.
    families : iterable of int, optional
        Codes; by default all but independence.
    preselect : bool
        As in `select`.
    seed : int
        Of pyvinecopulib's generator.

    Returns
    -------
    Recovery
        Shares and biases as they are. Measured with 100 cells a family: at n = 240 the very family is found in 28 %
        (|tau| = 0.25) to 56 % (0.5) of cells and tau is biased by less than 0.02 in every family, by 0.004 on average;
        at n = 20 it is found in 8 to 14 % and |tau| comes out 0.03 too large.
    """
    codes = [int(code) for code in (CODES[1:] if families is None else families)]
    rows = []
    for code in codes:
        k = int(np.flatnonzero(code == CODES)[0])
        par, par2 = parameters_for_tau(code, -tau if NEGATIVE[k] else tau)
        points = simulate(code, par, par2, n * cells, seed + code).reshape(cells, n, 2)
        fit = select(pseudo_observations(points[:, :, 0]), pseudo_observations(points[:, :, 1]), preselect=preselect)
        truth = float(kendall_tau(code, par, par2))
        rows.append(
            (
                code,
                par,
                par2,
                truth,
                np.mean(fit.family == code),
                fit.tau.mean() - truth,
                fit.tau.std(),
                fit.kendall.mean() - truth,
                fit.undetermined.mean(),
            )
        )
    return Recovery(*(np.array(column) for column in zip(*rows)))
