"""Study A's planted productivity: yearly GPP that follows total soil moisture with a correlation that belongs to the
land cover."""

import functools

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import Array
from vadose.synthetic.blocks import native_grid, texture, variability_blocks
from vadose.synthetic.settings import Settings
from vadose.synthetic.soil import planted, surface
from vadose.synthetic.streams import generator

AMPLITUDE = 0.08  # standard deviation of yearly GPP as a share of its mean
TEXTURE = 0.10  # variation within a block as a share of the mean
# Planted correlation of yearly GPP with yearly total soil moisture, by group of land cover (docs/methods.md#a5).
CORRELATION = {"forests": 0.15, "shrublands": 0.55, "grasslands": 0.75, "croplands": -0.35, "other": 0.0}
GROUPS = {
    **dict.fromkeys((1, 2, 3, 4, 5), "forests"),
    **dict.fromkeys((6, 7, 8, 9, 11), "shrublands"),
    10: "grasslands",
    12: "croplands",
    14: "croplands",
}


@functools.lru_cache(maxsize=2)
def yearly(settings: Settings) -> tuple[Array, Array, Array]:
    """Years, GPP of each (block, year) relative to its mean, and the correlation planted in each block.

    The correlation is that of the population; the sample's own differs by about 1 / sqrt(years), and `truth` stores it
    too.
    """
    study, blocks, signal = settings.variability, variability_blocks(settings), planted(settings)
    first = max(study.splice_year, study.first_year)
    years = np.arange(first, study.last_year + 1)
    moisture = signal.seasonal[:, first - study.first_year :].sum(axis=3).mean(axis=2)
    moisture = moisture - moisture.mean(axis=1, keepdims=True)
    spread = moisture.std(axis=1, keepdims=True)
    score = np.divide(moisture, spread, out=np.zeros_like(moisture), where=spread > 1e-9)
    # Bare ground (16) is analysed as the shrubs that grow between (see `landcover`).
    code = np.where(surface(settings).land_cover == 16, 7, surface(settings).land_cover)
    correlation = np.array([CORRELATION[GROUPS.get(int(value), "other")] for value in code])
    noise = np.stack(
        [generator(settings.seed, "productivity", int(year)).standard_normal(blocks.size) for year in years], axis=1
    )
    mixed = correlation[:, None] * score + np.sqrt(1.0 - correlation[:, None] ** 2) * noise
    return years, 1.0 + AMPLITUDE * np.clip(mixed, -5.0, 5.0), correlation


def monthly(settings: Settings, year: int) -> Array:
    """GPP of one year on the blocks (12, block), g m-2 d-1."""
    years, relative, _ = yearly(settings)
    if not years[0] <= year <= years[-1]:
        raise ValueError(f"synthetic GOSIF GPP: expected a year within {years[0]} and {years[-1]}, found {year}.")
    return (surface(settings).climate.productivity * relative[:, year - years[0], None]).T


def gosif_gpp(settings: Settings, year: int, months: range = range(1, 13)) -> xr.Dataset:
    """Canonical GPP of some months of a year on the native grid.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.
    year : int
        From the splice year on; 2000 lacks January and February in the archive, and so does this.
    months : range
        Calendar months; one at a time keeps memory low at 0.05 degree.

    Returns
    -------
    Dataset
        gross_primary_productivity(time, lat, lon), g m-2 d-1; NaN over water and ice. `snow_ice`(lat, lon) is true on
        ice.
    """
    steps = [month for month in months if not (year == 2000 and month < 3)]
    native = native_grid(settings, "gosif_gpp")
    ice = surface(settings).climate.ice
    values = monthly(settings, year)[[month - 1 for month in steps]]
    values[:, ice] = np.nan
    field = native.spread(values) * (1.0 + TEXTURE * texture(settings, "gosif_gpp"))
    times = calendar.months(year, year)[[month - 1 for month in steps]]
    return xr.Dataset(
        {
            "gross_primary_productivity": (("time", "lat", "lon"), field, {"units": "g m-2 d-1"}),
            "snow_ice": (("lat", "lon"), native.spread(ice, fill=False)),
        },
        coords={"time": times, "lat": native.lat, "lon": native.lon},
    )
