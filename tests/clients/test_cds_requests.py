"""Requests to the Climate Data Store and their answers: checked with what was asked, waiting together, told of while
they wait."""

import dataclasses
import json
import logging
import warnings

import numpy as np
import pytest
import xarray as xr
from stand_in import Fault
from test_cds import ASK, FILE, JOB, KEY, Store

from vadose.acquire.accounts import RUN
from vadose.acquire.catalogue import load
from vadose.acquire.cds import Cds, ahead_in_queue, requests_for
from vadose.acquire.checks import check_of, compare_months
from vadose.acquire.download import run
from vadose.acquire.errors import FetchError, Refused
from vadose.acquire.fetch import Expected
from vadose.acquire.plan import plan
from vadose.formats import era5_land


@pytest.fixture
def world(archive, root, payload, monkeypatch):
    """The stand-in, its store, the catalogue pointed at it, and a token in the environment."""
    monkeypatch.setenv("CDSAPI_KEY", KEY)
    entry = load(root / "config" / "datasets.yaml")["era5_land"]
    entry = dataclasses.replace(entry, addresses={"api": f"{archive.address}/api"})
    return archive, Store(archive, payload), entry


def netcdf(folder, variables, times) -> bytes:
    """A file as the store sends it: the variables at the times, on a coarse grid."""
    lat, lon = np.arange(90.0, -91.0, -30.0), np.arange(0.0, 360.0, 30.0)
    values = np.full((len(times), lat.size, lon.size), 0.25, np.float32)
    fields = {name: (("valid_time", "latitude", "longitude"), values, {"units": "m**3 m**-3"}) for name in variables}
    coords = {
        "valid_time": ("valid_time", np.array(times, "datetime64[ns]")),
        "latitude": ("latitude", lat, {"units": "degrees_north"}),
        "longitude": ("longitude", lon, {"units": "degrees_east"}),
    }
    path = folder / "made.nc"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        xr.Dataset(fields, coords=coords, attrs={"institution": "ECMWF"}).to_netcdf(path, engine="h5netcdf")
    return path.read_bytes()


def months(year, last=12):
    return [f"{year}-{month:02d}-01" for month in range(1, last + 1)]


def job_of(entry, raw, **options):
    (job,) = plan({"era5_land": {"years": (2001, 2001), **options}}, {"era5_land": entry}, raw, (2001, 2001))
    return job


def do(entry, policy, raw, **options):
    return run(job_of(entry, raw, **options), entry, raw, raw / "sums", check_of(era5_land), policy)


@pytest.mark.parametrize("layers", [[1], [2], [1, 2], [1, 2, 3], [1, 2, 3, 4]], ids=str)
def test_any_choice_of_layers_is_taken(layers, world, policy, tmp_path):
    """The real check, told which variables were asked for: one request, one download."""
    archive, store, entry = world
    names = [f"swvl{layer}" for layer in layers]
    archive.files[FILE] = netcdf(tmp_path, names, months(2001))
    (found,) = do(entry, policy, tmp_path / "raw", variables=names)
    assert found.how == "fetched" and store.jobs == 1 and len(archive.requests(FILE)) == 1
    (again,) = do(entry, policy, tmp_path / "raw", variables=names)
    assert again.how == "present" and store.jobs == 1
    assert not list((tmp_path / "raw").rglob("*.rejected"))


def test_hours_come_a_variable_and_month_at_a_time(world, policy, tmp_path):
    """36 requests a year, each for one variable: each file is checked for its own."""
    archive, store, entry = world
    hours = {
        month: [np.datetime64(f"2001-{month:02d}", "M").astype("datetime64[h]") + hour for hour in range(48)]
        for month in (1, 2)
    }
    job = job_of(entry, tmp_path / "raw", route="hourly")
    chosen = {name: item for name, item in job.wanted.items() if item.key in ("2001-01", "2001-02")}
    assert len(job.wanted) == 36 and len(chosen) == 6
    asked = []

    def answer(seen):
        if seen.path.endswith("/execution"):
            asked.append(json.loads(seen.body)["inputs"])
        return store_process(seen)

    store_process = store.process
    archive.routes["/api/retrieve/v1/processes/"] = answer
    result = store.job

    def with_its_own_file(seen):
        if seen.path.endswith("/results"):
            number = int(seen.path.split("/jobs/job-")[1].split("/")[0])
            body = asked[number - 1]
            (variable,), (month,) = body["variable"], body["month"]
            archive.files[FILE] = netcdf(tmp_path, [f"swvl{variable[-1]}"], hours[int(month)])
        return result(seen)

    archive.routes["/api/retrieve/v1/jobs/"] = with_its_own_file
    found = run(dataclasses.replace(job, wanted=chosen), entry, tmp_path / "raw", None, check_of(era5_land), policy)
    assert len(found) == 6 and store.jobs == 6


# name, variables and times of the answer, what the sentence says; asked are layers 1 and 2 of 2001
WRONG = [
    ("another year", ["swvl1", "swvl2"], months(2002), "the months 2001-01 to 2001-12, found 2002-01 to 2002-12"),
    ("another variable", ["swvl1", "swvl3"], months(2001), "expected variable swvl2"),
    ("half a year", ["swvl1", "swvl2"], months(2001, 6), "found none of 2001-07, 2001-08"),
    ("one month lacks", ["swvl1", "swvl2"], months(2001)[:4] + months(2001)[5:], "found none of 2001-05"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "variables", "times", "sentence"), WRONG, ids=[case[0] for case in WRONG])
def test_an_answer_to_another_question_is_refused(name, variables, times, sentence, world, policy, tmp_path):
    archive, _, entry = world
    archive.files[FILE] = netcdf(tmp_path, variables, times)
    with pytest.raises(FetchError, match=sentence):
        do(entry, policy, tmp_path / "raw", variables=["swvl1", "swvl2"])
    assert not list((tmp_path / "raw").rglob("*.nc"))


def test_a_year_that_is_not_over_may_end_early(tmp_path):
    """The last months of a year that the archive has not finished may lack; a gap may not."""
    asked = [f"2999-{month:02d}" for month in range(1, 13)]
    compare_months(tmp_path, asked[:5], asked)
    with pytest.raises(ValueError, match="found none of 2999-03"):
        compare_months(tmp_path, [*asked[:2], *asked[3:5]], asked)


def test_a_good_file_of_other_layers_is_left_where_it_is(world, policy, tmp_path):
    """Layers 1 and 2 lie there, layer 1 alone is wanted under another name: neither is touched nor asked for twice."""
    archive, store, entry = world
    archive.files[FILE] = netcdf(tmp_path, ["swvl1", "swvl2"], months(2001))
    do(entry, policy, tmp_path / "raw", variables=["swvl1", "swvl2"])
    archive.files[FILE] = netcdf(tmp_path, ["swvl1"], months(2001))
    do(entry, policy, tmp_path / "raw", variables=["swvl1"])
    assert store.jobs == 2 and len(list((tmp_path / "raw" / "era5_land").glob("*.nc"))) == 2


def test_requests_of_a_job_wait_together(world, policy, tmp_path):
    """All are made before the first is waited for, at most `queue_together` at a time."""
    archive, store, entry = world
    job = job_of(entry, tmp_path / "raw", route="daily_statistics")
    assert len(job.wanted) == 12
    queue = []
    store_job = store.job

    def look(seen):
        queue.append((store.jobs, seen.path))
        return store_job(seen)

    archive.routes["/api/retrieve/v1/jobs/"] = look
    found = run(job, entry, tmp_path / "raw", policy=dataclasses.replace(policy, queue_together=5))
    assert len(found) == 12 and store.jobs == 12
    at_first_look = next(count for count, path in queue if path == JOB and count)
    assert at_first_look == next(count for count, path in queue if path.endswith("/results")) == 5
    assert not list((tmp_path / "raw" / "era5_land").glob("*.request.json"))


def test_one_tells_of_a_request_that_waits(world, policy, tmp_path, caplog):
    """Its number, its state and, where the store says so, how many are before it."""
    archive, store, entry = world
    caplog.set_level(logging.INFO)
    store.states = ["accepted", "running", "successful"]
    genuine = store.reply
    store.reply = lambda body, status=200: genuine(
        body | {"metadata": {"qos": {"status": {"user": [{"info": "limit", "queued": 41}]}}}}, status
    )
    run(job_of(entry, tmp_path / "raw"), entry, tmp_path / "raw", policy=policy)
    assert "request job-1 is queued, 41 requests before it" in caplog.text
    assert "request job-1 is running" in caplog.text and KEY not in caplog.text
    assert ahead_in_queue({}) is None and ahead_in_queue({"metadata": [{"position": 3}]}) == 3


def fetch_one(entry, policy, folder):
    request = requests_for(entry, "monthly_means", 2001)[0]
    return Cds(entry, policy).fetch(request, folder / request.name, Expected(reproducible=False))


@pytest.mark.parametrize("state", ["dismissed", "deleted"])
def test_a_request_that_its_user_deleted_does_not_come_back(state, world, policy, tmp_path):
    archive, store, entry = world
    store.states = ["accepted", state]
    with pytest.raises(FetchError, match="request job-1 for .* was deleted in the store .*by you.*Start again"):
        fetch_one(entry, policy, tmp_path)
    assert store.jobs == 1 and not list(tmp_path.iterdir())


def test_a_request_that_is_gone_while_it_waits(world, policy, tmp_path):
    archive, store, entry = world
    store.states = ["accepted"]
    archive.faults[JOB] = [Fault("status", 200, body=state(archive, "accepted")), Fault("status", 404, body=b"{}")]
    with pytest.raises(FetchError, match="request job-1 for .* was deleted in the store"):
        fetch_one(entry, policy, tmp_path)
    assert store.jobs == 1


def state(archive, status):
    links = [{"rel": "self", "href": archive.address + JOB}]
    return json.dumps({"jobID": "job-1", "processID": "x", "status": status, "links": links, "metadata": {}}).encode()


@pytest.mark.parametrize(
    ("words", "jobs"),
    [
        ("an unknown error occurred, please resubmit your request", 6),
        ("Temporary failure: file not found on node 7", 6),
        ("rate limit of the backend, try again", 6),
        ("your request is invalid: no such variable", 1),
        ("cost limits exceeded", 1),
    ],
)
def test_what_the_store_says_of_a_failure(words, jobs, world, policy, tmp_path):
    """What speaks of a passing reason is tried again; advice about licences is given where one is spoken of alone."""
    _, store, entry = world
    store.states, store.error = ["failed"], {"title": "The job has failed", "traceback": words}
    with pytest.raises(FetchError) as error:
        fetch_one(entry, policy, tmp_path)
    assert store.jobs == jobs and words[:20] in str(error.value) and "accept the licence" not in str(error.value)


def test_what_the_store_says_with_429_is_passed_on(world, policy, tmp_path):
    archive, _, entry = world
    words = b'{"title": "Too many queued requests", "detail": "limit of 150"}'
    archive.faults[ASK] = [Fault("status", 429, body=words)] * 18
    with pytest.raises(FetchError, match="429 .Too many queued requests limit of 150"):
        fetch_one(entry, policy, tmp_path)


def test_a_licence_that_is_not_accepted_stops_the_other_jobs(world, policy, tmp_path, monkeypatch):
    monkeypatch.setenv(RUN, "this-run")
    archive, _, entry = world
    words = b'{"title": "required licences not accepted", "detail": ""}'
    archive.faults[ASK] = [Fault("status", 403, body=words)] * 9
    for year in (2001, 2002, 2003):
        (job,) = plan({"era5_land": {"years": (year, year)}}, {"era5_land": entry}, tmp_path, (year, year))
        with pytest.raises(Refused, match="the licence of .* is not accepted yet"):
            run(job, entry, tmp_path / "raw", policy=policy, accounts=tmp_path)
    assert len(archive.requests(ASK)) == 1


def test_a_proxy_that_looks_into_connections(secure_archive, root, policy, tmp_path, monkeypatch):
    """Its certificate is not trusted: said so at once, with what to do, as for files."""
    monkeypatch.setenv("CDSAPI_KEY", KEY)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    entry = load(root / "config" / "datasets.yaml")["era5_land"]
    entry = dataclasses.replace(entry, addresses={"api": f"{secure_archive.address}/api"})
    with pytest.raises(FetchError, match="certificate of the server could not be verified.*REQUESTS_CA_BUNDLE"):
        fetch_one(entry, policy, tmp_path)
