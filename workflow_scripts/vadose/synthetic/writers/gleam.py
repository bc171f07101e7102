"""Writer of files as GLEAM v3.8a E: north first, either axis order, axes without units, fill -999, stamps at the end of
the step."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.calendar import days_in_month, year_of
from vadose.synthetic.writers.placing import add, append, new_netcdf

FILL = np.float32(-999.0)
EPOCH = np.datetime64("1970-01-01")


def write(
    parts: xr.Dataset | Iterable[xr.Dataset],
    folder: Path,
    *,
    years: Sequence[int] | None = None,
    step: str = "monthly",
    order: Sequence[str] = ("time", "lat", "lon"),
    stamp: str = "end",
    units: str | None = None,
    version: str = "3.8a",
) -> list[Path]:
    """Write the monthly file, or the daily files, one a year.

    Parameters
    ----------
    parts : Dataset, or iterable of Datasets
        `evapotranspiration` (time, lat, lon), kg m-2 per step, whole years; parts follow each other in time, and one is
        held at a time.
    folder : Path
        Where the files go.
    years : sequence of int, optional
        First to last year, for the name of the monthly file; needed where `parts` is not one dataset.
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
    if isinstance(parts, xr.Dataset):
        parts, years = [parts], sorted(set(year_of(parts["time"].values).tolist()))
    if step == "monthly":
        name = f"E_{years[0]}-{years[-1]}_GLEAM_v{version}_MO.nc"
        return [_write(Path(folder) / name, parts, step, order, stamp, units, version)]
    paths = []
    for part in parts:
        year_of_time = year_of(part["time"].values)
        for year in np.unique(year_of_time):
            path = Path(folder) / f"E_{year}_GLEAM_v{version}.nc"
            paths.append(_write(path, [part.isel(time=year_of_time == year)], step, order, stamp, units, version))
    return paths


def _write(
    path: Path,
    parts: Iterable[xr.Dataset],
    step: str,
    order: Sequence[str],
    stamp: str,
    units: str | None,
    version: str,
) -> Path:
    units = {"monthly": "mm/month", "daily": "mm/day"}[step] if units is None else units
    attributes = {"standard_name": "Actual evaporation", "missing_value": FILL} | ({"units": units} if units else {})
    with new_netcdf(path) as out:
        out.setncatts({"title": f"GLEAM v{version}", "comment": "synthetic: no observation in it"})
        for part in parts:
            field = part["evapotranspiration"].sortby("lat", ascending=False).transpose(*order)
            times = field["time"].values
            length = days_in_month(times).astype(int) if step == "monthly" else np.ones(times.size, int)
            stamps = (times.astype("datetime64[D]") - EPOCH).astype(int) + {
                "start": 0,
                "end": length - 1,
                "next": length,
            }[stamp]
            append(
                out,
                "time",
                ("time",),
                stamps.astype(float),
                {"units": "days since 1970-01-01 00:00:00", "calendar": "standard"},
            )
            if "lat" not in out.variables:
                add(out, "lat", ("lat",), field["lat"].values, {"long_name": "latitude"})
                add(out, "lon", ("lon",), field["lon"].values, {"long_name": "longitude"})
            raw = field.values.astype(np.float32)
            raw[np.isnan(raw)] = FILL
            chunks = tuple(1 if axis == "time" else size for axis, size in zip(order, raw.shape))
            append(out, "E", tuple(order), raw, attributes, fill_value=FILL, compression="zlib", chunksizes=chunks)
    return path
