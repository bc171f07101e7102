"""From values to u in (0, 1): ranks, parametric margins with a mass at zero, and anomalies from the climatology before
either."""

from vadose.statistics.copula import pseudo_observations
from vadose.statistics.margins.parametric import (
    DISTRIBUTIONS,
    PARAMETER_NAMES,
    PRECIPITATION,
    REASONS,
    SOIL_MOISTURE,
    MarginFit,
    fit_precipitation,
    fit_soil_moisture,
)
from vadose.statistics.margins.seasonal import deseasonalise

__all__ = [
    "DISTRIBUTIONS",
    "PARAMETER_NAMES",
    "PRECIPITATION",
    "REASONS",
    "SOIL_MOISTURE",
    "MarginFit",
    "deseasonalise",
    "fit_precipitation",
    "fit_soil_moisture",
    "pseudo_observations",
]
