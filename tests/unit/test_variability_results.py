"""The labelled results of study A say truly why a cell has none."""

import numpy as np
import pytest

from vadose.statistics.quality import Reason
from vadose.studies.variability import results

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


def test_a_line_through_two_years_is_too_few_years_not_constant():
    values = np.random.default_rng(2).gamma(5, 20, (1, 4, 2, 12))
    fitted = results.attributions(
        values,
        YEARS[:2],
        [(2000, 2001)],
        rank_on="total",
        basis="year",
        min_months=12,
        min_year_share=0.8,
        top_by="signed",
    )
    assert fitted["reason"].values[0, 0] == Reason.TOO_FEW_YEARS
