"""Slopes of one series with errors that allow for memory, against their formulas."""

import numpy as np
import pytest

from vadose.statistics.trend import line_null, share_null
from vadose.statistics.trend.line import ar1_line, hac_line

YEARS = np.arange(1980, 2020)


def made_up(phi=0.6, slope=0.3, seed=3):
    noise = np.random.default_rng(seed).standard_normal(YEARS.size)
    for year in range(1, YEARS.size):
        noise[year] += phi * noise[year - 1]
    return 5 + slope * (YEARS - 1980) + noise


@pytest.mark.parametrize("lags", [0, 3, None])
def test_errors_of_newey_and_west(lags):
    values, x = made_up(), np.column_stack([np.ones(YEARS.size), YEARS - YEARS.mean()])
    bread = np.linalg.inv(x.T @ x)
    b = bread @ x.T @ values
    scores = x * (values - x @ b)[:, None]
    meat = scores.T @ scores
    used = 3 if lags is None else lags  # floor(4 (40 / 100)^(2/9)) = 3
    for lag in range(1, used + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (used + 1)) * (cross + cross.T)
    error = np.sqrt(YEARS.size / (YEARS.size - 2) * (bread @ meat @ bread)[1, 1])
    line = hac_line(values, YEARS, lags=lags)
    assert line.slope == pytest.approx(b[1], rel=1e-12) and line.error == pytest.approx(error, rel=1e-12)
    assert line.n == 40 and np.isnan(line.memory) and 0 < line.p < 0.05


def test_line_under_autoregressive_errors():
    values = made_up()
    line = ar1_line(values, YEARS)
    x = np.column_stack([np.ones(YEARS.size), YEARS - YEARS.mean()])
    quasi_x, quasi_y = x[1:] - line.memory * x[:-1], values[1:] - line.memory * values[:-1]
    b = np.linalg.solve(quasi_x.T @ quasi_x, quasi_x.T @ quasi_y)
    rest = quasi_y - quasi_x @ b
    error = np.sqrt((rest @ rest) / (rest.size - 2) * np.linalg.inv(quasi_x.T @ quasi_x)[1, 1])
    assert line.slope == pytest.approx(b[1], rel=1e-8) and line.error == pytest.approx(error, rel=1e-8)
    residual = values - x @ b
    assert line.memory == pytest.approx((residual[1:] @ residual[:-1]) / (residual[:-1] @ residual[:-1]), abs=1e-8)
    assert line.error > hac_line(values, YEARS, lags=0).error  # memory makes trends less certain


@pytest.mark.one_python
@pytest.mark.parametrize("years", [25, 52])
@pytest.mark.parametrize("memory", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("lags", [2, None])
def test_intervals_hold_the_truth_and_p_its_level(lags, memory, years):
    """-+1.96 errors hold it in 71 (Newey and West) and 81 % (AR(1)) of series of 25 years with lag-1 0.6."""
    series = share_null.ar1(np.random.default_rng(8).standard_normal((1000, years)), memory)
    slope, error = line_null.autoregressive(series) if lags is None else line_null.newey_west(series, lags)
    low, high, p = np.transpose([line_null.judged(lags, *one) for one in zip(series, slope, error, strict=True)])
    held = (low < 0) & (high > 0)
    assert 0.915 < held.mean() < 0.97
    assert np.mean(held == (p > 0.05)) > 0.995 and 0.075 < np.mean(p <= 0.1) < 0.135
    if (years, memory) == (25, 0.6):
        assert np.mean(np.abs(slope) < 1.96 * error) < 0.84


def test_many_series_at_once_are_those_of_statsmodels():
    series = np.stack([made_up(0.5, 0.1, seed) for seed in range(10)])
    for values, slope, error in zip(series, *line_null.autoregressive(series), strict=True):
        line = ar1_line(values, YEARS)
        assert (line.slope, line.error) == pytest.approx((slope, error), rel=1e-7)
        assert line.low < line.slope < line.high and line.high + line.low == pytest.approx(2 * line.slope)
    for values, slope, error in zip(series, *line_null.newey_west(series, 3), strict=True):
        line = hac_line(values, YEARS)
        assert (line.slope, line.error) == pytest.approx((slope, error), rel=1e-11)
        assert line.high - line.slope > 1.96 * line.error


def test_ends_may_be_missing_but_no_year_between():
    values = made_up()
    values[[0, -1]] = np.nan
    assert ar1_line(values, YEARS) == ar1_line(values[1:-1], YEARS[1:-1])
    assert hac_line(values, YEARS).n == 38
    values[20] = np.nan
    for line in (hac_line(values, YEARS), ar1_line(values, YEARS)):
        assert np.isnan(line.slope) and np.isnan(line.error) and line.n == 37
    assert np.isnan(hac_line(YEARS * 0.5, YEARS).slope)  # nothing but a line: it has no errors
    assert np.isnan(ar1_line(np.full(40, 2.0), YEARS).slope)
    assert np.isnan(hac_line(made_up()[:7], YEARS[:7]).slope)
    with pytest.raises(ValueError, match="expected one shape"):
        hac_line(values, YEARS[:-1])
