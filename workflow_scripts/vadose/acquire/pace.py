"""The pace of a body: too slow over a while, or not to be finished in time, ends a connection; and a guard that wakes
what would wait for ever."""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator

from vadose.acquire.errors import Interrupted
from vadose.acquire.retry_policy import RetryPolicy


class Pace:
    """Watches the bytes of one connection.

    Parameters
    ----------
    policy : RetryPolicy
        `read` and `slowest`.
    name : str
        What is being received, for the message.
    allowed : float
        Seconds that the rest of the file may take.
    """

    def __init__(self, policy: RetryPolicy, name: str, allowed: float):
        self.policy = policy
        self.name = name
        self.end = time.monotonic() + allowed
        self.allowed = allowed
        self._begun, self._bytes = time.monotonic(), 0

    def came(self, count: int, left: int | None) -> None:
        """Count bytes that came; `left` are still to come, None where nobody knows.

        Raises
        ------
        Interrupted
            If fewer than `slowest` bytes a second came during the last `read` seconds, if at their rate the rest would
            take longer than is allowed, or if the time is over.
        """
        self._bytes += count
        now = time.monotonic()
        passed = now - self._begun
        if now > self.end and left != 0:
            raise Interrupted(
                f"{self.name}: is not finished after the {self.allowed:.0f} s that are allowed", slow=True
            )
        if passed <= self.policy.read:
            return
        rate = self._bytes / passed
        if rate < self.policy.slowest:
            raise Interrupted(f"{self.name}: the body drips ({self._bytes} bytes in {passed:.0f} s)", slow=True)
        if left is not None and now + left / rate > self.end:
            raise Interrupted(
                f"{self.name}: at {rate / 1e3:.1f} kB/s the remaining {left / 1e6:.1f} MB take "
                f"{left / rate / 3600:.1f} hours, more than is left of the {self.allowed / 3600:.1f} that are allowed",
                slow=True,
            )
        self._begun, self._bytes = now, 0


class _Watch:
    """What is to be done when its time is over, looked after by one thread of the process: a thread for each request
    would cost more than a small file takes."""

    def __init__(self):
        self._guards: dict[object, tuple[float, Callable[[], None]]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._next = math.inf  # when the thread wakes by itself

    def add(self, seconds: float, action: Callable[[], None]) -> object:
        """Do `action` after `seconds`, unless what this returns is removed before."""
        guard, end = object(), time.monotonic() + seconds
        with self._changed:
            self._guards[guard] = end, action
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look_on, daemon=True)
                self._thread.start()
            elif end < self._next:
                self._changed.notify()
        return guard

    def remove(self, guard: object) -> None:
        """Let a guard go."""
        with self._changed:
            self._guards.pop(guard, None)

    def _look_on(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for guard in [guard for guard, (end, _) in self._guards.items() if end <= now]:
                    # in a thread of its own: to close a connection can take a while, and others are due
                    threading.Thread(target=_act, args=(self._guards.pop(guard)[1],), daemon=True).start()
                self._next = min((end for end, _ in self._guards.values()), default=math.inf)
                self._changed.wait(None if self._next == math.inf else self._next - now)


def _act(action: Callable[[], None]) -> None:
    with contextlib.suppress(Exception):  # what was closed in the meantime says so in many ways
        action()


_WATCH = _Watch()


@contextlib.contextmanager
def bounded(seconds: float, action: Callable[[], None]) -> Iterator[None]:
    """Do `action` (close a socket) if the body of this context takes longer than `seconds`."""
    guard = _WATCH.add(seconds, action)
    try:
        yield
    finally:
        _WATCH.remove(guard)
