"""How long we wait and how often we try: jittered exponential backoff, Retry-After, and an end to everything.

The tenacity library repeats what is a single question and an answer. Files are received by a loop of our own
(`fetch`), because there the bytes that came decide whether a try counts as a failure, which no library knows.
"""

import email.utils
import json
import logging
import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import tenacity

from vadose.acquire.errors import Exhausted, FetchError, Interrupted

LOG = logging.getLogger(__name__)
T = TypeVar("T")
LIMITS = "VADOSE_DOWNLOAD_LIMITS"  # environment variable that all jobs of one run share


@dataclass(frozen=True)
class RetryPolicy:
    """Waiting times and bounds (`downloads.limits` of the configuration); tests replace these and nothing else.

    Parameters
    ----------
    connect, read : float
        Time-outs in seconds: to connect, and between two pieces of a body.
    answer : float
        Longest time (seconds) from a request to the last of its headers, however they drip.
    slowest : float
        Bytes per second, over `read` seconds, below which a body that drips is taken for a broken connection.
    worth : int
        Bytes that a connection must bring for its break not to count as one more failure in a row.
    tries : int
        Failures in a row after which we give up; also starts from the first byte of a file that cannot be resumed.
    fresh_starts : int
        Times a file is fetched from its first byte when what came was rejected.
    rounds : int
        Times that the files of a job which failed for a passing reason are tried, `round_wait` seconds apart.
    first_wait, longest_wait : float
        Backoff in seconds: `first_wait` doubles up to `longest_wait`, times a random factor of 0.5 to 1.
    round_wait : float
        Seconds between two rounds of a job.
    longest_server_wait : float
        Longest Retry-After (seconds) that we sit out; a longer one ends with a sentence.
    longest_file, longest_job : float
        Seconds that the bytes of one file, and all files of a job, may take; time in an archive's queue is bounded by
        `queue_wait` and counts for the job alone.
    lock_wait : float
        Longest wait (seconds) for another process that fetches the same file.
    queue_wait : float
        Longest wait (seconds) for a request in an archive's queue.
    queue_together : int
        Requests of one job that wait in an archive's queue at a time.
    poll : float
        Longest pause (seconds) between two looks at a queue or a lock.
    report : float
        Seconds between two lines of progress.
    """

    connect: float = 15.0
    read: float = 90.0
    answer: float = 180.0
    slowest: float = 1000.0
    worth: int = 65536
    tries: int = 6
    fresh_starts: int = 3
    rounds: int = 3
    first_wait: float = 1.0
    longest_wait: float = 120.0
    round_wait: float = 60.0
    longest_server_wait: float = 900.0
    longest_file: float = 24 * 3600.0
    longest_job: float = 96 * 3600.0
    lock_wait: float = 6 * 3600.0
    queue_wait: float = 48 * 3600.0
    queue_together: int = 12
    poll: float = 120.0
    report: float = 60.0

    @classmethod
    def of(cls, limits: Mapping[str, float]) -> "RetryPolicy":
        """The policy with some of its values replaced by those of a configuration.

        Raises
        ------
        FetchError
            If a name is not one of this policy's.
        """
        names = [item.name for item in fields(cls)]
        unknown = [name for name in limits if name not in names]
        if unknown:
            raise FetchError(f"downloads.limits: expected some of {', '.join(names)}, found {', '.join(unknown)}.")
        return cls(**limits)

    @classmethod
    def begin_run(cls, limits: Mapping[str, float]) -> None:
        """Leave the limits of a configuration to the jobs of the run (see `of_run`)."""
        cls.of(limits)
        os.environ[LIMITS] = json.dumps(limits)

    @classmethod
    def of_run(cls) -> "RetryPolicy":
        """The policy of the run that this process is a job of: the rules leave it in the environment, because waiting
        times are no parameters of what is downloaded and must not make it again."""
        return cls.of(json.loads(os.environ.get(LIMITS, "{}")))

    def backoff(self, failures: int) -> float:
        """Seconds before the next try after `failures` failures in a row."""
        return min(self.longest_wait, self.first_wait * 2.0 ** min(failures, 30)) * random.uniform(0.5, 1.0)

    def seconds(self, failures: int, asked: float | None) -> float:
        """Seconds before the next try: the backoff, or what the server asked for if that is longer.

        Raises
        ------
        FetchError
            If the server asked for more than `longest_server_wait`: to ask again in this run would be against its will.
        """
        if asked is not None and asked > self.longest_server_wait:
            raise FetchError(
                f"The server asks to wait {asked:.0f} s before the next request, more than the "
                f"{self.longest_server_wait:.0f} s "
                "that this run sits out. Start the run again later: it goes on where it stopped."
            )
        return max(self.backoff(failures), asked or 0.0)

    def pause(self, failures: int, asked: float | None) -> None:
        """Sleep before the next try (see `seconds`)."""
        time.sleep(self.seconds(failures, asked))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds asked for by a Retry-After header (a number, or a date), None where there is none or it makes no sense.

    Notes
    -----
    A date is compared with the `Date` of the same response, so that a wrong clock on either side does not turn a minute
    into a day; our own clock serves only where the server sends no date.
    """
    text = (headers.get("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = seconds_of(text)
    if until is None:
        return None
    now = seconds_of(headers.get("Date"))
    return max(0.0, until - (time.time() if now is None else now))


def seconds_of(date: str | None) -> float | None:
    """Seconds since 1970 of a date as HTTP writes it, None if it is none."""
    try:
        return email.utils.parsedate_to_datetime(date or "").timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def persist(action: Callable[[], T], policy: RetryPolicy, what: str) -> T:
    """Call `action` until it no longer raises `Interrupted`, at most `policy.tries` times.

    Raises
    ------
    Exhausted
        After the last failure, with the last reason; any other error passes through at once.
    """

    def wait(state: tenacity.RetryCallState) -> float:
        reason = state.outcome.exception()
        LOG.info("%s: %s", what, reason)
        return policy.seconds(state.attempt_number - 1, reason.wait)

    def give_up(state: tenacity.RetryCallState):
        raise Exhausted(
            f"{what}: gave up after {policy.tries} tries; the last failure was: {state.outcome.exception()}"
        ) from None

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Interrupted),
        stop=tenacity.stop_after_attempt(policy.tries),
        wait=wait,
        sleep=lambda seconds: time.sleep(seconds),  # looked up when called, so that tests can replace it
        retry_error_callback=give_up,
    )(action)
