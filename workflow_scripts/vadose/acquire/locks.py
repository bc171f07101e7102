"""Locks between processes: one fetcher per file, and few connections per host.

The filelock library takes them; the kernel drops them when a process dies. They stand beside the file; where that
folder can hold none (read-only, made by a colleague, a file system without flock) they stand in this user's part of the
computer's folder for temporary files, where they still keep this user's processes on this computer apart.
"""

import contextlib
import getpass
import hashlib
import logging
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from vadose.acquire.errors import FetchError
from vadose.acquire.retry_policy import RetryPolicy

LOG = logging.getLogger(__name__)


def _take(path: Path) -> FileLock | None:
    """The lock of `path` without waiting; None if another process has it.

    Raises
    ------
    OSError
        If the folder or its file system can hold no lock.
    """
    lock = FileLock(path, fallback_to_soft=False, thread_local=False)
    new = not path.exists()
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    except (OSError, NotImplementedError):
        if new:
            path.unlink(missing_ok=True)  # an empty file that locks nothing
        raise
    return lock


def _elsewhere(path: Path) -> Path:
    """Where the lock of `path` stands if its own folder can hold none."""
    folder = Path(tempfile.gettempdir()) / f"vadose-locks-{getpass.getuser()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / (hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24] + ".lock")


def _try(path: Path) -> tuple[FileLock | None, Path | None]:
    """The lock of `path` and where it stands; (None, path) if another process has it; (None, None) if nothing on this
    computer can hold a lock."""
    for choose in (Path, _elsewhere):
        try:
            place = choose(path)
            return _take(place), place
        except (OSError, NotImplementedError) as error:
            LOG.debug("%s: no lock can be held here (%s)", path, error)
    return None, None


@contextlib.contextmanager
def _held(candidates: list[Path], policy: RetryPolicy, what: str) -> Iterator[Path | None]:
    """Hold the first of `candidates` that is free; the lock file is removed while it is still locked (filelock notices
    a removed one), so none is left behind."""
    end = time.monotonic() + policy.lock_wait
    pause = 0.02
    while True:
        for path in candidates:
            lock, place = _try(path)
            if place is None:
                LOG.warning("%s: no file system here can hold locks; two runs at once may disturb each other.", what)
                yield None
                return
            if lock is not None:
                try:
                    yield path
                finally:
                    with contextlib.suppress(OSError):
                        place.unlink()
                    lock.release(force=True)
                return
        if time.monotonic() > end:
            raise FetchError(
                f"{what}: waited {policy.lock_wait:.0f} s for another process. See whether one hangs, then start again."
            )
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 1.5, 1.0, policy.poll)


@contextlib.contextmanager
def file_lock(target: Path, policy: RetryPolicy) -> Iterator[None]:
    """Hold the right to fetch `target`; a second process waits here and then finds the finished file."""
    with _held([target.with_name(target.name + ".lock")], policy, f"{target}"):
        yield


@contextlib.contextmanager
def host_slot(folder: Path | None, host: str, slots: int, policy: RetryPolicy) -> Iterator[None]:
    """Hold one of the few connections that all processes of this machine may have to one host; no limit where `folder`
    is None.

    Parameters
    ----------
    folder : Path or None
        Where the locks of all processes lie.
    host : str
        Name of the host.
    slots : int
        Connections at the same time.
    policy : RetryPolicy
        How long to wait for one.
    """
    if folder is None:
        yield
        return
    with contextlib.suppress(OSError):  # then the locks stand elsewhere
        folder.mkdir(parents=True, exist_ok=True)
    tag = hashlib.sha256(host.encode()).hexdigest()[:12]
    names = [folder / f"{tag}.{number}.slot" for number in range(slots)]
    random.shuffle(names)
    with _held(names, policy, f"a connection to {host}"):
        yield
