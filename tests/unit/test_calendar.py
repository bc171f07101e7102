"""Months and seasons by the calendar of the standard library."""

import calendar as reference
import datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vadose.core import calendar

dates = st.dates(datetime.date(1850, 1, 1), datetime.date(2100, 12, 31))


@given(dates)
def test_every_stamp_moves_to_the_first_of_its_month(date):
    stamp = np.array([np.datetime64(date) + np.timedelta64(7, "h")])
    assert calendar.month_start(stamp)[0] == np.datetime64(date.replace(day=1))
    assert calendar.days_in_month(stamp)[0] == reference.monthrange(date.year, date.month)[1]
    assert (calendar.year_of(stamp)[0], calendar.month_of(stamp)[0]) == (date.year, date.month)


def test_months_of_a_period_and_those_that_lack():
    months = calendar.months(1999, 2001)
    assert months.size == 36 and months[0] == np.datetime64("1999-01-01") and months[-1] == np.datetime64("2001-12-01")
    assert calendar.missing_months(np.delete(months, [1, 35]), 1999, 2001) == ["1999-02", "2001-12"]


def test_seasons_hold_every_month_once():
    assert sorted(month for season in calendar.SEASONS.values() for month in season) == list(range(1, 13))


def test_a_tile_without_cells_has_years_all_the_same():
    months = np.arange("2001-01", "2003-01", dtype="datetime64[M]").astype("datetime64[ns]")
    values, years = calendar.by_year(np.empty((0, 3, 24)), months)
    assert values.shape == (0, 3, 2, 12)
    np.testing.assert_array_equal(years, [2001, 2002])
