"""The unfinished file: `<name>.part`, with `<name>.part.json` beside it that says which remote file it is a piece
of."""

import contextlib
import errno
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from vadose.acquire.checksums import Checksum, Digests, digests
from vadose.acquire.errors import Interrupted, NoSpace, Rejected
from vadose.acquire.pace import Pace

LARGE = 64 * 2**20  # bytes
WORTH = 2**17  # bytes that must be there, and lack, for a part to be gone on with even if its process is killed
BLOCK = 2**13  # bytes; no disk gives away less
TOGETHER = 16  # files whose bytes are waited for at a time
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PAGE_STARTS = (
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<?xml",
)  # no product of the catalogue is XML; stores say "access denied" in it


@dataclass(frozen=True)
class Remote:
    """What identifies one state of a remote file.

    Parameters
    ----------
    address : str
        Without query or user.
    size : int or None
        Bytes in all.
    etag, modified : str or None
        ETag and Last-Modified of HTTP, or the modification time that SFTP reports.
    recent : bool
        Whether the date is so close to that of the answer that the file may have changed again within it (RFC 9110,
        8.8.2.2): then it is compared, but does not identify.
    """

    address: str
    size: int | None = None
    etag: str | None = None
    modified: str | None = None
    recent: bool = False

    @property
    def strong(self) -> str | None:
        """The ETag if it promises equal bytes; weak ones do not."""
        return self.etag if self.etag and self.etag.startswith('"') else None

    @property
    def identified(self) -> bool:
        """Whether a changed remote file would show."""
        return self.strong is not None or (self.modified is not None and not self.recent)

    def same(self, other: "Remote") -> bool:
        """Whether everything that identified this state is there again, and equal."""
        mine, others = ((each.address, each.size, each.etag, each.modified) for each in (self, other))
        return mine == others


@dataclass
class Stream:
    """A body being received: where in the file it starts, which remote file it belongs to, its pieces, how to let go of
    it, its listed size, where it ends if that is before the file's end, what to do if it is a page instead of data, and
    the checksum of the whole file that the server states with it."""

    offset: int
    remote: Remote
    pieces: Iterator[bytes]
    release: Callable[[], None] = lambda: None
    listed: int | None = None
    end: int | None = None
    hint: str = ""
    stated: Checksum | None = None

    def close(self) -> None:
        """Close the connection and give back its place."""
        self.release()


class Part:
    """The unfinished file of a target.

    Parameters
    ----------
    target : Path
        The final name.
    algorithms : set of str
        Digests to work out while writing.
    watch : callable
        Told of the bytes that came, for the lines of progress.
    """

    def __init__(
        self, target: Path, algorithms: set[str] = frozenset(("sha256",)), watch: Callable[[int], None] = lambda _: None
    ):
        self.target = target
        self.algorithms = algorithms
        self.watch = watch
        self.digests: Digests | None = None
        self.stated: Checksum | None = None
        self.path = target.with_name(target.name + ".part")
        self.note = target.with_name(target.name + ".part.json")

    def state(self) -> tuple[int, Remote | None]:
        """Bytes there, and the remote file they come from; (0, None) where nothing can be resumed."""
        try:
            status = self.path.lstat()
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            remote = Remote(**noted)
        except (OSError, ValueError, TypeError):
            return 0, None
        plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1  # a link may lead to a file of somebody else
        if not plain or not status.st_size or not _sensible(remote):
            return 0, None
        return status.st_size, remote

    def discard(self) -> None:
        """Remove the part and its note."""
        self.digests = self.stated = None
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def expect_stated(self) -> None:
        """Compare the part with the checksum that the server stated with it.

        Raises
        ------
        Rejected
            If they differ.
        """
        if self.stated is None:
            return
        wanted = {self.stated.algorithm, "sha256"}
        sums = self.sums()
        sums = sums if wanted <= set(sums) else digests(self.path, wanted)
        if sums[self.stated.algorithm] != self.stated.value:
            raise Rejected(
                f"{self.target}: the {self.stated.algorithm} that the server states with the file is "
                f"{self.stated.value}, what came has {sums[self.stated.algorithm]}: it was damaged on its way, or the "
                "server's list is",
                sums["sha256"],
            )

    def sums(self) -> dict[str, str]:
        """Digests of the part, as far as they were worked out while it was written from its first byte to its last."""
        whole = self.digests is not None and self.digests.size == self.path.stat().st_size
        return self.digests.values() if whole else {}

    def receive(self, stream: Stream, pace: Pace, listed: int | None = None) -> int:
        """Write a body to the part and return the part's size; a body that starts at 0 replaces what was there.

        Parameters
        ----------
        stream : Stream
            The body.
        pace : Pace
            Ends what is too slow.
        listed : int or None
            Size that the archive's own list gives.

        Raises
        ------
        Rejected
            If the body is an HTML page, or is announced with another size than listed.
        Interrupted
            If the body ends early, or is too slow.
        NoSpace
            If the disk is full: the part is kept and the next run goes on from it.
        """
        self._require_space(stream)
        size = stream.remote.size
        try:
            with self._open(stream) as out:
                self.stated = stream.stated or self.stated
                position = self._write(out, stream, pace, stream.listed if listed is None else listed)
        except BaseException as error:
            full = isinstance(error, OSError) and error.errno in FULL
            self._leave_note(stream.remote, full=full)
            if full:
                raise self._full(error) from None
            raise
        if size not in (None, position):
            self._leave_note(stream.remote)
        if size is None and position == 0:  # headers that break off look like the end of the headers
            raise Interrupted(f"{stream.remote.address}: the connection ended before the first byte")
        if size is not None and position < size and position != stream.end:
            raise Interrupted(f"{stream.remote.address}: the connection ended after {position} of {size} bytes")
        return position

    def _open(self, stream: Stream):
        """The part's file, never through a link; new where the body starts at 0."""
        flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        if stream.offset == 0:
            self.discard()
            self.digests = Digests(self.algorithms | ({stream.stated.algorithm} if stream.stated else set()))
            flags |= os.O_CREAT | os.O_EXCL
        elif self.digests is not None and self.digests.size != stream.offset:
            self.digests = None
        out = os.fdopen(os.open(self.path, flags, 0o666), "r+b", buffering=0)
        out.truncate(stream.offset)
        out.seek(stream.offset)
        return out

    def _leave_note(self, remote: Remote, *, full: bool = False) -> None:
        """Say which remote file the part is a piece of, for whoever goes on; small files that come whole need none. On
        a full disk the last bytes of the part make room for it."""
        try:
            self._write_note(remote)
        except FileExistsError:
            return
        except OSError:
            if not full:
                raise
            with contextlib.suppress(OSError):  # else the file starts anew
                os.truncate(self.path, max(0, self.path.stat().st_size - BLOCK))
                self._write_note(remote)

    def _write_note(self, remote: Remote) -> None:
        with open(self.note, "x", encoding="utf-8") as note:
            try:
                note.write(json.dumps(asdict(remote)))
                note.flush()
            except OSError:
                self.note.unlink()
                raise

    def _write(self, out, stream: Stream, pace: Pace, listed: int | None) -> int:
        position, size = stream.offset, stream.remote.size
        for piece in stream.pieces:
            if position == 0 and is_html(piece):
                words = " ".join((html_sentence(stream.remote.address, piece) + ".", stream.hint)).strip(" .")
                raise Rejected(words, page=True)
            if listed is not None and size not in (None, listed):
                raise Rejected(
                    f"{stream.remote.address}: the archive lists {listed} bytes, the server announces {size}"
                )
            if size is not None and position + len(piece) > size:
                raise Rejected(f"{stream.remote.address}: sent more than the {size} bytes it announced")
            view = memoryview(piece)
            while view:  # a raw file may take fewer bytes than it is given
                view = view[out.write(view) :]
            if self.digests is not None:
                self.digests.update(piece)
            if position < WORTH <= position + len(piece) and (size is None or size - position - len(piece) >= WORTH):
                self._leave_note(stream.remote)
            position += len(piece)
            pace.came(len(piece), None if size is None else size - position)
            self.watch(len(piece))
        return position

    def _require_space(self, stream: Stream) -> None:
        if stream.remote.size is None:
            return
        free = shutil.disk_usage(self.path.parent).free
        needed = stream.remote.size - stream.offset
        if needed > free:
            raise NoSpace(
                f"{self.target}: needs {needed} more bytes, but the disk of {self.target.parent} has {free} free. "
                "Free some space, or set paths.raw to a larger disk, and start again: it goes on where it stopped."
            )

    def _full(self, error: OSError) -> NoSpace:
        kept = self.path.stat().st_size if self.path.exists() else 0
        return NoSpace(
            f"{self.target}: the disk is full, or a quota is reached ({os.strerror(error.errno)}). {kept} bytes are "
            f"kept as {self.path.name}. "
            "Free some space, or set paths.raw to a larger disk, and start again: it goes on where it stopped."
        )

    def promote(self) -> None:
        """Give the part its final name, the bytes of a large one being on the disk first; those of small ones follow
        with the others of the job (`sync_together`), which costs one wait instead of one for each."""
        if self.path.stat().st_size >= LARGE:
            sync(self.path)
        os.replace(self.path, self.target)
        self.note.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """See that the bytes of a file, or the names of a folder, are on the disk: after a power cut they are whole."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_together(paths: Iterable[Path]) -> None:
    """See that the bytes and the names of files are on the disk: the disk takes what many wait for in one go, where
    each by itself costs a wait of its own."""
    paths = list(paths)
    with ThreadPoolExecutor(TOGETHER) as threads:
        list(threads.map(sync, paths))
    for folder in {path.parent for path in paths}:
        with contextlib.suppress(OSError):  # not every system opens folders
            sync(folder)


def _sensible(remote: Remote) -> bool:
    """Whether a note, which anybody may have written, has values of the right kinds."""
    texts = (remote.address, remote.etag or "", remote.modified or "")
    return all(isinstance(text, str) and text.isprintable() for text in texts) and isinstance(remote.size, int | None)


def is_html(head: bytes) -> bool:
    """Whether a body starts like a web page, or like the XML in which object stores refuse."""
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(PAGE_STARTS) or (start.startswith(b"<!--") and b"<html" in start)


def html_sentence(address: str, head: bytes) -> str:
    """Words for a web page that came instead of data, with the page's title."""
    text = head[:4096].decode("utf-8", errors="replace")
    lower = text.lower()
    start, end = lower.find("<title"), lower.find("</title")
    title = " ".join(text[text.find(">", start) + 1 : end].split())[:80] if 0 <= start < end else ""
    named = f" titled {title!r}" if title else ""
    kind = (
        "an XML page" if lower.lstrip("\ufeff \t\r\n").startswith("<?xml") and "<html" not in lower else "an HTML page"
    )
    return (
        f"{address}: expected data, found {kind}{named}. Archives send a page when a login, a licence or an approval "
        "is missing, or when they "
        "are under maintenance"
    )
