"""Attribution with a trend that is no line: its smoothers against statsmodels, its sums against covariances computed
one by one, and two worlds, one with a curve and one with a straight line."""

import numpy as np
import pytest
from statsmodels.nonparametric.smoothers_lowess import lowess

from vadose.statistics import attribution, trend_forms
from vadose.statistics.trend_forms import Form

YEARS = np.arange(1973.0, 2025)
FORMS = [Form("lowess", 2 / 3), Form("lowess", 0.4), Form("broken", splice_year=2000)]
TRUE_SHARE = 0.02  # tolerance of the world with a line: a smoother of 2/3 has one parameter more than a line


def world(curve, noise, cells=40, seed=1):
    """(cell, year, season, layer): the curve in every season and layer, scaled by cell, and AR(0) noise."""
    rng = np.random.default_rng(seed)
    values = (
        100 + rng.uniform(0, 50, (cells, 1, 4, 3)) + curve[None, :, None, None] * rng.uniform(1, 2, (cells, 1, 4, 3))
    )
    return values + noise * rng.normal(size=(cells, curve.size, 4, 3))


def with_gaps(values):
    values = values.copy()
    values[1, [0, 7, 8], 0, 0] = np.nan
    values[2, 20:30, 2, 1] = np.nan
    return values


@pytest.mark.parametrize("span", [0.25, 2 / 3, 1.0])
@pytest.mark.parametrize("gaps", [[], [0, 3, 4, 20]])
def test_the_smoother_is_the_lowess_of_statsmodels(span, gaps):
    years = np.delete(YEARS, gaps)
    series = np.random.default_rng(2).normal(size=years.size).cumsum() + 300
    expected = lowess(series, years, frac=span, it=0, delta=0.0, return_sorted=False)
    np.testing.assert_allclose(trend_forms.smoother(years, Form("lowess", span)) @ series, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("form", FORMS)
def test_a_smoother_leaves_a_line_as_it_is(form):
    line = 3 + 0.5 * (YEARS - 1973)
    np.testing.assert_allclose(trend_forms.smoother(YEARS, form) @ line, line, atol=1e-9)


def test_the_broken_line_is_least_squares():
    series = np.random.default_rng(3).normal(size=YEARS.size)
    design = np.column_stack([np.ones(YEARS.size), YEARS - YEARS.mean(), YEARS >= 2000])
    expected = design @ np.linalg.lstsq(design, series, rcond=None)[0]
    np.testing.assert_allclose(trend_forms.smoother(YEARS, FORMS[2]) @ series, expected, atol=1e-11)


@pytest.mark.parametrize("year", [None, 1973, 1974, 2023, 2050])
def test_without_years_on_both_sides_the_broken_line_is_a_line(year):
    values = with_gaps(world(0.05 * (YEARS - 1973), 5.0))
    expected = attribution.attribute(values, YEARS)
    outcome = trend_forms.attribute(values, YEARS, Form("broken", splice_year=year))
    for name in ("contribution", "omega", "variance"):
        np.testing.assert_allclose(getattr(outcome, name), getattr(expected, name), rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(outcome.cross, 0, atol=1e-11)
    np.testing.assert_allclose(outcome.parameters, 2)


@pytest.mark.parametrize("form", FORMS)
def test_equals_the_covariances_computed_one_by_one(form):
    values = with_gaps(world(np.sin((YEARS - 1973) / 8), 2.0, cells=4))
    outcome = trend_forms.attribute(values, YEARS, form)
    for cell in range(4):
        there = np.isfinite(values[cell]).all(axis=(1, 2))
        flat = values[cell][there].reshape(int(there.sum()), -1)
        trend = trend_forms.smoother(YEARS[there], form) @ flat
        parts, total = (trend, flat - trend), flat.sum(axis=1)
        variance = np.var(total, ddof=1)
        for one, other in ((0, 1), (1, 0)):
            whole = [np.cov(series, total)[0, 1] / variance for series in parts[one].T]
            crossed = [np.cov(series, parts[other].sum(axis=1))[0, 1] / variance for series in parts[one].T]
            np.testing.assert_allclose(outcome.contribution[cell, one].reshape(-1), whole, atol=1e-11)
            np.testing.assert_allclose(outcome.cross[cell, one].reshape(-1), crossed, atol=1e-11)
        assert outcome.variance[cell] == pytest.approx(variance / 16, rel=1e-10)
        assert outcome.n[cell] == there.sum()


@pytest.mark.parametrize("form", FORMS)
def test_the_32_and_the_32_with_16_crossed_sum_to_one(form):
    outcome = trend_forms.attribute(with_gaps(world(np.sin((YEARS - 1973) / 8), 3.0)), YEARS, form)
    np.testing.assert_allclose(outcome.contribution.sum(axis=(1, 2, 3)), 1, atol=1e-10)
    own, crossed = outcome.contribution - outcome.cross, outcome.cross.sum(axis=1)
    np.testing.assert_allclose(own.sum(axis=(1, 2, 3)) + crossed.sum(axis=(1, 2)), 1, atol=1e-10)
    # Cov(T, I) is the same from either side.
    np.testing.assert_allclose(outcome.cross[:, 0].sum(axis=(1, 2)), outcome.cross[:, 1].sum(axis=(1, 2)), atol=1e-10)
    if form.kind == "lowess":
        assert np.abs(crossed.sum(axis=(1, 2))).max() > 1e-3


def shares(values, form):
    return trend_forms.attribute(values, YEARS, form).contribution[:, 0].sum(axis=(1, 2)).mean()


def test_a_planted_curve_raises_the_share_of_the_trend_and_a_line_does_not():
    t = (YEARS - YEARS.mean()) / 26
    curved, straight = world(10 * t**2, 2.0), world(10 * t, 2.0)
    linear = [
        attribution.attribute(values, YEARS).contribution[:, 0].sum(axis=(1, 2)).mean() for values in (curved, straight)
    ]
    assert linear[0] < 0.05 and shares(curved, Form("lowess", 0.4)) > 0.8
    assert abs(shares(straight, FORMS[0]) - linear[1]) < TRUE_SHARE


def test_a_planted_step_raises_the_share_of_the_broken_line_and_a_line_does_not():
    up = 0.1 * (YEARS - 1973)
    stepped, straight = world(up - 5.0 * (YEARS >= 2000), 0.5), world(up, 0.5)
    linear = [
        attribution.attribute(values, YEARS).contribution[:, 0].sum(axis=(1, 2)).mean()
        for values in (stepped, straight)
    ]
    assert linear[0] < 0.5 and shares(stepped, FORMS[2]) > 0.9
    assert abs(shares(straight, FORMS[2]) - linear[1]) < TRUE_SHARE


def test_a_cell_does_not_depend_on_its_neighbours_and_unit_and_constant_do_not_count():
    values, form = with_gaps(world(np.sin((YEARS - 1973) / 8), 3.0)), FORMS[0]
    outcome = trend_forms.attribute(values, YEARS, form)
    for chosen in (slice(0, 3), slice(3, None)):
        np.testing.assert_array_equal(
            trend_forms.attribute(values[chosen], YEARS, form).contribution, outcome.contribution[chosen]
        )
    other = trend_forms.attribute(0.001 * values + 7, YEARS + 100, form)
    np.testing.assert_allclose(other.contribution, outcome.contribution, atol=1e-9)


def test_too_few_years_and_a_constant_total_are_missing():
    values = np.ones((2, 5, 4, 2))
    values[0, :3, 0, 0] = np.nan
    outcome = trend_forms.attribute(values, np.arange(2000.0, 2005), Form("lowess"))
    assert np.isnan(outcome.contribution).all() and np.isnan(outcome.variance).all()
    assert outcome.n.tolist() == [2, 5]
