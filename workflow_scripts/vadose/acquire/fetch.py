"""The discipline that every file goes through, whichever client brings it.

One process per file (a lock), a temporary name in the target folder, resumption by byte ranges, size, checksum
(published, or recorded at the first download and verified ever after), the archive's own CRCs, the reader's quick check
under the file's true name, and only then the final name. What fails any of these is thrown away and fetched again, a
bounded number of times; nothing half-written is taken for data.
"""

import contextlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from vadose.acquire import archives
from vadose.acquire.checksums import Checksum, Record, digests
from vadose.acquire.errors import FetchError, Interrupted, Rejected
from vadose.acquire.locks import file_lock
from vadose.acquire.partial import Part, Remote, Stream, html_sentence, is_html
from vadose.acquire.retry_policy import RetryPolicy

LOG = logging.getLogger(__name__)
Check = Callable[[Path], None]


class Source(Protocol):
    """One remote file, as a client offers it."""

    label: str

    def open(self, offset: int, known: Remote | None, *, blind: bool) -> Stream:
        """Start receiving at `offset` of the remote file `known`, or at 0 if it changed or cannot be resumed.

        `blind` allows to go on without an ETag or date, because a checksum will tell.
        """
        ...

    def rejected(self, times: int) -> None:
        """Learn that what came was rejected, for the `times`-th time."""
        ...


@dataclass(frozen=True)
class Expected:
    """What a good file is.

    Parameters
    ----------
    size : int or None
        Exact bytes, where the archive publishes them.
    smallest : int
        Bytes below which a file cannot be whole (archives keep a few stumps).
    checksum : Checksum or None
        As published.
    record : Record or None
        Checksums of the first download.
    check : callable or None
        The reader's quick check, raising ValueError with a sentence.
    reproducible : bool
        False where an archive makes each file anew (CDS): then the record guards the file at hand, but does not bind
        the next download.
    """

    size: int | None = None
    smallest: int = 1
    checksum: Checksum | None = None
    record: Record | None = None
    check: Check | None = None
    reproducible: bool = True


@dataclass(frozen=True)
class Fetched:
    """A good file: where, how large, its sha256, and whether it was `present`, `fetched` or `resumed`."""

    path: Path
    size: int
    sha256: str
    how: str
    notes: tuple[str, ...] = field(default=())


def verify(path: Path, expected: Expected, *, name: str | None = None, fresh: bool = False) -> str:
    """Check a file against all that is known about it and return its sha256.

    Parameters
    ----------
    path : Path
        The file; may be unfinished in name.
    expected : Expected
        What it should be.
    name : str or None
        Its true name, where `path` is a temporary one.
    fresh : bool
        True right after a download, when the record of a non-reproducible file does not bind.

    Raises
    ------
    Rejected
        With a sentence that names the file and the reason.
    """
    true_name = name or path.name
    shown = path.with_name(true_name)
    size = path.stat().st_size
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if is_html(head):
        raise Rejected(html_sentence(str(shown), head))
    if size < expected.smallest:
        raise Rejected(f"{shown}: expected at least {expected.smallest} bytes, found {size}: a stump or an empty file")
    if expected.size is not None and size != expected.size:
        raise Rejected(f"{shown}: expected {expected.size} bytes, found {size}")
    sums = digests(path, {"sha256"} | ({expected.checksum.algorithm} if expected.checksum else set()))
    if expected.checksum and sums[expected.checksum.algorithm] != expected.checksum.value:
        raise Rejected(
            f"{shown}: the {expected.checksum.algorithm} published by the archive is {expected.checksum.value}, "
            f"the file has {sums[expected.checksum.algorithm]}: its bytes are not those of the archive"
        )
    recorded = expected.record.get(true_name) if expected.record else None
    binding = recorded and not expected.checksum and (expected.reproducible or not fresh)
    if binding and recorded != sums["sha256"]:
        raise Rejected(
            f"{shown}: its sha256 is {sums['sha256']}, but {recorded} was recorded in {expected.record.path} at the "
            "first download: "
            "either the file is corrupt or the archive replaced it (then delete that line)"
        )
    with named(path, true_name) as view:
        _open(view, shown, expected.check)
    return sums["sha256"]


@contextlib.contextmanager
def named(path: Path, name: str) -> Iterator[Path]:
    """The file under its true name, for readers that look at suffixes: a link in a temporary folder, or the file
    itself."""
    if path.name == name:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="vadose_") as folder:
        view = Path(folder) / name
        view.symlink_to(path.resolve())
        yield view


def _open(view: Path, shown: Path, check: Check | None) -> None:
    try:
        archives.test(view)
        if check is not None:
            check(view)
    except (ValueError, Rejected) as reason:
        raise Rejected(str(reason).replace(str(view), str(shown))) from None


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
    if expected.record:
        expected.record.put(target.name, sha256)
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
        target.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(target.parent, os.W_OK):
            return _read_only(target, expected)
        with file_lock(target, policy):
            try:
                found = present(target, expected)
            except Rejected as reason:
                aside = target.with_name(target.name + ".rejected")
                LOG.warning("%s. It is set aside as %s and fetched again.", reason, aside.name)
                os.replace(target, aside)
                found = None
            return found or _fetch(target, source, expected, policy)
    except OSError as error:
        raise FetchError(
            f"{target}: cannot be written ({error.strerror or error}). Check the folder, its permissions and the disk."
        ) from None


def _read_only(target: Path, expected: Expected) -> Fetched:
    found = present(target, expected)
    if found is None:
        raise FetchError(
            f"{target}: is not there, and its folder cannot be written to. Make the folder writable or set paths.raw "
            "to another one."
        )
    return found


def _fetch(target: Path, source: Source, expected: Expected, policy: RetryPolicy) -> Fetched:
    part = Part(target)
    reasons: list[str] = []
    how = "resumed" if part.state()[0] else "fetched"
    for start in range(policy.fresh_starts):
        try:
            _receive(part, source, expected, policy)
            sha256 = verify(part.path, expected, name=target.name, fresh=True)
        except Rejected as reason:
            part.discard()
            reasons.append(str(reason))
            source.rejected(len(reasons))
            how = "fetched"
            LOG.info("%s: rejected (%s); fetching it anew", target.name, reason)
            if start + 1 < policy.fresh_starts:
                policy.pause(start, None)
            continue
        if expected.record:
            expected.record.put(target.name, sha256)
        size = part.path.stat().st_size
        part.promote()
        return Fetched(target, size, sha256, how, tuple(reasons))
    raise Rejected(
        f"{target.name} from {source.label}: fetched {policy.fresh_starts} times and rejected each time; nothing was "
        "kept. "
        f"The last reason: {reasons[-1]}."
    )


def _receive(part: Part, source: Source, expected: Expected, policy: RetryPolicy) -> None:
    """Receive the part to its end, over as many connections as that takes within `policy`."""
    failures = 0
    for _ in range(policy.attempts):
        offset, known = part.state()
        blind = expected.checksum is not None
        if known is not None and not (known.identified or blind):
            offset, known = 0, None
        if known is not None and known.size is not None and offset == known.size:
            return  # all bytes are there: a run died between the last byte and the checks
        try:
            with contextlib.closing(source.open(offset, known, blind=blind)) as stream:
                part.receive(stream, expected.size)
            return
        except Interrupted as reason:
            gained = part.state()[0] > offset
            failures = 1 if gained else failures + 1
            LOG.info("%s: %s (failure %d of %d)", part.target.name, reason, failures, policy.tries)
            last = reason
            if failures >= policy.tries:
                raise FetchError(
                    f"{part.target.name} from {source.label}: gave up after {failures} failures in a row; the last "
                    f"was: {reason}. "
                    "Start again later: what has come is kept and resumed."
                ) from None
            policy.pause(failures - 1, reason.wait)
    raise FetchError(
        f"{part.target.name} from {source.label}: gave up after {policy.attempts} connections; the last failure was: "
        f"{last}."
    )
