"""The copula of precipitation and soil moisture with the smallest AIC, per cell, layer and time scale.

Input:  monthly soil moisture (cell, layer, time) and precipitation (cell, time), kg m-2.
Output: family, parameters, Kendall's tau, tail dependences, AIC, weights, shares of ties, reason codes (1).
Reference: study B, section 2.2.1 (METHODS B2).
"""

from pathlib import Path

import xarray as xr

from vadose import copula, products
from vadose import scales as room
from vadose.cells import Tile


def main(
    *,
    soil_moisture: list[Path],
    precipitation: list[Path],
    copulas: Path,
    tile: Tile,
    scales: list[str],
    preselect: bool,
    restarts: int,
    engine: str,
    anomalies: str,
) -> None:
    water = products.read(soil_moisture, "soil_moisture", tile=tile)
    rain = products.read(precipitation, "precipitation", tile=tile)
    times, by_scale = water["time"].values, []
    for scale in scales:
        by_layer = []
        for layer in range(water.sizes["layer"]):
            pair = [rain["precipitation"].values, water["soil_moisture"].values[:, layer]]
            if anomalies == "climatology" and scale == "monthly":
                pair = [room.anomalies(values, times) for values in pair]
            u = copula.pseudo_observations(room.aggregate(pair[0], times, scale, "sum"))
            v = copula.pseudo_observations(room.aggregate(pair[1], times, scale, "mean"))
            fit = copula.select(u, v, preselect=preselect, restarts=restarts, engine=engine)
            by_layer.append(xr.Dataset({name: ("cell", values) for name, values in fit._asdict().items()}))
        by_scale.append(xr.concat(by_layer, "layer"))
    whole = xr.concat(by_scale, "scale").transpose("cell", "scale", "layer")
    labels = {name: water[name] for name in ("layer", "layer_top", "layer_bottom")}
    products.write(whole.assign_coords(products.cell_coordinates(water).coords).assign_coords(scale=scales, **labels), copulas, "copulas")


if __name__ == "__main__":
    main(
        soil_moisture=[Path(path) for path in snakemake.input.soil_moisture],
        precipitation=[Path(path) for path in snakemake.input.precipitation],
        copulas=Path(snakemake.output.copulas),
        tile=Tile.parse(snakemake.wildcards.tile),
        scales=snakemake.params.scales,
        preselect=snakemake.params.preselect,
        restarts=snakemake.params.restarts,
        engine=snakemake.params.engine,
        anomalies=snakemake.params.anomalies,
    )
