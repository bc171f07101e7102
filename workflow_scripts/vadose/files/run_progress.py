"""How far a run is, from what Snakemake tells its log and from the logs of the jobs: a line at the foot of a terminal,
or a line a minute where there is none. No line where CI is set: there Snakemake's own count after each job serves.

Other programs write to the same terminal (jobs, Snakemake, the compiler). So the foot is a row that the terminal itself
keeps out of scrolling, as apt does it; bars that are drawn anew, as those of rich, would be torn by what others write.
"""

import atexit
import logging
import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from vadose.core.steps import span

EVERY = 60.0  # s between two lines where there is no terminal
REFRESH = 1.0  # s between two drawings at the foot of a terminal
TAIL = 4096  # bytes of a log that are looked at
BAR = 20  # characters


class RunProgress(logging.Handler):
    """Counts the jobs of a run by the records of Snakemake's log.

    Parameters
    ----------
    screen : file, optional
        Where lines go; by default the standard error output.
    """

    def __init__(self, screen=None):
        super().__init__()
        self.screen = screen or sys.stderr
        self.expected: dict[str, float] = {}
        self.total, self.waiting = 0, Counter()
        self.running: dict[int, tuple[str, str, Path | None, float]] = {}  # rule, name, log, start
        self.seconds: dict[str, list[float]] = {}  # of the jobs that ended, by rule
        self.failed = 0
        self._rows = 0
        self._stop, self._thread = threading.Event(), None

    def emit(self, record: logging.LogRecord) -> None:
        """Take what a record of Snakemake says about the run."""
        try:
            self._count(record)
        except Exception:  # as all handlers do: counting never ends a run
            self.handleError(record)

    def _count(self, record: logging.LogRecord) -> None:
        event = str(getattr(record, "event", ""))
        if event == "run_info":
            self.waiting = Counter({rule: count for rule, count in record.stats.items() if rule != "total"})
            self.total = self.waiting.total()
        elif event == "job_info":
            logs = record.log or [None]
            name = " ".join([record.rule_name, *map(str, dict(record.wildcards or {}).values())])
            self.running[record.jobid] = (record.rule_name, name, logs[0] and Path(logs[0]), time.monotonic())
            self.waiting[record.rule_name] -= 1
        elif event in ("job_finished", "job_error"):
            job = self.running.pop(record.job_id if event == "job_finished" else record.jobid, None)
            if job and event == "job_finished":
                self.seconds.setdefault(job[0], []).append(time.monotonic() - job[3])
            self.failed += event == "job_error"

    def begin(self, expected: Mapping[str, float] | None = None) -> None:
        """Tell of the run until `end`.

        Parameters
        ----------
        expected : mapping, optional
            {rule: seconds that one job took in an earlier run}; others are taken as long as those that ended.
        """
        self.expected = dict(expected or {})
        terminal = self.screen.isatty()
        if terminal or not os.environ.get("CI"):
            self._thread = threading.Thread(target=self._tell_on, args=(terminal,), daemon=True)
            self._thread.start()
            atexit.register(self.end)

    def end(self) -> None:
        """Say no more, and give the foot of the terminal back."""
        if self._thread is not None and not self._stop.is_set():
            self._stop.set()
            self._thread.join()
            if self._rows:
                self._write(f"\0337\033[r\033[{self._rows};1H\033[K\0338")

    def left(self) -> float | None:
        """Seconds for the jobs still to be done, as many side by side as run now; None before any ended."""
        now = time.monotonic()
        every = [seconds for ended in self.seconds.values() for seconds in ended]
        if not every:
            return None
        usual = sum(every) / len(every)
        mean = self.expected | {rule: sum(ended) / len(ended) for rule, ended in self.seconds.items()}
        work = sum(max(count, 0) * mean.get(rule, usual) for rule, count in self.waiting.items())
        rest = [max(mean.get(rule, usual) - (now - start), 0.0) for rule, _, _, start in self.running.values()]
        return max((work + sum(rest)) / max(len(rest), 1), max(rest, default=0.0))

    def line(self) -> str:
        """How many jobs are done, the time left, and what the running ones are at."""
        done = sum(map(len, self.seconds.values()))
        left = self.left()
        parts = [f"{done} of {self.total} jobs"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"about {span(left)} left"] if left is not None and left >= 1.0 else []
        at_work = [name + said(log) for _, name, log, _ in list(self.running.values())]
        return ", ".join(parts) + (": " + "; ".join(at_work) if at_work else "")

    def _tell_on(self, terminal: bool) -> None:
        while not self._stop.wait(REFRESH if terminal else EVERY):
            if terminal:
                self._draw()
            elif self.total:
                self._write(self.line() + "\n")

    def _draw(self) -> None:
        columns, rows = os.get_terminal_size(self.screen.fileno())
        begin = ""
        if rows != self._rows:  # the row above is the last that scrolls
            begin, self._rows = f"\n\0337\033[1;{rows - 1}r\0338\033[1A", rows
        full = BAR * sum(map(len, self.seconds.values())) // max(self.total, 1)
        bar = "\u2588" * full + "\u2591" * (BAR - full) if "utf" in (self.screen.encoding or "").lower() else ""
        text = f"{bar} {self.line()}".strip()[: columns - 1]
        self._write(f"{begin}\0337\033[{rows};1H\033[K{text}\0338")

    def _write(self, text: str) -> None:
        self.screen.write(text)
        self.screen.flush()


def watch(logger: logging.Logger) -> RunProgress:
    """Count the jobs of a run by Snakemake's log; whoever counted before (another parse in this process) stops."""
    for handler in [handler for handler in logger.handlers if isinstance(handler, RunProgress)]:
        logger.removeHandler(handler)
    progress = RunProgress()
    logger.addHandler(progress)
    return progress


def said(log: Path | None) -> str:
    """What the log of a job says last, in parentheses; its beginning says nothing new."""
    try:
        with open(log or "", "rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - TAIL, 0))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    entries = [line.split(" INFO ", 1)[1] for line in lines if " INFO " in line]
    counted = [entry for entry in entries if " of " in entry and not entry.startswith(("input", "output", "start"))]
    return f" ({counted[-1]})" if counted else ""


def seconds_of(benchmarks: Mapping[str, str]) -> dict[str, float]:
    """{rule: mean seconds of its jobs} from benchmark files of earlier runs; {path with wildcards: rule}."""
    means = {}
    for path, rule in benchmarks.items():
        pattern = Path(re.sub(r"\{[^{}]*\}", "*", path))
        lines = [file.read_text(encoding="utf-8").splitlines()[-1] for file in pattern.parent.glob(pattern.name)]
        seconds = [float(line.split("\t")[0]) for line in lines if line[:1].isdigit()]
        if seconds:
            means[rule] = sum(seconds) / len(seconds)
    return means
