"""Axes of files: however a globe or a region is turned, cut or written, the packed cells are the same."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from vadose.core.cells import grid_of, locate, pack
from vadose.core.grid import Grid, regrid
from vadose.formats import canonical, cru_ts, era5_land, gleam
from vadose.formats.opening import FormatError

HERE = Path("axes.nc")
STEP = 10.0


def globe(nodes: bool) -> xr.Dataset:
    """A field without symmetry, at nodes (poles and Greenwich) or at centres."""
    lat = np.arange(-90.0, 91, STEP) if nodes else np.arange(-85.0, 90, STEP)
    lon = np.arange(-180.0, 180, STEP) + (0 if nodes else 5)
    values = np.random.default_rng(5).normal(size=(lat.size, lon.size))
    values[3:5, 2:4] = np.nan
    return xr.Dataset({"field": (("lat", "lon"), values)}, {"lat": lat, "lon": lon})


def packed(dataset: xr.Dataset, target: Grid) -> np.ndarray:
    """What the jobs make of a field: oriented, remapped, on the land cells."""
    oriented = canonical.orient(dataset, HERE)
    field = regrid(oriented["field"].values, Grid(oriented["lat"].values, oriented["lon"].values), target)
    return pack(field, locate(np.ones(target.shape, bool), target))


def turned(dataset: xr.Dataset, roll: int, flips: tuple[bool, bool], low: float, noise: float) -> xr.Dataset:
    """The same field with its columns rolled, its axes reversed, its meridians counted from `low`, last bits off."""
    other = dataset.roll(lon=roll, roll_coords=True)
    other = other.isel(lat=slice(None, None, -1 if flips[0] else 1), lon=slice(None, None, -1 if flips[1] else 1))
    lon = (other["lon"].values - low) % 360.0 + low
    bits = np.random.default_rng(roll).uniform(-noise, noise, lon.size)
    return other.assign_coords(lon=lon + bits, lat=other["lat"].values * (1 + 1e-15))


axes = st.tuples(
    st.booleans(),
    st.integers(0, 35),
    st.tuples(st.booleans(), st.booleans()),
    st.sampled_from([-180.0, 0.0, -90.0, -360.0]),
    st.sampled_from([0.0, 1e-9]),
)


@given(axes)
def test_any_rotation_flip_and_convention_of_a_globe_gives_the_same_cells(form):
    nodes, roll, flips, low, noise = form
    for target in (Grid.regular(7.5), Grid.regular(10.0, -30, 30, 150, -130), Grid.regular(5.0, west=0, east=360)):
        reference = packed(globe(nodes), target)
        np.testing.assert_array_equal(packed(turned(globe(nodes), roll, flips, low, noise), target), reference)


@given(axes, st.integers(0, 35), st.integers(2, 20), st.integers(2, 30))
def test_a_region_equals_the_same_region_cut_from_the_globe(form, west, width, split):
    """Anywhere, across the date line and Greenwich too, whole or in two files side by side."""
    nodes, roll, flips, low, noise = form
    whole = globe(nodes)
    columns = (west + np.arange(width)) % 36
    region = whole.isel(lon=np.sort(columns))
    edge = whole["lon"].values[west] - STEP / 2
    target = Grid(np.arange(-55.0, 60, 10), edge + STEP * (np.arange(width) + 0.5))
    reference = packed(whole, target)
    np.testing.assert_allclose(packed(turned(region, roll, flips, low, noise), target), reference, rtol=0, atol=1e-12)
    cut = min(split, width - 1)
    parts = [whole.isel(lon=np.sort(each)) for each in (columns[:cut], columns[cut:])]
    parts = [canonical.orient(turned(part, roll, flips, low, noise), HERE) for part in parts]
    joined = canonical.side_by_side(parts, HERE)
    np.testing.assert_allclose(packed(joined, target), reference, rtol=0, atol=1e-12)


def test_axes_of_a_region_across_the_date_line_go_on_beyond_180():
    region = globe(False).isel(lon=[34, 35, 0, 1]).assign_coords(lon=[165.0, 175, 185, 195])
    for lon in ([165.0, 175, 185, 195], [165.0, 175, -175, -165], [-195.0, -185, -175, -165]):
        found = canonical.orient(region.assign_coords(lon=lon), HERE)
        np.testing.assert_array_equal(found["lon"].values, [165, 175, 185, 195])
        np.testing.assert_array_equal(found["field"].values, region["field"].values)


@pytest.mark.parametrize("ends", [(-180.0, 180.0), (0.0, 360.0)])
def test_a_seam_that_stands_twice_stands_once(ends):
    whole = globe(True)
    lon = np.linspace(*ends, 37)
    values = whole["field"].sel(lon=(lon + 180) % 360 - 180).values
    double = xr.Dataset({"field": (("lat", "lon"), values)}, {"lat": whole["lat"], "lon": lon})
    xr.testing.assert_equal(canonical.orient(double, HERE)["field"].drop_attrs(), whole["field"])


@pytest.mark.parametrize(
    "lat, lon",
    [
        (np.arange(-50.0, 51, 10), np.r_[0:40:10.0, 80:120:10.0]),
        (np.r_[-50:0:10.0, 30:60:10.0], np.arange(0.0, 100, 10)),
        (np.arange(-50.0, 51, 10), np.r_[0:50:10.0, 40:60:10.0]),
        (np.arange(-50.0, 51, 10) ** 3 / 2500, np.arange(0.0, 100, 10)),
    ],
)
def test_holes_repeats_and_uneven_steps_are_refused(lat, lon):
    field = xr.Dataset({"field": (("lat", "lon"), np.zeros((lat.size, lon.size)))}, {"lat": lat, "lon": lon})
    with pytest.raises(FormatError, match="axes.nc: expected an even l.*repeated or missing l.*fetch each area as one"):
        canonical.orient(field, HERE)


def test_areas_with_a_hole_between_them_are_refused():
    whole = globe(False)
    parts = [canonical.orient(whole.isel(lon=part), HERE) for part in (slice(0, 5), slice(8, 12))]
    with pytest.raises(FormatError, match="repeated or missing lon"):
        canonical.side_by_side(parts, HERE)
    corner = [whole.isel(lat=slice(0, 5), lon=slice(0, 5)), whole.isel(lat=slice(5, 9), lon=slice(5, 9))]
    with pytest.raises(FormatError, match="one rectangle, found 40 of 81 cells in no file"):
        canonical.side_by_side([canonical.orient(part, HERE) for part in corner], HERE)


def write(path: Path, variable: str, unit: str, lon: np.ndarray, names=("time", "lat", "lon"), title: str = "") -> Path:
    """Twelve months of 1990 of a field that is its longitude, 5 degrees."""
    lat = np.arange(-37.5, 0, 5)
    with netCDF4.Dataset(path, "w") as file:
        month = [15.5, 45, 74.5, 105, 135.5, 166, 196.5, 227.5, 258, 288.5, 319, 349.5]
        for name, values in zip(names, (month, lat, lon)):
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
        file[names[0]].units = "days since 1990-01-01"
        field = file.createVariable(variable, "f4", names, fill_value=-999.0)
        field[:] = 100 + (lon % 360) / 10
        field.units = unit
    return path


ERA5_NAMES = ("valid_time", "latitude", "longitude")
READERS = {
    "gleam": lambda path, lon: gleam.read(write(path / "E_1990-1990_GLEAM_v3.8a_MO.nc", "E", "mm/month", lon)),
    "cru_ts": lambda path, lon: cru_ts.read(
        write(path / "cru_ts4.07.1981.1990.pre.dat.nc", "pre", "mm/month", lon), variable="pre"
    ),
    "era5_land": lambda path, lon: era5_land.read(
        write(path / "t2m.nc", "t2m", "K", lon, ERA5_NAMES), ["air_temperature"]
    ),
}


@pytest.mark.parametrize("lon", [np.arange(170.0, 191, 5), np.r_[-180:-169:5.0, 170:180:5.0]])
@pytest.mark.parametrize("reader", READERS)
def test_twenty_degrees_across_the_date_line_stay_twenty_degrees(reader, lon, tmp_path):
    """Through three readers: two columns once became 170 degrees wide, and 4056 cells outside were filled."""
    field = READERS[reader](tmp_path, lon)
    (name,) = field.data_vars
    np.testing.assert_array_equal(field["lon"].values, [170, 175, 180, 185, 190])
    globe_ = Grid.regular(5.0)
    remapped = regrid(field[name].values[0], Grid(field["lat"].values, field["lon"].values), globe_)
    filled = np.flatnonzero(np.isfinite(remapped).any(axis=0))
    np.testing.assert_array_equal(globe_.lon[filled], [-177.5, -172.5, -167.5, 167.5, 172.5, 177.5])
    own = Grid.regular(5.0, -40, 0, 167.5, -167.5)
    kept = regrid(field[name].values[0], Grid(field["lat"].values, field["lon"].values), own)
    np.testing.assert_allclose(kept[0], 100 + own.lon / 10, rtol=1e-6)
    located = locate(np.isfinite(kept), own)
    assert located["lon"].values.min() >= -180 and located["lon"].values.max() < 180
    np.testing.assert_array_equal(grid_of(located).lon, own.lon)


@pytest.mark.parametrize("reader", READERS)
def test_two_boxes_with_a_hole_are_refused(reader, tmp_path):
    with pytest.raises(FormatError, match="repeated or missing lon"):
        READERS[reader](tmp_path, np.r_[0:30:5.0, 60:90:5.0])
