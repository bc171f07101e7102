"""Where each file of a job can come from: for every key the candidates of its archive, the best first."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vadose.acquire.accounts import Account
from vadose.acquire.catalogue import Dataset, Item
from vadose.acquire.cds import Cds, CdsRequest
from vadose.acquire.checksums import Checksum
from vadose.acquire.earthdata import Earthdata
from vadose.acquire.errors import FetchError, Refused
from vadose.acquire.fetch import Expected, Source
from vadose.acquire.http import Http, newest
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.sftp import Sftp

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidate:
    """One making of a file: its name, how to open it, what it should be, what to do ahead, so that it waits in a queue
    with others, and what to do once it is there."""

    name: str
    source: Callable[[], Source]
    expected: Expected
    ahead: Callable[[], None] = lambda: None
    done: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Place:
    """What all clients are given.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry.
    folder : Path
        Where the files go.
    policy : RetryPolicy
        Waiting times and bounds.
    slots : Path or None
        See `Http`.
    account : Account
        See there.
    expected : callable
        What the file of an item should be.
    waits : callable
        Told of the states of requests that wait in a queue.
    """

    dataset: Dataset
    folder: Path
    policy: RetryPolicy
    slots: Path | None
    account: Account
    expected: Callable[[Item | CdsRequest], Expected]
    waits: Callable[[str], None] = lambda state: None


def candidates(place: Place, missing: Mapping[str, Item | CdsRequest]) -> dict[str, list[Candidate]]:
    """For each missing key its candidates, the best first; none where the archive lists no such file."""
    ways = {"earthdata": _from_earthdata, "http": _from_http, "sftp": _from_sftp, "cds": _from_cds}
    return ways[place.dataset.client](place, missing)


def _from_earthdata(place: Place, missing: Mapping[str, Item]) -> dict[str, list[Candidate]]:
    client = Earthdata(place.dataset, place.policy, slots=place.slots, account=place.account)
    # Whole years: where a month alone is lacking, the others show that the archive has this product.
    granules = client.granules(f"{min(missing)[:4]}-01", f"{max(missing)[:4]}-12")
    http = client.http()
    return {
        key: [
            Candidate(
                one.name,
                lambda one=one: http.source(one.address),
                replace(place.expected(item), size=one.size, checksum=one.checksum),
            )
            for one in granules.get(key, ())
        ]
        for key, item in missing.items()
    }


def _from_http(place: Place, missing: Mapping[str, Item]) -> dict[str, list[Candidate]]:
    dataset = place.dataset
    http = Http(place.policy, hint=dataset.hint(), slots=place.slots)
    ways: dict[str, list[Candidate]] = {}
    if "file" in dataset.addresses:
        for key, item in missing.items():
            size, checksum = _listed(http, dataset, item.name)
            address = dataset.addresses["file"].format(name=item.name)
            expected = replace(place.expected(item), size=size, checksum=checksum)
            ways[key] = [Candidate(item.name, lambda address=address: http.source(address), expected)]
        return ways
    for year in sorted({item.year for item in missing.values()}):
        address = dataset.addresses["index"].format(year=year)
        listed: dict[str | None, list[str]] = {}
        for name in http.names(address, lambda name, year=year: dataset.year_of(name) == year):
            listed.setdefault(dataset.key_of(name), []).append(name)
        for key in (key for key, item in missing.items() if item.year == year):
            names = newest(listed.get(key, []), dataset.pattern, dataset.prefer(year))
            checked = [dataset.checked(name, address) for name in names]
            expected = place.expected(missing[key])
            ways[key] = [
                Candidate(name, lambda address=address + name: http.source(address), expected) for name in checked
            ]
    return ways


def _from_sftp(place: Place, missing: Mapping[str, Item]) -> dict[str, list[Candidate]]:
    client = Sftp(place.dataset, place.policy, slots=place.slots, account=place.account)
    ways = {}
    for key, item in missing.items():
        path = place.dataset.addresses["file"].format(name=item.name)
        ways[key] = [Candidate(item.name, lambda path=path: client.source(path), place.expected(item))]
    return ways


def _from_cds(place: Place, missing: Mapping[str, CdsRequest]) -> dict[str, list[Candidate]]:
    client = Cds(place.dataset, place.policy, slots=place.slots, account=place.account, waits=place.waits)
    ways = {}
    for key, request in missing.items():
        source = client.source(request, place.folder / request.name)
        ways[key] = [
            Candidate(
                request.name, lambda source=source: source, place.expected(request), source.ask_ahead, source.forget
            )
        ]
    return ways


def _listed(http: Http, dataset: Dataset, name: str) -> tuple[int | None, Checksum | None]:
    """Size and checksum from the archive's record of the file (InvenioRDM), where the catalogue has its address."""
    if "checksums" not in dataset.addresses:
        return None, None
    try:
        return invenio(http.page(dataset.addresses["checksums"]), name)
    except Refused:
        raise
    except FetchError as reason:
        LOG.warning(
            "%s: no published checksum (%s); the reader's check and the recorded checksum must do.", name, reason
        )
        return None, None


def invenio(text: str, name: str) -> tuple[int | None, Checksum | None]:
    """Size and checksum of a file in an InvenioRDM record, in either of its two layouts; None for what is not there."""
    try:
        files = json.loads(text).get("files", {})
        entries = files.get("entries", {}) if isinstance(files, dict) else {item["key"]: item for item in files}
        if isinstance(entries, list):
            entries = {item["key"]: item for item in entries}
        entry = entries[name]
        size = entry.get("size")
        algorithm, _, value = str(entry.get("checksum", "")).partition(":")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, None
    return (size if isinstance(size, int) else None), Checksum.of(algorithm, value)
