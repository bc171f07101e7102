"""From values to u in (0, 1): ranks, and parametric margins with a mass at zero."""

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

__all__ = [
    "DISTRIBUTIONS",
    "PARAMETER_NAMES",
    "PRECIPITATION",
    "REASONS",
    "SOIL_MOISTURE",
    "MarginFit",
    "fit_precipitation",
    "fit_soil_moisture",
    "pseudo_observations",
]
