"""Recompute tests/data/triple_collocation.npz with pytesmo 0.18.1 from the series that stand in it.

Usage: python tests/data/made_by/triple_collocation.py tests/data/triple_collocation.npz. Needs pytesmo.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from pytesmo.metrics import ecol, tcol_metrics

NAMES = list("abcde")
CORRELATED = [["a", "b"]]


def triplet(series: np.ndarray) -> np.ndarray:
    """(result, product): SNR in dB, error standard deviation in the unit of the first product, scaling."""
    common = series[:, np.isfinite(series).all(axis=0)]
    with np.errstate(all="ignore"):
        return np.array(tcol_metrics(*common))


def extended(series: np.ndarray, correlated: list | None) -> list[float]:
    """Signal and error variances of five products and, for correlated ones, the covariance of their errors."""
    content = ecol(pd.DataFrame(series.T, columns=NAMES), correlated=correlated, abs_est=False)
    keys = [f"{what}_{name}" for what in ("sig", "err") for name in NAMES]
    return [float(content[key]) for key in keys + (["err_cov_a_b"] if correlated else [])]


def remake(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the file, series as they are, results anew."""
    with np.load(path) as kept:
        arrays = {name: kept[name] for name in ("random", "degenerate", "five")}
    for name in ("random", "degenerate"):
        arrays[f"{name}__tcol_metrics"] = np.array([triplet(series) for series in arrays[name].astype(float)])
    arrays["five__ecol"] = np.array([extended(series, None) for series in arrays["five"].astype(float)])
    arrays["five__ecol_correlated"] = np.array([extended(series, CORRELATED) for series in arrays["five"].astype(float)])
    return arrays


if __name__ == "__main__":
    np.savez_compressed(sys.argv[1], **remake(Path(sys.argv[1])))
