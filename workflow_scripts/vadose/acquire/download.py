"""One job of the plan: verify what is there, fetch what is missing, and say of every file where it is and what it
is."""

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from vadose.acquire.catalogue import Dataset, Item
from vadose.acquire.cds import Cds
from vadose.acquire.checksums import Checksum, Record
from vadose.acquire.earthdata import Earthdata
from vadose.acquire.errors import FetchError, Rejected
from vadose.acquire.fetch import Check, Expected, Fetched, Source, fetch, verify
from vadose.acquire.http import Http, newest
from vadose.acquire.plan import Job
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.sftp import Sftp

LOG = logging.getLogger(__name__)
Candidate = tuple[str, Callable[[], Source], Expected]  # name, how to open it, what it should be


def run(
    job: Job,
    dataset: Dataset,
    raw: Path,
    checksums: Path | None = None,
    check: Check | None = None,
    policy: RetryPolicy | None = None,
    *,
    allow_missing: bool = False,
) -> list[Fetched]:
    """Do a job: every file it names is there and good afterwards, or an error says why not.

    Parameters
    ----------
    job : Job
        From `plan.plan`.
    dataset : Dataset
        Its entry in the catalogue.
    raw : Path
        The raw folder; files go to `raw/<id>/`.
    checksums : Path or None
        Folder of the recorded checksums (config/checksums).
    check : callable or None
        The reader's quick check: check(path), raising ValueError with a sentence.
    policy : RetryPolicy
        Waiting times and bounds.
    allow_missing : bool
        Whether files that the archive does not list are left out with a warning, instead of an error at the end.

    Returns
    -------
    list of Fetched
        In order of time. A bad file in the raw folder is set aside and fetched again; one in a user's own folder is
        left alone, and a good one fetched into the raw folder.

    Raises
    ------
    FetchError
        The first failure, or, after everything else is fetched, the list of what the archive does not have.
    """
    policy = policy or RetryPolicy()
    record = Record(checksums / f"{dataset.id}.sha256") if checksums else None
    expected = Expected(
        smallest=int(dataset.files["smallest"]), record=record, check=check, reproducible=dataset.client != "cds"
    )
    folder = Path(raw) / dataset.id
    good, bad = _verified(job, dataset, folder, expected)
    missing = job.missing | {key: job.wanted[key] for key in bad}
    if missing:
        if dataset.client == "cds":
            client = Cds(dataset, policy, slots=_slots(raw))
            good |= {name: client.fetch(item, folder / name, expected) for name, item in missing.items()}
        else:
            good |= _fetch_all(dataset, missing, folder, expected, policy, _slots(raw), allow_missing)
    return [good[key] for key in sorted(good)]


def _slots(raw: Path) -> Path | None:
    """Folder where processes share the connections to a host; none where nothing may be written."""
    folder = Path(raw) / ".connections"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _verified(job: Job, dataset: Dataset, folder: Path, expected: Expected) -> tuple[dict[str, Fetched], list[str]]:
    """Files of the job that are there and good, and the keys of those that are there and bad."""
    good, bad = {}, []
    for key, path in job.present.items():
        known = dataset.key_of(path.name) is not None  # other names are a user's own and need not be unique
        mine = expected if known else Expected(smallest=expected.smallest, check=expected.check)
        try:
            sha256 = verify(path, mine)
        except Rejected as reason:
            LOG.warning("%s. It is not used; a good one is fetched into %s.", reason, folder)
            bad.append(key)
            continue
        if known and expected.record:
            expected.record.put(path.name, sha256)
        good[key] = Fetched(path, path.stat().st_size, sha256, "present")
    return good, bad


def _fetch_all(
    dataset: Dataset,
    missing: Mapping[str, Item],
    folder: Path,
    expected: Expected,
    policy: RetryPolicy,
    slots: Path | None,
    allow_missing: bool,
) -> dict:
    """Fetch each item from the best of its candidates; at the end complain about those that have none."""
    candidates = {"earthdata": _from_earthdata, "http": _from_http, "sftp": _from_sftp}[dataset.client](
        dataset, missing, expected, policy, slots
    )
    fetched, absent = {}, []
    for key in missing:
        if candidates.get(key):
            fetched[key] = _best(candidates[key], folder, policy)
        else:
            absent.append(key)
    if absent:
        shown = ", ".join(absent[:6]) + (f" and {len(absent) - 6} more" if len(absent) > 6 else "")
        words = f"{dataset.label}: the archive lists no file for {shown}: not published yet, or withdrawn."
        if not allow_missing:
            raise FetchError(
                f"{words} The other {len(fetched)} files of this job are there. Shorten the years in the "
                "configuration, "
                f"set missing_files: keep, or look at {dataset.page()} ."
            )
        LOG.warning("%s Left out, because missing files may be kept as missing values.", words)
    return fetched


def _best(candidates: list[Candidate], folder: Path, policy: RetryPolicy) -> Fetched:
    """The first candidate that is good; archives keep damaged makings beside good ones."""
    for number, (name, source, expected) in enumerate(candidates):
        try:
            return fetch(folder / name, source(), expected, policy)
        except Rejected as reason:
            if number + 1 == len(candidates):
                raise
            LOG.warning("%s Another making of the same file is tried.", reason)
    raise AssertionError("candidates are never empty")


def _with(expected: Expected, size: int | None, checksum: Checksum | None) -> Expected:
    return Expected(size, expected.smallest, checksum, expected.record, expected.check, expected.reproducible)


def _from_earthdata(
    dataset: Dataset, missing: Mapping[str, Item], expected: Expected, policy: RetryPolicy, slots: Path
) -> dict:
    client = Earthdata(dataset, policy, slots=slots)
    first, last = min(missing), max(missing)
    granules = client.granules(first if len(first) > 4 else f"{first}-01", last if len(last) > 4 else f"{last}-12")
    http = client.http()
    return {
        key: [
            (one.name, lambda one=one: http.source(one.address), _with(expected, one.size, one.checksum))
            for one in granules.get(key, ())
        ]
        for key in missing
    }


def _from_http(
    dataset: Dataset, missing: Mapping[str, Item], expected: Expected, policy: RetryPolicy, slots: Path
) -> dict:
    http = Http(policy, hint=dataset.hint(), slots=slots)
    found: dict[str, list[Candidate]] = {}
    if "file" in dataset.addresses:
        for key, item in missing.items():
            size, checksum = _listed(http, dataset, item.name)
            address = dataset.addresses["file"].format(name=item.name)
            found[key] = [(item.name, lambda address=address: http.source(address), _with(expected, size, checksum))]
        return found
    for year in sorted({item.year for item in missing.values()}):
        index = dataset.addresses["index"].format(year=year)
        listed: dict[str | None, list[str]] = {}
        for name in http.names(index):
            listed.setdefault(dataset.key_of(name), []).append(name)
        for key in (key for key, item in missing.items() if item.year == year):
            names = newest(listed.get(key, []), dataset.pattern, dataset.prefer(year))
            checked = [dataset.checked(name, index) for name in names]
            found[key] = [(name, lambda address=index + name: http.source(address), expected) for name in checked]
    return found


def _from_sftp(
    dataset: Dataset, missing: Mapping[str, Item], expected: Expected, policy: RetryPolicy, slots: Path
) -> dict:
    client = Sftp(dataset, policy, slots=slots)
    found = {}
    for key, item in missing.items():
        path = dataset.addresses["file"].format(name=item.name)
        found[key] = [(item.name, lambda path=path: client.source(path), expected)]
    return found


def _listed(http: Http, dataset: Dataset, name: str) -> tuple[int | None, Checksum | None]:
    """Size and checksum from the archive's record of the file (InvenioRDM), where the catalogue has its address."""
    if "checksums" not in dataset.addresses:
        return None, None
    try:
        return invenio(http.page(dataset.addresses["checksums"]), name)
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


def manifest(job: Job, dataset: Dataset, fetched: list[Fetched]) -> dict:
    """What a job brought, for provenance: no clock time, no host, no credential."""
    return {
        "dataset": dataset.id,
        "short_name": dataset.short_name,
        "version": dataset.version,
        "doi": dataset.doi,
        "licence": dataset.licence,
        "group": job.group,
        "files": [{"path": str(item.path), "size": item.size, "sha256": item.sha256} for item in fetched],
    }
