"""What risk costs beside the selection of copulas, in one process by CPU time, and how often its intervals hold planted
probabilities: one line per world (% over 200 cells and all thresholds; the least and the most of one threshold).
Run with one thread: OPENBLAS_NUM_THREADS=1 python tests/benchmarks/risk.py [cells [repeats]]
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from test_risk import WORLDS, YEARS, estimated, planted

from vadose.core import calendar
from vadose.statistics import copula
from vadose.statistics.copula import averages, selection
from vadose.statistics.copula.families import COUNT
from vadose.studies.dependence import pairs
from vadose.studies.risk import cells

SERIES = (("monthly", "kept"), ("monthly", "removed"), ("annual", "kept"))


def seconds(task, *arguments, **options):
    """Least CPU seconds of three calls after one that compiles."""
    task(*arguments, **options)
    spent = []
    for _ in range(3):
        start = time.process_time()
        task(*arguments, **options)
        spent.append(time.process_time() - start)
    return min(spent)


def cost(count):
    """CPU seconds of the published selection of one layer, and of what risk adds to it."""
    random, months = np.random.default_rng(1), calendar.months(2000, 2019)
    precipitation = random.gamma(2.0, 30.0, (count, 240))
    moisture = 100.0 + 0.5 * precipitation + random.normal(0.0, random.uniform(10.0, 60.0, (count, 1)), (count, 240))
    how = {"time_scales": ["monthly", "annual"], "configured": "kept", "compare": True}
    options = pairs.Options(bootstrap=200, seed=1)
    base = seconds(pairs.copulas, precipitation, moisture[:, None], months, options=options, **how)
    more = 0.0
    for scale, cycle in SERIES:
        u, v = (copula.pseudo_observations(side) for side in pairs.pair(precipitation, moisture, months, scale, cycle))
        wanted = np.ones(COUNT, dtype=bool)
        fits, _ = selection._fit(u, v, wanted, True, 0)
        fitted = fits[:, :, 0], fits[:, :, 1], selection._aic(fits, wanted), cells.POINTS
        more += seconds(averages.joint_averages, *fitted)
        year = np.repeat(np.arange(YEARS), u.shape[1] // YEARS)
        more += seconds(cells.of_pairs, u, v, averages.joint_averages(*fitted), year, YEARS, alike=True)
    return base, more


def main(count=1000, repeats=5):
    ratios = [100.0 * more / base for base, more in (cost(count) for _ in range(repeats))]
    print(f"risk takes {min(ratios):.1f} to {max(ratios):.1f} % of the selection in {repeats} repeats (asked: 5)")
    for steps in (240, 20):
        for code, tau in WORLDS:
            u, v, truth = planted(code, tau, 200, steps)
            out = estimated(u, v, np.repeat(np.arange(YEARS), steps // YEARS))
            rate = 100.0 * ((out["low"] <= truth) & (truth <= out["high"]))
            each = rate.mean(axis=0)
            name = copula.FAMILIES[code]
            print(f"{steps:4d} {name:14s} tau {tau:4.1f}: {rate.mean():5.1f} % ({each.min():.0f} to {each.max():.0f})")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
