"""Recompute tests/data/mann_kendall.npz with pymannkendall 1.4.3 from the series that stand in it.

Usage: python tests/data/made_by/mann_kendall.py tests/data/mann_kendall.npz. Needs pymannkendall.
"""

import sys
from pathlib import Path

import numpy as np
import pymannkendall

FEWEST = 4  # shorter series are missing: the package divides by zero or gives a trend of two values


def tests_of(series: np.ndarray) -> tuple[list[float], list[float]]:
    """(n, S, var S, z, p, tau, slope, intercept) of the plain test and (var S, z, p) of Hamed and Rao, of one series."""
    count = int(np.isfinite(series).sum())
    if count < FEWEST:
        return [np.nan] * 8, [np.nan] * 3
    plain = pymannkendall.original_test(series)
    with np.errstate(invalid="ignore"):  # the root of a negative variance is NaN, as in the file
        corrected = pymannkendall.hamed_rao_modification_test(series)
    return (
        [count, plain.s, plain.var_s, plain.z, plain.p, plain.Tau, plain.slope, plain.intercept],
        [corrected.var_s, corrected.z, corrected.p],
    )


def remake(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the file, series as they are, results anew."""
    with np.load(path) as kept:
        series = {name: kept[name] for name in kept.files if name.endswith("__X")}
    arrays = {}
    for name, values in series.items():
        plain, corrected = zip(*(tests_of(row) for row in values), strict=True)
        label = name.removesuffix("__X")
        arrays[name] = values
        arrays[f"{label}__pm_original"] = np.array(plain, float)
        arrays[f"{label}__pm_hamed_rao"] = np.array(corrected, float)
    return arrays


if __name__ == "__main__":
    np.savez_compressed(sys.argv[1], **remake(Path(sys.argv[1])))
