"""Files of GPCP daily by their day: of duplicates the newest, without those that are cut."""

import datetime
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vadose.formats.opening import FormatError

PRODUCT = "GPCP daily v1.3"
NAME = re.compile(r"gpcp_v01r03_daily_d(\d{8})(?:_c(\d{8}))?\.nc4?$", re.IGNORECASE)
# ASSUME: a duplicate below half the size of its sibling is a cut download (known for three days of 2017 and 2018)
TINY = 0.5


class Catalogue(NamedTuple):
    """Files of each day, the best first, and how many were passed over."""

    files: dict[np.datetime64, list[Path]]
    superseded: int
    rejected: int


def day_of(path: Path) -> tuple[np.datetime64, str]:
    """Day and creation date in a file's name ('' where a redistribution dropped the latter)."""
    match = NAME.match(path.name)
    try:
        day = datetime.date(int(match[1][:4]), int(match[1][4:6]), int(match[1][6:]))
    except (TypeError, ValueError):
        raise FormatError(
            f"{path}: expected a name such as gpcp_v01r03_daily_d20010131_c20170530.nc of {PRODUCT}, found another. "
            "Remove the file or restore its name."
        ) from None
    return np.datetime64(day, "D"), match[2] or ""


def catalogue(paths: Iterable[Path], *, years: Sequence[int] | None = None) -> Catalogue:
    """Sort files by day; of duplicates put the newest creation date first and drop those that are cut.

    Parameters
    ----------
    paths : iterable of Path
        Files with their original names.
    years : (first, last), optional
        Years to keep, inclusive.

    Raises
    ------
    FormatError
        If a name is not GPCP's, or two whole files of one day carry the same creation date.
    """
    groups: dict[np.datetime64, list[tuple[str, Path]]] = {}
    for path in paths:
        day, created = day_of(path)
        if years is None or years[0] <= day.item().year <= years[1]:
            groups.setdefault(day, []).append((created, path))
    files, superseded, rejected = {}, 0, 0
    for day in sorted(groups):
        group = sorted(groups[day], key=lambda item: (item[0], item[1].as_posix()), reverse=True)
        if len(group) > 1:
            sizes = {path: path.stat().st_size for _, path in group}
            whole = [item for item in group if sizes[item[1]] >= TINY * max(sizes.values())]
            rejected += len(group) - len(whole)
            if len(whole) > 1 and whole[0][0] == whole[1][0]:
                raise FormatError(
                    f"{whole[0][1]}: expected {day} of {PRODUCT} once for each creation date, found it also as "
                    f"{whole[1][1]}. Remove one of them."
                )
            superseded += len(whole) - 1
            group = whole
        files[day] = [path for _, path in group]
    return Catalogue(files, superseded, rejected)
