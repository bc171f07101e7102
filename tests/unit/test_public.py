"""The public functions take what a user has: arrays of cells, one cell's vectors, Series, DataArrays in memory or of
dask, with the same numbers."""

import pickle
import subprocess
import sys
import tomllib

import dask
import numpy as np
import pandas as pd
import pymannkendall
import pytest
import scipy.stats
import xarray as xr

import vadose
from vadose.statistics import copula, drivers
from vadose.statistics.copula.families import FAMILIES
from vadose.xarray import cells, controls

YEARS = np.arange(1990, 2020)
MONTHS = pd.date_range("2001-01-01", periods=120, freq="MS")
LAT, LON = [-5.0, 5.0, 15.0], [2.5, 7.5]
RANDOM = np.random.default_rng(11)
ANNUAL = RANDOM.standard_normal((3, 30)).cumsum(axis=1)
PAIR = RANDOM.standard_normal((2, 3, 120))
PAIR[1] += 0.8 * np.roll(PAIR[0], 1, axis=-1)
PREDICTORS = RANDOM.standard_normal((3, 120, 4))
MONTHLY = 30 + RANDOM.standard_normal((3, 2, 10, 12)).cumsum(axis=2)
SEASON = vadose.moisture_seasons(MONTHLY)
ON_CELLS = {  # name: leading arrays with their cells, the other arguments
    "mann_kendall": ([ANNUAL], (YEARS,), {}),
    "hamed_rao": ([ANNUAL], (YEARS,), {"alpha": 0.1}),
    "prewhitened": ([ANNUAL], (YEARS,), {}),
    "three_pw": ([ANNUAL], (YEARS,), {}),
    "block_bootstrap": ([ANNUAL], (YEARS,), {"replicates": 20}),
    "step_test": ([ANNUAL], (YEARS, 2000), {}),
    "kendall_lags": ([*PAIR], (3,), {}),
    "optimal_lag": ([*PAIR], (3,), {"null": "circular"}),
    "pseudo_observations": ([PAIR[0]], (), {}),
    "select_copula": ([*PAIR], (), {"families": ["gaussian", 3, "independence"]}),
    "ridge": ([PREDICTORS, PAIR[1]], (), {}),
    "moisture_seasons": ([MONTHLY], (), {"rank_on": "layer"}),
    "rank_months": ([MONTHLY.sum(axis=1)], (), {}),
    "seasonal_means": ([MONTHLY, SEASON], (), {}),
    "attribute": ([vadose.seasonal_means(MONTHLY, SEASON)], (np.arange(10) + 2001,), {}),
}


def parts(result):
    if isinstance(result, np.ndarray | float):
        return [result]
    return [getattr(result, name) for name in getattr(result, "_fields", None) or result.__dataclass_fields__]


@pytest.mark.parametrize("name", ON_CELLS)
def test_one_cell_needs_no_axis(name):
    """By position and by name, equal to the bit to the same cell among others."""
    arrays, others, options = ON_CELLS[name]
    function = getattr(vadose, name)
    whole, one = function(*arrays, *others, **options), function(*(array[1] for array in arrays), *others, **options)
    assert type(one) is type(whole) or np.ndim(one) == np.ndim(whole) - 1
    for alone, among in zip(parts(one), parts(whole), strict=True):
        np.testing.assert_array_equal(alone, among[1])
    named = dict(zip(vadose._OF_CELLS[name], (array[1] for array in arrays)))
    if not others:
        for alone, again in zip(parts(function(**named, **options)), parts(one), strict=True):
            np.testing.assert_array_equal(again, alone)


def test_every_function_of_cells_is_tried():
    assert set(ON_CELLS) == set(vadose._OF_CELLS)
    assert set(vadose._LABELLED) <= set(vadose.__all__)


def test_one_pixel_is_what_other_packages_give():
    pixel = ANNUAL[0]
    theirs = pymannkendall.original_test(pixel)
    ours = vadose.mann_kendall(pixel, YEARS)
    assert (ours.slope, ours.s, ours.p) == pytest.approx((theirs.slope, theirs.s, theirs.p), rel=1e-12)
    assert vadose.hamed_rao(pixel, YEARS).p == pytest.approx(pymannkendall.hamed_rao_modification_test(pixel).p)
    x, y = PAIR[:, 0]
    lagged = vadose.kendall_lags(x, y, 2)
    for lag in range(3):
        expected = scipy.stats.kendalltau(x[: 120 - lag], y[lag:]).statistic
        assert lagged[lag] == pytest.approx(expected, abs=1e-12)
    np.testing.assert_allclose(vadose.pseudo_observations(x), scipy.stats.rankdata(x) / 121, rtol=1e-15)


def test_vectors_of_months_are_one_cell_with_one_layer():
    vector = MONTHLY[1, 0].ravel()
    season = vadose.moisture_seasons(vector)
    np.testing.assert_array_equal(season.reshape(10, 12), vadose.rank_months(MONTHLY[1, 0]))
    one = vadose.attribute(vector, MONTHS)
    means = vadose.seasonal_means(MONTHLY[1:2, :1], season.reshape(1, 10, 12))
    expected = vadose.attribute(means, np.arange(2001, 2011))
    np.testing.assert_array_equal(one.contribution, expected.contribution[0, ..., 0])
    np.testing.assert_array_equal(one.omega, expected.omega[0, ..., 0])
    assert one.variance == expected.variance[0]
    with pytest.raises(ValueError, match="months of whole years"):
        vadose.moisture_seasons(vector[:-1])


def test_arrays_of_other_shapes_are_refused_as_before():
    with pytest.raises(ValueError, match=r"expected shapes \(cell, year\) and \(year,\), found \(3, 4, 30\)"):
        vadose.mann_kendall(np.zeros((3, 4, 30)), YEARS)
    with pytest.raises(ValueError, match="must be arrays"):
        vadose.kendall_lags(PAIR[0], PAIR[1, 0], 2)
    with pytest.raises(TypeError, match="years"):
        vadose.mann_kendall(ANNUAL[0])


def test_series_are_dated_vectors():
    series = pd.Series(MONTHLY[0, 0].ravel(), MONTHS, name="soil moisture")
    annual = series.groupby(series.index.year).mean()
    trend = vadose.mann_kendall(annual)
    assert trend["slope"].dims == () and trend["slope"] == vadose.mann_kendall(annual.to_numpy(), annual.index).slope
    by_period = vadose.mann_kendall(annual.set_axis(pd.PeriodIndex(annual.index, freq="Y")))
    assert by_period["slope"] == trend["slope"]
    fit = vadose.select_copula(series, series.shift(1))
    assert int(fit["n"]) == 119 and fit["tau"].dims == ()
    assert vadose.moisture_seasons(series).dims == ("time",)
    frame = pd.DataFrame(PREDICTORS[0], MONTHS, ["frequency", "volume", "evapotranspiration", "temperature"])
    fitted = vadose.ridge(frame, pd.Series(PAIR[1, 0], MONTHS))
    expected = vadose.ridge(PREDICTORS[0], PAIR[1, 0])
    np.testing.assert_array_equal(fitted["coefficients"], expected.coefficients)


def test_data_that_do_not_fit_together_get_a_sentence():
    x, y = (cube(side, ("time", "lat")) for side in PAIR)
    with pytest.raises(TypeError, match="y: expected a DataArray, found ndarray: give all data with labels"):
        vadose.select_copula(x, PAIR[1])
    with pytest.raises(
        TypeError, match="values: expected a DataArray, found a Dataset: choose one of its variables sm, p"
    ):
        vadose.mann_kendall(xr.Dataset({"sm": x, "p": y}))
    with pytest.raises(TypeError, match="predictors: expected a Dataset, found ndarray: give all data with labels"):
        vadose.ridge(PREDICTORS, y)
    with pytest.raises(ValueError, match="x and y: expected the same coordinates, found others"):
        vadose.select_copula(x, y.assign_coords(lat=[0.0, 1.0, 2.0]))
    with pytest.raises(ValueError, match="y: expected a dimension 'time', found lat"):
        vadose.select_copula(x, y[0])
    with pytest.raises(ValueError, match="or a dimension 'predictor', found time, lat"):
        vadose.ridge(x, y)


def test_the_documentation_is_that_of_both(capsys):
    help(vadose.mann_kendall)
    told = capsys.readouterr().out
    assert "mann_kendall(values" in "".join(told.split()) and "doi:10.2307/1907187" in told
    assert "`vadose.xarray.trend.mann_kendall`" in told


def test_copulas_take_values_or_their_ranks():
    """Volumes per volume lie between 0 and 1 as pseudo-observations do, and are none."""
    x, y = PAIR
    ranks = vadose.pseudo_observations(x), vadose.pseudo_observations(y)
    expected = copula.select(*ranks)
    for given in ((x, y), ranks, (x, ranks[1]), (x, 0.25 + 0.03 * y)):
        for one, two in zip(vadose.select_copula(*given), expected, strict=True):
            np.testing.assert_array_equal(one, two)
    gappy = np.where(x > 1, np.nan, x.round(1))  # gaps and ties
    again = vadose.pseudo_observations(vadose.pseudo_observations(gappy))
    np.testing.assert_array_equal(again, vadose.pseudo_observations(gappy))
    assert (copula.select(x, y).reason > 0).all()  # the strict function keeps its reason


def test_families_have_names_and_codes():
    for code, name in FAMILIES.items():
        for spelling in (code, str(code), float(code), name, name.upper(), name.replace(" ", "_")):
            assert copula.families.code_of(spelling) == code
    x, y = PAIR[:, 0]
    for family in ("Frank", 5, np.int64(5), ["frank"], np.array([5])):
        assert vadose.select_copula(x, y, families=family).family == 5
    assert vadose.kendall_tau("Clayton", 2.0) == 0.5 == vadose.kendall_tau(3, 2.0, 0.0)
    names = np.array(["Gumbel", "Clayton 180"])
    np.testing.assert_array_equal(vadose.kendall_tau(names, 2.0), vadose.kendall_tau([4, 13], 2.0))
    assert vadose.tail_dependence("Gumbel", 2.0).upper == pytest.approx(2 - 2**0.5)
    assert copula.parameters_for_tau("clayton", 0.5)[0] == pytest.approx(2.0)
    assert copula.log_density("Clayton", 0.3, 0.4, 2.0) == copula.log_density(3, 0.3, 0.4, 2.0)
    with pytest.raises(ValueError, match="families names Claiton, which are none of the forty.* Did you mean Clayton"):
        vadose.kendall_tau("Claiton", 2.0)
    with pytest.raises(ValueError, match="families names 11, which are none of the forty"):
        vadose.select_copula(x, y, families=11)


def cube(values, dims, **attrs):
    """(cell, time) as (dims), cells over latitude."""
    coords = {"lat": LAT, "time": MONTHS[: values.shape[1]] if values.shape[1] == 120 else YEARS}
    return xr.DataArray(values, coords, ("lat", "time"), attrs=attrs).transpose(*dims)


def labelled_calls():
    annual, (x, y) = cube(ANNUAL, ("time", "lat"), units="kg m-2"), [cube(side, ("time", "lat")) for side in PAIR]
    layered = xr.DataArray(
        MONTHLY.reshape(3, 2, 120), {"time": MONTHS, "lat": LAT, "layer": [1, 2]}, ("lat", "layer", "time")
    ).assign_attrs(units="kg m-2")
    predictors = xr.DataArray(PREDICTORS, {"time": MONTHS, "lat": LAT}, ("lat", "time", "predictor"))
    field = xr.DataArray(
        RANDOM.random((4, 12, 24)),
        {"lat": np.arange(-82.5, 90, 15), "lon": np.arange(7.5, 360, 15)},
        ("time", "lat", "lon"),
    )
    return {
        "mann_kendall": lambda cut: vadose.mann_kendall(cut(annual)),
        "hamed_rao": lambda cut: vadose.hamed_rao(cut(annual), dim="time"),
        "prewhitened": lambda cut: vadose.prewhitened(cut(annual)),
        "pseudo_observations": lambda cut: vadose.pseudo_observations(cut(x)),
        "select_copula": lambda cut: vadose.select_copula(cut(x), cut(y), families=["Gaussian", "Clayton", 0]),
        "kendall_lags": lambda cut: vadose.kendall_lags(cut(x), cut(y), 3),
        "optimal_lag": lambda cut: vadose.optimal_lag(cut(x), cut(y), 3, null="circular", period=12),
        "ridge": lambda cut: vadose.ridge(cut(predictors), cut(y)),
        "attribute": lambda cut: vadose.attribute(cut(layered)),
        "moisture_seasons": lambda cut: vadose.moisture_seasons(cut(layered), rank_on="layer"),
        "field_significance": lambda cut: vadose.field_significance(cut(field), 0.1, dim=["lat", "lon"]),
        "regrid": lambda cut: vadose.regrid(cut(field), 30.0),
    }


CUTS = {"lat": {"lat": 1}, "time": {"time": 7}, "both": {"lat": 2, "time": 50}}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", labelled_calls())
def test_dask_gives_the_same_bits_and_waits(name, cut):
    call, computed = labelled_calls()[name], []

    def chunked(array):
        sizes = {dim: size for dim, size in CUTS[cut].items() if dim in array.dims}
        return array.chunk(sizes).map_blocks(
            lambda block: computed.append(block.sizes) or block, template=array.chunk(sizes)
        )

    expected, lazy = call(lambda array: array), call(chunked)
    assert not computed, "computed before it was asked for"
    assert isinstance(lazy, type(expected)) and lazy.chunks
    xr.testing.assert_identical(lazy.compute(scheduler="synchronous"), expected)
    assert computed


def test_every_labelled_function_is_tried_on_dask():
    assert set(labelled_calls()) == set(vadose._LABELLED) == set(vadose.xarray.__all__) - {"drivers"}


def test_blocks_go_to_other_processes():
    """As to the workers of a cluster: what is sent is the function's name, never compiled code."""
    annual = cube(ANNUAL, ("time", "lat")).chunk(lat=1)
    with dask.config.set(scheduler="processes", num_workers=1):
        elsewhere = vadose.mann_kendall(annual).compute()
    xr.testing.assert_identical(elsewhere, vadose.mann_kendall(annual.compute()))
    for name in vadose._LABELLED:
        assert pickle.loads(pickle.dumps(getattr(vadose, name))) is getattr(vadose, name)
    sent = pickle.dumps(cells.OnBlocks(vadose.xarray.dependence._selected, (1, 1), {"families": [3]}))
    assert len(sent) < 500


def test_a_dimension_in_chunks_is_put_into_one_and_the_others_are_cut():
    field = xr.DataArray(dask.array.zeros((400, 1000, 400), chunks=(4, 1000, 400)), dims=("time", "lat", "lon"))
    whole = cells._whole(field, ["time"])
    assert whole.chunksizes["time"] == (400,)
    assert max(np.prod(block.shape) * 8 for block in whole.data.blocks.ravel()) <= 128 * 2**20
    assert cells._whole(field, ["lat"]) is field


def test_results_say_what_they_are():
    for name, call in labelled_calls().items():
        result = call(lambda array: array)
        for key, variable in result.data_vars.items() if isinstance(result, xr.Dataset) else [(name, result)]:
            if name == "regrid":
                continue
            assert len(variable.attrs.get("long_name", "")) > 4, f"{name}: {key}"
            assert "units" in variable.attrs or "flag_values" in variable.attrs or variable.dtype == bool, (
                f"{name}: {key}"
            )
            if "flag_values" in variable.attrs:
                assert variable.attrs["flag_values"].dtype == variable.dtype
                assert len(variable.attrs["flag_meanings"].split()) == len(variable.attrs["flag_values"])
                values = variable.values[np.isfinite(variable.values.astype(float))]
                assert np.isin(values, variable.attrs["flag_values"]).all()
    seasons = labelled_calls()["moisture_seasons"](lambda array: array)
    assert seasons.attrs["flag_meanings"].split()[1:] == ["humid", "sub-humid", "semi-arid", "arid"]
    np.testing.assert_array_equal(
        seasons.transpose("lat", "layer", "time").values.reshape(3, 2, 10, 12),
        vadose.moisture_seasons(MONTHLY, "layer"),
    )
    assert seasons["time"].identical(xr.DataArray(MONTHS, {"time": MONTHS}, "time", "time"))


def test_flags_survive_a_file(tmp_path):
    fit = labelled_calls()["select_copula"](lambda array: array)
    fit.to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "fit.nc", engine="h5netcdf") as read:
        xr.testing.assert_equal(read.load(), fit)
        assert read["family"].attrs["flag_meanings"].split()[3] == "Clayton"


def test_units_are_checked_by_their_meaning():
    layered = xr.DataArray(
        MONTHLY.reshape(3, 2, 120), {"time": MONTHS, "lat": LAT}, ("lat", "layer", "time"), attrs={"units": "kg/m2"}
    )
    expected = vadose.attribute(layered)
    for unit in ("mm", "kg m**-2", "millimetres", ""):
        found = vadose.attribute(layered.assign_attrs(units=unit))
        xr.testing.assert_identical(found, expected)
    for unit in ("m3 m-3", "1", "K", "m3/m3"):
        with pytest.raises(ValueError, match="expected kg m-2, of which layers add up, found " + unit):
            vadose.moisture_seasons(layered.assign_attrs(units=unit))
    top = layered.isel(layer=0).assign_attrs(units="m3 m-3")
    alone = vadose.attribute(top, layer=None)
    assert alone["contribution"].dims == ("lat", "dynamics", "season") and alone["variance"].units == "m6 m-6"
    xr.testing.assert_equal(alone, vadose.attribute(layered.isel(layer=[0])).squeeze("layer", drop=True))
    with pytest.raises(ValueError, match="say layer=None where there is one layer only"):
        vadose.attribute(top)
    xr.testing.assert_equal(vadose.attribute(top[1]), alone.isel(lat=1))  # a series needs no word
    with pytest.raises(ValueError, match=r"p: expected p-values from 0 to 1 \(units 1\), found %"):
        vadose.field_significance(xr.DataArray([0.5], dims="lat", attrs={"units": "%"}))
    projected = xr.DataArray(np.zeros((2, 2)), {"y": [0.0, 1000.0], "x": [0.0, 1000.0]}, ("y", "x"))
    projected["y"].attrs["units"] = "m"
    with pytest.raises(ValueError, match="y: expected degrees of latitude or longitude, found m: regrid takes"):
        vadose.regrid(projected, 1.0)


def test_the_coordinate_of_time_serves_as_its_name():
    annual = cube(ANNUAL, ("time", "lat"))
    xr.testing.assert_identical(vadose.mann_kendall(annual, annual["time"]), vadose.mann_kendall(annual, "time"))
    dated = annual.assign_coords(time=pd.to_datetime([f"{year}-07-01" for year in YEARS]))
    xr.testing.assert_equal(vadose.hamed_rao(dated, dated["time.year"]), vadose.hamed_rao(annual))
    with pytest.raises(ValueError, match="or a coordinate along one of time, lat, found one along year"):
        vadose.mann_kendall(annual, annual["time"].rename(time="year"))


def test_lags_need_equal_steps():
    x, y = (cube(side, ("time", "lat")) for side in PAIR)
    kept = np.delete(np.arange(120), 17)
    with pytest.raises(ValueError, match="time: expected equal steps, .* after 2002-05-01.* fill the gaps"):
        vadose.kendall_lags(x[kept], y[kept], 2)
    filled = vadose.kendall_lags(*(side[kept].reindex(time=MONTHS) for side in (x, y)), 2)
    gaps = [np.where(np.arange(120) == 17, np.nan, side) for side in PAIR]
    np.testing.assert_array_equal(filled, vadose.kendall_lags(*gaps, 2))
    for freq in ("D", "7D", "QS", "YS", "h"):
        dates = pd.date_range("2001-01-01", periods=120, freq=freq)
        np.testing.assert_array_equal(
            vadose.kendall_lags(*(side.assign_coords(time=dates) for side in (x, y)), 1), vadose.kendall_lags(*PAIR, 1)
        )
    import cftime

    noleap = xr.date_range("2003-12-01", periods=120, freq="D", calendar="noleap", use_cftime=True)
    assert isinstance(noleap[0], cftime.DatetimeNoLeap)
    assert vadose.kendall_lags(*(side.assign_coords(time=noleap) for side in (x, y)), 1).shape == (3, 2)


def test_a_field_may_be_one_of_several():
    p = xr.DataArray(RANDOM.random((2, 5, 6)) ** 3, dims=("layer", "lat", "lon"))
    each = vadose.field_significance(p, 0.1, dim=("lat", "lon"))
    for layer in range(2):
        q, rejected = vadose.field_significance(p[layer].values, 0.1)
        np.testing.assert_array_equal(each["q"][layer], q)
        np.testing.assert_array_equal(each["rejected"][layer], rejected)
    assert not each["q"].identical(vadose.field_significance(p, 0.1)["q"])


def test_no_cells_give_no_results():
    annual = cube(ANNUAL, ("time", "lat"))[:, :0]
    trend = vadose.mann_kendall(annual)
    assert trend["slope"].shape == (0,)
    assert vadose.field_significance(trend["p"]).q.shape == (0,)
    several = trend["p"].expand_dims(layer=0)
    assert vadose.field_significance(several, dim="lat").q.shape == (0, 0)


def test_ridge_of_two_controls():
    predictors = xr.DataArray(PREDICTORS, {"time": MONTHS, "lat": LAT}, ("lat", "time", "predictor"))
    fitted = vadose.ridge(predictors, cube(PAIR[1], ("time", "lat")), controls=2)
    np.testing.assert_array_equal(fitted["share"], vadose.ridge(PREDICTORS, PAIR[1], controls=2).share)
    assert fitted["share"].dims == ("lat", "control") and fitted["control"].values.tolist() == ["0", "1"]
    with pytest.raises(ValueError, match="predictors: expected at least 5, which share the control"):
        vadose.ridge(predictors, cube(PAIR[1], ("time", "lat")), controls=5)


def test_regrid_keeps_all_but_the_grid():
    coarse, fine = vadose.Grid.regular(30.0), vadose.Grid.regular(10.0)
    values = RANDOM.random((2, *fine.shape))
    values[:, :3] = np.nan
    field = xr.DataArray(
        values,
        {"step": [1, 2], "latitude": fine.lat, "longitude": fine.lon, "name": ("step", ["a", "b"])},
        ("step", "latitude", "longitude"),
        "sm",
        {"units": "m3 m-3"},
    ).transpose("latitude", "step", "longitude")
    field["latitude"].attrs["units"] = "degrees_north"
    onto = xr.Dataset(coords={"lat": coarse.lat, "lon": coarse.lon})
    for target in (coarse, 30.0, onto, xr.DataArray(np.zeros(coarse.shape), onto.coords, ("lat", "lon"))):
        found = vadose.regrid(field, target, min_valid=0.5)
        assert found.dims == field.dims and found.name == "sm" and found.units == "m3 m-3"
        assert found["name"].values.tolist() == ["a", "b"] and found["latitude"].units == "degrees_north"
        expected = vadose.regrid(values, fine, coarse, 0.5)
        np.testing.assert_array_equal(found.transpose("step", ...), expected)
        np.testing.assert_array_equal(found["longitude"], coarse.lon)
    named = vadose.regrid(field.rename(latitude="a", longitude="b"), coarse, dim=("a", "b"), min_valid=0.5)
    np.testing.assert_array_equal(named, found)
    with pytest.raises(ValueError, match="field: expected a dimension of longitude, found latitude, step, b; name it"):
        vadose.regrid(field.rename(longitude="b"), coarse)


def rows(cells_count=4, steps=60):
    """Planted: P follows Ta, SM follows GPP negatively; the rest is noise of size 0.3."""
    random = np.random.default_rng(5)
    columns = {name: random.standard_normal((cells_count, steps)) for name in ("Ta", "GPP", "LST")}
    columns["P"] = 0.9 * columns["Ta"] + 0.3 * random.standard_normal((cells_count, steps))
    columns["SM"] = -0.8 * columns["GPP"] + 0.3 * random.standard_normal((cells_count, steps))
    return columns


SAMPLER = {"seed": 1, "chains": 2, "warmup": 300, "draws": 500, "cores": 1, "ess": 100, "rhat": 1.05}


@pytest.mark.slow
def test_drivers_find_what_was_planted_in_arrays_vectors_and_dask():
    columns = rows()
    found = vadose.drivers(columns, **SAMPLER)
    assert found["passed"], found["passed"].attrs["reasons"]
    assert found["mean"].dims == ("response", "term") and found["rows"] == 240 and found["cells"] == 4
    size = {name: values.std() for name, values in columns.items()}
    assert found["mean"].sel(response="P", term="Ta") == pytest.approx(0.9 * size["Ta"] / size["P"], abs=0.06)
    assert found["mean"].sel(response="SM", term="GPP") == pytest.approx(-0.8 * size["GPP"] / size["SM"], abs=0.06)
    assert abs(found["mean"].sel(term="LST")).max() < 0.1
    labelled = xr.Dataset(
        {name: (("lat", "lon", "time"), values.reshape(2, 2, 60)) for name, values in columns.items()}
    )
    for same in (labelled.chunk(lat=1, time=7), labelled.transpose("time", "lat", "lon")):
        xr.testing.assert_identical(vadose.drivers(same, **SAMPLER), found)
    vectors = {name: values.ravel() for name, values in columns.items()}
    pooled = vadose.drivers(vectors, **SAMPLER)
    xr.testing.assert_identical(vadose.drivers(pd.DataFrame(vectors), **SAMPLER), pooled)
    same_rows = vadose.drivers(columns, group="none", **SAMPLER)
    np.testing.assert_allclose(same_rows["mean"], pooled["mean"], atol=0.005)  # standard deviations are 0.02


def test_drivers_say_what_lacks(monkeypatch):
    columns = rows()
    with pytest.raises(ValueError, match="expected Ta, GPP, LST, P, SM, found none named LST; rename"):
        vadose.drivers({name: values for name, values in columns.items() if name != "LST"})
    with pytest.raises(ValueError, match="group: expected cell or none, found 'lat'"):
        vadose.drivers(columns, group="lat")
    with pytest.raises(ValueError, match=r"Ta: expected a vector or \(cell, time\), found shape \(1, 4, 60\)"):
        vadose.drivers(columns | {"Ta": columns["Ta"][None]})
    with pytest.raises(drivers.NotEstimable, match="Ta: constant over the"):
        vadose.drivers(columns | {"Ta": np.ones((4, 60))})
    monkeypatch.setattr("vadose.xarray.controls.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"install the extra bayes \(pip install \"vadose\[bayes\]\"\)"):
        vadose.drivers(columns)


def test_the_extra_that_drivers_name_holds_the_sampler(root):
    extras = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert any(line.startswith(controls.SAMPLER) for line in extras["bayes"])


@pytest.mark.one_python  # the wheel is installed by itself there
def test_labelled_functions_need_only_what_the_library_needs(root):
    """Neither dask nor the sampler is imported before an array of theirs comes."""
    code = (
        "import sys, vadose.xarray; print(sorted({'dask', 'nutpie', 'pymc', 'arviz', 'matplotlib'} & set(sys.modules)))"
    )
    surroundings = {"PYTHONPATH": str(root / "workflow_scripts"), "NUMBA_CACHE_DIR": str(root / ".numba_cache")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=surroundings)
    assert done.stdout == "[]\n", done.stderr


SPEAKING = """
import logging, sys
sys.path.insert(0, {folder!r})
{before}
from vadose.core.compiled import kernel
import vadose.part
vadose.part.twice(1.5), vadose.part.twice(1)
"""


@pytest.mark.parametrize("logs", [False, pytest.param(True, marks=pytest.mark.one_python)])
def test_the_first_compilation_says_so_once(logs, tmp_path, root):
    """On the screen where nobody keeps a log; in a job, whose log has it, the screen stays quiet."""
    (tmp_path / "vadose/core").mkdir(parents=True)
    for name in ("__init__.py", "core/__init__.py"):
        (tmp_path / "vadose" / name).write_text("", encoding="utf-8")
    (tmp_path / "vadose/core/compiled.py").write_text(
        (root / "workflow_scripts/vadose/core/compiled.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "vadose/part.py").write_text(
        "from vadose.core.compiled import kernel\n\n\n@kernel\ndef twice(x):\n    return 2 * x\n", encoding="utf-8"
    )
    before = f"logging.basicConfig(filename={str(tmp_path / 'job.log')!r}, level='INFO')" if logs else ""
    code = SPEAKING.format(folder=str(tmp_path), before=before)
    said = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        )
        said.append((tmp_path / "job.log").read_text(encoding="utf-8") if logs else done.stderr)
        assert done.stdout == "" and (not logs or done.stderr == "")
    assert said[0].count("compiles its loops at their first use") == 1 and str(tmp_path / "cache") in said[0]
    assert said[1] == (said[0] if logs else ""), "kept code needs no word"
    assert "INFO" in said[0] if logs else "INFO" not in said[0]
