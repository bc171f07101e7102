"""How often the tests of study A reject series that hold nothing of what they look for, at the lengths of the run."""

import functools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from vadose.core.arrays import Array
from vadose.statistics import significance
from vadose.statistics.trend import share_null, tests
from vadose.statistics.trend.share import trend_share
from vadose.studies.variability.splice import MODELS

TREND_SHARE = "trend_share"


def step_name(model: str) -> str:
    """Name of the step test of one of `splice.MODELS` in the table."""
    return f"step, {model}"


def every_test(
    names: Sequence[str], *, resamples: int, block_years: int | None, simulations: int, split: float, seed: int
) -> dict[str, tests.Test]:
    """The trend tests by name, p of the trend share, and the step tests, as functions of (row, year) values and years.

    Parameters
    ----------
    names, resamples, block_years
        As in `vadose.statistics.trend.tests.choose`.
    simulations : int
        Of the null of the trend share.
    split : float
        Share of the years before the step, between 0 and 1.
    seed : int
    """
    steps = {step_name(model): functools.partial(_step, split=split, trend=trend) for model, trend in MODELS.items()}
    shares = {TREND_SHARE: functools.partial(_share, simulations=simulations, seed=seed)}
    return tests.choose(names, resamples=resamples, block_years=block_years, seed=seed) | shares | steps


def _step(series: Array, years: Array, *, split: float, trend: bool) -> significance.StepTest:
    first_after = years[min(max(round(split * years.size), 1), years.size - 1)]
    return significance.step_test(series, years, first_after, trend=trend)


def _share(series: Array, years: Array, *, simulations: int, seed: int) -> share_null.AgainstNull:
    null, own = _nulls(years.size, simulations, seed)
    share, memory = trend_share(series, years).share, share_null.memory(series, years)
    return share_null.against_null(share, memory, null, own)


@functools.lru_cache(maxsize=8)
def _nulls(length: int, simulations: int, seed: int) -> tuple[Array, Array]:
    null = share_null.null_shares(length, simulations, seed)
    return null, share_null.attained(length, null, seed)


UNKNOWN = pd.DataFrame({"test": [], "years": [], "lag_one": [], "rate": []})  # no rate is known


def rate(table: pd.DataFrame, test: str, years: int, lag_one: float) -> float:
    """Rate of a test for a length and a memory, linear between the memories of the table; NaN without that length.

    Parameters
    ----------
    table : DataFrame
        From `vadose.statistics.trend.tests.false_positives`.
    test : str
    years : int
    lag_one : float
        A memory beyond those of the table has the rate of the last of them.
    """
    part = table[(table["test"] == test) & (table["years"] == years)].sort_values("lag_one")
    if part.empty or not np.isfinite(lag_one):
        return float("nan")
    return float(np.interp(lag_one, part["lag_one"], part["rate"]))


def largest_rate(table: pd.DataFrame, test: str, years: int) -> float:
    """Largest rate of a test for a length over the memories of the table; NaN without that length."""
    part = table[(table["test"] == test) & (table["years"] == years)]
    return float(part["rate"].max()) if len(part) else float("nan")


def told(row: Mapping) -> str:
    """The rate beside a test in words, from a row of the table of trend tests; nothing where it is not known."""
    share = row.get("rejects_without_trend", np.nan)
    if not np.isfinite(share):
        return ""
    return (
        f" (rejects {100 * share:.1f} % of trend-free series of {row['years']:.0f} years at lag-1 {row['lag_one']:.1f})"
    )
