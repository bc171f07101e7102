"""Drivers of rain and soil moisture: Bayesian two-response models whose cost does not depend on the number of rows.

Rows become sufficient statistics (`summarise`, `Accumulator`), statistics become draws (`sample`), draws pass or fail (`gates`) and become a
table (`tabulate`); `robust` says what correlated rows do to the errors.
"""

from vadose.drivers.likelihood import covariance, log_likelihood
from vadose.drivers.statistics import SufficientStatistics, standardise, summarise
from vadose.drivers.streaming import Accumulator
from vadose.drivers.terms import PREDICTORS, RESPONSES, TERMS, NotEstimable, design

__all__ = [
    "PREDICTORS",
    "RESPONSES",
    "TERMS",
    "Accumulator",
    "NotEstimable",
    "SufficientStatistics",
    "covariance",
    "design",
    "log_likelihood",
    "standardise",
    "summarise",
]
