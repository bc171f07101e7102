"""Donuts: angles are shares, labels sit inside their wedge and do not overlap, negative terms are seen."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.patches import Wedge
from shapely import box
from shapely.affinity import rotate

from vadose.figures import donuts, style

SEASONS, LAYERS = list(style.MOISTURE_SEASONS), ["0–10", "10–40", "40–100", "100–200"]


def terms(trend=0.25):
    season = np.array([0.243, 0.252, 0.2557, 0.2493])
    layer = np.array([0.04, 0.1527, 0.378, 0.4293])
    block = season[:, None] * layer
    return np.stack([trend * block, (1 - trend) * block])


def donut(values, size=88):
    axes = style.figure(size, size).add_axes((0, 0, 1, 1))
    donuts.contributions(axes, values, seasons=SEASONS, layers=LAYERS, centre="2000–2024")
    return axes


def turned_box(text, renderer):
    """The rectangle of the letters as they are turned, in pixels."""
    angle = text.get_rotation()
    text.set_rotation(0)
    extent = text.get_window_extent(renderer)
    text.set_rotation(angle)
    return rotate(box(extent.x0, extent.y0, extent.x1, extent.y1), angle, origin="center")


def test_each_ring_goes_round_once_and_angles_are_shares():
    values = terms()
    wedges = [patch for patch in donut(values).patches if isinstance(patch, Wedge)]
    by_ring = {radii: [w for w in wedges if np.isclose(w.r, radii[1])] for radii in donuts.RINGS}
    assert [len(group) for group in by_ring.values()] == [2, 8, 32]
    expected = [values.sum((1, 2)), values.sum(2).ravel(), values.ravel()]
    for group, share in zip(by_ring.values(), expected):
        np.testing.assert_allclose([w.theta2 - w.theta1 for w in group], 360 * share / values.sum(), atol=1e-9)
        np.testing.assert_allclose(
            [w.theta2 for w in group], 90 - 360 * np.concatenate([[0], np.cumsum(share)[:-1]]) / values.sum(), atol=1e-9
        )


def test_labels_name_term_and_share_where_there_is_room_and_do_not_overlap():
    axes = donut(terms())
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    texts = [text.get_text() for text in axes.texts]
    assert "Trend\n25.0 %" in texts and "IAV\n75.0 %" in texts and "SA-S\n19.2" in texts and "100–200\n8.1" in texts
    assert not any(text.startswith("0–10:") and text.endswith("0.2") for text in texts)  # too narrow for letters
    printed = [turned_box(text, renderer) for text in axes.texts]
    assert not any(one.intersects(other) for k, one in enumerate(printed) for other in printed[:k])


def test_letters_lie_within_the_thickness_of_their_ring():
    axes = donut(terms())
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    unit = axes.transData.transform((1, 0))[0] - axes.transData.transform((0, 0))[0]
    thick = (donuts.RINGS[2][1] - donuts.RINGS[2][0]) * unit
    for text in axes.texts:
        if ":" in text.get_text():
            rotation = text.get_rotation()
            text.set_rotation(0)
            assert text.get_window_extent(renderer).width < thick
            text.set_rotation(rotation)


def test_a_negative_term_is_crossed_out_and_a_missing_one_refused():
    values = terms()
    values[1, 0, 0] = -0.05
    crossed = [patch for patch in donut(values).patches if patch.get_hatch()]
    assert len(crossed) == 1
    assert crossed[0].theta2 - crossed[0].theta1 == pytest.approx(360 * 0.05 / np.abs(values).sum())
    values[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="expected every term"):
        donut(values)


def test_differences_are_bars_in_order_with_their_sums():
    axes = style.figure("double", 50).add_axes((0.1, 0.3, 0.8, 0.5))
    change = np.arange(32.0).reshape(2, 4, 4) - 10
    donuts.differences(axes, change, seasons=SEASONS, layers=LAYERS)
    bars = sorted(axes.patches, key=lambda bar: bar.get_x())
    np.testing.assert_allclose([bar.get_height() for bar in bars], change.ravel())
    texts = [text.get_text() for text in axes.texts]
    assert "Trend: −40.00 points" in texts and "Interannual variability: +216.00 points" in texts
    assert [label.get_text() for label in axes.get_xticklabels()] == SEASONS * 2


def test_omegas_start_at_proportion():
    axes = style.figure("single", 50).add_axes((0.1, 0.3, 0.8, 0.5))
    omega = np.array([[0.5, 1.2], [0.8, np.nan]])
    donuts.omegas(axes, omega, seasons=["H", "A"], layers=["top", "deep"], colours=["b", "r"])
    strokes = [segment for item in axes.collections if hasattr(item, "get_segments") for segment in item.get_segments()]
    assert {tuple(segment[:, 1]) for segment in strokes if segment.ndim == 2 and np.isfinite(segment).all()} == {
        (1.0, 0.5),
        (1.0, 1.2),
        (1.0, 0.8),
    }
    assert [text.get_text() for text in axes.texts] == ["0.50", "1.20", "0.80"]


def test_rings_colour_by_value_with_the_surface_outside():
    axes = style.figure(40, 40).add_axes((0, 0, 1, 1))
    values = np.linspace(-0.4, 0.4, 16).reshape(4, 4)
    values[2, 3] = np.nan
    scale = style.diverging(values, "r", "1", limit=0.5, colours=style.ASSOCIATION)
    donuts.rings(axes, values, scale, seasons=SEASONS, layers=LAYERS, centre="Global")
    wedges = axes.patches
    assert len(wedges) == 16
    for number, wedge in enumerate(wedges):
        season, layer = divmod(number, 4)
        assert wedge.theta2 == 90 - 90 * season
        assert wedge.r == pytest.approx(1.0 - layer * 0.73 / 4)
        expected = (
            scale.colours(values[season, layer])[None][0] / 255
            if np.isfinite(values[season, layer])
            else np.array(to_rgba("0.86"))
        )
        np.testing.assert_allclose(wedge.get_facecolor(), expected, atol=1e-6)
    texts = [text.get_text() for text in axes.texts]
    assert "−0.40" in texts and "–" in texts and "Global" in texts and set(SEASONS) <= set(texts)


def test_rounded_zero_has_no_sign():
    assert donuts._number(-0.0004, 2) == "0.00" and donuts._number(-0.006, 2) == "−0.01"
