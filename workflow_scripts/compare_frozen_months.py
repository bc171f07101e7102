"""Kendall's tau-b and ridge shares of all, thawed and frozen months, per cell and layer.

Input:  monthly soil moisture and precipitation (kg m-2), temperature (K) or snow, predictors (fit_controls).
Output: tau-b, shares, numbers of months and reasons (1). Reference: docs/methods.md#c7.
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import frozen_months
from vadose.studies.controls import predictors
from vadose.studies.dependence import month_sets
from vadose.studies.dependence.pairs import labelled


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    temperature: list[Path],
    predicting: list[Path] | None,
    compared: Path,
    tile: Tile,
    frozen: dict,
    shared: list[str],
    adjusted_for: list[str],
    covariates: list[str],
    options: dict,
) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    fallen = products.read(precipitation, "precipitation", tile=tile)["precipitation"].values
    degrees = frozen_months.degrees(temperature, frozen, tile)
    values = (moisture["soil_moisture"].values, moisture["time"].values, degrees, frozen["min_months"])
    out = month_sets.compare(fallen, *values)
    if predicting:
        chosen = predictors.Predictors(tuple(shared), tuple(adjusted_for))
        monthly = predictors.read(chosen, [predicting], covariates, tile)
        how = {"replicates": 0, **options}
        out = out.merge(month_sets.shares(monthly, *values, chosen, **how))
    products.write(labelled(out, moisture), compared, "frozen_months")


if __name__ == "__main__":
    run(main, snakemake)
