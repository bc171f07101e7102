"""Checksums: those that archives publish, and those we recorded ourselves at the first download (`sha256sum -c` reads
the record)."""

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vadose.acquire.errors import FetchError
from vadose.acquire.locks import file_lock
from vadose.acquire.retry_policy import RetryPolicy

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


def digests(path: Path, algorithms: set[str]) -> dict[str, str]:
    """Hexadecimal digests of a file, all in one reading."""
    sums = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with open(path, "rb") as stream:
        while piece := stream.read(2**22):
            for digest in sums.values():
                digest.update(piece)
    return {name: digest.hexdigest() for name, digest in sums.items()}


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a small file whole or not at all: yields a temporary name in the same folder, renamed at the end."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


class Record:
    """Checksums of one dataset as we first saw its files, one line `sha256  name` each, sorted by name.

    Parameters
    ----------
    path : Path
        Text file, such as config/checksums/gldas_2_1.sha256; made at the first entry.
    """

    def __init__(self, path: Path):
        self.path = path

    def read(self) -> dict[str, str]:
        """All entries, name -> sha256.

        Raises
        ------
        FetchError
            If a line is no entry.
        """
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        entries = {}
        for number, line in enumerate(lines, 1):
            match = LINE.match(line)
            if not match:
                raise FetchError(
                    f"{self.path}, line {number}: expected '<64 hexadecimal digits>  <file name>', found something "
                    "else. Mend or delete the line."
                )
            entries[match[2]] = match[1]
        return entries

    def get(self, name: str) -> str | None:
        """The recorded sha256 of a file, None if it was never seen."""
        return self.read().get(name)

    def put(self, name: str, sha256: str) -> None:
        """Enter a file; other processes may be doing the same. A folder that cannot be written to (a shared archive) is
        left alone."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with file_lock(self.path, RetryPolicy(lock_wait=60.0)):
                entries = self.read()
                if entries.get(name) == sha256:
                    return
                entries[name] = sha256
                with replacing(self.path) as temporary:
                    temporary.write_text(
                        "".join(f"{entries[key]}  {key}\n" for key in sorted(entries)), encoding="utf-8"
                    )
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
