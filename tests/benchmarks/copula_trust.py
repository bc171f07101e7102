"""What flags, independence, averages over families and stability cost beside the selection of copulas and the interval
of tau, and the level of goodness of fit by family, with and without zeros.

One process, by CPU time. Run: python tests/benchmarks/copula_trust.py [cells], or with "level" for the second.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.core import calendar
from vadose.statistics import copula
from vadose.statistics.copula import averages, selection
from vadose.statistics.copula.families import COUNT, PARAMETERS
from vadose.statistics.copula.pyvine import simulate
from vadose.studies.dependence import pairs, stability

TIMES = calendar.months(2000, 2019)
FAMILIES = (0, 1, 2, 3, 4, 5, 13, 23, 104)


def seconds(task, *arguments, **options):
    task(*arguments, **options)
    start = time.process_time()
    task(*arguments, **options)
    return time.process_time() - start


def costs(cells):
    random = np.random.default_rng(1)
    precipitation = random.gamma(2.0, 30.0, (cells, TIMES.size))
    soil = 0.5 * precipitation[:, None] + random.normal(100.0, random.uniform(10, 60, (cells, 1, 1)), (cells, 1, 240))
    scale = {"time_scales": ["monthly", "annual"], "configured": "kept", "compare": True}
    how = {
        "options": pairs.Options(bootstrap=200, seed=1),
        "places": np.stack(np.divmod(np.arange(cells), 40), axis=1),
        "thickness": np.array([0.1]),
    }
    whole = seconds(pairs.copulas, precipitation, soil, TIMES, **scale, **how)
    more = dict.fromkeys(("independence", "averages", "stability of one cell in 200"), 0.0)
    for time_scale, cycle in (("monthly", "kept"), ("monthly", "removed"), ("annual", "kept")):
        driver, response = pairs.pair(precipitation, soil[:, 0], TIMES, time_scale, cycle)
        if cycle == "kept":
            steps = 12 if time_scale == "monthly" else 1
            more["independence"] += seconds(copula.independence, driver, response, period=steps)
        u, v = copula.pseudo_observations(driver), copula.pseudo_observations(response)
        fits, _ = selection._fit(u, v, np.ones(COUNT, dtype=bool), True, 0)
        aic = 2.0 * PARAMETERS - 2.0 * fits[:, :, 2]
        aic = np.where(np.isfinite(aic), aic, np.inf)
        more["averages"] += seconds(averages.averages, fits[:, :, 0], fits[:, :, 1], aic)
    fitted = pairs.copulas(precipitation, soil, TIMES, **scale, **how)
    every = 10
    more["stability of one cell in 200"] = (
        seconds(stability.with_stability, fitted, precipitation, soil, TIMES, every=every, **how) * every / 200
    )
    before = whole - more["independence"] - more["averages"]
    for name, cost in more.items():
        print(f"{name}: {100 * cost / before:.1f} % of selection and interval of tau")
    print(f"together: {100 * sum(more.values()) / before:.1f} % (target at most 15)")


def levels(cells):
    for code in FAMILIES:
        par, par2 = copula.parameters_for_tau(code, -0.4 if code == 23 else 0.4) if code else (0.0, 0.0)
        points = simulate(code, par, par2, cells * 240, 7).reshape(cells, 240, 2)
        row = []
        for zeros in (0.0, 0.1, 0.2, 0.4):
            rain = np.maximum(points[..., 0], np.quantile(points[..., 0], zeros, axis=1, keepdims=True))
            u, v = copula.pseudo_observations(rain), copula.pseudo_observations(points[..., 1])
            fit = copula.select(u, v, families=[code], preselect=False)
            tested = copula.goodness_of_fit(u, v, fit, seed=1).p[fit.at_bound == 0]
            row.append(f"{100 * np.mean(tested <= 0.05):.1f} %" if tested.size > cells / 10 else "on a bound")
        print(f"{copula.FAMILIES[code]}: rejected at 5 % with 0, 10, 20, 40 % zeros: {', '.join(row)}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["level"]:
        levels(300)
    else:
        costs(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
