"""Labels keep off one another, stay in the frame, and are placed the same way each time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from vadose.figures import labels

FRAME = (0.0, 0.0, 150.0, 90.0)
SIZES = np.column_stack([np.linspace(12, 22, 16), np.full(16, 5.0)])


def overlaps(centres, sizes):
    boxes = np.hstack([centres - sizes / 2, centres + sizes / 2])
    shared = labels._overlap(boxes, boxes)
    np.fill_diagonal(shared, 0.0)
    return shared


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 5.0, 40.0]))
@pytest.mark.one_python
def test_sixteen_labels_never_overlap_however_close_their_points(seed, spread):
    anchors = np.clip(np.random.default_rng(seed).normal([75, 45], spread, (16, 2)), 0, [150, 90])
    centres = labels.arrange(anchors, SIZES, FRAME)
    assert overlaps(centres, SIZES).max() == 0.0
    assert (centres - SIZES / 2 >= -1e-9).all() and (centres + SIZES / 2 <= np.array(FRAME[2:]) + 1e-9).all()
    np.testing.assert_array_equal(centres, labels.arrange(anchors, SIZES, FRAME))


def test_all_points_at_one_place():
    centres = labels.arrange(np.full((16, 2), 70.0), SIZES, FRAME)
    assert overlaps(centres, SIZES).max() == 0.0


def test_a_lonely_point_has_its_label_at_its_right_and_one_at_the_edge_at_its_left():
    centres = labels.arrange(np.array([[30.0, 45.0], [148.0, 45.0]]), np.array([[20.0, 5.0]] * 2), FRAME, clear=2.0)
    np.testing.assert_allclose(centres, [[42.0, 45.0], [136.0, 45.0]])


def test_labels_keep_off_points_where_there_is_room():
    anchors = np.array([[50.0, 40.0], [62.0, 40.0], [50.0, 47.0]])
    sizes = np.array([[16.0, 5.0]] * 3)
    centres = labels.arrange(anchors, sizes, FRAME)
    boxes = np.hstack([centres - sizes / 2, centres + sizes / 2])
    assert labels._overlap(boxes, np.hstack([anchors - 1, anchors + 1])).max() == 0.0


def test_no_labels_are_no_trouble():
    assert labels.arrange(np.zeros((0, 2)), np.zeros((0, 2)), FRAME).shape == (0, 2)


def test_a_frame_too_small_gives_the_smallest_overlap_and_no_error():
    centres = labels.arrange(np.full((4, 2), 5.0), np.array([[9.0, 6.0]] * 4), (0.0, 0.0, 10.0, 10.0))
    assert np.isfinite(centres).all()
    wide = labels.arrange(np.array([[5.0, 5.0]]), np.array([[30.0, 6.0]]), (0.0, 0.0, 10.0, 10.0))
    assert wide == pytest.approx(np.array([[5.0, 5.0]]))


def test_labels_of_contours_stand_apart():
    figure = Figure(figsize=(3, 3))
    axes = figure.add_subplot(xlim=(0, 1), ylim=(0, 1))
    line = np.linspace(0, 1, 60)
    steep = np.exp(30 * (line[None, :] - 0.8)) * (2 + line[:, None])  # contours crowd at the right
    texts = axes.clabel(axes.contour(line, line, steep, levels=[0.25, 0.5, 1.0, 1.5, 2.0]), fmt="%g")
    labels.labels_apart(texts)
    places = np.array([label.get_position() for label in texts if label.axes is axes])
    between = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + np.eye(len(places))
    assert 2 <= len(places) < len(texts), "some went, not all"
    assert between.min() >= 0.09 and min(places.min(), 1 - places.max()) >= 0.03
    assert any(label.get_text() == "1" for label in texts if label.axes is axes)
