"""Locks between processes: one fetcher per file, and few connections per host. The kernel drops them when a process
dies."""

import contextlib
import fcntl
import hashlib
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

from vadose.acquire.errors import FetchError
from vadose.acquire.patience import Patience


def _try_lock(path: Path) -> int | None:
    """Open and lock `path` without waiting; None if another process has it, or removed it while we looked."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == os.stat(path).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


@contextlib.contextmanager
def _held(candidates: list[Path], patience: Patience, what: str) -> Iterator[Path]:
    """Hold the first of `candidates` that is free; the lock file is removed while it is still locked, so none is left
    behind."""
    end = time.monotonic() + patience.lock_wait
    pause = 0.02
    while True:
        for path in candidates:
            descriptor = _try_lock(path)
            if descriptor is not None:
                try:
                    yield path
                finally:
                    with contextlib.suppress(FileNotFoundError):
                        path.unlink()
                    os.close(descriptor)
                return
        if time.monotonic() > end:
            raise FetchError(
                f"{what}: waited {patience.lock_wait:.0f} s for another process. See whether one hangs, then start "
                "again."
            )
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 1.5, 1.0, patience.poll)


@contextlib.contextmanager
def file_lock(target: Path, patience: Patience) -> Iterator[None]:
    """Hold the right to fetch `target`; a second process waits here and then finds the finished file."""
    with _held([target.with_name(target.name + ".lock")], patience, f"{target}"):
        yield


@contextlib.contextmanager
def host_slot(folder: Path | None, host: str, slots: int, patience: Patience) -> Iterator[None]:
    """Hold one of the few connections that all processes of this machine may have to one host; no limit where `folder`
    is None."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    tag = hashlib.sha256(host.encode()).hexdigest()[:12]
    names = [folder / f"{tag}.{number}.slot" for number in range(slots)]
    random.shuffle(names)
    with _held(names, patience, f"a connection to {host}"):
        yield
