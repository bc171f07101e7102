"""Copulas per CPU second on one core, against pyvinecopulib in the same run; compilation, warm start, bootstrap. One
line per figure.

Run:  python tests/benchmarks/copula.py [cells]      (200 cells by default; first compilation is measured in a fresh
cache and takes about 20 s)
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
from vadose.statistics import copula
from vadose.statistics.copula import families, fitting
from vadose.statistics.copula.elliptical import quantile_table

LIBRARY = sys.path[0]

FIRST_CELL = """
import resource, sys, time
sys.path.insert(0, sys.argv[1])
import numpy as np
from vadose import copula
x = np.random.default_rng(0).random((2, 1, 240))
imported = time.process_time()
copula.select(copula.pseudo_observations(x[0]), copula.pseudo_observations(x[1]))
print(imported, time.process_time())
"""


def world(cells: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Rain with zeros and a season, soil moisture that follows it with a link of either sign and any strength, some
    cells with gaps."""
    rng = np.random.default_rng(n)
    season = np.sin(2 * np.pi * np.arange(n) / 12)
    rain = np.maximum(
        rng.gamma(0.8, 1.0, (cells, n)) * np.exp(rng.uniform(-1, 1, (cells, 1)) * season)
        - rng.uniform(0, 0.3, (cells, 1)),
        0.0,
    )
    moisture = (
        rng.uniform(-1, 1.5, (cells, 1)) * np.log1p(rain)
        + 0.3 * rng.uniform(-1, 1, (cells, 1)) * season
        + 0.4 * rng.standard_normal((cells, n))
    )
    rain[::10, ::17] = np.nan
    return copula.pseudo_observations(rain), copula.pseudo_observations(moisture)


def milliseconds(work, cells: int, repeats: int = 3) -> float:
    """Least CPU time of some runs, per cell."""
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return 1e3 * min(taken) / cells


def first_cell(cache: str) -> tuple[float, float]:
    """CPU seconds of a new process until the library is imported, and until its first cell is done."""
    command = [sys.executable, "-c", FIRST_CELL, LIBRARY]
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    imported, done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.split()
    return float(imported), float(done)


def fits_alone(u: np.ndarray, v: np.ndarray, wanted: np.ndarray) -> float:
    """Milliseconds a cell of the fits of some families, without what follows them."""
    fits = np.empty((len(u), families.COUNT, 3))
    facts = np.empty((len(u), fitting.FACTS))
    return milliseconds(lambda: fitting.fit_cells(u, v, wanted, False, 0, quantile_table(), fits, facts), len(u))


def tell_where_the_time_goes(u: np.ndarray, v: np.ndarray) -> None:
    """Shares of the base copulas in the time of all fits, and what tau, tails and averages of the selection take."""
    none = fits_alone(u, v, families.BASE == 0)
    every = fits_alone(u, v, families.BASE >= 0)
    names = ("ranks, facts", "Gaussian", "t", "Clayton", "Gumbel", "Frank", "Joe", "BB1", "BB6", "BB7", "BB8", "Tawn")
    taken = [none, *(fits_alone(u, v, base == families.BASE) - none for base in range(1, 12))]
    shares = ", ".join(f"{name} {100 * part / every:.0f} %" for name, part in zip(names, taken))
    rest = milliseconds(lambda: copula.select(u, v, preselect=False), len(u)) - every
    print(
        f"fits of all families n={u.shape[1]}: {every:.3f} ms a cell ({shares}); tau, tails and averages over families "
        f"{rest:.3f} ms more"
    )


def main(cells: int) -> None:
    for n, published in ((240, 144.0), (20, 26.0)):
        u, v = world(cells, n)
        copula.select(u[:1], v[:1])
        few = max(cells // 10, 5)
        copula.select(u[:1], v[:1], engine="pyvinecopulib")  # imports it
        theirs = milliseconds(
            lambda u=u, v=v, few=few: copula.select(u[:few], v[:few], engine="pyvinecopulib", preselect=False), few, 1
        )
        for preselect in (False, True):
            ours = milliseconds(lambda u=u, v=v, pre=preselect: copula.select(u, v, preselect=pre), cells)
            name = "pre-selected" if preselect else "all 40 families"
            print(
                f"copula.select n={n} {name}: {ours:.3f} ms a cell; pyvinecopulib (all) {theirs:.1f} ms, "
                f"{theirs / ours:.0f} times; "
                f"VineCopula (published) {published:.0f} ms, {published / ours:.0f} times; 150,000 cells "
                f"{150 * ours / 60:.2f} core-minutes"
            )
        tell_where_the_time_goes(u, v)
    u, v = world(cells, 240)
    copula.tau_interval(u[:1], v[:1])
    print(
        f"copula.tau_interval n=240, 200 resamples: {milliseconds(lambda: copula.tau_interval(u, v), cells):.2f} ms a "
        "cell"
    )
    with tempfile.TemporaryDirectory() as cache:
        imported, compiled = first_cell(cache)
        print(f"first compilation of select: {compiled - imported:.1f} s CPU, once per machine")
        imported, done = first_cell(cache)
        print(
            f"warm start: {done:.2f} s CPU from process start to the end of the first cell ({done - imported:.2f} s "
            "after imports)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
