"""MCD12C1 pixels: mixed within a block, yet with one class that holds more than half of the pixels that count."""

import functools

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.synthetic.blocks import native_grid, variability_blocks
from vadose.synthetic.settings import Settings
from vadose.synthetic.soil import surface
from vadose.synthetic.streams import generator

NOT_ANALYSED = (0, 13, 15, 16)  # water, urban, ice, bare ground (docs/methods.md#a5)
DOMINANT = 0.70  # share of the dominant class
CHANGING = 0.02  # share of pixels whose minor class differs from year to year
# class: three minor classes, by decreasing share
MINOR = {
    1: (5, 8, 10),
    2: (4, 9, 12),
    3: (1, 5, 8),
    4: (5, 9, 14),
    5: (4, 1, 10),
    7: (10, 16, 7),
    8: (9, 4, 10),
    9: (8, 10, 12),
    10: (7, 12, 9),
    11: (9, 10, 0),
    12: (14, 10, 4),
    14: (12, 10, 5),
    16: (7, 16, 16),
}


@functools.lru_cache(maxsize=1)
def _base(settings: Settings) -> Array:
    """Random share of each native pixel, (lat, lon) float32, the same in all years."""
    return generator(settings.seed, "land cover").random(native_grid(settings, "mcd12c1").valid.shape, dtype=np.float32)


def pixels(settings: Settings, year: int) -> Array:
    """IGBP class of each native pixel in a year, (lat, lon) uint8, 0 where no land is."""
    native = native_grid(settings, "mcd12c1")
    share = _base(settings)
    random = generator(settings.seed, "land cover", year)
    changed = random.random(share.shape, dtype=np.float32) < CHANGING
    share = np.where(changed, random.random(share.shape, dtype=np.float32), share)
    dominant = surface(settings).land_cover
    table = np.zeros((dominant.size, 5), dtype=np.uint8)
    for code in np.unique(dominant):
        minor = MINOR.get(int(code), (code, code, code))
        town = code if code in (0, 15) else 13
        table[dominant == code] = (code, *minor, town)
    # Shares: dominant 70 %, minor classes 15, 9 and 4 %, towns 2 %.
    choice = np.searchsorted(np.array([DOMINANT, 0.85, 0.94, 0.98], dtype=np.float32), share, side="right")
    block = np.where(native.valid, native.block, 0)
    field = table[block, choice]
    field[~native.valid] = 0
    return _unambiguous(field, native.valid, native.block, dominant)


def _unambiguous(field: Array, valid: Array, block: Array, dominant: Array) -> Array:
    """Where the dominant class holds half of the analysed pixels or less (few pixels at a coast), it takes them all."""
    counted = valid & ~np.isin(field, NOT_ANALYSED)
    own = counted & (field == dominant[np.where(valid, block, 0)])
    total = np.bincount(block[counted], minlength=dominant.size)
    weak = (np.bincount(block[own], minlength=dominant.size) <= 0.5 * total) & ~np.isin(dominant, NOT_ANALYSED)
    overrule = valid & weak[np.where(valid, block, 0)]
    field[overrule] = dominant[block[overrule]]
    return field


def mcd12c1(settings: Settings, year: int) -> xr.Dataset:
    """Canonical land cover of a year on the native grid: land_cover(time, lat, lon), IGBP codes, uint8."""
    native = native_grid(settings, "mcd12c1")
    time = np.array([f"{year}-01-01"], dtype="datetime64[ns]")
    return xr.Dataset(
        {"land_cover": (("time", "lat", "lon"), pixels(settings, year)[None], {"units": "1"})},
        coords={"time": time, "lat": native.lat, "lon": native.lon},
    )


@functools.lru_cache(maxsize=4)
def planted_class(settings: Settings, year: int) -> Array:
    """IGBP class that the mode of the analysed pixels of each block must find, (block,); 255 where none is analysed."""
    native, count = native_grid(settings, "mcd12c1"), variability_blocks(settings).size
    field = pixels(settings, year)
    counted = native.valid & ~np.isin(field, NOT_ANALYSED)
    tally = np.bincount(native.block[counted].astype(int) * 17 + field[counted], minlength=17 * count).reshape(
        count, 17
    )
    return np.where(tally.sum(axis=1) > 0, tally.argmax(axis=1), 255)
