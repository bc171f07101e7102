"""What a journal asks of every figure: letters of 6 points, nothing cut at the edge of the page, also with one region
or layer, few cells or none."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from printed import faults
from vadose.core import cells
from vadose.core.grid import Grid
from vadose.figures import control_bars, maps, planes, region_maps, style, ternary
from vadose.figures.drawn import region_of
from vadose.figures.variability import agreement, trust

pytestmark = pytest.mark.one_python

GRID = Grid.regular(5.0)
LAND = maps.Land.of(np.ones(GRID.shape), GRID)


def northern(count):
    """The first cells of the northern hemisphere, all for None."""
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[18:34] = True
    if count is not None:
        mask.ravel()[np.flatnonzero(mask.ravel())[count:]] = False
    return cells.locate(mask, GRID)


@pytest.mark.parametrize("count", [None, 30, 1])
@pytest.mark.parametrize("codes", [list(style.ECOREGIONS), [6], [0]])
def test_the_map_of_regions_shows_each_region_in_its_colour(count, codes):
    where = northern(count)
    chosen = np.resize(codes, where.sizes["cell"])
    mapped = where.assign(ecoregion=("cell", chosen))
    drawn = region_maps.region_map(mapped, LAND)
    assert not faults(drawn.figure)
    present = {code for code in chosen if code}
    legend = [text.get_text() for text in drawn.figure.texts]
    assert sum(any(line.startswith(f"{code}  ") for line in legend) for code in present) == len(present)
    assert f"The {len(present)} ecoregions" in drawn.caption and "cells lie in no region" in drawn.caption
    picture = _printed(drawn.figure)
    for code in present:
        colour = np.rint(255 * np.array(to_rgb(style.ECOREGIONS[code][2]))).astype(int)
        assert (picture == colour).all(-1).sum() > 20


def _printed(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


@pytest.mark.parametrize(("layers", "count"), [(1, None), (3, None), (4, None), (3, 2)])
@pytest.mark.parametrize("missing", [False, True])
def test_ternary_maps_with_single_shares(layers, count, missing):
    where = northern(count)
    shares = np.random.default_rng(1).dirichlet(np.ones(3), size=where.sizes["cell"])
    shares = np.full_like(shares, np.nan) if missing else shares
    titles = [f"{10 * number}–{10 * number + 10} cm" for number in range(layers)]
    drawn = ternary.panels([shares] * layers, where, titles, columns=2, region=region_of(where), land=LAND, single=True)
    assert not faults(drawn.figure)
    assert drawn.figure.get_figheight() / style.MM < 260.0
    marks = [axes.get_title(loc="left")[5:].split("}")[0] for axes in drawn.axes]
    assert marks == [f"{style.letter(layer)}{part}" for layer in range(layers) for part in ("", "1", "2", "3")]


@pytest.mark.parametrize("count", [2, 5, 9])
def test_bars_of_controls(count):
    names = [f"control_number_{number}" for number in range(count)]
    shares = np.random.default_rng(2).dirichlet(np.ones(count), size=20)
    assert not faults(control_bars.panels([shares] * 3, ["a", "b", "c"], names, columns=3, threshold=0.75))


def test_planes_of_all_terms_and_layers():
    rng = np.random.default_rng(9)
    estimates = rng.normal(size=(7, 3, 14, 2))
    drawn = planes.planes(
        estimates,
        list(style.ECOREGIONS)[:14],
        terms=list(style.TERMS),
        layers=["0–7 cm", "7–28 cm", "28–100 cm"],
        clusters=rng.integers(0, 3, size=(7, 3, 14)),
        shape="hull",
    )
    assert not faults(drawn)


def test_faults_are_seen():
    figure = style.figure("single", 30)
    for place, size in ((0.5, 6), (0.51, 6), (0.98, 6), (0.2, 5)):
        figure.text(place, 0.5, "letters", fontsize=size)
    expected = ["'letters' lies over 'letters'", "'letters' leaves the page", "'letters' has 5.0 points"]
    assert sorted(faults(figure)) == sorted(expected)


def test_an_outline_of_two_holds_no_third_point():
    axes = style.figure("double", 60).add_axes((0.1, 0.1, 0.8, 0.8))
    estimates = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 0.6]])
    planes.plane(axes, estimates, [1, 2, 3], clusters=np.array([0, 0, 1]), shape="hull")
    band = next(line for line in axes.lines if line.get_linewidth() == 7.0)
    np.testing.assert_array_equal(band.get_xydata(), estimates[:2])


@pytest.mark.parametrize("lengths", [[11], [11, 52], [11, 25, 52]])
def test_false_positives_of_few_lengths(lengths):
    cases = itertools.product(lengths, (0.0, 0.3), trust.TEST_COLOURS)
    table = pd.DataFrame(cases, columns=["years", "lag_one", "test"]).assign(rate=0.05, standard_error=0.01)
    assert not faults(trust.false_positives(table, 0.05).figure)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_windows_of_a_trend_share(count):
    """A few are bars with their numbers, many are lines."""
    windows = [f"{2000 + first}-{2010 + first}" for first in range(count)]
    table = pd.DataFrame({"window": windows, "is_period": [True] + [False] * (count - 1), "years": 11})
    drawn = agreement.windows(table.assign(trend_share=0.271, null_share=0.225, adjusted_r2=0.19))
    assert not faults(drawn.figure)
    texts = {text.get_text() for text in drawn.figure.axes[0].texts}
    assert texts >= ({"27.1", "22.5", "19.0"} if count < 5 else {"2000–2010: 27.1 %"})
