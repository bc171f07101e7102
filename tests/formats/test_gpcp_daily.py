"""GPCP daily: corners become centres, duplicates resolve to the newest sound file, months are whole or missing."""

import shutil

import netCDF4
import numpy as np
import pytest
import xarray as xr

from vadose.formats import gpcp_daily
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.gpcp_daily import write

STEP = 10.0


def earth(first="2001-01-01", end="2001-03-01"):
    """A field on a coarse global grid with dry cells, missing cells and values that differ everywhere."""
    lat, lon = np.arange(-90 + STEP / 2, 90, STEP), np.arange(-180 + STEP / 2, 180, STEP)
    days = np.arange(first, end, dtype="datetime64[D]")
    rng = np.random.default_rng(3)
    field = np.maximum(rng.normal(0.5, 4.0, (days.size, lat.size, lon.size)), 0).astype(np.float32)
    field[:, 0, :] = np.nan
    field[5:6, 3, 4] = np.nan
    coordinates = {"time": days.astype("datetime64[ns]"), "lat": lat, "lon": lon}
    return xr.Dataset({"precipitation": (("time", "lat", "lon"), field)}, coordinates)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write(earth(), tmp_path_factory.mktemp("written"))


@pytest.fixture
def files(written, tmp_path):
    """The files in a folder of the test's own."""
    return [shutil.copy(path, tmp_path / path.name) for path in written]


@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_CLASSIC"])
@pytest.mark.parametrize("missing", [-9999.0, -999.9, -99999.0])
def test_round_trip_is_exact(tmp_path, form, missing):
    truth = earth(end="2001-01-09")
    found = gpcp_daily.read(write(truth, tmp_path, form=form, missing=missing))
    np.testing.assert_array_equal(found["precipitation"].values, truth["precipitation"].values)
    for axis in ("time", "lat", "lon"):
        np.testing.assert_array_equal(found[axis].values, truth[axis].values)
    assert found["precipitation"].attrs["units"] == "kg m-2"
    assert found.attrs == {"superseded_files": 0, "rejected_files": 0, "missing_days": 0}
    assert not list(tmp_path.glob("*.part"))


def test_file_holds_corners_eastward_from_greenwich(files):
    with netCDF4.Dataset(files[0]) as raw:
        raw.set_auto_maskandscale(False)
        assert raw["latitude"][0] == -90 and raw["latitude"][-1] == 90 - STEP
        assert raw["longitude"][0] == 0 and raw["longitude"][-1] == 360 - STEP
        assert raw["precip"].dimensions == ("time", "latitude", "longitude") and raw["precip"].units == "mm/day"
        truth = earth()["precipitation"].isel(time=0).sel(lon=STEP / 2).values
        np.testing.assert_array_equal(np.where(np.isnan(truth), -9999, truth), raw["precip"][0, :, 0])
    assert files[0].name == "gpcp_v01r03_daily_d20010101_c20010501.nc"


def test_same_data_give_the_same_bytes(tmp_path, files):
    again = write(earth(), tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in files]


def test_classic_files_are_those_that_the_library_writes(tmp_path):
    """The days after the first are made from its bytes."""
    truth = earth(end="2001-01-05")
    together = write(truth, tmp_path, form="NETCDF3_CLASSIC", missing=-999.9)
    for place, path in enumerate(together):
        (alone,) = write(truth.isel(time=[place]), tmp_path / "alone", form="NETCDF3_CLASSIC", missing=-999.9)
        assert path.name == alone.name and path.read_bytes() == alone.read_bytes()


def test_order_of_the_files_and_a_dropped_creation_date_do_not_matter(files):
    short = files[2].rename(files[2].with_name("gpcp_v01r03_daily_d20010103.nc"))
    found = gpcp_daily.read([*files[:1:-1][:-1], short, *files[:2]])
    np.testing.assert_array_equal(found["precipitation"].values, earth()["precipitation"].values)


@pytest.mark.one_python  # a year of days; the next tests read two months
def test_single_file_and_years(files, tmp_path):
    assert gpcp_daily.read(files[3])["time"].values[0] == np.datetime64("2001-01-04")
    more = write(earth("2002-01-01", "2003-01-01"), tmp_path / "2002")
    assert gpcp_daily.read(files + more, years=(2002, 2002)).sizes["time"] == 365
    with pytest.raises(FormatError, match="20010301.*306 more|found none for 2001-03-01 and 305 more"):
        gpcp_daily.read(files + more, years=(2001, 2002))


def test_newest_duplicate_counts(files, tmp_path):
    truth = earth()
    newer = write(truth.isel(time=[1]) + 1.0, tmp_path, created="20200101")
    found = gpcp_daily.read([*newer, *files])
    np.testing.assert_array_equal(found["precipitation"].values[1], truth["precipitation"].values[1] + np.float32(1))
    assert found.attrs["superseded_files"] == 1 and found.attrs["rejected_files"] == 0


@pytest.mark.parametrize("damage", ["tiny", "cut", "login page"])
def test_damaged_newest_duplicate_falls_back_on_the_older(files, tmp_path, damage):
    newer = write(earth().isel(time=[1]) + 1.0, tmp_path, created="20200101")[0]
    content = newer.read_bytes()
    page = b"<!DOCTYPE html><html>Log in" + b" " * len(content)
    newer.write_bytes({"tiny": content[:300], "cut": content[: int(len(content) * 0.9)], "login page": page}[damage])
    found = gpcp_daily.read([newer, *files])
    np.testing.assert_array_equal(found["precipitation"].values, earth()["precipitation"].values)
    assert found.attrs["superseded_files"] == 0 and found.attrs["rejected_files"] == 1


def test_two_whole_files_of_one_day_and_date_are_an_error(files, tmp_path):
    (tmp_path / "copy").mkdir()
    copy = shutil.copy(files[4], tmp_path / "copy")
    with pytest.raises(FormatError, match="d20010105.*once for each creation date"):
        gpcp_daily.read([*files, copy])


def test_monthly_sums_and_wet_days(files):
    truth = earth()["precipitation"].values.astype(float)
    found = gpcp_daily.monthly(files)
    np.testing.assert_array_equal(found["time"].values, np.array(["2001-01", "2001-02"], dtype="datetime64[ns]"))
    for row, part in enumerate((slice(0, 31), slice(31, 59))):
        np.testing.assert_allclose(found["precipitation"].values[row], truth[part].sum(axis=0), rtol=1e-14)
        wet = np.where(np.isnan(truth[part]).any(axis=0), np.nan, (truth[part] >= 1.0).sum(axis=0))
        np.testing.assert_array_equal(found["wet_days"].values[row], wet)
    assert np.isnan(found["precipitation"].values[0, 3, 4]) and np.isfinite(found["precipitation"].values[1, 3, 4])
    assert found["precipitation"].attrs["units"] == "kg m-2"


def test_a_day_of_exactly_the_threshold_is_wet(tmp_path):
    truth = earth(end="2001-02-01")
    truth["precipitation"][:] = 1.0
    truth["precipitation"][0] = np.float32(0.999)
    found = gpcp_daily.monthly(write(truth, tmp_path))
    assert (found["wet_days"].values == 30).all()
    assert (gpcp_daily.monthly(sorted(tmp_path.glob("*.nc")), wet_day_mm=0.5)["wet_days"].values == 31).all()


def test_missing_day_is_an_error_or_a_missing_month(files):
    rest = files[:9] + files[10:]
    for call in (gpcp_daily.read, gpcp_daily.monthly):
        with pytest.raises(FormatError, match=r"gpcp_v01r03_daily_d20010110_c\*\.nc.*found none for 2001-01-10"):
            call(rest)
    days = gpcp_daily.read(rest, allow_missing=True)
    assert days.sizes["time"] == 58 and days.attrs["missing_days"] == 1
    months = gpcp_daily.monthly(rest, allow_missing=True)
    assert np.isnan(months["precipitation"].values[0]).all() and np.isnan(months["wet_days"].values[0]).all()
    assert np.isfinite(months["precipitation"].values[1, 1:]).all()
    assert months["missing_days"].values.tolist() == [1, 0] and months.attrs["missing_days"] == 1


def test_record_that_begins_in_mid_month(files):
    with pytest.raises(FormatError, match="2001-01-01"):
        gpcp_daily.monthly(files[5:])
    assert gpcp_daily.monthly(files[5:], allow_missing=True)["missing_days"].values.tolist() == [5, 0]
    with pytest.raises(FormatError, match="complete month"):
        gpcp_daily.monthly(files[5:20], allow_missing=True)
    with pytest.raises(FormatError, match="found none"):
        gpcp_daily.monthly(files, years=(1999, 1999))


def alter(path, change):
    with netCDF4.Dataset(path, "a") as raw:
        raw.set_auto_maskandscale(False)
        change(raw)


def swap(raw):
    raw["latitude"][:], raw["longitude"][:18] = raw["longitude"][:18], raw["latitude"][:]


ALTERATIONS = {
    "wrong unit": (lambda raw: raw["precip"].setncattr("units", "m s-1"), "unit 'm s-1'"),
    "no unit": (lambda raw: raw["precip"].delncattr("units"), "unit ''"),
    "missing variable": (lambda raw: raw.renameVariable("precip", "rain"), "expected variable precip"),
    "missing axis": (lambda raw: raw.renameVariable("latitude", "y"), "expected variable latitude"),
    "swapped axes": (swap, "south-west corners"),
    "centres": (
        lambda raw: raw["latitude"].__setitem__(slice(None), raw["latitude"][:] + STEP / 2),
        "south-west corners",
    ),
    "north to south": (
        lambda raw: raw["latitude"].__setitem__(slice(None), raw["latitude"][::-1]),
        "south-west corners",
    ),
    "other day": (lambda raw: raw["time"].__setitem__(0, 3.0), "time stamp 1970-01-04"),
    "beyond any rain": (lambda raw: raw["precip"].__setitem__((0, 3, 3), 4e4), "up to 1000 mm/day, found 40000"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_altered_file_is_named_in_a_sentence(files, name):
    change, words = ALTERATIONS[name]
    alter(files[7], change)
    for call in (gpcp_daily.check, gpcp_daily.read):
        with pytest.raises(FormatError, match=words) as error:
            call(files[7])
        assert files[7].name in str(error.value) and str(error.value).endswith(".")
    with pytest.raises(FormatError, match=files[7].name):
        gpcp_daily.monthly(files)


def test_field_on_swapped_dimensions(files):
    raw = xr.load_dataset(files[7], decode_times=False)
    raw.transpose("time", "longitude", "latitude", "nv").to_netcdf(files[7])
    with pytest.raises(FormatError, match=f"{files[7].name}.*found time, longitude, latitude of 1 x 36 x 18"):
        gpcp_daily.check(files[7])


@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_CLASSIC"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_cut_file(tmp_path, form, share):
    path = write(earth(end="2001-01-02"), tmp_path, form=form)[0]
    gpcp_daily.check(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for call in (gpcp_daily.check, gpcp_daily.read):
        with pytest.raises(FormatError, match=path.name):
            call(path)


def test_login_page_foreign_name_absent_file_and_other_grid(tmp_path, files):
    files[0].write_bytes(b"<html><title>Earthdata Login</title></html>")
    with pytest.raises(FormatError, match=f"{files[0].name}.*HTML page"):
        gpcp_daily.read(files)
    with pytest.raises(FormatError, match="expected a name"):
        gpcp_daily.read(files[1].rename(tmp_path / "gpcp_v02r03_monthly_d200101.nc"))
    with pytest.raises(FormatError, match="expected a name"):
        gpcp_daily.catalogue([tmp_path / "gpcp_v01r03_daily_d20010230_c20010501.nc"])
    with pytest.raises(FormatError, match="cannot be read"):
        gpcp_daily.check(files[1])
    coarse = earth("2001-03-01", "2001-03-02").coarsen(lat=2, lon=2).mean()
    with pytest.raises(FormatError, match="grid of the other days"):
        gpcp_daily.read([*files[2:], *write(coarse, tmp_path)])


def test_stamp_in_other_cf_units_and_the_librarys_own_fill(files):
    day = float(np.datetime64("2001-01-08").astype(int))
    alter(
        files[7],
        lambda raw: (
            raw["time"].setncattr("units", "hours since 1970-01-02 00:00:00"),
            raw["time"].__setitem__(0, (day - 1) * 24),
        ),
    )
    alter(files[7], lambda raw: raw["precip"].__setitem__((0, 3, 3), netCDF4.default_fillvals["f4"]))
    found = gpcp_daily.read(files[7])["precipitation"].values[0]
    with netCDF4.Dataset(files[7]) as raw:
        assert np.isnan(found[3, (3 + 18) % 36]) and raw["time"].units.startswith("hours")
    alter(files[6], lambda raw: raw["time"].setncattr("units", "julian_day"))
    gpcp_daily.check(files[6])
