"""Lagged Kendall's tau per CPU second against scipy.stats.kendalltau at n = 240, thirteen lags, with ties and gaps.

Run:  python tests/benchmarks/lags.py
"""

import sys
import time
from pathlib import Path

import numpy as np
from scipy.stats import kendalltau

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
from vadose.statistics import lags

CELLS, LENGTH, MAX_LAG = 400, 240, 12


def world() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    driver = np.round(np.maximum(rng.gamma(0.8, 40.0, (CELLS, LENGTH)) - 5.0, 0.0), 1)
    response = 0.3 * np.roll(driver, 1, axis=1) + rng.standard_normal((CELLS, LENGTH)) * 20
    response[rng.random(response.shape) < 0.05] = np.nan
    return driver, response


def by_scipy(driver: np.ndarray, response: np.ndarray) -> None:
    for lag in range(MAX_LAG + 1):
        both = np.isfinite(response[lag:])
        kendalltau(driver[: LENGTH - lag][both], response[lag:][both])


def main() -> None:
    driver, response = world()
    lags.kendall_lags(driver[:1], response[:1], MAX_LAG)
    begun = time.process_time()
    lags.kendall_lags(driver, response, MAX_LAG)
    ours = (time.process_time() - begun) / CELLS
    begun = time.process_time()
    for cell in range(20):
        by_scipy(driver[cell], response[cell])
    theirs = (time.process_time() - begun) / 20
    print(
        f"lags.kendall_lags n={LENGTH}, {MAX_LAG + 1} lags: {1e6 * ours:.0f} us a cell; scipy.stats.kendalltau "
        f"{1e6 * theirs:.0f} us, {theirs / ours:.0f} times"
    )
    begun = time.process_time()
    lags.optimal_lag(driver, response, MAX_LAG, null="circular")
    print(f"lags.optimal_lag with circular null: {1e3 * (time.process_time() - begun) / CELLS:.2f} ms a cell")


if __name__ == "__main__":
    main()
