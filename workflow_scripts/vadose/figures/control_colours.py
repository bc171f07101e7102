"""Colours of the controls of soil moisture."""

import numpy as np
from matplotlib.colors import to_rgb

from vadose.core.arrays import Array
from vadose.figures.journal import LOOK

# Of full control by frequency, volume and evapotranspiration in ternary maps: names and colours. Published: cyan,
# magenta and yellow (1 - share in red, green and blue), whose mixtures eyes without red or green cones confuse;
# accessible: seven mixtures (corners, middles of the sides, centre) that differ by 20 units of CIEDE2000 to them too.
CORNERS = {
    "published": (("cyan", "magenta", "yellow"), ("#00FFFF", "#FF00FF", "#FFFF00")),
    "accessible": (("blue", "black-blue", "yellow"), ("#379BFE", "#03003C", "#E7C530")),
}
# The same three in bars and in the atlas, readable on white, or any other number of controls.
TERNARY_ON_WHITE = ["#20BBDA", "#B43686", "#E0C208"]
OTHER_CONTROLS = ["#0072B2", "#E69F00", "#289877", "#EEBAC6", "#09B1FF", "#B35414", "#FFFFB2", "#4F5359"]


def corner_names() -> tuple[str, ...]:
    """What the colours of full control in ternary maps are called."""
    return CORNERS[LOOK["colours"]][0]


def mixture(shares: Array) -> Array:
    """Red, green, blue (0..1) of shares, (..., 3): the colours of full control in these parts."""
    if LOOK["colours"] == "published":
        return np.clip(1.0 - np.asarray(shares, dtype=float), 0.0, 1.0)
    corners = np.array([to_rgb(colour) for colour in CORNERS[LOOK["colours"]][1]])
    return np.clip(np.asarray(shares, dtype=float) @ corners, 0.0, 1.0)


def control_colours(count: int) -> list[str]:
    """A colour for each control; from the ninth on they repeat."""
    if count == len(TERNARY_ON_WHITE):
        return list(TERNARY_ON_WHITE)
    return [OTHER_CONTROLS[number % len(OTHER_CONTROLS)] for number in range(count)]
