"""Coverage of intervals over years in simulated worlds, beside the interval over places: one line per world.

Worlds of cells on a map without a trend: share of the variance that all cells have in common, reach of the spatial
correlation (degrees), lag-1 autocorrelation and number of years. The number is the mean of Sen's slope over cells, and
the share of cells that decline; the truth of the first is 0, of the second what the true lines have.
Run: python tests/benchmarks/year_intervals.py [worlds]
"""

import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.statistics import year_intervals
from vadose.statistics.numeric.block_interval import block_interval
from vadose.statistics.trend.mann_kendall import mann_kendall

SPACING = 6.0
LAT, LON = (
    side.ravel() for side in np.meshgrid(np.arange(-57, 60, SPACING), np.arange(-117, 120, SPACING), indexing="ij")
)


def fields(reach):
    """Square root of the correlation matrix exp(-distance / reach) of the cells."""
    distance = np.hypot(LAT[:, None] - LAT, (LON[:, None] - LON) * np.cos(np.radians((LAT[:, None] + LAT) / 2)))
    return np.linalg.cholesky(np.exp(-distance / reach) + 1e-9 * np.eye(LAT.size))


def world(rng, root, common, memory, years):
    """(cell, year) series of unit variance without a trend."""
    noise = root @ rng.normal(size=(LAT.size, years + 50))
    shocks = np.sqrt(common) * rng.normal(size=years + 50) + np.sqrt(1.0 - common) * noise
    values = np.zeros_like(shocks)
    for step in range(1, years + 50):
        values[:, step] = memory * values[:, step - 1] + np.sqrt(1 - memory**2) * shocks[:, step]
    return values[:, 50:]


def covered(values, years, seed, resamples=200):
    """Whether the intervals of the mean slope over years and over places hold 0, and their widths."""
    slope = mann_kendall(values, years).slope
    parts = year_intervals.sieve(values[..., None], years, slope[:, None])
    rows = year_intervals.draws(years.size - 1, years.size, resamples, seed)
    replicates = [mann_kendall(year_intervals.resample(parts, row)[..., 0], years).slope.mean() for row in rows]
    effective = year_intervals.effective_years(parts)
    found = year_intervals.interval(slope.mean(), replicates, effective)
    places = block_interval(slope, LAT, LON, seed=seed)
    return (found.low <= 0 <= found.high, places[0] <= 0 <= places[1], found.high - found.low, places[1] - places[0])


def main(worlds=300):
    print("years  common  reach  lag-1   over years  over places   width years / places")
    for count, reach in itertools.product((25, 52), (6.0, 15.0)):
        root, years = fields(reach), np.arange(2000.0, 2000.0 + count)
        for common, memory in itertools.product((0.0, 0.05, 0.2, 0.4), (0.0, 0.3, 0.6)):
            rng = np.random.default_rng(7)
            rows = [covered(world(rng, root, common, memory, count), years, seed) for seed in range(worlds)]
            over_years, over_places, wide, narrow = np.mean(rows, axis=0)
            print(
                f"{count:5d}  {common:6.2f}  {reach:5.0f}  {memory:5.1f}   {100 * over_years:8.1f} %  "
                f"{100 * over_places:8.1f} %   {wide / narrow:6.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
