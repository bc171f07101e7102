"""Files and pages over HTTP(S): GPCP, CRU, GOSIF, VODCA2, CCI LST, WWF, and the streaming half of the earthdata and cds
clients."""

import contextlib
import html.parser
import re
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import requests
import urllib3.exceptions

from vadose.acquire.errors import FetchError, Gone, Interrupted, Rejected
from vadose.acquire.locks import host_slot
from vadose.acquire.names import PLAIN, bare, last_part
from vadose.acquire.partial import Remote, Stream
from vadose.acquire.retry_policy import RetryPolicy, persist, retry_after
from vadose.acquire.session import GuardedSession

PIECE = 2**18  # bytes
LARGEST_PAGE = 64 * 2**20  # bytes of an index page
AGAIN = {408, 425, 429, 500, 502, 503, 504, 520, 522, 524}
CUT = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
    OSError,
)
UNUSABLE = (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)
CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d+)-(\d+)|\*)/(\d+|\*)")


class Http:
    """A polite connection to web archives.

    Parameters
    ----------
    policy : RetryPolicy
        Waiting times and bounds.
    session : GuardedSession or None
        An authenticated session; by default one without credentials.
    hint : str
        What a user can do about 401 and 403, with the page to visit.
    slots : Path or None
        Folder in which all processes of this machine share `per_host` connections to a host.
    per_host : int
        Connections to one host at a time.
    """

    def __init__(
        self,
        policy: RetryPolicy | None = None,
        *,
        session: GuardedSession | None = None,
        hint: str = "",
        slots: Path | None = None,
        per_host: int = 2,
    ):
        self.policy = policy or RetryPolicy()
        self.session = session or GuardedSession(self.policy)
        self.hint = hint
        self.slots = slots
        self.per_host = per_host

    def source(self, address: str) -> "HttpSource":
        """The remote file at an address, for `fetch`."""
        return HttpSource(self, address)

    def page(self, address: str) -> str:
        """Text of a small page (a directory index), with retries."""
        return persist(lambda: self._page(address), self.policy, bare(address))

    def names(self, address: str) -> list[str]:
        """Plain file names among the links of a directory index. They are only names: no path and no address is taken
        from the page."""
        parser = _Links()
        parser.feed(self.page(address))
        return sorted({name for name in map(last_part, parser.links) if PLAIN.fullmatch(name)})

    def _page(self, address: str) -> str:
        with self._slot(address), self.get(address, {}) as response:
            body = bytearray()
            for piece in self.pieces(response, bare(address)):
                body += piece
                if len(body) > LARGEST_PAGE:
                    raise FetchError(
                        f"{bare(address)}: expected a directory index, found a page of more than {LARGEST_PAGE} bytes."
                    )
            announced = response.headers.get("Content-Length", "")
            if announced.isdigit() and len(body) < int(announced):
                raise Interrupted(f"{bare(address)}: the page ended after {len(body)} of {announced} bytes")
        return body.decode("utf-8", errors="replace")

    def _slot(self, address: str):
        return host_slot(self.slots, urllib.parse.urlsplit(address).netloc, self.per_host, self.policy)

    def get(self, address: str, headers: dict[str, str]) -> requests.Response:
        """A response with status 200, 206 or 416, its body not yet read.

        Raises
        ------
        Interrupted
            What another try may mend.
        FetchError
            What it will not.
        """
        shown = bare(address)
        try:
            response = self.session.get(address, headers={"Accept-Encoding": "identity", **headers}, stream=True)
        except requests.exceptions.TooManyRedirects:
            raise FetchError(
                f"{shown}: redirects in a circle, as archives do when a login is missing. {self.hint}"
            ) from None
        except UNUSABLE as error:
            raise FetchError(f"{shown}: not a usable address ({type(error).__name__}). Check datasets.yaml.") from None
        except CUT as error:
            if isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error).lower():
                raise FetchError(
                    f"{shown}: the certificate of the server could not be verified ({_words(error)}). Check this "
                    "computer's clock and its "
                    "certificates; without them the connection is not used."
                ) from None
            raise Interrupted(f"{shown}: no answer ({_words(error)})") from None
        if response.status_code in (200, 206, 416):
            return response
        with response:
            raise self.refusal(response, shown)

    def refusal(self, response: requests.Response, shown: str) -> FetchError:
        """The error for a response that is no success."""
        code = response.status_code
        if code in AGAIN:
            return Interrupted(
                f"{shown}: the server answered {code} ({response.reason})", retry_after(response.headers)
            )
        if code == 401:
            return FetchError(f"{shown}: 401, the credentials are missing or were refused. {self.hint}")
        if code == 403:
            return FetchError(
                f"{shown}: 403, access is refused: a licence or an application is not yet accepted for your account. "
                f"{self.hint}"
            )
        if code in (404, 410):
            return Gone(
                f"{shown}: {code}, the archive has no such file: it was moved or withdrawn. Compare with "
                f"datasets.yaml. {self.hint}"
            )
        return FetchError(
            f"{shown}: the server answered {code} ({response.reason}), which another try will not mend. {self.hint}"
        )

    def pieces(self, response: requests.Response, shown: str) -> Iterator[bytes]:
        """The body as it is sent, piece by piece, whatever has come so far being handed on before an error."""
        raw = response.raw
        begun, come = time.monotonic(), 0
        try:
            while piece := raw.read1(PIECE, decode_content=False):
                yield piece
                come += len(piece)
                passed = time.monotonic() - begun
                if passed > self.policy.read:
                    if come < self.policy.slowest * passed:
                        raise Interrupted(f"{shown}: the body drips ({come} bytes in {passed:.0f} s)")
                    begun, come = time.monotonic(), 0
        except CUT as error:
            raise Interrupted(f"{shown}: the connection broke ({_words(error)})") from None


class HttpSource:
    """One remote file, for `fetch`.

    Parameters
    ----------
    http : Http
        The connection.
    address : str
        Its address.
    """

    def __init__(self, http: Http, address: str):
        self.http = http
        self.address = address
        self.label = bare(address)

    def open(self, offset: int, known: Remote | None, *, blind: bool = False) -> Stream:
        """Start receiving: from `offset` if the remote file is still `known`, from 0 otherwise."""
        headers = {}
        if offset and known is not None:
            headers["Range"] = f"bytes={offset}-"
            if known.identified:
                headers["If-Range"] = known.etag or known.modified
        stack = contextlib.ExitStack()
        try:
            stack.enter_context(self.http._slot(self.address))
            response = stack.enter_context(self.http.get(self.address, headers))
            return self._stream(response, offset if headers else 0, known, stack.close)
        except BaseException:
            stack.close()
            raise

    def rejected(self, times: int) -> None:
        """Nothing to do: the next try starts from the first byte."""

    def _stream(self, response: requests.Response, offset: int, known: Remote | None, release) -> Stream:
        if response.status_code == 416:
            total = CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
            if total and total[3] == str(offset):
                return Stream(offset, Remote(self.label, offset), iter(()), release)
            raise Rejected(
                f"{self.label}: the server has no byte {offset}: the remote file changed since the download began"
            )
        self._look_at_coding(response)
        if response.status_code == 206:
            match = CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
            if not match or match[1] != str(offset):
                raise Rejected(
                    f"{self.label}: asked for bytes from {offset}, was sent "
                    f"{response.headers.get('Content-Range', 'no Content-Range')!r}"
                )
            size = int(match[3]) if match[3] != "*" else (known.size if known else None)
            if known is not None and known.size is not None and size != known.size:
                raise Rejected(f"{self.label}: had {known.size} bytes when the download began, has {size} now")
            found = self._remote(response, size)
            if known is not None and None not in (known.etag, found.etag) and known.etag != found.etag:
                raise Rejected(f"{self.label}: the remote file changed since the download began")
            remote = known or found
        else:
            offset = 0
            length = response.headers.get("Content-Length", "")
            remote = self._remote(response, int(length) if length.isdigit() else None)
        return Stream(offset, remote, self.http.pieces(response, self.label), release)

    def _remote(self, response: requests.Response, size: int | None) -> Remote:
        etag = response.headers.get("ETag")
        if etag and not etag.startswith('"'):
            etag = None  # weak ones do not promise equal bytes
        return Remote(self.label, size, etag, response.headers.get("Last-Modified"))

    def _look_at_coding(self, response: requests.Response) -> None:
        """Servers that label a .gz file as coded send its bytes as they are; anything else coded would be saved
        wrongly."""
        coding = response.headers.get("Content-Encoding", "identity").lower()
        if coding not in ("identity", "") and not (
            coding in ("gzip", "x-gzip") and last_part(self.address).endswith(".gz")
        ):
            raise FetchError(
                f"{self.label}: asked for the file as it is, was sent it coded as {coding!r}. Tell the archive's help "
                "desk."
            )


class _Links(html.parser.HTMLParser):
    """Collects the targets of links."""

    def __init__(self):
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.extend(
                value for name, value in attrs if name == "href" and value and not value.startswith(("?", "#"))
            )


def newest(names: list[str], pattern: re.Pattern, prefer: str = "") -> list[str]:
    """Names that fit the pattern, the best first: those that contain `prefer`, then the newest by the group `made`,
    then by name.

    Archives keep several makings of the same day; the first of the list is the one to take, the others stand in if it
    is damaged.
    """

    def rank(name: str) -> tuple:
        made = pattern.fullmatch(name).groupdict().get("made") or ""
        return prefer in name, made, name

    return sorted((name for name in names if pattern.fullmatch(name)), key=rank, reverse=True)


def _words(error: BaseException) -> str:
    """Last, most telling words of a nested network error."""
    text = " ".join(str(error).split())
    found = re.findall(
        r"(certificate [^()\[\]']*|[A-Z]\w*(?:Error|Timeout)\b[^()\[\]']*|timed out|Connection [a-z ]+|\[Errno -?\d+\] "
        r"[A-Za-z ]+)",
        text,
    )
    return (found[-1].strip(" :,") if found else type(error).__name__)[:120]
