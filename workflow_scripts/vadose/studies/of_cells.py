"""Mean and quartiles over the cells of a set, which may be empty."""

import numpy as np

from vadose.core.arrays import AnyArray, Array


def mean(values: AnyArray, weights: Array | None = None) -> float:
    """Mean of (cell,) values, weighted if weights are given; NaN of none."""
    return float(np.average(values, weights=weights)) if values.size else float("nan")


def quartiles(values: Array, names: tuple[str, str, str]) -> dict[str, float]:
    """Quartiles of (cell,) values by name; NaN of none."""
    parts = np.quantile(values, [0.25, 0.5, 0.75]) if values.size else [np.nan] * 3
    return dict(zip(names, map(float, parts), strict=True))
