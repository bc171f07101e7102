"""Study B of the synthetic Earth: copulas, controls, drivers, days of rain and null world, recovered from the planted
blocks."""

import functools

import numpy as np
import pytest
from scipy import stats
from test_synthetic_settings import earth

from vadose.synthetic import copulas, dependence, ecoregions, rain_days
from vadose.synthetic.blocks import dependence_blocks
from vadose.synthetic.provinces import CONTROL, COPULA, DRIVER, DRY, FROZEN, ICE, provinces
from vadose.synthetic.truth import truth


@functools.cache
def record(settings) -> dependence.Month:
    """All months; time first."""
    months = [dependence.fields(settings, index) for index in dependence.study_months(settings)]
    return dependence.Month(*(np.stack(field) for field in zip(*months)))


@functools.cache
def known(settings):
    blocks = dependence_blocks(settings)
    return truth(settings, blocks.lat, blocks.lon, "dependence")


def anomalies(values: np.ndarray) -> np.ndarray:
    """Without the mean annual cycle; time first, whole years."""
    shaped = values.reshape(-1, 12, *values.shape[1:])
    return (shaped - shaped.mean(axis=0)).reshape(values.shape)


def z(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=0)) / values.std(axis=0)


@pytest.mark.parametrize("family", [family for family in copulas.FAMILIES if family])
def test_simulated_copulas_invert_the_conditional_distribution(family):
    """h(v | u) returns the uniform that v was made from: against pyvinecopulib's h-functions for every family and
    rotation."""
    pv = pytest.importorskip("pyvinecopulib")
    names = {1: "gaussian", 2: "student", 3: "clayton", 4: "gumbel", 5: "frank", 6: "joe"}
    rotation = {0: 0, 1: 180, 2: 90, 3: 270}[family // 10]
    negative = family >= 20
    random = np.random.default_rng(family)
    for size in (0.1, 0.3, 0.45):
        for tau in (-size,) if negative else (size, -size) if family in (1, 2, 5) else (size,):
            u, w = random.uniform(0.005, 0.995, (2, 500))
            v = copulas.respond(family, tau, u, w)
            theta = copulas.parameter(family, tau)
            parameters = np.array([[theta], [copulas.DEGREES_OF_FREEDOM]]) if family == 2 else np.array([[theta]])
            oracle = pv.Bicop(
                family=getattr(pv.BicopFamily, names[family % 10]), rotation=rotation, parameters=parameters
            )
            assert abs(oracle.parameters_to_tau(parameters) - tau) < 2e-4
            assert np.abs(oracle.hfunc1(np.column_stack([u, v])) - w).max() < 2e-6


def test_unknown_family_is_refused():
    with pytest.raises(ValueError, match="family"):
        copulas.respond(7, 0.3, np.array([0.5]), np.array([0.5]))


def test_months_do_not_depend_on_the_order_of_jobs():
    settings = earth()
    index = dependence.index_of(2007, 7)
    alone = [field.tobytes() for field in dependence.fields(settings, index)]
    dependence.drivers.cache_clear()
    dependence.controls.cache_clear()
    provinces.cache_clear()
    dependence.fields(settings, index + 1)
    assert [field.tobytes() for field in dependence.fields(settings, index)] == alone
    volume, wet = dependence.precipitation(settings, index)
    assert volume.tobytes() == alone[0] and wet.tobytes() == alone[1]


def test_every_scheme_and_ecoregion_is_there():
    found = known(earth())
    assert set(np.unique(found.scheme)) == {COPULA, CONTROL, DRIVER, DRY, FROZEN, ICE}
    assert set(np.unique(found.ecoregion)) == {*range(1, 15), 98, 99}
    assert set(np.unique(found.family.values[found.scheme.values == COPULA])) >= {0, 1, 3, 4, 5, 13, 23, 24}
    assert set(np.unique(found.lag)) == {-1, 0, 1, 2, 3}
    assert {0, 1, 2} <= set(np.unique(found.dominant_control))


def test_tau_of_anomalies_is_the_planted_one_at_the_planted_lag():
    """Per block within five sampling errors, without bias over all blocks; in every layer."""
    settings = earth()
    months, planted = record(settings), provinces(settings)
    rain, soil = anomalies(months.precipitation), anomalies(months.soil_moisture)
    rows = np.flatnonzero(planted.scheme == COPULA)
    errors = np.array([
        [
            stats.kendalltau(rain[: 240 - lag, row], soil[lag:, layer, row])[0] - planted.tau[row, layer]
            for layer in range(3)
        ]
        for row in rows
        for lag in [planted.lag[row]]
    ])  # fmt: skip
    # Under independence the standard error of tau is 0.043 at n = 240.
    assert np.abs(errors).max() < 5.0 * 0.045
    assert (np.abs(errors.mean(axis=0)) < 4.0 * 0.045 / np.sqrt(rows.size)).all()
    assert 0.03 < errors.std() < 0.05


def test_rain_and_soil_share_the_season_where_stated():
    """Correlation of the two mean annual cycles: high where the season is shared, and cycles flat where it is not."""
    settings = earth()
    months, planted = record(settings), provinces(settings)
    rain = months.precipitation.reshape(20, 12, -1).mean(axis=0)
    soil = months.soil_moisture[:, 0].reshape(20, 12, -1).mean(axis=0)
    copula = planted.scheme == COPULA
    expected = 2.0 + 0.5 * planted.climate.precipitation.T
    noise = months.precipitation.std(axis=0) / np.sqrt(20.0)
    shared = copula & planted.shared_season
    level = rain[:, shared].mean(axis=0) - expected[:, shared].mean(axis=0)
    assert np.abs((rain - expected)[:, shared] - level).max() < 5.5 * noise[shared].max()
    flat = copula & ~planted.shared_season
    assert flat.sum() > 10
    assert (rain.std(axis=0)[flat] < 2.0 * noise[flat]).all()
    assert (soil.std(axis=0)[flat] < 2.0 * 0.04 / np.sqrt(20.0)).all()
    swing = (planted.climate.precipitation.max(axis=1) > 2.5 * planted.climate.precipitation.mean(axis=1)) & shared
    agreement = [np.corrcoef(rain[:, row], soil[:, row])[0, 1] for row in np.flatnonzero(swing)]
    assert np.median(agreement) > 0.5


def test_controls_weigh_as_planted():
    """Least squares on z-scores: shares of the three controls against the planted ones, and the dominant one in every
    block where it is clear."""
    settings = earth()
    months, planted, found = record(settings), provinces(settings), known(settings)
    predictors = np.stack(
        [months.wet_days, months.precipitation, months.evapotranspiration, months.air_temperature], axis=-1
    )
    rows = np.flatnonzero(planted.scheme == CONTROL)
    for layer in range(3):
        shares = []
        for row in rows:
            v = np.linalg.lstsq(z(predictors[:, row]), z(months.soil_moisture[:, layer, row]), rcond=None)[0]
            assert (np.sign(v[:3]) == np.sign(planted.weights[row, :3]))[np.abs(planted.weights[row, :3]) > 0.2].all()
            shares.append(np.abs(v[:3]) / np.abs(v[:3]).sum())
        error = np.array(shares) - found.control_share.values[rows]
        assert np.abs(error).max() < 0.12 and np.abs(error.mean(axis=0)).max() < 0.015
        clear = found.dominant_control.values[rows] >= 0
        assert (np.argmax(shares, axis=1) == found.dominant_control.values[rows])[clear].all()


def test_driver_coefficients_are_the_planted_ones():
    """Pooled least squares within each driver ecoregion, everything standardised: every coefficient within five
    standard errors."""
    settings = earth()
    months, planted, found = record(settings), provinces(settings), known(settings)
    for ecoregion in (1, 5, 8, 12):
        inside = (planted.ecoregion == ecoregion) & (planted.scheme == DRIVER)
        pooled = [
            field[:, inside].ravel()
            for field in (months.air_temperature, months.productivity, months.land_surface_temperature)
        ]
        ta, gpp, lst = (z(column) for column in pooled)
        design = np.column_stack([np.ones(ta.size), ta, gpp, lst, ta * gpp, ta * lst, gpp * lst, ta * gpp * lst])
        inverse = np.linalg.inv(design.T @ design)
        responses = [("P", 1, months.precipitation)] + [
            ("SM", layer, months.soil_moisture[:, layer - 1]) for layer in (1, 2, 3)
        ]
        for name, layer, field in responses:
            response = z(field[:, inside].ravel())
            estimate = inverse @ (design.T @ response)
            residual = response - design @ estimate
            error = np.sqrt(residual @ residual / (ta.size - 8) * np.diag(inverse))[1:]
            truth_ = found.driver_coefficient.sel(ecoregion_code=ecoregion, layer=layer, response=name).values
            assert (np.abs(estimate[1:] - truth_) < 5.0 * error).all()
            assert error.max() < 0.12
        assert np.isnan(found.driver_coefficient.sel(ecoregion_code=4)).all()


def test_standardisation_of_the_truth_is_that_of_the_record():
    """Driver rain is level (1 + score / 8): its pooled z-scores are the scores themselves, so the truth holds exactly,
    not on average."""
    settings = earth()
    months, planted = record(settings), provinces(settings)
    scores = np.stack([
        dependence._driver_scores(settings, index, dependence.atmosphere(settings, index))
        for index in dependence.study_months(settings)
    ])  # fmt: skip
    for ecoregion in (1, 8):
        inside = (planted.ecoregion == ecoregion) & (planted.scheme == DRIVER)
        assert np.abs(z(months.precipitation[:, inside].ravel()) - scores[:, 0, inside].ravel()).max() < 1e-9
        assert np.abs(z(months.soil_moisture[:, 2, inside].ravel()) - scores[:, 3, inside].ravel()).max() < 1e-9


def test_days_of_rain_meet_total_and_count_exactly():
    settings, months = earth(), record(earth())
    for row, index in enumerate(dependence.study_months(settings)):
        if row % 7:
            continue
        days = rain_days.daily(settings, index, months.precipitation[row], months.wet_days[row])
        assert days.shape[0] == dependence.days_of(index)
        assert np.abs(days.sum(axis=0) - months.precipitation[row]).max() < 1e-10
        assert np.array_equal((days >= 1.0).sum(axis=0), months.wet_days[row])
        # No day stands near the threshold: texture and float32 cannot move one across it.
        assert ((days == 0.0) | (days <= 0.61) | (days >= 1.19)).all() and (days >= 0.0).all()
        assert (days == 0.0).any(axis=0).all()


def test_deserts_have_months_without_rain_and_ice_and_frost_stand_still():
    settings = earth()
    months, planted = record(settings), provinces(settings)
    dry = planted.scheme == DRY
    zero = (months.precipitation[:, dry] == 0.0).mean()
    assert 0.75 < zero < 0.99 and (months.precipitation[:, ~dry] > 0.0).all()
    assert (months.soil_moisture[:, :, planted.scheme == ICE] == dependence.SATURATION).all()
    frozen = planted.climate.frozen.T & (planted.scheme == FROZEN)
    monthly = months.soil_moisture[:, 0].reshape(20, 12, -1)
    assert (monthly.std(axis=0)[frozen] < 5e-4).all()
    thawed = ~planted.climate.frozen.T & (planted.scheme == FROZEN)
    assert (monthly.std(axis=0)[thawed] > 0.01).all()
    # Nothing that carries a truth was cut.
    planted_rows = np.isin(planted.scheme, (COPULA, CONTROL, DRIVER))
    assert (
        months.soil_moisture[:, :, planted_rows].min() > 0.012
        and months.soil_moisture[:, :, planted_rows].max() < 0.515
    )
    assert months.wet_days.max() <= 27 and months.wet_days.min() == 0


def test_null_world_has_season_but_no_dependence():
    """Anomalies are independent within Monte Carlo error at lags 0 to 3; raw tau is not centred on zero where seasons
    are strong."""
    settings = earth(world="null_dependence")
    months, planted = record(settings), provinces(settings)
    rows = np.flatnonzero(planted.scheme == COPULA)
    assert not np.isin(planted.scheme, (CONTROL, DRIVER)).any()
    assert (known(settings).tau.values[rows] == 0.0).all() and np.isnan(known(settings).driver_coefficient).all()
    rain, soil = anomalies(months.precipitation), anomalies(months.soil_moisture)
    for lag in (0, 3):
        tau = np.array([stats.kendalltau(rain[: 240 - lag, row], soil[lag:, 0, row])[0] for row in rows])
        assert abs(tau.mean()) < 4.0 * 0.0435 / np.sqrt(rows.size)
        # Variance of tau under independence, 2 (2n + 5) / 9n(n - 1); removing 12 means costs a few degrees of freedom.
        assert abs(tau.std() - 0.0435) < 0.006
    raw = np.array([stats.kendalltau(months.precipitation[:, row], months.soil_moisture[:, 0, row])[0] for row in rows])
    assert raw.std() > 1.5 * 0.0435 and raw.max() > 0.2


def test_own_share_is_the_area_of_the_block_in_the_nodes():
    """Against an explicit remapping of indicator fields: share of the study cell's value that comes from its own
    block."""
    settings = earth()
    from vadose.core.grid import Grid, regrid
    from vadose.synthetic.blocks import native_grid

    native, blocks, found = native_grid(settings, "era5_land"), dependence_blocks(settings), known(settings)
    target = Grid.regular(5.0, south=0.0)
    cells = {}
    for row in (3, 200, 400):
        indicator = (native.block == row).astype(float)
        share = regrid(indicator, Grid(native.lat, native.lon), target)
        cells[row] = share[
            np.argmin(np.abs(target.lat - blocks.lat[row])), np.argmin(np.abs(target.lon - blocks.lon[row]))
        ]
        # In sin(lat) the share differs from that in degrees by less than a hundredth at these latitudes.
        assert abs(cells[row] - found.own_share.values[row]) < 0.01
    assert np.allclose(found.own_share.values[blocks.lat < 85.0], 0.95**2)


def test_every_block_has_its_ecoregion_on_the_grid_of_ecoregions():
    settings = earth()
    field, blocks, planted = ecoregions.ecoregion_codes(settings), dependence_blocks(settings), provinces(settings)
    found = np.array([field.biome.sel(lat=lat, lon=lon).item() for lat, lon in zip(blocks.lat, blocks.lon)])
    assert np.array_equal(found, planted.ecoregion.astype(float))
    assert np.isfinite(field.biome.values).sum() == blocks.size
