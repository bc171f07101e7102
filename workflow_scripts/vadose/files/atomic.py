"""Files that are seen whole or not at all. Kept apart from the products so that lists of files cost no import of
xarray."""

import contextlib
import os
import re
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place when all went well, and vanishes otherwise.

    The name holds the machine and the process, so two runs of the same job cannot write into one another's file, on
    whatever nodes of a cluster they are. What a killed process of this machine left of the same file goes first.

    Parameters
    ----------
    path : Path
        The file; its folder is made.
    durable : bool
        Whether to sweep first and to wait until the disk holds the content. Thousands of small files that are easily
        made again do without (3 ms each).
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if durable:
        remove_abandoned(path.parent.glob(f".{path.name}.*.part"))
    temporary = path.with_name(f".{path.name}.{host()}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)  # in a shared folder it may be a link that somebody planted
    try:
        yield temporary
        if durable:
            with open(temporary, "rb") as stream:
                os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def host() -> str:
    """Name of this machine as it stands in temporary names: without dots, which separate their parts."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname()) or "unnamed"


def remove_abandoned(temporaries: Iterable[Path]) -> None:
    """Remove temporary files of this machine whose process is gone; those of another machine may still be written, and
    stay."""
    for path in list(temporaries):
        machine, process = (["", "", ""] + path.name.split("."))[-3:-1]
        if machine == host() and process.isdigit() and not _runs(int(process)):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, as somebody else's
        return True
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2][:1]
    except OSError:  # it has gone meanwhile, or the system has no /proc
        return not Path("/proc/self/stat").exists()
    return state not in ("Z", "X")  # ended, and not yet asked how by its parent or by init, which may take seconds
