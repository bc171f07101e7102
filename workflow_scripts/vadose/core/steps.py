"""How far a long loop is: a line in the log of the job, with the time that is left."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

LOG = logging.getLogger(__name__)
EVERY = 10.0  # s between two lines
Piece = TypeVar("Piece")


def told(pieces: Sequence[Piece], what: str) -> Iterator[Piece]:
    """The pieces of a loop, one by one; every ten seconds its log says how many are done and what time is left."""
    begun = last = time.monotonic()
    for number, piece in enumerate(pieces):
        now = time.monotonic()
        if number and now - last >= EVERY:
            last = now
            left = (now - begun) / number * (len(pieces) - number)
            LOG.info("%s: %d of %d, about %s left", what, number, len(pieces), span(left))
        yield piece


def span(seconds: float) -> str:
    """A span of time in words, rounded."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
