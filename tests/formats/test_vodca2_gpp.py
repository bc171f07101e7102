"""VODCA2GPP: steps by the modified Julian day, fills of every kind, and monthly means by days of overlap."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import prepare_annual_productivity
from vadose.core import cells
from vadose.core.grid import Grid
from vadose.files import inventory, products
from vadose.formats import vodca2_gpp
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.vodca2_gpp import write


def earth(first="2000-12-26", count=60):
    """Steps of 8 days from the end of 2000 on, with an ocean and scattered gaps."""
    lat, lon = np.arange(-85.0, 90, 10), np.arange(-175.0, 180, 10)
    days = np.datetime64(first) + 8 * np.arange(count)
    rng = np.random.default_rng(2)
    field = rng.gamma(2, 2, (count, lat.size, lon.size)).astype(np.float32)
    field[:, :, :9] = np.nan
    field[rng.random(field.shape) < 0.1] = np.nan
    coordinates = {"time": days.astype("datetime64[ns]"), "lat": lat, "lon": lon}
    return xr.Dataset({"gross_primary_productivity": (("time", "lat", "lon"), field)}, coordinates)


@pytest.fixture
def path(tmp_path):
    return write(earth(), tmp_path)[0]


def by_days(truth, month, min_share):
    """Monthly mean the long way: every day takes the value of the step it lies in."""
    days = np.arange(
        np.datetime64(month, "M").astype("datetime64[D]"), (np.datetime64(month, "M") + 1).astype("datetime64[D]")
    )
    begin = truth["time"].values.astype("datetime64[D]")
    field = truth["gross_primary_productivity"].values.astype(float)
    daily = np.full((days.size, *field.shape[1:]), np.nan)
    for row, day in enumerate(days):
        step = np.flatnonzero((begin <= day) & (day < begin + 8))
        if step.size:
            daily[row] = field[step[0]]
    valid = np.isfinite(daily).sum(axis=0)
    mean = np.nansum(daily, axis=0) / np.maximum(valid, 1)
    return np.where((valid > 0) & (valid >= min_share * days.size), mean, np.nan)


@pytest.mark.parametrize("north_first", [False, True])
@pytest.mark.parametrize(
    "missing, declared", [(-9999.0, True), (-9999.0, False), (np.nan, True), (np.nan, False), (-1.0, False)]
)
def test_round_trip_is_exact(tmp_path, north_first, missing, declared):
    truth = earth()
    path = write(truth, tmp_path, north_first=north_first, missing=missing, declared=declared)[0]
    assert path.name == "VODCA2GPP_v1.nc"
    vodca2_gpp.check(path)
    found = vodca2_gpp.read(path)
    np.testing.assert_array_equal(
        found["gross_primary_productivity"].values, truth["gross_primary_productivity"].values
    )
    for axis in ("time", "lat", "lon"):
        np.testing.assert_array_equal(found[axis].values, truth[axis].values)
    assert found["gross_primary_productivity"].attrs["units"] == "g m-2 d-1"
    bounds = found["time_bnds"].values.astype("datetime64[D]")
    assert (bounds[:, 1] - bounds[:, 0] == 8).all() and (
        bounds[:, 0] == truth["time"].values.astype("datetime64[D]")
    ).all()


def test_file_counts_days_from_1858(path):
    with netCDF4.Dataset(path) as raw:
        assert raw["time"].units.startswith("days since 1858-11-17")
        assert raw["time"][0] == 51904  # modified Julian day of 2000-12-25 is 51903
        assert raw["GPP"].dimensions == ("time", "lat", "lon")


def test_years_are_those_in_which_steps_begin(path):
    found = vodca2_gpp.read(path, years=(2001, 2001))
    assert found["time"].values[0] == np.datetime64("2001-01-03") and found["time"].values[-1] == np.datetime64(
        "2001-12-29"
    )
    xr.testing.assert_identical(found, vodca2_gpp.read(path).sel(time="2001"))
    with pytest.raises(FormatError, match=f"{path.name}.*years 2001 to 2003.*2003 missing"):
        vodca2_gpp.read(path, years=(2001, 2003))


@pytest.mark.parametrize("min_share", [0.0, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("north_first", [False, True])
def test_monthly_mean_equals_the_mean_of_days(tmp_path, min_share, north_first):
    truth = earth()
    path = write(truth, tmp_path, north_first=north_first)[0]
    found = vodca2_gpp.monthly(path, min_share=min_share)
    np.testing.assert_array_equal(
        found["time"].values, np.arange("2000-01", "2003-01", dtype="datetime64[M]").astype("datetime64[ns]")
    )
    for row, month in enumerate(found["time"].values.astype("datetime64[M]")):
        np.testing.assert_allclose(
            found["gross_primary_productivity"].values[row], by_days(truth, month, min_share), rtol=2e-7
        )
    bounds = found["time_bnds"].values.astype("datetime64[D]")
    assert (bounds[:, 0] == found["time"].values).all() and (bounds[:-1, 1] == bounds[1:, 0]).all()


def test_monthly_of_one_year_takes_the_step_that_straddles_new_year(path):
    whole = vodca2_gpp.monthly(path).sel(time="2001")
    part = vodca2_gpp.monthly(path, years=(2001, 2001))
    xr.testing.assert_identical(part, whole)
    np.testing.assert_allclose(
        part["gross_primary_productivity"].values[0], by_days(earth(), "2001-01", 0.5), rtol=2e-7
    )


@settings(max_examples=20)  # a file each
@given(st.integers(0, 15), st.integers(1, 20))
def test_constant_field_stays_constant(tmp_path_factory, shift, count):
    truth = earth(str(np.datetime64("2003-12-01") + shift), count)
    truth["gross_primary_productivity"][:] = 3.25
    found = vodca2_gpp.monthly(write(truth, tmp_path_factory.mktemp("constant"))[0], min_share=0.0)[
        "gross_primary_productivity"
    ].values
    assert set(np.unique(found[np.isfinite(found)])) == {3.25} and np.isfinite(found).any()


def test_steps_that_begin_again_each_year(tmp_path):
    days = np.concatenate([np.datetime64(f"{year}-01-01") + 8 * np.arange(46) for year in (2003, 2004)])
    truth = earth(count=92).assign_coords(time=days.astype("datetime64[ns]"))
    found = vodca2_gpp.read(write(truth, tmp_path)[0])
    length = np.diff(found["time_bnds"].values.astype("datetime64[D]"), axis=1).astype(int)[:, 0]
    assert length[45] == 5 and (length[:45] == 8).all()
    december = vodca2_gpp.monthly(tmp_path / "VODCA2GPP_v1.nc", min_share=1.0)["gross_primary_productivity"].values[11]
    steps = truth["gross_primary_productivity"].values[41:46].astype(float)
    expected = np.tensordot([2, 8, 8, 8, 5], steps, 1) / 31  # 25 November + 8 days reaches two days into December
    np.testing.assert_allclose(december, expected, rtol=1e-6)


@pytest.mark.parametrize("steps, absent", [(8, 1), (32, 4)])
def test_absent_steps_are_counted_and_leave_their_days_out(tmp_path, steps, absent):
    """The genuine file lacks steps: what is there is weighed by its own days."""
    path = write(earth(), tmp_path)[0]
    with netCDF4.Dataset(path, "a") as raw:
        raw["time"][5:] = raw["time"][5:] + steps
    found = vodca2_gpp.read(path)
    assert found.attrs["missing_steps"] == absent
    length = np.diff(found["time_bnds"].values, axis=1)[:, 0] / np.timedelta64(1, "D")
    assert (length == 8).all()
    january = vodca2_gpp.monthly(path, min_share=0.0)["gross_primary_productivity"].sel(time="2001-01").values[0]
    values = earth()["gross_primary_productivity"].values[:5].astype(float)
    days = np.array([2, 8, 8, 8, 5])[:, None, None] * np.isfinite(values)
    expected = np.nansum(days * values, axis=0) / np.where(days.sum(axis=0) > 0, days.sum(axis=0), np.nan)
    np.testing.assert_allclose(january, expected, rtol=1e-6)


@pytest.mark.parametrize("offset", [0, 4])
@pytest.mark.parametrize("restarted", [False, True])
def test_any_axis_of_about_eight_days_is_read(tmp_path, offset, restarted):
    """Steps that go on through the years, that begin again on 1 January, or whose stamps stand in their middle."""
    begin = np.arange(np.datetime64("1988-01-21"), np.datetime64("1990-06-30"), 8)
    if restarted:
        starts = np.arange("1988", "1991", dtype="datetime64[Y]").astype("datetime64[D]")
        begin = (starts[:, None] + offset + 8 * np.arange(46)).ravel()
    truth = earth(count=begin.size).assign_coords(time=begin.astype("datetime64[ns]"))
    found = vodca2_gpp.read(write(truth, tmp_path)[0])
    np.testing.assert_array_equal(found["time"].values, begin.astype("datetime64[ns]"))
    assert found.attrs["missing_steps"] == 0


def swap(raw):
    lat = raw["lat"][:]
    raw["lat"][:], raw["lon"][:18] = raw["lon"][:18], lat


ALTERATIONS = {
    "wrong unit": (lambda raw: raw["GPP"].setncattr("units", "kg m-2 s-1"), "unit 'kg m-2 s-1'"),
    "no unit": (lambda raw: raw["GPP"].delncattr("units"), "unit ''"),
    "missing variable": (lambda raw: raw.renameVariable("GPP", "gpp8"), "expected variable GPP"),
    "missing axis": (lambda raw: raw.renameVariable("lat", "y"), "expected variable lat"),
    "swapped axes": (swap, "axes are swapped"),
    "swapped units": (lambda raw: raw["lat"].setncattr("units", "degrees_east"), "axes are swapped"),
    "duplicate step": (lambda raw: raw["time"].__setitem__(5, raw["time"][4]), "found 2001-01-27 twice"),
    "daily steps": (
        lambda raw: raw["time"].__setitem__(slice(None), 51904 + np.arange(60.0)),
        "found one of 1 days at 2000-12-26",
    ),
    "no time unit": (lambda raw: raw["time"].delncattr("units"), "time stamps"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_altered_file_is_named_in_a_sentence(path, name):
    change, words = ALTERATIONS[name]
    with netCDF4.Dataset(path, "a") as raw:
        change(raw)
    for call in (vodca2_gpp.check, vodca2_gpp.read, vodca2_gpp.monthly):
        with pytest.raises(FormatError, match=words) as error:
            call(path)
        assert path.name in str(error.value) and str(error.value).endswith(".")


def test_field_on_other_dimensions(path):
    raw = xr.load_dataset(path)
    raw.rename({"lon": "longitude"}).assign_coords(lon=("longitude", raw["lon"].values)).to_netcdf(path)
    with pytest.raises(FormatError, match=f"{path.name}.*on time, lat and lon, found time, lat, longitude"):
        vodca2_gpp.check(path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_cut_file(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for call in (vodca2_gpp.check, vodca2_gpp.read, vodca2_gpp.monthly):
        with pytest.raises(FormatError, match=path.name):
            call(path)


def test_login_page(path):
    path.write_bytes(b"\n<html><title>Sign in</title></html>")
    for call in (vodca2_gpp.check, vodca2_gpp.read, vodca2_gpp.monthly):
        with pytest.raises(FormatError, match=f"{path.name}.*HTML page"):
            call(path)


def test_same_data_give_the_same_bytes(path, tmp_path):
    assert write(earth(), tmp_path / "again")[0].read_bytes() == path.read_bytes()


def test_annual_sums_as_productivity_of_study_a(tmp_path):
    """variability.gross_primary_productivity: vodca2_gpp on a file of the true format gives the sum of its days."""
    truth = earth().fillna(3.0)
    axis = cells.locate(np.ones((18, 36), bool), Grid(truth["lat"].values, truth["lon"].values))
    products.write(axis, tmp_path / "cells.nc", "cells")
    inventory.write(write(truth, tmp_path), tmp_path / "files.txt", tmp_path)
    prepare_annual_productivity.main(
        cells=tmp_path / "cells.nc",
        files=tmp_path / "files.txt",
        productivity=tmp_path / "annual.nc",
        years=(2001, 2001),
        partial_years="drop",
        min_valid=0.0,
        raw=tmp_path,
        allow_missing=False,
        product="vodca2_gpp",
    )
    got = products.read(tmp_path / "annual.nc", "annual_productivity")["gross_primary_productivity"].values[:, 0]
    begin = truth["time"].values.astype("datetime64[D]")
    days = np.arange(np.datetime64("2001-01-01"), np.datetime64("2002-01-01"))
    step = np.searchsorted(begin, days, side="right") - 1
    daily = truth["gross_primary_productivity"].values[step].astype(float)
    np.testing.assert_allclose(got, cells.pack(daily.sum(axis=0), axis), rtol=1e-6)
