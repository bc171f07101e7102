"""Classes of land cover from counted pixels: each rule by hand, and against the mode of the regrouped pixels."""

import numpy as np
import pytest

from vadose.core.grid import block_mode
from vadose.statistics import landcover


def blocks(*cells):
    """One row of cells, each the codes of its 2 x 2 pixels."""
    return np.hstack([np.array(cell, dtype=float).reshape(2, 2) for cell in cells])


NAN = np.nan
# A desert with one pixel of savanna; a coast of forest; a tie of grass and crops; ice; sea; nothing.
CELLS = ((16, 16, 16, 9), (0, 0, 0, 4), (10, 10, 12, 14), (15, 15, 15, 15), (0, 0, 0, 0), (NAN, 255, NAN, 255))


def test_classes_by_hand_under_every_rule():
    pixels = landcover.pixel_counts(blocks(*CELLS), 2)
    assert pixels.shape == (1, 6, 17) and pixels[0, 0, [9, 16]].tolist() == [1, 3] and pixels[0, 5].sum() == 0
    np.testing.assert_array_equal(landcover.class_share(pixels)[0], [0.25, 1.0, 1.0, 0.0, NAN, NAN])
    assert landcover.dominant(pixels)[0].tolist() == [16, 0, 10, 15, 0, landcover.NO_PIXEL]
    rules = {("regroup_first", 0.0): [2, 1, 3, 0, 0, 0], ("regroup_first", 0.5): [0, 1, 3, 0, 0, 0]}
    rules |= {("regroup_first", 0.25): [2, 1, 3, 0, 0, 0], ("mode_first", 0.0): [0, 0, 3, 0, 0, 0]}
    for (mode, least), right in rules.items():
        assert landcover.classes_of(pixels, mode, least)[0].tolist() == right
        assert landcover.classify(blocks(*CELLS), 2, mode, least)[0].tolist() == right


@pytest.mark.parametrize("mode", ["regroup_first", "mode_first"])
def test_counted_pixels_give_the_mode_of_the_pixels(mode):
    """Against the mode of blocks, which makes no use of counts, on maps with water, ties and gaps."""
    codes = np.random.default_rng(3).integers(0, 18, size=(40, 60)).astype(float)
    codes[codes == 17] = np.nan
    first = block_mode(landcover.regroup(codes), 4, landcover.NONE)
    expected = first if mode == "regroup_first" else landcover.regroup(block_mode(codes, 4))
    np.testing.assert_array_equal(landcover.classify(codes, 4, mode), expected)


def test_a_least_share_takes_classes_away_and_changes_none():
    codes = np.random.default_rng(4).choice([0, 1, 7, 10, 12, 15, 16], size=(60, 60)).astype(float)
    pixels = landcover.pixel_counts(codes, 3)
    published = landcover.classes_of(pixels)
    counted = [0]
    for least in (0.3, 0.5, 0.9, 1.0):
        classes = landcover.classes_of(pixels, "regroup_first", least)
        kept = classes > 0
        np.testing.assert_array_equal(classes[kept], published[kept])
        np.testing.assert_array_equal(kept, (published > 0) & (landcover.class_share(pixels) >= least))
        counted.append(int((published > 0).sum() - kept.sum()))
    assert counted == sorted(counted) and counted[-1] > 0


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="expected regroup_first or mode_first, found 'last'"):
        landcover.classify(np.zeros((2, 2)), 2, "last")
    with pytest.raises(ValueError, match=r"expected a factor that divides \(3, 2\), found 2"):
        landcover.pixel_counts(np.zeros((3, 2)), 2)
