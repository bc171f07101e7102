"""Writes ERA5-Land files in the three layouts of the Climate Data Store, as monthly means, daily means or hours, zipped
or not."""

import io
import tempfile
import zipfile
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.files.atomic import replacing
from vadose.formats.era5_land import ACCUMULATED, NATIVE
from vadose.synthetic.writers.placing import add, new_netcdf

LONG = {
    "swvl": "Volumetric soil water layer",
    "tp": "Total precipitation",
    "e": "Total evaporation",
    "t2m": "2 metre temperature",
    "stl1": "Soil temperature level 1",
}
PARAMETERS = {"swvl1": 39, "swvl2": 40, "swvl3": 41, "swvl4": 42, "tp": 228, "e": 182, "t2m": 167, "lsm": 172, "z": 129}
PARAMETERS |= {"stl1": 139}
FILL = -32767
STEP = {"monthly_means": None, "daily_statistics": np.timedelta64(24, "h"), "hourly": np.timedelta64(1, "h")}
STREAM = {"monthly_means": "moda", "daily_statistics": "oper", "hourly": "oper"}
ZIP_TIME = (2000, 1, 1, 0, 0, 0)  # no clock time in a product


def write(
    dataset: xr.Dataset,
    path: Path,
    *,
    layout: str = "netcdf",
    route: str = "monthly_means",
    zipped: bool = False,
    east: bool = True,
    provisional_from: np.datetime64 | None = None,
    amplitude: float = 0.05,
) -> Path:
    """One file (or ZIP) of all variables and times of a canonical dataset.

    Parameters
    ----------
    dataset : Dataset
        Monthly: any of soil_moisture(time, layer, lat, lon) in m3 m-3, precipitation and evapotranspiration in kg m-2 a
        month, air_temperature in K, land_sea_mask, on an even grid; NaN over the ocean.
    path : Path
        Name of the file; the archive's own names are arbitrary.
    layout : str
        "netcdf" (new), "legacy" or "grib".
    route : str
        "monthly_means", "daily_statistics" (no accumulations) or "hourly" (with the closing hour of the last month if
        there are accumulations).
    zipped : bool
        Pack into a ZIP, one member per stepType, as the archive does even for `unarchived`; the extension stays.
    east : bool
        Longitudes 0..360 as in a global request; False keeps -180..180 as an area request does.
    provisional_from : datetime64, optional
        First month of the preliminary stream: label 0005 (new) or the dimension expver (legacy).
    amplitude : float
        Days and hours swing around their monthly mean by this share; the mean of a month stays what it is.
    """
    fields, times = _native(dataset, route, amplitude)
    lat = dataset["lat"].values
    lon = dataset["lon"].values
    columns = np.argsort(lon % 360.0, kind="stable") if east else np.arange(lon.size)
    lon = (lon % 360.0 if east else lon)[columns]
    fields = {name: (unit, values[:, ::-1][:, :, columns]) for name, (unit, values) in fields.items()}
    lat = lat[::-1]
    maker = {"netcdf": _netcdf, "legacy": _legacy, "grib": _grib}[layout]
    path = Path(path)
    if zipped:
        instant = {name: field for name, field in fields.items() if name not in ACCUMULATED}
        members = {"instant": instant, "accum": {name: fields[name] for name in fields if name in ACCUMULATED}}
        suffix = "grib" if layout == "grib" else "nc"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for step, chosen in members.items():
                if chosen:
                    label = zipfile.ZipInfo(f"data_stream-{STREAM[route]}_stepType-{step}.{suffix}", ZIP_TIME)
                    archive.writestr(label, maker(chosen, times, lat, lon, route, provisional_from))
        content = buffer.getvalue()
    else:
        content = maker(fields, times, lat, lon, route, provisional_from)
    with replacing(path, durable=False) as part:
        part.write_bytes(content)
    return path


def _native(dataset: xr.Dataset, route: str, amplitude: float) -> tuple[dict, np.ndarray]:
    """Short name -> (unit, values(time, lat, lon)), and the times of the route."""
    months = calendar.month_start(dataset["time"].values)
    fields = {}
    for variable, (short, units) in NATIVE.items():
        if variable not in dataset:
            continue
        field = dataset[variable].transpose("time", ..., "lat", "lon").sortby("lat")
        if variable == "soil_moisture":
            for position, layer in enumerate(dataset["layer"].values):
                fields[short[int(layer) - 1]] = (units[0], field.values[:, position].astype(float))
        elif short[0] in ACCUMULATED:  # metres a day
            sign = -1.0 if variable == "evapotranspiration" else 1.0
            fields[short[0]] = (units[-1], sign * field.values / 1000.0 / calendar.days_in_month(months)[:, None, None])
        else:
            fields[short[0]] = (units[0], field.values.astype(float))
    if route == "monthly_means":
        return fields, months
    closing = route == "hourly" and any(name in ACCUMULATED for name in fields)
    if route == "daily_statistics" and any(name in ACCUMULATED for name in fields):
        raise ValueError(
            "dataset: expected no precipitation or evapotranspiration for daily_statistics, which has no accumulations."
        )
    times = np.concatenate([np.arange(month, _next(month), STEP[route]) for month in months])
    if closing:
        times = np.append(times, _next(months[-1]))
    return {
        name: (unit, _spread(values, months, times, name, amplitude)) for name, (unit, values) in fields.items()
    }, times


def _next(month: np.datetime64) -> np.datetime64:
    return (month.astype("datetime64[M]") + 1).astype("datetime64[ns]")


def _spread(values: np.ndarray, months: np.ndarray, times: np.ndarray, name: str, amplitude: float) -> np.ndarray:
    """Days or hours of a monthly mean: a sine of whole waves around it; what accumulates grows from 00 UTC to the day's
    total."""
    result = np.zeros((times.size, *values.shape[1:]))
    accumulated = name in ACCUMULATED
    day = np.timedelta64(24, "h")
    for index, time in enumerate(times):
        # The value at midnight is the total of the day before.
        belongs = time - day if accumulated and time == time.astype("datetime64[D]") else time
        month = int(np.clip(np.searchsorted(months, belongs, "right") - 1, 0, months.size - 1))
        length = _next(months[month]) - months[month]
        if not accumulated:
            phase = (time - months[month]) / length
            result[index] = values[month] * (1.0 + amplitude * np.sin(2 * np.pi * phase))
            continue
        start = belongs.astype("datetime64[D]").astype("datetime64[ns]")
        phase = (start - months[month]) / length
        result[index] = values[month] * (1.0 + amplitude * np.sin(2 * np.pi * phase)) * ((time - start) / day)
    return result


def _long(name: str) -> str:
    return f"{LONG['swvl']} {name[-1]}" if name.startswith("swvl") else LONG.get(name, name)


def _memory(make) -> bytes:
    """Bytes of a netCDF file (made on disk: an image made in memory ends in empty blocks and cannot be opened for
    writing)."""
    with tempfile.TemporaryDirectory(prefix="vadose_") as folder:
        path = Path(folder) / "data.nc"
        with new_netcdf(path) as file:
            make(file)
        return path.read_bytes()


def _netcdf(fields: dict, times: np.ndarray, lat: np.ndarray, lon: np.ndarray, route: str, provisional_from) -> bytes:
    """New layout: valid_time, descending float64 latitude, float32 with NaN, scalar number, expver as text along
    valid_time."""

    def make(file: netCDF4.Dataset) -> None:
        file.setncatts(
            {
                "GRIB_centre": "ecmf",
                "Conventions": "CF-1.7",
                "institution": "SYNTHETIC, in the format of ECMWF",
                "history": _history(route),
            }
        )
        add(
            file,
            "number",
            (),
            np.int64(0),
            {"long_name": "ensemble member numerical id", "units": "1", "standard_name": "realization"},
        )
        if route == "daily_statistics":
            first = times[0].astype("datetime64[D]")
            stamps, unit = (times - first) / np.timedelta64(1, "D"), f"days since {first} 00:00:00"
        else:
            stamps, unit = (
                (times - np.datetime64("1970-01-01", "ns")) / np.timedelta64(1, "s"),
                "seconds since 1970-01-01",
            )
        time = {"units": unit, "calendar": "proleptic_gregorian", "standard_name": "time", "long_name": "time"}
        add(file, "valid_time", ("valid_time",), stamps.astype(np.int64), time)
        attributes = {
            "units": "degrees_north",
            "standard_name": "latitude",
            "long_name": "latitude",
            "stored_direction": "decreasing",
        }
        add(file, "latitude", ("latitude",), lat.astype(float), attributes, fill_value=np.nan)
        attributes = {"units": "degrees_east", "standard_name": "longitude", "long_name": "longitude"}
        add(file, "longitude", ("longitude",), lon.astype(float), attributes, fill_value=np.nan)
        if route != "daily_statistics":
            final = np.ones(times.size, dtype=bool) if provisional_from is None else times < provisional_from
            labels = file.createVariable("expver", str, ("valid_time",))
            labels[:] = np.where(final, "0001", "0005").astype(object)
        for name, (unit, values) in fields.items():
            attributes = {
                "GRIB_paramId": np.int64(PARAMETERS[name]),
                "GRIB_missingValue": 3.4028234663852886e38,
                "GRIB_units": unit,
                "long_name": _long(name),
                "units": unit,
                "standard_name": "unknown",
                "coordinates": "number valid_time latitude longitude"
                + ("" if route == "daily_statistics" else " expver"),
            }
            options = {"fill_value": np.float32(np.nan), "zlib": True, "complevel": 1, "shuffle": True}
            add(file, name, ("valid_time", "latitude", "longitude"), values.astype(np.float32), attributes, **options)

    return _memory(make)


def _history(route: str) -> str:
    """What the archive writes of how a file was made, which tells its time resolution."""
    if route == "daily_statistics":
        return "earthkit.transforms.aggregate.temporal.daily_reduce(field, how=mean, **{'time_shift': {'hours': 0}})"
    return f'cfgrib with {{"source": "data.grib", "filter_by_keys": {{"stream": ["{STREAM[route]}"]}}}}'


def _legacy(fields: dict, times: np.ndarray, lat: np.ndarray, lon: np.ndarray, route: str, provisional_from) -> bytes:
    """Layout before 2024: packed 16-bit integers, hours since 1900, float32 axes; a mixed request has the dimension
    expver."""
    hours = ((times - np.datetime64("1900-01-01", "ns")) / np.timedelta64(1, "h")).astype(np.int32)

    def make(file: netCDF4.Dataset) -> None:
        file.setncatts({"Conventions": "CF-1.6", "history": "SYNTHETIC, in the format of grib_to_netcdf"})
        add(
            file,
            "longitude",
            ("longitude",),
            lon.astype(np.float32),
            {"units": "degrees_east", "long_name": "longitude"},
        )
        add(
            file, "latitude", ("latitude",), lat.astype(np.float32), {"units": "degrees_north", "long_name": "latitude"}
        )
        if provisional_from is not None:
            add(file, "expver", ("expver",), np.array([1, 5], dtype=np.int32), {"long_name": "expver"})
        add(
            file,
            "time",
            ("time",),
            hours,
            {"units": "hours since 1900-01-01 00:00:00.0", "long_name": "time", "calendar": "gregorian"},
        )
        for name, (unit, values) in fields.items():
            packed, scale, offset = _packed(values)
            dims = ("time", "latitude", "longitude")
            if provisional_from is not None:
                late = times >= provisional_from
                final, preliminary = packed.copy(), packed.copy()
                final[late], preliminary[~late] = FILL, FILL
                packed, dims = np.stack([final, preliminary], axis=1), ("time", "expver", "latitude", "longitude")
            attributes = {
                "scale_factor": scale,
                "add_offset": offset,
                "missing_value": np.int16(FILL),
                "units": unit,
                "long_name": _long(name),
            }
            add(file, name, dims, packed, attributes, fill_value=np.int16(FILL))

    return _memory(make)


def _packed(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """16-bit integers, scale and offset as grib_to_netcdf chooses them."""
    low, high = np.nanmin(values), np.nanmax(values)
    scale = float((high - low) / (2**16 - 4)) or 1.0
    offset = float((high + low) / 2)
    return np.where(np.isnan(values), FILL, np.round((values - offset) / scale)).astype(np.int16), scale, offset


def _grib(fields: dict, times: np.ndarray, lat: np.ndarray, lon: np.ndarray, route: str, provisional_from) -> bytes:
    """GRIB 1; a monthly mean is an average of 744 steps of a day, so that its validity is the second of the month."""
    import eccodes

    messages = []
    for index, time in enumerate(times):
        for name, (_, values) in fields.items():
            handle = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib1")
            keys = _grid_keys(lat, lon) | {"centre": "ecmf", "paramId": PARAMETERS[name]}
            if name.startswith(("swvl", "stl")):
                keys |= {
                    "indicatorOfTypeOfLevel": 112,
                    "topLevel": (0, 7, 28, 100)[int(name[-1]) - 1],
                    "bottomLevel": (7, 28, 100, 255)[int(name[-1]) - 1],
                }
            keys |= {"class": "l5", "stream": STREAM[route], "expver": "0001"} | _time_keys(name, time, route)
            for key, value in keys.items():
                eccodes.codes_set(handle, key, value)
            field = values[index].ravel()
            eccodes.codes_set(handle, "bitmapPresent", int(np.isnan(field).any()))
            eccodes.codes_set(handle, "missingValue", -1e30)
            eccodes.codes_set(handle, "bitsPerValue", 24)
            eccodes.codes_set_values(handle, np.where(np.isnan(field), -1e30, field))
            messages.append(eccodes.codes_get_message(handle))
            eccodes.codes_release(handle)
    return b"".join(messages)


def _grid_keys(lat: np.ndarray, lon: np.ndarray) -> dict:
    return {
        "Ni": lon.size,
        "Nj": lat.size,
        "latitudeOfFirstGridPointInDegrees": float(lat[0]),
        "latitudeOfLastGridPointInDegrees": float(lat[-1]),
        "longitudeOfFirstGridPointInDegrees": float(lon[0]),
        "longitudeOfLastGridPointInDegrees": float(lon[-1]),
        "iDirectionIncrementInDegrees": float(lon[1] - lon[0]),
        "jDirectionIncrementInDegrees": float(lat[0] - lat[1]),
    }


def _time_keys(name: str, time: np.datetime64, route: str) -> dict:
    """Reference time and steps: means over a day's steps, analyses at their hour, accumulations from 00 UTC."""
    day = time.astype("datetime64[D]")
    hour = int((time - day) / np.timedelta64(1, "h"))
    if route == "monthly_means":
        keys = {"timeRangeIndicator": 133, "P1": 1, "P2": 24, "unitOfTimeRange": 1, "numberIncludedInAverage": 744}
    elif name in ACCUMULATED:
        day, hour = (day - 1, 24) if hour == 0 else (day, hour)
        return {
            "dataDate": int(str(day).replace("-", "")),
            "dataTime": 0,
            "timeRangeIndicator": 4,
            "P1": 0,
            "P2": hour,
            "unitOfTimeRange": 1,
        }
    else:
        return {
            "dataDate": int(str(day).replace("-", "")),
            "dataTime": hour * 100,
            "timeRangeIndicator": 0,
            "P1": 0,
            "unitOfTimeRange": 1,
        }
    return keys | {"dataDate": int(str(day).replace("-", "")), "dataTime": 0}
