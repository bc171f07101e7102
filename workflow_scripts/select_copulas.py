"""The copula of precipitation and soil moisture with the smallest AIC, and risks from it, per cell, layer and scale.

Input: monthly kg m-2, lags (months). Output: family, tau, tails, AIC, reason, risk (1). docs/methods.md#b2, #c6."""

from pathlib import Path

import numpy as np

from vadose.core.cells import Tile
from vadose.core.time_scales import labels_of
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import frozen_months
from vadose.studies.dependence import pairs, stability
from vadose.studies.risk import product


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    lags: Path | None,
    copulas: Path,
    tile: Tile,
    time_scales: list[str],
    annual_cycle: str,
    compare_annual_cycle: bool,
    stability_cells: int,
    options: dict,
    temperature: list[Path] | None = None,
    frozen: dict | None = None,
    risks: Path | None = None,
) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    fallen = products.read(precipitation, "precipitation", tile=tile)["precipitation"].values
    values = (fallen, moisture["soil_moisture"].values, moisture["time"].values)
    how = {
        "months": frozen_months.read(temperature, frozen, tile),
        "options": pairs.Options(**options),
        "places": np.stack([moisture[name].values for name in ("row", "column")], axis=1),
        "thickness": (moisture["layer_bottom"] - moisture["layer_top"]).values,
    }
    fitted = pairs.copulas(
        *values,
        time_scales=labels_of(time_scales),
        configured=annual_cycle,
        compare=compare_annual_cycle,
        lag=products.read(lags, "lags")["optimal_lag"].values if lags else None,
        **how,
    )
    if stability_cells:
        fitted = stability.with_stability(fitted, *values, every=stability_cells, **how)
    if risks:
        fitted, risk = product.split(fitted)
        products.write(pairs.labelled(risk, moisture), risks, "risk")
    products.write(pairs.labelled(fitted, moisture), copulas, "copulas")


if __name__ == "__main__":
    run(main, snakemake)
