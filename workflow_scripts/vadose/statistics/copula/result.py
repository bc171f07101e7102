"""What the selection of copulas gives, by whichever engine: fields of each cell, and why a cell has none."""

from typing import NamedTuple

import numpy as np

from vadose.statistics.copula import fitting

REASONS = {
    fitting.FITTED: "fitted",
    fitting.TOO_FEW: "fewer than 10 complete pairs",
    fitting.CONSTANT: "a margin is constant",
    fitting.MOSTLY_EQUAL: "more than 90 % of a margin are one value (zeros)",
    fitting.OUTSIDE: "a pseudo-observation lies outside (0, 1)",
    fitting.NOTHING_FITTED: "no family has a finite likelihood",
}


class CopulaFit(NamedTuple):
    """The selected copula of each cell; all arrays have shape (cell,). NaN (or reason > 0) where there is none."""

    family: np.ndarray  # code of FAMILIES
    par: np.ndarray
    par2: np.ndarray  # 0 for one-parameter families
    loglik: np.ndarray
    aic: np.ndarray
    tau: np.ndarray  # Kendall's tau of the fitted copula
    lower: np.ndarray  # tail dependence, u and v -> 0
    upper: np.ndarray  # u and v -> 1
    lower_right: np.ndarray  # u -> 1, v -> 0
    upper_left: np.ndarray  # u -> 0, v -> 1
    kendall: np.ndarray  # tau-b of the data
    runner_up: np.ndarray  # code of the family with the second smallest AIC
    margin: np.ndarray  # its AIC minus that of the selected one
    weight: np.ndarray  # Akaike weight of the selected family among those tried
    undetermined: np.ndarray  # 1 where that weight is below 0.5, else 0
    ties_u: np.ndarray  # share of values with an equal
    ties_v: np.ndarray
    zero_share: np.ndarray  # share of u that ties for its smallest value
    reason: np.ndarray  # int, key of REASONS; 0 = fitted
    n: np.ndarray  # int, complete pairs
    at_bound: np.ndarray  # 1 where a parameter lies on a bound of its search, else 0
    average_tau: np.ndarray  # means over the families tried, by Akaike weights
    average_lower: np.ndarray
    average_upper: np.ndarray
    spread_tau: np.ndarray  # standard deviation of the families about them, by the same weights
    spread_lower: np.ndarray
    spread_upper: np.ndarray


class FamilyFits(NamedTuple):
    """Every family's own fit; `family` has shape (family,), reason and n (cell,), the rest (cell, family), NaN where a
    family was not tried."""

    family: np.ndarray
    par: np.ndarray
    par2: np.ndarray
    loglik: np.ndarray
    aic: np.ndarray
    tau: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    reason: np.ndarray
    n: np.ndarray
