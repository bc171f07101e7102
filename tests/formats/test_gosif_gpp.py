"""GOSIF-GPP: reader against writer for the three steps, fills, scales, siblings and damage."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr
from damage import LOGIN_PAGE, cut, login_page

from vadose.core import calendar
from vadose.formats import gosif_gpp
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.gosif_gpp import write

LAT, LON = np.arange(-87.5, 90, 5.0), np.arange(-177.5, 180, 5.0)
ICE = np.zeros((LAT.size, LON.size), dtype=bool)
ICE[-3:] = True


def productivity(times: np.ndarray) -> xr.Dataset:
    values = np.random.default_rng(3).uniform(0.0, 12.0, (times.size, LAT.size, LON.size))
    values[:, :4] = np.nan
    values[:, -3:] = np.nan
    return xr.Dataset(
        {"gross_primary_productivity": (("time", "lat", "lon"), values)}, coords={"time": times, "lat": LAT, "lon": LON}
    )


@pytest.fixture(scope="module")
def months(tmp_path_factory) -> tuple[xr.Dataset, list[Path]]:
    earth = productivity(calendar.months(2004, 2004)[:3])
    return earth, write(earth, tmp_path_factory.mktemp("gosif"), kind="monthly", ice=ICE)


STEPS = {
    "8-day": (np.array(["2003-01-01", "2003-12-27", "2004-12-26"], dtype="datetime64[ns]"), [8, 5, 6], [0.0005] * 3),
    "monthly": (
        np.array(["2003-02-01", "2004-02-01", "2004-12-01"], dtype="datetime64[ns]"),
        [28, 29, 31],
        [0.005 / 28, 0.005 / 29, 0.005 / 31],
    ),
    "annual": (np.array(["2003-01-01", "2004-01-01"], dtype="datetime64[ns]"), [365, 366], [0.05 / 365, 0.05 / 366]),
}


@pytest.mark.parametrize("kind", STEPS)
def test_round_trip_within_half_a_packing_step(kind, tmp_path):
    times, days, half = STEPS[kind]
    earth = productivity(times)
    paths = write(earth, tmp_path, kind=kind, ice=ICE)
    for index, path in enumerate(paths):
        gosif_gpp.check(path)
        back = gosif_gpp.read(path)
        assert back["time"].values[0] == times[index] == gosif_gpp.times_of(path)[0]
        bounds = back["time_bnds"].values[0]
        assert (bounds[1] - bounds[0]) / np.timedelta64(1, "D") == days[index] and bounds[0] == times[index]
        found, expected = (
            back["gross_primary_productivity"].values[0],
            earth["gross_primary_productivity"].values[index],
        )
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        assert np.nanmax(np.abs(found - expected)) <= half[index] * (1 + 1e-6) + 12 * 2**-23
        np.testing.assert_allclose(back["lat"].values, LAT, rtol=0, atol=1e-9)
        np.testing.assert_allclose(back["lon"].values, LON, rtol=0, atol=1e-9)
    assert back["gross_primary_productivity"].attrs["units"] == "g m-2 d-1"


def test_names_of_the_archive(tmp_path):
    names = {kind: write(productivity(STEPS[kind][0][:1]), tmp_path, kind=kind)[0].name for kind in STEPS}
    assert names == {
        "8-day": "GOSIF_GPP_2003001_Mean.tif.gz",
        "monthly": "GOSIF_GPP_2003.M02_Mean.tif.gz",
        "annual": "GOSIF_GPP_2003_Mean.tif.gz",
    }


def test_both_fills_north_first_and_unsigned(months, tmp_path):
    plain = tmp_path / "x.tif"
    plain.write_bytes(gzip.decompress(months[1][0].read_bytes()))
    with rasterio.open(plain) as raster:
        raw = raster.read(1)
        assert (
            raw.dtype == np.uint16 and raster.transform.e < 0 and raster.crs.to_epsg() == 4326 and raster.nodata is None
        )
        assert tuple(raster.bounds) == (-180, -90, 180, 90)
    assert np.all(raw[:3] == 65534) and np.all(raw[-4:] == 65535) and raw[3:-4].max() < 65000


def test_uncompressed_file_is_read_too(months, tmp_path):
    plain = tmp_path / months[1][0].name.removesuffix(".gz")
    plain.write_bytes(gzip.decompress(months[1][0].read_bytes()))
    xr.testing.assert_identical(gosif_gpp.read(plain), gosif_gpp.read(months[1][0]))


def test_latitudes_cut_the_same_values(months):
    whole, north = gosif_gpp.read(months[1][1]), gosif_gpp.read(months[1][1], latitudes=(0.0, 60.0))
    xr.testing.assert_identical(north, whole.sel(lat=slice(0.0, 60.0)))
    assert north["lat"].values.min() == 2.5 and north["lat"].values.max() == 57.5
    with pytest.raises(ValueError, match="latitudes"):
        gosif_gpp.read(months[1][1], latitudes=(100.0, 120.0))


def test_expected_times_know_the_beginning_of_the_archive():
    assert gosif_gpp.expected_times("monthly", 2000, 2001)[0] == np.datetime64("2000-03-01")
    assert gosif_gpp.expected_times("monthly", 1995, 2001).size == 22
    steps = gosif_gpp.expected_times("8-day", 2000, 2001)
    assert steps[0] == np.datetime64("2000-02-26") and steps.size == 39 + 46  # day 57, 65, ... 361 of 2000
    assert gosif_gpp.expected_times("annual", 2000, 2003).size == 4


def both(path: Path, message: str) -> None:
    for call in (gosif_gpp.check, gosif_gpp.read):
        with pytest.raises(FormatError, match=message) as caught:
            call(path)
        assert path.name in str(caught.value)


def test_login_page_plain_and_compressed(tmp_path):
    both(login_page(tmp_path / "GOSIF_GPP_2003.M02_Mean.tif.gz"), "HTML page.*credentials")
    packed = tmp_path / "GOSIF_GPP_2003.M03_Mean.tif.gz"
    packed.write_bytes(gzip.compress(LOGIN_PAGE))
    both(packed, "found HTML page")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_cut_file(months, tmp_path, share):
    both(cut(months[1][0], tmp_path / months[1][0].name, share), "cut or corrupt|empty file")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_cut_file_inside_a_sound_gz(months, tmp_path, share):
    path = tmp_path / months[1][0].name
    data = gzip.decompress(months[1][0].read_bytes())
    path.write_bytes(gzip.compress(data[: int(len(data) * share)]))
    with pytest.raises(FormatError, match="cut or corrupt") as caught:
        gosif_gpp.read(path)
    assert path.name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("GOSIF_2003.M02.tif.gz", "fluorescence"),
        ("GOSIF_GPP_2003.M02_SD.tif.gz", "standard deviations"),
        ("GOSIF_GPP_2003.M13_Mean.tif.gz", "found another"),
        ("GOSIF_GPP_2003005_Mean.tif.gz", "found day 5"),
    ],
)
def test_siblings_and_impossible_steps(months, tmp_path, name, reason):
    both(Path(shutil.copy(months[1][0], tmp_path / name)), reason)


def raster_file(path: Path, values: np.ndarray, transform=None, crs=4326, tags=()) -> Path:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        crs=None if crs is None else f"EPSG:{crs}",
        transform=transform,
    ) as raster:
        raster.write(values, 1)
        for name, value in tags:
            setattr(raster, name, value)
    return path


GLOBE = rasterio.Affine(5, 0, -180, 0, -5, 90)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"values": np.zeros((36, 72), np.int16)}, "int16 is GOSIF SIF"),
        (
            {"values": np.zeros((72, 36), np.uint16), "transform": rasterio.Affine(10, 0, -180, 0, -2.5, 90)},
            "axes are swapped",
        ),
        ({"values": np.zeros((72, 36), np.uint16)}, "swapped|latitudes within"),
        ({"crs": 3857}, "geographic"),
        ({"transform": rasterio.Affine(5, 0, -180, 0, 5, -90)}, "north up"),
        ({"tags": (("units", ("mol m-2 s-1",)),)}, "unit 'mol m-2 s-1'"),
        ({"tags": (("scales", (0.01,)),)}, "scale tag"),
    ],
)
def test_other_rasters_are_refused(tmp_path, changes, reason):
    path = tmp_path / "GOSIF_GPP_2003.M02_Mean.tif"
    raster_file(path, **({"values": np.zeros((36, 72), np.uint16), "transform": GLOBE} | changes))
    with pytest.raises(FormatError, match=reason) as caught:
        gosif_gpp.read(path)
    assert path.name in str(caught.value)


def test_monthly_sums_under_an_8_day_name(tmp_path):
    values = np.full((36, 72), 45000, np.uint16)  # 450 g m-2 a month: fine as a month, 45 g m-2 d-1 as an 8-day step
    raster_file(tmp_path / "GOSIF_GPP_2003.M02_Mean.tif", values, GLOBE)
    raster_file(tmp_path / "GOSIF_GPP_2003033_Mean.tif", values, GLOBE)
    assert float(
        gosif_gpp.read(tmp_path / "GOSIF_GPP_2003.M02_Mean.tif")["gross_primary_productivity"].max()
    ) == pytest.approx(450 / 28, rel=1e-6)
    with pytest.raises(FormatError, match="unit is that of another step"):
        gosif_gpp.read(tmp_path / "GOSIF_GPP_2003033_Mean.tif")


def test_writing_is_reproducible(months, tmp_path):
    again = write(months[0], tmp_path, kind="monthly", ice=ICE)
    assert [a.read_bytes() == b.read_bytes() for a, b in zip(months[1], again)] == [True] * 3
    assert sorted(tmp_path.iterdir()) == sorted(again)


def test_writer_refuses_what_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match="16 bits"):
        write(productivity(STEPS["8-day"][0]) * 100, tmp_path, kind="8-day")
