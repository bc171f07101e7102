"""The file layouts of ERA5-Land as one thing: pieces, each a variable with its times, its grid and a way to read single
fields.

New CDS netCDF (valid_time, or date as YYYYMMDD in autumn 2024; float32 with NaN, expver as text along time), legacy
netCDF (time in hours since 1900, packed 16-bit integers, expver as a dimension), GRIB, and a ZIP around any of them
whatever the extension says. Nothing but headers is read here until `Piece.fields` is called, so a month of hours costs
no more memory than the fields asked for. What is not asked for is passed over, whatever its layout.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Container, Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.formats import canonical
from vadose.formats.axes import expect_degrees
from vadose.formats.era5_land import grib, identity
from vadose.formats.era5_land.identity import PRODUCT, Evidence
from vadose.formats.opening import NETCDF, FormatError, expect, netcdf, unreadable, zip_members
from vadose.formats.stamps import decode_time, of_dates

TIME_NAMES = ("valid_time", "time", "date")
SCALARS = ("number", "surface", "expver")  # coordinates of size one that a field may carry
# ASSUME: fields without a scale in their file were packed in 16 bits over at most 1 m3 m-3, as ECMWF packs them.
UNPACKED_RESOLUTION = 2.0**-16


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
        Validity time, ascending; the month of a mean is the month of its validity.
    lat, lon : arrays
        Axes as stored.
    fields : callable
        (indices along time, slice of rows) -> (n, lat, lon) float32, NaN where missing.
    evidence : Evidence
        What the file says of product, stream and step.
    resolution : float
        Step of the packed numbers, in `unit`.
    """

    name: str
    unit: str
    times: AnyArray
    lat: Array
    lon: Array
    fields: Callable[[AnyArray, slice], AnyArray]
    evidence: Evidence = dataclasses.field(default_factory=Evidence)
    resolution: float = UNPACKED_RESOLUTION


@contextlib.contextmanager
def pieces(path: Path, wanted: Container[str]) -> Iterator[tuple[list[Piece], set[str]]]:
    """Variables of a file, or of the files inside a ZIP, that are wanted, and the names of all that are there; open
    until the block ends.

    Raises
    ------
    FormatError
        If the file or a member is of another kind, cut, not laid out as one of the layouts, or of another product.
    """
    expect(path, (*NETCDF, "GRIB", "ZIP"), PRODUCT)
    with contextlib.ExitStack() as stack:
        members = stack.enter_context(zip_members(path, PRODUCT))
        stack.enter_context(_named(members, path))
        every_piece: list[Piece] = []
        present: set[str] = set()
        for member in members:
            if expect(member, (*NETCDF, "GRIB"), PRODUCT) == "GRIB":
                fields, names = grib.scan(member, wanted)
                every_piece += [_of_grib(field, member) for field in fields]
            else:
                dataset = stack.enter_context(netcdf(member, PRODUCT))
                names = {str(name) for name, field in dataset.data_vars.items() if _is_field(field) or name in wanted}
                every_piece += _of_netcdf(dataset, [name for name in sorted(names) if name in wanted], member)
            present |= names
        for piece in every_piece:
            identity.expect_product(piece.evidence, piece.lat, piece.lon, piece.times, path)
        if not present:
            raise FormatError(
                f"{path}: expected variables of {PRODUCT}, found none. Check which variables were requested."
            )
        yield every_piece, present


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


def _is_field(field: xr.DataArray) -> bool:
    """Whether a variable is a field and no label such as number or expver."""
    return bool({"latitude", "longitude"} & set(map(str, field.dims))) or field.ndim > 1


def _of_netcdf(dataset: xr.Dataset, names: list[str], path: Path) -> list[Piece]:
    """Pieces of a netCDF file, new or legacy."""
    if not names:
        return []
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
    for name in ("latitude", "longitude"):
        expect_degrees(dataset[name], path, PRODUCT)
    dataset = dataset.expand_dims([name for name in ("latitude", "longitude") if dataset[name].ndim == 0])
    stamps = dataset[time]
    times = (
        of_dates(stamps.values, path)
        if time == "date"
        else decode_time(np.atleast_1d(stamps.values), stamps.attrs.get("units"), stamps.attrs.get("calendar"), path)
    )
    keep = _prefer_final(dataset, time, times)
    lat, lon = dataset["latitude"].values, dataset["longitude"].values
    variable_pieces = []
    for name in names:
        field = dataset[name]
        field = field.squeeze([dim for dim in field.dims if dim in SCALARS and field.sizes[dim] == 1])
        if not stamps.dims and time not in field.dims:
            field = field.expand_dims(time)
        dims = (time, "expver", "latitude", "longitude") if "expver" in field.dims else (time, "latitude", "longitude")
        if time == "date" or not stamps.dims:  # axes of size one were put in front
            field = field.transpose(*dims, missing_dims="ignore")
        canonical.expect_dims(field.dims, dims, name, path)
        fields = _reader(field, keep, _streams(dataset, path) if "expver" in field.dims else None, path)
        evidence = identity.of_netcdf(str(dataset.attrs.get("history", "")), field.attrs)
        resolution = abs(float(field.encoding.get("scale_factor", UNPACKED_RESOLUTION)))
        unit = str(field.attrs.get("units", ""))
        variable_pieces.append(Piece(name, unit, times[keep], lat, lon, fields, evidence, resolution))
    return variable_pieces


def _reader(field: xr.DataArray, keep: AnyArray, streams: list[int] | None, path: Path) -> Callable:
    """Function that reads fields of a netCDF variable."""
    time = field.dims[0]

    def fields(index: AnyArray, rows: slice) -> AnyArray:
        part = field.isel({time: keep[np.atleast_1d(index)], "latitude": rows})
        try:
            values = part.values
        except (OSError, RuntimeError, EOFError, ValueError, MemoryError) as error:
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


def _prefer_final(dataset: xr.Dataset, time: str, times: AnyArray) -> AnyArray:
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


def _of_grib(field: grib.Field, path: Path) -> Piece:
    """The piece of a variable of a GRIB file; fields are read at their offsets."""
    messages = field.messages
    rows, columns = field.lat.size, field.lon.size

    def fields(index: AnyArray, window: slice) -> AnyArray:
        return np.stack([grib.decode(path, messages[i].offset, rows, columns)[window] for i in np.atleast_1d(index)])

    times = np.array([message.validity for message in messages], dtype="datetime64[ns]")
    first = messages[0]
    resolution = max(message.resolution for message in messages)
    return Piece(field.name, first.unit, times, field.lat, field.lon, fields, first.evidence, resolution)
