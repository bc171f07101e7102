"""Driver planes: shaded quadrants are those of opposite sign, circles enclose their cluster, labels keep apart, failing
models are seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Ellipse, Polygon, Rectangle
from scipy.optimize import minimize
from scipy.spatial import ConvexHull

from vadose.figures import driver_bars, planes, style
from vadose.figures.term_names import term_name

CODES = list(style.ECOREGIONS)


def clouds(count):
    return st.integers(0, 10**6).map(lambda seed: np.random.default_rng(seed).normal(0, 1, (count, 2)))


@settings(max_examples=30)
@given(st.integers(1, 14).flatmap(clouds))
def test_the_enclosing_circle_holds_all_points_and_is_the_smallest(points):
    x, y, radius = planes.enclosing_circle(points)
    distance = np.hypot(points[:, 0] - x, points[:, 1] - y)
    assert distance.max() <= radius * (1 + 1e-9) + 1e-12
    best = minimize(
        lambda c: np.hypot(*(points - c).T).max(),
        [x, y],
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12},
    )
    assert radius <= best.fun * (1 + 1e-7) + 1e-12


def test_known_circles():
    assert planes.enclosing_circle([[0, 0], [2, 0]]) == pytest.approx((1, 0, 1))
    assert planes.enclosing_circle([[0, 0], [2, 0], [1, 0.1]]) == pytest.approx((1, 0, 1))
    assert planes.enclosing_circle([[1, 0], [-1, 0], [0, 1], [0, -1], [0.2, 0.3]]) == pytest.approx((0, 0, 1))
    assert planes.enclosing_circle([[3, 4], [3, 4]]) == pytest.approx((3, 4, 0))
    assert planes.enclosing_circle([[0, 0], [1, 1], [2, 2]]) == pytest.approx((1, 1, np.sqrt(2)))


@settings(max_examples=20)
@given(clouds(12))
def test_the_hull_is_that_of_scipy(points):
    expected = points[ConvexHull(points).vertices]
    found = planes.hull(points)
    start = np.argmin(np.abs(expected - found[0]).sum(1))
    np.testing.assert_array_equal(found, np.roll(expected, -start, axis=0))


def drawn(estimates, **options):
    axes = style.figure(60, 45).add_axes((0.15, 0.15, 0.8, 0.75))
    return axes, planes.plane(axes, estimates, CODES[: len(estimates)], **options)


def test_the_shaded_quadrants_are_those_of_opposite_sign():
    axes, _ = drawn(np.array([[0.5, -0.2], [-0.3, 0.4]]))
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    picture = np.asarray(canvas.buffer_rgba())[..., :3]
    reach = axes.get_xlim()[1], axes.get_ylim()[1]
    for x, y in ((0.93, 0.6), (-0.93, 0.6), (-0.93, -0.6), (0.93, -0.6)):
        column, row = axes.transData.transform((x * reach[0], y * reach[1]))
        shaded = not (picture[picture.shape[0] - 1 - int(row), int(column)] == 255).all()
        assert shaded == (x * y < 0)
    texts = {text.get_text(): text.get_position() for text in axes.texts if text.get_gid() == "quadrant"}
    assert texts["II"][0] < 0.5 < texts["II"][1] and texts["IV"][1] < 0.5 < texts["IV"][0]
    assert axes.get_xlim()[0] == -reach[0] and axes.get_ylim()[0] == -reach[1]


@pytest.mark.parametrize("spread", [1e-6, 0.05, 1.0])
def test_sixteen_labels_do_not_overlap_even_at_the_origin(spread):
    estimates = np.random.default_rng(1).normal(0, spread, (16, 2))
    estimates[0] = [1.0, 1.0]
    axes, boxes = drawn(estimates)
    assert len(boxes) == 16
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            assert (
                min(one[2], other[2]) <= max(one[0], other[0]) + 1e-6
                or min(one[3], other[3]) <= max(one[1], other[1]) + 1e-6
            )
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    printed = {text.get_text(): text.get_window_extent(renderer) for text in axes.texts}
    for code, box in zip(CODES, boxes):
        extent = printed[style.ECOREGIONS[code][0]]
        assert [extent.x0, extent.x1] == pytest.approx([box[0], box[2]], abs=1.0)
    frame = axes.get_window_extent(renderer)
    assert all(frame.x0 <= box[0] and box[2] <= frame.x1 and frame.y0 <= box[1] and box[3] <= frame.y1 for box in boxes)


def test_circles_are_round_on_paper_and_enclose_their_points():
    rng = np.random.default_rng(0)
    estimates = np.vstack([rng.normal([0.5, 0.1], 0.05, (8, 2)), rng.normal([-0.5, -0.05], 0.03, (8, 2))])
    clusters = np.repeat([0, 1], 8)
    axes, _ = drawn(estimates, clusters=clusters)
    circles = [patch for patch in axes.patches if isinstance(patch, Ellipse)]
    assert len(circles) == 2
    for cluster, circle in enumerate(circles):
        (x0, y0), (x1, y1) = axes.transData.transform([(0, 0), (circle.width, circle.height)])
        assert x1 - x0 == pytest.approx(y1 - y0, rel=1e-9)
        pixels = axes.transData.transform(estimates[clusters == cluster]) - axes.transData.transform(circle.center)
        assert np.hypot(*pixels.T).max() < (x1 - x0) / 2
    axes, _ = drawn(estimates, clusters=clusters, shape="hull")
    assert sum(isinstance(patch, Polygon) and not isinstance(patch, Rectangle) for patch in axes.patches) == 2


def test_missing_ecoregions_and_the_regression_line():
    estimates = np.array([[0.5, 0.2], [np.nan, 0.1], [-0.4, -0.1]])
    axes, boxes = drawn(estimates, line=(0.3, 0.05), low=estimates - 0.1, high=estimates + 0.1)
    assert len(boxes) == 2
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert len(dashed) == 1
    np.testing.assert_allclose(dashed[0].get_ydata(), 0.05 + 0.3 * np.asarray(dashed[0].get_xdata()))


def test_one_wide_interval_does_not_squeeze_the_points():
    estimates = np.array([[0.1, 0.1], [-0.1, 0.05]])
    assert planes.limits(estimates, estimates - 50, estimates + 50)[0] == pytest.approx(1.28 * 0.15)
    assert planes.limits(estimates, estimates - 0.01, estimates + 0.01)[0] == pytest.approx(1.28 * 0.11)
    assert planes.limits(np.full((2, 2), np.nan), None, None) == pytest.approx((1.28, 1.28))


def test_a_page_has_a_letter_and_title_for_each_term_and_layer():
    estimates = np.random.default_rng(0).normal(size=(2, 3, 5, 2))
    figure = planes.planes(estimates, CODES[:5], terms=["Ta", "GPP:LST"], layers=["a", "b", "c"], height=100)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0] == "$\\bf{a}$  $T_a$, a" and titles[5] == "$\\bf{f}$  GPP : LST, c"
    assert figure.axes[0].get_ylabel() and figure.axes[3].get_xlabel() and not figure.axes[1].get_ylabel()


@pytest.mark.parametrize(
    ("highest", "threshold", "expected"), [(True, 1.01, [False, False, True]), (False, 400.0, [True, False, False])]
)
def test_failing_models_are_ringed_and_counted(highest, threshold, expected):
    axes = style.figure("double", 50).add_axes((0.1, 0.3, 0.8, 0.55))
    row = [1.0, 1.005, 1.02, np.nan] if highest else [100.0, 500.0, 4000.0, np.nan]
    failed = planes.diagnostics(
        axes, np.array([row]), CODES[:4], groups=["x"], colours=["b"], threshold=threshold, label="", highest=highest
    )
    assert failed[0].tolist() == [*expected, False]
    rings = axes.collections[1].get_offsets()
    np.testing.assert_allclose(rings[:, 1], np.array(row)[:3][expected])
    assert axes.texts[0].get_text() == f"1 of 3 models beyond {threshold:g}"
    bottom, top = axes.get_ylim()
    assert bottom < min(row[:3]) and top > max(row[:3]) and bottom < threshold < top


def test_bars_have_the_mean_and_the_range_of_the_regions():
    """Ten terms, more than rows of planes: each bar ends at the mean of the regions that have the term, each line at
    the least and largest, and a term that no region has leaves no line."""
    terms = ["Ta", "Ta^2", "GPP", "LST", "elevation", "sand", "Ta:GPP", "Ta:LST", "GPP:LST", "Ta:GPP:LST"]
    effects = np.random.default_rng(2).normal(0.0, 0.3, (10, 2, 5, 2))
    effects[2, :, 1] = effects[4, 0] = np.nan
    drawn = driver_bars.panels(effects, terms, ["0-10 cm", "10-40 cm"])
    left, right = drawn.axes
    assert [label.get_text() for label in left.get_yticklabels()] == [term_name(term) for term in terms]
    assert term_name("Ta^2") == "$T_a$$^{2}$" and left.get_xlim() == right.get_xlim()
    for layer, axes in enumerate(drawn.axes):
        for response, (bars, lines) in enumerate(zip(axes.containers, axes.collections, strict=True)):
            there = np.isfinite(effects[:, layer, :, response]).any(axis=1)
            values = effects[there, layer, :, response]
            widths = np.array([bar.get_width() for bar in bars])
            np.testing.assert_allclose(widths[there], np.nanmean(values, axis=1), rtol=1e-12)
            assert (widths[~there] == 0).all()
            ends = np.array([segment[:, 0] for segment in lines.get_segments() if len(segment)])
            np.testing.assert_array_equal(
                ends, np.stack([np.nanmin(values, axis=1), np.nanmax(values, axis=1)], axis=1)
            )
