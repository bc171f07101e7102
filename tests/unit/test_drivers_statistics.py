"""Sufficient statistics: equal to the dense sums however the rows are cut, scaled and labelled, and refused in
sentences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vadose.statistics import drivers
from vadose.statistics.drivers.terms import change_of_basis


def rows(seed=0, groups=7, steps=9):
    """Balanced cell x time rows with related predictors: predictors, responses, group and time labels."""
    rng = np.random.default_rng(seed)
    group, time = np.repeat(np.arange(groups), steps), np.tile(np.arange(steps), groups)
    predictors = (
        rng.normal(size=(group.size, 3))
        + 0.6 * rng.normal(size=(group.size, 1))
        + 0.5 * rng.normal(size=(groups, 1))[group]
    )
    responses = (
        drivers.design(predictors) @ rng.normal(size=(8, 2))
        + rng.normal(size=(group.size, 2))
        + rng.normal(size=(steps, 2))[time]
    )
    return predictors, responses, group, time


def dense(predictors, responses):
    return np.hstack([drivers.design(predictors), responses])


def test_terms_are_named_in_the_order_of_the_design():
    assert drivers.TERMS == ("Ta", "GPP", "LST", "Ta:GPP", "Ta:LST", "GPP:LST", "Ta:GPP:LST")
    np.testing.assert_array_equal(drivers.design(np.array([[2.0, 3.0, 5.0]])), [[1, 2, 3, 5, 6, 10, 15, 30]])


@given(st.integers(0, 10**6))
def test_the_terms_are_closed_under_shifts_and_scales(seed):
    predictors, responses, _, _ = rows(seed)
    rng = np.random.default_rng(seed)
    centre, scale = rng.normal(size=5), rng.uniform(0.3, 3.0, size=5)
    moved = dense((predictors - centre[:3]) / scale[:3], (responses - centre[3:]) / scale[3:])
    np.testing.assert_allclose(
        dense(predictors, responses) @ change_of_basis(centre, scale), moved, rtol=0, atol=1e-11 * np.abs(moved).max()
    )


def test_pooled_statistics_are_the_sums_of_products():
    predictors, responses, _, _ = rows()
    m = dense(predictors, responses)
    found = drivers.summarise(predictors, responses)
    np.testing.assert_allclose(found.sscp[0], m.T @ m, rtol=1e-12, atol=1e-12)
    assert (found.kind, found.count, found.degrees.tolist(), len(found.group_labels)) == ("pooled", 63, [63.0], 0)


def test_grouped_statistics_with_groups_of_any_size():
    predictors, responses, _, _ = rows()
    group = np.random.default_rng(5).integers(0, 9, size=63) ** 2  # unequal sizes, labels with holes
    m = dense(predictors, responses)
    found = drivers.summarise(predictors, responses, group)
    labels = np.unique(group)
    means = np.stack([m[group == label].mean(0) for label in labels])
    sizes = np.array([(group == label).sum() for label in labels])
    centred = m - means[np.searchsorted(labels, group)]
    np.testing.assert_allclose(found.sscp[0], centred.T @ centred, rtol=0, atol=1e-11)
    assert found.degrees[0] == 63 - labels.size and found.group_size[0] == 0
    for stratum, size in enumerate(np.unique(sizes), start=1):
        expected = sum(size * np.outer(mean, mean) for mean in means[sizes == size])
        np.testing.assert_allclose(found.sscp[stratum], expected, rtol=0, atol=1e-11)
        assert (found.group_size[stratum], found.degrees[stratum]) == (size, (sizes == size).sum())
    np.testing.assert_allclose(found.total, m.T @ m, rtol=1e-11, atol=1e-11)
    np.testing.assert_array_equal(found.group_labels, labels)
    np.testing.assert_allclose(found.group_means, means, rtol=0, atol=1e-13)


def test_crossed_statistics_are_those_of_the_analysis_of_variance():
    predictors, responses, group, time = rows()
    m = dense(predictors, responses).reshape(7, 9, 10)
    cell, step, grand = m.mean(1), m.mean(0), m.mean((0, 1))
    inner = (m - cell[:, None] - step + grand).reshape(-1, 10)
    expected = [
        inner.T @ inner,
        9 * (cell - grand).T @ (cell - grand),
        7 * (step - grand).T @ (step - grand),
        63 * np.outer(grand, grand),
    ]
    order = np.random.default_rng(0).permutation(63)
    found = drivers.summarise(predictors[order], responses[order], group[order], times=time[order], crossed=True)
    np.testing.assert_allclose(found.sscp, expected, rtol=0, atol=1e-11)
    assert found.degrees.tolist() == [48, 6, 8, 1]
    assert found.group_size.tolist() == [0, 9, 0, 9] and found.time_size.tolist() == [0, 0, 7, 7]


@given(
    st.integers(0, 10**6), st.lists(st.integers(1, 62), max_size=4), st.sampled_from(["pooled", "grouped", "crossed"])
)
def test_chunks_of_raw_rows_give_the_statistics_of_z_scores(seed, cuts, kind):
    """One pass over kelvins and grams, cut anywhere (through groups too), equals standardising all rows first."""
    predictors, responses, group, time = rows(seed)
    predictors, responses = predictors * [8.0, 2.0, 9.0] + [288.0, 5.0, 290.0], responses * [30.0, 0.05] + [80.0, 0.3]
    gathered = drivers.Accumulator()
    pieces = np.split(np.random.default_rng(seed).permutation(63), sorted(cuts))
    for piece in pieces:
        gathered.add(predictors[piece], responses[piece], group[piece], time[piece])
    found = gathered.statistics(kind)
    z = drivers.standardise(predictors, responses)
    expected = (
        drivers.summarise(*z, None if kind == "pooled" else group, times=time, crossed=kind == "crossed")
        if kind != "pooled"
        else None
    )
    if kind == "pooled":
        expected = drivers.summarise(*z)
    np.testing.assert_allclose(found.sscp, expected.sscp, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.degrees, expected.degrees)
    mean, deviation = found.moments()
    np.testing.assert_allclose(mean, 0.0, atol=1e-12)
    np.testing.assert_allclose(deviation, 1.0, rtol=1e-12)


@given(st.integers(0, 10**6), st.lists(st.integers(1, 62), max_size=6), st.integers(5, 80))
def test_chunks_do_not_change_a_bit(seed, cuts, first_rows):
    """Cut anywhere, also before there is a centre: same rows in the same order, same bits."""
    predictors, responses, group, time = rows(seed)
    predictors, responses = predictors * [8.0, 2.0, 9.0] + [288.0, 5.0, 290.0], responses * [30.0, 0.05] + [80.0, 0.3]
    predictors[7, 1] = np.nan
    order = np.random.default_rng(seed).permutation(63)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vadose.statistics.drivers.streaming.FIRST_ROWS", first_rows)
        one, many = drivers.Accumulator(), drivers.Accumulator()
        one.add(predictors[order], responses[order], group[order], time[order])
        for piece in np.split(order, sorted(cuts)):
            many.add(predictors[piece], responses[piece], group[piece], time[piece])
        for kind in ("pooled", "grouped"):
            whole, cut = one.statistics(kind), many.statistics(kind)
            for name in ("sscp", "degrees", "group_labels", "group_means", "time_labels", "time_counts", "time_sscp"):
                np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name), err_msg=name)


@given(st.integers(0, 10**6), st.sampled_from(["pooled", "grouped", "crossed"]))
def test_tiles_gathered_apart_and_merged_are_one(seed, kind):
    """Two tiles with centres of their own, a group in both, and an empty third."""
    predictors, responses, group, time = rows(seed)
    predictors = predictors * [8.0, 2.0, 9.0] + [288.0, 5.0, 290.0]
    order = np.random.default_rng(seed).permutation(63)
    tiles = [
        drivers.Accumulator().add(predictors[part], responses[part], group[part], time[part])
        for part in np.split(order, [30])
    ]
    tiles.append(
        drivers.Accumulator().add(
            np.full((4, 3), np.nan), np.zeros((4, 2)), np.zeros(4, dtype=int), np.zeros(4, dtype=int)
        )
    )
    merged = drivers.Accumulator().merge(tiles[2]).merge(tiles[0]).merge(tiles[1])
    whole = drivers.Accumulator().add(predictors[order], responses[order], group[order], time[order])
    assert merged.rows_seen == 67
    np.testing.assert_allclose(merged.statistics(kind).sscp, whole.statistics(kind).sscp, rtol=0, atol=1e-10)
    by_label = [dict(zip(one.time_labels, one.time_sscp)) for one in (merged.statistics(kind), whole.statistics(kind))]
    for label, sums in by_label[1].items():
        np.testing.assert_allclose(by_label[0][label], sums, rtol=0, atol=1e-10)


def test_long_records_keep_their_digits():
    """Rounding of 300,000 rows stays at the last digits: against sums in extended precision."""
    rng = np.random.default_rng(2)
    predictors, responses = rng.normal(size=(300_000, 3)), rng.normal(size=(300_000, 2)) + 3.0
    exact = dense(predictors, responses).astype(np.longdouble)
    found = drivers.summarise(predictors, responses).total
    np.testing.assert_allclose(found, (exact.T @ exact).astype(float), rtol=1e-12, atol=1e-8)


def test_incomplete_rows_are_left_out():
    predictors, responses, group, time = rows()
    kept = np.ones(63, dtype=bool)
    kept[[3, 20, 40]] = False
    expected = drivers.summarise(predictors[kept], responses[kept], group[kept], times=time[kept])
    predictors[3, 1], responses[20, 0], predictors[40, 2] = np.nan, np.nan, np.inf
    found = drivers.summarise(predictors, responses, group, times=time)
    for name in ("sscp", "degrees", "group_size", "time_sscp", "time_counts", "group_means"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.count == 60


def test_text_labels_and_sums_by_time():
    predictors, responses, group, time = rows()
    m = dense(predictors, responses)
    found = drivers.summarise(predictors, responses, np.array([f"cell {g}" for g in group]), times=time)
    assert found.group_labels[3] == "cell 3" and (found.time_counts == 7).all()
    for t in found.time_labels:
        np.testing.assert_allclose(found.time_sscp[t], m[time == t].T @ m[time == t], rtol=0, atol=1e-12)


def test_standardise_keeps_rows_in_their_places():
    predictors, responses, _, _ = rows()
    predictors[5, 0], responses[9, 1] = np.nan, np.nan
    x, y = drivers.standardise(predictors, responses)
    assert np.isnan(x[[5, 9]]).all() and np.isnan(y[[5, 9]]).all() and np.isfinite(x).all(axis=1).sum() == 61
    np.testing.assert_allclose(np.nanmean(x, axis=0), 0.0, atol=1e-15)
    np.testing.assert_allclose(np.nanstd(y, axis=0), 1.0, rtol=1e-14)
    np.testing.assert_array_equal(drivers.standardise(np.array([1.0, 3.0, np.nan])), [-1.0, 1.0, np.nan])


def refuse_constant(x, y, g, t):
    x[:, 1] = 0.1 + 0.2
    return drivers.summarise(x, y)


def refuse_missing(x, y, g, t):
    y[:, 1] = np.nan
    return drivers.summarise(x, y)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (refuse_constant, "GPP: constant over the 63 complete rows"),
        (refuse_missing, "SM: missing in all 63 rows"),
        (lambda x, y, g, t: drivers.summarise(x[:9], y[:9]), "at least 10 complete ones .* found 9 of 9"),
        (lambda x, y, g, t: drivers.summarise(x, y, np.zeros(63, dtype=int)), "found 1 groups"),
        (lambda x, y, g, t: drivers.summarise(x, y, np.arange(63)), "the largest with 1 rows"),
        (
            lambda x, y, g, t: drivers.summarise(x[:-1], y[:-1], g[:-1], times=t[:-1], crossed=True),
            "exactly once .* found 62 rows",
        ),
        (lambda x, y, g, t: drivers.summarise(x, y, g, times=np.where(t == 8, 7, t), crossed=True), "exactly once"),
        (lambda x, y, g, t: drivers.standardise(x * 0 + 1.0, y), "column 0, column 1, column 2: constant"),
        (lambda x, y, g, t: drivers.standardise(x * np.nan, y), "none of the 63 rows is complete"),
    ],
)
def test_rows_that_carry_no_model_are_refused_in_a_sentence(call, sentence):
    with pytest.raises(drivers.NotEstimable, match=sentence):
        call(*rows())


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda x, y, g, t: drivers.summarise(x[:, :2], y), "predictors: expected \\(row, 3\\), found \\(63, 2\\)"),
        (lambda x, y, g, t: drivers.summarise(x, y[:-1]), "same number"),
        (lambda x, y, g, t: drivers.summarise(x, y, g, crossed=True), "needs both groups and times"),
        (lambda x, y, g, t: drivers.Accumulator().add(x, y, g).add(x, y), "with every chunk or with none"),
        (lambda x, y, g, t: drivers.Accumulator().add(x, y).statistics("grouped"), "needs a group"),
        (lambda x, y, g, t: drivers.Accumulator().add(x, y).statistics("nested"), "pooled, grouped or crossed"),
    ],
)
def test_wrong_use_is_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(*rows())
