"""Drivers of rain and soil moisture: Bayesian two-response models whose cost does not depend on the number of rows.

Rows become sufficient statistics (`summarise`, `Accumulator`), statistics become draws (`sample`), draws pass or fail
(`gates`) and become a table (`tabulate`); `robust` says what correlated rows do to the errors.
"""

import warnings

from vadose.statistics.drivers.convergence import Gates, checked, gates, tabulate
from vadose.statistics.drivers.priors import Priors
from vadose.statistics.drivers.robust import (
    GroupEffects,
    Pooled,
    group_effects,
    pooled,
    quadrant,
    robust_quadrant,
    variance_inflation,
)
from vadose.statistics.drivers.sampling import sample
from vadose.statistics.drivers.statistics import SufficientStatistics, standardise
from vadose.statistics.drivers.streaming import Accumulator, summarise
from vadose.statistics.drivers.terms import PREDICTORS, PUBLISHED, RESPONSES, TERMS, NotEstimable, Terms, design

# ArviZ announces its next major version at its first import of each day; the project stays below that version.
warnings.filterwarnings("ignore", message=r"\s*ArviZ is undergoing a major refactor", category=FutureWarning)

__all__ = [
    "PREDICTORS",
    "PUBLISHED",
    "RESPONSES",
    "TERMS",
    "Accumulator",
    "Gates",
    "GroupEffects",
    "NotEstimable",
    "Pooled",
    "Priors",
    "SufficientStatistics",
    "Terms",
    "checked",
    "design",
    "gates",
    "group_effects",
    "pooled",
    "quadrant",
    "robust_quadrant",
    "sample",
    "standardise",
    "summarise",
    "tabulate",
    "variance_inflation",
]
