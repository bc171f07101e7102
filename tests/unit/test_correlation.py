"""Pearson's r and its p against scipy, the degrees of freedom after detrending, and the class table by hand."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, pearsonr

from vadose.statistics import correlation
from vadose.statistics.correlation import by_class, pearson
from vadose.statistics.significance import agreement, field_significance


def pairs(cells, n, seed, r=0.4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(cells, n))
    return 100 + 20 * x, 3 + r * x + np.sqrt(1 - r**2) * rng.normal(size=(cells, n))


@pytest.mark.parametrize("r", [0.0, 0.4, -0.95, 0.999999])
def test_equals_scipy_with_pairwise_gaps(r):
    x, y = pairs(40, 24, 1, r)
    rng = np.random.default_rng(2)
    x[rng.random(x.shape) < 0.15], y[rng.random(y.shape) < 0.15] = np.nan, np.nan
    found = pearson(x, y)
    for i in range(40):
        both = np.isfinite(x[i]) & np.isfinite(y[i])
        expected = pearsonr(x[i, both], y[i, both])
        assert found.n[i] == both.sum()
        assert found.r[i] == pytest.approx(expected.statistic, rel=1e-12, abs=1e-14)
        assert found.p[i] == pytest.approx(expected.pvalue, rel=1e-9 if abs(r) < 0.99 else 1e-7)


def test_detrended_equals_scipy_on_residuals():
    x, y = pairs(20, 25, 3)
    years = np.array([*range(2000, 2012), *range(2014, 2027)], float)
    found = pearson(x + 3 * years, y - 0.2 * years, detrend="linear", years=years)
    for i in range(20):
        u, v = (z - np.polyval(np.polyfit(years - 2010, z, 1), years - 2010) for z in (x[i], y[i]))
        assert found.r[i] == pytest.approx(pearsonr(u, v).statistic, abs=1e-10)


def test_detrended_p_equals_the_regression_coefficient_given_the_trend():
    """n - 3: the t test of x in a least-squares fit of y on (1, year, x)."""
    from statsmodels.api import OLS

    x, y = pairs(10, 18, 4)
    found = pearson(x, y, detrend="linear")
    for i in range(10):
        fit = OLS(y[i], np.column_stack([np.ones(18), np.arange(18), x[i]])).fit()
        assert found.p[i] == pytest.approx(fit.pvalues[2], rel=1e-8)


@pytest.mark.parametrize("detrend", ["none", "linear"])
def test_p_is_uniform_without_dependence(detrend):
    x, y = pairs(40_000, 12, 5, r=0.0)
    found = pearson(x, y + 0.3 * np.arange(12) * (detrend == "linear"), detrend=detrend)
    assert kstest(found.p, "uniform").statistic < 1.63 / np.sqrt(40_000)  # one per cent level


@given(st.integers(0, 2**31), st.floats(0.01, 100), st.floats(-50, 50))
def test_units_order_and_common_trends(seed, unit, trend):
    x, y = pairs(3, 15, seed)
    found = pearson(x, y)
    np.testing.assert_allclose(pearson(y, x).r, found.r, atol=1e-13)
    np.testing.assert_allclose(pearson(unit * x + trend, y).r, found.r, atol=1e-11)
    np.testing.assert_allclose(pearson(-x, y).r, -found.r, atol=1e-13)
    detrended = pearson(x, y, detrend="linear")
    np.testing.assert_allclose(pearson(x + trend * np.arange(15), y, detrend="linear").r, detrended.r, atol=1e-10)


def test_few_years_constants_and_lines_are_missing():
    x, y = pairs(6, 20, 6)
    y[0, 9:] = np.nan  # nine
    y[1, 10:] = np.nan  # ten
    x[2] = 0.1
    y[3] = np.nan
    x[4] = 0.3 * np.arange(20) + 0.7
    y[5] = np.where(np.arange(20) < 12, 5.0, np.nan)
    plain, detrended = pearson(x, y), pearson(x, y, detrend="linear")
    np.testing.assert_array_equal(np.isnan(plain.r), [True, False, True, True, False, True])
    np.testing.assert_array_equal(np.isnan(detrended.r), [True, False, True, True, True, True])
    np.testing.assert_array_equal(plain.n, [9, 10, 20, 0, 20, 12])
    np.testing.assert_array_equal(np.isnan(plain.p), np.isnan(plain.r))


def test_perfect_correlation():
    x, _ = pairs(2, 12, 7)
    found = pearson(x, 5 * x + 1)
    np.testing.assert_allclose(found.r, 1, rtol=1e-15)
    assert np.all(found.p < 1e-60)


def test_class_table_by_hand():
    nan = np.nan
    r = np.array([0.5, -0.1, 0.9, nan, 0.2, 0.8])
    p = np.array([0.01, 0.6, 0.05, nan, 0.04, 0.001])
    classes = np.array([0, 0, 0, 0, 1, -1])
    area = np.array([1.0, 2.0, 1.0, 6.0, 5.0, 5.0])
    found = by_class(r, p, classes, 3, area)
    np.testing.assert_allclose(found.r, [1.3 / 3, 0.2, nan, 1.5 / 4], rtol=1e-14)
    np.testing.assert_allclose(found.p, [0.66 / 3, 0.04, nan, 0.7 / 4], rtol=1e-14)
    np.testing.assert_allclose(found.r_by_area, [1.2 / 4, 0.2, nan, 2.2 / 9], rtol=1e-14)
    np.testing.assert_allclose(found.p_by_area, [1.26 / 4, 0.04, nan, 1.46 / 9], rtol=1e-14)
    np.testing.assert_array_equal(found.cells, [4, 1, 0, 5])
    np.testing.assert_array_equal(found.valid, [3, 1, 0, 4])
    np.testing.assert_array_equal(found.significant, [2, 1, 0, 3])  # 0.05 itself is significant, as everywhere
    np.testing.assert_allclose(found.share_of_valid, [2 / 3, 1, nan, 3 / 4], rtol=1e-14)
    np.testing.assert_allclose(found.share_of_grid, [2 / 6, 1 / 6, 0, 3 / 6], rtol=1e-14)
    np.testing.assert_array_equal(found.area, [4, 5, 0, 9])
    np.testing.assert_allclose(found.area_share_of_valid, [2 / 4, 1, nan, 7 / 9], rtol=1e-14)
    np.testing.assert_allclose(found.area_share_of_grid, [2 / 20, 5 / 20, 0, 7 / 20], rtol=1e-14)


def test_class_table_without_any_valid_cell():
    found = by_class(np.full(2, np.nan), np.full(2, np.nan), np.array([0, -1]), 1, np.ones(2))
    assert np.isnan(found.r).all() and np.isnan(found.share_of_valid).all()
    assert (found.valid == 0).all() and (found.share_of_grid == 0).all()


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="x and y"):
        pearson(np.ones((1, 10)), np.ones((1, 11)))
    with pytest.raises(ValueError, match=r"correlation\.detrend"):
        pearson(np.ones((1, 10)), np.ones((1, 10)), detrend="cubic")
    with pytest.raises(ValueError, match="classes: expected codes below 2"):
        by_class(np.ones(1), np.ones(1), np.array([2]), 2, np.ones(1))
    with pytest.raises(ValueError, match="one value per cell"):
        by_class(np.ones(2), np.ones(1), np.array([0]), 2, np.ones(1))


def test_a_p_at_the_level_is_significant_everywhere():
    """One rule, p <= alpha: in classes as in the field, in the count of tests and in the table of trend tests."""
    p = np.array([0.05, np.nextafter(0.05, 1)])
    found = by_class(np.ones(2), p, np.array([0, 1]), 2, np.ones(2), alpha=0.05)
    np.testing.assert_array_equal(found.significant, [1, 0, 1])
    np.testing.assert_array_equal(agreement({"one": p}, 0.05), [1, 0])
    assert field_significance(np.array([0.05]), 0.05)[1][0]
    source = Path(correlation.__file__).parents[1]
    strict = re.compile(r"(?<![<=>])<\s*(\w+\.)*alpha(_fdr)?\b(?!\s*<)|\balpha(_fdr)?\s*>(?!=)")
    for path in (path for path in source.rglob("*.py")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if strict.search(line)]
        assert [line for line in lines if "0 < alpha" not in line] == [], path
