"""Maps of lower tail dependence, Kendall's tau and upper tail dependence of precipitation and soil moisture, by layer and time scale.

Input:  copulas (cell, scale, layer), land mask. Output: one figure a time scale, as PNG and PDF with data and caption.
Reference: study B, figures 2 and 3.
"""

from pathlib import Path

import numpy as np

from vadose import figure_bundle, maps, products, style
from vadose.grid import Grid
from vadose.synthetic import landmask

COAST = Grid.regular(0.25)
QUANTITIES = {"lower": "lower tail dependence", "tau": "Kendall's tau", "upper": "upper tail dependence"}


def main(*, copulas: Path, land_mask: Path, figures: list[Path], scales: list[str]) -> None:
    fitted = products.read(copulas, "copulas")
    land = maps.Land.of(landmask.land_fraction(land_mask, COAST.lat_edges, COAST.lon_edges), COAST)
    tail = style.sequential(np.array([0.0, 1.0]), "tail dependence", "1", limits=(0.0, 1.0))
    tau = style.diverging(np.array([-1.0, 1.0]), "Kendall's tau", "1", limit=1.0, colours=style.ASSOCIATION)
    for scale, path in zip(scales, figures, strict=True):
        chosen = fitted.sel(scale=scale)
        layers = [
            style.layer_name(float(top), float(bottom)) for top, bottom in zip(fitted["layer_top"], fitted["layer_bottom"], strict=True)
        ]
        panels = [
            maps.Panel(chosen[name].values[:, layer], f"{words}, {layers[layer]}", scale=tau if name == "tau" else tail)
            for name, words in QUANTITIES.items()
            for layer in range(chosen.sizes["layer"])
        ]
        drawn = maps.panels(panels, fitted, region="north", columns=chosen.sizes["layer"], land=land)
        caption = (
            f"Dependence of soil moisture on precipitation, {scale}. Lower tail dependence (dry with dry), Kendall's tau and upper tail "
            "dependence (wet with wet) of the copula with the smallest AIC in each cell, by soil layer. Grey: no copula."
        )
        figure_bundle.save(drawn.figure, path.with_suffix(""), chosen[[*QUANTITIES, "family"]], caption, study="dependence")


if __name__ == "__main__":
    main(
        copulas=Path(snakemake.input.copulas),
        land_mask=Path(snakemake.input.land_mask),
        figures=[Path(path) for path in snakemake.output.figures],
        scales=snakemake.params.scales,
    )
