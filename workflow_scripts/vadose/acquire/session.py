"""The web session of every client: TLS verified, time-outs always set, credentials never carried to another host."""

import contextlib
import http.client
import socket
import urllib.parse

import requests
import urllib3
from requests.adapters import HTTPAdapter

from vadose.acquire.errors import FetchError
from vadose.acquire.names import bare
from vadose.acquire.pace import bounded
from vadose.acquire.retry_policy import RetryPolicy, retry_after

PRIVATE_HEADERS = ("Authorization", "PRIVATE-TOKEN", "Proxy-Authorization", "X-Amz-Security-Token", "Cookie")
AGENT = "vadose (research workflow; https client with resume)"  # WWF's server refuses agents without a name


class _Final(http.client.HTTPResponse):
    """An answer, whatever announcements a server sends before it (RFC 9110, 15.2): the standard library passes over
    `100 Continue` alone, and takes `103 Early Hints` for the answer."""

    def _read_status(self):
        status = super()._read_status()
        while 101 < status[1] < 200:
            http.client.parse_headers(self.fp)
            status = super()._read_status()
        return status


class _InTime:
    """A connection whose answer must be there, to the last header, within `answer_time` seconds: the time-out of a
    socket counts from byte to byte, so that dripping headers, or `100 Continue` without end, would never meet it."""

    answer_time = 180.0
    response_class = _Final

    def getresponse(self):
        """As in urllib3, within the time."""
        with bounded(self.answer_time, self._cut):
            return super().getresponse()

    def _cut(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # of the plain socket: TLS would wait for its peer


class _Adapter(HTTPAdapter):
    """Connections that answer in time."""

    def __init__(self, answer_time: float):
        self._classes = {}
        for scheme, pool in (("http", urllib3.HTTPConnectionPool), ("https", urllib3.HTTPSConnectionPool)):
            connection = type("Connection", (_InTime, pool.ConnectionCls), {"answer_time": answer_time})
            self._classes[scheme] = type("Pool", (pool,), {"ConnectionCls": connection})
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        """As in requests, with our pools."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._classes

    def proxy_manager_for(self, proxy, **options):
        """As in requests, with our pools."""
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._classes
        return manager


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class GuardedSession(requests.Session):
    """A requests session that keeps what it is told.

    Parameters
    ----------
    policy : RetryPolicy
        Its `connect` and `read` time-outs hold for every request that sets none.
    like : requests.Session or None
        A library's authenticated session whose headers, cookies and hooks are taken over.

    Notes
    -----
    requests fills in passwords from ~/.netrc for any host it meets, also after a redirect; here only what a client sets
    is sent. On a redirect to another host all private headers are dropped, also those that requests does not know
    (PRIVATE-TOKEN of the Climate Data Store). A redirect from https to http is refused.
    """

    def __init__(self, policy: RetryPolicy, like: requests.Session | None = None):
        super().__init__()
        self.policy = policy
        self.max_redirects = 10
        self._surroundings: dict[tuple[str, str], dict] = {}
        self.headers["User-Agent"] = AGENT
        self.auth = _no_login
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(policy.answer))
        if like is not None:
            self.headers.update(like.headers)
            self.cookies.update(like.cookies)
            self.hooks = {name: list(hooks) for name, hooks in like.hooks.items()}

    def request(self, method, url, **options):
        """As in requests, with the time-outs of `policy` where none are given."""
        if options.get("timeout") is None:
            options["timeout"] = (self.policy.connect, self.policy.read)
        return super().request(method, url, **options)

    def merge_environment_settings(self, url, *settings):
        """As in requests, the environment being read once for each host: it does not change within a job, and to read
        it for each of a year of small files takes a tenth of their time."""
        proxies, stream, verify, certificate = settings
        if proxies or verify is not None or certificate is not None:
            return super().merge_environment_settings(url, *settings)
        place = urllib.parse.urlsplit(url)[:2]
        if place not in self._surroundings:
            self._surroundings[place] = super().merge_environment_settings(url, {}, None, None, None)
        return self._surroundings[place] | {"stream": self.stream if stream is None else stream}

    def rebuild_auth(self, prepared_request, response):
        """Drop private headers when a redirect leads to another host (cookies come again from the jar, by domain)."""
        if self.should_strip_auth(response.request.url, prepared_request.url):
            for name in PRIVATE_HEADERS[:-1]:
                prepared_request.headers.pop(name, None)

    def get_redirect_target(self, resp):
        """Where a redirect leads; refused if it leaves TLS."""
        target = super().get_redirect_target(resp)
        if target is not None:
            absolute = urllib.parse.urljoin(resp.url, target)
            schemes = urllib.parse.urlsplit(resp.url).scheme, urllib.parse.urlsplit(absolute).scheme
            if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
                raise FetchError(
                    f"{bare(resp.url)}: redirects to {bare(absolute)}, away from an encrypted connection; this is "
                    "refused. "
                    "Check whether your network puts a login page in between, then start again."
                )
        return target


class WaitingSession(GuardedSession):
    """A guarded session for libraries that retry by themselves but do not read Retry-After: it sits the wait out before
    it answers."""

    def request(self, method, url, **options):
        """As in requests; after 429 or 503 the wait that the server asks for is over when this returns."""
        response = super().request(method, url, **options)
        if response.status_code in (429, 503):
            asked = retry_after(response.headers)
            if asked is not None:
                self.policy.pause(0, asked)
        return response


def via_proxy(session: requests.Session, address: str) -> str:
    """The proxy that requests to an address go through, without user and password; empty if none."""
    try:
        proxies = session.merge_environment_settings(address, {}, None, None, None)["proxies"]
        proxy = requests.utils.select_proxy(address, proxies)
    except ValueError:
        return ""
    return bare(proxy) if proxy else ""
