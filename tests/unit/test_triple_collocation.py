"""Triple and extended collocation: pytesmo's numbers, closed forms, planted errors, and resamples of years."""

from pathlib import Path

import numpy as np
import pytest

from vadose.statistics import extended_collocation, triple_collocation, year_blocks

DATA = np.load(Path(__file__).parents[1] / "data/triple_collocation.npz")


@pytest.mark.parametrize("name", ["random", "degenerate"])
def test_equals_pytesmo(name):
    """Random triplets with gaps, and those that are the same, constant, turned round, short, orthogonal or tiny: error
    variance, SNR and scaling, which the file has for every triplet."""
    series = DATA[name]
    snr, deviation, scaling = DATA[f"{name}__tcol_metrics"].transpose(1, 2, 0)
    got = triple_collocation.triple_collocation(*series.transpose(1, 0, 2), fewest=2)
    usable = got.reason != 2
    np.testing.assert_allclose(got.scaling[usable], scaling[usable], rtol=1e-10)
    with np.errstate(invalid="ignore"):  # no error variance times an infinite scaling
        in_first = got.error_variance * got.scaling**2
    np.testing.assert_array_equal(got.reason == 4, got.error_variance < 0)
    bounded = np.isfinite(scaling) & np.isfinite(got.scaling)
    np.testing.assert_array_equal(np.isnan(deviation)[bounded], np.isin(got.reason, (2, 4))[bounded])
    defined = np.isfinite(deviation)
    np.testing.assert_allclose(in_first[defined], deviation[defined] ** 2, rtol=1e-10, atol=1e-10)
    # Near 60 dB the last digits of the covariances are those of the sixth digit of the error.
    estimated = (got.reason == 0) & (np.isinf(snr) | (np.abs(snr) < 55))
    np.testing.assert_allclose(got.snr[estimated], snr[estimated], rtol=0, atol=1e-10)
    assert estimated.sum() > 0.6 * estimated.size
    if name == "random":
        assert {3, 4} <= set(got.reason.ravel())
        np.testing.assert_allclose(got.snr, np.where(got.reason == 0, snr, np.nan), rtol=0, atol=1e-10)


@pytest.mark.parametrize(("result", "correlated"), [("ecol", []), ("ecol_correlated", [(1, 0)])])
def test_extended_collocation_equals_pytesmo(result, correlated):
    series, expected = DATA["five"].astype(float), DATA[f"five__{result}"]
    covariance = np.moveaxis([np.cov(cell) for cell in series], 0, -1)
    got = extended_collocation.extended(covariance, correlated)
    np.testing.assert_allclose(got.signal_variance, expected[:, :5].T, rtol=1e-10)
    np.testing.assert_allclose(got.error_variance, expected[:, 5:10].T, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(got.error_covariance, expected[:, 10:].T, rtol=1e-10, atol=1e-10)
    ratio = np.where(got.reason == 0, got.signal_variance / got.error_variance, np.nan)
    np.testing.assert_allclose(got.snr, 10 * np.log10(ratio), rtol=0, atol=1e-10)
    np.testing.assert_allclose(got.r, np.sqrt(ratio / (1 + ratio)), rtol=1e-12)


def test_closed_form_and_extended_of_three():
    """Orthogonal signal and errors of known variance: every number exactly."""
    signs = np.array([[(-1.0) ** ((step >> bit) & 1) for step in range(64)] for bit in range(4)])
    truth, errors = 3.0 * signs[0], np.array([1.0, 2.0, 0.5])[:, None] * signs[1:]
    slopes = np.array([1.0, 2.0, -0.5])[:, None]
    series = slopes * truth + errors + 100.0
    got = triple_collocation.triple_collocation(*series[:, None], fewest=64)
    per_degree = 64 / 63
    np.testing.assert_allclose(got.error_variance[:, 0], np.array([1.0, 4.0, 0.25]) * per_degree, rtol=1e-13)
    np.testing.assert_allclose(got.snr[:, 0], 10 * np.log10([9.0, 9.0, 9.0]), rtol=1e-13)
    np.testing.assert_allclose(got.r[:, 0], np.array([1, 1, -1]) * np.sqrt(0.9), rtol=1e-13)
    np.testing.assert_allclose(got.scaling[:, 0], [1.0, 0.5, -2.0], rtol=1e-13)
    assert got.months[0] == 64
    whole = extended_collocation.extended(np.cov(series)[..., None])
    np.testing.assert_allclose(whole.error_variance, got.error_variance, rtol=1e-12)
    assert (triple_collocation.triple_collocation(*series[:, None], fewest=65).reason == 1).all()


def test_single_precision_and_a_large_mean_lose_no_digits():
    """Products are kept in single precision, and soil moisture lies far from zero: the estimates are those of the same
    numbers in double precision less their mean."""
    rng = np.random.default_rng(9)
    series = rng.standard_normal((50, 240)) + rng.standard_normal((3, 50, 240))
    series[rng.random(series.shape) < 0.02] = np.nan
    for mean in (0.0, 5.0, 50.0):
        single = (series + mean).astype(np.float32)
        common = np.where(np.isfinite(single.sum(axis=0)), single.astype(float), np.nan)
        expected = triple_collocation.triple_collocation(*(common - np.nanmean(common, axis=-1, keepdims=True)))
        got = triple_collocation.triple_collocation(*single)
        for own, wanted in zip(got, expected, strict=True):
            np.testing.assert_allclose(own, wanted, rtol=1e-9, atol=1e-11)


def test_planted_errors_are_recovered_and_a_fourth_product_helps():
    rng = np.random.default_rng(3)
    truth, planted = rng.standard_normal((300, 240)), np.array([0.3, 0.6, 1.2, 0.8])
    series = truth + planted[:, None, None] * rng.standard_normal((4, 300, 240))
    got = triple_collocation.triple_collocation(*series[:3])
    np.testing.assert_allclose(np.median(got.error_variance, axis=1), planted[:3] ** 2, rtol=0.05)
    np.testing.assert_allclose(np.nanmedian(got.r, axis=1), 1 / np.sqrt(1 + planted[:3] ** 2), rtol=0.02)
    covariance = np.moveaxis([np.cov(series[:, cell]) for cell in range(300)], 0, -1)
    wide = extended_collocation.extended(covariance)
    assert np.abs(wide.error_variance[0] - 0.09).mean() < np.abs(got.error_variance[0] - 0.09).mean()


def test_resamples_of_years_are_those_of_the_resampled_record():
    rng = np.random.default_rng(4)
    series = rng.standard_normal((5, 96)) + rng.standard_normal((3, 5, 96)) + 50.0
    series[rng.random(series.shape) < 0.04] = np.nan
    year = np.repeat(np.arange(8), 12)
    counts = year_blocks.year_counts(8, 6, seed=2)
    got = triple_collocation.intervals(*series, year, counts, fewest=24)
    again = []
    for row in counts[1:]:
        steps = np.concatenate([np.flatnonzero(year == one) for one in np.repeat(np.arange(8), row)])
        again.append(
            triple_collocation.triple_collocation(*(side[:, steps] for side in series), fewest=24).error_variance
        )
    spread = np.mean(again, axis=0) + (again - np.mean(again, axis=0)) * np.sqrt(8 / 7)
    np.testing.assert_allclose([got.error_low, got.error_high], np.quantile(spread, (0.025, 0.975), axis=0), rtol=1e-9)
    for own, whole in zip(got.record, triple_collocation.triple_collocation(*series, fewest=24), strict=True):
        np.testing.assert_allclose(own, whole, rtol=1e-10)


def test_intervals_hold_the_planted_error():
    """500 cells of 20 years of independent months: 95 % intervals hold the truth in 90 to 97 %."""
    rng = np.random.default_rng(6)
    planted = np.array([0.6, 0.8, 1.0])
    series = rng.standard_normal((500, 240)) + planted[:, None, None] * rng.standard_normal((3, 500, 240))
    got = triple_collocation.intervals(*series, np.repeat(np.arange(20), 12), year_blocks.year_counts(20, 200, seed=1))
    truth = planted[:, None] ** 2
    inside = np.mean((got.error_low <= truth) & (truth <= got.error_high), axis=1)
    r = 1 / np.sqrt(1 + truth)
    inside_r = np.mean((got.r_low <= r) & (r <= got.r_high), axis=1)
    assert (inside > 0.9).all() and (inside < 0.97).all() and (inside_r > 0.9).all() and (inside_r < 0.975).all()


@pytest.mark.parametrize("kind", [float, np.float32])
def test_threads_share_the_cells_and_change_no_bit(monkeypatch, kind):
    """Odd numbers of cells, some with gaps, none in common, and a large mean, which take sums of their own."""
    rng = np.random.default_rng(11)
    series = (rng.standard_normal((1237, 96)) + rng.standard_normal((3, 1237, 96))).astype(kind)
    series[:, ::3][rng.random(series[:, ::3].shape) < 0.02] = np.nan
    series[0, ::5], series[1, ::50] = series[0, ::5] + 40.0, np.nan
    monkeypatch.setattr(triple_collocation, "OF_A_THREAD", 100)
    one = triple_collocation.triple_collocation(*series, threads=1)
    for threads in (2, 3, 7, None):
        for own, expected in zip(triple_collocation.triple_collocation(*series, threads=threads), one, strict=True):
            np.testing.assert_array_equal(own, expected)
    alone = triple_collocation.triple_collocation(*series[:, 700:701])
    for own, expected in zip(alone, one, strict=True):
        np.testing.assert_array_equal(own, expected[..., 700:701])


def test_threads_change_no_bit_of_intervals():
    rng = np.random.default_rng(12)
    series = rng.standard_normal((601, 96)) + rng.standard_normal((3, 601, 96))
    series[rng.random(series.shape) < 0.01] = np.nan
    year, counts = np.repeat(np.arange(8), 12), year_blocks.year_counts(8, 30, seed=2)
    one = triple_collocation.intervals(*series, year, counts, threads=1)
    for threads in (2, 3, 7, None):
        got = triple_collocation.intervals(*series, year, counts, threads=threads)
        for own, expected in zip((*got.record, *got[1:]), (*one.record, *one[1:]), strict=True):
            np.testing.assert_array_equal(own, expected)


def test_sums_of_a_resample_are_those_of_its_years_in_their_order():
    rng = np.random.default_rng(13)
    sums, counts = rng.standard_normal((triple_collocation.SUMS, 7, 12)), rng.integers(0, 4, (12, 31)).astype(float)
    drawn = np.empty((triple_collocation.SUMS, 5, 31))
    triple_collocation._fill_drawn(sums[:, 1:6], counts, drawn)
    expected = np.zeros(drawn.shape)
    for year in range(12):
        expected += sums[:, 1:6, year, None] * counts[year]
    np.testing.assert_array_equal(drawn, expected)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="three arrays"):
        triple_collocation.triple_collocation(np.zeros((2, 9)), np.zeros((2, 9)), np.zeros((2, 8)))
    with pytest.raises(ValueError, match="number 1"):
        extended_collocation.extended(np.ones((3, 3, 1)), [(0, 1)])
    nothing = triple_collocation.triple_collocation(*np.full((3, 2, 90), np.nan))
    assert (nothing.reason == 1).all() and np.isnan(nothing.snr).all()
