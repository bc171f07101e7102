"""NASA Earthdata (GLDAS, MCD12C1): granules from CMR by short name and version, never by directory.

The earthaccess library searches, and its session carries the login through the redirects of the archives. Its own
downloader has three tries, no resumption and no time-outs, so the bytes are streamed by our `http` client over that
session. Its login asks for a token twice where it has a password (without it, and with it) and knows no `default` of
~/.netrc; a wrong password would count twice, so the token is asked for here. The library's `login()` at module level
would also build a `Store`, which asks the cloud's metadata address whether it runs there; `Auth` and `DataGranules` do
without.
"""

import datetime
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from vadose.acquire import redaction
from vadose.acquire.accounts import Account
from vadose.acquire.catalogue import Dataset
from vadose.acquire.checksums import Checksum
from vadose.acquire.credentials import expired, find
from vadose.acquire.errors import FetchError, Interrupted, Refused
from vadose.acquire.http import AGAIN, Http, certificate_sentence, newest, telling_words
from vadose.acquire.names import bare, host_allowed, last_part
from vadose.acquire.retry_policy import RetryPolicy, persist, retry_after
from vadose.acquire.session import GuardedSession

MOST_GRANULES = 20_000


@dataclass(frozen=True)
class Granule:
    """One file as CMR lists it: its key (see `catalogue.Item`), name, address on the web (empty where there is none),
    size and checksum where they are published, and address in Amazon's store (s3://bucket/key) where it is there."""

    key: str
    name: str
    address: str
    size: int | None
    checksum: Checksum | None
    direct: str = ""


class Earthdata:
    """Client of one Earthdata collection.

    Parameters
    ----------
    dataset : Dataset
        Its entry in the catalogue.
    policy : RetryPolicy
        Waiting times and bounds.
    slots, account
        See `Http`.
    """

    def __init__(
        self, dataset: Dataset, policy: RetryPolicy | None = None, *, slots=None, account: Account | None = None
    ):
        self.dataset = dataset
        self.policy = policy or RetryPolicy()
        self.slots = slots
        self.account = account or Account("earthdata")
        self._auth = None

    def granules(self, first: str, last: str) -> dict[str, list[Granule]]:
        """Files of the months `first` to `last` (YYYY-MM): for each key the makings there are, the newest first.

        Raises
        ------
        FetchError
            If the login fails, CMR does not answer, or it lists nothing of this collection.
        """
        answers = persist(lambda: self._search(first, last), self.policy, f"the search for {self.dataset.label} in CMR")
        granules: dict[str, list[Granule]] = {}
        in_cloud = 0
        for entry in answers:
            granule = self._granule(entry)
            in_cloud += granule is not None and not granule.address
            if (
                granule is not None
                and (granule.address or self.dataset.client == "s3")
                and first[:4] <= granule.key[:4] <= last[:4]
                and (len(granule.key) < 7 or first <= granule.key[:7] <= last)
            ):
                granules.setdefault(granule.key, []).append(granule)
        if not granules and in_cloud:
            raise FetchError(
                f"{self.dataset.label}: CMR lists {in_cloud} granules between {first} and {last} that can be reached "
                "in Amazon's cloud alone (s3:// addresses), not over the web. Run there with "
                f"datasets.{self.dataset.id}.way: s3, or ask the archive: {self.dataset.page()} ."
            )
        if not granules:
            raise FetchError(
                f"{self.dataset.label}: CMR lists {len(answers)} granules between {first} and {last}, none of them a "
                "file like "
                f"{self.dataset.pattern.pattern}. Compare short name and version in datasets.yaml with the archive: "
                f"{self.dataset.page()} ."
            )
        for key, makings in granules.items():
            order = newest([granule.name for granule in makings], self.dataset.pattern)
            granules[key] = sorted(makings, key=lambda granule: order.index(granule.name))
        return granules

    def http(self) -> Http:
        """The streaming client, authenticated."""
        return Http(
            self.policy, session=self.session(), hint=self.dataset.hint(), slots=self.slots, account=self.account
        )

    def session(self) -> GuardedSession:
        """A session that carries the login."""
        return GuardedSession(self.policy, like=self._login().get_session())

    def _login(self):
        if self._auth is None:
            with self.account.attempt("login"):
                self._auth = persist(self._authenticate, self.policy, "the Earthdata login")
        return self._auth

    def _authenticate(self):
        from earthaccess.auth import Auth
        from earthaccess.system import System

        credential = find(self.dataset.access).require(self.dataset.label, self.dataset.hint())
        addresses, values = self.dataset.addresses, credential.values
        login = addresses["login"]
        auth = Auth().login(  # no strategy: it only learns where the login is
            strategy="",
            system=System(addresses["catalogue"], f"https://{login}/status", f"https://{login}/status", login),
        )
        token = values.get("EARTHDATA_TOKEN")
        if token is None:
            auth.username = values.get("user") or values["EARTHDATA_USERNAME"]
            auth.password = values.get("password") or values["EARTHDATA_PASSWORD"]
            token = self._token(f"https://{login}/api/users/find_or_create_token", auth.username, auth.password)
        elif expired(token):
            raise Refused(
                f"{credential.where}: the token ended on {expired(token)}, as it says itself. Make a new one on your "
                f"Earthdata profile (Generate Token). {self.dataset.hint()}"
            )
        redaction.register(token)
        auth.token, auth.authenticated = {"access_token": token}, True
        return auth

    def _token(self, address: str, user: str, password: str) -> str:
        """The token of an account, asked for once."""
        what = "the Earthdata login"
        with self._sentences(what), GuardedSession(self.policy) as session:
            response = session.post(address, auth=(user, password), headers={"Accept": "application/json"})
            if response.status_code in (401, 403):
                raise Refused(
                    f"{what}: refused. Check user name and password, or make a new token. {self.dataset.hint()}"
                )
            if not response.ok:
                raise self._refused(what, response)
            return str(response.json()["access_token"])

    def _search(self, first: str, last: str) -> list:
        from earthaccess.search import DataGranules

        auth = self._login()
        year, month = int(last[:4]), int(last[5:7])
        end = datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)
        query = DataGranules(auth).short_name(self.dataset.short_name).version(self.dataset.version)
        query.temporal(f"{first}-01", end.isoformat())
        hits: list[str] = []
        query.session = self.session()  # the library's own session has no time-outs
        query.session.hooks["response"].append(lambda answer, *_, **__: hits.append(answer.headers.get("CMR-Hits", "")))
        with self.account.attempt("search"), self._sentences("CMR"), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # the library warns of its own use of itself
            granules = query.get(MOST_GRANULES)
        listed = min(int(hits[-1]), MOST_GRANULES) if hits and hits[-1].isdecimal() else 0
        if len(granules) < listed:  # what lacks would be taken for months that the archive does not have
            raise Interrupted(f"CMR: says that it has {listed} granules, and gave {len(granules)}")
        return granules

    @contextmanager
    def _sentences(self, what: str) -> Iterator[None]:
        """Errors of the libraries as ours, without what they quote."""
        try:
            yield
        except (requests.ConnectionError, requests.Timeout) as error:
            words = telling_words(error)
            if isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error).lower():
                raise FetchError(certificate_sentence(what, words)) from None
            raise Interrupted(f"{what}: no answer ({words})") from None
        except RuntimeError as error:
            if isinstance(error, FetchError):
                raise
            response = getattr(error.__cause__, "response", None)
            if response is not None:
                raise self._refused(what, response) from None
            raise FetchError(f"{what}: {' '.join(str(error).split())[:200]}") from None
        except (ValueError, KeyError, TypeError) as error:  # a page or something else where JSON was expected
            raise Interrupted(f"{what}: an answer that cannot be read ({type(error).__name__})") from None

    def _refused(self, what: str, response: requests.Response) -> FetchError:
        code = response.status_code
        if code in AGAIN:
            return Interrupted(f"{what}: the server answered {code}", retry_after(response.headers))
        if code in (401, 403):
            return Refused(f"{what}: {code}, the token is missing, wrong or expired. {self.dataset.hint()}")
        return FetchError(
            f"{what}: the server answered {code} at {bare(response.url)} ({_reason(response)}). Compare short name, "
            "version and addresses with datasets.yaml."
        )

    def _granule(self, entry) -> Granule | None:
        """One CMR entry, None if it is of another collection (the early product) or has no file of this product."""
        record = entry["umm"]
        collection = record.get("CollectionReference", {})
        for field, expected in (("ShortName", self.dataset.short_name), ("Version", self.dataset.version)):
            if collection.get(field, expected) != expected:
                return None
        named = {kind: self._named(entry.data_links(access=kind)) for kind in ("external", "direct")}
        address = named["external"] if named["external"].startswith("http") else ""
        direct = named["direct"] if named["direct"].startswith("s3://") else ""
        if not address and not direct:
            return None
        name = self.dataset.checked(last_part(address or direct), "CMR")
        if address and not host_allowed(address, self.dataset.addresses["hosts"]):
            raise FetchError(
                f"CMR: {name} is said to be at {bare(address)}, which is none of the hosts "
                f"{self.dataset.addresses['hosts']} of datasets.yaml. "
                "Your token is not sent there; check the archive's announcements, then the catalogue."
            )
        size, checksum = published(record, name)
        return Granule(self.dataset.key_of(name), name, address, size, checksum, direct)

    def _named(self, links: list[str]) -> str:
        """The first of the links that leads to a file of this product; empty if none does."""
        return next((link for link in links if self.dataset.pattern.fullmatch(last_part(link))), "")


def _reason(response: requests.Response) -> str:
    """What CMR says about a refusal."""
    try:
        return " ".join(" ".join(map(str, response.json()["errors"])).split())[:300]
    except (ValueError, KeyError, TypeError):
        return "no reason given"


def published(record: dict, name: str) -> tuple[int | None, Checksum | None]:
    """Exact size in bytes and checksum of a file from a UMM-G record; None for what is not given.

    UMM-G gives `SizeInBytes` (exact) or `Size` with a unit (rounded: not used), and `Checksum` with Value and
    Algorithm. A record may describe several files; the one of this name counts, or the only one.
    """
    files = record.get("DataGranule", {}).get("ArchiveAndDistributionInformation", [])
    mine = [item for item in files if item.get("Name") == name] or (files if len(files) == 1 else [])
    if not mine:
        return None, None
    size = mine[0].get("SizeInBytes")
    given = mine[0].get("Checksum") or {}
    checksum = Checksum.of(str(given.get("Algorithm", "")), str(given.get("Value", "")))
    return (size if isinstance(size, int) and re.fullmatch(r"\d+", str(size)) else None), checksum
