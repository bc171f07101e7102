"""The three ways an acquisition fails. Every message is a sentence, and no message can carry a credential."""

import contextlib
import logging
import traceback
from collections.abc import Iterator

from vadose.acquire.redaction import redact


class FetchError(RuntimeError):
    """Final: a sentence for the user (which file, what was expected, what was found, what to do). Credentials are
    struck out."""

    def __init__(self, sentence: str):
        super().__init__(redact(sentence))


class Interrupted(FetchError):
    """A try failed in a way that is worth another try (a reset, a time-out, 429, 5xx, a cut body).

    Parameters
    ----------
    sentence : str
        What happened.
    wait : float or None
        Seconds that the server asked us to wait.
    """

    def __init__(self, sentence: str, wait: float | None = None):
        super().__init__(sentence)
        self.wait = wait


class Rejected(FetchError):
    """Bytes came, but they are not the file (a login page, another size or checksum, unreadable): they must not be
    kept."""


class Gone(FetchError):
    """The archive no longer has the file (404, 410)."""


@contextlib.contextmanager
def sealed() -> Iterator[None]:
    """Let no exception out of a program but in clean words: our own as its sentence, any other with its traceback,
    redacted."""
    try:
        yield
    except FetchError as reason:
        words = redact(str(reason))
    except Exception:  # whatever it is, its text may quote what a library was given
        words = redact(traceback.format_exc())
    else:
        return
    logging.getLogger(__name__).error("%s", words)
    raise SystemExit(words)
