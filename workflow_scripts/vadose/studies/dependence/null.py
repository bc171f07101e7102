"""What study B finds where the truth is known by construction: simulated copulas, and independent series that share a
season."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from vadose.core import calendar
from vadose.statistics import copula
from vadose.studies.dependence import pairs

TITLES = {
    "families": "What selection recovers. Series simulated from each family with |tau| = 0.4, of the lengths of the "
    "study: share (0 to "
    "1) in which that very family is "
    "selected, mean fitted tau minus the true one with its standard error, the same for tau-b of the data, and the "
    "share in which the family is undetermined.",
    "season": "What a shared season makes of nothing. Independent series of precipitation and soil moisture, each with "
    "an annual "
    "cycle of as much variance as "
    "its noise: share (0 to 1) called negative, and certainly so (95 % interval below zero), by the months that soil "
    "moisture peaks after precipitation, "
    "with the annual cycle kept and removed.",
}
PHASES = (0, 1, 2, 3, 4, 5, 6)  # months
FIRST_YEAR = 2000


def recovered_families(lengths: Mapping[str, int], simulations: int, *, preselect: bool, seed: int) -> pd.DataFrame:
    """Table of `copula.recover` for the series lengths of the study.

    Parameters
    ----------
    lengths : mapping of time_scale to int
        Values in a series.
    simulations : int
        Series per family and length.
    preselect : bool
        As in `copula.select`.
    seed : int

    Returns
    -------
    DataFrame
        One row per time scale and family, and one of the mean over families (code -1) per scale.
    """
    rows = []
    for time_scale, length in lengths.items():
        recovery = copula.recover(length, simulations, preselect=preselect, seed=seed)
        start = {"time_scale": time_scale, "n": length, "series": simulations}
        error = recovery.spread / np.sqrt(simulations)
        columns = (
            recovery.family,
            recovery.tau,
            recovery.correct,
            recovery.bias,
            error,
            recovery.empirical_bias,
            recovery.undetermined,
        )
        names = ("code", "tau", "correct", "bias_of_tau", "standard_error", "bias_of_tau_b", "undetermined")
        table = [dict(zip(names, map(float, row))) for row in zip(*columns)]
        pooled = {name: float(np.mean([row[name] for row in table])) for name in ("correct", "undetermined")}
        # Families of negative dependence have their bias turned, so that it does not cancel: positive = away from zero.
        pooled |= {
            "tau": float(np.abs(recovery.tau).mean()),
            "bias_of_tau": float(np.mean(np.sign(recovery.tau) * recovery.bias)),
        }
        pooled["bias_of_tau_b"] = float(np.mean(np.sign(recovery.tau) * recovery.empirical_bias))
        pooled |= {"standard_error": float(np.sqrt(np.sum(error**2)) / error.size)}
        rows.append(start | {"code": -1, "name": "all (bias: away from zero)"} | pooled)
        rows += [start | row | {"code": int(row["code"]), "name": copula.FAMILIES[int(row["code"])]} for row in table]
    return pd.DataFrame(
        rows,
        columns=[
            "time_scale",
            "n",
            "series",
            "code",
            "name",
            "tau",
            "correct",
            "bias_of_tau",
            "standard_error",
            "bias_of_tau_b",
            "undetermined",
        ],
    )


def shared_season(simulations: int, months: int, *, preselect: bool, resamples: int, seed: int) -> pd.DataFrame:
    """How often independent series are called negatively dependent because both have a season.

    Parameters
    ----------
    simulations : int
        Pairs of series per phase.
    months : int
        Length of the series, whole years.
    preselect : bool
        As in `copula.select`.
    resamples : int
        Of the block bootstrap; 0 for no interval.
    seed : int

    Returns
    -------
    DataFrame
        One row per phase and treatment of the annual cycle.
    """
    times = calendar.months(FIRST_YEAR, FIRST_YEAR + months // 12 - 1)
    random = np.random.default_rng(seed)
    options = pairs.Options(preselect=preselect, bootstrap=resamples, seed=seed)
    angle = 2.0 * np.pi * np.arange(times.size) / 12.0
    rows = []
    for phase in PHASES:
        noise = random.standard_normal((2, simulations, times.size))
        precipitation = 100.0 + np.sqrt(2.0) * np.cos(angle) + noise[0]  # variance of the cycle 1, as that of the noise
        soil_moisture = 100.0 + np.sqrt(2.0) * np.cos(angle - 2.0 * np.pi * phase / 12.0) + noise[1]
        for cycle in pairs.CYCLES:
            pair = pairs.pair(precipitation, soil_moisture, times, "monthly", cycle)
            fitted = pairs.fit(*pair, options, block=12 if cycle == pairs.KEPT else None)
            row = {"months_later": phase, "annual_cycle": cycle, "series": simulations}
            row |= {"mean_tau": float(fitted["tau"].mean()), "negative": float(np.mean(fitted["tau"] < 0.0))}
            row["certainly_negative"] = float(np.mean(fitted["tau_high"] < 0.0)) if resamples else np.nan
            row["certainly_positive"] = float(np.mean(fitted["tau_low"] > 0.0)) if resamples else np.nan
            rows.append(row)
    return pd.DataFrame(rows)
