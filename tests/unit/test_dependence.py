"""Pairs, margins, tail classes and datasets of study B: by hand, against the statistics called directly, and in the
null world."""

import numpy as np
import pytest
from scipy import stats

from vadose.core import calendar
from vadose.statistics import copula, lags
from vadose.studies.dependence import null, pairs

TIMES = calendar.months(2000, 2009)
SEASON = np.cos(2.0 * np.pi * np.arange(TIMES.size) / 12.0)


def made_up(cells=4, strength=0.8, seed=3):
    """Precipitation and two layers of soil moisture that follow it."""
    random = np.random.default_rng(seed)
    rain = 50.0 + 10.0 * SEASON + 10.0 * random.random((cells, TIMES.size))
    soil = strength * rain[:, None] + random.standard_normal((cells, 2, TIMES.size)) * np.array([2.0, 6.0])[:, None]
    return rain, soil


def test_pairs_by_hand():
    rain, soil = np.arange(24.0)[None], np.arange(24.0)[None] ** 2
    times = calendar.months(2000, 2001)
    rain[0, 3] = np.nan
    driver, response = pairs.pair(rain, soil, times, "monthly", lag=2)
    assert np.flatnonzero(np.isnan(driver[0])).tolist() == [0, 1, 5] == np.flatnonzero(np.isnan(response[0])).tolist()
    assert driver[0, 10] == 8.0 and response[0, 10] == 100.0
    driver, response = pairs.pair(rain, soil, times, "annual")
    assert np.isnan(driver[0, 0]) and np.isnan(response[0, 0])
    assert driver[0, 1] == np.arange(12.0, 24.0).sum() and response[0, 1] == (np.arange(12.0, 24.0) ** 2).mean()


def test_removing_the_cycle_takes_each_months_mean_from_both_sides():
    rain, soil = made_up()
    for side in pairs.pair(rain, soil[:, 0], TIMES, "monthly", pairs.REMOVED):
        np.testing.assert_allclose(side.reshape(4, 10, 12).mean(axis=1), 0.0, atol=1e-9)


def test_a_lag_is_for_months_only():
    rain, soil = made_up()
    with pytest.raises(ValueError, match="lags are in months"):
        pairs.pair(rain, soil[:, 0], TIMES, "annual", lag=np.array([0, 0, 1, 0]))
    with pytest.raises(ValueError, match="annual cycle"):
        pairs.pair(rain, soil[:, 0], TIMES, "monthly", "halved")


def test_tail_classes_by_hand():
    tau = np.array([0.3, 0.3, 0.3, 0.3, -0.3, np.nan, 0.3])
    lower = np.array([0.0, 0.2, 0.0, 0.2, 0.0, np.nan, 0.049])
    upper = np.array([0.0, 0.0, 0.3, 0.3, 0.0, np.nan, 0.0])
    assert pairs.tail_class(tau, lower, upper).tolist() == [0, 1, 2, 3, 4, -1, 0]


def test_parametric_margins_keep_the_order_and_say_where_they_fail():
    rain, soil = made_up(cells=3)
    rain[1] = 7.0
    rain[2, :60] = 0.0
    u, v, failed = pairs.uniform(rain, soil[:, 0], "parametric", bounds=(0.0, 200.0))
    assert failed.tolist() == [False, True, False]
    for cell in (0, 2):
        assert stats.kendalltau(u[cell], v[cell])[0] == pytest.approx(
            stats.kendalltau(rain[cell], soil[cell, 0])[0], abs=1e-12
        )
    assert np.unique(u[2, :60]).tolist() == [pytest.approx(0.5)]
    found = pairs.fit(rain, soil[:, 0], pairs.Options(margins="parametric"))
    assert found["reason"].tolist() == [0, 2, 0], "a constant margin stays a constant margin"


def test_a_cell_without_a_margin_has_a_reason_and_no_copula(monkeypatch):
    rain, soil = made_up(cells=2)
    honest = pairs.uniform

    def second_fails(*arguments, **options):
        u, v, _ = honest(*arguments, **options)
        return u, v, np.array([False, True])

    monkeypatch.setattr(pairs, "uniform", second_fails)
    found = pairs.fit(rain, soil[:, 0], pairs.Options())
    assert found["reason"].tolist() == [0, pairs.MARGIN_FAILED] and pairs.MARGIN_FAILED in pairs.REASONS
    assert np.isnan(found["tau"]).tolist() == [False, True] and found["tail_class"][1] == -1


def test_datasets_hold_what_the_statistics_say():
    rain, soil = made_up()
    soil[2, 0] = 5.0
    lag = np.zeros((4, 2, 2))
    lag[1] = 1.0
    lag[3] = np.nan
    options = pairs.Options(bootstrap=20, seed=5)
    found = pairs.copulas(
        rain,
        soil,
        TIMES,
        time_scales=["monthly", "annual"],
        configured=pairs.REMOVED,
        compare=True,
        options=options,
        lag=lag,
    )
    assert dict(found.sizes) == {"cell": 4, "time_scale": 2, "layer": 2, "annual_cycle": 2}
    assert found["annual_cycle_of_time_scale"].values.tolist() == ["removed", "kept"]
    np.testing.assert_array_equal(found["tau"].values[:, 0], found["tau_by_annual_cycle"].values[:, 1])
    assert found["lag"].values[:3, 0, 0].tolist() == [0, 1, 0] and (found["lag"].values[:, 1] == 0).all()
    assert np.isnan(found["lag"].values[3, 0]).all() and np.isnan(found["tau"].values[3, 0]).all()
    assert (found["reason"].values[3, 0] == pairs.NO_LAG).all() and (found["reason"].values[3, 1] == 0).all()
    driver, response = pairs.pair(
        rain, soil[:, 1], TIMES, "monthly", pairs.KEPT, np.nan_to_num(lag[:, 0, 1]).astype(int)
    )
    expected = [stats.kendalltau(x, y, nan_policy="omit")[0] for x, y in zip(driver, response)]
    np.testing.assert_allclose(found["kendall_by_annual_cycle"].values[:3, 0, 1], expected[:3], atol=1e-12)
    assert (found["reason"].values[2, :, 0] == 2).all() and (found["reason"].values[[0, 1]] == 0).all()
    inside = (found["tau_low"] <= found["kendall"]) & (found["kendall"] <= found["tau_high"])
    assert inside.values[[0, 1]].mean() > 0.8
    alone = pairs.copulas(
        rain[1:2],
        soil[1:2],
        TIMES,
        time_scales=["monthly", "annual"],
        configured=pairs.REMOVED,
        compare=True,
        options=options,
        lag=lag[1:2],
    )
    for name in found.data_vars:
        np.testing.assert_array_equal(
            found[name].values[1], alone[name].values[0], err_msg=f"{name} depends on the tile"
        )


def test_goodness_of_fit_is_part_of_the_stage_when_asked_for():
    rain, soil = made_up()
    found = pairs.fit(rain, soil[:, 0], pairs.Options(gof=True, gof_resamples=40))
    u, v = copula.pseudo_observations(rain), copula.pseudo_observations(soil[:, 0])
    expected = copula.goodness_of_fit(u, v, copula.select(u, v), resamples=40, seed=0)
    np.testing.assert_array_equal(found["gof_p"], expected.p)
    assert np.isfinite(found["gof_p"]).all()


def test_lags_are_those_of_each_cycle():
    random = np.random.default_rng(1)
    rain = random.standard_normal((3, TIMES.size)) + 5.0 * SEASON
    anomalies = rain - 5.0 * SEASON
    soil = np.stack(
        [np.roll(anomalies, 2, axis=1) + 0.3 * random.standard_normal(rain.shape) + 20.0 * np.roll(SEASON, 6)], axis=1
    )
    found = pairs.lagged_dependence(rain, soil, TIMES, max_lag=12, null="circular")
    assert (found["optimal_lag"].sel(annual_cycle="removed") == 2).all() and (
        found["p"].sel(annual_cycle="removed") < 0.02
    ).all()
    assert (
        found["optimal_tau"].sel(annual_cycle="kept")
        * np.sign(np.cos(2 * np.pi * (found["optimal_lag"].sel(annual_cycle="kept") - 6) / 12))
        > 0
    ).all()
    np.testing.assert_array_equal(
        found["tau"].sel(annual_cycle="kept").values[:, 0], lags.kendall_lags(rain, soil[:, 0], 12)
    )


def test_a_shared_season_is_called_negative_and_its_removal_ends_that():
    """Peaks six months apart: tau of the cycles alone is strongly negative; anomalies of independent noise are not."""
    found = null.shared_season(60, 240, preselect=True, resamples=100, seed=2).set_index(
        ["months_later", "annual_cycle"]
    )
    assert found.loc[(6, "kept"), "negative"] == 1.0 and found.loc[(6, "kept"), "certainly_negative"] == 1.0
    assert found.loc[(0, "kept"), "negative"] == 0.0 and found.loc[(0, "kept"), "certainly_positive"] == 1.0
    removed = found.xs("removed", level=1)
    # A 95 % interval leaves out zero below in 2.5 %, of 7 x 60 series (two standard errors 1.5 %).
    assert removed["certainly_negative"].mean() < 0.04 and removed["certainly_positive"].mean() < 0.04
    assert np.abs(removed["mean_tau"]).max() < 4 * 0.0435 / np.sqrt(60)


def test_recovered_families_are_tabulated_as_they_are():
    found = null.recovered_families({"monthly": 240}, 6, preselect=True, seed=4)
    direct = copula.recover(240, 6, preselect=True, seed=4)
    single = found[found["code"] >= 0]
    np.testing.assert_array_equal(single["correct"], direct.correct)
    assert len(found) == 40 and found.iloc[0]["correct"] == pytest.approx(direct.correct.mean())
