"""Sums over cells of study A's numbers, made while a cell is at hand, against whole arrays of each resample."""

import numpy as np

from vadose.statistics import slope_noise, year_intervals
from vadose.statistics.attribution import attribute
from vadose.statistics.trend.mann_kendall import mann_kendall
from vadose.studies.variability import intervals, number_sums, splice, year_samples

YEARS = np.arange(1990.0, 2020.0)
CELLS, SEASONS, LAYERS = 14, 4, 3
WEIGHTS = number_sums.BY_CELL, number_sums.BY_AREA, number_sums.BY_VARIANCE


def world():
    """Soil moisture with a year missing, too few years, a cell that never varies and a term that is zero."""
    rng = np.random.default_rng(4)
    values = 80.0 + rng.normal(0, 4, (CELLS, YEARS.size, SEASONS, LAYERS)) + rng.normal(0, 2, (YEARS.size, 1, 1))
    values += rng.normal(0, 0.8, (CELLS, 1, 1, 1)) * np.arange(YEARS.size)[:, None, None]
    values[1, 4], values[2, 5:], values[3], values[4, :, 1, 2] = np.nan, np.nan, 50.0, 0.0
    return values, rng.uniform(1.0, 9.0, CELLS)


def mean(values, weight):
    there = np.isfinite(values) & np.isfinite(weight)[(...,) + (None,) * (values.ndim - 1)]
    weight = np.where(there, np.nan_to_num(weight)[(...,) + (None,) * (values.ndim - 1)], 0.0)
    return (np.where(there, values, 0.0) * weight).sum(axis=0) / weight.sum(axis=0)


def signs(slope):
    missing = np.where(np.isfinite(slope), 0.0, np.nan)
    strong = intervals.STRONG
    return np.stack([slope, *((part + missing) for part in (slope < 0, slope < -strong, slope > strong))], axis=1)


def check(means, sample, slope, lines, fitted, chosen, area, which):
    for weighting in WEIGHTS:
        weight = (np.ones(CELLS), area, fitted.variance)[weighting][chosen]
        of_slopes = area[chosen] if weighting == number_sums.BY_AREA else np.ones(chosen.sum())
        place = sample, which, weighting
        np.testing.assert_allclose(means.slopes[place], mean(signs(slope)[chosen], of_slopes), rtol=1e-12)
        np.testing.assert_allclose(means.lines[place], mean(signs(lines)[chosen], of_slopes), rtol=1e-12)
        np.testing.assert_allclose(means.terms[place], mean(fitted.contribution[chosen], weight), rtol=1e-11)
        np.testing.assert_allclose(means.omega[place], mean(fitted.omega[chosen], weight), rtol=1e-11)


def test_sums_are_those_of_whole_arrays_of_each_sample():
    values, area = world()
    record = year_samples.record(values, YEARS)
    masks = np.ones(CELLS, dtype=bool), np.arange(CELLS) % 3 > 0
    inside = np.column_stack(masks)
    drawn = year_intervals.draws(YEARS.size - 1, YEARS.size, 5, seed=3)
    means, p = number_sums.of_resamples(record.parts, drawn, YEARS, (SEASONS, LAYERS), area, inside, intervals.STRONG)
    own = number_sums.of_record(record.sample, area, inside, intervals.STRONG)
    for which, chosen in enumerate(masks):
        sample = record.sample
        check(own, 0, sample.slope, sample.lines, sample.fitted, chosen, area, which)
        for number, row in enumerate(drawn):
            terms, total = (year_intervals.resample(part, row) for part in record.parts)
            slopes = slope_noise.least_squares(terms, YEARS).reshape(-1, SEASONS, LAYERS)
            lines = np.concatenate([slopes.mean(axis=1), slopes.sum(axis=2)], axis=1)
            slope, fitted = slopes.sum(axis=2).mean(axis=1), attribute(terms.reshape(values.shape), YEARS)
            check(means, number, slope, lines, fitted, chosen, area, which)
            np.testing.assert_array_equal(p[number], mann_kendall(total[..., 0], YEARS).p)


def test_numbers_depend_neither_on_how_many_resamples_go_together_nor_on_how_many_there_are(monkeypatch):
    values, area = world()
    analysed = np.ones((CELLS, 1), dtype=bool)
    options = {"seed": 2, "levels": intervals.LEVELS}
    whole = intervals.resampled(values, YEARS, analysed, area, ["1990-2019"], resamples=5, **options)
    monkeypatch.setattr(number_sums, "AT_ONCE", 2)
    again = intervals.resampled(values, YEARS, analysed, area, ["1990-2019"], resamples=5, **options)
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_season_is_the_sum_of_its_terms_in_the_order_of_the_labels():
    values, area = world()
    headline = intervals.resampled(
        values[5:], YEARS, np.ones((CELLS - 5, 1), bool), area[5:], ["1990-2019"], resamples=3, seed=1
    )
    names = [intervals.key(**label) for label in intervals.labels(list("abcd"), [1, 2, 3])]
    numbers = dict(zip(names, headline.estimate[0, 0, 0], strict=True))
    contribution = attribute(values[5:], YEARS).contribution
    np.testing.assert_allclose(numbers["season: b"], contribution[:, :, 1].sum(axis=(1, 2)).mean(), rtol=1e-11)
    np.testing.assert_allclose(numbers["layer: 3"], contribution[..., 2].sum(axis=(1, 2)).mean(), rtol=1e-11)
    np.testing.assert_allclose(numbers["dynamics: trend"], contribution[:, 0].sum(axis=(1, 2)).mean(), rtol=1e-11)


def test_the_mean_step_of_resamples_is_that_of_whole_arrays():
    values, area = world()
    total = values.sum(axis=3).mean(axis=2)[..., None]
    parts = year_intervals.sieve(total - np.nanmean(total, axis=1, keepdims=True), YEARS, np.zeros((CELLS, 1)))
    step = np.where(YEARS < 2005, -1.0, 1.0) / 15.0
    drawn = year_intervals.draws(YEARS.size - 1, YEARS.size, 6, seed=9)
    again = [np.nan_to_num(year_intervals.resample(parts, row)[..., 0]) for row in drawn]
    expected = [float((series * step).sum(axis=1) @ area / area.sum()) for series in again]
    np.testing.assert_allclose(splice._mean_steps(parts, step, area, drawn), expected, rtol=1e-12, atol=1e-14)
