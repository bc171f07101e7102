"""Speed of study B's ridge and Bayesian stages: seconds per step, one line per figure.

Run:  python tests/benchmarks/study_b_controls.py
"""

import functools
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
from vadose.core import calendar
from vadose.statistics import drivers
from vadose.studies.controls import results
from vadose.studies.drivers.rows import CODES, Chunk, gather

TIMES = calendar.months(2000, 2019)


def chunk(cells: int, seed: int = 0) -> Chunk:
    rng = np.random.default_rng(seed)
    fields = rng.normal(size=(4, cells, TIMES.size))
    soil = rng.normal(size=(cells, 1, TIMES.size)) + fields[0][:, None]
    place = (
        np.arange(cells),
        rng.uniform(0, 90, cells),
        rng.uniform(-180, 180, cells),
        rng.choice(CODES, cells),
    )
    return Chunk(*place, tuple(fields[:3]), fields[3], soil)


def clocked(work) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def rows() -> None:
    """Statistics of five million rows, monthly, one layer, 16 ecoregions, cells as groups."""
    gather([chunk(200)], TIMES, ["monthly"], 1, group="none", block_degrees=10.0)
    pieces = [chunk(5000, seed) for seed in range(4)]
    wall, processor = clocked(lambda: gather(pieces, TIMES, ["monthly"], 1, group="none", block_degrees=10.0))
    print(f"statistics of {4 * 5000 * 240 / 1e6:.1f} million rows: {wall:.1f} s, {processor:.1f} CPU s")


def ridge() -> None:
    """All six time scales of 2000 cells and three layers, with 50 bootstrap replicates."""
    rng = np.random.default_rng(1)
    fields, soil = rng.gamma(3.0, 5.0, (4, 2000, TIMES.size)), rng.normal(size=(2000, 3, TIMES.size))
    options = {"choose": "gcv", "penalty": 1.0, "strong_share": 0.75, "seed": 1}
    for replicates in (0, 50):
        predictors = results.predictors_of(*fields, TIMES, "monthly")
        results.fit_scale(predictors[:2], soil[:2], "monthly", replicates=replicates, **options)
        _, processor = clocked(
            functools.partial(results.fit_scale, predictors, soil, "monthly", replicates=replicates, **options)
        )
        print(f"monthly controls of 2000 cells x 3 layers, {replicates} replicates: {processor:.2f} CPU s")


def sampling() -> None:
    """4 x (2000 + 2000) draws for 1e3 to 5e6 rows, after one compilation."""
    rng = np.random.default_rng(2)
    begun = time.perf_counter()
    for number, count in enumerate((1000, 1000, 100_000, 1_000_000, 5_000_000)):
        accumulator = drivers.Accumulator()
        for _ in range(max(1, count // 1_000_000)):
            x = rng.normal(size=(min(count, 1_000_000), 3))
            accumulator.add(x, x @ rng.normal(size=(3, 2)) * 0.3 + rng.normal(size=(x.shape[0], 2)))
        statistics = accumulator.statistics("pooled")
        wall, processor = clocked(lambda: drivers.sample(statistics, seed=1, cores=2))  # noqa: B023
        words = (
            f"compiled and sampled in {time.perf_counter() - begun:.1f} s"
            if number == 0
            else f"sampled in {wall:.1f} s, {processor:.1f} CPU s"
        )
        print(f"driver model of {count} rows: {words}")


if __name__ == "__main__":
    rows()
    ridge()
    sampling()
