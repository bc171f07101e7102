"""The digamma function as a kernel; scipy.special has it for arrays only."""

import math

from vadose.core.compiled import kernel


@kernel
def digamma(x):
    """Derivative of log Gamma for x > 0: recurrence up to 8, then the asymptotic series."""
    shift = 0.0
    while x < 8.0:
        shift -= 1.0 / x
        x += 1.0
    s = 1.0 / (x * x)
    tail = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * (691 / 32760 - s / 12))))))
    return shift + math.log(x) - 0.5 / x - tail
