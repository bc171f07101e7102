"""Controls of soil moisture: ridge regression of every cell in closed form, and what its coefficients say.

One eigen-decomposition of the small correlation matrix of a cell serves the whole grid of penalties, so a cell costs
microseconds.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics.ridge.solver import bootstrap_cells, fit_cells

CONTROLS = (
    "frequency",
    "volume",
    "evapotranspiration",
)  # the three that share the colour; air temperature is the control variable
PENALTIES = np.logspace(-4, 4, 49)
STRONG_SHARE = 0.75
_CHOICES = {"gcv": 0, "loo": 1, "fixed": 2}


@dataclass(frozen=True)
class RidgeFit:
    """Ridge regression of each cell; a cell that cannot be fitted is NaN with the reason (REASONS) of it."""

    coefficients: Array  # (cell, k), standard deviations of the response per standard deviation of the predictor
    penalty: Array  # (cell,), lambda of MASS::lm.ridge: added to the eigenvalues of Z'Z
    share: Array  # (cell, control), |v| of each control over their sum; NaN where all are 0
    at_edge: NDArray[np.bool_]  # (cell,), the penalty is the first or last of the grid
    reason: NDArray[np.int8]  # (cell,), key of REASONS
    n: NDArray[np.int64]  # (cell,), complete time steps


class Stability(NamedTuple):
    """How often block-bootstrap replicates name the same dominant control as the full record."""

    stability: Array  # (cell,), share of the valid replicates, 0-1
    frequency: Array  # (cell, control), share of the valid replicates in which each control dominates
    replicates: NDArray[np.int64]  # (cell,), replicates that could be fitted


def fit(
    predictors: Array,
    response: Array,
    *,
    choose: str = "gcv",
    penalties: Array = PENALTIES,
    penalty: float = 1.0,
    minimum: int = 10,
    controls: int = 3,
) -> RidgeFit:
    """Ridge regression of each cell on z-scores, with the penalty chosen per cell.

    Parameters
    ----------
    predictors : (cell, time, k) float array, any units, k >= controls
        The controls (precipitation frequency, precipitation volume, evapotranspiration), then control variables (air
        temperature). NaN or infinity is missing.
    response : (cell, time) float array, any unit
        Soil moisture; NaN or infinity is missing.
    choose : {"gcv", "loo", "fixed"}
        Generalised cross-validation as R's `MASS::lm.ridge`, exact leave-one-out as scikit-learn's `RidgeCV`, or
        `penalty` for all cells.
    penalties : (p,) float array
        Ascending grid of positive penalties for "gcv" and "loo"; of equal scores the smallest penalty wins.
    penalty : float
        Used by "fixed" only.
    minimum : int
        Complete time steps below which a cell is not fitted; never less than k + 2.
    controls : int
        How many of the predictors, the first ones, share the sum of absolute coefficients.

    Returns
    -------
    RidgeFit
        Time steps with any missing value are left out of their cell; both sides are then z-scored with 1/n. See REASONS
        for cells without a fit.

    Raises
    ------
    ValueError
        If the shapes do not match, `choose` is unknown or a penalty is not positive.

    Notes
    -----
    v = (Z'Z + lambda I)^-1 Z'y = V (D + lambda)^-1 V'Z'y with Z'Z = V D V'. GCV = RSS / (n - df)^2, df = sum d/(d +
    lambda) without the intercept. Leave-one-out: mean of (e_i / (1 - h_i))^2 with h_i = 1/n + sum_j (z_i'v_j)^2 / (d_j
    + lambda).

    References
    ----------
    Hoerl and Kennard (1970), doi:10.1080/00401706.1970.10488634; Golub, Heath and Wahba (1979),
    doi:10.1080/00401706.1979.10489751.
    """
    predictors, response = _checked(predictors, response, controls)
    if choose not in _CHOICES:
        raise ValueError(f"choose: expected one of {', '.join(_CHOICES)}, found {choose!r}.")
    grid = np.array([penalty], dtype=float) if choose == "fixed" else np.ascontiguousarray(penalties, dtype=float)
    if grid.ndim != 1 or grid.size == 0 or not (np.isfinite(grid).all() and grid[0] > 0 and (np.diff(grid) > 0).all()):
        raise ValueError(f"penalties: expected positive, ascending numbers, found {grid.tolist()}.")
    cells, _, k = predictors.shape
    coefficients = np.full((cells, k), np.nan)
    chosen = np.full(cells, np.nan)
    edge = np.zeros(cells, dtype=np.bool_)
    reason = np.zeros(cells, dtype=np.int8)
    count = np.zeros(cells, dtype=np.int64)
    fit_cells(
        predictors, response, grid, _CHOICES[choose], max(minimum, k + 2), coefficients, chosen, edge, reason, count
    )
    return RidgeFit(coefficients, chosen, shares(coefficients, controls), edge, reason, count)


def shares(coefficients: Array, controls: int = 3) -> Array:
    """Share of each of the first coefficients, |v_i| / sum |v|, in (cell, control); NaN where all of them are 0 or
    missing."""
    size = np.abs(coefficients[:, :controls])
    total = size.sum(axis=1, keepdims=True)
    return np.divide(size, total, out=np.full_like(size, np.nan), where=total > 0)


def rgb(share: Array) -> Array:
    """Colour of each cell, (cell, 3) in 0-1: 1 - share, so that frequency alone is cyan, volume alone magenta,
    evapotranspiration alone yellow."""
    return 1.0 - share


def dominant_control(share: Array) -> NDArray[np.int8]:
    """Index of the control with the largest share of each cell, -1 where missing; of equal shares the first wins."""
    complete = np.all(np.isfinite(share), axis=1)
    return np.where(complete, np.argmax(np.where(complete[:, None], share, 0.0), axis=1), -1).astype(np.int8)


def strong_control(share: Array, threshold: float = STRONG_SHARE) -> NDArray[np.int8]:
    """Index of the control whose share is above `threshold`, -1 where none is (docs/methods.md#b4: strong
    univariate control)."""
    strong = np.isfinite(share).all(axis=1) & (np.where(np.isfinite(share), share, 0.0).max(axis=1) > threshold)
    return np.where(strong, dominant_control(share), -1).astype(np.int8)


def mask_edges(fitted: RidgeFit) -> tuple[RidgeFit, int]:
    """The fit with coefficients and shares missing where the penalty sits on the edge of its grid, and the number of
    such cells."""
    hidden = fitted.at_edge[:, None]
    coefficients = np.where(hidden, np.nan, fitted.coefficients)
    share = np.where(hidden, np.nan, fitted.share)
    return replace(fitted, coefficients=coefficients, share=share), int(fitted.at_edge.sum())


def dominance_stability(
    predictors: Array,
    response: Array,
    *,
    block: int,
    replicates: int = 200,
    choose: str = "gcv",
    penalties: Array = PENALTIES,
    penalty: float = 1.0,
    minimum: int = 10,
    controls: int = 3,
    seed: int = 0,
) -> Stability:
    """Circular block bootstrap of the dominant control of each cell.

    Parameters
    ----------
    predictors, response, penalties, penalty, minimum, controls
        As for `fit`.
    block : int
        Time steps in a block (12 for months keeps the seasonal cycle whole).
    replicates : int
        Bootstrap series per cell.
    choose : {"gcv", "fixed"}
        The penalty is chosen again in every replicate. Leave-one-out is refused: a repeated row is not left out by
        leaving out its copy.
    seed : int
        Of the block positions, which are common to all cells: the result of a cell does not depend on the tile it is
        in.

    Returns
    -------
    Stability
        NaN where `fit` gives no dominant control. Missing time steps travel with their block.

    Raises
    ------
    ValueError
        If `block`, `replicates` or `choose` is out of range, or the shapes do not match.

    Notes
    -----
    A replicate needs only sums of products over blocks, which are differences of running sums: its cost does not depend
    on the length of the record.

    References
    ----------
    Politis and Romano (1992), in Exploring the Limits of Bootstrap, 263-270.
    """
    predictors, response = _checked(predictors, response, controls)
    cells, time, k = predictors.shape
    if choose not in ("gcv", "fixed"):
        raise ValueError(f"choose: expected gcv or fixed for the bootstrap, found {choose!r}.")
    if not 1 <= block <= time or replicates < 1:
        raise ValueError(
            f"block and replicates: expected 1 to {time} time steps and at least 1 replicate, found {block} and "
            f"{replicates}."
        )
    full = fit(
        predictors, response, choose=choose, penalties=penalties, penalty=penalty, minimum=minimum, controls=controls
    )
    grid = np.array([penalty], dtype=float) if choose == "fixed" else np.ascontiguousarray(penalties, dtype=float)
    starts = np.random.default_rng(seed).integers(0, time, size=(replicates, -(-time // block)))
    wins = np.zeros((cells, controls), dtype=np.int64)
    bootstrap_cells(predictors, response, grid, max(minimum, k + 2), full.reason, starts, block, wins)
    valid, first = wins.sum(axis=1), dominant_control(full.share)
    frequency = np.divide(wins, valid[:, None], out=np.full((cells, controls), np.nan), where=(valid > 0)[:, None])
    own = np.take_along_axis(frequency, np.maximum(first, 0)[:, None].astype(np.int64), axis=1)[:, 0]
    return Stability(np.where(first < 0, np.nan, own), frequency, valid)


def _checked(predictors: Array, response: Array, controls: int) -> tuple[Array, Array]:
    predictors = np.ascontiguousarray(predictors, dtype=float)
    response = np.ascontiguousarray(response, dtype=float)
    if predictors.ndim != 3 or not 2 <= controls <= predictors.shape[2] or predictors.shape[:2] != response.shape:
        raise ValueError(
            "predictors and response: expected (cell, time, k) and (cell, time) with the same cells and times, and 2 "
            f"to k controls ({controls}), found {predictors.shape} and {response.shape}."
        )
    return predictors, response
