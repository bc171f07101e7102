"""Checksums: those that archives publish, and those we recorded ourselves (`sha256sum -c` reads the records)."""

import contextlib
import errno
import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vadose.acquire.errors import FetchError
from vadose.acquire.locks import file_lock
from vadose.acquire.retry_policy import RetryPolicy
from vadose.files.atomic import replacing

LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}  # hexadecimal digits
LINE = re.compile(r"^([0-9a-f]{64})  ([^/\x00]+)$")


@dataclass(frozen=True)
class Checksum:
    """A published checksum: `algorithm` is one of md5, sha1, sha256, sha512; `value` hexadecimal."""

    algorithm: str
    value: str

    @classmethod
    def of(cls, algorithm: str, value: str) -> "Checksum | None":
        """Checksum from the words of an archive ("SHA-256", "MD5" ...); None if we cannot compute that kind."""
        name = algorithm.lower().replace("-", "").replace("_", "")
        text = value.strip().lower()
        if LENGTHS.get(name) != len(text) or not re.fullmatch(r"[0-9a-f]+", text):
            return None
        return cls(name, text)


class Digests:
    """Digests of bytes as they come.

    Parameters
    ----------
    algorithms : set of str
        Of md5, sha1, sha256, sha512.
    """

    def __init__(self, algorithms: set[str]):
        self.size = 0
        self._sums = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}

    def update(self, piece: bytes) -> None:
        """Take in the next bytes."""
        self.size += len(piece)
        for digest in self._sums.values():
            digest.update(piece)

    def values(self) -> dict[str, str]:
        """Hexadecimal digests of all bytes so far, by algorithm."""
        return {name: digest.hexdigest() for name, digest in self._sums.items()}


def digests(path: Path, algorithms: set[str]) -> dict[str, str]:
    """Hexadecimal digests of a file, all in one reading."""
    sums = Digests(algorithms)
    with open(path, "rb") as stream:
        while piece := stream.read(2**22):
            sums.update(piece)
    return sums.values()


class Record:
    """Checksums of one dataset, one line `sha256  name` each, sorted by name.

    What was downloaded stands in `path`: this is what the archive served, and binds every later download. Files that a
    user already had stand in `<name>.own.sha256` beside it: that record tells whether such a file changed since it was
    first seen here, and binds no download.

    Parameters
    ----------
    path : Path
        Text file, such as config/checksums/gldas_2_1.sha256; made at the first entry.
    """

    def __init__(self, path: Path):
        self.path = path
        self.own_path = path.with_name(f"{path.stem}.own{path.suffix}")
        self._kept: dict[Path, dict[str, str]] | None = None  # while held: what was read, with what came since
        self._new: dict[Path, dict[str, str | None]] = {}
        self._written = 0.0

    @contextlib.contextmanager
    def held(self, every: float = 60.0) -> Iterator["Record"]:
        """Read the record once, and write what is new at the end and each `every` seconds, instead of at each file."""
        self._kept, self._written = {path: _read(path) for path in (self.path, self.own_path)}, time.monotonic()
        self._every = every
        try:
            yield self
        finally:
            self.flush()
            self._kept = None

    def read(self) -> dict[str, str]:
        """All entries of what was downloaded, name -> sha256.

        Raises
        ------
        FetchError
            If a line is no entry.
        """
        return self._entries(self.path)

    def get(self, name: str) -> str | None:
        """The sha256 that a file had when it was downloaded; None if it never was."""
        return self.read().get(name)

    def own(self, name: str) -> str | None:
        """The sha256 that a user's own file had when it was first seen; None if it never was."""
        return self._entries(self.own_path).get(name)

    def put(self, name: str, sha256: str) -> None:
        """Enter a file that was downloaded; an entry as a user's own goes. Other processes may be doing the same. A
        folder that cannot be written to (a shared archive) is left alone."""
        self._enter({self.path: {name: sha256}, self.own_path: {name: None}})

    def put_own(self, name: str, sha256: str) -> None:
        """Enter a file that a user already had."""
        self._enter({self.own_path: {name: sha256}})

    def _entries(self, path: Path) -> dict[str, str]:
        return _read(path) if self._kept is None else self._kept[path]

    def _enter(self, changes: dict[Path, dict[str, str | None]]) -> None:
        for path, entries in changes.items():
            recorded = self._entries(path)
            for name, sha256 in entries.items():
                if recorded.get(name) == sha256:
                    continue
                self._new.setdefault(path, {})[name] = sha256
                if self._kept is not None:
                    _merge(self._kept[path], {name: sha256})
        if self._kept is None or time.monotonic() - self._written > self._every:
            self.flush()

    def flush(self) -> None:
        """Merge what is new into the files.

        Raises
        ------
        FetchError
            If a file cannot be written for another reason than permissions.
        """
        changes, self._new, self._written = self._new, {}, time.monotonic()
        for path, entries in changes.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with file_lock(path, RetryPolicy(lock_wait=60.0)), replacing(path) as temporary:
                    merged = _merge(_read(path), entries)
                    lines = "".join(f"{merged[name]}  {name}\n" for name in sorted(merged))
                    temporary.write_text(lines, encoding="utf-8")
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                    raise FetchError(
                        f"{path}: the record of checksums cannot be written ({error.strerror or error}). What was "
                        "downloaded is kept. Free some space there, or set downloads.checksums to another folder, and "
                        "start again."
                    ) from None


def _read(path: Path) -> dict[str, str]:
    """Entries of a record, name -> sha256; none where there is no file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise FetchError(
            f"{path}: expected a record of checksums, found a file that cannot be read ({type(error).__name__}). Mend "
            "or delete it."
        ) from None
    entries = {}
    for number, line in enumerate(lines, 1):
        match = LINE.match(line)
        if not match:
            raise FetchError(
                f"{path}, line {number}: expected '<64 hexadecimal digits>  <file name>', found something else. Mend "
                "or delete the line."
            )
        entries[match[2]] = match[1]
    return entries


def _merge(entries: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
    """The entries with the changes; None takes a name out."""
    for name, sha256 in changes.items():
        if sha256 is None:
            entries.pop(name, None)
        else:
            entries[name] = sha256
    return entries
