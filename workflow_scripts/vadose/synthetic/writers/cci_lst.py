"""Writer of files as ESA CCI LST SSM/I monthly: one file a month and pass, scaled shorts or floats, companions that are
no temperature."""

from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.calendar import year_of
from vadose.synthetic.writers.series import Draft, Series

FILL = {"short": np.int16(-32768), "float": np.float32(-32768.0)}
SCALE, OFFSET = 0.01, 273.15  # K
SWITCH = 2009


def write(
    dataset: xr.Dataset,
    folder: Path,
    *,
    overpass: str,
    packing: str = "short",
    north_first: bool = False,
    stamp: str = "01000000",
    version: str = "2.33",
    series: Series | None = None,
) -> list[Path]:
    """Write the files of one pass, one a month.

    Parameters
    ----------
    dataset : Dataset
        `land_surface_temperature` (time, lat, lon), K, of this pass.
    folder : Path
        Where the files go.
    overpass : {"ASC", "DES"}
        Ascending (about 18 h local time) or descending (about 6 h).
    packing : {"short", "float"}
        Scaled to hundredths of a kelvin, or plain.
    north_first : bool
        Order of the latitudes.
    stamp : {"01000000", "000000"}
        What follows YYYYMM in the name; both ways are in use.
    version : {"2.33", "2.23"}
        For the name.
    series : Series, optional
        That these files continue.

    Returns
    -------
    list of Path
        The files, in the order of the months.
    """
    field = dataset["land_surface_temperature"].transpose("time", "lat", "lon")
    field = field.sortby("lat", ascending=not north_first)
    paths, series = [], series or Series()
    for index, month in enumerate(field["time"].values.astype("datetime64[M]")):
        sensor = "SSMI13" if year_of(month) < SWITCH else "SSMI17"
        date = f"{str(month).replace('-', '')}{stamp}"
        name = f"ESACCI-LST-L3C-LST-{sensor}-0.25deg_1MONTHLY_{overpass}-{date}-fv{version}.nc"
        path = Path(folder) / name
        with series.new(path) as file:
            _describe_month(file, month, field.isel(time=[index]), packing)
        paths.append(path)
    return paths


def _add_axes(out: Draft, month: np.datetime64, field: xr.DataArray) -> None:
    seconds = (month.astype("datetime64[s]") - np.datetime64("1981-01-01", "s")).astype(float)
    out.add(
        "time",
        ("time",),
        np.array([seconds]),
        {"units": "seconds since 1981-01-01 00:00:00", "calendar": "standard"},
    )
    out.add(
        "lat",
        ("lat",),
        field["lat"].values.astype(np.float32),
        {"units": "degrees_north", "standard_name": "latitude"},
    )
    out.add(
        "lon",
        ("lon",),
        field["lon"].values.astype(np.float32),
        {"units": "degrees_east", "standard_name": "longitude"},
    )


def _describe_month(out: Draft, month: np.datetime64, field: xr.DataArray, packing: str) -> None:
    """One file."""
    values, axes = field.values, ("time", "lat", "lon")
    missing = np.isnan(values)
    fill = FILL[packing]
    attributes = {"units": "kelvin", "long_name": "land surface temperature", "standard_name": "surface_temperature"}
    if packing == "short":
        attributes |= {"scale_factor": SCALE, "add_offset": OFFSET}
        raw = np.where(missing, 0.0, np.round((np.where(missing, OFFSET, values) - OFFSET) / SCALE)).astype(np.int16)
    else:
        raw = values.astype(np.float32)
    raw[missing] = fill
    out.attributes = {
        "Conventions": "CF-1.8",
        "title": "ESA LST CCI SSM/I monthly L3C",
        "comment": "synthetic: no observation in it",
    }
    _add_axes(out, month, field)
    out.add("length_scale", ("length_scale",), np.array([1.0], np.float32))
    small = {"fill_value": FILL["short"], "compression": "zlib"}
    out.add(
        "lst_uncertainty",
        axes,
        np.where(missing, FILL["short"], 200).astype(np.int16),
        {"scale_factor": SCALE, "units": "kelvin"},
        **small,
    )
    out.add("lst", axes, raw, attributes, fill_value=fill, compression="zlib")
    out.add(
        "lst_time_correction",
        axes,
        np.where(missing, FILL["short"], 0).astype(np.int16),
        {"scale_factor": SCALE, "units": "kelvin"},
        **small,
    )
    out.add(
        "n",
        axes,
        np.where(missing, 0, 28).astype(np.int16),
        {"long_name": "number of observations"},
        compression="zlib",
    )
    out.add("lst_unc_sys", ("length_scale",), np.array([1.0], np.float32), {"units": "kelvin"})
