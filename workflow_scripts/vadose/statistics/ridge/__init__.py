"""Ridge regression of every cell at once, with the penalty chosen in each cell, and the shares of the controls."""

from vadose.statistics.ridge.regression import (
    CONTROLS,
    PENALTIES,
    STRONG_SHARE,
    RidgeFit,
    Stability,
    dominance_stability,
    dominant_control,
    fit,
    mask_edges,
    rgb,
    shares,
    strong_control,
)
from vadose.statistics.ridge.solver import REASONS

__all__ = [
    "CONTROLS",
    "PENALTIES",
    "REASONS",
    "STRONG_SHARE",
    "RidgeFit",
    "Stability",
    "dominance_stability",
    "dominant_control",
    "fit",
    "mask_edges",
    "rgb",
    "shares",
    "strong_control",
]
