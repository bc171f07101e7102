"""ERA5-Land from the Climate Data Store: requests made once, waiting together, and taken up again after a stop.

The cdsapi library (with ecmwf-datastores-client, its new core) submits, asks after and finds the result of a request:
it knows the store's interface. Its download would delete an unfinished file and begin again, and its waiting has no
end, so we look after the queue ourselves and stream the result with our `http` client. The result is stored as it comes
(netCDF, ZIP or GRIB, whatever its name says); making sense of it is the reader's part.
"""

import contextlib
import json
import time
import urllib.parse
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from vadose.acquire.accounts import Account
from vadose.acquire.catalogue import Dataset
from vadose.acquire.cds_requests import DEFAULT_ROUTE, CdsRequest, requests_for
from vadose.acquire.credentials import find
from vadose.acquire.errors import FetchError, Gone, Interrupted, Refused
from vadose.acquire.fetch import Expected, Fetched, fetch
from vadose.acquire.http import AGAIN, Http, certificate_sentence, telling_words
from vadose.acquire.partial import Remote, Stream
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.session import WaitingSession, via_proxy
from vadose.files.atomic import replacing

__all__ = ["Cds", "CdsRequest", "CdsSource", "requests_for"]
# Words of the store about a failed request that another try cannot mend; and those that say that one can.
HOPELESS = ("too large", "cost", "exceed", "invalid", "not valid", "no data", "not available", "licence", "license")
STATES = ("accepted", "running", "successful", "failed", "rejected", "dismissed", "deleted")
PASSING = ("resubmit", "try again", "retry", "temporar", "unknown error", "busy", "timed out", "timeout", "rate limit")


class Cds:
    """Client of the Climate Data Store.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry.
    policy : RetryPolicy
        Waiting times and bounds.
    slots, account
        See `Http`.
    waits : callable
        Told of the number and state of a request that waits.
    """

    def __init__(
        self,
        dataset: Dataset,
        policy: RetryPolicy | None = None,
        *,
        slots: Path | None = None,
        account: Account | None = None,
        waits: Callable[[str], None] = lambda state: None,
    ):
        self.dataset = dataset
        self.policy = policy or RetryPolicy()
        self.slots = slots
        self.account = account or Account("cds")
        self.waits = waits
        self._client = None

    def source(self, request: CdsRequest, target: Path) -> "CdsSource":
        """The result of a request, for `fetch`."""
        return CdsSource(self, request, target)

    def fetch(self, request: CdsRequest, target: Path, expected: Expected) -> Fetched:
        """Bring the result of a request to `target` (see `fetch.fetch`); the request is not made if a good file is
        there."""
        source = self.source(request, target)
        fetched = fetch(target, source, expected, self.policy)
        source.forget()
        return fetched

    def client(self):
        """The library's client, built once."""
        if self._client is None:
            import cdsapi

            credential = find(self.dataset.access).require(self.dataset.label, self.dataset.hint(self._collection()))
            key = credential.values["CDSAPI_KEY"]
            if ":" in key:
                raise Refused(
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

    def expect_known(self) -> None:
        """See that the store knows the access token, without a request.

        Raises
        ------
        Refused
            If it does not.
        """
        client = self.client().client
        try:
            client.check_authentication()
        except requests.HTTPError as error:
            if error.response is not None and error.response.status_code in (401, 403):
                raise Refused(
                    f"the store does not know your access token ({error.response.status_code}). "
                    f"{self.dataset.hint(self._collection())}"
                ) from None
        except (requests.RequestException, ValueError, AssertionError):
            pass  # no answer is no refusal

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
            raise self._unanswered(what, error) from None
        except ProcessingFailedError as error:
            words = " ".join(str(error).split())[:300] or "it gives no reason"
            lower = words.lower()
            if any(word in lower for word in HOPELESS) and not any(word in lower for word in PASSING):
                hint = f" {self.dataset.hint(request.collection)}" if "licen" in lower else ""
                raise FetchError(
                    f"{what}: the store rejected it: {words}. Another try will not mend this: change the request "
                    f"(era5_land in the configuration) or do what the store says.{hint}"
                ) from None
            raise Interrupted(f"{what}: the store failed to carry it out: {words}") from None
        except (LinkError, KeyError, ValueError, AssertionError, TypeError) as error:
            raise Interrupted(f"{what}: an answer that cannot be read ({type(error).__name__})") from None

    def _unanswered(self, what: str, error: Exception) -> FetchError:
        """The error for a question that no answer came to."""
        words = telling_words(error)
        proxy = via_proxy(self._client.session, self.dataset.addresses["api"]) if self._client else ""
        if isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error).lower():
            return FetchError(certificate_sentence(what, words))
        if proxy and " 407 " in f" {error} ":
            return Refused(f"{what}: the proxy {proxy} asks for a login (407). Put user and password into its address.")
        if proxy:
            return Interrupted(f"{what}: no answer through the proxy {proxy} ({words}); see https_proxy and no_proxy")
        return Interrupted(f"{what}: no answer ({words})")

    def _refused(self, what: str, request: CdsRequest, response: requests.Response | None) -> FetchError:
        code = response.status_code if response is not None else 0
        hint = self.dataset.hint(request.collection)
        words = detail(response)
        if code in AGAIN or code == 0:
            return Interrupted(f"{what}: the server answered {code} ({words})")
        if code == 401:
            return Refused(f"{what}: 401, the store does not know your access token. {hint}")
        if code == 403 and "licen" in words.lower():
            return Refused(
                f"{what}: 403, the licence of {request.collection} is not accepted yet. Log in, open "
                f"{self.dataset.page(request.collection)} , "
                "accept it once, and start again."
            )
        if code == 403:
            return Refused(f"{what}: 403, access is refused ({words}). {hint}")
        if code == 404:
            return Gone(f"{what}: 404, the store has no {request.collection} ({words}). {hint}")
        return FetchError(f"{what}: {code}, the store will not take it ({words}). {hint}")


class CdsSource:
    """The result of a request as a remote file, for `fetch`. The request's number is noted beside the target, so a
    later run takes it up."""

    def __init__(self, cds: Cds, request: CdsRequest, target: Path):
        self.cds = cds
        self.request = request
        self.target = target
        self.note = target.with_name(target.name + ".request.json")
        self.label = f"{request.collection} in the Climate Data Store"
        self._asked, self._waiting = False, None
        self.http = Http(
            cds.policy, hint=cds.dataset.hint(request.collection), slots=cds.slots
        )  # results need no token

    def ask_ahead(self) -> None:
        """Make the request, so that it waits in the queue while others are fetched; trouble shows again in `open`."""
        if self._asked or self.target.exists():
            return
        self._asked = True
        try:
            self._waiting = self._remote()
        except Refused:
            raise
        except FetchError as reason:
            self.cds.waits(f"{self.request.name} could not be asked for yet ({reason})")

    def open(self, offset: int, previous: Remote | None, *, blind: bool = False) -> Stream:
        """Start receiving the result; asks for it, or for the one asked for before, first."""
        remote, self._waiting = self._waiting or self._remote(), None
        with self.cds.sentences(self.request):
            location, size = self._result(remote)
        try:
            stream = self.http.source(location).open(offset, previous, blind=blind)
        except (Gone, Refused) as reason:  # object stores answer 403 where they have nothing, or an address is too old
            self.forget()
            raise Interrupted(f"{self.label}: the result is no longer kept ({reason})") from None
        stream.listed = size
        return stream

    def rejected(self, times: int) -> None:
        """What came was no good: the second time, have the result made again."""
        if times >= 2:
            self.forget()

    def forget(self) -> None:
        """Drop the number of the request, so that the next look makes a new one."""
        self.note.unlink(missing_ok=True)

    def _result(self, remote) -> tuple[str, int]:
        """Address and size of the result, after waiting for it."""
        from ecmwf.datastores.processing import ProcessingFailedError

        try:
            self._wait(remote)
        except ProcessingFailedError:
            self.forget()
            raise
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            if status == 400:  # the answer to the question for the result of a failed request
                self.forget()
                raise ProcessingFailedError(detail(error.response)) from None
            if status in (404, 410):
                raise self._deleted(remote) from None
            raise
        results = self._kept(remote)
        location = results.location
        schemes = [urllib.parse.urlsplit(address).scheme for address in (self.cds.dataset.addresses["api"], location)]
        if schemes[1] not in ("http", "https") or schemes == ["https", "http"]:
            raise FetchError(
                f"{self.label}: the result is offered without encryption ({schemes[1]}), which is refused."
            )
        return location, results.content_length

    def _kept(self, remote):
        """The library's results of a request that succeeded."""
        try:
            return remote.get_results()
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            if status not in (404, 410):
                raise
            self.forget()
            raise Interrupted(f"{self.label}: the result is no longer kept ({status})") from None

    def _wait(self, remote) -> None:
        """Look at the request until its result is there."""
        policy = self.cds.policy
        end, pause = time.monotonic() + policy.queue_wait, min(1.0, policy.poll)
        while True:
            reply = remote.json
            status = str(reply["status"])
            if status == "successful":
                return
            if status in ("dismissed", "deleted"):
                raise self._deleted(remote)
            if status not in STATES:
                raise FetchError(
                    f"{self.label}: request {remote.request_id} for {self.request.name} is in the state {status!r}, "
                    "which this program does not know. Look at it on your page of requests in the store; start again "
                    "later: it is taken up where it stands."
                )
            if status not in ("accepted", "running"):
                remote.results_ready  # noqa: B018  asks again and raises what the store says of the failure
            if time.monotonic() > end:
                raise FetchError(
                    f"{self.label}: request {remote.request_id} is still in the queue after "
                    f"{policy.queue_wait / 3600:.0f} hours. Start again later: it is taken up where it stands."
                )
            queue = ahead_in_queue(reply)
            words = "" if queue is None else f", {queue} requests before it"
            self.cds.waits(f"request {remote.request_id} is {'queued' if status == 'accepted' else status}{words}")
            time.sleep(pause)
            pause = min(pause * 1.5, policy.poll)

    def _deleted(self, remote) -> FetchError:
        """The error for a request that somebody took out of the queue: to ask again would be against his will."""
        self.forget()
        return FetchError(
            f"{self.label}: request {remote.request_id} for {self.request.name} was deleted in the store while it "
            "waited, by you on its page of requests or by the store. Start again to make it again."
        )

    def _remote(self):
        """The request made before, if it is the same and still known; a new one otherwise."""
        with self.cds.account.attempt("requests"), self.cds.sentences(self.request):
            client = self.cds.client()
            return self._noted(client) or self._made(client)

    def _noted(self, client):
        """The request made before, None if there was none, it was another, or the store no longer knows it."""
        from ecmwf.datastores.processing import LinkError

        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            if noted["asked"] == self.request.fingerprint:
                return client.client.get_remote(noted["request"])
        except (FileNotFoundError, ValueError, KeyError, TypeError, LinkError):
            return None
        except requests.HTTPError as error:
            if error.response is None or error.response.status_code not in (404, 410):
                raise
        return None

    def _made(self, client):
        remote = client.retrieve(self.request.collection, dict(self.request.body))
        self.note.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.note) as temporary:
            temporary.write_text(
                json.dumps({"asked": self.request.fingerprint, "request": remote.request_id}), encoding="utf-8"
            )
        return remote


def ahead_in_queue(reply: dict) -> int | None:
    """Requests before this one, where the store says so in what it calls quality of service."""
    # ASSUME: the key is `queued` (of a limit that holds this request back) or `position`; the interface documents none.
    pending = [reply.get("metadata")]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            for key in ("position", "queued"):
                if isinstance(item.get(key), int):
                    return item[key]
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return None


def detail(response: requests.Response | None) -> str:
    """What the store says about a refusal."""
    try:
        answer = response.json()
        words = " ".join(str(answer[key]) for key in ("title", "detail", "traceback") if answer.get(key))
        return " ".join(words.split())[:300] or "no reason given"
    except (ValueError, AttributeError, TypeError, KeyError):
        return "no reason given"
