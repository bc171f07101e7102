"""Outcome of a driver model."""

from enum import IntEnum


class Status(IntEnum):
    """Outcome of a model, the same in statistics and estimates; only converged ones are drawn and clustered."""

    CONVERGED = 0  # in the statistics: estimable
    FAILED = 1
    NOT_ESTIMABLE = 2
    TOO_FEW_CELLS = 3
    NO_CELLS = 4
