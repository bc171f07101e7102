"""Densities are densities, ridges stand at their layer, and heat maps keep years in place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.stats import gaussian_kde, norm

from vadose.figures import ridgelines, style

POSITIONS = np.linspace(0.0, 500.0, 1001)


def test_density_of_a_normal_sample_is_normal():
    values = norm.ppf((np.arange(20000) + 0.5) / 20000, 250.0, 40.0)
    found = ridgelines.density(values, POSITIONS)
    np.testing.assert_allclose(found, norm.pdf(POSITIONS, 250.0, 40.0), atol=0.02 * norm.pdf(0) / 40)
    assert abs(found.sum() * 0.5 - 1.0) < 1e-4


def test_density_equals_scipy_with_the_same_bandwidth():
    values = np.random.default_rng(0).gamma(9.0, 20.0, 300)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, 300)
    found = ridgelines.density(values, POSITIONS, weights, bandwidth=15.0)
    reference = gaussian_kde(values, weights=weights)
    reference.set_bandwidth(15.0 / np.sqrt(reference.covariance[0, 0] / reference.factor**2))
    np.testing.assert_allclose(found, reference(POSITIONS), atol=2e-3 * found.max())


@given(st.lists(st.floats(1, 499), min_size=1, max_size=30), st.floats(0.1, 100))
def test_weights_count_by_their_ratio_only_and_all_mass_stays(values, factor):
    weights = np.linspace(1, 2, len(values))
    one = ridgelines.density(np.array([*values, np.nan]), POSITIONS, np.append(weights, 1.0), bandwidth=10.0)
    two = ridgelines.density(np.array(values), POSITIONS, factor * weights, bandwidth=10.0)
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-15)
    assert abs(one.sum() * 0.5 - 1.0) < 1e-9


def test_no_values_give_no_density_and_equal_values_one_peak():
    assert np.isnan(ridgelines.density(np.array([np.nan]), POSITIONS)).all()
    peak = ridgelines.density(np.full(10, 100.0), POSITIONS)
    assert POSITIONS[np.argmax(peak)] == 100.0 and abs(peak.sum() * 0.5 - 1) < 1e-9


def test_ridges_are_ordered_and_means_marked():
    axes = style.figure("single", 80).add_axes((0.15, 0.1, 0.65, 0.85))
    centres = np.array([[30.0, 300.0], [20.0, 250.0]])
    densities = np.array(
        [[ridgelines.density(np.array([c - 5, c, c + 5]), POSITIONS, bandwidth=8.0) for c in row] for row in centres]
    )
    ridgelines.ridgelines(
        axes,
        densities,
        POSITIONS,
        centres,
        seasons=["wet", "dry"],
        layers=["top", "deep"],
        colours=["b", "r"],
        label="x",
    )
    marks = [
        line.get_xdata()[0]
        for line in axes.lines
        if len(line.get_xdata()) == 2 and line.get_xdata()[0] == line.get_xdata()[1]
    ]
    assert marks == [30.0, 20.0, 300.0, 250.0]
    bases = [text.xy[1] for text in axes.texts if text.get_text().startswith(("wet", "dry"))]
    assert bases == sorted(bases, reverse=True)
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    placed = [text.get_window_extent(renderer) for text in axes.texts]
    assert not any(one.overlaps(other) for k, one in enumerate(placed) for other in placed[:k])
    assert axes.texts[0].get_text() == "wet  30"


def test_a_heat_map_leaves_a_missing_year_open():
    figure = style.figure("double", 50)
    axes = figure.add_axes((0.2, 0.2, 0.7, 0.7))
    scale = style.diverging(np.array([-2.0, 2.0]), "z", "1", limit=2)
    values = np.stack([np.full((2, 3), 1.9), np.full((2, 3), -1.9)])
    ridgelines.heat_map(
        figure, axes, values, np.array([2000, 2001, 2004]), scale, rows=["a", "b"], groups=["top", "deep"]
    )
    pictures = [image.get_array() for image in axes.images]
    assert [picture.shape for picture in pictures] == [(2, 5, 4)] * 2
    assert pictures[0][0, :, 3].tolist() == [255, 255, 0, 0, 255]
    np.testing.assert_array_equal(pictures[1][1, 4], scale.colours(np.array([-1.9]))[0])
    assert axes.images[0].get_extent()[:2] == [1999.5, 2004.5]
