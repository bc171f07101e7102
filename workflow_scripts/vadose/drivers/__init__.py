"""Drivers of rain and soil moisture: Bayesian two-response models whose cost does not depend on the number of rows.

Rows become sufficient statistics (`summarise`, `Accumulator`), statistics become draws (`sample`), draws pass or fail (`gates`) and become a
table (`tabulate`); `robust` says what correlated rows do to the errors.
"""

from vadose.drivers.gates import Gates, gates, tabulate
from vadose.drivers.likelihood import covariance, log_likelihood
from vadose.drivers.priors import Priors
from vadose.drivers.robust import GroupEffects, Pooled, group_effects, pooled, quadrant, robust_quadrant, variance_inflation
from vadose.drivers.sampling import sample
from vadose.drivers.statistics import SufficientStatistics, standardise
from vadose.drivers.streaming import Accumulator, summarise
from vadose.drivers.terms import PREDICTORS, RESPONSES, TERMS, NotEstimable, design

__all__ = [
    "PREDICTORS",
    "RESPONSES",
    "TERMS",
    "Accumulator",
    "Gates",
    "GroupEffects",
    "NotEstimable",
    "Pooled",
    "Priors",
    "SufficientStatistics",
    "covariance",
    "design",
    "gates",
    "group_effects",
    "log_likelihood",
    "pooled",
    "quadrant",
    "robust_quadrant",
    "sample",
    "standardise",
    "summarise",
    "tabulate",
    "variance_inflation",
]
