"""A reader's quick check, told what was asked: other variables, another year or too short a file are refused.

The readers come in from outside (this package imports none): each offers `check(path, **options)` and
`times_of(path)`.
"""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol


class Reader(Protocol):
    """What a module of the readers offers."""

    def check(self, path: Path, **options: Any) -> None:
        """Raise ValueError, with a sentence, if the file is not a good one."""
        ...

    def times_of(self, path: Path) -> Sequence:
        """First days of the months in a file."""
        ...


def check_of(reader: Reader) -> Callable[..., None]:
    """The check of a reader, for `download.run`: check(path, months=..., **options) compares the months of the file
    with those asked for, where they are given."""

    def check(path: Path, *, months: Sequence[str] | None = None, **options: Any) -> None:
        reader.check(path, **options)
        if months is not None:
            compare_months(path, [str(time)[:7] for time in reader.times_of(path)], months)

    return check


def compare_months(path: Path, there: Sequence[str], asked: Sequence[str]) -> None:
    """Compare months (YYYY-MM) of a file with those asked for.

    Raises
    ------
    ValueError
        If the file has none of them, or a gap; of a year that the archive has not finished the last months may lack.
    """
    wanted = set(asked)
    both = sorted(wanted & set(there))
    if not both:
        raise ValueError(
            f"{path}: expected the months {_span(asked)}, found {_span(sorted(there))}: this is not what was asked for."
        )
    lacking = sorted(month for month in wanted if month not in both)
    early = [month for month in lacking if month < both[-1] or month < _last_finished()]
    if early:
        raise ValueError(f"{path}: expected the months {_span(asked)}, found none of {', '.join(early[:6])}.")


def _last_finished() -> str:
    """Months before this one are published. ASSUME: half a year after their end, as ERA5-Land's final edition is after
    two to three months."""
    day = datetime.date.today() - datetime.timedelta(days=183)
    return f"{day.year:04d}-{day.month:02d}"


def _span(months: Sequence[str]) -> str:
    return "none" if not months else months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
