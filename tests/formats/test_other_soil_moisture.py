"""Entries of config/scenarios/other_soil_moisture.yaml read small files in the layouts of their archives to the planted
values: GLEAM SMrz by years, ESA CCI SM by days with days without a value, MERRA-2 by months; north up and south up."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from vadose.formats import generic

ENTRIES = yaml.safe_load(
    (Path(__file__).parents[2] / "config/scenarios/other_soil_moisture.yaml").read_text(encoding="utf-8")
)["datasets"]
MONTHS = np.arange("2001-01", "2001-04", dtype="datetime64[M]")
LAT, LON = np.arange(-1.75, 2, 0.5), np.arange(10.3125, 14, 0.625)


def field(times, seed=1):
    return np.random.default_rng(seed).uniform(0.05, 0.45, (len(times), LAT.size, LON.size)).astype(np.float32)


def write(path, name, values, times, units, *, north_up):
    dataset = xr.Dataset(
        {name: (("time", "lat", "lon"), values, {"units": units})},
        coords={"time": times.astype("datetime64[ns]"), "lat": LAT, "lon": LON},
    )
    dataset = dataset.isel(lat=slice(None, None, -1)) if north_up else dataset
    dataset.to_netcdf(path, encoding={name: {"_FillValue": np.float32(-9999.0)}})
    return path


def read(entry, paths):
    names = ("pattern", "variable", "units", "layers", "month_share")
    options = {"dataset": entry, "role": "soil_moisture"} | {n: ENTRIES[entry][n] for n in names if n in ENTRIES[entry]}
    for path in paths:
        generic.check(path, **options)
    return xr.concat(generic.months(paths, ("soil_moisture",), (2001, 2001), **options), "time")


@pytest.mark.parametrize("entry", ["gleam_smrz", "merra_2"])
def test_monthly_products(entry, tmp_path):
    values = field(MONTHS)
    if entry == "gleam_smrz":
        paths = [write(tmp_path / "SMrz_2001_GLEAM_v4.2a_MO.nc", "SMrz", values, MONTHS, "m3/m3", north_up=True)]
    else:
        middle = MONTHS.astype("datetime64[m]") + np.timedelta64(30, "m")  # the first of the month, half past midnight
        paths = [
            write(
                tmp_path / f"MERRA2_300.tavgM_2d_lnd_Nx.{str(month).replace('-', '')}.nc4",
                *("RZMC", values[[place]], middle[[place]], "m-3 m-3"),
                north_up=False,
            )
            for place, month in enumerate(MONTHS)
        ]
    got = read(entry, paths)
    np.testing.assert_allclose(got["soil_moisture"].values.reshape(values.shape), values, rtol=1e-6)
    assert float(got["layer_bottom"].values.ravel()[0]) == 1.0


def test_days_of_cci_become_months_where_enough_have_a_value(tmp_path):
    days = np.arange("2001-01-01", "2001-02-01", dtype="datetime64[D]")
    values = field(days)
    values[::2] = np.nan
    values[1:, 0, 0] = np.nan  # no day at all
    paths = [
        write(
            tmp_path / f"ESACCI-SOILMOISTURE-L3S-SSMV-COMBINED-{str(day).replace('-', '')}000000-fv09.1.nc",
            *("sm", values[[place]], days[[place]], "m3 m-3"),
            north_up=True,
        )
        for place, day in enumerate(days)
    ]
    got = read("cci_sm", paths)["soil_moisture"].values.reshape(LAT.size, LON.size)
    assert np.isnan(got[0, 0])
    np.testing.assert_allclose(got.ravel()[1:], np.nanmean(values.reshape(31, -1)[:, 1:], axis=0), rtol=1e-5)
