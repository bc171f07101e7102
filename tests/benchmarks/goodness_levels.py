"""The level of two tests of goodness of fit at 5 %, with and without zeros, and what one costs beside the other.

The multiplier bootstrap (Kojadinovic, Yan and Holmes 2011, doi:10.5705/ss.2011.037a) needs no refit: the parameter
comes from tau, the statistic is the distance of the empirical copula from the fitted one. It stands here alone, for the
table of docs/methods.md#b2; the product has the parametric bootstrap of `copula.goodness_of_fit`.
Run: python tests/benchmarks/goodness_levels.py [worlds]
"""

import sys
import time
from pathlib import Path

import numpy as np
import pyvinecopulib

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.statistics import copula
from vadose.statistics.copula.pyvine import simulate

FAMILIES = {1: "gaussian", 2: "student", 3: "clayton", 4: "gumbel", 5: "frank"}
OTHERS = (0, 13, 23, 104)
LENGTHS, ZEROS = (20, 60, 132, 240), (0.0, 0.1, 0.3)
NU, TAU, STEP, MULTIPLIERS = 4.0, 0.4, 1e-3, 100


def fitted(code, tau):
    """The family with this tau."""
    par = copula.parameters_for_tau(code, tau)[0]
    parameters = [[par], [NU]] if code == 2 else [[par]]
    family = getattr(pyvinecopulib.BicopFamily, FAMILIES[code])
    return pyvinecopulib.Bicop(family=family, parameters=np.array(parameters))


def multiplier_p(u, v, code, tau, rng):
    """p of the distance between the empirical and the fitted copula, by multipliers; arrays (time,)."""
    n, points = u.size, np.stack([u, v], axis=1)
    below_u, below_v = (side[:, None] <= side for side in (u, v))
    both = (below_u & below_v).astype(float)
    # By n + 1, as the pseudo-observations: by n the empirical copula lies above the fitted one in short records.
    empirical, tau = both.sum(axis=0) / (n + 1.0), np.clip(tau, 0.02, 0.95)
    model = fitted(code, tau)
    statistic = ((empirical - model.cdf(points)) ** 2).sum()
    by_tau = (fitted(code, tau + STEP).cdf(points) - fitted(code, tau - STEP).cdf(points)) / (2.0 * STEP)
    influence = 2.0 * (4.0 * empirical - 2.0 * u - 2.0 * v + 1.0 - tau)
    process = both - below_u * model.hfunc1(points) - below_v * model.hfunc2(points) - np.outer(influence, by_tau)
    weights = rng.normal(size=(MULTIPLIERS, n))
    weights -= weights.mean(axis=1, keepdims=True)
    drawn = ((weights @ process / n) ** 2).sum(axis=1)
    return (0.5 + np.sum(drawn >= statistic)) / (MULTIPLIERS + 1.0)


def samples(code, n, zeros, worlds):
    """Pseudo-observations of the family, the lowest of the first tied, and the family fitted to them."""
    par, par2 = copula.parameters_for_tau(code, -TAU if code == 23 else TAU) if code else (0.0, 0.0)
    points = simulate(code, par, NU if code == 2 else par2, worlds * n, 7).reshape(worlds, n, 2)
    precipitation = np.maximum(points[..., 0], np.quantile(points[..., 0], zeros, axis=1, keepdims=True))
    u, v = copula.pseudo_observations(precipitation), copula.pseudo_observations(points[..., 1])
    return u, v, copula.select(u, v, families=[code], preselect=False)


def parametric(u, v, fit):
    """% rejected among fits that are on no bound."""
    p = copula.goodness_of_fit(u, v, fit, seed=1, resamples=MULTIPLIERS).p[fit.at_bound == 0]
    return 100 * np.mean(p <= 0.05) if p.size > u.shape[0] / 10 else np.nan


def both(code, n, zeros, worlds):
    """% rejected by multipliers and by the parametric bootstrap, with the ratio of their CPU times."""
    u, v, fit = samples(code, n, zeros, worlds)
    rng, start = np.random.default_rng(3), time.process_time()
    p = [multiplier_p(*pair, code, tau, rng) for *pair, tau in zip(u, v, fit.kendall, strict=True)]
    between = time.process_time()
    rate = parametric(u, v, fit)
    ratio = (between - start) / (time.process_time() - between)
    return f"{100 * np.mean(np.array(p) <= 0.05):5.1f} | {rate:5.1f} ({ratio:.2f})"


def main(worlds=200):
    print("% rejected at 5 % with 0, 10, 30 % zeros: multiplier | parametric (CPU time of the first by the second's)")
    for code, name in FAMILIES.items():
        both(code, 20, 0.0, 4)  # compiles
        for n in LENGTHS:
            print(f"{name:9s} {n:4d}  " + "   ".join(both(code, n, zeros, worlds) for zeros in ZEROS), flush=True)
    print("by the parametric bootstrap alone, n = 240, with 0, 10, 20, 40 % zeros")
    for code in OTHERS:
        rates = [parametric(*samples(code, 240, zeros, worlds)) for zeros in (0.0, 0.1, 0.2, 0.4)]
        print(f"{copula.FAMILIES[code]:12s} " + "  ".join(f"{rate:5.1f}" for rate in rates), flush=True)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
