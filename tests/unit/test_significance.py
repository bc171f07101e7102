"""Field significance, agreement and the step test: levels that must hold, and answers that can be had by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, mannwhitneyu, norm, rankdata, ttest_ind

from vadose.statistics.significance import agreement, field_significance, step_test


def red_noise(lag1, cells, n, seed):
    values = np.random.default_rng(seed).normal(size=(cells, n))
    values[:, 0] /= np.sqrt(1 - lag1**2)
    for t in range(1, n):
        values[:, t] += lag1 * values[:, t - 1]
    return values


def test_benjamini_hochberg_by_hand():
    q, rejected = field_significance(np.array([0.04, np.nan, 0.01, 0.03, 0.5]), 0.06)
    np.testing.assert_allclose(q, [0.16 / 3, np.nan, 0.04, 0.16 / 3, 0.5], rtol=1e-15)
    np.testing.assert_array_equal(rejected, [True, False, True, True, False])


@given(
    st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), min_size=1, max_size=60),
    st.sampled_from([0.01, 0.05, 0.1, 0.5]),
)
def test_rejects_as_the_step_up_rule_says(values, alpha):
    p = np.array(values)
    q, rejected = field_significance(p, alpha)
    tested = np.isfinite(p)
    ordered = np.sort(p[tested])
    passing = np.nonzero(ordered <= alpha * np.arange(1, ordered.size + 1) / max(ordered.size, 1) * (1 + 1e-13))[0]
    threshold = ordered[passing[-1]] if passing.size else -1.0
    np.testing.assert_array_equal(rejected, tested & (np.where(tested, p, 2) <= threshold))
    np.testing.assert_array_equal(np.isnan(q), ~tested)
    assert np.all(q[tested] >= p[tested])


@pytest.mark.parametrize("digits", [1, 17])  # with ties and without
@pytest.mark.parametrize("count", [1, 2, 48, 5000])
def test_q_is_scipys_to_the_bit(count, digits):
    p = np.random.default_rng(count).random(count).round(digits)
    np.testing.assert_array_equal(field_significance(p, 0.1)[0], false_discovery_control(p))


def test_shape_and_empty_domain():
    p = np.random.default_rng(0).uniform(size=(3, 4, 5)) ** 3
    q, rejected = field_significance(p, 0.2)
    flat_q, flat_rejected = field_significance(p.ravel(), 0.2)
    np.testing.assert_array_equal(q.ravel(), flat_q)
    np.testing.assert_array_equal(rejected.ravel(), flat_rejected)
    q, rejected = field_significance(np.full(4, np.nan), 0.05)
    assert np.isnan(q).all() and not rejected.any()


@pytest.mark.parametrize("length", [0.5, 3.0, 15.0])
@pytest.mark.one_python
def test_false_discovery_rate_holds_on_correlated_fields(length):
    """Without any signal every rejection is false: a field with one or more may occur in at most alpha of all fields,
    whatever the correlation length."""
    rng, side, fields, alpha = np.random.default_rng(int(10 * length)), 14, 2000, 0.1
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    distance = np.hypot(x.ravel()[:, None] - x.ravel(), y.ravel()[:, None] - y.ravel())
    root = np.linalg.cholesky(np.exp(-distance / length) + 1e-10 * np.eye(side**2))
    p = 2 * norm.sf(np.abs(root @ rng.normal(size=(side**2, fields)))).T
    any_rejected = np.mean([field_significance(field, alpha)[1].any() for field in p])
    assert any_rejected < alpha + 3 * np.sqrt(alpha * (1 - alpha) / fields)
    uncorrected = np.mean((p < alpha).any(axis=1))
    assert uncorrected > 4 * alpha  # the same fields without correction: nearly always something
    if length == 0.5:
        assert any_rejected == pytest.approx(alpha, abs=0.025)  # nearly independent cells use the whole level


def test_false_discovery_rate_with_signal():
    rng, alpha = np.random.default_rng(8), 0.1
    rates = []
    for _ in range(400):
        common = rng.normal() * 0.5
        z = common + rng.normal(size=500) * np.sqrt(0.75)
        z[:100] += 3.5
        _, rejected = field_significance(2 * norm.sf(np.abs(z)), alpha)
        rates.append(rejected[100:].sum() / max(rejected.sum(), 1))
    assert np.mean(rates) < alpha * 0.8 + 3 * np.std(rates) / np.sqrt(400)


def test_agreement_counts_tests():
    nan = np.nan
    found = agreement(
        {"original": [0.01, 0.2, nan, nan], "hamed_rao": [0.04, 0.01, 0.05, nan], "3pw": [0.05, 0.9, 0.06, nan]}
    )
    np.testing.assert_array_equal(found, [3, 1, 1, -1])
    with pytest.raises(ValueError, match="one shape"):
        agreement({"original": [0.1], "3pw": [0.1, 0.2]})
    with pytest.raises(ValueError, match="one or more"):
        agreement({})


def test_step_without_memory_is_student_and_mann_whitney():
    """Rows whose residuals have no positive memory (phi = 0) give the two textbook tests."""
    values = red_noise(-0.5, 40, 50, 3)
    years = np.arange(1975, 2025)
    of_values, of_ranks = (step_test(values, years, 2000, on=on) for on in ("values", "ranks"))
    assert (of_values.lag_one == 0).sum() > 35
    for i in np.nonzero((of_values.lag_one == 0) & (of_ranks.lag_one == 0))[0]:
        before, after = values[i, :25], values[i, 25:]
        student = ttest_ind(after, before)
        assert of_values.statistic[i] == pytest.approx(student.statistic, rel=1e-10)
        assert of_values.p[i] == pytest.approx(student.pvalue, rel=1e-10)
        assert of_values.step[i] == pytest.approx(after.mean() - before.mean(), rel=1e-10)
        row = rankdata(values[i])
        assert of_ranks.p[i] == pytest.approx(ttest_ind(row[25:], row[:25]).pvalue, rel=1e-10)
        assert of_ranks.p[i] == pytest.approx(
            mannwhitneyu(after, before, use_continuity=False, method="asymptotic").pvalue, abs=0.006
        )
        assert of_ranks.effective_n[i] == 50


def test_planted_steps_are_recovered():
    rng = np.random.default_rng(1)
    size = rng.uniform(-3, 3, 400)
    values = red_noise(0.3, 400, 77, 2) + np.where(np.arange(77) >= 52, size[:, None], 0)
    found = step_test(values, np.arange(1948, 2025), 2000)
    error = found.step - size
    assert abs(error.mean()) < 4 * error.std() / 20 and error.std() < 0.5
    assert np.mean(found.p[np.abs(size) > 1.5] < 0.05) > 0.9
    assert found.lag_one.mean() == pytest.approx(0.3, abs=0.06)


def test_a_trend_is_a_step_only_to_a_test_that_knows_no_trend():
    values = red_noise(0.0, 300, 77, 4) + 0.05 * np.arange(77)
    years = np.arange(1948, 2025)
    assert np.mean(step_test(values, years, 2000).p < 0.05) > 0.9
    assert np.mean(step_test(values, years, 2000, trend=True).p < 0.05) < 0.09


@pytest.mark.one_python
@pytest.mark.parametrize("lag1", [0.0, 0.3, 0.6])
@pytest.mark.parametrize(("years", "split"), [(25, 12), (40, 20), (52, 26), (77, 52)])
def test_level_under_memory(years, split, lag1):
    """Nominal 5 %, within two points whatever memory and length, where Student's test without memory rejects a third
    at lag-1 0.6."""
    values = red_noise(lag1, 6000, years, int(10 * lag1))
    for on in ("values", "ranks"):
        for trend in (False, True):
            rate = np.mean(step_test(values, np.arange(years), split, on=on, trend=trend).p <= 0.05)
            assert 0.03 < rate < 0.07, (on, trend, rate)
    if lag1 == 0.6:
        assert np.mean(ttest_ind(values[:, split:], values[:, :split], axis=1).pvalue <= 0.05) > 0.28


def test_gaps_units_and_years_left_out():
    values = red_noise(0.5, 20, 60, 5)
    values[np.random.default_rng(0).random(values.shape) < 0.2] = np.nan
    years = np.arange(1960.0, 2020.0)
    found = step_test(values, years, 2000, on="values", trend=True)
    np.testing.assert_allclose(step_test(3 * values + 700, years, 2000, on="values", trend=True).p, found.p, rtol=1e-6)
    for i in range(20):
        there = np.isfinite(values[i])
        alone = step_test(values[i : i + 1, there], years[there], 2000, on="values", trend=True)
        assert alone.p[0] == pytest.approx(found.p[i], rel=1e-12)
        assert (alone.before[0], alone.after[0]) == (found.before[i], found.after[i])


def test_constant_short_and_empty_rows():
    values = red_noise(0.0, 5, 20, 6)
    values[0], values[1, 10:], values[2], values[3, 13:] = np.nan, np.nan, 4.0, np.nan
    found = step_test(values, np.arange(20), 10)
    np.testing.assert_array_equal(np.isnan(found.p), [True, True, True, True, False])
    np.testing.assert_array_equal(found.after, [0, 0, 10, 3, 10])


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="alpha"):
        field_significance(np.array([0.5]), 5)
    with pytest.raises(ValueError, match="p-values between 0 and 1"):
        field_significance(np.array([1.5]), 0.05)
    with pytest.raises(ValueError, match="first_after"):
        step_test(np.ones((1, 10)), np.arange(10), 0)
    with pytest.raises(ValueError, match='"values" or "ranks"'):
        step_test(np.ones((1, 10)), np.arange(10), 5, on="median")
