"""k-means of driver estimates: the true optimum by enumeration, order and missing points, and pairs under posterior
draws."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vadose.statistics import clusters


def best_by_enumeration(points, k):
    lowest = np.inf
    for labels in product(range(k), repeat=len(points)):
        labels = np.array(labels)
        if len(set(labels.tolist())) == k:
            groups = [points[labels == c] for c in range(k)]
            lowest = min(lowest, sum(((group - group.mean(0)) ** 2).sum() for group in groups))
    return lowest


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("k", [2, 3])
def test_finds_the_optimum(seed, k):
    points = np.random.default_rng(seed).normal(size=(8, 2))
    found = clusters.cluster(points, k)
    assert found.inertia == pytest.approx(best_by_enumeration(points, k), rel=1e-12)
    assert ((points - found.centroid[found.label]) ** 2).sum() == pytest.approx(found.inertia, rel=1e-12)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.permutations(range(12)))
def test_order_of_ecoregions_and_place_of_the_origin_do_not_matter(seed, order):
    rng = np.random.default_rng(seed)
    points = np.repeat([[-1.0, 0.5], [0.2, -0.3], [0.9, 1.0]], 4, axis=0) + rng.normal(scale=0.05, size=(12, 2))
    first = clusters.cluster(points, 3)
    assert first.label.tolist() == [0] * 4 + [1] * 4 + [2] * 4  # numbered by centroid, from low P to high
    np.testing.assert_array_equal(clusters.cluster(points[order], 3, seed=seed).label, first.label[order])
    np.testing.assert_array_equal(clusters.cluster(points + [3.0, -7.0], 3).label, first.label)


def test_axes_are_not_rescaled():
    points = np.array([[0.0, 0.0], [0.0, 1.0], [10.0, 0.0], [10.0, 1.0]])
    assert clusters.cluster(points, 2).label.tolist() == [0, 0, 1, 1]
    assert clusters.cluster(points * [0.01, 1.0], 2).label.tolist() == [0, 1, 0, 1]


def test_a_failed_model_takes_no_part():
    points = np.array([[0.0, 0.0], [np.nan, 1.0], [0.1, 0.0], [5.0, 5.0], [5.0, np.nan]])
    found = clusters.cluster(points, 2)
    assert found.label.tolist() == [0, -1, 0, 1, -1]
    held = clusters.stability(points, np.stack([points] * 3), 2)
    np.testing.assert_array_equal(held.together[np.ix_([0, 2, 3], [0, 2, 3])], [[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert (
        np.isnan(held.together[1]).all()
        and np.isnan(held.agreement[[1, 4]]).all()
        and (held.agreement[[0, 2, 3]] == 1).all()
    )


def test_pairs_over_draws_are_counted():
    """A point that jumps between two firm groups in a quarter of the draws is with each for its share."""
    points = np.array([[0.0, 0.0], [0.1, 0.0], [3.0, 3.0], [3.1, 3.0], [0.2, 0.0]])
    draws = np.stack([points] * 8)
    draws[:2, 4] = [2.9, 3.0]
    held = clusters.stability(points, draws, 2)
    np.testing.assert_allclose(held.together[4], [0.75, 0.75, 0.25, 0.25, 1.0])
    np.testing.assert_allclose(held.agreement, [15 / 16] * 4 + [0.75])
    np.testing.assert_array_equal(held.together, held.together.T)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: clusters.cluster(np.zeros((5, 2)), 2), "at least 2 different ones for 2 clusters, found 1"),
        (lambda: clusters.cluster(np.zeros((5, 3)), 2), "expected \\(n, 2\\)"),
        (lambda: clusters.cluster(np.full((4, 2), np.nan), 1), "found 0"),
        (lambda: clusters.stability(np.eye(2), np.zeros((3, 4, 2)), 2), "like the points"),
        (lambda: clusters.stability(np.eye(2), np.full((3, 2, 2), np.nan), 2), "finite"),
    ],
)
def test_errors_are_sentences(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
