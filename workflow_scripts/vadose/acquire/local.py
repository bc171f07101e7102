"""Local data first: what already lies in the raw folder, or in a user's own layout, is found here and never fetched
again."""

import glob
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from vadose.acquire.catalogue import Dataset
from vadose.acquire.errors import FetchError
from vadose.acquire.http import newest
from vadose.files import inventory

FIELDS = ("year", "month", "day", "part")
Listing = tuple[dict[str, list[Path]], list[Path]]


def find(
    dataset: Dataset, keys: Iterable[str], folders: Sequence[Path], layouts: Sequence[str] = ()
) -> dict[str, Path]:
    """Files that are there already, by key.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry.
    keys : iterable of str
        What is needed (see `catalogue.Item`).
    folders : sequence of Path
        Searched with their sub-folders for names of the archive; a later one comes before an earlier one. They may be
        read-only.
    layouts : sequence of str
        A user's own layout: paths with {year}, {month:02d}, {day:02d}, {part} and the wildcards * ? **, such as
        "/disk/GLDAS/{year}/*{year}{month:02d}*.nc4". A file with the archive's name counts if the name says it is the
        right one; a file with another name counts because the layout says so, so each needs as many placeholders as
        tell it from its neighbours.

    Returns
    -------
    dict of key -> Path
        User layouts come before the folders.

    Raises
    ------
    FetchError
        If a layout has an unknown placeholder, or finds several files for one key.
    """
    keys, path_of_key = list(keys), {}
    for folder in folders:
        path_of_key |= _by_name(dataset, folder)
    listings: dict[str, Listing] = {}
    for layout in layouts:
        for key in keys:
            path = _by_layout(dataset, key, layout, listings)
            if path is not None:
                path_of_key[key] = path
    return {key: path_of_key[key] for key in keys if key in path_of_key}


def _by_name(dataset: Dataset, folder: Path) -> dict[str, Path]:
    """Files below `folder` with names of the archive; the newest making of each."""
    paths: dict[str, dict[str, Path]] = {}
    for path in _files(folder):
        key = dataset.key_of(path.name)
        if key is not None:
            paths.setdefault(key, {}).setdefault(path.name, path)
    chosen = {}
    for key, makings in paths.items():
        year = int(key[:4]) if key[:4].isdigit() else None
        chosen[key] = makings[newest(list(makings), dataset.pattern, dataset.prefer(year))[0]]
    return chosen


def _files(folder: Path) -> list[Path]:
    try:
        return list(inventory.walk(folder))
    except PermissionError:
        raise FetchError(f"{folder}: may not be read. Change its permissions, or point paths.raw elsewhere.") from None


def _listing(dataset: Dataset, pattern: str) -> Listing:
    """Files that fit a pattern: by key those with names of the archive, and the others."""
    named: dict[str, list[Path]] = {}
    others = []
    for path in sorted(glob.glob(os.path.expanduser(pattern), recursive=True)):
        key = dataset.key_of(os.path.basename(path))
        if not os.path.isfile(path):
            continue
        if key is not None:
            named.setdefault(key, []).append(Path(path))
        elif not path.endswith((".part", ".part.json", ".lock", ".rejected")):
            others.append(Path(path))
    return named, others


def _by_layout(dataset: Dataset, key: str, layout: str, listings: dict[str, Listing]) -> Path | None:
    stem, _, part = key.partition(":")
    numbers = [int(word) for word in stem.split("-")] if stem != "once" else []
    place = dict(zip(FIELDS, numbers)) | {"part": part}
    asked = set(re.findall(r"\{(\w+)", layout))
    if not asked <= set(FIELDS):
        raise FetchError(
            f"{dataset.id}: the layout {layout!r} has {sorted(asked - set(FIELDS))}; known are {', '.join(FIELDS)}."
        )
    if not asked <= set(place):
        return None
    pattern = layout.format(**place)
    if pattern not in listings:  # many keys share one where the layout has no placeholder
        listings[pattern] = _listing(dataset, pattern)
    named, others = listings[pattern]
    if key in named:
        best = newest([path.name for path in named[key]], dataset.pattern, dataset.prefer(place.get("year")))[0]
        return next(path for path in named[key] if path.name == best)
    if not asked and stem != "once":
        return None  # nothing in the layout says which of these files belongs to the key
    if len(others) > 1:
        raise FetchError(
            f"{dataset.id}: the layout {layout!r} finds {len(others)} files for {key} ({others[0].name}, "
            f"{others[1].name} ...). "
            "Add placeholders such as {month:02d} until it finds one."
        )
    return others[0] if others else None
