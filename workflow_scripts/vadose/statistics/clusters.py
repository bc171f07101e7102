"""Ecoregions grouped by their driver estimates: k-means in the (P, SM) plane, and how firmly the groups hold under
posterior draws."""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array


class Clusters(NamedTuple):
    """k-means of points; clusters are numbered by their centroid, first coordinate first."""

    label: NDArray[np.int64]  # (n,), 0 .. k-1, -1 for a point with a missing coordinate
    centroid: Array  # (k, 2), mean of the cluster's points
    inertia: float  # sum of squared distances to the centroids


class Stability(NamedTuple):
    """How often points stay together when the posterior draws are clustered instead of the means."""

    together: Array  # (n, n), share of the draws in which both have the same cluster, 0-1; NaN where a point is missing
    # (n,), share of the other points whose being together or apart equals that of the main clustering, mean over draws
    agreement: Array


def cluster(points: Array, k: int, *, restarts: int = 50, seed: int = 0) -> Clusters:
    """k-means of points as they are.

    Parameters
    ----------
    points : (n, 2) float array
        Posterior means (P, SM) of one term, one row per ecoregion, not rescaled; a row with NaN (a failed model) takes
        no part.
    k : int
        Number of clusters (docs/methods.md#b5: 3, and 2 for Ta:LST and Ta:GPP:LST).
    restarts : int
        Starts by k-means++, of which the best is kept (one start finds the optimum for 38-63 % of seeds only).
    seed : int
        Equal seeds give equal clusters.

    Returns
    -------
    Clusters

    Raises
    ------
    ValueError
        If fewer than k different points are there, or the shape is wrong.

    References
    ----------
    Arthur and Vassilvitskii (2007), k-means++, SODA, 1027-1035.
    """
    points, present = _checked(points, k)
    with _one_thread():
        label, inertia = _k_means(points[present], k, restarts, seed)
    labels = np.full(len(points), -1, dtype=np.int64)
    labels[present] = label
    centroid = np.stack([points[labels == c].mean(axis=0) for c in range(k)])
    return Clusters(labels, centroid, inertia)


def stability(points: Array, draws: Array, k: int, *, restarts: int = 10, seed: int = 0) -> Stability:
    """Pairs of points that stay together over posterior draws.

    Parameters
    ----------
    points : (n, 2) float array
        Of the main clustering.
    draws : (draw, n, 2) float array
        One draw of every ecoregion's coefficients per entry (200 are enough); each is clustered again.
    k, seed : int
        As for `cluster`.
    restarts : int
        Starts per draw; fewer than for the main result, which one draw is not.

    Returns
    -------
    Stability

    Raises
    ------
    ValueError
        As `cluster`, or if the draws do not match the points.
    """
    draws = np.asarray(draws, dtype=float)
    points, present = _checked(points, k)
    if draws.ndim != 3 or draws.shape[1:] != points.shape:
        raise ValueError(f"draws: expected (draw, {len(points)}, 2) like the points, found {draws.shape}.")
    if not np.isfinite(draws[:, present]).all():
        raise ValueError(
            "draws: expected finite values for every point that is there; found missing ones. Leave that ecoregion out "
            "of both."
        )
    main = cluster(points, k, seed=seed).label[present]
    same = np.zeros((present.sum(), present.sum()))
    agreed = np.zeros(present.sum())
    others = max(len(main) - 1, 1)
    with _one_thread():
        for draw in draws[:, present]:
            label, _ = _k_means(draw, k, restarts, seed)
            pair = label[:, None] == label
            same += pair
            agreed += ((pair == (main[:, None] == main)).sum(axis=1) - 1) / others
    together = np.full((len(points), len(points)), np.nan)
    agreement = np.full(len(points), np.nan)
    together[np.ix_(present, present)] = same / len(draws)
    agreement[present] = agreed / len(draws)
    return Stability(together, agreement)


def _checked(points: Array, k: int) -> tuple[Array, NDArray[np.bool_]]:
    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"points: expected (n, 2), found {points.shape}.")
    present = np.all(np.isfinite(points), axis=1)
    different = len(np.unique(points[present], axis=0))
    if k < 1 or different < k:
        raise ValueError(
            f"points: expected at least {max(k, 1)} different ones for {k} clusters, found {different}; ask for fewer "
            "clusters."
        )
    return points, present


def _one_thread():
    """A dozen points are no work for two threads: waiting for each other takes a hundred times longer."""
    return _thread_pools().limit(limits=1)


@functools.cache
def _thread_pools():
    """Those of scikit-learn; to look for them costs as much as ten fits."""
    import sklearn.cluster  # noqa: F401  only libraries that are loaded are found
    from threadpoolctl import ThreadpoolController  # comes with scikit-learn

    return ThreadpoolController()


def _k_means(points: Array, k: int, restarts: int, seed: int) -> tuple[NDArray[np.int64], float]:
    """Labels in order of the centroids, and inertia."""
    from sklearn.cluster import KMeans

    fitted = KMeans(k, init="k-means++", n_init=restarts, random_state=seed, algorithm="lloyd").fit(points)
    centroids = np.stack([points[fitted.labels_ == c].mean(axis=0) for c in range(k)])
    rank = np.empty(k, dtype=np.int64)
    rank[np.lexsort((centroids[:, 1], centroids[:, 0]))] = np.arange(k)
    return rank[fitted.labels_], float(fitted.inertia_)
