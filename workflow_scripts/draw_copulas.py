"""Maps of the regions, of tail dependence and Kendall's tau, of tau with and without the annual cycle, of the families'
tails, and of how stable families are.

Input:  copulas (cell, time_scale, layer), where independence is rejected, share of simulated families found again (1),
regions if the study has any, land mask.
Output: one figure each, as PNG, PDF and SVG with data and caption.
Reference: study B, figures 1, 2, 3 and S1 (docs/methods.md#b7).
"""

from pathlib import Path

import pandas as pd

from vadose.core.time_scales import drawn_scales, labels_of
from vadose.figures import bundle, journal
from vadose.figures.dependence.copulas import cycles, dependence_maps
from vadose.figures.dependence.stability import stability
from vadose.figures.dependence.tails import tails
from vadose.figures.drawn import land_of, on_grid
from vadose.figures.region_maps import region_map
from vadose.files import products
from vadose.files.jobs import run


def main(
    *,
    copulas: Path,
    tests: Path,
    families: Path,
    land_mask: Path,
    figures: list[Path],
    time_scales: list[str],
    look: dict,
    ecoregions: Path | None = None,
) -> None:
    journal.use(look)
    fitted = products.read(copulas, "copulas")
    dependent = products.read(tests, "dependence_tests")["independence_rejected"]
    simulated = pd.read_csv(families)
    land = land_of(land_mask)
    drawers = {
        f"dependence_{scale.replace(' ', '_')}": lambda scale=scale: dependence_maps(fitted, scale, land)
        for scale in drawn_scales(labels_of(time_scales))
    }
    drawers["regions"] = lambda: region_map(products.read(ecoregions, "ecoregions"), land)
    drawers["annual_cycle"] = lambda: cycles(fitted, land)
    drawers["copula_stability"] = lambda: stability(fitted, land)
    drawers["copula_tails"] = lambda: tails(fitted, dependent, simulated, land)
    for path in figures:
        drawn = drawers[path.stem]()
        data = on_grid(drawn.data, fitted)
        bundle.save(drawn.figure, path.with_suffix(""), data, drawn.caption, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
