"""ERA5-Land from the Climate Data Store: requests small enough to be granted, made once, and taken up again after a
stop.

The cdsapi library submits, asks after and finds the result of a request. Its download would delete an unfinished file
and begin again, and its waiting has no end, so we look after the queue ourselves and stream the result with our `http`
client. The result is stored as it comes (netCDF, ZIP or GRIB, whatever its name says); making sense of it is the
reader's part.
"""

import calendar
import contextlib
import hashlib
import json
import time
import urllib.parse
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from vadose.acquire.catalogue import Dataset
from vadose.acquire.checksums import replacing
from vadose.acquire.credentials import find
from vadose.acquire.errors import FetchError, Gone, Interrupted
from vadose.acquire.fetch import Expected, Fetched, fetch
from vadose.acquire.http import AGAIN, Http
from vadose.acquire.partial import Remote, Stream
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.session import WaitingSession

DEFAULT_ROUTE = "monthly_means"
SENT_AS = {
    "monthly_means": "nc",
    "daily_statistics": "nc",
    "hourly": "grib",
}  # GRIB is native, and its layout stays as it is
HOPELESS = (
    "too large",
    "cost",
    "limit",
    "invalid",
    "not valid",
    "no data",
    "licence",
    "license",
    "not found",
    "unknown",
)


@dataclass(frozen=True)
class CdsRequest:
    """One request: its collection and body, the file it fills, and what it costs.

    Parameters
    ----------
    collection : str
        Name of the data set in the store.
    body : mapping
        What is asked.
    name : str
        File name of the result.
    key : str
        "2001" or "2001-02", as in `catalogue.Item`.
    fields : int
        Global maps asked for (variables x time steps): what the store counts.
    size : int
        Expected bytes.
    """

    collection: str
    body: Mapping
    name: str
    key: str
    fields: int
    size: int

    @property
    def fingerprint(self) -> str:
        """Hash of what is asked, to recognise a request made before."""
        return hashlib.sha256(json.dumps([self.collection, dict(self.body)], sort_keys=True).encode()).hexdigest()


def requests_for(
    dataset: Dataset, route: str, year: int, variables: Sequence[str] | None = None, area: Sequence[float] | None = None
) -> list[CdsRequest]:
    """Requests that bring one year: as few as the store's limit on fields allows, never soil moisture together with
    accumulations.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's era5_land.
    route : {"monthly_means", "daily_statistics", "hourly"}
        Which of the three collections.
    year : int
        Calendar year.
    variables : sequence of str or None
        Native names (swvl1 ...); by default all that are not optional.
    area : (north, west, south, east) or None
        Degrees; by default the globe.

    Raises
    ------
    FetchError
        If the route or a variable is unknown, a variable is an accumulation that the daily statistics do not have, or a
        single variable exceeds the limit.
    """
    if route not in dataset.routes:
        raise FetchError(
            f"{dataset.id}: expected a route of {', '.join(dataset.routes)}, found {route!r}. Correct era5_land.route."
        )
    known = {entry["native"]: entry for entry in dataset.variables}
    chosen = list(variables) if variables else [name for name, entry in known.items() if not entry.get("optional")]
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise FetchError(f"{dataset.id}: expected variables of {', '.join(known)}, found {', '.join(unknown)}.")
    months = range(1, 13)
    spans = [months] if dataset.routes[route]["span"] == "year" else [range(month, month + 1) for month in months]
    made = []
    for kind in ("instantaneous", "accumulation"):
        group = [known[name] for name in chosen if known[name]["kind"] == kind]
        if group and kind == "accumulation" and route == "daily_statistics":
            raise FetchError(
                f"{dataset.id}: the daily statistics have no accumulations ({group[0]['native']}). Use monthly_means "
                "or hourly."
            )
        for span in spans:
            for part in _within_limit(dataset, route, year, span, group):
                made.append(_request(dataset, route, year, span, part, area))
    return made


def _steps(dataset: Dataset, route: str, year: int, span: range) -> int:
    """Time steps of a span of months."""
    daily = dataset.routes[route]["fields_per_day"]
    return sum(daily * calendar.monthrange(year, month)[1] if daily else 1 for month in span)


def _within_limit(dataset: Dataset, route: str, year: int, span: range, group: list[Mapping]) -> list[list[Mapping]]:
    """The variables in as few sets as fit the limit."""
    steps = _steps(dataset, route, year, span)
    fit = dataset.fields_per_request // steps
    if fit < 1:
        raise FetchError(
            f"{dataset.id}: one variable has {steps} fields, over the store's limit of {dataset.fields_per_request} "
            "per request."
        )
    return [group[start : start + fit] for start in range(0, len(group), fit)]


def _request(
    dataset: Dataset, route: str, year: int, span: range, group: list[Mapping], area: Sequence[float] | None
) -> CdsRequest:
    entry = dataset.routes[route]
    body = {
        "variable": [item["request"] for item in group],
        "year": [f"{year:04d}"],
        "month": [f"{month:02d}" for month in span],
    }
    if route == "monthly_means":
        body |= {
            "product_type": ["monthly_averaged_reanalysis"],
            "time": ["00:00"],
            "data_format": "netcdf",
            "download_format": "unarchived",
        }
    else:
        body["day"] = [f"{day:02d}" for day in range(1, calendar.monthrange(year, span[0])[1] + 1)]
    if route == "daily_statistics":  # takes one year, one month and one statistic, as plain text
        body |= {
            "year": f"{year:04d}",
            "month": f"{span[0]:02d}",
            "daily_statistic": "daily_mean",
            "time_zone": "utc+00:00",
            "frequency": "1_hourly",
        }
    if route == "hourly":
        body |= {
            "time": [f"{hour:02d}:00" for hour in range(24)],
            "data_format": "grib",
            "download_format": "unarchived",
        }
    part = "-".join(item["native"] for item in group)
    if area is not None:
        body["area"] = [float(value) for value in area]
        part += "-" + "".join(f"{side}{value:g}" for side, value in zip("nwse", area)).replace("-", "m").replace(
            ".", "p"
        )
    key = f"{year:04d}" if len(span) > 1 else f"{year:04d}-{span[0]:02d}"
    fields = len(group) * _steps(dataset, route, year, span)
    name = f"era5_land_{route}_{key.replace('-', '_')}_{part}.{SENT_AS[route]}"
    share = 1.0 if area is None else abs(area[0] - area[2]) / 180.0 * abs(area[3] - area[1]) / 360.0
    return CdsRequest(entry["collection"], body, name, key, fields, int(fields * entry["bytes_per_field"] * share))


class Cds:
    """Client of the Climate Data Store.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry.
    policy : RetryPolicy
        Waiting times and bounds.
    slots : Path or None
        See `Http`.
    """

    def __init__(self, dataset: Dataset, policy: RetryPolicy | None = None, *, slots: Path | None = None):
        self.dataset = dataset
        self.policy = policy or RetryPolicy()
        self.slots = slots
        self._client = None

    def fetch(self, request: CdsRequest, target: Path, expected: Expected) -> Fetched:
        """Bring the result of a request to `target` (see `fetch.fetch`); the request is not made if a good file is
        there."""
        note = target.with_name(target.name + ".request.json")
        fetched = fetch(target, CdsSource(self, request, note), expected, self.policy)
        note.unlink(missing_ok=True)
        return fetched

    def client(self):
        """The library's client, built once."""
        if self._client is None:
            import cdsapi

            credential = find(self.dataset.access).require(self.dataset.label, self.dataset.hint(self._collection()))
            key = credential.values["CDSAPI_KEY"]
            if ":" in key:
                raise FetchError(
                    f"{credential.where}: the key has the old form USER:KEY, which the store no longer takes. Put in "
                    "the personal access token "
                    f"of your profile. {self.dataset.hint(self._collection())}"
                )
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", UserWarning
                )  # the store's notice board may be down; that is no reason to warn
                self._client = cdsapi.Client(
                    url=self.dataset.addresses["api"],
                    key=key,
                    quiet=True,
                    progress=False,
                    timeout=(self.policy.connect, self.policy.read),
                    retry_max=3,
                    sleep_max=min(30.0, self.policy.longest_wait),
                    wait_until_complete=False,
                    session=WaitingSession(self.policy),
                    debug_callback=lambda *words: None,  # its debug messages have the key
                )
        return self._client

    def _collection(self) -> str:
        return self.dataset.routes[DEFAULT_ROUTE]["collection"]

    @contextlib.contextmanager
    def sentences(self, request: CdsRequest) -> Iterator[None]:
        """Errors of the library as ours."""
        from ecmwf.datastores.processing import LinkError, ProcessingFailedError

        what = f"the request for {request.name}"
        try:
            yield
        except requests.HTTPError as error:
            raise self._refused(what, request, error.response) from None
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Interrupted(f"{what}: no answer ({type(error).__name__})") from None
        except ProcessingFailedError as error:
            words = " ".join(str(error).split())[:300]
            if any(word in words.lower() for word in HOPELESS):
                raise FetchError(
                    f"{what}: the store rejected it: {words}. {self.dataset.hint(request.collection)}"
                ) from None
            raise Interrupted(f"{what}: the store failed to carry it out: {words}") from None
        except (LinkError, KeyError, ValueError, AssertionError, TypeError) as error:
            raise Interrupted(f"{what}: an answer that cannot be read ({type(error).__name__})") from None

    def _refused(self, what: str, request: CdsRequest, response: requests.Response | None) -> FetchError:
        code = response.status_code if response is not None else 0
        hint = self.dataset.hint(request.collection)
        words = _detail(response)
        if code in AGAIN or code == 0:
            return Interrupted(f"{what}: the server answered {code}")
        if code == 401:
            return FetchError(f"{what}: 401, the store does not know your access token. {hint}")
        if code == 403 and "licen" in words.lower():
            return FetchError(
                f"{what}: 403, the licence of {request.collection} is not accepted yet. Log in, open "
                f"{self.dataset.page(request.collection)} , "
                "accept it once, and start again."
            )
        if code == 403:
            return FetchError(f"{what}: 403, access is refused ({words}). {hint}")
        if code == 404:
            return Gone(
                f"{what}: 404, the store has no {request.collection}, or no longer has this request ({words}). {hint}"
            )
        return FetchError(f"{what}: {code}, the store will not take it ({words}). {hint}")


class CdsSource:
    """The result of a request as a remote file, for `fetch`. The request's number is noted beside the target, so a
    later run takes it up."""

    def __init__(self, cds: Cds, request: CdsRequest, note: Path):
        self.cds = cds
        self.request = request
        self.note = note
        self.label = f"{request.collection} in the Climate Data Store"
        self.http = Http(
            cds.policy, hint=cds.dataset.hint(request.collection), slots=cds.slots
        )  # results need no token

    def open(self, offset: int, known: Remote | None, *, blind: bool = False) -> Stream:
        """Start receiving the result; asks for it, or for the one asked for before, first."""
        with self.cds.sentences(self.request):
            location, size = self._result()
        try:
            stream = self.http.source(location).open(offset, known, blind=blind)
        except Gone as reason:
            self.forget()
            raise Interrupted(f"{self.label}: the result is no longer kept ({reason})") from None
        stream.listed = size
        return stream

    def rejected(self, times: int) -> None:
        """What came was no good: the second time, have the result made anew."""
        if times >= 2:
            self.forget()

    def forget(self) -> None:
        """Drop the number of the request, so that the next look makes a new one."""
        self.note.unlink(missing_ok=True)

    def _result(self) -> tuple[str, int]:
        """Address and size of the result, after waiting for it."""
        from ecmwf.datastores.processing import ProcessingFailedError

        remote = self._remote()
        end = time.monotonic() + self.cds.policy.queue_wait
        pause = min(1.0, self.cds.policy.poll)
        try:
            while not remote.results_ready:
                if time.monotonic() > end:
                    raise FetchError(
                        f"{self.label}: request {remote.request_id} is still in the queue after "
                        f"{self.cds.policy.queue_wait / 3600:.0f} hours. "
                        "Start again later: it is taken up where it stands."
                    )
                time.sleep(pause)
                pause = min(pause * 1.5, self.cds.policy.poll)
        except ProcessingFailedError:
            self.forget()
            raise
        except requests.HTTPError as error:  # the store answers 400 to the question for the result of a failed request
            if error.response is None or error.response.status_code != 400:
                raise
            self.forget()
            raise ProcessingFailedError(_detail(error.response)) from None
        results = remote.get_results()
        location = results.location
        schemes = [urllib.parse.urlsplit(address).scheme for address in (self.cds.dataset.addresses["api"], location)]
        if schemes[1] not in ("http", "https") or schemes == ["https", "http"]:
            raise FetchError(
                f"{self.label}: the result is offered without encryption ({schemes[1]}), which is refused."
            )
        return location, results.content_length

    def _remote(self):
        """The request made before, if it is the same and still known; a new one otherwise."""
        from ecmwf.datastores.processing import LinkError

        client = self.cds.client()
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            if noted["asked"] == self.request.fingerprint:
                return client.client.get_remote(noted["request"])
        except (FileNotFoundError, ValueError, KeyError, TypeError, LinkError):
            pass
        except requests.HTTPError as error:
            if error.response is None or error.response.status_code not in (404, 410):
                raise
        remote = client.retrieve(self.request.collection, dict(self.request.body))
        self.note.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.note) as temporary:
            temporary.write_text(
                json.dumps({"asked": self.request.fingerprint, "request": remote.request_id}), encoding="utf-8"
            )
        return remote


def _detail(response: requests.Response | None) -> str:
    """What the store says about a refusal."""
    try:
        answer = response.json()
        return " ".join(
            " ".join(str(answer[key]) for key in ("title", "detail", "traceback") if answer.get(key)).split()
        )[:300]
    except (ValueError, AttributeError, TypeError, KeyError):
        return "no reason given"
