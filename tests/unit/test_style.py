"""Colour scales say what they claim: centred, symmetric, missing stays missing, classes apart also for colour-blind
eyes."""

import numpy as np
import pytest
from colour_sight import SIGHT, ciede2000, closest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from vadose.figures import control_colours, journal, region_maps, strength, style
from vadose.figures.dependence import tails
from vadose.files import configuration, products
from vadose.files.contradictions import LAND_COVER_GROUPS
from vadose.pages.atlas import comparison, dependence, names

# Pairs of table 1 of Sharma, Wu and Dalal 2005, doi:10.1002/col.20070.
SHARMA = np.array(
    [
        (50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425),
        (50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0),
        (50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669),
        (50.0, 2.49, -0.001, 50.0, -2.49, 0.0009, 7.1792),
        (50.0, 2.49, -0.001, 50.0, -2.49, 0.0011, 7.2195),
        (50.0, -0.001, 2.49, 50.0, 0.0009, -2.49, 4.8045),
        (50.0, -0.001, 2.49, 50.0, 0.0011, -2.49, 4.7461),
        (50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065),
        (50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492),
        (50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977),
        (50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.9030),
        (50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535),
        (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
        (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630),
        (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
        (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
        (36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
        (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
        (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
        (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
    ]
)
MIXED = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5), (1 / 3, 1 / 3, 1 / 3)]


def test_differences_of_colours_are_those_of_the_paper():
    np.testing.assert_allclose(ciede2000(SHARMA[:, :3], SHARMA[:, 3:6]), SHARMA[:, 6], atol=5.1e-5)
    np.testing.assert_allclose(ciede2000(SHARMA[:, 3:6], SHARMA[:, :3]), SHARMA[:, 6], atol=5.1e-5)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    "colours",
    {
        "tails": tails.COLOURS,
        "seasons": list(style.MOISTURE_COLOURS.values()),
        "dynamics": list(style.DYNAMICS_COLOURS.values()),
        **{f"{count} layers": style.layer_colours(count) for count in (2, 3, 4)},
        "three controls": control_colours.TERNARY_ON_WHITE,
        "controls": control_colours.OTHER_CONTROLS,
        "families": [colour for colour, _ in dependence.KINDS.values()],
        "agreement": comparison.AGREEMENT_COLOURS,
        "reasons": comparison.REASON_COLOURS,
    }.items(),
    ids=lambda named: named[0],
)
def test_classes_stay_apart_for_every_sight(colours, sight):
    """Any two classes may be neighbours on a map. The ecoregions, sixteen of them, have their numbers on the map."""
    assert closest(colours[1], sight) >= 20.0


@pytest.mark.parametrize("sight", SIGHT)
def test_accessible_mixtures_of_three_controls_stay_apart(sight, monkeypatch):
    monkeypatch.setitem(journal.LOOK, "colours", "accessible")
    assert closest([tuple(colour) for colour in control_colours.mixture(MIXED)], sight) >= 20.0
    monkeypatch.setitem(journal.LOOK, "colours", "published")
    np.testing.assert_array_equal(control_colours.mixture(np.eye(3)), 1.0 - np.eye(3))


def test_width_font_and_colours_are_those_of_the_configuration(monkeypatch, root):
    look = configuration.complete({}, configuration.load_schema(root / "config/schema.yaml"))["figures"]
    for name in ("JOURNAL", "LOOK", "WIDTHS"):
        monkeypatch.setattr(journal, name, dict(getattr(journal, name)))
    before = dict(journal.JOURNAL), dict(journal.LOOK), dict(journal.WIDTHS)
    journal.use(look)
    assert before == (journal.JOURNAL, journal.LOOK, journal.WIDTHS)  # the defaults are what figures are without it
    journal.use(look | {"width": {"single": 89, "double": 183}, "font": "DejaVu Serif", "colours": "accessible"})
    assert journal.WIDTHS == {"single": 89, "middle": 120.0, "double": 183}
    assert journal.JOURNAL["font.family"] == "DejaVu Serif" and journal.LOOK["colours"] == "accessible"
    with pytest.raises(ValueError, match="expected a font of this machine, found No Such Letters"):
        journal.use(look | {"font": "No Such Letters"})


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


def test_correlations_have_one_scale_on_which_small_and_large_ones_differ():
    scale = strength.association("Kendall's tau")
    values = np.array([-0.95, -0.6, -0.4, -0.25, -0.15, -0.05, 0.05, 0.15, 0.25, 0.4, 0.6, 0.95])
    assert len({tuple(colour) for colour in scale.colours(values).tolist()}) == 12 and scale.extend == "neither"
    assert (scale.colours(np.array([-1.0, 1.0]))[:, 3] == 255).all()
    tails = strength.association("Tail dependence", signed=False)
    assert len({tuple(colour) for colour in tails.colours(values[6:]).tolist()}) == 6


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


@pytest.mark.parametrize("sight", SIGHT)
def test_land_cover_can_be_told_apart(sight):
    assert closest(list(names.LAND_COVER.values()), sight) >= 9.0
    assert list(names.LAND_COVER) == list(products.specifications()["codes"]["igbp"])


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


def test_values_equal_but_for_rounding_have_a_bar_whose_ticks_differ():
    scale = style.sequential(np.array([0.0, 1e-16, 2e-16]), "Standard deviation among runs", "1")
    assert scale.ticks == tuple(np.linspace(0.0, scale.ticks[-1], 9)) and scale.ticks[1] > 0.01


def test_land_cover_has_the_colours_of_its_kind_and_other_regions_those_of_the_ecoregions():
    cover = {1: "barren", 2: "forests", 7: "ice"}
    expected = [region_maps.LAND_COVER[name] for name in ("barren", "forests", "ice")]
    assert region_maps._colours([1, 2, 7], cover) == expected and set(region_maps.LAND_COVER) == set(LAND_COVER_GROUPS)
    assert names.region_colours(cover) == dict(zip(cover, expected, strict=True))
    assert min(closest(list(region_maps.LAND_COVER.values()), sight) for sight in SIGHT) >= 17.0
    others = region_maps._colours([1, 2], {1: "barren", 2: "Sahel"})
    assert others == [style.ECOREGIONS[1][2], style.ECOREGIONS[2][2]]
