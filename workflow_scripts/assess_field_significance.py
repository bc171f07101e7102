"""Field significance of the trend tests over all analysed cells, and how far the tests agree.

Input:  p (1) of each test, per cell, period and series.
Output: q (1), whether the false discovery rate admits the trend, the number of cells tested, and in how many tests a
cell is significant. Reference: Benjamini and Hochberg 1995; Wilks 2016 (docs/methods.md#a4).
"""

from pathlib import Path

import numpy as np

from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics import significance


def main(*, trends: Path, fields: Path, alpha: float, alpha_fdr: float) -> None:
    tested = products.read(trends, "trends")
    p = tested["p"].values
    q, rejected = np.empty(p.shape), np.empty(p.shape, np.int8)
    for field in np.ndindex(p.shape[1:]):
        every_cell = (slice(None), *field)
        q[every_cell], rejected[every_cell] = significance.field_significance(p[every_cell], alpha_fdr)
    by_test = {name: p[:, :, number] for number, name in enumerate(tested["test"].values)}
    dims = ("cell", "period", "test", "series")
    cells = int(np.isfinite(tested["slope"].values[:, :, 0]).any(axis=1).sum())
    tests = tested.sizes["test"]
    labelled = products.cell_coordinates(tested).assign_coords({name: tested[name] for name in dims[1:]})
    labelled.attrs["note"] = (
        f"Tested domain: the {cells} cells with a slope in some period; false discovery rate {alpha_fdr:g}, "
        "Benjamini-Hochberg, "
        f"one field per period, test and series; single tests at {alpha:g}; agreement counts the {tests} tests of a "
        "series that were run."
    )
    products.write(
        labelled.assign(
            q=(dims, q),
            rejected=(dims, rejected),
            tested=(dims[1:], np.isfinite(p).sum(axis=0).astype(np.int32)),
            agreement=(("cell", "period", "series"), significance.agreement(by_test, alpha)),
        ),
        fields,
        "field_significance",
    )


if __name__ == "__main__":
    run(main, snakemake)
