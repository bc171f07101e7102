"""Coverage of intervals over years in simulated worlds, beside that of the interval over places: one line per world and
number.

Worlds of cells on a map: share of the variance that all cells have in common, reach of the spatial correlation
(degrees), lag-1 autocorrelation and number of years. Each cell has two seasons and two layers with planted lines, the
same in all worlds. Truth of the mean slope, of the slope of the area mean and of "share of declining cells" are the
true lines; the truth of the others (contributions, omega, correlations, shares of cells that such a record shows) is
their mean over all worlds of a kind.
Changes between periods: records of 77 years, whose last 25 have lines twice as steep, a third of the worlds. Shares of
significant correlations: as the mean correlation of a class, a third of the worlds.
Run: python tests/benchmarks/year_intervals.py [worlds [resamples [slice]]]; slices 0 to 3 are the two lengths times the
two reaches, 4 and 5 the changes of the two reaches. Each slice replaces its rows of
workflow_scripts/vadose/pages/report/coverage_over_years.yaml, which the report prints.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.statistics import attribution, correlation, significance, slope_noise, year_intervals
from vadose.statistics.numeric.block_interval import block_interval
from vadose.statistics.trend import line, mann_kendall
from vadose.studies.variability import correlation_resamples, intervals, trend_spread, year_samples

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "workflow_scripts/vadose/pages/report/coverage_over_years.yaml"
COLUMNS = ["number", "years", "common variance", "reach", "lag one", "over years", "over places", "width ratio"]
SPACING, SEASONS, LAYERS, SEED = 20.0, 2, 2, 7
LAT, LON = (
    side.ravel() for side in np.meshgrid(np.arange(-57, 60, SPACING), np.arange(-117, 120, SPACING), indexing="ij")
)
UNIT = 60.0  # kg m-2, so that some slopes lie beyond -2 kg m-2 yr-1
SIZES = UNIT * np.array([[1.0, 0.6], [0.8, 0.4]])  # standard deviation by season and layer
SLOPES = UNIT * np.random.default_rng(SEED).normal(-0.01, 0.02, LAT.size)  # of the total, per year
SLICES = list(itertools.product((25, 52, 77), (6.0, 15.0)))
LABELS = ["humid", "arid"], ["1", "2"]
NAMES = [intervals.key(**label) for label in intervals.labels(*LABELS)]
KINDS = {  # number of the product -> name in the table
    "mean_slope": "mean slope",
    "share_declining": "share of declining cells that such a record shows",
    "share_strongly_declining": "share of strongly declining cells that such a record shows",
    "share_significant": "share of significant cells that such a record shows",
    "dynamics: trend": "contribution, trend",
    "season: humid": "contribution, humid",
    "layer: 1": "contribution, layer 1",
    "omega: humid, 1": "omega",
    "term: trend, humid, 1": "contribution, trend, humid, layer 1",
    "term: iav, humid, 1": "contribution, iav, humid, layer 1",
    "difference of layer: 2 minus 1": "difference of the contributions of two layers",
    "mean_slope of layer: 1": "mean slope of layer 1",
    "share_declining of layer: 1": "share of declining cells of layer 1 that such a record shows",
}
CHANGES = {
    "mean_slope": "change of the mean slope",
    "share_declining": "change of the share of declining cells that such records show",
    "share_strongly_declining": "change of the share of strongly declining cells that such records show",
    "share_significant": "change of the share of significant cells that such records show",
    "dynamics: trend": "change of the contribution, trend",
    "season: humid": "change of the contribution, humid",
    "layer: 1": "change of the contribution, layer 1",
    "omega: humid, 1": "change of omega",
}

PLACES = trend_spread.columns(len(intervals.SLOPES), intervals.SLOPES.index("share_significant"), SEASONS, LAYERS)


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
        values[:, :, season, layer] = 20.0 * UNIT + SIZES[season, layer] * series
    total = SIZES.sum() / SEASONS  # of the slopes below: they add up to SLOPES in the total
    return values + (SLOPES / total)[:, None, None, None] * SIZES * np.arange(years)[:, None, None]


def samples(worlds, years, resamples):
    """Columns of the data and of every resample, each world about its own lines: (world, cell, number); first what each
    world knows of its noise."""
    cells, count = LAT.size, years.size
    parts, noises = [], []
    for values in worlds:
        total = values.sum(axis=(2, 3)) / SEASONS
        slope = mann_kendall.mann_kendall(total, years).slope
        terms = year_intervals.sieve(values.reshape(cells, count, -1), years)
        whole = year_intervals.sieve(total[..., None], years, slope[:, None])
        loading = slope_noise.loadings(whole, years)
        keep = slope_noise.kept(slope, loading)
        parts.append([slope_noise.shrunk(one, years, *keep) for one in (terms, whole)])
        fitted = attribution.attribute(values, years)
        squares = trend_spread.squares(slope, fitted, loading, years, np.ones(cells))
        noises.append((year_intervals.effective_years(whole), squares))
    yield noises
    values = np.concatenate(worlds)
    series = np.concatenate([values.mean(axis=2), values.sum(axis=3)], axis=2)
    lines = year_samples._sen(series, years)
    yield columns(values, values.sum(axis=(2, 3)) / SEASONS, lines, years)
    terms, whole = (
        year_intervals.Sieve(*(np.concatenate(part) for part in zip(*one, strict=True)))
        for one in zip(*parts, strict=True)
    )
    for row in year_intervals.draws(count - 1, count, resamples, SEED + int(years[0])):
        again = year_intervals.resample(terms, row)
        slopes = slope_noise.least_squares(again, years).reshape(-1, SEASONS, LAYERS)
        lines = np.concatenate([slopes.mean(axis=1), slopes.sum(axis=2)], axis=1)
        total = year_intervals.resample(whole, row)[..., 0]
        yield columns(again.reshape(values.shape), total, lines, years, slopes.sum(axis=2).mean(axis=1))


def columns(values, total, lines, years, slope=None):
    """What the headline numbers are means of; Sen's slope where none is given."""
    tested, fitted = mann_kendall.mann_kendall(total, years), attribution.attribute(values, years)
    rejected = significance.field_significance(tested.p, intervals.LEVELS.alpha_fdr)[1]
    marginals = [fitted.contribution.sum(axis=axes) for axes in ((2, 3), (1, 3), (1, 2))]
    parts = [
        *signs(tested.slope if slope is None else slope),
        np.stack([tested.p <= intervals.LEVELS.alpha, rejected], axis=1),
        *marginals,
        fitted.contribution.reshape(len(values), -1),
        fitted.omega.reshape(len(values), -1),
        *(np.diff(part, axis=1) for part in marginals),
        *signs(lines),
    ]
    return np.column_stack(parts).reshape(-1, LAT.size, len(NAMES))


def signs(slope):
    return slope, slope < 0, slope < -intervals.STRONG, slope > intervals.STRONG


def drawn_of(worlds, years, resamples):
    """Numbers of each cell (world, cell, number); and of each world resamples of their means, effective years and
    squares."""
    drawn = samples(worlds, years, resamples)
    noises, numbers = next(drawn), next(drawn)
    replicates = np.stack([again.mean(axis=1) for again in drawn])
    narrowed = [
        trend_spread.narrowed(replicates[:, number], PLACES, squares.variance)
        for number, (_, squares) in enumerate(noises)
    ]
    return numbers, narrowed, noises


def intervals_of(worlds, years, resamples):
    """Numbers of each cell (world, cell, number), and intervals of the means of some over years and places."""
    numbers, narrowed, noises = drawn_of(worlds, years, resamples)
    over_years, over_places = (np.full((len(worlds), len(KINDS), 2), np.nan) for _ in range(2))
    for number, (effective, squares) in enumerate(noises):
        own = narrowed[number]
        tails = trend_spread.tails(squares, own[:, PLACES.trend[0]].std(ddof=1), effective)
        for place, kind in enumerate(KINDS):
            column = NAMES.index(kind)
            cellwise = numbers[number, :, column]
            bounds = intervals.limits(kind, cellwise.mean(), own[:, column], effective, tails, LAT.size)
            over_years[number, place] = bounds.low, bounds.high
            over_places[number, place] = block_interval(cellwise, LAT, LON, seed=number, resamples=100)
    chosen = [NAMES.index(kind) for kind in KINDS]
    return numbers[..., chosen], over_years, over_places


def rows_of_changes(reach, common, memory, worlds, resamples):
    """Rows of changes between the first 52 and the last 25 of 77 years, whose lines are twice as steep."""
    rng = np.random.default_rng([SEED, 77, int(reach), int(100 * common), int(10 * memory)])
    root, steeper = root_of(reach), (SLOPES / SIZES.sum() * SEASONS)[:, None, None, None] * SIZES
    several = [world(rng, root, common, memory, 77) for _ in range(worlds)]
    for values in several:
        values[:, 52:] += steeper * np.arange(25)[:, None, None]
    years, rows = np.arange(1948.0, 2025.0), []
    early, late = (
        drawn_of([values[:, part] for values in several], years[part], resamples)
        for part in (slice(52), slice(52, None))
    )
    for kind, name in CHANGES.items():
        column, over_years, over_places = NAMES.index(kind), [], []
        apart = late[0][..., column] - early[0][..., column]  # (world, cell)
        for number, cells in enumerate(apart):
            replicates = late[1][number][:, column] - early[1][number][:, column]
            effective = min(early[2][number][0], late[2][number][0])
            bounds = intervals.limits(kind, cells.mean(), replicates, effective)
            over_years.append((bounds.low, bounds.high))
            over_places.append(block_interval(cells, LAT, LON, seed=number, resamples=100))
        truth = SLOPES.mean() if kind == "mean_slope" else apart.mean()
        rows.append(row_of(name, [77, common, reach, memory], np.array(over_years), np.array(over_places), truth))
    return rows


def row_of(name, head, over_years, over_places, truth):
    ratio = np.diff(over_years, axis=1).mean() / np.diff(over_places, axis=1).mean()
    return [name, *head, held(over_years, truth), held(over_places, truth), round(float(ratio), 2)]


def of_the_mean_series(worlds, years):
    """Intervals of the slope of the area-mean series, with the errors of Newey and West and of AR(1)."""
    series = [values.sum(axis=(2, 3)).mean(axis=0) / SEASONS for values in worlds]
    for name, fit in (
        ("slope of the mean series, HAC", line.hac_line),
        ("slope of the mean series, AR(1)", line.ar1_line),
    ):
        lines = [fit(one, years) for one in series]
        yield name, np.array([[one.low, one.high] for one in lines])


def rows_of_correlations(count, reach, common, memory, worlds, resamples):
    """Mean correlation of two variables that have 0.5, and share of significant ones."""
    rng = np.random.default_rng([3, count, int(reach), int(100 * common), int(10 * memory)])
    years, root, of_class = np.arange(2000.0, 2000.0 + count), root_of(reach), np.ones((1, LAT.size), int)
    means, over_years, over_places = ({"r": [], "significant": []} for _ in range(3))
    for number in range(worlds):
        first, other = (noise(rng, root, common, memory, count) for _ in range(2))
        carbon = 0.5 * first + np.sqrt(0.75) * other
        outcome = correlation_resamples.resampled(
            first[..., None], carbon, years, np.ones(LAT.size), of_class, alpha=0.05, resamples=resamples, seed=number
        )
        tested = correlation.pearson(first, carbon, "none", years)
        row = correlation_resamples.table(outcome, ["one"], [("", "")]).iloc[0]
        for kind, cells in (("r", tested.r), ("significant", (tested.p <= 0.05) * 1.0)):
            means[kind].append(row[kind])
            over_years[kind].append((row[f"{kind}_low"], row[f"{kind}_high"]))
            over_places[kind].append(block_interval(cells, LAT, LON, seed=number, resamples=300))
    names = {"r": "correlation of a class", "significant": "share of significant correlations of a class"}
    head = [count, common, reach, memory]
    return [
        row_of(name, head, np.array(over_years[kind]), np.array(over_places[kind]), np.mean(means[kind]))
        for kind, name in names.items()
    ]


def held(bounds, truth):
    return round(100 * float(np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))), 1)


def rows_of(count, reach, common, memory, worlds, resamples):
    """Rows of one kind of world."""
    rng = np.random.default_rng([SEED, count, int(reach), int(100 * common), int(10 * memory)])
    root, years = root_of(reach), np.arange(2000.0, 2000.0 + count)
    several = [world(rng, root, common, memory, count) for _ in range(worlds)]
    numbers, over_years, over_places = intervals_of(several, years, resamples)
    truths, head, rows = numbers.mean(axis=(0, 1)), [count, common, reach, memory], []
    truths[0] = SLOPES.mean()
    for place, name in enumerate(KINDS.values()):
        wide, narrow = (np.diff(bounds[:, place], axis=1).mean() for bounds in (over_years, over_places))
        shares = held(over_years[:, place], truths[place]), held(over_places[:, place], truths[place])
        rows.append([name, *head, *shares, round(float(wide / narrow), 2)])
    by_lines, place = np.mean(SLOPES < 0), list(KINDS).index("share_declining")
    shares = held(over_years[:, place], by_lines), held(over_places[:, place], by_lines)
    rows.append(["share of declining cells", *head, *shares, None])
    for name, bounds in of_the_mean_series(several, years):
        rows.append([name, *head, held(bounds, truths[0]), None, None])
    return rows + rows_of_correlations(count, reach, common, memory, worlds // 3, resamples)


def check_against_the_product(resamples=20):
    """The joined worlds give what `intervals.period_numbers` gives for one."""
    years = np.arange(2000.0, 2025.0)
    several = [world(np.random.default_rng(n), root_of(6.0), 0.2, 0.3, 25) for n in range(2)]
    _, over_years, _ = intervals_of(several, years, resamples)
    made = intervals.table(
        several[1], years, np.ones((LAT.size, 1), bool), np.ones(LAT.size), ["2000-2024"], LABELS, resamples=resamples,
        seed=SEED,
    )  # fmt: skip
    made = made[made["weighting"] == "cell"]
    bounds = made[["low", "high"]].to_numpy()[[NAMES.index(kind) for kind in KINDS]]
    np.testing.assert_allclose(over_years[1], bounds, rtol=1e-9)


def save(rows, count, reach, worlds, resamples):
    written = yaml.safe_load(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {"rows": []}
    others = [row for row in written["rows"] if (row[1], row[3]) != (count, reach)]
    content = {
        "command": f"python tests/benchmarks/year_intervals.py {worlds} {resamples}",
        "worlds": worlds,
        "fewer": f"{worlds // 3} for correlations and for changes between periods",
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
            if count == 77:
                more = rows_of_changes(reach, common, memory, worlds // 3, resamples)
            else:
                more = rows_of(count, reach, common, memory, worlds, resamples)
            rows += more
            for row in more:
                print("  ".join(str(part) for part in row), flush=True)
        save(rows, count, reach, worlds, resamples)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
