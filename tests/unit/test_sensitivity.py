"""The sensitivity analysis: what is compared in which run, numbers of known value, and verdicts on planted changes."""

import copy

import numpy as np
import pytest
import xarray as xr
import yaml

from vadose.files import configuration
from vadose.statistics.numeric.block_interval import block_interval
from vadose.studies.dependence import tables
from vadose.studies.drivers import statistics
from vadose.studies.sensitivity import intervals, numbers, verdicts
from vadose.studies.sensitivity.plan import Case, Reading, SensitivityError, merged, plan
from vadose.studies.sensitivity.table import sensitivity_table
from vadose.studies.sensitivity.verdicts import (
    COUNT,
    EXCESS,
    SAME,
    SIGN,
    SIGN_ALONE,
    SIGNIFICANCE,
    YEARS,
    Number,
    compare,
)
from vadose.studies.variability import tables as variability_tables

LEVELS = numbers.Levels(0.05, 0.1, 3)
CELLS = 600


@pytest.fixture(scope="module")
def schema(root):
    return configuration.load_schema(root / "config/schema.yaml")


@pytest.fixture(scope="module")
def alternatives(root):
    return yaml.safe_load((root / "config/sensitivity.yaml").read_text(encoding="utf-8"))["alternatives"]


@pytest.fixture(scope="module")
def planned(root, schema, alternatives):
    """Plan of a configuration: the demo with overlays."""

    def cases_of(*overlays, listed=alternatives):
        config = configuration.complete(
            yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8")), schema
        )
        for overlay in overlays:
            config = merged(config, overlay)
        check = lambda other: configuration.validate(other, schema)  # noqa: E731
        return {(case.alternative, case.study): case for case in plan(listed, config, root / "config/scenarios", check)}

    return cases_of


def test_every_alternative_names_numbers_that_there_are(alternatives):
    for item in alternatives:
        assert set(item["affects"]) <= numbers.QUANTITIES, item["id"]
        studies = [item["study"]] if isinstance(item["study"], str) else item["study"]
        given = {name for study in studies for *_, names in numbers.SOURCES[study] for name in names}
        assert set(item["affects"]) <= given, item["id"]


def test_the_demo_gets_every_alternative_that_applies(planned):
    cases = planned()
    again = {name: case.stage for (name, _), case in cases.items() if case.stage}
    assert again == {
        "splice_adjusted": "splice",
        "fixed_seasons": "seasons",
        "smooth_trend": "attribution",
        "broken_trend": "attribution",
        "land_cover_rule": "land_cover",
        "within_seasons": "copulas",
        "thawed_months": "copulas",
        "without_snow_season": "copulas",
        "controls_of_thawed_months": "controls",
        "same_source": "copulas",
        "controls_of_same_source": "controls",
        "optimal_lag": "copulas",
        "parametric_margins": "copulas",
        "no_preselection": "copulas",
        "wet_day": "controls",
        "wetter_day": "controls",
        "grouped_by_cell": "drivers",
    }
    own = {key for key, case in cases.items() if case.reason == "this is how the run itself computes it"}
    assert own == {("weight_cell", "variability"), ("weight_cell", "dependence"), ("not_grouped", "dependence")}
    assert (
        cases["annual_cycle_removed", "dependence"].reading.cycle == "removed"
        and cases["hamed_rao", "variability"].reading.test == "hamed_rao"
    )
    assert (
        cases["weight_area", "dependence"].reading.weight == "area"
        and cases["detrended", "variability"].reading.detrend == "linear"
    )


def test_the_snow_season_is_told_by_the_snow_that_the_run_reads(planned):
    own = {"datasets": {"swe": {"reader": "generic", "folder": "x"}}}
    part = {"covariates": {"snow": "swe"}, "frozen": {"by": "air", "snow": "snow", "keep": "all", "compare": False}}
    unread = planned(own | {"dependence": part})["without_snow_season", "dependence"]
    assert "reads neither air temperature nor snow" in unread.reason and unread.stage is None
    predictors = {"ridge": {"predictors": ["precipitation_volume", "evapotranspiration", "snow"]}}
    case = planned(own | {"dependence": part | predictors})["without_snow_season", "dependence"]
    assert case.stage == "copulas" and case.configuration["dependence"]["frozen"]["by"] == "snow"


def test_a_second_run_differs_in_the_overlay_and_its_savings_alone(planned):
    config = planned()["parametric_margins", "dependence"].configuration
    assert (
        config["dependence"]["copula"]["margins"] == "parametric"
        and config["dependence"]["copula"]["gof"] is False
        and config["run"] == "demo"
    )
    assert config["dependence"]["lags"]["max"] == 12 and config["dependence"]["copula"]["preselect"] is True


def test_what_a_run_lacks_is_said(planned, root):
    pairs = yaml.safe_load((root / "config/scenarios/gldas_pairs.yaml").read_text(encoding="utf-8"))
    reasons = {key: case.reason for key, case in planned(pairs).items()}
    assert reasons["wet_day", "dependence"] == "precipitation of the run is monthly, there are no days to count"
    assert reasons["driscoll_kraay", "dependence"] == "the run has no driver models"
    assert reasons["hamed_rao", "variability"] == "the run leaves out the variability study"
    assert reasons["optimal_lag", "dependence"] == reasons["beyond_doubt", "dependence"] == ""
    one_version = {
        "variability": {
            "splice_year": None,
            "periods": [[1948, 2024]],
            "productivity": False,
            "trend": {"tests": ["original"]},
        },
    }
    reasons = {key: case.reason for key, case in planned(one_version).items()}
    assert (
        "no splice" in reasons["splice_adjusted", "variability"]
        and "one period" in reasons["short_record", "variability"]
    )
    assert reasons["prewhitening", "variability"] == "variability.trend.tests of the run lack 3pw"
    assert "productivity" in reasons["land_cover_rule", "variability"]


def test_what_a_run_does_not_hold_is_made_alternative_file(planned):
    without = planned({"dependence": {"copula": {"compare_annual_cycle": False}}})["annual_cycle_removed", "dependence"]
    assert without.stage == "copulas" and without.configuration["dependence"]["time_scales"] == ["monthly"]
    other_way = planned({"dependence": {"driver_models": {"group": "cell"}}})
    assert (
        other_way["not_grouped", "dependence"].stage == "drivers"
        and other_way["grouped_by_cell", "dependence"].stage is None
    )


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"overlaid": {}}, "hamed_rao: expected id, study, question, affects and others"),
        ({"overlay": {}}, "hamed_rao: expected either overlay or reading, found both"),
        ({"reading": {"tests": "3pw"}}, "hamed_rao: expected reading of .*, found tests"),
        ({"requires": ["luck"]}, "hamed_rao: expected .* requires of .*, found luck"),
        ({"study": "climate"}, "hamed_rao: expected the study variability or dependence, found climate"),
        (
            {"reading": None, "overlay": {"paths": {"raw": "x"}}},
            "hamed_rao: .* found paths.raw: no stage is run again for it",
        ),
        (
            {
                "reading": None,
                "overlay": {
                    "dependence": {"ridge": {"penalty": 2.0}},
                    "variability": {"season": {"basis": "climatology"}},
                },
            },
            "of one stage, found controls, seasons",
        ),
    ],
)
def test_a_wrong_alternative_is_named(planned, alternatives, change, sentence):
    item = {key: value for key, value in (alternatives[0] | change).items() if value is not None}
    with pytest.raises(SensitivityError, match=sentence):
        planned(listed=[item])
    with pytest.raises(SensitivityError, match="hamed_rao: expected each alternative once"):
        planned(listed=[alternatives[0], alternatives[0]])


def number(value, low=np.nan, high=np.nan, reference=0.0, kind="effect"):
    return Number("variability", "trend", "all", "1", reference, value, low, high, kind)


def test_a_sign_that_changes_without_an_interval_over_years_says_so():
    base, other = number(0.3, 0.1, 0.5)._replace(basis=YEARS), number(-0.2)._replace(basis=YEARS)
    (row,) = compare("variability", "without_step", "?", "", [base], [other])
    words = "no interval over years of the alternative, so no verdict on significance"
    assert row["verdict"] == SIGN and row["note"] == f"{words}; {SIGN_ALONE}"
    (row,) = compare("variability", "without_step", "?", "", [base], [other._replace(value=0.2)])
    assert row["verdict"] == SAME and row["note"] == words


@pytest.mark.parametrize(
    "base, other, expected",
    [
        (number(0.3, 0.1, 0.5), number(0.2, 0.05, 0.3), SAME),
        (number(0.3, 0.1, 0.5), number(0.2, -0.1, 0.3), SIGNIFICANCE),
        (number(0.3, 0.1, 0.5), number(-0.01, -0.1, 0.3), SIGN),  # sign comes first
        (number(-0.3, -0.5, 0.1), number(-0.4, -0.5, -0.3), SIGNIFICANCE),
        (number(0.3, 0.1, 0.5), number(0.2), SAME),  # no interval, no verdict on significance
        (number(0.3), number(-0.2), SIGN),
        (number(0.3, 0.28, 0.4, 0.25), number(0.2, 0.1, 0.4, 0.25), SIGN),  # about an equal share
        (number(0.3, 0.28, 0.4, 0.25), number(0.25, 0.1, 0.4, 0.25), SIGNIFICANCE),  # on the reference: no side
        (
            number(0.3, 0.2, 0.4, 0.05, EXCESS),
            number(0.02, 0.0, 0.04, 0.05, EXCESS),
            SIGNIFICANCE,
        ),  # a share has no sign
        (number(0.3, 0.2, 0.4, 0.05, EXCESS), number(0.1, 0.06, 0.2, 0.05, EXCESS), SAME),
        (
            number(0.01, 0.0, 0.02, 0.05, EXCESS),
            number(0.05, 0.03, 0.07, 0.05, EXCESS),
            SAME,
        ),  # below chance is not significant
        (number(5.0, kind=COUNT), number(0.0, kind=COUNT), SIGNIFICANCE),
        (number(5.0, kind=COUNT), number(1.0, kind=COUNT), SAME),
        (number(np.nan), number(1.0), verdicts.NOT_APPLICABLE),
    ],
)
def test_verdicts(base, other, expected):
    assert verdicts.verdict(base, other) == expected


def places(seed=0):
    random = np.random.default_rng(seed)
    where = {"lat": random.uniform(-60, 80, CELLS), "lon": random.uniform(-180, 180, CELLS)}
    area = np.cos(np.deg2rad(where["lat"])) * 1e9
    return xr.Dataset(coords={name: ("cell", values) for name, values in (where | {"area": area}).items()})


def test_equal_weights_are_the_plain_bootstrap():
    where, values = places(), np.random.default_rng(1).normal(1, 2, CELLS)
    values[::7] = np.nan
    found = intervals.weighted_interval(values, where, np.full(CELLS, 3.0), 5)
    plain = block_interval(values, where["lat"].values, where["lon"].values, seed=5)
    assert found == pytest.approx((np.nanmean(values), *plain), rel=1e-12)


def test_the_weighted_interval_is_that_of_the_resampled_ratio():
    """Against the ratio of sums resampled itself: the linear part serves to a few percent of the width."""
    where, random = places(), np.random.default_rng(2)
    values, weights = random.normal(1, 2, CELLS), where["area"].values
    mean, low, high = intervals.weighted_interval(values, where, weights, 5)
    block = np.floor((where["lat"].values + 90) / 15).astype(int) * 1000 + np.floor(
        (where["lon"].values + 180) / 15
    ).astype(int)
    _, index = np.unique(block, return_inverse=True)
    count = index.max() + 1
    drawn = random.multinomial(count, np.full(count, 1 / count), size=20_000)
    ratio = (drawn @ np.bincount(index, values * weights)) / (drawn @ np.bincount(index, weights))
    assert mean == pytest.approx(np.average(values, weights=weights), rel=1e-12)
    assert [low, high] == pytest.approx(np.quantile(ratio, [0.025, 0.975]), abs=0.08 * (high - low))


def test_the_median_is_certain_where_more_than_half_of_the_cells_are():
    where, random = places(), np.random.default_rng(3)
    values = random.normal(0.5, 1, CELLS)
    median, low, high = intervals.median_interval(values, where, 5)
    assert median == np.median(values) and 0 < low < median < high
    centred = intervals.median_interval(values - median, where, 5)
    assert centred == pytest.approx((0.0, low - median, high - median), abs=1e-12) and centred[1] < 0 < centred[2]


def attribution():
    random, shape = np.random.default_rng(4), (CELLS, 2, 2, 4, 3)
    terms = random.uniform(-0.2, 1.0, shape)
    terms /= terms.sum(axis=(2, 3, 4), keepdims=True)
    terms[5] = np.nan
    dims = ("cell", "period", "dynamics", "season", "layer")
    bounds = {"layer_top": ("layer", [0.0, 0.1, 0.4]), "layer_bottom": ("layer", [0.1, 0.4, 1.0])}
    labels = {
        "period": ["1948-1999", "2000-2024"],
        "dynamics": ["trend", "iav"],
        "season": list("habc"),
        "layer": [1, 2, 3],
    }
    made = {
        "contribution": (dims, terms),
        "omega": (("cell", "period", "season", "layer"), random.normal(1, 0.5, (CELLS, 2, 4, 3))),
    }
    made["variance"] = (("cell", "period"), random.uniform(1, 100, (CELLS, 2)))
    return xr.Dataset(made, coords=labels | bounds).assign_coords(places().coords)


def test_a_median_by_area_is_that_of_cells_as_often_as_they_weigh():
    where, random = places(), np.random.default_rng(3)
    values, counts = random.normal(0.1, 1.0, CELLS), random.integers(1, 5, CELLS)
    median, low, high = intervals.median_interval(values, where, 5, counts.astype(float))
    repeated = np.repeat(values, counts)
    assert median == np.quantile(repeated, 0.5, method="inverted_cdf") and low < median < high
    odd = np.where(
        np.arange(CELLS) == 7, np.nan, values
    )  # of an even number numpy's median is the middle of two values
    equal, plain = (
        intervals.median_interval(odd, where, 5, np.full(CELLS, 2.0)),
        intervals.median_interval(odd, where, 5),
    )
    assert equal[0] == plain[0] and equal == pytest.approx(plain, abs=10 / CELLS)
    only = np.where(values > 0, 1.0, 0.0)
    assert intervals.median_interval(values, where, 5, only)[0] == np.quantile(
        values[values > 0], 0.5, method="inverted_cdf"
    )


@pytest.mark.parametrize("weight", ["cell", "area", "variance", "median"])
def test_shares_and_changes_are_those_of_the_headline_table(weight):
    attributed, files = attribution(), {}
    files = {"attribution": attributed, "splice": xr.Dataset()}
    quantities = (
        "season_share",
        "layer_share",
        "trend_share",
        "omega",
        "change_of_season_share",
        "change_of_layer_share",
        "change_of_trend_share",
    )
    found = numbers.numbers("variability", files, Reading(weight=weight), quantities, LEVELS)
    table = variability_tables.shares(attributed, weight)
    expected = []
    for period, names in (
        ("2000-2024", ("season", "layer", "dynamics", "omega")),
        ("difference", ("season", "layer", "dynamics")),
    ):
        for name in names:
            part = table[(table["quantity"] == name) & (table["period"] == period)]
            expected += list(part["headline"][: 1 if name == "dynamics" else None])
    assert [item.value for item in found] == pytest.approx(expected, abs=1e-12)
    assert {item.quantity for item in found} == set(quantities)


def test_a_change_that_any_series_shows_is_taken_off():
    attributed = attribution()
    null = np.repeat([[0.02, 0.3]], CELLS, axis=0)
    files = {"attribution": attributed}
    files["splice"] = xr.Dataset(
        {"null_share": (("cell", "window"), null)}, coords={"window": ["1948-1999", "2000-2024"]}
    )
    plain, less = (
        numbers.numbers("variability", files, Reading(against_null=given), ("change_of_trend_share",), LEVELS)[0]
        for given in (False, True)
    )
    assert less.value - plain.value == pytest.approx(-0.28, abs=1e-12) and less.high - plain.high == pytest.approx(
        -0.28, abs=1e-9
    )


def trends(p_original, p_other, slope=-1.0):
    dims = ("cell", "period", "series")
    p = np.stack([p_original, p_other], axis=1)[:, None, :, None]
    made = {name: (dims, np.full((CELLS, 1, 1), slope)) for name in ("slope", "slope_prewhitened")}
    labels = {"period": ["2000-2024"], "series": ["total"], "test": ["original", "hamed_rao"]}
    return xr.Dataset(made | {"p": (("cell", "period", "test", "series"), p)}, coords=labels).assign_coords(
        places().coords
    )


def case(name, study, affects, **reading):
    return Case(name, study, f"{name}?", tuple(affects), Reading(**reading), None, "", {})


def test_a_planted_loss_of_significance_is_found():
    """Half of the cells are significant by one test, one in twenty by the other: as many as chance brings."""
    random = np.random.default_rng(5)
    files = {"trends": trends(random.uniform(0, 0.1, CELLS), random.uniform(0, 1, CELLS))}
    asked = case("hamed_rao", "variability", ["trend", "declining", "significant_trend"], test="hamed_rao")
    found = sensitivity_table([asked], Reading(), files, lambda case: {}, LEVELS).set_index("number")
    assert found["verdict"].to_dict() == {"trend": SAME, "declining": SAME, "significant_trend": SIGNIFICANCE}
    assert found.loc["significant_trend", "base"] == np.mean(files["trends"]["p"].values[:, 0, 0, 0] <= 0.05)
    assert found.loc["significant_trend", "under_alternative"] == np.mean(
        files["trends"]["p"].values[:, 0, 1, 0] <= 0.05
    )


def copulas(tau):
    """Monthly copulas of one layer, with the annual cycle and without it: (cell, cycle) tau."""
    dims = ("cell", "time_scale", "layer")
    names = {
        "tau": tau[:, :1],
        "tau_low": tau[:, :1] - 0.1,
        "tau_high": tau[:, :1] + 0.1,
        "lower": np.abs(tau[:, :1]),
        "upper": 0 * tau[:, :1],
    }
    made = {name: (dims, values[:, :, None]) for name, values in names.items()} | {
        "tail_class": (dims, np.zeros((CELLS, 1, 1)))
    }
    by_cycle = {
        "tau": tau,
        "tau_low": tau - 0.1,
        "tau_high": tau + 0.1,
        "family": 5 + 0 * tau,
        "par": 1 + 0 * tau,
        "par2": 0 * tau,
    }
    made |= {
        f"{name}_by_annual_cycle": (("cell", "annual_cycle", "layer"), values[:, :, None])
        for name, values in by_cycle.items()
    }
    labels = {
        "time_scale": ["monthly"],
        "annual_cycle": ["kept", "removed"],
        "layer": [1],
        "annual_cycle_of_time_scale": ("time_scale", ["kept"]),
    }
    bounds = {"layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.07])}
    return xr.Dataset(made, coords=labels | bounds).assign_coords(places().coords)


def test_a_planted_change_of_sign_is_found():
    """Negative in nine cells of ten with the annual cycle, in one of ten without it."""
    random = np.random.default_rng(6)
    side = np.where(random.random((CELLS, 2)) < [0.9, 0.1], -1.0, 1.0)
    files = {"copulas": copulas(side * random.uniform(0.05, 0.5, (CELLS, 2)))}
    asked = case(
        "annual_cycle_removed", "dependence", ["negative_share", "median_tau", "certain_negative"], cycle="removed"
    )
    found = sensitivity_table([asked], Reading(), files, lambda case: {}, LEVELS).set_index("number")
    assert found.loc["negative_share", "verdict"] == found.loc["median_tau", "verdict"] == SIGN
    shares = tables.negative_shares(files["copulas"], None).sel(region="all").isel(layer=0)
    assert found.loc["negative_share", ["base", "under_alternative"]].tolist() == pytest.approx(
        shares["share_of_cells"].values.tolist(), abs=1e-12
    )
    expected = shares["certain_share_of_cells"].values.tolist()
    assert found.loc["certain_negative", ["base", "under_alternative"]].tolist() == pytest.approx(expected, abs=1e-12)
    short = verdicts.summary(found.reset_index())
    assert short.loc[0, ["numbers", SIGN]].tolist() == [3, 2] and short.loc[0, "what changes"].startswith(
        "negative share, "
    )


def test_what_was_computed_again_stands_in_for_the_run():
    tau = np.linspace(-0.4, 0.6, 2 * CELLS).reshape(2, CELLS).T
    base, anew = {"copulas": copulas(tau)}, {"copulas": copulas(np.abs(tau))}
    asked = case("parametric_margins", "dependence", ["negative_share"])
    found = sensitivity_table(
        [asked], Reading(), base, lambda case: anew if case.alternative == "parametric_margins" else {}, LEVELS
    )
    assert found["base"].tolist() == [np.mean(tau[:, 0] < 0)] and found["under_alternative"].tolist() == [0.0]
    assert found["difference"].tolist() == [-np.mean(tau[:, 0] < 0)]


def test_area_counts_cells_by_their_area():
    files = {"copulas": copulas(np.random.default_rng(8).normal(0, 0.2, (CELLS, 2)))}
    found = sensitivity_table(
        [case("weight_area", "dependence", ["negative_share"], weight="area")],
        Reading(),
        files,
        lambda case: {},
        LEVELS,
    )
    shares = tables.negative_shares(files["copulas"], None).sel(region="all", time_scale="monthly").isel(layer=0)
    assert found["base"][0] == pytest.approx(float(shares["share_of_cells"])) and found["under_alternative"][
        0
    ] == pytest.approx(float(shares["share_of_area"]))


def drivers(spread):
    """Two ecoregions, the drivers of which push precipitation up and soil moisture down by one; the third has no
    model."""
    shape = (1, 1, 3, 2, 7)
    dims = ("time_scale", "layer", "ecoregion", "response", "term")
    mean = np.ones(shape) * np.array([1.0, -1.0])[:, None]
    labels = {
        "time_scale": ["monthly"],
        "layer": [1],
        "ecoregion": [1, 2, 3],
        "response": ["P", "SM"],
        "term": [f"t{n}" for n in range(7)],
    }
    status = (dims[:3], np.array([[[0, 0, 1]]]))
    estimates = xr.Dataset({"mean": (dims, mean), "sd": (dims, np.full(shape, 0.1)), "status": status}, coords=labels)
    made = {
        "pooled": (dims, mean),
        "driscoll_kraay": (dims, np.full(shape, spread)),
        "clustered": (dims, np.full(shape, 0.2)),
    }
    made |= {name: (dims[:3], np.full(shape[:3], 10.0)) for name in ("driscoll_kraay_df", "clustered_df")}
    return {"driver_estimates": estimates, "driver_statistics": xr.Dataset(made, coords=labels)}


def test_honest_errors_can_take_a_driver_away():
    """t(10) at 97.5 % is 2.228: an error of 0.4 leaves an effect of 1 certain, one of 0.5 does not."""
    affects = ["driver_effect", "negative_drivers"]
    for spread, count in ((0.4, 2.0), (0.5, 0.0)):
        asked = [
            case("driscoll_kraay", "dependence", affects, errors="driscoll_kraay"),
            case("year", "dependence", affects, errors="clustered"),
        ]
        found = sensitivity_table(asked, Reading(), drivers(spread), lambda case: {}, LEVELS)
        counts = found[found["number"] == "negative_drivers"]
        assert set(counts["base"]) == {2.0} and set(
            counts.loc[counts["alternative"] == "driscoll_kraay", "under_alternative"]
        ) == {count}
        assert set(counts.loc[counts["alternative"] == "year", "under_alternative"]) == {2.0}
        assert set(counts.loc[counts["alternative"] == "driscoll_kraay", "verdict"]) == {
            SAME if count else SIGNIFICANCE
        }
        effect = found[(found["number"] == "driver_effect") & (found["alternative"] == "driscoll_kraay")].iloc[0]
        # Two independent ecoregions: the half width of the mean is that of one by the root of two.
        assert [effect["base_high"] - 1, effect["high"] - 1] == pytest.approx(
            [0.195996 / 2**0.5, 2.228139 * spread / 2**0.5], rel=1e-5
        )
    assert numbers.CONVERGED == statistics.Status.CONVERGED


def test_what_does_not_apply_is_in_the_table():
    idle = Case("wet_day", "dependence", "?", ("dominant_control",), Reading(), None, "precipitation is monthly", {})
    empty = case("driscoll_kraay", "dependence", ["negative_drivers"], errors="driscoll_kraay")
    found = sensitivity_table([idle, empty], Reading(), {}, lambda case: {}, LEVELS)
    assert found["verdict"].tolist() == [verdicts.NOT_APPLICABLE] * 2 and found["number"].isna().all()
    assert found["note"].tolist() == ["precipitation is monthly", "the run has none of the numbers that it touches"]
    assert verdicts.summary(found)["what changes"].tolist()[0] == "not applicable: precipitation is monthly"
    with pytest.raises(SensitivityError, match="wet_day: expected numbers of .*, found luck"):
        sensitivity_table([idle._replace(affects=("luck",))], Reading(), {}, lambda case: {}, LEVELS)


def test_a_value_without_an_interval_says_so():
    """Cells of one corner of the map: too few blocks for an interval."""
    files = {
        "trends": trends(np.full(CELLS, 0.01), np.full(CELLS, 0.9)).assign_coords(lat=("cell", np.full(CELLS, 1.0)))
    }
    files["trends"] = files["trends"].assign_coords(lon=("cell", np.full(CELLS, 1.0)))
    found = sensitivity_table(
        [case("x", "variability", ["significant_trend"], test="hamed_rao")], Reading(), files, lambda case: {}, LEVELS
    )
    assert found["verdict"].tolist() == [SAME] and found["note"].tolist() == [
        "no interval of the run and the alternative: too few blocks of the map"
    ]


def test_overlays_leave_the_configuration_alone():
    config = {"copula": {"margins": "ranks", "lag": 0}, "run": "x"}
    before = copy.deepcopy(config)
    assert merged(config, {"copula": {"lag": "optimal"}}) == {
        "copula": {"margins": "ranks", "lag": "optimal"},
        "run": "x",
    }
    assert config == before
