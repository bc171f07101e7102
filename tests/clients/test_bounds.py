"""Everything ends: bodies that drip, headers that drip, servers that always break off, slow ones, and jobs."""

import dataclasses
import itertools
import time

import pytest
from stand_in_raw import once, ranged, response
from stand_in_sftp import PASSWORD, USER

from vadose.acquire.errors import Exhausted, FetchError, Interrupted
from vadose.acquire.fetch import fetch
from vadose.acquire.http import Http
from vadose.acquire.pace import Pace

DATA = b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 2000


def get(server, policy, folder):
    return fetch(folder / "file.nc4", Http(policy).source(server.address + "/file.nc4"), None, policy)


def drip(head):
    """A good beginning, then a byte now and then."""
    yield response("200 OK", {"ETag": '"1"'}, b"", len(DATA))
    for value in itertools.cycle(DATA):
        yield bytes([value])
        yield 0.05


def drip_from_the_range(head):
    """As `drip`, honouring a range: each connection gains something."""
    start = int(head["range"].removeprefix("bytes=").rstrip("-")) if "range" in head else 0
    more = {"Content-Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"} if start else {}
    yield response("206 Partial Content" if start else "200 OK", {"ETag": '"1"'} | more, b"", len(DATA) - start)
    for value in DATA[start:]:
        yield bytes([value])
        yield 0.05


def dripping_headers(head):
    yield b"HTTP/1.1 200 OK\r\n"
    for number in itertools.count():
        yield f"X-{number}: 1\r\n".encode()
        yield 0.05


def endless_continue(head):
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        yield 0.05


ENDLESS = (drip, drip_from_the_range, dripping_headers, endless_continue)
# name, answers, what the sentence must say, connections at most
CASES = [
    ("always cut, nothing to identify the file by", [ranged(DATA, 300_000)], "starts from the first byte|failures", 8),
    ("always cut, a little later each time", [ranged(DATA, 80_000 * n) for n in range(1, 6)] + [ranged(DATA, 400_000)],
     "starts from the first byte|failures", 14),
    ("announces more than it has", [once(response("200 OK", {}, DATA, len(DATA) + 500))],
     "starts from the first|failures", 8),
    ("announces more than it has, with an ETag", [once(response("200 OK", {"ETag": '"1"'}, DATA, len(DATA) + 500))],
     "gave up after", 8),
    ("a byte now and then", [drip], "gave up after 6 failures.*drips", 6),
    ("each connection gains a byte", [drip_from_the_range], "gave up after 6 failures.*drips", 6),
    ("headers drip", [dripping_headers], "gave up after 6 failures", 6),
    ("100 Continue for ever", [endless_continue], "gave up after 6 failures", 6),
    ("closes at once", [once()], "gave up after 6 failures", 6),
    ("half a header", [once(b"HTTP/1.1 200 OK\r\nContent-Le")], "gave up after 6 failures", 6),
    ("no HTTP", [once(b"SSH-2.0-OpenSSH_9\r\n")], "gave up after 6 failures", 6),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answers", "sentence", "most"), CASES, ids=[case[0] for case in CASES])
def test_it_ends(name, answers, sentence, most, raw_server, policy, tmp_path):
    server = raw_server(*answers)
    if answers[0] in ENDLESS:
        policy = dataclasses.replace(policy, answer=0.5, read=0.5)
    with pytest.raises(Exhausted, match=sentence):
        get(server, policy, tmp_path)
    assert len(server.heads) <= most and not (tmp_path / "file.nc4").exists()


def test_a_server_that_gives_a_part_at_a_time(raw_server, policy, tmp_path):
    """Answers of at most 100 kB: each is whole, none is a failure, and no pause lies between them."""

    def answer(head):
        start = int(head["range"].removeprefix("bytes=").rstrip("-")) if "range" in head else 0
        end = min(start + 100_000, len(DATA)) if start else 100_000
        if not start:
            yield response("200 OK", {"ETag": '"1"'}, DATA[:100_000], len(DATA))
            return
        spans = {"ETag": '"1"', "Content-Range": f"bytes {start}-{end - 1}/{len(DATA)}"}
        yield response("206 Partial Content", spans, DATA[start:end])

    server = raw_server(answer)
    calm = dataclasses.replace(policy, tries=2, first_wait=1.0, longest_wait=1.0)
    begun = time.monotonic()
    assert get(server, calm, tmp_path).path.read_bytes() == DATA
    assert len(server.heads) == 6 and time.monotonic() - begun < 4.0, "one pause: after the first, which was cut"


def test_a_rate_at_which_the_file_would_take_too_long(policy, monkeypatch):
    """150 kB/s are fine for 100 MB, and not for 100 GB within a day; nobody waits a day to see it."""
    clock = [0.0]
    monkeypatch.setattr("vadose.acquire.pace.time.monotonic", lambda: clock[0])
    policy = dataclasses.replace(policy, read=90.0)
    small, large = (Pace(policy, "x", 86400.0) for _ in range(2))
    clock[0] = 91.0
    small.came(150_000 * 91, 100_000_000)
    with pytest.raises(Interrupted, match="at 150.0 kB/s the remaining 100000.0 MB take 185.2 hours") as error:
        large.came(150_000 * 91, 100_000_000_000)
    assert error.value.slow
    clock[0] = 86401.0
    with pytest.raises(Interrupted, match="not finished after the 86400 s that are allowed"):
        small.came(10**9, 5)
    with pytest.raises(Interrupted, match="drips"):
        clock[0] = 100.0
        Pace(policy, "x", 10.0**6).came(0, None)
        slow = Pace(policy, "x", 10.0**6)
        clock[0] = 200.0
        slow.came(100, None)


def test_a_file_may_take_only_so_long(raw_server, policy, tmp_path):
    """Fast enough at each moment, and too long in all."""

    def slow(head):
        start = int(head["range"].removeprefix("bytes=").rstrip("-")) if "range" in head else 0
        more = {"Content-Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"} if start else {}
        yield response("206 Partial Content" if start else "200 OK", {"ETag": '"1"'} | more, b"", len(DATA) - start)
        for begin in range(start, len(DATA), 4096):
            yield DATA[begin : begin + 4096]
            yield 0.1

    server = raw_server(slow)
    policy = dataclasses.replace(policy, longest_file=1.0, read=5.0)
    begun = time.monotonic()
    with pytest.raises(Exhausted, match="allowed"):
        get(server, policy, tmp_path)
    assert time.monotonic() - begun < 10.0


def test_a_slow_sftp_server_is_given_up(policy, tmp_path, monkeypatch, root, clean_home):
    """20 bytes a second, each answer in time: no reading ever times out, yet it ends."""
    import paramiko
    from stand_in_sftp import SftpArchive

    from vadose.acquire.catalogue import load
    from vadose.acquire.sftp import Sftp

    key = paramiko.ECDSAKey.generate()
    server = SftpArchive(key)
    try:
        entry = load(root / "config" / "datasets.yaml")["gleam"]
        entry = dataclasses.replace(entry, addresses=entry.addresses | {"host": "127.0.0.1", "port": server.port})
        server.files["a.nc"], server.faults = DATA, [("crawl", 0)] * 9
        (clean_home / ".ssh").mkdir()
        (clean_home / ".ssh/known_hosts").write_text(
            f"[127.0.0.1]:{server.port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8"
        )
        monkeypatch.setenv("GLEAM_USER", USER)
        monkeypatch.setenv("GLEAM_PASSWORD", PASSWORD)
        policy = dataclasses.replace(policy, tries=2, read=1.5)
        with pytest.raises(Exhausted, match="gave up after 2 failures.*(drips|connection failed)"):
            fetch(tmp_path / "a.nc", Sftp(entry, policy).source("a.nc"), None, policy)
    finally:
        server.stop()


def test_limits_come_from_the_configuration(monkeypatch):
    from vadose.acquire.retry_policy import LIMITS, RetryPolicy

    assert RetryPolicy.of({"tries": 2, "longest_file": 60.0}) == RetryPolicy(tries=2, longest_file=60.0)
    with pytest.raises(FetchError, match="downloads.limits: expected some of connect, .*found hours"):
        RetryPolicy.of({"hours": 3})
    assert RetryPolicy.of_run() == RetryPolicy()
    monkeypatch.setenv(LIMITS, '{"tries": 2}')
    assert RetryPolicy.of_run() == RetryPolicy(tries=2)


def test_the_schema_knows_the_limits_and_their_defaults(root):
    """Each limit of the schema is one of the policy, and its default in words is the policy's."""
    import yaml

    from vadose.acquire.retry_policy import RetryPolicy

    schema = yaml.safe_load((root / "config/schema.yaml").read_text(encoding="utf-8"))
    limits = schema["properties"]["downloads"]["properties"]["limits"]["properties"]
    for name, entry in limits.items():
        assert entry["default"] == getattr(RetryPolicy(), name), name
