"""Files over HTTP from a stand-in that misbehaves: each case ends in the right bytes or in a sentence, and nothing
half-written stays."""

import email.utils
import gzip
import hashlib
import logging
import re
import threading
import time

import pytest
import requests
from stand_in import MADE, Archive, Fault

from vadose.acquire import redaction, retry_policy
from vadose.acquire.checksums import Checksum, Record
from vadose.acquire.errors import FetchError
from vadose.acquire.fetch import Expected, fetch
from vadose.acquire.http import Http, newest
from vadose.acquire.retry_policy import retry_after
from vadose.acquire.session import GuardedSession

PATH = "/data/file.nc4"
HALF = 150_004  # bytes after which a body is cut; half of the payload


def cut(kind: str) -> Fault:
    return Fault(kind, after=HALF)


def status(code: int, **headers) -> Fault:
    return Fault("status", code, headers={name.replace("_", "-"): value for name, value in headers.items()})


# name, faults in order, what the sentence must say (None: a good file), file bytes served in units of the payload
# (None: not looked at)
CASES = [
    ("happy path", [], None, 1.0),
    ("401", [status(401)], r"401, the credentials .* visit the page", None),
    ("403 licence", [status(403)], r"403, .*though the archive asks for no account.* visit the page", None),
    ("404", [status(404)], r"404, the archive has no such file", 0.0),
    ("429 with Retry-After", [status(429, Retry_After="1")], None, 1.0),
    ("429 that asks for an hour", [status(429, Retry_After="3600")], r"asks to wait 3600 s .* later", 0.0),
    ("429 without end", [status(429)] * 6, r"gave up after 6 failures .* 429", 0.0),
    ("500 then good", [status(500)], None, 1.0),
    ("503 with a date", [status(503, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT")], None, 1.0),
    ("400", [status(400)], r"400 .*another try will not mend", 0.0),
    ("connection reset in mid-body", [cut("reset")], None, None),
    ("body cut in the middle", [cut("cut")], None, 1.0),
    ("body cut five times", [cut("cut")] + [Fault("cut", after=1)] * 4, None, 1.0),
    ("hung in mid-body", [cut("hang")], None, 1.0),
    ("dripping body", [Fault("drip", seconds=0.05)], None, None),
    ("silent before the headers", [Fault("mute")], None, 1.0),
    ("silent for ever", [Fault("mute")] * 6, r"gave up after 6 failures", 0.0),
    ("same-size corruption", [Fault("corrupt")], None, 2.0),
    ("same-size corruption for ever", [Fault("corrupt")] * 2, r"2 times with the same bytes.*md5 published", 2.0),
    ("corruption after a cut", [cut("cut"), Fault("corrupt")], None, 2.0),
    ("HTML page with 200", [Fault("html")], None, 1.0),
    ("HTML page for ever", [Fault("html")] * 3, r"found an HTML page titled 'Earthdata Login'.*login", 0.0),
    (
        "refusal in XML",
        [Fault("html", body=b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>')] * 3,
        "found an XML page",
        0.0,
    ),
    ("redirects in a circle", [Fault("redirect", 302, headers={"Location": PATH})] * 11, r"redirects in a circle", 0.0),
]


@pytest.mark.parametrize(("name", "faults", "sentence", "served"), CASES, ids=[case[0] for case in CASES])
def test_cases(name, faults, sentence, served, archive, patience, payload, tmp_path):
    """Each fault of the table, with a published checksum."""
    policy = patience(faults, then_good=sentence is None)
    archive.files[PATH] = payload
    archive.faults[PATH] = list(faults)
    source = Http(policy, hint="Please visit the page https://example.invalid/licence.").source(archive.address + PATH)
    expected = Expected(size=len(payload), checksum=Checksum("md5", hashlib.md5(payload).hexdigest()))
    target = tmp_path / "file.nc4"
    if sentence is None:
        found = fetch(target, source, expected, policy)
        assert target.read_bytes() == payload
        assert found.sha256 == hashlib.sha256(payload).hexdigest() and found.size == len(payload)
        assert [item.name for item in tmp_path.iterdir()] == ["file.nc4"]
    else:
        with pytest.raises(FetchError, match=sentence):
            fetch(target, source, expected, policy)
        assert not target.exists()
    assert archive.faults[PATH] == [], "the case did not meet all its faults"
    if served is not None:
        assert archive.sent(PATH) == round(served * len(payload))
    if name == "429 with Retry-After":
        assert archive.gap(PATH) >= 1.0


def test_cut_body_resumes_without_the_first_half(archive, policy, payload, tmp_path):
    archive.files[PATH], archive.faults[PATH] = payload, [cut("cut")]
    fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + PATH), None, policy)
    first, second = archive.requests(PATH)
    assert first.sent == HALF and second.sent == len(payload) - HALF
    assert "Range" not in first.headers
    assert second.headers["Range"] == f"bytes={HALF}-" and second.headers["If-Range"].startswith('"')


def test_changed_remote_starts_again(archive, policy, payload, tmp_path):
    """Between two runs the archive replaced the file: If-Range fails, and the old half is not mixed with the new."""
    archive.files[PATH], archive.faults[PATH] = payload, [cut("cut")] + [status(500)] * 6
    target = tmp_path / "file.nc4"
    source = Http(policy).source(archive.address + PATH)
    with pytest.raises(FetchError, match="gave up"):
        fetch(target, source, None, policy)
    assert (tmp_path / "file.nc4.part").stat().st_size == HALF
    archive.faults[PATH].clear()
    archive.files[PATH] = new = payload[:8] + payload[:7:-1]
    assert fetch(target, source, None, policy).path.read_bytes() == new
    assert archive.requests(PATH)[-1].headers["Range"] == f"bytes={HALF}-"


def test_no_validators_and_no_checksum_means_no_resume(archive, policy, payload, tmp_path):
    """Without ETag, date or checksum nobody could notice a changed file, so a cut body is fetched from its start."""
    archive.files[PATH], archive.etags[PATH], archive.faults[PATH] = payload, None, [cut("cut")]
    assert (
        fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + PATH), None, policy).path.read_bytes()
        == payload
    )
    assert all("Range" not in item.headers for item in archive.requests(PATH))
    checksum = Checksum("sha256", hashlib.sha256(payload).hexdigest())
    archive.faults[PATH] = [cut("cut")]
    fetch(tmp_path / "other.nc4", Http(policy).source(archive.address + PATH), Expected(checksum=checksum), policy)
    assert archive.requests(PATH)[-1].sent == len(payload) - HALF


def test_server_without_ranges(archive, policy, payload, tmp_path):
    archive.files[PATH], archive.faults[PATH], archive.ranges = payload, [cut("cut")], False
    assert (
        fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + PATH), None, policy).path.read_bytes()
        == payload
    )


def test_a_server_of_another_size_is_refused(archive, policy, payload, tmp_path):
    archive.files[PATH] = payload
    with pytest.raises(FetchError, match=rf"lists {len(payload) + 1} bytes, the server announces {len(payload)}"):
        fetch(
            tmp_path / "file.nc4",
            Http(policy).source(archive.address + PATH),
            Expected(size=len(payload) + 1),
            policy,
        )


def test_a_body_longer_than_its_part_says_so(archive, policy, payload, tmp_path):
    """A part longer than the remote file (it shrank): 416, and a fresh start."""
    archive.files[PATH] = payload[:1000]
    target = tmp_path / "file.nc4"
    (tmp_path / "file.nc4.part").write_bytes(payload)
    (tmp_path / "file.nc4.part.json").write_text(
        f'{{"address": "x", "size": {len(payload) + 5}, "etag": null, "modified": "then"}}', encoding="utf-8"
    )
    archive.etags[PATH] = None
    archive.ranges = True
    assert fetch(target, Http(policy).source(archive.address + PATH), None, policy).path.read_bytes() == payload[:1000]


def test_recorded_checksum_binds_ever_after(archive, policy, payload, tmp_path):
    """No published checksum: the first download is recorded; later corruption, on disk and on the way, is found by
    it."""
    record = Record(tmp_path / "checksums" / "product.sha256")
    expected, target = Expected(record=record), tmp_path / "file.nc4"
    source = Http(policy).source(archive.address + PATH)
    archive.files[PATH] = payload
    fetch(target, source, expected, policy)
    assert record.path.read_text(encoding="utf-8") == f"{hashlib.sha256(payload).hexdigest()}  file.nc4\n"
    damaged = bytearray(payload)
    damaged[5000] ^= 1
    target.write_bytes(damaged)
    archive.faults[PATH] = [Fault("corrupt")]
    assert fetch(target, source, expected, policy).path.read_bytes() == payload
    assert (tmp_path / "file.nc4.rejected").read_bytes() == damaged
    served = archive.sent(PATH)
    assert fetch(target, source, expected, policy).how == "present"
    assert archive.sent(PATH) == served
    target.unlink()
    archive.files[PATH] = bytes(damaged)
    with pytest.raises(FetchError, match="recorded in .*product.sha256 at the first download"):
        fetch(target, source, expected, policy)


def test_reader_check_sees_the_true_name_and_rejects(archive, policy, payload, tmp_path):
    """The reader's quick check gets a path that ends in the file's name; its sentence comes through with the real
    folder."""
    archive.files[PATH] = payload
    seen = []

    def check(path):
        seen.append(path.name)
        if len(seen) == 1:
            raise ValueError(f"{path}: expected variable SoilMoi0_10cm_inst, found none.")

    found = fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + PATH), Expected(check=check), policy)
    assert seen == ["file.nc4", "file.nc4"] and found.path.read_bytes() == payload
    assert found.notes == (f"{tmp_path / 'file.nc4'}: expected variable SoilMoi0_10cm_inst, found none.",)


def test_gzip_is_read_to_its_end_before_it_counts(archive, policy, tmp_path):
    """A corrupt .gz has no published checksum, but its CRC tells; a label Content-Encoding: gzip does not unpack it."""
    packed = gzip.compress(b"II*\x00" + bytes(range(256)) * 400)
    archive.files["/data/a.tif.gz"], archive.faults["/data/a.tif.gz"] = packed, [Fault("corrupt")]
    found = fetch(tmp_path / "a.tif.gz", Http(policy).source(archive.address + "/data/a.tif.gz"), None, policy)
    assert found.path.read_bytes() == packed and len(found.notes) == 1 and "corrupt" in found.notes[0]


def test_clock_skew():
    """A Retry-After date is read by the server's clock, whichever of the two clocks is wrong; it can never be
    negative."""
    for now in (0.0, MADE, time.time(), 4e9):
        headers = {
            "Date": email.utils.formatdate(now, usegmt=True),
            "Retry-After": email.utils.formatdate(now + 7, usegmt=True),
        }
        assert retry_after(headers) == 7.0
        headers["Retry-After"] = email.utils.formatdate(now - 7, usegmt=True)
        assert retry_after(headers) == 0.0
    assert retry_after({"Retry-After": "12"}) == 12.0
    assert retry_after({"Retry-After": "soon"}) is None and retry_after({}) is None


def test_clock_skew_over_the_wire(archive, policy, payload, tmp_path, monkeypatch):
    """The server lives 20 years ago and asks for two seconds by its own clock; we wait those two seconds and no
    more."""
    waits = []
    monkeypatch.setattr(retry_policy.time, "sleep", waits.append)
    then = time.time() - 20 * 365 * 86400
    archive.clock = email.utils.formatdate(then, usegmt=True)
    archive.files[PATH] = payload
    archive.faults[PATH] = [status(429, Retry_After=email.utils.formatdate(then + 2, usegmt=True))]
    fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + PATH), None, policy)
    assert waits == [2.0]


def test_backoff_doubles_with_jitter_to_its_limit():
    calm = retry_policy.RetryPolicy()
    for failures in range(12):
        top = min(120.0, 2.0**failures)
        draws = [calm.backoff(failures) for _ in range(200)]
        assert all(top / 2 <= draw <= top for draw in draws) and max(draws) - min(draws) > top / 8


def test_redirect_to_another_host_drops_credentials(secure_archive, policy, payload, tmp_path):
    """Same machine, other name: the Authorization, the private token and the cookie stay behind; on the same host they
    go on."""
    secure_archive.files[PATH] = payload
    here, there = "/here/file.nc4", "/there/file.nc4"
    secure_archive.faults[here] = [Fault("redirect", 302, headers={"Location": f"{secure_archive.address}{PATH}"})]
    secure_archive.faults[there] = [
        Fault("redirect", 307, headers={"Location": f"https://localhost:{secure_archive.port}{PATH}"})
    ]
    session = GuardedSession(policy)
    session.headers.update({"Authorization": "Bearer mysterious", "PRIVATE-TOKEN": "mysterious"})
    session.cookies.set("session", "mysterious", domain="127.0.0.1")
    http = Http(policy, session=session)
    fetch(tmp_path / "here.nc4", http.source(secure_archive.address + here), None, policy)
    assert secure_archive.requests(PATH)[0].headers["Authorization"] == "Bearer mysterious"
    fetch(tmp_path / "there.nc4", http.source(secure_archive.address + there), None, policy)
    assert "mysterious" not in str(secure_archive.requests(PATH)[1].headers)


def test_netrc_passwords_go_nowhere_unasked(archive, policy, payload, tmp_path, clean_home):
    """requests would send a password of ~/.netrc to any host named there, also after a redirect; ours does not."""
    (clean_home / ".netrc").write_text(
        "machine 127.0.0.1 login me password mysterious\ndefault login me password mysterious\n", encoding="utf-8"
    )
    archive.files[PATH] = payload
    archive.faults["/hop"] = [Fault("redirect", 302, headers={"Location": f"http://localhost:{archive.port}{PATH}"})]
    fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + "/hop"), None, policy)
    assert [item.headers.get("Authorization") for item in archive.requests()] == [None, None]
    plain = requests.get(archive.address + PATH, timeout=2)
    assert plain.request.headers["Authorization"].startswith("Basic"), "the premise: plain requests does send it"


def test_redirect_away_from_tls_is_refused(secure_archive, archive, policy, payload, tmp_path):
    archive.files[PATH] = payload
    secure_archive.faults[PATH] = [Fault("redirect", 302, headers={"Location": archive.address + PATH})]
    with pytest.raises(FetchError, match="away from an encrypted connection"):
        fetch(tmp_path / "file.nc4", Http(policy).source(secure_archive.address + PATH), None, policy)
    assert archive.requests() == []


def test_tls_is_verified(secure_archive, policy, payload, tmp_path, monkeypatch):
    """A certificate that we do not trust ends in a sentence at once."""
    secure_archive.files[PATH] = payload
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(FetchError, match="certificate .* could not be verified.*clock"):
        fetch(tmp_path / "file.nc4", Http(policy).source(secure_archive.address + PATH), None, policy)
    assert secure_archive.requests() == []


def test_no_secret_in_messages_and_logs(archive, policy, tmp_path, caplog):
    """A signed address, a token and a password: neither exceptions, nor notes on disk, nor logs at the finest level
    have them."""
    redaction.register("mysterious-token")
    redaction.register_pair("me", "mysterious-password")
    caplog.set_level(logging.DEBUG)
    session = GuardedSession(policy)
    session.headers["Authorization"] = "Bearer mysterious-token"
    archive.faults[PATH] = [
        Fault("cut", after=10),
        Fault("html", body=b"<html><title>mysterious-password</title>"),
    ] * 2 + [Fault("html")]
    archive.files[PATH] = b"x" * 50
    address = (
        archive.address.replace("://", "://me:mysterious-password@")
        + PATH
        + "?Signature=mysterious-signature&token=mysterious-token"
    )
    with pytest.raises(FetchError) as error:
        fetch(tmp_path / "file.nc4", Http(policy, session=session).source(address), None, policy)
    logging.getLogger("urllib3.connectionpool").debug(
        "GET %s with %s", address, {"Authorization": "Basic bWU6bXlzdGVyaW91cy1wYXNzd29yZA=="}
    )
    written = "".join(
        path.read_text(errors="replace", encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()
    )
    text = caplog.text + str(error.getrepr(style="native")) + written
    assert "Signature" in caplog.text, "the premise: libraries do log addresses"
    assert not re.search("mysterious|bWU6bXlz", text)


def test_directory_index_and_newest_of_duplicates(archive, policy):
    """Links of an Apache index; a page cannot smuggle in a path, another host or a name that does not fit."""
    names = ["d20180401_c20180501", "d20180401_c20180712", "d20180402_c20180712"]
    links = "".join(f'<tr><td><a href="gpcp_v01r03_daily_{name}.nc">x</a></td></tr>' for name in names)
    hostile = '<a href="/etc/passwd">p</a><a href="../">up</a><a href="https://evil.invalid/gpcp_v01r03_daily_d20180403_c2018.nc">e</a>'
    archive.files["/2018/"] = (
        f"<html><body><a href='?C=M;O=A'>sort</a>{links}{hostile}<a href='..%2f..%2fx.nc'>h</a></body></html>".encode()
    )
    archive.faults["/2018/"] = [status(500), Fault("cut", after=20)]
    pattern = re.compile(r"gpcp_v01r03_daily_d(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})_c(?P<made>\d{8})\.nc")
    found = Http(policy).names(archive.address + "/2018/")
    assert newest(found, pattern) == [f"gpcp_v01r03_daily_{name}.nc" for name in (names[2], names[1], names[0])]
    assert all("/" not in name for name in found)
    assert newest(["a_SSMI13.nc", "a_SSMI17.nc"], re.compile(r"a_SSMI1\d\.nc"), "SSMI13")[0] == "a_SSMI13.nc"


def test_polite_to_hosts(policy, payload, tmp_path):
    """Six fetches at once, two connections allowed: the server never sees a third."""
    server = Archive()
    try:
        at_once, most, guard = [0], [0], threading.Lock()
        genuine = server.server.RequestHandlerClass._file

        def counted(handler, path, fault):
            with guard:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            time.sleep(0.05)
            with guard:
                at_once[0] -= 1  # before the body, after which the client may let go of its place
            genuine(handler, path, fault)

        server.server.RequestHandlerClass._file = counted
        threads = []
        for number in range(6):
            server.files[f"/{number}.nc"] = payload
            source = Http(policy, slots=tmp_path / "slots").source(f"{server.address}/{number}.nc")
            threads.append(threading.Thread(target=fetch, args=(tmp_path / f"{number}.nc", source, None, policy)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert all((tmp_path / f"{number}.nc").read_bytes() == payload for number in range(6))
        assert most[0] == 2
    finally:
        server.stop()
