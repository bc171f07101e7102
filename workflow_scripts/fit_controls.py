"""What controls soil moisture: ridge regressions per cell, layer and time scale (monthly, four seasons, annual).

Input:  monthly soil moisture, precipitation, evapotranspiration (kg m-2), wet days (1) and air temperature (K).
Output: coefficients, shares, colours, dominant and strong control, their stability, penalties and reason codes (1).
Reference: study B, section 2.2.2, equations 4 and 5 (docs/methods.md#b4).
"""

from pathlib import Path

import xarray as xr

from vadose.core import time_scales
from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics.ridge import regression
from vadose.studies.controls import results


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    evapotranspiration: list[Path],
    air_temperature: list[Path],
    controls: Path,
    tile: Tile,
    choose: str,
    penalty: float,
    strong_share: float,
    bootstrap: int,
    seed: int,
) -> None:
    water, rain = (
        products.read(paths, name, tile=tile)
        for paths, name in ((soil_moisture, "soil_moisture"), (precipitation, "precipitation"))
    )
    loss = products.read(evapotranspiration, "evapotranspiration", tile=tile)["evapotranspiration"].values
    air = products.read(air_temperature, "air_temperature", tile=tile)["air_temperature"].values
    times, by_time_scale = water["time"].values, []
    for time_scale in time_scales.SCALES:
        predictors = results.predictors_of(
            rain["wet_days"].values, rain["precipitation"].values, loss, air, times, time_scale
        )
        response = time_scales.aggregate(water["soil_moisture"].values, times, time_scale, "mean")
        options = {
            "choose": choose,
            "penalty": penalty,
            "strong_share": strong_share,
            "replicates": bootstrap,
            "seed": seed,
        }
        by_time_scale.append(results.fit_scale(predictors, response, time_scale, **options))
    whole = xr.concat(by_time_scale, "time_scale").transpose("cell", "time_scale", "layer", ...)
    names = {
        "time_scale": list(time_scales.SCALES),
        "predictor": list(results.PREDICTORS),
        "control": list(regression.CONTROLS),
    }
    labels = {name: water[name] for name in ("layer", "layer_top", "layer_bottom")} | {
        "channel": ["red", "green", "blue"]
    }
    labelled = whole.assign_coords(products.cell_coordinates(water).coords).assign_coords(names | labels)
    note = (
        f"Shares are masked where the penalty ({choose}) sits on the edge of its grid; strong control: "
        f"share above {strong_share:g}."
    )
    products.write(labelled.assign_attrs(note=note), controls, "controls")


if __name__ == "__main__":
    run(main, snakemake)
