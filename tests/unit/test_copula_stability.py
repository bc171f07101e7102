"""Stability of copulas in resampled years: by hand, whatever the tile, and how often the intervals of averages over
families hold the truth."""

import numpy as np
import pytest
import xarray as xr

from vadose.core import calendar
from vadose.figures.dependence.stability import nearest
from vadose.statistics import copula
from vadose.statistics.copula.pyvine import simulate
from vadose.studies.dependence import pairs, stability

TIMES = calendar.months(2000, 2019)
OPTIONS = pairs.Options(seed=2)


def world(cells, code=3, tau=0.4, layers=1):
    """Independent months of a Clayton copula (or another one)."""
    par, par2 = copula.parameters_for_tau(code, tau)
    points = simulate(code, par, par2, cells * layers * TIMES.size, 9).reshape(cells, layers, TIMES.size, 2)
    return points[:, 0, :, 0], points[..., 1]


def fitted(precipitation, soil_moisture, every, places, scales=("monthly", "annual")):
    how = {"options": OPTIONS, "places": places, "thickness": np.full(soil_moisture.shape[1], 0.1)}
    scale = {"time_scales": list(scales), "configured": "kept", "compare": False}
    result = pairs.copulas(precipitation, soil_moisture, TIMES, **scale, **how)
    return stability.with_stability(result, precipitation, soil_moisture, TIMES, every=every, **how)


def test_every_kth_cell_spreads_evenly_and_follows_from_its_place():
    places = np.stack(np.divmod(np.arange(90 * 120), 120), axis=1)
    for every in (1, 7, 50, 200):
        chosen = stability.sampled(places, every)
        assert abs(chosen.mean() * every - 1.0) < 0.15
        blocks = chosen.reshape(3, 30, 3, 40).sum(axis=(1, 3)) * every / 1200.0
        assert np.abs(blocks - 1.0).max() < 0.5, "each ninth of the grid has its share"
        np.testing.assert_array_equal(stability.sampled(places[500:700], every), chosen[500:700])


def test_stability_by_hand_and_whatever_the_tile():
    precipitation, soil = world(6, layers=2)
    places = np.stack([np.arange(6), 3 * np.arange(6)], axis=1)
    together = fitted(precipitation, soil, 1, places)
    alone = fitted(precipitation[2:4], soil[2:4], 1, places[2:4])
    names = [name for name in together.data_vars if "stability" in name or name.endswith(("_low", "_high"))]
    assert len(names) == 8
    for name in names:
        np.testing.assert_array_equal(together[name].values[2:4], alone[name].values, err_msg=name)
    # One cell, the second layer, twenty resamples of whole years, by hand.
    steps = stability.drawn_steps(TIMES, "monthly", OPTIONS.seed)
    assert steps.shape == (20, 240) and (np.diff(steps.reshape(20, 20, 12), axis=2) == 1).all()
    again = copula.select(
        copula.pseudo_observations(precipitation[4][steps]), copula.pseudo_observations(soil[4, 1][steps])
    )
    one = together.isel(cell=4, time_scale=0, layer=1)
    assert float(one["family_stability"]) == pytest.approx(np.mean(again.family == float(one["family"])))
    reach = 2.093024 * np.hypot(again.average_tau.std(ddof=1), float(one["spread_tau"]))
    assert float(one["average_tau_low"]) == pytest.approx(float(one["average_tau"]) - reach, abs=1e-6)
    assert (together["average_lower_low"] >= 0.0).all() and (together["average_upper_high"] <= 1.0).all()


def test_other_cells_and_cells_without_a_copula_are_missing():
    precipitation, soil = world(6)
    precipitation[0] = 1.0
    places = np.stack([np.zeros(6, int), np.arange(6)], axis=1)
    found = fitted(precipitation, soil, 3, places, scales=["monthly"])
    assert np.isfinite(found["family_stability"].values[:, 0, 0]).tolist() == [False] * 3 + [True] + [False] * 2
    assert np.isfinite(found["average_tau_low"].values[:, 0, 0]).tolist() == [False] * 3 + [True] + [False] * 2


@pytest.mark.slow
@pytest.mark.one_python
@pytest.mark.parametrize(("code", "tau"), [(1, 0.4), (3, 0.4)])
def test_intervals_of_averages_hold_the_truth(code, tau):
    """Of 100 cells, 90 to 100 % hold tau and both tail coefficients of the planted family."""
    par, par2 = copula.parameters_for_tau(code, tau)
    tails = copula.tail_dependence(float(code), par, par2)
    places = np.stack([np.arange(100), np.zeros(100, int)], axis=1)
    found = fitted(*world(100, code, tau), 1, places, scales=["monthly"])
    for name, truth in (("tau", tau), ("lower", float(tails.lower)), ("upper", float(tails.upper))):
        holds = (found[f"average_{name}_low"] <= truth) & (truth <= found[f"average_{name}_high"])
        assert float(holds.mean()) >= 0.9, name


def test_the_map_shows_the_nearest_resampled_cell():
    where = xr.Dataset({"lat": ("cell", [0.0, 0.0, 0.0, 60.0]), "lon": ("cell", [179.0, -179.0, 90.0, 0.0])})
    values, tau = np.array([0.2, np.nan, np.nan, 0.9]), np.array([0.1, 0.1, np.nan, 0.1])
    assert nearest(values, tau, where).tolist() == pytest.approx([0.2, 0.2, np.nan, 0.9], nan_ok=True)
    assert np.isnan(nearest(np.full(4, np.nan), tau, where)).all()
