"""ERA5-Land through the real cdsapi library, from a stand-in for the Climate Data Store."""

import dataclasses
import io
import itertools
import json
import logging
import zipfile

import pytest
from stand_in import Fault

from vadose.acquire.catalogue import load
from vadose.acquire.cds import Cds, requests_for
from vadose.acquire.checksums import Record
from vadose.acquire.errors import FetchError
from vadose.acquire.fetch import Expected

KEY = "mysterious-access-token"
COLLECTION = "reanalysis-era5-land-monthly-means"
ASK = f"/api/retrieve/v1/processes/{COLLECTION}/execution"
JOB, RESULT = "/api/retrieve/v1/jobs/job-1", "/api/retrieve/v1/jobs/job-1/results"
FILE = "/cache/data.nc"
HALF = 150_000


class Store:
    """The store's interface on a stand-in: queue states are consumed one per look, the last one stays."""

    def __init__(self, archive, payload: bytes):
        self.archive, self.states, self.jobs, self.error = archive, ["successful"], 0, {}
        archive.files[FILE] = payload
        archive.routes["/api/catalogue/v1/messages"] = lambda seen: self.reply({"messages": []})
        archive.routes["/api/retrieve/v1/processes/"] = self.process
        archive.routes["/api/retrieve/v1/jobs/"] = self.job

    @staticmethod
    def reply(body: dict, status: int = 200):
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def process(self, seen):
        if not seen.path.endswith("/execution"):
            return self.reply({"id": seen.path.rsplit("/", 1)[-1], "links": []})
        self.jobs += 1
        place = f"{self.archive.address}/api/retrieve/v1/jobs/job-{self.jobs}"
        return self.reply(
            {"jobID": f"job-{self.jobs}", "status": "accepted", "links": [{"rel": "monitor", "href": place}]}, 201
        )

    def job(self, seen):
        if int(seen.path.split("/jobs/job-")[1].split("/")[0]) > self.jobs:
            return self.reply({"title": "job not found", "detail": "expired"}, 404)
        if seen.path.endswith("/results"):
            if self.error:
                return self.reply(self.error, 400)
            size = len(self.archive.files[FILE])
            return self.reply(
                {
                    "asset": {
                        "value": {"href": self.archive.address + FILE, "file:size": size, "type": "application/netcdf"}
                    }
                }
            )
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        here = self.archive.address + seen.path
        links = [{"rel": "self", "href": here}, {"rel": "results", "href": f"{here}/results"}]
        return self.reply(
            {
                "jobID": seen.path.rsplit("/", 1)[-1],
                "processID": COLLECTION,
                "status": state,
                "links": links,
                "metadata": {},
            }
        )


@pytest.fixture
def dataset(root):
    return load(root / "config" / "datasets.yaml")["era5_land"]


@pytest.fixture
def world(archive, dataset, payload, monkeypatch):
    """The stand-in, its store, the catalogue pointed at it, and a token in the environment."""
    monkeypatch.setenv("CDSAPI_KEY", KEY)
    return archive, Store(archive, payload), dataclasses.replace(dataset, addresses={"api": f"{archive.address}/api"})


def get(dataset, policy, folder, **expected):
    request = requests_for(dataset, "monthly_means", 2001)[0]
    return Cds(dataset, policy).fetch(request, folder / request.name, Expected(reproducible=False, **expected))


def code(status, title="", **headers):
    fault = Fault("status", status, headers={name.replace("_", "-"): value for name, value in headers.items()})
    fault.body = json.dumps({"title": title, "detail": title}).encode()
    return fault


LICENCE = "required licences not accepted"
# name, faults by path, what the sentence must say (None: a good file), file bytes served in payloads
CASES = [
    ("happy path", {}, None, 1.0),
    ("401", {ASK: [code(401, "invalid token")]}, r"401, the store does not know your access token.*\.cdsapirc", 0.0),
    (
        "403 licence",
        {ASK: [code(403, LICENCE)]},
        rf"403, the licence of {COLLECTION} is not accepted.*open https://\S+{COLLECTION}\?tab",
        0.0,
    ),
    ("403 otherwise", {ASK: [code(403, "banned")]}, r"403, access is refused .*banned", 0.0),
    (
        "404",
        {f"/api/retrieve/v1/processes/{COLLECTION}": [code(404, "process not found")]},
        r"404, the store has no reanalysis-era5-land",
        0.0,
    ),
    (
        "400 too large",
        {ASK: [code(400, "cost limits exceeded")]},
        r"400, the store will not take it .*cost limits exceeded",
        0.0,
    ),
    ("400 that quotes the token", {ASK: [code(400, f"no rights for {KEY}")]}, r"no rights for \[hidden\]", 0.0),
    (
        "429 with Retry-After at the queue",
        {ASK: [code(429, Retry_After="1")], JOB: [code(429, Retry_After="0")]},
        None,
        1.0,
    ),
    ("429 with Retry-After at the file", {FILE: [code(429, Retry_After="1")]}, None, 1.0),
    (
        "500 then good, everywhere",
        {ASK: [code(500)], JOB: [code(502)], RESULT: [code(503)], FILE: [code(500)]},
        None,
        1.0,
    ),
    ("500 for ever", {ASK: [code(500)] * 18}, r"gave up after 6 failures in a row.*500", 0.0),
    ("connection reset", {FILE: [Fault("reset", after=HALF)]}, None, None),
    ("body cut in the middle", {FILE: [Fault("cut", after=HALF)]}, None, 1.0),
    ("HTML page with 200 for the file", {FILE: [Fault("html")]}, None, 1.0),
    ("HTML page with 200 for the queue", {JOB: [Fault("html")]}, None, 1.0),
    ("HTML page for ever", {FILE: [Fault("html")] * 3}, r"found an HTML page", 0.0),
    ("hung queue", {JOB: [Fault("mute")]}, None, 1.0),
    ("hung in mid-body", {FILE: [Fault("hang", after=HALF)]}, None, 1.0),
    ("result no longer kept", {FILE: [code(404)]}, None, 1.0),
    ("result's address too old", {FILE: [code(403)]}, None, 1.0),
]


@pytest.mark.parametrize(("name", "faults", "sentence", "served"), CASES, ids=[case[0] for case in CASES])
def test_cases(name, faults, sentence, served, world, patience, payload, tmp_path, caplog):
    """Each fault of the table; and nowhere the token."""
    policy = patience(itertools.chain(*faults.values()), then_good=sentence is None)
    archive, _, dataset = world
    caplog.set_level(logging.DEBUG)
    archive.faults.update({path: list(items) for path, items in faults.items()})
    text = ""
    if sentence is None:
        found = get(dataset, policy, tmp_path)
        assert found.path.read_bytes() == payload
        assert [item.name for item in tmp_path.iterdir()] == [found.path.name]
    else:
        with pytest.raises(FetchError, match=sentence) as error:
            get(dataset, policy, tmp_path)
        text = str(error.getrepr(style="native"))
        assert not list(tmp_path.glob("*.nc"))
    assert all(items == [] for items in archive.faults.values()), "the case did not meet all its faults"
    if served is not None:
        assert archive.sent(FILE) == served * len(payload)
    if "429" in name:
        assert archive.gap(ASK if ASK in faults else FILE) >= 1.0
    assert KEY not in caplog.text + text


def test_same_size_corruption_is_found_by_the_reader_or_the_zip(world, policy, payload, tmp_path):
    """The store publishes no checksum: a ZIP's own CRC or the reader's check tells; twice bad, the result is made
    anew."""
    archive, store, dataset = world
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("data_stream-moda.nc", payload)
    archive.files[FILE] = buffer.getvalue()
    archive.faults[FILE] = [Fault("corrupt")] * 2
    assert get(dataset, policy, tmp_path).path.read_bytes() == buffer.getvalue()
    assert store.jobs == 2


def test_the_token_goes_to_the_store_alone(world, policy, tmp_path):
    """The library sends its token to the interface, never to the cache of results; nor does a redirect carry it
    away."""
    archive, _, dataset = world
    archive.faults[ASK] = [Fault("redirect", 307, headers={"Location": f"http://localhost:{archive.port}{ASK}"})]
    get(dataset, policy, tmp_path)
    first, second = archive.requests(ASK)
    assert first.headers["PRIVATE-TOKEN"] == KEY and "PRIVATE-TOKEN" not in second.headers
    assert KEY not in str(archive.requests(FILE)[0].headers)


def test_the_request_waits_its_turn_and_is_made_once(world, policy, tmp_path):
    archive, store, dataset = world
    store.states = ["accepted", "running", "running", "successful"]
    get(dataset, policy, tmp_path)
    assert store.jobs == 1 and len(archive.requests(ASK)) == 1
    body = json.loads(archive.requests(ASK)[0].body)["inputs"]
    assert body["variable"] == [f"volumetric_soil_water_layer_{number}" for number in (1, 2, 3)]
    assert body["year"] == ["2001"] and len(body["month"]) == 12 and body["download_format"] == "unarchived"


def test_a_request_is_taken_up_again_after_a_stop(world, policy, payload, tmp_path):
    """Still queued when the longest wait ends, then cut in mid-file: later runs ask after the same request and resume
    its bytes."""
    archive, store, dataset = world
    store.states = ["running"]
    with pytest.raises(FetchError, match="request job-1 is still in the queue.*taken up where it stands"):
        get(dataset, dataclasses.replace(policy, queue_wait=0.1), tmp_path)
    store.states = ["successful"]
    archive.faults[FILE] = [Fault("cut", after=HALF)] + [Fault("status", 500)] * 6
    with pytest.raises(FetchError, match="gave up after 6 failures"):
        get(dataset, policy, tmp_path)
    archive.faults[FILE] = []
    found = get(dataset, policy, tmp_path)
    assert found.how == "resumed" and found.path.read_bytes() == payload
    assert store.jobs == 1 and archive.sent(FILE) == len(payload)


def test_an_expired_request_is_made_again(world, policy, payload, tmp_path):
    archive, store, dataset = world
    request = requests_for(dataset, "monthly_means", 2001)[0]
    note = tmp_path / (request.name + ".request.json")
    note.write_text(json.dumps({"asked": request.fingerprint, "request": "job-77"}), encoding="utf-8")
    assert get(dataset, policy, tmp_path).path.read_bytes() == payload
    note.write_text(json.dumps({"asked": "something else", "request": "job-1"}), encoding="utf-8")
    (tmp_path / request.name).unlink()
    get(dataset, policy, tmp_path)
    assert store.jobs == 2


@pytest.mark.parametrize(
    ("words", "jobs", "sentence"),
    [
        ("The job failed: MARS is busy", 6, "gave up after 6 failures .*MARS is busy"),
        ("Request too large, cost 4000", 1, "the store rejected it"),
    ],
)
def test_failed_jobs(words, jobs, sentence, world, policy, tmp_path):
    """A failure in the store is asked for again within bounds; one that another try cannot mend is not."""
    _, store, dataset = world
    store.states, store.error = ["failed"], {"title": "The job has failed", "traceback": words}
    with pytest.raises(FetchError, match=sentence):
        get(dataset, policy, tmp_path)
    assert store.jobs == jobs


def test_no_key_old_key_and_key_from_file(world, policy, payload, tmp_path, monkeypatch, clean_home):
    _, _, dataset = world
    monkeypatch.delenv("CDSAPI_KEY")
    with pytest.raises(
        FetchError, match=r"no credentials found \(looked at environment CDSAPI_KEY; .*/\.cdsapirc for key"
    ):
        get(dataset, policy, tmp_path)
    (clean_home / ".cdsapirc").write_text(
        "url: https://elsewhere.invalid/api\nkey: 1234:mysterious-old-key\n", encoding="utf-8"
    )
    with pytest.raises(FetchError, match="old form USER:KEY") as error:
        get(dataset, policy, tmp_path)
    assert "mysterious" not in str(error.getrepr(style="native"))
    (clean_home / ".cdsapirc").write_text(f"url: https://elsewhere.invalid/api\nkey: {KEY}\n", encoding="utf-8")
    assert get(dataset, policy, tmp_path).path.read_bytes() == payload


def test_present_files_are_not_asked_for(world, policy, tmp_path):
    """A result made again has other bytes: the record guards the file that is there, and does not bind the next one."""
    archive, store, dataset = world
    record = Record(tmp_path / "sums" / "era5_land.sha256")
    found = get(dataset, policy, tmp_path / "raw", record=record)
    assert get(dataset, policy, tmp_path / "raw", record=record).how == "present" and store.jobs == 1
    archive.files[FILE] = archive.files[FILE][::-1]
    found.path.unlink()
    again = get(dataset, policy, tmp_path / "raw", record=record)
    assert store.jobs == 2 and record.get(again.path.name) == again.sha256 != found.sha256


def test_requests_stay_under_the_limit_and_keep_kinds_apart(dataset):
    """For every route: all months and variables once, at most 1000 fields, no accumulation beside soil moisture."""
    wanted = {
        "monthly_means": (["swvl1", "swvl2", "swvl3", "tp", "e"], 12),
        "daily_statistics": (["swvl1", "swvl2", "swvl3"], 366),
        "hourly": (["swvl1", "swvl2", "swvl3", "tp"], 366 * 24),
    }
    for route, (variables, steps) in wanted.items():
        made = requests_for(dataset, route, 2000, variables)
        assert sum(request.fields for request in made) == len(variables) * steps
        assert max(request.fields for request in made) <= 1000
        assert len({request.name for request in made}) == len(made) == len({request.fingerprint for request in made})
        for request in made:
            assert dataset.pattern.fullmatch(request.name), request.name
            assert not ({"total_precipitation", "total_evaporation"} & set(request.body["variable"])) or not any(
                name.startswith("volumetric") for name in request.body["variable"]
            )
    assert [request.fields for request in requests_for(dataset, "monthly_means", 2001)] == [36]
    assert [request.fields for request in requests_for(dataset, "daily_statistics", 2001)][:2] == [93, 84]
    assert len(requests_for(dataset, "hourly", 2001)) == 36


def test_area_and_refusals(dataset):
    whole, north = (requests_for(dataset, "monthly_means", 2001, area=area)[0] for area in (None, (90, -180, 0, 180)))
    assert north.name == "era5_land_monthly_means_2001_swvl1-swvl2-swvl3-n90wm180s0e180.nc" and north.body["area"] == [
        90,
        -180,
        0,
        180,
    ]
    assert north.size == whole.size // 2 and north.fingerprint != whole.fingerprint
    assert requests_for(dataset, "daily_statistics", 2001)[1].body["day"][-1] == "28"
    with pytest.raises(FetchError, match="the daily statistics have no accumulations"):
        requests_for(dataset, "daily_statistics", 2001, ["tp"])
    with pytest.raises(FetchError, match="expected a route of"):
        requests_for(dataset, "minutely", 2001)
    with pytest.raises(FetchError, match="expected variables of swvl1"):
        requests_for(dataset, "hourly", 2001, ["sm"])
    with pytest.raises(FetchError, match="one variable has 744 fields, over the store's limit of 700"):
        requests_for(dataclasses.replace(dataset, fields_per_request=700), "hourly", 2001)
