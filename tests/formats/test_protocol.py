"""Every reader at once: the same functions, each file asked for what it holds, options bound once for all callers."""

import itertools
from pathlib import Path
from typing import NamedTuple

import geopandas
import numpy as np
import pytest
import xarray as xr
import yaml
from damage import login_page
from shapely.geometry import box

from vadose.core import calendar
from vadose.core.cells import locate
from vadose.core.grid import Grid
from vadose.files import inventory, products
from vadose.formats import registry
from vadose.formats.months import monthly
from vadose.formats.opening import FormatError
from vadose.formats.protocol import Reader
from vadose.synthetic.writers import (
    cci_lst,
    cru_ts,
    era5_land,
    gldas,
    gleam,
    gosif_gpp,
    gpcp_daily,
    mcd12c1,
    vodca2_gpp,
    wwf_ecoregions,
)

LAT, LON = np.arange(-85.0, 90, 10), np.arange(-175.0, 180, 10)
YEARS = (2001, 2002)
STEPS = calendar.months(*YEARS)
NEW_YEAR = STEPS[11:13]  # of products with a file a month, pass or day: both years, few files
NODES = np.arange(-90.0, 91, 10), np.arange(-180.0, 180, 10)


class Sample(NamedTuple):
    """Files of a product, cut as people have them, with what they hold."""

    paths: list[Path]
    variable: str
    truth: xr.DataArray
    tolerance: float
    options: dict


def field(name: str, times: np.ndarray, low: float, high: float, layers: int = 0, nodes: bool = False) -> xr.Dataset:
    """Random values with an ocean."""
    lat, lon = NODES if nodes else (LAT, LON)
    shape = (times.size, *((layers,) if layers else ()), lat.size, lon.size)
    values = np.random.default_rng(7).uniform(low, high, shape)
    values[..., :5, :4] = np.nan
    dims = ("time", "layer", "lat", "lon") if layers else ("time", "lat", "lon")
    coords = {"time": times, "lat": lat, "lon": lon} | ({"layer": np.arange(1, layers + 1)} if layers else {})
    return xr.Dataset({name: (dims, values)}, coords)


def of_gldas(folder: Path, steps: np.ndarray = NEW_YEAR) -> Sample:
    earth = field("soil_moisture", steps, 2, 90, layers=4)
    return Sample(gldas.write(earth, folder), "soil_moisture", earth["soil_moisture"], 1e-5, {})


def of_era5_land(folder: Path) -> Sample:
    """One layer only, a file a year."""
    earth = field("soil_moisture", STEPS, 0.02, 0.5, layers=1, nodes=True)
    paths = [
        era5_land.write(earth.sel(time=str(year)), folder / f"swvl1_{year}.nc")
        for year in range(YEARS[0], YEARS[1] + 1)
    ]
    options = {"route": "monthly_means", "layers": [1]}
    return Sample(paths, "soil_moisture", earth["soil_moisture"], 1e-6, options)


def of_gpcp_daily(folder: Path, steps: np.ndarray = NEW_YEAR) -> Sample:
    first, last = steps[[0, -1]].astype("datetime64[M]")
    days = np.arange(first, last + 1, dtype="datetime64[D]").astype("datetime64[ns]")
    earth = field("precipitation", days, 0, 9)
    truth = earth["precipitation"].resample(time="MS").sum(skipna=False)
    return Sample(gpcp_daily.write(earth, folder), "precipitation", truth, 1e-3, {"wet_day_mm": 2.0})


def of_cru_ts(folder: Path) -> Sample:
    """One variable a file and one decade (here a year) a file."""
    earth, rain = field("air_temperature", STEPS, 250, 300), field("precipitation", STEPS, 0, 100)
    paths = [cru_ts.write(part.sel(time=y), folder)[0] for part in (earth, rain) for y in ("2001", "2002")]
    return Sample(paths, "air_temperature", earth["air_temperature"], 0.051, {})


def of_gleam(folder: Path) -> Sample:
    earth = field("evapotranspiration", STEPS, 0, 90)
    paths = [gleam.write(earth.sel(time=year), folder)[0] for year in ("2002", "2001")]
    return Sample(paths, "evapotranspiration", earth["evapotranspiration"], 1e-4, {})


def of_vodca2_gpp(folder: Path) -> Sample:
    """Steps that go on through the years, in two pieces; the same field at every step."""
    begin = np.arange("2000-12-28", "2003-01-08", 8, dtype="datetime64[D]").astype("datetime64[ns]")
    earth = field("gross_primary_productivity", begin[:1], 0, 9).isel(time=0, drop=True)
    earth = earth.expand_dims(time=begin).transpose("time", "lat", "lon")
    half = begin.size // 2
    paths = [
        vodca2_gpp.write(earth.isel(time=part), folder, name=name)[0]
        for part, name in ((slice(half, None), "b.nc"), (slice(0, half), "a.nc"))
    ]
    truth = earth["gross_primary_productivity"].isel(time=0, drop=True).expand_dims(time=STEPS)
    return Sample(paths, "gross_primary_productivity", truth, 1e-4, {})


def of_cci_lst(folder: Path, steps: np.ndarray = NEW_YEAR) -> Sample:
    earth = field("land_surface_temperature", steps, 250, 320)
    paths = [path for overpass in ("ASC", "DES") for path in cci_lst.write(earth, folder, overpass=overpass)]
    return Sample(paths, "land_surface_temperature", earth["land_surface_temperature"], 0.006, {})


def of_gosif_gpp(folder: Path, steps: np.ndarray = NEW_YEAR) -> Sample:
    earth = field("gross_primary_productivity", steps, 0, 9)
    return Sample(
        gosif_gpp.write(earth, folder), "gross_primary_productivity", earth["gross_primary_productivity"], 1e-3, {}
    )


def of_mcd12c1(folder: Path) -> Sample:
    codes = np.random.default_rng(1).integers(0, 17, (2, LAT.size, LON.size)).astype(np.float32)
    starts = np.array(["2001-01-01", "2002-01-01"], dtype="datetime64[ns]")
    truth = xr.DataArray(codes, {"time": starts, "lat": LAT, "lon": LON}, ("time", "lat", "lon"), name="land_cover")
    paths = [
        mcd12c1.write(truth.isel(time=index, drop=True).to_dataset(), folder, year=2001 + index) for index in (1, 0)
    ]
    return Sample(paths, "land_cover", truth, 0.0, {})


def of_wwf_ecoregions(folder: Path) -> Sample:
    codes = np.random.default_rng(1).integers(1, 15, (LAT.size, LON.size)).astype(np.float32)
    truth = xr.DataArray(codes, {"lat": LAT, "lon": LON}, ("lat", "lon"), name="biome")
    path = wwf_ecoregions.write(truth.to_dataset(), folder / "official_teow.zip")
    return Sample([path], "biome", truth, 0.0, {"lat": LAT, "lon": LON, "rule": "centre"})


def of_polygons(folder: Path) -> Sample:
    """Two regions, one of two features."""
    truth = xr.DataArray(np.full((LAT.size, LON.size), np.nan), {"lat": LAT, "lon": LON}, ("lat", "lon"), name="region")
    truth[3:6, 4:9], truth[10:12, 20:21], truth[10:12, 30:33] = 1, 2, 2
    boxes = [box(-140, -60, -90, -30), box(20, 10, 30, 30), box(120, 10, 150, 30)]
    table = geopandas.GeoDataFrame({"name": ["a", "b", "b"]}, geometry=boxes, crs=4326)
    table.to_file(folder / "mine.gpkg", engine="pyogrio")
    return Sample([folder / "mine.gpkg"], "region", truth, 0.0, {"lat": LAT, "lon": LON, "name": "name"})


def of_generic(folder: Path) -> Sample:
    """A product of a user's own, a file a year."""
    earth = field("soil_moisture", STEPS, 0.02, 0.5, layers=2)
    earth["soil_moisture"].attrs["units"] = "m3 m-3"
    paths = [folder / f"mine_{year}.nc" for year in range(YEARS[0], YEARS[1] + 1)]
    for path in paths:
        earth.sel(time=path.stem[-4:]).to_netcdf(path)
    options = {"dataset": "mine", "role": "soil_moisture", "layers": [[0, 0.1], [0.1, 0.4]]}
    return Sample(paths, "soil_moisture", earth["soil_moisture"], 0.0, options)


SAMPLES = {name.removeprefix("of_"): make for name, make in list(globals().items()) if name.startswith("of_")}
BY_STEP = ("gldas", "gpcp_daily", "cci_lst", "gosif_gpp")  # a file a month, pass or day
MAPS = ("wwf_ecoregions", "polygons")
IN_TIME = [name for name in SAMPLES if name not in MAPS]


def first_months(name: str, folder: Path, count: int) -> Sample:
    """A sample that stops after some months, where that makes fewer files; whole elsewhere."""
    return SAMPLES[name](folder, STEPS[:count]) if name in BY_STEP else SAMPLES[name](folder)


@pytest.fixture(scope="module")
def sample(request, tmp_path_factory):
    """Name of a reader and its sample, written once."""
    return lambda name: _written(name, tmp_path_factory)


_SAMPLES: dict[str, Sample] = {}


def _written(name, tmp_path_factory) -> Sample:
    if name not in _SAMPLES:
        _SAMPLES[name] = SAMPLES[name](tmp_path_factory.mktemp(name))
    return _SAMPLES[name]


def agree(name: str, sample: Sample, years) -> None:
    reader, options = registry.reader(name), sample.options | {"allow_missing": name in BY_STEP}
    parts = [part[sample.variable] for part in reader.months(sample.paths, (sample.variable,), years, **options)]
    if name in MAPS:
        (found,), truth = parts, sample.truth
    elif name == "mcd12c1":
        found, truth = xr.concat(parts, "time"), sample.truth.sel(time=slice(str(years[0]), str(years[1])))
        assert np.atleast_1d(found["year"].values).tolist() == list(range(years[0], years[1] + 1))
    else:
        found = xr.concat(parts, "time").sortby("time")
        truth = sample.truth.sel(time=slice(str(years[0]), str(years[1])))
        np.testing.assert_array_equal(found["time"].values, truth["time"].values)
    for axis in ("lat", "lon"):
        np.testing.assert_allclose(found[axis].values, truth[axis].values, rtol=0, atol=1e-9)
    truth = truth.transpose(*[dim for dim in ("time", "layer", "lat", "lon") if dim in truth.dims])
    np.testing.assert_allclose(found.values, truth.values, rtol=0, atol=sample.tolerance, equal_nan=True)


def test_the_registry_and_the_samples_name_the_same_readers():
    assert sorted(SAMPLES) == sorted(registry.READERS)
    with pytest.raises(ValueError, match="one of gldas.*registry.py"):
        registry.reader("mysoil")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_reader_keeps_to_the_protocol(name, sample):
    reader, written = registry.reader(name), sample(name)
    assert isinstance(reader, Reader) and written.variable in reader.VARIABLES and reader.PRODUCT
    with pytest.raises(ValueError, match=f"{name}.*expected variables of"):
        list(registry.BoundReader(name).months(written.paths, ("wind",), YEARS))


@pytest.mark.parametrize("years", [(2001, 2002), (2001, 2001), (2002, 2002)])
@pytest.mark.parametrize("name", SAMPLES)
def test_each_file_is_asked_only_for_the_years_it_holds(name, years, sample):
    agree(name, sample(name), years)


@pytest.mark.parametrize("name", IN_TIME)
def test_years_beyond_the_files_give_nothing(name, sample):
    written = sample(name)
    parts = registry.reader(name).months(
        written.paths, (written.variable,), (1995, 1996), allow_missing=True, **written.options
    )
    try:
        assert list(parts) == []
    except FormatError as error:
        assert "1995" in str(error)


@pytest.mark.parametrize("name", SAMPLES)
def test_times_are_those_of_the_months(name, sample):
    written, reader = sample(name), registry.reader(name)
    found = np.concatenate([reader.times_of(path) for path in written.paths])
    assert found.dtype == np.dtype("datetime64[ns]")
    if name in MAPS:
        assert found.size == 0
    else:
        found = np.unique(found[(found >= STEPS[0]) & (found <= STEPS[-1])])
        np.testing.assert_array_equal(found, written.truth["time"].values)


@pytest.mark.parametrize("name", SAMPLES)
def test_check_takes_the_options_of_the_data_set_and_agrees_with_the_months(name, sample, tmp_path):
    written = sample(name)
    options = {key: value for key, value in written.options.items() if key not in ("lat", "lon")}
    for path in written.paths[:3]:
        registry.BoundReader(name, options).check(path)
    page = login_page(tmp_path / written.paths[0].name)
    for call in (
        lambda: registry.BoundReader(name, options).check(page),
        lambda: list(
            registry.reader(name).months(
                [page, *written.paths[1:]], (written.variable,), YEARS, allow_missing=name in BY_STEP, **written.options
            )
        ),
    ):
        with pytest.raises(FormatError, match="HTML page"):
            call()


@pytest.mark.parametrize(
    "name, change, words",
    [
        ("cru_ts", ("cru_ts4.07.2002", "cru_ts4.06.2002"), "4.06 and 4.07"),
        ("gleam", ("v3.8a", "v3.7b"), "v3.7b and v3.8a"),
        ("gldas", (".A200112.021", ".A200112.020"), "2.0 and 2.1"),
        ("mcd12c1", (".A2002001.061", ".A2002001.006"), "006 and 061"),
    ],
)
def test_versions_of_a_product_are_not_mixed(name, change, words, sample, tmp_path):
    """Their numbers differ in more than the years that each holds."""
    written, paths = sample(name), []
    for path in written.paths:
        renamed = path.name.replace(*change) if name != "gleam" or "2002" in path.name else path.name
        paths.append(tmp_path / renamed)
        paths[-1].symlink_to(path)
    with pytest.raises(FormatError, match=f"expected one version of .*, found {words}. Do not mix them"):
        list(registry.reader(name).months(paths, (written.variable,), YEARS, **written.options))


def configuration(root) -> dict:
    return yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8"))


def test_options_come_from_the_configuration_for_both_studies(root):
    config = configuration(root)
    config["era5_land"]["route"] = "hourly"
    config["dependence"]["layers"], config["variability"]["limits"] = [1], [1.0, 1.0]
    assert registry.options_of(config, "dependence", "era5_land") == {"route": "hourly", "layers": [1]}
    assert registry.options_of(config, "variability", "era5_land") == {"route": "hourly", "layers": [1, 2]}
    assert registry.options_of(config, "variability", "gldas_2_0") == {}
    assert list(registry.options_of(config, "dependence", "gpcp_daily")) == ["wet_day_mm"]


@pytest.mark.parametrize(
    ("route", "layers"),
    [
        pytest.param(*case, marks=[] if case == ("daily_statistics", [1]) else pytest.mark.one_python)
        for case in itertools.product(("monthly_means", "daily_statistics", "hourly"), ([1], [2, 3]))
    ],
)
def test_files_with_nothing_but_what_was_asked_go_through_cells_and_soil_moisture(route, layers, tmp_path):
    """locate_cells once read three layers of monthly means whatever the configuration said."""
    import locate_cells
    import prepare_soil_moisture

    earth = field("soil_moisture", calendar.months(2001, 2001), 0.02, 0.5, layers=3, nodes=True).isel(
        lat=slice(10, 16), lon=slice(0, 8)
    )
    earth = earth.isel(layer=[layer - 1 for layer in layers])
    paths = []
    for layer in layers:  # one variable a file
        for part in [earth.sel(time=f"2001-{month:02d}") for month in range(1, 13)]:
            path = tmp_path / f"swvl{layer}_{str(part.time.values[0])[:7]}.nc"
            paths.append(era5_land.write(part.sel(layer=[layer]), path, route=route, amplitude=0.0, east=False))
    inventory.write(paths, tmp_path / "files.txt", tmp_path)
    options = {"route": route, "layers": layers}
    locate_cells.main(
        files=[tmp_path / "files.txt"], cells=tmp_path / "cells.nc", product="era5_land", min_valid=0.0,
        grid={"spacing": 10.0, "south": 15, "north": 65, "west": -185, "east": -105}, years=(2001, 2001),
        options=options, raw=tmp_path,
    )  # fmt: skip
    assert products.read(tmp_path / "cells.nc", "cells").sizes["cell"] == 5 * 8
    prepare_soil_moisture.main(
        cells=tmp_path / "cells.nc", files=[tmp_path / "files.txt"], shift=None, soil_moisture=tmp_path / "sm.nc",
        years=(2001, 2001), product="era5_land", limits=None, layers=layers, splice_year=None, min_valid=0.0,
        allow_missing=False, options=options, raw=tmp_path,
    )  # fmt: skip
    found = products.read(tmp_path / "sm.nc", "soil_moisture")["soil_moisture"].values
    thickness = np.array([0.07, 0.21, 0.72])[np.array(layers) - 1]
    truth = earth["soil_moisture"].sel(lat=slice(20, 60)).values * 1000 * thickness[:, None, None]
    np.testing.assert_allclose(
        found, np.moveaxis(truth, (2, 3), (0, 1)).reshape(40, 12, len(layers)).transpose(0, 2, 1), rtol=2e-5
    )


def test_a_file_that_lacks_a_layer_asked_for_is_named_by_check_and_months_alike(tmp_path):
    path = era5_land.write(field("soil_moisture", STEPS[:2], 0.1, 0.4, layers=1, nodes=True), tmp_path / "a.nc")
    asked = registry.BoundReader("era5_land", {"route": "monthly_means", "layers": [1, 2]})
    for call in (lambda: asked.check(path), lambda: list(asked.months([path], ("soil_moisture",), YEARS))):
        with pytest.raises(FormatError, match="expected variable swvl2 of ERA5-Land, found swvl1"):
            call()


def test_months_from_pieces_are_those_of_one_file_on_packed_cells(sample):
    """Decades, years and variables in files of their own, through the remapping that the jobs use."""
    grid = Grid(LAT, LON)
    axis = locate(np.ones(grid.shape, bool), grid)
    for name, variables in (("cru_ts", ("air_temperature", "precipitation")), ("gleam", ("evapotranspiration",))):
        written = sample(name)
        values, _, absent = monthly(name, written.paths, variables, YEARS, axis)
        assert absent == [] and set(values) == set(variables)
        truth = written.truth.values.reshape(24, -1).T
        np.testing.assert_allclose(values[written.variable], truth, rtol=0, atol=written.tolerance)
        with pytest.raises(FormatError, match="found none for 2003-01, 2003-02, 2003-03"):
            monthly(name, written.paths, variables, (2001, 2003), axis)
        kept = monthly(name, written.paths, variables, (2001, 2003), axis, allow_missing=True)
        assert kept[2] == [f"2003-{month:02d}" for month in range(1, 13)]
    twice = sample("gleam").paths
    with pytest.raises(FormatError, match="2001-01 of gleam once, found it twice"):
        monthly("gleam", [twice[1], twice[1]], ("evapotranspiration",), YEARS, axis)
