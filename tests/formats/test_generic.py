"""Data sets of a user's own: every common kind of file read to the right values by what it says and what the
configuration adds; what is understood by neither is refused in words that name the key."""

import functools
import http.server
import threading

import numpy as np
import pytest
import xarray as xr

from vadose.formats import generic
from vadose.formats.opening import FormatError

MONTHS = np.arange("2001-01", "2003-01", dtype="datetime64[M]").astype("datetime64[ns]")
DAYS = np.arange("2001-01-01", "2001-04-01", dtype="datetime64[D]").astype("datetime64[ns]")
LAT, LON = np.arange(52.25, 40, -0.5), np.arange(0.25, 12, 0.5)  # north up
LAYERS = [[0, 0.1], [0.1, 0.3], [0.3, 1.0]]
MINE = {"dataset": "mine", "role": "soil_moisture", "variable": "sm", "layers": LAYERS}


def soil(times=MONTHS, layers=3) -> xr.DataArray:
    """Soil moisture with gaps, as an own product might name its axes."""
    values = np.random.default_rng(1).uniform(0.05, 0.45, (times.size, layers, LAT.size, LON.size)).astype(np.float32)
    values[:, :, 3, 4] = np.nan
    values[5, :, 6, 7] = np.nan
    axes = {"time": times, "depth": np.arange(1, layers + 1), "latitude": LAT, "longitude": LON}
    return xr.DataArray(values, axes, ("time", "depth", "latitude", "longitude"), name="sm", attrs={"units": "m3 m-3"})


def flux(times=DAYS, unit="kg m-2 s-1", name="pr") -> xr.DataArray:
    values = np.random.default_rng(2).gamma(0.4, 1e-4, (times.size, LAT.size, LON.size)).astype(np.float32)
    return xr.DataArray(
        values, {"time": times, "lat": LAT, "lon": LON}, ("time", "lat", "lon"), name=name, attrs={"units": unit}
    )


def written(field: xr.DataArray | xr.Dataset, path, **encoding):
    dataset = field if isinstance(field, xr.Dataset) else field.to_dataset()
    dataset.to_netcdf(path, encoding=encoding)
    return path


def read(paths, canonical="soil_moisture", years=(2001, 2002), **options) -> xr.Dataset:
    names = (canonical, "wet_days") if "wet_day_mm" in options else (canonical,)
    paths = paths if isinstance(paths, list) else [paths]
    for path in paths:
        generic.check(path, **options)
    return xr.concat(generic.months(paths, names, years, **options), "time")


def canonical(field: xr.DataArray) -> np.ndarray:
    return field.sortby(field.dims[-2]).values.astype(float)


def test_a_file_as_people_have_it_is_read_to_the_last_bit(tmp_path):
    truth = soil()
    out = read(written(truth, tmp_path / "sm.nc"), **MINE)
    np.testing.assert_array_equal(out["soil_moisture"].values, canonical(truth))
    np.testing.assert_array_equal(out["time"].values, MONTHS)
    np.testing.assert_allclose([out["layer_top"], out["layer_bottom"]], np.transpose(LAYERS))
    np.testing.assert_allclose(out["lat"].values, LAT[::-1])
    assert out["soil_moisture"].attrs["standard_name"] == "volume_fraction_of_condensed_water_in_soil"


@pytest.mark.parametrize("cut", ["0..360", "dimensions", "years", "layers", "packed", "zarr", "bounds", "months since"])
def test_the_same_values_however_the_files_are_cut(tmp_path, cut):
    truth, options = soil(), dict(MINE)
    paths = [tmp_path / "a.nc"]
    if cut == "0..360":
        turned = truth.assign_coords(longitude=(truth["longitude"] + 354) % 360)
        written(turned.sortby("longitude"), paths[0])
        out = read(paths, **options)
        np.testing.assert_allclose(out["lon"].values, LON - 6)
    elif cut == "dimensions":
        odd = truth.drop_vars("depth").rename(time="t", depth="nz", latitude="rows", longitude="columns")
        odd["t"].attrs, odd["rows"].attrs = {"standard_name": "time"}, {"units": "degrees_north"}
        written(odd.transpose("columns", "rows", "nz", "t"), paths[0])
        with pytest.raises(FormatError, match=r"a\.nc.*nz.*datasets\.mine\.dims"):
            read(paths, **options)
        out = read(paths, **options, dims={"nz": "layer", "columns": "lon"})
    elif cut == "years":
        paths = [written(truth.sel(time=year), tmp_path / f"sm_{year}.nc") for year in ("2002", "2001")]
        out = read(paths, **options)
    elif cut == "layers":
        options |= {"variable": ["swc1", "swc2", "swc3"]}
        paths = [
            written(truth.isel(depth=number, drop=True).rename(f"swc{number + 1}"), tmp_path / f"{number}.nc")
            for number in (2, 0, 1)
        ]
        out = read(paths, **options)
    elif cut == "packed":
        packing = {"dtype": "i2", "scale_factor": 1e-5, "add_offset": 0.25, "_FillValue": -32768}
        written(truth, paths[0], sm=packing)
        out = read(paths, **options)
        np.testing.assert_allclose(out["soil_moisture"].values, canonical(truth), rtol=0, atol=5.1e-6)
        return
    elif cut == "zarr":
        truth.to_dataset().to_zarr(tmp_path / "a.zarr", consolidated=False)
        out = read([tmp_path / "a.zarr"], **options)
    elif cut == "bounds":  # stamps at the end of the month; the bounds say which it is
        ends = xr.DataArray(MONTHS.astype("datetime64[M]") + 1, dims="time").astype("datetime64[ns]")
        bounds = np.stack([MONTHS, ends.values], axis=1)
        late = truth.assign_coords(time=ends.values).to_dataset().assign(time_bnds=(("time", "nv"), bounds))
        late["time"].attrs["bounds"] = "time_bnds"
        late["depth"].attrs = {"bounds": "depth_bnds", "units": "cm", "positive": "down", "axis": "Z"}
        late = late.assign(depth_bnds=(("depth", "nv"), 100.0 * np.array(LAYERS)))
        written(late, paths[0])
        out = read(paths, **{key: value for key, value in options.items() if key != "layers"})
    else:
        counted = truth.to_dataset().assign_coords(time=np.arange(24.0) + 0.5)
        counted["time"].attrs["units"] = "months since 2001-01-01"
        written(counted, paths[0])
        out = read(paths, **options)
    np.testing.assert_array_equal(out["soil_moisture"].values, canonical(truth))
    np.testing.assert_array_equal(out["time"].values, MONTHS)
    np.testing.assert_allclose([out["layer_top"], out["layer_bottom"]], np.transpose(LAYERS))


def test_geotiffs_with_their_month_or_their_year_in_the_name(tmp_path):
    truth = soil(layers=1).isel(depth=0, drop=True).rename(latitude="y", longitude="x")
    options = {"dataset": "mine", "role": "soil_moisture", "layers": [[0, 0.05]], "units": "m3 m-3"}

    def write(field, path):
        raster = field.rio.write_crs("EPSG:4326").rio.write_nodata(-1.0)
        raster.fillna(-1.0).rio.to_raster(path)
        return path

    import rioxarray  # noqa: F401 - registers the accessor .rio

    monthly = [
        write(truth.isel(time=step, drop=True), tmp_path / f"sm_{str(MONTHS[step])[:7].replace('-', '')}.tif")
        for step in range(24)
    ]
    yearly = [write(truth.sel(time=year), tmp_path / f"sm_{year}.tif") for year in ("2001", "2002")]
    expected = canonical(truth)[:, None]
    out = read(monthly, **options, pattern="sm_{year}{month}.tif")
    np.testing.assert_array_equal(out["soil_moisture"].values, expected)
    out = read(yearly, **options, pattern="sm_{year}.tif")
    np.testing.assert_array_equal(out["soil_moisture"].values, expected)
    np.testing.assert_array_equal(out["time"].values, MONTHS)
    with pytest.raises(FormatError, match=r"sm_200101\.tif.*time axis.*datasets\.mine\.pattern"):
        read(monthly[:1], **options)


def test_grib_of_ones_own(tmp_path):
    from vadose.synthetic.writers import era5_land

    nodes = np.arange(40.0, 52, 1.0), np.arange(0.0, 12, 1.0)
    values = np.random.default_rng(3).uniform(0.1, 0.4, (12, 1, 12, 12))
    earth = xr.Dataset(
        {"soil_moisture": (("time", "layer", "lat", "lon"), values)},
        {"time": MONTHS[:12], "layer": [1], "lat": nodes[0], "lon": nodes[1]},
    )
    path = era5_land.write(earth, tmp_path / "mine.grib", layout="grib")
    out = read(path, years=(2001, 2001), dataset="mine", role="soil_moisture", variable="swvl1", layers=[[0, 0.07]])
    np.testing.assert_allclose(out["soil_moisture"].values, values, rtol=0, atol=2e-5)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.grib"]  # no index is left beside it


def test_days_and_hours_are_gathered_by_the_stated_rule(tmp_path):
    daily = flux()
    amounts = daily.astype(float) * 86400
    rain = {"dataset": "rain", "role": "precipitation", "wet_day_mm": 1.0}
    out = read(written(daily, tmp_path / "pr.nc"), "precipitation", (2001, 2001), **rain)
    expected = amounts.resample(time="MS").sum()
    np.testing.assert_allclose(out["precipitation"].values, canonical(expected), rtol=1e-12)
    np.testing.assert_array_equal(out["wet_days"].values, canonical((amounts >= 1).resample(time="MS").sum()))
    hours = np.arange("2001-02-01", "2001-03-01", dtype="datetime64[h]").astype("datetime64[ns]")
    hourly = flux(hours, "K", "t2m") * 1e4 + 280
    hourly.attrs["units"] = "K"
    out = read(written(hourly, tmp_path / "t.nc"), "air_temperature", (2001, 2001), dataset="t", role="air_temperature")
    np.testing.assert_allclose(
        out["air_temperature"].values[0], canonical(hourly.astype(float).mean("time")), rtol=1e-9
    )


@pytest.mark.parametrize("share, there", [(1.0, False), (0.9, True)])
def test_a_month_needs_its_share_of_days_in_a_cell(tmp_path, share, there):
    daily = flux(DAYS, "mm/day")
    daily[3, 2, 2] = np.nan
    rain = {"dataset": "rain", "role": "precipitation", "month_share": share}
    out = read(written(daily, tmp_path / "pr.nc"), "precipitation", (2001, 2001), **rain)["precipitation"].values
    cell = out[0, LAT.size - 1 - 2, 2]
    assert np.isfinite(cell) == there and np.isfinite(out[1:]).all()
    if there:
        np.testing.assert_allclose(cell, np.nanmean(daily.values[:31, 2, 2].astype(float)) * 31, rtol=1e-12)


@pytest.mark.parametrize(
    "role, unit, factor, offset",
    [
        ("precipitation", "mm", 1, 0),
        ("precipitation", "m", 1000, 0),
        ("precipitation", "mm/month", 1, 0),
        ("precipitation", "kg m-2 s-1", 31 * 86400, 0),
        ("evapotranspiration", "mm d-1", 31, 0),
        ("air_temperature", "degrees Celsius", 1, 273.15),
        ("land_surface_temperature", "K", 1, 0),
        ("gross_primary_productivity", "gC/m2/day", 1, 0),
        ("gross_primary_productivity", "g C m-2 month-1", 1 / 31, 0),
        ("gross_primary_productivity", "kg m-2 s-1", 86400e3, 0),
        ("soil_moisture", "kg m-2", 1, 0),
        ("soil_moisture", "cm3 cm-3", 1, 0),
        ("soil_moisture", "mm", 1, 0),
    ],
)
def test_units_become_the_canonical_ones(tmp_path, role, unit, factor, offset):
    span = {"K": (280, 300), "degrees Celsius": (5, 30), "kg m-2 s-1": (0, 5e-5), "m": (0, 0.2), "mm d-1": (0, 9)}
    if role == "gross_primary_productivity":
        span = {"kg m-2 s-1": (0, 1e-7)}
    low, high = span.get(unit, (0, 0.9))
    values = np.random.default_rng(4).uniform(low, high, (1, LAT.size, LON.size))
    file = xr.DataArray(values, {"time": MONTHS[:1], "lat": LAT, "lon": LON}, ("time", "lat", "lon"), name="x")
    file.attrs["units"] = unit
    layers = {"layers": [[0, 0.1]]} if role == "soil_moisture" else {}
    out = read(written(file, tmp_path / "x.nc"), role, (2001, 2001), dataset="mine", role=role, **layers)
    np.testing.assert_allclose(np.squeeze(out[role].values), values[0, ::-1] * factor + offset, rtol=1e-12)


def test_what_is_called_missing_is_missing(tmp_path):
    holes = soil()
    holes[:, :, 9, 9] = -9999.0
    holes[:, :, 9, 8] = 0.9
    path = written(holes, tmp_path / "sm.nc", sm={"_FillValue": None})
    with pytest.raises(FormatError, match=r"sm\.nc: sm.*found -9999.*datasets\.mine\.missing"):
        read(path, **MINE)
    holes.attrs |= {"valid_min": np.float32(0.0), "valid_max": np.float32(0.5)}
    path = written(holes, tmp_path / "valid.nc", sm={"_FillValue": None})
    for options in (MINE, MINE | {"missing": -9999}):
        out = read(path, **options)["soil_moisture"].values
        assert np.isnan(out[:, :, LAT.size - 10, 8:10]).all() and np.isfinite(out[:, :, 0, 0]).all()


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"variable": "theta"}, r"expected variable theta \(datasets\.mine\.variable\), found sm"),
        ({"units": "kg m-2"}, r"expected the unit of datasets\.mine\.units, 'kg m-2', found 'm3 m-3'"),
        ({"layers": [[0, 0.1]]}, r"as many layers as datasets\.mine\.layers has bounds, 1, found 3"),
        ({"layers": ()}, r"bounds of the 3 soil layers, found none in the file.*datasets\.mine\.layers"),
        ({"layers": [[0.1, 0.3], [0, 0.1], [0.3, 1]]}, "layers from the surface down"),
        ({"dims": {"level": "layer"}}, r"expected dimensions level \(datasets\.mine\.dims\)"),
        ({"role": "precipitation"}, "precipitation in a unit that means kg m-2, found 'm3 m-3'"),
    ],
)
def test_what_neither_says_or_both_say_otherwise_is_refused(tmp_path, change, sentence):
    path = written(soil(), tmp_path / "sm.nc")
    with pytest.raises(FormatError, match=sentence):
        generic.check(path, **(MINE | change))


def test_steps_that_are_no_months_and_steps_that_lack(tmp_path):
    pentads = flux(DAYS[::5], "mm/day")
    rain = {"dataset": "rain", "role": "precipitation"}
    with pytest.raises(FormatError, match="months, days or even parts of a day, found steps of 120 hours"):
        read(written(pentads, tmp_path / "pentads.nc"), "precipitation", (2001, 2001), **rain)
    holes = flux(DAYS, "mm/day").isel(time=np.delete(np.arange(90), 40))
    path = written(holes, tmp_path / "days.nc")
    with pytest.raises(FormatError, match="all days of 2001-02, found none for 2001-02-10"):
        read(path, "precipitation", (2001, 2001), **rain)
    kept = list(generic.months([path], ("precipitation",), (2001, 2001), allow_missing=True, **rain))
    assert np.concatenate([part["time"].values for part in kept]).astype("datetime64[M]").astype(str).tolist() == [
        "2001-01",
        "2001-03",
    ]
    with pytest.raises(FormatError, match=r"each step of pr once, found 2001-01-01T00:00 in days\.nc too"):
        read([path, written(holes, tmp_path / "again.nc")], "precipitation", (2001, 2001), **rain)
    with pytest.raises(FormatError, match="daily precipitation, whose wet days can be counted, found months"):
        monthly = written(flux(MONTHS, "mm"), tmp_path / "months.nc")
        read(monthly, "precipitation", (2001, 2001), **rain, wet_day_mm=1.0)


def test_curved_grids_and_pages_are_refused(tmp_path):
    curved = soil().isel(depth=0, time=slice(0, 1)).drop_vars(["latitude", "longitude", "depth"])
    two = np.meshgrid(LON, LAT)
    curved = curved.rename(latitude="j_", longitude="i_").assign_coords(
        nav_lat=(("j_", "i_"), two[1], {"standard_name": "latitude"}), nav_lon=(("j_", "i_"), two[0])
    )
    with pytest.raises(FormatError, match=r"curved\.nc.*(two dimensions: remap|does not say what it is)"):
        generic.check(written(curved, tmp_path / "curved.nc"), **MINE)
    page = tmp_path / "sm.nc"
    page.write_text("<!DOCTYPE html><html>log in</html>", encoding="utf-8")
    with pytest.raises(FormatError, match="found HTML page"):
        generic.check(page, **MINE)


def test_a_zarr_store_behind_an_address(tmp_path):
    from vadose.files import inventory

    truth = soil()
    truth.to_dataset().to_zarr(tmp_path / "store.zarr", consolidated=False)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.func.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        folder = f"http://127.0.0.1:{server.server_address[1]}"
        (place,) = inventory.find(folder, "store.zarr", glob=True)
        out = read([place], **MINE)
        np.testing.assert_array_equal(out["soil_moisture"].values, canonical(truth))
        with pytest.raises(FormatError, match=r"http://127\.0\.0\.1:\d+/none\.zarr: expected a Zarr store of mine"):
            generic.check(inventory.find(folder, "none.zarr", glob=True)[0], **MINE)
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.mark.one_python
def test_a_large_file_is_read_in_bounded_pieces(tmp_path, monkeypatch):
    """Twenty times the bytes of one read give the same months."""
    from vadose.formats.generic import gathering

    path = written(soil(), tmp_path / "sm.nc")
    whole = read(path, **MINE)
    monkeypatch.setattr(gathering, "AT_ONCE", 8 * 3 * LAT.size * LON.size)
    monkeypatch.setattr(generic, "AT_ONCE", 8 * 3 * LAT.size * LON.size)
    pieces = list(generic.months([path], ("soil_moisture",), (2001, 2002), **MINE))
    assert len(pieces) == 24
    xr.testing.assert_identical(xr.concat(pieces, "time"), whole)


def test_snow_on_the_ground_of_gldas_own_files(shared):
    """January 2012, as docs/add_dataset.md describes the data set: kg m-2 as the file has them, land alone."""
    path = shared / "real/gldas_noah10_m_2.1_original/GLDAS_NOAH10_M.A201201.021.nc4"
    options = {"dataset": "gldas_snow", "role": "covariate", "variable": "SWE_inst"}
    months = next(generic.months([path], ("covariate",), (2012, 2012), allow_missing=True, **options))
    snow = months["covariate"].isel(time=0).values
    with xr.open_dataset(path) as right:
        np.testing.assert_array_equal(snow, right["SWE_inst"].isel(time=0).sortby("lat").values)
    land = np.isfinite(snow)
    assert land.sum() == 15159 and 100 * (snow[land] > 10).mean() == pytest.approx(43.1, abs=0.05)
