"""Netcdf files of our own. Equal content gives equal bytes."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

import xarray as xr

from vadose.files.system_errors import system_reason

DAMAGE = (OSError, ValueError, LookupError, RuntimeError, AttributeError)  # what is raised of damaged files


def write(dataset: xr.Dataset, path: Path, encoding: dict) -> None:
    """Write a dataset: made in memory and then written at once, since HDF5 may end the process when a disk refuses in
    the middle.

    Parameters
    ----------
    dataset : Dataset
        What to write, with all attributes.
    path : Path
        Target, usually a temporary name.
    encoding : dict
        {variable: how it is stored}, as `Dataset.to_netcdf` takes it.

    Raises
    ------
    OSError
        If the disk refuses, with the system's reason; `path` then holds a part.
    """
    import h5netcdf

    from vadose.files.hdf5_files import RememberingFile

    # Not by the C library: it gives texts a fill value, which its HDF5 2.2.0 reads from memory that is no longer there
    # where a process has opened the file twice and closed it once.
    memory = io.BytesIO()
    with RememberingFile(memory, "w", track_order=True) as file:  # in order, as netCDF asks
        store = xr.backends.H5NetCDFStore(h5netcdf.File(file, "w"))
        dataset.dump_to_store(store, encoding=encoding)
        store.close()
    path.write_bytes(memory.getbuffer())


@contextlib.contextmanager
def sound(path: Path, expected: str, error_type: type[ValueError] = ValueError) -> Iterator[None]:
    """What is raised while a file is opened or read, as a sentence.

    Parameters
    ----------
    path : Path
        The file.
    expected : str
        What it should be, such as "the product trends".
    error_type : type
        Of the error that is raised.

    Raises
    ------
    ValueError
        Of that type: if the file is missing, damaged, or kept from being read by the machine.
    """
    try:
        yield
    except FileNotFoundError:
        raise error_type(f"{path}: expected {expected}, found no such file. Run again, and it is made.") from None
    except DAMAGE as error:
        words = " ".join(str(error).split())[:160]
        reason = system_reason(error)
        if reason is not None:
            raise error_type(
                f"{path}: expected {expected}, but it cannot be read: {reason[0]} ({words}). {reason[1]}."
            ) from None
        raise error_type(
            f"{path}: expected {expected}, found a damaged file ({words}). Delete it and run again."
        ) from None


def opened(path: Path, *, group: str | None = None, indexes: bool = True) -> xr.Dataset:
    """A dataset, unread, of a file or a group of it, with indexes of its coordinates or without: by the C library,
    which takes a fifth of the time of h5netcdf where variables are many, and with a cache of 1 MB; its own would hold
    16 MB of each variable until the file is closed."""
    import netCDF4

    before = netCDF4.get_chunk_cache()
    netCDF4.set_chunk_cache(2**20)  # for all files that this process opens from now on
    try:
        return xr.open_dataset(path, engine="netcdf4", group=group, create_default_indexes=indexes)
    finally:
        netCDF4.set_chunk_cache(*before)
