"""Which copula describes a cell best: selection by AIC among forty families, and each family's own fit."""

from collections.abc import Iterable

import numpy as np

from vadose.core.steps import told
from vadose.statistics.copula import fitting
from vadose.statistics.copula.averages import Joint, averages, joint_averages
from vadose.statistics.copula.dependence import kendall_tau, tail_dependence
from vadose.statistics.copula.elliptical import quantile_table
from vadose.statistics.copula.families import CODES, COUNT, PARAMETERS, codes_of
from vadose.statistics.copula.flags import at_bound
from vadose.statistics.copula.pyvine import select_by_pyvinecopulib
from vadose.statistics.copula.ranks import pseudo_observations
from vadose.statistics.copula.result import CopulaFit, FamilyFits

CELLS_AT_ONCE = 4096
UNDETERMINED_BELOW = 0.5


def _check_pair(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    u = np.ascontiguousarray(u, dtype=float)
    v = np.ascontiguousarray(v, dtype=float)
    if u.ndim != 2 or u.shape != v.shape:
        raise ValueError(f"u and v must be arrays (cell, time) of one shape; they have shapes {u.shape} and {v.shape}.")
    return u, v


def _wanted(families: int | str | Iterable[int | str] | None) -> np.ndarray:
    return np.isin(CODES, codes_of(families))


def _fit(u, v, wanted, preselect, restarts):
    """The compiled fits of a piece of cells: (cell, family, (first, second, loglik)) and facts (cell, ...)."""
    fits = np.full((u.shape[0], COUNT, 3), np.nan)
    facts = np.full((u.shape[0], fitting.FACTS), np.nan)
    fitting.fit_cells(u, v, wanted, preselect, restarts, quantile_table(), fits, facts)
    facts[np.isnan(facts[:, fitting.N]), fitting.N] = 0.0
    return fits, facts


def _best_two(aic: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of the smallest and second smallest AIC (inf: not tried; the first minimum wins) and the Akaike weight
    of the smallest."""
    rows = np.arange(aic.shape[0])
    first = np.argmin(aic, axis=1)
    best = aic[rows, first]
    relative = np.exp(-0.5 * (aic - np.where(np.isfinite(best), best, 0.0)[:, None]))
    others = aic.copy()
    others[rows, first] = np.inf
    return first, np.argmin(others, axis=1), 1.0 / np.maximum(relative.sum(axis=1), 1.0)


def _aic(fits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(cell, family) AIC; inf where a family was not tried."""
    aic = 2.0 * PARAMETERS - 2.0 * fits[:, :, fitting.LOGLIK]
    return np.where(np.isfinite(aic) & wanted, aic, np.inf)


def _summarise(fits: np.ndarray, facts: np.ndarray, wanted: np.ndarray) -> CopulaFit:
    rows = np.arange(fits.shape[0])
    aic = _aic(fits, wanted)
    first, second, weight = _best_two(aic)
    reason = facts[:, fitting.REASON].astype(np.int64)
    reason[(reason == fitting.FITTED) & ~np.isfinite(aic[rows, first])] = fitting.NOTHING_FITTED
    fitted = reason == fitting.FITTED
    margin = np.where(fitted, aic[rows, second], np.inf) - np.where(fitted, aic[rows, first], 0.0)
    has_second = np.isfinite(margin)

    def only(values, where=fitted):
        return np.where(where, values, np.nan)

    family = only(CODES[first])
    par = only(fits[rows, first, fitting.FIRST])
    par2 = only(fits[rows, first, fitting.SECOND])
    tails = tail_dependence(family, par, par2)
    averaged = averages(fits[:, :, fitting.FIRST], fits[:, :, fitting.SECOND], aic)
    return CopulaFit(
        family=family,
        par=par,
        par2=par2,
        loglik=only(fits[rows, first, fitting.LOGLIK]),
        aic=only(aic[rows, first]),
        tau=kendall_tau(family, par, par2),
        lower=tails.lower,
        upper=tails.upper,
        lower_right=tails.lower_right,
        upper_left=tails.upper_left,
        kendall=facts[:, fitting.TAU],
        runner_up=only(CODES[second], has_second),
        margin=only(margin, has_second),
        weight=only(weight),
        undetermined=only(weight < UNDETERMINED_BELOW),
        ties_u=facts[:, fitting.TIE_SHARE_U],
        ties_v=facts[:, fitting.TIE_SHARE_V],
        zero_share=facts[:, fitting.ZERO_SHARE],
        reason=reason,
        n=facts[:, fitting.N].astype(np.int64),
        at_bound=at_bound(family, par, par2, facts[:, fitting.TAU]),
        average_tau=only(averaged.tau),
        average_lower=only(averaged.lower),
        average_upper=only(averaged.upper),
        spread_tau=only(averaged.tau_spread),
        spread_lower=only(averaged.lower_spread),
        spread_upper=only(averaged.upper_spread),
    )


def select(
    u: np.ndarray,
    v: np.ndarray,
    *,
    preselect: bool = True,
    restarts: int = 0,
    engine: str = "batch",
    families: int | str | Iterable[int | str] | None = None,
) -> CopulaFit:
    """The copula with the smallest AIC among the forty families, in every cell.

    Parameters
    ----------
    u, v : (cell, time) float arrays in (0, 1)
        Pseudo-observations of the driver and of the response; NaN marks a missing value, incomplete pairs are left out.
    preselect : bool
        Narrow the families by the correlations of the upper and of the lower quadrant, as R's VineCopula does by
        default.
    restarts : int
        Further starts of the two-parameter fits. 0 reproduces the published tool best.
    engine : {"batch", "pyvinecopulib"}
        "pyvinecopulib" runs that library's own selection, cell by cell: a second opinion with three-parameter Tawn
        copulas and other bounds.
    families : int, str or iterable of these, optional
        Codes or names to choose from (FAMILIES); all by default. `preselect` still applies.

    Returns
    -------
    CopulaFit
        A cell that cannot be fitted is NaN and says why in `reason` (REASONS): fewer than 10 complete pairs, a constant
        margin, more than 90 % of a margin one value (as the zeros of rain), a value outside (0, 1). One bad cell never
        stops the others.

    Raises
    ------
    ValueError
        If the shapes differ, a code or the engine is unknown, or restarts is negative.

    Notes
    -----
    tau-b > 0 tries the families of positive dependence, tau-b < 0 those of negative dependence (the same problem on (1
    - u, v)), tau-b = 0 all. Local maximum likelihood from one start inside VineCopula's bounds (docs/methods.md#b2);
    AIC = 2 k - 2 loglik, independence has 0, the first minimum in the order of the codes wins. Akaike weights are among
    the families tried.

    References
    ----------
    Nagler et al., VineCopula 2.6.1 (the tool compared with); Joe (2014), doi:10.1201/b17116; Burnham and Anderson
    (2002), doi:10.1007/b97636.
    """
    u, v = _check_pair(u, v)
    wanted = _wanted(families)
    if restarts < 0:
        raise ValueError(f"restarts must be 0 or more; it is {restarts}.")
    if engine == "pyvinecopulib":
        return select_by_pyvinecopulib(u, v, preselect=preselect, wanted=wanted)
    if engine != "batch":
        raise ValueError(f"engine must be 'batch' or 'pyvinecopulib'; it is {engine!r}.")
    pieces = []
    for start in told(range(0, max(u.shape[0], 1), CELLS_AT_ONCE), f"copulas, {CELLS_AT_ONCE} pairs at a time"):
        piece = slice(start, start + CELLS_AT_ONCE)
        fits, facts = _fit(u[piece], v[piece], wanted, preselect, restarts)
        pieces.append(_summarise(fits, facts, wanted))
    return CopulaFit(*(np.concatenate(column) for column in zip(*pieces)))


def select_with_joint(
    u: np.ndarray, v: np.ndarray, points: np.ndarray, *, preselect: bool = True, restarts: int = 0
) -> tuple[CopulaFit, Joint]:
    """`select` by the batch engine, and the distribution functions that go with it.

    Parameters
    ----------
    u, v, preselect, restarts : as in `select`
    points : (point, 2) array
        Where in the unit square they are evaluated.

    Returns
    -------
    CopulaFit, Joint
        The first equal to that of `select`.
    """
    u, v = _check_pair(u, v)
    wanted, pieces, joints = _wanted(None), [], []
    for start in range(0, max(u.shape[0], 1), CELLS_AT_ONCE):
        piece = slice(start, start + CELLS_AT_ONCE)
        fits, facts = _fit(u[piece], v[piece], wanted, preselect, restarts)
        pieces.append(_summarise(fits, facts, wanted))
        parameters = fits[:, :, fitting.FIRST], fits[:, :, fitting.SECOND]
        joints.append(joint_averages(*parameters, _aic(fits, wanted), points))
    fitted = CopulaFit(*(np.concatenate(column) for column in zip(*pieces)))
    return fitted, Joint(*(np.concatenate(column) for column in zip(*joints)))


def select_copula(x: np.ndarray, y: np.ndarray, **options) -> CopulaFit:
    """`select` of values, whose ranks are taken here.

    Parameters
    ----------
    x, y : (cell, time) float arrays, any units
        Driver and response; NaN marks a missing value. Values need not be told from pseudo-observations, which volumes
        per volume resemble: ranks of ranks are the same ranks.
    **options
        As in `select`.

    Returns
    -------
    CopulaFit
        As `select`.
    """
    return select(pseudo_observations(x), pseudo_observations(y), **options)


def fit_families(
    u: np.ndarray,
    v: np.ndarray,
    *,
    families: int | str | Iterable[int | str] | None = None,
    preselect: bool = False,
    restarts: int = 0,
) -> FamilyFits:
    """Every family's own maximum-likelihood fit, in every cell.

    Parameters
    ----------
    u, v, families, preselect, restarts : as in `select`

    Returns
    -------
    FamilyFits
        Families in the order of their codes. Those that do not serve the sign of the cell's tau-b are NaN, as is every
        family of a cell with a reason.

    Raises
    ------
    ValueError
        As in `select`.
    """
    u, v = _check_pair(u, v)
    wanted = _wanted(families)
    fits, facts = _fit(u, v, wanted, preselect, restarts)
    fits = fits[:, wanted]
    codes = CODES[wanted]
    par, par2, loglik = (fits[:, :, k] for k in (fitting.FIRST, fitting.SECOND, fitting.LOGLIK))
    tried = np.where(np.isfinite(loglik), codes.astype(float), np.nan)
    tails = tail_dependence(tried, par, par2)
    return FamilyFits(
        codes,
        par,
        par2,
        loglik,
        2.0 * PARAMETERS[wanted] - 2.0 * loglik,
        kendall_tau(tried, par, par2),
        tails.lower,
        tails.upper,
        facts[:, fitting.REASON].astype(np.int64),
        facts[:, fitting.N].astype(np.int64),
    )
