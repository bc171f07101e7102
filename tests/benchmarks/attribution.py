"""Attribution of full GLDAS (15,000 cells x 924 months x 4 layers) against one read of the same bytes, by CPU time.

Run: python tests/benchmarks/attribution.py
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.statistics.attribution import attribute, attribute_monthly
from vadose.statistics.seasons import moisture_seasons, seasonal_means

PERIODS = [(1948, 1999), (2000, 2024), (1948, 2024)]
SHAPE = (15_000, 4, 77, 12)


def least(function, repeats=5):
    """Least CPU time of some runs; the result is dropped each time, so that every run pays for its own memory."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        taken.append(time.process_time() - start)
    return min(taken)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
    years = np.arange(1948.0, 2025.0)
    rng = np.random.default_rng(1)
    monthly = np.empty(SHAPE, np.float32)
    for start in range(0, SHAPE[0], 1000):
        monthly[start : start + 1000] = rng.uniform(5, 300, (1000, *SHAPE[1:]))
    attribute_monthly(monthly[:2], years, PERIODS)  # compiles
    before = peak()
    attribute_monthly(monthly, years, PERIODS)
    grown = peak() - before
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "monthly"
        monthly.tofile(path)
        reading = least(lambda: np.fromfile(path, np.float32))
        fused = least(lambda: attribute_monthly(monthly, years, PERIODS))
    print(f"one read of {monthly.nbytes / 1e6:.0f} MB from the page cache: {reading:.3f} s")
    print(f"attribute_monthly, three periods: {fused:.3f} s, {fused / reading:.1f} times the read (target at most 8)")
    print(f"memory besides the input: at most {grown / monthly.nbytes:.2f} of it (target 0.5)")
    start = time.process_time()
    seasonal = seasonal_means(monthly, moisture_seasons(monthly))
    for first, last in PERIODS:
        chosen = (years >= first) & (years <= last)
        attribute(seasonal[:, chosen], years[chosen])
    steps = time.process_time() - start
    print(f"the same step by step: {steps:.2f} s, {steps / fused:.1f} times as long")


if __name__ == "__main__":
    main()
