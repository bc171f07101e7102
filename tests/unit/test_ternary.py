"""The ternary colours mean what docs/methods.md#b4 says: cyan frequency, magenta volume, yellow evapotranspiration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from vadose.core import cells
from vadose.core.grid import Grid
from vadose.figures import cartography, style, ternary

CYAN, MAGENTA, YELLOW = (0, 255, 255), (255, 0, 255), (255, 255, 0)


def printed(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def at(picture, axes, x, y):
    column, row = axes.transData.transform((x, y))
    return tuple(int(value) for value in picture[picture.shape[0] - 1 - int(row), int(column)])


def test_three_pure_cells_have_the_three_pure_colours():
    np.testing.assert_array_equal(ternary.colours(np.eye(3)), np.array([CYAN, MAGENTA, YELLOW]) / 255)
    np.testing.assert_allclose(ternary.colours(np.full((1, 3), 1 / 3)), 2 / 3)


def test_three_pure_cells_on_the_printed_map_and_the_corners_of_its_legend_agree():
    grid = Grid.regular(10.0, south=0.0)
    mask = np.zeros(grid.shape, dtype=bool)
    mask[4, [15, 18, 21]] = True
    where = cells.locate(mask, grid)
    drawn = ternary.panels([np.eye(3)], where, [""], width="single")
    picture = printed(drawn.figure)
    x, y = cartography.project("north", where["lon"].values, where["lat"].values)
    assert [at(picture, drawn.axes[0], *position) for position in zip(x, y)] == [CYAN, MAGENTA, YELLOW]
    (legend,) = [axes for axes in drawn.figure.axes if any("volume" in text.get_text() for text in axes.texts)]
    for corner, colour in zip(ternary.CORNERS, (CYAN, MAGENTA, YELLOW)):
        near = 0.94 * corner + 0.06 * ternary.CORNERS.mean(0)
        np.testing.assert_allclose(
            at(picture, legend, *near), np.array(colour) + 255 * 0.04 * (1 - np.array(colour) / 127.5), atol=6
        )
    beside = {text.get_text().split("\n")[-1]: text.get_position() for text in legend.texts}
    assert beside["frequency"][0] < 0.2 and beside["volume"][0] > 0.8 and beside["Evapotranspiration"][1] > 0.8


@given(st.floats(0, 1), st.floats(0, 1))
def test_every_position_of_the_triangle_stands_for_its_shares(first, second):
    shares = np.sort([first, second])
    shares = np.array([shares[0], shares[1] - shares[0], 1 - shares[1]])
    position = shares @ ternary.CORNERS
    np.testing.assert_allclose(ternary.shares_at(*position), shares, atol=1e-12)
    np.testing.assert_allclose(ternary.colours(shares[None])[0], 1 - shares, atol=1e-12)


def test_missing_shares_have_no_colour_and_wrong_ones_are_refused():
    assert np.isnan(ternary.colours(np.array([[0.5, np.nan, 0.5]]))).all()
    with pytest.raises(ValueError, match="sum to 1"):
        ternary.colours(np.array([[50.0, 30.0, 20.0]]))
    with pytest.raises(ValueError, match="sum to 1"):
        ternary.colours(np.array([[1.2, -0.2, 0.0]]))


def test_strong_control_counts_strictly_above_the_threshold_by_cells_or_area():
    shares = np.array([[0.76, 0.24, 0.0], [0.75, 0.25, 0.0], [0.1, 0.1, 0.8], [np.nan] * 3, [0.0, 1.0, 0.0]])
    control = ternary.strong_control(shares)
    np.testing.assert_allclose(control.share, [0.25, 0.25, 0.25])
    assert control.cells.tolist() == [1, 1, 1] and control.total == 4
    weighted = ternary.strong_control(shares, np.array([1.0, 2.0, 3.0, 50.0, 4.0]))
    np.testing.assert_allclose(weighted.share, [0.1, 0.4, 0.3])
    assert np.isnan(ternary.strong_control(shares[3:4]).share).all()


def test_bars_have_the_pure_colours_and_heights():
    axes = style.figure(30, 30).add_axes((0, 0.2, 1, 0.8))
    ternary.bars(axes, ternary.StrongControl(np.array([0.1, 0.4, 0.3]), np.array([1, 4, 3]), 10))
    assert [tuple(np.rint(255 * np.array(bar.get_facecolor()[:3])).astype(int)) for bar in axes.patches] == [
        CYAN,
        MAGENTA,
        YELLOW,
    ]
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], [10, 40, 30])
    assert [text.get_text() for text in axes.texts] == ["10", "40", "30"]


@pytest.mark.parametrize(
    ("columns", "region", "width"), [(1, "north", "middle"), (3, "north", "double"), (3, "polar", "double")]
)
def test_bars_hide_no_america(columns, region, width):
    grid = Grid.regular(5.0, south=0.0)
    where = cells.locate(np.ones(grid.shape, dtype=bool), grid)
    drawn = ternary.panels(
        [np.full((where.sizes["cell"], 3), 1 / 3)] * 3, where, ["a"] * 3, columns=columns, region=region, width=width
    )
    coast_lon, coast_lat = (
        np.array([-124.0, -122.0, -117.0, -112.0, -105.5, -97.0]),
        np.array([48.0, 37.0, 33.0, 25.0, 20.0, 16.0]),
    )
    renderer = FigureCanvasAgg(drawn.figure).get_renderer()
    insets = [axes for axes in drawn.figure.axes if len(axes.patches) == 3 and axes not in drawn.axes]
    assert len(insets) == 3
    for axes, inset in zip(drawn.axes, insets):
        coast = axes.transData.transform(np.column_stack(cartography.project(region, coast_lon, coast_lat)))
        box = inset.get_tightbbox(renderer)
        assert not any(box.contains(*point) for point in coast)
