"""The trend tests that the configuration can name, and how often each of them finds a trend where there is none."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from vadose.core.arrays import Array
from vadose.statistics.trend import autocorrelation, mann_kendall, prewhitening
from vadose.statistics.trend.share_null import ar1


class Tested(Protocol):
    """What every test gives, among others."""

    @property
    def p(self) -> Array: ...


Test = Callable[[Array, Array], Tested]

# Each takes (row, year) values and the years, and gives a result with `p`. A new test is a function and a line here
# (and in the schema).
TESTS: dict[str, Test] = {
    "original": mann_kendall.mann_kendall,
    "hamed_rao": autocorrelation.hamed_rao,
    "3pw": prewhitening.three_pw,
    "block_bootstrap": mann_kendall.block_bootstrap,
}
LENGTHS = (25, 52, 77)  # years: the paper's two periods, and both together
MEMORIES = (0.0, 0.3, 0.6)  # lag-1 autocorrelations


def choose(names: Sequence[str], *, resamples: int, block_years: int | None, seed: int) -> dict[str, Test]:
    """Tests by name, the bootstrap with its settings.

    Parameters
    ----------
    names : sequence of str
        Of `TESTS`.
    resamples : int
        Replicates of the bootstrap.
    block_years : int or None
        Length of its blocks; None: from the record.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        If a name is unknown.
    """
    unknown = [name for name in names if name not in TESTS]
    if unknown:
        raise ValueError(
            f"variability.trend.tests: expected names among {', '.join(TESTS)}, found {', '.join(unknown)}."
        )
    chosen = {name: TESTS[name] for name in names}
    if "block_bootstrap" in chosen:
        chosen["block_bootstrap"] = functools.partial(
            mann_kendall.block_bootstrap, replicates=resamples, block=block_years, seed=seed
        )
    return chosen


def false_positives(
    tests: Mapping[str, Test],
    simulations: int,
    seed: int,
    alpha: float,
    *,
    lengths: Sequence[int] = LENGTHS,
    memories: Sequence[float] = MEMORIES,
) -> pd.DataFrame:
    """Share of trend-free AR(1) series in which each test finds a trend.

    Parameters
    ----------
    tests : mapping of name to test
    simulations : int
        Series per length and memory; the same for all tests and memories.
    seed : int
    alpha : float
        Level of the tests.
    lengths, memories : sequences
        Years of a series; lag-1 autocorrelations.

    Returns
    -------
    DataFrame
        Columns years, lag_one, test, rate, standard_error, expected, undefined, simulations. `expected` is theory for
        the plain test (`expected_rate`), missing for the others; a series in which a test is not defined does not
        reject, and a test that is defined in none has no rate.
    """
    rows = []
    for length in lengths:
        noise = np.random.default_rng([seed, length, simulations]).standard_normal((simulations, length))
        years = np.arange(length, dtype=float)
        for memory in memories:
            series = ar1(noise, memory)
            for name, test in tests.items():
                p = np.asarray(test(series, years).p)
                tested = np.isfinite(p)
                rate = float(np.mean(np.where(tested, p, 1.0) <= alpha)) if tested.any() else np.nan
                row = {"years": length, "lag_one": memory, "test": name, "rate": rate}
                row["standard_error"] = float(np.sqrt(rate * (1.0 - rate) / simulations))
                row["expected"] = expected_rate(length, memory, alpha) if name == "original" else np.nan
                rows.append(row | {"undefined": int(np.isnan(p).sum()), "simulations": simulations})
    return pd.DataFrame(rows)


def expected_rate(length: int, memory: float, alpha: float) -> float:
    """Rate at which plain Mann-Kendall rejects trend-free Gaussian AR(1) series, by theory.

    Notes
    -----
    Var(S) is the sum over pairs of pairs of (2/pi) asin(rho), rho the correlation of two differences: exact for
    Gaussian series. S is taken as normal, and the continuity correction asks for abs(S) - 1 > z sqrt(Var0).

    References
    ----------
    Hamed (2008), doi:10.1016/j.jhydrol.2007.11.009 (variance of S under persistence).
    """
    from scipy.special import ndtr, ndtri

    early, late = np.triu_indices(length, 1)
    r = memory ** np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    spread = np.sqrt(2.0 - 2.0 * r[early, late])
    variance = 0.0
    for i, j, own in zip(early, late, spread, strict=True):
        cross = r[j, late] - r[j, early] - r[i, late] + r[i, early]
        variance += float(np.arcsin(np.clip(cross / (own * spread), -1.0, 1.0)).sum())
    variance *= 2.0 / np.pi
    null = length * (length - 1) * (2 * length + 5) / 18.0
    return float(2.0 * ndtr(-(ndtri(1.0 - alpha / 2.0) * np.sqrt(null) + 1.0) / np.sqrt(variance)))
