"""The second engine: pyvinecopulib's own selection, cell by cell.

It is another estimator, not another implementation: Tawn copulas with three parameters, other bounds, other starts,
another pre-selection. So its families agree with the batch engine's in most cells, not in all; where it serves as an
oracle the parameters are given (tests).
"""

import numpy as np

from vadose.statistics.copula import families, fitting
from vadose.statistics.copula.flags import NEAR
from vadose.statistics.copula.result import CopulaFit

TURN = {families.AS_IS: 0, families.FLIPPED: 180}
TAWN_ROTATIONS = {
    (0, 1): 104,
    (180, 1): 114,
    (90, 1): 124,
    (270, 1): 134,
    (0, 2): 204,
    (180, 2): 214,
    (90, 2): 224,
    (270, 2): 234,
}


def to_pyvinecopulib(family: int, par: float, par2: float = 0.0):
    """The pyvinecopulib copula (Bicop) that is this family with these parameters."""
    import pyvinecopulib

    k = int(np.flatnonzero(int(family) == families.CODES)[0])
    base = int(families.BASE[k])
    if base == 0:
        return pyvinecopulib.Bicop()
    sign = -1.0 if families.NEGATIVE[k] else 1.0
    par = sign * par
    par2 = (sign if families.BB[k] else 1.0) * par2
    if base == families.TAWN:
        turn, kind = next(key for key, code in TAWN_ROTATIONS.items() if code == family)
        parameters = [par2, 1.0, par] if kind == 1 else [1.0, par2, par]
    else:
        turn = TURN[int(families.SIDE[k])] + (90 if families.NEGATIVE[k] else 0)
        parameters = [par, par2] if families.PARAMETERS[k] == 2 else [par]
    return pyvinecopulib.Bicop(_family(base), turn, np.array(parameters, dtype=float).reshape(-1, 1))


def _family(base: int):
    """pyvinecopulib's name of a base copula."""
    from pyvinecopulib import BicopFamily as family

    return [
        family.indep,
        family.gaussian,
        family.student,
        family.clayton,
        family.gumbel,
        family.frank,
        family.joe,
        family.bb1,
        family.bb6,
        family.bb7,
        family.bb8,
        family.tawn,
    ][base]


def _from_pyvinecopulib(copula) -> tuple[int, float, float]:
    """Code and parameters; of a three-parameter Tawn copula the smaller weight is kept and decides the type."""
    base = next(base for base in range(12) if copula.family == _family(base))
    values = np.asarray(copula.parameters, dtype=float).ravel()
    turn = int(copula.rotation)
    if base == 0:
        return 0, 0.0, 0.0
    if base == families.TAWN:
        code = TAWN_ROTATIONS[turn, 1 if values[0] <= values[1] else 2]
        return code, (-1.0 if turn in (90, 270) else 1.0) * values[2], float(values[:2].min())
    code = base + {0: 0, 180: 10, 90: 20, 270: 30}[turn]
    sign = -1.0 if turn in (90, 270) else 1.0
    par2 = values[1] if values.size > 1 else 0.0
    return code, sign * values[0], (sign if families.BB1 <= base <= families.BB8 else 1.0) * par2


def _on_bound(copula) -> bool:
    """Whether a parameter lies on a bound of that library's own search."""
    values, low, high = (
        np.asarray(part, dtype=float).ravel()
        for part in (copula.parameters, copula.parameters_lower_bounds, copula.parameters_upper_bounds)
    )
    room = NEAR * (high - low)
    return bool(((values <= low + room) | (values >= high - room)).any())


def select_by_pyvinecopulib(u: np.ndarray, v: np.ndarray, *, preselect: bool, wanted: np.ndarray):
    """`select` by pyvinecopulib: same arguments, same result; runner_up, margin, weight and undetermined are NaN (it
    reports the winner only).

    loglik, AIC, tau and tail dependence are those of its copula, a three-parameter Tawn included (whose second weight
    has no field here).

    Parameters
    ----------
    u, v : (cell, time) arrays
        Pseudo-observations in (0, 1); missing is NaN.
    preselect : bool
        Whether families whose tails contradict the data are left out.
    wanted : (family,) bool array
        Which of the forty are tried.
    """
    import pyvinecopulib

    bases = sorted({int(base) for base in families.BASE[wanted]})
    controls = pyvinecopulib.FitControlsBicop(
        family_set=[_family(base) for base in bases],
        selection_criterion="aic",
        preselect_families=preselect,
        num_threads=1,
    )
    cells, length = u.shape
    columns = {name: np.full(cells, np.nan) for name in CopulaFit._fields}
    columns["reason"] = np.zeros(cells, dtype=np.int64)
    columns["n"] = np.zeros(cells, dtype=np.int64)
    w = np.empty((4, 8, length))
    x, y = np.empty((2, 2 * length), dtype=np.float32)
    order = np.empty(length + 1, dtype=np.int64)
    for cell in range(cells):
        fact = np.full(fitting.FACTS, np.nan)
        n = fitting.gather(u[cell], v[cell], w)
        fittable = n >= 0 and fitting.describe(w, n, order, x, y, fact)
        columns["n"][cell] = max(n, 0)
        names = ("kendall", "zero_share", "ties_u", "ties_v")
        for name, column in zip(names, (fitting.TAU, fitting.ZERO_SHARE, fitting.TIE_SHARE_U, fitting.TIE_SHARE_V)):
            columns[name][cell] = fact[column]
        if not fittable:
            columns["reason"][cell] = fitting.OUTSIDE if n < 0 else int(fact[fitting.REASON])
            continue
        pairs = np.ascontiguousarray(w[0, :2, :n].T)
        copula = pyvinecopulib.Bicop()
        try:
            copula.select(pairs, controls)
        except RuntimeError:  # its optimiser gives up on some degenerate cells; one of them must not end the tile
            columns["reason"][cell] = fitting.NOTHING_FITTED
            continue
        tails = np.asarray(copula.taildep)
        selected = (
            *_from_pyvinecopulib(copula),
            copula.loglik(pairs),
            copula.aic(pairs),
            copula.tau,
            tails[0, 0],
            tails[1, 1],
            tails[1, 0],
            tails[0, 1],
        )
        for name, value in zip(CopulaFit._fields, selected):
            columns[name][cell] = value
        columns["at_bound"][cell] = _on_bound(copula)
    return CopulaFit(**columns)


def simulate(family: int, par: float, par2: float, n: int, seed: int) -> np.ndarray:
    """n points (n, 2) from a family, by pyvinecopulib; for tests and the table of recovered families.

    Parameters
    ----------
    family : int
        Code of the family.
    par, par2 : float
        Its parameters.
    n : int
        Number of points.
    seed : int
        Of the generator.
    """
    return to_pyvinecopulib(family, par, par2).simulate(n, seeds=[seed])
