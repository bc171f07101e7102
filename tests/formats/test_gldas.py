"""GLDAS-Noah monthly: reader against writer, against netCDF4 on the real files, and against what archives really
send."""

import shutil
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr
from damage import cut, login_page

from vadose.core import calendar
from vadose.formats import gldas
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.gldas import write

ALL = tuple(gldas.NATIVE)


@pytest.fixture(scope="module")
def earth() -> xr.Dataset:
    """Five months around the change of the header, 10 degrees, forcing on more cells than the states, ice at
    saturation."""
    rng = np.random.default_rng(1)
    times = calendar.months(2020, 2020)[4:9]
    lat, lon = np.arange(-55.0, 90, 10), np.arange(-175.0, 180, 10)
    shape = (times.size, lat.size, lon.size)
    moisture = rng.uniform(2.0, 100.0, (times.size, 4, lat.size, lon.size)).astype(np.float32)
    moisture[:, :, -2:] = np.array([100, 300, 600, 1000], dtype=np.float32)[:, None, None]
    moisture[:, :, :3, :5] = np.nan
    rain = rng.gamma(0.5, 100.0, shape)
    rain[:, :3, :3] = np.nan
    rain[:, 5] = 0.0
    return xr.Dataset(
        {
            "soil_moisture": (("time", "layer", "lat", "lon"), moisture),
            "precipitation": (("time", "lat", "lon"), rain),
            "evapotranspiration": (
                ("time", "lat", "lon"),
                np.where(np.isnan(moisture[:, 0]), np.nan, rng.uniform(-1, 150, shape)),
            ),
            "air_temperature": (
                ("time", "lat", "lon"),
                np.where(np.isnan(rain), np.nan, rng.uniform(230, 310, shape)).astype(np.float32),
            ),
        },
        coords={"time": times, "layer": np.arange(1, 5), "lat": lat, "lon": lon},
    )


@pytest.fixture(scope="module")
def files(earth, tmp_path_factory) -> list[Path]:
    return write(earth, tmp_path_factory.mktemp("gldas"))


@pytest.fixture
def june(files, tmp_path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copy(files[1], tmp_path))


def test_round_trip_both_header_vintages(earth, files):
    assert [path.name for path in files] == [f"GLDAS_NOAH10_M.A2020{month:02d}.021.nc4" for month in range(5, 10)]
    back = xr.concat([gldas.read(path, ALL) for path in files], "time")
    np.testing.assert_array_equal(back["time"].values, earth["time"].values)
    np.testing.assert_array_equal(back["soil_moisture"].values, earth["soil_moisture"].values)
    np.testing.assert_array_equal(back["air_temperature"].values, earth["air_temperature"].values)
    for name in ("precipitation", "evapotranspiration"):
        np.testing.assert_allclose(back[name].values, earth[name].values, rtol=2**-23, err_msg=name)  # float32 rates
        assert back[name].attrs["units"] == "kg m-2"
    np.testing.assert_array_equal(back["lat"].values, earth["lat"].values)
    np.testing.assert_array_equal(back["lon"].values, earth["lon"].values)
    np.testing.assert_allclose(back["layer_bottom"] - back["layer_top"], [0.1, 0.3, 0.6, 1.0], rtol=1e-15)


def test_headers_of_the_two_vintages_differ_as_in_the_archive(files):
    with netCDF4.Dataset(files[1]) as old, netCDF4.Dataset(files[2]) as new:
        assert "calendar" in old["time"].ncattrs() and "CDO" in old.ncattrs() and "Conventions" in old.ncattrs()
        assert not {"calendar"} & set(new["time"].ncattrs()) and not {"CDO", "Conventions"} & set(new.ncattrs())
        assert list(old.variables)[0] == "time" and list(new.variables)[0] == "lat"
        assert (
            new["SoilMoi0_10cm_inst"].scale_factor == 1.0 and "scale_factor" not in old["SoilMoi0_10cm_inst"].ncattrs()
        )
        assert old.source != new.source and new.source.endswith("_202007")
        assert old["SoilMoi0_10cm_inst"].chunking() == [1, *old["SoilMoi0_10cm_inst"].shape[1:]]
        assert old.dimensions["time"].isunlimited()


def test_version_2_0_has_its_own_epoch(earth, tmp_path):
    year = earth.assign_coords(time=calendar.months(1948, 1948)[:5])
    paths = write(year, tmp_path, version="2.0")
    assert paths[0].name == "GLDAS_NOAH10_M.A194801.020.nc4" and gldas.version_of(paths[0]) == "2.0"
    with netCDF4.Dataset(paths[1]) as file:
        assert file["time"].units == "days since 1948-01-01 00:00:00" and file["time"][0] == 31.0
    back = gldas.read(paths[1])
    assert back["time"].values[0] == np.datetime64("1948-02-01")
    np.testing.assert_array_equal(back["soil_moisture"].values[0], earth["soil_moisture"].values[1])


def test_both_masks_are_kept(earth, files):
    back = gldas.read(files[0], ALL)
    states, forcing = (int(back[name].notnull().sum()) for name in ("evapotranspiration", "precipitation"))
    assert forcing - states == 6  # the fixture's forcing covers six more cells
    assert int(back["soil_moisture"].isel(layer=0).notnull().sum()) == states


def test_precipitation_is_the_total_not_rain_alone(earth, files):
    with netCDF4.Dataset(files[0]) as file:
        rain, snow, total = (
            file[name][0].filled(0.0).astype(float) for name in ("Rainf_tavg", "Snowf_tavg", "Rainf_f_tavg")
        )
    assert snow.sum() > 0.2 * total.sum()
    read = gldas.read(files[0], ("precipitation",))["precipitation"].values[0]
    np.testing.assert_allclose(np.nan_to_num(read), total * 86400 * 31, rtol=1e-12)


def test_layers_are_summed_by_the_reader_of_the_layers_not_root_moisture(files):
    with netCDF4.Dataset(files[0]) as file:
        root = file["RootMoist_inst"][0].filled(np.nan)
    layers = gldas.read(files[0])["soil_moisture"].values[0, :3].sum(axis=0)
    assert np.nanmin(layers - root) > 0.5


def test_a_renamed_file_is_read_by_its_content(files, tmp_path):
    path = Path(shutil.copy(files[1], tmp_path / "june.nc4"))
    assert gldas.read(path)["time"].values[0] == np.datetime64("2020-06-01")
    assert gldas.times_of(path)[0] == np.datetime64("2020-06-01") == gldas.times_of(files[1])[0]


def test_check_accepts_what_read_accepts(files):
    for path in files:
        assert gldas.check(path) is None


def both(path: Path, message: str, variables=("soil_moisture",)) -> None:
    """Reader and check both refuse `path` with a sentence that names the file."""
    for call in (gldas.check, lambda path: gldas.read(path, variables)):
        with pytest.raises(FormatError, match=message) as caught:
            call(path)
        assert path.name in str(caught.value)


def test_login_page(tmp_path):
    both(login_page(tmp_path / "GLDAS_NOAH10_M.A202006.021.nc4"), "HTML page.*credentials")


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.95])
def test_cut_file(files, tmp_path, share):
    both(cut(files[1], tmp_path / files[1].name, share), "cut or corrupt|empty file")


def test_corrupt_chunk(june):
    with h5py.File(june) as file:
        chunk = file["SoilMoi0_10cm_inst"].id.get_chunk_info(0)
    with open(june, "r+b") as stream:
        stream.seek(chunk.byte_offset)
        stream.write(b"\xff" * (chunk.size // 2))
    with pytest.raises(FormatError, match="cut or corrupt") as caught:
        gldas.read(june)
    assert june.name in str(caught.value)


def test_wrong_unit(june):
    with netCDF4.Dataset(june, "a") as file:
        file["SoilMoi10_40cm_inst"].units = "m^3 m-3"
    both(june, "expected SoilMoi10_40cm_inst in kg m-2, found unit 'm\\^3 m-3'")


def test_missing_variable(june):
    with netCDF4.Dataset(june, "a") as file:
        file.renameVariable("SoilMoi40_100cm_inst", "SoilMoi40_100cm")
    both(june, "expected variable SoilMoi40_100cm_inst of GLDAS")


def test_missing_optional_variable_is_named_when_asked_for(earth, tmp_path):
    (path,) = write(earth[["soil_moisture"]].isel(time=[0]), tmp_path)
    gldas.check(path)
    with pytest.raises(FormatError, match="Rainf_f_tavg"):
        gldas.read(path, ("precipitation",))
    with pytest.raises(ValueError, match="runoff"):
        gldas.read(path, ("runoff",))


def test_swapped_axes_by_dimension(files, tmp_path):
    path = tmp_path / files[1].name
    with xr.open_dataset(files[1], engine="netcdf4", decode_times=False) as dataset:
        dataset.transpose("time", "lon", "lat", "bnds").to_netcdf(path, engine="netcdf4")
    both(path, "expected SoilMoi0_10cm_inst along \\(time, lat, lon\\), found \\(time, lon, lat\\)")


def test_swapped_axes_by_label(june):
    with netCDF4.Dataset(june, "a") as file:
        for old, new in (("lat", "x"), ("lon", "lat"), ("x", "lon")):
            file.renameDimension(old, new)
            file.renameVariable(old, new)
    both(june, "swapped")


def test_month_other_than_the_name(files, tmp_path):
    both(
        Path(shutil.copy(files[1], tmp_path / "GLDAS_NOAH10_M.A202005.021.nc4")),
        "month 2020-05 by the name, found 2020-06",
    )


def test_version_other_than_the_name(files, tmp_path):
    both(
        Path(shutil.copy(files[1], tmp_path / "GLDAS_NOAH10_M.A202006.020.nc4")),
        "version 2.0 by the name, found title GLDAS2.1",
    )


def test_early_product(files, tmp_path):
    both(Path(shutil.copy(files[1], tmp_path / "GLDAS_NOAH10_M_EP.A202006.021.nc4")), "early product")


def test_strange_calendar_and_epoch(june):
    with netCDF4.Dataset(june, "a") as file:
        file["time"].calendar = "360_day"
    both(june, "standard calendar, found '360_day'")
    with netCDF4.Dataset(june, "a") as file:
        file["time"].units = "months since 2000-01-01"
    both(june, "months since")


def test_scale_and_offset_are_applied(june):
    before = gldas.read(june)["soil_moisture"].values
    with netCDF4.Dataset(june, "a") as file:
        file["SoilMoi0_10cm_inst"].scale_factor = np.float32(0.5)
        file["SoilMoi0_10cm_inst"].add_offset = np.float32(3.0)
    np.testing.assert_allclose(gldas.read(june)["soil_moisture"].values[0, 0], before[0, 0] * 0.5 + 3.0, rtol=1e-6)


def test_writing_is_reproducible_and_leaves_nothing_else(earth, files, tmp_path):
    again = write(earth, tmp_path)
    assert [a.read_bytes() == b.read_bytes() for a, b in zip(files, again)] == [True] * 5
    assert sorted(tmp_path.iterdir()) == sorted(again)


@pytest.mark.real
@pytest.mark.parametrize("name", ["A201201", "A202212"])
def test_real_originals_equal_netcdf4(shared, name):
    path = shared / "real" / "gldas_noah10_m_2.1_original" / f"GLDAS_NOAH10_M.{name}.021.nc4"
    gldas.check(path)
    found = gldas.read(path, ALL)
    days = {"A201201": 31, "A202212": 31}[name]
    with netCDF4.Dataset(path) as file:
        for layer, native in enumerate(gldas.LAYERS):
            np.testing.assert_array_equal(found["soil_moisture"].values[0, layer], file[native][0].filled(np.nan))
        np.testing.assert_array_equal(found["air_temperature"].values[0], file["Tair_f_inst"][0].filled(np.nan))
        for canonical, native in (("precipitation", "Rainf_f_tavg"), ("evapotranspiration", "Evap_tavg")):
            expected = file[native][0].filled(np.nan).astype(float) * 86400.0 * days
            np.testing.assert_allclose(found[canonical].values[0], expected, rtol=1e-15)
        np.testing.assert_array_equal(found["lat"].values, np.arange(-59.5, 90.0))
        np.testing.assert_array_equal(found["lon"].values, np.arange(-179.5, 180.0))


@pytest.mark.real
@pytest.mark.one_python
def test_real_eleven_years(shared):
    paths = sorted((shared / "real" / "gldas_noah10_m_2.1").glob("*.nc4"))
    months, counts, rain, evaporation, top = [], set(), 0.0, 0.0, []
    for path in paths:
        gldas.check(path)
        found = gldas.read(path, ALL)
        months.append(found["time"].values[0])
        states = found["soil_moisture"].notnull().all("layer").values[0]
        counts.add((int(states.sum()), *(int(found[name].notnull().sum()) for name in ALL[1:])))
        weight = np.where(states, np.cos(np.deg2rad(found["lat"].values))[:, None], 0.0)
        rain += np.nansum(found["precipitation"].values[0] * weight) / weight.sum() / 11
        evaporation += np.nansum(found["evapotranspiration"].values[0] * weight) / weight.sum() / 11
        top.append(found["soil_moisture"].values[0, :, states])
    np.testing.assert_array_equal(months, calendar.months(2012, 2022))
    assert counts == {(15159, 15325, 15159, 15325)}
    top = np.array(top)
    # Soil cannot hold more than saturation; ice stands there exactly or a rounding above (docs/formats.md#gldas: 556
    # cells reach 100).
    assert np.all(top.max(axis=(0, 1)) <= np.array([100, 300, 600, 1000]) * (1 + 1e-6)) and np.all(
        top.max(axis=(0, 1)) >= [100, 300, 600, 1000]
    )
    assert np.sum(np.any(top[:, :, 0] >= 100.0, axis=0)) == 556
    assert top[:, :, 0].min() == 2.0
    assert abs(rain - 828) < 3 and abs(evaporation - 580) < 1, (rain, evaporation)


def retitled(path: Path, target: Path, title: str) -> Path:
    shutil.copy(path, target)
    with h5py.File(target, "a") as file:
        file.attrs["title"] = np.bytes_(title)
    return target


def test_three_hourly_and_quarter_degree_files_are_named(files, tmp_path):
    """Only the name once told product, step and grid."""
    title = "GLDAS2.1 LIS land surface model output"
    hours = retitled(files[0], tmp_path / "mine_202005.nc4", title)
    both(hours, f"expected GLDAS-Noah 1.0 degree monthly, found a 3-hourly file.*title '{title}'")
    with pytest.raises(FormatError, match="3-hourly"):
        list(gldas.months([hours], ("soil_moisture",), (2020, 2020)))
    fine = Path(shutil.copy(files[0], tmp_path / "fine_202005.nc4"))
    with h5py.File(fine, "a") as file:
        file["lon"][:] = 5 + 0.25 * np.arange(file["lon"].size)
    both(fine, "found a monthly file of 0.25 degree")


@pytest.mark.parametrize("suffix", [".SUB.nc4", ".dap.nc4", ""])
def test_names_of_subsets_tell_the_month_and_version(files, suffix, tmp_path):
    path = Path(shutil.copy(files[0], tmp_path / f"GLDAS_NOAH10_M.A202005.021.nc4{suffix}"))
    upper = path.rename(tmp_path / path.name.replace(".nc4", ".NC4"))
    assert gldas.version_of(upper) == "2.1" and str(gldas.times_of(upper)[0])[:7] == "2020-05"
    xr.testing.assert_identical(gldas.read(upper), gldas.read(files[0]))


def test_one_variable_a_file_is_merged(files, tmp_path):
    halves = []
    for index, keep in enumerate((gldas.LAYERS, ("Rainf_f_tavg",))):
        half = Path(shutil.copy(files[0], tmp_path / f"GLDAS_NOAH10_M.A202005.021.nc4{'.SUB' * index}.nc4"))
        with h5py.File(half, "a") as file:
            for name in [name for name in file if name not in (*keep, "time", "lat", "lon", "time_bnds", "bnds")]:
                del file[name]
        halves.append(half)
    wanted = ("soil_moisture", "precipitation")
    (found,) = gldas.months(halves, wanted, (2020, 2020))
    xr.testing.assert_equal(found, gldas.read(files[0], wanted))
    with pytest.raises(FormatError, match="expected one file with soil_moisture for 2020-05, found also"):
        list(gldas.months([halves[0], files[0]], ("soil_moisture",), (2020, 2020)))
    with pytest.raises(FormatError, match="expected variable Tair_f_inst.*found none in any file of the month"):
        list(gldas.months(halves, ("air_temperature",), (2020, 2020)))


def test_months_of_a_year_are_joined_where_their_grid_is_one(earth, files, tmp_path):
    (joined,) = gldas.months(files, ALL, (2020, 2020))
    xr.testing.assert_identical(
        joined, xr.concat([gldas.read(path, ALL) for path in files], "time", data_vars="minimal")
    )
    mixed = [Path(shutil.copy(path, tmp_path)) for path in files]
    with h5py.File(mixed[2], "a") as file:  # north first, in one month
        file["lat"][:] = file["lat"][:][::-1]
        for native in (native for natives, _ in gldas.NATIVE.values() for native in natives):
            file[native][...] = file[native][...][:, ::-1]
    parts = list(gldas.months(mixed, ALL, (2020, 2020)))
    assert [part.sizes["time"] for part in parts] == [2, 1, 2]
    xr.testing.assert_identical(xr.concat(parts, "time", data_vars="minimal"), joined)


def changed_unit(file: h5py.File) -> None:
    file["SoilMoi40_100cm_inst"].attrs["units"] = np.bytes_("m3 m-3")


def changed_axis(file: h5py.File) -> None:
    file["lat"][3] = 77.0


def changed_time(file: h5py.File) -> None:
    file["time"][0] += 31.0


def changed_step(file: h5py.File) -> None:
    file.attrs["title"] = np.bytes_("GLDAS2.1 LIS land surface model output")
    file["time"][0] += 0.125


def changed_dimensions(file: h5py.File) -> None:
    field = file["SoilMoi10_40cm_inst"]
    field.dims[1].detach_scale(file["lat"])
    field.dims[1].attach_scale(file["time"])


@pytest.mark.parametrize(
    "change, message",
    [
        (changed_unit, "expected SoilMoi40_100cm_inst in kg m-2, found unit 'm3 m-3'"),
        (changed_axis, "expected an even lat axis"),
        (changed_time, "month 2020-07 by the name, found 2020-08"),
        (changed_step, "found a 3-hourly file"),
        (changed_dimensions, "found \\(time, time, lon\\)"),
    ],
)
def test_every_file_of_a_year_is_checked(files, tmp_path, change, message):
    """Not only the first of those that are joined."""
    copies = [Path(shutil.copy(path, tmp_path)) for path in files]
    with h5py.File(copies[2], "a") as file:
        change(file)
    with pytest.raises(FormatError, match=message) as caught:
        list(gldas.months(copies, ("soil_moisture",), (2020, 2020)))
    assert copies[2].name in str(caught.value)


def test_fills_of_every_file_are_its_own(files, tmp_path):
    copies = [Path(shutil.copy(path, tmp_path)) for path in files]
    with h5py.File(copies[1], "a") as file:
        field = file["SoilMoi0_10cm_inst"]
        field[0, 4, 4] = -5.0
        field.attrs["missing_value"] = np.float32([-5.0])
    (joined,) = gldas.months(copies, ("soil_moisture",), (2020, 2020))
    missing = joined["soil_moisture"].isnull().values[:, 0, 4, 4]
    assert missing.tolist() == [False, True, False, False, False]
