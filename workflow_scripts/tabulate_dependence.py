"""Headline tables of study B: negative shares by layer, series and ecoregion, reasons, families and their tails,
optimal lags.

Input:  merged copulas, lags and their tests; ecoregions where they are prepared; prepared soil moisture, for what was
removed of it.
Output: tables as CSV and the negative shares as netCDF; shares of cells and of area (1), areas in m2.
Reference: study B, section 3.1 (docs/methods.md#b2, #b3, #b7).
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import left_out, regions
from vadose.studies.dependence import tables as dependence_tables


def main(
    *,
    copulas: Path,
    lags: Path,
    tests: Path,
    ecoregions: Path | None,
    soil_moisture: list[Path],
    negative: Path,
    tabulated: list[Path],
    alpha: float,
) -> None:
    fitted = products.read(copulas, "copulas")
    measured = products.read(lags, "lags")
    tested = products.read(tests, "dependence_tests")
    axis = products.read(ecoregions, "ecoregions") if ecoregions else None
    codes, names = None if axis is None else axis["ecoregion"].values, regions.other_names(axis)
    shares = dependence_tables.negative_shares(fitted, codes)
    products.write(shares, negative, "negative_shares")
    tables_by_name = {
        "negative_shares": dependence_tables.listed(shares, fitted, whole=True),
        "negative_shares_by_ecoregion": dependence_tables.listed(shares, fitted, whole=False),
        "negative_shares_by_region": dependence_tables.listed(shares, fitted, whole=False, names=names),
        "copula_reasons": left_out.with_removed(dependence_tables.reasons(fitted), soil_moisture, "time_scale"),
        "copula_families": dependence_tables.families(fitted, tested["independence_rejected"].values),
        "copula_tails": dependence_tables.tails(fitted, tested["independence_rejected"].values),
        "optimal_lags": dependence_tables.optimal_lags(measured, tested, alpha),
    }
    for path in tabulated:
        tables.write(tables_by_name[path.stem], path, dependence_tables.TITLES[path.stem], study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
