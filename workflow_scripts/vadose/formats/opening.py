"""Opening a product file: what it is by its first bytes, decompression, and errors that are sentences.

Every reader opens through this room, so that a login page saved as .nc4, a cut file or a ZIP in disguise
meets the same plain words whichever product it pretends to be.
"""

import contextlib
import gzip
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import xarray as xr

MAGIC = {
    b"\x89HDF\r\n\x1a\n": "netCDF-4",
    b"CDF\x01": "netCDF-3",
    b"CDF\x02": "netCDF-3",
    b"CDF\x05": "netCDF-3",
    b"\x0e\x03\x13\x01": "HDF4",
    b"PK\x03\x04": "ZIP",
    b"\x1f\x8b": "gzip",
    b"GRIB": "GRIB",
    b"II*\x00": "GeoTIFF",
    b"MM\x00*": "GeoTIFF",
    b"II+\x00": "GeoTIFF",
    b"\x00\x00\x27\x0a": "shapefile",
}
UNPACKED_LIMIT = 64 * 2**30  # bytes; far above any product, far below a decompression bomb


class FormatError(ValueError):
    """A product file is not what it should be; the message says which file, what was expected, what was found and what
    to do."""


def sniff(path: Path) -> str:
    """Kind of a file by its first bytes.

    Parameters
    ----------
    path : Path
        File to look at.

    Returns
    -------
    str
        One of the values of `MAGIC`, "HTML page", "GeoJSON", "empty file" or "unknown bytes".

    Raises
    ------
    FormatError
        If the file does not exist or cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise FormatError(
            f"{path}: expected a product file, but it cannot be read ({error.strerror}). Check the path and its "
            "permissions."
        ) from None
    if not head:
        return "empty file"
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    start = head.lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")) or b"<html" in start:
        return "HTML page"
    if start.startswith(b"{") and b'"featurecollection"' in start:
        return "GeoJSON"
    return "unknown bytes"


def expect(path: Path, kinds: Sequence[str], product: str) -> str:
    """Check that a file is of one of `kinds` and return which.

    Raises
    ------
    FormatError
        If it is of another kind; an HTML page is named as the login page that archives send instead of data.
    """
    found = sniff(path)
    if found in kinds:
        return found
    wanted = " or ".join(kinds)
    advice = {
        "HTML page": "This is what an archive sends when the login or licence is missing: delete the file, check your "
        "credentials, fetch it again.",
        "empty file": "The download was interrupted: delete the file and fetch it again.",
    }.get(found, "Check that the file belongs to this product, or delete it and fetch it again.")
    raise FormatError(f"{path}: expected {product} as {wanted}, found {found}. {advice}")


def broken(path: Path, product: str, reason: object) -> FormatError:
    """The error for a file of the right kind whose content cannot be read (a cut or corrupt file)."""
    words = " ".join(str(reason).split())[:200]
    return FormatError(
        f"{path}: expected readable {product}, found a cut or corrupt file ({words}). Delete the file and fetch it "
        "again."
    )


@contextlib.contextmanager
def unpacked(path: Path, product: str) -> Iterator[Path]:
    """Plain file behind a .gz; the file itself where it is not compressed. The temporary copy vanishes afterwards."""
    if sniff(path) != "gzip":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="vadose_") as folder:
        plain = Path(folder) / path.name.removesuffix(".gz")
        try:
            with gzip.open(path, "rb") as packed, open(plain, "wb") as stream:
                shutil.copyfileobj(packed, stream, 2**20)
        except (OSError, EOFError, gzip.zlib.error) as error:
            raise broken(path, product, error) from None
        yield plain


@contextlib.contextmanager
def zip_members(path: Path, product: str) -> Iterator[list[Path]]:
    """Files inside a ZIP, in the order of their names; `[path]` where it is no ZIP.

    Members are written by their last name alone, so no member can leave the temporary folder, and links are not
    followed.
    """
    if sniff(path) != "ZIP":
        yield [path]
        return
    with tempfile.TemporaryDirectory(prefix="vadose_") as folder:
        members = []
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(item.file_size for item in archive.infolist()) > UNPACKED_LIMIT:
                    raise broken(path, product, "the ZIP claims to unpack to more than 64 GiB")
                for number, item in enumerate(sorted(archive.infolist(), key=lambda item: item.filename)):
                    if item.is_dir():
                        continue
                    target = Path(folder) / f"{number:03d}_{Path(item.filename).name}"
                    with archive.open(item) as packed, open(target, "wb") as stream:
                        shutil.copyfileobj(packed, stream, 2**20)
                    members.append(target)
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError) as error:
            raise broken(path, product, error) from None
        yield members


@contextlib.contextmanager
def netcdf(path: Path, product: str, *, required: Sequence[str] = (), **options) -> Iterator[xr.Dataset]:
    """Open a netCDF file lazily, with every failure turned into a sentence.

    Parameters
    ----------
    path : Path
        A netCDF-3 or netCDF-4 file.
    product : str
        Name for messages, such as "GLDAS-Noah monthly".
    required : sequence of str
        Variables that must be there.
    **options
        Passed to `xarray.open_dataset`.

    Raises
    ------
    FormatError
        If the file is of another kind, cut, corrupt, or lacks a required variable.
    """
    kind = expect(path, ("netCDF-4", "netCDF-3"), product)
    engine = "scipy" if kind == "netCDF-3" else "h5netcdf"
    try:
        dataset = xr.open_dataset(path, engine=engine, **options)
    except Exception as error:
        raise broken(path, product, error) from None
    try:
        missing = [name for name in required if name not in dataset.variables]
        if missing:
            raise FormatError(
                f"{path}: expected variable {', '.join(missing)} of {product}, found "
                f"{', '.join(map(str, dataset.data_vars))}. "
                "Check that the file is of this product and version."
            )
        try:
            yield dataset
        except (OSError, EOFError, RuntimeError, KeyError) as error:
            if isinstance(error, FormatError):
                raise
            raise broken(path, product, error) from None
    finally:
        dataset.close()
