"""GLEAM: axes by name, stamps of every convention, a known wrong label accepted and truly other units refused."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from vadose.formats import gleam
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.gleam import write

ORDERS = [("time", "lat", "lon"), ("time", "lon", "lat"), ("lat", "lon", "time")]


def earth(first=1999, last=2001, step="M"):
    """Months or days of evaporation with an ocean and some condensation."""
    lat, lon = np.arange(-85.0, 90, 10), np.arange(-175.0, 180, 10)
    times = np.arange(f"{first}-01-01", f"{last + 1}-01-01", dtype="datetime64[D]").astype(f"datetime64[{step}]")
    times = np.unique(times).astype("datetime64[ns]")
    field = np.random.default_rng(4).normal(40, 20, (times.size, lat.size, lon.size)).astype(np.float32) / (
        1 if step == "M" else 30
    )
    field[:, :, :9] = np.nan
    return xr.Dataset({"evapotranspiration": (("time", "lat", "lon"), field)}, {"time": times, "lat": lat, "lon": lon})


@pytest.fixture
def path(tmp_path):
    return write(earth(), tmp_path)[0]


def same(found, truth):
    """Values and axes are equal to the last bit."""
    np.testing.assert_array_equal(found["evapotranspiration"].values, truth["evapotranspiration"].values)
    for axis in ("time", "lat", "lon"):
        np.testing.assert_array_equal(found[axis].values, truth[axis].values)
    assert found["evapotranspiration"].attrs["units"] == "kg m-2" and found["evapotranspiration"].dims == (
        "time",
        "lat",
        "lon",
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stamp", ["start", "end", "next"])
def test_monthly_round_trip_is_exact(tmp_path, order, stamp):
    path = write(earth(), tmp_path, order=order, stamp=stamp)[0]
    assert path.name == "E_1999-2001_GLEAM_v3.8a_MO.nc"
    gleam.check(path)
    same(gleam.read(path), earth())


@pytest.mark.parametrize("order", ORDERS[:2])
@pytest.mark.parametrize("stamp", ["start", "next"])
def test_daily_round_trip_is_exact(tmp_path, order, stamp):
    truth = earth(2000, 2001, "D")
    paths = write(truth, tmp_path, step="daily", order=order, stamp=stamp)
    assert [path.name for path in paths] == ["E_2000_GLEAM_v3.8a.nc", "E_2001_GLEAM_v3.8a.nc"]
    for path, year in zip(paths, ("2000", "2001")):
        gleam.check(path)
        same(gleam.read(path), truth.sel(time=year))


def test_file_is_as_the_archive_has_it(path):
    with netCDF4.Dataset(path) as raw:
        raw.set_auto_maskandscale(False)
        assert raw["lat"][0] == 85 and raw["lat"][-1] == -85
        assert "units" not in raw["lat"].ncattrs() and "units" not in raw["lon"].ncattrs()
        assert raw["E"][:].min() == -999 and raw["E"]._FillValue == -999


def test_years(path):
    xr.testing.assert_identical(gleam.read(path, years=(2000, 2001)), gleam.read(path).sel(time=slice("2000", "2001")))
    with pytest.raises(FormatError, match=f"{path.name}.*years 1998 to 2001.*1998 missing"):
        gleam.read(path, years=(1998, 2001))
    short = write(earth().isel(time=slice(34)), path.parent / "short")[0]
    assert gleam.read(short).sizes["time"] == 34
    with pytest.raises(FormatError, match="every month of 2001 to 2001.*2001-11, 2001-12 missing"):
        gleam.read(short, years=(2001, 2001))


@pytest.mark.parametrize("units", ["mm/year", "mm month-1", ""])
def test_label_of_known_monthly_files(tmp_path, units):
    path = write(earth(), tmp_path, units=units)[0]
    gleam.check(path)
    same(gleam.read(path), earth())


@pytest.mark.parametrize("units", ["mm/year", ""])
def test_values_that_are_truly_per_year_are_refused(tmp_path, units):
    path = write(earth() * 12, tmp_path, units=units)[0]
    with pytest.raises(FormatError, match=f"{path.name}.*up to 600 mm"):
        gleam.read(path)


@pytest.mark.parametrize(
    "step, units", [("monthly", "mm/day"), ("monthly", "W m-2"), ("daily", "mm/month"), ("daily", "mm/year")]
)
def test_other_units_are_refused(tmp_path, step, units):
    path = write(earth(2000, 2000, "M" if step == "monthly" else "D"), tmp_path, step=step, units=units)[0]
    for call in (gleam.check, gleam.read):
        with pytest.raises(FormatError, match=f"{path.name}.*unit '{units}'"):
            call(path)


def test_yearly_file_and_a_name_that_contradicts_its_steps(path):
    yearly = path.with_name("E_1980-2022_GLEAM_v3.8a_YR.nc")
    xr.load_dataset(path).isel(time=slice(None, None, 12)).to_netcdf(yearly)
    with pytest.raises(FormatError, match=f"{yearly.name}.*monthly or daily steps"):
        gleam.check(yearly)
    daily = path.rename(path.with_name("E_1999_GLEAM_v3.8a.nc"))
    with pytest.raises(FormatError, match="expected daily steps.*found monthly"):
        gleam.check(daily)


def test_name_of_another_period(path):
    other = path.rename(path.with_name("E_2000-2001_GLEAM_v3.8a_MO.nc"))
    with pytest.raises(
        FormatError, match=f"{other.name}.*from 2000-01 to 2001-12 as its name says, found 1999-01 to 2001-12"
    ):
        gleam.check(other)


def test_renamed_file_with_one_month(path):
    raw = xr.load_dataset(path)
    single = path.with_name("evaporation.nc")
    raw.isel(time=[3]).to_netcdf(single)
    same(gleam.read(single), earth().isel(time=[3]))


def test_fill_without_its_attribute(path):
    raw = xr.load_dataset(path, mask_and_scale=False)
    del raw["E"].attrs["_FillValue"], raw["E"].attrs["missing_value"]
    raw.to_netcdf(path, encoding={"E": {"_FillValue": None}})
    same(gleam.read(path), earth())


def swap(raw):
    lat = raw["lat"][:]
    raw["lat"][:], raw["lon"][:18] = raw["lon"][:18], lat


ALTERATIONS = {
    "missing variable": (lambda raw: raw.renameVariable("E", "Ep"), "expected variable E"),
    "missing axis": (lambda raw: raw.renameVariable("lon", "x"), "expected variable lon"),
    "swapped axes": (swap, "axes are swapped"),
    "swapped units": (lambda raw: raw["lat"].setncattr("units", "degrees_east"), "axes are swapped"),
    "duplicate month": (lambda raw: raw["time"].__setitem__(5, raw["time"][4]), "found 1999-05-31 twice"),
    "two stamps in a month": (lambda raw: raw["time"].__setitem__(4, raw["time"][5] - 20), "found 1999-06-01 twice"),
    "missing month": (
        lambda raw: raw["time"].__setitem__(slice(30), raw["time"][:30] - 31),
        "as its name says, found 1998-12",
    ),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_altered_file_is_named_in_a_sentence(path, name):
    change, words = ALTERATIONS[name]
    with netCDF4.Dataset(path, "a") as raw:
        change(raw)
    for call in (gleam.check, gleam.read):
        with pytest.raises(FormatError, match=words) as error:
            call(path)
        assert path.name in str(error.value) and str(error.value).endswith(".")


@pytest.mark.parametrize(
    "step, rows, words",
    [("monthly", [0, 1, 2, 4, 5], "found 1999-04 missing"), ("daily", [0, 1, 2, 4, 5], "found 1999-01-04 missing")],
)
def test_missing_step(tmp_path, step, rows, words):
    truth = earth(1999, 1999, "M" if step == "monthly" else "D")
    path = write(truth.isel(time=rows), tmp_path, step=step)[0]
    for call in (gleam.check, gleam.read):
        with pytest.raises(FormatError, match=f"{path.name}.*{words}"):
            call(path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_cut_file(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for call in (gleam.check, gleam.read):
        with pytest.raises(FormatError, match=path.name):
            call(path)


def test_login_page(path):
    path.write_bytes(b"<HTML><HEAD><TITLE>Registration</TITLE></HEAD></HTML>")
    for call in (gleam.check, gleam.read):
        with pytest.raises(FormatError, match=f"{path.name}.*HTML page"):
            call(path)


def test_same_data_give_the_same_bytes(path, tmp_path):
    assert write(earth(), tmp_path / "again")[0].read_bytes() == path.read_bytes()


def test_yearly_files_of_version_4_and_other_end_years(tmp_path):
    truth = earth(1999, 2001)
    yearly = []
    for year in ("2001", "1999", "2000"):
        path = write(truth.sel(time=year), tmp_path / year)[0]
        yearly.append(path.rename(tmp_path / f"E_{year}_GLEAM_v4.2a_MO.nc"))
        gleam.check(yearly[-1])
    found = list(gleam.months(yearly, ("evapotranspiration",), (2000, 2001)))
    same(xr.concat(sorted(found, key=lambda part: part.time.values[0]), "time"), truth.sel(time=slice("2000", "2001")))
    longer = write(truth, tmp_path)[0].rename(tmp_path / "e_1999-2001_gleam_v3.8a_mo.NC")
    same(gleam.read(longer), truth)
    with pytest.raises(FormatError, match="expected one version of GLEAM E, found v3.8a and v4.2a"):
        list(gleam.months([*yearly, longer], ("evapotranspiration",), (2000, 2001)))


def test_days_become_months_and_a_missing_day_a_missing_month(tmp_path):
    days = earth(2000, 2001, "D")
    paths = write(days, tmp_path, step="daily")
    found = xr.concat(list(gleam.months(paths[::-1], ("evapotranspiration",), (2000, 2001))), "time").sortby("time")
    right = days["evapotranspiration"].astype(float).resample(time="MS").sum(skipna=False)
    np.testing.assert_allclose(found["evapotranspiration"].values, right.values, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(gleam.times_of(paths[0]), right.time.values[:12])
    short = write(days.isel(time=slice(0, 50)), tmp_path / "short", step="daily")[0]
    with pytest.raises(FormatError, match="every day of 2000-02 of GLEAM E, found 2000-02-20 missing.*missing_files"):
        list(gleam.months([short], ("evapotranspiration",), (2000, 2000)))
    (january,) = gleam.months([short], ("evapotranspiration",), (2000, 2000), allow_missing=True)
    assert str(january.time.values[0])[:7] == "2000-01"
