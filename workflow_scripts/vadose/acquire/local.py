"""Local data first: what already lies in the raw folder, or in a user's own layout, is found here and never fetched again."""

import glob
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from vadose.acquire.catalogue import Dataset
from vadose.acquire.errors import FetchError
from vadose.acquire.http import newest

DEEPEST = 8  # folders below the raw folder that are looked into
FIELDS = ("year", "month", "day", "part")


def find(dataset: Dataset, keys: Iterable[str], raw: Path, layouts: Sequence[str] = ()) -> dict[str, Path]:
    """Files that are there already, by key.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry.
    keys : iterable of str
        What is needed (see `catalogue.Item`).
    raw : Path
        The raw folder; `raw/<id>` is searched with its sub-folders for names of the archive. It may be read-only.
    layouts : sequence of str
        A user's own layout: paths with {year}, {month:02d}, {day:02d}, {part} and the wildcards * ? **, such as
        "/disk/GLDAS/{year}/*{year}{month:02d}*.nc4". A file with the archive's name counts if the name says it is the right one; a file
        with another name counts because the layout says so, so each needs as many placeholders as tell it from its neighbours.

    Returns
    -------
    dict of key -> Path
        User layouts come before the raw folder.

    Raises
    ------
    FetchError
        If a layout has an unknown placeholder, or finds several files for one key.
    """
    found = _by_name(dataset, raw / dataset.id)
    for layout in layouts:
        for key in keys:
            path = _by_layout(dataset, key, layout)
            if path is not None:
                found[key] = path
    return {key: found[key] for key in keys if key in found}


def _by_name(dataset: Dataset, folder: Path) -> dict[str, Path]:
    """Files below `folder` with names of the archive; the newest making of each."""
    paths: dict[str, dict[str, Path]] = {}
    for place, name in _walk(folder):
        key = dataset.key_of(name)
        if key is not None:
            paths.setdefault(key, {}).setdefault(name, Path(place) / name)
    chosen = {}
    for key, makings in paths.items():
        year = int(key[:4]) if key[:4].isdigit() else None
        chosen[key] = makings[newest(list(makings), dataset.pattern, dataset.prefer(year))[0]]
    return chosen


def _walk(folder: Path, depth: int = 0) -> Iterable[tuple[str, str]]:
    """(folder, name) of all files, following links to folders, not deeper than DEEPEST (so that a link in a circle ends)."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError:
        raise FetchError(f"{folder}: may not be read. Change its permissions, or point paths.raw elsewhere.") from None
    yield from ((str(folder), entry.name) for entry in entries if entry.is_file())
    for entry in entries:
        if entry.is_dir() and depth < DEEPEST and not entry.name.startswith("."):
            yield from _walk(Path(entry.path), depth + 1)


def _by_layout(dataset: Dataset, key: str, layout: str) -> Path | None:
    stem, _, part = key.partition(":")
    numbers = [int(word) for word in stem.split("-")] if stem != "once" else []
    place = dict(zip(FIELDS, numbers)) | {"part": part}
    asked = set(re.findall(r"\{(\w+)", layout))
    if not asked <= set(FIELDS):
        raise FetchError(f"{dataset.id}: the layout {layout!r} has {sorted(asked - set(FIELDS))}; known are {', '.join(FIELDS)}.")
    if not asked <= set(place):
        return None
    paths = [Path(path) for path in sorted(glob.glob(os.path.expanduser(layout.format(**place)), recursive=True)) if os.path.isfile(path)]
    named = [path for path in paths if dataset.key_of(path.name) is not None]
    mine = [path for path in named if dataset.key_of(path.name) == key]
    if mine:
        best = newest([path.name for path in mine], dataset.pattern, dataset.prefer(place.get("year")))[0]
        return next(path for path in mine if path.name == best)
    others = [path for path in paths if path not in named and not path.name.endswith((".part", ".part.json", ".lock", ".rejected"))]
    if not asked and stem != "once":
        return None  # nothing in the layout says which of these files belongs to the key
    if len(others) > 1:
        raise FetchError(
            f"{dataset.id}: the layout {layout!r} finds {len(others)} files for {key} ({others[0].name}, {others[1].name} ...). "
            "Add placeholders such as {month:02d} until it finds one."
        )
    return others[0] if others else None
