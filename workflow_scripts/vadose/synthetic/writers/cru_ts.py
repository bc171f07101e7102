"""Writer of files as CRU TS 4: `stn` beside the variable, mid-month stamps in float32, 9.96921e36 over the oceans, gzip
around it."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.calendar import days_in_month, year_of
from vadose.core.units import KELVIN_OF_ZERO_CELSIUS
from vadose.files.atomic import replacing
from vadose.synthetic.writers.placing import add, new_netcdf

FILL = np.float32(9.96921e36)
NATIVE = {
    "air_temperature": (
        "tmp",
        KELVIN_OF_ZERO_CELSIUS,
        {"long_name": "near-surface temperature", "units": "degrees Celsius"},
        1200.0,
    ),
    "precipitation": ("pre", 0.0, {"long_name": "precipitation", "units": "mm/month"}, 450.0),
}
DECIMALS = 1  # the archive prints tenths
STATIONS = 8  # the count stops there


def write(
    dataset: xr.Dataset,
    folder: Path,
    *,
    packed: bool = True,
    version: str = "4.07",
    form: str = "NETCDF3_64BIT_OFFSET",
    jitter: float = 0.0,
) -> list[Path]:
    """Write one file for the whole period.

    Parameters
    ----------
    dataset : Dataset
        `air_temperature` in K or `precipitation` in kg m-2 per month, (time, lat, lon), whole years.
    folder : Path
        Where the file goes.
    packed : bool
        Whether to gzip it.
    version : str
        For the name.
    form : str
        netCDF format: files of this product occur in the classic and in the HDF5 format.
    jitter : float
        Days added to every stamp, as re-encoded copies show.

    Returns
    -------
    list of Path
        The one file.
    """
    canonical = next(name for name in NATIVE if name in dataset)
    native, offset, attributes, decay = NATIVE[canonical]
    times = dataset["time"].values
    years = year_of(times)
    path = Path(folder) / f"cru_ts{version}.{years[0]}.{years[-1]}.{native}.dat.nc"
    field = np.round(dataset[canonical].transpose("time", "lat", "lon").values - offset, DECIMALS).astype(np.float32)
    missing = np.isnan(field)
    field[missing] = FILL
    days = (
        (times.astype("datetime64[D]") - np.datetime64("1900-01-01")).astype(int) + days_in_month(times) // 2 + jitter
    )
    with new_netcdf(path, form) as out:
        out.setncatts(
            {"Conventions": "CF-1.4", "title": f"CRU TS{version}", "comment": "synthetic: no observation in it"}
        )
        add(
            out,
            "lon",
            ("lon",),
            dataset["lon"].values.astype(np.float32),
            {"long_name": "longitude", "units": "degrees_east"},
        )
        add(
            out,
            "lat",
            ("lat",),
            dataset["lat"].values.astype(np.float32),
            {"long_name": "latitude", "units": "degrees_north"},
        )
        units = {"long_name": "time", "units": "days since 1900-1-1", "calendar": "gregorian"}
        add(out, "time", ("time",), days.astype(np.float32), units)
        attributes = attributes | {"correlation_decay_distance": np.float32(decay), "missing_value": FILL}
        add(out, native, ("time", "lat", "lon"), field, attributes, fill_value=FILL)
        stations = np.where(missing, -999, STATIONS).astype(np.int32)
        words = {"description": "number of stations contributing to each datum", "missing_value": np.int32(-999)}
        add(out, "stn", ("time", "lat", "lon"), stations, words, fill_value=np.int32(-999))
    return [_gzip(path) if packed else path]


def _gzip(path: Path) -> Path:
    """Gzip a file and remove it; no name or clock time enters the stream, so equal data give equal bytes."""
    target = path.with_name(path.name + ".gz")
    with (
        replacing(target, durable=False) as part,
        open(path, "rb") as plain,
        open(part, "wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as stream,
    ):
        shutil.copyfileobj(plain, stream, 2**20)
    path.unlink()
    return target
