"""Biomes of study B on the grid of its blocks: the source of the ecoregion polygons, which are unions of block
boxes."""

import numpy as np
import xarray as xr

from vadose.synthetic.blocks import dependence_blocks
from vadose.synthetic.provinces import provinces
from vadose.synthetic.settings import Settings


def ecoregion_codes(settings: Settings) -> xr.Dataset:
    """Biome of every active block of study B.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.

    Returns
    -------
    Dataset
        biome(lat, lon), WWF codes 1..14, 98, 99 on the global grid of blocks; NaN over water and outside the study's
        region.
    """
    blocks = dependence_blocks(settings)
    rows, columns = blocks.number.shape
    field = np.full(blocks.number.shape, np.nan)
    field[blocks.number >= 0] = provinces(settings).ecoregion
    lat = blocks.south + blocks.spacing * (np.arange(rows) + 0.5)
    lon = -180.0 + blocks.spacing * (np.arange(columns) + 0.5)
    return xr.Dataset({"biome": (("lat", "lon"), field, {"units": "1"})}, coords={"lat": lat, "lon": lon})
