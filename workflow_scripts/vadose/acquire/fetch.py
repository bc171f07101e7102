"""The discipline that every file goes through, whichever client brings it.

One process per file (a lock), a temporary name in the target folder, resumption by byte ranges, size, checksum
(published, or recorded at the first download and verified ever after), the archive's own CRCs, the reader's quick check
under the file's true name, and only then the final name. What fails any of these is thrown away and fetched again, a
bounded number of times; nothing half-written is taken for data.
"""

import contextlib
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from vadose.acquire.errors import Exhausted, FetchError, Interrupted, Rejected
from vadose.acquire.locks import file_lock
from vadose.acquire.pace import Pace
from vadose.acquire.partial import Part, Remote, Stream
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.verification import Check, Expected, verify

LOG = logging.getLogger(__name__)
__all__ = ["Check", "Expected", "Fetched", "Source", "fetch", "present", "verify"]


class Source(Protocol):
    """One remote file, as a client offers it."""

    label: str

    def open(self, offset: int, previous: Remote | None, *, blind: bool) -> Stream:
        """Start receiving at `offset` of the remote file `previous`, or at 0 if it changed or cannot be resumed.

        `blind` allows to go on without an ETag or date, because a published checksum will tell.
        """
        ...

    def rejected(self, times: int) -> None:
        """Learn that what came was rejected, for the `times`-th time."""
        ...


@dataclass(frozen=True)
class Fetched:
    """A good file: where, how large, its sha256, whether it was `present`, `fetched` or `resumed`, why earlier tries
    were rejected, and its key in the job."""

    path: Path
    size: int
    sha256: str
    how: str
    notes: tuple[str, ...] = field(default=())
    key: str = ""


def present(target: Path, expected: Expected) -> Fetched | None:
    """The target if it is there and good; None if it is absent.

    Raises
    ------
    Rejected
        If it is there and bad.
    """
    if not target.is_file():
        return None
    sha256 = verify(target, expected)
    if expected.record and expected.record.get(target.name) is None:
        expected.record.put_own(target.name, sha256)
    return Fetched(target, target.stat().st_size, sha256, "present")


def fetch(target: Path, source: Source, expected: Expected | None = None, policy: RetryPolicy | None = None) -> Fetched:
    """Bring one file to `target`, or raise a sentence.

    Parameters
    ----------
    target : Path
        Final name. If a good file is there already, nothing is fetched; a bad one is set aside as `<name>.rejected`.
    source : Source
        Where it comes from.
    expected : Expected
        What a good file is.
    policy : RetryPolicy
        Waiting times and bounds.

    Returns
    -------
    Fetched

    Raises
    ------
    Rejected
        If all that came was rejected, time and again (another making of the file may be good).
    FetchError
        Final; the message says what to do. An unfinished part may be left, never a bad file with a good name.
    """
    expected, policy = expected or Expected(), policy or RetryPolicy()
    try:
        _make_folder(target.parent)
        if not os.access(target.parent, os.W_OK):
            return _read_only(target, expected)
        with file_lock(target, policy):
            try:
                there = present(target, expected)
            except Rejected as reason:
                aside = target.with_name(target.name + ".rejected")
                LOG.warning("%s. It is set aside as %s and fetched again.", reason, aside.name)
                os.replace(target, aside)
                there = None
            return there or _fetch(target, source, expected, policy)
    except OSError as error:
        raise FetchError(
            f"{error.filename or target}: cannot be written ({error.strerror or error}). Check the folder, its "
            "permissions and the disk."
        ) from None


def _make_folder(folder: Path) -> None:
    """Make the folder of a target."""
    for place in (folder, *folder.parents):
        if place.is_symlink() and not place.exists():
            raise FetchError(
                f"{place}: is a link to {os.readlink(place)}, which is not there. Make that folder, mount its disk, or "
                "set paths.raw to another one."
            )
    folder.mkdir(parents=True, exist_ok=True)


def _read_only(target: Path, expected: Expected) -> Fetched:
    there = present(target, expected)
    if there is None:
        raise FetchError(
            f"{target}: is not there, and its folder cannot be written to. Make the folder writable or set paths.raw "
            "to another one."
        )
    return there


def _fetch(target: Path, source: Source, expected: Expected, policy: RetryPolicy) -> Fetched:
    part = Part(target, expected.algorithms, expected.watch)
    reasons: list[str] = []
    rejected: set[str] = set()  # sha256 of what was rejected whole
    how = "resumed" if part.state()[0] else "fetched"
    for start in range(policy.fresh_starts):
        try:
            _receive(part, source, expected, policy)
            part.expect_stated()
            sha256 = verify(part.path, expected, name=target.name, fresh=True, sums=part.sums())
        except Rejected as reason:
            part.discard()
            if expected.reproducible and reason.sha256 in rejected:
                raise Rejected(_twice(target, source, reason), reason.sha256, page=reason.page) from None
            rejected |= {reason.sha256} - {None}
            reasons.append(str(reason))
            last = reason
            source.rejected(len(reasons))
            how = "fetched"
            LOG.info("%s: rejected (%s); fetching it again", target.name, reason)
            if start + 1 < policy.fresh_starts:
                policy.pause(start, None)
            continue
        size = part.path.stat().st_size
        part.promote()
        if expected.record:
            expected.record.put(target.name, sha256)
        return Fetched(target, size, sha256, how, tuple(reasons))
    raise Rejected(
        f"{target.name} from {source.label}: fetched {policy.fresh_starts} times and rejected each time; nothing was "
        f"kept. The last reason: {reasons[-1]}.",
        page=last.page,
    )


def _twice(target: Path, source: Source, reason: Rejected) -> str:
    """Words for the same bytes, rejected twice: they are what the archive serves now."""
    return (
        f"{target.name} from {source.label}: fetched 2 times with the same bytes and rejected each time; nothing was "
        f"kept: {reason}. A third download would bring the same: either the archive replaced the file, then see what "
        "it announces and take the new edition by deleting the old entry; or its own list or file is damaged, then "
        "tell its help desk"
    )


def _receive(part: Part, source: Source, expected: Expected, policy: RetryPolicy) -> None:
    """Receive the part to its end, over as many connections as that takes within `policy`."""
    best, _ = part.state()
    failures = restarts = 0
    spent = 0.0  # seconds of receiving; an archive's queue has its own bound
    blind = expected.checksum is not None
    while True:
        offset, remote = part.state()
        if remote is not None and offset == remote.size:
            return  # all bytes are there: a run died between the last byte and the checks
        if remote is not None and not (remote.identified or blind):
            offset, remote = 0, None
        begun = None
        try:
            with contextlib.closing(source.open(offset, remote, blind=blind)) as stream:
                begun = time.monotonic()
                restarts += best > 0 and stream.offset == 0
                _not_for_ever(part, source, restarts, spent, policy)
                came = part.receive(stream, Pace(policy, source.label, policy.longest_file - spent), expected.size)
                if stream.remote.size in (None, came):
                    return
            reason = Interrupted(f"{source.label}: gives only {came - stream.offset} bytes at a time")
        except Interrupted as error:
            reason = error
        spent += 0.0 if begun is None else time.monotonic() - begun
        reached = part.state()[0]
        gained, best = reached - best, max(best, reached)
        if begun is not None and reached == stream.end and gained >= policy.worth:
            failures = 0  # a server that gives a part at a time
            continue
        failures = 1 if gained >= policy.worth and not reason.slow else failures + 1
        LOG.info("%s: %s (failure %d of %d)", part.target.name, reason, failures, policy.tries)
        if failures >= policy.tries:
            raise Exhausted(
                f"{part.target.name} from {source.label}: gave up after {failures} failures in a row; the last was: "
                f"{reason}. Start again later: what has come is kept and resumed where the archive allows it."
            ) from None
        policy.pause(failures - 1, reason.wait)


def _not_for_ever(part: Part, source: Source, restarts: int, spent: float, policy: RetryPolicy) -> None:
    """End what would begin again and again, or take too long in all."""
    if restarts > policy.tries:
        raise Exhausted(
            f"{part.target.name} from {source.label}: gave up after {restarts} starts from the first byte: the "
            "connection breaks each time, and the server neither says which edition of the file it sends (no ETag, no "
            "date) nor goes on where it stopped. Try at another time, or put the file there by hand."
        )
    if spent > policy.longest_file:
        raise Exhausted(
            f"{part.target.name} from {source.label}: is not there after {spent / 3600:.1f} hours of receiving, the "
            "most that is allowed (downloads.limits.longest_file). Start again later: what has come is kept."
        )
