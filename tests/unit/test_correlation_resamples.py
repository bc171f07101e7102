"""Correlations with productivity in resampled years: the numbers of the data, intervals that hold the truth where cells
share their years, and rules of land cover by hand."""

import numpy as np
import pytest
from scipy import stats

from vadose.studies.variability import correlation_resamples, land_cover_rules, productivity
from vadose.studies.variability.productivity import GROUPS

YEARS = np.arange(2000, 2025)
LEVELS = {"alpha": 0.05, "seed": 3}


def world(seed, cells=60, common=0.3, r=0.5):
    """Standard normal soil moisture and productivity of two columns; years and cells share a part, r holds for both."""
    rng = np.random.default_rng(seed)

    def field(number):
        shared, own = rng.normal(size=(1, YEARS.size, number)), rng.normal(size=(cells, YEARS.size, number))
        return np.sqrt(common) * shared + np.sqrt(1 - common) * own

    moisture, rest = field(2), field(1)[..., 0]
    return moisture, r * moisture[..., 0] + np.sqrt(1 - r**2) * rest


def test_estimates_are_means_over_the_cells_of_each_class():
    moisture, carbon = world(1)
    moisture[4, :20] = np.nan  # too few years
    carbon[5, 3] = np.nan
    classes = np.stack([np.arange(60) % 5, np.where(np.arange(60) < 30, 1, 0)])
    area = np.linspace(1, 3, 60)
    made = correlation_resamples.resampled(moisture, carbon, YEARS, area, classes, resamples=60, **LEVELS)
    there = [np.isfinite(moisture[c]).all(axis=1) & np.isfinite(carbon[c]) for c in range(60)]
    for way in range(2):
        r, p = np.full((60, 2), np.nan), np.full((60, 2), np.nan)
        for c, column in ((c, column) for c in range(60) if c != 4 for column in range(2)):
            x, y, t = moisture[c, there[c], column], carbon[c, there[c]], YEARS[there[c]]
            if way:
                x, y = (side - np.polyval(np.polyfit(t - 2000, side, 1), t - 2000) for side in (x, y))
            r[c, column] = stats.pearsonr(x, y).statistic
            f = t.size - 2 - way
            p[c, column] = 2 * stats.t.sf(abs(r[c, column]) * np.sqrt(f / (1 - r[c, column] ** 2)), f)
        for rule, group in ((0, 1), (1, 0), (0, 4), (1, 4), (1, 5)):
            inside = [classes[rule] == group + 1, classes[rule] > 0, np.ones(60, bool)][max(group - 3, 0)]
            inside = inside & np.isfinite(r[:, 0])
            found = made.estimate[rule, group, :, :, way]
            np.testing.assert_allclose(found[0, 0], r[inside].mean(axis=0), rtol=1e-10)
            np.testing.assert_allclose(found[1, 0], np.average(r[inside], axis=0, weights=area[inside]), rtol=1e-10)
            np.testing.assert_allclose(found[0, 1], (p[inside] < 0.05).mean(axis=0), rtol=1e-12)
            assert (made.cells[rule, group, way] == inside.sum()).all()
    both = (classes[0] == 1) & (classes[1] == 1)
    assert made.common[1, 0, 0, 0] == both.sum() and made.common[1, 4, 0, 0] == ((classes > 0).all(axis=0)).sum() - 1
    assert np.isnan(made.estimate[1, 1]).all() and (made.cells[1, 1] == 0).all()
    listed = correlation_resamples.table(made, ["as published", "other"], [("arid", "1"), ("annual", "0-1 m")])
    assert len(listed) == 2 * len(GROUPS) * 2 * 2
    published = listed[listed["rule"] == "as published"]
    assert (published["r_difference"].dropna() == 0).all() and (published["cells"] == published["common_cells"]).all()


def test_equal_numbers_of_two_rules_differ_by_nothing_and_draws_are_those_of_the_resample():
    moisture, carbon = world(2)
    classes = np.stack([np.ones(60, int), np.ones(60, int)])
    few, many = (
        correlation_resamples.resampled(moisture, carbon, YEARS, np.ones(60), classes, resamples=count, **LEVELS)
        for count in (50, 70)
    )
    np.testing.assert_array_equal(few.replicates, many.replicates[:50])
    np.testing.assert_array_equal(few.replicates[:, 0], few.replicates[:, 1])


def pearson(x, y):
    """Correlation of each row."""
    x, y = (side - side.mean(axis=1, keepdims=True) for side in (x, y))
    return (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))


@pytest.mark.one_python
def test_intervals_of_a_class_hold_the_planted_correlation_where_those_over_cells_do_not():
    """Worlds with a planted correlation of 0.5 and 30 % of the variance in common; 0 for the second column."""
    x, noise = np.random.default_rng(0).standard_normal((2, 5000, 25))
    truth = pearson(x, 0.5 * x + np.sqrt(0.75) * noise).mean()  # of 25 years: a little below 0.5
    held, by_cells = [], []
    for number in range(100):
        moisture, carbon = world(100 + number, cells=40)
        made = correlation_resamples.resampled(
            moisture, carbon, YEARS, np.ones(40), np.ones((1, 40), int), resamples=60, alpha=0.05, seed=number
        )
        row = correlation_resamples.table(made, ["as published"], [("a", "1"), ("a", "2")])
        row = row[(row["class"] == "forests") & (row["detrend"] == "none")]
        held.append([(row["r_low"] <= [truth, 0]).to_numpy() & (row["r_high"] >= [truth, 0]).to_numpy()])
        r = pearson(moisture[:, :, 0], carbon)
        by_cells.append(abs(r.mean() - truth) <= 1.96 * r.std() / np.sqrt(40))
    shares = np.mean(held, axis=(0, 1))
    assert (shares >= 0.88).all() and (shares <= 1.0).all(), shares
    assert np.mean(by_cells) < 0.7


def test_rules_by_hand_and_what_cells_mostly_are():
    pixels = np.zeros((4, 17), int)
    pixels[0, [16, 9]] = 300, 100  # a desert with savanna
    pixels[1, 4] = 400
    pixels[2, 15] = 400
    pixels[3, [12, 10]] = 150, 250
    assert list(land_cover_rules.rules_of("regroup_first", 0.5)) == list(land_cover_rules.RULES)
    assert list(land_cover_rules.rules_of("mode_first", 0.2))[-1] == land_cover_rules.OF_RUN
    by_rule = land_cover_rules.classes(pixels, "regroup_first", 0.0)
    assert by_rule.tolist() == [[2, 1, 0, 3], [0, 1, 0, 3], [0, 1, 0, 3]]
    names = list(land_cover_rules.RULES)
    counted = land_cover_rules.count(by_rule, names, np.array([16, 4, 15, 10]), np.array([1.0, 2.0, 3.0, 4.0]))
    rows = counted[counted["cells"] > 0].set_index(["rule", "class", "mostly"])["area_share"]
    assert rows["as published", "shrublands", "barren"] == pytest.approx(0.1)
    assert rows["half of the land", "none", "barren"] == pytest.approx(0.1)
    assert rows["as published", "none", "ice"] == pytest.approx(0.3)
    assert rows.groupby("rule").sum().tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert productivity.labels_of(["arid"], [1, 2], [("0-1 m", [1])]) == [
        ("arid", "1"),
        ("arid", "2"),
        ("annual", "0-1 m"),
    ]
