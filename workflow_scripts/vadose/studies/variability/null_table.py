"""How often the tests of study A reject series that hold nothing of what they look for, at the lengths of the run."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vadose.core.arrays import Array
from vadose.files import kept_tables
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


def rates(
    chosen: Mapping[str, tests.Test], simulations: int, seed: int, alpha: float, lengths: Sequence[int]
) -> pd.DataFrame:
    """`false_positives` of tests, kept between runs: each test and length by what it depends on.

    Parameters
    ----------
    chosen : mapping of name to test
        From `every_test`.
    simulations, seed, alpha, lengths
        As in `vadose.statistics.trend.tests.false_positives`.
    """
    parts = []
    for length in lengths:
        of_length = []
        for name, test in chosen.items():
            settings = {"name": name, "length": length, "memories": list(tests.MEMORIES), "simulations": simulations}
            settings |= {"seed": seed, "alpha": alpha, "options": dict(getattr(test, "keywords", {}))}
            compute = functools.partial(_rows, name, test, simulations, seed, alpha, length)
            kind = f"false positives of {name}, {length} years"
            of_length.append(pd.DataFrame(kept_tables.rows(kind, settings, Path(__file__), compute)))
        parts.append(pd.concat(of_length).sort_index(kind="stable"))  # by memory, then in the order of the tests
    return pd.concat(parts, ignore_index=True)


def _rows(name: str, test: tests.Test, simulations: int, seed: int, alpha: float, length: int) -> kept_tables.Rows:
    table = tests.false_positives({name: test}, simulations, seed, alpha, lengths=[length])
    return [{str(column): value for column, value in row.items()} for row in table.to_dict("records")]


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
