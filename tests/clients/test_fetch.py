"""The discipline around a file: full disks, locks, records, hostile archives and names."""

import contextlib
import dataclasses
import errno
import gzip
import hashlib
import io
import os
import resource
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest

from vadose.acquire import archives, partial
from vadose.acquire.checksums import Checksum, Record
from vadose.acquire.errors import FetchError, Rejected
from vadose.acquire.fetch import Expected, fetch, present
from vadose.acquire.http import Http
from vadose.acquire.locks import file_lock
from vadose.acquire.names import bare, host_allowed, safe_name

PATH = "/data/file.nc4"


def test_a_lock_is_not_waited_for_for_ever(policy, tmp_path):
    hasty = dataclasses.replace(policy, lock_wait=0.1)
    with (
        file_lock(tmp_path / "file.nc4", policy),
        pytest.raises(FetchError, match="waited 0 s for another process"),
        file_lock(tmp_path / "file.nc4", hasty),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_killed_after_the_last_byte(archive, policy, payload, tmp_path):
    """All bytes are in the part, the checks were not made: they are made now, and nothing is asked from the server."""
    archive.files[PATH] = payload
    target = tmp_path / "file.nc4"
    (tmp_path / "file.nc4.part").write_bytes(payload)
    (tmp_path / "file.nc4.part.json").write_text(
        f'{{"address": "x", "size": {len(payload)}, "etag": "\\"e\\"", "modified": null}}', encoding="utf-8"
    )
    assert fetch(target, Http(policy).source(archive.address + PATH), None, policy).path.read_bytes() == payload
    assert archive.requests() == []


@contextlib.contextmanager
def small_disk(folder: Path):
    """A tmpfs of 200 kB; skips where mounting is not allowed."""
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)], capture_output=True
    ).returncode:
        pytest.skip("mounting a tmpfs needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("announced", [True, False], ids=["seen before", "met while writing"])
def test_disk_full(announced, archive, policy, payload, tmp_path, monkeypatch):
    """A small tmpfs: a sentence, no file under the final name; with more space the rest is fetched and the first half
    is not."""
    if not announced:
        monkeypatch.setattr(partial.Part, "_require_space", lambda self, stream: None)
    archive.files[PATH] = payload
    source = Http(policy).source(archive.address + PATH)
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(FetchError, match="disk .*start again: it goes on where it stopped"):
            fetch(disk / "file.nc4", source, None, policy)
        assert not (disk / "file.nc4").exists()
        kept = (disk / "file.nc4.part").stat().st_size if not announced else 0
        assert announced or 100_000 < kept < len(payload)
        subprocess.run(["mount", "-o", "remount,size=2m", str(disk)], check=True)
        served = archive.sent(PATH)
        assert fetch(disk / "file.nc4", source, None, policy).path.read_bytes() == payload
        assert announced or archive.requests(PATH)[-1].headers["Range"] == f"bytes={kept}-"
        assert announced or archive.sent(PATH) - served == len(payload) - kept


def test_quota_reached(archive, policy, payload, tmp_path):
    """A limit on file size (as a quota would be) met in mid-file, in this very process."""
    archive.files[PATH] = payload
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, before[1]))
    try:
        with pytest.raises(FetchError, match="disk is full, or a quota is reached.* 120000 bytes are kept"):
            fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + PATH), None, policy)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert (
        fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + PATH), None, policy).path.read_bytes()
        == payload
    )


def test_other_write_errors_are_sentences(archive, policy, payload, tmp_path, monkeypatch):
    archive.files[PATH] = payload

    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(partial.Part, "_write", refuse)
    with pytest.raises(FetchError, match="cannot be written .Input/output error"):
        fetch(tmp_path / "file.nc4", Http(policy).source(archive.address + PATH), None, policy)


def test_read_only_folder_is_verified_and_used(archive, policy, payload, tmp_path, monkeypatch):
    """What lies in a folder that we may not write to is used if it is good, and refused with a sentence if it is
    not."""
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    (tmp_path / "file.nc4").write_bytes(payload)
    source = Http(policy).source(archive.address + PATH)
    assert fetch(tmp_path / "file.nc4", source, None, policy).how == "present"
    with pytest.raises(Rejected, match="md5 published"):
        fetch(tmp_path / "file.nc4", source, Expected(checksum=Checksum("md5", "0" * 32)), policy)
    with pytest.raises(FetchError, match="is not there, and its folder cannot be written to"):
        fetch(tmp_path / "other.nc4", source, None, policy)
    assert archive.requests() == [] and [item.name for item in tmp_path.iterdir()] == ["file.nc4"]


def test_empty_and_stump_files_are_no_files(tmp_path):
    target = tmp_path / "file.nc"
    assert present(target, Expected()) is None
    target.write_bytes(b"")
    with pytest.raises(Rejected, match="expected at least 1 bytes, found 0"):
        present(target, Expected())
    target.write_bytes(b"CDF\x01" * 10)
    with pytest.raises(Rejected, match="expected at least 100 bytes, found 40"):
        present(target, Expected(smallest=100))


def test_record_survives_many_writers(tmp_path):
    """Eight processes enter names at once; every entry is there, sorted, and `sha256sum -c` agrees."""
    record = Record(tmp_path / "sums" / "x.sha256")
    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            try:
                for step in range(5):
                    name = f"{number}{step}.nc"
                    (tmp_path / "sums" / name).parent.mkdir(exist_ok=True)
                    (tmp_path / "sums" / name).write_text(name, encoding="utf-8")
                    record.put(name, hashlib.sha256(name.encode()).hexdigest())
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    assert list(record.read()) == sorted(f"{number}{step}.nc" for number in range(8) for step in range(5))
    assert subprocess.run(["sha256sum", "-c", "--quiet", "x.sha256"], cwd=tmp_path / "sums").returncode == 0
    record.path.write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(FetchError, match=r"x.sha256, line 1: expected"):
        record.get("a")


def test_checksums_that_archives_publish():
    assert Checksum.of("MD5", "D41D8CD98F00B204E9800998ECF8427E") == Checksum("md5", "d41d8cd98f00b204e9800998ecf8427e")
    assert Checksum.of("SHA-256", "a" * 64) == Checksum("sha256", "a" * 64)
    assert Checksum.of("CKSUM", "12345") is None and Checksum.of("MD5", "../../etc/passwd") is None


HOSTILE_NAMES = [
    "../x.nc4",
    "/etc/passwd",
    "a/b.nc4",
    "..",
    ".hidden.nc4",
    "a\x00.nc4",
    "a\n.nc4",
    "a b.nc4",
    "C:\\x.nc4",
    "x..nc4",
    "",
    "é.nc4",
]
HOSTILE_NAMES += ["x" * 300 + ".nc4", "x.nc4.part", "x.nc4.lock", "-rf.nc4", "~root.nc4", "$(id).nc4"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names(name):
    with pytest.raises(FetchError, match="expected a (plain )?file name"):
        safe_name(name, None, "the index")


def test_addresses():
    """Which hosts may be asked, and how addresses are shown."""
    nasa = (".nasa.gov", "http://127.0.0.1")
    assert host_allowed("https://data.gesdisc.earthdata.nasa.gov/x", nasa) and host_allowed(
        "http://127.0.0.1:80/x", nasa
    )
    for address in (
        "https://nasa.gov.evil.invalid/x",
        "https://evilnasa.gov/x",
        "http://data.nasa.gov/x",
        "ftp://a.nasa.gov/x",
        "file:///etc/passwd",
    ):
        assert not host_allowed(address, nasa)
    assert bare("https://me:secret@host:8/a/b?key=1#f") == "https://host:8/a/b"


def make_zip(members: list[tuple[str, bytes, int]]) -> bytes:
    """A zip with the given names, contents and Unix modes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in members:
            item = zipfile.ZipInfo(name)
            item.external_attr = mode << 16
            item.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(item, content)
    return buffer.getvalue()


HOSTILE_ZIPS = {
    "upwards": [("../evil", b"x", 0o100644)],
    "absolute": [("/tmp/evil", b"x", 0o100644)],
    "hidden upwards": [("a/../../evil", b"x", 0o100644)],
    "backslashes": [("..\\evil", b"x", 0o100644)],
    "drive": [("C:evil", b"x", 0o100644)],
    "link outwards": [("link", b"/etc", 0o120777), ("link/evil", b"x", 0o100644)],
    "device": [("zero", b"", 0o020666)],
    "twice": [("a", b"x", 0o100644), ("./a", b"y", 0o100644)],
    "bomb": [("zeros", bytes(3_000_000), 0o100644)],
    "many small": [(f"z{number}", bytes(300_000), 0o100644) for number in range(8)],
}


@pytest.mark.parametrize("name", HOSTILE_ZIPS)
def test_hostile_archives(name, tmp_path):
    """Rejected before anything is made of them, and the sentence says which member."""
    path = tmp_path / "hostile.zip"
    path.write_bytes(make_zip(HOSTILE_ZIPS[name]))
    with pytest.raises(
        Rejected, match=r"hostile.zip: .*(leads outside|repeats another|more than (the )?2000000 bytes)"
    ):
        archives.test(path, limit=2_000_000)
    assert [item.name for item in tmp_path.rglob("*")] == ["hostile.zip"]


def test_a_zip_that_lies_about_its_sizes(tmp_path):
    """The directory of the zip says 10 bytes, the member has three million: the count while reading stops it."""
    data = bytearray(make_zip([("zeros", bytes(3_000_000), 0o100644)]))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    (tmp_path / "liar.zip").write_bytes(data)
    with pytest.raises(Rejected):
        archives.test(tmp_path / "liar.zip", limit=2_000_000)
    assert [item.name for item in tmp_path.iterdir()] == ["liar.zip"]


def test_good_and_damaged_archives(tmp_path):
    (tmp_path / "good.zip").write_bytes(
        make_zip([("official/a.shp", b"shape", 0o100644), ("official/a.dbf", b"table", 0)])
    )
    (tmp_path / "a.tif.gz").write_bytes(gzip.compress(bytes(3_000_000)))
    (tmp_path / "none.zip").write_bytes(b"no archive")
    for name in ("good.zip", "a.tif.gz", "none.zip"):
        archives.test(tmp_path / name)
    with pytest.raises(Rejected, match="more than the 2000000 bytes"):
        archives.test(tmp_path / "a.tif.gz", limit=2_000_000)
    for name, damage in (("good.zip", slice(40, 44)), ("a.tif.gz", slice(-8, -4))):
        data = bytearray((tmp_path / name).read_bytes())
        data[damage] = bytes(255 - value for value in data[damage])
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Rejected, match="cut or corrupt"):
            archives.test(tmp_path / name)
