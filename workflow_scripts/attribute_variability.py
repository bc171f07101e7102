"""Contributions of trend and interannual variability, by season and layer, to the variance of total soil moisture.

Input:  monthly soil moisture (kg m-2) for the quality reasons, and soil moisture of the moisture seasons (kg m-2).
Output: contributions (1; the 32 sum to 1), omega (1), variance (kg2 m-4), the two largest terms, reason codes, per
period. Reference: study A, equations 1-10 (docs/methods.md#a3).
"""

from pathlib import Path

import xarray as xr

from vadose.core import calendar
from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics import quality
from vadose.statistics.attribution import DYNAMICS
from vadose.studies.variability import results


def main(
    *,
    soil_moisture: list[Path],
    seasonal: Path,
    attribution: Path,
    tile: Tile,
    periods: list[tuple[int, int]],
    min_months: int,
    min_year_share: float,
    top_by: str,
) -> None:
    monthly = products.read(soil_moisture, "soil_moisture", tile=tile)
    means = products.read(seasonal, "seasonal_soil_moisture")
    values, years = calendar.by_year(monthly["soil_moisture"].values, monthly["time"].values)
    parts = []
    for first, last in periods:
        chosen = (years >= first) & (years <= last)
        complete = quality.complete_years(values[:, :, chosen], min_months)
        reason = quality.reasons(values[:, :, chosen], complete, min_year_share)
        parts.append(results.attribute_period(means["soil_moisture"].values[:, chosen], years[chosen], reason, top_by))
    whole = xr.concat(parts, xr.Variable("period", [f"{first}-{last}" for first, last in periods])).transpose(
        "cell", "period", ...
    )
    coordinates = means.drop_vars(["soil_moisture", "year"]).coords
    products.write(whole.assign_coords(coordinates).assign_coords(dynamics=list(DYNAMICS)), attribution, "attribution")


if __name__ == "__main__":
    run(main, snakemake)
