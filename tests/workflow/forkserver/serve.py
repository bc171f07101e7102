"""A process that has imported what Snakemake and its jobs import, and forks for each of them: a start of Python without
the second that its imports take. Nothing of Vadose is imported, so that a fork finds the library that it would find.

Run:  python serve.py SOCKET      until its standard input ends
"""

import atexit
import contextlib
import gc
import importlib
import marshal
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NamedTuple, NoReturn

import numba
import parsing
import snakemake.cli

LIBRARIES = (
    "numpy", "pandas", "xarray", "h5netcdf", "netCDF4", "cf_xarray", "scipy.special", "scipy.stats", "scipy.optimize",
    "scipy.spatial", "matplotlib.figure", "matplotlib.backends.backend_agg", "yaml", "jinja2", "jsonschema",
    "smart_open", "snakemake.api", "snakemake.workflow", "snakemake.report.html_reporter", "nbformat", "filelock",
    "rioxarray", "cfgrib.xarray_plugin",  # by xarray, which looks at each way to open a file
)  # fmt: skip


class Command(NamedTuple):
    """What a fork is to run, where and with which environment."""

    words: list[str]
    folder: str
    environment: dict[str, str]


class Fork(NamedTuple):
    """A fork, a descriptor that tells its end, and the process that waits for it."""

    process: int
    end: int
    asking: socket.socket

    def kill(self, number: int) -> None:
        """Send a signal to it and to all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process, number)
            return
        with contextlib.suppress(ProcessLookupError):  # it has no group of its own yet
            os.kill(self.process, number)

    def report(self, waiting: selectors.BaseSelector) -> None:
        """Tell who asked how it ended."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        with contextlib.suppress(KeyError):
            waiting.unregister(self.asking)
        waiting.unregister(self.end)
        os.close(self.end)
        with self.asking, contextlib.suppress(OSError):
            self.asking.sendall(code.to_bytes(2, "big", signed=True))


def load() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    snakemake.cli.get_argument_parser()  # which looks for plugins
    numba.njit(lambda number: number + 1)(1)  # the first compilation of a process prepares numba for all others
    gc.collect()
    gc.freeze()


def serve(place: str) -> Command | None:
    """Fork for each that asks. A fork returns with its command; the server itself, when its input ends, with none."""
    forks: set[Fork] = set()
    with selectors.DefaultSelector() as waiting, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen(64)
        waiting.register(sys.stdin, selectors.EVENT_READ)
        waiting.register(listening, selectors.EVENT_READ)
        print("ready", flush=True)
        while True:
            key = waiting.select()[0][0]
            if key.fileobj is sys.stdin:
                for fork in forks:
                    fork.kill(signal.SIGKILL)
                return None
            if key.fileobj is listening:
                asking, _ = listening.accept()
                command, streams = received(asking)
                if command is None:
                    continue
                process = os.fork()
                if not process:
                    take_over(streams)
                    return command
                for stream in streams:
                    os.close(stream)
                fork = Fork(process, os.pidfd_open(process), asking)
                forks.add(fork)
                waiting.register(fork.asking, selectors.EVENT_READ, fork)
                waiting.register(fork.end, selectors.EVENT_READ, fork)
            elif key.fileobj is key.data.asking:  # a signal to pass on; or who asked is gone
                number = key.data.asking.recv(1)
                key.data.kill(number[0] if number else signal.SIGKILL)
                if not number:
                    waiting.unregister(key.fileobj)
            else:
                forks.remove(key.data)
                key.data.report(waiting)


def received(asking: socket.socket) -> tuple[Command | None, list[int]]:
    """What is asked for (None where who asked was killed meanwhile), and the streams that are lent: input, output,
    errors."""
    size, streams, *_ = socket.recv_fds(asking, 8, 3)
    with asking.makefile("rb") as told:
        words = told.read(int.from_bytes(size, "big"))
    if len(size) < 8 or len(words) < int.from_bytes(size, "big"):
        asking.close()
        for stream in streams:  # who reads the output of the killed waits for its end
            os.close(stream)
        return None, []
    return Command(*marshal.loads(words)), streams


def take_over(streams: list[int]) -> None:
    """In a fork: a session of its own, which signals reach as a whole, and the streams of who asked."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)


def run(command: Command) -> NoReturn:
    """Run as if Python had just started, and end without taking apart what the server has imported."""
    os.chdir(command.folder)
    os.environ.clear()
    os.environ.update(command.environment)
    numba.config.reload_config()
    sys.orig_argv, sys.argv = command.words, command.words[1:]
    sys.path[:1] = command.environment["PYTHONPATH"].split(os.pathsep)
    code = 0
    try:
        if sys.argv[0] == "-m":
            sys.path.insert(0, command.folder)
            del sys.argv[0]
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        else:
            sys.path.insert(0, os.path.dirname(sys.argv[0]))
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if not isinstance(end.code, int | None):
            print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    load()
    parsing.kept_in(Path(sys.argv[1]).parent)
    command = serve(sys.argv[1])
    if command is not None:
        run(command)
