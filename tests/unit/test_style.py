"""Colour scales say what they claim: centred, symmetric, missing stays missing, classes apart also for colour-blind
eyes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from vadose.figures import style

# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}


def closest(colours, sight):
    """Smallest CIELAB distance between two of the colours, seen with that sight."""
    rgb = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(SIGHT[sight]).T, 0, 1)
    matrix = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = seen @ matrix.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    distance = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
    return distance[np.triu_indices(len(lab), 1)].min()


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    ("colours", "apart"),
    [
        ([entry[2] for entry in style.ECOREGIONS.values()], 17.0),
        (list(style.TAILS.values()), 30.0),
        (list(style.MOISTURE_COLOURS.values()), 25.0),
        (list(style.DYNAMICS_COLOURS.values()), 60.0),
        (style.layer_colours(4), 19.0),
        (style.layer_colours(3), 30.0),
    ],
)
def test_classes_stay_apart_for_every_sight(colours, apart, sight):
    assert closest(colours, sight) >= apart


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.sampled_from([0.0, 1.0]))
def test_a_diverging_scale_is_symmetric_about_its_centre_and_splits_there(values, centre):
    scale = style.diverging(np.array(values), "x", "1", centre=centre)
    bounds = np.asarray(scale.norm.boundaries)
    np.testing.assert_allclose(bounds - centre, -(bounds - centre)[::-1], rtol=0, atol=1e-9 * np.abs(bounds).max())
    assert centre in bounds
    size = bounds[-1] - centre
    below, above = scale.colours(np.array([centre - 1e-6 * size, centre + 1e-6 * size]))[:, :3].astype(int)
    if style.CHANGE == "BrBG":  # brown has more red than blue, blue-green the reverse
        assert below[0] > below[2] and above[0] < above[2]


def test_odd_numbers_of_steps_would_hide_the_sign():
    with pytest.raises(ValueError, match="even number of steps"):
        style.diverging(np.arange(3.0), "x", "1", steps=7)


@pytest.mark.parametrize(
    ("values", "limit", "extend"),
    [
        ([-1, 1], 2, "neither"),
        ([-3, 1], 2, "min"),
        ([-1, 3], 2, "max"),
        ([-3, 3], 2, "both"),
        ([np.nan, np.inf], 2, "neither"),
    ],
)
def test_arrows_stand_exactly_where_values_lie_beyond(values, limit, extend):
    assert style.diverging(np.array(values, float), "x", "1", limit=limit).extend == extend


def test_values_beyond_the_limits_take_the_colour_of_the_arrow():
    scale = style.diverging(np.array([-9.0, 9.0]), "x", "1", limit=1.0)
    assert (scale.colours(np.array([-5.0, -50.0]))[0] == scale.colours(np.array([-50.0]))[0]).all()
    assert (scale.colours(np.array([-5.0])) != scale.colours(np.array([-0.95]))).any()


@pytest.mark.parametrize(
    ("reach", "size"), [(4, 1), (3, 0.5), (2, 0.5), (1, 0.2), (5, 1), (1.5, 0.25), (6, 1), (8, 2), (0.04, 0.01)]
)
def test_bins_are_round(reach, size):
    bounds = style.diverging(np.zeros(1), "x", "1", limit=reach).norm.boundaries
    np.testing.assert_allclose(np.diff(bounds), size, rtol=1e-12)


def test_robust_limits_ignore_outliers_and_start_at_zero_when_near():
    values = np.append(np.linspace(0.5, 39, 1000), 1e9)
    scale = style.sequential(values, "x", "mm")
    assert scale.norm.boundaries[0] == 0 and 39 <= scale.norm.boundaries[-1] <= 50
    assert scale.extend == "max"
    high = style.sequential(np.linspace(230, 260, 500), "x", "mm").norm.boundaries
    assert 220 <= high[0] <= 230.6 and high[-1] >= 259.4


def test_missing_values_are_transparent_and_numbers_opaque():
    scale = style.sequential(np.array([0.0, 1.0]), "x", "1", limits=(0, 1))
    assert scale.colours(np.array([np.nan, 0.5, np.inf]))[:, 3].tolist() == [0, 255, 0]


def test_classes_and_integers_have_their_own_colours():
    scale = style.classes(list(style.TAILS), list(style.TAILS.values()))
    expected = np.rint(255 * np.array([to_rgb(colour) for colour in style.TAILS.values()]))
    np.testing.assert_array_equal(scale.colours(np.arange(6.0))[:, :3], expected)
    lags = style.integers(0, 12, "lag", "months")
    assert len(np.unique(lags.colours(np.arange(13.0)), axis=0)) == 13
    with pytest.raises(ValueError, match="as many colours"):
        style.classes(["a", "b"], ["red"])
    with pytest.raises(ValueError, match="as many colours, and codes"):
        style.classes(["a", "b"], ["red", "blue"], codes=[1])


def test_classes_are_coloured_by_their_codes_and_other_codes_are_missing():
    codes = list(style.ECOREGIONS)
    scale = style.classes([str(code) for code in codes], [style.ECOREGIONS[code][2] for code in codes], codes=codes)
    colours = scale.colours(np.array([[1.0, 99.0], [0.0, np.nan], [14.0, 50.0]]))
    expected = [np.rint(255 * np.array(to_rgb(style.ECOREGIONS[code][2]))) for code in (1, 99, 14)]
    np.testing.assert_array_equal([colours[0, 0, :3], colours[0, 1, :3], colours[2, 0, :3]], expected)
    assert colours[..., 3].tolist() == [[255, 255], [0, 0], [255, 0]]


@pytest.mark.parametrize(
    ("unit", "text"),
    [("kg m-2 yr-1", "kg m⁻² yr⁻¹"), ("1", ""), ("m2", "m²"), ("kg2 m-4", "kg² m⁻⁴"), ("%", "%"), ("months", "months")],
)
def test_units_are_printed_with_raised_powers(unit, text):
    assert style.unit_text(unit) == text
    assert style.label("x", unit) == (f"x ({text})" if text else "x")


def test_names():
    assert [style.letter(number) for number in (0, 25, 26, 27)] == ["a", "z", "aa", "ab"]
    assert style.layer_name(0.1, 0.4) == "10–40 cm"
    assert style.layer_name(0.0, 0.07) == "0–7 cm"


@given(st.integers(2, 40), st.integers(2, 20))
def test_thinned_ticks_keep_the_centre_and_even_distances(count, most):
    ticks = np.arange(float(count)) - count // 2
    kept = np.array(style.thinned(ticks, most, 0.0))
    assert np.unique(np.diff(kept)).size <= 1
    assert len(kept) <= most + 1
    assert 0.0 in kept
    assert style.thinned(ticks, most)[0] == ticks[0]


def test_ink_reads_on_its_background():
    assert style.ink_on("white") == "black" and style.ink_on("#00441B") == "white"


def test_colour_bar_shows_round_ticks_and_the_unit():
    figure = style.figure("single", 30)
    bar = style.colour_bar(
        figure, style.diverging(np.array([-4.0, 4.0]), "Trend", "kg m-2 yr-1", limit=4), (0.1, 0.5, 0.8, 0.1)
    )
    figure.canvas.draw()
    assert [text.get_text() for text in bar.ax.get_xticklabels()] == ["−4", "−3", "−2", "−1", "0", "1", "2", "3", "4"]
    assert bar.ax.get_xlabel() == "Trend (kg m⁻² yr⁻¹)"
    assert figure.get_figwidth() * 25.4 == pytest.approx(88.0)
