"""The ways an acquisition fails. Every message is a sentence; none can carry a credential, nor a control character that
a server sent.

`FetchError` is final; `Interrupted` is worth another try at once, `Exhausted` another round later; `Rejected` and
`Gone` concern one file, `Refused` an account (or an archive), `NoSpace` the disk.
"""

import contextlib
import logging
import traceback
from collections.abc import Iterator

from vadose.acquire.redaction import printable, redact


class FetchError(RuntimeError):
    """Final: a sentence for the user (which file, what was expected, what was found, what to do). Credentials are
    struck out, control characters written as their codes."""

    def __init__(self, sentence: str):
        super().__init__(printable(redact(" ".join(sentence.split("\n")))))


class Interrupted(FetchError):
    """A try failed in a way that is worth another try (a reset, a time-out, 429, 5xx, a cut body).

    Parameters
    ----------
    sentence : str
        What happened.
    wait : float or None
        Seconds that the server asked us to wait.
    slow : bool
        Whether the connection was given up because too little came: then what came is no progress.
    """

    def __init__(self, sentence: str, wait: float | None = None, *, slow: bool = False):
        super().__init__(sentence)
        self.wait = wait
        self.slow = slow


class Exhausted(FetchError):
    """Interrupted as often, or for as long, as the retry policy allows; a later round may succeed."""


class Rejected(FetchError):
    """Bytes came, but they are not the file (a login page, another size or checksum, unreadable): they must not be
    kept.

    Parameters
    ----------
    sentence : str
        What is wrong with them.
    sha256 : str or None
        Their checksum, where all of them came.
    page : bool
        Whether they are words to a reader (a page, a refusal as text): then they say nothing about the file.
    """

    def __init__(self, sentence: str, sha256: str | None = None, *, page: bool = False):
        super().__init__(sentence)
        self.sha256 = sha256
        self.page = page


class Gone(FetchError):
    """The archive no longer has the file (404, 410)."""


class Refused(FetchError):
    """The archive lets this account, or this computer, not in (401, 403, 407, a password, a licence)."""


class NoSpace(FetchError):
    """The disk is full, or a quota is reached: no other file will fit either."""


@contextlib.contextmanager
def sealed() -> Iterator[None]:
    """Let no exception out of a program but in clean words: our own as its sentence, any other with its traceback,
    redacted."""
    try:
        yield
    except FetchError as reason:
        words = redact(str(reason))
    except Exception:  # whatever it is, its text may quote what a library was given
        words = printable(redact(traceback.format_exc()), keep="\n\t")
    else:
        return
    logging.getLogger(__name__).error("%s", words)
    raise SystemExit(words)
