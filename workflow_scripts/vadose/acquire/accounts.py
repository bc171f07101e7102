"""Accounts of archives: what one job learned about a login holds for all jobs of the run.

A wrong password that every job tries for itself locks an account. So the first exchange of an account with a server is
made by one job at a time; once it was refused, no other job of the run asks again; once it was accepted, nobody waits.
"""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from vadose.acquire.errors import Refused
from vadose.acquire.locks import file_lock
from vadose.acquire.retry_policy import RetryPolicy
from vadose.files.atomic import replacing

RUN = "VADOSE_RUN"  # environment variable that all jobs of one run share


def begin_run() -> None:
    """Give the run that starts here a name that its jobs inherit; a process that is a job keeps the name of its run."""
    os.environ.setdefault(RUN, uuid.uuid4().hex)


class Account:
    """One account (or, where none is needed, one archive).

    Parameters
    ----------
    name : str
        Such as "earthdata"; empty where no account is needed.
    folder : Path or None
        Where the jobs of a run leave word for each other; by default each process knows for itself.
    policy : RetryPolicy
        `lock_wait`.
    """

    def __init__(self, name: str = "", folder: Path | None = None, policy: RetryPolicy | None = None):
        self.name = name
        self.run = os.environ.get(RUN, "")
        self.path = Path(folder) / f".account_{name}.json" if folder is not None and self.run and name else None
        self.policy = policy or RetryPolicy()
        self._accepted: set[str] = set()
        self._refused = ""

    @contextlib.contextmanager
    def attempt(self, stage: str) -> Iterator[None]:
        """Make one exchange with a server (`stage`: its name, or what is asked).

        Raises
        ------
        Refused
            If the account was refused before in this run, without asking again; or by the exchange itself.
        """
        if not self.name:
            yield
            return
        self._look()
        if self.path is None or stage in self._accepted:
            with self._noting(stage):
                yield
            return
        with file_lock(self.path, self.policy):
            self._look()
            with self._noting(stage):
                yield

    def _look(self) -> None:
        """Take over what other jobs of this run left; raise if they were refused."""
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            word = json.loads(self.path.read_text(encoding="utf-8"))
            if word.get("run") == self.run:
                self._refused = self._refused or str(word.get("refused") or "")
                self._accepted |= set(word.get("accepted", ()))
        if self._refused:
            raise Refused(f"Not asked again, because in this run the account was refused before: {self._refused}")

    @contextlib.contextmanager
    def _noting(self, stage: str) -> Iterator[None]:
        try:
            yield
        except Refused as reason:
            self._refused = str(reason)
            self._leave()
            raise
        if stage not in self._accepted:
            self._accepted.add(stage)
            self._leave()

    def _leave(self) -> None:
        """Leave word for the other jobs of this run; a folder that cannot be written to is left alone."""
        if self.path is None:
            return
        word = {"run": self.run, "refused": self._refused, "accepted": sorted(self._accepted)}
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.path) as temporary:
                temporary.write_text(json.dumps(word), encoding="utf-8")
