"""ESA CCI LST: names, sensors and versions, both packings and latitude orders, and the mean of the two passes."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from vadose.formats import cci_lst, hdf5
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.cci_lst import write


def earth(first="2008-11", end="2009-03", seed=1):
    """Months across the change of sensor, with an ocean and a gap of its own for each seed."""
    lat, lon = np.arange(-85.0, 90, 10), np.arange(-175.0, 180, 10)
    months = np.arange(first, end, dtype="datetime64[M]").astype("datetime64[ns]")
    field = np.random.default_rng(seed).uniform(210, 335, (months.size, lat.size, lon.size))
    field[:, :, :9] = np.nan
    field[:, seed, 20] = np.nan
    return xr.Dataset(
        {"land_surface_temperature": (("time", "lat", "lon"), field)}, {"time": months, "lat": lat, "lon": lon}
    )


@pytest.fixture
def passes(tmp_path):
    """Files of four months, ascending and descending."""
    return write(earth(), tmp_path, overpass="ASC"), write(earth(seed=2), tmp_path, overpass="DES")


@pytest.mark.parametrize("packing, tolerance", [("short", 0.005 + 1e-9), ("float", 2e-5)])
@pytest.mark.parametrize("north_first", [False, True])
@pytest.mark.parametrize("stamp", ["01000000", "000000"])
def test_round_trip(tmp_path, packing, tolerance, north_first, stamp):
    truth = earth()
    paths = write(
        truth, tmp_path, overpass="DES", packing=packing, north_first=north_first, stamp=stamp, version="2.23"
    )
    for index, path in enumerate(paths):
        cci_lst.check(path)
        found, month = cci_lst.read(path), truth.isel(time=[index])
        np.testing.assert_allclose(
            found["land_surface_temperature"].values, month["land_surface_temperature"].values, rtol=0, atol=tolerance
        )
        for axis in ("time", "lat", "lon"):
            np.testing.assert_array_equal(found[axis].values, month[axis].values)
        assert found.attrs == {
            "sensor": "SSMI13" if index < 2 else "SSMI17",
            "overpass": "DES",
            "product_version": "2.23",
        }
        assert found["land_surface_temperature"].attrs["units"] == "K"
    with netCDF4.Dataset(paths[0]) as raw:
        assert raw["lst"].dtype == (np.int16 if packing == "short" else np.float32)
        assert (raw["lat"][0] > raw["lat"][-1]) == north_first


@pytest.mark.parametrize("packing", ["short", "float"])
def test_what_is_read_alone_is_what_the_general_way_gives(tmp_path, packing, monkeypatch):
    path = write(earth(), tmp_path, overpass="ASC", packing=packing)[0]
    alone = cci_lst.read(path)
    assert hdf5.some_of(path, ("lst", "time", "lat", "lon"), ("lst_time_correction",)) is not None
    monkeypatch.setattr(hdf5, "some_of", lambda *of: None)
    xr.testing.assert_identical(alone, cci_lst.read(path))


def test_a_file_that_is_not_plain_is_left_to_the_general_way(tmp_path):
    path = write(earth(), tmp_path, overpass="ASC")[0]
    assert hdf5.some_of(path, ("lst", "lat", "lon")) is None  # an axis that is not asked for
    assert hdf5.some_of(path, ("lst", "time", "lat", "lon", "clouds")) is None
    path.write_bytes(path.read_bytes()[:2000])
    assert hdf5.some_of(path, ("lst", "time", "lat", "lon")) is None


def test_names_are_those_of_the_archive(passes):
    assert passes[0][1].name == "ESACCI-LST-L3C-LST-SSMI13-0.25deg_1MONTHLY_ASC-20081201000000-fv2.33.nc"
    assert passes[1][2].name == "ESACCI-LST-L3C-LST-SSMI17-0.25deg_1MONTHLY_DES-20090101000000-fv2.33.nc"
    what = cci_lst.granule(passes[1][2])
    assert what == cci_lst.Granule(np.datetime64("2009-01"), "DES", "SSMI17", "2.33")


def test_pair_is_the_mean_where_both_passes_see_the_cell(passes):
    up, down = (earth(seed=seed)["land_surface_temperature"].values[2] for seed in (1, 2))
    found = cci_lst.pair(passes[0][2], passes[1][2])["land_surface_temperature"].values[0]
    np.testing.assert_allclose(found, (up + down) / 2, rtol=0, atol=0.005 + 1e-9)
    assert np.isnan(found[1, 20]) and np.isnan(found[2, 20]) and np.isfinite(found[3, 20])


def test_pair_of_other_packing_and_orientation_is_the_same(tmp_path, passes):
    other = write(earth(seed=2), tmp_path / "float", overpass="DES", packing="float", north_first=True)
    np.testing.assert_allclose(
        cci_lst.pair(passes[0][0], other[0])["land_surface_temperature"].values,
        cci_lst.pair(passes[0][0], passes[1][0])["land_surface_temperature"].values,
        rtol=0,
        atol=0.0026,
    )


def test_pair_refuses_what_is_no_pair(tmp_path, passes):
    up, down = passes
    for first, second in ((down[0], up[0]), (up[0], up[0]), (up[0], down[1])):
        with pytest.raises(FormatError, match=f"{second.name}.*beside ASC of one month"):
            cci_lst.pair(first, second)
    coarse = earth(seed=2).coarsen(lat=2, lon=2).mean()
    with pytest.raises(FormatError, match="expected the grid of"):
        cci_lst.pair(up[0], write(coarse, tmp_path / "coarse", overpass="DES")[0])


def test_series_across_the_change_of_sensor(passes):
    up, down = passes
    found = cci_lst.series([*down[::-1], *up])
    np.testing.assert_array_equal(found["time"].values, earth()["time"].values)
    for index in range(4):
        expected = cci_lst.pair(up[index], down[index])["land_surface_temperature"].values[0]
        np.testing.assert_array_equal(found["land_surface_temperature"].values[index], expected)
    assert found.attrs["missing_months"] == 0


def test_missing_month_or_pass(passes):
    up, down = passes
    with pytest.raises(FormatError, match=r"no \*1MONTHLY_ASC and DES-200812\* for 2008-12"):
        cci_lst.series([up[0], *up[2:], down[0], *down[2:]])
    rest = [*up, *down[:1], *down[2:]]
    with pytest.raises(FormatError, match=r"no \*1MONTHLY_DES-200812\*"):
        cci_lst.series(rest)
    found = cci_lst.series(rest, allow_missing=True)
    assert found.attrs["missing_months"] == 1 and found.sizes["time"] == 4
    assert (
        np.isnan(found["land_surface_temperature"].values[1]).all()
        and np.isfinite(found["land_surface_temperature"].values[2]).any()
    )
    with pytest.raises(FormatError, match="200903"):
        cci_lst.catalogue([*up, *down], years=(2009, 2009))
    with pytest.raises(FormatError, match="found none"):
        cci_lst.catalogue([*up, *down], years=(2001, 2002))
    with pytest.raises(FormatError, match="with both passes, found none"):
        cci_lst.series(up, allow_missing=True)


def test_duplicate_month_and_later_version(tmp_path, passes):
    up, down = passes
    again = write(earth(), tmp_path, overpass="ASC", stamp="000000")
    with pytest.raises(FormatError, match="2008-11 ASC .* once"):
        cci_lst.catalogue([*up, again[0], *down])
    older = write(earth(seed=7), tmp_path, overpass="ASC", version="2.23")
    for order in ([*older, *up, *down], [*up, *down, *older]):
        assert [item.ascending for item in cci_lst.catalogue(order)] == up


@pytest.mark.parametrize(
    "name, words",
    [
        ("ESACCI-LST-L3C-LST-SSMI17-0.25deg_1MONTHLY_ASC-20081201000000-fv2.33.nc", "expected sensor SSMI13 in 2008"),
        ("ESACCI-LST-L3C-LST-SSMI13-0.25deg_1MONTHLY_ASC-200901000000-fv2.33.nc", "expected sensor SSMI17 in 2009"),
        ("ESACCI-LST-L3C-LST-SSMI13-0.25deg_1DAILY_ASC-20081201000000-fv2.33.nc", "daily files"),
        ("ESACCI-LST-L3C-LST-SSMI13-0.125deg_1MONTHLY_ASC-20081201000000-fv5.11.nc", "0.125 degree record"),
        ("ESACCI-LST-L3C-LST-SSMI13-0.25deg_1MONTHLY_ASC-20081201000000-fv6.04.nc", "version 2.23 or 2.33"),
        ("ESACCI-LST-L3C-LST-SSMI13-0.25deg_1MONTHLY_ASC-20081301000000-fv2.33.nc", "expected a name"),
        ("lst.nc", "expected a name"),
    ],
)
def test_foreign_names(passes, name, words):
    path = passes[0][1].rename(passes[0][1].with_name(name))
    for call in (cci_lst.check, cci_lst.read):
        with pytest.raises(FormatError, match=f"{name}.*{words}"):
            call(path)


def test_finer_record_under_an_old_name(tmp_path):
    lat, lon = np.arange(0.0625, 2, 0.125), np.arange(0.0625, 2, 0.125)
    fine = xr.Dataset(
        {"land_surface_temperature": (("time", "lat", "lon"), np.full((1, 16, 16), 290.0))},
        {"time": [np.datetime64("2001-01-01", "ns")], "lat": lat, "lon": lon},
    )
    path = write(fine, tmp_path, overpass="ASC")[0]
    with pytest.raises(FormatError, match=f"{path.name}.*step of 0.125 degrees"):
        cci_lst.check(path)


def swap(raw):
    lat = raw["lat"][:]
    raw["lat"][:], raw["lon"][:18] = raw["lon"][:18], lat


ALTERATIONS = {
    "wrong unit": (lambda raw: raw["lst"].setncattr("units", "degC"), "unit 'degC'"),
    "missing variable": (lambda raw: raw.renameVariable("lst", "t"), "expected variable lst"),
    "missing axis": (lambda raw: raw.renameVariable("lon", "x"), "expected variable lon"),
    "swapped axes": (swap, "axes are swapped"),
    "swapped units": (lambda raw: raw["lon"].setncattr("units", "degrees_north"), "axes are swapped"),
    "other month": (lambda raw: raw["time"].__setitem__(0, 0.0), "month 2008-12 of its name, found 1981-01-01"),
    "repeated latitude": (lambda raw: raw["lat"].__setitem__(4, raw["lat"][3]), "repeated or missing lat"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_altered_file_is_named_in_a_sentence(passes, name):
    change, words = ALTERATIONS[name]
    path = passes[0][1]
    with netCDF4.Dataset(path, "a") as raw:
        change(raw)
    for call in (cci_lst.check, cci_lst.read, lambda path: cci_lst.series(passes[0] + passes[1])):
        with pytest.raises(FormatError, match=words) as error:
            call(path)
        assert path.name in str(error.value) and str(error.value).endswith(".")


def test_lost_scale_and_lost_fill(tmp_path):
    path = write(earth(), tmp_path, overpass="ASC")[0]
    raw = xr.load_dataset(path, mask_and_scale=False)
    expected = cci_lst.read(path)
    raw["lst"].attrs = {"units": "kelvin"}
    raw.to_netcdf(path)
    with pytest.raises(FormatError, match=f"{path.name}.*up to 400 K"):
        cci_lst.read(path)
    path = write(earth(), tmp_path, overpass="ASC", packing="float")[0]
    raw = xr.load_dataset(path, mask_and_scale=False)
    del raw["lst"].attrs["_FillValue"]
    raw.to_netcdf(path, encoding={"lst": {"_FillValue": None}})
    np.testing.assert_allclose(
        cci_lst.read(path)["land_surface_temperature"], expected["land_surface_temperature"], atol=0.0051, rtol=0
    )


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_cut_file(passes, share):
    path = passes[0][1]
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for call in (cci_lst.check, cci_lst.read, lambda path: cci_lst.pair(path, passes[1][1])):
        with pytest.raises(FormatError, match=path.name):
            call(path)


def test_login_page(passes):
    path = passes[0][1]
    path.write_bytes(b"<!DOCTYPE html><html><title>CEDA login</title></html>")
    for call in (cci_lst.check, cci_lst.read):
        with pytest.raises(FormatError, match=f"{path.name}.*HTML page"):
            call(path)


def test_same_data_give_the_same_bytes(tmp_path, passes):
    again = write(earth(), tmp_path / "again", overpass="ASC")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in passes[0]]
