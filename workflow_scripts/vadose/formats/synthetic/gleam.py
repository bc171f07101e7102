"""Writer twin of GLEAM v3.8a E: north first, either axis order, axes without units, fill -999, stamps at the end of the step."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.calendar import days_in_month, year_of
from vadose.formats.synthetic.placing import add, new_netcdf

FILL = np.float32(-999.0)
EPOCH = np.datetime64("1970-01-01")


def write(
    dataset: xr.Dataset,
    folder: Path,
    *,
    step: str = "monthly",
    order: Sequence[str] = ("time", "lat", "lon"),
    stamp: str = "end",
    units: str | None = None,
    version: str = "3.8a",
) -> list[Path]:
    """Write the monthly file, or the daily files, one a year.

    Parameters
    ----------
    dataset : Dataset
        `evapotranspiration` (time, lat, lon), kg m-2 per step, whole years.
    folder : Path
        Where the files go.
    step : {"monthly", "daily"}
        Of the dataset.
    order : sequence of str
        Order of the axes; (time, lon, lat) occurs.
    stamp : {"end", "start", "next"}
        Last day of the month, its first, or the midnight after it.
    units : str, optional
        Attribute of E; by default mm/month or mm/day. Monthly files labelled mm/year occur; "" leaves it out.
    version : str
        For the name.

    Returns
    -------
    list of Path
        The files, in the order of their years.
    """
    field = dataset["evapotranspiration"].sortby("lat", ascending=False)
    times = field["time"].values
    years = year_of(times)
    if step == "monthly":
        name, length = f"E_{years[0]}-{years[-1]}_GLEAM_v{version}_MO.nc", days_in_month(times).astype(int)
        parts = {name: np.arange(times.size)}
    else:
        length = np.ones(times.size, int)
        parts = {f"E_{year}_GLEAM_v{version}.nc": np.flatnonzero(years == year) for year in np.unique(years)}
    stamps = (times.astype("datetime64[D]") - EPOCH).astype(int) + {"start": 0, "end": length - 1, "next": length}[stamp]
    units = {"monthly": "mm/month", "daily": "mm/day"}[step] if units is None else units
    for name, rows in parts.items():
        raw = field.isel(time=rows).transpose(*order).values.astype(np.float32)
        raw[np.isnan(raw)] = FILL
        with new_netcdf(Path(folder) / name) as out:
            out.setncatts({"title": f"GLEAM v{version}", "comment": "synthetic: no observation in it"})
            add(out, "time", ("time",), stamps[rows].astype(float), {"units": "days since 1970-01-01 00:00:00", "calendar": "standard"})
            add(out, "lat", ("lat",), field["lat"].values, {"long_name": "latitude"})
            add(out, "lon", ("lon",), field["lon"].values, {"long_name": "longitude"})
            attributes = {"standard_name": "Actual evaporation", "missing_value": FILL} | ({"units": units} if units else {})
            add(out, "E", tuple(order), raw, attributes, fill_value=FILL, compression="zlib")
    return [Path(folder) / name for name in parts]
