"""Coverage of intervals over years in simulated worlds, beside that of the interval over places: one line per world and
number.

Worlds of cells on a map: share of the variance that all cells have in common, reach of the spatial correlation
(degrees), lag-1 autocorrelation and number of years. Each cell has two seasons and two layers with planted lines, the
same in all worlds. Truth of the mean slope, of the slope of the area mean and of the share that declines are the true
lines; the truth of contributions, omega, correlations and of the share that such a record shows is their mean over all
worlds of a kind.
Run: python tests/benchmarks/year_intervals.py [worlds [resamples [slice]]]; slices 0 to 3 are the two lengths times the
two reaches. Each slice replaces its rows of workflow_scripts/vadose/pages/report/coverage_over_years.yaml, which the
report prints.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.statistics import attribution, year_intervals
from vadose.statistics.numeric.block_interval import block_interval
from vadose.statistics.trend import line, mann_kendall
from vadose.studies.variability import correlation_resamples, intervals

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "workflow_scripts/vadose/pages/report/coverage_over_years.yaml"
COLUMNS = ["number", "years", "common variance", "reach", "lag one", "over years", "over places", "width ratio"]
SPACING, SEASONS, LAYERS, SEED = 12.0, 2, 2, 7
LAT, LON = (
    side.ravel() for side in np.meshgrid(np.arange(-57, 60, SPACING), np.arange(-117, 120, SPACING), indexing="ij")
)
SIZES = np.array([[1.0, 0.6], [0.8, 0.4]])  # standard deviation by season and layer
SLOPES = np.random.default_rng(SEED).normal(-0.01, 0.02, LAT.size)  # of the total, per year, in its standard deviations
SLICES = list(itertools.product((25, 52), (6.0, 15.0)))
KINDS = ("trend", "humid", "layer 1", "omega")


def root_of(reach):
    """Square root of the correlation matrix exp(-distance / reach) of the cells."""
    distance = np.hypot(LAT[:, None] - LAT, (LON[:, None] - LON) * np.cos(np.radians((LAT[:, None] + LAT) / 2)))
    return np.linalg.cholesky(np.exp(-distance / reach) + 1e-9 * np.eye(LAT.size))


def noise(rng, root, common, memory, years):
    """(cell, year) series of unit variance without a trend."""
    own = root @ rng.normal(size=(LAT.size, years + 50))
    shocks = np.sqrt(common) * rng.normal(size=years + 50) + np.sqrt(1.0 - common) * own
    values = np.zeros_like(shocks)
    for step in range(1, years + 50):
        values[:, step] = memory * values[:, step - 1] + np.sqrt(1 - memory**2) * shocks[:, step]
    return values[:, 50:]


def world(rng, root, common, memory, years):
    """(cell, year, season, layer) soil moisture; half of the variance is that of all seasons and layers of a cell."""
    shared = noise(rng, root, common, memory, years)
    values = np.empty((LAT.size, years, SEASONS, LAYERS))
    for season, layer in np.ndindex(SEASONS, LAYERS):
        series = np.sqrt(0.5) * (shared + noise(rng, root, common, memory, years))
        values[:, :, season, layer] = 20.0 + SIZES[season, layer] * series
    total = SIZES.sum() / SEASONS  # of the slopes below: they add up to SLOPES in the total
    return values + (SLOPES / total)[:, None, None, None] * SIZES * np.arange(years)[:, None, None]


def values_of(slope, fitted):
    """(cell, kind) numbers of each cell whose means are headline numbers."""
    share = fitted.contribution
    parts = [share[:, 0].sum(axis=(1, 2)), share[:, :, 0].sum(axis=(1, 2)), share[..., 0].sum(axis=(1, 2))]
    return np.column_stack([slope, slope < 0, *parts, fitted.omega[:, 0, 0]])


def sample(values, years):
    slope = mann_kendall.mann_kendall(values.sum(axis=(2, 3)) / SEASONS, years).slope
    return values_of(slope, attribution.attribute(values, years))


def intervals_of(worlds, years, resamples):
    """Numbers of each cell (world, cell, kind), and intervals of their means over years and places (world, kind, 2)."""
    cells, count = LAT.size, years.size
    numbers = np.stack([sample(values, years) for values in worlds])
    terms = [year_intervals.sieve(values.reshape(cells, count, -1), years) for values in worlds]
    totals = [
        year_intervals.sieve((values.sum(axis=(2, 3)) / SEASONS)[..., None], years, own[:, :1])
        for values, own in zip(worlds, numbers, strict=True)
    ]
    effective = [year_intervals.effective_years(parts) for parts in totals]
    joined, whole = (
        year_intervals.Sieve(*(np.concatenate(part) for part in zip(*parts, strict=True))) for parts in (terms, totals)
    )
    replicates = []
    for row in year_intervals.draws(count - 1, count, resamples, SEED + int(years[0])):
        again = year_intervals.resample(joined, row).reshape(-1, count, SEASONS, LAYERS)
        slope = mann_kendall.mann_kendall(year_intervals.resample(whole, row)[..., 0], years).slope
        cellwise = values_of(slope, attribution.attribute(again, years))
        replicates.append(cellwise.reshape(len(worlds), cells, -1).mean(axis=1))
    replicates, kinds = np.stack(replicates), range(numbers.shape[2])
    over_years, over_places = np.empty((len(worlds), len(kinds), 2)), np.empty((len(worlds), len(kinds), 2))
    for number, kind in itertools.product(range(len(worlds)), kinds):
        mean = numbers[number, :, kind].mean()
        bounds = year_intervals.interval(mean, replicates[:, number, kind], effective[number], share=kind == 1)
        over_years[number, kind] = bounds.low, bounds.high
        over_places[number, kind] = block_interval(numbers[number, :, kind], LAT, LON, seed=number, resamples=300)
    return numbers, over_years, over_places


def of_the_mean_series(worlds, years):
    """Intervals of the slope of the area-mean series, with the errors of Newey and West and of AR(1)."""
    series = [values.sum(axis=(2, 3)).mean(axis=0) / SEASONS for values in worlds]
    for name, fit in (
        ("slope of the mean series, HAC", line.hac_line),
        ("slope of the mean series, AR(1)", line.ar1_line),
    ):
        lines = [fit(one, years) for one in series]
        yield name, np.array([[one.slope - 1.96 * one.error, one.slope + 1.96 * one.error] for one in lines])


def of_correlations(rng, root, common, memory, years, worlds, resamples):
    """Mean correlation of two variables that have 0.5, its intervals over years and over places."""
    means, over_years, over_places = [], [], []
    for number in range(worlds):
        first, other = (noise(rng, root, common, memory, years.size) for _ in range(2))
        carbon = 0.5 * first + np.sqrt(0.75) * other
        outcome = correlation_resamples.resampled(
            first[..., None], carbon, years, np.ones(LAT.size), np.ones((1, LAT.size), int), alpha=0.05,
            resamples=resamples, seed=number,
        )  # fmt: skip
        own = outcome.replicates[:, 0, 0, 0, 0, 0, 0]
        means.append(outcome.estimate[0, 0, 0, 0, 0, 0])
        bounds = year_intervals.interval(means[-1], own, outcome.years)
        over_years.append((bounds.low, bounds.high))
        a, b = (side - side.mean(axis=1, keepdims=True) for side in (first, carbon))
        r = (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
        over_places.append(block_interval(r, LAT, LON, seed=number, resamples=300))
    return np.mean(means), np.array(over_years), np.array(over_places)


def held(bounds, truth):
    return round(100 * float(np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))), 1)


def rows_of(count, reach, common, memory, worlds, resamples):
    """Rows of one kind of world."""
    rng, root, years = np.random.default_rng(SEED), root_of(reach), np.arange(2000.0, 2000.0 + count)
    several = [world(rng, root, common, memory, count) for _ in range(worlds)]
    numbers, over_years, over_places = intervals_of(several, years, resamples)
    truths = numbers.mean(axis=(0, 1))
    truths[0], truths[1] = SLOPES.mean(), np.mean(SLOPES < 0)
    names = ["mean slope", "share of declining cells", *(f"contribution, {name}" for name in KINDS[:3]), KINDS[3]]
    head = [count, common, reach, memory]
    rows = []
    expected = numbers[..., 1].mean()
    shares = held(over_years[:, 1], expected), held(over_places[:, 1], expected)
    rows.append(["share of declining cells that such a record shows", *head, *shares, None])
    for kind, name in enumerate(names):
        wide, narrow = (np.diff(bounds[:, kind], axis=1).mean() for bounds in (over_years, over_places))
        shares = held(over_years[:, kind], truths[kind]), held(over_places[:, kind], truths[kind])
        rows.append([name, *head, *shares, round(float(wide / narrow), 2)])
    for name, bounds in of_the_mean_series(several, years):
        rows.append([name, *head, held(bounds, truths[0]), None, None])
    if count == 25:
        mean, by_years, by_places = of_correlations(rng, root, common, memory, years, worlds // 2, resamples)
        ratio = np.diff(by_years, axis=1).mean() / np.diff(by_places, axis=1).mean()
        shares = held(by_years, mean), held(by_places, mean)
        rows.append(["correlation of a class", *head, *shares, round(float(ratio), 2)])
    return rows


def check_against_the_product(resamples=20):
    """The joined worlds give what `intervals.period_numbers` gives for one."""
    years = np.arange(2000.0, 2025.0)
    several = [world(np.random.default_rng(n), root_of(6.0), 0.2, 0.3, 25) for n in range(2)]
    numbers, over_years, _ = intervals_of(several, years, resamples)
    one, again, effective = intervals.period_numbers(
        several[1], years, np.ones(LAT.size), [np.ones(LAT.size, bool)], resamples=resamples, seed=SEED
    )
    bounds = year_intervals.interval(one[0][0, 0], again[0][:, 0, 0], effective)
    np.testing.assert_allclose(over_years[1, 0], (bounds.low, bounds.high), rtol=1e-12)


def save(rows, count, reach, worlds, resamples):
    written = yaml.safe_load(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {"rows": []}
    others = [row for row in written["rows"] if (row[1], row[3]) != (count, reach)]
    content = {
        "command": f"python tests/benchmarks/year_intervals.py {worlds} {resamples}",
        "worlds": worlds,
        "resamples": resamples,
        "cells": LAT.size,
        "columns": COLUMNS,
        "rows": sorted(others + rows, key=lambda row: (row[0], *row[1:5])),
    }
    TABLE.write_text(yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120), encoding="utf-8")


def main(worlds=200, resamples=80, chosen=None):
    check_against_the_product()
    for count, reach in SLICES if chosen is None else [SLICES[chosen]]:
        rows = []
        for common, memory in itertools.product((0.0, 0.05, 0.2, 0.4), (0.0, 0.3, 0.6)):
            rows += rows_of(count, reach, common, memory, worlds, resamples)
            for row in rows[-10 if count == 25 else -9 :]:
                print("  ".join(str(part) for part in row), flush=True)
        save(rows, count, reach, worlds, resamples)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
