"""A cell's result is the same to the last bit whatever tile it is in: alone, among six others, or among all."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from vadose.core import grid, time_scales
from vadose.statistics import attribution, correlation, lags, seasons, significance
from vadose.statistics.copula import dependence, families
from vadose.statistics.copula.bootstrap import tau_interval
from vadose.statistics.copula.goodness import goodness_of_fit
from vadose.statistics.copula.ranks import pseudo_observations
from vadose.statistics.copula.selection import fit_families, select
from vadose.statistics.margins.parametric import fit_precipitation, fit_soil_moisture
from vadose.statistics.ridge import regression
from vadose.statistics.trend.autocorrelation import hamed_rao, lag_one
from vadose.statistics.trend.mann_kendall import block_bootstrap, mann_kendall
from vadose.statistics.trend.prewhitening import three_pw
from vadose.statistics.trend.share import trend_share

CELLS, TIMES = 23, 96  # 23 = 3 * 7 + 2: tiles of unequal size
YEARS = np.arange(1990.0, 1990.0 + 24)
MONTHS = np.arange("2000-01", "2008-01", dtype="datetime64[M]")


def parts(result):
    """The arrays of a result, by name."""
    if is_dataclass(result):
        return {field.name: np.asarray(getattr(result, field.name)) for field in fields(result)}
    if hasattr(result, "_asdict"):
        return {name: np.asarray(value) for name, value in result._asdict().items()}
    if isinstance(result, (list, tuple)):
        return {f"{k} {name}": value for k, item in enumerate(result) for name, value in parts(item).items()}
    return {"": np.asarray(result)}


def assert_same_in_every_tile(statistic, *arrays, cells=CELLS):
    """`statistic` of all cells against the same statistic of 7 tiles and of single cells."""
    whole = parts(statistic(*arrays))
    for count in (1, 7, cells):
        bounds = np.linspace(0, cells, count + 1).astype(int)
        pieces = [parts(statistic(*(array[a:b] for array in arrays))) for a, b in zip(bounds, bounds[1:])]
        for name, values in whole.items():
            if not (values.ndim and values.shape[0] == cells):
                assert all(np.array_equal(piece[name], values, equal_nan=True) for piece in pieces), name
                continue
            joined = np.concatenate([piece[name] for piece in pieces])
            same = np.array_equal(joined, values, equal_nan=values.dtype.kind == "f")
            assert same, f"{name} differs with {count} tiles by {np.nanmax(np.abs(joined - values))}"


def persistent(random, *shape):
    """Series with memory along the last axis, some values missing."""
    noise = random.standard_normal(shape)
    for step in range(1, shape[-1]):
        noise[..., step] += 0.5 * noise[..., step - 1]
    return noise


@pytest.fixture(scope="module")
def pairs():
    """Driver and response of cells that depend on one another with every strength and sign, so that many families are
    chosen."""
    random = np.random.default_rng(11)
    strength = np.linspace(-0.95, 0.95, CELLS)[:, None]
    driver = persistent(random, CELLS, TIMES)
    response = strength * driver + np.sqrt(1 - strength**2) * persistent(random, CELLS, TIMES)
    response[::3] = np.exp(response[::3]) + 0.3 * np.maximum(driver[::3], 0) ** 2
    response[4, 10:20], driver[5, :7] = np.nan, np.nan
    return driver, response


@pytest.fixture(scope="module")
def annual():
    """Yearly series with slopes, memory, ties and gaps."""
    random = np.random.default_rng(5)
    values = persistent(random, CELLS, YEARS.size) + np.linspace(-0.2, 0.2, CELLS)[:, None] * (YEARS - YEARS[0])
    values[3], values[7, 5:9] = np.round(values[3]), np.nan
    return values


@pytest.fixture(scope="module")
def layered():
    """Monthly soil moisture (cell, layer, year, 12)."""
    random = np.random.default_rng(3)
    values = 30 + 5 * np.cos(2 * np.pi * np.arange(12) / 12) + random.standard_normal((CELLS, 3, YEARS.size, 12))
    values[2, 1, 4, 3] = np.nan
    return values


@pytest.mark.parametrize("code", families.CODES)
def test_tau_and_tails_of_every_family(code):
    """Parameters over their range, among them those near which a formula changes (t = 1 of Frank, t = 2 of Joe)."""
    position = list(families.CODES).index(code)
    base, sign = families.BASE[position], -1.0 if families.NEGATIVE[position] else 1.0
    low, high = {
        families.GAUSSIAN: (-0.95, 0.95),
        families.STUDENT: (-0.95, 0.95),
        families.FRANK: (-8.0, 8.0),
    }.get(base, (1.05, 5.0))
    first = np.linspace(low, high, CELLS)
    if base in (families.BB8, families.TAWN):
        second = np.linspace(0.05, 0.95, CELLS)
    else:
        second = np.linspace(2.5, 6.0, CELLS)
    rotated = sign if families.BB[position] else 1.0
    arrays = np.full(CELLS, float(code)), sign * first, rotated * second
    assert np.isfinite(dependence.kendall_tau(*arrays)).all()
    assert_same_in_every_tile(dependence.kendall_tau, *arrays)
    assert_same_in_every_tile(dependence.tail_dependence, *arrays)


def test_copulas(pairs):
    u, v = (pseudo_observations(side) for side in pairs)
    assert_same_in_every_tile(pseudo_observations, pairs[0])
    assert np.unique(select(u, v).family).size >= 6
    assert_same_in_every_tile(select, u, v)
    assert_same_in_every_tile(lambda a, b: fit_families(a, b, families=[2, 5, 9, 14, 104])._replace(family=0), u, v)
    assert_same_in_every_tile(lambda a, b: tau_interval(a, b, resamples=15), u, v)
    assert_same_in_every_tile(lambda a, b: goodness_of_fit(a, b, select(a, b), resamples=5), u, v)


def test_margins(pairs):
    assert_same_in_every_tile(fit_soil_moisture, pairs[1] + 10)
    assert_same_in_every_tile(fit_precipitation, np.maximum(pairs[0] + 0.5, 0.0))


def test_lags(pairs):
    assert_same_in_every_tile(lambda x, y: lags.kendall_lags(x, y, 6), *pairs)
    assert_same_in_every_tile(lambda x, y: lags.optimal_lag(x, y, 6, null="circular"), *pairs)
    assert_same_in_every_tile(lambda x, y: lags.optimal_lag_and_field_p(x, y, 6, season=2)[1:], *pairs)


@pytest.mark.parametrize("choose", ["gcv", "loo", "fixed"])
def test_ridge(pairs, choose):
    random = np.random.default_rng(8)
    predictors = random.standard_normal((CELLS, TIMES, 4)) + pairs[0][..., None] * np.array([0.9, 0.5, 0.0, 0.3])
    assert_same_in_every_tile(lambda x, y: regression.fit(x, y, choose=choose), predictors, pairs[1])


@pytest.mark.parametrize(
    "test",
    [
        mann_kendall,
        hamed_rao,
        three_pw,
        lag_one,
        trend_share,
        lambda values, years: block_bootstrap(values, years, replicates=30),
        lambda values, years: significance.step_test(values, years, 2000.0, trend=True),
    ],
    ids=["mann_kendall", "hamed_rao", "three_pw", "lag_one", "trend_share", "block_bootstrap", "step_test"],
)
def test_trends(annual, test):
    whole = np.where(np.isnan(annual), 0.5, annual) if test is three_pw else annual
    assert_same_in_every_tile(lambda values: test(values, YEARS), whole)


@pytest.mark.parametrize("basis", ["year", "climatology"])
@pytest.mark.parametrize("rank_on", ["total", "layer"])
def test_seasons_and_attribution(layered, rank_on, basis):
    def means(values):
        return seasons.seasonal_means(values, seasons.moisture_seasons(values, rank_on, basis))

    periods = [(1990, 2001), (1990, 2013)]
    assert_same_in_every_tile(means, layered)
    assert_same_in_every_tile(lambda values: attribution.attribute(means(values), YEARS), layered)
    assert_same_in_every_tile(
        lambda values: attribution.attribute_monthly(values, YEARS, periods, rank_on=rank_on, basis=basis), layered
    )


def test_correlation_and_time_scales(pairs, annual):
    assert_same_in_every_tile(lambda x, y: correlation.pearson(x, y, "linear", YEARS), annual, annual[::-1].copy())
    assert_same_in_every_tile(lambda x: time_scales.anomalies(x, MONTHS), pairs[0])
    for scale in time_scales.SCALES:
        assert_same_in_every_tile(lambda x, scale=scale: time_scales.aggregate(x, MONTHS, scale, "mean"), pairs[0])


def test_remapping_of_times():
    """Fields of several times are remapped together or one by one."""
    source = grid.Grid(np.arange(0.5, 10), np.arange(0.5, 20))
    target = grid.Grid(np.arange(1.25, 10, 2.5), np.arange(1.25, 20, 2.5))
    fields_of_times = np.random.default_rng(1).standard_normal((CELLS, 10, 20))
    fields_of_times[:, 2, 3] = np.nan
    assert_same_in_every_tile(lambda values: grid.regrid(values, source, target), fields_of_times)
