"""Writer twin of VODCA2GPP: one file, 8-day steps in days since 1858-11-17, missing as NaN or as a negative number."""

from pathlib import Path

import numpy as np
import xarray as xr

from vadose.formats.synthetic.placing import add, new_netcdf

EPOCH = np.datetime64("1858-11-17")


def write(
    dataset: xr.Dataset,
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
    dataset : Dataset
        `gross_primary_productivity` (time, lat, lon), g m-2 d-1 of carbon, on the first days of 8-day steps.
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
    field = dataset["gross_primary_productivity"].transpose("time", "lat", "lon").sortby("lat", ascending=not north_first)
    raw = field.values.astype(np.float32)
    absent = np.isnan(raw)
    raw[absent] = missing
    path = Path(folder) / name
    axes, fill = ("time", "lat", "lon"), {"fill_value": np.float32(missing)} if declared else {}
    options = {"compression": "zlib", "chunksizes": (1, *raw.shape[1:])} | fill
    with new_netcdf(path) as out:
        out.setncatts({"title": "VODCA2GPP v1", "comment": "synthetic: no observation in it"})
        days = (field["time"].values.astype("datetime64[D]") - EPOCH).astype(float)
        add(out, "time", ("time",), days, {"units": "days since 1858-11-17 00:00:00", "calendar": "standard"})
        add(out, "lat", ("lat",), field["lat"].values, {"units": "degrees_north", "standard_name": "latitude"})
        add(out, "lon", ("lon",), field["lon"].values, {"units": "degrees_east", "standard_name": "longitude"})
        uncertainty = np.where(absent, np.float32(missing), np.float32(0.3))
        add(out, "GPP_uncertainty", axes, uncertainty, {"units": "g C m-2 d-1"}, **options)
        add(out, "GPP", axes, raw, {"units": "g C m-2 d-1", "long_name": "gross primary production"}, **options)
    return [path]
