"""Recompute tests/data/ridge_*.npz from the predictors and responses that stand in them: `sklearn_loo` with
scikit-learn's RidgeCV (leave-one-out), `lm_ridge` with MASS::lm.ridge of R (ridge.R beside this file).

Usage: python tests/data/made_by/ridge.py tests/data/ridge_n20.npz. Needs scikit-learn, and Rscript with MASS.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV

PENALTIES = np.logspace(-4, 4, 49)


def z_scores(values: np.ndarray) -> np.ndarray:
    """(time, ...) with mean 0 and standard deviation 1 over time, by 1/n."""
    return (values - values.mean(axis=0)) / values.std(axis=0)


def leave_one_out(predictors: np.ndarray, response: np.ndarray) -> np.ndarray:
    """(cell, 5): the penalty and the four coefficients of each cell of (cell, time, 4) and (cell, time)."""
    rows = []
    for x, y in zip(predictors, response, strict=True):
        fitted = RidgeCV(alphas=PENALTIES).fit(z_scores(x), z_scores(y))
        rows.append([fitted.alpha_, *fitted.coef_])
    return np.array(rows)


def generalised(predictors: np.ndarray, response: np.ndarray, rscript: str = "Rscript") -> np.ndarray:
    """The same by lm.ridge: the penalty with the smallest score of generalised cross-validation."""
    cells, time = response.shape
    table = pd.DataFrame({"cell": np.repeat(np.arange(cells), time)})
    table["y"] = np.concatenate([z_scores(y) for y in response])
    scores = np.concatenate([z_scores(x) for x in predictors])
    for column in range(4):
        table[f"x{column + 1}"] = scores[:, column]
    with tempfile.TemporaryDirectory() as folder:
        given, result = Path(folder) / "given.csv", Path(folder) / "result.csv"
        table.to_csv(given, index=False, float_format="%.17g")
        subprocess.run([rscript, str(Path(__file__).with_suffix(".R")), str(given), str(result)], check=True)
        fitted = pd.read_csv(result).sort_values("cell")
    return fitted[["penalty", "x1", "x2", "x3", "x4"]].to_numpy(float)


if __name__ == "__main__":
    with np.load(sys.argv[1]) as kept:
        X, y = kept["X"], kept["y"]
    results = {"lm_ridge": generalised(X, y), "sklearn_loo": leave_one_out(X, y)}
    np.savez_compressed(sys.argv[1], X=X, y=y, **results)
