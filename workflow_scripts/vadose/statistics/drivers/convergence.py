"""Convergence checks: whether draws may be used, and the tidy table made of them.

No check is passed by a missing value: what cannot be measured has failed.
"""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vadose.statistics.drivers.terms import RESPONSES

if TYPE_CHECKING:
    import arviz
    import pandas
    import xarray

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Gates(NamedTuple):
    """Outcome of the convergence checks of one model."""

    ok: bool
    reasons: tuple[str, ...]  # one sentence for every check that failed
    rhat: float  # largest over all parameters
    ess_bulk: float  # smallest over all parameters
    ess_tail: float
    divergences: int
    depth_hits: int  # draws that stopped at the maximum tree depth
    finite: bool  # all draws


def gates(posterior: "arviz.InferenceData", *, rhat: float = 1.01, ess: float = 400.0) -> Gates:
    """Check the draws of one model.

    Parameters
    ----------
    posterior : arviz.InferenceData
        From `sample`.
    rhat : float
        Upper limit of the rank-normalised split R-hat of every parameter (paper: 1.05; held: 1.01).
    ess : float
        Lower limit of bulk and tail effective sample sizes.

    Returns
    -------
    Gates
        `ok` only if all hold: R-hat < limit and ESS >= limit of every parameter (one that has none fails), no
        parameter constant, no divergence, no draw at the maximum tree depth, all finite, design of full rank.

    References
    ----------
    Vehtari et al. (2021), doi:10.1214/20-BA1221.
    """
    return _gates(posterior, rhat, ess, None)


def checked(
    posterior: "arviz.InferenceData", *, rhat: float = 1.01, ess: float = 400.0
) -> "tuple[Gates, pandas.DataFrame]":
    """Gates and table of one model, as `gates` and `tabulate` give them; what both need of R-hat and effective sample
    sizes takes most of the time, and is measured once."""
    # Draws that are not finite have failed: only what the table says of them is measured.
    draws = posterior.posterior
    measured = _diagnostics(draws if _finite(draws) else draws[["coefficients"]])
    return _gates(posterior, rhat, ess, measured), _table(draws, measured)


def _gates(posterior: "arviz.InferenceData", rhat: float, ess: float, measured: dict | None) -> Gates:
    draws, stats = posterior.posterior, posterior.sample_stats
    finite = _finite(draws)
    largest, bulk, tail = np.nan, np.nan, np.nan
    if finite and draws.sizes["chain"] > 1 and draws.sizes["draw"] > 3:
        measured = _diagnostics(draws) if measured is None else measured
        largest = _extreme(measured["rhat"], np.max)
        bulk = _extreme(measured["ess_bulk"], np.min)
        tail = _extreme(measured["ess_tail"], np.min)
    constant = _constant(draws)
    divergences = _raised(stats["diverging"])
    hits = _raised(stats["maxdepth_reached"])
    width = draws.sizes["term"] + 1
    rank = int(draws.attrs.get("design_rank", width))
    checks = [
        (finite, "not all draws are finite"),
        (not constant, f"the same value in all draws of {', '.join(constant)}"),
        (largest < rhat, f"R-hat is {largest:.4g}, expected below {rhat:g}"),
        (bulk >= ess, f"the smallest bulk effective sample size is {bulk:.0f}, expected at least {ess:g}"),
        (tail >= ess, f"the smallest tail effective sample size is {tail:.0f}, expected at least {ess:g}"),
        (divergences == 0, f"{divergences} transitions diverged, expected none"),
        (hits == 0, f"{hits} draws reached the maximum tree depth, expected none"),
        (
            rank == width,
            f"the terms are collinear (rank {rank} of {width}): the rows do not tell their coefficients apart, only "
            "the prior does",
        ),
    ]
    reasons = tuple(sentence for held, sentence in checks if not held)
    return Gates(not reasons, reasons, largest, bulk, tail, divergences, hits, finite)


def _finite(draws: "xarray.Dataset") -> bool:
    return all(bool(np.isfinite(values).all()) for values in draws.values())


def _extreme(measured: "xarray.Dataset", reduce: Callable[[np.ndarray], float]) -> float:
    """Largest or smallest value over all parameters; NaN where one has none."""
    return float(reduce(np.concatenate([np.ravel(values) for values in measured.values()])))


def _constant(draws: "xarray.Dataset") -> list[str]:
    """Names of the variables of which a parameter is the same in all draws."""
    names = []
    for name, values in draws.items():
        flat = values.transpose("chain", "draw", ...).values.reshape(draws.sizes["chain"] * draws.sizes["draw"], -1)
        if flat.shape[0] > 1 and bool((flat == flat[0]).all(axis=0).any()):
            names.append(str(name))
    return names


def _raised(flags: "xarray.DataArray") -> int:
    """Number of draws whose flag is raised, or missing."""
    return int((flags.values != 0).sum())  # NaN is not 0


def tabulate(posterior: "arviz.InferenceData") -> "pandas.DataFrame":
    """Tidy table of the coefficients.

    Parameters
    ----------
    posterior : arviz.InferenceData
        From `sample`.

    Returns
    -------
    pandas.DataFrame
        One row per term and response: term, response, mean, sd (n - 1), q5, q25, q50, q75, q95, rhat, ess_bulk,
        ess_tail; in standard deviations of the response per standard deviation of the predictor when the columns are
        z-scores.
    """
    draws = posterior.posterior[["coefficients"]]
    return _table(draws, _diagnostics(draws))


def _table(draws: "xarray.Dataset", measured: dict) -> "pandas.DataFrame":
    import pandas as pd

    order = ("term", "response")
    values = draws["coefficients"].transpose(*order, "chain", "draw").sel(response=list(RESPONSES)).values
    # Side by side, so that sums are taken as those of one parameter's draws.
    values = np.ascontiguousarray(values).reshape(*values.shape[:2], -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a coefficient without any draw, which is missing
        columns = {"mean": np.nanmean(values, axis=-1), "sd": np.nanstd(values, axis=-1, ddof=1)}
        quantiles = np.nanquantile(values, QUANTILES, axis=-1)
    columns |= {f"q{round(100 * q)}": quantile for q, quantile in zip(QUANTILES, quantiles)}
    for kind, of in measured.items():
        columns[kind] = of["coefficients"].sel(response=list(RESPONSES)).transpose(*order).values
    labels = [(term, response) for term in draws["term"].values.tolist() for response in RESPONSES]
    rows = pd.DataFrame(labels, columns=["term", "response"])
    return rows.assign(**{name: column.ravel() for name, column in columns.items()})


def _diagnostics(draws: "xarray.Dataset") -> "dict[str, xarray.Dataset]":
    """R-hat and effective sample sizes as `arviz.rhat` and `arviz.ess` give them. Both begin with normal scores of the
    same draws: ranked once here, for all parameters of a variable at once."""
    import arviz
    import xarray as xr

    half = draws.sizes["draw"] // 2
    halves = xr.concat(
        [draws.isel(draw=slice(0, half)), draws.isel(draw=slice(draws.sizes["draw"] - half, None))], "draw"
    )
    middle = halves.median(("chain", "draw"), skipna=False)
    with np.errstate(invalid="ignore", divide="ignore"):  # of a constant parameter, which has no R-hat
        scores = _normal_scores(halves)
        bulk = arviz.rhat(scores, method="split")
        tail = arviz.rhat(_normal_scores(abs(halves - middle)), method="split")
        return {
            "rhat": tail.where(tail > bulk, bulk),
            "ess_bulk": arviz.ess(scores, method="mean"),
            "ess_tail": arviz.ess(draws, method="tail"),
        }


def _normal_scores(draws: "xarray.Dataset") -> "xarray.Dataset":
    """Of each parameter, among the draws of all chains (Vehtari et al. 2021, equation 14)."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    def scores(values: np.ndarray) -> np.ndarray:
        size = values.shape[0] * values.shape[1]
        side_by_side = np.ascontiguousarray(values.reshape(size, -1).T)
        ranks = rankdata(side_by_side, axis=-1)  # missing where one is
        return ndtri((ranks - 3 / 8) / (size - 2 * (3 / 8) + 1)).T.reshape(values.shape)

    return draws.transpose("chain", "draw", ...).map(lambda variable: variable.copy(data=scores(variable.values)))
