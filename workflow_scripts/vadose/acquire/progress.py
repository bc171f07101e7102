"""What a job does while one waits: a line a minute in its log and on the screen, a bar on a terminal."""

import logging
import sys
import threading
import time

from vadose.core.steps import span

LOG = logging.getLogger(__name__)


class Progress:
    """Counts files and bytes of a job, and tells of them until it is left (`with Progress(...) as progress`).

    Parameters
    ----------
    label : str
        Of the job, such as "gpcp_daily_2001".
    files : int
        Files that are to be fetched.
    size : int
        Bytes expected in all; 0 where nobody knows.
    every : float
        Seconds between two lines.
    screen : file or None
        Where lines go besides the log; by default the standard error output.
    """

    def __init__(self, label: str, files: int, size: int, every: float = 60.0, screen=None):
        self.label, self.files, self.size, self.every = label, files, size, every
        self.screen = screen or sys.stderr
        self.number, self.name, self.state = 0, "", ""
        self.bytes = self._last = 0
        self._begun = self._told = time.monotonic()
        self._stop = threading.Event()
        self._bar = None

    def __enter__(self) -> "Progress":
        self._thread = threading.Thread(target=self._tell_on, daemon=True)
        if self.screen.isatty():
            import tqdm

            self._bar = tqdm.tqdm(
                total=self.size or None, unit="B", unit_scale=True, desc=self.label, leave=False, file=self.screen
            )
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()
        if self._bar is not None:
            self._bar.close()
        seconds = time.monotonic() - self._begun
        if self.bytes:
            LOG.info("%s: received %.1f MB in %s", self.label, self.bytes / 1e6, span(seconds))

    def begin(self, name: str) -> None:
        """The next file."""
        self.number, self.name, self.state = self.number + 1, name, ""

    def came(self, count: int) -> None:
        """Bytes came."""
        self.bytes += count
        self.state = ""

    def waits(self, state: str) -> None:
        """Words for what is being waited for, such as a request's number and state in an archive's queue."""
        if state != self.state:
            LOG.info("%s: %s", self.label, state)
        self.state = state

    def line(self) -> str:
        """Where the job stands: file, bytes, rate since the last line, time left."""
        now = time.monotonic()
        rate = (self.bytes - self._last) / max(now - self._told, 1e-3)
        self._last, self._told = self.bytes, now
        parts = [f"{self.label}: file {min(self.number, self.files)} of {self.files}"]
        if self.name:
            parts.append(self.name)
        if self.state:
            return ", ".join([*parts, self.state])
        parts.append(f"{self.bytes / 1e6:.1f}" + (f" of about {self.size / 1e6:.0f} MB" if self.size else " MB"))
        parts.append(f"{rate / 1e6:.2f} MB/s")
        if self.size > self.bytes and rate > 0:
            parts.append(f"about {span((self.size - self.bytes) / rate)} left")
        return ", ".join(parts)

    def _tell_on(self) -> None:
        step = self.every if self._bar is None else min(self.every, 0.5)
        due = time.monotonic() + self.every
        while not self._stop.wait(step):
            if self._bar is not None:
                self._bar.update(self.bytes - self._bar.n)
                self._bar.set_postfix_str(self.state or f"file {self.number} of {self.files}")
            if time.monotonic() >= due - 1e-3:
                due += self.every
                text = self.line()
                LOG.info("%s", text)
                if self._bar is None:
                    print(text, file=self.screen, flush=True)
