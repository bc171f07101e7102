"""Soil moisture of other products of the synthetic Earth: the planted one of study A with errors of known size.

Each product is the planted volume fraction of its depth, and an error of each block and month that is independent of
the truth and of the errors of the other products, so that triple collocation of any three finds the errors again.
"""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import Array
from vadose.synthetic import soil
from vadose.synthetic.blocks import native_grid
from vadose.synthetic.settings import Settings
from vadose.synthetic.streams import generator

ERRORS = {"gleam_smroot": 0.010, "cci_sm": 0.020, "merra_2": 0.015}  # m3 m-3, standard deviation
LAYERS = {"surface": 1, "root_zone": 3}  # of GLDAS, from the top: 0-10 cm and 0-100 cm


def fraction(settings: Settings, year: int, depth: str) -> Array:
    """Planted volume fraction of one year on the blocks, (12, block): what all products are right about.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.
    year : int
        Within the years of study A.
    depth : {"surface", "root_zone"}
    """
    layers = LAYERS[depth]
    return soil.monthly(settings, year)[:, :layers].sum(axis=1) / soil.THICKNESS[:layers].sum()


def values(product: str, settings: Settings, years: Iterable[int], depth: str) -> xr.DataArray:
    """Monthly volume fraction of a product (time, lat, lon), m3 m-3, on the native grid of the synthetic GLDAS.

    Parameters
    ----------
    product : str
        Of ERRORS.
    settings, depth
        As in `fraction`; depths of one product have the same error.
    years : iterable of int
        Within the years of study A.
    """
    native, listed = native_grid(settings, "gldas"), sorted(years)
    parts = []
    for year in listed:
        planted = fraction(settings, year, depth)
        noise = generator(settings.seed, f"error of {product}", year).standard_normal(planted.shape)
        parts.append(native.spread(np.clip(planted + ERRORS[product] * noise, 0.0, 1.0)))
    times = np.concatenate([calendar.months(year, year) for year in listed])
    axes = {"time": times, "lat": native.lat, "lon": native.lon}
    return xr.DataArray(np.concatenate(parts), axes, ("time", "lat", "lon"), attrs={"units": "m3 m-3"})
