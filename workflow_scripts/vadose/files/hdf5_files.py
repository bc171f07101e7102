"""How HDF5 files are opened: without locks, and for h5netcdf each object once."""

from pathlib import Path

import h5py

# HDF5 refuses a file that this very process (a notebook) has open with locks, unless it is opened with them again.
OTHER_LOCKING = "flag values don't match"


class _Remembering:
    """Opens each object of a file once: h5netcdf asks for it anew at every look at one of its attributes, which is half
    of the time of opening or writing a file, and more where a dimension without limit has many variables."""

    objects: dict[str, h5py.HLObject]

    def __getitem__(self, name):
        if isinstance(name, h5py.Reference):
            named = h5py.h5r.get_name(name, self.id)
            name = named.decode() if named else name
        key = _from_root(name)
        if key not in self.objects:
            item = super().__getitem__(name)
            if key == "/":
                item = _Root(item.id)
                item.objects = self.objects
            self.objects[key] = item
        return self.objects[key]

    def __delitem__(self, name):
        super().__delitem__(name)
        self.objects.pop(_from_root(name), None)


def _from_root(name):
    """The name of an object of the root group, given with or without the slash before it."""
    return f"/{name.lstrip('/')}" if isinstance(name, str) else name


class _Root(_Remembering, h5py.Group):
    """The root group, by which h5netcdf follows references."""


class RememberingFile(_Remembering, h5py.File):
    """A file that opens each of its objects once, until it is closed."""

    def __init__(self, *args, **options):
        self.objects = {}
        super().__init__(*args, **options)

    def close(self):
        """Forget the objects and close."""
        self.objects.clear()
        super().close()


def without_locks(path: Path, kind: type[h5py.File] = h5py.File) -> h5py.File:
    """An open file, without locks, which network file systems refuse.

    Raises
    ------
    OSError, RuntimeError
        If it is cut or cannot be read.
    """
    try:
        return kind(path, "r", locking=False)
    except OSError as error:
        if OTHER_LOCKING not in str(error):
            raise
        return kind(path, "r")
