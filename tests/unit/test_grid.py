"""Grids: areas, conservative remapping against cdo and by its invariants, block mode by brute force."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from vadose.core.grid import EARTH_RADIUS, Grid, block_mode, regrid, weights
from vadose.core.regions import doubt

SPHERE = 4 * np.pi * EARTH_RADIUS**2


def nodes(spacing):
    """A grid like ERA5-Land's: centres on the poles and at 0.0 degrees east, north first."""
    return Grid(np.linspace(90, -90, round(180 / spacing) + 1), spacing * np.arange(round(360 / spacing)))


@pytest.mark.parametrize("grid", [Grid.regular(5.0), nodes(2.0), Grid.regular(1.0)])
def test_cells_tile_the_sphere(grid):
    assert grid.area.sum() == pytest.approx(SPHERE, rel=1e-13)
    assert grid.area.min() > 0


def test_known_edges():
    grid = nodes(0.1)
    assert grid.lat_edges[0] == 90.0 and grid.lat_edges[1] == pytest.approx(89.95)
    assert grid.lon_edges[0] == pytest.approx(-0.05) and grid.lon_edges[-1] == pytest.approx(359.95)


@pytest.mark.parametrize("case", ["era5land_0p1_0p25", "gpcp_1_0p25"])
def test_equals_cdo_remapcon(data, case):
    with (
        xr.open_dataset(data / f"{case}_in.nc", engine="h5netcdf") as given_,
        xr.open_dataset(data / f"{case}_remapcon.nc", engine="h5netcdf") as expected,
    ):
        source, target = Grid(given_.lat.values, given_.lon.values), Grid(expected.lat.values, expected.lon.values)
        found, wanted = regrid(given_["v"].values, source, target), expected["v"].values
    np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-11)


fields = st.integers(0, 2**32 - 1).map(np.random.default_rng)
grids = st.sampled_from(
    [
        Grid.regular(10.0),
        nodes(7.5),
        Grid.regular(6.0),
        Grid.regular(4.0, -60, 88),
        Grid(Grid.regular(9.0).lat[::-1], np.arange(20, 380, 8.0)),
    ]
)


@given(fields, grids, grids)
def test_conserves_and_stays_within_bounds(rng, source, target):
    """Where both grids cover the sphere, the area integral is kept; a constant stays constant; no new extremes."""
    field = rng.normal(size=source.shape)
    out = regrid(field, source, target)
    np.testing.assert_allclose(regrid(np.full(source.shape, 3.25), source, target)[np.isfinite(out)], 3.25, rtol=1e-14)
    assert np.nanmin(out) >= field.min() - 1e-12 and np.nanmax(out) <= field.max() + 1e-12
    if all(np.isclose(grid.area.sum(), SPHERE) for grid in (source, target)):
        assert (out * target.area).sum() / SPHERE == pytest.approx((field * source.area).sum() / SPHERE, abs=1e-13)


@given(fields)
def test_missing_cells_take_no_part(rng):
    """Equals the dense formula Wy (x m) Wx' / (Wy m Wx'); min_valid removes exactly the cells below the share."""
    source, target = nodes(7.5), Grid.regular(10.0)
    field = np.where(rng.random(source.shape) < 0.5, np.nan, rng.normal(size=source.shape))
    lat, lon = (matrix.toarray() for matrix in weights(source, target))
    mask = np.isfinite(field)
    covered = lat @ mask @ lon.T
    expected = np.divide(
        lat @ np.nan_to_num(field) @ lon.T, covered, out=np.full(target.shape, np.nan), where=covered > 0
    )
    np.testing.assert_allclose(regrid(field, source, target), expected, rtol=1e-12, atol=1e-13)
    share = covered / (target.area / EARTH_RADIUS**2)
    np.testing.assert_array_equal(np.isfinite(regrid(field, source, target, min_valid=0.5)), share >= 0.5)


def test_latitude_order_and_longitude_convention_do_not_matter():
    rng = np.random.default_rng(5)
    source = Grid.regular(6.0)
    field = rng.normal(size=source.shape)
    target = Grid.regular(7.5)
    expected = regrid(field, source, target)
    np.testing.assert_array_equal(regrid(field[::-1], Grid(source.lat[::-1], source.lon), target), expected)
    rolled = Grid(source.lat, np.arange(3, 360, 6.0))
    np.testing.assert_allclose(regrid(np.roll(field, 30, axis=1), rolled, target), expected, rtol=1e-12, atol=1e-13)


def test_float32_and_stacks_equal_single_planes():
    rng = np.random.default_rng(6)
    source, target = Grid.regular(6.0), nodes(7.5)
    stack = rng.normal(size=(2, 3, *source.shape)).astype(np.float32)
    out = regrid(stack, source, target)
    np.testing.assert_array_equal(out[1, 2], regrid(stack[1, 2].astype(float), source, target))


def test_refuses_a_field_of_another_grid():
    with pytest.raises(ValueError, match="expected a field of"):
        regrid(np.zeros((3, 4)), Grid.regular(10.0), Grid.regular(5.0))


@pytest.mark.parametrize("lat, lon", [([0.0], [0.0, 1.0]), ([0, 1], [1, 0]), ([80, 100], [0, 1]), ([0, 1, 1], [0, 1])])
def test_refuses_axes_that_are_no_grid(lat, lon):
    with pytest.raises(ValueError, match="Grid: expected"):
        Grid(np.array(lat, float), np.array(lon, float))


@given(fields, st.sampled_from([1, 2, 5]))
def test_block_mode_by_brute_force(rng, factor):
    classes = rng.choice([0, 1, 2, 3, 255], size=(10, 20), p=[0.2, 0.2, 0.2, 0.2, 0.2]).astype(np.uint8)
    found = block_mode(classes, factor, 255)
    assert found.dtype == np.uint8
    for i in range(10 // factor):
        for j in range(20 // factor):
            block = classes[i * factor : (i + 1) * factor, j * factor : (j + 1) * factor].ravel()
            valid = block[block != 255]
            assert found[i, j] == (np.bincount(valid).argmax() if valid.size else 255)


def test_block_mode_ties_and_missing():
    classes = np.array([[4.0, 4.0, np.nan, np.nan], [2.0, 2.0, np.nan, np.nan]])
    np.testing.assert_array_equal(block_mode(classes, 2), [[2.0, np.nan]])
    with pytest.raises(ValueError, match="divides"):
        block_mode(classes, 3)


@pytest.mark.parametrize(
    "lat, lon, words",
    [
        (np.arange(-85, 90, 10.0), np.r_[-180:-170:0.5, 170:180:0.5], "step of 340.5 degrees at -170.5"),
        (np.r_[-85:0:10.0, 25:90:10.0], np.arange(-175, 180, 10.0), "evenly spaced lat.*step of 30 degrees at -5"),
        (np.array([10.0, 11, 13, 14]), np.arange(0, 30, 10.0), "evenly spaced lat.*step of 2 degrees at 11"),
    ],
)
def test_uneven_axes_are_refused(lat, lon, words):
    """Edges half way between uneven centres once made two columns 170 degrees wide."""
    with pytest.raises(ValueError, match=words):
        Grid(lat, lon)


def test_narrow_rows_at_the_poles_end_there():
    grid = Grid(np.r_[-89, np.arange(-86, 87, 4.0), 89], np.arange(-177.5, 180, 5.0))
    np.testing.assert_allclose(grid.lat_edges, np.r_[-90, np.arange(-88, 89, 4.0), 90])
    np.testing.assert_allclose(grid.area.sum(), 4 * np.pi * EARTH_RADIUS**2, rtol=1e-12)
    south = Grid(grid.lat[:20], grid.lon)
    np.testing.assert_allclose(south.lat_edges, grid.lat_edges[:21])
    np.testing.assert_allclose(nodes(2.5).lat_edges[[0, -1]], [90, -90])


@pytest.mark.parametrize("west, east", [(170, -170), (170, 190), (-190, -170)])
def test_regions_across_the_date_line_are_as_wide_as_they_are(west, east):
    grid = Grid.regular(2.0, -20, 20, west, east)
    assert grid.shape == (20, 10)
    np.testing.assert_allclose((grid.lon + 180) % 360 - 180, [171, 173, 175, 177, 179, -179, -177, -175, -173, -171])
    globe = Grid.regular(2.0)
    field = np.random.default_rng(0).normal(size=globe.shape)
    found = regrid(field, globe, grid)
    np.testing.assert_allclose(found, np.roll(field, 90, axis=1)[35:55, 85:95], rtol=0, atol=1e-12)


def test_a_globe_from_greenwich_is_the_globe():
    east, globe = Grid.regular(5.0, west=0, east=360), Grid.regular(5.0)
    field = np.random.default_rng(1).normal(size=globe.shape)
    np.testing.assert_allclose(regrid(field, globe, east), np.roll(field, 36, axis=1), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "given, words",
    [
        ((7.0, -90, 90, -180, 180), "whole number of cells of 7 degrees from south to north"),
        ((5.0, -90, 90, -180, 178), "from west to east, found 71.6"),
        ((5.0, 10, 10, 0, 20), "south below north"),
        ((5.0, -90, 90, -180, 200), "at most 360 degrees"),
        ((5.0, -90, 90, 170, 170), "at most 360 degrees"),
    ],
)
def test_regions_that_are_none_are_refused(given, words):
    with pytest.raises(ValueError, match=words):
        Grid.regular(*given)


@pytest.mark.parametrize(("west", "east"), [(-80.0, -45.0), (170.0, -170.0), (-180.0, 180.0), (0.0, 360.0)])
def test_a_region_that_may_be_meant_raises_no_doubt(west, east):
    assert doubt(west, east) == ""


def test_west_and_east_exchanged_raise_doubt():
    assert "325 degrees wide" in doubt(-45.0, -80.0) and "exchange west and east" in doubt(-45.0, -80.0)
