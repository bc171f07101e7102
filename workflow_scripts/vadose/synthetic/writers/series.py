"""Many netCDF-4 files of one layout: the first is written by netCDF's library, the others are its bytes with their own
numbers and texts in the same places, in a quarter of the time."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from vadose.files.atomic import replacing
from vadose.synthetic.writers.placing import add, new_netcdf

ALL = h5py.h5s.ALL
WRITABLE = 1  # H5LT_FILE_IMAGE_OPEN_RW


class Variable(NamedTuple):
    """As `placing.add` takes it."""

    dimensions: tuple[str, ...]
    values: np.ndarray
    attributes: dict[str, Any]
    options: dict[str, Any]


class Draft:
    """What a file will hold, in the order of the file."""

    def __init__(self) -> None:
        self.attributes: dict[str, Any] = {}
        self.dimensions: dict[str, int | None] = {}
        self.variables: dict[str, Variable] = {}

    def add(
        self,
        name: str,
        dimensions: tuple[str, ...],
        values: np.ndarray,
        attributes: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """A variable, as `placing.add` adds it.

        Parameters
        ----------
        name, dimensions, values, attributes, **options
            As there.
        """
        self.variables[name] = Variable(dimensions, np.asarray(values), dict(attributes or {}), options)

    def layout(self) -> tuple:
        """All but the numbers and the letters: equal for files whose bytes have the same places."""
        variables = (
            (name, of.dimensions, of.values.dtype, of.values.shape, _kinds(of.attributes), repr(of.options))
            for name, of in self.variables.items()
        )
        return _kinds(self.attributes), tuple(self.dimensions.items()), tuple(variables)


def _kinds(attributes: dict[str, Any]) -> tuple:
    return tuple((name, _kind(value)) for name, value in attributes.items())


def _kind(value: Any) -> tuple:
    if isinstance(value, str):  # one of other letters lies elsewhere in the file, and an empty one has no place
        return ("letters", len(value)) if value and value.isascii() else ("text", value)
    return np.asarray(value).dtype, np.shape(value)


def _stored(value: Any) -> np.ndarray:
    """An attribute as netCDF's library stores it: a text is its letters."""
    return np.asarray(value.encode() if isinstance(value, str) else value)


class Series:
    """Files that are written one after another; those of a layout after the first are made from the first."""

    def __init__(self) -> None:
        self.first: dict[tuple, tuple[bytes, Draft]] = {}

    @contextlib.contextmanager
    def new(self, path: Path) -> Iterator[Draft]:
        """A file to be described; it is written if the block ends without an error.

        Parameters
        ----------
        path : Path
            Name of the finished file; its folder is made.
        """
        draft = Draft()
        yield draft
        layout = draft.layout()
        if layout in self.first:
            with replacing(path, durable=False) as part:
                part.write_bytes(_made_from(*self.first[layout], draft))
        else:
            _write(draft, path)
            self.first[layout] = path.read_bytes(), draft


def _write(draft: Draft, path: Path) -> None:
    with new_netcdf(path) as file:
        file.setncatts(draft.attributes)
        for name, size in draft.dimensions.items():
            file.createDimension(name, size)
        for name, (dimensions, values, attributes, options) in draft.variables.items():
            add(file, name, dimensions, values, attributes, **options)


def _made_from(first: bytes, of_first: Draft, draft: Draft) -> bytes:
    """Bytes of a file whose layout is that of another: what differs is written over."""
    file = h5py.h5f.open_file_image(first, WRITABLE)
    _renew(file, of_first.attributes, draft.attributes)
    for name, (_, values, attributes, _) in draft.variables.items():
        former = of_first.variables[name]
        if values.tobytes() == former.values.tobytes() and attributes == former.attributes:
            continue
        variable = h5py.h5d.open(file, name.encode())
        _renew(variable, former.attributes, attributes)
        variable.write(ALL, ALL, np.ascontiguousarray(values))
    h5py.h5f.flush(file)
    image = file.get_file_image()
    file.close()
    return image


def _renew(owner: h5py.h5f.FileID | h5py.h5d.DatasetID, former: dict[str, Any], attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        if value != former[name]:
            place = h5py.h5a.open(owner, name.encode())
            letters_and_all = place.get_type()  # numpy's own would take the last letter for the end of the text
            place.write(np.full(place.shape, _stored(value), place.dtype), letters_and_all)
