"""Files that are seen whole or not at all. Kept apart from the products so that lists of files cost no import of
xarray."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place when all went well, and vanishes otherwise.

    The name holds the process id, so two runs of the same job cannot write into one another's file. What a killed
    process left of the same file goes first.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path.parent.glob(f".{path.name}.*.part"))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with open(temporary, "rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_abandoned(temporaries: Iterable[Path]) -> None:
    """Remove temporary files whose process is gone from this machine; the caller knows that no other machine works
    there."""
    for path in list(temporaries):
        process = path.name.split(".")[-2]
        if process.isdigit() and not _runs(int(process)):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, as somebody else's
        return True
    return True
