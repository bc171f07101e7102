"""Scripts and library as they were when a run began, so that an edit while it goes on reaches no job of it.

Snakemake reads a script when its job begins, and the script reads the library then; on a cluster that may be days after
the run was started. A run therefore works with a copy, made when it begins, in a folder named by what is in it. What
the run makes carries the fingerprints of that copy; the next run sees the edit and makes again what it touches.
"""

import contextlib
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

VARIABLE = "VADOSE_SOURCES"  # where the copy of this run is, for its jobs
KEPT_DAYS = 30  # a run that goes on uses its copy


def take(scripts: Path, below: Path) -> Path:
    """A copy of scripts and library.

    Parameters
    ----------
    scripts : Path
        Folder of the scripts, with the library in it.
    below : Path
        Where copies are kept.

    Returns
    -------
    Path
        Folder of the copy, which stays as it is; the one that is there already if nothing was edited since. `scripts`
        itself where none can be kept.
    """
    contents = {path: path.read_bytes() for path in sorted(scripts.rglob("*")) if _is_source(path)}
    digest = hashlib.sha256()
    for path, content in contents.items():
        digest.update(repr((path.relative_to(scripts).as_posix(), content)).encode())
    copy = below / digest.hexdigest()[:16]
    temporary = below / f".{copy.name}.{os.getpid()}"
    try:
        if not copy.is_dir():
            for path, content in contents.items():
                _write(path, content, temporary / path.relative_to(scripts))
            temporary.rename(copy)
        os.utime(copy)
        _remove_old(below)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)  # another run was faster, or the disk refuses
    return copy if copy.is_dir() else scripts


def use(copy: Path) -> None:
    """Let the jobs that this process starts import scripts and library from a copy."""
    before = os.environ.get(VARIABLE)
    others = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place and place != before]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(copy), *others])
    os.environ[VARIABLE] = str(copy)


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _write(source: Path, content: bytes, target: Path) -> None:
    """One file, with the time of its source, so that Python's compiled file beside it serves the copy too."""
    stamp = source.stat()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    os.utime(target, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    compiled = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
    if source.suffix == ".py" and compiled.is_file():
        (target.parent / "__pycache__").mkdir(exist_ok=True)
        shutil.copyfile(compiled, target.parent / "__pycache__" / compiled.name)


def _remove_old(below: Path) -> None:
    for folder in below.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - KEPT_DAYS * 86400:
                shutil.rmtree(folder, ignore_errors=True)
