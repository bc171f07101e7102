"""Moisture seasons: ranks by hand, ties, missing months, both switches, and the identity behind attribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vadose.statistics.seasons import moisture_seasons, rank_months, seasonal_means


def test_ranks_by_hand():
    months = np.array([[[5.0, 9, 1, 12, 3, 7, 11, 2, 8, 4, 10, 6]]])
    np.testing.assert_array_equal(rank_months(months)[0, 0], [2, 1, 3, 0, 3, 1, 0, 3, 1, 2, 0, 2])


def test_ties_go_to_the_earlier_month():
    np.testing.assert_array_equal(rank_months(np.full((1, 1, 12), 7.0))[0, 0], np.repeat([0, 1, 2, 3], 3))
    months = np.array([1.0, 2, 2, 2, 2, 1, 1, 1, 0, 0, 0, 3])
    np.testing.assert_array_equal(rank_months(months[None, None])[0, 0], [1, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 0])


@given(st.lists(st.integers(0, 6), min_size=36, max_size=36))
def test_equals_a_stable_sort(months):
    total = np.array(months, float).reshape(1, 3, 12)
    order = np.argsort(-total, axis=2, kind="stable")
    expected = np.empty(total.shape, int)
    np.put_along_axis(expected, order, np.broadcast_to(np.arange(12) // 3, total.shape), axis=2)
    np.testing.assert_array_equal(rank_months(total), expected)


def test_a_year_with_a_missing_month_has_no_season():
    total = np.tile(np.arange(12.0), (1, 3, 1))
    total[0, 1, 4] = np.nan
    season = rank_months(total)
    assert (season[0, 1] == -1).all() and (season[0, [0, 2]] >= 0).all()
    climatology = rank_months(total, basis="climatology")
    np.testing.assert_array_equal(climatology, season)


def test_climatology_ranks_the_mean_of_the_complete_years():
    total = np.stack([np.arange(12.0), 2 * np.arange(12.0)[::-1]])[None]  # the second year outweighs the first
    expected = np.repeat([0, 1, 2, 3], 3)
    np.testing.assert_array_equal(rank_months(total, basis="climatology"), np.broadcast_to(expected, (1, 2, 12)))
    np.testing.assert_array_equal(rank_months(total)[0, 0], expected[::-1])
    assert (rank_months(np.full((1, 2, 12), np.nan), basis="climatology") == -1).all()


def test_rank_on_layer_or_total():
    values = np.empty((1, 2, 1, 12))
    values[0, 0, 0], values[0, 1, 0] = np.arange(12.0), 10 * np.arange(12.0)[::-1]
    down, up = np.repeat([0, 1, 2, 3], 3), np.repeat([3, 2, 1, 0], 3)
    np.testing.assert_array_equal(moisture_seasons(values)[0, 0], down)
    np.testing.assert_array_equal(moisture_seasons(values, rank_on="layer")[0, :, 0], [up, down])
    values[0, 1, 0, 5] = np.nan  # one missing month in one layer leaves the year out in all layers
    assert (moisture_seasons(values, rank_on="layer") == -1).all()


def test_totals_are_summed_in_double_precision():
    """Two months that differ by less than float32 can add up: 600 + 0.00001 in one, 600 in the other."""
    values = np.zeros((1, 2, 1, 12), np.float32)
    values[0, 0], values[0, 1, 0, 11] = 600, 1e-5
    assert moisture_seasons(values)[0, 0, 11] == 0


def test_seasonal_means_by_hand():
    values = np.empty((1, 2, 1, 12), np.float32)
    values[0, 0, 0], values[0, 1, 0] = np.arange(12), 100 + np.arange(12)[::-1] / 16
    season = moisture_seasons(values)
    np.testing.assert_array_equal(season[0, 0], np.repeat([3, 2, 1, 0], 3))
    means = seasonal_means(values, season)
    np.testing.assert_array_equal(means[0, 0, :, 0], [10, 7, 4, 1])
    np.testing.assert_array_equal(means[0, 0, :, 1], 100 + np.array([1, 4, 7, 10]) / 16)
    values[0, 1, 0, 3] = np.nan
    assert np.isnan(seasonal_means(values, moisture_seasons(values))).all()


@pytest.mark.parametrize("rank_on", ["total", "layer"])
@pytest.mark.parametrize("basis", ["year", "climatology"])
def test_seasons_share_out_the_annual_mean(rank_on, basis):
    """TSM(year), the mean over 12 months of the sum over layers, is a quarter of the sum of all seasonal means."""
    values = np.random.default_rng(2).uniform(5, 300, (7, 4, 9, 12)).astype(np.float32)
    means = seasonal_means(values, moisture_seasons(values, rank_on, basis))
    np.testing.assert_allclose(means.sum(axis=(2, 3)) / 4, values.sum(axis=1, dtype=float).mean(axis=2), rtol=1e-13)
    if (rank_on, basis) == ("total", "year"):
        assert np.all(np.diff(means.sum(axis=3), axis=2) < 0)  # wettest first


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="total: expected shape"):
        rank_months(np.ones((1, 24)))
    with pytest.raises(ValueError, match="season.basis"):
        rank_months(np.ones((1, 1, 12)), basis="decade")
    with pytest.raises(ValueError, match="season.rank_on"):
        moisture_seasons(np.ones((1, 1, 1, 12)), rank_on="depth")
    with pytest.raises(ValueError, match="season: expected the shape"):
        seasonal_means(np.ones((1, 2, 3, 12)), np.ones((1, 4, 12), np.int8))
