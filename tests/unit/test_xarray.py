"""The labelled face gives what the functions on arrays give, with dimensions, coordinates and units in their places."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import vadose
from vadose import xarray as vadose_xarray
from vadose.statistics.copula.ranks import pseudo_observations

YEARS = np.arange(1990, 2020)
LAT, LON = [10.0, 20.0], [0.0, 5.0, 10.0]


@pytest.fixture
def annual():
    """(year, lat, lon): time first, as such fields lie in files."""
    random = np.random.default_rng(1)
    values = random.standard_normal((30, 2, 3)) + 0.5 * (YEARS - 1990)[:, None, None] * np.array(
        [[0, 1, 2], [1, 0, -1]]
    )
    values[4, 1, 2] = np.nan
    coords = {"year": YEARS, "lat": LAT, "lon": LON, "name": ("lon", ["a", "b", "c"]), "era": ("year", YEARS // 10)}
    return xr.DataArray(values, coords, ("year", "lat", "lon"), attrs={"units": "kg m-2"})


@pytest.fixture
def monthly():
    random = np.random.default_rng(2)
    time = pd.date_range("2001-01-01", periods=120, freq="MS")
    coords = {"time": time, "lat": LAT, "lon": LON}
    x = xr.DataArray(random.standard_normal((120, 2, 3)), coords, ("time", "lat", "lon"), attrs={"units": "mm"})
    return x, x.roll(time=1) + 0.7 * random.standard_normal(x.shape)


def cells(array, dim):
    return array.transpose(..., dim).values.reshape(-1, array.sizes[dim])


@pytest.mark.parametrize("name", ["mann_kendall", "hamed_rao"])
def test_trends_are_those_of_the_arrays(annual, name):
    found = getattr(vadose_xarray, name)(annual)
    expected = getattr(vadose, name)(cells(annual, "year"), YEARS.astype(float))
    for field, values in expected._asdict().items():
        assert found[field].dims == ("lat", "lon")
        np.testing.assert_array_equal(found[field].values.ravel(), values)
    assert found["slope"].attrs["units"] == "kg m-2 yr-1" and found["n"].sel(lat=20.0, lon=10.0) == 29
    assert found["slope"].sel(lat=10.0, lon=10.0) == pytest.approx(1.0, abs=0.05)
    assert found["name"].values.tolist() == ["a", "b", "c"] and "era" not in found.coords


def test_one_series_is_one_cell(annual):
    found = vadose_xarray.mann_kendall(annual[:, 0, 1])
    assert found["slope"].dims == () and found["lat"] == 10.0
    assert found["slope"] == vadose_xarray.mann_kendall(annual)["slope"][0, 1]


def test_dates_are_taken_as_years_or_refused(annual, monthly):
    dates = annual.assign_coords(year=pd.to_datetime([f"{year}-07-01" for year in YEARS])).rename(year="time")
    xr.testing.assert_allclose(
        vadose_xarray.mann_kendall(dates)["slope"], vadose_xarray.mann_kendall(annual)["slope"], rtol=0
    )
    import cftime

    days = annual.assign_coords(year=[cftime.DatetimeNoLeap(year, 7, 1) for year in YEARS])
    assert vadose_xarray.mann_kendall(days)["slope"].identical(vadose_xarray.mann_kendall(annual)["slope"])
    with pytest.raises(ValueError, match="one stamp a year, found 12 in 2001: take the mean of each year first"):
        vadose_xarray.mann_kendall(monthly[0])
    with pytest.raises(ValueError, match="found timedelta64"):
        vadose_xarray.mann_kendall(annual.assign_coords(year=YEARS.astype("timedelta64[D]")))


def test_arrays_take_dates_as_years_too(annual):
    """0.5 a year was 1.6e-14 a microsecond."""
    values = 0.5 * (YEARS - 1990.0)[None, :]
    stamps = np.array([f"{year}-06-15" for year in YEARS], dtype="datetime64[us]")
    assert vadose.mann_kendall(values, stamps).slope == pytest.approx(0.5)
    assert vadose.hamed_rao(values, pd.DatetimeIndex(stamps)).slope == pytest.approx(0.5)
    with pytest.raises(ValueError, match="one stamp a year, found 30 in 2000"):
        vadose.mann_kendall(values, np.arange("2000-01-01", "2000-01-31", dtype="datetime64[D]"))
    with pytest.raises(ValueError, match="expected calendar years or datetime64 stamps, one a year, found <U"):
        vadose.mann_kendall(values, YEARS.astype(str))
    seasonal = np.random.default_rng(0).standard_normal((2, 30, 4, 3))
    first, second = vadose.attribute(seasonal, stamps), vadose.attribute(seasonal, YEARS)
    np.testing.assert_array_equal(first.contribution, second.contribution)


DAYS = (np.array([f"{year}-07-01" for year in YEARS], "datetime64[D]") - np.datetime64("1900-01-01")).astype(float)


def test_numbers_that_are_no_years_are_decoded_or_refused(annual, monthly):
    since = annual.assign_coords(year=("year", DAYS, {"units": "days since 1900-01-01", "calendar": "standard"}))
    assert vadose_xarray.hamed_rao(since)["slope"].identical(vadose_xarray.hamed_rao(annual)["slope"])
    with pytest.raises(ValueError, match="look like days, months or seconds"):
        vadose_xarray.mann_kendall(annual.assign_coords(year=DAYS))
    soil = (monthly[0].expand_dims(layer=2) * [[[[1.0]]], [[[2.0]]]]).assign_attrs(units="kg m-2")
    as_days = (soil["time"].values - np.datetime64("1900-01-01")).astype("timedelta64[D]").astype(float)
    decoded = soil.assign_coords(time=("time", as_days, {"units": "days since 1900-01-01"}))
    expected = vadose_xarray.attribute(soil)["contribution"].values
    np.testing.assert_array_equal(vadose_xarray.attribute(decoded)["contribution"].values, expected)
    import cftime

    stamps = soil["time"].values.astype("datetime64[M]").astype(object)
    julian = soil.assign_coords(time=[cftime.DatetimeJulian(one.year, one.month, 15) for one in stamps])
    np.testing.assert_array_equal(vadose_xarray.attribute(julian)["contribution"].values, expected)
    with pytest.raises(ValueError, match="expected dates .* found float64"):
        vadose_xarray.attribute(soil.assign_coords(time=as_days))


def takes_years():
    """Every public function of arrays that takes calendar years, as a function of them."""
    import cftime

    from vadose.statistics import attribution, significance, year_intervals
    from vadose.statistics.trend import autocorrelation, line, mann_kendall, prewhitening, share, share_null

    values = 0.5 * (YEARS - 1990.0) + np.random.default_rng(1).standard_normal(YEARS.size)
    rows, terms = values[None], np.random.default_rng(2).standard_normal((2, YEARS.size, 4, 3))
    functions = {
        "mann_kendall": lambda years: mann_kendall.mann_kendall(rows, years),
        "block_bootstrap": lambda years: mann_kendall.block_bootstrap(rows, years, replicates=20),
        "hamed_rao": lambda years: autocorrelation.hamed_rao(rows, years),
        "lag_one": lambda years: autocorrelation.lag_one(rows, years),
        "three_pw": lambda years: prewhitening.three_pw(rows, years),
        "prewhiten": lambda years: prewhitening.prewhiten(rows, years),
        "trend_share": lambda years: share.trend_share(rows, years),
        "memory": lambda years: share_null.memory(rows, years),
        "step_test": lambda years: significance.step_test(rows, years, YEARS[10]),
        "hac_line": lambda years: line.hac_line(values, years),
        "ar1_line": lambda years: line.ar1_line(values, years),
        "attribute": lambda years: attribution.attribute(terms, years),
        "attribute_monthly": lambda years: attribution.attribute_monthly(
            np.random.default_rng(3).random((2, 3, YEARS.size, 12)), years, [(YEARS[0], YEARS[-1])]
        )[0],
        "sieve": lambda years: year_intervals.sieve(terms[:, :, 0], years),
    }
    dates = {
        "datetime64": np.array([f"{year}-06-15" for year in YEARS], "datetime64[ns]"),
        "cftime": np.array([cftime.Datetime360Day(year, 2, 30) for year in YEARS]),
    }
    return functions, dates


@pytest.mark.parametrize("name", takes_years()[0])
def test_every_function_of_years_takes_dates_and_refuses_days_and_months(name):
    functions, dates = takes_years()
    expected = functions[name](YEARS)
    for stamps in dates.values():
        for part, same in zip(functions[name](stamps), expected, strict=True):
            np.testing.assert_array_equal(part, same)
    months, seconds = (YEARS - 1900) * 12, dates["datetime64"].astype("datetime64[s]").astype(float)
    for numbers in (DAYS, months, seconds, YEARS * 100 + 6):
        with pytest.raises(ValueError, match="look like days, months or seconds"):
            functions[name](numbers)
    with pytest.raises(ValueError, match="found timedelta64"):
        functions[name](YEARS.astype("timedelta64[D]"))
    missing = dates["datetime64"].copy()
    missing[3] = "NaT"
    with pytest.raises(ValueError, match="found a missing one"):
        functions[name](missing)


def test_chunks_are_read_once_for_both_sides(monthly):
    x, y = monthly
    reads = []
    source = xr.apply_ufunc(lambda block: reads.append(block.shape) or block, x.chunk(lat=1), dask="parallelized")
    found = vadose_xarray.kendall_lags(source, source + 0.5 * y, 2)
    np.testing.assert_array_equal(found, vadose_xarray.kendall_lags(x, x + 0.5 * y, 2))
    assert sum(shape == (120, 1, 3) for shape in reads) == 2


def test_field_significance_keeps_the_field(annual):
    p = vadose_xarray.mann_kendall(annual)["p"]
    found = vadose_xarray.field_significance(p, 0.1)
    q, rejected = vadose.field_significance(p.values, 0.1)
    np.testing.assert_array_equal(found["q"], q)
    assert found["rejected"].dims == ("lat", "lon") and (found["rejected"].values == rejected).all()


def test_copulas_take_values_and_rank_them(monthly):
    x, y = monthly
    ranks = vadose_xarray.pseudo_observations(x)
    assert ranks.dims == x.dims and ranks.min() > 0 and ranks.max() < 1
    u, v = (pseudo_observations(cells(side, "time")) for side in (x, y))
    found = vadose_xarray.select_copula(x, y)
    for field, values in vadose.select_copula(u, v)._asdict().items():
        np.testing.assert_array_equal(found[field].values.ravel(), values, err_msg=field)
    xr.testing.assert_equal(found, vadose_xarray.select_copula(ranks, y))  # ranks of ranks are the same ranks
    meanings = dict(zip(found["family"].attrs["flag_values"], found["family"].attrs["flag_meanings"].split()))
    assert meanings[1] == "Gaussian" and meanings[104] == "Tawn_1"
    alone = vadose_xarray.select_copula(x[:, 0, 0], y[:, 0, 0], families=["gaussian", "Clayton 180", 0])
    assert alone["tau"].dims == () and int(alone["family"]) in (0, 1, 13)
    with pytest.raises(ValueError, match="families names Gaussien, which are none of the forty"):
        vadose_xarray.select_copula(x, y, families=["Gaussien"])


def test_lags(monthly):
    x, y = monthly
    found = vadose_xarray.kendall_lags(x, y, 3)
    assert found.dims == ("lat", "lon", "lag") and (found.argmax("lag") == 1).all()
    np.testing.assert_array_equal(
        found.values.reshape(6, 4), vadose.kendall_lags(cells(x, "time"), cells(y, "time"), 3)
    )
    best = vadose_xarray.optimal_lag(x, y, 3)
    assert (best["lag"] == 1).all() and best["tau"].identical(best["tau"]) and best["p"].isnull().all()
    broadcast = vadose_xarray.kendall_lags(x[:, 0, 0].drop_vars(["lat", "lon"]), y, 3)  # one driver for all cells
    np.testing.assert_array_equal(broadcast[0, 0], found[0, 0])


def test_ridge_names_its_predictors(monthly):
    x, y = monthly
    predictors = xr.Dataset({"frequency": x, "volume": x.roll(time=2), "evapotranspiration": -x, "temperature": y})
    response = (2 * x + 0.5 * predictors["volume"]).rename("soil_moisture")
    found = vadose_xarray.ridge(predictors, response, choose="fixed", penalty=0.5)
    expected = vadose.ridge(
        np.stack([cells(predictors[name], "time") for name in predictors], axis=-1),
        cells(response, "time"),
        choose="fixed",
        penalty=0.5,
    )
    np.testing.assert_array_equal(found["coefficients"].values.reshape(6, 4), expected.coefficients)
    assert found["coefficients"].dims == ("lat", "lon", "predictor")
    assert found["control"].values.tolist() == ["frequency", "volume", "evapotranspiration"]
    assert found["share"].sel(control="volume").mean() < found["share"].sel(control="frequency").mean()
    with pytest.raises(ValueError, match="at least three"):
        vadose_xarray.ridge(predictors[["frequency", "volume"]], response)


def test_attribution_of_layers():
    random = np.random.default_rng(4)
    time = pd.date_range("1991-01-01", "2010-12-01", freq="MS")
    values = 30 + random.standard_normal((time.size, 3, 2)) + np.linspace(0, 3, time.size)[:, None, None]
    field = xr.DataArray(values, {"time": time, "layer": [1, 2, 3], "lat": LAT}, ("time", "layer", "lat"))
    found = vadose_xarray.attribute(field.assign_attrs(units="kg m-2"))
    assert found["contribution"].dims == ("lat", "dynamics", "season", "layer")
    np.testing.assert_allclose(found["contribution"].sum(["dynamics", "season", "layer"]), 1.0, atol=1e-12)
    assert found["layer"].values.tolist() == [1, 2, 3]
    trend = found["contribution"].sel(dynamics="trend").sum(["season", "layer"])
    whole = field.sum("layer").groupby("time.year").mean()
    line = whole.polyfit("year", 1)["polyfit_coefficients"].sel(degree=1) * (whole["year"] - whole["year"].mean())
    np.testing.assert_allclose(trend, line.var("year") / whole.var("year"), rtol=1e-10)
    with pytest.raises(ValueError, match="expected kg m-2, of which layers add up, found m3 m-3"):
        vadose_xarray.attribute(field.assign_attrs(units="m3 m-3"))
    with pytest.raises(ValueError, match="expected a dimension 'depth', found time, layer, lat"):
        vadose_xarray.attribute(field, layer="depth")


def test_wrong_arguments_get_a_sentence(annual, monthly):
    with pytest.raises(ValueError, match="values: expected a dimension 'season', found year, lat, lon"):
        vadose_xarray.mann_kendall(annual, "season")
    with pytest.raises(ValueError, match="year: expected a coordinate with calendar years or dates, found none"):
        vadose_xarray.mann_kendall(annual.drop_vars("year"))
    with pytest.raises(TypeError, match="values: expected a DataArray, found ndarray"):
        vadose_xarray.mann_kendall(annual.values, "year")
    with pytest.raises(ValueError, match="dim: expected a dimension year or time, or its name, found x"):
        vadose_xarray.mann_kendall(xr.DataArray([1.0, 2.0], dims="x"))
    x, y = monthly
    with pytest.raises(ValueError, match="x and y: expected the same coordinates"):
        vadose_xarray.select_copula(x, y.assign_coords(lat=[30.0, 40.0]))
