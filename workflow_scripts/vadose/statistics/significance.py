"""What many tests say together: field significance, agreement between tests, and a test for a step at a known year."""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.statistics.trend.autocorrelation import ranks
from vadose.statistics.trend.mann_kendall import CAUTION, checked

FEWEST_PER_SIDE = 4  # ASSUME: values needed before and after a step


class StepTest(NamedTuple):
    """Test for a step at a known year, one number per row; NaN with fewer than four values on a side or no
    variation."""

    step: Array  # level after minus level before, unit of the values
    statistic: Array  # Student's t
    p: Array  # two-sided
    lag_one: Array  # of the noise, as used: a little beyond its estimate (0 to 0.95)
    effective_n: Array  # independent values the years amount to, n (1 - lag_one) / (1 + lag_one)
    before: Array  # years with a value
    after: Array


def field_significance(p: Array, alpha: float) -> tuple[Array, NDArray[np.bool_]]:
    """Benjamini-Hochberg control of the false discovery rate over all tests of a field.

    Parameters
    ----------
    p : float array
        p-values of one field, in any shape; the tested domain is where they are finite.
    alpha : float
        Expected share of false rejections among all rejections (Wilks' alpha_FDR).

    Returns
    -------
    q : array of the shape of `p`
        Smallest alpha at which each test is rejected; NaN where `p` is NaN.
    rejected : bool array
        q <= alpha; False where `p` is NaN.

    Raises
    ------
    ValueError
        If `alpha` or a p-value is not between 0 and 1.

    Notes
    -----
    q_(i) = min over j >= i of p_(j) m / j, m tests. Give it the whole field at once: called cell by cell it corrects
    nothing. With positively correlated cells the rate stays below alpha; Wilks takes alpha_FDR = 0.10 for a field test
    at 0.05 under the correlation of atmospheric fields.

    References
    ----------
    Benjamini and Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x; Wilks (2016), doi:10.1175/BAMS-D-15-00267.1.
    """
    p = np.asarray(p, float)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: expected a rate between 0 and 1, found {alpha}.")
    tested = np.isfinite(p)
    if np.any((p[tested] < 0) | (p[tested] > 1)) or np.any(np.isinf(p)):
        raise ValueError("p: expected p-values between 0 and 1, or NaN where no test was made; found others.")
    q = np.full(p.shape, np.nan)
    several = p[tested]  # of scipy.stats, a call takes three times as long, and its import half a second
    order = np.argsort(several)
    least = np.minimum.accumulate((several[order] * (several.size / np.arange(1.0, several.size + 1.0)))[::-1])[::-1]
    several[order] = np.minimum(least, 1.0)
    q[tested] = several
    return q, tested & (np.where(tested, q, 2.0) <= alpha)


def agreement(p: Mapping[str, Array], alpha: float = 0.05) -> NDArray[np.int8]:
    """Number of tests that reject, cell by cell.

    Parameters
    ----------
    p : mapping of test name to (cell,) float array
        p- or q-values of each test.
    alpha : float

    Returns
    -------
    (cell,) int8 array
        0 to the number of tests; a test that is NaN in a cell does not reject there; -1 where every test is NaN.

    Raises
    ------
    ValueError
        If there is no test or the tests differ in shape.
    """
    shapes = {np.shape(values) for values in p.values()}
    if len(shapes) != 1:
        raise ValueError(
            "p: expected one or more tests of one shape, found "
            f"{ ({name: np.shape(values) for name, values in p.items()}) }."
        )
    together = np.stack([np.asarray(values, float) for values in p.values()])
    defined = np.isfinite(together)
    count = (defined & (np.where(defined, together, 2.0) <= alpha)).sum(axis=0)
    return np.where(defined.any(axis=0), count, -1).astype(np.int8)


def step_test(
    values: Array,
    years: Array,
    first_after: float,
    *,
    on: Literal["values", "ranks"] = "ranks",
    trend: bool = False,
) -> StepTest:
    """Test whether the level of each row changes at a year that is known beforehand.

    Parameters
    ----------
    values : (cell, year) float array, any unit
        NaN marks a missing year; it keeps its place in time.
    years : (year,) float array
        Calendar years, ascending.
    first_after : float
        First year of the later part: 2000 for the splice of GLDAS 2.0 and 2.1.
    on : {"values", "ranks"}
        Compare means, or mean ranks: the rank transform of the t test, which is the Mann-Whitney test with Student's
        reference distribution. `step` is in the unit of the values either way.
    trend : bool
        Allow for a straight trend through both parts, so that a trend is not taken for a step.

    Returns
    -------
    StepTest

    Raises
    ------
    ValueError
        If `years` does not match, `first_after` leaves a side empty, or `on` is unknown.

    Notes
    -----
    Least squares on a constant, the step (and the year), then the same again on prewhitened rows (Prais and Winsten; a
    gap of g years uses phi^g). Residuals of k coefficients understate the lag-1 autocorrelation by about (k + (k + 2)
    phi) / n, hence phi = (n r1 + k) / (n - k - 2), kept within [0, 0.95]: negative memory is not credited. An estimate
    that falls short of phi makes the test reject too often, and one beyond it makes up for half of that at most: rows
    with phi > 0 are prewhitened with phi + 2.5 (1 - phi^2) / n (of the order of the estimate's variance; ASSUME: 2.5 by
    simulation), and t has n (1 - phi) / (1 + phi) - k degrees of freedom of that phi, at least 1. Without memory this
    is Student's test with n - k. Simulated, a test at 5 % rejects 3 to 6.5 % for lag-1 0 to 0.6, 25 to 77 years, with
    and without a trend (docs/methods.md#d0); n - k degrees and the plain phi rejected up to 13 %. A split found by
    searching (Pettitt) would need other critical values: here the year is given.

    References
    ----------
    Prais and Winsten (1954), Cowles Commission 383; Conover and Iman (1981), doi:10.1080/00031305.1981.10479327.
    """
    values, years = checked(values, years)
    after = years >= first_after
    if not after.any() or after.all():
        raise ValueError(f"first_after: expected a year that splits {years[0]:g}-{years[-1]:g}, found {first_after:g}.")
    if on not in ("values", "ranks"):
        raise ValueError(f'on: expected "values" or "ranks", found {on!r}.')
    values = np.where(np.isfinite(values), values, np.nan)
    columns = [np.ones(years.size), after.astype(float)] + ([years - years.mean()] if trend else [])
    design = np.column_stack(columns)
    present = np.isfinite(values)
    before_n = present[:, ~after].sum(axis=1).astype(float)
    after_n = present[:, after].sum(axis=1).astype(float)
    step, statistic, memory = _step_rows(values, years, design)
    if on == "ranks":
        _, statistic, memory = _step_rows(ranks(values), years, design)
    tested = (before_n >= FEWEST_PER_SIDE) & (after_n >= FEWEST_PER_SIDE) & np.isfinite(statistic)
    effective = (before_n + after_n) * (1 - memory) / (1 + memory)
    freedom = np.maximum(np.where(tested, effective, 0.0) - design.shape[1], 1)
    p = 2 * stdtr(freedom, -np.abs(np.where(tested, statistic, 0.0)))
    step, statistic, p, memory, effective = (
        np.where(tested, field, np.nan) for field in (step, statistic, p, memory, effective)
    )
    return StepTest(step, statistic, p, memory, effective, before_n, after_n)


@kernel
def _least_squares(design, x, n):
    """Coefficients, inverse normal matrix and residual sum of squares of the first n rows (Gauss-Jordan; two or three
    columns)."""
    k = design.shape[1]
    normal = np.zeros((k, 2 * k))
    moments = np.zeros(k)
    for i in range(n):
        for a in range(k):
            moments[a] += design[i, a] * x[i]
            for b in range(k):
                normal[a, b] += design[i, a] * design[i, b]
    for a in range(k):
        normal[a, k + a] = 1.0
    for a in range(k):
        normal[a] /= normal[a, a]
        for b in range(k):
            if b != a:
                normal[b] -= normal[b, a] * normal[a]
    inverse = normal[:, k:].copy()
    coefficients = np.zeros(k)
    for a in range(k):
        for b in range(k):
            coefficients[a] += inverse[a, b] * moments[b]
    squares = 0.0
    for i in range(n):
        residual = x[i]
        for a in range(k):
            residual -= design[i, a] * coefficients[a]
        squares += residual * residual
    return coefficients, inverse, squares


@kernel
def _memory(design, x, years, n, coefficients):
    """Lag-1 autocorrelation of the residuals over neighbouring years, corrected for the fit and, where that is
    positive, for its own uncertainty, within [0, 0.95]."""
    k = design.shape[1]
    residual = np.empty(n)
    squares, products, pairs = 0.0, 0.0, 0
    for i in range(n):
        residual[i] = x[i]
        for a in range(k):
            residual[i] -= design[i, a] * coefficients[a]
        squares += residual[i] ** 2
        if i > 0 and years[i] - years[i - 1] == 1:
            products += residual[i] * residual[i - 1]
            pairs += 1
    if pairs == 0 or squares == 0:
        return 0.0
    r = (products / pairs) / (squares / n)
    phi = min((n * r + k) / (n - k - 2), 0.95) if n > k + 2 else 0.95
    return min(phi + CAUTION * (1 - phi * phi) / n, 0.95) if phi > 0.0 else 0.0


@kernel
def _step_rows(values, years, design):
    """Step, t and phi of each row by Prais-Winsten least squares."""
    cells, count = values.shape
    k = design.shape[1]
    step = np.full(cells, np.nan)
    statistic = np.full(cells, np.nan)
    memory = np.full(cells, np.nan)
    d, white, x, white_x, t = (
        np.empty((count, k)),
        np.empty((count, k)),
        np.empty(count),
        np.empty(count),
        np.empty(count),
    )
    for cell in range(cells):
        n = 0
        for i in range(count):
            if values[cell, i] == values[cell, i]:
                d[n], x[n], t[n] = design[i], values[cell, i], years[i]
                n += 1
        if n <= k or d[:n, 1].sum() == 0 or d[:n, 1].sum() == n:
            continue
        first = x[0]
        size = 0.0
        for i in range(n):
            size = max(size, abs(x[i]))
            x[i] -= first
        coefficients, _, squares = _least_squares(d, x, n)
        if squares <= n * (1e-13 * size) ** 2:
            continue
        phi = _memory(d, x, t, n, coefficients)
        white[0], white_x[0] = d[0], x[0]
        for i in range(1, n):
            carried = phi ** (t[i] - t[i - 1])
            scale = 1.0 / math.sqrt(1.0 - carried * carried)
            white[i] = (d[i] - carried * d[i - 1]) * scale
            white_x[i] = (x[i] - carried * x[i - 1]) * scale
        coefficients, inverse, squares = _least_squares(white, white_x, n)
        step[cell], memory[cell] = coefficients[1], phi
        statistic[cell] = coefficients[1] / math.sqrt(squares / (n - k) * inverse[1, 1])
    return step, statistic, memory
