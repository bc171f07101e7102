"""Speed of the trend tests against pymannkendall, in one process, by CPU time. Run: python tests/benchmarks/trend.py"""

import sys
import time
from pathlib import Path

import numpy as np
import pymannkendall

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.statistics.trend.autocorrelation import hamed_rao
from vadose.statistics.trend.mann_kendall import block_bootstrap, mann_kendall
from vadose.statistics.trend.prewhitening import three_pw


def seconds(function, *arguments, repeats=3, **options):
    """Least CPU time of some runs, after one that compiles."""
    taken = []
    for _ in range(repeats + 1):
        start = time.process_time()
        function(*arguments, **options)
        taken.append(time.process_time() - start)
    return min(taken[1:])


def main():
    rng = np.random.default_rng(1)
    for n, rows, target in ((25, 200_000, 300), (77, 20_000, 120)):
        values, years = rng.normal(size=(rows, n)), np.arange(1948.0, 1948.0 + n)
        gappy = np.where(rng.random(values.shape) < 0.1, np.nan, values)
        package = seconds(lambda few: [pymannkendall.original_test(row) for row in few], values[:300]) / 300
        plain = seconds(mann_kendall, values, years) / rows
        print(
            f"mann_kendall n={n}: {1 / plain:,.0f} rows/s, {package / plain:.0f} times pymannkendall "
            f"({1 / package:,.0f} rows/s), target {target}"
        )
        print(f"mann_kendall n={n} with 10 % gaps: {rows / seconds(mann_kendall, gappy, years):,.0f} rows/s")
        print(
            f"mann_kendall n={n} heavy tails (t2): "
            f"{rows / seconds(mann_kendall, rng.standard_t(2, values.shape), years):,.0f} rows/s"
        )
        corrected = seconds(hamed_rao, values, years) / rows
        print(f"hamed_rao n={n}: {corrected / plain:.2f} times mann_kendall (target at most 2)")
        print(f"three_pw n={n}: {seconds(three_pw, values[:5000], years) / 5000 / plain:.1f} times mann_kendall")
        resampled = seconds(block_bootstrap, values[:100], years, repeats=1) / 100
        print(f"block_bootstrap n={n}, 1000 replicates: {1 / resampled:,.0f} rows/s")


if __name__ == "__main__":
    main()
