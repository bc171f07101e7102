"""Months that a run lacks: gathered from the prepared products, and put in words."""

import numpy as np
import pytest
import xarray as xr

from vadose.studies import missing_months


@pytest.mark.parametrize(
    "months, words",
    [
        ([], ""),
        (["1988-07"], "1988-07"),
        (["2001-11", "2002-01", "2001-12"], "2001-11 to 2002-01"),
        (["1999-12", "2021-12", "1999-11", "1988-07"], "1988-07, 1999-11 to 1999-12, 2021-12"),
    ],
)
def test_months_in_words(months, words):
    assert missing_months.spans(months) == words


def written(path, size, dimension, missing):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = xr.Dataset({"x": (dimension, np.zeros(size))}, attrs={"missing_months": missing})
    data.to_netcdf(path, engine="h5netcdf")
    return path


def test_groups_of_years_are_one_product(tmp_path):
    folder = tmp_path / "prepared"
    paths = [
        written(folder / "variability/soil_moisture_1948-1949.nc", 24, "time", "1949-12"),
        written(folder / "variability/soil_moisture_1950-1950.nc", 12, "time", "1950-01 1950-03"),
        written(folder / "variability/annual_productivity.nc", 3, "year", ""),
        written(folder / "dependence/soil_moisture_2000-2000.nc", 12, "time", ""),
    ]
    assert missing_months.table(paths).to_numpy().tolist() == [
        ["variability", "soil_moisture", 36, 3, "1949-12 to 1950-01, 1950-03"],
        ["variability", "annual_productivity", 36, 0, ""],
        ["dependence", "soil_moisture", 12, 0, ""],
    ]


def test_months_that_no_step_touches():
    def days(*bounds):
        return [tuple(np.array(pair, "datetime64[ns]")) for pair in bounds]

    year = [(f"2001-{month:02d}-01", f"2001-{month + 1:02d}-01") for month in range(1, 12)]
    assert missing_months.outside(days(*year), (2001, 2001)) == ["2001-12"]
    eight = days(("2001-01-25", "2001-02-02"), ("2001-04-30", "2001-05-01"))
    assert missing_months.outside(eight, (2001, 2001))[:3] == ["2001-03", "2001-05", "2001-06"]
    assert len(missing_months.outside(eight, (2000, 2001))) == 12 + 9
