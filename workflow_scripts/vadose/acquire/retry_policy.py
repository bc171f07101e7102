"""How long we wait and how often we try: jittered exponential backoff, Retry-After, and an end to everything."""

import email.utils
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from vadose.acquire.errors import FetchError, Interrupted

LOG = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class RetryPolicy:
    """Waiting times and bounds; tests replace these and nothing else.

    Parameters
    ----------
    connect, read : float
        Time-outs in seconds: to connect, and between two pieces of a body.
    slowest : float
        Bytes per second, over `read` seconds, below which a body that drips is taken for a broken connection.
    tries : int
        Failures in a row, without a byte gained, after which we give up.
    attempts : int
        Connections for one file in all, however much progress each makes.
    fresh_starts : int
        Times a file is fetched from its first byte when what came was rejected.
    first_wait, longest_wait : float
        Backoff in seconds: `first_wait` doubles up to `longest_wait`, times a random factor of 0.5 to 1.
    longest_server_wait : float
        Longest Retry-After (seconds) that we sit out; a longer one ends with a sentence.
    lock_wait : float
        Longest wait (seconds) for another process that fetches the same file.
    queue_wait : float
        Longest wait (seconds) for a request in an archive's queue.
    poll : float
        Longest pause (seconds) between two looks at a queue or a lock.
    """

    connect: float = 15.0
    read: float = 90.0
    slowest: float = 100.0
    tries: int = 6
    attempts: int = 200
    fresh_starts: int = 3
    first_wait: float = 1.0
    longest_wait: float = 120.0
    longest_server_wait: float = 900.0
    lock_wait: float = 6 * 3600.0
    queue_wait: float = 48 * 3600.0
    poll: float = 120.0

    def backoff(self, failures: int) -> float:
        """Seconds before the next try after `failures` failures in a row."""
        return min(self.longest_wait, self.first_wait * 2.0 ** min(failures, 30)) * random.uniform(0.5, 1.0)

    def pause(self, failures: int, asked: float | None) -> None:
        """Sleep before the next try: the backoff, or what the server asked for if that is longer.

        Raises
        ------
        FetchError
            If the server asked for more than `longest_server_wait`.
        """
        if asked is not None and asked > self.longest_server_wait:
            raise FetchError(
                f"The server asks to wait {asked:.0f} s before the next request, more than the "
                f"{self.longest_server_wait:.0f} s "
                "that this run sits out. Start the run again later: it goes on where it stopped."
            )
        time.sleep(max(self.backoff(failures), asked or 0.0))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds asked for by a Retry-After header (a number, or a date), None where there is none or it makes no sense.

    Notes
    -----
    A date is compared with the `Date` of the same response, so that a wrong clock on either side does not turn a minute
    into a day; our own clock serves only where the server sends no date.
    """
    text = headers.get("Retry-After")
    if not text:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None
    try:
        now = email.utils.parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        now = time.time()
    return max(0.0, until - now)


def persist(action: Callable[[], T], policy: RetryPolicy, what: str) -> T:
    """Call `action` until it no longer raises `Interrupted`, at most `policy.tries` times.

    Raises
    ------
    FetchError
        After the last failure, with the last reason; any other error passes through at once.
    """
    for failures in range(policy.tries):
        try:
            return action()
        except Interrupted as reason:
            LOG.info("%s: %s", what, reason)
            last = reason
            if failures + 1 < policy.tries:
                policy.pause(failures, reason.wait)
    raise FetchError(f"{what}: gave up after {policy.tries} tries; the last failure was: {last}")
