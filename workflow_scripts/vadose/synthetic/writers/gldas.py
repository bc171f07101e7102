"""Writes GLDAS-Noah 1.0 degree monthly files as the archive has them, header vintages and traps included."""

from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.formats.gldas import FILL, LAYERS
from vadose.synthetic.writers.series import Draft, Series

NEW_HEADER = np.datetime64("2020-07")  # first month without calendar and CDO attributes
EPOCH = {"2.0": "1948-01-01", "2.1": "2000-01-01"}
FREEZING = 273.15  # K
# name in the file: (unit, standard name, long name)
FIELDS = {
    "Snowf_tavg": ("kg m-2 s-1", "snowfall_flux", "Snow precipitation rate"),
    "Rainf_tavg": ("kg m-2 s-1", "rainfall_flux", "Rain precipitation rate"),
    "Evap_tavg": ("kg m-2 s-1", "water_evaporation_flux", "Evapotranspiration"),
    **dict.fromkeys(LAYERS, ("kg m-2", "soil_moisture_content", "Soil moisture")),
    "RootMoist_inst": ("kg m-2", "root_zone_soil_moisture", "Root zone soil moisture"),
    "Rainf_f_tavg": ("kg m-2 s-1", "precipitation_flux", "Total precipitation rate"),
    "Tair_f_inst": ("K", "air_temperature", "Temperature"),
}


def write(dataset: xr.Dataset, folder: Path, *, version: str = "2.1", series: Series | None = None) -> list[Path]:
    """One file GLDAS_NOAH10_M.A{YYYYMM}.021.nc4 (or .020.nc4) for every month of a canonical dataset.

    Parameters
    ----------
    dataset : Dataset
        soil_moisture(time, layer, lat, lon) in kg m-2 with four layers and, where wanted, precipitation and
        evapotranspiration in kg m-2 a month and air_temperature in K, on (time, lat, lon); any even grid; missing =
        NaN. The two masks of the product (more forcing cells than state cells) are those of the variables.
    folder : Path
        Where the files go; made if absent.
    version : str
        "2.0" (epoch 1948) or "2.1" (epoch 2000; new header from July 2020 on).
    series : Series, optional
        That these files continue.

    Returns
    -------
    list of Path
        In the order of the months.
    """
    lat, lon = (dataset[name].values.astype(np.float32) for name in ("lat", "lon"))
    times = calendar.month_start(dataset["time"].values)
    fields = _native(
        dataset.transpose("time", "layer", "lat", "lon", missing_dims="ignore"), calendar.days_in_month(times)
    )
    paths, series = [], series or Series()
    for step, month in enumerate(times.astype("datetime64[M]")):
        path = Path(folder) / f"GLDAS_NOAH10_M.A{str(month).replace('-', '')}.{version.replace('.', '').zfill(3)}.nc4"
        with series.new(path) as file:
            new = version == "2.1" and month >= NEW_HEADER
            file.attributes = _header(month, version, lat, lon, new)
            planes = {name: values[step] for name, values in fields.items()}
            (_new_vintage if new else _old_vintage)(file, month, version, lat, lon, planes)
        paths.append(path)
    return paths


def _native(dataset: xr.Dataset, days: np.ndarray) -> dict[str, np.ndarray]:
    """Fields (time, lat, lon) as the archive names them, float32, rates a second; decoys that no reader may take
    included."""
    seconds = (86400.0 * days)[:, None, None]
    fields = {}
    moisture = dataset["soil_moisture"].values.astype(float)
    for layer, name in enumerate(LAYERS):
        fields[name] = moisture[:, layer]
    # ASSUME: roots reach half of the third layer, so that this is not the sum of the layers, as in the archive.
    fields["RootMoist_inst"] = moisture[:, 0] + moisture[:, 1] + 0.5 * moisture[:, 2]
    if "evapotranspiration" in dataset:
        fields["Evap_tavg"] = dataset["evapotranspiration"].values / seconds
    if "air_temperature" in dataset:
        fields["Tair_f_inst"] = dataset["air_temperature"].values
    if "precipitation" in dataset:
        total = dataset["precipitation"].values / seconds
        fields["Rainf_f_tavg"] = total
        if "air_temperature" in dataset:
            snow = np.where(dataset["air_temperature"].values < FREEZING, total, 0.0)
            snow[np.isnan(moisture[:, 0])] = np.nan  # a flux of the land model, so its mask is that of the states
            fields["Snowf_tavg"], fields["Rainf_tavg"] = snow, total - snow
    return {
        name: np.where(np.isnan(fields[name]), FILL, fields[name]).astype(np.float32)
        for name in FIELDS
        if name in fields
    }


def _header(month: np.datetime64, version: str, lat: np.ndarray, lon: np.ndarray, new: bool) -> dict:
    forcing = "Princeton" if version == "2.0" else "GDAS-AGRMET-GPCPv13rA1"
    # A fixed lag stands for the time of production: equal inputs give equal bytes.
    created = (month + 1).astype("datetime64[D]") + np.timedelta64(90, "D")
    header = {
        "missing_value": np.float32(FILL),
        "tavg definition:": "past 3-hour average",
        "acc definition:": "past 3-hour accumulation",
        "inst definition:": "instantaneous",
        "title": f"GLDAS{version} LIS land surface model output monthly mean",
        "institution": "SYNTHETIC, in the format of NASA GSFC",
        "source": f"Noah_v3.6 forced with {forcing}"
        + (f"_{str(month).replace('-', '')}" if month >= np.datetime64("2020-01") else ""),
        "history": f"created on date: {created}T00:00:00.000",
        "references": "Rodell_etal_BAMS_2004, Kumar_etal_EMS_2006, Peters-Lidard_etal_ISSE_2007",
        "conventions": "CF-1.6",
        "comment": "website: https://ldas.gsfc.nasa.gov/gldas, https://lis.gsfc.nasa.gov/",
        "MAP_PROJECTION": "EQUIDISTANT CYLINDRICAL",
        "SOUTH_WEST_CORNER_LAT": lat[0],
        "SOUTH_WEST_CORNER_LON": lon[0],
        "DX": np.float32(lon[1] - lon[0]),
        "DY": np.float32(lat[1] - lat[0]),
    }
    cdo = {"CDI": "Climate Data Interface version 1.9.8 (https://mpimet.mpg.de/cdi)", "Conventions": "CF-1.6"}
    return header if new else cdo | header | {"CDO": "Climate Data Operators version 1.9.8 (https://mpimet.mpg.de/cdo)"}


def _days(month: np.datetime64, version: str) -> np.ndarray:
    """First day of the month and of the next in days since the epoch of the version."""
    edges = np.array([month, month + 1]).astype("datetime64[D]")
    return (edges - np.datetime64(EPOCH[version])).astype(float)


def _old_vintage(
    file: Draft, month: np.datetime64, version: str, lat: np.ndarray, lon: np.ndarray, planes: dict
) -> None:
    """Header as CDO wrote it until June 2020: a calendar, axes last, fields in the model's order."""
    days = _days(month, version)
    file.dimensions = {"time": None, "bnds": 2, "lon": lon.size, "lat": lat.size}
    time = {
        "standard_name": "time",
        "long_name": "time",
        "bounds": "time_bnds",
        "units": f"days since {EPOCH[version]} 00:00:00",
    }
    file.add("time", ("time",), days[:1], time | {"calendar": "standard", "axis": "T"})
    file.add("time_bnds", ("time", "bnds"), days[None])
    for name, values, word, unit, axis in (
        ("lon", lon, "longitude", "degrees_east", "X"),
        ("lat", lat, "latitude", "degrees_north", "Y"),
    ):
        file.add(name, (name,), values, {"standard_name": word, "long_name": word, "units": unit, "axis": axis})
    for name, values in planes.items():
        unit, standard, long = FIELDS[name]
        _add_field(
            file,
            name,
            values,
            {
                "standard_name": standard,
                "long_name": long,
                "units": unit,
                "missing_value": np.float32(FILL),
                "cell_methods": "time: mean",
            },
        )


def _new_vintage(
    file: Draft, month: np.datetime64, version: str, lat: np.ndarray, lon: np.ndarray, planes: dict
) -> None:
    """Header since July 2020: no calendar, scale_factor 1 and add_offset 0 everywhere, axes first, evaporation before
    the states."""
    days, first = _days(month, version), month.astype("datetime64[D]")
    last = (month + 1).astype("datetime64[D]") - 1
    file.dimensions = {"lon": lon.size, "lat": lat.size, "time": None, "bnds": 2}
    packing = {"scale_factor": np.float32(1.0), "add_offset": np.float32(0.0), "missing_value": np.float32(FILL)}
    for name, values, word, unit in (
        ("lat", lat, "latitude", "degrees_north"),
        ("lon", lon, "longitude", "degrees_east"),
    ):
        attributes = (
            {"units": unit, "standard_name": word, "long_name": word}
            | packing
            | {"vmin": values.min(), "vmax": values.max()}
        )
        file.add(name, (name,), values, attributes, fill_value=np.float32(FILL), zlib=True, complevel=4)
    time = {"units": f"days since {EPOCH[version]} 00:00:00", "long_name": "time", "time_increment": "one month"}
    time |= {
        "begin_date": str(first).replace("-", ""),
        "begin_time": "000000",
        "end_date": str(last).replace("-", ""),
        "end_time": "210000",
    }
    file.add("time", ("time",), days[:1], time | {"bounds": "time_bnds"})
    file.add("time_bnds", ("time", "bnds"), days[None])
    for name, values in planes.items():
        unit, standard, long = FIELDS[name]
        _add_field(
            file,
            name,
            values,
            {"units": unit, "standard_name": standard, "long_name": long, "cell_methods": "time: mean"} | packing,
        )


def _add_field(file: Draft, name: str, values: np.ndarray, attributes: dict) -> None:
    valid = values[values != np.float32(FILL)]
    if valid.size:
        attributes = attributes | {"vmin": valid.min(), "vmax": valid.max()}
    options = {
        "fill_value": np.float32(FILL),
        "zlib": True,
        "complevel": 4,
        "shuffle": True,
        "chunksizes": (1, *values.shape),
    }
    file.add(name, ("time", "lat", "lon"), values[None], attributes, **options)
