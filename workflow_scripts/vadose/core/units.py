"""Units: the few conversions between what archives deliver and what the statistics take, checked by name."""

import numpy as np

from vadose.core.arrays import Array

WATER_DENSITY = 1000.0  # kg m-3; 1 kg m-2 of water is 1 mm
KELVIN_OF_ZERO_CELSIUS = 273.15


def soil_water(values: Array, unit: str, thickness: Array) -> Array:
    """Soil moisture of layers as mass, kg m-2.

    Parameters
    ----------
    values : (..., layer, ...) array broadcastable with `thickness`
        Soil moisture in `unit`.
    unit : {"kg m-2", "m3 m-3"}
        Mass per area or volume fraction.
    thickness : array
        Thickness of the layers, m.

    Raises
    ------
    ValueError
        If the unit is another one.
    """
    if unit == "kg m-2":
        return np.asarray(values, dtype=float)
    if unit == "m3 m-3":
        return np.asarray(values, dtype=float) * WATER_DENSITY * thickness
    raise ValueError(
        f"soil_water: expected soil moisture in kg m-2 or m3 m-3, found '{unit}'. Check the reader of the product."
    )
