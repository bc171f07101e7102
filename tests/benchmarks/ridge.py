"""Cells per CPU second of vadose.statistics.ridge.regression against scikit-learn's RidgeCV on the same 49 penalties,
one line per figure.

Run:  python tests/benchmarks/ridge.py
"""

import os
import sys
import time
from pathlib import Path

# one thread for both sides: the CPU time of idle BLAS threads would only flatter ours
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
from vadose.statistics.ridge import regression


def world(cells: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(steps)
    predictors = rng.normal(size=(cells, steps, 4)) + 0.5 * rng.normal(size=(cells, steps, 1))
    return predictors, predictors @ [0.3, 0.5, -0.2, 0.1] + rng.normal(size=(cells, steps))


def rate(work, cells: int) -> float:
    begun = time.process_time()
    work()
    return cells / (time.process_time() - begun)


def established(predictors: np.ndarray, response: np.ndarray) -> None:
    from sklearn.linear_model import RidgeCV

    for x, y in zip(predictors, response):
        z = (x - x.mean(0)) / x.std(0)
        RidgeCV(alphas=regression.PENALTIES).fit(z, (y - y.mean()) / y.std())


def main() -> None:
    seconds = 0.0
    for steps, cells, fits in (
        (240, 30_000, 450_000),
        (20, 150_000, 2_250_000),
    ):  # study B: 1 monthly and 5 yearly series x 3 layers x 150,000 cells
        predictors, response = world(cells, steps)
        for choose in ("gcv", "loo"):
            regression.fit(predictors[:2], response[:2], choose=choose)  # compile outside the clock
        usual = rate(lambda: established(predictors[:300], response[:300]), 300)  # noqa: B023
        for choose in ("gcv", "loo"):
            ours = rate(lambda: regression.fit(predictors, response, choose=choose), cells)  # noqa: B023
            print(
                f"ridge n={steps} {choose}: {ours:,.0f} cells/s, RidgeCV {usual:,.0f} cells/s, ratio "
                f"{ours / usual:,.0f}"
            )
            seconds += fits / ours if choose == "gcv" else 0.0
        few = slice(0, 2000)
        boot = rate(
            lambda predictors=predictors, response=response, few=few, steps=steps: regression.dominance_stability(
                predictors[few], response[few], block=min(12, steps // 4), replicates=50
            ),
            2000 * 50,
        )
        print(f"ridge n={steps} bootstrap: {boot:,.0f} replicates/s")
    print(f"ridge of study B (150,000 cells x 3 layers x 6 series, gcv): {seconds:.1f} CPU s")


if __name__ == "__main__":
    main()
