"""Coverage of intervals over years of study B: one line per simulated world.

Worlds of cells on a map of the north: precipitation and soil moisture of 20 years of months, a share of whose variance
all cells have in common, the rest correlated over some degrees, both with lag-1 autocorrelation from month to month.
Kendall's tau between them is 0 everywhere, or planted with mean 0.1 and standard deviation 0.15 over cells. The truth
of the mean monthly tau is the planted one; that of every other number is the mean over worlds, what another 20 years
would give. Shares of cells by lag, and ridge: three controls and temperature, planted coefficients that differ between
cells. The series of a world serve all its numbers. Beside each: the coverage of the interval over places, and of
shares that on the logit scale.
Run: python tests/benchmarks/year_intervals_dependence.py [worlds [resamples]]; it writes
workflow_scripts/vadose/pages/report/coverage_over_years_dependence.yaml, which the report prints.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import yaml
from scipy.signal import lfilter

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from vadose.core import time_scales
from vadose.statistics import year_blocks, year_intervals
from vadose.statistics.numeric.block_interval import block_interval
from vadose.statistics.ridge import regression, resampled
from vadose.studies import year_tables

TABLE = Path(__file__).resolve().parents[2] / "workflow_scripts/vadose/pages/report/coverage_over_years_dependence.yaml"
COLUMNS = ["number", "years", "common variance", "reach", "lag one", "over years", "over places", "on the logit scale"]
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
    shocks[:, 1:] *= np.sqrt(1.0 - memory**2)
    return lfilter([1.0], [1.0, -memory], shocks)[:, 30:]


def intervals_of(values, share=False, seed=0, below_zero=None, difference=False, chosen=False):
    """Estimate, limits over years (of a share also those on the logit scale), and over places, from (cell, resample)
    values; of a share of cells by the sign of a number also which of them are below zero."""
    there = np.where(np.isfinite(values), 1.0, np.nan)
    parts = [there, values] if below_zero is None else [there, values, below_zero]
    sums = year_tables.region_sums(np.stack(parts), ONES, np.ones(CELLS), EVERYWHERE, 1)[:, 0, 0]
    negative = None if below_zero is None else sums[2]
    less = (0.0 * sums[0], sums[0]) if difference else None
    row = year_tables.rows({}, sums[1], sums[0], YEARS, share=share, less=less, below_zero=negative, chosen=chosen)[0]
    logit = on_logit(values.mean(axis=0)) if share and not difference else (np.nan, np.nan)
    at_places = block_interval(values[:, 0], LAT, LON, seed=seed, resamples=200)
    return row["estimate"], row["low"], row["high"], *logit, *at_places


def on_logit(numbers):
    """The interval that shares had before: t standard errors on the logit scale."""
    inside = np.clip(numbers, 5e-4, 1.0 - 5e-4)
    value = np.log(inside / (1.0 - inside))
    half = year_intervals.student_quantile(YEARS) * np.sqrt(YEARS / (YEARS - 1.0)) * value[1:].std(ddof=1)
    return 1.0 / (1.0 + np.exp(half - value[0])), 1.0 / (1.0 + np.exp(-half - value[0]))


def taus_of(driver, response, counts, step):
    """Tau-b of every cell and resample."""
    if step == 12:  # annual values
        driver, response = (side.reshape(CELLS, YEARS, 12).mean(axis=2) for side in (driver, response))
    parts = year_blocks.kendall(driver, response, YEAR if step == 1 else np.arange(YEARS), counts)
    return np.concatenate([part for _, part in parts])


def drawn_in(taus):
    """As in the product: cells are drawn towards their mean as far as their spread is sampling error."""
    error = float(taus[:, 1:].var(axis=1, ddof=1).mean())
    kept = np.sqrt(max(0.0, 1.0 - error / taus[:, 0].var(ddof=1)))
    spread = taus + (1.0 - kept) * (taus[:, 0].mean() - taus[:, :1])
    spread[:, 0] = taus[:, 0]
    return spread


def of_tau(fields, counts, tau, seed, step):
    """Mean tau, negative share, share certainly below zero, and differences of the first two from a lower layer whose
    tau is 0.6 of it."""
    (driver, noise, other), layers = fields[:3], []
    below = np.sqrt(0.5) * (noise + other)
    for planted, own in ((tau, noise), (0.6 * tau, below)):
        slope = np.sin(0.5 * np.pi * planted)[:, None]
        layers.append(taus_of(driver, slope * driver + np.sqrt(1.0 - slope**2) * own, counts, step))
    upper, lower = (drawn_in(taus) for taus in layers)
    certain = upper + 2.0 * layers[0][:, 1:].std(axis=1, ddof=1)[:, None] < 0
    negative = (upper < 0) * 1.0
    return [
        intervals_of(layers[0], seed=seed),
        intervals_of(negative, True, seed, negative),
        intervals_of(certain * 1.0, True, seed, negative),
        intervals_of(layers[1] - layers[0], seed=seed),
        intervals_of((lower < 0) - negative, True, seed, negative, difference=True),
    ]


def of_lags(fields, counts, tau, seed):
    """Share of cells whose |tau| is largest at lag 0, 1 and 2; every other cell responds a month later."""
    (driver, noise), slope = fields[:2], np.sin(0.5 * np.pi * np.abs(tau))[:, None]
    earlier = np.concatenate([driver[:, :1], driver[:, :-1]], axis=1)
    followed = np.where(np.arange(CELLS)[:, None] % 2 == 0, driver, earlier)
    response = slope * followed + np.sqrt(1.0 - slope**2) * noise
    best = np.full((CELLS, len(counts)), np.nan)
    largest = np.full(best.shape, -1.0)
    for lag in range(3):
        size = np.abs(taus_of(time_scales.lagged(driver, lag), response, counts, 1))
        best, largest = np.where(size > largest, lag, best), np.maximum(size, largest)
    return [intervals_of((best == lag) * 1.0, True, seed, chosen=True) for lag in range(3)]


def of_controls(fields, counts, planted, seed):
    """Share of cells in which the first control is the largest, its mean share, and shares of strong control."""
    predictors = np.stack([fields[0], *fields[2:]], axis=2)
    response = np.einsum("ctk,ck->ct", predictors, planted) + fields[1]
    fitted = regression.fit(predictors, response)
    fits = resampled.resampled_coefficients(predictors, response, fitted.penalty, YEAR, counts)
    size = np.abs(np.concatenate([part for _, part in fits])[:, :3])
    share = size / size.sum(axis=1, keepdims=True)
    first, strong = share.argmax(axis=1) == 0, share.max(axis=1) > 0.75
    numbers = first * 1.0, share[:, 0], (first & strong) * 1.0, strong * 1.0
    return [intervals_of(values, True, seed=seed) for values in numbers]


TAU = ("mean tau-b", "negative share", "certain negative share", "difference of mean tau-b between layers",
       "difference of the negative share between layers")  # fmt: skip
LAGS = ("share with the largest tau-b at lag 0", "share with the largest tau-b at lag 1",
        "share with the largest tau-b at a lag that none has")  # fmt: skip
CONTROLS = ("share with a largest control", "mean share of a control", "share with one strong control",
            "share with any strong control")  # fmt: skip


def rows_of(names, kind, reach, common, memory, several, truth=None):
    """Rows of the table from (world, number) intervals; the truth is the mean over worlds unless one is planted."""
    several, rows = np.array(several), []
    for number, name in enumerate(names):
        value, low, high, old_low, old_high, left, right = several[:, number].T
        true = value.mean() if truth is None or number > 0 else truth
        held = [float(np.mean((a <= true) & (true <= b))) for a, b in ((low, high), (old_low, old_high), (left, right))]
        years, logit, places = (round(100 * share, 1) for share in held)
        old = None if np.isnan(old_low).any() else logit
        rows.append([f"{name}, {kind}", YEARS, common, reach, memory, years, places, old])
    return rows


def of_kind(reach, common, memory, worlds, resamples):
    """Rows of one kind of world."""
    root, rng = root_of(reach), np.random.default_rng([7, int(reach), int(100 * common), int(100 * memory)])
    spread, none = np.random.default_rng(1).normal(0.1, 0.15, CELLS), np.zeros(CELLS)
    planted = np.abs(np.random.default_rng(2).normal(0.3, 0.2, (CELLS, 4)))
    several = []
    for seed in range(worlds):
        fields = [field(rng, root, common, memory) for _ in range(5)]
        counts = year_blocks.year_counts(YEARS, resamples, seed)
        taus = (of_tau(fields, counts, *case) for case in ((none, seed, 1), (spread, seed, 1), (spread, seed, 12)))
        several.append([*taus, of_lags(fields, counts, spread, seed), of_controls(fields, counts, planted, seed)])
    of_all = list(zip(*several, strict=True))
    return [
        row
        for names, name, part, truth in (
            (TAU, "monthly, no dependence", of_all[0], 0.0),
            (TAU, "monthly", of_all[1], spread.mean()),
            (TAU, "annual", of_all[2], None),
            (LAGS, "monthly", of_all[3], None),
            (CONTROLS, "monthly", of_all[4], None),
        )
        for row in rows_of(names, name, reach, common, memory, part, truth)
    ]


def main(worlds=300, resamples=60):
    rows = []
    for reach, common, memory in itertools.product((6.0, 15.0), (0.0, 0.05, 0.2, 0.4), (0.0, 0.3, 0.6)):
        rows += of_kind(reach, common, memory, worlds, resamples)
        print(*rows[-5 * 3 - 7 :], sep="\n", flush=True)
        save(rows, worlds, resamples)


def save(rows, worlds, resamples):
    content = {
        "command": f"python tests/benchmarks/year_intervals_dependence.py {worlds} {resamples}",
        "worlds": worlds,
        "resamples": resamples,
        "cells": CELLS,
        "columns": COLUMNS,
        "rows": sorted(rows, key=lambda row: (row[0], *row[1:5])),
    }
    TABLE.write_text(yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120), encoding="utf-8")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
