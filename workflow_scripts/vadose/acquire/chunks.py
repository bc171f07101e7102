"""Chunks of remote stores on the disk. Zarr asks for several at once, each in a thread; when one is refused, those on
their way come later, and are of no use any more: what was asked for before all were forgotten is not kept."""

import contextlib
import hashlib
import shutil
import threading
from pathlib import Path

from vadose.files.atomic import replacing


class Chunks:
    """The chunks of a job.

    Parameters
    ----------
    folder : Path
        Where they lie.
    """

    def __init__(self, folder: Path):
        self.folder, self._lock, self.forgotten = folder, threading.Lock(), 0

    def read(self, address: str) -> bytes | None:
        """The chunk of an address, if it is there."""
        try:
            return self._path(address).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, address: str, data: bytes, forgotten: int) -> None:
        """Keep a chunk, unless chunks were forgotten since it was asked for.

        Parameters
        ----------
        address : str
            Its address.
        data : bytes
            Its bytes.
        forgotten : int
            What `forgotten` was when it was asked for.
        """
        with self._lock:  # two threads of a process would write under one temporary name
            if forgotten == self.forgotten:
                with replacing(self._path(address), durable=False) as temporary:
                    temporary.write_bytes(data)

    def forget(self) -> None:
        """Remove all."""
        with self._lock:
            self.forgotten += 1
            shutil.rmtree(self.folder, ignore_errors=True)
            with contextlib.suppress(OSError):  # another job has some
                self.folder.parent.rmdir()

    def _path(self, address: str) -> Path:
        return self.folder / hashlib.sha256(address.encode()).hexdigest()
