"""The cell axis: packing and unpacking are inverse; tiles share the cells out exactly once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vadose.core import cells
from vadose.core.grid import Grid

GRID = Grid.regular(10.0)


@given(st.integers(0, 2**32 - 1).map(np.random.default_rng))
def test_pack_and_unpack_are_inverse(rng):
    mask = rng.random(GRID.shape) < 0.3
    mask[0, 0] = True
    axis = cells.locate(mask, GRID)
    field = rng.normal(size=(3, 2, *GRID.shape))
    packed = cells.pack(field, axis)
    assert packed.shape == (mask.sum(), 3, 2)
    np.testing.assert_array_equal(cells.unpack(packed, axis), np.where(mask, field, np.nan))


def test_order_is_latitude_then_longitude_and_areas_are_true():
    mask = np.zeros(GRID.shape, bool)
    mask[2, 5] = mask[2, 1] = mask[1, 30] = True
    axis = cells.locate(mask, GRID)
    assert axis["lat"].values.tolist() == [-75.0, -65.0, -65.0]
    assert axis["lon"].values.tolist() == [125.0, -165.0, -125.0]
    assert axis["area"].values[0] == GRID.area[1, 30]
    assert cells.grid_of(axis) == GRID


@given(st.integers(0, 5000), st.integers(1, 200))
def test_tiles_share_out_every_cell_once(size, count):
    taken = np.concatenate([np.arange(size)[tile.slice(size)] for tile in cells.tiles(count)])
    np.testing.assert_array_equal(taken, np.arange(size))
    sizes = [len(range(size)[tile.slice(size)]) for tile in cells.tiles(count)]
    assert max(sizes) - min(sizes) <= 1


def test_names_of_tiles_sort_and_read_back():
    names = [str(tile) for tile in cells.tiles(12)]
    assert names == sorted(names) and names[0] == "01of12"
    assert [cells.Tile.parse(name) for name in names] == cells.tiles(12)


@pytest.mark.parametrize("text", ["0of2", "3of2", "x", "1-2"])
def test_refuses_what_is_no_tile(text):
    with pytest.raises(ValueError, match="Tile: expected"):
        cells.Tile.parse(text)


def test_a_mask_without_land_is_an_error():
    with pytest.raises(ValueError, match="at least one land cell"):
        cells.locate(np.zeros(GRID.shape, bool), GRID)
