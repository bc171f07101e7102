"""Jobs of the plan with every client: killed, doubled, on a full disk, with hostile and damaged answers; and the files
of the index clients."""

import contextlib
import dataclasses
import hashlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import stand_in
import worlds
from stand_in import Fault

from vadose.acquire.candidates import invenio
from vadose.acquire.catalogue import load
from vadose.acquire.checksums import Checksum
from vadose.acquire.download import manifest, run
from vadose.acquire.errors import FetchError
from vadose.acquire.plan import plan

SCRIPT = Path(__file__).with_name("interrupted.py")
HALF = 5 * 32768


@pytest.fixture
def world(request, tmp_path, clean_home, root, payload, authority, monkeypatch):
    """The world of the client named by the test's parameter, its secrets in the environment."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    for name, value in worlds.SECRETS.items():
        monkeypatch.setenv(name, value)
    made = worlds.make(
        request.param,
        tmp_path / "world",
        clean_home,
        root,
        payload,
        stand_in.tls_context(authority, "127.0.0.1", "localhost"),
    )
    yield made
    made.stop()


every_client = pytest.mark.parametrize("world", list(worlds.CLIENTS), indirect=True)


def job_of(world, raw: Path):
    """The one job of a world."""
    (job,) = plan(
        {world.id: {"years": (worlds.YEAR, worlds.YEAR)}}, {world.id: world.dataset}, raw, (worlds.YEAR, worlds.YEAR)
    )
    return job


def start(world, raw: Path) -> subprocess.Popen:
    """The job in another process; its messages go where the test can look at them."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "workflow_scripts")}
    command = [sys.executable, str(SCRIPT), str(world.catalogue), world.id, str(raw), str(worlds.YEAR)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@every_client
def test_sigkill_in_mid_file_resumes(world, policy, payload, tmp_path):
    """Killed at half: a part and no file; the next run asks for the rest alone, and the locks of the dead are free."""
    world.fault("hang", HALF)
    folder = tmp_path / "raw" / world.id
    part = folder / (world.name + ".part")
    process = start(world, tmp_path / "raw")
    try:
        end = time.monotonic() + 300.0
        while not (part.exists() and part.stat().st_size == HALF):
            assert time.monotonic() < end and process.poll() is None, "the part never came to its half"
            time.sleep(0.01)
        assert b"mysterious" not in Path(f"/proc/{process.pid}/cmdline").read_bytes(), "a secret in the process list"
    finally:
        process.send_signal(signal.SIGKILL)
        words = process.communicate(timeout=300)
    assert not (folder / world.name).exists()
    job = job_of(world, tmp_path / "raw")
    assert len(job.missing) == 1
    (found,) = run(job, world.dataset, tmp_path / "raw", policy=policy)
    assert found.how == "resumed" and found.path.read_bytes() == payload
    assert world.served() == [HALF, len(payload) - HALF]
    assert [item.name for item in folder.iterdir()] == [world.name]
    assert "mysterious" not in "".join(words)


@every_client
def test_two_processes_want_the_same_file(world, payload, tmp_path):
    """One fetches, the other waits and finds the file; its bytes are served once."""
    world.fault("slow", 0)
    processes = [start(world, tmp_path / "raw") for _ in range(2)]
    outcomes = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outcomes
    assert sorted(words.strip() for words, _ in outcomes) == ["fetched", "present"]
    assert world.served() == [len(payload)] and (tmp_path / "raw" / world.id / world.name).read_bytes() == payload
    assert [item.name for item in (tmp_path / "raw" / world.id).iterdir()] == [world.name]


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
        subprocess.run(["umount", "-l", str(folder)], check=True)


@every_client
def test_disk_full(world, policy, payload, tmp_path):
    """A sentence, and no file; once there is space, the file."""
    with small_disk(tmp_path / "raw") as raw:
        with pytest.raises(FetchError, match="but the disk of .* free.*start again"):
            run(job_of(world, raw), world.dataset, raw, policy=policy)
        assert not (raw / world.id / world.name).exists()
        subprocess.run(["mount", "-o", "remount,size=2m", str(raw)], check=True)
        (found,) = run(job_of(world, raw), world.dataset, raw, policy=policy)
        assert found.path.read_bytes() == payload


@every_client
@pytest.mark.parametrize("years", [-20, 20])
def test_clock_skew(world, years, policy, payload, tmp_path):
    """The server lives in another time, and says so in its dates: neither a wait of years nor a file taken for
    another."""
    world.skew(years * 365 * 86400.0)
    begun = time.monotonic()
    (found,) = run(job_of(world, tmp_path / "raw"), world.dataset, tmp_path / "raw", policy=policy)
    assert found.path.read_bytes() == payload and sum(world.served()) == len(payload)
    assert world.id == "gleam" or time.monotonic() - begun > 0.99, "the second that the server asked for"
    world.skew(0.0)
    (again,) = run(job_of(world, tmp_path / "raw"), world.dataset, tmp_path / "raw", policy=policy)
    assert again.how == "present" and sum(world.served()) == len(payload)


@every_client
def test_nothing_that_a_run_leaves_has_a_secret(world, policy, tmp_path, caplog):
    """Logs at the finest level, files, names and the manifest of a job with a fault on its way."""
    caplog.set_level(logging.DEBUG)
    world.fault("cut", HALF)
    job = job_of(world, tmp_path / "raw")
    found = run(job, world.dataset, tmp_path / "raw", tmp_path / "sums", policy=policy)
    left = json.dumps(manifest(job, world.dataset, found)) + caplog.text + repr(job) + repr(world.dataset) + repr(found)
    for path in [*(tmp_path / "raw").rglob("*"), *(tmp_path / "sums").rglob("*")]:
        left += str(path) + (path.read_text(errors="replace", encoding="utf-8") if path.is_file() else "")
    assert "mysterious" not in left
    assert (tmp_path / "sums" / f"{world.id}.sha256").read_text(
        encoding="utf-8"
    ) == f"{found[0].sha256}  {world.name}\n"


@every_client
def test_good_local_files_need_no_network_and_no_credentials(world, payload, tmp_path, monkeypatch, policy):
    """The archive is gone and so are the credentials: what is there is verified and used, and nothing is written beside
    it."""
    world.stop()
    for name in worlds.SECRETS:
        monkeypatch.delenv(name)
    folder = tmp_path / "raw" / world.id
    folder.mkdir(parents=True)
    (folder / world.name).write_bytes(payload)
    checked = []
    (found,) = run(
        job_of(world, tmp_path / "raw"),
        world.dataset,
        tmp_path / "raw",
        tmp_path / "sums",
        lambda path, **asked: checked.append(path),
        policy,
    )
    assert found.how == "present" and [path.name for path in checked] == [world.name]
    assert [path.name for path in (tmp_path / "raw").rglob("*") if path.is_file()] == [world.name]


@every_client
def test_bad_local_files_are_set_aside_and_fetched(world, payload, tmp_path, policy):
    """A login page under the name of data, found when the job verifies what is there."""
    folder = tmp_path / "raw" / world.id
    folder.mkdir(parents=True)
    page = b"<!DOCTYPE html><html><title>Log in</title>" + b" " * 2000
    (folder / world.name).write_bytes(page)
    (found,) = run(job_of(world, tmp_path / "raw"), world.dataset, tmp_path / "raw", policy=policy)
    assert found.how == "fetched" and found.path.read_bytes() == payload
    assert (folder / (world.name + ".rejected")).read_bytes() == page


def test_bad_file_in_a_users_own_folder_is_left_alone(archive, root, policy, payload, tmp_path):
    """The user's archive is never written to: a good file is fetched into the raw folder instead."""
    entry = load(root / "config" / "datasets.yaml")["vodca2_gpp"]
    entry = dataclasses.replace(
        entry, addresses={"file": archive.address + "/{name}"}, files=entry.files | {"smallest": 1000}
    )
    archive.files["/VODCA2GPP_v1.nc"] = payload
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "mine.nc").write_bytes(b"short")
    options = {"local": str(tmp_path / "disk" / "*.nc")}
    (job,) = plan({entry.id: options}, {entry.id: entry}, tmp_path / "raw", (2000, 2019))
    (found,) = run(job, entry, tmp_path / "raw", tmp_path / "sums", policy=policy)
    assert found.path == tmp_path / "raw" / entry.id / "VODCA2GPP_v1.nc" and found.path.read_bytes() == payload
    assert (tmp_path / "disk" / "mine.nc").read_bytes() == b"short" and len(list((tmp_path / "disk").iterdir())) == 1


def gpcp(archive, root, days: list[str], first: int, last: int):
    """GPCP on a stand-in: an index of 2018 with the given names, all with good bytes; a job for the days number `first`
    to `last`."""
    entry = load(root / "config" / "datasets.yaml")["gpcp_daily"]
    entry = dataclasses.replace(
        entry, addresses={"index": archive.address + "/access/{year:04d}/"}, files=entry.files | {"smallest": 1000}
    )
    names = [f"gpcp_v01r03_daily_{day}.nc" for day in days]
    for name in names:
        archive.files[f"/access/2018/{name}"] = b"CDF\x01" + hashlib.sha256(name.encode()).digest() * 100
    archive.files["/access/2018/"] = "".join(
        f'<a href="{name}">{name}</a>' for name in [*names, "../2017/", "readme.html"]
    ).encode()
    (job,) = plan({entry.id: {"years": (2018, 2018)}}, {entry.id: entry}, Path("/nonexistent"), (2018, 2018))
    assert len(job.wanted) == 365
    return entry, dataclasses.replace(job, wanted=dict(list(job.wanted.items())[first:last]))


def year_of_days(tag: str) -> list[str]:
    """All days of 2018 as the archive names them."""
    lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return [f"d2018{month + 1:02d}{day + 1:02d}_c{tag}" for month in range(12) for day in range(lengths[month])]


def test_daily_files(archive, root, policy, tmp_path):
    """One index, a file for each day, the newest making of each; a damaged newest one gives way to the one before."""
    entry, job = gpcp(archive, root, [*year_of_days("20190101"), "d20180401_c20190712", "d20180402_c20190712"], 60, 100)
    archive.files["/access/2018/gpcp_v01r03_daily_d20180402_c20190712.nc"] = b"CDF\x01stump"
    found = run(job, entry, tmp_path / "raw", tmp_path / "sums", policy=policy)
    names = [item.path.name for item in found]
    assert len(names) == 40 and names == sorted(names) and len(archive.requests("/access/2018/")) == 1
    assert (
        names[30] == "gpcp_v01r03_daily_d20180401_c20190712.nc"
        and names[31] == "gpcp_v01r03_daily_d20180402_c20190101.nc"
    )
    assert "d20180401_c20190101" not in str([item.path for item in archive.requests()])


def test_days_that_the_archive_does_not_have(archive, root, policy, tmp_path, caplog):
    """Everything else is fetched, then the sentence names the days; the next plan has them still missing."""
    entry, job = gpcp(archive, root, year_of_days("20190101")[:-2], 345, 365)
    with pytest.raises(
        FetchError, match=r"lists no file for 2018-12-30, 2018-12-31: not published yet.*The other 18 files"
    ):
        run(job, entry, tmp_path / "raw", policy=policy)
    assert len(list((tmp_path / "raw" / "gpcp_daily").glob("*.nc"))) == 18
    caplog.clear()
    kept = run(job, entry, tmp_path / "raw", policy=policy, allow_missing=True)
    assert (
        len(kept) == 18 and "Left out, because missing files may be kept" in caplog.text and "2018-12-31" in caplog.text
    )
    (again,) = plan({entry.id: {"years": (2018, 2018)}}, {entry.id: entry}, tmp_path / "raw", (2018, 2018))
    assert list(again.missing)[-2:] == ["2018-12-30", "2018-12-31"] and len(again.missing) == 347


def test_published_checksum_of_a_record(archive, root, policy, payload, tmp_path):
    """VODCA2's repository publishes md5: a corrupt first download is found by it, without any reader."""
    entry = load(root / "config" / "datasets.yaml")["vodca2_gpp"]
    addresses = {"file": archive.address + "/{name}?download=1", "checksums": archive.address + "/api/records/x"}
    entry = dataclasses.replace(entry, addresses=addresses, files=entry.files | {"smallest": 1000})
    archive.files["/VODCA2GPP_v1.nc"], archive.faults["/VODCA2GPP_v1.nc"] = payload, [Fault("corrupt")]
    listed = {"key": "VODCA2GPP_v1.nc", "size": len(payload), "checksum": "md5:" + hashlib.md5(payload).hexdigest()}
    archive.files["/api/records/x"] = json.dumps({"files": {"entries": {"VODCA2GPP_v1.nc": listed}}}).encode()
    (job,) = plan({entry.id: {}}, {entry.id: entry}, tmp_path / "raw", (2000, 2019))
    (found,) = run(job, entry, tmp_path / "raw", policy=policy)
    assert found.path.read_bytes() == payload and "md5 published" in found.notes[0]
    expected = (len(payload), Checksum("md5", hashlib.md5(payload).hexdigest()))
    assert invenio(json.dumps({"files": [listed]}), listed["key"]) == expected
    assert invenio(json.dumps({"files": {"entries": [listed]}}), listed["key"]) == expected
    for text in ("<html>", "[]", '{"files": 3}', '{"files": []}'):
        assert invenio(text, listed["key"]) == (None, None)


def test_manifest_has_no_clock_and_says_what_it_is(archive, root, policy, tmp_path):
    entry, job = gpcp(archive, root, year_of_days("20190101"), 0, 2)
    found = run(job, entry, tmp_path / "raw", policy=policy)
    again = run(job, entry, tmp_path / "raw", policy=policy)
    texts = [json.dumps(manifest(job, entry, files), sort_keys=True) for files in (found, again)]
    assert texts[0] == texts[1] and len(manifest(job, entry, found)["files"]) == 2 and entry.doi in texts[0]
    assert not re.search(r"\d\d:\d\d", texts[0].replace(str(tmp_path), ""))
