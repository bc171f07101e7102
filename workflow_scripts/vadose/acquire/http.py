"""Files and pages over HTTP(S): GPCP, CRU, GOSIF, VODCA2, CCI LST, WWF, and the streaming half of the earthdata and cds
clients."""

import base64
import contextlib
import dataclasses
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import requests
import urllib3.exceptions

from vadose.acquire import index
from vadose.acquire.accounts import Account
from vadose.acquire.checksums import Checksum
from vadose.acquire.errors import FetchError, Gone, Interrupted, Refused, Rejected
from vadose.acquire.locks import host_slot
from vadose.acquire.names import bare, last_part
from vadose.acquire.pace import Pace
from vadose.acquire.partial import Remote, Stream
from vadose.acquire.retry_policy import RetryPolicy, persist, retry_after, seconds_of
from vadose.acquire.session import GuardedSession, via_proxy

PIECE = 2**18  # bytes
AGAIN = {408, 425, 429, *range(500, 600)} - {501, 505, 510, 511}  # also those that proxies and hosters made up
RECENT = 60.0  # seconds between Last-Modified and Date below which the date does not identify (RFC 9110, 8.8.2.2)
CUT = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
    OSError,
)
UNUSABLE = (  # ValueError: urllib cannot take apart what a redirect names
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationParseError,
    ValueError,
)
CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d+)-(\d+)|\*)/(\d+|\*)", re.IGNORECASE)  # RFC 9110, 14.1


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
    account : Account or None
        Who asks: the first refusal of it ends all further attempts.
    """

    def __init__(
        self,
        policy: RetryPolicy | None = None,
        *,
        session: GuardedSession | None = None,
        hint: str = "",
        slots: Path | None = None,
        per_host: int = 2,
        account: Account | None = None,
    ):
        self.policy = policy or RetryPolicy()
        self.session = session or GuardedSession(self.policy)
        self.hint = hint
        self.slots = slots
        self.per_host = per_host
        self.account = account or Account()

    def source(self, address: str) -> "HttpSource":
        """The remote file at an address, for `fetch`."""
        return HttpSource(self, address)

    def page(self, address: str) -> str:
        """Text of a small page (JSON of an archive's interface), with retries."""
        return persist(lambda: self._page(address)[0].decode("utf-8", errors="replace"), self.policy, bare(address))

    def names(self, address: str, fits: Callable[[str], bool] = lambda name: True) -> list[str]:
        """Plain file names among the links of a directory index. They are only names: no path and no address is taken
        from the page.

        Parameters
        ----------
        address : str
            Of the folder.
        fits : callable
            Whether a name is one of those that the folder is asked for; an index without any is none.

        Raises
        ------
        FetchError
            If what comes, time and again, is no complete index with such names: a login page, an answer of a server
            under maintenance, a listing of another kind, a page that was cut.
        """

        def look() -> list[str]:
            body, headers = self._page(address)
            return index.names(index.text_of(body, headers, bare(address)), fits, bare(address))

        return persist(look, self.policy, bare(address))

    def object(self, address: str, largest: int) -> bytes:
        """The bytes of a small object (of a store of chunks), with retries.

        Raises
        ------
        FetchError
            If it does not come whole, is coded, or is larger than `largest` bytes.
        """

        def look() -> bytes:
            body, headers = self._page(address, largest, "a chunk of a store", self.policy.longest_file)
            expect_uncoded(headers, address)
            return body

        return persist(look, self.policy, bare(address))

    def _page(
        self, address: str, largest: int = index.LARGEST, kind: str = "a directory index", seconds: float | None = None
    ) -> tuple[bytes, Mapping[str, str]]:
        """Body, still coded as it came, and headers of a page."""
        place = bare(address)
        with self._slot(address), self.get(address, {}) as response:
            body, pace = bytearray(), Pace(self.policy, place, seconds or self.policy.answer)
            for piece in self.pieces(response, place):
                body += piece
                pace.came(len(piece), None)
                if len(body) > largest:
                    raise FetchError(f"{place}: expected {kind}, found a page of more than {largest} bytes.")
            announced = response.headers.get("Content-Length", "")
            chunked = "Transfer-Encoding" in response.headers
            if not chunked and announced.isdigit() and len(body) < int(announced):
                raise Interrupted(f"{place}: the page ended after {len(body)} of {announced} bytes")
            return bytes(body), response.headers

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
        with self.account.attempt(bare(address).split("/")[2] if "//" in address else address):
            response = self._ask(address, headers)
            if response.status_code in (200, 206, 416):
                return response
            with response:
                raise self.refusal(response, bare(address))

    def _ask(self, address: str, headers: dict[str, str]) -> requests.Response:
        place = bare(address)
        try:
            return self.session.get(address, headers={"Accept-Encoding": "identity", **headers}, stream=True)
        except requests.exceptions.TooManyRedirects:
            raise Refused(
                f"{place}: redirects in a circle, as archives do when a login is missing. {self.hint}"
            ) from None
        except requests.exceptions.InvalidHeader:
            raise Interrupted(f"{place}: an answer whose headers cannot be read (two lengths that differ?)") from None
        except UNUSABLE as error:
            raise FetchError(
                f"{place}: this address, or one that it redirects to, cannot be used ({type(error).__name__}). Check "
                "datasets.yaml, and whether your network puts a page of its own in between."
            ) from None
        except CUT as error:
            raise self._unanswered(error, address) from None

    def _unanswered(self, error: Exception, address: str) -> FetchError:
        """The error for a request that no response came to."""
        place, words = bare(address), telling_words(error)
        proxy = via_proxy(self.session, address)
        if isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error).lower():
            return FetchError(certificate_sentence(place, words))
        if proxy and " 407 " in f" {error} ":
            return Refused(
                f"{place}: the proxy {proxy} asks for a login (407). Put user and password into its address."
            )
        if proxy:
            return Interrupted(f"{place}: no answer through the proxy {proxy} ({words}); see https_proxy and no_proxy")
        return Interrupted(f"{place}: no answer ({words})")

    def refusal(self, response: requests.Response, place: str) -> FetchError:
        """The error for a response that is no success."""
        code, phrase = response.status_code, f"{response.status_code} ({response.reason})"
        if code in AGAIN:
            return Interrupted(f"{place}: the server answered {phrase}", retry_after(response.headers))
        if code == 401 and "expired" in response.headers.get("WWW-Authenticate", "").lower():
            return Refused(f"{place}: 401, the token has expired. Make a new one. {self.hint}")
        if code == 401:
            return Refused(f"{place}: 401, the credentials are missing or were refused. {self.hint}")
        if code == 403 and self.account.name:
            return Refused(
                f"{place}: 403, access is refused: a licence or an application is not yet accepted for your account. "
                f"{self.hint}"
            )
        if code == 403:
            return Refused(
                f"{place}: 403, access is refused, though the archive asks for no account: it may block this network, "
                f"limit how much it gives, or not like this program. Wait some hours, or use a browser. {self.hint}"
            )
        if code == 407:
            proxy = via_proxy(self.session, place) or "of this network"
            return Refused(f"{place}: 407, the proxy {proxy} asks for a login. Put user and password into its address.")
        if code in (404, 410):
            return Gone(
                f"{place}: {code}, the archive has no such file: it was moved or withdrawn. Compare with "
                f"datasets.yaml. {self.hint}"
            )
        if code == 511:
            return Refused(f"{place}: {code}, your network asks for a login. Open any page in a browser and log in.")
        return FetchError(f"{place}: the server answered {phrase}, which another try will not mend. {self.hint}")

    def pieces(self, response: requests.Response, place: str) -> Iterator[bytes]:
        """The body as it is sent, piece by piece, whatever has come so far being handed on before an error."""
        raw = response.raw
        try:
            while piece := raw.read1(PIECE, decode_content=False):
                yield piece
        except CUT as error:
            raise Interrupted(f"{place}: the connection broke ({telling_words(error)})") from None


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

    def open(self, offset: int, previous: Remote | None, *, blind: bool = False) -> Stream:
        """Start receiving: from `offset` if the remote file is still `previous`, from 0 otherwise."""
        headers = {}
        if previous is not None and previous.address != self.label:  # another mirror may have another edition
            offset, previous = 0, None
        if offset and previous is not None:
            headers["Range"] = f"bytes={offset}-"
            if previous.identified:
                headers["If-Range"] = previous.strong or previous.modified
        stack = contextlib.ExitStack()
        try:
            stack.enter_context(self.http._slot(self.address))
            response = stack.enter_context(self.http.get(self.address, headers))
            return self._stream(response, offset if headers else 0, previous, stack.close)
        except BaseException:
            stack.close()
            raise

    def rejected(self, times: int) -> None:
        """Nothing to do: the next try starts from the first byte."""

    def _stream(self, response: requests.Response, offset: int, previous: Remote | None, release) -> Stream:
        span = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        if response.status_code == 416:
            remote = self._remote(response, offset)
            if (
                span
                and span[3] == str(offset)
                and previous is not None
                and previous.size is None
                and self._goes_on(previous, remote)
            ):
                return Stream(offset, remote, iter(()), release, hint=self.http.hint)
            raise Rejected(
                f"{self.label}: the server has no byte {offset}: the remote file changed since the download began"
            )
        expect_uncoded(response.headers, self.address)
        pieces, stated = self.http.pieces(response, self.label), stated_checksum(response)
        if response.status_code == 200:
            length = "" if "Transfer-Encoding" in response.headers else response.headers.get("Content-Length", "")
            remote = self._remote(response, int(length) if length.isascii() and length.isdigit() else None)
            return Stream(0, remote, pieces, release, hint=self.http.hint, stated=stated)
        if not span or span[1] != str(offset):
            raise Rejected(
                f"{self.label}: asked for bytes from {offset}, was sent "
                f"{response.headers.get('Content-Range', 'no Content-Range')!r}"
            )
        remote = self._remote(response, int(span[3]) if span[3] != "*" else (previous.size if previous else None))
        if previous is not None and not self._goes_on(previous, remote):
            raise Rejected(f"{self.label}: the remote file changed since the download began")
        end = int(span[2]) + 1
        return Stream(offset, previous or remote, pieces, release, end=end, hint=self.http.hint)

    @staticmethod
    def _goes_on(previous: Remote, remote: Remote) -> bool:
        """Whether all that identified the file at the start is there again; a size may have become known since."""
        return previous.same(remote) or (
            previous.size is None and previous.same(dataclasses.replace(remote, size=None))
        )

    def _remote(self, response: requests.Response, size: int | None) -> Remote:
        headers = response.headers
        date, modified = seconds_of(headers.get("Date")), seconds_of(headers.get("Last-Modified"))
        recent = date is not None and modified is not None and abs(date - modified) < RECENT
        return Remote(
            self.label,
            size,
            headers.get("ETag"),
            headers.get("Last-Modified") if modified is not None else None,
            recent,
        )


def expect_uncoded(headers: Mapping[str, str], address: str) -> None:
    """Servers that label a .gz file as coded send its bytes as they are; anything else coded would be saved wrongly.

    Raises
    ------
    FetchError
        If a body is coded, though it was asked for as it is.
    """
    transfer = headers.get("Transfer-Encoding", "chunked").strip().lower()
    if transfer not in ("chunked", "identity"):  # the web library takes it for a body as it is
        raise FetchError(
            f"{bare(address)}: asked for the file as it is, was sent it in the transfer coding {transfer!r}. Tell the "
            "archive's help desk."
        )
    coding = headers.get("Content-Encoding", "identity").strip().lower()
    harmless = ("identity", "", "aws-chunked")  # the last is a label that uploads leave on plain bodies
    if coding not in harmless and not (coding in ("gzip", "x-gzip") and last_part(address).endswith(".gz")):
        raise FetchError(
            f"{bare(address)}: asked for the file as it is, was sent it coded as {coding!r}. Tell the archive's help "
            "desk."
        )


def stated_checksum(response: requests.Response) -> Checksum | None:
    """Checksum of the whole file that a server states in the headers of its answer (RFC 9530, 3230, 1864); None where
    there is none that can be computed. Headers about the part of a file that was sent say nothing of the whole."""
    names = ("Repr-Digest", "Digest", "Content-Digest", "Content-MD5")
    for name in names if response.status_code == 200 else names[:2]:
        text = response.headers.get(name, "")
        items = [f"md5={text}"] if name == "Content-MD5" else text.split(",")
        for algorithm, _, value in (item.strip().partition("=") for item in items):
            with contextlib.suppress(ValueError):
                checksum = Checksum.of(algorithm, base64.b64decode(value.strip(":"), validate=True).hex())
                if checksum is not None:
                    return checksum
    return None


def newest(names: list[str], pattern: re.Pattern, prefer: str = "") -> list[str]:
    """Names that fit the pattern, the best first: those that contain `prefer`, then the newest by the group `made`,
    then by name.

    Archives keep several makings of the same day; the first of the list is the one to take, the others stand in if it
    is damaged.
    """

    def rank(name: str) -> tuple:
        creation = pattern.fullmatch(name).groupdict().get("made") or ""
        return prefer in name, creation, name

    return sorted((name for name in names if pattern.fullmatch(name)), key=rank, reverse=True)


def certificate_sentence(place: str, words: str) -> str:
    """Words for a certificate that cannot be verified."""
    return (
        f"{place}: the certificate of the server could not be verified ({words}). Check this computer's clock and its "
        "certificates; where a proxy of your institution looks into connections, point REQUESTS_CA_BUNDLE to its "
        "certificate. Without them the connection is not used."
    )


def telling_words(error: BaseException) -> str:
    """Last, most telling words of a nested network error."""
    text = " ".join(str(error).split())
    phrases = re.findall(
        r"(certificate [^()\[\]']*|[A-Z]\w*(?:Error|Timeout)\b[^()\[\]']*|timed out|Connection [a-z ]+|\[Errno -?\d+\] "
        r"[A-Za-z ]+)",
        text,
    )
    return (phrases[-1].strip(" :,") if phrases else type(error).__name__)[:120]
