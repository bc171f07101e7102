"""Bivariate copulas in many cells at once: forty families selected by AIC, their tau and tail dependence, intervals and
goodness of fit.

archimedean, bb, elliptical, tawn   likelihood and score of the eleven base copulas
families      the forty codes: bounds, starts, rotations, pre-selection
likelihood, search, line_search, quasi_newton, fitting   the compiled fit of one family, and of all of them in every
cell
ranks, selection, density           what users call: pseudo_observations, select, fit_families, log_density
dependence    Kendall's tau and tail dependence of a fitted copula
distribution  C(u, v) of every family, and the risk of joint dry or wet events
averages      tau, tail dependence and distribution functions averaged over families
independence  is there dependence at all: tau-b against its spread when years are turned
bootstrap, goodness    block-bootstrap interval of tau-b (numeric.concordance), Cramer-von Mises goodness of fit
result        what selection gives: CopulaFit, FamilyFits, REASONS
flags         bits of a fit: tied, at a bound, undetermined
pyvine        pyvinecopulib as a second engine
recovery      what selection recovers of simulated families
"""

from vadose.statistics.copula.averages import Joint
from vadose.statistics.copula.bootstrap import TauInterval, tau_interval
from vadose.statistics.copula.density import density_and_score, log_density
from vadose.statistics.copula.dependence import TailDependence, kendall_tau, tail_dependence
from vadose.statistics.copula.distribution import Risk, counted_risk, distribution, joint_of, risk, risk_of_joint
from vadose.statistics.copula.families import CODES, FAMILIES
from vadose.statistics.copula.flags import AT_BOUND, FLAGS, flag_bits
from vadose.statistics.copula.goodness import GoodnessOfFit, goodness_of_fit
from vadose.statistics.copula.independence import Independence, independence
from vadose.statistics.copula.ranks import pseudo_observations
from vadose.statistics.copula.recovery import Recovery, parameters_for_tau, recover
from vadose.statistics.copula.result import REASONS, CopulaFit, FamilyFits
from vadose.statistics.copula.selection import fit_families, select, select_with_joint

__all__ = [
    "AT_BOUND",
    "CODES",
    "FAMILIES",
    "FLAGS",
    "REASONS",
    "CopulaFit",
    "FamilyFits",
    "GoodnessOfFit",
    "Independence",
    "Joint",
    "Recovery",
    "Risk",
    "TailDependence",
    "TauInterval",
    "counted_risk",
    "density_and_score",
    "distribution",
    "fit_families",
    "flag_bits",
    "goodness_of_fit",
    "independence",
    "joint_of",
    "kendall_tau",
    "log_density",
    "parameters_for_tau",
    "pseudo_observations",
    "recover",
    "risk",
    "risk_of_joint",
    "select",
    "select_with_joint",
    "tail_dependence",
    "tau_interval",
]
