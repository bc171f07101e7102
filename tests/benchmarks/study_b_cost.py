"""What intervals over years, independence, averages over families and stability add to study B at full size: ratios in
one process, by CPU time.

Each stage runs on the same synthetic cells (three layers, 20 years of months, monthly copulas with and without the
annual cycle and annual ones, 200 resamples of tau, circular null of 12 lags, 100 replicates of controls). The
projection has
150,000 cells (0.25 degrees, northern land), of which the stages that take some cells only take as many as the rules do.
Run with one thread: OPENBLAS_NUM_THREADS=1 python tests/benchmarks/study_b_cost.py [cells]
Fewer than about 500 cells show what each call costs once, not what a cell does.
"""

import itertools
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.core import calendar
from vadose.statistics import copula
from vadose.statistics.copula import averages, selection
from vadose.statistics.copula.families import COUNT, PARAMETERS
from vadose.studies.controls import intervals as controls_intervals
from vadose.studies.controls import results
from vadose.studies.dependence import intervals, pairs, stability, tables

TIMES = calendar.months(2000, 2019)
FULL, LAG_CELLS, CONTROL_CELLS, STABILITY = 150_000, 3_000, 20_000, 200
LAYERS = 3
SERIES = (("monthly", "kept"), ("monthly", "removed"), ("annual", "kept"))


def seconds(task, *arguments, **options):
    """CPU seconds of a call, and what it gives."""
    start = time.process_time()
    outcome = task(*arguments, **options)
    return time.process_time() - start, outcome


def world(cells):
    rng = np.random.default_rng(1)
    precipitation = rng.gamma(2.0, 30.0, (cells, 240))
    noise = rng.normal(0.0, rng.uniform(10.0, 60.0, (cells, LAYERS, 1)), (cells, LAYERS, 240))
    labels = {"layer": [1, 2, 3], "layer_top": ("layer", [0.0, 0.1, 0.4]), "layer_bottom": ("layer", [0.1, 0.4, 1.0])}
    labels |= {"area": ("cell", np.full(cells, 1e9)), "lat": ("cell", np.linspace(3.0, 70.0, cells))}
    others = (np.round(precipitation / 9), precipitation, rng.normal(size=(cells, 240)), rng.normal(size=(cells, 240)))
    return (precipitation, 100.0 + 0.5 * precipitation[:, None] + noise, TIMES), others, labels


def averaged(u, v):
    fits, _ = selection._fit(u, v, np.ones(COUNT, dtype=bool), True, 0)
    aic = 2.0 * PARAMETERS - 2.0 * fits[:, :, 2]
    aic = np.where(np.isfinite(aic), aic, np.inf)
    return seconds(averages.averages, fits[:, :, 0], fits[:, :, 1], aic)[0]


def stages(cells):
    """CPU seconds of the stages of the study, and of what has been added to them, at full size."""
    values, others, labels = world(cells)
    how = {"options": pairs.Options(bootstrap=200, seed=1), "places": np.stack(np.divmod(np.arange(cells), 9), axis=1)}
    how["thickness"] = np.array([0.1, 0.3, 0.6])
    scales = {"time_scales": ["monthly", "annual"], "configured": "kept", "compare": True}
    options = {"choose": "gcv", "penalty": 1.0, "strong_share": 0.75, "replicates": 100, "seed": 1}
    draws, every = {"resamples": 500, "seed": 1}, np.ones(cells, dtype=bool)
    spent, more = {}, dict.fromkeys(("independence", "averages over families"), 0.0)
    spent["copulas"], fitted = seconds(pairs.copulas, *values, **scales, **how)
    spent["lags"], lags = seconds(pairs.lagged_dependence, *values, max_lag=12, null="circular")
    spent["controls"], controls = seconds(results.fit_time_scales, others, *values[1:], **options)
    fitted, lags, controls = (product.assign_coords(labels) for product in (fitted, lags, controls))
    for layer, (time_scale, cycle) in itertools.product(range(LAYERS), SERIES):
        sides = pairs.pair(values[0], values[1][:, layer], TIMES, time_scale, cycle)
        if cycle == "kept":
            period = 12 if time_scale == "monthly" else 1
            more["independence"] += seconds(copula.independence, *sides, period=period)[0]
        more["averages over families"] += averaged(*(copula.pseudo_observations(side) for side in sides))
    few = how | {"places": how["places"][:2], "every": 1}
    part = fitted.isel(cell=slice(2)), *(side[:2] for side in values[:2]), TIMES
    more["stability"] = seconds(stability.with_stability, *part, **few)[0] * cells / 2 / STABILITY
    shares = tables.negative_shares(fitted, None)
    more["tau over years"] = seconds(intervals.tile_sums, *values, fitted, shares, None, **draws)[0]
    more["lags over years"] = seconds(intervals.lag_sums, *values, lags, every, **draws)[0] * LAG_CELLS / FULL
    again = seconds(controls_intervals.tile_sums, others, *values[1:], controls, every, strong_share=0.75, **draws)
    more["controls over years"] = again[0] * CONTROL_CELLS / FULL
    return spent, more


def main(cells=800):
    stages(20)  # compiles
    spent, more = stages(cells)
    before = sum(spent.values()) - more["independence"] - more["averages over families"]
    for name, cost in (spent | more).items():
        print(f"{name:24s} {1e3 * cost / cells:8.3f} ms a cell  {100 * cost / before:6.1f} %")
    print(f"together {100 * sum(more.values()) / before:.1f} % of copulas, lags and controls without it (asked: 15)")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
