"""CRU TS 4: monthly station fields over land, one variable and the station counts behind it in one (gzipped) netCDF
file."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core.units import KELVIN_OF_ZERO_CELSIUS
from vadose.formats.axes import expect_field, expect_months, select_years
from vadose.formats.canonical import expect_units, label, orient
from vadose.formats.opening import FormatError, netcdf, unpacked

PRODUCT = "CRU TS"
FILL_ABOVE = 1e30  # the fill is 9.96921e36, also where a copy lost the attribute that says so


class Variable(NamedTuple):
    """What a native variable becomes."""

    canonical: str
    units: tuple[str, ...]
    offset: float


VARIABLES = {
    "tmp": Variable(
        "air_temperature", ("degrees Celsius", "degrees celsius", "degC", "Celsius", "celsius"), KELVIN_OF_ZERO_CELSIUS
    ),
    "pre": Variable("precipitation", ("mm/month", "mm month-1"), 0.0),
}


@contextlib.contextmanager
def _opened(path: Path, variable: str) -> Iterator[xr.Dataset]:
    """The file behind a possible .gz, its variable (by name: `stn`, the station count, is a field too), unit and axes
    checked."""
    if variable not in VARIABLES:
        raise ValueError(f"cru_ts: expected variable {' or '.join(VARIABLES)}, found '{variable}'.")
    with unpacked(path, PRODUCT) as plain:
        try:
            with netcdf(plain, PRODUCT, required=(variable, "time", "lat", "lon")) as dataset:
                expect_field(dataset, variable, path, PRODUCT)
                expect_units(dataset[variable].attrs.get("units", ""), VARIABLES[variable].units, variable, path)
                yield dataset
        except FormatError as error:
            if plain == path:
                raise
            raise FormatError(str(error).replace(str(plain), str(path))) from None


def read(path: Path, *, years: Sequence[int] | None = None, variable: str = "tmp") -> xr.Dataset:
    """Read a variable.

    Parameters
    ----------
    path : Path
        `cru_ts4.07.1901.2022.tmp.dat.nc.gz`, the same unpacked, or a decadal chunk. A .gz is unpacked into the
        temporary folder (about 3 GB for the whole record), not into memory.
    years : (first, last), optional
        Years to read, inclusive; only they are held in memory.
    variable : {"tmp", "pre"}
        Name in the file.

    Returns
    -------
    Dataset
        `air_temperature` (time, lat, lon), K, for "tmp"; `precipitation`, kg m-2 per month, for "pre". float64; NaN
        over the oceans.

    Raises
    ------
    FormatError
        If the file is of another kind, cut, in another unit, lacks the variable, a month or a year, or repeats a month.
    """
    path = Path(path)
    kept = VARIABLES.get(variable)
    with _opened(path, variable) as source:
        months = expect_months(
            source["time"].values, path, PRODUCT
        )  # stamps are mid-month in float32: minutes off, never a day
        part = select_years(months, years, path, PRODUCT, monthly=True)
        field = source[variable].isel(time=part).transpose("time", "lat", "lon").values.astype(float)
        coordinates = {"time": months[part], "lat": source["lat"].values, "lon": source["lon"].values}
    field[field > FILL_ABOVE] = np.nan
    field += kept.offset
    return label(orient(xr.Dataset({kept.canonical: (("time", "lat", "lon"), field)}, coordinates), path))


def check(path: Path, *, variable: str = "tmp") -> None:
    """Check kind, variable, unit and axes without reading the field (a .gz is unpacked once, which also finds a cut
    one).

    Raises
    ------
    FormatError
        Saying what is wrong with it.
    """
    path = Path(path)
    with _opened(path, variable) as source:
        expect_months(source["time"].values, path, PRODUCT)
        orient(xr.Dataset(coords={name: source[name].values for name in ("lat", "lon")}), path)
