"""Who leads: partial correlations against an independent package, worlds in which nothing leads, and planted leads."""

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr

from vadose.core import calendar, time_scales
from vadose.pages.report import mechanism
from vadose.statistics import feedback, partial
from vadose.studies.mechanism import lead_lag, panel

YEARS = 20
TIMES = calendar.months(2000, 2000 + YEARS - 1)


def world(cells, *, memory=(0.4, 0.8), forcing=0.6, feedback=0.0, seed=1):
    """Anomalies of precipitation and soil moisture of cells that share an annual cycle: AR(1) with forcing of soil
    moisture by the same month's precipitation and of precipitation by the last month's soil moisture."""
    noise = np.random.default_rng(seed).standard_normal((2, cells, TIMES.size + 60))
    precipitation, moisture = np.zeros_like(noise)
    for t in range(1, noise.shape[2]):
        precipitation[:, t] = memory[0] * precipitation[:, t - 1] + feedback * moisture[:, t - 1] + noise[0, :, t]
        moisture[:, t] = memory[1] * moisture[:, t - 1] + forcing * precipitation[:, t] + noise[1, :, t]
    cycle = 2.0 * np.cos(2.0 * np.pi * np.arange(TIMES.size) / 12.0)
    return tuple(time_scales.anomalies(side[:, 60:] + cycle, TIMES) for side in (precipitation, moisture))


def test_partial_correlation_equals_regression_with_gaps():
    """To 1e-10 of the correlation of residuals of statsmodels, with missing values and unequal units."""
    random = np.random.default_rng(3)
    x, y = random.standard_normal((2, 50, 60))
    given = random.standard_normal((50, 3, 60)) * np.array([1e3, 1.0, 1e-4])[:, None] + x[:, None]
    x[random.random(x.shape) < 0.1] = np.nan
    given[random.random(given.shape) < 0.05] = np.nan
    residuals = partial.residuals(np.stack([x, y], axis=1), given)
    r, n = partial.correlation_of(residuals[:, 0], residuals[:, 1]), np.isfinite(residuals[:, 0]).sum(axis=1)
    for cell in range(50):
        there = np.isfinite(x[cell]) & np.isfinite(y[cell]) & np.isfinite(given[cell]).all(axis=0)
        others = sm.add_constant(given[cell][:, there].T)
        left = [sm.OLS(side[cell][there], others).fit().resid for side in (x, y)]
        assert n[cell] == there.sum()
        np.testing.assert_allclose(r[cell], np.corrcoef(left)[0, 1], rtol=0, atol=1e-10)


def test_nothing_is_said_where_the_given_series_are_one():
    x, y = np.random.default_rng(0).standard_normal((2, 1, 40))
    assert np.isnan(partial.residuals(np.stack([x, y], axis=1), np.stack([x, 2.0 * x + 1.0], axis=1))).all()
    assert np.isnan(feedback.lead_test(np.zeros((1, 120)), np.ones((1, 120))).p).all()


@pytest.mark.parametrize(
    "memory",
    [(0.4, 0.8), *(pytest.param(pair, marks=pytest.mark.one_python) for pair in ((0, 0), (0.8, 0.4), (0.8, 0.8)))],
)
def test_holds_its_level_although_precipitation_forces_soil_moisture(memory):
    """5 % within two points, 1000 cells: soil moisture leads nothing, with a shared annual cycle."""
    precipitation, moisture = world(1000, memory=memory)
    p = feedback.lead_test(moisture, precipitation).p
    assert abs(np.mean(p < 0.05) - 0.05) < 0.02


def test_finds_a_planted_feedback():
    precipitation, moisture = world(300, feedback=0.15, seed=2)
    found = feedback.lead_test(moisture, precipitation)
    assert np.mean(found.p < 0.05) > 0.45
    assert np.mean(found.r[found.p < 0.01].max(axis=1) > 0.0) > 0.95


def test_names_the_lead_and_sign_of_white_series_with_gaps():
    x, y = np.random.default_rng(8).standard_normal((2, 200, TIMES.size))
    y[:, 2:] -= 0.5 * x[:, :-2]
    x[:, 30:40], y[:, ::17] = np.nan, np.nan
    found = feedback.lead_test(x, y)
    assert (found.lead == 2).all() and (found.r[:, 1] < 0.0).all() and (found.p < 0.05).all()
    assert abs(np.mean(feedback.lead_test(y, x).p < 0.05) - 0.05) < 0.04


def moistures(moisture):
    """As a prepared product of one layer."""
    coords = {"time": TIMES, "layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.07])}
    return xr.Dataset({"soil_moisture": (("cell", "layer", "time"), moisture[:, None])}, coords=coords)


def measured_of(precipitation, moisture):
    result = lead_lag.measure(precipitation, moisture[:, None], TIMES)
    layers = {"layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.07])}
    return result.assign_coords(layers | {"area": ("cell", np.ones(moisture.shape[0]))})


@pytest.mark.parametrize("strength", [0.0, 0.15])
def test_tables_speak_of_the_region_with_a_feedback_only(strength):
    """Two regions, the second with or without a feedback: shares over the field, and panels."""
    sides = [world(60, seed=4), world(60, feedback=strength, seed=5)]
    precipitation, moisture = (np.concatenate(part) for part in zip(*sides))
    codes, names = np.repeat([1, 2], 60), {1: "without", 2: "with"}
    table = lead_lag.shares(measured_of(precipitation, moisture), 0.05, 0.1, codes, names)
    table = table[table["direction"] == lead_lag.FORWARD].set_index("region_name")
    assert table.loc["without", "significant_by_fdr"] < 0.05
    assert (table.loc["with", "significant_by_fdr"] > 0.2) == (strength > 0)
    pooled = panel.table(precipitation, moistures(moisture), codes, names)
    pooled = pooled[(pooled["direction"] == lead_lag.FORWARD) & (pooled["lead"] == 1)].set_index("region_name")
    assert (pooled.loc[["without", "with"], "clustered_p"] < 0.001).tolist() == [False, strength > 0]
    assert (pooled.loc[["without", "with"], "hac_p"] < 0.001).tolist() == [False, strength > 0]
    if strength:
        assert pooled.loc["with", "value"] > 0
    assert (table["cells"] == [120, 60, 60]).all()


def test_false_discovery_rates_are_among_the_cells_of_a_layer():
    result = measured_of(*world(50, seed=6))
    tests = lead_lag.field_tests(result, 0.1)
    assert tests["tested"].values.tolist() == [[50], [50]]
    assert (tests["q"].values >= result["p"].values - 1e-12).all()


def test_findings_judge_by_the_level_of_the_run():
    result = measured_of(*world(50, seed=6))
    result = result.assign_coords(lat=("cell", np.arange(50.0)), lon=("cell", np.arange(50.0)))
    for alpha in (0.05, 0.1):
        table = lead_lag.shares(result, alpha, 0.1, None, None)
        rows = mechanism.findings({"lead_lag": result}, {"lead_lag": table}, alpha, 1)
        for which, row in enumerate(rows):
            assert row["estimate"] == pytest.approx(100 * np.mean(result["p"].values[:, which, 0] <= alpha))
            assert (
                f"(p ≤ {alpha:g})" in row["finding"]
                and f"lead about {100 * alpha:g} % by chance" in row["for judging it"]
            )
