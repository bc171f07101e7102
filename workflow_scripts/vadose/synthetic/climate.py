"""A plausible climate: mean annual cycles of temperature, rain, evapotranspiration, GPP and relative soil wetness
anywhere on land.

Zonal belts that follow the sun, continentality from the real continents, the great mountains, deserts and monsoons, and
smooth random fields. Nothing here is measured; it only has to look right on a map and to put zeros, frost and ice where
a method must meet them.
"""

import functools
from dataclasses import dataclass

import numpy as np

from vadose.core.arrays import Array
from vadose.files import land_mask
from vadose.synthetic.settings import Settings
from vadose.synthetic.streams import smooth_field

MONTHS = np.arange(12)
FREEZING = -2.0  # deg C of the monthly mean below which soil moisture stands still
ICE_PRECIPITATION = 25.0  # kg m-2 per month
HYPER_ARID = 75.0  # kg m-2 per year

# latitude, longitude, half width in latitude and longitude (degrees), strength
MOUNTAINS = (  # km
    (33, 88, 6, 13, 4.3),
    (42, -110, 9, 6, 1.7),
    (-18, -68, 12, 4, 3.2),
    (2, -77, 7, 3, 2.0),
    (9, 39, 5, 4, 1.9),
    (-3, 34, 6, 4, 1.2),
    (33, 55, 5, 10, 1.1),
    (48, 98, 6, 14, 1.5),
    (72, -41, 10, 16, 2.6),
    (39, 42, 3, 7, 1.4),
    (46, 9, 2, 5, 1.5),
)
DESERTS = (  # share of the rain taken away
    (23, 8, 8, 26, 0.99),
    (23, 30, 8, 12, 0.97),
    (23, 47, 8, 11, 0.97),
    (29, 62, 6, 9, 0.85),
    (41, 60, 6, 10, 0.75),
    (39, 84, 4, 9, 0.95),
    (43, 104, 5, 10, 0.75),
    (-25, 130, 8, 14, 0.82),
    (-25, 18, 7, 6, 0.88),
    (-23, -70, 7, 4, 0.97),
    (-45, -69, 7, 4, 0.6),
    (31, -110, 6, 8, 0.85),
    (39, -116, 5, 6, 0.55),
    (7, 46, 7, 6, 0.75),
    (-8, -40, 5, 4, 0.45),
    (33, 88, 4, 9, 0.5),
)
WET_LANDS = (  # share of the rain added
    (-4, -64, 8, 12, 0.45),
    (0, 22, 6, 9, 0.25),
    (0, 112, 8, 22, 0.5),
    (30, -86, 6, 9, 0.9),
    (28, 113, 5, 10, 0.8),
    (56, 8, 9, 14, 0.35),
    (50, -125, 8, 6, 0.8),
    (36, 137, 6, 6, 0.9),
    (-42, -74, 7, 4, 1.2),
)
MONSOONS = (  # kg m-2 in the wettest month, on top
    (22, 82, 7, 13, 260.0),
    (20, 100, 7, 10, 200.0),
    (32, 118, 7, 10, 90.0),
    (10, 0, 5, 28, 90.0),
    (20, -102, 6, 7, 90.0),
    (45, 126, 6, 8, 60.0),
    (-14, 133, 5, 12, 130.0),
)
WINTER_RAIN = (
    (38, 10, 6, 28, 0.9),
    (37, -121, 6, 5, 0.9),
    (-34, -71, 5, 4, 0.9),
    (-33, 19, 4, 4, 0.9),
    (-32, 117, 4, 6, 0.9),
)
CROPS = (
    (41, -93, 5, 9, 1.0),
    (50, 30, 5, 17, 1.0),
    (35, 115, 5, 6, 1.0),
    (25, 78, 5, 7, 1.0),
    (-33, -62, 5, 5, 1.0),
    (52, 70, 3, 12, 1.0),
)


@dataclass(frozen=True, eq=False)
class Climate:
    """Mean annual cycles at points; arrays (point, 12) unless said otherwise.

    `temperature` K, `precipitation` and `evapotranspiration` kg m-2 per month, `productivity` g m-2 d-1, `wetness`
    relative 0..1, `frozen` bool, `ice`, `hyper_arid`, `crops`, `mountain`, `continentality` (point,).
    """

    temperature: Array
    precipitation: Array
    evapotranspiration: Array
    productivity: Array
    wetness: Array
    frozen: Array
    ice: Array
    hyper_arid: Array
    crops: Array
    mountain: Array
    continentality: Array


def bumps(places: tuple, lat: Array, lon: Array) -> Array:
    """Gaussian bumps (place, point) of unit height; the strengths are in the places."""
    return np.array(
        [
            np.exp(-(((lat - y) / dy) ** 2) - (((lon - x + 180.0) % 360.0 - 180.0) / dx) ** 2)
            for y, x, dy, dx, _ in places
        ]
    )


def _strongest(places: tuple, lat: Array, lon: Array) -> Array:
    strength = np.array([place[-1] for place in places])
    return (bumps(places, lat, lon) * strength[:, None]).max(axis=0)


@functools.lru_cache(maxsize=2)
def _coarse_land(settings: Settings) -> Array:
    """Land share on 5 degrees, smoothed over about 2000 km: 0 oceanic, 1 in the middle of Asia."""
    from scipy import ndimage

    land = land_mask.land_fraction(settings.land_mask, np.arange(-90.0, 91.0, 5.0), np.arange(-180.0, 181.0, 5.0))
    smooth = ndimage.uniform_filter1d(land, 5, axis=0, mode="nearest")
    return ndimage.uniform_filter1d(smooth, 7, axis=1, mode="wrap")


def continentality(settings: Settings, lat: Array, lon: Array) -> Array:
    """0 on oceanic islands .. 1 in the middle of a continent."""
    from scipy import ndimage

    coarse = _coarse_land(settings)
    padded = np.pad(coarse, ((1, 1), (0, 0)), mode="edge")
    padded = np.pad(padded, ((0, 0), (1, 1)), mode="wrap")
    rows, columns = (np.asarray(lat) + 87.5) / 5.0 + 1.0, (np.asarray(lon) + 177.5) / 5.0 + 1.0
    return np.clip(ndimage.map_coordinates(padded, [rows, columns], order=1, mode="nearest"), 0.0, 1.0)


def ice_sheet(lat: Array, lon: Array) -> Array:
    """Greenland, Antarctica, and the ice caps of Ellesmere."""
    greenland = ((lat - 73.0) / 10.5) ** 2 + ((lon + 41.0) / (10.0 + 0.5 * (lat - 60.0).clip(0.0))) ** 2 < 1.0
    ellesmere = ((lat - 81.0) / 2.5) ** 2 + ((lon + 75.0) / 12.0) ** 2 < 1.0
    return greenland | ellesmere | (lat < -62.0)


def climate(settings: Settings, lat: Array, lon: Array) -> Climate:
    """The climate at points.

    Parameters
    ----------
    settings : Settings
        Seed and land mask.
    lat, lon : (point,) arrays
        Degrees.
    """
    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    inland = continentality(settings, lat, lon)
    height = (bumps(MOUNTAINS, lat, lon) * np.array([place[-1] for place in MOUNTAINS])[:, None]).sum(axis=0)
    ice = ice_sheet(lat, lon)
    celsius = _temperature(settings, lat, lon, inland, height, ice)
    precipitation = _precipitation(settings, lat, lon, inland)
    precipitation[ice] = ICE_PRECIPITATION * (1.0 + 0.3 * np.cos(2 * np.pi * (MONTHS - 8) / 12))
    demand = np.maximum(4.6 * celsius + 18.0, 3.0)  # ASSUME: potential evaporation, kg m-2 per month
    supply = 0.6 * precipitation + 0.4 * precipitation.mean(axis=1, keepdims=True)
    evaporation = np.where(ice[:, None], 2.0, demand * (1.0 - np.exp(-supply / demand)))
    frozen = celsius < FREEZING
    productivity = np.where(ice[:, None], 0.0, 0.085 * evaporation / (1.0 + np.exp(-(celsius - 3.0) / 2.5)))
    return Climate(
        temperature=celsius + 273.15,
        precipitation=precipitation,
        evapotranspiration=evaporation,
        productivity=productivity,
        wetness=_wetness(precipitation / (precipitation + demand), frozen),
        frozen=frozen,
        ice=ice,
        hyper_arid=(precipitation.sum(axis=1) < HYPER_ARID) & ~ice,
        crops=_strongest(CROPS, lat, lon),
        mountain=height,
        continentality=inland,
    )


def _temperature(settings: Settings, lat: Array, lon: Array, inland: Array, height: Array, ice: Array) -> Array:
    tilt = np.abs(np.sin(np.deg2rad(lat)))
    mean = 27.5 - 42.0 * tilt**1.9 + 9.0 * (0.7 - inland).clip(0.0) * tilt**1.5 - 4.6 * height - 8.0 * ice
    mean += 1.2 * smooth_field(settings.seed, "temperature", lat, lon, size=15.0)
    swing = (3.0 + 23.0 * inland) * tilt**1.2 + 1.0
    phase = np.where(lat >= 0, 6.3, 0.3)
    return mean[:, None] + swing[:, None] * np.cos(2 * np.pi * (MONTHS - phase[:, None]) / 12)


def _precipitation(settings: Settings, lat: Array, lon: Array, inland: Array) -> Array:
    sun = np.cos(2 * np.pi * (MONTHS - 6.6) / 12)
    convergence = 215.0 * np.exp(-(((lat[:, None] - 10.0 * sun) / 9.5) ** 2))
    summer = np.where(lat[:, None] >= 0, sun, -sun)
    storms = 78.0 * np.exp(-(((np.abs(lat[:, None]) - 46.0) / 15.0) ** 2)) * (1.12 - 0.65 * inland[:, None])
    storms = storms * (1.0 + (1.1 * inland[:, None] - 0.35) * summer)
    precipitation = convergence * (1.05 - 0.25 * inland[:, None]) + storms + 9.0
    monsoon = _strongest(MONSOONS, lat, lon)
    precipitation = (
        precipitation * (1.0 + _strongest(WET_LANDS, lat, lon))[:, None]
        + monsoon[:, None] * np.maximum(summer, 0.0) ** 1.5
    )
    precipitation = precipitation * (1.0 - _strongest(DESERTS, lat, lon))[:, None]
    precipitation = precipitation * np.maximum(1.0 - _strongest(WINTER_RAIN, lat, lon)[:, None] * summer, 0.08)
    return precipitation * np.exp(0.22 * smooth_field(settings.seed, "precipitation", lat, lon, size=12.0))[:, None]


def _wetness(ratio: Array, frozen: Array) -> Array:
    """A bucket's memory of four months; in frozen months it keeps the value of the freeze-up, less a little
    drainage."""
    wetness = sum(weight * np.roll(ratio, lag, axis=1) for lag, weight in enumerate((0.4, 0.3, 0.2, 0.1)))
    held = wetness.copy()
    for _ in range(2):  # twice round the year, so that December hands over to January
        for month in range(12):
            held[:, month] = np.where(frozen[:, month], held[:, month - 1] * 0.997, wetness[:, month])
    always = frozen.all(axis=1)
    held[always] = wetness[always].mean(axis=1, keepdims=True)
    return held


# ---- land surface that follows from the climate
# -------------------------------------------------------------------------------------

LAKES = ((47.0, -87.0), (53.0, 108.0), (42.0, 51.0), (-1.0, 33.0), (61.5, -114.0))
FLOODED = ((8.0, 30.0), (-18.0, -57.0), (-19.0, 23.0), (26.0, -81.0), (33.0, 46.0))
MANGROVES = ((22.0, 89.5), (5.0, 6.0), (10.0, 105.5), (-2.0, -45.0), (18.5, -92.0), (-7.0, 139.0))
CONIFERS_OF_THE_TROPICS = ((18.0, -99.0, 6, 8, 1.0), (14.5, -86.5, 3, 4, 1.0), (29.0, 81.0, 2.5, 6, 1.0))
CONIFERS_OF_THE_TEMPERATE = (
    (46.0, -121.0, 9, 7, 1.0),
    (33.0, -83.0, 3, 7, 0.9),
    (29.5, 97.0, 4, 7, 1.0),
    (46.5, 10.0, 2.5, 6, 1.0),
)


def ecoregion_codes(climate_: Climate, lat: Array, lon: Array) -> Array:
    """WWF ecoregion code (1..14, 98 lake, 99 rock and ice) of each point, int.

    Rules after Whittaker: warmth of the year and of the warmest month, and yearly rain against demand. Rare ecoregions
    (lakes, flooded grasslands, mangroves) take the point nearest to each of their true places, so that every class
    exists on any grid.
    """
    mean = climate_.temperature.mean(axis=1) - 273.15
    warmest = climate_.temperature.max(axis=1) - 273.15
    precipitation = climate_.precipitation.sum(axis=1)
    demand = np.maximum(4.6 * (climate_.temperature - 273.15) + 18.0, 3.0).sum(axis=1)
    share = precipitation / demand
    warm = mean > 19.0
    code = np.select(
        [
            climate_.ice,
            share < 0.22,
            warmest < 10.5,
            mean < 0.5,
            climate_.mountain > 1.8,
            warm & (_strongest(CONIFERS_OF_THE_TROPICS, lat, lon) > 0.5),
            (~warm) & (_strongest(CONIFERS_OF_THE_TEMPERATE, lat, lon) > 0.5),
            (_strongest(WINTER_RAIN, lat, lon) > 0.45) & (share < 0.9),
            warm & (share > 0.95),
            warm & (share > 0.62) & (np.abs(lat) > 8.0) & (_strongest(MONSOONS, lat, lon) > 30.0),
            warm,
            share < 0.72,
        ],
        [99, 13, 11, 6, 10, 3, 5, 12, 1, 2, 7, 8],
        default=4,
    )
    for places, ecoregion in ((MANGROVES, 14), (FLOODED, 9), (LAKES, 98)):
        for y, x in places:
            distance = (lat - y) ** 2 + (((lon - x + 180.0) % 360.0 - 180.0) * np.cos(np.deg2rad(y))) ** 2
            nearest = int(np.argmin(distance))
            if distance[nearest] < 6.0**2 and code[nearest] != 99:
                code[nearest] = ecoregion
    return code


def land_cover(climate_: Climate, ecoregion: Array, lon: Array) -> Array:
    """Dominant IGBP class (MCD12C1 codes) of each point: what grows there, so to speak, after `ecoregion_codes`."""
    table = {1: 2, 2: 4, 3: 1, 4: 5, 5: 1, 6: 1, 7: 9, 8: 10, 9: 11, 10: 10, 11: 7, 12: 8, 13: 7, 14: 2, 98: 0, 99: 15}
    code = np.array([table[int(value)] for value in ecoregion])
    code[(ecoregion == 6) & (lon > 95.0)] = 3
    code[(ecoregion == 7) & (climate_.precipitation.sum(axis=1) > 1100.0)] = 8
    farmed = (climate_.crops > 0.5) & np.isin(ecoregion, (1, 2, 4, 5, 7, 8, 12))
    code[farmed] = np.where(climate_.crops[farmed] > 0.75, 12, 14)
    code[climate_.hyper_arid] = 16
    return code
