"""Round numbers for the limits and steps of colour scales."""

import math


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
