"""The unfinished file: `<name>.part`, with `<name>.part.json` beside it that says which remote file it is a piece
of."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from vadose.acquire.checksums import replacing
from vadose.acquire.errors import FetchError, Interrupted, Rejected

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
        ETag (strong ones only) and Last-Modified of HTTP, or the modification time that SFTP reports.
    """

    address: str
    size: int | None = None
    etag: str | None = None
    modified: str | None = None

    @property
    def identified(self) -> bool:
        """Whether a changed remote file would show."""
        return self.etag is not None or self.modified is not None


@dataclass
class Stream:
    """A body being received: where in the file it starts, which remote file it belongs to, its pieces, how to let go of
    it, its listed size."""

    offset: int
    remote: Remote
    pieces: Iterator[bytes]
    release: Callable[[], None] = lambda: None
    listed: int | None = None

    def close(self) -> None:
        """Close the connection and give back its place."""
        self.release()


class Part:
    """The unfinished file of a target.

    Parameters
    ----------
    target : Path
        The final name.
    """

    def __init__(self, target: Path):
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.note = target.with_name(target.name + ".part.json")

    def state(self) -> tuple[int, Remote | None]:
        """Bytes there, and the remote file they come from; (0, None) where nothing can be resumed."""
        try:
            size = self.path.stat().st_size
            remote = Remote(**json.loads(self.note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return 0, None
        return (size, remote) if size else (0, None)

    def discard(self) -> None:
        """Remove the part and its note."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def receive(self, stream: Stream, listed: int | None = None) -> int:
        """Write a body to the part and return the part's size; a body that starts at 0 replaces what was there.

        Parameters
        ----------
        stream : Stream
            The body.
        listed : int or None
            Size that the archive's own list gives.

        Raises
        ------
        Rejected
            If the body is an HTML page, or is announced with another size than listed.
        Interrupted
            If the body ends early.
        FetchError
            If the disk is full: the part is kept and the next run goes on from it.
        """
        self._require_space(stream)
        try:
            with open(self.path, "r+b" if stream.offset else "wb", buffering=0) as out:
                if stream.offset == 0:
                    with replacing(self.note) as temporary:
                        temporary.write_text(json.dumps(asdict(stream.remote)), encoding="utf-8")
                out.seek(stream.offset)
                position = self._write(out, stream, stream.listed if listed is None else listed)
        except OSError as error:
            if error.errno in FULL:
                raise self._full(error) from None
            raise
        if stream.remote.size is not None and position < stream.remote.size:
            raise Interrupted(
                f"{stream.remote.address}: the connection ended after {position} of {stream.remote.size} bytes"
            )
        return position

    def _write(self, out, stream: Stream, listed: int | None) -> int:
        position = stream.offset
        for piece in stream.pieces:
            if position == 0 and is_html(piece):
                raise Rejected(html_sentence(stream.remote.address, piece))
            if listed is not None and stream.remote.size not in (None, listed):
                raise Rejected(
                    f"{stream.remote.address}: the archive lists {listed} bytes, the server announces "
                    f"{stream.remote.size}"
                )
            if stream.remote.size is not None and position + len(piece) > stream.remote.size:
                raise Rejected(f"{stream.remote.address}: sent more than the {stream.remote.size} bytes it announced")
            view = memoryview(piece)
            while view:  # a raw file may take fewer bytes than it is given
                written = out.write(view)
                view = view[written:]
            position += len(piece)
        return position

    def _require_space(self, stream: Stream) -> None:
        if stream.remote.size is None:
            return
        free = shutil.disk_usage(self.path.parent).free
        needed = stream.remote.size - stream.offset
        if needed > free:
            raise FetchError(
                f"{self.target}: needs {needed} more bytes, but the disk of {self.target.parent} has {free} free. "
                "Free some space, or set paths.raw to a larger disk, and start again: it goes on where it stopped."
            )

    def _full(self, error: OSError) -> FetchError:
        kept = self.path.stat().st_size if self.path.exists() else 0
        return FetchError(
            f"{self.target}: the disk is full, or a quota is reached ({os.strerror(error.errno)}). {kept} bytes are "
            f"kept as {self.path.name}. "
            "Free some space, or set paths.raw to a larger disk, and start again: it goes on where it stopped."
        )

    def promote(self) -> None:
        """Give the part its final name, its bytes being on the disk first: after a power cut the file is whole or not
        there."""
        with open(self.path, "rb") as stream:
            os.fsync(stream.fileno())
        os.replace(self.path, self.target)
        self.note.unlink(missing_ok=True)


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
