"""Attribution: the invariants of docs/methods.md#a3, the 32 covariances computed one by one, and the one-pass route
from months."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vadose.statistics.attribution import attribute, attribute_monthly, global_shares, top_terms
from vadose.statistics.seasons import moisture_seasons, seasonal_means

CLOSE = {"rtol": 0, "atol": 1e-11}


@st.composite
def worlds(draw):
    """Seasonal means of 3 cells over 5-30 years with gaps, as soil moisture is: positive, a few per cent to tens of per
    cent of variation."""
    n = draw(st.integers(5, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layers, seasons = draw(st.integers(1, 5)), draw(st.integers(2, 4))
    common = rng.normal(size=(3, n, 1, 1)) * draw(st.floats(0, 5))
    trend = rng.normal(size=(3, 1, seasons, layers)) * draw(st.floats(0, 2)) * np.arange(n)[None, :, None, None]
    values = 200 + 100 * rng.random((1, 1, seasons, layers)) + common + trend + rng.normal(size=(3, n, seasons, layers))
    gaps = draw(st.lists(st.integers(0, n - 1), max_size=n - 4))
    values[1, gaps, 0, 0] = np.nan
    return values, 1948.0 + np.cumsum(rng.integers(1, 3, n))


def direct(values, years):
    """Equations (1)-(9) word for word: 2 x S x D covariances of fitted lines and residuals with TSM."""
    n, seasons, layers = values.shape
    design = np.column_stack([np.ones(n), years - years.mean()])
    flat = values.reshape(n, -1)
    trend = design @ np.linalg.lstsq(design, flat, rcond=None)[0]
    tsm = flat.sum(axis=1)
    covariance = [
        [np.cov(component[:, k], tsm)[0, 1] for k in range(seasons * layers)] for component in (trend, flat - trend)
    ]
    return (np.array(covariance) / np.var(tsm, ddof=1)).reshape(2, seasons, layers), trend, flat - trend


@given(worlds())
def test_equals_the_covariances_computed_one_by_one(world):
    values, years = world
    found = attribute(values, years)
    for cell in range(3):
        there = np.isfinite(values[cell]).all(axis=(1, 2))
        expected, trend, iav = direct(values[cell][there], years[there])
        np.testing.assert_allclose(found.contribution[cell], expected, **CLOSE)
        tsm = values[cell][there].sum(axis=(1, 2)) / values.shape[2]
        assert found.variance[cell] == pytest.approx(np.var(tsm, ddof=1), rel=1e-10)
        cross = (trend - trend.mean(axis=0)).T @ (iav - iav.mean(axis=0))
        assert np.abs(cross).max() < 1e-8 * np.sqrt(
            np.sum(trend**2) * np.sum(iav**2)
        )  # Cov(T, I) = 0 under least squares


@given(worlds())
def test_contributions_and_every_marginal_sum_to_one(world):
    found = attribute(*world).contribution
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)), 1, **CLOSE)
    for kept in (1, 2, 3):
        others = tuple(axis for axis in (1, 2, 3) if axis != kept)
        np.testing.assert_allclose(found.sum(axis=others).sum(axis=1), 1, **CLOSE)


@given(worlds())
def test_trend_share_is_r_squared_of_the_total_on_year(world):
    values, years = world
    found = attribute(values, years).contribution[:, 0].sum(axis=(1, 2))
    for cell in range(3):
        tsm = values[cell].sum(axis=(1, 2))
        there = np.isfinite(tsm)
        np.testing.assert_allclose(found[cell], np.corrcoef(tsm[there], years[there])[0, 1] ** 2, **CLOSE)


@given(worlds(), st.floats(0.01, 1000), st.floats(-150, 1000), st.integers(-3000, 3000))
def test_units_constants_and_the_origin_of_time_do_not_matter(world, unit, constant, origin):
    values, years = world
    found = attribute(values, years)
    np.testing.assert_allclose(attribute(values * unit, years).contribution, found.contribution, **CLOSE)
    np.testing.assert_allclose(attribute(values * unit, years).omega, found.omega, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(attribute(values * unit, years).variance, found.variance * unit**2, rtol=1e-10)
    np.testing.assert_allclose(attribute(values + constant, years).contribution, found.contribution, **CLOSE)
    np.testing.assert_allclose(attribute(values, years + origin).contribution, found.contribution, **CLOSE)
    np.testing.assert_allclose(attribute(values[:, ::-1], -years[::-1]).contribution, found.contribution, **CLOSE)


@given(worlds())
def test_omega_weighted_by_mean_moisture_is_one(world):
    values, years = world
    found = attribute(values, years)
    for cell in range(3):
        there = np.isfinite(values[cell]).all(axis=(1, 2))
        mean = values[cell][there].mean(axis=0)
        share = mean / mean.sum()
        np.testing.assert_allclose(share.sum(), 1, **CLOSE)
        np.testing.assert_allclose((share * found.omega[cell]).sum(), 1, **CLOSE)
        np.testing.assert_allclose(found.omega[cell] * share, found.contribution[cell].sum(axis=0), **CLOSE)


@given(worlds(), st.randoms(use_true_random=False))
def test_order_of_layers_and_seasons_only_reorders(world, random):
    values, years = world
    layers, seasons = list(range(values.shape[3])), list(range(values.shape[2]))
    random.shuffle(layers)
    random.shuffle(seasons)
    found = attribute(values, years)
    moved = attribute(values[:, :, seasons][:, :, :, layers], years)
    np.testing.assert_allclose(moved.contribution, found.contribution[:, :, seasons][:, :, :, layers], **CLOSE)
    np.testing.assert_allclose(moved.omega, found.omega[:, seasons][:, :, layers], **CLOSE)


@given(worlds())
def test_missing_years_equal_years_left_out(world):
    values, years = world
    there = np.isfinite(values[1]).all(axis=(1, 2))
    with_gaps = attribute(values[1:2], years)
    without = attribute(values[1:2, there], years[there])
    for a, b in zip(with_gaps, without):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11)


def test_known_answer():
    """Two terms, 2000-2003: (0, 1, 2, 3) is all trend, (1, -1, -1, 1) all variability: 5 and 4 of the 9 squares."""
    values = np.array([[0.0, 1], [1, -1], [2, -1], [3, 1]]).reshape(1, 4, 1, 2) + 10
    found = attribute(values, np.arange(2000, 2004))
    np.testing.assert_allclose(found.contribution[0, :, 0], [[5 / 9, 0], [0, 4 / 9]], atol=1e-15)
    assert found.variance[0] == pytest.approx(9 / 3, rel=1e-15)
    np.testing.assert_allclose(found.omega[0, 0], [5 / 9 * 21.5 / 11.5, 4 / 9 * 21.5 / 10], rtol=1e-14)


def test_negative_contributions_are_kept():
    t = np.arange(10.0)
    values = (np.stack([3 * t, -t], axis=1) + 100).reshape(1, 10, 1, 2)
    np.testing.assert_allclose(attribute(values, t).contribution[0, 0, 0], [1.5, -0.5], rtol=1e-14)


def test_no_variance_or_too_few_years_is_missing():
    rng = np.random.default_rng(0)
    values = 100 + rng.normal(size=(5, 12, 4, 4))
    values[1] = 0.1  # constant
    values[2, :, 3, 3] = 900 - (values[2].sum(axis=(1, 2)) - values[2, :, 3, 3])  # the terms vary, their sum does not
    values[3, 2:, 1, 1] = np.nan
    values[4, 3:, 1, 1] = np.nan
    found = attribute(values, np.arange(12))
    for field in found:
        np.testing.assert_array_equal(np.isnan(field.reshape(5, -1)).all(axis=1), [False, True, True, True, False])


def test_a_small_variance_on_a_large_mean_is_not_lost():
    """Summing squares without a shift would lose all digits here."""
    rng = np.random.default_rng(4)
    small = rng.normal(size=(1, 30, 4, 4))
    small = np.round(small * 2**10) / 2**10  # exact when 2^20 is added
    years = np.arange(30.0)
    np.testing.assert_allclose(
        attribute(small + 2.0**20, years).contribution, attribute(small, years).contribution, **CLOSE
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rank_on", ["total", "layer"])
@pytest.mark.parametrize("basis", ["year", "climatology"])
def test_one_pass_from_months_equals_the_steps(dtype, rank_on, basis):
    rng = np.random.default_rng(9)
    years = np.array([1990.0, 1991, 1992, 1995, 1996, 1997, 1998, 1999, 2000, 2001, 2003, 2004])
    monthly = np.round(rng.uniform(5, 300, (40, 3, 12, 12)), 1).astype(dtype)
    monthly[rng.random(monthly.shape) < 0.002] = np.nan
    monthly[0], monthly[1, :, 4:] = np.nan, np.nan
    monthly[2] = 7.5
    periods = [(1990, 1999), (2000, 2004), (1980, 2030)]
    seasonal = seasonal_means(monthly, moisture_seasons(monthly, rank_on, basis))
    for (first, last), found in zip(periods, attribute_monthly(monthly, years, periods, rank_on=rank_on, basis=basis)):
        chosen = (years >= first) & (years <= last)
        expected = attribute(seasonal[:, chosen], years[chosen])
        for name in expected._fields:
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        np.testing.assert_array_equal(found.n, np.isfinite(seasonal[:, chosen]).all(axis=(2, 3)).sum(axis=1))


@pytest.mark.one_python
def test_one_pass_reads_any_memory_order():
    monthly = np.random.default_rng(1).uniform(1, 9, (12, 10, 3, 2)).astype(np.float32)
    turned = monthly.transpose(3, 2, 1, 0)
    one, other = (attribute_monthly(m, np.arange(10), [(0, 9)])[0] for m in (turned, np.ascontiguousarray(turned)))
    for a, b in zip(one, other):
        np.testing.assert_array_equal(a, b)


def test_top_terms_signed_and_by_size():
    contribution = np.zeros((3, 2, 4, 4))
    contribution[0, 0, 1, 2], contribution[0, 1, 3, 0], contribution[0, 1, 0, 0] = 0.5, 0.3, -0.9
    contribution[1, 1, 2, 2] = 1.0
    contribution[2] = np.nan
    signed, sized = top_terms(contribution), top_terms(contribution, by="abs")
    np.testing.assert_array_equal(signed.value, [[0.5, 0.3], [1.0, 0.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(sized.value, [[-0.9, 0.5], [1.0, 0.0], [np.nan, np.nan]])
    assert [(found.dynamics[0, 0], found.season[0, 0], found.layer[0, 0]) for found in (signed, sized)] == [
        (0, 1, 2),
        (1, 0, 0),
    ]
    assert (signed.dynamics[0, 1], signed.season[0, 1], signed.layer[0, 1]) == (1, 3, 0)
    assert (signed.dynamics[1, 1], signed.season[1, 1], signed.layer[1, 1]) == (
        0,
        0,
        0,
    )  # a tie of zeros: the first term
    assert (signed.season[2] == -1).all()
    with pytest.raises(ValueError, match=r"ranked_by"):
        top_terms(contribution, by="size")


def test_global_shares_by_hand_on_one_common_mask():
    contribution = np.array([[1.0, 0.0], [0.2, 0.8], [0.4, np.nan], [0.6, 0.4]])
    area, variance = np.array([1.0, 3.0, 1.0, np.nan]), np.array([8.0, 2.0, 1.0, 1.0])
    np.testing.assert_allclose(global_shares(contribution, area, variance), [0.6, 0.4], rtol=1e-15)
    np.testing.assert_allclose(global_shares(contribution, area, variance, "area"), [0.4, 0.6], rtol=1e-15)
    np.testing.assert_allclose(global_shares(contribution, area, variance, "variance"), [0.84, 0.16], rtol=1e-15)
    np.testing.assert_allclose(global_shares(contribution, area, variance, "median"), [0.6, 0.4], rtol=1e-15)
    assert np.isnan(global_shares(contribution[2:3], area[2:3], variance[2:3])).all()
    with pytest.raises(ValueError, match=r"headline_weight"):
        global_shares(contribution, area, variance, "mass")
    with pytest.raises(ValueError, match="area and variance"):
        global_shares(contribution, area[:2], variance)


@given(arrays(float, (6, 2, 4, 4), elements=st.floats(-2, 2)), st.lists(st.floats(0.1, 9), min_size=6, max_size=6))
def test_global_shares_of_equal_weights_agree(contribution, weights):
    equal = np.full(6, 2.5)
    for weight in ("area", "variance"):
        np.testing.assert_allclose(
            global_shares(contribution, equal, equal, weight), contribution.mean(axis=0), atol=1e-14
        )
    np.testing.assert_allclose(
        global_shares(contribution, weights, equal, "area"),
        np.average(contribution, axis=0, weights=weights),
        atol=1e-13,
    )


def test_variance_weighting_is_the_sum_of_covariances_over_the_sum_of_variances():
    rng = np.random.default_rng(6)
    values, years = 100 + rng.normal(size=(30, 20, 4, 4)) * rng.uniform(1, 9, (30, 1, 1, 1)), np.arange(20.0)
    found = attribute(values, years)
    covariances = sum(direct(values[i], years)[0] * np.var(values[i].sum(axis=(1, 2))) for i in range(30))
    total = sum(np.var(values[i].sum(axis=(1, 2))) for i in range(30))
    np.testing.assert_allclose(
        global_shares(found.contribution, np.ones(30), found.variance, "variance"), covariances / total, **CLOSE
    )


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="seasonal: expected shape"):
        attribute(np.ones((1, 3, 4, 4)), np.arange(4))
    with pytest.raises(ValueError, match="years: expected an ascending list"):
        attribute(np.ones((1, 3, 4, 4)), np.array([1, 3, 2]))
    monthly = np.ones((1, 2, 3, 12))
    with pytest.raises(ValueError, match="monthly: expected floats"):
        attribute_monthly(monthly.astype(int), np.arange(3), [(0, 2)])
    with pytest.raises(ValueError, match="periods: expected"):
        attribute_monthly(monthly, np.arange(3), [(5, 9)])
    with pytest.raises(ValueError, match="periods: expected"):
        attribute_monthly(monthly, np.arange(3), [])
    with pytest.raises(ValueError, match=r"season\.rank_on"):
        attribute_monthly(monthly, np.arange(3), [(0, 2)], rank_on="depth")
