"""Verdicts of the sensitivity analysis rest on intervals over years: of the numbers, and of their difference from the
same draws."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from vadose.statistics import landcover, trend_forms
from vadose.statistics.attribution import attribute
from vadose.statistics.trend.mann_kendall import mann_kendall
from vadose.studies.sensitivity import by_region, numbers, verdicts
from vadose.studies.sensitivity.plan import Case, Reading
from vadose.studies.sensitivity.table import by_region_table, sensitivity_table
from vadose.studies.sensitivity.verdicts import SAME, SIGN, SIGNIFICANCE, YEARS, Number
from vadose.studies.variability import correlation_resamples, intervals, land_cover_rules, productivity, splice

LEVELS = numbers.Levels(0.05, 0.1, 3)
NAMES = (["humid", "sub-humid", "semi-arid", "arid"], [1, 2])
PERIODS = ["1980-1999", "2000-2019"]
CALENDAR = np.arange(1980, 2020)
DRAWS = {"resamples": 60, "seed": 3}
CELLS = 48
WHERE = {"lat": np.repeat(np.arange(-55.0, 60.0, 20.0), 8), "lon": np.tile(np.arange(-170.0, 180.0, 45.0), 6)}
AREA = np.cos(np.deg2rad(WHERE["lat"]))


def labelled(dataset):
    return dataset.assign_coords({name: ("cell", values) for name, values in (WHERE | {"area": AREA}).items()})


def products_of(seasonal, form=trend_forms.LINEAR):
    """Trends, attribution and resamples of made-up seasonal means, as the workflow makes them."""
    parts = [seasonal[:, :20], seasonal[:, 20:]]
    years = [CALENDAR[:20].astype(float), CALENDAR[20:].astype(float)]
    linear = form.kind == "linear"
    fitted = [
        attribute(part, time) if linear else trend_forms.attribute(part, time, form)
        for part, time in zip(parts, years, strict=True)
    ]
    tests = [mann_kendall(part.sum(axis=3).mean(axis=2), time) for part, time in zip(parts, years, strict=True)]
    labels = {"period": PERIODS, "season": NAMES[0], "layer": NAMES[1], "dynamics": ["trend", "iav"]}
    bounds = {"layer_top": ("layer", [0.0, 0.1]), "layer_bottom": ("layer", [0.1, 0.4])}
    terms = {
        "contribution": np.stack([part.contribution for part in fitted], axis=1),
        "omega": np.stack([part.omega for part in fitted], axis=1),
        "variance": np.stack([part.variance for part in fitted], axis=1),
    }
    dims = ("cell", "period", "dynamics", "season", "layer")
    shapes = {"contribution": dims, "omega": (*dims[:2], *dims[3:]), "variance": dims[:2]}
    attributed = xr.Dataset({name: (shapes[name], values) for name, values in terms.items()}, labels | bounds)
    slope = np.stack([one.slope for one in tests], axis=1)[..., None]
    p = np.stack([one.p for one in tests], axis=1)[:, :, None, None]
    trends = xr.Dataset(
        {
            "slope": (("cell", "period", "series"), slope),
            "p": (("cell", "period", "test", "series"), np.repeat(p, 2, axis=2)),
        },
        {"period": PERIODS, "series": ["total"], "test": ["original", "hamed_rao"]},
    )
    headline = intervals.resampled(seasonal, CALENDAR, np.ones((CELLS, 2), bool), AREA, PERIODS, form=form, **DRAWS)
    resamples = intervals.as_product(headline, NAMES, PERIODS)
    return {"attribution": labelled(attributed), "trends": labelled(trends), "year_resamples": resamples}


def world(seed, common=0.3):
    rng = np.random.default_rng(seed)
    shared, own = rng.normal(size=(1, 40, 4, 2)), rng.normal(size=(CELLS, 40, 4, 2))
    return 50 + np.sqrt(common) * shared + np.sqrt(1 - common) * own


def case(name, affects, **reading):
    return Case(name, "variability", f"{name}?", tuple(affects), Reading(**reading), None, "", {})


QUANTITIES = ("trend", "declining", "significant_trend", "season_share", "layer_share", "trend_share", "omega")
QUANTITIES += ("change_of_season_share", "change_of_layer_share", "change_of_trend_share")


@pytest.mark.parametrize("weight", ["cell", "area", "variance"])
def test_resamples_belong_to_the_number_and_the_interval_is_that_of_the_table(weight):
    files = products_of(world(1))
    listed = numbers.numbers(
        "variability", files | {"splice": xr.Dataset()}, Reading(weight=weight), QUANTITIES, LEVELS
    )
    assert {number.quantity for number in listed} == set(QUANTITIES)
    estimate = files["year_resamples"]["estimate"].sel(weighting=weight)
    names = {"trend": "mean_slope", "declining": "share_declining", "significant_trend": "share_significant"}
    for number in listed:
        assert number.basis == YEARS and number.replicates.shape == (60,), number.quantity
        assert number.low < number.high and np.isfinite(number.places).all()
        # The mean of the resamples lies by the number: no other number's resamples were taken.
        assert abs(number.replicates.mean() - number.value) < 4 * number.replicates.std() + 0.05, number[:3]
        if number.quantity in names:
            right = float(estimate.sel(number=names[number.quantity], cells_of="period").isel(period=-1))
            assert number.value == pytest.approx(right, rel=1e-12)
    change = next(number for number in listed if number.quantity == "change_of_layer_share")
    both = estimate.sel(number="layer: 1", cells_of="both periods").values
    assert change.value == pytest.approx(both[1] - both[0], abs=1e-12)


def test_a_number_without_resamples_of_years_gets_no_verdict_on_significance():
    files = products_of(world(2))
    compared = sensitivity_table(
        [case("hamed_rao", ["significant_trend"], test="hamed_rao"), case("median", ["layer_share"], weight="median")],
        Reading(), files, lambda one: {}, LEVELS,
    )  # fmt: skip
    assert set(compared["verdict"]) == {SAME} and np.isfinite(compared["base_low"]).all()
    assert compared["low"].isna().all() and compared["difference_low"].isna().all()
    assert (compared["note"] == "no interval over years of the alternative, so no verdict on significance").all()


def test_numbers_by_region_are_those_of_its_cells_with_the_intervals_of_its_tables():
    seasonal, codes = world(4), np.arange(CELLS) % 3  # 0: in no region
    files, names = products_of(seasonal) | {"splice": xr.Dataset()}, {1: "one", 2: "two"}
    tables = []
    for code in names:
        part = seasonal[codes == code]
        entered, area = np.ones((len(part), 2), bool), AREA[codes == code]
        headline = intervals.resampled(part, CALENDAR, entered, area, PERIODS, **DRAWS)
        tables.append(intervals.tabulate(headline, NAMES, PERIODS).assign(region=code))
    axis = by_region.Regions(codes, names, pd.concat(tables, ignore_index=True))
    listed = by_region.numbers_by_region("variability", files, axis, Reading(), QUANTITIES, LEVELS)
    for code, name in names.items():
        own = {key: part.isel(cell=codes == code) if "cell" in part.dims else part for key, part in files.items()}
        expected = numbers.numbers("variability", own, Reading(), QUANTITIES, LEVELS)
        got = [number for number in listed if number.region == name]
        assert [number[:4] for number in got] == [number[:4] for number in expected]
        np.testing.assert_array_equal([number.value for number in got], [number.value for number in expected])
        low = {number.quantity: number.low for number in got if number.quantity in ("trend", "declining")}
        rows = tables[code - 1].query("period == '2000-2019' and weighting == 'cell'").set_index("quantity")["low"]
        assert low == {"trend": rows["mean_slope"], "declining": rows["share_declining"]}
        assert all(np.isfinite(number.low) for number in got), [
            number[:3] for number in got if not np.isfinite(number.low)
        ]
    compared = by_region_table(
        [case("area", ["trend", "omega"], weight="area")],
        Reading(),
        files,
        lambda one: {},
        LEVELS,
        {"variability": axis},
    )
    assert compared.groupby("region").size().to_dict() == {"one": 9, "two": 9}
    assert compared["base_low"].notna().all() and compared["difference_low"].isna().all()


def with_interval(value, low, high, replicates=None):
    return Number(
        "variability", "trend", "all", "1", 0.0, value, low, high, basis=YEARS, replicates=replicates, years=30
    )


def test_a_change_needs_a_difference_that_years_do_not_explain():
    base, other = with_interval(0.3, 0.1, 0.5), with_interval(0.2, -0.01, 0.41)
    assert verdicts.verdict(base, other) == SIGNIFICANCE
    assert (
        verdicts.verdict(base, other, (-0.3, 0.1)) == SAME
        and verdicts.verdict(base, other, (-0.2, -0.01)) == SIGNIFICANCE
    )
    against = with_interval(-0.1, -0.3, 0.1)
    assert (
        verdicts.verdict(base, against, (-0.9, 0.1)) == SAME and verdicts.verdict(base, against, (-0.6, -0.2)) == SIGN
    )
    rng = np.random.default_rng(1)
    one, two = (with_interval(value, -1, 1, rng.normal(size=60)) for value in (0.1, -0.1))
    row = verdicts.compare("variability", "x", "?", "", [one], [two])[0]
    assert row["verdict"] == SAME and row["note"] == "sign changes, but the interval of the difference holds zero"
    assert row["difference_low"] < 0 < row["difference_high"]


@pytest.mark.parametrize(
    ("quantity", "years", "factor"),
    [
        ("negative_share", 20, stats.norm.ppf(0.975)),
        ("certain_negative", 20, stats.norm.ppf(0.975)),
        ("negative_share", 10, stats.t.ppf(0.975, 8)),  # of a half of the record
        ("dominant_control", 20, stats.t.ppf(0.975, 18)),
    ],
)
def test_differences_of_shares_by_sign_take_the_normal_quantile_where_both_have_the_years_of_the_run(
    quantity, years, factor
):
    draws = np.random.default_rng(3).uniform(0.2, 0.4, (2, 30))
    base, other = (
        with_interval(0.3, 0.1, 0.5, of)._replace(quantity=quantity, years=count)
        for of, count in zip(draws, (20, years), strict=True)
    )
    half = factor * (draws[1] - draws[0]).std(ddof=1)
    np.testing.assert_allclose(verdicts.interval_of_difference(base, other, 0.1), (0.1 - half, 0.1 + half), rtol=1e-12)


def test_differences_are_taken_over_the_cells_that_both_have():
    values, weights = np.array([1.0, 2.0, 9.0, np.nan]), np.ones(4)
    base = Number("variability", "trend", "all", "1", 0.0, 4.0, values=values, weights=weights)
    other = base._replace(value=2.5, values=np.array([2.0, 3.0, np.nan, 2.5]))
    row = verdicts.compare("variability", "x", "?", "", [base], [other])[0]
    assert (row["base_cells"], row["cells"], row["common_cells"]) == (3, 3, 2)
    assert row["difference"] == pytest.approx(1.0)  # 2.5 - 1.5, not 2.5 - 4.0
    classes = [number._replace(quantity="correlation") for number in (base, other)]
    assert verdicts.compare("variability", "x", "?", "", *[[one] for one in classes])[0]["difference"] == -1.5


@pytest.mark.slow
@pytest.mark.one_python
def test_rates_without_a_difference_and_with_a_planted_one():
    """Alternative products that differ by noise of years alone lie apart in about one of twenty worlds; a planted
    difference of the trend is found."""
    apart = {0.0: [], 0.05: []}

    def mean_slope(series):
        seasonal = np.repeat(np.repeat(series[:, 20:, None, None], 2, axis=2), 2, axis=3) / 2
        headline = intervals.resampled(seasonal, CALENDAR[20:], np.ones((CELLS, 1), bool), AREA, PERIODS[1:], **DRAWS)
        place = (0, 0, 0, 0)
        replicates = headline.replicates[(slice(None), *place)]
        return with_interval(headline.estimate[place], 0, 0, replicates)._replace(years=headline.years[0])

    for seed in range(60):
        total = world(seed).sum(axis=3).mean(axis=2)
        noise, base = 0.5 * world(1000 + seed).sum(axis=3).mean(axis=2), mean_slope(total)
        for planted, verdict in apart.items():
            other = mean_slope(total + noise + planted * (CALENDAR - 2000))
            low, high = verdicts.interval_of_difference(base, other, other.value - base.value)
            verdict.append(not low <= 0 <= high)
    assert np.mean(apart[0.0]) <= 0.13 and np.mean(apart[0.05]) >= 0.8, {key: np.mean(v) for key, v in apart.items()}


def test_correlations_are_those_of_the_rule_that_is_read():
    rng, years = np.random.default_rng(5), np.arange(2000, 2020)
    moisture = world(5)[:, 20:]
    carbon = moisture.sum(axis=(2, 3)) + rng.normal(size=(CELLS, 20))
    pixels = rng.integers(0, 30, size=(CELLS, 17))
    cover = xr.Dataset(landcover.of_cells(pixels, "regroup_first", 0.0))
    by_rule = land_cover_rules.classes(pixels, "regroup_first", 0.0)
    ranges = [("10-40 cm", [1])]
    columns = productivity.columns_of(moisture, ranges)
    outcome = correlation_resamples.resampled(columns, carbon, years, AREA, by_rule, alpha=0.05, **DRAWS)
    labels = productivity.labels_of(*NAMES, ranges)
    bare = labelled(xr.Dataset())
    resamples = correlation_resamples.as_product(outcome, list(land_cover_rules.RULES), labels, by_rule, bare)
    axes = {"season": NAMES[0], "layer": NAMES[1], "detrend": ["none", "linear"], "depth_range": ["10-40 cm"]}
    correlated = labelled(productivity.correlate(moisture, carbon, years, ranges, 0.1).assign_coords(axes))
    files = {"productivity_correlation": correlated, "land_cover": cover, "correlation_resamples": resamples}
    compared = sensitivity_table(
        [case("share", ["correlation"], min_share=0.75), case("half", ["correlation"], min_share=0.5),
         case("detrended", ["correlation", "significant_correlation"], detrend="linear")],
        Reading(), files, lambda one: {}, LEVELS,
    )  # fmt: skip
    half = compared[compared["alternative"] == "half"]
    listed = correlation_resamples.table(outcome, list(land_cover_rules.RULES), labels)
    for name in ("forests", "all classes"):
        row = half[half["case"] == f"{name}, 10-40 cm"].iloc[0]
        right = listed[(listed["class"] == name) & (listed["layer"] == "10-40 cm") & (listed["detrend"] == "none")]
        right = right.set_index("rule").loc["half of the land"]
        found = row[["under_alternative", "low", "high", "difference", "difference_low", "difference_high"]]
        expected = right[["r", "r_low", "r_high", "r_difference", "r_difference_low", "r_difference_high"]]
        np.testing.assert_allclose(found.to_numpy(float), expected.to_numpy(float), rtol=1e-9, atol=1e-12)
    other = compared[compared["alternative"] == "share"]  # a rule that nobody resampled
    assert other["low"].isna().all() and np.isfinite(other.loc[other["base"].notna(), "base_low"]).all()
    detrended = compared[(compared["alternative"] == "detrended") & compared["base"].notna()]
    assert len(detrended) == 6 and np.isfinite(detrended["difference_low"]).all()


def test_a_planted_step_has_an_interval_that_holds_it_and_a_line_is_told_from_it():
    rng = np.random.default_rng(7)
    shared = rng.normal(size=40)
    total = 10 + shared + rng.normal(size=(CELLS, 40)) + 5.0 * (CALENDAR >= 2000)
    total[0, :30] = np.nan
    total[1] = np.nan
    steps = splice.resampled_steps(total, CALENDAR.astype(float), 2000, AREA, resamples=100, seed=1)
    assert steps.replicates.shape == (100, 2, 2) and (steps.years > 15).all()
    error = steps.replicates.std(axis=0, ddof=1)
    # Of the mean series, white noise: 2 / root n for the level alone, more beside a trend.
    assert (
        error[0, 0] == pytest.approx(2 * np.sqrt((1 + 1 / CELLS) / 40), rel=0.3) and (error[1] > 1.5 * error[0]).all()
    )
    assert (abs(steps.replicates.mean(axis=0) - 5.0) < 4 * error).all()


@pytest.mark.parametrize("planted, expected", [("curve", SIGN), ("line", SAME)])
def test_a_smooth_trend_changes_the_verdict_where_a_curve_is_planted(planted, expected):
    """Trend or interannual variability: which has more of the variance."""
    t = np.tile(np.linspace(-1, 1, 20), 2)
    course = 2 * (t**2 if planted == "curve" else t)
    seasonal = world(4) + course[None, :, None, None]
    form = trend_forms.Form("lowess", 0.4)
    row = verdict_under(seasonal, form, "trend_share")
    assert row["verdict"] == expected and (row["base"] > 0.5) == (planted == "line") and row["under_alternative"] > 0.5


@pytest.mark.parametrize("planted, expected", [(6.0, SIGN), (0.0, SAME)])
def test_a_broken_trend_changes_the_verdict_where_a_step_hides_it(planted, expected):
    course = np.linspace(-1.5, 1.5, 20) - planted * (np.arange(20) >= 10) / 2
    seasonal = world(5) + np.tile(course, 2)[None, :, None, None]
    row = verdict_under(seasonal, trend_forms.Form("broken", splice_year=2010), "trend_share")
    assert row["verdict"] == expected


def verdict_under(seasonal, form, quantity):
    """The row of one number where the trend of the alternative has another form."""
    table = sensitivity_table(
        [case("form", [quantity])], Reading(), products_of(seasonal), lambda _: products_of(seasonal, form), LEVELS
    )
    return table.iloc[0]


@pytest.mark.parametrize("planted, expected", [("step", SIGN), ("line", SAME)])
def test_cells_without_a_step_change_the_verdict_where_a_step_makes_the_decline(planted, expected):
    """Thirty of 48 cells decline, by a step at the splice against a rising line or by a line; the others rise."""
    rising = 0.05 * (CALENDAR - 2000)
    falling = rising - 6.0 * (CALENDAR >= 2000) if planted == "step" else -rising
    course = np.where(np.arange(CELLS)[:, None] < 30, falling, rising)
    total = 100 + course + np.random.default_rng(6).normal(size=(CELLS, 40))
    fitted = mann_kendall(total, CALENDAR.astype(float))
    trends = xr.Dataset(
        {"slope": (("cell", "period", "series"), fitted.slope[:, None, None])}
        | {"p": (("cell", "period", "test", "series"), fitted.p[:, None, None, None])},
        {"period": ["1980-2019"], "series": ["total"], "test": ["original"]},
    )
    steps = splice.steps(total, CALENDAR.astype(float), 2000, 0.1)
    files = {"trends": labelled(trends), "splice": labelled(steps)}
    asked = [case("without_step", ["declining"], without_step=True)]
    row = sensitivity_table(asked, Reading(), files, lambda _: {}, LEVELS).iloc[0]
    assert row["base"] == pytest.approx(30 / 48, abs=0.03) and row["verdict"] == expected
    del files["splice"]  # which the reading needs, not the trends
    assert len(numbers.numbers("variability", files, Reading(), ("declining",), LEVELS)) == 1
    assert numbers.numbers("variability", files, Reading(without_step=True), ("declining",), LEVELS) == []
