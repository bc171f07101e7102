"""Sen's slope and trend tests of annual soil moisture: the total, each layer and each season, per cell and period.

Input:  soil moisture of the moisture seasons (cell, year, season, layer), kg m-2; reasons why cells take part or not.
Output: slope (kg m-2 yr-1), its intervals, lag-1 autocorrelation (1) and p (1) of each test, per cell, period and
series. Reference: Sen 1968; Mann 1945; Hamed and Rao 1998; Collaud Coen et al. 2020; Kunsch 1989 (docs/methods.md#a4).
"""

from pathlib import Path

import numpy as np
import xarray as xr

from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics import quality
from vadose.statistics.trend.tests import choose
from vadose.studies.variability import results


def main(
    *,
    seasonal: Path,
    attribution: Path,
    trends: Path,
    periods: list[tuple[int, int]],
    tests: list[str],
    resamples: int,
    block_years: int | None,
    bootstrap_series: str,
    seed: int,
) -> None:
    means = products.read(seasonal, "seasonal_soil_moisture")
    reason = products.read(attribution, "attribution")["reason"].values
    values, names = results.yearly_series(means["soil_moisture"].values, means["layer"].values, means["season"].values)
    chosen = choose(tests, resamples=resamples, block_years=block_years, seed=seed)
    years, parts = means["year"].values, []
    for number, (first, last) in enumerate(periods):
        inside = (years >= first) & (years <= last)
        # A series that does not vary has a slope of zero; every other reason leaves a cell out.
        kept = np.isin(reason[:, number], (quality.Reason.OK, quality.Reason.CONSTANT))
        series = np.where(kept[:, None, None], values[:, :, inside], np.nan)
        parts.append(results.period_trends(series, years[inside], chosen, 1 if bootstrap_series == "total" else None))
    whole = xr.concat(parts, xr.Variable("period", [f"{first}-{last}" for first, last in periods])).transpose(
        "cell", "period", ...
    )
    labelled = products.cell_coordinates(means).assign_coords(
        period=whole["period"].values, series=names, test=list(chosen)
    )
    products.write(labelled.assign(whole.data_vars), trends, "trends")


if __name__ == "__main__":
    run(main, snakemake)
