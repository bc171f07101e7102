"""The doctor: every finding is true, no credential is sent or shown."""

import base64
import dataclasses
import json
import logging
import re
import socket

import paramiko
import pytest
from stand_in import Fault
from stand_in_sftp import PASSWORD, USER, SftpArchive

from vadose.acquire import credentials, redaction
from vadose.acquire.catalogue import load
from vadose.acquire.doctor import examine, reach, text
from vadose.acquire.errors import FetchError, sealed


@pytest.fixture
def nowhere() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def days_of_a_year(seen):
    """An index of GPCP with a day of the year that is asked for."""
    year = seen.path.split("/")[2]
    return 200, {}, f'<a href="gpcp_v01r03_daily_d{year}0101_c20190101.nc">x</a>'.encode()


@pytest.fixture
def catalogue(root, archive, nowhere):
    """All archives at the stand-in, but for GLEAM, which does not answer."""
    found = load(root / "config" / "datasets.yaml")
    base = archive.address
    for name, entry in found.items():
        addresses = {
            "earthdata": {"catalogue": f"{base}/search/", "login": "127.0.0.1", "hosts": ["127.0.0.1"]},
            "cds": {"api": f"{base}/api"},
            "sftp": {"host": "127.0.0.1", "port": nowhere, "file": "x/{name}"},
            "http": {"index": base + "/" + name + "/{year}/"}
            if "index" in entry.addresses
            else {"file": base + "/" + name + "/{name}"},
        }[entry.client]
        found[name] = dataclasses.replace(entry, addresses=addresses)
    archive.routes["/"] = lambda seen: (200, {}, b"{}")
    archive.routes["/gpcp_daily/"] = days_of_a_year
    archive.routes["/wwf_ecoregions"] = lambda seen: (404, {}, b"")
    archive.routes["/cru_ts"] = lambda seen: (503, {}, b"")
    return found


def test_report(catalogue, archive, tmp_path, monkeypatch, caplog):
    """Credentials found and not, archives that answer, are gone, are ill or silent; files and bytes that remain."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("EARTHDATA_TOKEN", "mysterious-token")
    (tmp_path / "raw" / "gldas_2_1").mkdir(parents=True)
    (tmp_path / "raw" / "gldas_2_1" / "GLDAS_NOAH10_M.A200101.021.nc4").write_bytes(b"x")
    chosen = {
        name: {"years": (2001, 2001)} if name == "gldas_2_1" else None
        for name in ("gldas_2_1", "era5_land", "gleam", "cru_ts", "wwf_ecoregions", "gpcp_daily")
    }
    report = examine(chosen, catalogue, tmp_path / "raw", (2000, 2001), timeout=2.0)
    rows = {finding.dataset: finding for finding in report.findings}
    assert {name: (row.credentials, row.reachable) for name, row in rows.items()} == {
        "gldas_2_1": (True, True),
        "era5_land": (False, True),
        "gleam": (False, False),
        "cru_ts": (True, False),
        "wwf_ecoregions": (True, False),
        "gpcp_daily": (True, True),
    }
    assert {name: (row.present, row.missing) for name, row in rows.items()} == {
        "gldas_2_1": (1, 11),
        "era5_land": (0, 2),
        "gleam": (0, 1),
        "cru_ts": (0, 1),
        "wwf_ecoregions": (0, 1),
        "gpcp_daily": (0, 366 + 365),
    }
    assert rows["gldas_2_1"].size == 11 * catalogue["gldas_2_1"].files["bytes"]
    assert rows["era5_land"].hours == pytest.approx(rows["era5_land"].size / 5e6 / 3600 + 2 * 20 / 60)
    assert not report.healthy and report.needed == sum(row.size for row in report.findings) and report.free > 0
    words = text(report)
    assert (
        "environment EARTHDATA_TOKEN" in words
        and "/.cdsapirc for key" in words
        and "licence once on the download page" in words
    )
    assert (
        "reanalysis-era5-land-monthly-means?tab=download" in words
        and "404, the archive has no such file" in words
        and "MISSING" in words
    )
    assert "mysterious" not in words + caplog.text + repr(report)
    with_token = {item.path for item in archive.requests() if "mysterious" in str(item.headers)}
    assert with_token == {"/search/granules.umm_json"}, "the login is tried, once, and the token goes nowhere else"


def test_all_well(catalogue, tmp_path):
    report = examine({"gpcp_daily": {}}, catalogue, tmp_path / "raw" / "not" / "yet", (2000, 2001))
    assert report.healthy and text(report).endswith("Everything is ready.") and not (tmp_path / "raw").exists()
    tight = dataclasses.replace(report, free=report.needed - 1)
    assert not tight.healthy and "NOT ENOUGH SPACE" in text(tight)


def test_an_archive_that_is_not_needed_may_be_silent(catalogue, tmp_path):
    (tmp_path / "gleam").mkdir()
    (tmp_path / "gleam" / "E_1980-2022_GLEAM_v3.8a_MO.nc").write_bytes(b"x")
    report = examine({"gleam": None}, catalogue, tmp_path, (2000, 2019), timeout=1.0)
    assert report.healthy and not report.findings[0].reachable


def test_a_year_that_is_wanted_is_asked_for(catalogue, archive, tmp_path):
    """Archives may hold what is wanted and not the rest: the folder asked for is that of the first year that lacks
    files."""
    archive.routes["/gpcp_daily/"] = lambda seen: days_of_a_year(seen) if "/2001/" in seen.path else (404, {}, b"")
    (finding,) = examine({"gpcp_daily": {"years": (2001, 2002)}}, catalogue, tmp_path, (2001, 2002)).findings
    assert finding.reachable and [item.path for item in archive.requests()] == ["/gpcp_daily/2001/"]
    assert not reach(catalogue["gpcp_daily"], 2.0)[0]
    archive.files["/gosif_gpp/GOSIF_GPP_2005.M01_Mean.tif.gz"] = bytes(5000)
    assert (
        reach(catalogue["gosif_gpp"], 2.0, 2005) == (True, "answers 206")
        and archive.sent("/gosif_gpp/GOSIF_GPP_2005.M01_Mean.tif.gz") == 1024
    )


def test_silent_archives_do_not_hold_us_up(catalogue, archive):
    archive.faults["/cru_ts/cru_ts4.07.1901.2022.tmp.dat.nc.gz"] = [Fault("mute")]
    found, words = reach(catalogue["cru_ts"], 0.3)
    assert not found and "127.0.0.1" in words and "no answer (timed out)" in words


def test_ssh_servers_and_others(catalogue, archive):
    """A web server on the SFTP port is no SSH server."""
    entry = dataclasses.replace(catalogue["gleam"], addresses={"host": "127.0.0.1", "port": archive.port, "file": "x"})
    assert reach(entry, 0.5)[0] is False


def test_credentials_are_found_in_their_three_places(root, clean_home, monkeypatch):
    """Environment before file; an incomplete pair is none; the representation shows nothing."""
    entries = load(root / "config" / "datasets.yaml")
    access = entries["gldas_2_1"].access
    assert not credentials.find(access).available and credentials.find(entries["cru_ts"].access).available
    monkeypatch.setenv("EARTHDATA_USERNAME", "me")
    assert not credentials.find(access).available
    (clean_home / ".netrc").write_text(
        f"machine {access['netrc']} login me password mysterious-one\n", encoding="utf-8"
    )
    assert credentials.find(access).where == f"{clean_home}/.netrc for machine {access['netrc']}"
    monkeypatch.setenv("EARTHDATA_PASSWORD", "mysterious-two")
    found = credentials.find(access)
    assert found.where == "environment EARTHDATA_USERNAME and EARTHDATA_PASSWORD" and "mysterious" not in repr(
        found
    ) + str(found.looked)
    assert redaction.redact("login me, mysterious-one and mysterious-two") == "login me, [hidden] and [hidden]"
    (clean_home / ".cdsapirc").write_text("url: https://x.invalid\nkey: mysterious-three\n", encoding="utf-8")
    assert credentials.find(entries["era5_land"].access).where == f"{clean_home}/.cdsapirc for key"
    with pytest.raises(FetchError, match="no credentials found"):
        credentials.find(entries["gleam"].access).require("GLEAM", "Register.")


def test_redaction_of_forms_that_libraries_write():
    """Percent-encoded, base64, in addresses, in headers; ordinary words stay."""
    redaction.register_pair("me", "pass word/1")
    for written in (
        "pass word/1",
        "pass%20word%2F1",
        "bWU6cGFzcyB3b3JkLzE=",
        "Basic bWU6cGFzcyB3b3JkLzE=",
        "https://me:pass word/1@host/",
    ):
        assert "pass" not in redaction.redact(written) and "bWU6" not in redaction.redact(written), written
    shapes = [
        "Bearer abcdef123456",
        "?X-Amz-Signature=abcdef123456&x=1",
        "{'Authorization': 'abcdef123456'}",
        '"PRIVATE-TOKEN": "abcdef123456"',
    ]
    for written in shapes:
        assert "abcdef123456" not in redaction.redact(written), written
    plain = "GLDAS_NOAH10_M.A201207.021.nc4: expected 12 files, found 11. See https://x.invalid/a?page=2"
    assert redaction.redact(plain) == plain


def test_no_exception_leaves_a_job_with_a_secret(caplog):
    """Ours ends as its sentence, any other as its traceback; both struck clean, in the log and in what is printed."""
    redaction.register("mysterious-one")
    with pytest.raises(SystemExit) as ours, sealed():
        raise FetchError("x.nc: refused mysterious-one. See the page.")
    assert ours.value.code == "x.nc: refused [hidden]. See the page."
    with pytest.raises(SystemExit) as other, sealed():
        raise KeyError("mysterious-one")
    assert "KeyError: '[hidden]'" in other.value.code and "Traceback" in other.value.code
    assert "mysterious" not in other.value.code + caplog.text and caplog.text.count("[hidden]") >= 2
    with sealed():
        pass


def alone(catalogue, name, tmp_path, **options):
    """What the doctor says of one data set of which everything is missing."""
    report = examine({name: options or None}, catalogue, tmp_path / "raw", (2001, 2001), timeout=2.0)
    return report, text(report)


def token_that_ended(day: int) -> str:
    """A JSON Web Token that names its end."""
    payload = base64.urlsafe_b64encode(json.dumps({"exp": day * 86400}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.mysterious-signature"


def test_a_token_that_ended_says_so_itself(catalogue, archive, tmp_path, monkeypatch):
    """No login is needed to read its end, nor tried; two versions of one product need the same advice once."""
    monkeypatch.setenv("EARTHDATA_TOKEN", token_that_ended(17500))
    report = examine({"gldas_2_0": None, "gldas_2_1": None}, catalogue, tmp_path, (2000, 2001))
    words = text(report)
    assert not report.healthy and "the token ended on 2017-11-30, as it says itself" in words
    assert words.count("as it says itself") == 1 and "gldas_2_0, gldas_2_1: credentials" in words
    assert "mysterious" not in words + str([item.headers for item in archive.requests()])
    assert credentials.expired("no token") == credentials.expired("a.b.c") == ""
    assert credentials.expired(token_that_ended(400_000)) == ""


ANSWERS = [
    (Fault("status", 403), "403, access is refused, though the archive asks for no account"),
    (Fault("status", 407), "407, the proxy of this network asks for a login"),
    (Fault("status", 429), "the server answered 429"),
    (Fault("status", 511), "511, your network asks for a login"),
    (Fault("status", 521), "the server answered 521"),
    (
        Fault("html", body=b"<!DOCTYPE html><title>Hotel</title>"),
        "HTML page titled .Hotel.*your network puts",
    ),
]


@pytest.mark.parametrize(("fault", "sentence"), ANSWERS)
def test_an_archive_that_does_not_answer_as_itself_is_not_ready(fault, sentence, catalogue, archive, tmp_path):
    archive.faults["/vodca2_gpp/VODCA2GPP_v1.nc"] = [fault]
    report, words = alone(catalogue, "vodca2_gpp", tmp_path)
    assert not report.healthy and re.search(sentence, words) and "Everything is ready" not in words


def test_a_captive_portal_in_front_of_an_interface(catalogue, archive, tmp_path, monkeypatch):
    monkeypatch.setenv("CDSAPI_KEY", "mysterious")
    archive.faults["/api/catalogue/v1/messages"] = [Fault("html")]
    report, words = alone(catalogue, "era5_land", tmp_path)
    assert not report.healthy and "answers, but not as the archive: your network puts a page" in words


def test_a_proxy_that_is_down_is_named(catalogue, nowhere, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://me:mysterious@127.0.0.1:{nowhere}")
    report, words = alone(catalogue, "vodca2_gpp", tmp_path)
    assert not report.healthy and f"through the proxy http://127.0.0.1:{nowhere}" in words and "mysterious" not in words


def test_logins_are_tried_once_per_account(catalogue, archive, tmp_path, monkeypatch):
    """A token that the archive refuses, for three data sets of it; a key that the store does not know."""
    monkeypatch.setenv("EARTHDATA_TOKEN", "mysterious-token")
    monkeypatch.setenv("CDSAPI_KEY", "mysterious-key")
    archive.routes["/search/granules"] = lambda seen: (401, {}, b"{}")
    archive.routes["/api/profiles"] = lambda seen: (401, {}, b'{"title": "invalid"}')
    wanted = {"gldas_2_0": None, "gldas_2_1": None, "mcd12c1": None, "era5_land": None}
    report = examine(wanted, catalogue, tmp_path, (2001, 2001))
    assert [item.credentials for item in report.findings] == [False] * 4
    assert "the store does not know your access token (401)" in text(report)
    assert len([item for item in archive.requests() if "mysterious-token" in str(item.headers)]) == 1
    assert len(archive.requests("/api/profiles/v1/account/verification/pat")) == 1


def test_a_server_whose_key_is_not_trusted(catalogue, tmp_path, clean_home, monkeypatch):
    """GLEAM answers, and its host key is unknown, or another one; with the right one the login is tried."""
    key, other = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    server = SftpArchive(key)
    try:
        place = {"host": "127.0.0.1", "port": server.port, "file": "x/{name}"}
        catalogue["gleam"] = dataclasses.replace(catalogue["gleam"], addresses=place)
        monkeypatch.setenv("GLEAM_USER", USER)
        monkeypatch.setenv("GLEAM_PASSWORD", "mysterious-wrong")
        report, words = alone(catalogue, "gleam", tmp_path)
        assert not report.healthy and re.search("the server is not in .*known_hosts; it shows the .* SHA256:", words)
        (clean_home / ".ssh").mkdir()
        hosts = clean_home / ".ssh" / "known_hosts"
        hosts.write_text(f"[127.0.0.1]:{server.port} {other.get_name()} {other.get_base64()}\n", encoding="utf-8")
        assert "someone stands in between" in alone(catalogue, "gleam", tmp_path)[1]
        hosts.write_text(f"[127.0.0.1]:{server.port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8")
        report, words = alone(catalogue, "gleam", tmp_path)
        assert not report.healthy and "user name or password were refused" in words
        assert [session["user"] for session in server.sessions if session["user"]] == [USER]
        monkeypatch.setenv("GLEAM_PASSWORD", PASSWORD)
        assert alone(catalogue, "gleam", tmp_path)[0].healthy
    finally:
        server.stop()


def test_a_request_that_cannot_be_granted_is_told_before_it_is_sent(catalogue, archive, tmp_path, monkeypatch):
    monkeypatch.setenv("CDSAPI_KEY", "mysterious-key")
    report, words = alone(catalogue, "era5_land", tmp_path, route="daily_statistics", variables=["tp"])
    assert not report.healthy and "the daily statistics have no accumulations" in words
    assert not [item for item in archive.requests() if "execution" in item.path]
