"""Archives (zip, gz): tested by their own check sums, with no member that could leave its folder or fill the disk."""

import gzip
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from vadose.acquire.errors import Rejected

LARGEST = 64 * 2**30  # bytes unpacked; far above any product, far below a decompression bomb
MOST_MEMBERS = 10_000
PIECE = 2**20
BROKEN = (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, NotImplementedError, RuntimeError, ValueError)


def kind(path: Path) -> str:
    """ "zip", "gz" or "" by the first bytes, whatever the name says."""
    with open(path, "rb") as stream:
        head = stream.read(4)
    if head == b"PK\x03\x04":
        return "zip"
    return "gz" if head[:2] == b"\x1f\x8b" else ""


def test(path: Path, limit: int = LARGEST) -> None:
    """Read an archive to its end, so that its CRCs are compared; other files pass.

    Raises
    ------
    Rejected
        If it is cut, corrupt, or unpacks to more than `limit` bytes.
    """
    form = kind(path)
    try:
        if form == "gz":
            with gzip.open(path, "rb") as stream:
                _count(stream, limit, path)
        elif form == "zip":
            with zipfile.ZipFile(path) as archive:
                left = limit
                for member in _members(archive, path, limit):
                    with archive.open(member) as stream:
                        left -= _count(stream, left, path)
    except Rejected:
        raise
    except BROKEN as error:
        raise _broken(path, error) from None


def _members(archive: zipfile.ZipFile, path: Path, limit: int) -> list[zipfile.ZipInfo]:
    """Files of a zip, each looked at before any is read."""
    members = [item for item in archive.infolist() if not item.is_dir()]
    if len(members) > MOST_MEMBERS:
        raise Rejected(
            f"{path}: expected at most {MOST_MEMBERS} files in the archive, found {len(members)}. It is not used."
        )
    if sum(item.file_size for item in members) > limit:
        raise Rejected(f"{path}: the archive claims to unpack to more than {limit} bytes. It is not used.")
    seen = set()
    for item in members:
        name = PurePosixPath(item.filename)
        mode = stat.S_IFMT(item.external_attr >> 16)
        outward = (
            name.is_absolute() or ".." in name.parts or "\\" in item.filename or ":" in item.filename or not name.parts
        )
        if outward or mode not in (0, stat.S_IFREG) or name in seen:
            raise Rejected(
                f"{path}: the archive has the member {item.filename[:80]!r}, which leads outside its folder, is a link "
                "or device, or repeats another. "
                "It is not used; fetch it again from its publisher."
            )
        seen.add(name)
    return members


def _count(stream, limit: int, path: Path) -> int:
    total = 0
    while piece := stream.read(PIECE):
        total += len(piece)
        if total > limit:
            raise Rejected(f"{path}: the archive unpacks to more than the {limit} bytes allowed. It is not used.")
    return total


def _broken(path: Path, error: Exception) -> Rejected:
    words = " ".join(str(error).split())[:160]
    return Rejected(
        f"{path}: expected a whole archive, found a cut or corrupt one ({words}). Delete the file and fetch it again."
    )
