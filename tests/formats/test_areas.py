"""Areas side by side: every gridded product as boxes of the same months is, to the bit, what its whole files are."""

import functools
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import pytest
import xarray as xr
from damage import box
from test_protocol import STEPS, YEARS, Sample, field, first_months

from vadose.core.cells import locate
from vadose.core.grid import Grid
from vadose.formats import areas, mcd12c1, registry
from vadose.formats.months import monthly
from vadose.formats.opening import FormatError
from vadose.synthetic.writers import cru_ts, era5_land, gleam

# All are joined by the same code; a second Python tries it on NetCDF and on GeoTIFF.
ON_ONE = ("gleam", "cru_ts", "gpcp_daily", "cci_lst", "vodca2_gpp", "era5_land")
BOXED = ["gldas", "gosif_gpp", *(pytest.param(name, marks=pytest.mark.one_python) for name in ON_ONE)]
# Two rows of two boxes; the eastern ones begin at a column that the western ones hold, too.
QUARTERS = [(rows, columns) for rows in (slice(0, 9), slice(9, None)) for columns in (slice(0, 16), slice(15, None))]


class Boxed(NamedTuple):
    """A product's sample, the files of its boxes, and what reading the whole files gives."""

    sample: Sample
    boxes: list[Path]
    whole: xr.Dataset


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """A product in boxes, written and read as a whole once."""

    @functools.cache
    def made(name: str):
        folder = tmp_path_factory.mktemp(name)
        sample = first_months(name, folder / "whole", 1 if name == "gpcp_daily" else 2)  # files of a day are many
        boxes = [
            box(path, folder / f"box{number}" / path.name.removesuffix(".gz"), *quarter)
            for number, quarter in enumerate(QUARTERS)
            for path in sample.paths
        ]
        return Boxed(sample, boxes, read(name, sample, sample.paths))

    return made


def read(name, sample, paths, years=YEARS):
    parts = registry.reader(name).months(paths, (sample.variable,), years, allow_missing=True, **sample.options)
    return xr.concat([part[[sample.variable]] for part in parts], "time").sortby("time")


@pytest.mark.parametrize("name", BOXED)
def test_boxes_are_the_whole_to_the_bit(name, product):
    sample, boxes, whole = product(name)
    order = np.random.default_rng(3).permutation(len(boxes))
    found = read(name, sample, [boxes[place] for place in order]).drop_vars("time_bnds", errors="ignore")
    xr.testing.assert_equal(found, whole.drop_vars("time_bnds", errors="ignore"))
    for path in boxes[:2] + boxes[-2:]:
        registry.BoundReader(name, sample.options).check(path)


@pytest.mark.parametrize("name", BOXED)
def test_one_box_is_that_part_of_the_whole(name, product):
    sample, boxes, whole = product(name)
    part = read(name, sample, boxes[: len(sample.paths)])
    assert part.sizes["lat"] in (9, 10) and part.sizes["lon"] == 16
    lon = (part["lon"].values + 180) % 360 - 180
    xr.testing.assert_equal(
        part[sample.variable].drop_vars(["lon", "time_bnds"], errors="ignore"),
        whole[sample.variable].sel(lat=part["lat"], lon=lon).drop_vars(["lon", "time_bnds"], errors="ignore"),
    )


def alter(name: str, path: Path) -> None:
    """Another value in the first column of a box, which its western neighbour holds as its last."""
    if path.suffix == ".tif":
        import rasterio

        with rasterio.open(path, "r+") as raster:
            values = raster.read(1)
            values[:, 0] = 1234
            raster.write(values, 1)
        return
    variable = {"gldas": "SoilMoi0_10cm_inst", "gleam": "E", "cru_ts": "tmp", "gpcp_daily": "precip", "cci_lst": "lst",
                "vodca2_gpp": "GPP", "era5_land": "swvl1"}[name]  # fmt: skip
    with netCDF4.Dataset(path, "a") as file:
        file[variable].set_auto_maskandscale(False)
        file[variable][..., 0] = 9


@pytest.mark.parametrize("name", BOXED)
def test_boxes_that_differ_where_they_overlap_are_refused_by_name(name, product, tmp_path):
    sample, boxes, _ = product(name)
    count = len(sample.paths)
    first = 0 if name != "cru_ts" else ["tmp" in path.name for path in sample.paths].index(True)
    altered = box(boxes[count + first], tmp_path / boxes[first].name, slice(None), slice(None))
    alter(name, altered)
    paths = [altered if path == boxes[count + first] else path for path in boxes]
    with pytest.raises(FormatError, match="where areas overlap, found .* N, .* E.* in 200[12]-") as caught:
        read(name, sample, paths)
    message = str(caught.value)
    assert str(altered) in message and str(boxes[first]) in message and message.endswith(".")


@pytest.mark.parametrize("name", BOXED)
def test_boxes_with_a_hole_between_them_are_refused(name, product):
    sample, boxes, _ = product(name)
    count = len(sample.paths)
    for chosen in ((0, 3), (0, 1, 2)):
        paths = [path for number in chosen for path in boxes[number * count : (number + 1) * count]]
        with pytest.raises(FormatError, match="in no file .the first at .* N, .* E.|repeated or missing l"):
            read(name, sample, paths)


def test_years_in_boxes_and_years_whole_stand_side_by_side(tmp_path):
    """And a month of which a box is absent is named where its cells are asked for."""
    earth = field("evapotranspiration", STEPS, 0, 90)
    whole, later = (gleam.write(earth.sel(time=year), tmp_path)[0] for year in ("2001", "2002"))
    west = box(later, tmp_path / "west" / later.name, slice(None), slice(0, 20))
    east = box(later, tmp_path / "east" / later.name, slice(None), slice(20, None))
    grid = Grid(earth["lat"].values, earth["lon"].values)
    axis = locate(np.ones(grid.shape, bool), grid)
    values, _, absent = monthly("gleam", [whole, east, west], ("evapotranspiration",), YEARS, axis)
    truth, _, _ = monthly("gleam", [whole, later], ("evapotranspiration",), YEARS, axis)
    assert absent == []
    np.testing.assert_array_equal(values["evapotranspiration"], truth["evapotranspiration"])
    with pytest.raises(FormatError, match="expected gleam on one area in all months.*from 2002-01 on.*at -85 N, 25 E"):
        monthly("gleam", [whole, west], ("evapotranspiration",), YEARS, axis)
    inside = axis.isel(cell=np.flatnonzero(axis["lon"].values < 20))
    kept, _, _ = monthly("gleam", [whole, west], ("evapotranspiration",), YEARS, inside)
    assert kept["evapotranspiration"].shape == (18 * 20, 24)


def test_repacked_boxes_of_era5_land_may_differ_by_their_packing(tmp_path):
    earth = field("soil_moisture", STEPS[:2], 0.02, 0.5, layers=1, nodes=True)
    halves = earth.isel(lon=slice(0, 20)), earth.isel(lon=slice(18, None))
    paths = [era5_land.write(half, tmp_path / f"{n}.nc", layout="legacy", east=False) for n, half in enumerate(halves)]
    (found,) = era5_land_months(paths)
    np.testing.assert_allclose(found.values, earth["soil_moisture"].values, rtol=0, atol=1e-5)
    shifted = halves[1].assign(soil_moisture=halves[1]["soil_moisture"] + 5e-5)
    paths[1] = era5_land.write(shifted, tmp_path / "1.nc", layout="legacy", east=False)
    with pytest.raises(FormatError, match=r"0\.nc|1\.nc.*where areas overlap"):
        era5_land_months(paths)


def era5_land_months(paths):
    parts = registry.reader("era5_land").months(paths, ("soil_moisture",), (2001, 2001), layers=[1])
    return [part["soil_moisture"] for part in parts]


def test_precipitation_whole_beside_temperature_in_boxes(tmp_path):
    earth, rain = field("air_temperature", STEPS, 250, 300), field("precipitation", STEPS, 0, 100)
    paths = cru_ts.write(rain, tmp_path, packed=True)
    (whole,) = cru_ts.write(earth, tmp_path / "whole", packed=False)
    for number, columns in enumerate((slice(0, 20), slice(20, None))):
        paths.append(box(whole, tmp_path / f"box{number}.nc", slice(None), columns))
    grid = Grid(earth["lat"].values, earth["lon"].values)
    axis = locate(np.ones(grid.shape, bool), grid)
    values, _, absent = monthly("cru_ts", paths, ("air_temperature", "precipitation"), YEARS, axis)
    truth, _, _ = monthly("cru_ts", [whole, paths[0]], ("air_temperature", "precipitation"), YEARS, axis)
    assert absent == []
    for name in truth:
        np.testing.assert_array_equal(values[name], truth[name])


def test_a_file_is_asked_for_its_months_once(monkeypatch):
    files, asked = [[Path(f"{box}{year}") for year in (2001, 2002)] for box in "ab"], []

    def months_of(year):
        return np.arange(f"{year}-01", f"{year + 1}-01", dtype="datetime64[M]").astype("datetime64[ns]")

    def times_of(path):
        asked.append(path)
        return months_of(int(path.name[1:]))

    monkeypatch.setattr(areas, "side_by_side", lambda parts, names: names)
    reading = lambda paths, years: iter([xr.Dataset(coords={"time": months_of(years[0])})])  # noqa: E731
    holders = list(areas.months(reading, files, (2001, 2002), times_of))
    assert holders == [[Path(f"a{year}"), Path(f"b{year}")] for year in (2001, 2002) for _ in range(12)]
    assert sorted(asked) == sorted([*files[0], *files[1]])


def test_clips_of_the_land_cover_map_are_refused_in_true_words(tmp_path):
    import rasterio

    paths = []
    for number, west in enumerate((-180, 0)):
        path = tmp_path / str(number) / "MCD12C1.A2019001.061.2022165213124.tif"
        path.parent.mkdir()
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "height": 18, "width": 18, "crs": "EPSG:4326"}
        with rasterio.open(path, "w", transform=rasterio.Affine(10, 0, west, 0, -10, 90), **profile) as raster:
            raster.write(np.full((18, 18), 10, np.uint8), 1)
        paths.append(path)
    with pytest.raises(
        FormatError, match="of another area. The archive has maps of the whole globe only.*join the clips"
    ):
        mcd12c1.by_years(paths)
    assert mcd12c1.read(paths[0])["land_cover"].shape == (18, 18)
