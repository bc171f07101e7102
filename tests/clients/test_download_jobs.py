"""Jobs with files that fail: one bad file costs itself; a refused login ends all attempts of the run."""

import contextlib
import dataclasses
import functools
import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stand_in
import worlds
import yaml
from stand_in import Fault

from vadose.acquire import again, download, wanted
from vadose.acquire.accounts import RUN, Account
from vadose.acquire.catalogue import load
from vadose.acquire.download import run
from vadose.acquire.errors import Exhausted, FetchError, Refused
from vadose.acquire.plan import plan
from vadose.files import configuration

DAYS = [f"2018-01-{day:02d}" for day in range(1, 32)]


def name_of(day: str, made: str = "20190101") -> str:
    return f"gpcp_v01r03_daily_d{day.replace('-', '')}_c{made}.nc"


@pytest.fixture
def month(archive, root):
    """A January of GPCP on a stand-in, whose index lists every day."""
    entry = load(root / "config" / "datasets.yaml")["gpcp_daily"]
    entry = dataclasses.replace(
        entry, addresses={"index": archive.address + "/{year:04d}/"}, files=entry.files | {"smallest": 1000}
    )
    for day in DAYS:
        archive.files[f"/2018/{name_of(day)}"] = b"CDF\x01" + hashlib.sha256(day.encode()).digest() * 100
    listing(archive, [name_of(day) for day in DAYS])
    (job,) = plan({entry.id: {"years": (2018, 2018)}}, {entry.id: entry}, Path("/nonexistent"), (2018, 2018))
    return archive, entry, dataclasses.replace(job, wanted={day: job.wanted[day] for day in DAYS})


def listing(archive, names):
    archive.files["/2018/"] = "".join(f'<a href="{name}">{name}</a>' for name in names).encode()


def damaged(archive, path):
    archive.files[path] = b"CDF\x01" * 5


def empty(archive, path):
    archive.files[path] = b""


def gone(archive, path):
    archive.faults[path] = [Fault("status", 404)] * 99


def refused(archive, path):
    archive.faults[path] = [Fault("status", 403)] * 99


def in_trouble(archive, path):
    archive.faults[path] = [Fault("status", 500)] * 99


# how the third day fails, what the sentence says of it, whether files may be missing without it
BROKEN = [
    (damaged, r"found 20: no data but the text|stump", True),
    (empty, r"found 0: a stump or an empty file|before the first byte", None),
    (gone, r"404, the archive has no such file", True),
    (refused, r"403, access is refused, though", False),
    (in_trouble, r"gave up after 6 failures.*500", False),
]


@pytest.mark.parametrize(("break_it", "sentence", "lasting"), BROKEN, ids=[case[0].__name__ for case in BROKEN])
def test_one_bad_day_costs_itself(break_it, sentence, lasting, month, policy, tmp_path):
    """The 30 others are fetched, and one sentence names the day and why."""
    archive, entry, job = month
    break_it(archive, f"/2018/{name_of(DAYS[2])}")
    with pytest.raises(
        FetchError, match=rf"1 of 31 files of .* could not be fetched: 2018-01-03: .*{sentence}.*other 30"
    ):
        run(job, entry, tmp_path / "raw", policy=policy)
    assert len(list((tmp_path / "raw" / "gpcp_daily").glob("*.nc"))) == 30
    if lasting is not None:
        with contextlib.nullcontext() if lasting else pytest.raises(FetchError):
            assert len(run(job, entry, tmp_path / "raw2", policy=policy, allow_missing=True)) == 30


@pytest.mark.parametrize("break_it", [damaged, gone, in_trouble])
def test_an_older_making_stands_in(break_it, month, policy, tmp_path):
    """The newest making of a day is damaged, listed but gone, or answers 500: the one before is taken."""
    archive, entry, job = month
    newer = name_of(DAYS[2], "20190712")
    archive.files[f"/2018/{newer}"] = b"CDF\x01" + b"n" * 3000
    listing(archive, [*(name_of(day) for day in DAYS), newer])
    break_it(archive, f"/2018/{newer}")
    found = run(job, entry, tmp_path / "raw", policy=policy)
    assert [item.path.name for item in found] == [name_of(day) for day in DAYS]


def test_files_that_fail_for_a_while_are_tried_again(month, policy, tmp_path):
    """Six failures of one day, then good: the other days do not wait for it, and it comes in the second round."""
    archive, entry, job = month
    path = f"/2018/{name_of(DAYS[2])}"
    archive.faults[path] = [Fault("status", 503)] * 6
    found = run(job, entry, tmp_path / "raw", policy=policy)
    assert len(found) == 31 and [item.key for item in found] == DAYS
    order = [item.path for item in archive.requests() if item.path.endswith(".nc")]
    assert order[-1] == path


def test_an_archive_that_refuses_everything_is_left_alone(month, policy, tmp_path):
    """403 for every file, without an account: three are enough to see it."""
    archive, entry, job = month
    for day in DAYS:
        refused(archive, f"/2018/{name_of(day)}")
    with pytest.raises(Refused, match="may block this network"):
        run(job, entry, tmp_path / "raw", policy=policy)
    assert len([item for item in archive.requests() if item.path.endswith(".nc")]) == 3


@pytest.mark.parametrize("body", [b"<html><title>Log in</title></html>", b"Please accept the licence first."])
def test_pages_instead_of_files_are_never_left_out(body, month, policy, tmp_path):
    """Also where files may be missing: a login page says nothing about a file, and three in a row end the job."""
    archive, entry, job = month
    for day in DAYS:
        archive.faults[f"/2018/{name_of(day)}"] = [Fault("html", body=body)] * 9
    with pytest.raises(Refused, match="3 files in a row were answered by words instead of data: .*(Log in|licence)"):
        run(job, entry, tmp_path / "raw", policy=policy, allow_missing=True)
    archive.faults.clear()
    archive.faults[f"/2018/{name_of(DAYS[4])}"] = [Fault("html", body=body)] * 9
    with pytest.raises(FetchError, match="1 of 31 files .* could not be fetched: 2018-01-05: "):
        run(job, entry, tmp_path / "raw", policy=policy, allow_missing=True)


def test_a_job_without_any_file_is_an_error_also_where_files_may_be_missing(month, policy, tmp_path):
    """Everything is listed and nothing is there: the archive moved its files."""
    archive, entry, job = month
    for day in DAYS:
        gone(archive, f"/2018/{name_of(day)}")
    with pytest.raises(FetchError, match="31 of 31 files .* could not be fetched"):
        run(job, entry, tmp_path / "raw", policy=policy, allow_missing=True)


def test_a_full_disk_ends_the_job_at_once(month, policy, tmp_path, monkeypatch):
    archive, entry, job = month
    monkeypatch.setattr("vadose.acquire.partial.shutil.disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with pytest.raises(FetchError, match="but the disk of .* has 10 free"):
        run(job, entry, tmp_path / "raw", policy=policy)
    assert len([item for item in archive.requests() if item.path.endswith(".nc")]) == 1


def test_a_job_may_take_only_so_long(month, policy, tmp_path):
    archive, entry, job = month
    with pytest.raises(Exhausted, match="31 of 31 files .*the job's time is over"):
        run(job, entry, tmp_path / "raw", policy=dataclasses.replace(policy, longest_job=0.0))


# --- accounts


@pytest.fixture
def of_one_run(monkeypatch):
    monkeypatch.setenv(RUN, "this-run")


@pytest.fixture
def world(request, tmp_path, clean_home, root, payload, authority, monkeypatch):
    """The world of the client named by the test's parameter, with a wrong password."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    for name, value in (worlds.SECRETS | {"GLEAM_PASSWORD": "mysterious-wrong"}).items():
        monkeypatch.setenv(name, value)
    context = stand_in.tls_context(authority, "127.0.0.1", "localhost")
    made = worlds.make(request.param, tmp_path / "world", clean_home, root, payload, context)
    yield made
    made.stop()


@pytest.mark.parametrize("world", ["earthdata", "cds", "sftp"], indirect=True)
def test_one_failed_login_per_account_and_run(world, of_one_run, policy, tmp_path):
    """Six jobs, four of them at once: the stand-in counts one refusal. The next run asks once more."""
    if hasattr(world.archive, "routes"):
        for prefix in list(world.archive.routes):
            world.archive.routes[prefix] = lambda seen: (401, {}, b'{"title": "invalid token"}')
    sentences = []

    def job():
        (one,) = plan({world.id: {"years": (2010, 2010)}}, {world.id: world.dataset}, tmp_path / "raw", (2010, 2010))
        try:
            run(one, world.dataset, tmp_path / "raw", policy=policy, accounts=tmp_path / "downloads")
        except FetchError as reason:
            sentences.append(str(reason))

    threads = [threading.Thread(target=job) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    job()
    job()
    assert refusals(world) == 1 and len(sentences) == 6
    assert sum("Not asked again, because in this run the account was refused before" in text for text in sentences) == 5
    assert "mysterious" not in " ".join(sentences) + "".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "downloads").iterdir()
    )
    with pytest.MonkeyPatch.context() as later:
        later.setenv(RUN, "the-next-run")
        job()
    assert refusals(world) == 2


def refusals(world) -> int:
    """Requests or logins with credentials that the stand-in refused."""
    if hasattr(world.archive, "sessions"):
        return sum(session["user"] is not None for session in world.archive.sessions)
    private = ("Authorization", "PRIVATE-TOKEN")
    asked = [item for item in world.archive.requests() if any(name in item.headers for name in private)]
    return len([item for item in asked if "/messages" not in item.path])


def test_an_unapproved_application_stops_at_the_first_file(of_one_run, tmp_path):
    """The search lets us in, the archive does not: other jobs of the account do not ask the archive either."""
    first, second = (Account("earthdata", tmp_path) for _ in range(2))
    with first.attempt("cmr"):
        pass
    with second.attempt("cmr"):
        pass
    with pytest.raises(Refused, match="approve"), first.attempt("archive"):
        raise Refused("approve the application")
    for stage in ("cmr", "archive"):
        with pytest.raises(Refused, match="Not asked again.*approve the application"), second.attempt(stage):
            pytest.fail("asked again")
    with Account("cds", tmp_path).attempt("x"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".account_cds.json", ".account_earthdata.json"]


def test_a_month_that_the_archive_still_lacks_is_left_out_again(
    secure_archive, root, policy, payload, tmp_path, monkeypatch
):
    """Asked for alone, because the others are there: the other months of the year show that nothing else is wrong."""
    from test_earthdata import SEARCH, umm
    from worlds import search_page

    monkeypatch.setenv("EARTHDATA_TOKEN", "mysterious")
    entry = load(root / "config" / "datasets.yaml")["gldas_2_1"]
    base = secure_archive.address
    places = {"catalogue": f"{base}/search/", "login": f"127.0.0.1:{secure_archive.port}", "hosts": ["127.0.0.1"]}
    entry = dataclasses.replace(entry, addresses=places, files=entry.files | {"smallest": 1000})
    names = [f"GLDAS_NOAH10_M.A2001{month:02d}.021.nc4" for month in range(1, 13) if month != 9]
    items = [umm(secure_archive, name, payload) for name in names]
    secure_archive.files |= {f"/data/{name}": payload for name in names}
    secure_archive.routes[SEARCH] = lambda seen: search_page(seen, items)
    for served in (11, 11):
        (job,) = plan({entry.id: {"years": (2001, 2001)}}, {entry.id: entry}, tmp_path / "raw", (2001, 2001))
        assert len(run(job, entry, tmp_path / "raw", policy=policy, allow_missing=True)) == 11
        assert len([seen for seen in secure_archive.requests() if seen.path.startswith("/data/")]) == served
    through = download.manifest(job, entry, run(job, entry, tmp_path / "raw", policy=policy, allow_missing=True))
    place = tmp_path / "downloads/gldas_2_1_2001.json"
    place.parent.mkdir()
    place.write_text(json.dumps(through), encoding="utf-8")
    (row,) = again.rows([place])
    assert row == {"data_set": entry.id, "years": "2001", "files": 11, "left_out": 1, "which": "2001-09"}
    raw = yaml.safe_load((root / "config/datasets.yaml").read_text(encoding="utf-8"))["gldas_2_1"]
    raw |= {"addresses": places, "files": raw["files"] | {"smallest": 1000}}
    asked = {
        "manifest": str(place),
        "dataset": entry.id,
        "options": {"years": (2001, 2001)},
        "entry": raw,
        "reader": "x",
    }
    before = place.stat().st_mtime_ns
    ask = functools.partial(again.ask, [asked], tmp_path / "raw", tmp_path / "sums", lambda name: None, policy)
    assert ask() == [] and place.stat().st_mtime_ns == before, "nothing new: the list is as it was"
    secure_archive.faults[SEARCH] = [Fault("status", 403)]
    assert ask() == [] and place.stat().st_mtime_ns == before, "an archive that refuses is a warning"
    late = "GLDAS_NOAH10_M.A200109.021.nc4"
    items.append(umm(secure_archive, late, payload))
    secure_archive.files[f"/data/{late}"] = payload
    assert ask() == ["gldas_2_1 2001-09"] and again.rows([place]) == []


def test_accounts_survive_nonsense(of_one_run, tmp_path):
    (tmp_path / ".account_cds.json").write_text("[1", encoding="utf-8")
    with Account("cds", tmp_path).attempt("x"):
        pass
    (tmp_path / ".account_cds.json").write_text("[1]", encoding="utf-8")
    with Account("cds", tmp_path).attempt("x"):
        pass
    assert json.loads((tmp_path / ".account_cds.json").read_text(encoding="utf-8"))["accepted"] == ["x"]


def test_both_papers_with_wrong_passwords(
    of_one_run, policy, tmp_path, clean_home, root, payload, authority, monkeypatch
):
    """Every job of both papers that needs an account, eight at a time: one refusal by each of the three accounts."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    for name, value in (worlds.SECRETS | {"GLEAM_PASSWORD": "mysterious-wrong"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("EARTHDATA_TOKEN")
    monkeypatch.setenv("EARTHDATA_USERNAME", "me")
    monkeypatch.setenv("EARTHDATA_PASSWORD", "mysterious-wrong")
    context = stand_in.tls_context(authority, "127.0.0.1", "localhost")
    entries = load(root / "config/datasets.yaml")
    made = {name: worlds.make(name, tmp_path / name, clean_home, root, payload, context) for name in worlds.CLIENTS}
    try:
        for name in ("earthdata", "cds"):
            made[name].archive.routes = {"/": lambda seen: (401, {}, b'{"title": "invalid token"}')}
            made[name].archive.files.clear()
        accounts = {name: entry for name, entry in entries.items() if entry.access["kind"] != "none"}
        accounts = {
            name: dataclasses.replace(entry, addresses=dict(made[entry.client].dataset.addresses))
            for name, entry in accounts.items()
        }
        paper = yaml.safe_load((root / "config/scenarios/paper_full.yaml").read_text(encoding="utf-8"))
        full = configuration.complete(paper, configuration.load_schema(root / "config/schema.yaml"))
        jobs = plan(wanted.wanted(full, tmp_path, accounts), accounts, tmp_path / "raw", (1, 9999))
        sentences = []

        def attempt(job):
            try:
                run(job, accounts[job.dataset], tmp_path / "raw", policy=policy, accounts=tmp_path / "downloads")
            except FetchError as reason:
                sentences.append(str(reason))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(attempt, jobs))
        assert len(sentences) == len(jobs) > 90
        assert {name: refusals(made[name]) for name in ("earthdata", "cds", "sftp")} == dict.fromkeys(
            ("earthdata", "cds", "sftp"), 1
        )
        assert sum("Not asked again" in text for text in sentences) == len(jobs) - 3
    finally:
        for world in made.values():
            world.stop()
