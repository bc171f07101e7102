"""ERA5-Land: three layouts, three routes, ZIPs, streams, and damage; the real files against plain xarray and cfgrib."""

import shutil
import zipfile
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from damage import cut, login_page

from vadose.core import calendar
from vadose.formats import canonical, era5_land
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.era5_land import write

ALL = ("soil_moisture", "precipitation", "evapotranspiration", "air_temperature")
STATES = ("soil_moisture", "air_temperature")
LAYOUTS = ("netcdf", "legacy", "grib")


def world(months: np.ndarray, layers=(1, 2, 3)) -> xr.Dataset:
    """10 degree nodes with both poles, ocean missing, dry cells without any rain."""
    rng = np.random.default_rng(4)
    lat, lon = np.arange(-90.0, 91, 10), np.arange(-180.0, 180, 10)
    shape = (months.size, lat.size, lon.size)
    moisture = rng.uniform(0.02, 0.5, (months.size, len(layers), lat.size, lon.size))
    rain, evaporation, warmth = (
        rng.gamma(0.7, 80.0, shape),
        rng.uniform(-2.0, 140.0, shape),
        rng.uniform(230.0, 310.0, shape),
    )
    rain[:, 12] = 0.0
    ocean = rng.uniform(size=shape[1:]) < 0.5
    for field in (rain, evaporation, warmth):
        field[:, ocean] = np.nan
    moisture[:, :, ocean] = np.nan
    dims = ("time", "lat", "lon")
    return xr.Dataset(
        {
            "soil_moisture": (("time", "layer", "lat", "lon"), moisture),
            "precipitation": (dims, rain),
            "evapotranspiration": (dims, evaporation),
            "air_temperature": (dims, warmth),
        },
        coords={"time": months, "layer": list(layers), "lat": lat, "lon": lon},
    )


def tolerance(layout: str, field: xr.DataArray) -> np.ndarray:
    """Half a packing step (for accumulations of a month's metres a day) plus float32."""
    span = float(field.max() - field.min())
    steps = {"netcdf": np.inf, "legacy": 2**16 - 4, "grib": 2**24 - 1}[layout]
    months = (
        31 / 28 if field.name in ("precipitation", "evapotranspiration") else 1.0
    )  # the step is uniform in metres a day
    return months * 1.2 * span / steps / (1 if layout == "grib" else 2) + 4e-7 * float(np.abs(field).max())


def agree(found: xr.Dataset, expected: xr.Dataset, layout: str) -> None:
    np.testing.assert_array_equal(found["time"].values, expected["time"].values)
    for axis in ("lat", "lon"):
        np.testing.assert_allclose(found[axis].values, expected[axis].values, rtol=0, atol=1e-9)
    for name in found.data_vars:
        np.testing.assert_array_equal(np.isnan(found[name].values), np.isnan(expected[name].values), err_msg=name)
        assert float(np.abs(found[name] - expected[name]).max()) <= tolerance(layout, expected[name]), name


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_monthly_means_round_trip(layout, zipped, tmp_path):
    earth = world(calendar.months(2003, 2003)[:3])
    path = write(earth, tmp_path / "era5_land_2003.nc", layout=layout, zipped=zipped)  # the extension says nothing
    era5_land.check(path, ALL)
    found = era5_land.read(path, ALL)
    agree(found, earth, layout)
    np.testing.assert_allclose(found["layer_bottom"] - found["layer_top"], [0.07, 0.21, 0.72], rtol=1e-12)
    assert found["soil_moisture"].attrs["units"] == "m3 m-3" and found["precipitation"].attrs["units"] == "kg m-2"
    np.testing.assert_array_equal(era5_land.times_of(path), earth["time"].values)
    assert sorted(tmp_path.iterdir()) == [path]  # no index beside the data
    if layout != "grib":
        assert np.nanmin(found["precipitation"].values) == 0.0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_hours_become_months(layout, tmp_path):
    earth = world(calendar.months(2003, 2003)[1:2]).isel(lat=slice(10, 16), lon=slice(0, 12), drop=False)
    wanted = ALL if layout == "netcdf" else ("precipitation", "air_temperature")
    earth = earth[list(wanted)]
    path = write(
        earth,
        tmp_path / "hours.nc",
        layout=layout,
        route="hourly",
        amplitude=0.0 if layout == "legacy" else 0.3,
        east=False,
    )
    found = era5_land.read(path, wanted, route="hourly")
    np.testing.assert_array_equal(found["time"].values, earth["time"].values)
    for name in wanted:
        # A packed sum of 28 days errs by up to 28 half steps; a running sum is packed over its own range.
        scale = {"netcdf": 1e-6, "grib": 1e-6, "legacy": 1.0 / 2**16}[layout]
        assert float(np.abs(found[name] - earth[name]).max()) <= 2 * scale * float(np.abs(earth[name]).max()), name
        np.testing.assert_array_equal(np.isnan(found[name].values), np.isnan(earth[name].values))
    np.testing.assert_array_equal(era5_land.times_of(path), earth["time"].values)


def test_hourly_totals_come_from_midnight_not_from_adding_hours(tmp_path):
    earth = world(calendar.months(2003, 2003)[1:2]).isel(lat=slice(12, 14), lon=slice(0, 12))
    path = write(earth[["precipitation"]], tmp_path / "hours.nc", route="hourly", amplitude=0.0)
    with netCDF4.Dataset(path) as file:
        running = file["tp"][:].filled(np.nan)
    naive = running.sum(axis=0) * 1000
    right = era5_land.read(path, ("precipitation",), route="hourly")["precipitation"].values[0]
    assert np.nanmax(naive) > 10 * np.nanmax(right)
    expected = earth["precipitation"].values[0]
    np.testing.assert_allclose(right, expected, rtol=1e-5)


def pieces_of_month(tmp_path, layout="netcdf") -> tuple[xr.Dataset, list[Path]]:
    """A month of hours in three files, as field limits force one to request it."""
    earth = world(calendar.months(2003, 2003)[1:2]).isel(lat=slice(12, 14), lon=slice(0, 12))
    whole = write(earth, tmp_path / "whole.nc", route="hourly", east=False)
    files = []
    with xr.open_dataset(whole, engine="netcdf4") as hours:
        for number, (first, last) in enumerate(
            [("2003-02-01", "2003-02-10"), ("2003-02-11", "2003-02-20"), ("2003-02-21", "2003-03-01")]
        ):
            files.append(tmp_path / f"part{number}.nc")
            hours.sel(valid_time=slice(first, last)).to_netcdf(files[-1], engine="netcdf4")
    return earth, files


def test_a_month_of_hours_in_several_files(tmp_path):
    earth, files = pieces_of_month(tmp_path)
    found = era5_land.read(files, ALL, route="hourly")
    for name in ALL:
        np.testing.assert_allclose(
            found[name].values, earth[name].values, rtol=2e-6, atol=1e-6 * float(np.abs(earth[name]).max())
        )


def test_missing_hours_and_overlaps_are_named(tmp_path):
    _, files = pieces_of_month(tmp_path)
    with pytest.raises(FormatError, match="672 steps of swvl1 in 2003-02, found 432 .first missing: 2003-02-11T00"):
        era5_land.read([files[0], files[2]], ("soil_moisture",), route="hourly")
    with pytest.raises(FormatError, match="28 steps of tp in 2003-02, found 19 .first missing: 2003-02-21T00"):
        era5_land.read(files[:2], ("precipitation",), route="hourly")
    with pytest.raises(FormatError, match="part1.nc: expected every time of swvl1 once, found 2003-02-11T00 twice"):
        era5_land.read([*files, files[1]], ("soil_moisture",), route="hourly")


def test_memory_does_not_grow_with_the_steps(tmp_path, monkeypatch):
    earth = world(calendar.months(2003, 2003)[1:2]).isel(lat=slice(12, 14), lon=slice(0, 12))
    path = write(earth[["soil_moisture"]], tmp_path / "days.nc", route="daily_statistics")
    held = []
    original = era5_land.layouts.Piece.__init__

    def watching(self, name, unit, times, lat, lon, fields, *evidence):
        def counted(index, rows):
            held.append(np.size(index))
            return fields(index, rows)

        original(self, name, unit, times, lat, lon, counted, *evidence)

    monkeypatch.setattr(era5_land.layouts.Piece, "__init__", watching)
    small = era5_land.read(path, route="daily_statistics")
    assert sum(held) == 3 * 28 and max(held) == 24  # small fields: 24 at a time
    held.clear()
    monkeypatch.setattr(era5_land.routes, "BATCH", 1)
    xr.testing.assert_identical(era5_land.read(path, route="daily_statistics"), small)
    assert sum(held) == 3 * 28 and max(held) == 1  # large fields: one by one


def test_daily_means_become_months(tmp_path):
    earth = world(calendar.months(2004, 2004)[1:3])[list(STATES)]
    path = write(earth, tmp_path / "daily.nc", route="daily_statistics", amplitude=0.3)
    agree(era5_land.read(path, STATES, route="daily_statistics"), earth, "netcdf")
    days = era5_land.read(path, STATES, route="daily_statistics", monthly=False)
    assert days.sizes["time"] == 29 + 31 and days["time"].values[28] == np.datetime64("2004-02-29")
    with pytest.raises(ValueError, match="running sum"):
        era5_land.read(path, ("precipitation",), route="daily_statistics")


def days_of(path: Path, target: Path, keep) -> Path:
    with xr.open_dataset(path, engine="netcdf4") as days:
        days.isel(valid_time=keep).to_netcdf(target, engine="netcdf4")
    return target


def test_missing_and_duplicate_days(tmp_path):
    earth = world(calendar.months(2004, 2004)[1:2])[["soil_moisture"]]
    path = write(earth, tmp_path / "daily.nc", route="daily_statistics")
    short = days_of(path, tmp_path / "short.nc", [day for day in range(29) if day != 10])
    with pytest.raises(
        FormatError, match="short.nc: expected 29 steps of swvl1 in 2004-02, found 28 .first missing: 2004-02-11"
    ):
        era5_land.read(short, route="daily_statistics")
    double = days_of(path, tmp_path / "double.nc", [*range(29), 4])
    for call in (lambda: era5_land.read(double, route="daily_statistics"), lambda: era5_land.check(double)):
        with pytest.raises(FormatError, match="double.nc: expected every time of swvl1 once, found 2004-02-05"):
            call()
    with pytest.raises(
        FormatError,
        match="expected monthly means of ERA5-Land.*found days, first at 2004-02-01T00.*route daily_statistics",
    ):
        era5_land.read(path)


def test_layers_and_latitudes_are_chosen(tmp_path):
    earth = world(calendar.months(2003, 2003)[:1], layers=(1, 2, 3, 4))
    for layout in LAYOUTS:
        path = write(earth, tmp_path / f"{layout}.nc", layout=layout)
        whole = era5_land.read(path, layers=(1, 2, 3, 4))
        north = era5_land.read(path, layers=(2, 4), latitudes=(0.0, 60.0))
        xr.testing.assert_identical(north, whole.sel(layer=[2, 4], lat=slice(0.0, 60.0)))
        assert north["lat"].values[0] == 0.0 and list(north["layer_bottom"].values) == [0.28, 2.89]


def test_new_stream_labels_prefer_final(tmp_path):
    earth = world(calendar.months(2003, 2003)[:3])[["soil_moisture"]]
    path = write(earth, tmp_path / "a.nc", provisional_from=np.datetime64("2003-03-01"))
    agree(era5_land.read(path), earth, "netcdf")
    with xr.open_dataset(path, engine="netcdf4") as months:
        assert list(months["expver"].values) == ["0001", "0001", "0005"]
        again = months.isel(valid_time=[0]).assign_coords(expver=("valid_time", np.array(["0005"], dtype=object))) * 0.5
        both = xr.concat([again, months], "valid_time")
        for name in both.data_vars:
            both[name].attrs = months[name].attrs
        both.to_netcdf(tmp_path / "b.nc", engine="netcdf4")
    agree(era5_land.read(tmp_path / "b.nc"), earth, "netcdf")  # January of the preliminary stream is not taken


def test_legacy_stream_dimension_is_combined_not_added(tmp_path):
    earth = world(calendar.months(2003, 2003)[:3])
    path = write(earth, tmp_path / "mixed.nc", layout="legacy", provisional_from=np.datetime64("2003-02-01"))
    with netCDF4.Dataset(path, "a") as file:
        assert file["tp"].dimensions == ("time", "expver", "latitude", "longitude") and file["swvl1"].dtype == np.int16
        file.set_auto_maskandscale(False)
        file["tp"][0, 1] = file["tp"][0, 0]  # both streams filled at the seam: a sum would count January twice
    agree(era5_land.read(path, ALL), earth, "legacy")


def test_layout_traps_are_in_the_files(tmp_path):
    earth = world(calendar.months(2003, 2003)[:2])
    with netCDF4.Dataset(write(earth, tmp_path / "new.nc")) as file:
        assert file["swvl1"].dimensions == ("valid_time", "latitude", "longitude") and file["swvl1"].dtype == np.float32
        assert np.isnan(file["swvl1"]._FillValue) and file["number"].shape == () and file["latitude"][0] == 90.0
        assert (
            file["longitude"][0] == 0.0
            and file["longitude"][-1] == 350.0
            and file["valid_time"].units == "seconds since 1970-01-01"
        )
        assert np.nanmax(file["e"][:].filled(np.nan)) > 0 > np.nanmin(file["e"][:].filled(np.nan))
    with netCDF4.Dataset(write(earth, tmp_path / "old.nc", layout="legacy")) as file:
        assert file["time"].units.startswith("hours since 1900-01-01") and file["latitude"].dtype == np.float32
    cfgrib = pytest.importorskip("cfgrib")
    grib = write(earth[["air_temperature"]], tmp_path / "a.grib", layout="grib")
    dataset = cfgrib.open_dataset(grib, indexpath="")
    assert list(dataset["valid_time"].values) == list(
        earth["time"].values + np.timedelta64(1, "D")
    )  # the second of the month
    assert dataset["t2m"].attrs["GRIB_stepType"] == "avgid"
    archive = write(earth, tmp_path / "z.nc", zipped=True)
    assert archive.read_bytes()[:4] == b"PK\x03\x04"
    assert zipfile.ZipFile(archive).namelist() == [
        "data_stream-moda_stepType-instant.nc",
        "data_stream-moda_stepType-accum.nc",
    ]


def test_grib_equals_cfgrib(tmp_path):
    cfgrib = pytest.importorskip("cfgrib")
    earth = world(calendar.months(2003, 2003)[:2])[["air_temperature"]]
    path = write(earth, tmp_path / "a.grib", layout="grib")
    plain = cfgrib.open_dataset(path, indexpath="")["t2m"]
    plain = plain.assign_coords(longitude=(plain["longitude"] + 180) % 360 - 180).sortby(["latitude", "longitude"])
    np.testing.assert_array_equal(era5_land.read(path, ("air_temperature",))["air_temperature"].values, plain.values)


def test_repeated_date_line_is_dropped(tmp_path):
    earth = world(calendar.months(2003, 2003)[:1])
    path = write(earth, tmp_path / "a.nc", east=False)
    with xr.open_dataset(path, engine="netcdf4") as dataset:
        seam = dataset.isel(longitude=[0]).assign_coords(longitude=[180.0])
        xr.concat([dataset, seam], "longitude", data_vars="minimal", coords="minimal", compat="override").to_netcdf(
            tmp_path / "b.nc", engine="netcdf4"
        )
    agree(era5_land.read(tmp_path / "b.nc", ALL), earth, "netcdf")


@pytest.fixture(params=[(layout, zipped) for layout in LAYOUTS for zipped in (False, True)], ids=str)
def sound(request, tmp_path) -> Path:
    layout, zipped = request.param
    earth = world(calendar.months(2003, 2003)[:2])
    return write(earth, tmp_path / "made" / "era5_land.nc", layout=layout, zipped=zipped)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_cut_file(sound, tmp_path, share):
    path = cut(sound, tmp_path / "era5_land.nc", share)
    with pytest.raises(FormatError, match="cut or corrupt|empty file") as caught:
        era5_land.read(path, ALL)
    assert path.name in str(caught.value)


def test_login_page(tmp_path):
    for call in (era5_land.check, era5_land.read, era5_land.times_of):
        with pytest.raises(FormatError, match="era5_land.nc: expected ERA5-Land.*HTML page.*credentials"):
            call(login_page(tmp_path / "era5_land.nc"))


def test_login_page_inside_a_zip(tmp_path):
    path = tmp_path / "era5_land.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.nc", "<html><body>licence not accepted</body></html>")
    with pytest.raises(FormatError, match=r"era5_land.zip \(member data.nc\): expected ERA5-Land.*found HTML page"):
        era5_land.read(path)


@pytest.fixture
def new(tmp_path) -> Path:
    return write(world(calendar.months(2003, 2003)[:2]), tmp_path / "new.nc")


def both(path: Path, message: str, variables=ALL) -> None:
    for call in (era5_land.check, era5_land.read):
        with pytest.raises(FormatError, match=message) as caught:
            call(path, variables)
        assert path.name in str(caught.value)


def test_wrong_unit(new):
    with netCDF4.Dataset(new, "a") as file:
        file["tp"].units = "mm"
    both(new, "expected tp in m, found unit 'mm'")
    era5_land.check(new)  # only what is asked for counts


def test_missing_variable(new):
    with pytest.raises(FormatError, match="new.nc: expected variable swvl4 of ERA5-Land, found e, swvl1"):
        era5_land.read(new, layers=(1, 4))
    with pytest.raises(FormatError, match="expected variable swvl4"):
        era5_land.check(new, layers=(1, 4))


def test_swapped_axes(new, tmp_path):
    with xr.open_dataset(new, engine="netcdf4") as dataset:
        dataset.transpose("valid_time", "longitude", "latitude").to_netcdf(tmp_path / "dims.nc", engine="netcdf4")
        dataset.rename({"latitude": "longitude", "longitude": "latitude"}).to_netcdf(
            tmp_path / "names.nc", engine="netcdf4"
        )
    both(tmp_path / "dims.nc", "swapped")
    both(tmp_path / "names.nc", "swapped")


def test_no_axes_at_all(tmp_path):
    xr.Dataset({"swvl1": ("x", np.zeros(3))}).to_netcdf(tmp_path / "x.nc", engine="netcdf4")
    both(tmp_path / "x.nc", "expected axes latitude, longitude, valid_time or time")


def test_duplicate_month(new, tmp_path):
    with xr.open_dataset(new, engine="netcdf4") as dataset:
        dataset.isel(valid_time=[0, 1, 1]).to_netcdf(tmp_path / "twice.nc", engine="netcdf4")
    both(tmp_path / "twice.nc", "found 2003-02")


def test_duplicate_and_missing_month_in_grib(tmp_path):
    paths = [
        write(world(calendar.months(2003, 2003)[:1])[list(chosen)], tmp_path / f"{index}.grib", layout="grib")
        for index, chosen in enumerate([ALL, ("air_temperature",)])
    ]
    double = tmp_path / "double.grib"
    double.write_bytes(paths[0].read_bytes() + paths[1].read_bytes())
    both(double, "found 2003-01")
    later = write(world(calendar.months(2003, 2003)[1:2])[["air_temperature"]], tmp_path / "later.grib", layout="grib")
    uneven = tmp_path / "uneven.grib"
    uneven.write_bytes(paths[0].read_bytes() + later.read_bytes())
    with pytest.raises(
        FormatError, match="uneven.grib: expected swvl1 for every time of the other variables, found 2003-02 missing"
    ):
        era5_land.read(uneven, ALL)


def test_files_of_different_grids(tmp_path):
    earth = world(calendar.months(2003, 2003)[:2])
    first = write(earth.isel(time=[0]), tmp_path / "first.nc")
    second = write(earth.isel(time=[1], lat=slice(2, None)), tmp_path / "second.nc")
    with pytest.raises(FormatError, match="second.nc: expected swvl1 on the grid of the other"):
        era5_land.read([first, second])


def test_questions_are_checked(new):
    with pytest.raises(ValueError, match="variables"):
        era5_land.read(new, ("runoff",))
    with pytest.raises(ValueError, match="route"):
        era5_land.read(new, route="weekly")
    with pytest.raises(ValueError, match="layers"):
        era5_land.read(new, layers=(5,))
    with pytest.raises(ValueError, match="latitudes"):
        era5_land.read(new, latitudes=(91.0, 95.0))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_writing_is_reproducible(layout, tmp_path):
    earth = world(calendar.months(2003, 2003)[:2])
    bytes_ = [write(earth, tmp_path / name, layout=layout, zipped=True).read_bytes() for name in ("a.nc", "b.nc")]
    assert bytes_[0] == bytes_[1]


@pytest.mark.real
@pytest.mark.parametrize(("kind", "name"), [("t2m", "air_temperature"), ("prcp", "precipitation")])
def test_real_legacy(shared, kind, name):
    path = shared / "real" / "era5_land" / f"sel_era5_land_monthly_{kind}_1981-2018.nc"
    era5_land.check(path, (name,))
    found = era5_land.read(path, (name,))[name]
    np.testing.assert_array_equal(found["time"].values, calendar.months(1981, 2018))
    with xr.open_dataset(path, engine="netcdf4") as plain:
        expected = plain["t2m" if kind == "t2m" else "tp"].sortby("latitude").values.astype(float)
    if kind == "prcp":
        expected = expected * 1000 * calendar.days_in_month(found["time"].values)[:, None, None]
    np.testing.assert_allclose(found.values, expected, rtol=3e-7, atol=1e-6)
    np.testing.assert_array_equal(found["lat"].values, [46.6, 46.7, 46.8, 46.9, 47.0, 47.1][: found.sizes["lat"]])


@pytest.mark.real
def test_real_legacy_invariant(shared):
    path = shared / "real" / "era5_land" / "sel_era5_land_invariant.nc"
    found = era5_land.read(path, ("land_sea_mask", "geopotential"))
    with netCDF4.Dataset(path) as plain:
        np.testing.assert_allclose(found["land_sea_mask"].values, plain["lsm"][:][:, ::-1], rtol=0, atol=1e-7)
        np.testing.assert_allclose(found["geopotential"].values, plain["z"][:][:, ::-1], rtol=1e-7)


@pytest.mark.real
@pytest.mark.parametrize("which", ["baseline", "observation"])
def test_real_daily_statistics(shared, which):
    path = shared / "real" / "era5_land" / f"gxc_link_daily_{which}.nc"
    era5_land.check(path, ("air_temperature",))
    found = era5_land.read(path, ("air_temperature",), route="daily_statistics", monthly=False)["air_temperature"]
    with xr.open_dataset(path, engine="netcdf4") as plain:
        plain = plain["t2m"].sortby("latitude")
        np.testing.assert_array_equal(found.values, plain.values)
        np.testing.assert_array_equal(found["time"].values, plain["valid_time"].values.astype("datetime64[D]"))
        np.testing.assert_allclose(found["lon"].values, plain["longitude"].values, rtol=0, atol=1e-12)
    with pytest.raises(FormatError, match="expected 31 steps of t2m in"):  # single days are no month
        era5_land.read(path, ("air_temperature",), route="daily_statistics")


@pytest.mark.real
@pytest.mark.parametrize("which", ["baseline", "observation"])
def test_real_grib_is_stamped_at_the_month_start(shared, which, tmp_path):
    cfgrib = pytest.importorskip("cfgrib")
    path = shutil.copy(shared / "real" / "era5_land" / f"gxc_link_monthly_{which}.grib", tmp_path)
    plain = cfgrib.open_dataset(path, indexpath="")
    found = era5_land.read(path, ("air_temperature",))["air_temperature"]
    assert np.all(np.atleast_1d(plain["valid_time"].values) - found["time"].values == np.timedelta64(1, "D"))
    np.testing.assert_array_equal(found["time"].values, np.atleast_1d(plain["time"].values))
    np.testing.assert_array_equal(found.values, np.atleast_3d(plain["t2m"].values).reshape(found.shape)[:, ::-1])
    assert [each.name for each in tmp_path.iterdir()] == [Path(path).name]


@pytest.mark.real
def test_real_land_masks_are_not_taken_for_era5_land(shared):
    for path in sorted((shared / "real" / "ecmwf_landmask").iterdir()):
        with pytest.raises(FormatError) as caught:
            era5_land.read(path)
        assert path.name in str(caught.value)


@pytest.mark.real
@pytest.mark.parametrize(("name", "step"), [("era5_landmask_0.1_0.1.nc", 0.1), ("era5_landmask_0.25_0.25.nc", 0.25)])
def test_real_global_nodes_are_oriented(shared, name, step):
    """The native axes of ERA5 and ERA5-Land: float32 nodes with both poles from the north, longitudes from 0 (the masks
    are of another maker)."""
    path = shared / "real" / "ecmwf_landmask" / name
    with xr.open_dataset(path, engine="netcdf4") as plain:
        assert (
            plain["latitude"].dtype == np.float32
            and float(plain["latitude"][0]) == 90.0
            and float(plain["longitude"][0]) == 0.0
        )
        found = canonical.orient(plain.rename(latitude="lat", longitude="lon"), path)
        rows, columns = round(180 / step) + 1, round(360 / step)
        np.testing.assert_allclose(found["lat"].values, np.linspace(-90, 90, rows), rtol=0, atol=1e-9)
        np.testing.assert_allclose(found["lon"].values, -180 + step * np.arange(columns), rtol=0, atol=1e-9)
        here = {"lat": round((90 + 50.5) / step), "lon": round((180 - 100) / step)}  # 50.5 N, 100 W
        there = plain["land"].sel(latitude=50.5, longitude=260.0, method="nearest")
        assert float(found["land"].isel(here)) == float(there)
        np.testing.assert_array_equal(
            np.sort(found["land"].values, axis=None), np.sort(plain["land"].values, axis=None)
        )


def test_two_areas_of_the_same_months_are_one(tmp_path):
    earth = world(calendar.months(2003, 2003)[:2])[["soil_moisture"]]
    halves = [earth.isel(lon=slice(0, 20)), earth.isel(lon=slice(20, None))]
    paths = [
        write(half, tmp_path / f"{index}.nc", east=False, layout=layout)
        for index, (half, layout) in enumerate(zip(halves, ("netcdf", "legacy")))
    ]
    agree(era5_land.read(paths), earth, "legacy")
    (months,) = era5_land.months(paths[::-1], ("soil_moisture",), (2003, 2003))
    agree(months, earth, "legacy")
    with pytest.raises(FormatError, match="repeated or missing lon"):
        era5_land.read([paths[0], write(earth.isel(lon=slice(23, 30)), tmp_path / "c.nc", east=False)])


def test_members_and_files_of_other_variables_are_passed_over(tmp_path):
    earth = world(calendar.months(2003, 2003)[:2])[["soil_moisture"]]
    sound = write(earth, tmp_path / "land.nc")
    with netCDF4.Dataset(tmp_path / "waves.nc", "w") as file:  # no axes that a field of land has
        file.createDimension("x", 3)
        file.createVariable("swh", "f4", ("x",))
    bundle = tmp_path / "both.nc"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.write(tmp_path / "waves.nc", "data_0.nc")
        archive.write(sound, "data_1.nc")
    agree(era5_land.read(bundle), earth, "netcdf")
    era5_land.check(bundle, route="monthly_means")
    other = write(world(calendar.months(2003, 2003)[:2])[["air_temperature"]], tmp_path / "t2m.nc")
    (months,) = era5_land.months([other, sound], ("soil_moisture",), (2003, 2003))
    agree(months, earth, "netcdf")


def test_streams_of_one_grib_file_are_told_apart(tmp_path):
    earth = world(calendar.months(2003, 2003)[:1]).isel(lat=slice(10, 14), lon=slice(0, 6))[["air_temperature"]]
    parts = [
        write(earth, tmp_path / f"{route}.grib", layout="grib", route=route, amplitude=0.3, east=False)
        for route in ("hourly", "monthly_means")
    ]
    both = tmp_path / "both.grib"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    for route in ("hourly", "monthly_means"):
        found = era5_land.read(both, ("air_temperature",), route=route)
        np.testing.assert_allclose(found["air_temperature"].values, earth["air_temperature"].values, rtol=1e-5)


def altered(path: Path, history: str, stamp: float) -> Path:
    with netCDF4.Dataset(path, "a") as file:
        file.history = history
        file["valid_time"][:] = file["valid_time"][:] + stamp
    return path


@pytest.mark.parametrize(
    "history, seconds, words",
    [
        ('{"stream": ["mnth"]}', 3600, "by_hour_of_day"),
        ('{"stream": ["oper"]}', 0, "one hour a month .stream oper."),
        ("", 43200, "one hour a month, first at 2003-01-01T12"),
        ("from reanalysis-era5-single-levels-monthly-means", 0, "monthly means of ERA5 "),
    ],
)
def test_what_is_no_monthly_mean_of_the_product_is_named(new, history, seconds, words):
    both(altered(new, history, seconds), words)


def test_a_daily_maximum_is_no_mean(tmp_path):
    path = write(
        world(calendar.months(2003, 2003)[:1])[["air_temperature"]], tmp_path / "d.nc", route="daily_statistics"
    )
    altered(path, "daily_reduce(2m_temperature_0, how=max, **{})", 0)
    with pytest.raises(FormatError, match="daily statistic max. Request daily_mean"):
        era5_land.read(path, ("air_temperature",), route="daily_statistics")


@pytest.mark.parametrize("layout", ["netcdf", "legacy"])
def test_soil_water_below_zero_is_snapped_or_missing_and_counted(layout, tmp_path):
    earth = world(calendar.months(2003, 2003)[:1])[["soil_moisture"]]
    values = earth["soil_moisture"].values
    values[0, 0, 3, :4], values[0, 1, 5, 6] = -5e-6, -0.003
    path = write(earth, tmp_path / "dry.nc", layout=layout)
    found = era5_land.read(path)
    assert found.attrs["snapped_negatives"] == 4 and found.attrs["masked_negatives"] == 1
    assert (found["soil_moisture"].values[0, 0, 3, :4] == 0).all()
    assert np.isnan(found["soil_moisture"].values[0, 1, 5, 6]) and np.nanmin(found["soil_moisture"].values) == 0
