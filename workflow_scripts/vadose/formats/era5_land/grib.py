"""GRIB files of the Climate Data Store, read with ecCodes itself: one pass over the headers gives the offset of every
field, no index file is left beside the data, and variables on different levels need no splitting."""

from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import AnyArray, Array
from vadose.formats.era5_land.identity import PRODUCT, Evidence
from vadose.formats.opening import FormatError, unreadable

GRID = (
    "Nj",
    "Ni",
    "latitudeOfFirstGridPointInDegrees",
    "latitudeOfLastGridPointInDegrees",
    "longitudeOfFirstGridPointInDegrees",
    "longitudeOfLastGridPointInDegrees",
)


class Message(NamedTuple):
    """Header of one field; `resolution` is the step of its packed numbers."""

    validity: np.datetime64
    offset: int
    unit: str
    grid: tuple
    evidence: Evidence
    resolution: float


class Field(NamedTuple):
    """All messages of one variable and stream, in the order of their validity."""

    name: str
    messages: list[Message]
    lat: Array
    lon: Array


def scan(path: Path, wanted: Container[str]) -> tuple[list[Field], set[str]]:
    """Variables of a GRIB file that are wanted, one for each stream, and the names of all that are there.

    Raises
    ------
    FormatError
        If a message is cut, or a wanted field lies on no regular grid, or on several.
    """
    import eccodes

    messages: dict[tuple[str, str | None], list[Message]] = {}
    present = set()
    try:
        with open(path, "rb") as stream:
            while (handle := eccodes.codes_grib_new_from_file(stream)) is not None:
                try:
                    short = eccodes.codes_get(handle, "shortName")
                    name = {"2t": "t2m"}.get(short, short)
                    present.add(name)
                    if name in wanted:
                        message = _header(eccodes, handle, path)
                        messages.setdefault((name, message.evidence.stream), []).append(message)
                finally:
                    eccodes.codes_release(handle)
    except (eccodes.CodesInternalError, OSError) as error:
        raise unreadable(path, PRODUCT, error) from None
    return [_field(name, headers, path) for (name, _), headers in messages.items()], present


def _header(eccodes, handle, path: Path) -> Message:
    def get(key: str, kind: type | None = None):
        return eccodes.codes_get(handle, key, kind)

    if get("gridType") != "regular_ll" or get("jPointsAreConsecutive") or get("iScansNegatively"):
        raise FormatError(
            f"{path}: expected fields on a regular grid of latitudes and longitudes in rows from the west, found "
            f"{get('gridType')} in another order. Fetch the file from the Climate Data Store without regridding."
        )
    # Class and stream stand in the local section of the European Centre.
    local = get("centre") == "ecmf" and eccodes.codes_is_defined(handle, "localDefinitionNumber")
    product_class = get("class") if local else None
    evidence = Evidence(
        product_class=product_class,
        stream=get("stream") if product_class else None,
        step_type=get("stepType") if product_class else None,
    )
    try:
        resolution = 2.0 ** get("binaryScaleFactor") * 10.0 ** -get("decimalScaleFactor")
    except eccodes.CodesInternalError:
        resolution = 0.0
    return Message(
        _stamp(get("validityDate"), get("validityTime")),
        int(get("offset", float)),
        get("units"),
        tuple(get(key) for key in GRID),
        evidence,
        resolution,
    )


def _stamp(date: int, clock: int) -> np.datetime64:
    """GRIB's 19800801 and 1200 as a time."""
    text = f"{date:08d}"
    day = np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:]}", "ns")
    return day + np.timedelta64(clock // 100, "h") + np.timedelta64(clock % 100, "m")


def _field(name: str, messages: list[Message], path: Path) -> Field:
    messages = sorted(messages, key=lambda message: message.validity)
    grids = {message.grid for message in messages}
    if len(grids) > 1:
        raise FormatError(
            f"{path}: expected one grid for all fields of {name}, found {len(grids)}. Split the file by grid."
        )
    rows, columns, first, last, west, east = grids.pop()
    lat = np.round(np.linspace(first, last, rows), 6)
    lon = np.round(np.linspace(west, east if east > west else east + 360.0, columns), 6)
    return Field(name, messages, lat, lon)


def decode(path: Path, offset: int, rows: int, columns: int) -> AnyArray:
    """The field at an offset, (rows, columns) float32 with NaN for missing.

    Parameters
    ----------
    path : Path
        The file.
    offset : int
        Byte at which the message begins.
    rows, columns : int
        Size of its grid.

    Raises
    ------
    FormatError
        If the message is cut.
    """
    import eccodes

    try:
        with open(path, "rb") as stream:
            stream.seek(offset)
            handle = eccodes.codes_grib_new_from_file(stream)
            try:
                eccodes.codes_set(handle, "missingValue", 3.4028234663852886e38)
                values = eccodes.codes_get_values(handle)
                if eccodes.codes_get(handle, "bitmapPresent"):
                    values[values > 1e38] = np.nan
            finally:
                eccodes.codes_release(handle)
    except (eccodes.CodesInternalError, OSError) as error:
        raise unreadable(path, PRODUCT, error) from None
    return values.reshape(rows, columns).astype(np.float32)
