"""Genuine files of ERA5-Land and of its neighbours: read to the values that stand in them, or refused for what they
are."""

import netCDF4
import numpy as np
import pytest

from vadose.formats import era5_land
from vadose.formats.era5_land import identity, layouts
from vadose.formats.opening import FormatError

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def land(shared):
    return shared / "real/era5_land_found"


@pytest.fixture(scope="module")
def era5(shared):
    return shared / "real/era5_found"


def refused(path, message, variables, **options):
    """`check` and `read` give the same sentence."""
    said = []
    for call in (era5_land.check, era5_land.read):
        with pytest.raises(FormatError, match=message) as caught:
            call(path, variables, **options)
        said.append(str(caught.value))
    assert said[0] == said[1]


def plain(path, name):
    with netCDF4.Dataset(path) as file:
        return np.ma.filled(file[name][:].astype(float), np.nan), file["longitude"][:]


def test_monthly_means_of_the_globe(land):
    path = land / "monthly_global_2025-02.nc"
    era5_land.check(path, ["air_temperature"], route="monthly_means")
    found = era5_land.read(path, ["air_temperature"])["air_temperature"]
    values, _ = plain(path, "t2m")
    assert found["time"].values == np.array(["2025-02-01"], "datetime64[ns]")
    assert np.isfinite(found.values).sum() == 2_212_863
    np.testing.assert_array_equal(found.values, np.roll(values[:, ::-1], 1800, axis=2).astype(np.float32))
    assert found["lon"].values[[0, -1]].tolist() == [-180.0, 179.9]


def test_legacy_packed_monthly_means(land):
    path = land / "monthly_legacy_packed_1991-1992.nc"
    found = era5_land.read(path, ["air_temperature"])["air_temperature"]
    values, lon = plain(path, "t2m")
    assert found.sizes["time"] == 24 and str(found["time"].values[-1])[:7] == "1992-12"
    np.testing.assert_allclose(found.values, values[:, ::-1], rtol=0, atol=3.1e-5)
    np.testing.assert_allclose(found["lon"].values, lon, rtol=0, atol=1e-4)


def test_daily_statistics_become_their_mean(land):
    path = land / "daily_statistics_2025-07.nc"
    era5_land.check(path, ["air_temperature"], route="daily_statistics")
    found = era5_land.read(path, ["air_temperature"], route="daily_statistics")["air_temperature"].values
    values, _ = plain(path, "t2m")
    np.testing.assert_allclose(found[0], values.mean(axis=0)[::-1], rtol=0, atol=1.6e-5)
    for route in ("monthly_means", "hourly"):
        refused(path, f"for the route {route}, found days", ["air_temperature"], route=route)


def test_hours_become_their_mean_and_the_missing_hour_is_the_missing_one(land):
    path = land / "hourly_2025-02.nc"
    found = era5_land.read(path, ["air_temperature"], route="hourly")["air_temperature"].values
    values, _ = plain(path, "t2m")
    np.testing.assert_allclose(found[0], values.mean(axis=0)[::-1], rtol=0, atol=2e-5)
    with pytest.raises(FormatError, match="28 steps of tp in 2025-02, found 27 .first missing: 2025-03-01T00"):
        era5_land.read(path, ["precipitation"], route="hourly")
    refused(path, "for the route monthly_means, found hours", ["precipitation"], route="monthly_means")


def test_hours_of_grib_editions_1_and_2(land):
    path = land / "hourly_2020-01_nine_variables.grib"
    era5_land.check(path, ["precipitation", "air_temperature"], route="hourly")
    assert np.isfinite(era5_land.read(path, ["air_temperature"], route="hourly")["air_temperature"].values).any()
    with pytest.raises(FormatError, match="31 steps of tp in 2020-01, found 30 .first missing: 2020-02-01T00"):
        era5_land.read(path, ["precipitation"], route="hourly")


@pytest.mark.parametrize("route", ["monthly_means", "daily_statistics", "hourly"])
def test_means_by_hour_of_day_are_named(land, route):
    words = "monthly_averaged_reanalysis_by_hour_of_day.*stream mnth.*product type monthly_averaged_reanalysis"
    refused(land / "by_hour_of_day_2022.nc", words, ["air_temperature"], route=route)


@pytest.mark.parametrize(
    "name, variable, words",
    [
        ("monthly_iowa_2008-2024.grib", "precipitation", "monthly means of ERA5 .0.25 degree"),
        ("one_hour_a_month_accum.nc", "precipitation", "one hour a month of ERA5"),
        ("date_layout_2024-10.zip.nc", "air_temperature", "monthly means of ERA5"),
    ],
)
def test_era5_is_not_era5_land(era5, name, variable, words):
    refused(era5 / name, f"expected ERA5-Land.*found {words}.*data set of its own", [variable])


@pytest.fixture
def any_product(monkeypatch):
    """As a reader of ERA5 would call the layouts."""
    monkeypatch.setattr(identity, "expect_product", lambda *_: None)


def test_months_of_grib_are_those_of_validity(era5, any_product):
    """The data date of accumulations of ERA5 is the day before: January once stood in December."""
    found = era5_land.read(era5 / "monthly_iowa_2008-2024.grib", ["precipitation", "air_temperature"])
    assert [str(found["time"].values[place])[:7] for place in (0, -1)] == ["2008-01", "2024-12"]
    rain = found["precipitation"].mean(["lat", "lon"])
    assert rain.sel(time="2009-01").item() == pytest.approx(22.6, abs=0.05)
    cycle = rain.groupby("time.month").mean().values
    np.testing.assert_allclose(cycle[:4], [37.6, 41.7, 68.3, 107.7], atol=0.06)
    np.testing.assert_array_equal(era5_land.times_of(era5 / "monthly_iowa_2008-2024.grib"), found["time"].values)


def test_one_hour_a_month_is_no_mean(era5, any_product):
    words = "expected monthly means.*found one hour a month .stream oper., first at 2014-01-01T12"
    refused(era5 / "one_hour_a_month_accum.nc", words, ["precipitation"], route="monthly_means")


def test_dates_as_numbers_and_members_that_nobody_asked_for(era5, any_product):
    found = era5_land.read(era5 / "date_layout_2024-10.zip.nc", ["air_temperature"])["air_temperature"]
    assert found.sizes["time"] == 490 and found.shape[1:] == (2, 3)
    assert [str(found["time"].values[place])[:7] for place in (0, -1)] == ["1984-01", "2024-10"]
    assert float(found.min()) > 230 and float(found.max()) < 310


def test_water_below_zero_is_packing_or_missing_and_counted(era5, any_product):
    """90 land values of the genuine file lie below zero; those within a step of its packing are its zero."""
    path = era5 / "swvl1_lsm_legacy.nc"
    refused(path, "found a few hours of one day a month", ["soil_moisture"], layers=[1], route="monthly_means")
    with layouts.pieces(path, ["swvl1", "lsm"]) as (pieces, _):
        water, sea = (next(piece for piece in pieces if piece.name == name) for name in ("swvl1", "lsm"))
        land = np.stack([sea.fields(index, slice(None))[0] >= 0.5 for index in range(4)])
        values = np.stack([water.fields(index, slice(None))[0] for index in range(4)])
        assert water.resolution == pytest.approx(1.1454e-5, rel=1e-4)
    values[~land] = np.nan
    assert land.sum() == 3648 and (values < 0).sum() == 90
    counts = era5_land._without_negatives({"swvl1": values}, ["swvl1"], {"swvl1": water.resolution})
    assert counts["snapped_negatives"] + counts["masked_negatives"] == 90
    assert np.nanmin(values) == 0.0 and np.isnan(values[land]).sum() == counts["masked_negatives"]
