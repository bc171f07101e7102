"""Writer of files as GPCP daily v1.3: one file a day, south-west corners as coordinates, longitudes 0..359,
`valid_range` as text."""

from pathlib import Path

import numpy as np
import xarray as xr

from vadose.files.atomic import replacing
from vadose.synthetic.writers.placing import add, new_netcdf

CREATION_DELAY = np.timedelta64(120, "D")  # days between a day and the creation date in its file's name
PRECIPITATION = {
    "units": "mm/day",
    "long_name": "NOAA Climate Data Record (CDR) of Daily GPCP Satellite-Gauge Combined Precipitation",
    "standard_name": "lwe_precipitation_rate",
    "cell_methods": "area: mean time: mean",
    "coordinates": "time latitude longitude",
    "valid_range": "0.0, 100.0",
}


def write(
    dataset: xr.Dataset, folder: Path, *, created: str | None = None, form: str = "NETCDF4", missing: float = -9999.0
) -> list[Path]:
    """Write one file for each day.

    Parameters
    ----------
    dataset : Dataset
        `precipitation` (time, lat, lon), kg m-2 per day, global, lat ascending, lon -180..180.
    folder : Path
        Where the files go.
    created : str, optional
        Creation date YYYYMMDD for the names; by default 120 days after each day.
    form : {"NETCDF4", "NETCDF3_CLASSIC"}
        Both occur behind the extension .nc.
    missing : float
        Number for missing values; copies use -9999, -999.9 and -99999.

    Returns
    -------
    list of Path
        The files, in the order of the days.
    """
    lat, lon = dataset["lat"].values, dataset["lon"].values
    south = (lat - 90.0 / lat.size).astype(np.float32)
    west = (lon - 180.0 / lon.size) % 360.0
    order = np.argsort(west)
    west = west[order].astype(np.float32)
    grid = (south, west, np.float32(180.0 / lat.size), np.float32(360.0 / lon.size))
    field = dataset["precipitation"].transpose("time", "lat", "lon").values
    paths, template = [], b""
    for index, day in enumerate(dataset["time"].values.astype("datetime64[D]")):
        stamp = created or str(day + CREATION_DELAY).replace("-", "")
        path = Path(folder) / f"gpcp_v01r03_daily_d{str(day).replace('-', '')}_c{stamp}.nc"
        values = field[index][:, order].astype(np.float32)
        values[np.isnan(values)] = missing
        if template:
            with replacing(path, durable=False) as part:
                part.write_bytes(_classic_day(template, day, values))
        else:
            _write_day(path, day, values, grid, form, missing)
            template = path.read_bytes() if form == "NETCDF3_CLASSIC" else b""
        paths.append(path)
    return paths


def _classic_day(template: bytes, day: np.datetime64, values: np.ndarray) -> bytes:
    """The bytes of a day in the classic form, in which days differ in the numbers alone, and these lie at the end in
    the order of `_write_day`: a tenth of the time that the library takes."""
    number = day.astype(int)
    rows, columns = values.shape
    time_bounds = 4 * (values.size + 2)  # bytes from the end; before them the bounds of rows and columns, and the time
    time = time_bounds + 4 * (2 * rows + 2 * columns + 1)
    return b"".join(
        [
            template[:-time],
            np.array(number, ">f4").tobytes(),
            template[4 - time : -time_bounds],
            np.array([number, number + 1], ">f4").tobytes(),
            values.astype(">f4").tobytes(),
        ]
    )


def _write_day(path: Path, day: np.datetime64, values: np.ndarray, grid: tuple, form: str, missing: float) -> None:
    """One file."""
    south, west, height, width = grid
    number = np.array([day.astype(int)], np.float32)
    with new_netcdf(path, form) as out:
        out.setncatts(
            {
                "Conventions": "CF-1.6, ACDD 1.3",
                "product_version": "v01r03",
                "license": "No constraints on data access or use.",
            }
        )
        add(
            out,
            "latitude",
            ("latitude",),
            south,
            {"units": "degrees_north", "standard_name": "latitude", "bounds": "lat_bounds"},
        )
        add(
            out,
            "longitude",
            ("longitude",),
            west,
            {"units": "degrees_east", "standard_name": "longitude", "bounds": "lon_bounds"},
        )
        add(
            out,
            "time",
            ("time",),
            number,
            {"units": "days since 1970-01-01 00:00:00 0:00", "calendar": "standard", "bounds": "time_bounds"},
        )
        add(out, "lat_bounds", ("latitude", "nv"), np.stack([south, south + height], axis=1))
        add(out, "lon_bounds", ("longitude", "nv"), np.stack([west, west + width], axis=1))
        add(out, "time_bounds", ("time", "nv"), np.stack([number, number + 1], axis=1))
        add(
            out,
            "precip",
            ("time", "latitude", "longitude"),
            values[None],
            PRECIPITATION | {"missing_value": np.float32(missing)},
        )
