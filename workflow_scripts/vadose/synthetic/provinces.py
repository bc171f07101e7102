"""Study B's provinces: which kind of truth is planted in each block, and its numbers.

An ecoregion has one scheme, so that a model over a whole ecoregion sees one kind of truth: copula, control (SM a
weighted sum of wet days, volume, ET and temperature), driver (P and SM from temperature, GPP and LST). Hyper-arid,
frozen and ice blocks have none; they are there to be met. Within copula and control ecoregions the numbers change from
province to province (boxes of 15 x 30 degrees)."""

import functools
from dataclasses import dataclass

import numpy as np

from vadose.core.arrays import Array
from vadose.synthetic.blocks import dependence_blocks
from vadose.synthetic.climate import Climate, climate, ecoregion_codes
from vadose.synthetic.settings import Settings
from vadose.synthetic.streams import generator

NONE, COPULA, CONTROL, DRIVER, DRY, FROZEN, ICE = range(7)
SCHEMES = {
    NONE: "none",
    COPULA: "copula",
    CONTROL: "control",
    DRIVER: "driver",
    DRY: "dry",
    FROZEN: "frozen",
    ICE: "ice",
}
ECOREGION_SCHEME = {
    **dict.fromkeys((2, 4, 6, 9, 13, 14, 98), COPULA),
    **dict.fromkeys((3, 7, 10), CONTROL),
    **dict.fromkeys((1, 5, 8, 12), DRIVER),
    11: FROZEN,
    99: ICE,
}
# Family (docs/methods.md#b2) and Kendall's tau of the top layer, lag in months of SM behind P, whether P and SM share a
# seasonal cycle.
COPULAS = (
    (1, 0.45, 0, True),
    (3, 0.40, 0, True),
    (4, 0.50, 1, True),
    (23, -0.35, 0, True),
    (5, 0.45, 0, False),
    (13, 0.45, 2, True),
    (1, -0.35, 0, False),
    (6, 0.40, 0, True),
    (2, 0.40, 0, False),
    (14, 0.35, 3, True),
    (24, -0.30, 0, True),
    (0, 0.0, 0, True),
    (5, -0.30, 1, True),
)
LAYER_FACTOR = np.array([1.0, 0.85, 0.7])  # of tau and of driver coefficients, by layer: deeper soil hears less
PREDICTORS = ("precipitation_frequency", "precipitation_volume", "evapotranspiration", "air_temperature")
# Weights of the z-scored predictors; the first three compete, temperature is the control variable.
CONTROLS = ((0.80, 0.12, -0.08, 0.10), (0.10, 0.80, -0.10, -0.10), (0.10, 0.12, -0.80, 0.10), (0.45, 0.45, -0.10, 0.05))
CONTROL_NOISE = 0.25  # standard deviation beside the weighted sum
TERMS = ("Ta", "GPP", "LST", "Ta:GPP", "Ta:LST", "GPP:LST", "Ta:GPP:LST")
# ecoregion: coefficients of P and of SM on the terms, before both responses are standardised. Opposite signs are
# quadrants
# II and IV.
DRIVERS = {
    1: ((0.30, 0.50, -0.40, 0.10, -0.10, 0.06, 0.03), (-0.45, 0.35, -0.30, 0.12, 0.10, -0.08, 0.02)),
    5: ((0.40, -0.25, -0.50, -0.12, 0.08, 0.10, -0.03), (-0.35, 0.30, 0.40, 0.10, 0.09, -0.10, 0.02)),
    8: ((-0.35, 0.45, 0.50, 0.08, -0.10, -0.06, 0.03), (-0.30, 0.50, -0.40, 0.12, -0.07, 0.08, -0.03)),
    12: ((-0.50, 0.30, -0.35, -0.10, 0.07, 0.10, -0.02), (0.30, 0.40, -0.45, 0.10, -0.08, 0.10, 0.03)),
}
DRIVER_NOISE = 0.6  # standard deviation of the residuals
RESIDUAL_CORRELATION = {1: 0.4, 5: -0.3, 8: 0.3, 12: 0.0}


@dataclass(frozen=True, eq=False)
class Provinces:
    """Truth of study B on its blocks.

    `climate`, `ecoregion` (block,), `scheme` (block,), `family` (block,) -1 where none, `tau` (block, 3) NaN where
    none, `lag` (block,), `shared_season` (block,) bool, `weights` (block, 4) NaN outside control provinces."""

    climate: Climate
    ecoregion: Array
    scheme: Array
    family: Array
    tau: Array
    lag: Array
    shared_season: Array
    weights: Array


@functools.lru_cache(maxsize=2)
def provinces(settings: Settings) -> Provinces:
    """The provinces of study B."""
    blocks = dependence_blocks(settings)
    local = climate(settings, blocks.lat, blocks.lon)
    ecoregion = ecoregion_codes(local, blocks.lat, blocks.lon)
    scheme = np.array([ECOREGION_SCHEME[int(code)] for code in ecoregion])
    scheme[local.hyper_arid] = DRY
    province = _province(settings, blocks.lat, blocks.lon, ecoregion)
    family, lag = np.full(blocks.size, -1), np.zeros(blocks.size, dtype=int)
    tau, weights = np.full((blocks.size, 3), np.nan), np.full((blocks.size, 4), np.nan)
    shared = np.ones(blocks.size, dtype=bool)
    if not settings.has_dependence:
        scheme[np.isin(scheme, (CONTROL, DRIVER))] = COPULA
        family[scheme == COPULA], tau[scheme == COPULA] = 0, 0.0
        return Provinces(local, ecoregion, scheme, family, tau, lag, shared, weights)
    planted = scheme == COPULA
    table = np.array(COPULAS)[province % len(COPULAS)]
    family[planted], lag[planted] = table[planted, 0].astype(int), table[planted, 2].astype(int)
    tau[planted], shared[planted] = table[planted, 1, None] * LAYER_FACTOR, table[planted, 3].astype(bool)
    planted = scheme == CONTROL
    weights[planted] = np.array(CONTROLS)[province % len(CONTROLS)][planted]
    return Provinces(local, ecoregion, scheme, family, tau, lag, shared, weights)


def _province(settings: Settings, lat: Array, lon: Array, ecoregion: Array) -> Array:
    """A number for each box of 15 x 30 degrees within a ecoregion, shuffled by the seed so that all truths occur and
    neighbours differ."""
    label = np.floor((lat + 90.0) / 15.0).astype(int) * 12 + np.floor((lon + 180.0) / 30.0).astype(int)
    result = np.zeros(lat.size, dtype=int)
    # Counting runs on from ecoregion to ecoregion of the same scheme, so that every entry of the table is used.
    for scheme in (COPULA, CONTROL):
        codes = [code for code, kind in ECOREGION_SCHEME.items() if kind == scheme]
        member = np.isin(ecoregion, codes)
        keys = np.unique(np.stack([ecoregion[member], label[member]]), axis=1)
        numbers = generator(settings.seed, "provinces", scheme).permutation(keys.shape[1])
        for number, (code, box) in zip(numbers, keys.T):
            result[(ecoregion == code) & (label == box)] = number
    return result
