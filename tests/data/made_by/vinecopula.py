"""Recompute tests/data/vinecopula_*.npz with R's VineCopula (vinecopula.R beside this file) from the pairs in it.

Usage: python tests/data/made_by/vinecopula.py tests/data/vinecopula_n20.npz. Needs Rscript with VineCopula 2.6.1.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd


def remake(path: Path, rscript: str = "Rscript") -> dict[str, np.ndarray]:
    """All arrays of the file: pairs (cell, time) as they are, selections and fits anew."""
    with np.load(path) as kept:
        arrays = {name: kept[name] for name in ("columns", "x", "y", "cell")}
    cells, time = arrays["x"].shape
    pairs = pd.DataFrame({"cell": np.repeat(arrays["cell"], time), "x": arrays["x"].ravel(), "y": arrays["y"].ravel()})
    columns = list(arrays["columns"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pairs.to_csv(folder / "pairs.csv", index=False, float_format="%.17g")
        script = Path(__file__).with_suffix(".R")
        subprocess.run([rscript, str(script), str(folder / "pairs.csv"), str(folder)], check=True)
        for selection in ("preselect", "all_families"):
            table = pd.read_csv(folder / f"{selection}.csv").set_index("cell").loc[arrays["cell"], columns]
            arrays[selection] = table.to_numpy(float)
        arrays["per_family"] = pd.read_csv(folder / "per_family.csv")[["cell", *columns]].to_numpy(float)
    return arrays


if __name__ == "__main__":
    np.savez_compressed(sys.argv[1], **remake(Path(sys.argv[1])))
