"""Who leads: whether one series tells of another's next months more than that one's own past does."""

from typing import NamedTuple

import numpy as np
from scipy import special

from vadose.core.arrays import Array
from vadose.core.steps import told
from vadose.statistics import partial

LEADS = 3
FEWEST_TURNS = 4
CELLS_AT_ONCE = 1000


class Lead(NamedTuple):
    """Test of one direction; NaN where it is not defined."""

    r: Array  # (cell, lead) partial correlation of x(t) with y(t + k), k = 1 to leads
    lead: Array  # (cell,) k of the largest |r|
    p: Array  # (cell,) of the largest |r| over k
    n: Array  # (cell,) complete times, the fewest over k


def lead_test(x: Array, y: Array, *, leads: int = LEADS, period: int = 12) -> Lead:
    """Does x lead y? Partial correlation of x(t) with y(t + k) given y(t), y(t - 1) and x(t - 1).

    Parameters
    ----------
    x, y : (cell, time) float arrays
        Monthly anomalies, any units, equally spaced; NaN is missing and keeps its place.
    leads : int
        Largest k.
    period : int
        Time steps of a year.

    Returns
    -------
    Lead
        NaN where fewer than six complete times remain, a series is constant, or the record has no four turns.

    Raises
    ------
    ValueError
        If the shapes differ or the series is no whole number of periods.

    Notes
    -----
    See docs/methods.md#c8.

    What the given series leave of x(t) is turned around the circle of years against what they leave of y(t + k): memory
    and seasons stay, a lead is lost. s^2 is the mean of the squares of the turned correlations over k and turns;
    p = 1 - (1 - p1)^leads, p1 that of max |r| / s by Student's t with as many degrees of freedom as there are turned
    correlations. So p goes below 1 / (turns + 1), as a false discovery rate over cells needs.

    References
    ----------
    Freedman and Lane (1983), doi:10.1080/07350015.1983.10509354 (turning residuals).
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.ndim != 2 or x.shape != y.shape:
        raise ValueError(f"x and y must be arrays (cell, time) of one shape; they have shapes {x.shape} and {y.shape}.")
    if x.shape[1] % period:
        raise ValueError(f"the {x.shape[1]} time steps must be whole periods of {period}.")
    pieces = []
    for start in told(range(0, max(x.shape[0], 1), CELLS_AT_ONCE), f"who leads, {CELLS_AT_ONCE} cells at a time"):
        piece = slice(start, start + CELLS_AT_ONCE)
        pieces.append(_test(x[piece], y[piece], leads, period))
    return Lead(*(np.concatenate(column) for column in zip(*pieces)))


def moved(values: Array, steps: int) -> Array:
    """values(t + steps), NaN beyond the ends; time is the last axis."""
    out = np.full(values.shape, np.nan)
    if steps >= 0:
        out[..., : values.shape[-1] - steps] = values[..., steps:]
    else:
        out[..., -steps:] = values[..., :steps]
    return out


def _test(x: Array, y: Array, leads: int, period: int) -> Lead:
    past = np.stack([y, moved(y, -1), moved(x, -1)], axis=1)
    turns = range(period, x.shape[1], period)
    r, counts = np.full((x.shape[0], leads), np.nan), np.zeros((x.shape[0], leads))
    turned = np.full((x.shape[0], leads, len(turns)), np.nan)
    for k in range(leads):
        left = partial.residuals(np.stack([x, moved(y, k + 1)], axis=1), past)
        r[:, k] = partial.correlation_of(left[:, 0], left[:, 1])
        counts[:, k] = np.isfinite(left[:, 0]).sum(axis=1)
        for j, turn in enumerate(turns):
            turned[:, k, j] = partial.correlation_of(np.roll(left[:, 0], turn, axis=1), left[:, 1])
    defined = np.isfinite(turned)
    squares = np.where(defined, turned, 0.0) ** 2
    spread = np.sqrt(squares.sum(axis=(1, 2)) / np.maximum(defined.sum(axis=(1, 2)), 1))
    count = defined.any(axis=1).sum(axis=1)
    tested = np.isfinite(r).all(axis=1) & (count >= FEWEST_TURNS) & (spread > 0.0)
    size = np.where(tested[:, None], np.abs(r), -1.0)
    ratio = np.where(tested, size.max(axis=1), 0.0) / np.where(tested, spread, 1.0)
    alone = 2.0 * special.stdtr(np.maximum(leads * count, 1).astype(float), -ratio)
    p = -np.expm1(leads * np.log1p(-np.minimum(alone, 1.0 - 1e-16)))
    lead = np.argmax(size, axis=1) + 1.0
    return Lead(r, np.where(tested, lead, np.nan), np.where(tested, p, np.nan), counts.min(axis=1))
