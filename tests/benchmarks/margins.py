"""Parametric margins per CPU second at n = 240 and n = 20, and the extrapolation to 900,000 cells x 2 variables (half
monthly, half annual).

Run:  python tests/benchmarks/margins.py
"""

import sys
import time
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
from vadose.statistics import margins


def seconds_a_cell(work, cells: int) -> float:
    taken = []
    for _ in range(3):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken) / cells


def main(cells: int = 1500) -> None:
    minutes = 0.0
    for n in (240, 20):
        rng = np.random.default_rng(n)
        rain = (
            np.maximum(rng.gamma(0.8, 60.0, (cells, n)) - 10.0, 0.0) if n == 240 else rng.gamma(20.0, 40.0, (cells, n))
        )
        season = np.sin(2 * np.pi * np.arange(n) / 12)
        moisture = 0.25 + 0.08 * season * rng.uniform(0, 1, (cells, 1)) + 0.02 * rng.gumbel(size=(cells, n))
        moisture = np.clip(moisture, 0.01, 0.49)
        margins.fit_soil_moisture(moisture[:2], layer_range=(0.0, 0.5))
        wet = seconds_a_cell(lambda x=moisture: margins.fit_soil_moisture(x, layer_range=(0.0, 0.5)), cells)
        dry = seconds_a_cell(lambda x=rain: margins.fit_precipitation(x), cells)
        ranks = seconds_a_cell(lambda x=rain: margins.pseudo_observations(x), cells)
        minutes += 450_000 * (wet + dry) / 60
        print(
            f"margins n={n}: soil moisture (7 distributions) {1e6 * wet:.0f} us, precipitation (4) {1e6 * dry:.0f} us, "
            f"ranks {1e6 * ranks:.1f} us a cell"
        )
        begun = time.process_time()
        for cell in range(10):
            for family in (stats.norm, stats.gumbel_r, stats.genextreme):
                family.fit(moisture[cell])
        theirs = (time.process_time() - begun) / 10
        print(f"  scipy.stats fits of three of the seven: {1e3 * theirs:.0f} ms a cell, {theirs / wet:.0f} times")
    print(
        f"margins of 900,000 cells x 2 variables, half monthly and half annual: {minutes:.1f} core-minutes by "
        "extrapolation"
    )


if __name__ == "__main__":
    main()
