"""Days of rain: a month's planted total and number of wet days, spread over its days so that both are met exactly."""

import numpy as np

from vadose.core.arrays import Array
from vadose.synthetic.dependence import days_of
from vadose.synthetic.settings import Settings
from vadose.synthetic.streams import generator

LIGHTEST = 1.2  # kg m-2, least rain of a wet day
DRIZZLE_DAYS = 3
DRIZZLE = 0.6  # kg m-2, most rain of a day that is not wet


def daily(settings: Settings, index: int, volume: Array, wet: Array) -> Array:
    """Precipitation of each day of a month.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.
    index : int
        Number of the month.
    volume, wet : (block,) arrays
        Total in kg m-2 and number of days with at least 1 kg m-2, as `dependence.precipitation_of_scores` gives
        them: wet <= 0.97 volume / 1.25.

    Returns
    -------
    (day, block) array
        kg m-2. Columns sum to `volume`; `wet` of the days have at least 1.2, three more share a drizzle below 0.6, all
        others exactly 0.
    """
    days = days_of(index)
    random = generator(settings.seed, "days of rain", index)
    order = random.random((days, volume.size)).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    share = random.standard_exponential((days, volume.size))
    is_wet = order < wet
    is_drizzle = (order >= wet) & (order < wet + DRIZZLE_DAYS)
    drizzle = np.where(wet > 0, np.minimum(0.03 * volume, DRIZZLE_DAYS * DRIZZLE), volume)
    share *= is_wet
    weight = share.sum(axis=0)
    over = np.divide(volume - drizzle - LIGHTEST * wet, weight, out=np.zeros_like(volume), where=weight > 0)
    return np.where(is_wet, LIGHTEST + share * over, 0.0) + is_drizzle * (drizzle / DRIZZLE_DAYS)


def elsewhere(lat: Array, index: int, seed: int) -> Array:
    """Rain over the sea and outside the study's region, (day, lat): zonal belts, a third of the days wet; nothing is
    planted there."""
    days, month = days_of(index), index % 12
    sun = np.cos(2 * np.pi * (month - 7.0) / 12)
    total = (
        190.0 * np.exp(-(((lat - 7.0 * sun) / 9.0) ** 2)) + 95.0 * np.exp(-(((np.abs(lat) - 48.0) / 16.0) ** 2)) + 18.0
    )
    pattern = generator(seed, "days of rain elsewhere", index).standard_exponential(days)
    pattern[pattern < np.quantile(pattern, 0.6)] = 0.0
    return pattern[:, None] / pattern.sum() * total
