"""Bivariate copulas in many cells at once: forty families selected by AIC, their tau and tail dependence, intervals and goodness of fit.

fastmath      exp, log, normal quantile that vectorise
archimedean, bb, elliptical, tawn   likelihood and score of the eleven base copulas
families      the forty codes: bounds, starts, rotations, pre-selection
likelihood, search, line_search, quasi_newton, fitting   the compiled fit of one family, and of all of them in every cell
ranks, selection, density           what users call: pseudo_observations, select, fit_families, log_density
dependence    Kendall's tau and tail dependence of a fitted copula
concordance, bootstrap, goodness    tau-b by pairs, its block-bootstrap interval, Cramer-von Mises goodness of fit
pyvine        pyvinecopulib as a second engine
recovery      what selection recovers of simulated families
"""

from .bootstrap import TauInterval, tau_interval
from .density import density_and_score, log_density
from .dependence import TailDependence, kendall_tau, tail_dependence
from .families import CODES, FAMILIES
from .goodness import GoodnessOfFit, goodness_of_fit
from .ranks import pseudo_observations
from .recovery import Recovery, parameters_for_tau, recover
from .selection import REASONS, CopulaFit, FamilyFits, fit_families, select

__all__ = [
    "CODES",
    "FAMILIES",
    "REASONS",
    "CopulaFit",
    "FamilyFits",
    "GoodnessOfFit",
    "Recovery",
    "TailDependence",
    "TauInterval",
    "density_and_score",
    "fit_families",
    "goodness_of_fit",
    "kendall_tau",
    "log_density",
    "parameters_for_tau",
    "pseudo_observations",
    "recover",
    "select",
    "tail_dependence",
    "tau_interval",
]
