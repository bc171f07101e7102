"""Plots show the numbers they are given: bars end where values are, labels keep apart, missing stays open."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.optimize import minimize

from vadose.figures import plots, style


def axes_of(width=88, height=60):
    return style.figure(width, height).add_axes((0.15, 0.2, 0.6, 0.65))


def boxes(axes):
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    return [text.get_window_extent(renderer) for text in axes.texts]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0.1, 10))
def test_spread_keeps_distance_and_order(wanted, distance):
    placed = plots.spread(np.array(wanted), distance)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(placed[order]) >= distance * (1 - 1e-9) - 1e-9).all()
    if len(wanted) == 1 or np.diff(np.sort(wanted)).min() >= distance:
        np.testing.assert_allclose(placed, wanted, atol=1e-9)


def test_spread_is_the_nearest_arrangement():
    wanted = np.array([0.0, 0.4, 0.5, 3.0, 3.1])
    bounds = [{"type": "ineq", "fun": lambda x, k=k: x[k + 1] - x[k] - 1.0} for k in range(4)]
    best = minimize(
        lambda x: np.sum((x - wanted) ** 2), np.arange(5.0), constraints=bounds, method="SLSQP", options={"ftol": 1e-14}
    )
    np.testing.assert_allclose(plots.spread(wanted, 1.0), best.x, atol=1e-5)
    squeezed = plots.spread(wanted, 1.0, low=0.0, high=4.5)
    assert squeezed.min() >= 0 and squeezed.max() <= 4.5 and np.diff(squeezed).min() >= 1 - 1e-9


def test_names_at_the_end_of_series_do_not_overlap_and_gaps_stay_open():
    axes = axes_of()
    years = np.arange(2000.0, 2010)
    values = {f"layer {k}": np.full(10, 1.0 + 0.01 * k) for k in range(4)}
    values["layer 0"][4] = np.nan
    plots.series(
        axes,
        years,
        values,
        dict(zip(values, style.layer_colours(4))),
        "mm",
        lines={"layer 1": [plots.Line((2000, 2009), (0, 3))]},
    )
    placed = boxes(axes)
    assert [text.get_text() for text in axes.texts] == list(values)
    assert not any(one.overlaps(other) for k, one in enumerate(placed) for other in placed[:k])
    drawn = axes.lines[0].get_ydata()
    assert np.isnan(drawn[4]) and len(drawn) == 10
    np.testing.assert_array_equal(axes.lines[2].get_ydata(), [0, 3])


def test_bars_end_at_their_values_and_intervals_span_theirs():
    axes = axes_of()
    values = np.array([[0.5, -1.5], [np.nan, 2.0]])
    plots.intervals(
        axes,
        values,
        values - 0.2,
        values + 0.3,
        groups=["a", "b"],
        members=["x", "y"],
        colours=["red", "blue"],
        label="",
        baseline=1.0,
    )
    ends = sorted(round(bar.get_y() + bar.get_height(), 9) for bar in axes.patches)
    assert ends == [-1.5, 0.5, 2.0]
    assert all(bar.get_y() == 1.0 for bar in axes.patches)
    spans = sorted(tuple(np.round(line.get_ydata(), 9)) for line in axes.lines[:-1])
    assert spans == [(-1.7, -1.2), (0.3, 0.8), (1.8, 2.3)]


def test_bars_that_are_not_significant_are_hatched():
    axes = axes_of()
    values, significant = np.array([[1.0, 2.0]]), np.array([[True, False]])
    plots.intervals(
        axes,
        values,
        None,
        None,
        groups=["a"],
        members=["x", "y"],
        colours=["#ff0000", "#0000ff"],
        label="",
        significant=significant,
        decimals=1,
    )
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, True]
    assert [text.get_text() for text in axes.texts] == ["1.0", "2.0"]


def test_contours_run_where_the_density_has_their_level():
    axes = axes_of(60, 60)
    positions = np.linspace(0.01, 0.99, 99)
    density = np.broadcast_to(2 * positions[None, :], (99, 99))  # 2u: the line of 1 stands at u = 0.5
    plots.scatter_with_contours(axes, np.array([0.2]), np.array([0.7]), positions, density, labels=("u", "v"), note="n")
    contour = next(item for item in axes.collections if hasattr(item, "levels"))
    for level, path in zip(contour.levels, contour.get_paths()):
        if len(path.vertices):
            np.testing.assert_allclose(path.vertices[:, 0], level / 2, atol=1e-9)
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), [[0.2, 0.7]])


def test_histogram_shows_each_group_beside_the_other():
    axes = axes_of()
    counts = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    plots.histogram(axes, counts, range(3), ["a", "b"], ["red", "blue"], labels=("lag", "share"))
    spans = sorted((bar.get_x(), bar.get_x() + bar.get_width(), bar.get_height()) for bar in axes.patches)
    assert [span[2] for span in spans] == [1, 4, 2, 5, 3, 6]
    assert all(one[1] <= two[0] + 1e-9 for one, two in zip(spans, spans[1:]))


def test_recovery_counts_what_lies_within_tolerance():
    axes = axes_of(60, 60)
    planted, recovered = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.1, 1.3, 2.2, np.nan])
    within = plots.recovery(axes, planted, recovered, 0.21, list("abcd"), label="tau")
    assert within.tolist() == [True, False, True, False]
    texts = [text.get_text() for text in axes.texts]
    assert "b" in texts and "2 of 4 within tolerance" in texts and "a" not in texts


@pytest.mark.parametrize("colour", ["#F7F0B2", "#5AB4AC", "#000000", "#ffffff"])
def test_readable_letters_are_dark_enough_on_white(colour):
    red, green, blue = (int(style.readable(colour)[k : k + 2], 16) / 255 for k in (1, 3, 5))
    assert 0.2126 * red + 0.7152 * green + 0.0722 * blue <= 0.49


def test_what_is_all_missing_is_drawn_empty_without_noise():
    axes = axes_of()
    plots.series(axes, np.arange(5.0), {"a": np.full(5, np.nan), "b": np.arange(5.0)}, {"a": "red", "b": "blue"}, "y")
    assert [text.get_text() for text in axes.texts] == ["b"]
    axes = axes_of()
    plots.intervals(
        axes, np.full((1, 2), np.nan), None, None, groups=["g"], members=["a", "b"], colours=["red", "blue"], label=""
    )
    assert not axes.patches
    assert not plots.recovery(axes_of(), np.array([np.nan]), np.array([np.nan]), 0.1, ["a"], label="tau").any()
