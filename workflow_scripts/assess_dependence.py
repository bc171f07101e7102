"""Field significance over all cells: of dependence at any lag, of dependence behind each copula, and of the lack of fit
of the selected copulas.

Input:  lags and copulas with their p (1). Output: q (1), rejected masks, number of cells tested, at the false discovery
rate alpha_fdr. Reference: Benjamini and Hochberg 1995; Wilks 2016 (docs/methods.md#a4, #b2, #b3).
"""

from pathlib import Path

from vadose.files import products
from vadose.files.jobs import run
from vadose.studies.dependence import tables


def main(*, lags: Path, copulas: Path, tests: Path, alpha_fdr: float) -> None:
    measured = products.read(lags, "lags")
    fitted = products.read(copulas, "copulas")
    independence_p = fitted["independence_p"].where(fitted["reason"] == 0)
    tested = tables.field_tests(measured["field_p"], tables.testable_goodness(fitted), alpha_fdr, independence_p)
    products.write(tested.assign_coords(products.cell_coordinates(measured).coords), tests, "dependence_tests")


if __name__ == "__main__":
    run(main, snakemake)
