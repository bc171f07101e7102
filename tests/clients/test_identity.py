"""Which bytes belong together: a part is continued only with the rest of the same edition of the same file."""

import email.utils
import hashlib
import json
import random
import time

import pytest
from stand_in_raw import once, ranged, response

from vadose.acquire.checksums import Checksum, Record
from vadose.acquire.errors import FetchError, Rejected
from vadose.acquire.fetch import Expected, fetch, present
from vadose.acquire.http import Http

OLD = b"\x89HDF\r\n\x1a\n" + random.Random(1).randbytes(400_000)
NEW = b"\x89HDF\r\n\x1a\n" + random.Random(2).randbytes(400_000)
HALF = 200_000
THEN, LATER = "Sun, 13 Sep 2020 12:26:40 GMT", "Mon, 14 Sep 2020 12:26:40 GMT"
NOW = email.utils.formatdate(time.time(), usegmt=True)


def get(server, policy, folder, expected=None, path="/file.nc4"):
    return fetch(folder / "file.nc4", Http(policy).source(server.address + path), expected, policy)


# name, headers of the first connection, headers of the others; the archive replaced the file in between, and honours
# Range whatever If-Range says
REPLACED = [
    ("no ETag, the date changes", {"Last_Modified": THEN}, {"Last_Modified": LATER}),
    ("no ETag, the date goes", {"Last_Modified": THEN}, {}),
    (
        "weak ETag, the date changes",
        {"ETag": 'W/"1"', "Last_Modified": THEN},
        {"ETag": 'W/"1"', "Last_Modified": LATER},
    ),
    (
        "weak ETag changes, the date stays",
        {"ETag": 'W/"1"', "Last_Modified": THEN},
        {"ETag": 'W/"2"', "Last_Modified": THEN},
    ),
    ("ETag at first, none then", {"ETag": '"1"'}, {}),
    ("ETag and date at first, the date alone then", {"ETag": '"1"', "Last_Modified": THEN}, {"Last_Modified": THEN}),
    ("ETag changes, the date stays", {"ETag": '"1"', "Last_Modified": THEN}, {"ETag": '"2"', "Last_Modified": THEN}),
    ("strong ETag becomes weak", {"ETag": '"1"'}, {"ETag": 'W/"1"'}),
    ("a weak ETag alone", {"ETag": 'W/"1"'}, {"ETag": 'W/"1"'}),
    ("a date of this minute", {"Last_Modified": NOW, "Date": NOW}, {"Last_Modified": NOW, "Date": NOW}),
    ("a date that is none", {"Last_Modified": "yesterday"}, {"Last_Modified": "yesterday"}),
    ("nothing at all", {}, {}),
]


@pytest.mark.parametrize(("name", "before", "after"), REPLACED, ids=[case[0] for case in REPLACED])
def test_halves_of_two_editions_are_never_joined(name, before, after, raw_server, policy, tmp_path):
    """The first connection breaks in the middle of the old edition, the others serve the new one."""
    server = raw_server(ranged(OLD, HALF, **before), ranged(NEW, **after))
    assert get(server, policy, tmp_path).path.read_bytes() == NEW


def test_the_same_edition_is_continued(raw_server, policy, tmp_path):
    """With all that identified it there again, the second half alone is asked for, with the strongest condition."""
    for number, headers in enumerate(({"ETag": '"1"', "Last_Modified": THEN}, {"Last_Modified": THEN})):
        server = raw_server(ranged(OLD, HALF, **headers), ranged(OLD, **headers))
        (tmp_path / str(number)).mkdir()
        assert get(server, policy, tmp_path / str(number)).path.read_bytes() == OLD
        assert server.heads[1]["range"] == f"bytes={HALF}-"
        assert server.heads[1]["if-range"] == headers.get("ETag", THEN)


def test_a_part_of_one_mirror_is_not_continued_at_another(raw_server, policy, tmp_path):
    """Same size, same date, other bytes."""
    headers = {"Last_Modified": THEN}
    first = raw_server(ranged(OLD, HALF, **headers), once(response("403 Forbidden", {})))
    with pytest.raises(FetchError, match="403"):
        get(first, policy, tmp_path)
    assert (tmp_path / "file.nc4.part").stat().st_size == HALF
    second = raw_server(ranged(NEW, **headers))
    assert get(second, policy, tmp_path).path.read_bytes() == NEW and "range" not in second.heads[0]


def test_416_of_another_edition(raw_server, policy, tmp_path):
    """The first body had no length and broke; the new edition is exactly as long as what had come."""
    headers = {"Last-Modified": THEN, "Transfer-Encoding": "chunked"}
    begun = response("200 OK", headers, b"%x\r\n" % HALF + OLD[:HALF] + b"\r\n", None)
    refusal = response("416 Range Not Satisfiable", {"Content-Range": f"bytes */{HALF}", "Last-Modified": LATER})
    server = raw_server(once(begun), once(refusal), ranged(NEW[:HALF], Last_Modified=LATER))
    assert get(server, policy, tmp_path).path.read_bytes() == NEW[:HALF]


@pytest.mark.parametrize(
    "note",
    [
        {"address": "x", "size": 10, "etag": 7},
        {"address": "x", "size": "10", "etag": None, "modified": THEN},
        {"address": "x", "size": 10, "etag": '"1"\r\nX-Evil: 1'},
        ["x"],
        {"address": "x", "unknown": 1},
    ],
)
def test_a_note_that_makes_no_sense_starts_again(note, raw_server, policy, tmp_path):
    server = raw_server(ranged(OLD, ETag='"1"'))
    (tmp_path / "file.nc4.part").write_bytes(NEW[:HALF])
    (tmp_path / "file.nc4.part.json").write_text(json.dumps(note), encoding="utf-8")
    assert get(server, policy, tmp_path).path.read_bytes() == OLD and "range" not in server.heads[0]


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_parts_are_never_written_through_a_link(link, raw_server, policy, tmp_path):
    """A part planted in a shared folder that leads to a file of somebody else: that file stays as it is."""
    victim = tmp_path / "victim"
    victim.write_bytes(NEW[:HALF])
    raw = tmp_path / "raw"
    raw.mkdir()
    getattr(raw / "file.nc4.part", link)(victim)
    server = raw_server(ranged(OLD, ETag='"1"'))
    note = {"address": f"{server.address}/file.nc4", "size": len(OLD), "etag": '"1"'}
    (raw / "file.nc4.part.json").write_text(json.dumps(note), encoding="utf-8")
    found = get(server, policy, raw)
    assert victim.read_bytes() == NEW[:HALF] and not found.path.is_symlink() and found.path.read_bytes() == OLD


def test_a_replaced_file_is_told_after_two_downloads(raw_server, policy, tmp_path):
    """sha256 differs from the record twice, with the same bytes: replaced, and what to do; no third download."""
    record = Record(tmp_path / "sums" / "x.sha256")
    record.put("file.nc4", hashlib.sha256(OLD).hexdigest())
    server = raw_server(ranged(NEW, ETag='"2"'))
    with pytest.raises(
        Rejected, match="2 times with the same bytes.*recorded in .*x.sha256.*archive replaced the file"
    ):
        get(server, policy, tmp_path, Expected(record=record))
    assert len(server.heads) == 2 and not (tmp_path / "file.nc4").exists()
    server = raw_server(ranged(NEW, ETag='"2"'))
    with pytest.raises(Rejected, match="2 times with the same bytes.*md5 published"):
        get(server, policy, tmp_path, Expected(checksum=Checksum("md5", "0" * 32)))
    assert len(server.heads) == 2


def test_damage_on_the_way_is_not_taken_for_a_replacement(raw_server, policy, tmp_path):
    """Other bytes each time, then the right ones."""
    record = Record(tmp_path / "sums" / "x.sha256")
    record.put("file.nc4", hashlib.sha256(OLD).hexdigest())
    server = raw_server(ranged(NEW, ETag='"1"'), ranged(NEW[::-1], ETag='"1"'), ranged(OLD, ETag='"1"'))
    assert get(server, policy, tmp_path, Expected(record=record)).path.read_bytes() == OLD


def test_a_users_own_file_binds_no_download(raw_server, policy, tmp_path):
    """His file is recorded as his: its change is noticed, but the archive's edition is taken when it is gone."""
    record = Record(tmp_path / "sums" / "x.sha256")
    target, expected = tmp_path / "file.nc4", Expected(record=record)
    target.write_bytes(OLD)
    server = raw_server(ranged(NEW, ETag='"2"'))
    assert get(server, policy, tmp_path, expected).how == "present" and not record.path.exists()
    assert record.own_path.read_text(encoding="utf-8") == f"{hashlib.sha256(OLD).hexdigest()}  file.nc4\n"
    target.write_bytes(OLD[::-1])
    with pytest.raises(Rejected, match=r"was noted in .*x.own.sha256 when it was first seen here: it was changed"):
        present(target, expected)
    target.unlink()
    assert get(server, policy, tmp_path, expected).path.read_bytes() == NEW
    assert record.get("file.nc4") == hashlib.sha256(NEW).hexdigest() and record.own("file.nc4") is None


def test_the_record_is_read_once_and_written_once(tmp_path, monkeypatch):
    """Of a job of 300 files; many jobs at once lose nothing."""
    from vadose.acquire import checksums

    reads = []
    genuine = checksums._read
    monkeypatch.setattr(checksums, "_read", lambda path: (reads.append(path), genuine(path))[1])
    one, two = (Record(tmp_path / "x.sha256") for _ in range(2))
    with one.held(), two.held():
        for number in range(300):
            (one, two)[number % 2].put(f"{number:03d}.nc", f"{number:064x}")
            assert (one, two)[number % 2].get(f"{number:03d}.nc") == f"{number:064x}"
    assert len(reads) == 2 * 2 + 2 and len(genuine(tmp_path / "x.sha256")) == 300


def test_a_finished_part_is_hashed_while_it_is_written(raw_server, policy, tmp_path, monkeypatch):
    """A file that comes in one run is not read a second time, also where its connection breaks."""
    from vadose.acquire import verification

    monkeypatch.setattr(verification, "digests", lambda *_: pytest.fail("read again"))
    server = raw_server(ranged(OLD, HALF, ETag='"1"'), ranged(OLD, ETag='"1"'))
    checksum = Checksum("md5", hashlib.md5(OLD).hexdigest())
    found = get(server, policy, tmp_path, Expected(checksum=checksum))
    assert found.sha256 == hashlib.sha256(OLD).hexdigest()
