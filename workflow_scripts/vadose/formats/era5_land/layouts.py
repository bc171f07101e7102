"""The file layouts of ERA5-Land as one thing: pieces, each a variable with its times, its grid and a way to read single
fields.

New CDS netCDF (valid_time, float32 with NaN, expver as text along time), legacy netCDF (time in hours since 1900,
packed 16-bit integers, expver as a dimension), GRIB, and a ZIP around any of them whatever the extension says. Nothing
but headers is read here until `Piece.fields` is called, so a month of hours costs no more memory than the fields asked
for.

GRIB messages are read with ecCodes itself: one pass over the headers gives the offset of every field, no index file is
left beside the data, and variables on different levels need no splitting.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.formats import canonical
from vadose.formats.opening import FormatError, expect, netcdf, unreadable, zip_members
from vadose.formats.stamps import decode_time

PRODUCT = "ERA5-Land"
TIME_NAMES = ("valid_time", "time")
FINAL = "1"  # expver of final data; 5 is the preliminary stream (ERA5T)


@dataclasses.dataclass(frozen=True)
class Piece:
    """One variable of one file.

    Attributes
    ----------
    name : str
        Short name as in netCDF: swvl1, tp, t2m, ...
    unit : str
        As the file says.
    times : (time,) datetime64[ns] array
        Validity time.
    reference : (time,) datetime64[ns] array
        Time to which a monthly mean belongs; differs from `times` in GRIB, where the validity of a mean is the second
        of its month.
    lat, lon : arrays
        Axes as stored.
    fields : callable
        (indices along time, slice of rows) -> (n, lat, lon) float32, NaN where missing.
    """

    name: str
    unit: str
    times: np.ndarray
    reference: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    fields: Callable[[np.ndarray, slice], np.ndarray]


@contextlib.contextmanager
def pieces(path: Path) -> Iterator[list[Piece]]:
    """All variables of a file, or of the files inside a ZIP, open until the block ends.

    Raises
    ------
    FormatError
        If the file or a member is of another kind, cut, or not laid out as one of the three layouts.
    """
    expect(path, ("netCDF-4", "netCDF-3", "GRIB", "ZIP"), PRODUCT)
    with contextlib.ExitStack() as stack:
        members = stack.enter_context(zip_members(path, PRODUCT))
        stack.enter_context(_named(members, path))
        found = []
        for member in members:
            kind = expect(member, ("netCDF-4", "netCDF-3", "GRIB"), PRODUCT)
            found += _grib(member) if kind == "GRIB" else _netcdf(stack.enter_context(netcdf(member, PRODUCT)), member)
        if not found:
            raise FormatError(
                f"{path}: expected variables of {PRODUCT}, found none. Delete the file and fetch it again."
            )
        yield found


@contextlib.contextmanager
def _named(members: list[Path], path: Path) -> Iterator[None]:
    """Errors about a member of a ZIP name the ZIP, which is the file that the user knows."""
    try:
        yield
    except FormatError as error:
        text = str(error)
        for member in members:
            if member != path:
                text = text.replace(str(member), f"{path} (member {member.name[4:]})")
        raise FormatError(text) from None


def _netcdf(dataset: xr.Dataset, path: Path) -> list[Piece]:
    """Pieces of a netCDF file, new or legacy."""
    time = next((name for name in TIME_NAMES if name in dataset.variables), None)
    lacking = [name for name in ("latitude", "longitude") if name not in dataset.variables] + (
        [] if time else ["valid_time or time"]
    )
    if lacking:
        raise FormatError(
            f"{path}: expected axes {', '.join(lacking)} of {PRODUCT}, found variables "
            f"{', '.join(map(str, dataset.variables))}. "
            "Check that the file comes from the Climate Data Store."
        )
    stamps = dataset[time]
    times = decode_time(np.atleast_1d(stamps.values), stamps.attrs.get("units"), stamps.attrs.get("calendar"), path)
    keep = _prefer_final(dataset, time, times, path)
    lat, lon = dataset["latitude"].values, dataset["longitude"].values
    found = []
    for name, field in dataset.data_vars.items():
        if not {"latitude", "longitude"} & set(field.dims):
            continue  # number, expver and the like
        field = field.squeeze([dim for dim in field.dims if dim in ("number", "surface") and field.sizes[dim] == 1])
        if not stamps.dims and time not in field.dims:
            field = field.expand_dims(time)
        wanted = (
            (time, "expver", "latitude", "longitude") if "expver" in field.dims else (time, "latitude", "longitude")
        )
        canonical.expect_dims(field.dims, wanted, str(name), path)
        fields = _reader(field, keep, _streams(dataset, path) if "expver" in field.dims else None, path)
        found.append(Piece(str(name), str(field.attrs.get("units", "")), times[keep], times[keep], lat, lon, fields))
    return found


def _reader(field: xr.DataArray, keep: np.ndarray, streams: list[int] | None, path: Path) -> Callable:
    """Function that reads fields of a netCDF variable."""
    time = field.dims[0]

    def fields(index: np.ndarray, rows: slice) -> np.ndarray:
        part = field.isel({time: keep[np.atleast_1d(index)], "latitude": rows})
        try:
            values = part.values
        except (OSError, RuntimeError, EOFError, ValueError) as error:
            raise unreadable(path, PRODUCT, error) from None
        if streams is None:
            return values.astype(np.float32)
        # Both streams may hold numbers at the seam (zeros among them), so they are never added: final where it is
        # there.
        result = values[:, streams[0]]
        for stream in streams[1:]:
            result = np.where(np.isnan(result), values[:, stream], result)
        return result.astype(np.float32)

    return fields


def _streams(dataset: xr.Dataset, path: Path) -> list[int]:
    """Positions along the dimension expver, final (1) before preliminary (5)."""
    if "expver" not in dataset.variables:
        raise FormatError(f"{path}: expected labels 1 and 5 of the dimension expver, found none. Fetch the file again.")
    return [int(index) for index in np.argsort([int(_word(label)) for label in dataset["expver"].values])]


def _word(label: object) -> str:
    text = label.decode() if isinstance(label, bytes) else str(label)
    return text.strip().lstrip("0") or "0"


def _prefer_final(dataset: xr.Dataset, time: str, times: np.ndarray, path: Path) -> np.ndarray:
    """Positions of the times in ascending order, each once; where a time occurs in both streams, the final one.

    A time that repeats within one stream stays twice, and the reader says so.
    """
    streams = np.ones(times.size, dtype=int)
    if "expver" in dataset.variables and dataset["expver"].dims == (time,):
        streams = np.array([int(_word(label)) for label in dataset["expver"].values])
    order = np.lexsort((streams, times))
    later = np.zeros(times.size, dtype=bool)
    later[1:] = (np.diff(times[order]) == np.timedelta64(0)) & (np.diff(streams[order]) > 0)
    return order[~later]


def _grib(path: Path) -> list[Piece]:
    """Pieces of a GRIB file: one pass over the headers, fields read at their offsets."""
    import eccodes

    messages: dict[str, list[tuple]] = {}
    with open(path, "rb") as stream:
        while True:
            try:
                handle = eccodes.codes_grib_new_from_file(stream)
            except eccodes.CodesInternalError as error:
                raise unreadable(path, PRODUCT, error) from None
            if handle is None:
                break
            try:
                name, header = _header(eccodes, handle, path)
            finally:
                eccodes.codes_release(handle)
            messages.setdefault(name, []).append(header)
    return [_grib_piece(name, headers, path) for name, headers in messages.items()]


def _header(eccodes, handle, path: Path) -> tuple[str, tuple]:
    """Short name, and (validity, reference, offset, unit, grid) of a message."""

    def get(key: str, kind: type | None = None):
        return eccodes.codes_get(handle, key, kind)

    if get("gridType") != "regular_ll" or get("jPointsAreConsecutive") or get("iScansNegatively"):
        raise FormatError(
            f"{path}: expected fields on a regular grid of latitudes and longitudes in rows from the west, found "
            f"{get('gridType')} in "
            "another order. Fetch the file from the Climate Data Store without regridding."
        )
    grid = tuple(
        get(key)
        for key in (
            "Nj",
            "Ni",
            "latitudeOfFirstGridPointInDegrees",
            "latitudeOfLastGridPointInDegrees",
            "longitudeOfFirstGridPointInDegrees",
            "longitudeOfLastGridPointInDegrees",
        )
    )
    validity = _stamp(get("validityDate"), get("validityTime"))
    reference = _stamp(get("dataDate"), get("dataTime"))
    name = get("shortName")
    return {"2t": "t2m"}.get(name, name), (validity, reference, int(get("offset", float)), get("units"), grid)


def _stamp(date: int, clock: int) -> np.datetime64:
    """GRIB's 19800801 and 1200 as a time."""
    text = f"{date:08d}"
    day = np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:]}", "ns")
    return day + np.timedelta64(clock // 100, "h") + np.timedelta64(clock % 100, "m")


def _grib_piece(name: str, headers: list[tuple], path: Path) -> Piece:
    headers = sorted(headers, key=lambda header: header[0])
    grids = {header[4] for header in headers}
    if len(grids) > 1:
        raise FormatError(
            f"{path}: expected one grid for all fields of {name}, found {len(grids)}. Split the file by grid."
        )
    rows, columns, first, last, west, east = grids.pop()
    lat = np.round(np.linspace(first, last, rows), 6)
    lon = np.round(np.linspace(west, east if east > west else east + 360.0, columns), 6)
    offsets = [header[2] for header in headers]

    def fields(index: np.ndarray, window: slice) -> np.ndarray:
        return np.stack([_decode(path, offsets[i], rows, columns)[window] for i in np.atleast_1d(index)])

    times, reference = (np.array([header[k] for header in headers], dtype="datetime64[ns]") for k in (0, 1))
    return Piece(name, headers[0][3], times, reference, lat, lon, fields)


def _decode(path: Path, offset: int, rows: int, columns: int) -> np.ndarray:
    """The field at an offset, (rows, columns) float32 with NaN for missing."""
    import eccodes

    with open(path, "rb") as stream:
        stream.seek(offset)
        try:
            handle = eccodes.codes_grib_new_from_file(stream)
            try:
                eccodes.codes_set(handle, "missingValue", 3.4028234663852886e38)
                values = eccodes.codes_get_values(handle)
                if eccodes.codes_get(handle, "bitmapPresent"):
                    values[values > 1e38] = np.nan
            finally:
                eccodes.codes_release(handle)
        except eccodes.CodesInternalError as error:
            raise unreadable(path, PRODUCT, error) from None
    return values.reshape(rows, columns).astype(np.float32)
