"""Ridge controls: lm.ridge and scikit-learn to the last digits, the invariants of docs/methods.md#b4, and cells that
cannot be fitted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vadose.statistics.ridge import REASONS, regression


@st.composite
def a_world(draw):
    """A few cells of related predictors and a response with real noise."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cells, time = draw(st.integers(1, 4)), draw(st.integers(15, 60))
    predictors = rng.normal(size=(cells, time, 4)) + 0.7 * rng.normal(size=(cells, time, 1))
    response = predictors @ rng.normal(size=4) * 0.4 + rng.normal(size=(cells, time))
    return predictors, response


def planted(seed=0, cells=30, time=240):
    rng = np.random.default_rng(seed)
    predictors = rng.gamma(2.0, 30.0, size=(cells, time, 4))
    main = np.arange(cells) % 3
    response = (
        20 + 0.1 * np.take_along_axis(predictors, main[:, None, None], axis=2)[..., 0] + rng.normal(size=(cells, time))
    )
    return predictors, response, main


@pytest.mark.parametrize("name", ["ridge_n240", "ridge_n20"])
@pytest.mark.parametrize("choose, column", [("gcv", "lm_ridge"), ("loo", "sklearn_loo")])
def test_equals_the_established_tools(data, name, choose, column):
    with np.load(data / f"{name}.npz") as reference:
        fitted = regression.fit(reference["X"], reference["y"], choose=choose)
        expected = reference[column]
    np.testing.assert_allclose(fitted.penalty, expected[:, 0], rtol=1e-12)
    np.testing.assert_allclose(fitted.coefficients, expected[:, 1:], rtol=0, atol=1e-12)
    assert (fitted.reason == 0).all()


def test_normal_equations_with_a_fixed_penalty():
    predictors, response, _ = planted(cells=3, time=25)
    fitted = regression.fit(predictors, response, choose="fixed", penalty=7.5)
    for cell in range(3):
        z = (predictors[cell] - predictors[cell].mean(0)) / predictors[cell].std(0)
        y = (response[cell] - response[cell].mean()) / response[cell].std()
        np.testing.assert_allclose(
            fitted.coefficients[cell], np.linalg.solve(z.T @ z + 7.5 * np.eye(4), z.T @ y), rtol=0, atol=1e-13
        )
    assert (fitted.penalty == 7.5).all() and not fitted.at_edge.any()


def test_gcv_score_by_its_definition():
    predictors, response, _ = planted(seed=4, cells=5, time=22)
    response[3:] = np.random.default_rng(1).normal(size=(2, 22))  # nothing to find: the strongest penalties
    fitted = regression.fit(predictors, response)
    for cell in range(5):
        z = (predictors[cell] - predictors[cell].mean(0)) / predictors[cell].std(0)
        y = (response[cell] - response[cell].mean()) / response[cell].std()
        hats = [z @ np.linalg.solve(z.T @ z + penalty * np.eye(4), z.T) for penalty in regression.PENALTIES]
        scores = [((y - hat @ y) ** 2).sum() / (22 - np.trace(hat)) ** 2 for hat in hats]
        assert fitted.penalty[cell] == regression.PENALTIES[np.argmin(scores)]
        assert fitted.at_edge[cell] == (np.argmin(scores) in (0, 48))


@given(a_world(), st.sampled_from(["gcv", "loo", "fixed"]))
def test_shares_sum_to_one_and_units_do_not_matter(world, choose):
    predictors, response = world
    first = regression.fit(predictors, response, choose=choose)
    np.testing.assert_allclose(first.share.sum(axis=1), 1.0, rtol=0, atol=1e-14)
    np.testing.assert_allclose(regression.rgb(first.share).sum(axis=1), 2.0, rtol=0, atol=1e-14)
    rescaled = regression.fit(
        predictors * [1e-6, 86400.0, 3.0, 1.8] + [5.0, -1e3, 0.0, 32.0], 1000 * response + 300, choose=choose
    )
    np.testing.assert_allclose(rescaled.penalty, first.penalty, rtol=1e-12)
    np.testing.assert_allclose(rescaled.coefficients, first.coefficients, rtol=0, atol=1e-8)


@given(a_world(), st.permutations(range(4)))
def test_signs_and_order_travel_with_their_columns(world, order):
    predictors, response = world
    first = regression.fit(predictors, response)
    flipped = regression.fit(predictors * [-1, 1, -1, 1], -response)
    np.testing.assert_allclose(flipped.coefficients, first.coefficients * [1, -1, 1, -1], rtol=0, atol=1e-11)
    np.testing.assert_allclose(flipped.share, first.share, rtol=0, atol=1e-11)
    permuted = regression.fit(predictors[:, :, order], response)
    np.testing.assert_allclose(permuted.coefficients, first.coefficients[:, order], rtol=0, atol=1e-11)


@given(a_world(), st.integers(0, 2**32 - 1))
def test_order_of_time_and_neighbours_do_not_matter(world, seed):
    predictors, response = world
    first, order = regression.fit(predictors, response), np.random.default_rng(seed).permutation(response.shape[1])
    shuffled = regression.fit(predictors[:, order], response[:, order])
    np.testing.assert_allclose(shuffled.coefficients, first.coefficients, rtol=0, atol=1e-11)
    np.testing.assert_array_equal(
        regression.fit(predictors[-1:], response[-1:]).coefficients[0], first.coefficients[-1]
    )


def test_missing_steps_are_dropped_pairwise():
    predictors, response, _ = planted(cells=2, time=40)
    kept = np.ones(40, dtype=bool)
    kept[[0, 7, 30]] = False
    expected = regression.fit(predictors[:, kept], response[:, kept])
    predictors[:, 0, 1], predictors[:, 7, 3], response[:, 30] = np.nan, np.inf, np.nan
    fitted = regression.fit(predictors, response)
    np.testing.assert_array_equal(fitted.coefficients, expected.coefficients)
    assert (fitted.n == 37).all()


def test_pure_cells_have_the_colours_of_the_legend():
    """docs/methods.md#b4: frequency is cyan, volume magenta, evapotranspiration yellow."""
    time = np.arange(64)
    predictors = np.stack(
        [np.cos(2 * np.pi * k * time / 64) for k in (1, 2, 3, 4)], axis=-1
    )  # orthogonal over the record
    fitted = regression.fit(
        np.stack([predictors] * 3), np.stack([predictors[:, 0], -predictors[:, 1], predictors[:, 2]]), choose="fixed"
    )
    np.testing.assert_allclose(fitted.share, np.eye(3), rtol=0, atol=1e-12)
    np.testing.assert_allclose(regression.rgb(fitted.share), [[0, 1, 1], [1, 0, 1], [1, 1, 0]], rtol=0, atol=1e-12)
    assert (
        regression.strong_control(fitted.share).tolist()
        == regression.dominant_control(fitted.share).tolist()
        == [0, 1, 2]
    )


def test_strong_control_needs_more_than_three_quarters():
    share = np.array([[0.75, 0.25, 0.0], [0.1, 0.76, 0.14], [np.nan] * 3, [0.3, 0.3, 0.4]])
    assert regression.strong_control(share).tolist() == [-1, 1, -1, -1]
    assert regression.strong_control(share, threshold=0.35).tolist() == [0, 1, -1, 2]
    assert regression.dominant_control(share).tolist() == [0, 1, -1, 2]


def test_planted_controls_are_found():
    predictors, response, main = planted()
    fitted = regression.fit(predictors, response)
    np.testing.assert_array_equal(regression.dominant_control(fitted.share), main)
    assert (regression.strong_control(fitted.share) == main).all()


def test_cells_without_a_fit_say_why_and_leave_the_others_alone():
    predictors, response, _ = planted(cells=8, time=30)
    clean = regression.fit(predictors, response)
    predictors[1, :, 0], response[2], predictors[3, :, 2], response[4] = 0.0, 0.3, np.nan, np.nan
    predictors[5, :21, 1] = np.nan  # nine complete steps
    predictors[6, :, 1] = 2.0 * predictors[6, :, 0] + 1.0
    predictors[7, :, 1] = 273.15 + 1e-13  # rounding of a constant
    fitted = regression.fit(predictors, response)
    assert fitted.reason.tolist() == [0, 2, 3, 4, 5, 6, 1, 2]
    assert set(fitted.reason.tolist()) <= set(REASONS)
    np.testing.assert_array_equal(fitted.coefficients[0], clean.coefficients[0])
    assert np.isnan(fitted.coefficients[[1, 2, 3, 4, 5, 7]]).all() and np.isnan(fitted.share[[1, 2, 3, 4, 5, 7]]).all()
    assert fitted.n[5] == 9 and not fitted.at_edge[[1, 2, 3, 4, 5, 7]].any()


def test_collinear_predictors_share_their_coefficient():
    predictors, response, _ = planted(cells=4, time=50)
    predictors[:, :, 1] = 3.0 - 2.0 * predictors[:, :, 0]
    fitted = regression.fit(predictors, response)
    np.testing.assert_allclose(fitted.coefficients[:, 0], -fitted.coefficients[:, 1], rtol=1e-7, atol=1e-9)
    assert (fitted.reason == 1).all() and np.isfinite(fitted.coefficients).all()


def test_edge_cells_are_masked_and_counted():
    rng = np.random.default_rng(3)
    predictors = rng.normal(size=(200, 20, 4))
    response = rng.normal(size=(200, 20))
    response[0] = predictors[0] @ [1.0, 2.0, 3.0, 4.0]  # no noise: the smallest penalty
    fitted = regression.fit(predictors, response)
    masked, count = regression.mask_edges(fitted)
    assert fitted.penalty[0] == regression.PENALTIES[0] and count == fitted.at_edge.sum() > 1
    np.testing.assert_array_equal(np.isnan(masked.share[:, 0]), fitted.at_edge)
    np.testing.assert_array_equal(np.isnan(masked.coefficients[:, 0]), fitted.at_edge)


def test_bootstrap_replicates_are_fits_of_the_resampled_rows():
    """Running sums against an explicit resampling of the rows with the same block positions, missing steps included."""
    rng = np.random.default_rng(8)
    predictors, response = rng.normal(size=(3, 26, 4)), rng.normal(size=(3, 26))
    predictors[0, 3, 1] = response[0, 10] = np.nan
    block, replicates, seed = 5, 40, 6
    found = regression.dominance_stability(predictors, response, block=block, replicates=replicates, seed=seed)
    starts = np.random.default_rng(seed).integers(0, 26, size=(replicates, 6))
    wins = np.zeros((3, 3))
    for first in starts:
        rows = ((first[:, None] + np.arange(block)) % 26).ravel()[:26]
        again = regression.dominant_control(regression.fit(predictors[:, rows], response[:, rows]).share)
        wins[np.arange(3), again] += 1
    np.testing.assert_array_equal(found.frequency * found.replicates[:, None], wins)
    own = regression.dominant_control(regression.fit(predictors, response).share)
    np.testing.assert_allclose(found.stability, wins[np.arange(3), own] / replicates, rtol=1e-15)


def test_stability_tells_planted_controls_from_noise():
    predictors, response, _ = planted(cells=12, time=120)
    response[6:] = np.random.default_rng(0).normal(size=(6, 120))
    predictors[11] = np.nan
    found = regression.dominance_stability(predictors, response, block=12, replicates=100, seed=1)
    assert (found.stability[:6] == 1.0).all() and found.stability[6:11].mean() < 0.9
    assert np.isnan(found.stability[11]) and found.replicates[11] == 0
    alone = regression.dominance_stability(predictors[8:9], response[8:9], block=12, replicates=100, seed=1)
    np.testing.assert_array_equal(alone.frequency[0], found.frequency[8])


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda x, y: regression.fit(x[:, :, :2], y), "expected \\(cell, time, k\\) and .* 2 to k controls \\(3\\)"),
        (lambda x, y: regression.fit(x, y[:, :-1]), "same cells and times"),
        (lambda x, y: regression.fit(x, y, choose="aic"), "gcv, loo, fixed, found 'aic'"),
        (lambda x, y: regression.fit(x, y, choose="fixed", penalty=0.0), "positive"),
        (lambda x, y: regression.fit(x, y, penalties=np.array([1.0, 0.1])), "ascending"),
        (lambda x, y: regression.dominance_stability(x, y, block=99), "1 to 20 time steps"),
        (lambda x, y: regression.dominance_stability(x, y, block=4, choose="loo"), "gcv or fixed"),
    ],
)
def test_errors_are_sentences(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(np.ones((2, 20, 4)), np.ones((2, 20)))
