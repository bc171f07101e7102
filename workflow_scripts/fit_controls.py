"""What controls soil moisture: ridge regressions per cell, layer and time scale (monthly, four seasons, annual).

Input:  monthly soil moisture (kg m-2) and predictors: as published wet days (1), precipitation, evapotranspiration (kg
m-2) and air temperature (K).
Output: coefficients, shares, colours, dominant and strong control, their stability, penalties and reason codes (1).
Reference: study B, section 2.2.2, equations 4 and 5 (docs/methods.md#b4).
"""

from pathlib import Path

from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import frozen_months
from vadose.studies.controls import predictors, results


def main(
    *,
    soil_moisture: list[Path],
    controls: Path,
    tile: Tile,
    choose: str,
    penalty: float,
    strong_share: float,
    bootstrap: int,
    seed: int,
    precipitation: list[Path] | None = None,
    evapotranspiration: list[Path] | None = None,
    air_temperature: list[Path] | None = None,
    others: list[Path] | None = None,
    temperature: list[Path] | None = None,
    frozen: dict | None = None,
    shared: list[str] = predictors.PUBLISHED.controls,
    adjusted_for: list[str] = predictors.PUBLISHED.beside,
    covariates: list[str] = (),
) -> None:
    moisture = products.read(soil_moisture, "soil_moisture", tile=tile)
    chosen = predictors.Predictors(tuple(shared), tuple(adjusted_for))
    files = (precipitation, evapotranspiration, air_temperature, others)
    fitted = results.fit_time_scales(
        predictors.read(chosen, files, covariates, tile),
        moisture["soil_moisture"].values,
        moisture["time"].values,
        chosen,
        frozen_months.read(temperature, frozen, tile),
        **{"choose": choose, "penalty": penalty, "strong_share": strong_share, "replicates": bootstrap, "seed": seed},
    )
    layers = {name: moisture[name] for name in ("layer", "layer_top", "layer_bottom")}
    labelled = fitted.assign_coords(products.cell_coordinates(moisture).coords).assign_coords(layers)
    note = (
        f"Shares are masked where the penalty ({choose}) sits on the edge of its grid; strong control: "
        f"share above {strong_share:g}."
    )
    products.write(labelled.assign_attrs(note=note), controls, "controls")


if __name__ == "__main__":
    run(main, snakemake)
