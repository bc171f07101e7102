"""Triple collocation per CPU second against pytesmo, 132 and 240 months, without and with intervals over years; and
what only reading the same series costs, which no way of computing
saves: 2000 cells of 240 months do not fit the processor's own cache.

Run:  python tests/benchmarks/triple_collocation.py   (needs pytesmo, which is in no extra of the project)
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numba
import numpy as np
import pandas as pd
from pytesmo.metrics import ecol, tcol_metrics, tcol_metrics_with_bootstrapped_ci

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
from vadose.statistics import triple_collocation, year_blocks

CELLS, RESAMPLES, ROUNDS = 2000, 1000, 30


def seconds(work: Callable[[], object], cells: int, rounds: int = ROUNDS) -> float:
    """Least CPU time per cell of several rounds."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        spent.append((time.process_time() - begun) / cells)
    return min(spent)


def common_months(cell: np.ndarray) -> np.ndarray:
    return cell[:, np.isfinite(cell).all(axis=0)]


@numba.njit(fastmath={"reassoc"})
def read(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> float:
    """Every value once, in the cheapest way: added up."""
    total = 0.0
    for cell in range(x.shape[0]):
        own_x, own_y, own_z = x[cell], y[cell], z[cell]
        for step in range(own_x.size):
            total += own_x[step] + own_y[step] + own_z[step]
    return total


def compare(months: int) -> None:
    rng = np.random.default_rng(0)
    series = rng.standard_normal((CELLS, months)) + rng.standard_normal((3, CELLS, months))
    gappy = np.where(rng.random(series.shape) < 0.02, np.nan, series)
    year = np.repeat(np.arange(months // 12), 12)
    counts = year_blocks.year_counts(months // 12, RESAMPLES, seed=1)
    few = [series[:, cell] for cell in range(100)]
    few_gappy = [gappy[:, cell] for cell in range(100)]
    frames = [pd.DataFrame(cell.T, columns=list("abc")) for cell in few[:30]]
    triple_collocation.triple_collocation(*series[:, :1])
    triple_collocation.intervals(*series[:, :1], year, counts)
    read(*series[:, :1])
    reading = seconds(lambda: read(*series), CELLS)
    print(f"{months} months, only reading the three series: {1e6 * reading:.3g} us a cell")
    ours = seconds(lambda: triple_collocation.triple_collocation(*series), CELLS)
    of_gappy = seconds(lambda: triple_collocation.triple_collocation(*gappy), CELLS)
    pairs = {
        "tcol_metrics": (ours, seconds(lambda: [tcol_metrics(*cell) for cell in few], 100)),
        "tcol_metrics of the common months": (
            of_gappy,
            seconds(lambda: [tcol_metrics(*common_months(cell)) for cell in few_gappy], 100),
        ),
        "ecol": (ours, seconds(lambda: [ecol(frame) for frame in frames], 30, 3)),
        f"intervals from {RESAMPLES} resamples": (
            seconds(lambda: triple_collocation.intervals(*series[:, :50], year, counts), 50, 3),
            seconds(lambda: tcol_metrics_with_bootstrapped_ci(*few[0], nsamples=RESAMPLES), 1, 3),
        ),
    }
    for name, (own, theirs) in pairs.items():
        costs = f"{1e6 * own:.3g} us a cell, pytesmo {1e6 * theirs:.3g} us"
        print(f"{months} months, {name}: {costs}, {theirs / own:.0f} times")


if __name__ == "__main__":
    compare(132)
    compare(240)
