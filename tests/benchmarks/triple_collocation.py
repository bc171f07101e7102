"""Triple collocation against pytesmo, in time by the clock: one thread, and as many as the process may use, beside
pytesmo in the same rounds; 132 and 240 months, without and with intervals over years; and what only reading the same
series costs, which no way of computing saves: 2000 cells of 240 months do not fit the processor's own cache.

pytesmo takes one cell at a time in one thread. Ratios are of least times over rounds that take turns, since a machine
that others use slows each; what is read from memory is slowed most.

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
from vadose.core import threads
from vadose.statistics import triple_collocation, year_blocks

CELLS, MANY, OF_INTERVALS, RESAMPLES = 2000, 16000, 512, 1000
Work = dict[str, tuple[Callable[[], object], int]]


def least(work: Work, rounds: int) -> dict[str, float]:
    """Least time per cell, in seconds by the clock, of rounds in which each takes its turn."""
    best = dict.fromkeys(work, np.inf)
    for _ in range(rounds):
        for name, (call, cells) in work.items():
            begun = time.perf_counter()
            call()
            best[name] = min(best[name], (time.perf_counter() - begun) / cells)
    return best


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


def say(months: int, title: str, work: Work, rounds: int) -> None:
    """One line for each of ours against the last of the work, which is pytesmo's."""
    best = least(work, rounds)
    theirs = best.pop("pytesmo")
    for name, own in best.items():
        costs = f"{1e6 * own:.3g} us a cell, pytesmo {1e6 * theirs:.3g} us"
        print(f"{months} months, {title}, {name}: {costs}, {theirs / own:.0f} times", flush=True)


def ours(series: np.ndarray, of: int | None) -> Callable[[], object]:
    return lambda: triple_collocation.triple_collocation(*series, threads=of)


def compare(months: int) -> None:
    rng = np.random.default_rng(0)
    many = rng.standard_normal((MANY, months)) + rng.standard_normal((3, MANY, months))
    series = np.ascontiguousarray(many[:, :CELLS])
    gappy, single = np.where(rng.random(series.shape) < 0.02, np.nan, series), series.astype(np.float32)
    few = [series[:, cell] for cell in range(100)]
    few_single = [single[:, cell] for cell in range(100)]
    few_gappy = [gappy[:, cell] for cell in range(100)]
    frames = [pd.DataFrame(cell.T, columns=list("abc")) for cell in few[:30]]
    all_threads = f"{threads.available()} threads"
    for values in (series, single):
        triple_collocation.triple_collocation(*values[:, :1])
    read(*series[:, :1])

    pytesmo = (lambda: [tcol_metrics(*cell) for cell in few], 100)
    one = (ours(series, 1), CELLS)
    say(
        months,
        "tcol_metrics",
        {"only reading": (lambda: read(*series), CELLS), "one thread": one, "pytesmo": pytesmo},
        60,
    )
    of_single = {
        "one thread": (ours(single, 1), CELLS),
        "pytesmo": (lambda: [tcol_metrics(*cell) for cell in few_single], 100),
    }
    say(months, "tcol_metrics of single precision", of_single, 60)
    of_gappy = (lambda: [tcol_metrics(*common_months(cell)) for cell in few_gappy], 100)
    say(months, "tcol_metrics of the common months", {"one thread": (ours(gappy, 1), CELLS), "pytesmo": of_gappy}, 60)
    of_many = {"only reading": (lambda: read(*many), MANY), "one thread": (ours(many, 1), MANY)}
    of_many |= {all_threads: (ours(many, None), MANY), "pytesmo": pytesmo}
    say(months, f"tcol_metrics, {MANY} cells", of_many, 30)
    say(months, "ecol", {"one thread": one, "pytesmo": (lambda: [ecol(frame) for frame in frames], 30)}, 3)

    year, counts = np.repeat(np.arange(months // 12), 12), year_blocks.year_counts(months // 12, RESAMPLES, seed=1)
    some = series[:, :OF_INTERVALS]
    intervals = {
        name: (lambda of=of: triple_collocation.intervals(*some, year, counts, threads=of), OF_INTERVALS)
        for name, of in (("one thread", 1), (all_threads, None))
    }
    intervals["pytesmo"] = (lambda: tcol_metrics_with_bootstrapped_ci(*few[0], nsamples=RESAMPLES), 1)
    say(months, f"intervals from {RESAMPLES} resamples", intervals, 3)


if __name__ == "__main__":
    compare(132)
    compare(240)
