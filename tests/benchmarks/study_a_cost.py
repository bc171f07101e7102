"""What intervals over years add to study A at full size: ratios in one process, by CPU time.

Each stage runs as the rules run it, on the same made-up prepared soil moisture: 77 years of months, four layers, the
two published periods, four tests of the trend, 500 resamples of years, productivity of the last period under three
rules of land cover. Stages whose cost follows the cells are projected from `cells` to the 15,412 of the whole Earth at
1 degree; those of simulated series cost the same whatever the cells. Two shares are printed: of the stages of
statistics alone, from seasons to correlations; and of the whole study, with reading, merging, tables, figures and pages
as docs/scaling.md has them (seconds of jobs, an older measurement on another day: the weakest part of the number).
The null table of the tests and made-up files count for neither.
Run with one thread: OPENBLAS_NUM_THREADS=1 python tests/benchmarks/study_a_cost.py [cells [resamples]]
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.statistics import seasons, significance
from vadose.statistics.trend import line
from vadose.statistics.trend.tests import choose, false_positives
from vadose.studies.variability import correlation_resamples, intervals, null_table, productivity, results, splice

FULL, YEARS, PERIODS = 15_412, np.arange(1948, 2025), [(1948, 1999), (2000, 2024)]
NAMES = [f"{first}-{last}" for first, last in PERIODS]
TESTS = ["original", "hamed_rao", "3pw", "block_bootstrap"]
DEPTHS = np.array([0.0, 0.1, 0.4, 1.0, 2.0])
# Rules that are measured here, depend on no data, or make up files; the other rows of study A there are added.
MEASURED = ("average_seasons", "attribute_variability", "fit_trends", "assess_field_significance", "assess_splice")
MEASURED += ("correlate_productivity", "simulate_false_positives")
MADE_UP = ("synthesize_product", "plant_truth", "recover_truth_variability")
SCALING = Path(__file__).resolve().parents[2] / "docs/scaling.md"
SIMULATIONS, WARM = 2000, 40  # simulations as the workflow has them; cells of the call that compiles


def seconds(task):
    """CPU seconds of a call, and what it gives."""
    start = time.process_time()
    outcome = task()
    return time.process_time() - start, outcome


def world(cells):
    """(cell, layer, year, month) soil moisture, kg m-2, and (cell, year) productivity of the last period."""
    rng = np.random.default_rng(1)
    cycle = 1.0 + 0.2 * np.sin(2 * np.pi * np.arange(12) / 12)
    scale = np.array([25.0, 75.0, 150.0, 250.0])[:, None, None] * cycle
    of_year = 1.0 + 0.03 * rng.standard_normal((cells, 1, YEARS.size, 1))
    monthly = scale * (of_year + 0.04 * rng.standard_normal((cells, 4, YEARS.size, 12)))
    return monthly, 900.0 + 60.0 * rng.standard_normal((cells, PERIODS[-1][1] - PERIODS[-1][0] + 1))


def stages(cells, resamples):
    """CPU seconds of the stages that follow the cells: those of the study, and what has been added to them."""
    monthly, carbon = world(cells)
    limits = {"min_months": 12, "min_year_share": 0.8, "top_by": "signed"}
    area, spent, more, draws = np.full(cells, 1e10), {}, {}, {"resamples": resamples, "seed": 1}
    spent["seasons"], means = seconds(lambda: seasons.seasonal_means(monthly, seasons.moisture_seasons(monthly)))
    limits |= {"rank_on": "total", "basis": "year"}
    spent["attribution"], attributed = seconds(lambda: results.attributions(monthly, YEARS, PERIODS, **limits))
    chosen = choose(TESTS, resamples=500, block_years=None, seed=1)
    values, _ = results.yearly_series(means, [1, 2, 3, 4], seasons.SEASONS)
    inside = [(first <= YEARS) & (last >= YEARS) for first, last in PERIODS]
    spent["trends and tests"], fitted = seconds(
        lambda: [results.period_trends(values[:, :, part], YEARS[part], chosen, 1) for part in inside]
    )
    spent["fields"] = seconds(
        lambda: [significance.field_significance(part["p"].values[:, 0, 0], 0.1) for part in fitted]
    )[0]
    total = means.sum(axis=3).mean(axis=2)
    spent["trend shares and steps"] = seconds(
        lambda: [
            splice.trend_shares(total, YEARS.astype(float), PERIODS, simulations=SIMULATIONS, seed=1),
            splice.steps(total, YEARS.astype(float), 2000, 0.1),
        ]
    )[0]
    ranges = productivity.depth_ranges(DEPTHS[:-1], DEPTHS[1:])
    last, years = means[:, inside[-1]], YEARS[inside[-1]]
    spent["correlations"] = seconds(lambda: productivity.correlate(last, carbon, years, ranges, 0.1))[0]
    classes = np.random.default_rng(2).integers(0, correlation_resamples.CODES, (3, cells))
    columns = productivity.columns_of(last, ranges)
    more["correlations over years"] = seconds(
        lambda: correlation_resamples.resampled(columns, carbon, years, area, classes, alpha=0.05, **draws)
    )[0]
    analysed = attributed["reason"].values == 0
    more["headline numbers over years"] = seconds(
        lambda: intervals.resampled(means, YEARS, analysed, area, NAMES, **draws)
    )[0]
    more["mean step over years"] = seconds(
        lambda: splice.step_variables(total, YEARS.astype(float), 2000, area, **draws)
    )[0]
    return spent, more


def simulated():
    """CPU seconds of what does not follow the cells: the null table, and the lines of the area-mean series."""
    tests = null_table.every_test(
        TESTS, resamples=500, block_years=None, simulations=SIMULATIONS, split=2000 - 1948, seed=1
    )
    null = seconds(lambda: false_positives(tests, 200, 1, 0.05, lengths=(25, 52, 77)))[0]
    series = [np.random.default_rng(3).normal(size=last - first + 1) for first, last in PERIODS]
    lines = seconds(
        lambda: [fit(one, np.arange(one.size, dtype=float)) for one in series for fit in (line.hac_line, line.ar1_line)]
    )[0]
    return null, lines


def other_rules():
    """Seconds of all jobs of the other rules of study A at full size, from the table of docs/scaling.md."""
    part = SCALING.read_text(encoding="utf-8").partition("## Study A")[2].partition("## Study B")[0]
    rows = [line.split("|") for line in part.splitlines() if line.startswith("| `")]
    return sum(float(row[3]) for row in rows if row[1].strip(" `") not in MEASURED + MADE_UP)


def main(cells=1500, resamples=500):
    stages(WARM, 5)
    spent, more = stages(cells, resamples)
    fixed = stages(WARM, resamples)
    spent, more = (
        {name: fewer[name] + (cost - fewer[name]) * (FULL - WARM) / (cells - WARM) for name, cost in costs.items()}
        for costs, fewer in zip((spent, more), fixed, strict=True)
    )
    null, lines = simulated()
    before = sum(spent.values())
    for name, cost in (spent | more | {"lines of area means": lines}).items():
        print(f"{name:28s} {cost:8.1f} s at full size  {100 * cost / before:6.1f} %")
    added, other = sum(more.values()) + lines, other_rules()
    print(f"added, with {resamples} resamples: {added:.1f} s; statistics {before:.1f} s; other rules {other:.0f} s")
    print(f"{100 * added / before:.1f} % of the statistics without them, seasons to correlations")
    print(f"{100 * added / (before + other):.1f} % of the whole study without them (asked: at most 25)")
    print(f"the null table of the tests, 200 series of each kind: {null:.1f} s")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
