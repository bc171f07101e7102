"""Writer of files as VODCA2GPP: one file, 8-day steps in days since 1858-11-17, missing as NaN or as a negative
number."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.synthetic.writers.placing import add, append, new_netcdf

EPOCH = np.datetime64("1858-11-17")


def write(
    parts: xr.Dataset | Iterable[xr.Dataset],
    folder: Path,
    *,
    north_first: bool = False,
    missing: float = -9999.0,
    declared: bool = True,
    name: str = "VODCA2GPP_v1.nc",
) -> list[Path]:
    """Write the file.

    Parameters
    ----------
    parts : Dataset, or iterable of Datasets
        `gross_primary_productivity` (time, lat, lon), g m-2 d-1 of carbon, on the first days of 8-day steps; parts
        follow each other in time, and one is held at a time.
    folder : Path
        Where the file goes.
    north_first : bool
        Order of the latitudes.
    missing : float
        What stands for missing values; NaN occurs too.
    declared : bool
        Whether the file says so in `_FillValue`.
    name : str
        Name of the file.

    Returns
    -------
    list of Path
        The one file.
    """
    path = Path(folder) / name
    axes, fill = ("time", "lat", "lon"), {"fill_value": np.float32(missing)} if declared else {}
    with new_netcdf(path) as out:
        out.setncatts({"title": "VODCA2GPP v1", "comment": "synthetic: no observation in it"})
        for part in [parts] if isinstance(parts, xr.Dataset) else parts:
            field = part["gross_primary_productivity"].transpose(*axes).sortby("lat", ascending=not north_first)
            raw = field.values.astype(np.float32)
            absent = np.isnan(raw)
            raw[absent] = missing
            days = (field["time"].values.astype("datetime64[D]") - EPOCH).astype(float)
            append(out, "time", ("time",), days, {"units": "days since 1858-11-17 00:00:00", "calendar": "standard"})
            if "lat" not in out.variables:
                add(out, "lat", ("lat",), field["lat"].values, {"units": "degrees_north", "standard_name": "latitude"})
                add(out, "lon", ("lon",), field["lon"].values, {"units": "degrees_east", "standard_name": "longitude"})
            uncertainty = np.where(absent, np.float32(missing), np.float32(0.3))
            options = {"compression": "zlib", "chunksizes": (1, *raw.shape[1:])} | fill
            append(out, "GPP_uncertainty", axes, uncertainty, {"units": "g C m-2 d-1"}, **options)
            append(out, "GPP", axes, raw, {"units": "g C m-2 d-1", "long_name": "gross primary production"}, **options)
    return [path]
