"""What a user is told: the sentence names the variable, file, proxy or page to look at, and says nothing untrue."""

import dataclasses
import errno
import os
import re
from pathlib import Path

import pytest
from stand_in import Fault
from stand_in_raw import once, response

from vadose.acquire import credentials
from vadose.acquire.catalogue import load
from vadose.acquire.checksums import Record
from vadose.acquire.download import run
from vadose.acquire.errors import Exhausted, FetchError, Refused
from vadose.acquire.fetch import Expected, fetch
from vadose.acquire.http import Http
from vadose.acquire.locks import file_lock
from vadose.acquire.names import bare
from vadose.acquire.plan import plan
from vadose.acquire.redaction import printable
from vadose.acquire.retry_policy import retry_after

PATH = "/data/file.nc4"


def get(address, policy, folder, hint="", expected=None, session=None):
    source = Http(policy, hint=hint, session=session).source(address)
    return fetch(folder / "file.nc4", source, expected, policy)


def refusal(code: str, headers=None, body=b""):
    return once(response(code, headers or {}, body))


# name, answer, what the sentence says, what it must not say, requests
ANSWERS = [
    ("403 without an account", refusal("403 Forbidden"), "403, access is refused, though the archive asks",
     "licence|your account", 1),
    ("401, the token has expired", refusal("401 No", {"WWW-Authenticate": 'Bearer error="invalid_token", '
     'error_description="The token has expired"'}), "401, the token has expired. Make a new one", "missing", 1),
    ("407", refusal("407 No"), "407, the proxy of this network asks for a login", "licence", 1),
    ("451", refusal("451 Unavailable For Legal Reasons"), r"451 \(Unavailable For.*which another try", "", 1),
    ("501", refusal("501 Not Implemented"), "another try will not mend", "gave up", 1),
    ("511", refusal("511 Network Authentication Required"), "511, your network asks for a login", "archive", 1),
    ("507", refusal("507 Insufficient Storage"), "gave up after 6 failures.*507", "will not mend", 6),
    ("509", refusal("509 Bandwidth Limit Exceeded"), "gave up after 6 failures.*509", "will not mend", 6),
    ("520", refusal("520 x"), "gave up after 6 failures.*520", "will not mend", 6),
    ("521", refusal("521 x"), "gave up after 6 failures.*521", "will not mend", 6),
    ("523", refusal("523 x"), "gave up after 6 failures.*523", "will not mend", 6),
    ("530", refusal("530 x"), "gave up after 6 failures.*530", "will not mend", 6),
    ("a reason with escape codes", refusal("418 \x1b[2J\x1b]0;e\x07"), r"418 \(\\x1b\[2J\\x1b\]0;e\\x07\)", "\x1b", 1),
    ("a title with escape codes", refusal("200 OK", {}, b"<html><title>\x1b[31mred</title>"), "31mred", "\x1b", 3),
    ("a redirect to no address", refusal("302 Found", {"Location": "http://[::bad"}), "cannot be used", "Trace", 1),
    ("a redirect to no port", refusal("302 Found", {"Location": "https://h:99999/"}), "cannot be used", "Trace", 1),
    ("a redirect to a file", refusal("302 Found", {"Location": "file:///etc/passwd"}), "redirects to file", "root", 1),
    ("a redirect without a place", refusal("302 Found"), "302", "Traceback", 1),
    ("a refusal in JSON", refusal("200 OK", {}, b'{"error": "quota exceeded, come back tomorrow"}'),
     "quota exceeded, come back tomorrow", "stump", 2),
    ("a refusal in words", refusal("200 OK", {}, b"Please log in first.\n"), "Please log in first", "stump", 2),
    ("a page", refusal("200 OK", {}, b"<html><title>Approve</title></html>"),
     "titled 'Approve'.*visit https://example.invalid/approve", "", 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "answer", "sentence", "not_said", "requests"), ANSWERS, ids=[one[0] for one in ANSWERS]
)
def test_answers(name, answer, sentence, not_said, requests, raw_server, policy, tmp_path):
    server = raw_server(answer)
    hint = "Please visit https://example.invalid/approve ."
    with pytest.raises(FetchError, match=re.compile(sentence, re.S)) as error:
        get(server.address + PATH, policy, tmp_path, hint, Expected(smallest=1000))
    assert not not_said or not re.search(not_said, str(error.value)), str(error.value)
    assert len(server.heads) == requests


def test_an_archive_without_accounts_gives_no_advice_about_them(root):
    for entry in load(root / "config" / "datasets.yaml").values():
        assert "No account." not in entry.hint() and entry.page() in entry.hint() or entry.routes


@pytest.mark.parametrize("value", ["token\r", "token\n", " token", "to\rken", "tok\x00en"])
def test_a_token_that_no_header_can_carry(value, root, monkeypatch):
    """Files of variables with line ends of Windows: the variable is named, its value is not."""
    for name, dataset in (("EARTHDATA_TOKEN", "gldas_2_1"), ("CDSAPI_KEY", "era5_land")):
        if "\x00" not in value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.setitem(os.environ.__dict__["_data"], name.encode(), value.encode())
        with pytest.raises(Refused, match=f"environment {name}: begins or ends with a blank") as error:
            credentials.find(load(root / "config" / "datasets.yaml")[dataset].access)
        assert "token" not in str(error.value).replace("TOKEN", "")


def test_a_password_outside_latin_1(root, clean_home):
    access = load(root / "config" / "datasets.yaml")["gldas_2_1"].access
    (clean_home / ".netrc").write_text(f"machine {access['netrc']} login me password geheim\u0142\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"\.netrc for machine urs.* has a letter that a login over the web cannot carry"):
        credentials.find(access)


def test_the_default_of_netrc_counts(root, clean_home, caplog):
    """As it does for curl and requests; a file that others may read is told of."""
    access = load(root / "config" / "datasets.yaml")["gldas_2_1"].access
    (clean_home / ".netrc").write_text(
        "machine elsewhere login x password y\ndefault login me password mysterious\n", encoding="utf-8"
    )
    (clean_home / ".netrc").chmod(0o644)
    found = credentials.find(access)
    assert found.values == {"user": "me", "password": "mysterious"} and "chmod 600" in caplog.text
    caplog.clear()
    (clean_home / ".netrc").chmod(0o600)
    assert credentials.find(access).available and "chmod" not in caplog.text


def test_proxies_are_named(raw_server, policy, tmp_path, monkeypatch):
    """One that is down, one that wants a login; their passwords are not shown."""
    server = raw_server(refusal("407 Proxy Authentication Required"))
    monkeypatch.setenv("http_proxy", f"http://me:mysterious@127.0.0.1:{server.port}")
    with pytest.raises(FetchError, match=f"407, the proxy http://127.0.0.1:{server.port} asks for a login") as error:
        get("http://archive.invalid/x", policy, tmp_path)
    assert "mysterious" not in str(error.value)
    monkeypatch.setenv("https_proxy", f"http://me:mysterious@127.0.0.1:{server.port}")
    with pytest.raises(FetchError, match=f"the proxy http://127.0.0.1:{server.port} asks for a login"):
        get("https://archive.invalid/x", policy, tmp_path)
    server.stop()
    with pytest.raises(Exhausted, match=f"through the proxy http://127.0.0.1:{server.port}.*https_proxy"):
        get("http://archive.invalid/x", policy, tmp_path)


def test_a_record_on_a_full_disk_is_named(raw_server, policy, tmp_path, monkeypatch):
    """The download is whole; the sentence names the record and its disk, not the file."""
    from vadose.acquire import checksums

    server = raw_server(once(response("200 OK", {"ETag": '"1"'}, b"CDF\x01" * 500)))
    record = Record(tmp_path / "sums" / "x.sha256")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checksums, "replacing", full)
    with pytest.raises(FetchError, match=r"x.sha256: the record of checksums cannot be written \(No space.*is kept"):
        get(server.address + PATH, policy, tmp_path / "raw", expected=Expected(record=record))
    assert (tmp_path / "raw" / "file.nc4").read_bytes() == b"CDF\x01" * 500


def test_a_record_that_is_no_text(tmp_path):
    (tmp_path / "x.sha256").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FetchError, match=r"x.sha256: expected a record of checksums, found a file that cannot be read"):
        Record(tmp_path / "x.sha256").get("a")


def test_a_data_folder_that_is_a_dangling_link(raw_server, policy, tmp_path):
    server = raw_server(once(response("200 OK", {}, b"x")))
    (tmp_path / "raw").symlink_to(tmp_path / "not_mounted")
    with pytest.raises(
        FetchError, match=r"raw: is a link to .*not_mounted, which is not there. Make that folder, mount"
    ):
        get(server.address + PATH, policy, tmp_path / "raw" / "gldas")
    assert server.heads == []


@pytest.mark.parametrize("reason", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_folders_that_can_hold_no_lock(reason, raw_server, policy, tmp_path, monkeypatch):
    """A file system without flock, a folder that a colleague made: the lock stands elsewhere and the file comes."""
    import fcntl

    genuine = fcntl.flock

    def flock(descriptor, operation):
        if str(tmp_path) in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(reason, os.strerror(reason))
        return genuine(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    server = raw_server(once(response("200 OK", {"ETag": '"1"'}, b"CDF\x01" * 500)))
    http = Http(policy, slots=tmp_path / ".connections")
    assert fetch(tmp_path / "file.nc4", http.source(server.address + PATH), None, policy).how == "fetched"
    assert [item.name for item in tmp_path.iterdir() if item.is_file()] == ["file.nc4"]
    hasty = dataclasses.replace(policy, lock_wait=0.1)
    with (
        pytest.raises(FetchError, match="waited 0 s for another process"),
        file_lock(tmp_path / "file.nc4", policy),
        file_lock(tmp_path / "file.nc4", hasty),
    ):
        pass


def test_a_folder_for_connections_that_may_not_be_written(raw_server, policy, tmp_path, monkeypatch):
    """Made by a colleague: no traceback, no wrong sentence, the file comes."""
    from vadose.acquire import locks

    genuine = locks._take

    def take(path):
        if path.suffix == ".slot":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return genuine(path)

    monkeypatch.setattr(locks, "_take", take)
    server = raw_server(once(response("200 OK", {"ETag": '"1"'}, b"CDF\x01" * 500)))
    http = Http(policy, slots=tmp_path / ".connections")
    assert fetch(tmp_path / "file.nc4", http.source(server.address + PATH), None, policy).how == "fetched"


def test_small_things():
    """Addresses of IPv6 keep their brackets; nonsense in Retry-After is no number; control characters are codes."""
    assert bare("http://me:x@[::1]:8080/a?b=c") == "http://[::1]:8080/a" and bare("http://[::bad") != ""
    assert retry_after({"Retry-After": "\u00b2"}) is None and retry_after({"Retry-After": "7 "}) == 7.0
    assert retry_after({"Retry-After": "Mon, 99 Foo 2001"}) is None
    assert printable("a\x1b[2Jb\u202ec\x9bd\n", keep="\n") == "a\\x1b[2Jb\\u202ec\\x9bd\n"
    assert printable("Größe 3 µm: Übersicht") == "Größe 3 µm: Übersicht"


def test_aws_chunked_is_a_label_on_plain_bodies(raw_server, policy, tmp_path):
    body = b"CDF\x01" * 500
    server = raw_server(once(response("200 OK", {"Content-Encoding": "aws-chunked", "ETag": '"1"'}, body)))
    assert get(server.address + PATH, policy, tmp_path).path.read_bytes() == body


# --- CMR


def test_cmr_says_why_and_where(archive, secure_archive, root, policy, tmp_path, monkeypatch):
    """CMR's own reason of a 400 comes through; granules that are in the cloud alone are called that."""
    from test_earthdata import SEARCH, umm
    from worlds import search_page

    from vadose.acquire.earthdata import Earthdata

    monkeypatch.setenv("EARTHDATA_TOKEN", "mysterious")
    entry = load(root / "config" / "datasets.yaml")["gldas_2_1"]
    base = secure_archive.address
    places = {"catalogue": f"{base}/search/", "login": f"127.0.0.1:{secure_archive.port}", "hosts": ["127.0.0.1"]}
    entry = dataclasses.replace(entry, addresses=places)
    secure_archive.faults[SEARCH] = [
        Fault("status", 400, body=b'{"errors": ["Parameter [shortname] was not recognized."]}')
    ]
    with pytest.raises(FetchError, match=r"answered 400 at .*\(Parameter \[shortname\] was not recognized.\)"):
        Earthdata(entry, policy).granules("2012-07", "2012-07")
    item = umm(secure_archive, "GLDAS_NOAH10_M.A201207.021.nc4", b"x")
    item["umm"]["RelatedUrls"] = item["umm"]["RelatedUrls"][:1]
    item["meta"]["cloud-hosted"] = True
    secure_archive.routes[SEARCH] = lambda seen: search_page(seen, [item])
    with pytest.raises(FetchError, match="1 granules .* that can be reached in Amazon's cloud alone"):
        Earthdata(entry, policy).granules("2012-07", "2012-07")


# --- SFTP


def test_lines_of_known_hosts_that_are_about_others(root, policy, tmp_path, monkeypatch, clean_home):
    """@cert-authority lines of a cluster, a broken line of another host: none of them matters; a revoked key of this
    host does."""
    import paramiko
    from stand_in_sftp import PASSWORD, USER, SftpArchive

    from vadose.acquire.sftp import Sftp

    key = paramiko.ECDSAKey.generate()
    server = SftpArchive(key)
    try:
        entry = load(root / "config" / "datasets.yaml")["gleam"]
        entry = dataclasses.replace(entry, addresses=entry.addresses | {"host": "127.0.0.1", "port": server.port})
        server.files["a.nc"] = b"CDF\x01" * 500
        monkeypatch.setenv("GLEAM_USER", USER)
        monkeypatch.setenv("GLEAM_PASSWORD", PASSWORD)
        mine = f"[127.0.0.1]:{server.port} {key.get_name()} {key.get_base64()}"
        others = (
            f"# clusters\n@cert-authority *.hpc.invalid {key.get_name()} {key.get_base64()}\nnode1 ssh-rsa broken==\n"
        )
        hosts = clean_home / ".ssh" / "known_hosts"
        hosts.parent.mkdir()
        hosts.write_text(f"{others}{mine}\n", encoding="utf-8")
        assert fetch(tmp_path / "a.nc", Sftp(entry, policy).source("a.nc"), None, policy).how == "fetched"
        hosts.write_text(f"{others}@revoked {mine}\n", encoding="utf-8")
        with pytest.raises(FetchError, match=r"known_hosts, line 4: the key of .* is revoked"):
            fetch(tmp_path / "b.nc", Sftp(entry, policy).source("a.nc"), None, policy)
        hashed = paramiko.HostKeys.hash_host(f"[127.0.0.1]:{server.port}")
        hosts.write_text(f"{hashed} {key.get_name()} {key.get_base64()}\n", encoding="utf-8")
        assert fetch(tmp_path / "c.nc", Sftp(entry, policy).source("a.nc"), None, policy).how == "fetched"
    finally:
        server.stop()


def test_sftp_servers_that_say_little(root, policy, tmp_path, monkeypatch, clean_home):
    """Without permissions and times in its answer to stat, a file still comes; one larger than said ends in words."""
    import paramiko
    from stand_in_sftp import PASSWORD, USER, SftpArchive

    from vadose.acquire.sftp import Sftp

    key = paramiko.ECDSAKey.generate()
    server = SftpArchive(key)
    try:
        entry = load(root / "config" / "datasets.yaml")["gleam"]
        entry = dataclasses.replace(entry, addresses=entry.addresses | {"host": "127.0.0.1", "port": server.port})
        server.files["a.nc"], server.faults = b"CDF\x01" * 500, [("no modes", 0)]
        monkeypatch.setenv("GLEAM_USER", USER)
        monkeypatch.setenv("GLEAM_PASSWORD", PASSWORD)
        (clean_home / ".ssh").mkdir()
        (clean_home / ".ssh/known_hosts").write_text(
            f"[127.0.0.1]:{server.port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8"
        )
        assert fetch(tmp_path / "a.nc", Sftp(entry, policy).source("a.nc"), None, policy).size == 2000
        server.faults = [("too large", 0)] * 9
        with pytest.raises(Exhausted, match="gave up after 6 failures.*ended after 2000 of 3000 bytes"):
            fetch(tmp_path / "b.nc", Sftp(entry, policy).source("a.nc"), None, policy)
    finally:
        server.stop()


def test_a_missing_raw_file_system_is_no_traceback(archive, root, policy, tmp_path, monkeypatch):
    """The index clients look at the index before any file: nothing that goes wrong there is a traceback."""
    entry = load(root / "config" / "datasets.yaml")["gpcp_daily"]
    entry = dataclasses.replace(entry, addresses={"index": archive.address + "/{year:04d}/"})
    archive.files["/2018/"] = b'<a href="gpcp_v01r03_daily_d20180101_c20190101.nc">x</a>'
    (job,) = plan({entry.id: {"years": (2018, 2018)}}, {entry.id: entry}, Path("/nonexistent"), (2018, 2018))
    (tmp_path / "raw").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(FetchError, match="cannot be written|is a link|Not a directory"):
        run(job, entry, tmp_path / "raw", policy=dataclasses.replace(policy, rounds=1))
