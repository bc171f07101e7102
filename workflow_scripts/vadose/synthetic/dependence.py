"""Study B's fields, one month at a time, on its blocks: the atmosphere, rain, and the soil moisture that answers as
planted.

A month needs only itself (and the rain's uniforms of up to three months before), so years can be made in any order.
What must be standardised over the whole record (controls per block, drivers per ecoregion) takes its moments from one
pass over all months, kept for the process."""

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from vadose.core.arrays import Array
from vadose.synthetic import copulas
from vadose.synthetic.blocks import dependence_blocks
from vadose.synthetic.provinces import (
    CONTROL,
    CONTROL_NOISE,
    COPULA,
    DRIVER,
    DRIVER_NOISE,
    DRIVERS,
    DRY,
    FROZEN,
    ICE,
    LAYER_FACTOR,
    RESIDUAL_CORRELATION,
    provinces,
)
from vadose.synthetic.settings import Settings
from vadose.synthetic.streams import generator, smooth_field

PATTERNS = 8  # large-scale patterns of temperature anomalies
WEIBULL_SHAPE = 1.6
DRY_FLOOR = 0.02  # m3 m-3, hyper-arid
SATURATION = 0.52  # m3 m-3, ice blocks
LIGHTEST_WET_DAY = 1.25  # kg m-2 per wet day that a month must hold at least
LAYER_SPREAD = np.array([0.040, 0.030, 0.022])  # m3 m-3, standard deviation of planted anomalies by layer
CYCLE_DAMPING = np.array([1.0, 0.8, 0.5])  # of the annual cycle of soil moisture, by layer


class Month(NamedTuple):
    """Fields of one month on the blocks (block,), soil moisture (3, block).

    precipitation, evapotranspiration: kg m-2; wet_days: days with at least 1 mm; temperatures: K; productivity: g m-2
    d-1; soil_moisture: m3 m-3.
    """

    precipitation: Array
    wet_days: Array
    evapotranspiration: Array
    air_temperature: Array
    land_surface_temperature: Array
    productivity: Array
    soil_moisture: Array


class Atmosphere(NamedTuple):
    """What does not depend on the soil, (block,): units as in `Month`."""

    air_temperature: Array
    land_surface_temperature: Array
    productivity: Array
    evapotranspiration: Array


def index_of(year: int, month: int) -> int:
    """Number of a month (January of year 0 is 0); names its random numbers."""
    return 12 * year + month - 1


def study_months(settings: Settings) -> range:
    """Numbers of the months of study B."""
    return range(index_of(settings.dependence.first_year, 1), index_of(settings.dependence.last_year, 12) + 1)


def days_of(index: int) -> int:
    """Length of a month in days."""
    month = np.datetime64(index - 12 * 1970, "M")
    return int(((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int))


@functools.lru_cache(maxsize=2)
def _patterns(settings: Settings) -> Array:
    blocks = dependence_blocks(settings)
    return np.stack(
        [
            smooth_field(settings.seed, f"anomaly pattern {k}", blocks.lat, blocks.lon, size=25.0, waves=16)
            for k in range(PATTERNS)
        ]
    )


def atmosphere(settings: Settings, index: int) -> Atmosphere:
    """Temperature, LST, GPP and ET of a month: annual cycle, large-scale anomalies, and the block's own."""
    local, month = provinces(settings).climate, index % 12
    random = generator(settings.seed, "atmosphere", index)
    large = random.standard_normal(PATTERNS) @ _patterns(settings) / np.sqrt(PATTERNS)
    own = random.standard_normal((4, local.ice.size))
    air = local.temperature[:, month] + 1.2 * large + 0.9 * own[0]
    productivity = np.maximum(local.productivity[:, month] * (1.0 + 0.05 * large + 0.16 * own[1]), 0.0)
    productivity[local.ice] = 0.0
    surface = (
        air
        + 1.0
        - 0.25 * productivity
        + 0.10 * (local.temperature[:, month] - local.temperature.mean(axis=1))
        + 4.0 * own[2]
    )
    evaporation = np.maximum(local.evapotranspiration[:, month] * (1.0 + 0.05 * large + 0.20 * own[3]), 0.0)
    return Atmosphere(air, surface, productivity, evaporation)


def precipitation_uniform(settings: Settings, index: int) -> Array:
    """The uniform that orders the months by rain, (block,): first margin of the planted copulas."""
    return generator(settings.seed, "rain", index).random(dependence_blocks(settings).size)


def _cycle(settings: Settings, field: Array, month: int) -> Array:
    """The month's value of an annual cycle (block, 12), its mean where no season is shared."""
    return np.where(provinces(settings).shared_season, field[:, month], field.mean(axis=1))


def precipitation_of_scores(settings: Settings, index: int, driver_score: Array | None) -> tuple[Array, Array]:
    """Precipitation and wet days of a month, (block,) each, kg m-2 and days."""
    truth, month, days = provinces(settings), index % 12, days_of(index)
    local = truth.climate
    u = precipitation_uniform(settings, index)
    random = generator(settings.seed, "rain amounts", index)
    first, second = random.standard_normal((2, u.size))
    # Base and spread do not multiply, so that removing the climatology leaves the planted anomalies.
    spread = 0.5 * local.precipitation.mean(axis=1)
    volume = (
        2.0 + 0.5 * _cycle(settings, local.precipitation, month) + spread * (-np.log1p(-u)) ** (1.0 / WEIBULL_SHAPE)
    )
    intensity = np.clip(local.precipitation.mean(axis=1) / 9.0, 2.5, 14.0)
    wet = np.rint(volume / intensity)

    inside = truth.scheme == CONTROL
    wet[inside] = np.clip(np.rint(11.0 + 3.6 * first), 1.0, 24.0)[inside]
    extra = 0.35 * _cycle(settings, local.precipitation, month) + 0.5 * local.precipitation.mean(axis=1) * np.exp(
        0.6 * second
    )
    volume[inside] = (2.0 + 1.4 * wet + extra)[inside]

    inside = truth.scheme == DRY
    rare = np.clip(local.precipitation[:, month] / 40.0, 0.02, 0.2)  # share of months with rain
    amount = np.where(u < rare, 1.5 - 3.6 * np.log1p(-np.minimum(u / rare, 1.0 - 1e-6)), 0.0)
    volume[inside], wet[inside] = amount[inside], np.rint(amount / 4.0)[inside]

    if driver_score is not None:
        inside = truth.scheme == DRIVER
        volume[inside] = driver_score[inside]
        wet[inside] = np.rint(volume / 6.0)[inside]
    wet = np.maximum(wet, volume >= 1.8)  # what is less falls as drizzle on three days
    wet = np.clip(wet, np.where(volume > 60.0 * days / 10.0, np.rint(volume / 60.0), 0.0), days - 4.0)
    return volume, np.minimum(wet, np.floor(0.97 * volume / LIGHTEST_WET_DAY))


def _terms(scores: Array) -> Array:
    """The seven terms (7, ...) of three standardised predictors Ta, GPP, LST (3, ...)."""
    ta, gpp, lst = scores
    return np.stack([ta, gpp, lst, ta * gpp, ta * lst, gpp * lst, ta * gpp * lst])


@dataclass(frozen=True, eq=False)
class Drivers:
    """What the driver ecoregions need, by ecoregion code, from one pass over the record.

    `mean`, `spread` (3,) of Ta, GPP, LST; `centre`, `scale` (4,) of the raw responses P and SM of three layers;
    `coefficients` (4, 7) as they hold for standardised responses.
    """

    mean: dict[int, Array]
    spread: dict[int, Array]
    centre: dict[int, Array]
    scale: dict[int, Array]
    coefficients: dict[int, Array]


def _raw_responses(
    settings: Settings, index: int, ecoregion: int, inside: Array, air: Atmosphere, mean: Array, spread: Array
) -> Array:
    """Responses (4, block of the ecoregion) before standardisation: planted terms and correlated residuals."""
    predictors = np.stack([air.air_temperature[inside], air.productivity[inside], air.land_surface_temperature[inside]])
    terms = _terms((predictors - mean[:, None]) / spread[:, None])
    noise = generator(settings.seed, "driver residuals", index, ecoregion).standard_normal((4, inside.sum()))
    correlation = RESIDUAL_CORRELATION[ecoregion]
    noise[1:] = correlation * noise[0] + np.sqrt(1.0 - correlation**2) * noise[1:]
    return _planted_coefficients(ecoregion) @ terms + DRIVER_NOISE * noise


def _planted_coefficients(ecoregion: int) -> Array:
    """Coefficients (4, 7) of P and of SM in three layers on the seven terms."""
    of_precipitation, of_soil_moisture = (np.array(row) for row in DRIVERS[ecoregion])
    return np.vstack([of_precipitation, LAYER_FACTOR[:, None] * of_soil_moisture])


@functools.lru_cache(maxsize=2)
def drivers(settings: Settings) -> Drivers:
    """Moments of predictors and responses over all blocks and months of each driver ecoregion (two passes, nothing kept
    but sums)."""
    truth = provinces(settings)
    members = {code: (truth.ecoregion == code) & (truth.scheme == DRIVER) for code in DRIVERS}
    members = {code: inside for code, inside in members.items() if inside.any()}
    mean, spread = {}, {}
    sums = {code: np.zeros((2, 3)) for code in members}
    months = study_months(settings)
    for index in months:
        air = atmosphere(settings, index)
        for code, inside in members.items():
            values = np.stack(
                [
                    air.air_temperature[inside] - 273.15,
                    air.productivity[inside],
                    air.land_surface_temperature[inside] - 273.15,
                ]
            )
            sums[code] += [values.sum(axis=1), (values**2).sum(axis=1)]
    for code, inside in members.items():
        average, square = sums[code] / (inside.sum() * len(months))
        mean[code], spread[code] = average + [273.15, 0.0, 273.15], np.sqrt(square - average**2)
    sums = {code: np.zeros((2, 4)) for code in members}
    for index in months:
        air = atmosphere(settings, index)
        for code, inside in members.items():
            values = _raw_responses(settings, index, code, inside, air, mean[code], spread[code])
            sums[code] += [values.sum(axis=1), (values**2).sum(axis=1)]
    centre, scale, coefficients = {}, {}, {}
    for code, inside in members.items():
        average, square = sums[code] / (inside.sum() * len(months))
        centre[code], scale[code] = average, np.sqrt(square - average**2)
        coefficients[code] = _planted_coefficients(code) / scale[code][:, None]
    return Drivers(mean, spread, centre, scale, coefficients)


def _driver_scores(settings: Settings, index: int, air: Atmosphere) -> Array | None:
    """Standardised responses (4, block) in driver blocks, NaN elsewhere; None where no block is one."""
    truth = provinces(settings)
    if not (truth.scheme == DRIVER).any():
        return None
    planted = drivers(settings)
    scores = np.full((4, truth.scheme.size), np.nan)
    for code in planted.mean:
        inside = (truth.ecoregion == code) & (truth.scheme == DRIVER)
        raw = _raw_responses(settings, index, code, inside, air, planted.mean[code], planted.spread[code])
        scores[:, inside] = (raw - planted.centre[code][:, None]) / planted.scale[code][:, None]
    return scores


def _precipitation_of_drivers(settings: Settings, scores: Array) -> Array:
    """Precipitation of driver blocks: one level and spread for the whole ecoregion, so that standardising the ecoregion
    undoes it."""
    truth = provinces(settings)
    level = np.full(truth.scheme.size, np.nan)
    for code in DRIVERS:
        inside = truth.ecoregion == code
        if inside.any():
            level[inside] = max(60.0, truth.climate.precipitation[inside].mean())
    return np.maximum(level * (1.0 + scores[0] / 8.0), 0.0)


@functools.lru_cache(maxsize=2)
def controls(settings: Settings) -> tuple[Array, Array]:
    """Mean and standard deviation (4, block) over the record of wet days, volume, ET and temperature."""
    total, square = 0.0, 0.0
    months = study_months(settings)
    for index in months:
        air = atmosphere(settings, index)
        values = _control_predictors(*precipitation_of_scores(settings, index, None), air)
        total, square = total + values, square + values**2
    mean = total / len(months)
    return mean, np.sqrt(np.maximum(square / len(months) - mean**2, 1e-12))


def _control_predictors(volume: Array, wet: Array, air: Atmosphere) -> Array:
    return np.stack([wet, volume, air.evapotranspiration, air.air_temperature - 273.15])


def fields(settings: Settings, index: int) -> Month:
    """All fields of study B in one month.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.
    index : int
        Number of the month, `index_of(year, month)`.
    """
    air = atmosphere(settings, index)
    scores = _driver_scores(settings, index, air)
    volume, wet = precipitation_of_scores(
        settings, index, None if scores is None else _precipitation_of_drivers(settings, scores)
    )
    soil_moisture = _soil_moisture(settings, index, air, volume, wet, scores)
    return Month(
        volume,
        wet,
        air.evapotranspiration,
        air.air_temperature,
        air.land_surface_temperature,
        air.productivity,
        soil_moisture,
    )


def precipitation(settings: Settings, index: int) -> tuple[Array, Array]:
    """Total (kg m-2) and wet days of a month, (block,) each: `fields` without the soil."""
    scores = _driver_scores(settings, index, atmosphere(settings, index))
    return precipitation_of_scores(
        settings, index, None if scores is None else _precipitation_of_drivers(settings, scores)
    )


def _soil_moisture(
    settings: Settings, index: int, air: Atmosphere, volume: Array, wet: Array, scores: Array | None
) -> Array:
    """Soil moisture (3, block), m3 m-3."""
    truth, month = provinces(settings), index % 12
    wetness, average = _cycle(settings, truth.climate.wetness, month), truth.climate.wetness.mean(axis=1)
    # High enough above zero that nothing is cut.
    level = 0.26 + 0.16 * (average + CYCLE_DAMPING[:, None] * (wetness - average) - 0.5)
    anomaly = special.ndtri(np.clip(_answers(settings, index), 1e-4, 1.0 - 1e-4))
    if (truth.scheme == CONTROL).any():
        mean, spread = controls(settings)
        own = generator(settings.seed, "control noise", index).standard_normal(anomaly.shape)
        score = np.nansum(truth.weights.T * (_control_predictors(volume, wet, air) - mean) / spread, axis=0)
        inside = truth.scheme == CONTROL
        anomaly[:, inside] = (0.7 * (score + CONTROL_NOISE * own))[:, inside]
        level[:, inside] = (0.26 + 0.16 * (average - 0.5))[inside]
    soil_moisture = level + LAYER_SPREAD[:, None] * anomaly
    if scores is not None:
        inside = truth.scheme == DRIVER
        soil_moisture[:, inside] = 0.26 + 0.7 * LAYER_SPREAD[:, None] * scores[1:, inside]
    inside = (truth.scheme == FROZEN) & truth.climate.frozen[:, month]
    soil_moisture[:, inside] = (0.26 + 0.16 * (truth.climate.wetness[:, month] - 0.5) + 1e-4 * anomaly)[:, inside]
    inside = truth.scheme == DRY
    soil_moisture[:, inside] = (
        DRY_FLOOR + np.array([0.0, 0.002, 0.004])[:, None] * (1.0 + 0.1 * anomaly) + 0.001 * np.sqrt(volume)
    )[:, inside]
    soil_moisture[:, truth.scheme == ICE] = SATURATION
    return np.clip(soil_moisture, 0.01, SATURATION)


def _answers(settings: Settings, index: int) -> Array:
    """Uniforms of soil moisture (3, block): tied to the rain by the planted copula and lag, free elsewhere."""
    truth = provinces(settings)
    random = generator(settings.seed, "soil", index)
    # The layers share part of what is not rain, as layers of one soil do.
    free = special.ndtr(
        0.6 * random.standard_normal(truth.scheme.size) + 0.8 * random.standard_normal((3, truth.scheme.size))
    )
    answers = free.copy()
    planted = (truth.scheme == COPULA) & (truth.family > 0)
    for lag in np.unique(truth.lag[planted]):
        u = precipitation_uniform(settings, index - int(lag))
        behind = planted & (truth.lag == lag)
        for family in np.unique(truth.family[behind]):
            inside = behind & (truth.family == family)
            for tau in np.unique(truth.tau[inside, 0]):
                inside_tau = inside & (truth.tau[:, 0] == tau)
                for layer, factor in enumerate(LAYER_FACTOR):
                    answers[layer, inside_tau] = copulas.respond(
                        int(family), float(tau * factor), u[inside_tau], free[layer, inside_tau]
                    )
    return answers
