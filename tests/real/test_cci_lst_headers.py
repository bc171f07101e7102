"""ESA CCI LST in files built from the headers of the genuine monthly and yearly series."""

import json

import netCDF4
import numpy as np
import pytest

from vadose.formats import cci_lst
from vadose.formats.opening import FormatError

pytestmark = pytest.mark.real
NAME = "ESACCI-LST-L3C-LST-{sensor}-0.25deg_1MONTHLY_{overpass}-{month}01000000-fv2.33.nc"
FILL = np.int16(-32768)


@pytest.fixture(scope="module")
def headers(shared) -> dict[str, dict]:
    """By step and pass."""
    listed = json.loads((shared / "real/cci_lst_headers.json").read_text(encoding="utf-8"))
    found = {}
    for each in listed:
        header = each["data_descriptor"]
        overpass = "ASC" if "_ASC-" in header["data_id"] else "DES"
        found[header["attrs"]["time_coverage_resolution"], overpass] = header
    return found


def build(header: dict, path, month: str, lst: np.ndarray):
    """One month with every variable, dimension and attribute of the header; of the fields `lst` alone has values, int16
    in hundredths of a kelvin from 273.15, as its valid_min and valid_max tell."""
    dims = header["dims"] | {"time": 1}
    with netCDF4.Dataset(path, "w") as file:
        for name, size in dims.items():
            file.createDimension(name, size)
        for name, axis in header["coords"].items():
            kind = "f8" if name == "time" else axis["dtype"]
            variable = file.createVariable(name, kind, axis["dims"])
            variable.setncatts({key: value for key, value in axis["attrs"].items() if value is not None})
        for name, (low, high) in {"lat": (-89.875, 89.875), "lon": (-179.875, 179.875)}.items():
            file[name][:] = np.linspace(low, high, dims[name])
        file["time"].units = "seconds since 1981-01-01 00:00:00"
        file["time"][:] = (np.datetime64(f"{month}-01") - np.datetime64("1981-01-01")) / np.timedelta64(1, "s")
        for name, field in header["data_vars"].items():
            variable = file.createVariable(name, "i2", field["dims"], fill_value=FILL, compression="zlib")
            variable.set_auto_maskandscale(False)
            variable.setncatts({key: value for key, value in field["attrs"].items() if value is not None})
            if field["attrs"].get("units") in ("kelvin", "degrees"):
                variable.scale_factor, variable.add_offset = 0.01, 273.15 if name == "lst" else 0.0
        file["lst"][0] = lst
        file.setncatts(header["attrs"])
    return path


@pytest.fixture(scope="module")
def packed():
    """Hundredths of a kelvin over the whole range that the header allows, missing below 60 S."""
    values = np.random.default_rng(5).integers(-4797, 5217, (720, 1440)).astype(np.int16)  # its actual_range in K
    values[:120] = FILL
    values[400, 700], values[401, 700] = -8315, 7685
    return values


def test_the_headers_are_those_of_the_documentation(headers):
    """docs/formats.md: what is said of the product there."""
    assert sorted(headers) == [("P1M", "ASC"), ("P1M", "DES"), ("P1Y", "ASC"), ("P1Y", "DES")]
    for (step, overpass), header in headers.items():
        assert header["dims"] == {"time": 300 if step == "P1M" else 25, "lat": 720, "lon": 1440, "length_scale": 1}
        lst = header["data_vars"]["lst"]
        assert lst["attrs"]["units"] == "kelvin" and lst["dims"] == ["time", "lat", "lon"]
        assert [lst["attrs"][end] + 27315 for end in ("valid_min", "valid_max")] == [19000, 35000]
        words = header["data_vars"]["lst_time_correction"]["attrs"]["long_name"]
        assert {"ASC": "6PM", "DES": "6AM"}[overpass] in words


def test_a_month_with_the_genuine_header_is_read_to_its_values(headers, packed, tmp_path):
    paths = {}
    for overpass, shift in (("ASC", 0), ("DES", -100)):  # the morning is a kelvin colder
        name = NAME.format(sensor="SSMI13", overpass=overpass, month="199601")
        values = np.where(packed == FILL, FILL, np.clip(packed + shift, -8315, 7685)).astype(np.int16)
        paths[overpass] = build(headers["P1M", overpass], tmp_path / name, "1996-01", values)
        cci_lst.check(paths[overpass])
    found = cci_lst.read(paths["ASC"])["land_surface_temperature"]
    assert found["time"].values == np.array(["1996-01-01"], "datetime64[ns]") and found.shape == (1, 720, 1440)
    right = np.where(packed == FILL, np.nan, packed * 0.01 + 273.15)
    np.testing.assert_allclose(found.values[0], right, rtol=0, atol=1e-11)
    assert found.values[0, 400, 700] == pytest.approx(190.0) and found.values[0, 401, 700] == pytest.approx(350.0)
    np.testing.assert_array_equal(found["lat"].values[[0, -1]], [-89.875, 89.875])
    (month,) = cci_lst.months(list(paths.values()), ("land_surface_temperature",), (1996, 1996), allow_missing=True)
    mean = month["land_surface_temperature"].values[0]
    np.testing.assert_allclose(mean, right - np.where(packed < -8215, 0.0, 0.5), rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    "step, held, named, words",
    [
        ("P1Y", "ASC", "ASC", "found a file of the step P1Y"),
        ("P1M", "DES", "ASC", "expected the pass ASC of its name, found that of 6 AM"),
        ("P1M", "ASC", "DES", "expected the pass DES of its name, found that of 6 PM"),
    ],
)
def test_a_yearly_file_or_the_other_pass_under_a_monthly_name_is_refused(headers, tmp_path, step, held, named, words):
    path = tmp_path / NAME.format(sensor="SSMI17", overpass=named, month="201001")
    build(headers[step, held], path, "2010-01", np.zeros((720, 1440), np.int16))
    for call in (cci_lst.check, cci_lst.read):
        with pytest.raises(FormatError, match=words) as caught:
            call(path)
        assert path.name in str(caught.value)
