"""How often the intervals of driver coefficients hold the truth where rows are correlated in space and time, by
simulation."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import signal, stats

from vadose.core.arrays import Array
from vadose.statistics import drivers
from vadose.statistics.drivers.terms import PUBLISHED

LEVEL = 0.95
# Coefficients of P and SM on the seven terms; what they are does not matter for coverage.
TRUTH = np.array([[0.3, 0.5, -0.4, 0.1, -0.1, 0.06, 0.03], [-0.4, 0.35, -0.3, 0.12, 0.1, -0.08, 0.02]])
INTERVALS = (
    "model, rows taken as independent",
    "clustered by month",
    "Driscoll-Kraay, lag 4",
    "Driscoll-Kraay, lag 12",
    "clustered by year",
)


class World(NamedTuple):
    """Set-up of the simulation (docs/models.md#cluster-robust-errors): a square of cells, months, and how residuals and
    predictors remember."""

    side: int = 16  # cells
    months: int = 240
    reach: float = 8.0  # cells, of the exponential correlation in space
    memory: float = 0.45  # lag-1 autocorrelation from month to month


def coverage(simulations: int, seed: int, world: World | None = None) -> pd.DataFrame:
    """Coverage of nominal 95 % intervals of each kind.

    Parameters
    ----------
    simulations : int
        Made-up ecoregions; 0 gives an empty table.
    seed : int
    world : World, optional

    Returns
    -------
    DataFrame
        One row per kind of interval: nominal and actual coverage (1) over simulations, responses and terms, the
        standard error of the coverage (simulations are independent, coefficients of one are not), mean half width over
        the half width that would be right (1), and the set-up.

    Notes
    -----
    The posterior of model A under its weak priors is the normal distribution of least squares with independent rows:
    its interval is computed in closed form.
    """
    world = world or World()
    root, hits, widths, estimates = _root(world), [], [], []
    for number in range(simulations):
        estimate, half = _intervals(np.random.default_rng([seed, number]), root, world)
        hits.append(np.abs(estimate - TRUTH) <= half)
        widths.append(half)
        estimates.append(estimate)
    columns = [
        "interval",
        "nominal",
        "coverage",
        "standard_error",
        "relative_width",
        "simulations",
        "cells",
        "months",
        "reach",
        "memory",
    ]
    if not simulations:
        return pd.DataFrame(columns=columns)
    covered = np.array(hits)
    right = stats.norm.ppf(0.5 + LEVEL / 2) * np.std(estimates, axis=0, ddof=1 if simulations > 1 else 0)
    rows = []
    for number, name in enumerate(INTERVALS):
        each = covered[:, number].mean(axis=(1, 2))
        error = each.std(ddof=1) / math.sqrt(simulations) if simulations > 1 else np.nan
        relative = np.mean(np.mean(widths, axis=0)[number] / right) if simulations > 1 else np.nan
        setting = (simulations, world.side**2, world.months, world.reach, world.memory)
        rows.append((name, LEVEL, each.mean(), error, relative, *setting))
    return pd.DataFrame(rows, columns=columns)


def _root(world: World) -> Array:
    """Cholesky root of the correlation of cells."""
    x, y = np.divmod(np.arange(world.side**2), world.side)
    return np.linalg.cholesky(np.exp(-np.hypot(x[:, None] - x, y[:, None] - y) / world.reach) + 1e-9 * np.eye(x.size))


def _field(random: np.random.Generator, root: Array, world: World) -> Array:
    """Standard normal field, (cell, month), AR(1) in time; a year is spun up first."""
    noise = root @ random.standard_normal((root.shape[0], world.months + 12)) * math.sqrt(1 - world.memory**2)
    return signal.lfilter([1.0], [1.0, -world.memory], noise, axis=1)[:, 12:]


def _intervals(random: np.random.Generator, root: Array, world: World) -> tuple[Array, Array]:
    """Estimates (2, 7) of one simulation and half widths (interval, 2, 7)."""
    fields = [_field(random, root, world) for _ in range(5)]
    # LST goes with Ta, as it does (r about 0.9 in the data; 0.8 here).
    fields[2] = 0.8 * fields[0] + 0.6 * fields[2]
    predictors = np.stack(fields[:3], axis=2).reshape(-1, 3)
    noise = np.stack([fields[3], 0.4 * fields[3] + math.sqrt(0.84) * fields[4]], axis=2).reshape(-1, 2)
    responses = drivers.design(predictors)[:, 1:] @ TRUTH.T + noise
    times = np.tile(np.arange(world.months), root.shape[0])
    statistics = drivers.summarise(predictors, responses, times=times)
    labels = np.asarray(statistics.time_labels)
    four, twelve = (drivers.pooled(statistics, labels // 12, lag=lag) for lag in (4, 12))
    month = drivers.pooled(statistics, labels)
    half = [
        _half(_independent(statistics), statistics.count - PUBLISHED.width),
        _half(month.clustered, month.clustered_df),
    ]
    half += [_half(each.driscoll_kraay, each.driscoll_kraay_df) for each in (four, twelve)] + [
        _half(four.clustered, four.clustered_df)
    ]
    return four.coefficients, np.array(half)


def _half(error: Array, freedom: int) -> Array:
    return stats.t.ppf(0.5 + LEVEL / 2, freedom) * error


def _independent(statistics: drivers.SufficientStatistics) -> Array:
    """Standard errors (2, 7) of least squares with independent rows."""
    total, width = statistics.total, PUBLISHED.width
    gram = total[:width, :width]
    cross = total[:width, width:]
    squares = np.diag(total[width:, width:])
    inverse = np.linalg.inv(gram)
    variance = (squares - np.einsum("ar,ab,br->r", cross, inverse, cross)) / (statistics.count - PUBLISHED.width)
    return np.sqrt(variance[:, None] * np.diag(inverse)[None, 1:])
