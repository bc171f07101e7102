"""Files of the synthetic Earth that are made from the bytes of the first of their layout hold what files written alone
hold."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from vadose.synthetic.writers import cci_lst, gldas
from vadose.synthetic.writers.series import Series

LAT, LON = np.arange(-59.5, 60.0, 20.0), np.arange(-179.5, 180.0, 30.0)
MONTHS = np.arange("2019-11", "2020-11", dtype="datetime64[M]").astype("datetime64[ns]")


def contents(path):
    """All that netCDF's library sees in a file: dimensions; attributes with their types, as stored; values, layout."""

    def attributes(owner):
        values = {name: owner.getncattr(name) for name in owner.ncattrs()}
        return [
            (name, type(value), np.asarray(value).dtype, np.asarray(value).tobytes()) for name, value in values.items()
        ]

    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        sizes = [(name, len(size), size.isunlimited()) for name, size in file.dimensions.items()]
        variables = [
            (name, of.dimensions, of.dtype, of[...].tobytes(), of.chunking(), of.filters(), attributes(of))
            for name, of in file.variables.items()
        ]
        return sizes, attributes(file), variables


def field(*more):
    values = np.random.default_rng(3).uniform(250.0, 300.0, (MONTHS.size, *more, LAT.size, LON.size))
    values[:, ..., :2, :5] = np.nan
    return values


def earth():
    axes = ("time", "lat", "lon")
    fields = {"soil_moisture": (("time", "layer", "lat", "lon"), field(4))}
    fields |= {name: (axes, field()) for name in ("precipitation", "evapotranspiration", "air_temperature")}
    return xr.Dataset(fields, {"time": MONTHS, "layer": [1, 2, 3, 4], "lat": LAT, "lon": LON})


def test_each_month_of_gldas_is_as_if_it_were_written_alone(tmp_path):
    """Across the new source in January and the new header in July 2020, with a month that is missing everywhere."""
    whole = earth()
    whole["air_temperature"][4] = np.nan
    together = gldas.write(whole, tmp_path / "together")
    for step, path in enumerate(together):
        (alone,) = gldas.write(whole.isel(time=[step]), tmp_path / "alone")
        assert contents(path) == contents(alone), path.name


@pytest.mark.parametrize("packing", ["short", "float"])
def test_each_month_of_temperatures_is_as_if_it_were_written_alone(tmp_path, packing):
    temperatures = xr.Dataset(
        {"land_surface_temperature": (("time", "lat", "lon"), field())}, {"time": MONTHS, "lat": LAT, "lon": LON}
    )
    together, series = [], Series()
    for step in range(MONTHS.size):
        one = temperatures.isel(time=[step])
        together += cci_lst.write(one, tmp_path / "together", overpass="ASC", packing=packing, series=series)
        (alone,) = cci_lst.write(one, tmp_path / "alone", overpass="ASC", packing=packing)
        assert contents(together[-1]) == contents(alone)
    assert len(series.first) == 1


def test_a_text_keeps_its_last_letter_and_another_length_begins_anew(tmp_path):
    series, texts = Series(), ("first", "other", "longer one", "third", "ärger", "öfter", "")
    for number, text in enumerate(texts):
        with series.new(tmp_path / f"{number}.nc") as draft:
            draft.attributes = {"title": text, "count": np.int32(number)}
            draft.add("kept", ("x",), np.arange(3.0), {"units": "m"})
            draft.add("changed", ("x",), np.full(3, number, np.int16), {"note": text}, zlib=True)
    for number, text in enumerate(texts):
        with netCDF4.Dataset(tmp_path / f"{number}.nc") as file:
            assert (file.title, file["changed"].note, file.count) == (text, text, number)
            assert file["kept"][:].tolist() == [0.0, 1.0, 2.0] and set(file["changed"][:].tolist()) == {number}


def test_a_file_whose_description_fails_is_not_written(tmp_path):
    series = Series()
    with pytest.raises(ZeroDivisionError), series.new(tmp_path / "file.nc") as draft:
        draft.add("x", ("x",), np.zeros(1))
        1 / 0  # noqa: B018
    assert not list(tmp_path.iterdir()) and not series.first
