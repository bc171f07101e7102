"""Coordinates in which the posterior is close to a standard normal, from the statistics alone.

Given the covariances, B is exactly Gaussian under its Gaussian prior; so B integrates out and the few covariance
parameters eta = (log deviations, atanh correlation) of every component have an explicit posterior. Its mode and
curvature give the coordinates

    eta = centre + spread xi,        vec B = mean + root theta,

both linear with constant matrices: the Jacobian is a constant and the posterior that is sampled is unchanged, only
easier.
"""

from typing import NamedTuple

import numpy as np

from vadose.core.arrays import Array
from vadose.statistics.drivers.priors import Priors
from vadose.statistics.drivers.statistics import SufficientStatistics

COMPONENTS = {"pooled": 1, "grouped": 2, "crossed": 3}  # residual, group, time


class Whitening(NamedTuple):
    """Centre and spread of the covariance parameters and of vec B (term by term, P before SM)."""

    centre: Array  # (3 components,)
    spread: Array  # (3 components, 3 components)
    mean: Array  # (2 width,)
    root: Array  # (2 width, 2 width)


def whiten(statistics: SufficientStatistics, priors: Priors) -> Whitening:
    """Coordinates of one model; raises `numpy.linalg.LinAlgError` only if the statistics are not finite."""
    posterior = _Marginal(statistics, priors)
    centre, unit = _start(posterior, statistics)
    for _ in range(40):
        gradient, values, vectors = _curvature(posterior, centre, unit)
        step = vectors @ ((vectors.T @ gradient) / values)
        size = np.abs(step).max()
        step *= min(1.0, 2.0 / max(size, 1e-300))
        here = posterior(centre)
        while size > 1e-3 and not posterior(centre + unit * step) > here:
            step, size = step / 2, size / 2
        centre = centre + unit * step
        if size <= 1e-2:  # a hundredth of a standard deviation is near enough: these are coordinates, not results
            break
    _, values, vectors = _curvature(posterior, centre, unit)
    mean, precision = posterior.coefficients(centre)
    spread = unit[:, None] * vectors / np.sqrt(values)
    return Whitening(centre, spread, mean, np.linalg.inv(np.linalg.cholesky(precision)).T)


def residual_basis(statistics: SufficientStatistics, coefficients: Array) -> Array:
    """Strata of [X, Y - X B], (stratum, column, column): near the fit they keep their digits, where Y'Y - B'X'Y would
    lose them."""
    width = len(coefficients)
    change = np.eye(width + 2)
    change[:width, width:] = -coefficients
    return change.T @ statistics.sscp @ change


class _Marginal:
    """Log posterior of eta with B integrated out, up to a constant."""

    def __init__(self, statistics: SufficientStatistics, priors: Priors):
        self.statistics, self.priors = statistics, priors
        total, width = statistics.total, statistics.terms.width
        self.pooled = np.linalg.lstsq(total[:width, :width], total[:width, width:], rcond=1e-13)[0]
        self.sscp = residual_basis(statistics, self.pooled)
        mean, scale = priors.coefficients(statistics.terms)
        self.prior_mean = (mean - self.pooled).ravel()
        self.prior_precision = (scale**-2.0).ravel()

    def parts(self, eta: Array) -> tuple[Array, Array, Array]:
        table = eta.reshape(-1, 3)
        deviations = np.exp(table[:, :2])
        correlations = np.tanh(table[:, 2])
        sizes = np.stack(
            [np.ones_like(self.statistics.group_size), self.statistics.group_size, self.statistics.time_size]
        )[: len(table)]
        cross = deviations[:, 0] * deviations[:, 1] * correlations
        return (
            deviations,
            correlations,
            np.stack([deviations[:, 0] ** 2 @ sizes, cross @ sizes, deviations[:, 1] ** 2 @ sizes]),
        )

    def normal(self, variance: Array) -> tuple[Array, Array, Array, float]:
        a, c, b = variance
        width = self.statistics.terms.width
        determinant = a * b - c * c
        inverse = np.stack([b, -c, -c, a]).reshape(2, 2, -1) / determinant
        weighted = np.einsum("rqs,sij->irjq", inverse, self.sscp[:, :width, :width], optimize=True).reshape(
            2 * width, 2 * width
        )
        pull = (
            np.einsum("rqs,siq->ir", inverse, self.sscp[:, :width, width:]).ravel()
            + self.prior_precision * self.prior_mean
        )
        squares = float(np.einsum("rqs,srq->", inverse, self.sscp[:, width:, width:]))
        return weighted + np.diag(self.prior_precision), pull, determinant, squares

    def __call__(self, eta: Array) -> float:
        deviations, correlations, variance = self.parts(eta)
        precision, pull, determinant, squares = self.normal(variance)
        # a step too far: no digits left, or a correlation of one
        if not (np.isfinite(precision).all() and (determinant > 0).all() and (np.abs(correlations) < 1).all()):
            return -np.inf
        try:
            root = np.linalg.cholesky(precision)
        except np.linalg.LinAlgError:
            return -np.inf
        solved = np.linalg.solve(root, pull)
        prior = (
            self.priors.log_density(deviations, correlations)
            + np.log(deviations).sum()
            + np.log1p(-(correlations**2)).sum()
        )
        fit = float(self.statistics.degrees @ np.log(determinant)) + squares - solved @ solved
        return prior - 0.5 * fit - np.log(np.diag(root)).sum()

    def coefficients(self, eta: Array) -> tuple[Array, Array]:
        precision, pull, _, _ = self.normal(self.parts(eta)[2])
        return np.linalg.solve(precision, pull) + self.pooled.ravel(), precision


def _start(posterior: _Marginal, statistics: SufficientStatistics) -> tuple[Array, Array]:
    """Moments of the pooled residuals as a start, and the size of one asymptotic standard deviation of every
    parameter."""
    width = statistics.terms.width
    residual = posterior.sscp[:, width:, width:]
    components = COMPONENTS[statistics.kind]
    degrees = statistics.degrees
    sigma = residual[0] / max(degrees[0], 1.0)
    parts, counts = [sigma], [degrees[0]]
    for sizes in (statistics.group_size, statistics.time_size)[: components - 1]:
        strata = (sizes > 0) & ((statistics.group_size > 0).astype(int) + (statistics.time_size > 0) == 1)
        excess = residual[strata].sum(axis=0) - degrees[strata].sum() * sigma
        parts.append(excess / (degrees[strata] @ sizes[strata]))
        counts.append(degrees[strata].sum())
    floor = (
        1e-12 + 1e-3 * np.diag(residual.sum(axis=0)) / statistics.count
    )  # an estimate below zero begins small instead
    centre: list[float] = []
    unit: list[float] = []
    for part, count in zip(parts, counts):
        variance = np.maximum(np.diag(part), floor)
        rho = np.clip(part[0, 1] / np.sqrt(variance.prod()), -0.95, 0.95)
        centre += [*(0.5 * np.log(variance)), np.arctanh(rho)]
        # an effect that may be absent has a log deviation without lower end: no tiny steps there
        least = 0.0 if not unit else 0.2
        unit += [max(1 / np.sqrt(2 * max(count, 2.0)), least)] * 2 + [max(1 / np.sqrt(max(count, 2.0)), least)]
    return np.array(centre), np.array(unit)


def _curvature(posterior: _Marginal, centre: Array, unit: Array, h: float = 0.1) -> tuple[Array, Array, Array]:
    """Gradient and negative Hessian (eigenvalues kept at least 0.1) by central differences, in units of `unit`."""
    q = centre.size
    here, around = posterior(centre), np.empty((q, 2))
    steps = np.eye(q) * h
    for i in range(q):
        around[i] = posterior(centre + unit * steps[i]), posterior(centre - unit * steps[i])
    hessian = np.diag((2 * here - around.sum(axis=1)) / h**2)
    for i in range(q):
        for j in range(i):
            both = posterior(centre + unit * (steps[i] + steps[j])) + posterior(centre - unit * (steps[i] + steps[j]))
            mixed = (both + 2 * here - around[i].sum() - around[j].sum()) / (2 * h**2)
            hessian[i, j] = hessian[j, i] = -mixed
    if not np.isfinite(hessian).all():
        return np.zeros(q), np.ones(q), np.eye(q)
    values, vectors = np.linalg.eigh(hessian)
    return (around[:, 0] - around[:, 1]) / (2 * h), np.maximum(np.abs(values), 0.1), vectors
