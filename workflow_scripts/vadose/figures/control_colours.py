"""Colours of the controls of soil moisture."""

# Controls of soil moisture: cyan, magenta and yellow of the ternary map (readable on white), or any other number.
TERNARY_ON_WHITE = ["#00AEC7", "#C2379A", "#E0C200"]
OTHER_CONTROLS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7F7F7F"]


def control_colours(count: int) -> list[str]:
    """A colour for each control; from the ninth on they repeat."""
    if count == len(TERNARY_ON_WHITE):
        return list(TERNARY_ON_WHITE)
    return [OTHER_CONTROLS[number % len(OTHER_CONTROLS)] for number in range(count)]
