"""The labelled results of study A say truly why a cell has none."""

import numpy as np
import pytest
import xarray as xr

from vadose.statistics.quality import Reason
from vadose.statistics.trend import mann_kendall
from vadose.statistics.trend_forms import Form
from vadose.studies.variability import results, tables

YEARS = np.arange(2000, 2025)


@pytest.fixture
def monthly():
    """Four cells: April always missing; five whole years and twenty of eleven months; constant; whole."""
    values = np.random.default_rng(1).gamma(5, 20, (4, 4, 25, 12))
    values[0, :, :, 3] = np.nan
    values[1, :, :20, 3] = np.nan
    values[2] = 7.3
    return values


@pytest.mark.parametrize("min_months", [11, 12])
def test_years_that_the_seasons_cannot_use_do_not_count(monthly, min_months):
    """With eleven months a year has no seasons: it may not help a cell over the rule of 20 in 25 years, and a cell that
    varies is not called constant."""
    fitted = results.attributions(
        monthly,
        YEARS,
        [(2000, 2024)],
        rank_on="total",
        basis="year",
        min_months=min_months,
        min_year_share=0.8,
        top_by="signed",
    )
    expected = [Reason.TOO_FEW_YEARS, Reason.TOO_FEW_YEARS, Reason.CONSTANT, Reason.OK]
    np.testing.assert_array_equal(fitted["reason"].values[:, 0], expected)
    np.testing.assert_array_equal(np.isfinite(fitted["variance"].values[:, 0]), [False, False, False, True])
    assert fitted["years"].values[3, 0] == 25


@pytest.mark.parametrize(("form", "count"), [(Form(), 2), (Form("lowess"), 3), (Form("broken"), 2)])
def test_a_trend_through_few_years_is_too_few_years_not_constant(form, count):
    """A line takes two years whole, LOWESS three: the share of the trend was 1 there."""
    values = np.random.default_rng(2).gamma(5, 20, (1, 4, count + 1, 12))
    fitted = results.attributions(
        values,
        YEARS[: count + 1],
        [(2000, 1999 + count), (2000, 2000 + count)],
        rank_on="total",
        basis="year",
        min_months=12,
        min_year_share=0.8,
        top_by="signed",
        form=form,
    )
    assert fitted["reason"].values[0].tolist() == [Reason.TOO_FEW_YEARS, Reason.OK]
    assert np.isnan(fitted["variance"].values[0, 0])
    assert fitted["contribution"].values[0, 1, 0].sum() < 0.999


def test_the_slope_of_the_area_mean_series_says_how_many_cells_it_has():
    """150 cells fall by 1 a year, 50 rise by 5 and lack one year each: a row of 200 cells with a mean of 0.5 had an
    area mean with a slope of -1, that of the 150 cells without a gap, and no word of them."""
    rng = np.random.default_rng(3)
    slope = np.where(np.arange(200) < 150, -1.0, 5.0)
    series = 300.0 + slope[:, None, None] * (YEARS - 2012) + rng.normal(0, 1, (200, 1, 25))
    series[np.arange(150, 200), 0, rng.integers(0, 25, 50)] = np.nan
    cells = np.arange(200)
    fitted = xr.Dataset(
        {"slope": (("cell", "period", "series"), mann_kendall.mann_kendall(series[:, 0], YEARS).slope[:, None, None])},
        coords={"area": ("cell", np.ones(200)), "cell": cells, "period": ["2000-2024"], "series": ["total"]},
    )
    means = {"2000-2024": results.mean_series(series, YEARS, "2000-2024", np.ones(200))}
    row = tables.trends(fitted, means, YEARS).iloc[0]
    assert row["cells"] == 200 and row["mean_over_cells"] == pytest.approx(0.5, abs=0.05)
    assert row["slope_of_mean"] == pytest.approx(0.5, abs=0.05) and row["line_of_mean"] == pytest.approx(0.5, abs=0.05)
    assert row["cells_of_mean"] == np.isfinite(series[:, 0]).sum(axis=0).min() < 200
    for kind in ("hac", "ar1"):
        assert row[f"{kind}_low_of_mean"] < row["line_of_mean"] < row[f"{kind}_high_of_mean"]
