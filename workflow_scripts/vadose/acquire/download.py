"""One job of the plan: verify what is there, fetch what is missing, and say of every file where it is and what it
is."""

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from vadose.acquire.accounts import Account
from vadose.acquire.candidates import Candidate, Place, candidates, invenio
from vadose.acquire.catalogue import Dataset, Item
from vadose.acquire.cds import CdsRequest
from vadose.acquire.checksums import Record
from vadose.acquire.errors import Exhausted, FetchError, Gone, NoSpace, Refused, Rejected
from vadose.acquire.fetch import Expected, Fetched, fetch, verify
from vadose.acquire.partial import sync_together
from vadose.acquire.plan import Job
from vadose.acquire.progress import Progress
from vadose.acquire.retry_policy import RetryPolicy

__all__ = ["invenio", "manifest", "run"]
LOG = logging.getLogger(__name__)
LASTING = (Rejected, Gone)  # what is wrong with the archive's file itself: `missing_files: keep` goes on without it
REFUSALS = 3  # in a row, from an archive without accounts, after which it is asked for nothing more


def run(
    job: Job,
    dataset: Dataset,
    raw: Path,
    checksums: Path | None = None,
    check: Callable[..., None] | None = None,
    policy: RetryPolicy | None = None,
    *,
    allow_missing: bool = False,
    accounts: Path | None = None,
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
        The reader's quick check: check(path), for requests and subsets check(path, **item.asked); raises ValueError
        with a sentence.
    policy : RetryPolicy
        Waiting times and bounds.
    allow_missing : bool
        Whether files that the archive does not list, or has damaged, are left out with a warning, instead of an error
        at the end.
    accounts : Path or None
        Folder in which the jobs of a run leave word of refused logins (see `Account`).

    Returns
    -------
    list of Fetched
        In order of time. A bad file in the raw folder is set aside and fetched again; one in a user's own folder is
        left alone, and a good one fetched into the raw folder.

    Raises
    ------
    FetchError
        After everything else is fetched: what could not be, and why.
    """
    policy = policy or RetryPolicy()
    record = Record(checksums / f"{dataset.id}.sha256") if checksums else None
    folder = Path(raw) / dataset.id
    with record.held() if record else contextlib.nullcontext():
        expected = Expected(smallest=int(dataset.files["smallest"]), record=record, reproducible=dataset.reproducible)
        bound = functools.partial(_expected_of, expected, check)
        good, bad = _verified(job, dataset, folder, bound)
        missing = job.missing | {key: job.wanted[key] for key in bad}
        if missing:
            account = Account(account_of(dataset), accounts, policy)
            size = int(job.size) or int(dataset.files["bytes"]) * len(missing)
            with Progress(job.name, len(missing), size, policy.report) as progress:
                place = Place(
                    dataset,
                    folder,
                    policy,
                    Path(raw) / ".connections",
                    account,
                    lambda item: replace(bound(item), watch=progress.came),
                    progress.waits,
                )
                good |= _Fetching(place, missing, progress, len(job.wanted)).all(allow_missing)
        sync_together(item.path for item in good.values() if item.how != "present")  # before the job counts as done
    return [good[key] for key in sorted(good)]


def account_of(dataset: Dataset) -> str:
    """Name of the account that a data set is fetched with; empty where none is needed."""
    return "" if dataset.access["kind"] == "none" else str(dataset.access["kind"])


def _expected_of(expected: Expected, check: Callable[..., None] | None, item: Item | CdsRequest) -> Expected:
    """What the file of an item should be: of requests and subsets the check is told what was asked."""
    if check is not None and item.asked:
        check = functools.partial(check, **item.asked)
    return replace(expected, check=check)


def _verified(
    job: Job, dataset: Dataset, folder: Path, bound: Callable[[Item | CdsRequest], Expected]
) -> tuple[dict[str, Fetched], list[str]]:
    """Files of the job that are there and good, and the keys of those that are there and bad."""
    good, bad = {}, []
    for key, path in job.present.items():
        expected = bound(job.wanted[key])
        named = dataset.key_of(path.name) is not None  # other names are a user's own and need not be unique
        try:
            sha256 = verify(path, expected if named else replace(expected, record=None))
        except Rejected as reason:
            LOG.warning("%s. It is not used; a good one is fetched into %s.", reason, folder)
            bad.append(key)
            continue
        if named and expected.record and expected.record.get(path.name) is None:
            expected.record.put_own(path.name, sha256)
        good[key] = Fetched(path, path.stat().st_size, sha256, "present", key=key)
    return good, bad


@dataclass
class _Fetching:
    """The missing files of a job, fetched one after another; one that fails costs itself alone."""

    place: Place
    missing: Mapping[str, Item | CdsRequest]
    progress: Progress
    wanted: int
    fetched: dict[str, Fetched] = field(default_factory=dict)
    failed: dict[str, FetchError] = field(default_factory=dict)
    refusals: int = 0
    idle: set[str] = field(default_factory=set)  # services that failed for good, and are asked for nothing more

    def all(self, allow_missing: bool) -> dict[str, Fetched]:
        """Fetch all; what failed for a passing reason is tried again, some rounds later."""
        policy = self.place.policy
        end = time.monotonic() + policy.longest_job
        ways = candidates(self.place, self.missing)
        left = [key for key in self.missing if ways.get(key)]
        absent = [key for key in self.missing if not ways.get(key)]
        for number in range(policy.rounds):
            self._round(left, ways, end)
            left = [key for key in left if isinstance(self.failed.get(key), Exhausted)]
            if not left or number + 1 == policy.rounds or time.monotonic() + policy.round_wait > end:
                break
            LOG.info(
                "%d files failed for a passing reason; they are tried again in %.0f s", len(left), policy.round_wait
            )
            self.progress.number -= len(left)
            time.sleep(policy.round_wait)
        self._account_for(absent, allow_missing)
        return self.fetched

    def _round(self, keys: list[str], ways: Mapping[str, list[Candidate]], end: float) -> None:
        together = self.place.policy.queue_together
        for number, key in enumerate(keys):
            if time.monotonic() > end:
                self.failed |= {each: Exhausted("not begun: the job's time is over") for each in keys[number:]}
                return
            for other in keys[number : number + together]:
                ways[other][0].ahead()
            self.failed.pop(key, None)
            try:
                self.fetched[key] = replace(self._best(ways[key]), key=key)
                self.refusals = 0
            except NoSpace:
                raise
            except Refused as reason:
                self.refusals += 1
                if self.place.account.name or self.refusals >= min(REFUSALS, len(self.missing)):
                    raise
                self.failed[key] = reason
            except FetchError as reason:
                LOG.warning("%s: %s", key, reason)
                self.failed[key] = reason
                self.refusals += _says_nothing_of_the_file(reason)
                if self.refusals >= REFUSALS:
                    with self.place.account.attempt("files"):
                        raise Refused(
                            f"{self.refusals} files in a row were answered by words instead of data: {reason}"
                        ) from None

    def _best(self, ways: list[Candidate]) -> Fetched:
        """The first candidate that is good; archives keep damaged makings beside good ones, and list some that they no
        longer have."""
        ways = [way for way in ways if way.service not in self.idle] or ways
        for number, way in enumerate(ways):
            self.progress.begin(way.name) if not number else None
            try:
                fetched = fetch(self.place.folder / way.name, way.source(), way.expected, self.place.policy)
                way.done()
                return fetched
            except (Rejected, Gone, Exhausted) as reason:
                if number + 1 == len(ways):
                    raise
                if way.service and (isinstance(reason, Exhausted | Gone) or _says_nothing_of_the_file(reason)):
                    self.idle.add(way.service)
                LOG.warning("%s Another making of the same file is tried.", reason)
        raise AssertionError("candidates are never empty")

    def _account_for(self, absent: list[str], allow_missing: bool) -> None:
        """One sentence about all that is not there; under `allow_missing` a warning, where no other try would help."""
        dataset = self.place.dataset
        lasting = {
            key: reason
            for key, reason in self.failed.items()
            if isinstance(reason, LASTING) and not _says_nothing_of_the_file(reason)
        }
        passing = {key: reason for key, reason in self.failed.items() if key not in lasting}
        sentences = []
        if absent:
            sentences.append(
                f"{dataset.label}: the archive lists no file for {_listed(absent)}: not published yet, or withdrawn."
            )
        if lasting or passing:
            reasons = "; ".join(f"{key}: {reason}" for key, reason in list(self.failed.items())[:6])
            more = f"; and {len(self.failed) - 6} more (see the log)" if len(self.failed) > 6 else ""
            count = f"{len(self.failed)} of {self.wanted} files of {dataset.label} could not be fetched"
            sentences.append(f"{count}: {reasons}{more}.")
        if not sentences:
            return
        words = " ".join(sentences)
        if allow_missing and not passing and (self.fetched or len(self.missing) < self.wanted):
            LOG.warning("%s Left out, because missing files may be kept as missing values.", words)
            return
        if len(self.failed) == self.wanted == 1:
            raise next(iter(self.failed.values()))
        advice = f" Shorten the years in the configuration, set missing_files: keep, or look at {dataset.page()} ."
        others = f"The other {len(self.fetched)} files of this job are there."
        kind = Exhausted if passing else FetchError
        raise kind(f"{words} {others}{'' if passing else advice}")


def _says_nothing_of_the_file(reason: FetchError) -> bool:
    """Whether a page came instead of the file: a login, a licence or maintenance, for which no file is left out."""
    return isinstance(reason, Rejected) and reason.page


def _listed(keys: list[str]) -> str:
    return ", ".join(keys[:6]) + (f" and {len(keys) - 6} more" if len(keys) > 6 else "")


def manifest(job: Job, dataset: Dataset, fetched: list[Fetched]) -> dict:
    """What a job brought, for provenance: no clock time, no host, no credential. `left_out` has the keys of files that
    are not there (missing_files: keep)."""
    there = {item.key for item in fetched}
    return {
        "dataset": dataset.id,
        "short_name": dataset.short_name,
        "version": dataset.version,
        "doi": dataset.doi,
        "licence": dataset.licence,
        "group": job.group,
        "way": job.way,
        "files": [{"path": str(item.path), "size": item.size, "sha256": item.sha256} for item in fetched],
        "left_out": [key for key in job.wanted if key not in there],
    }
