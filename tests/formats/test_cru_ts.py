"""CRU TS: the variable by name, months from mid-month stamps, kelvin from Celsius, and the real 4.01 subset."""

import gzip

import netCDF4
import numpy as np
import pytest
import xarray as xr

from vadose.formats import cru_ts
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.cru_ts import write


def earth(first=1999, last=2001, variable="air_temperature"):
    """Months of temperature (K) or precipitation (kg m-2) with an ocean."""
    lat, lon = np.arange(-85.0, 90, 10), np.arange(-175.0, 180, 10)
    months = np.arange(f"{first}-01", f"{last + 1}-01", dtype="datetime64[M]").astype("datetime64[ns]")
    rng = np.random.default_rng(5)
    field = (
        273.15 + rng.normal(5, 15, (months.size, lat.size, lon.size))
        if variable == "air_temperature"
        else rng.gamma(1, 50, (months.size, 18, 36))
    )
    field[:, :, :9] = np.nan
    return xr.Dataset({variable: (("time", "lat", "lon"), field)}, {"time": months, "lat": lat, "lon": lon})


@pytest.fixture
def plain(tmp_path):
    """An unpacked file that netCDF4 can alter in place."""
    return write(earth(), tmp_path, packed=False, form="NETCDF4")[0]


@pytest.mark.parametrize("form", ["NETCDF3_64BIT_OFFSET", "NETCDF3_CLASSIC", "NETCDF4"])
@pytest.mark.parametrize("packed", [True, False])
def test_round_trip_within_a_twentieth_of_a_degree(tmp_path, form, packed):
    truth = earth()
    path = write(truth, tmp_path, packed=packed, form=form)[0]
    assert path.name == "cru_ts4.07.1999.2001.tmp.dat.nc" + (".gz" if packed else "")
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    cru_ts.check(path)
    found = cru_ts.read(path)
    np.testing.assert_allclose(
        found["air_temperature"].values, truth["air_temperature"].values, rtol=0, atol=0.05 + 1e-5
    )
    np.testing.assert_array_equal(np.isnan(found["air_temperature"].values), np.isnan(truth["air_temperature"].values))
    for axis in ("time", "lat", "lon"):
        np.testing.assert_array_equal(found[axis].values, truth[axis].values)
    assert found["air_temperature"].attrs["units"] == "K" and list(found.data_vars) == ["air_temperature"]


def test_precipitation(tmp_path):
    truth = earth(variable="precipitation")
    found = cru_ts.read(write(truth, tmp_path)[0], variable="pre")
    np.testing.assert_allclose(found["precipitation"].values, truth["precipitation"].values, rtol=0, atol=0.05 + 1e-4)
    assert found["precipitation"].attrs["units"] == "kg m-2"


@pytest.mark.parametrize("jitter", [0.0, 3e-5, 0.4, -0.4])
def test_months_from_stamps_of_any_rounding(tmp_path, jitter):
    found = cru_ts.read(write(earth(1901, 1904), tmp_path, jitter=jitter)[0])
    np.testing.assert_array_equal(found["time"].values, earth(1901, 1904)["time"].values)


def test_stamps_are_those_of_the_archive(tmp_path):
    with netCDF4.Dataset(write(earth(1901, 1901), tmp_path, packed=False)[0]) as raw:
        assert raw["time"][:5].tolist() == [380, 410, 439, 470, 500] and raw["time"].dtype == np.float32
        assert list(raw.variables)[-2:] == ["tmp", "stn"] and raw["stn"].dtype == np.int32


def test_years(tmp_path):
    path = write(earth(), tmp_path)[0]
    found = cru_ts.read(path, years=(2000, 2000))
    xr.testing.assert_identical(found, cru_ts.read(path).sel(time="2000"))
    with pytest.raises(FormatError, match=f"{path.name}.*years 2001 to 2003.*found 1999 to 2001 .2002, 2003 missing"):
        cru_ts.read(path, years=(2001, 2003))
    short = write(earth().isel(time=slice(30)), tmp_path / "short")[0]
    with pytest.raises(FormatError, match="every month of 2000 to 2001.*2001-07, 2001-08"):
        cru_ts.read(short, years=(2000, 2001))


def test_same_data_give_the_same_bytes(tmp_path):
    first, second = (write(earth(), tmp_path / name)[0] for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_station_count_first_and_north_first(plain):
    raw = xr.load_dataset(plain, mask_and_scale=False, decode_times=False)
    expected = cru_ts.read(plain)
    raw[["stn", "tmp"]].isel(lat=slice(None, None, -1)).transpose("time", "lon", "lat").to_netcdf(plain)
    xr.testing.assert_identical(cru_ts.read(plain), expected)


def test_fill_without_its_attribute(plain):
    raw = xr.load_dataset(plain, mask_and_scale=False, decode_times=False)
    expected = cru_ts.read(plain)
    del raw["tmp"].attrs["_FillValue"], raw["tmp"].attrs["missing_value"]
    raw.to_netcdf(plain, encoding={"tmp": {"_FillValue": None}})
    xr.testing.assert_identical(cru_ts.read(plain), expected)


def swap(raw):
    lat = raw["lat"][:]
    raw["lat"][:], raw["lon"][:18] = raw["lon"][:18], lat


ALTERATIONS = {
    "wrong unit": (lambda raw: raw["tmp"].setncattr("units", "K"), "unit 'K'"),
    "no unit": (lambda raw: raw["tmp"].delncattr("units"), "unit ''"),
    "missing variable": (lambda raw: raw.renameVariable("tmp", "tmx"), "expected variable tmp"),
    "missing axis": (lambda raw: raw.renameVariable("lat", "y"), "expected variable lat"),
    "swapped axes": (swap, "axes are swapped"),
    "swapped units": (lambda raw: raw["lat"].setncattr("units", "degrees_east"), "axes are swapped"),
    "duplicate month": (lambda raw: raw["time"].__setitem__(5, raw["time"][4] + 3), "found 1999-05 twice"),
    "duplicate stamp": (lambda raw: raw["time"].__setitem__(5, raw["time"][4]), "found 1999-05-16 twice"),
    "missing month": (
        lambda raw: raw["time"].__setitem__(slice(5, None), raw["time"][5:] + 31),
        "found 1999-06 missing",
    ),
    "months in disorder": (lambda raw: raw["time"].__setitem__(5, raw["time"][2]), "1999-03-16 after 1999-05-16"),
    "no time unit": (lambda raw: raw["time"].delncattr("units"), "time stamps"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_altered_file_is_named_in_a_sentence(plain, name):
    change, words = ALTERATIONS[name]
    with netCDF4.Dataset(plain, "a") as raw:
        change(raw)
    packed = plain.with_name(plain.name + ".gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        for call in (cru_ts.check, cru_ts.read):
            with pytest.raises(FormatError, match=words) as error:
                call(path)
            assert (
                f"{path}: " in str(error.value) and str(error.value).endswith(".") and "vadose_" not in str(error.value)
            )


@pytest.mark.parametrize("form", ["NETCDF3_64BIT_OFFSET", "NETCDF4"])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_cut_file(tmp_path, form, packed, share):
    path = write(earth(), tmp_path, packed=packed, form=form)[0]
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for call in (cru_ts.check, cru_ts.read):
        with pytest.raises(FormatError, match=path.name):
            call(path)


@pytest.mark.parametrize("packed", [True, False])
def test_login_page(tmp_path, packed):
    path = tmp_path / "cru_ts4.07.1901.2022.tmp.dat.nc.gz"
    page = b"<!DOCTYPE html><html><head><title>Login</title></head></html>"
    path.write_bytes(gzip.compress(page) if packed else page)
    for call in (cru_ts.check, cru_ts.read):
        with pytest.raises(FormatError, match=f"{path}.*HTML page"):
            call(path)


def test_unknown_variable_is_named(plain):
    with pytest.raises(ValueError, match="tmp or pre, found 'stn'"):
        cru_ts.read(plain, variable="stn")


@pytest.mark.real
@pytest.mark.parametrize(
    "variable, canonical, offset", [("tmp", "air_temperature", 273.15), ("pre", "precipitation", 0.0)]
)
def test_real_subset_equals_a_plain_read(shared, variable, canonical, offset):
    path = shared / f"real/cru_ts/cru_ts4.01.1901.2016.SouthGlacier.{variable}.dat.nc"
    if not path.is_file():
        pytest.skip(f"no {path}")
    cru_ts.check(path, variable=variable)
    found = cru_ts.read(path, variable=variable)
    with netCDF4.Dataset(path) as raw:
        expected = np.ma.filled(raw[variable][:].astype(float), np.nan) + offset
        lat, lon = np.asarray(raw["lat"][:], dtype=float), np.asarray(raw["lon"][:], dtype=float)
    assert (np.diff(lat) > 0).all() and (np.diff(lon) > 0).all()
    np.testing.assert_array_equal(found[canonical].values, expected)
    np.testing.assert_allclose(found["lat"].values, lat, atol=1e-5)
    np.testing.assert_allclose(found["lon"].values, lon, atol=1e-5)
    np.testing.assert_array_equal(
        found["time"].values, np.arange("1901-01", "2017-01", dtype="datetime64[M]").astype("datetime64[ns]")
    )
    part = cru_ts.read(path, variable=variable, years=(1981, 2010))
    np.testing.assert_array_equal(part[canonical].values, expected[80 * 12 : 110 * 12])


@pytest.mark.parametrize("form", ["NETCDF3_64BIT_OFFSET", "NETCDF4"])
def test_a_file_that_the_browser_unpacked_keeps_its_name(tmp_path, form):
    """Browsers unpack a .gz on its way and keep the ending; it was once called corrupt."""
    (path,) = write(earth(), tmp_path, packed=False, form=form)
    named = path.rename(path.with_name(f"{path.name}.gz"))
    cru_ts.check(named)
    (again,) = write(earth(), tmp_path, packed=True, form=form)
    assert again == named
    packed = cru_ts.read(again)
    (path,) = write(earth(), tmp_path, packed=False, form=form)
    xr.testing.assert_identical(cru_ts.read(path.rename(named)), packed)
