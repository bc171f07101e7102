"""Mean archives, case by case from their own protocols: CMR's pages and marks, the states and results of the Climate
Data Store (OGC API Processes), SFTP. Each ends in the right bytes or in a sentence, within a bounded number of
questions; nothing wrong is kept."""

import dataclasses
import hashlib
import json
import re
import urllib.parse

import paramiko
import pytest
from stand_in import Fault
from stand_in_sftp import PASSWORD, USER, SftpArchive

from vadose.acquire.catalogue import load
from vadose.acquire.cds import Cds, requests_for
from vadose.acquire.checksums import Checksum
from vadose.acquire.earthdata import Earthdata
from vadose.acquire.errors import FetchError
from vadose.acquire.fetch import Expected, fetch
from vadose.acquire.sftp import Sftp

SEARCH = "/search/granules.umm_json"
MONTHS = [f"2012-{month:02d}" for month in range(1, 13)]


def name_of(month: str) -> str:
    return f"GLDAS_NOAH10_M.A{month.replace('-', '')}.021.nc4"


def granule(base: str, month: str, data: bytes, **changes) -> dict:
    """A granule as UMM-G has it."""
    information = {"Name": name_of(month), "SizeInBytes": len(data)}
    information["Checksum"] = {"Value": hashlib.md5(data).hexdigest(), "Algorithm": "MD5"}
    record = {
        "GranuleUR": f"GLDAS_NOAH10_M.2.1:{name_of(month)}",
        "CollectionReference": {"ShortName": "GLDAS_NOAH10_M", "Version": "2.1"},
        "RelatedUrls": [{"URL": f"{base}/data/{name_of(month)}", "Type": "GET DATA"}],
        "DataGranule": {"ArchiveAndDistributionInformation": [information]},
    }
    return {"meta": {"concept-id": f"G{month}-X", "provider-id": "X"}, "umm": record | changes}


class Cmr:
    """CMR on a stand-in, by pages; `change(answer, number)` spoils the answer to each question."""

    def __init__(self, archive, payload):
        self.archive, self.questions = archive, 0
        self.items = [granule(archive.address, month, payload) for month in MONTHS]
        self.change = lambda answer, number: answer
        for month in MONTHS:
            archive.files[f"/data/{name_of(month)}"] = payload
        archive.routes["/search/"] = self.answer

    def answer(self, seen):
        self.questions += 1
        size = int(urllib.parse.parse_qs(seen.query).get("page_size", ["10"])[0])
        first = int(seen.headers.get("cmr-search-after") or 0)
        page = self.items[first : first + size]
        headers = {"CMR-Hits": str(len(self.items)), "Content-Type": "application/json"}
        if page:
            headers["CMR-Search-After"] = str(first + len(page))
        status, headers, body = self.change((200, headers, {"hits": len(self.items), "items": page}), self.questions)
        return status, headers, body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def cmr(secure_archive, root, payload, monkeypatch):
    entry = load(root / "config/datasets.yaml")["gldas_2_1"]
    monkeypatch.setenv("EARTHDATA_TOKEN", "mysterious-token")
    addresses = {
        "catalogue": f"{secure_archive.address}/search/",
        "login": f"127.0.0.1:{secure_archive.port}",
        "hosts": ["127.0.0.1"],
    }
    return Cmr(secure_archive, payload), dataclasses.replace(entry, addresses=addresses)


def fewer_hits(answer, number):
    answer[1]["CMR-Hits"] = "3"
    return answer


def more_hits(answer, number):
    answer[1]["CMR-Hits"] = "5000"
    return answer


def hits_that_are_no_number(answer, number):
    answer[1]["CMR-Hits"] = "many"
    return answer


def no_hits(answer, number):
    del answer[1]["CMR-Hits"]
    return answer


def the_same_mark_for_ever(answer, number):
    answer[1]["CMR-Search-After"] = "0"
    return answer


def an_empty_page(answer, number):
    return 200, {"CMR-Hits": "12", "Content-Type": "application/json"}, {"hits": 12, "items": []}


def a_list(answer, number):
    return 200, answer[1], []


def without_items(answer, number):
    return 200, answer[1], {"hits": 12}


def cut_json(answer, number):
    return 200, answer[1], json.dumps(answer[2]).encode()[:500]


def not_utf8(answer, number):
    return 200, answer[1], b"\xff\xfe\x00{"


def once_in_trouble(answer, number):
    return answer if number > 1 else (503, {"Retry-After": "0"}, b"busy")


def refuses_the_question(answer, number):
    return 400, {"Content-Type": "application/json"}, {"errors": ["Parameter [versions] was not recognized."]}


def granule_without_record(answer, number):
    answer[2]["items"][0] = {"meta": {"concept-id": "G0-X"}}
    return answer


def granule_of_nulls(answer, number):
    answer[2]["items"][0]["umm"] = {"RelatedUrls": None, "CollectionReference": None, "DataGranule": None}
    return answer


# how CMR spoils its answers, months found or the words of the sentence, questions at most
ANSWERS = [
    (fewer_hits, 12, 3),
    (more_hits, r"gave up after 6 tries.*says that it has 5000 granules, and gave 12", 14),
    (hits_that_are_no_number, 12, 7),
    (no_hits, 12, 7),
    (the_same_mark_for_ever, 12, 7),
    (an_empty_page, r"says that it has 12 granules, and gave 0", 7),
    (a_list, r"cannot be read", 6),
    (without_items, r"cannot be read", 6),
    (cut_json, r"cannot be read", 6),
    (not_utf8, r"cannot be read", 6),
    (once_in_trouble, 12, 4),
    (refuses_the_question, r"400 .*Parameter .versions. was not recognized", 1),
    (granule_without_record, r"cannot be read|11", 6),
    (granule_of_nulls, r"cannot be read", 6),
]


@pytest.mark.parametrize(("change", "end", "most"), ANSWERS, ids=[case[0].__name__ for case in ANSWERS])
def test_mean_answers_of_cmr(change, end, most, cmr, policy):
    catalogue, entry = cmr
    catalogue.change = change
    try:
        months = Earthdata(entry, policy).granules("2012-01", "2012-12")
    except FetchError as sentence:
        assert isinstance(end, str), str(sentence)
        assert re.search(end, str(sentence)), str(sentence)
    else:
        assert len(months) == end, len(months)
    assert catalogue.questions <= most, catalogue.questions


def twice(items, base, payload):
    items.append(items[0])


def an_older_revision(items, base, payload):
    items.append(granule(base, MONTHS[0], payload[:-9]))


def two_links(items, base, payload):
    items[0]["umm"]["RelatedUrls"] *= 2


def a_link_to_metadata_first(items, base, payload):
    items[0]["umm"]["RelatedUrls"].insert(0, {"URL": f"{base}/data/{name_of(MONTHS[0])}.xml", "Type": "GET DATA"})


def no_link(items, base, payload):
    items[0]["umm"]["RelatedUrls"] = []


def a_checksum_of_another_kind(items, base, payload):
    items[0]["umm"]["DataGranule"]["ArchiveAndDistributionInformation"][0]["Checksum"] = {
        "Value": "12345", "Algorithm": "CRC-32",
    }  # fmt: skip


def a_size_that_is_no_number(items, base, payload):
    items[0]["umm"]["DataGranule"]["ArchiveAndDistributionInformation"][0]["SizeInBytes"] = "large"


def a_name_with_a_path(items, base, payload):
    items[0]["umm"]["RelatedUrls"][0]["URL"] = f"{base}/data/..%2F..%2F{name_of(MONTHS[0])}"


def a_month_that_is_none(items, base, payload):
    items.append(granule(base, "2012-19", payload))


GRANULES = [
    (twice, True), (an_older_revision, None), (two_links, True), (a_link_to_metadata_first, True), (no_link, False),
    (a_checksum_of_another_kind, True), (a_size_that_is_no_number, True), (a_name_with_a_path, False),
    (a_month_that_is_none, True),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "there"), GRANULES, ids=[case[0].__name__ for case in GRANULES])
def test_odd_granules(spoil, there, cmr, policy, payload, tmp_path):
    """The month is there with its bytes, or not listed; never other bytes under its name."""
    catalogue, entry = cmr
    spoil(catalogue.items, catalogue.archive.address, payload)
    client = Earthdata(entry, policy)
    months = client.granules("2012-01", "2012-12")
    assert set(months) - {MONTHS[0]} == set(MONTHS[1:])
    assert there is None or (MONTHS[0] in months) == there
    for one in months.get(MONTHS[0], []):
        expected = Expected(size=one.size, checksum=one.checksum)
        try:
            fetch(tmp_path / "a.nc4", client.http().source(one.address), expected, policy)
        except FetchError:
            continue
        assert (tmp_path / "a.nc4").read_bytes() == payload


COLLECTION = "reanalysis-era5-land-monthly-means"
JOBS, RESULT = "/api/retrieve/v1/jobs/", "/cache/data.nc"


class Store:
    """The Climate Data Store on a stand-in; `state(number)` is what the n-th look at the job says."""

    def __init__(self, archive, payload):
        self.archive, self.asked, self.looks, self.payload = archive, 0, 0, payload
        self.state = lambda number: "successful"
        self.asset = {}
        self.results_status = 200
        archive.files[RESULT] = payload
        archive.routes["/api/"] = self.answer

    def answer(self, seen):
        here, status, body = self.archive.address + seen.path, 200, {"messages": [], "id": "x", "links": []}
        if seen.path.endswith("/execution"):
            self.asked += 1
            place = f"{self.archive.address}{JOBS}job-{self.asked}"
            links = [{"rel": "monitor", "href": place}]
            status, body = 201, {"jobID": f"job-{self.asked}", "status": "accepted", "links": links}
        elif seen.path.endswith("/results"):
            asset = {
                "href": self.archive.address + RESULT,
                "file:size": len(self.payload),
                "type": "application/netcdf",
            }
            status, body = self.results_status, {"asset": {"value": asset | self.asset}}
        elif seen.path.startswith(JOBS):
            self.looks += 1
            links = [{"rel": "self", "href": here}, {"rel": "results", "href": f"{here}/results"}]
            body = {"jobID": seen.path.rsplit("/", 1)[-1], "processID": COLLECTION, "links": links, "metadata": {}}
            state = self.state(self.looks)
            body = state if isinstance(state, dict) else body | {"status": state}
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@pytest.fixture
def store(archive, root, payload, monkeypatch):
    monkeypatch.setenv("CDSAPI_KEY", "mysterious-access-token")
    entry = load(root / "config/datasets.yaml")["era5_land"]
    return Store(archive, payload), dataclasses.replace(entry, addresses={"api": f"{archive.address}/api"})


def state(*states):
    return lambda store: setattr(store, "state", lambda number: states[min(number, len(states)) - 1])


def asset(**values):
    return lambda store: store.asset.update({name.replace("__", ":"): value for name, value in values.items()})


def result(status):
    return lambda store: setattr(store, "results_status", status)


# what the store does, None for the right bytes or what the sentence says, requests made at most
STATES = {
    "accepted, running, successful": (state("accepted", "running", "successful"), None, 1),
    "running, accepted again, successful": (state("running", "accepted", "successful"), None, 1),
    "rejected": (state("rejected"), r"failed to carry it out: it gives no reason", 6),
    "failed, without a reason": (state("failed"), r"failed to carry it out: it gives no reason", 6),
    "dismissed": (state("accepted", "dismissed"), r"was deleted in the store while it waited", 1),
    "deleted": (state("accepted", "deleted"), r"was deleted in the store while it waited", 1),
    "a state that nobody knows": (state("pondering"), r"request job-1 .* is in the state .pondering., which", 1),
    "in capitals": (state("SUCCESSFUL"), r"is in the state .SUCCESSFUL., which", 1),
    "no state": (state({"jobID": "job-1", "links": []}), r"cannot be read", 6),
    "a list": (state({"status": ["successful"]}), r"is in the state .*successful.*, which", 1),
    "in the queue for ever": (state("accepted"), r"is still in the queue after", 1),
    "a size of one byte more": (asset(file__size=300_009), r"lists 300009 bytes, the server announces 300008", 6),
    "a size that is no number": (asset(file__size="large"), r"cannot be read|lists|size", 6),
    "no size": (asset(file__size=None), r"cannot be read", 6),
    "no address": (asset(href=None), r"the archive lists 300008 bytes", 6),
    "an address without a scheme": (asset(href="/cache/data.nc"), None, 1),
    "an address of a file": (asset(href="file:///etc/passwd"), r"offered without encryption .file", 1),
    "a result that is gone": (asset(href="http://127.0.0.1:1/nothing"), r"gave up", 6),
    "results 404": (result(404), r"gave up after 6 failures.*the result is no longer kept", 6),
    "results 410": (result(410), r"gave up after 6 failures.*the result is no longer kept", 6),
    "results 500 for ever": (result(500), r"gave up", 6),
}


@pytest.mark.parametrize("case", STATES)
def test_mean_answers_of_the_climate_data_store(case, store, policy, payload, tmp_path):
    archive, entry = store
    spoil, end, most = STATES[case]
    spoil(archive)
    quick = dataclasses.replace(policy, queue_wait=1.0) if "for ever" in case else policy
    request = requests_for(entry, "monthly_means", 2001)[0]
    target = tmp_path / request.name
    try:
        Cds(entry, quick).fetch(request, target, Expected(reproducible=False))
    except FetchError as sentence:
        assert end is not None and re.search(end, str(sentence)), str(sentence)
        assert not target.exists() and "mysterious" not in str(sentence)
    else:
        assert end is None and target.read_bytes() == payload, end
    assert archive.asked <= most, archive.asked


PATH = "data/v3.8a/monthly/E_1980-2022_GLEAM_v3.8a_MO.nc"


@pytest.fixture
def gleam(payload, root, clean_home, monkeypatch):
    key = paramiko.ECDSAKey.generate()
    server = SftpArchive(key)
    server.files[PATH] = payload
    (clean_home / ".ssh").mkdir(exist_ok=True)
    (clean_home / ".ssh/known_hosts").write_text(
        f"[127.0.0.1]:{server.port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8"
    )
    monkeypatch.setenv("GLEAM_USER", USER)
    monkeypatch.setenv("GLEAM_PASSWORD", PASSWORD)
    entry = load(root / "config/datasets.yaml")["gleam"]
    yield (
        server,
        dataclasses.replace(
            entry, addresses={"host": "127.0.0.1", "port": server.port, "file": entry.addresses["file"]}
        ),
    )
    server.stop()


def other_key(server):
    server.key = paramiko.ECDSAKey.generate()


def smaller_after_a_cut(server):
    server.faults = [("cut", 160_000)]
    server.after = lambda: server.files.update({PATH: server.files[PATH][:200_000]})


def newer_after_a_cut(server):
    server.faults = [("cut", 160_000)]

    def replace():
        server.made += 10
        server.files[PATH] = server.files[PATH][:8] + server.files[PATH][:7:-1]

    server.after = replace


# faults by connection, None for the right bytes or what the sentence says, connections at most
SFTP = {
    "short reads all the way": ([("short", 0)] * 3, None, 1),
    "short reads, then cut": ([("short", 0), ("cut", 200_000)], None, 2),
    "cut at the first byte": ([("cut", 0), ("", 0)], None, 2),
    "cut at the first byte for ever": ([("cut", 0)] * 9, r"gave up after 6 failures", 6),
    "reset in the middle, twice": ([("reset", 100_000), ("reset", 200_000), ("", 0)], None, 4),
    "no modes": ([("no modes", 0)], None, 1),
    "a size that is too large for ever": ([("too large", 0)] * 9, r"gave up|rejected|connection", 6),
    "refuses and then answers": ([("refuse", 0)] * 3, None, 4),
    "refuses for ever": ([("refuse", 0)] * 9, r"gave up after 6 failures", 6),
}


@pytest.mark.parametrize("case", SFTP)
def test_mean_servers_of_sftp(case, gleam, policy, payload, tmp_path):
    server, entry = gleam
    faults, end, most = SFTP[case]
    server.faults = list(faults)
    sums = Expected(checksum=Checksum("sha256", hashlib.sha256(payload).hexdigest()))
    try:
        fetch(tmp_path / "a.nc", Sftp(entry, policy).source(PATH), sums, policy)
    except FetchError as sentence:
        assert end is not None and re.search(end, str(sentence)), str(sentence)
        assert not (tmp_path / "a.nc").exists() and PASSWORD not in str(sentence)
    else:
        assert end is None and (tmp_path / "a.nc").read_bytes() == payload
    assert len(server.sessions) <= most, len(server.sessions)


def test_a_key_that_changes_between_two_connections(gleam, policy, tmp_path):
    """The connection breaks, and another server answers: its key is refused, the password is not sent to it."""
    server, entry = gleam
    server.faults = [("cut", 160_000)]
    begun = Sftp(entry, policy)
    source = begun.source(PATH)
    opened = source.open

    def open_and_change(*given, **named):
        stream = opened(*given, **named)
        other_key(server)
        return stream

    source.open = open_and_change
    with pytest.raises(FetchError, match="host key|changed"):
        fetch(tmp_path / "a.nc", source, None, policy)
    assert server.sessions[-1]["user"] is None and not (tmp_path / "a.nc").exists()


@pytest.mark.parametrize("change", [smaller_after_a_cut, newer_after_a_cut])
def test_a_file_that_changes_between_two_connections(change, gleam, policy, tmp_path):
    """Size or date are others at the second connection: halves are not joined."""
    server, entry = gleam
    change(server)
    source = Sftp(entry, policy).source(PATH)
    opened = source.open

    def open_and_change(*given, **named):
        stream = opened(*given, **named)
        after, server.after = getattr(server, "after", None), None
        if after:
            after()
        return stream

    source.open = open_and_change
    fetch(tmp_path / "a.nc", source, None, policy)
    assert (tmp_path / "a.nc").read_bytes() == server.files[PATH]


def test_cut_downloads_of_the_store_are_resumed(store, policy, payload, tmp_path):
    """The result is cut twice: the request is made once."""
    archive, entry = store
    archive.archive.faults[RESULT] = [Fault("cut", after=100_000), Fault("reset", after=50_000)]
    request = requests_for(entry, "monthly_means", 2001)[0]
    Cds(entry, policy).fetch(request, tmp_path / request.name, Expected(reproducible=False))
    assert (tmp_path / request.name).read_bytes() == payload and archive.asked == 1


def test_the_tables_are_as_long_as_they_say():
    assert len(ANSWERS) + len(GRANULES) + len(STATES) + len(SFTP) >= 50
