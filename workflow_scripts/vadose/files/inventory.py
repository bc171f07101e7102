"""Lists of product files: which files a data set consists of, and a state that changes when any of them does."""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from vadose.files.atomic import replacing


def find(folder: Path, pattern: str, *, glob: bool = False) -> list[Path]:
    """Files of a folder, and of the folders below it, whose names match; hidden and unfinished ones are passed over.

    Parameters
    ----------
    folder : Path
        Folder of the data set; archives often keep one folder a year.
    pattern : str
        Regular expression of the whole name (as in config/datasets.yaml), or a glob pattern of a user's own layout.
    glob : bool
        Whether `pattern` is a glob pattern.

    Returns
    -------
    list of Path
        Sorted by name.
    """
    if glob:
        found = [path for path in folder.rglob(pattern) if path.is_file()]
    else:
        matches = re.compile(pattern).fullmatch
        found = [
            Path(where) / name
            for where, _, names in os.walk(folder, followlinks=True)
            for name in names
            if matches(name)
        ]
    return sorted(
        (path for path in found if not path.name.startswith(".") and path.suffix != ".part"),
        key=lambda path: (path.name, path),
    )


def state(folder: Path, pattern: str, *, glob: bool = False) -> str:
    """Short hash of names, sizes and times of the files: changes when a file is added, replaced or removed."""
    digest = hashlib.sha256()
    for path in find(folder, pattern, glob=glob):
        known = path.stat()
        digest.update(f"{path.name} {known.st_size} {known.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def downloaded(manifests: Sequence[Path]) -> list[Path]:
    """Files that download jobs brought or found.

    Parameters
    ----------
    manifests : sequence of Path
        What each job left: JSON with `files`, each of them with its `path`.

    Returns
    -------
    list of Path
        Sorted by name; a file that serves several requests is there once.

    Raises
    ------
    FileNotFoundError
        If one of them is gone, with a sentence.
    """
    paths = {Path(item["path"]) for manifest in manifests for item in json.loads(Path(manifest).read_text())["files"]}
    for path in sorted(paths):
        if not path.is_file():
            raise FileNotFoundError(
                f"{path}: expected a file that was fetched or found before, found none. Put it back, or fetch it again "
                "with "
                "snakemake download --forcerun download_files."
            )
    return sorted(paths, key=lambda path: (path.name, path))


def write(paths: Sequence[Path], output: Path) -> None:
    """Write a list of files, one absolute path a line."""
    with replacing(output) as temporary:
        temporary.write_text("".join(f"{Path(path).absolute()}\n" for path in paths))


def read(path: Path) -> list[Path]:
    """Files named in a list.

    Raises
    ------
    FileNotFoundError
        If one of them is gone, with a sentence.
    """
    paths = [Path(line) for line in Path(path).read_text().splitlines() if line]
    for item in paths:
        if not item.is_file():
            raise FileNotFoundError(
                f"{item}: expected a product file listed in {path}, found none. Put it back, or delete {path} and run "
                "again."
            )
    return paths
