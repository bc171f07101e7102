"""The log of a job: when it started, what it asked for, read and wrote, warnings, what it took; of a failed job the
traceback, and in the last line the sentence that says why.

Library modules write to `logging.getLogger(__name__)`; without a job (in tests, in a notebook) their lines go wherever
the user sends them. What stands here shapes no product: fingerprints do not count it.
"""

import contextlib
import faulthandler
import logging
import os
import platform
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOG = logging.getLogger(__name__)
FORMAT = "%(asctime)s %(levelname)s %(message)s"
STARTED, ASKED, FINISHED, FAILED = "start: rule ", "asked for", "finished after", "failed after"
WARNING, MISSING_MONTHS = "WARNING", "months without data: "


@contextlib.contextmanager
def kept(snakemake: Any) -> Iterator[None]:
    """Write what happens inside to the log file of the rule; where the rule declares none, change nothing.

    Parameters
    ----------
    snakemake : object
        What Snakemake gives to a script.
    """
    files = [Path(str(path)) for path in snakemake.log]
    if not files:
        yield
        return
    with _handler(files[0]):
        started = time.monotonic()
        _describe_start(snakemake)
        try:
            yield
        except BaseException as error:
            _describe_failure(error, time.monotonic() - started)
            raise
        _describe_end(snakemake, time.monotonic() - started)


@contextlib.contextmanager
def _handler(path: Path) -> Iterator[None]:
    """All loggers write to the file: the library from INFO on, others from WARNING on; also Python's warnings, and the
    stacks of a process that dies of a signal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    library, root = logging.getLogger("vadose"), logging.getLogger()
    level, watched = library.level, faulthandler.is_enabled()
    handler = logging.FileHandler(path, mode="w", encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter(FORMAT, "%Y-%m-%d %H:%M:%S"))
    root.addHandler(handler)
    library.setLevel(logging.INFO)
    logging.captureWarnings(True)
    if not watched:
        faulthandler.enable(handler.stream)
    try:
        yield
    finally:
        if not watched:
            faulthandler.disable()
        logging.captureWarnings(False)
        library.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def _describe_start(snakemake: Any) -> None:
    wildcards = ", ".join(f"{name}={value}" for name, value in snakemake.wildcards.items())
    LOG.info("%s%s%s", STARTED, snakemake.rule, f", {wildcards}" if wildcards else "")
    LOG.info(
        "process %d on %s, Python %s, %s threads",
        os.getpid(),
        platform.node(),
        platform.python_version(),
        snakemake.threads,
    )
    asked = dict(snakemake.resources.items())
    if {"mem_mb", "runtime"} <= asked.keys():
        LOG.info("%s %s MB of memory, %s min", ASKED, asked["mem_mb"], asked["runtime"])
    for name, value in snakemake.input.items():
        _describe_files("input", name, value)


def _describe_files(part: str, name: str, value: Any) -> None:
    """One line for one file, or for a group of files: how many and how large."""
    files = [Path(path) for path in ([value] if isinstance(value, str) else value)]
    sizes = [path.stat().st_size for path in files if path.is_file()]
    total = f"{sum(sizes) / 1e6:.3g} MB"
    if len(files) == 1:
        LOG.info("%s %s: %s, %s", part, name, files[0], total)
    elif files:
        LOG.info("%s %s: %d files, %s, %s to %s", part, name, len(files), total, files[0], files[-1])


def _describe_end(snakemake: Any, seconds: float) -> None:
    for name, value in snakemake.output.items():
        _describe_files("output", name, value)
    processor, memory = spent()
    LOG.info("%s %.1f s; processor time %.1f s, largest memory %.0f MB", FINISHED, seconds, processor, memory)


def spent() -> tuple[float, float]:
    """Processor time (s) of this process since it began and of its children that ended, and its largest memory (MB)."""
    try:  # of the process alone; what getrusage says begins with that of the process that started it
        words = Path("/proc/self/status").read_text(encoding="utf-8").partition("VmHWM:")[2].split()
        memory = int(words[0]) / 1e3
    except (OSError, IndexError, ValueError):
        import resource  # not on Windows, where readers of the library import this module too

        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        memory = largest / (1e6 if sys.platform == "darwin" else 1e3)  # bytes there, kB elsewhere
    return sum(os.times()[:4]), memory


def _describe_failure(error: BaseException, seconds: float) -> None:
    """The traceback, and in the end the sentence alone."""
    if not isinstance(error, SystemExit):
        LOG.error("%s %.1f s\n%s", FAILED, seconds, "".join(traceback.format_exception(error)).rstrip())
    LOG.error("%s %.1f s: %s", FAILED, seconds, sentence(error))


def sentence(error: BaseException) -> str:
    """What an exception says to the user: the text of our own ones, kind and text of others."""
    if isinstance(error, SystemExit):
        return str(error.code) if isinstance(error.code, str) else f"the job ended itself with status {error.code}"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted from outside"
    if type(error).__module__.partition(".")[0] == "vadose" and str(error):
        return str(error)
    return traceback.format_exception_only(error)[-1].strip()
