"""Study A's planted soil moisture: seasonal means per block, year, moisture season and layer, and the months around
them.

The planted signal is S[block, year, season, layer]. A month is  S + (climatology of the month - climatology of its
season) + e,  with e of zero sum over the three months of a season. Seasons of one block never change places: the gaps
between them are kept wider than all that varies, so that ranking the months of any year finds the planted seasons, and
the season means found are the planted ones exactly.
"""

import functools
from dataclasses import dataclass

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import Array
from vadose.synthetic.blocks import native_grid, variability_blocks
from vadose.synthetic.climate import Climate, climate, ecoregion_codes, land_cover
from vadose.synthetic.settings import Settings
from vadose.synthetic.streams import generator, smooth_field

THICKNESS = np.array([100.0, 300.0, 600.0, 1000.0])  # kg m-2 of water that would fill the layer: what ice cells hold
LAYER_TOP, LAYER_BOTTOM = np.array([0.0, 0.1, 0.4, 1.0]), np.array([0.1, 0.4, 1.0, 2.0])  # m
FLOOR = 2.0  # kg m-2, 0-10 cm of hyper-arid cells
DAMPING = np.array([1.0, 0.8, 0.5, 0.3])  # of the annual cycle, by layer
DELAY = (0, 0, 1, 2)  # months
TREND_SHARE = np.array([0.03, 0.15, 0.32, 0.50])  # of the total trend, by layer
VARIATION = np.array([0.10, 0.075, 0.05, 0.035])  # coefficient of interannual variation, by layer
GAP = 0.03  # least gap between neighbouring seasons as a share of the total; also the width of a season's own months
LOOSE_BLOCKS = 0.03  # share of blocks with missing values of their own


@dataclass(frozen=True, eq=False)
class Surface:
    """Climate, ecoregion and dominant land cover on the blocks of study A."""

    climate: Climate
    ecoregion: Array
    land_cover: Array


@functools.lru_cache(maxsize=2)
def surface(settings: Settings) -> Surface:
    """Climate and land surface on the blocks of study A."""
    blocks = variability_blocks(settings)
    local = climate(settings, blocks.lat, blocks.lon)
    ecoregion = ecoregion_codes(local, blocks.lat, blocks.lon)
    return Surface(local, ecoregion, land_cover(local, ecoregion, blocks.lon))


@dataclass(frozen=True, eq=False)
class Planted:
    """The planted signal of study A.

    `seasonal` kg m-2 (block, year, season, layer) without the step; `cycle` kg m-2 (block, month, layer) zero mean
    within each season; `season` (block, month) 0 wettest .. 3; `jitter` kg m-2 (block, layer) amplitude of the months'
    own noise; `slopes` kg m-2 yr-1 (block, 2, season, layer) before and from the splice; `persistence` (block,) lag-1
    of the yearly anomalies; `step` kg m-2 (layer,).
    """

    years: Array
    seasonal: Array
    cycle: Array
    season: Array
    jitter: Array
    slopes: Array
    persistence: Array
    step: Array


@functools.lru_cache(maxsize=1)
def planted(settings: Settings) -> Planted:
    """The planted signal of study A, all years at once (16 numbers a block and year)."""
    blocks, local = variability_blocks(settings), surface(settings).climate
    years = np.arange(settings.variability.first_year, settings.variability.last_year + 1)
    climatology = _climatology(local)
    season, mean, cycle, gap = _seasons(climatology, local.hyper_arid)
    total = mean.sum(axis=(1, 2)) / 4.0
    slopes = _slopes(settings, total, mean)
    persistence = np.clip(0.25 + 0.2 * smooth_field(settings.seed, "persistence", blocks.lat, blocks.lon), 0.0, 0.5)
    early = np.minimum(years - settings.variability.splice_year + 0.5, 0.0)
    late = np.maximum(years - settings.variability.splice_year + 0.5, 0.0)
    anomaly = _interannual(settings, years.size, persistence, mean)
    anomaly += slopes[:, 0, None] * early[:, None, None] + slopes[:, 1, None] * late[:, None, None]
    anomaly[local.hyper_arid, :, :, 0] = 0.0
    kept = _keep_order(anomaly, gap)
    # What was planted is what is left after the order of the seasons was protected.
    slopes = _rebuild(slopes, kept)
    slopes[local.hyper_arid, :, :, 0] = 0.0
    seasonal = mean[:, None] + anomaly
    jitter = np.minimum(0.02 * mean.mean(axis=1), 0.03 * gap.min(axis=1, keepdims=True))
    for field in (seasonal, mean):
        field[local.ice] = THICKNESS.reshape((1,) * (field.ndim - 2) + (4,))
    for field in (cycle, jitter, slopes):
        field[local.ice] = 0.0
    jitter[local.hyper_arid, 0] = 0.0
    return Planted(
        years, seasonal, cycle, season, jitter, slopes, persistence, settings.planted_step * THICKNESS / THICKNESS.sum()
    )


def _climatology(local: Climate) -> Array:
    """Mean annual cycle (block, month, layer), kg m-2; below the limits of quality control."""
    average = local.wetness.mean(axis=1, keepdims=True)
    layers = []
    for layer in range(4):
        wetness = average + DAMPING[layer] * (np.roll(local.wetness, DELAY[layer], axis=1) - average)
        if DELAY[layer]:  # what is frozen does not drain: the delay waits for the thaw
            wetness = np.where(local.frozen, average + DAMPING[layer] * (local.wetness - average), wetness)
        layers.append((0.08 + 0.34 * np.clip(wetness, 0.0, 1.0)) * THICKNESS[layer])
    return np.stack(layers, axis=-1)


def _seasons(climatology: Array, hyper_arid: Array) -> tuple[Array, Array, Array, Array]:
    """Season of each month, mean of each season, the months' deviation from it, and the gaps (block, 3) between
    seasons' nearest months."""
    climatology[hyper_arid, :, 0] = FLOOR
    order = np.argsort(-climatology.sum(axis=2), axis=1, kind="stable")
    season = np.empty_like(order)
    np.put_along_axis(season, order, np.broadcast_to(np.arange(12) // 3, order.shape), axis=1)
    total = climatology.sum(axis=2).mean(axis=1)[:, None, None]
    spread = GAP * total * (1.5 - season[..., None]) * THICKNESS / THICKNESS.sum()
    spread[hyper_arid, :, 0] = 0.0
    climatology = climatology + spread
    sorted_months = np.take_along_axis(climatology, order[..., None], axis=1).reshape(-1, 4, 3, 4)
    mean = sorted_months.mean(axis=2)
    cycle = climatology - np.take_along_axis(mean, season[..., None], axis=1)
    totals = sorted_months.sum(axis=3)
    return season, mean, cycle, totals[:, :-1].min(axis=2) - totals[:, 1:].max(axis=2)


def _slopes(settings: Settings, total: Array, mean: Array) -> Array:
    """Trends before and from the splice (block, 2, season, layer), kg m-2 yr-1; zero in the null worlds."""
    blocks = variability_blocks(settings)
    fields = np.zeros((blocks.size, 2, 4, 4))
    if not settings.has_trend:
        return fields
    # Over its whole length no trend takes more than a seventh of the water that is there.
    for part, (name, ceiling) in enumerate((("early trend", 0.09 * total / 52.0), ("late trend", 0.10 * total / 25.0))):
        drift = ceiling * np.tanh(smooth_field(settings.seed, name, blocks.lat, blocks.lon, size=22.0) - 0.25 * part)
        for s in range(4):
            tilt = 1.0 + 0.4 * np.tanh(smooth_field(settings.seed, f"{name} season {s}", blocks.lat, blocks.lon))
            fields[:, part, s] = (drift * tilt)[:, None] * TREND_SHARE
    return fields


def _interannual(settings: Settings, count: int, persistence: Array, mean: Array) -> Array:
    """AR(1) anomalies (block, year, season, layer), kg m-2: a part that all seasons share and one that is the season's
    own."""
    blocks = variability_blocks(settings)
    scale = np.exp(0.3 * smooth_field(settings.seed, "variability", blocks.lat, blocks.lon))
    amplitude = np.clip(scale, 0.4, 1.4)[:, None] * VARIATION * np.minimum(mean.mean(axis=1), 1.5 * mean.min(axis=1))
    shock = np.sqrt(1.0 - persistence**2)[:, None, None]
    anomalies = np.empty((blocks.size, count, 4, 4))
    state = None
    for year in range(count):
        random = generator(settings.seed, "interannual", settings.variability.first_year + year)
        column, layer = random.standard_normal((blocks.size, 1, 1)), random.standard_normal((blocks.size, 1, 4))
        own = random.standard_normal((blocks.size, 4, 4))
        draw = np.clip(0.6 * column + 0.5 * layer + 0.62 * own, -3.0, 3.0)
        state = draw if state is None else persistence[:, None, None] * state + shock * draw
        anomalies[:, year] = state
    # Three standard deviations and the trend together stay above zero in the driest season.
    return np.clip(anomalies, -3.0, 3.0) * amplitude[:, None, None, :]


def _keep_order(anomaly: Array, gap: Array) -> Array:
    """Shrink, in place, the differences between neighbouring seasons to less than six tenths of their gap. Returns the
    factors (block, 3)."""
    kept = np.empty(gap.shape)
    for pair in range(3):
        difference = (anomaly[:, :, pair] - anomaly[:, :, pair + 1]).sum(axis=-1)
        largest = np.abs(difference).max(axis=1)
        kept[:, pair] = np.minimum(
            1.0, np.divide(0.6 * gap[:, pair], largest, out=np.ones_like(largest), where=largest > 0)
        )
    for year in range(anomaly.shape[1]):
        anomaly[:, year] = _rebuild(anomaly[:, year][:, None], kept)[:, 0]
    return kept


def _rebuild(field: Array, kept: Array) -> Array:
    """The field (block, any, season, layer) with the differences between neighbouring seasons multiplied by `kept`, the
    mean over seasons unchanged."""
    steps = (field[:, :, :-1] - field[:, :, 1:]) * kept[:, None, :, None]
    lowered = np.concatenate([np.zeros_like(field[:, :, :1]), -np.cumsum(steps, axis=2)], axis=2)
    return lowered + (field - lowered).mean(axis=2, keepdims=True)


def monthly(settings: Settings, year: int, *, version: str = "2.1") -> Array:
    """Soil moisture of one year on the blocks, (12, layer, block), kg m-2, before missing values.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.
    year : int
        Within the years of study A.
    version : str
        "2.1" carries the planted step from the splice on; "2.0" never does.
    """
    signal = planted(settings)
    values = (
        signal.seasonal[:, year - signal.years[0]][np.arange(signal.season.shape[0])[:, None], signal.season]
        + signal.cycle
    )
    noise = generator(settings.seed, "months", year).uniform(-1.0, 1.0, signal.season.shape)
    for s in range(4):  # zero sum over the months of each season
        inside = signal.season == s
        noise -= inside * (noise * inside).sum(axis=1, keepdims=True) / 3.0
    values += noise[:, :, None] * signal.jitter[:, None, :]
    if version == "2.1" and year >= settings.variability.splice_year:
        values += np.where(surface(settings).climate.ice[:, None, None], 0.0, signal.step)
    return values.transpose(1, 2, 0)


def missing_months(settings: Settings, purpose: str, first_year: int, last_year: int) -> Array:
    """The months of a record of which the archive has no file, datetime64[M], ascending; at most one in a year.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.
    purpose : str
        Name of the product, which seeds the choice.
    first_year, last_year : int
        Of the record.
    """
    random = generator(settings.seed, "missing months", purpose)
    count = min(settings.missing_months, last_year - first_year + 1)
    years = np.sort(random.choice(np.arange(first_year, last_year + 1), count, replace=False))
    return np.array(
        [f"{year}-{month:02d}" for year, month in zip(years, random.integers(1, 13, count))], dtype="datetime64[M]"
    )


@functools.lru_cache(maxsize=2)
def gaps(settings: Settings) -> Array:
    """Whether a block lacks a month in a year (block, year), bool: a few blocks lose single years, some so many that
    they fail 20 of 25."""
    blocks = variability_blocks(settings)
    random = generator(settings.seed, "gaps of blocks")
    years = settings.variability.last_year - settings.variability.first_year + 1
    loose = random.random(blocks.size) < LOOSE_BLOCKS
    often = np.where(random.random(blocks.size) < 0.3, 0.3, 0.04)
    return loose[:, None] & (random.random((blocks.size, years)) < often[:, None])


def soil_moisture(settings: Settings, year: int, *, version: str = "2.1") -> xr.Dataset:
    """Canonical GLDAS soil moisture of one year on the native grid; gaps of blocks are NaN, missing months are left
    out.

    Parameters
    ----------
    settings, year, version
        As `monthly`.

    Returns
    -------
    Dataset
        soil_moisture(time, layer, lat, lon), kg m-2, float64.
    """
    values = monthly(settings, year, version=version)
    times = calendar.months(year, year)
    lacking = gaps(settings)[:, year - settings.variability.first_year]
    values[generator(settings.seed, "month of the gap", year).integers(12), :, lacking] = np.nan
    absent = missing_months(settings, "gldas", settings.variability.first_year, settings.variability.last_year)
    present = ~np.isin(times.astype("datetime64[M]"), absent)
    values, times = values[present], times[present]
    native = native_grid(settings, "gldas")
    metres = {"units": "m", "positive": "down"}
    return xr.Dataset(
        {"soil_moisture": (("time", "layer", "lat", "lon"), native.spread(values), {"units": "kg m-2"})},
        coords={
            "time": times,
            "layer": np.arange(1, 5),
            "layer_top": ("layer", LAYER_TOP, metres),
            "layer_bottom": ("layer", LAYER_BOTTOM, metres),
            "lat": native.lat,
            "lon": native.lon,
        },
    )
