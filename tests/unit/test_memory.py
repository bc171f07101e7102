"""Memory and lag profiles: reservoirs with a known time, a delay without memory, and series without dependence."""

import numpy as np
import pytest
from statsmodels.tsa.stattools import acf

from vadose.core import calendar
from vadose.statistics import memory
from vadose.studies.mechanism import memory as mechanism_memory

TIMES = calendar.months(2000, 2019)


def world(kind, cells=300, seed=1):
    """White precipitation, and soil moisture that stores it, answers three months late, or knows nothing of it."""
    noise = np.random.default_rng(seed).standard_normal((2, cells, TIMES.size + 60))
    moisture = np.zeros_like(noise[0])
    for t in range(3, noise.shape[2]):
        kept = 0.7 * moisture[:, t - 1] if kind != "delay" else 0.0
        coming = {"reservoir": noise[0, :, t], "delay": noise[0, :, t - 3] + 0.3 * noise[0, :, t], "null": 0.0}[kind]
        moisture[:, t] = kept + coming + 0.3 * noise[1, :, t]
    return noise[0, :, 60:], moisture[:, 60:]


def test_e_folding_of_an_exponential_and_of_what_never_falls():
    lag = np.arange(30)
    falling = np.exp(-lag / np.array([[2.0], [5.0], [1e6]]))
    np.testing.assert_allclose(memory.e_folding(falling), [2.0, 5.0, np.nan], atol=1e-12)
    assert memory.e_folding(np.array([[1.0, 0.0]]))[0] == pytest.approx(1.0 - np.exp(-1.0))
    assert np.isnan(memory.e_folding(np.full((1, 4), np.nan))).all()


def test_autocorrelation_equals_statsmodels():
    values = world("reservoir", 1)[1]
    values = values - values.mean()
    found = memory.autocorrelation(values, 12)[0]
    np.testing.assert_allclose(found, acf(values[0], nlags=12, adjusted=True), rtol=0, atol=1e-12)


def measured(kind):
    precipitation, moisture = world(kind)
    layers = {"layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.07])}
    return mechanism_memory.measure(precipitation, moisture[:, None], TIMES, max_lag=6).assign_coords(layers)


@pytest.mark.one_python
def test_memory_explains_the_profile_of_a_reservoir_and_not_that_of_a_delay():
    stored, late = (mechanism_memory.table(measured(kind), None, None).iloc[0] for kind in ("reservoir", "delay"))
    assert stored["cells_with_profile"] == late["cells_with_profile"] == 300
    assert stored["median"] == pytest.approx(-1.0 / np.log(0.7), abs=0.35)
    assert stored["mean_share_of_memory"] > 0.85 and late["mean_share_of_memory"] < 0.2
    assert late["median"] < 1.0


def test_the_band_holds_without_dependence():
    """Below and above 2.5 % each within a point and a half, of 300 cells and 7 lags; few profiles are explained."""
    nothing = measured("null")
    by_lag = mechanism_memory.profiles(nothing, None, None)
    assert by_lag["below"].mean() == pytest.approx(0.025, abs=0.015)
    assert by_lag["above"].mean() == pytest.approx(0.025, abs=0.015)
    assert mechanism_memory.table(nothing, None, None)["cells_with_profile"].iloc[0] < 0.08 * 300
