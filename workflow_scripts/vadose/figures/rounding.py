"""Round numbers for the limits and steps of colour scales, and the colours of the steps."""

import math

import matplotlib
import numpy as np
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap

from vadose.core.arrays import Array


def nice(value: float) -> float:
    """Smallest of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 x 10^k that is not below `value`."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9))


def round_parts(reach: float) -> int:
    """Into how many parts a reach divides so that each is 1, 2, 2.5 or 5 x 10^k."""
    for parts in (5, 4, 6):
        lead = reach / parts / 10.0 ** math.floor(math.log10(reach / parts) + 1e-9)
        if min(abs(lead - nice) for nice in (1, 2, 2.5, 5)) < 1e-6:
            return parts
    return 5


def finite_values(values) -> Array:
    """The finite values of one array or of a list of arrays, (value,)."""
    parts = [
        np.asarray(part, dtype=float).ravel() for part in (values if isinstance(values, list | tuple) else [values])
    ]
    joined = np.concatenate(parts) if parts else np.zeros(0)
    return joined[np.isfinite(joined)]


def extension(finite: Array, low: float, high: float) -> str:
    """Which ends of a colour bar need an arrow, in matplotlib's words: neither, min, max or both."""
    below = bool(finite.size and finite.min() < low)
    above = bool(finite.size and finite.max() > high)
    return {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[below, above]


def stepped(name: str, bounds: Array) -> tuple[Colormap, BoundaryNorm]:
    """A colour map of matplotlib in steps between bounds: every bin has its own colour, arrows included, so that a
    value can be read off the map."""
    count = bounds.size - 1
    whole = matplotlib.colormaps[name]
    colormap = ListedColormap(whole(np.linspace(0.04, 0.96, count)), name=f"{name} in {count} steps")
    colormap = colormap.with_extremes(under=whole(0.0), over=whole(1.0))
    return colormap, BoundaryNorm(bounds, count)
