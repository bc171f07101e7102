"""Where each file of a job can come from: for every key the candidates of its archive, the best first."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vadose.acquire import subset
from vadose.acquire.accounts import Account
from vadose.acquire.catalogue import Dataset, Item
from vadose.acquire.cds import Cds, CdsRequest
from vadose.acquire.checksums import Checksum
from vadose.acquire.earthdata import Earthdata, Granule
from vadose.acquire.errors import FetchError, Refused
from vadose.acquire.fetch import Expected, Source
from vadose.acquire.http import Http, newest
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.s3 import S3
from vadose.acquire.sftp import Sftp
from vadose.acquire.zarr_stores import ZarrStores

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidate:
    """One making of a file: its name, how to open it, what it should be, what to do ahead, so that it waits in a queue
    with others, what to do once it is there, and the service that makes it, where it is not the archive's own file."""

    name: str
    source: Callable[[], Source]
    expected: Expected
    ahead: Callable[[], None] = lambda: None
    done: Callable[[], None] = lambda: None
    service: str = ""


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
    ways = {
        "earthdata": _from_earthdata,
        "subset": _from_subset,
        "s3": _from_s3,
        "http": _from_http,
        "sftp": _from_sftp,
        "cds": _from_cds,
        "zarr": _from_zarr,
    }
    return ways[place.dataset.client](place, missing)


def _granules(place: Place, missing: Mapping[str, Item]) -> tuple[Earthdata, dict[str, list[Granule]]]:
    """The client of Earthdata, and what CMR lists."""
    client = Earthdata(place.dataset, place.policy, slots=place.slots, account=place.account)
    # Whole years: where a month alone is lacking, the others show that the archive has this product.
    return client, client.granules(f"{min(missing)[:4]}-01", f"{max(missing)[:4]}-12")


def _from_earthdata(place: Place, missing: Mapping[str, Item]) -> dict[str, list[Candidate]]:
    client, granules = _granules(place, missing)
    http = client.http()
    return {
        key: [_whole(place, item, one, lambda one=one: http.source(one.address)) for one in granules.get(key, ())]
        for key, item in missing.items()
    }


def _whole(place: Place, item: Item, one: Granule, source: Callable[[], Source]) -> Candidate:
    """A file as CMR lists it, with its published size and checksum."""
    return Candidate(one.name, source, replace(place.expected(item), size=one.size, checksum=one.checksum))


def _from_subset(place: Place, missing: Mapping[str, Item]) -> dict[str, list[Candidate]]:
    """Subsets, and behind each the whole file. Nobody publishes sizes or checksums of subsets: the reader's check, told
    the variables and the month, must do."""
    dataset, ways = place.dataset, {}
    client, granules = _granules(place, missing)
    http = client.http()
    for key, item in missing.items():
        ways[key] = []
        for one in granules.get(key, ()):
            address = subset.address(dataset, one.name, one.address, item.asked["variables"])
            source = lambda address=address: http.source(address)  # noqa: E731
            cut = Candidate(one.name + subset.SUFFIX, source, place.expected(item), service=dataset.addresses["subset"])
            ways[key] += [cut, _whole(place, item, one, lambda one=one: http.source(one.address))]
    return ways


def _from_s3(place: Place, missing: Mapping[str, Item]) -> dict[str, list[Candidate]]:
    client, granules = _granules(place, missing)
    store = S3(client)
    return {
        key: [
            _whole(place, item, one, lambda one=one: store.source(one.direct))
            for one in granules.get(key, ())
            if one.direct
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


def _from_zarr(place: Place, missing: Mapping[str, CdsRequest]) -> dict[str, list[Candidate]]:
    year = next(iter(missing.values())).key[:4]
    stores = ZarrStores(place.dataset, place.policy, place.folder, year, slots=place.slots, account=place.account)
    stores.waits = place.waits
    left = {key for key, request in missing.items() if stores.has(request)}

    def done(key: str) -> None:
        left.discard(key)
        if not left:
            stores.forget()

    ways: dict[str, list[Candidate]] = {}
    for key, request in missing.items():
        source = stores.source(request, place.folder / ".chunks" / f"{request.name}.making")
        way = Candidate(
            request.name, lambda source=source: source, place.expected(request), done=lambda key=key: done(key)
        )
        ways[key] = [way] if key in left else []
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
