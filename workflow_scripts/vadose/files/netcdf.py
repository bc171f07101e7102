"""Netcdf files of our own. Equal content gives equal bytes."""

import io
from pathlib import Path

import xarray as xr

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


def damage(error: Exception) -> str:
    """What was found in place of a whole file, as one of `DAMAGE` tells it."""
    return f"a missing or damaged file ({' '.join(str(error).split())[:160]})"


def opened(path: Path, *, indexes: bool = True) -> xr.Dataset:
    """A dataset, unread, with indexes of its coordinates or without: by the C library, which takes a fifth of the time
    of h5netcdf where variables are many, and with a cache of 1 MB; its own would hold 16 MB of each variable until the
    file is closed."""
    import netCDF4

    before = netCDF4.get_chunk_cache()
    netCDF4.set_chunk_cache(2**20)  # for all files that this process opens from now on
    try:
        return xr.open_dataset(path, engine="netcdf4", create_default_indexes=indexes)
    finally:
        netCDF4.set_chunk_cache(*before)
