"""Who leads over the field and by region: significant cells, and panel regressions.

Input:  merged partial correlations; prepared soil moisture and precipitation, kg m-2; regions where there are any.
Output: field significance as netCDF; tables as CSV, shares and coefficients (1).
Reference: docs/methods.md#c8.
"""

from pathlib import Path

import numpy as np

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.mechanism import lead_lag, panel


def main(
    *,
    lead_lags: Path,
    soil_moisture: list[Path],
    precipitation: list[Path],
    ecoregions: Path | None,
    tests: Path,
    shares: Path,
    panels: Path,
    alpha: float,
    alpha_fdr: float,
    every: int,
) -> None:
    measured = products.read(lead_lags, "lead_lag")
    axis = products.read(ecoregions, "ecoregions") if ecoregions else None
    codes, names = (None, None) if axis is None else (axis["ecoregion"].values, regions.names_of(axis))
    products.write(lead_lag.field_tests(measured, alpha_fdr), tests, "lead_lag_tests")
    by_region = lead_lag.shares(measured, alpha, alpha_fdr, codes, names)
    tables.write(by_region, shares, lead_lag.TITLES["lead_lag"], study="dependence")
    chosen = np.arange(0, measured.sizes["cell"], every)
    moisture = products.read(soil_moisture, "soil_moisture").isel(cell=chosen)
    driver = products.read(precipitation, "precipitation").isel(cell=chosen)["precipitation"].values
    regressed = panel.table(driver, moisture, None if codes is None else codes[chosen], names)
    tables.write(regressed, panels, lead_lag.TITLES["lead_lag_panel"], study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
