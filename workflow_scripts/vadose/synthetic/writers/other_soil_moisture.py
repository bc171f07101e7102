"""Writers of soil moisture as GLEAM v3.8a, ESA CCI v09.1 and MERRA-2 (docs/formats.md#other-soil-moisture)."""

from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.calendar import days_in_month, year_of
from vadose.synthetic.writers.placing import add, new_netcdf

EPOCH = np.datetime64("1970-01-01")
DAYS_BETWEEN = 4  # days from one file of CCI to the next
STREAMS = ((2010, 400), (2000, 300), (1992, 200), (0, 100))  # first year of a stream of MERRA-2, its number


def _raw(values: np.ndarray, fill: np.float32) -> np.ndarray:
    return np.where(np.isnan(values), fill, values).astype(np.float32)


def _axes(out, field: xr.DataArray) -> None:
    for name, axis in (("lat", "north"), ("lon", "east")):
        attributes = {"units": f"degrees_{axis}", "long_name": {"lat": "latitude", "lon": "longitude"}[name]}
        add(out, name, (name,), field[name].values, attributes)


def write_gleam_smroot(fields: dict[str, xr.DataArray], folder: Path) -> list[Path]:
    """One monthly file a variable (SMroot, SMsurf): north first, fill -999, stamps on the last day of the month."""
    paths = []
    for name, field in fields.items():
        years, times = year_of(field["time"].values), field["time"].values.astype("datetime64[D]")
        paths.append(Path(folder) / f"{name}_{years[0]}-{years[-1]}_GLEAM_v3.8a_MO.nc")
        with new_netcdf(paths[-1]) as out:
            days = (times - EPOCH).astype(int) + days_in_month(field["time"].values).astype(int) - 1
            units = {"units": "days since 1970-01-01 00:00:00", "calendar": "standard"}
            add(out, "time", ("time",), days.astype(float), units)
            northern = field.sortby("lat", ascending=False)
            _axes(out, northern)
            attributes = {"units": "m3/m3", "missing_value": np.float32(-999.0)}
            raw = _raw(northern.values, np.float32(-999.0))
            add(out, name, northern.dims, raw, attributes, fill_value=np.float32(-999.0), compression="zlib")
    return paths


def write_cci_sm(field: xr.DataArray, folder: Path) -> list[Path]:
    """One file a day, north first, fill -9999, valid range 0 to 1; every fourth day of the month's mean, as what
    satellites see of a place is a part of its days."""
    paths, northern = [], field.sortby("lat", ascending=False)
    for month, values in zip(field["time"].values.astype("datetime64[D]"), northern.values, strict=True):
        length = int(days_in_month(np.array([month], "datetime64[ns]"))[0])
        for day in month + np.arange(0, length, DAYS_BETWEEN):
            stamp = str(day).replace("-", "")
            name = f"ESACCI-SOILMOISTURE-L3S-SSMV-COMBINED-{stamp}000000-fv09.1.nc"
            paths.append(Path(folder) / stamp[:4] / name)
            with new_netcdf(paths[-1]) as out:
                units = {"units": "days since 1970-01-01 00:00:00 UTC", "standard_name": "time"}
                add(out, "time", ("time",), np.array([(day - EPOCH).astype(float)]), units)
                _axes(out, northern)
                attributes = {"units": "m3 m-3", "long_name": "Volumetric Soil Moisture"}
                attributes |= {"valid_range": np.array([0.0, 1.0], np.float32)}
                raw = _raw(values[None], np.float32(-9999.0))
                add(out, "sm", northern.dims, raw, attributes, fill_value=np.float32(-9999.0))
    return paths


def write_merra_2(fields: dict[str, xr.DataArray], folder: Path) -> list[Path]:
    """One file a month with SFMC and RZMC: south first, fill 1e15, minutes since the half hour after midnight."""
    paths, first = [], next(iter(fields.values()))
    for place, month in enumerate(first["time"].values.astype("datetime64[M]")):
        year, stamp = int(str(month)[:4]), str(month).replace("-", "")
        stream = next(number for begin, number in STREAMS if year >= begin)
        paths.append(Path(folder) / f"MERRA2_{stream}.tavgM_2d_lnd_Nx.{stamp}.nc4")
        with new_netcdf(paths[-1]) as out:
            units = {"units": f"minutes since {month}-01 00:30:00", "long_name": "time"}
            add(out, "time", ("time",), np.zeros(1, np.int32), units)
            _axes(out, first)
            for name, field in fields.items():
                attributes = {"units": "m-3 m-3", "missing_value": np.float32(1e15)}
                raw = _raw(field.values[[place]], np.float32(1e15))
                add(out, name, field.dims, raw, attributes, fill_value=np.float32(1e15))
    return paths
