"""GLDAS and MCD12C1 through the real earthaccess library, from a stand-in for CMR, the login and the archive over
https."""

import dataclasses
import hashlib
import json
import logging
import urllib.parse

import pytest
from stand_in import Fault
from worlds import search_page

from vadose.acquire.catalogue import load
from vadose.acquire.checksums import Checksum
from vadose.acquire.earthdata import Earthdata, published
from vadose.acquire.errors import FetchError
from vadose.acquire.fetch import Expected, fetch

SEARCH, TOKEN = "/search/granules.umm_json", "mysterious-earthdata-token"
MONTH = "GLDAS_NOAH10_M.A201207.021.nc4"
HALF = 150_000


def umm(archive, name, data, *, short_name="GLDAS_NOAH10_M", version="2.1", checksum=True, host=None) -> dict:
    """A granule as CMR's UMM-G JSON gives it."""
    information = {"Name": name, "SizeInBytes": len(data), "Size": len(data) / 2**20, "SizeUnit": "MB"}
    if checksum:
        information["Checksum"] = {"Value": hashlib.md5(data).hexdigest(), "Algorithm": "MD5"}
    address = f"{host or archive.address}/data/{name}"
    links = [{"URL": f"s3://bucket/{name}", "Type": "GET DATA VIA DIRECT ACCESS"}, {"URL": address, "Type": "GET DATA"}]
    return {
        "meta": {"concept-id": "G1-GES_DISC", "provider-id": "GES_DISC"},
        "umm": {
            "GranuleUR": f"{short_name}.{version}:{name}",
            "CollectionReference": {"ShortName": short_name, "Version": version},
            "RelatedUrls": [*links, {"URL": f"{address}.dmrpp", "Type": "EXTENDED METADATA"}],
            "DataGranule": {"ArchiveAndDistributionInformation": [information]},
        },
    }


@pytest.fixture
def world(secure_archive, root, payload, monkeypatch):
    """A stand-in with one month of GLDAS, its neighbour, and the early product; the catalogue pointed at it; a token in
    the environment."""
    entry = load(root / "config" / "datasets.yaml")["gldas_2_1"]
    addresses = {
        "catalogue": f"{secure_archive.address}/search/",
        "login": f"127.0.0.1:{secure_archive.port}",
        "hosts": ["127.0.0.1"],
    }
    monkeypatch.setenv("EARTHDATA_TOKEN", TOKEN)
    secure_archive.files[f"/data/{MONTH}"] = payload
    early = umm(secure_archive, "GLDAS_NOAH10_M_EP.A201207.021.nc4", payload, short_name="GLDAS_NOAH10_M_EP")
    disguised = umm(secure_archive, MONTH, payload[:50], short_name="GLDAS_NOAH10_M_EP")
    neighbour = umm(secure_archive, "GLDAS_NOAH10_M.A201208.021.nc4", payload)
    secure_archive.items = [umm(secure_archive, MONTH, payload), neighbour, early, disguised]
    secure_archive.routes[SEARCH] = lambda seen: search_page(seen, secure_archive.items)
    return secure_archive, dataclasses.replace(entry, addresses=addresses)


def get(entry, policy, target):
    """One month, as a job of the plan fetches it."""
    client = Earthdata(entry, policy)
    granule = client.granules("2012-07", "2012-07")["2012-07"][0]
    return fetch(
        target, client.http().source(granule.address), Expected(size=granule.size, checksum=granule.checksum), policy
    )


def test_search_is_by_short_name_version_and_month(world, policy):
    """The query names collection and version; the neighbouring month, which touches the window, and the early product
    are left out."""
    archive, entry = world
    found = Earthdata(entry, policy).granules("2012-07", "2012-07")
    assert list(found) == ["2012-07"] and [granule.name for granule in found["2012-07"]] == [MONTH]
    query = urllib.parse.parse_qs(archive.requests(SEARCH)[0].query)
    assert query["short_name"] == ["GLDAS_NOAH10_M"] and query["version"] == ["2.1"]
    assert query["temporal[]"] == ["2012-07-01T00:00:00Z,2012-07-31T23:59:59Z"]
    assert archive.requests(SEARCH)[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert found["2012-07"][0].checksum.algorithm == "md5"


def code(status, **headers):
    return Fault(
        "status", status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=b"{}"
    )


# name, faults of the search, faults of the file, what the sentence must say (None: a good file), file bytes served in
# payloads
CASES = [
    ("happy path", [], [], None, 1.0),
    ("401 at the search", [code(401)], [], r"CMR: 401, the token .*approve .NASA GESDISC DATA ARCHIVE", 0.0),
    (
        "401 at the file",
        [],
        [code(401)],
        r"401.*approve .NASA GESDISC DATA ARCHIVE.*urs.earthdata.nasa.gov/profile",
        0.0,
    ),
    ("403 licence", [], [code(403)], r"403, .*licence or an application.*urs.earthdata.nasa.gov/profile", 0.0),
    ("404", [], [code(404)], r"404, the archive has no such file", 0.0),
    ("429 with Retry-After, both", [code(429, Retry_After="1")], [code(429, Retry_After="0")], None, 1.0),
    ("500 then good, both", [code(500)], [code(500)], None, 1.0),
    (
        "search in trouble for ever",
        [code(503)] * 6,
        [],
        r"search for GLDAS_NOAH10_M 2.1 in CMR: gave up after 6 tries.*503",
        0.0,
    ),
    ("connection reset", [], [Fault("reset", after=HALF)], None, None),
    ("body cut in the middle", [], [Fault("cut", after=HALF)], None, 1.0),
    ("same-size corruption", [], [Fault("corrupt")], None, 2.0),
    (
        "same-size corruption for ever",
        [],
        [Fault("corrupt")] * 2,
        r"rejected each time.*md5 published by the archive",
        2.0,
    ),
    ("login page with 200", [], [Fault("html")], None, 1.0),
    ("login page for ever", [], [Fault("html")] * 3, r"HTML page titled 'Earthdata Login'", 0.0),
    ("HTML instead of the search's JSON", [Fault("html")], [], None, 1.0),
    ("hung search", [Fault("mute")], [], None, 1.0),
    ("hung in mid-body", [], [Fault("hang", after=HALF)], None, 1.0),
]


@pytest.mark.parametrize(("name", "search", "file", "sentence", "served"), CASES, ids=[case[0] for case in CASES])
def test_cases(name, search, file, sentence, served, world, patience, payload, tmp_path, caplog):
    """Each fault of the table; and nowhere the token."""
    policy = patience([*search, *file], then_good=sentence is None)
    archive, entry = world
    caplog.set_level(logging.DEBUG)
    archive.faults[SEARCH], archive.faults[f"/data/{MONTH}"] = list(search), list(file)
    text = ""
    if sentence is None:
        assert get(entry, policy, tmp_path / MONTH).path.read_bytes() == payload
        assert [item.name for item in tmp_path.iterdir() if item.suffix != ".pem"] == [MONTH]
    else:
        with pytest.raises(FetchError, match=sentence) as error:
            get(entry, policy, tmp_path / MONTH)
        text = str(error.getrepr(style="native"))
        assert not (tmp_path / MONTH).exists()
    assert archive.faults[SEARCH] == [] and archive.faults[f"/data/{MONTH}"] == []
    if served is not None:
        assert archive.sent(f"/data/{MONTH}") == served * len(payload)
    if "429" in name:
        assert archive.gap(SEARCH) >= 1.0
    assert TOKEN not in caplog.text + text


def test_wrong_size_on_the_server(world, policy, payload, tmp_path):
    archive, entry = world
    archive.files[f"/data/{MONTH}"] = payload[:-1]
    with pytest.raises(FetchError, match=rf"lists {len(payload)} bytes, the server announces {len(payload) - 1}"):
        get(entry, policy, tmp_path / MONTH)


def test_login_with_user_and_password_from_netrc(world, policy, payload, tmp_path, monkeypatch, clean_home, caplog):
    """~/.netrc: earthaccess asks the login for a token; it goes to the search and the archive, the password to the
    login alone."""
    archive, entry = world
    caplog.set_level(logging.DEBUG)
    monkeypatch.delenv("EARTHDATA_TOKEN")
    login = f"localhost:{archive.port}"
    entry = dataclasses.replace(
        entry, addresses={**entry.addresses, "login": login}, access={**entry.access, "netrc": login}
    )
    # the second machine is for requests, which looks names up without their port; the real login has none
    (clean_home / ".netrc").write_text(
        "".join(f"machine {name} login me password mysterious-password\n" for name in (login, "localhost")),
        encoding="utf-8",
    )
    (clean_home / ".netrc").chmod(0o600)
    answer = json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expiration_date": "10/10/2099"}).encode()
    archive.routes["/api/users/find_or_create_token"] = lambda seen: (200, {}, answer)
    archive.faults["/api/users/find_or_create_token"] = [Fault("status", 502, body=b"<html>Bad gateway</html>")]
    assert get(entry, policy, tmp_path / MONTH).path.read_bytes() == payload
    headers = {item.path: item.headers["Authorization"] for item in archive.requests()}
    assert headers["/api/users/find_or_create_token"].startswith("Basic ")
    assert headers[SEARCH] == headers[f"/data/{MONTH}"] == f"Bearer {TOKEN}"
    assert "mysterious-password" not in caplog.text
    refusal = json.dumps({"error": "invalid_credentials", "error_description": "Invalid user credentials"}).encode()
    archive.routes["/api/users/find_or_create_token"] = lambda seen: (401, {}, refusal)
    with pytest.raises(FetchError, match="the Earthdata login: refused. Check user name and password"):
        Earthdata(entry, policy).granules("2012-07", "2012-07")


def test_missing_and_broken_credentials(world, policy, monkeypatch, clean_home):
    """The sentence says where we looked and what to click; a netrc that cannot be parsed is not quoted."""
    _, entry = world
    monkeypatch.delenv("EARTHDATA_TOKEN")
    with pytest.raises(
        FetchError,
        match=r"no credentials found \(looked at environment EARTHDATA_TOKEN;.*\.netrc for machine urs.*approve",
    ):
        Earthdata(entry, policy).granules("2012-07", "2012-07")
    (clean_home / ".netrc").write_text(
        "machine urs.earthdata.nasa.gov login me mysterious-password\n", encoding="utf-8"
    )
    with pytest.raises(FetchError, match="expected lines 'machine NAME") as error:
        Earthdata(entry, policy).granules("2012-07", "2012-07")
    assert "mysterious" not in str(error.getrepr(style="native"))


def test_token_stays_behind_when_the_archive_redirects(world, policy, payload, tmp_path):
    """The archive sends us to its store under another host name, which breaks off: the token does not go there, the
    rest is asked for there."""
    archive, entry = world
    archive.files["/store/file"], archive.faults["/store/file"] = payload, [Fault("cut", after=HALF)]
    signed = f"https://localhost:{archive.port}/store/file?X-Amz-Signature=abc"
    archive.faults[f"/data/{MONTH}"] = [Fault("redirect", 303, headers={"Location": signed})] * 2
    assert get(entry, policy, tmp_path / MONTH).path.read_bytes() == payload
    assert [item.headers["Authorization"] for item in archive.requests(f"/data/{MONTH}")] == [f"Bearer {TOKEN}"] * 2
    assert [item.sent for item in archive.requests("/store/file")] == [HALF, len(payload) - HALF]
    assert TOKEN not in str([item.headers for item in archive.requests("/store/file")])


def test_token_is_sent_to_no_other_host(world, policy, payload):
    """A CMR record that points elsewhere is refused before any request is made there."""
    archive, entry = world
    archive.items = [umm(archive, MONTH, payload, host="https://earthdata.nasa.gov.evil.invalid")]
    with pytest.raises(FetchError, match="none of the hosts .*Your token is not sent there"):
        Earthdata(entry, policy).granules("2012-07", "2012-07")


def test_nothing_of_this_product(world, policy, payload):
    archive, entry = world
    archive.items = [umm(archive, "GLDAS_NOAH10_M.A201207.020.nc4", payload, version="2.0")]
    with pytest.raises(FetchError, match="CMR lists 1 granules .*none of them a file like"):
        Earthdata(entry, policy).granules("2012-07", "2012-07")


def test_newest_making_of_a_land_cover_year(world, policy, payload, root):
    """MCD12C1 has an unpredictable production stamp: the newest counts, older ones stand in behind it."""
    archive, entry = world
    cover = dataclasses.replace(load(root / "config" / "datasets.yaml")["mcd12c1"], addresses=entry.addresses)
    stamps = ("2022165213124", "2023000000000", "2021000000000")
    archive.items = [
        umm(archive, f"MCD12C1.A2014001.061.{stamp}.hdf", payload, short_name="MCD12C1", version="061")
        for stamp in stamps
    ]
    found = Earthdata(cover, policy).granules("2014-01", "2014-12")
    assert [granule.name[21:25] for granule in found["2014"]] == ["2023", "2022", "2021"]


def test_checksums_as_cmr_publishes_them():
    """Exact sizes and known algorithms count; rounded sizes and other kinds do not."""
    one = {"Name": "a", "SizeInBytes": 10, "Checksum": {"Value": "A" * 64, "Algorithm": "SHA-256"}}
    record = {"DataGranule": {"ArchiveAndDistributionInformation": [one, {"Name": "b", "Size": 2.1, "SizeUnit": "MB"}]}}
    assert published(record, "a") == (10, Checksum("sha256", "a" * 64))
    assert (
        published(record, "b") == (None, None)
        and published(record, "c") == (None, None)
        and published({}, "a") == (None, None)
    )
    lone = {
        "DataGranule": {
            "ArchiveAndDistributionInformation": [
                {"Name": "Not provided", "Checksum": {"Value": "1", "Algorithm": "Adler-32"}}
            ]
        }
    }
    assert published(lone, "a") == (None, None)
