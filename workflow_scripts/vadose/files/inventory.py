"""Lists of product files: which files a data set consists of, and a state that changes when any of them does."""

import fnmatch
import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from vadose.files.atomic import replacing

REMOTE = re.compile(r"^(https?|s3|gs)://?(?!/)")
# A name of a file is bytes, which need not be text: those that are not come back as they were.
BYTES = "surrogateescape"
STORE = ("zarr.json", ".zmetadata", ".zgroup")  # one of them makes a folder a Zarr store


def walk(folder: Path, above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[Path]:
    """All files of a folder and of the folders below it, links to folders followed; those in a folder by name. A folder
    that is a Zarr store counts as one file.

    Parameters
    ----------
    folder : Path
        Gives nothing where it does not exist.
    above : set of (device, inode)
        Folders on the way down: a link that leads back to one of them is not followed.

    Raises
    ------
    PermissionError
        If a folder may not be read.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        status = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    place = (status.st_dev, status.st_ino)
    if place in above:
        return
    if {entry.name for entry in entries} & set(STORE):
        yield Path(folder)
        return
    visible = [entry for entry in entries if not entry.name.startswith(".")]
    yield from (Path(entry.path) for entry in visible if entry.is_file())
    for entry in visible:
        if entry.is_dir():
            yield from walk(Path(entry.path), above | {place})


def find(folder: Path, pattern: str, *, glob: bool = False) -> list[Path]:
    """Files of a folder, and of the folders below it, whose names match; hidden and unfinished ones are passed over.

    Parameters
    ----------
    folder : Path
        Folder of the data set; archives often keep one folder a year.
    pattern : str
        Regular expression of the whole name (as in config/datasets.yaml), or a glob pattern of a user's own layout,
        which may name folders ("2012/*.nc4").
    glob : bool
        Whether `pattern` is a glob pattern.

    Returns
    -------
    list of Path
        Sorted by name. Of a folder that is an address, the one place that the pattern names there; nobody is asked.
    """
    if is_remote(folder):
        return [Path(f"{address(folder)}/{pattern}")]
    matches, parts = re.compile("" if glob else pattern).fullmatch, ["**", *PurePosixPath(pattern).parts]
    paths = [
        path
        for path in walk(folder)
        if (_fits(path.relative_to(folder).parts, parts) if glob else matches(path.name)) and path.suffix != ".part"
    ]
    return sorted(paths, key=lambda path: (path.name, path))


def _fits(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether the names of a path match a glob pattern, part by part; ** stands for any number of folders."""
    if not parts:
        return not names
    if parts[0] == "**":
        return any(_fits(names[start:], parts[1:]) for start in range(len(names) + 1))
    return bool(names) and fnmatch.fnmatchcase(names[0], parts[0]) and _fits(names[1:], parts[1:])


def state(folder: Path, pattern: str, *, glob: bool = False) -> str:
    """Short hash of places in the folder, sizes and times of the files: changes when a file is added, replaced, moved
    or removed, and not when the folder is moved as a whole."""
    digest = hashlib.sha256()
    for path in [] if is_remote(folder) else find(folder, pattern, glob=glob):
        status = _newest(path)
        digest.update(f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}\n".encode("utf-8", BYTES))
    return digest.hexdigest()[:12]


def _newest(path: Path) -> os.stat_result:
    """State of a file; of a Zarr store, that of what was changed last in it and in its arrays."""
    if not path.is_dir():
        return path.stat()
    return max((item.stat() for item in (path, *path.iterdir())), key=lambda state: state.st_mtime_ns)


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
    paths = {
        Path(item["path"])
        for manifest in manifests
        for item in json.loads(Path(manifest).read_text(encoding="utf-8"))["files"]
    }
    for path in sorted(paths):
        if not path.is_file():
            raise FileNotFoundError(
                f"{path}: expected a file that was fetched or found before, found none. Put it back, or fetch it again "
                "with "
                "snakemake download --forcerun download_files."
            )
    return sorted(paths, key=lambda path: (path.name, path))


def write(paths: Sequence[Path], output: Path, raw: Path | None = None) -> None:
    """Write a list of files, one a line: relative to the folder of raw files where they lie below it, so that the
    folder may be moved as a whole, otherwise absolute.

    Raises
    ------
    ValueError
        If a name holds a line break.
    """
    root = None if raw is None else Path(raw).absolute()
    lines = [address(path) if is_remote(path) else _line(Path(path).absolute(), root) for path in paths]
    for line in lines:
        if "\n" in line:
            raise ValueError(f"{output}: expected names of files without line breaks, found {line!r}. Rename the file.")
    with replacing(output) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines), newline="", encoding="utf-8", errors=BYTES)


def _line(place: Path, root: Path | None) -> str:
    return (place.relative_to(root) if root is not None and place.is_relative_to(root) else place).as_posix()


def read(path: Path, raw: Path = Path()) -> list[Path]:
    """Files named in a list, whose relative places are below the folder of raw files.

    Raises
    ------
    FileNotFoundError
        If one of them is gone, with a sentence.
    """
    lines = [line for line in Path(path).read_bytes().decode("utf-8", BYTES).split("\n") if line]
    paths = [Path(line) if is_remote(line) else Path(raw) / line for line in lines]
    for item in paths:
        if not is_remote(item) and not item.exists():
            raise FileNotFoundError(
                f"{item}: expected a product file listed in {path}, found none. Put it back, set paths.raw to where it "
                f"lies, or delete {path} and run again."
            )
    return paths


def is_remote(path: Path | str) -> bool:
    """Whether a place is an address (https://..., s3://...) and no path of this machine."""
    return REMOTE.match(str(path)) is not None


def address(path: Path | str) -> str:
    """The address that a place stands for; a Path folds the two strokes of one into one."""
    return REMOTE.sub(lambda match: f"{match[1]}://", str(path), count=1)
