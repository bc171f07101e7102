"""ERA5-Land cut from stores of chunks, version 2 as ECMWF's and 3 as Earth Data Hub's, served by a stand-in."""

import base64
import dataclasses
import gc
import logging
import os
import tracemalloc

import numpy as np
import pytest
import xarray as xr
from stand_in import Fault

from vadose.acquire import credentials, zarr_stores
from vadose.acquire.catalogue import load
from vadose.acquire.checks import check_of
from vadose.acquire.doctor import examine, text
from vadose.acquire.download import run
from vadose.acquire.errors import FetchError, Refused
from vadose.acquire.plan import plan
from vadose.formats import era5_land

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part in the Zarr format 3")
KEY, TOKEN = "mysterious-access-key", "mysterious-edh-token"
LAT, LON = np.round(np.arange(45.0, 42.95, -0.1), 1), np.round(np.arange(355.0, 358.0, 0.1), 1)
HOURS = np.arange("2001-01", "2001-03", dtype="datetime64[h]").astype("datetime64[ns]")
AREA = [44.5, -4.4, 43.6, -3.1]
WAYS = {
    "arco": (2, f"Bearer {KEY}"),
    "earth_data_hub": (3, "Basic " + base64.b64encode(f"edh:{TOKEN}".encode()).decode()),
}


@pytest.fixture(scope="module")
def hours():
    """Two months of hours: sea in the south-east, soil water that tells hour and cell apart."""
    shape = (HOURS.size, LAT.size, LON.size)
    values = np.random.default_rng(5).uniform(0.05, 0.6, shape).astype(np.float32)
    values[:, 12:, 18:] = np.nan
    attributes = {"units": "m**3 m**-3", "GRIB_stepType": "instant", "long_name": "Volumetric soil water layer"}
    fields = {f"swvl{layer}": (("t", "latitude", "longitude"), values / layer, attributes) for layer in (1, 2, 3)}
    return xr.Dataset(fields, coords={"t": HOURS, "latitude": LAT, "longitude": LON})


@pytest.fixture(scope="module")
def stores(hours, tmp_path_factory):
    """Bytes of the stores by way and key; the axis of time has either name."""
    found = {}
    for way, (version, _) in WAYS.items():
        folder = tmp_path_factory.mktemp(way)
        store = hours.rename(t="time" if version == 2 else "valid_time")
        chunks = {name: {"chunks": (240, 8, 10)} for name in hours.data_vars}
        store.to_zarr(folder, zarr_format=version, consolidated=True, encoding=chunks)
        found[way] = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return found


@pytest.fixture(params=WAYS)
def world(request, archive, stores, root, monkeypatch):
    """A stand-in that gives chunks to those with the token, and the catalogue pointed at it."""
    way, entry = request.param, load(root / "config/datasets.yaml")["era5_land"]
    monkeypatch.setenv("CDSAPI_KEY", KEY)
    monkeypatch.setenv("EDH_TOKEN", TOKEN)
    archive.chunks = dict(stores[way])
    archive.header = WAYS[way][1]
    archive.routes["/store.zarr/"] = lambda seen: serve(archive, seen)
    changes = dict(entry.ways[way])
    address = f"{archive.address}/store.zarr"
    changes["addresses"] = {**changes["addresses"], "stores": {"soil_moisture": address}}
    return archive, dataclasses.replace(entry, ways={way: changes}), way


def serve(archive, seen):
    if seen.headers.get("Authorization") != archive.header:
        return 401, {}, b"who are you"
    key = seen.path.removeprefix("/store.zarr/")
    return (200, {}, archive.chunks[key]) if key in archive.chunks else (404, {}, b"no such key")


def chunks_asked(archive):
    return [
        seen.path for seen in archive.requests() if "/swvl" in seen.path and not seen.path.endswith(("y", "s", "n"))
    ]


def fetched(world, tmp_path, policy, *, area=AREA, keep=False, variables=("swvl1", "swvl2")):
    """January and February of the region."""
    _, entry, way = world
    options = {"way": way, "route": "hourly", "area": area, "variables": list(variables), "years": (2001, 2001)}
    (job,) = plan({entry.id: options}, {entry.id: entry}, tmp_path, (2001, 2001))
    job = dataclasses.replace(job, wanted=dict(list(job.wanted.items())[:2]))
    return run(job, entry.through(way), tmp_path, tmp_path / "sums", check_of(era5_land), policy, allow_missing=keep)


def test_region_comes_as_months_that_the_reader_takes(world, hours, tmp_path, policy, caplog):
    """Every value of the region; monthly means equal those of the store; chunks that months share come once and are
    gone at the end; a second run asks for nothing."""
    caplog.set_level(logging.DEBUG, logger="vadose")
    archive, _, _ = world
    files = fetched(world, tmp_path, policy)
    assert [item.path.name for item in files] == [
        f"era5_land_hourly_2001_{month}_swvl1-swvl2-n44p5wm4p4s43p6em3p1.nc" for month in ("01", "02")
    ]
    window = hours.sel(latitude=slice(44.55, 43.55), longitude=slice(355.55, 356.95))
    with xr.open_dataset(files[1].path) as file:
        part = window.sel(t="2001-02")
        np.testing.assert_array_equal(file["swvl2"].values, part["swvl2"].values)
        np.testing.assert_allclose(file["longitude"].values, part["longitude"].values - 360, atol=1e-9)
        np.testing.assert_array_equal(file["latitude"].values, part["latitude"].values)
    means = era5_land.read([item.path for item in files], route="hourly", layers=(1, 2))
    expected = window[["swvl1", "swvl2"]].groupby("t.month").mean().sortby("latitude")
    for layer in (1, 2):
        np.testing.assert_allclose(
            means["soil_moisture"].sel(layer=layer).values, expected[f"swvl{layer}"].values, rtol=1e-5
        )
    asked = chunks_asked(archive)
    assert len(asked) == len(set(asked)) and not list((tmp_path / "era5_land").glob(".*"))
    count = len(archive.requests())
    assert {item.how for item in fetched(world, tmp_path, policy)} == {"present"} and len(archive.requests()) == count
    assert KEY not in caplog.text and TOKEN not in caplog.text and archive.header.split()[1] not in caplog.text


def test_globe_where_no_area_is_given(world, hours, tmp_path, policy):
    files = fetched(world, tmp_path, policy, area=None, variables=("swvl3",))
    with xr.open_dataset(files[0].path) as file:
        np.testing.assert_array_equal(file["swvl3"].values, hours["swvl3"].sel(t="2001-01").values)


def test_memory_is_bounded_by_slabs(world, tmp_path, policy, monkeypatch):
    """A slab of ten hours instead of the month: the same file, and a lower peak than the month's fields."""
    whole = fetched(world, tmp_path / "a", policy, area=None, variables=("swvl1",))[0].path.read_bytes()
    monkeypatch.setattr(zarr_stores, "SLAB", 10 * 4 * LAT.size * LON.size)
    seldom = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # Python's own: the tests leave garbage for longer
    tracemalloc.start()
    try:
        slabs = fetched(world, tmp_path / "b", policy, area=None, variables=("swvl1",))[0].path
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*seldom)
    with xr.open_dataset(slabs) as one, xr.open_dataset(whole) as other:
        xr.testing.assert_identical(one, other)
    assert peak < 744 * LAT.size * LON.size * 4 * 3


def test_a_hole_in_the_store_is_not_taken_for_the_sea(world, tmp_path, policy):
    """A chunk of land that the store lacks in February: the month is refused, its cells named; under keep it is left
    out, and January is there. The reference hour is in the first half of the record."""
    archive, _, way = world
    lost = [key for key in archive.chunks if key.endswith(("swvl1/5.0.1", "swvl1/c/5/0/1"))]
    assert lost, list(archive.chunks)[:20]
    for key in lost:
        del archive.chunks[key]
    with pytest.raises(
        FetchError, match=r"swvl1: \d+ of \d+ cells that have a value at .* have none at 2001-02-2.*hole"
    ):
        fetched(world, tmp_path, policy)
    (only,) = fetched(world, tmp_path, policy, keep=True)
    assert only.path.name.startswith("era5_land_hourly_2001_01")


def test_chunks_of_the_sea_may_be_absent(world, tmp_path, policy):
    """What the store never has is the sea."""
    archive, _, _ = world
    for key in list(archive.chunks):
        if not key.endswith((".2.2", "/2/2")):
            continue
        del archive.chunks[key]
    assert len(fetched(world, tmp_path, policy, area=None)) == 2


def damaged(archive, key):
    archive.chunks[key] = archive.chunks[key][:-20] + bytes(20)


def cut_short(archive, key):
    archive.chunks[key] = archive.chunks[key][:30]


def page(archive, key):
    archive.chunks[key] = b"<!DOCTYPE html><html><title>Maintenance</title></html>"


def swapped(archive, key):
    archive.chunks[key] = b"{}"


CHUNK_FAULTS = [
    (damaged, "cannot be read|hole|expected"),
    (cut_short, "cannot be read"),
    (page, "an HTML page titled 'Maintenance'"),
    (swapped, "cannot be read"),
]


@pytest.mark.parametrize(("fault", "sentence"), CHUNK_FAULTS, ids=[case[0].__name__ for case in CHUNK_FAULTS])
def test_bad_chunks(fault, sentence, world, tmp_path, policy):
    """Chunks that cannot be decoded, or are pages: a sentence, nothing kept."""
    archive, _, _ = world
    key = next(key for key in sorted(archive.chunks) if key.endswith(("swvl1/0.1.1", "swvl1/c/0/1/1")))
    fault(archive, key)
    with pytest.raises(FetchError, match=sentence):
        fetched(world, tmp_path, policy)
    assert not list((tmp_path / "era5_land").rglob("*_01_*.nc"))


def test_a_store_in_trouble_is_asked_again(world, tmp_path, patience):
    """503, 429, 500 and silence in the middle of the chunks: the files are the same."""
    archive, _, _ = world
    places = [f"/store.zarr/{key}" for key in sorted(archive.chunks) if "swvl1/" in key and key[-1].isdigit()]
    for place, fault in zip(
        places[4:12:2], (Fault("status", 503), Fault("status", 429), Fault("status", 500), Fault("mute", seconds=5))
    ):
        archive.faults[place] = [fault]
    policy = patience([fault], then_good=True)
    assert len(fetched(world, tmp_path, policy, area=None)) == 2


def test_a_wrong_token_is_tried_once(world, tmp_path, policy, monkeypatch):
    archive, _, way = world
    monkeypatch.setenv("CDSAPI_KEY", "wrong")
    monkeypatch.setenv("EDH_TOKEN", "wrong")
    with pytest.raises(Refused, match=r"401, the credentials are missing or were refused\. .*Make a free"):
        fetched(world, tmp_path, policy)
    assert len(archive.requests()) == 1


def test_a_stopped_job_goes_on_with_the_chunks_it_has(world, tmp_path, policy, monkeypatch):
    """Stopped in February: January is there, and its chunks are not asked for again."""
    archive, _, _ = world
    write, made = zarr_stores.write, []

    def stop_at_the_second(stores, request, path):
        made.append(path)
        if len(made) == 2:
            raise KeyboardInterrupt
        write(stores, request, path)

    monkeypatch.setattr(zarr_stores, "write", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        fetched(world, tmp_path, policy)
    monkeypatch.setattr(zarr_stores, "write", write)
    assert [item.how for item in fetched(world, tmp_path, policy)] == ["present", "fetched"]
    asked = chunks_asked(archive)
    assert len(asked) == len(set(asked))


def test_months_that_the_store_does_not_reach_are_not_published(world, tmp_path, policy):
    """The record ends in February: March is left out, or asked of the user."""
    _, entry, way = world
    options = {"way": way, "route": "hourly", "area": AREA, "variables": ["swvl1"], "years": (2001, 2001)}
    (job,) = plan({entry.id: options}, {entry.id: entry}, tmp_path, (2001, 2001))
    job = dataclasses.replace(job, wanted=dict(list(job.wanted.items())[1:3]))
    with pytest.raises(FetchError, match=r"the archive lists no file for era5_land_hourly_2001_03"):
        run(job, entry.through(way), tmp_path, None, check_of(era5_land), policy)


SENSELESS = {
    "route": ({"route": "monthly_means"}, r"has hours alone, found era5_land.route: monthly_means"),
    "area beyond": ({"area": [10, 0, 5, 3]}, r"datasets.era5_land.area: expected north, west, south, east"),
    "variable": ({"variables": ["tp"]}, r"has soil_moisture, and no precipitation"),
    "sea alone": ({"area": [43.4, -2.6, 43.0, -2.1]}, r"expected land in datasets.era5_land.area"),
}


@pytest.mark.parametrize("case", SENSELESS)
def test_senseless_wishes(case, world, tmp_path, policy):
    _, entry, way = world
    options = {"way": way, "route": "hourly", "area": AREA, "variables": ["swvl1"], "years": (2001, 2001)}
    with pytest.raises(FetchError, match=SENSELESS[case][1]):
        (job,) = plan({entry.id: options | SENSELESS[case][0]}, {entry.id: entry}, tmp_path, (2001, 2001))
        job = dataclasses.replace(job, wanted=dict(list(job.wanted.items())[:1]))
        run(job, entry.through(way), tmp_path, None, check_of(era5_land), policy)


def test_another_product_in_the_store_is_refused(world, hours, tmp_path, policy):
    """A store of a quarter of a degree is ERA5, whatever its address says."""
    archive, _, way = world
    version = WAYS[way][0]
    era5 = hours.assign_coords(latitude=45 - 0.25 * np.arange(LAT.size), longitude=0.25 * np.arange(LON.size))
    era5 = era5.rename(t="time").isel(time=slice(48))
    era5.to_zarr(tmp_path / "x", zarr_format=version, consolidated=True)
    folder = tmp_path / "x"
    archive.chunks = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(FetchError, match=r"expected hours of ERA5-Land on its grid of 0.1 degrees, found 0.25 x 0.25"):
        fetched(world, tmp_path, policy)


def test_a_region_across_greenwich_is_one_piece(world, hours, tmp_path, policy):
    """The store counts from 0 to 360: the region's columns run from west to east."""
    archive, _, way = world
    around = hours.assign_coords(longitude=np.round((hours["longitude"].values + 3.5) % 360, 1)).sortby("longitude")
    folder = tmp_path / "x"
    around.rename(t="time").to_zarr(folder, zarr_format=WAYS[way][0], consolidated=True)
    archive.chunks = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (first, _) = fetched(world, tmp_path, policy, area=[44.5, -1, 44.0, 1], variables=("swvl1",))
    with xr.open_dataset(first.path) as file:
        np.testing.assert_allclose(file["longitude"].values, np.arange(-1, 1.05, 0.1), atol=1e-6)
        expected = hours["swvl1"].sel(t="2001-01", latitude=slice(44.55, 43.95), longitude=slice(355.45, 357.55))
        np.testing.assert_array_equal(file["swvl1"].values, expected.values)


def test_doctor_knows_the_way(world, tmp_path, monkeypatch):
    """It tries the token once, names the way, and says what is missing."""
    archive, entry, way = world
    wish = {entry.id: {"way": way, "route": "hourly", "area": AREA, "years": (2001, 2001), "variables": ["swvl1"]}}
    report = examine(wish, {entry.id: entry}, tmp_path, (2001, 2001))
    assert report.healthy and f"Other ways in: era5_land by {way}." in text(report)
    monkeypatch.setenv("CDSAPI_KEY", "wrong")
    monkeypatch.setenv("EDH_TOKEN", "wrong")
    before = len(archive.requests())
    report = examine(wish, {entry.id: entry}, tmp_path, (2001, 2001))
    assert not report.healthy and "401" in text(report) and len(archive.requests()) == before + 2


def test_token_of_earth_data_hub_stands_in_netrc_without_a_user(root, clean_home):
    """As its own page says: machine and password alone."""
    netrc = clean_home / ".netrc"
    netrc.write_text(f"machine data.earthdatahub.destine.eu\n  password {TOKEN}\n", encoding="utf-8")
    os.chmod(netrc, 0o600)
    access = load(root / "config/datasets.yaml")["era5_land"].through("earth_data_hub").access
    credential = credentials.find(access)
    assert credential.available and credential.values["password"] == TOKEN
