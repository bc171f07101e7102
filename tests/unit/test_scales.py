"""Time scales by hand and by the definitions of docs/methods.md#b1."""

import numpy as np
import pytest

from vadose.core import calendar, time_scales
from vadose.studies.controls import tables as controls_tables
from vadose.studies.dependence import tables as dependence_tables
from vadose.studies.variability import tables as variability_tables

TIMES = calendar.months(2000, 2002)
VALUES = np.arange(36.0)[None] ** 2


def test_annual_and_seasons_by_hand():
    by_year = VALUES.reshape(1, 3, 12)
    np.testing.assert_array_equal(time_scales.aggregate(VALUES, TIMES, "annual", "sum"), by_year.sum(axis=2))
    # Each month counts alike, the 29 days of February 2000 as much as 31.
    np.testing.assert_allclose(time_scales.aggregate(VALUES, TIMES, "annual", "mean"), by_year.mean(axis=2), rtol=1e-15)
    np.testing.assert_allclose(
        time_scales.aggregate(VALUES, TIMES, "JJA", "mean"), by_year[:, :, 5:8].mean(axis=2), rtol=1e-15
    )


def test_tables_of_seasonal_and_annual_means_say_how_months_count():
    titles = [variability_tables.TITLES[name] for name in ("shares", "trends")]
    titles += [dependence_tables.TITLES["negative_shares"], controls_tables.TITLES["strong_controls"]]
    for title in titles:
        assert "In means over seasons and years each month counts alike, whatever its days." in title


def test_winter_takes_december_of_the_year_before_and_the_first_is_left_out():
    winters = time_scales.aggregate(VALUES, TIMES, "DJF", "sum")
    np.testing.assert_array_equal(winters, [[11.0**2 + 12**2 + 13**2, 23.0**2 + 24**2 + 25**2]])
    np.testing.assert_array_equal(time_scales.years_of(TIMES, "DJF"), [2001, 2002])


def test_a_missing_month_makes_its_season_and_year_missing():
    values = VALUES.copy()
    values[0, 11] = np.nan
    assert np.isnan(time_scales.aggregate(values, TIMES, "DJF", "mean")).tolist() == [[True, False]]
    assert np.isnan(time_scales.aggregate(values, TIMES, "annual", "mean")).tolist() == [[True, False, False]]
    assert not np.isnan(time_scales.aggregate(values, TIMES, "JJA", "mean")).any()


def test_anomalies_have_no_seasonal_cycle_and_keep_the_rest():
    rng = np.random.default_rng(3)
    cycle, noise = np.tile(rng.normal(size=12), 3), rng.normal(size=(4, 36))
    values = noise + cycle
    values[2, 7] = np.nan
    found = time_scales.anomalies(values, TIMES)
    np.testing.assert_allclose(np.nansum(found.reshape(4, 3, 12), axis=1), 0, atol=1e-14)
    complete = [0, 1, 3]
    np.testing.assert_allclose(found[complete], time_scales.anomalies(noise, TIMES)[complete], atol=1e-14)
    assert np.isnan(found[2, 7])


def test_lags_shift_each_cell_by_its_own():
    driver = np.arange(12.0).reshape(2, 6)
    np.testing.assert_array_equal(
        time_scales.lagged(driver, np.array([0, 2])), [[0, 1, 2, 3, 4, 5], [np.nan, np.nan, 6, 7, 8, 9]]
    )


def test_unknown_switches_are_named():
    with pytest.raises(ValueError, match="expected mean or sum"):
        time_scales.aggregate(VALUES, TIMES, "annual", "max")
    with pytest.raises(ValueError, match="expected a scale"):
        time_scales.aggregate(VALUES, TIMES, "weekly", "mean")
