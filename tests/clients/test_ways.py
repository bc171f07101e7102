"""Other ways in: subsets of GES DISC, files from Amazon's store in its region."""

import dataclasses
import datetime
import hashlib
import hmac
import json
import logging
import re
import urllib.parse

import netCDF4
import numpy as np
import pytest
import xarray as xr
from stand_in import Fault
from worlds import search_page

from vadose.acquire.catalogue import load
from vadose.acquire.checks import check_of
from vadose.acquire.download import manifest, run
from vadose.acquire.errors import FetchError, Refused
from vadose.acquire.plan import brought, plan, summary
from vadose.formats import gldas
from vadose.synthetic.writers.gldas import write

TOKEN, SECRET, SESSION = "mysterious-earthdata-token", "mysterious-secret-key", "mysterious-session-token"
BUCKET, REGION = "gesdisc-cumulus-prod-protected", "us-west-2"
SERVICE = "/daac-bin/OTF/HTTP_services.cgi"
YEAR, MONTHS = 2019, [f"2019-{month:02d}" for month in range(1, 13)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A year of GLDAS on cells of ten degrees, by month."""
    times = np.array(MONTHS, dtype="datetime64[M]").astype("datetime64[ns]")
    lat, lon = np.arange(-55.0, 90, 10), np.arange(-175.0, 180, 10)
    rng = np.random.default_rng(3)
    moisture = rng.uniform(2, 99, (12, 4, lat.size, lon.size)).astype(np.float32)
    rain = rng.gamma(0.5, 100.0, (12, lat.size, lon.size))
    earth = xr.Dataset(
        {
            "soil_moisture": (("time", "layer", "lat", "lon"), moisture),
            "precipitation": (("time", "lat", "lon"), rain),
        },
        coords={"time": times, "layer": np.arange(1, 5), "lat": lat, "lon": lon},
    )
    return dict(zip(MONTHS, write(earth, tmp_path_factory.mktemp("gldas"))))


@pytest.fixture
def world(secure_archive, root, files, monkeypatch):
    """Stand-ins for CMR, the archive, its subset service and Amazon's store; the catalogue pointed at them."""
    archive, entry = secure_archive, load(root / "config/datasets.yaml")["gldas_2_1"]
    base = archive.address
    monkeypatch.setenv("EARTHDATA_TOKEN", TOKEN)
    archive.bucket, archive.items, archive.queries = {}, [], []
    for path in files.values():
        place = f"/data/GLDAS/GLDAS_NOAH10_M.2.1/{YEAR}/{path.name}"
        archive.files[place] = path.read_bytes()
        archive.bucket[f"/{BUCKET}{place.removeprefix('/data')}"] = path.read_bytes()
        archive.items.append(granule(base, place, path.read_bytes(), path.name))
    archive.routes["/search/"] = lambda seen: search_page(seen, archive.items)
    archive.routes[SERVICE] = lambda seen: subsetter(archive, seen)
    archive.routes["/s3credentials"] = lambda seen: credentials(archive, seen)
    archive.routes[f"/{BUCKET}/"] = lambda seen: store(archive, seen)
    archive.lasts = 3600
    ways = {name: dict(way) for name, way in entry.ways.items()}
    ways["subset"]["addresses"] = {"subset": base + SERVICE, "service": "L34RS_LDAS"}
    ways["subset"]["files"] = {"bytes": 400000, "smallest": 1000}
    ways["s3"]["addresses"] = {
        "object": base + "/{bucket}/{key}",
        "credentials": base + "/s3credentials",
        "region": REGION,
        "buckets": [BUCKET],
    }
    addresses = {"catalogue": f"{base}/search/", "login": f"127.0.0.1:{archive.port}", "hosts": ["127.0.0.1"]}
    small = entry.files | {"smallest": 1000}
    return archive, dataclasses.replace(entry, addresses=addresses, ways=ways, files=small)


def granule(base, place, data, name):
    information = {
        "Name": name,
        "SizeInBytes": len(data),
        "Checksum": {"Value": hashlib.md5(data).hexdigest(), "Algorithm": "MD5"},
    }
    links = [
        {"URL": base + place, "Type": "GET DATA"},
        {"URL": f"s3://{BUCKET}{place.removeprefix('/data')}", "Type": "GET DATA VIA DIRECT ACCESS"},
    ]
    record = {
        "CollectionReference": {"ShortName": "GLDAS_NOAH10_M", "Version": "2.1"},
        "RelatedUrls": links,
        "DataGranule": {"ArchiveAndDistributionInformation": [information]},
    }
    return {"meta": {"concept-id": "G1-GES_DISC", "provider-id": "GES_DISC"}, "umm": record}


def subsetter(archive, seen):
    """The service: answers only to what the lists of GES DISC ask."""
    if seen.headers.get("Authorization") != f"Bearer {TOKEN}":
        return 401, {}, b"login"
    asked = {name: values[0] for name, values in urllib.parse.parse_qs(seen.query, strict_parsing=True).items()}
    archive.queries.append(asked)
    name = asked["FILENAME"].rsplit("/", 1)[-1]
    fixed = {
        "FORMAT": "bmM0Lw",
        "LABEL": f"{name}.SUB.nc4",
        "SHORTNAME": "GLDAS_NOAH10_M",
        "SERVICE": "L34RS_LDAS",
        "VERSION": "1.02",
        "DATASET_VERSION": "2.1",
    }
    wrong = {key: asked.get(key) for key, value in fixed.items() if asked.get(key) != value}
    if wrong or set(asked) != {*fixed, "FILENAME", "BBOX", "VARIABLES"} or asked["FILENAME"] not in archive.files:
        return 400, {}, json.dumps(wrong).encode()
    return archive.cut(archive.files[asked["FILENAME"]], asked["VARIABLES"].split(","))


def cut(data, variables, rows=slice(None), month=None):
    """The file with some of its variables, as the service sends it: of unknown length."""
    whole = netCDF4.Dataset("whole", memory=data)
    part = netCDF4.Dataset("part", "w", memory=2**20)
    part.setncatts({name: whole.getncattr(name) for name in whole.ncattrs()})
    for name, dimension in whole.dimensions.items():
        part.createDimension(name, len(range(*rows.indices(dimension.size))) if name == "lat" else dimension.size)
    for name, variable in whole.variables.items():
        if name in whole.dimensions or name in variables:
            attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
            fill = attributes.pop("_FillValue", None)
            copy = part.createVariable(name, variable.dtype, variable.dimensions, fill_value=fill)
            copy.setncatts(attributes)
            copy[:] = variable[tuple(rows if axis == "lat" else slice(None) for axis in variable.dimensions)]
    whole.close()
    return 200, {"Content-Type": "application/octet-stream"}, bytes(part.close())


def credentials(archive, seen):
    if seen.headers.get("Authorization") != f"Bearer {TOKEN}":
        return 401, {}, b"login"
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=archive.lasts)
    given = {
        "accessKeyId": "AKIAEXAMPLE",
        "secretAccessKey": SECRET,
        "sessionToken": SESSION,
        "expiration": end.strftime("%Y-%m-%d %H:%M:%S+00:00"),
    }
    return 200, {"Content-Type": "application/json"}, json.dumps(given).encode()


def signature(seen, path, host):
    """AWS Signature Version 4 of a request, by the steps of its description."""
    given = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, SignedHeaders=([^,]+), "
        r"Signature=([0-9a-f]{64})",
        seen.headers["Authorization"],
    )
    day, region, names = given[2], given[3], given[4].split(";")
    headers = {name.lower(): value for name, value in seen.headers.items()} | {"host": host}
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    canonical = "\n".join([seen.method, path, seen.query, lines, given[4], headers["x-amz-content-sha256"]])
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return given, key.hex()


def store(archive, seen):
    """Amazon's store: gives what is signed rightly with the session's token, and takes ranges."""
    given, expected = signature(seen, seen.path, f"127.0.0.1:{archive.port}")
    right = (given[1], given[3], given[5]) == ("AKIAEXAMPLE", REGION, expected)
    if not right or seen.headers.get("X-Amz-Security-Token") != SESSION:
        return 403, {}, b"<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code></Error>"
    data = archive.bucket.get(seen.path)
    if data is None:
        return 404, {}, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"
    return 200, {"ETag": '"1"'}, data


def fetched(world, way, tmp_path, policy, *, variables=("soil_moisture",), keep=False):
    """The job of the year, done."""
    archive, entry = world
    archive.cut = getattr(archive, "cut", cut)
    options = {entry.id: {"years": (YEAR, YEAR), "way": way, "variables": list(variables)}}
    (job,) = plan(options, {entry.id: entry}, tmp_path, (YEAR, YEAR))
    through = entry.through(way)
    files = run(job, through, tmp_path, tmp_path / "sums", check_of(gldas), policy, allow_missing=keep)
    return job, through, files


def test_subset_brings_the_variables_asked_for(world, tmp_path, policy, files):
    """Four variables of a year, with the values of the whole files, in the real form of a request; each file has what
    was asked and no more; nothing is asked for again."""
    archive, _ = world
    job, through, there = fetched(world, "subset", tmp_path, policy)
    assert [item.path.name for item in there] == [f"{files[month].name}.SUB.nc4" for month in MONTHS]
    with netCDF4.Dataset(there[6].path) as file:
        assert set(gldas.LAYERS) <= set(file.variables) and "Rainf_f_tavg" not in file.variables
    for month, item in zip(MONTHS, there):
        xr.testing.assert_identical(gldas.read(item.path).drop_attrs(), gldas.read(files[month]).drop_attrs())
    assert archive.queries[0]["FILENAME"] == f"/data/GLDAS/GLDAS_NOAH10_M.2.1/{YEAR}/{files['2019-01'].name}"
    assert archive.queries[0]["VARIABLES"] == ",".join(gldas.LAYERS)
    assert not [seen for seen in archive.requests() if seen.path.startswith("/data/")]
    assert manifest(job, through, there)["way"] == "subset"
    count = len(archive.requests())
    *_, again = fetched(world, "subset", tmp_path, policy)
    assert {item.how for item in again} == {"present"} and len(archive.requests()) == count


def test_subset_without_a_variable_wanted_later_is_fetched_anew(world, tmp_path, policy):
    """A run that wants precipitation too does not take the files of soil moisture alone."""
    fetched(world, "subset", tmp_path, policy)
    *_, there = fetched(world, "subset", tmp_path, policy, variables=("precipitation", "soil_moisture"))
    assert {item.how for item in there} == {"fetched"}
    assert np.isfinite(gldas.read(there[0].path, ("precipitation",))["precipitation"]).any()


def other_variables(data, variables):
    return cut(data, variables[:3])


def a_region(data, variables):
    return cut(data, variables, rows=slice(3, 9))


def login_page(data, variables):
    return 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><title>Earthdata Login</title></html>"


def words(data, variables):
    return 200, {}, b"Error: the service is not available, please try again later"


def retired(data, variables):
    return 404, {}, b"gone"


def in_trouble(data, variables):
    return 503, {}, b"busy"


@pytest.mark.parametrize("fault", [other_variables, a_region, login_page, words, retired, in_trouble])
def test_whole_file_stands_in_for_a_bad_subset(fault, world, tmp_path, policy, files):
    """A variable too few, a region cut out, a page, words, a service that is gone or down: the whole file comes, and a
    service that is no longer there is asked once in a job."""
    archive, _ = world
    archive.cut = fault
    *_, there = fetched(world, "subset", tmp_path, policy)
    assert [item.path.read_bytes() for item in there] == [files[month].read_bytes() for month in MONTHS]
    if fault in (login_page, words, retired, in_trouble):
        assert len({query["FILENAME"] for query in archive.queries}) == 1
    assert not list(tmp_path.rglob("*.SUB.nc4*"))


def test_subset_of_another_month_is_refused(world, tmp_path, policy, files):
    """The service sends January for July: the name says July, the file does not."""
    archive, _ = world
    january = files["2019-01"].read_bytes()
    archive.cut = lambda data, variables: cut(january, variables)
    *_, there = fetched(world, "subset", tmp_path, policy)
    assert [item.path.name.endswith(".SUB.nc4") for item in there] == [True] + [False] * 11


def test_s3_in_region(world, tmp_path, policy, files, caplog):
    """Files from the bucket, every request signed; credentials are asked for once, and nothing secret is logged."""
    caplog.set_level(logging.DEBUG, logger="vadose")
    archive, _ = world
    job, through, there = fetched(world, "s3", tmp_path, policy)
    assert [item.path.read_bytes() for item in there] == [files[month].read_bytes() for month in MONTHS]
    assert len(archive.requests("/s3credentials")) == 1
    assert not [seen for seen in archive.requests() if seen.path.startswith("/data/")]
    assert not [seen for seen in archive.requests() if seen.path.startswith(f"/{BUCKET}") and TOKEN in str(seen)]
    assert SECRET not in caplog.text and SESSION not in caplog.text and TOKEN not in caplog.text
    assert manifest(job, through, there)["way"] == "s3"


def test_s3_credentials_are_renewed_before_they_end(world, tmp_path, policy):
    world[0].lasts = 60
    fetched(world, "s3", tmp_path, policy)
    assert len(world[0].requests("/s3credentials")) == 12


def corrupt(archive):
    place = next(iter(archive.bucket))
    archive.bucket[place] = archive.bucket[place][:-16] + bytes(16)


def short(archive):
    place = next(iter(archive.bucket))
    archive.bucket[place] = archive.bucket[place][:-1]


def elsewhere(archive):
    archive.routes[f"/{BUCKET}/"] = lambda seen: (403, {}, b"<?xml?><Error><Code>AccessDenied</Code></Error>")


def other_region(archive):
    archive.routes[f"/{BUCKET}/"] = lambda seen: (301, {}, b"<?xml?><Error><Code>PermanentRedirect</Code></Error>")


def other_bucket(archive):
    for item in archive.items:
        for link in item["umm"]["RelatedUrls"]:
            link["URL"] = link["URL"].replace(f"s3://{BUCKET}", "s3://somebody-else")


def no_credentials(archive):
    archive.routes["/s3credentials"] = lambda seen: (200, {}, b"<html>Earthdata Login</html>")


def refused_credentials(archive):
    archive.routes["/s3credentials"] = lambda seen: (401, {}, b"")


S3_FAULTS = [
    (corrupt, "the md5 published by the archive", 12),
    (short, "the archive lists", 12),
    (elsewhere, r"403, Amazon's store does not give this file here: .* its region us-west-2", 1),
    (other_region, r"301, Amazon's store does not give this file here", 1),
    (other_bucket, r"in the bucket 'somebody-else', which is none of", 0),
    (no_credentials, r"/s3credentials: expected credentials for Amazon's store", 0),
    (refused_credentials, r"401, the credentials are missing or were refused", 0),
]


@pytest.mark.parametrize(("fault", "sentence", "most"), S3_FAULTS, ids=[case[0].__name__ for case in S3_FAULTS])
def test_s3_faults(fault, sentence, most, world, tmp_path, policy):
    """A sentence each; the store is not asked again where it gave a refusal."""
    archive, _ = world
    fault(archive)
    with pytest.raises(FetchError, match=sentence):
        fetched(world, "s3", tmp_path, policy)
    asked = [seen for seen in archive.requests() if seen.path.startswith((f"/{BUCKET}", "/somebody-else"))]
    assert len({seen.path for seen in asked}) <= most and (most != 1 or len(asked) == 1)


def test_s3_credentials_do_not_follow_a_redirect(world, tmp_path, policy):
    """The store sends us to another host: neither signature nor session token goes there."""
    archive, _ = world
    target = f"https://localhost:{archive.port}/elsewhere"
    place = next(iter(archive.bucket))
    archive.faults[place] = [Fault("redirect", 302, headers={"Location": target})] * 9
    with pytest.raises(FetchError):
        fetched(world, "s3", tmp_path, policy)
    (seen, *_) = archive.requests("/elsewhere")
    assert not {"Authorization", "X-Amz-Security-Token"} & set(seen.headers)


def test_granules_in_the_cloud_alone_come_by_s3_and_otherwise_say_so(world, tmp_path, policy):
    archive, _ = world
    for item in archive.items:
        item["umm"]["RelatedUrls"] = item["umm"]["RelatedUrls"][1:]
    *_, there = fetched(world, "s3", tmp_path / "a", policy)
    assert len(there) == 12
    with pytest.raises(FetchError, match=r"in Amazon's cloud alone .*datasets.gldas_2_1.way: s3"):
        fetched(world, "archive", tmp_path / "b", policy)


def test_a_refused_login_is_asked_for_once_whatever_the_way(world, tmp_path, policy, monkeypatch):
    archive, _ = world
    archive.routes["/search/"] = lambda seen: (401, {}, b"{}")
    for way in ("subset", "s3"):
        before = len(archive.requests())
        with pytest.raises(Refused):
            fetched(world, way, tmp_path, policy)
        assert len(archive.requests()) == before + 1


def test_plan_tells_the_way_and_its_bytes(world, tmp_path):
    _, entry = world
    (job,) = plan({entry.id: {"years": (YEAR, YEAR), "way": "subset"}}, {entry.id: entry}, tmp_path, (1, 9999))
    assert job.size == 12 * 400000 and job.wanted["2019-03"].asked["months"] == ("2019-03",)
    assert summary([job]).endswith("Other ways in: gldas_2_1 by subset.")
    with pytest.raises(FetchError, match=r"datasets.gldas_2_1.way: expected one of archive, subset, s3 .*found arco"):
        plan({entry.id: {"way": "arco"}}, {entry.id: entry}, tmp_path, (YEAR, YEAR))
    with pytest.raises(FetchError, match=r"datasets.gldas_2_1.area: only era5_land"):
        plan({entry.id: {"area": [50, 0, 40, 10]}}, {entry.id: entry}, tmp_path, (YEAR, YEAR))
    (tmp_path / "list.json").write_text(
        json.dumps({"dataset": entry.id, "way": "subset", "files": [], "left_out": []}), encoding="utf-8"
    )
    assert "gldas_2_1 came by subset." in brought([tmp_path / "list.json"])
