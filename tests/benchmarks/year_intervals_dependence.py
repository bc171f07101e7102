"""Coverage of intervals over years of study B: one line per simulated world.

Worlds of cells on a map of the north: precipitation and soil moisture of 20 years of months, a share of whose variance
all cells have in common, the rest correlated over some degrees, both with lag-1 autocorrelation from month to month.
Kendall's tau between them is 0 everywhere, or planted with mean 0.1 and standard deviation 0.15 over cells. The truth
of the mean monthly tau is the planted one; that of annual values and of the share of negative tau-b is the mean over
worlds, what another 20 years would give. Ridge worlds: three controls and temperature, planted coefficients that differ
between cells, the truth is the mean over worlds. Beside each: the coverage of the interval over places.
Run: python tests/benchmarks/year_intervals_dependence.py [worlds]
"""

import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.statistics import year_blocks
from vadose.statistics.numeric.block_interval import block_interval
from vadose.statistics.ridge import regression, resampled
from vadose.studies import year_tables

SPACING, YEARS = 9.0, 20
LAT, LON = (side.ravel() for side in np.meshgrid(np.arange(5, 78, SPACING), np.arange(-60, 62, SPACING), indexing="ij"))
CELLS = LAT.size
YEAR = np.repeat(np.arange(YEARS), 12)
ONES, EVERYWHERE = np.ones((1, CELLS), dtype=bool), np.zeros(CELLS, dtype=np.int64)


def root_of(reach):
    """Square root of the correlation matrix exp(-distance / reach) of the cells."""
    distance = np.hypot(LAT[:, None] - LAT, (LON[:, None] - LON) * np.cos(np.radians((LAT[:, None] + LAT) / 2)))
    return np.linalg.cholesky(np.exp(-distance / reach) + 1e-9 * np.eye(CELLS))


def field(rng, root, common, memory):
    """(cell, month) series of unit variance."""
    steps = 12 * YEARS + 30
    shocks = np.sqrt(common) * rng.normal(size=steps) + np.sqrt(1.0 - common) * (root @ rng.normal(size=(CELLS, steps)))
    values = shocks.copy()
    for step in range(1, steps):
        values[:, step] = memory * values[:, step - 1] + np.sqrt(1.0 - memory**2) * shocks[:, step]
    return values[:, 30:]


def of_sums(values, share):
    """Interval row of one number from (cell, resample) values."""
    there = np.where(np.isfinite(values), 1.0, np.nan)
    sums = year_tables.region_sums(np.stack([there, values]), ONES, np.ones(CELLS), EVERYWHERE, 1)[:, 0, 0]
    row = year_tables.rows({}, sums[1], sums[0], YEARS, share=share)[0]
    return row["estimate"], row["low"], row["high"]


def tau_world(rng, root, common, memory, tau, seed, resamples, step):
    """Mean tau and negative share of one world, each with its limits over years and over places."""
    slope = np.sin(0.5 * np.pi * tau)[:, None]
    driver = field(rng, root, common, memory)
    response = slope * driver + np.sqrt(1.0 - slope**2) * field(rng, root, common, memory)
    counts = year_blocks.year_counts(YEARS, resamples, seed)
    if step == 12:  # annual values
        driver, response = (side.reshape(CELLS, YEARS, 12).mean(axis=2) for side in (driver, response))
    parts = year_blocks.kendall(driver, response, YEAR if step == 1 else np.arange(YEARS), counts)
    taus = np.concatenate([part for _, part in parts])
    # As in the product: cells are drawn towards their mean as far as their spread is sampling error.
    error = float(taus[:, 1:].var(axis=1, ddof=1).mean())
    kept = np.sqrt(max(0.0, 1.0 - error / taus[:, 0].var(ddof=1)))
    spread = taus + (1.0 - kept) * (taus[:, 0].mean() - taus[:, :1])
    spread[:, 0] = taus[:, 0]
    numbers = [of_sums(taus, False), of_sums((spread < 0).astype(float), True)]
    places = [
        block_interval(taus[:, 0], LAT, LON, seed=seed),
        block_interval((taus[:, 0] < 0) * 1.0, LAT, LON, seed=seed),
    ]
    return [(*number, *place) for number, place in zip(numbers, places, strict=True)]


def ridge_world(rng, root, common, memory, planted, seed, resamples):
    """Share of cells in which the first control is the largest, and its mean share."""
    predictors = np.stack([field(rng, root, common, memory) for _ in range(4)], axis=2)
    response = np.einsum("ctk,ck->ct", predictors, planted) + field(rng, root, common, memory)
    counts = year_blocks.year_counts(YEARS, resamples, seed)
    fitted = regression.fit(predictors, response)
    fits = resampled.resampled_coefficients(predictors, response, fitted.penalty, YEAR, counts)
    size = np.abs(np.concatenate([part for _, part in fits])[:, :3])
    share = size / size.sum(axis=1, keepdims=True)
    first = (share.argmax(axis=1) == 0).astype(float)
    numbers = [of_sums(first, True), of_sums(share[:, 0], True)]
    places = [block_interval(values[:, 0], LAT, LON, seed=seed) for values in (first, share[:, 0])]
    return [(*number, *place) for number, place in zip(numbers, places, strict=True)]


def coverage(rows, truth):
    """% of worlds in which the limits over years, and over places, hold the truth; standard units of one number."""
    _, low, high, left, right = np.array(rows).T
    return 100 * np.mean((low <= truth) & (truth <= high)), 100 * np.mean((left <= truth) & (truth <= right))


def main(worlds=200, resamples=100):
    print("number                    reach  common  lag-1  planted   over years  over places")
    for reach, common, memory in itertools.product((6.0, 15.0), (0.0, 0.05, 0.2, 0.4), (0.0, 0.3, 0.6)):
        root = root_of(reach)
        for planted, step in ((False, 1), (True, 1), (True, 12)):
            rng = np.random.default_rng(7)
            tau = np.random.default_rng(1).normal(0.1, 0.15, CELLS) if planted else np.zeros(CELLS)
            rows = [tau_world(rng, root, common, memory, tau, seed, resamples, step) for seed in range(worlds)]
            mean, share = (np.array([row[number] for row in rows]) for number in (0, 1))
            for name, part, truth in (
                ("mean tau", mean, tau.mean() if step == 1 else mean[:, 0].mean()),
                ("share negative", share, share[:, 0].mean()),
            ):
                years, places = coverage(part, truth)
                scale = "monthly" if step == 1 else "annual"
                print(
                    f"{name:15s} {scale:8s} {reach:6.0f}  {common:6.2f}  {memory:5.1f}  {planted!s:7s} {years:9.1f} %"
                    f"  {places:8.1f} %",
                    flush=True,
                )
    root = root_of(6.0)
    planted = np.abs(np.random.default_rng(2).normal(0.3, 0.2, (CELLS, 4)))
    for common, memory in itertools.product((0.0, 0.2, 0.4), (0.0, 0.6)):
        rng = np.random.default_rng(8)
        rows = [ridge_world(rng, root, common, memory, planted, seed, resamples) for seed in range(worlds)]
        for number, name in enumerate(("largest control", "mean share")):
            part = np.array([row[number] for row in rows])
            years, places = coverage(part, part[:, 0].mean())
            print(
                f"{name:24s} {6:6.0f}  {common:6.2f}  {memory:5.1f}  {True!s:7s} {years:9.1f} %  {places:8.1f} %",
                flush=True,
            )


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
