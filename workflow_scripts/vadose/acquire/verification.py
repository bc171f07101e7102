"""What a good file is, and whether a file is one."""

import contextlib
import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vadose.acquire import archives
from vadose.acquire.checksums import Checksum, Digests, Record, digests
from vadose.acquire.errors import Rejected
from vadose.acquire.partial import html_sentence, is_html

Check = Callable[[Path], None]
MEMORY = Path("/dev/shm")


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
        False where an archive makes each file again (CDS): then the record guards the file at hand, but does not bind
        the next download.
    watch : callable
        Told of the bytes that come, for the lines of progress.
    """

    size: int | None = None
    smallest: int = 1
    checksum: Checksum | None = None
    record: Record | None = None
    check: Check | None = None
    reproducible: bool = True
    watch: Callable[[int], None] = lambda _: None

    @property
    def algorithms(self) -> set[str]:
        """Checksums that tell whether a file is good."""
        return {"sha256"} | ({self.checksum.algorithm} if self.checksum else set())


def verify(
    path: Path,
    expected: Expected,
    *,
    name: str | None = None,
    fresh: bool = False,
    sums: dict[str, str] | None = None,
) -> str:
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
        True right after a download, when neither the record of a non-reproducible file nor that of a user's own binds.
    sums : dict or None
        Digests worked out while it was written; by default the file is read.

    Raises
    ------
    Rejected
        With a sentence that names the file and the reason.
    """
    true_name = name or path.name
    place = path.with_name(true_name)
    size = path.stat().st_size
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if is_html(head):
        raise Rejected(html_sentence(str(place), head), page=True)
    if size < expected.smallest:
        text = _text_of(head)
        what = f"no data but the text {text!r}" if text else "a stump or an empty file"
        raise Rejected(
            f"{place}: expected at least {expected.smallest} bytes, found {size}: {what}",
            _sha256(head),
            page=bool(text),
        )
    if expected.size is not None and size != expected.size:
        raise Rejected(f"{place}: expected {expected.size} bytes, found {size}")
    sums = sums or digests(path, expected.algorithms)
    _compare(place, expected, sums, fresh=fresh)
    with named(path, true_name) as view:
        _open(view, place, expected.check, sums["sha256"])
    return sums["sha256"]


def _compare(place: Path, expected: Expected, sums: dict[str, str], *, fresh: bool) -> None:
    """Compare digests with the published checksum, or with what was recorded."""
    published, record, sha256 = expected.checksum, expected.record, sums["sha256"]
    if published:
        if sums[published.algorithm] != published.value:
            raise Rejected(
                f"{place}: the {published.algorithm} published by the archive is {published.value}, the file has "
                f"{sums[published.algorithm]}: its bytes are not those of the archive",
                sha256,
            )
        return
    if record is None:
        return
    recorded = record.get(place.name) if expected.reproducible or not fresh else None
    if recorded not in (None, sha256):
        raise Rejected(
            f"{place}: its sha256 is {sha256}, but {recorded} was recorded in {record.path} at the first download: "
            "either the file is corrupt or the archive replaced it (then delete that line)",
            sha256,
        )
    own = record.own(place.name) if recorded is None and not fresh else None
    if own not in (None, sha256):
        raise Rejected(
            f"{place}: its sha256 is {sha256}, but {own} was noted in {record.own_path} when it was first seen here: "
            "it was changed since (if you changed it yourself, delete that line)",
            sha256,
        )


def _text_of(head: bytes) -> str:
    """What an archive wrote into a file that is too small, if it is words; empty otherwise."""
    try:
        text = " ".join(head.decode("utf-8").split())[:200]
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() and " " in text else ""


def _sha256(data: bytes) -> str:
    sums = Digests({"sha256"})
    sums.update(data)
    return sums.values()["sha256"]


@functools.cache
def _views() -> tempfile.TemporaryDirectory:
    """A folder of this process for links with true names, in memory where the system has such a place, because disks
    take milliseconds to remove a long link; it goes with the process."""
    return tempfile.TemporaryDirectory(prefix="vadose_", dir=MEMORY if os.access(MEMORY, os.W_OK) else None)


@contextlib.contextmanager
def named(path: Path, name: str) -> Iterator[Path]:
    """The file under its true name, for readers that look at suffixes: a link in a temporary folder, or the file
    itself."""
    if path.name == name:
        yield path
        return
    view = Path(_views().name) / name
    try:
        view.symlink_to(path.resolve())
    except FileExistsError:  # another thread looks at a file of this name
        view = Path(tempfile.mkdtemp(dir=_views().name)) / name
        view.symlink_to(path.resolve())
    try:
        yield view
    finally:
        view.unlink(missing_ok=True)


def _open(view: Path, place: Path, check: Check | None, sha256: str) -> None:
    try:
        archives.test(view)
        if check is not None:
            check(view)
    except (ValueError, Rejected) as reason:
        raise Rejected(str(reason).replace(str(view), str(place)), sha256) from None
