"""What correlated rows do to the errors: pooled and within coefficients, Driscoll-Kraay and clustered errors, variance
inflation, group effects.

Rows of neighbouring cells and months are not independent: nominal 95 % intervals of a row-independent model cover far
less (23 % in a simulation, docs/models.md#cluster-robust-errors). These errors stand beside the model's sd. All of it
comes from sums per time step, so rows are not read again.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics.drivers.statistics import SufficientStatistics
from vadose.statistics.drivers.terms import NotEstimable

if TYPE_CHECKING:
    import arviz


class Pooled(NamedTuple):
    """Least-squares coefficients of all rows with cluster-robust errors; response first (P, SM), then the
    terms, seven in the published models."""

    coefficients: Array  # (2, 7)
    driscoll_kraay: Array  # (2, 7) standard errors
    clustered: Array  # (2, 7) standard errors, clusters of time (years)
    driscoll_kraay_df: int  # time steps - 1
    clustered_df: int  # clusters - 1
    lag: int
    within: Array  # (2, 7) coefficients within groups; NaN without groups

    def survives(self, level: float = 0.95) -> NDArray[np.bool_]:
        """(2, 7), whether the sign holds under both errors: \\|b\\| beyond the t quantile of each."""
        from scipy.stats import t

        size, point = np.abs(self.coefficients), 0.5 + level / 2
        return (size > t.ppf(point, self.driscoll_kraay_df) * self.driscoll_kraay) & (
            size > t.ppf(point, self.clustered_df) * self.clustered
        )


class GroupEffects(NamedTuple):
    """Varying intercepts u_j afterwards."""

    mean: Array  # (group, 2)
    sd: Array  # (group, 2)


def pooled(statistics: SufficientStatistics, years: NDArray, *, lag: int | None = None) -> Pooled:
    """Pooled coefficients with Driscoll-Kraay and year-clustered standard errors.

    Parameters
    ----------
    statistics : SufficientStatistics
        Built with `times`, integers that count the time steps (0 .. 239 for months).
    years : (time,) array
        Cluster of each of `statistics.time_labels`, in their order; for time steps of a year they are the labels
        themselves.
    lag : int, optional
        Of the Bartlett kernel; the default is floor(4 (T / 100)^(2/9)), 4 for 240 months.

    Returns
    -------
    Pooled
        A time step without rows between the first and the last counts as a step with a zero sum. `within` is NaN
        without groups.

    Raises
    ------
    NotEstimable
        If the terms are collinear, or there are fewer than two years or time steps.
    ValueError
        If the statistics hold no times, or `years` does not match them.

    Notes
    -----
    With h_t the sum of x_i e_i over the rows of time t: Driscoll-Kraay S = G_0 + sum_l (1 - l/(L+1)) (G_l + G_l'), G_l
    = sum_t h_t h_(t-l)'; clustered S = sum_c h_c h_c'; covariance = c (X'X)^-1 S (X'X)^-1 with c = G/(G-1) (n-1)/(n-k),
    G time steps or clusters, as statsmodels' `hac-groupsum` and `cluster` by default.

    References
    ----------
    Driscoll and Kraay (1998), doi:10.1162/003465398557825; Cameron and Miller (2015), doi:10.3368/jhr.50.2.317.
    """
    order, scores, coefficients, bread = _scores(statistics, years)
    labels = np.asarray(statistics.time_labels)[order].astype(np.int64)
    steps = np.zeros((int(labels[-1] - labels[0]) + 1, *scores.shape[1:]))
    steps[labels - labels[0]] = scores
    clusters, member = np.unique(np.asarray(years)[order], return_inverse=True)
    if clusters.size < 2 or len(steps) < 2:
        raise NotEstimable(
            f"robust errors: expected at least two years and time steps, found {clusters.size} and {len(steps)}."
        )
    sums = np.zeros((clusters.size, *scores.shape[1:]))
    np.add.at(sums, member, scores)
    lag = math.floor(4 * (len(steps) / 100) ** (2 / 9)) if lag is None else lag

    def errors(table: Array, reach: int, groups: int) -> Array:
        correction = groups / (groups - 1) * (statistics.count - 1) / (statistics.count - statistics.terms.width)
        covariance = correction * np.einsum("ab,rbc,cd->rad", bread, _bartlett(table, reach), bread)
        return np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))[:, 1:]

    return Pooled(
        coefficients=coefficients[1:].T,
        driscoll_kraay=errors(steps, lag, labels.size),
        clustered=errors(sums, 0, clusters.size),
        driscoll_kraay_df=labels.size - 1,
        clustered_df=clusters.size - 1,
        lag=lag,
        within=_within(statistics),
    )


def variance_inflation(statistics: SufficientStatistics) -> tuple[Array, Array]:
    """Variance inflation factors of the terms among each other, (7,), and of the predictors that are terms alone, (3,);
    infinite where collinear."""
    total, terms = statistics.total, statistics.terms
    centred = (total - np.outer(total[0], total[0]) / statistics.count)[1 : terms.width, 1 : terms.width]
    factors = []
    for part in (centred, centred[np.ix_(terms.alone, terms.alone)]):
        if not part.size:
            factors.append(np.zeros(0))
            continue
        deviation = np.sqrt(np.diag(part))
        values, vectors = np.linalg.eigh(part / np.outer(deviation, deviation))
        # a direction that rounding alone keeps from vanishing: the terms it holds are determined by the others
        gone = values < 1e-12 * values[-1]
        with np.errstate(divide="ignore"):
            kept = np.where(gone, 0.0, 1 / np.where(gone, 1.0, values))
        determined = (vectors[:, gone] ** 2).sum(axis=1) > 1e-8
        factors.append(np.where(determined, np.inf, vectors**2 @ kept))
    return factors[0], factors[1]


def quadrant(coefficients: Array) -> NDArray[np.int8]:
    """Quadrant 1-4 of each term in the (P, SM) plane from (2, 7) or (..., 2, term) estimates; 0 on an axis or missing.
    2 and 4: negative dependence."""
    of_precipitation = np.sign(coefficients[..., 0, :])
    of_soil_moisture = np.sign(coefficients[..., 1, :])
    return np.select(
        [
            (of_precipitation > 0) & (of_soil_moisture > 0),
            (of_precipitation < 0) & (of_soil_moisture > 0),
            (of_precipitation < 0) & (of_soil_moisture < 0),
            (of_precipitation > 0) & (of_soil_moisture < 0),
        ],
        [1, 2, 3, 4],
        default=0,
    ).astype(np.int8)


def robust_quadrant(estimates: Array, coefficients: Array, survives: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a term's call of quadrant II or IV stands: both signs survive the cluster-robust errors and those of
    least squares are the model's.

    Parameters
    ----------
    estimates : (..., 2, term) float array
        Posterior means; NaN where there is no model.
    coefficients : (..., 2, term) float array
        Of least squares over the same rows (`Pooled.coefficients`).
    survives : (..., 2, term) bool array
        As `Pooled.survives` gives it.

    Returns
    -------
    (..., term) bool array
        False also for terms in quadrants I and III, which claim no negative dependence.
    """
    agree = (np.sign(estimates) == np.sign(coefficients)) & survives
    return np.isin(quadrant(estimates), (2, 4)) & agree.all(axis=-2)


def group_effects(
    statistics: SufficientStatistics, posterior: "arviz.InferenceData", *, draws: int = 400
) -> GroupEffects:
    """Posterior mean and sd of the varying intercepts of model B, averaged over evenly spaced draws.

    Parameters
    ----------
    statistics : SufficientStatistics
        Of kind "grouped".
    posterior : arviz.InferenceData
        From `sample` of these statistics.
    draws : int
        Draws to average over, at most.

    Notes
    -----
    Given a draw, u_j is normal with mean Psi (Sigma/n_j + Psi)^-1 rbar_j and covariance Psi - Psi (Sigma/n_j + Psi)^-1
    Psi, rbar_j = C' mbar_j.
    """
    if statistics.kind != "grouped":
        raise ValueError(f"group effects: expected a grouped model, found {statistics.kind}.")
    flat = posterior.posterior.stack(sample=("chain", "draw"))
    chosen = np.unique(np.linspace(0, flat.sizes["sample"] - 1, draws).astype(int))
    flat = flat.isel(sample=chosen)
    slopes, intercept = (
        flat["coefficients"].transpose("sample", "term", "response").values,
        flat["intercept"].transpose("sample", "response").values,
    )
    sigma, psi = (
        _covariances(flat[f"{name}_sd"].transpose("sample", "response").values, flat[f"{name}_correlation"].values)
        for name in ("residual", "group")
    )
    width = statistics.terms.width
    first, second, spread = (np.zeros((statistics.group_counts.size, 2)) for _ in range(3))
    for b, a, residual, group in zip(slopes, intercept, sigma, psi):
        rest = statistics.group_means[:, width:] - a - statistics.group_means[:, 1:width] @ b
        gain = group @ np.linalg.inv(residual / statistics.group_counts[:, None, None] + group)
        mean = np.einsum("jrq,jq->jr", gain, rest)
        first, second = first + mean, second + mean**2
        spread += np.diagonal(group - gain @ group, axis1=1, axis2=2)
    first = first / chosen.size
    second = second / chosen.size
    spread = spread / chosen.size
    return GroupEffects(first, np.sqrt(np.maximum(second - first**2, 0.0) + spread))


def _scores(statistics: SufficientStatistics, years: NDArray) -> tuple[NDArray, Array, Array, Array]:
    """Order of the time steps, their sums x e as (time, response, width), the coefficients (width, 2) and (X'X)^-1."""
    if len(statistics.time_labels) == 0:
        raise ValueError("robust errors: the statistics hold no times; give `times` to summarise.")
    if len(years) != len(statistics.time_labels):
        raise ValueError(
            f"years: expected one for each of the {len(statistics.time_labels)} time steps, found {len(years)}."
        )
    rank, _ = statistics.correlation_rank()
    width = statistics.terms.width
    if rank < width:
        raise NotEstimable(f"robust errors: the terms are collinear (rank {rank} of {width}); leave a predictor out.")
    order = np.argsort(statistics.time_labels, kind="stable")
    gram = statistics.total[:width, :width]
    cross = statistics.total[:width, width:]
    coefficients = np.linalg.solve(gram, cross)
    by_time = statistics.time_sscp[order]
    scores = by_time[:, :width, width:] - by_time[:, :width, :width] @ coefficients
    return order, scores.transpose(0, 2, 1), coefficients, np.linalg.inv(gram)


def _bartlett(table: Array, lag: int) -> Array:
    meat = np.einsum("tra,trb->rab", table, table)
    for l in range(1, min(lag, len(table) - 1) + 1):
        cross = np.einsum("tra,trb->rab", table[l:], table[:-l])
        meat += (1 - l / (lag + 1)) * (cross + cross.transpose(0, 2, 1))
    return meat


def _within(statistics: SufficientStatistics) -> Array:
    """Coefficients within groups (2, 7): least squares on rows about their group means; NaN without groups or where
    they are not determined."""
    width = statistics.terms.width
    none = np.full((2, width - 1), np.nan)
    if len(statistics.group_labels) == 0:
        return none
    between = np.einsum("j,ja,jb->ab", statistics.group_counts, statistics.group_means, statistics.group_means)
    inside = (statistics.sscp[0] if statistics.kind == "grouped" else statistics.total - between)[1:, 1:]
    gram = inside[: width - 1, : width - 1]
    cross = inside[: width - 1, width - 1 :]
    length = np.sqrt(np.maximum(np.diag(gram), 0.0))
    # predictors that vary only between groups leave rounding here
    if (length**2 <= 1e-12 * np.diag(statistics.total)[1:width]).any():
        return none
    scaled = gram / np.outer(length, length)
    if np.linalg.eigvalsh(scaled)[0] < 1e-12:
        return none
    return (np.linalg.solve(scaled, cross / length[:, None]) / length[:, None]).T


def _covariances(deviations: Array, correlations: Array) -> Array:
    cross = deviations.prod(axis=1) * correlations
    return np.stack(
        [np.stack([deviations[:, 0] ** 2, cross], axis=-1), np.stack([cross, deviations[:, 1] ** 2], axis=-1)], axis=-2
    )
