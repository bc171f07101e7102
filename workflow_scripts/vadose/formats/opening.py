"""Opening a product file: what it is by its first bytes, decompression, and errors that are true sentences.

Every reader opens through this module, so that a login page saved as .nc4, a cut file or a ZIP in disguise meets the
same plain words whichever product it pretends to be; and so that a full disk, a lock or a missing right is never told
as a fault of the file.
"""

import contextlib
import gzip
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import xarray as xr

from vadose.files.system_errors import system_reason

MAGIC = {
    b"\x89HDF\r\n\x1a\n": "netCDF-4",
    b"CDF\x01": "netCDF-3",
    b"CDF\x02": "netCDF-3",
    b"CDF\x05": "CDF-5",
    b"\x0e\x03\x13\x01": "HDF4",
    b"PK\x03\x04": "ZIP",
    b"\x1f\x8b": "gzip",
    b"GRIB": "GRIB",
    b"SQLite format 3\x00": "GeoPackage",
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
        raise unreadable(path, "a product file", error) from None
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
    kind = sniff(path)
    if kind in kinds:
        return kind
    wanted = " or ".join(kinds)
    advice = {
        "HTML page": "This is what an archive sends when the login or licence is missing: delete the file, check your "
        "credentials, fetch it again.",
        "gzip": "Unpack it first (gunzip).",
        "ZIP": "Unpack it first (unzip).",
        "empty file": "The download was interrupted: delete the file and fetch it again.",
    }.get(kind, "Check that the file belongs to this product, or delete it and fetch it again.")
    raise FormatError(f"{path}: expected {product} as {wanted}, found {kind}. {advice}")


def unreadable(path: Path, product: str, error: BaseException) -> FormatError:
    """The error for a file that could not be read: what the machine refused, or, where the format library speaks of the
    bytes, a cut or corrupt file."""
    reason = system_reason(error)
    if reason is None:
        return broken(path, product, error)
    return FormatError(
        f"{path}: expected {product}, but it cannot be read: {reason[0]} ({_words(error)}). {reason[1]}."
    )


def broken(path: Path, product: str, reason: object) -> FormatError:
    """The error for a file of the right kind whose bytes cannot be read (a cut or corrupt file)."""
    return FormatError(
        f"{path}: expected readable {product}, found a cut or corrupt file ({_words(reason)}). Delete the file and "
        "fetch it again."
    )


def undecodable(path: Path, product: str, error: BaseException) -> FormatError:
    """The error for a file whose bytes are sound and whose content is not as netCDF conventions have it."""
    return FormatError(
        f"{path}: expected {product} by the conventions of netCDF, found what cannot be decoded ({_words(error)}). "
        "Check how the file was made; the bytes are sound."
    )


def _words(reason: object) -> str:
    return " ".join(str(reason).split())[:200]


@contextlib.contextmanager
def _scratch(path: Path, product: str) -> Iterator[Path]:
    """A folder for what is unpacked."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="vadose_")
    except OSError as error:
        raise FormatError(
            f"{path}: expected a folder for temporary files to unpack {product}, found none that can be written to "
            f"({_words(error)}). Set TMPDIR to a folder with room for the unpacked data."
        ) from None
    with folder as name:
        yield Path(name)


@contextlib.contextmanager
def unpacked(path: Path, product: str) -> Iterator[Path]:
    """Plain file behind a .gz; the file itself where it is not compressed. The temporary copy vanishes afterwards."""
    if sniff(path) != "gzip":
        yield path
        return
    with _scratch(path, product) as folder:
        plain = folder / re.sub(r"\.gz$", "", path.name, flags=re.IGNORECASE)
        try:
            with gzip.open(path, "rb") as packed, open(plain, "wb") as stream:
                shutil.copyfileobj(packed, stream, 2**20)
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable(path, product, error) from None
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
    with _scratch(path, product) as folder:
        members = []
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(item.file_size for item in archive.infolist()) > UNPACKED_LIMIT:
                    raise broken(path, product, "the ZIP claims to unpack to more than 64 GiB")
                for number, item in enumerate(sorted(archive.infolist(), key=lambda item: item.filename)):
                    if item.is_dir():
                        continue
                    target = folder / f"{number:03d}_{Path(item.filename).name}"
                    with archive.open(item) as packed, open(target, "wb") as stream:
                        shutil.copyfileobj(packed, stream, 2**20)
                    members.append(target)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:
            raise unreadable(path, product, error) from None
        yield members


NETCDF = ("netCDF-3", "CDF-5", "netCDF-4")
_RAW = {"mask_and_scale": False, "decode_times": False, "decode_coords": False}
_NUMBERS = ("scale_factor", "add_offset", "_FillValue", "missing_value")


@contextlib.contextmanager
def netcdf(
    path: Path, product: str, *, required: Sequence[str] = (), mask_and_scale: bool = True
) -> Iterator[xr.Dataset]:
    """Open a netCDF file lazily, with every failure turned into a sentence; times stay numbers with their units
    (`vadose.formats.stamps.decode_time`).

    Parameters
    ----------
    path : Path
        A netCDF file of any kind.
    product : str
        Name for messages, such as "GLDAS-Noah monthly".
    required : sequence of str
        Variables that must be there.
    mask_and_scale : bool
        Whether fills become NaN and packed numbers are unpacked.

    Raises
    ------
    FormatError
        If the file is of another kind, cut, corrupt, cannot be read on this machine, or lacks a required variable.
    """
    kind = expect(path, NETCDF, product)
    if path.suffix.lower() == ".gz":  # unpacked by the browser on its way; scipy would unpack it by its name again
        with _scratch(path, product) as folder:
            plain = folder / path.stem
            plain.symlink_to(path.absolute())
            try:
                with netcdf(plain, product, required=required, mask_and_scale=mask_and_scale) as dataset:
                    yield dataset
            except FormatError as error:
                raise FormatError(str(error).replace(str(plain), str(path))) from None
        return
    try:
        if kind == "netCDF-4":
            dataset = _netcdf4(path)
        else:
            dataset = xr.open_dataset(path, **_RAW, engine="scipy" if kind == "netCDF-3" else "netcdf4")
    except Exception as error:  # the libraries raise whatever they meet in damaged bytes
        raise unreadable(path, product, error) from None
    try:
        missing = [name for name in required if name not in dataset.variables]
        if missing:
            raise FormatError(
                f"{path}: expected variable {', '.join(missing)} of {product}, found "
                f"{', '.join(map(str, dataset.data_vars))}. "
                "Check that the file is of this product and version."
            )
        yield decoded(dataset, path, product) if mask_and_scale else dataset
    except FormatError:
        raise
    except (OSError, EOFError, RuntimeError, MemoryError) as error:
        raise unreadable(path, product, error) from None
    finally:
        dataset.close()


def _netcdf4(path: Path) -> xr.Dataset:
    """A netCDF-4 file through h5netcdf, without locks."""
    import h5netcdf

    from vadose.files.hdf5_files import RememberingFile, without_locks

    file = without_locks(path, RememberingFile)
    try:
        store = xr.backends.H5NetCDFStore(h5netcdf.File(file, "r", decode_vlen_strings=True, phony_dims="access"))
        dataset = xr.open_dataset(store, **_RAW)
    except BaseException:
        file.close()
        raise

    def close():
        store.close()
        file.close()

    dataset.set_close(close)
    return dataset


def decoded(dataset: xr.Dataset, path: Path, product: str) -> xr.Dataset:
    """Fills as NaN and packed numbers unpacked, lazily; attributes that hold a number as text are taken for the number.

    Parameters
    ----------
    dataset : Dataset
        As opened, undecoded.
    path : Path
        For messages.
    product : str
        For messages.

    Raises
    ------
    FormatError
        If an attribute is no number or the conventions are broken.
    """
    for name, variable in dataset.variables.items():
        for attribute in _NUMBERS:
            if isinstance(variable.attrs.get(attribute), (str, bytes)) and variable.dtype.kind in "iuf":
                text = variable.attrs[attribute]
                text = text.decode("latin-1") if isinstance(text, bytes) else text
                try:
                    number = float(text.strip().rstrip("fFdD"))
                except ValueError:
                    raise FormatError(
                        f"{path}: expected {attribute} of {name} in {product} to be a number, found the text '{text}'. "
                        "Correct the attribute (ncatted), or fetch the original file."
                    ) from None
                packed = attribute in ("scale_factor", "add_offset")
                variable.attrs[attribute] = number if packed else variable.dtype.type(number)
    try:
        return xr.decode_cf(dataset, decode_times=False, decode_coords=False)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise undecodable(path, product, error) from None
