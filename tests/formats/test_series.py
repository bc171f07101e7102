"""Series of files: order, gaps, repetitions, years, and one year at a time in memory."""

import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from vadose.core import calendar
from vadose.formats import era5_land, gldas, gosif_gpp, series
from vadose.formats.opening import FormatError
from vadose.synthetic.writers import era5_land as era5_writer
from vadose.synthetic.writers import gldas as gldas_writer

LAT, LON = np.arange(-55.0, 90, 10), np.arange(-175.0, 180, 10)


def moisture(times: np.ndarray, lat: np.ndarray = LAT) -> xr.Dataset:
    values = np.random.default_rng(6).uniform(2, 100, (times.size, 4, lat.size, LON.size)).astype(np.float32)
    coords = {"time": times, "layer": np.arange(1, 5), "lat": lat, "lon": LON}
    return xr.Dataset({"soil_moisture": (("time", "layer", "lat", "lon"), values)}, coords=coords)


@pytest.fixture(scope="module")
def earth() -> xr.Dataset:
    """Across the change from V2.0 to V2.1 and the change of the header."""
    return moisture(np.concatenate([calendar.months(1999, 2000), calendar.months(2020, 2020)]))


@pytest.fixture(scope="module")
def files(earth, tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("series")
    old = gldas_writer.write(earth.isel(time=slice(0, 12)), folder, version="2.0")
    return old + gldas_writer.write(earth.isel(time=slice(12, None)), folder)


arrange = partial(series.arrange, times_of=gldas.times_of, product="GLDAS-Noah monthly")


def test_years_come_in_order_whatever_the_order_of_the_files(earth, files):
    sources = arrange(files[:24][::-1])
    assert [source.path for source in sources] == files[:24]
    found = dict(series.by_year(sources, lambda path, year: gldas.read(path)))
    assert list(found) == [1999, 2000]
    for number, year in enumerate(found):
        expected = earth.isel(time=slice(12 * number, 12 * number + 12))
        np.testing.assert_array_equal(found[year]["soil_moisture"].values, expected["soil_moisture"].values)
        np.testing.assert_array_equal(found[year]["time"].values, expected["time"].values)
        np.testing.assert_array_equal(found[year]["layer_bottom"].values, [0.1, 0.4, 1.0, 2.0])
        assert found[year]["soil_moisture"].attrs["units"] == "kg m-2"


def test_the_two_header_vintages_join(earth, files):
    ((year, found),) = series.by_year(arrange(files[24:]), lambda path, year: gldas.read(path))
    assert year == 2020 and found.sizes["time"] == 12
    np.testing.assert_array_equal(found["soil_moisture"].values, earth["soil_moisture"].values[24:])


def test_years_are_chosen_and_only_their_files_read(files):
    opened = []

    def read(path, year):
        opened.append(path)
        return gldas.read(path)

    assert [year for year, _ in series.by_year(arrange(files[:24]), read, first_year=2000)] == [2000]
    assert opened == files[12:24]


def test_no_more_than_a_year_is_read_before_it_is_given(files):
    opened = []

    def read(path, year):
        opened.append(path)
        return gldas.read(path)

    years = series.by_year(arrange(files[:24]), read)
    next(years)
    assert len(opened) == 12


def test_missing_months_are_named(files):
    with pytest.raises(
        FormatError, match="expected 24 steps of GLDAS-Noah monthly, found 22; missing: 1999-06, 2000-03"
    ) as caught:
        arrange([path for path in files[:24] if "199906" not in path.name and "200003" not in path.name])
    assert str(files[0].parent) in str(caught.value)
    with pytest.raises(FormatError, match="found 12; missing: 2001-01, 2001-02, 2001-03, 2001-04, 2001-05, ..."):
        arrange(files, expected=calendar.months(2000, 2001))


def test_the_same_month_twice_is_named(files, tmp_path):
    both = Path(shutil.copy(files[12], tmp_path / "again.nc4"))
    with pytest.raises(
        FormatError, match=r"expected every step.*found 2000-01-01 in .*again.nc4, too|A200001.021.nc4, too"
    ):
        arrange([*files[:24], both])
    with pytest.raises(FormatError, match="found 2000-01-01 twice"):
        arrange([*files[:24], files[12]])


def test_nothing_of_the_period(files):
    with pytest.raises(FormatError, match="GLDAS-Noah monthly: expected files of the period, found none"):
        arrange(files, expected=calendar.months(1960, 1961))
    with pytest.raises(FormatError, match="found none"):
        arrange([])


def test_another_grid_in_the_middle(files, tmp_path):
    other = gldas_writer.write(moisture(calendar.months(2000, 2000)[:1], LAT[1:]), tmp_path)
    mixed = [*files[13:24], *other]
    with pytest.raises(
        FormatError, match="A200002.021.nc4: expected the axis lat of the files before it .14 values., found 15"
    ):
        list(series.by_year(arrange(mixed), lambda path, year: gldas.read(path)))


def test_files_of_several_years_give_each_year_its_part(tmp_path):
    times = calendar.months(2001, 2003)
    earth = moisture(times)
    earth["soil_moisture"] = earth["soil_moisture"] / 200
    earth = earth.isel(layer=slice(0, 3))
    paths = [
        era5_writer.write(earth.isel(time=slice(*part)), tmp_path / f"{part[0]}.nc") for part in ((0, 18), (18, 36))
    ]
    sources = series.arrange(paths, era5_land.times_of, product="ERA5-Land", expected=times)
    found = dict(series.by_year(sources, lambda path, year: era5_land.read(path)))
    assert {year: dataset.sizes["time"] for year, dataset in found.items()} == {2001: 12, 2002: 12, 2003: 12}
    joined = xr.concat(list(found.values()), "time")
    np.testing.assert_array_equal(joined["soil_moisture"].values, earth["soil_moisture"].values)


def test_winter_years_hold_their_december(files):
    found = dict(series.by_year(arrange(files[:24]), lambda path, year: gldas.read(path), year_of=calendar.season_year))
    assert list(found) == [1999, 2000, 2001]
    assert found[2000]["time"].values[0] == np.datetime64("1999-12-01") and found[2000].sizes["time"] == 12


def test_8_day_steps_missing_by_name(tmp_path):
    steps = gosif_gpp.expected_times("8-day", 2000, 2000)
    names = [f"GOSIF_GPP_2000{day:03d}_Mean.tif.gz" for day in range(57, 362, 8) if day != 153]
    with pytest.raises(FormatError, match="expected 39 steps of GOSIF-GPP, found 38; missing: 2000-06-01"):
        series.arrange([tmp_path / name for name in names], gosif_gpp.times_of, product="GOSIF-GPP", expected=steps)


@pytest.mark.real
def test_real_gldas_years(shared):
    folder = shared / "real" / "gldas_noah10_m_2.1"
    sources = arrange(folder.glob("*.nc4"), expected=calendar.months(2019, 2021))
    years = dict(series.by_year(sources, lambda path, year: gldas.read(path)))
    assert list(years) == [2019, 2020, 2021]
    for dataset in years.values():
        assert dataset["soil_moisture"].shape == (12, 4, 150, 360)
        assert set(dataset["soil_moisture"].notnull().sum(("lat", "lon")).values.ravel()) == {15159}
