"""3PW against the authors' package `mannkendall`, and what its docstrings promise."""

import warnings
from datetime import datetime, timedelta

import mannkendall
import numpy as np
import pytest
from mannkendall import mk_white

from vadose.statistics.trend.mann_kendall import mann_kendall
from vadose.statistics.trend.prewhitening import prewhiten, three_pw

# The installed package carries no data of its own tests (daily ones): the package itself is run, with one value every
# 365.25 days so that its seconds are our years.
START = datetime(1948, 7, 1)


def dates(n):
    return np.array([START + timedelta(days=365.25 * k) for k in range(n)])


def red_noise(lag1, cells, n, seed, trend=0.0):
    values = np.random.default_rng(seed).normal(size=(cells, n))
    for t in range(1, n):
        values[:, t] += lag1 * values[:, t - 1]
    return values + trend * np.arange(n)


def by_package(row, resolution, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns whenever there is no autocorrelation
        return mannkendall.mk_temp_aggr([dates(row.size)], [row.copy()], resolution, **options)[0]


# The resolutions are no multiples of the rounding of the data: a value on the edge of a bin falls by the last bit, in
# the package as anywhere.
SERIES = {
    "white": lambda: red_noise(0.0, 6, 25, 1),
    "red": lambda: red_noise(0.6, 6, 30, 2),
    "red and rising": lambda: red_noise(0.7, 6, 52, 3, trend=0.05),
    "very red": lambda: red_noise(0.95, 6, 77, 4),
    "alternating": lambda: red_noise(-0.6, 5, 40, 5),
    "rounded": lambda: np.round(red_noise(0.5, 6, 40, 6), 1),
    "soil moisture": lambda: 650 + 20 * red_noise(0.6, 5, 52, 7, trend=-0.02),
}


@pytest.mark.parametrize("resolution", [0.0031, pytest.param(0.37, marks=pytest.mark.one_python)])
@pytest.mark.parametrize("name", SERIES)
def test_equals_the_package(name, resolution):
    values = SERIES[name]()
    found = three_pw(values, np.arange(values.shape[1]), resolution=resolution)
    for i, row in enumerate(values):
        expected = by_package(row, resolution)
        assert found.p[i] == pytest.approx(expected["p"], abs=1e-12)
        assert found.slope[i] == pytest.approx(expected["slope"], rel=1e-9, abs=1e-12)
        assert found.lower[i] == pytest.approx(expected["lcl"], rel=1e-9, abs=1e-12)
        assert found.upper[i] == pytest.approx(expected["ucl"], rel=1e-9, abs=1e-12)
        assert found.significance[i] == {95: 1}.get(expected["ss"], expected["ss"])


def test_equals_the_package_with_gaps_and_other_levels():
    values = red_noise(0.35, 12, 45, 8, trend=0.01)
    values[np.random.default_rng(9).random(values.shape) < 0.12] = np.nan
    found = three_pw(values, np.arange(45), resolution=1e-3, alpha=0.1, alpha_lag=0.1, level=0.95)
    whitened = prewhiten(values, np.arange(45), alpha_lag=0.1).whitened
    assert 1 < whitened.sum() < 12
    for i, row in enumerate(values):
        expected = by_package(row, 1e-3, alpha_mk=90, alpha_ak=90, alpha_cl=95)
        assert found.p[i] == pytest.approx(expected["p"], abs=1e-12)
        for ours, theirs in ((found.slope, "slope"), (found.lower, "lcl"), (found.upper, "ucl")):
            assert ours[i] == pytest.approx(expected[theirs], rel=1e-9, abs=1e-12)


def test_each_version_equals_the_package():
    values = red_noise(0.7, 8, 52, 10, trend=0.02)
    found = prewhiten(values, np.arange(52))
    assert found.whitened.sum() > 4
    for i, row in enumerate(values):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = mk_white.prewhite(row.copy(), dates(52), 1e-3)
        for name in ("pw", "tfpw_y", "vctfpw"):
            np.testing.assert_allclose(getattr(found, name)[i], expected[name], rtol=1e-10, atol=1e-11)


def test_equal_values_only_are_ties_by_default():
    values = np.round(red_noise(0.3, 40, 30, 11), 1)
    found, whitened = three_pw(values, np.arange(30)), prewhiten(values, np.arange(30)).whitened
    plain = mann_kendall(values, np.arange(30))
    np.testing.assert_array_equal(found.p[~whitened], plain.p[~whitened])
    np.testing.assert_array_equal(found.slope[~whitened], plain.slope[~whitened])
    assert 0 < whitened.sum() < 40


def test_known_answer_without_noise():
    """A line is its own neighbour: r1 = 1 makes PW constant, and the detrended line has nothing to whiten."""
    years = np.arange(2000.0, 2020.0)
    found = prewhiten((3 + 0.5 * (years - 2000))[None], years)
    assert found.lag_one[0] == pytest.approx(1, abs=1e-15) and found.whitened[0]
    np.testing.assert_allclose(found.pw[0, 1:], 0.5, rtol=1e-12)
    np.testing.assert_allclose(found.tfpw_y[0], 3 + 0.5 * (years - 2000), rtol=1e-14)
    np.testing.assert_allclose(found.vctfpw[0], 0.5 * (years - 2000), rtol=1e-12)


def test_constant_short_and_empty_rows():
    values = np.full((3, 15), np.nan)
    values[1, :3] = [1, 2, 4]
    values[2] = 7.0
    found = three_pw(values, np.arange(15), alpha_lag=0.3)  # at this level three values can be significant neighbours
    assert np.isnan(found.p[:2]).all() and np.isnan(found.slope[:2]).all() and (found.significance == 0).all()
    assert (found.slope[2], found.p[2], found.lower[2], found.upper[2]) == (0, 1, 0, 0)
    assert three_pw(np.empty((0, 15)), np.arange(15)).p.shape == (0,)


def test_a_year_left_out_is_a_missing_year():
    values, years = red_noise(0.6, 20, 40, 14, trend=0.02), np.arange(1960, 2000)
    values[:, [7, 8, 20]] = np.nan
    there = np.isfinite(values[0])
    for with_gaps, left_out in zip(three_pw(values, years), three_pw(values[:, there], years[there])):
        np.testing.assert_array_equal(with_gaps, left_out)
    with pytest.raises(ValueError, match="every calendar year"):
        prewhiten(values[:, there], years[there])
    with pytest.raises(ValueError, match="whole calendar years"):
        three_pw(values, years + 0.5)


def test_years_and_units_only_scale():
    values, years = red_noise(0.6, 20, 40, 12, trend=0.05), np.arange(1960.0, 2000.0)
    one, other = three_pw(values, years), three_pw(4 * values + 0, years - 1960)
    np.testing.assert_allclose(other.p, one.p, rtol=1e-12)
    np.testing.assert_allclose(other.slope, 4 * one.slope, rtol=1e-12)


def test_keeps_its_level_where_plain_mann_kendall_does_not():
    values = red_noise(0.6, 3000, 52, 13)
    plain = np.mean(mann_kendall(values, np.arange(52)).p <= 0.05)
    combined = np.mean(three_pw(values, np.arange(52)).significance == 1)
    assert plain > 0.25 and combined < 0.12


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="alpha, alpha_lag, level"):
        three_pw(np.ones((1, 5)), np.arange(5), level=90)
    with pytest.raises(ValueError, match="years: expected"):
        three_pw(np.ones((1, 5)), np.zeros(5))
